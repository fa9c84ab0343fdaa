/* SPDX-License-Identifier: MIT */
/* louder.c - a module that shout.c needs: text in capitals. */
#include <ctype.h>

void louder(char *into, unsigned long size, const char *text);
long marks(long count);

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ ABCDEFGHIJKLMNOPQRSTUVWXYZ ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* `text` in capitals, cut to `size` bytes with its NUL. */
void louder(char *into, unsigned long size, const char *text)
{
    unsigned long length = 0;
    for (; text[length] != '\0' && length + 1 < size; length++)
        into[length] = islower((unsigned char)text[length]) ? alphabet[text[length] - 'a'] : text[length];
    into[length] = '\0';
}

/* How many exclamation marks so many words deserve. */
long marks(long count) { return count < 3 ? 1 : count / 2; }
