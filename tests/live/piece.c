/* SPDX-License-Identifier: MIT */
/* piece.c - a module in two versions: VALUE says which. */
int piece_value(void);
int piece_only_here(void);
int piece_calls(void);

static int calls __attribute__((section(".keep.calls")));

int piece_value(void) { return VALUE; }
int piece_only_here(void) { return VALUE * 10; }
int piece_calls(void) { return ++calls; }
