/* SPDX-License-Identifier: MIT */
/* no_firmware.c - in the place of firmware.c where there is no libelf: says so. */
#include "exports.h"

void firmware_select(struct list *list, const char *path, const char *const *patterns, size_t pattern_count,
                     const char *table)
{
    (void)list, (void)patterns, (void)pattern_count, (void)table;
    fail(path, 0,
         "this smf-exports was built without libelf and reads no ELF files: list the symbols instead of --from");
}
