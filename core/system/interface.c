/* SPDX-License-Identifier: MIT */
/* interface.c - a hash of exported names and kinds that no order changes. */
#include "smf/interface.h"

#include "smf/hash.h"

static uint64_t mix(uint64_t hash)
{
    hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCDu;
    hash = (hash ^ hash >> 33) * 0xC4CEB9FE1A85EC53u;
    return hash ^ hash >> 33;
}

uint64_t smf_interface_add(uint64_t sum, const char *name, uint32_t kind)
{
    const uint8_t what = (kind & ~SMF_EXPORT_CONFINED) == SMF_KIND_DATA ? SMF_KIND_DATA : SMF_KIND_FUNCTION;
    size_t size = 1;
    while (name[size - 1] != '\0')
        size++;
    return sum + mix(smf_hash64(smf_hash64(SMF_FNV64_BASIS, name, size), &what, 1));
}

uint64_t smf_interface_end(uint64_t sum) { return sum != 0 ? sum : 1; }

uint64_t smf_interface_hash(const struct smf_exports *const *tables, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < tables[i]->count; k++)
            sum = smf_interface_add(sum, tables[i]->entries[k].name, tables[i]->entries[k].kind);
    return smf_interface_end(sum);
}

uint64_t smf_interface_of_module(const struct smf_module *module)
{
    uint64_t sum = 0;
    const char *name;
    struct smf_found found;
    for (uint32_t i = 0; smf_module_export(module, i, &name, &found) == SMF_OK; i++)
        sum = smf_interface_add(sum, name, found.kind);
    return smf_interface_end(sum);
}
