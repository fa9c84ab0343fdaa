/* SPDX-License-Identifier: MIT */
/* library_counts.c - another module of boards/library: variables, and pointers to them that have to be patched. */
int count_on(int step);

static int counted = 100;
static int *const where[] = {&counted};

int count_on(int step)
{
    int *volatile at = where[0];
    return *at += step;
}
