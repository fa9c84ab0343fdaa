/* SPDX-License-Identifier: MIT */
/* user.c - a module that imports from another one, and needs it by name; with NOBODY one that cannot be bound. */
#include <stdlib.h>

#ifdef NOBODY
int nobody(void);
#define user_value unbound_value
#else
#define nobody() 0
#endif

int piece_value(void);
int user_value(void);

int user_value(void) { return piece_value() + abs(-100) + nobody(); }
