/* SPDX-License-Identifier: MIT */
/* maps.c - see maps.h. */
#include "support/maps.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "harness/tap.h"

#ifdef _WIN32
#include <windows.h>

static const char *access_of(const MEMORY_BASIC_INFORMATION *found)
{
    if (found->State != MEM_COMMIT)
        return "";
    switch (found->Protect) {
    case PAGE_NOACCESS:
        return "---p";
    case PAGE_READONLY:
        return "r--p";
    case PAGE_READWRITE:
    case PAGE_WRITECOPY:
        return "rw-p";
    case PAGE_EXECUTE:
        return "--xp";
    case PAGE_EXECUTE_READ:
        return "r-xp";
    case PAGE_EXECUTE_READWRITE:
    case PAGE_EXECUTE_WRITECOPY:
        return "rwxp";
    default:
        return "????";
    }
}

const char *maps_access(uint64_t address)
{
    MEMORY_BASIC_INFORMATION found;
    if (VirtualQuery((const void *)(uintptr_t)address, &found, sizeof found) == 0)
        return "";
    return access_of(&found);
}

void maps_count(size_t *mappings, size_t *both)
{
    MEMORY_BASIC_INFORMATION found;
    *mappings = *both = 0;
    for (uintptr_t at = 0; VirtualQuery((const void *)at, &found, sizeof found) != 0;
         at = (uintptr_t)found.BaseAddress + found.RegionSize) {
        *mappings += found.State != MEM_FREE;
        *both += strcmp(access_of(&found), "rwxp") == 0;
    }
    CHECK(*mappings != 0);
}

#else

/* The next line of the map: where it starts and ends, what it allows. */
static bool next_line(FILE *maps, unsigned long long *from, unsigned long long *to, char access[5])
{
    char line[512];
    return fgets(line, sizeof line, maps) != NULL && sscanf(line, "%llx-%llx %4s", from, to, access) == 3;
}

const char *maps_access(uint64_t address)
{
    static char found[5];
    unsigned long long from, to;
    char access[5];
    FILE *maps = fopen("/proc/self/maps", "r");
    CHECK(maps != NULL);
    found[0] = '\0';
    while (maps != NULL && next_line(maps, &from, &to, access))
        if (address >= from && address < to)
            memcpy(found, access, sizeof found);
    if (maps != NULL)
        fclose(maps);
    return found;
}

void maps_count(size_t *mappings, size_t *both)
{
    unsigned long long from, to;
    char access[5];
    FILE *maps = fopen("/proc/self/maps", "r");
    CHECK(maps != NULL);
    *mappings = *both = 0;
    while (maps != NULL && next_line(maps, &from, &to, access)) {
        ++*mappings;
        *both += access[1] == 'w' && access[2] == 'x';
    }
    if (maps != NULL)
        fclose(maps);
}

#endif
