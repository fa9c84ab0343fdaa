/* SPDX-License-Identifier: MIT */
/* overflow.c - a firmware whose own stack runs over: the board must say so and end with a status that is no pass. */
#include <stdio.h>

#include "board.h"

static unsigned deeper(unsigned depth)
{
    volatile unsigned here[64];
    here[0] = depth;
    return depth == 0 ? 0 : deeper(depth + 1) + here[0];
}

int main(void)
{
    printf("stack runs over\n");
    return (int)(deeper(1) & 0); /* never gets here; 0 would be a pass */
}
