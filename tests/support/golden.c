/* SPDX-License-Identifier: MIT */
/* golden.c - golden.h where there are files. */
#include "support/golden.h"

#include <stdio.h>

size_t golden_read(const char *name, void *bytes, size_t room)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", SMF_TEST_GOLDEN, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return 0;
    size_t size = fread(bytes, 1, room, file);
    if (size == room && fgetc(file) != EOF)
        size = 0;
    fclose(file);
    return size;
}
