/* SPDX-License-Identifier: MIT */
/* bases.c - the addresses of --base. */
#include "command.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool smf_command_bases(const char *text, struct smf_bases *bases)
{
    static const char *const words[BASES] = {"code", "rodata", "data"};
    while (*text != '\0') {
        const size_t length = strcspn(text, "=");
        int base = 0;
        while (base < BASES && (strlen(words[base]) != length || strncmp(text, words[base], length) != 0))
            base++;
        if (base == BASES || text[length] != '=' || !isdigit((unsigned char)text[length + 1]) || bases->given[base])
            return false;
        char *end;
        errno = 0;
        bases->address[base] = strtoull(text + length + 1, &end, 0);
        bases->given[base] = true;
        if (errno != 0 || (*end != '\0' && (*end != ',' || end[1] == '\0')))
            return false;
        text = *end == ',' ? end + 1 : end;
    }
    return bases->given[BASE_CODE] || bases->given[BASE_RODATA] || bases->given[BASE_DATA];
}
