/* SPDX-License-Identifier: MIT */
/* supplier_library.c - a ready-made supplier: a library, wherever it lies. Not linked where there is none. */
#include "base/bytes.h"
#include "smf/hash.h"
#include "smf/supplier.h"

/* Changes with the bytes and with where they lie: what was made of a module points there. */
static uint64_t revision_of(const struct smf_library_entry *entry)
{
    uint8_t bytes[48];
    smf_put64(bytes, entry->offset);
    smf_put64(bytes + 8, entry->size);
    smf_put64(bytes + 16, entry->object_offset);
    smf_put64(bytes + 24, entry->object_size);
    smf_put64(bytes + 32, entry->hash);
    smf_put64(bytes + 40, entry->object_hash);
    const uint64_t revision = smf_hash64(SMF_FNV64_BASIS, bytes, sizeof bytes);
    return revision != 0 ? revision : 1;
}

static enum smf_status library_find(const struct smf_supplier *supplier, const char *name, struct smf_supply *supply,
                                    struct smf_diagnosis *why)
{
    struct smf_library *library = supplier->context;
    struct smf_library_entry entry;
    enum smf_status status = smf_library_find(library, name, &entry, why);
    if (status == SMF_OK)
        status = smf_library_module(library, &entry, &supply->part, &supply->source);
    if (status == SMF_OK && entry.object_size != 0)
        status = smf_library_object(library, &entry, &supply->object_part, &supply->object);
    if (status != SMF_OK)
        return status;
    supply->kind = SMF_ORIGIN_LIBRARY;
    supply->place = supplier->title;
    supply->offset = entry.offset;
    supply->revision = revision_of(&entry);
    return SMF_OK;
}

static enum smf_status library_look(const struct smf_supplier *supplier, const char *name, uint64_t *revision)
{
    struct smf_library *library = supplier->context;
    struct smf_library_entry entry;
    const enum smf_status status = smf_library_find(library, name, &entry, NULL);
    if (status == SMF_OK)
        *revision = revision_of(&entry);
    return status;
}

/* Entries that cannot be proven have no name that could be asked for. */
static int library_list(const struct smf_supplier *supplier, int (*each)(void *context, const char *name),
                        void *context)
{
    struct smf_library *library = supplier->context;
    int answer = 0;
    for (uint32_t i = 0; i < library->count && answer == 0; i++) {
        struct smf_library_entry entry;
        if (smf_library_entry(library, i, &entry, NULL) == SMF_OK)
            answer = each(context, entry.name);
    }
    return answer;
}

struct smf_supplier smf_library_supplier(const char *title, struct smf_library *library)
{
    return (struct smf_supplier){
        .title = title, .find = library_find, .look = library_look, .list = library_list, .context = library};
}
