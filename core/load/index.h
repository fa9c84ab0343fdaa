/* SPDX-License-Identifier: MIT */
/*
 * load/index.h - the parts of a module's block, and the index of its exports:
 * heads of chains by hash, then one link for each export, all of them numbers
 * of exports + 1. Of 16 bits, unless there are more exports than these can say.
 */
#ifndef SMF_LOAD_INDEX_H
#define SMF_LOAD_INDEX_H

#include "load/load.h"

/* The parts of the block, in their order. */
static inline struct smf_region *smf_load_regions(const struct smf_module *module)
{
    return (struct smf_region *)(uintptr_t)(module + 1);
}
static inline struct array *smf_load_arrays(const struct smf_module *module)
{
    return (struct array *)(void *)(smf_load_regions(module) + module->region_count);
}
static inline uintptr_t *smf_load_section_addresses(const struct smf_module *module)
{
    return (uintptr_t *)(void *)(smf_load_arrays(module) + module->array_count);
}
static inline struct export_entry *smf_load_entries(const struct smf_module *module)
{
    return (struct export_entry *)(void *)smf_load_section_addresses(module);
}

static inline uint32_t smf_load_head_count(const struct smf_module *module) { return (uint32_t)1 << module->head_bits; }

static inline uint32_t smf_load_get_link(const struct smf_module *module, uint32_t at)
{
    return module->wide ? ((const uint32_t *)module->links)[at] : ((const uint16_t *)module->links)[at];
}

static inline void smf_load_set_link(const struct smf_module *module, uint32_t at, uint32_t number)
{
    if (module->wide)
        ((uint32_t *)module->links)[at] = number;
    else
        ((uint16_t *)module->links)[at] = (uint16_t)number;
}

/* Put export `number` in front of its chain. */
static inline void smf_load_add_link(const struct smf_module *module, uint32_t mask, uint32_t hash, uint32_t number)
{
    smf_load_set_link(module, mask + 1 + number, smf_load_get_link(module, hash & mask));
    smf_load_set_link(module, hash & mask, number + 1);
}

/* find.c: what can be known of export `number`. */
struct candidate {
    const char *name;
    size_t room; /* bytes from there to the end of all names */
    uintptr_t address;
    enum smf_kind kind;
};

/* False: a source that was to stay has changed, and says nothing that could be true. */
bool smf_load_candidate(const struct smf_module *module, uint32_t number, struct candidate *candidate);

#endif
