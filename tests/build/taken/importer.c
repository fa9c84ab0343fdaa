/* SPDX-License-Identifier: MIT */
/* Calls the provider, and takes its function's address through the GOT. */
int provided(int value);
int call_it(int value);
int (*take_it(void))(int);
int is_it(int (*function)(int));

int call_it(int value) { return provided(value) + 1; }

int (*take_it(void))(int) { return provided; }

int is_it(int (*function)(int)) { return function == provided; }
