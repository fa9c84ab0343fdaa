/* SPDX-License-Identifier: MIT */
/* scratch.h - a folder of one's own for the files of one compilation. */
#ifndef SMF_HOST_COMPILER_SCRATCH_H
#define SMF_HOST_COMPILER_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCRATCH_PATH = 512 };

struct scratch {
    char folder[SCRATCH_PATH];
    char source[SCRATCH_PATH + 16], object[SCRATCH_PATH + 16]; /* unit.c, unit.o in it */
};

/* False: errno. */
bool scratch_make(struct scratch *scratch);
void scratch_remove(struct scratch *scratch);
bool scratch_write_source(const struct scratch *scratch, const char *text, size_t size);
/* malloc()ed; NULL: there is none, it is empty or larger than any unit may be, or memory ran out. */
uint8_t *scratch_read_object(const struct scratch *scratch, size_t *size);

#endif
