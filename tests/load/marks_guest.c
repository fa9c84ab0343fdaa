/* SPDX-License-Identifier: MIT */
/* marks_guest.c - a module that calls the one export of "marks_confined" that is open to it. */
extern int mark_open(int value);

int use_open(int value);
int use_open(int value) { return mark_open(value) + 1; }
