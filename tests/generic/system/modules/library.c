/* SPDX-License-Identifier: MIT */
/* library.c - what a library has beside its templates. In a circle, it imports from who uses it. */
extern const int library_number;
int library_tag(void);

const int library_number = TAG;

int library_tag(void) { return *(const volatile int *)&library_number; }

#ifdef IN_A_CIRCLE
extern int user_order(void);
int library_ask(void);
int library_ask(void) { return user_order(); }
#endif
