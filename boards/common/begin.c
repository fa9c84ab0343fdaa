/* SPDX-License-Identifier: MIT */
/* begin.c - see board_begin.h. */
#include "board_begin.h"

#include "board.h"

int main(int argc, char **argv);
extern void (*const __init_array_start[])(void), (*const __init_array_end[])(void);

enum { LINE_SIZE = 256, WORDS_MAX = 8 };

/* Cut at spaces, in place; returns how many words. There is always a name. */
static int cut(char *line, char **words)
{
    static char name[] = "program";
    int count = 0;
    while (count < WORDS_MAX) {
        while (*line == ' ')
            *line++ = '\0';
        if (*line == '\0')
            break;
        words[count++] = line;
        while (*line != ' ' && *line != '\0')
            line++;
    }
    if (count == 0)
        words[count++] = name;
    words[count] = NULL;
    return count;
}

void board_begin(void)
{
    static char line[LINE_SIZE];
    static char *words[WORDS_MAX + 1];
    board_libc_start();
    board_command_line(line, sizeof line);
    for (void (*const *start)(void) = __init_array_start; start < __init_array_end; start++)
        (*start)();
    const int count = cut(line, words);
    board_exit(main(count, words));
}
