/* SPDX-License-Identifier: MIT */
/* A module: one function, and an entry; with WITH_HELPER it takes a member of an archive. */
int start(void);
int twice(int value);
int helper_of(int value);

static int calls;

int twice(int value)
{
    calls++;
#ifdef WITH_HELPER
    return helper_of(value);
#else
    return 2 * value;
#endif
}

int start(void) { return twice(21) + calls - 1; }
