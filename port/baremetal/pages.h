/* SPDX-License-Identifier: MIT */
/* pages.h - private to port/baremetal: what start.c and baremetal.c share. */
#ifndef SMF_BAREMETAL_PAGES_H
#define SMF_BAREMETAL_PAGES_H

#include "machine.h"

/* Pools by number: code, rodata, data. */
#define SMF_BAREMETAL_POOLS 3u

/* Pools lie within what every PC-relative field of 32 bits can reach. */
#define SMF_BAREMETAL_REACH 0x7fffffffu

static inline const struct smf_baremetal_memory *smf_baremetal_memory(const struct smf_baremetal_config *config,
                                                                      size_t pool)
{
    return pool == 0 ? &config->code : pool == 1 ? &config->rodata : &config->data;
}

/* Part of a pool, and what maps it. */
struct smf_baremetal_place {
    size_t pool, offset;
    volatile uint64_t *entries; /* NULL without protection; each is written whole, in one store */
    size_t count;               /* of entries */
    uint64_t physical;          /* of the first page */
};

/* Where [address, address + size) lies; false if it is not inside of one pool. */
bool smf_baremetal_locate(const struct smf_baremetal *baremetal, uintptr_t address, size_t size,
                          struct smf_baremetal_place *place);

/* The entries of `count` pages were written: make every core go by them. */
void smf_baremetal_flush(const struct smf_baremetal *baremetal, uintptr_t address, size_t count);

/* Fill in baremetal->port from its configuration. */
void smf_baremetal_make_port(struct smf_baremetal *baremetal);

#endif
