/* SPDX-License-Identifier: MIT */
/*
 * shout.c - a module that needs another one, by name:
 *
 *     smf build --name talk/louder -o louder.smf examples/louder.c
 *     smf build --name talk/shout --needs talk/louder -o shout.smf examples/shout.c
 *     smf ar create talk.lsm talk/shout=shout.smf talk/louder=louder.smf
 *     smf run --lib talk.lsm talk/shout hello
 */
#include <stdio.h>

void louder(char *into, unsigned long size, const char *text);
long marks(long count);

int main(int argc, char **argv)
{
    char word[64];
    for (int i = 1; i < argc; i++) {
        louder(word, sizeof word, argv[i]);
        printf("%s%s", i > 1 ? " " : "", word);
    }
    for (long mark = marks(argc - 1); mark > 0; mark--)
        putchar('!');
    putchar('\n');
    return 0;
}
