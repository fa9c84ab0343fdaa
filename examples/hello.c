/* SPDX-License-Identifier: MIT */
/*
 * hello.c - a module like most: it calls a function of the host (printf), keeps
 * state between calls, and has constant tables. Nothing in it knows about SMF.
 *
 *     smf build -o hello.smf examples/hello.c
 *     smf call hello.smf greet 2
 *     smf run hello.smf you
 */
#include <stdio.h>

long greet(long times);
long greetings(void);

static const char *const hours[] = {"Good morning", "Good day", "Good evening"};
static long said; /* .bss: lives as long as the module is loaded */

/* Say hello `times` times; how often this was done since the module was loaded. */
long greet(long times)
{
    for (long i = 0; i < times; i++) {
        const unsigned long hour = (unsigned long)said++ % (sizeof hours / sizeof hours[0]);
        printf("%s from a module, number %ld.\n", hours[hour], said);
    }
    return said;
}

long greetings(void) { return said; }

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        printf("Hello, %s.\n", argv[i]);
    return greet(3) == greetings() ? 0 : 1;
}
