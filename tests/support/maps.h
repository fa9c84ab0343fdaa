/* SPDX-License-Identifier: MIT */
/* maps.h - the memory of this process as the system describes it: /proc/self/maps, or VirtualQuery. */
#ifndef SMF_TESTS_MAPS_H
#define SMF_TESTS_MAPS_H

#include <stddef.h>
#include <stdint.h>

/* "rw-p", "r-xp", ...; "" where nothing is mapped. Valid until the next call. */
const char *maps_access(uint64_t address);

/* All mappings, and those of them that can be written and executed. */
void maps_count(size_t *mappings, size_t *both);

#endif
