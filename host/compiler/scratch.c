/* SPDX-License-Identifier: MIT */
/* scratch.c - see scratch.h. */
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/temporary.h"

enum { OBJECT_MAX = 1 << 26 }; /* an object of a unit of 1 MiB, debug information and all */

bool scratch_make(struct scratch *scratch)
{
    const char *where = getenv("TMPDIR");
    const int length = snprintf(scratch->folder, sizeof scratch->folder, "%s/smf-unit-XXXXXX",
                                where != NULL && where[0] != '\0' ? where : "/tmp");
    if (length >= (int)sizeof scratch->folder || mkdtemp(scratch->folder) == NULL)
        return false;
    snprintf(scratch->source, sizeof scratch->source, "%s/unit.c", scratch->folder);
    snprintf(scratch->object, sizeof scratch->object, "%s/unit.o", scratch->folder);
    return true;
}

void scratch_remove(struct scratch *scratch) { temporary_remove(scratch->folder); }

bool scratch_write_source(const struct scratch *scratch, const char *text, size_t size)
{
    FILE *file = fopen(scratch->source, "wb");
    if (file == NULL)
        return false;
    const bool written = fwrite(text, 1, size, file) == size;
    return fclose(file) == 0 && written;
}

uint8_t *scratch_read_object(const struct scratch *scratch, size_t *size)
{
    FILE *file = fopen(scratch->object, "rb");
    uint8_t *bytes = NULL;
    if (file == NULL)
        return NULL;
    if (fseek(file, 0, SEEK_END) == 0) {
        const long length = ftell(file);
        if (length > 0 && length <= OBJECT_MAX && fseek(file, 0, SEEK_SET) == 0)
            bytes = malloc((size_t)length);
        if (bytes != NULL && fread(bytes, 1, (size_t)length, file) != (size_t)length) {
            free(bytes);
            bytes = NULL;
        }
        *size = bytes != NULL ? (size_t)length : 0;
    }
    fclose(file);
    return bytes;
}
