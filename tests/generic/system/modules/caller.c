/* SPDX-License-Identifier: MIT */
/* caller.c - stays while others are replaced, and calls them through its slots. */
extern int user_order(void);

int caller_ask(void);

int caller_ask(void) { return user_order(); }
