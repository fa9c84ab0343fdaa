/* SPDX-License-Identifier: MIT */
/* ask.c - the protection in force, from Linux itself: /proc/self/maps (proc(5)), one line for each mapping. */
#include "posix.h"

#if defined(__linux__)
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line that goes on behind what was read holds a path: of no interest. False at the end of the file. */
static bool next_line(FILE *maps, char *line, int room)
{
    if (fgets(line, room, maps) == NULL)
        return false;
    if (strchr(line, '\n') == NULL)
        for (int character = getc(maps); character != '\n' && character != EOF;)
            character = getc(maps);
    return true;
}

static enum smf_access access_of(const char *letters)
{
    if (letters[2] == 'x')
        return letters[1] == 'w' ? SMF_ACCESS_RWX : SMF_ACCESS_RX;
    return letters[1] == 'w' ? SMF_ACCESS_RW : SMF_ACCESS_RO;
}

/* "from-to letters ...", both hexadecimal: the letters if the address lies in between, else NULL. */
static const char *letters_at(const char *line, uintptr_t address)
{
    char *end;
    const unsigned long long from = strtoull(line, &end, 16);
    if (end == line || *end != '-')
        return NULL;
    const char *const second = end + 1;
    const unsigned long long to = strtoull(second, &end, 16);
    const bool whole = end != second && *end == ' ' && strlen(end + 1) >= 4;
    return whole && address >= from && address < to ? end + 1 : NULL;
}

enum smf_status smf_posix_ask(uintptr_t address, enum smf_access *access)
{
    char line[128];
    enum smf_status status = SMF_ERR_NOT_FOUND;
    FILE *maps = fopen("/proc/self/maps", "re");
    if (maps == NULL)
        return SMF_ERR_UNSUPPORTED;
    while (status == SMF_ERR_NOT_FOUND && next_line(maps, line, sizeof line)) {
        const char *const letters = letters_at(line, address);
        if (letters != NULL) {
            *access = access_of(letters);
            status = SMF_OK;
        }
    }
    fclose(maps);
    return status;
}
#endif
