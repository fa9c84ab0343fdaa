/* SPDX-License-Identifier: MIT */
/* mapper_questions.c - what can be asked of a mapper; changes nothing. */
#include "system/symbols.h"

static struct smf_mapper_record describe(const struct smf_mapper_symbol *symbol)
{
    return (struct smf_mapper_record){.owner = symbol->owner->name,
                                      .symbol = symbol->name,
                                      .address = symbol->address,
                                      .size = symbol->size,
                                      .generation = symbol->generation,
                                      .is_region = symbol->region.bytes != NULL};
}

enum smf_status smf_mapper_get_record(const struct smf_mapper *mapper, const char *symbol,
                                      struct smf_mapper_record *record)
{
    if (!smf_mapper_is_started(mapper) || symbol == NULL || record == NULL)
        return SMF_ERR_ARGUMENT;
    smf_mapper_lock(mapper);
    const struct smf_mapper_symbol *found = smf_mapper_find_symbol(mapper, symbol);
    if (found != NULL)
        *record = describe(found);
    smf_mapper_unlock(mapper);
    return found != NULL ? SMF_OK : SMF_ERR_NOT_FOUND;
}

uintptr_t smf_mapper_lookup(const struct smf_mapper *mapper, const char *symbol)
{
    struct smf_mapper_record record;
    return smf_mapper_get_record(mapper, symbol, &record) == SMF_OK ? record.address : 0;
}

typedef void (*function)(void); /* what the public prototype spells out */

function smf_mapper_function(const struct smf_mapper *mapper, const char *symbol)
{
    uintptr_t address = smf_mapper_lookup(mapper, symbol);
#if defined(__thumb__)
    if (address != 0)
        address |= 1; /* AAPCS32: bit 0 of a function's address selects Thumb */
#endif
    return (function)address; /* NOLINT */
}

void smf_mapper_get_statistics(const struct smf_mapper *mapper, struct smf_mapper_statistics *statistics)
{
    *statistics = (struct smf_mapper_statistics){0};
    if (!smf_mapper_is_started(mapper))
        return;
    smf_mapper_lock(mapper);
    *statistics = mapper->statistics;
    statistics->arena_largest = smf_arena_largest(smf_mapper_arena(mapper));
    smf_mapper_unlock(mapper);
}

/* One visit; false ends the walk. */
static bool visit_one(const struct smf_mapper_symbol *symbol,
                      bool (*visit)(void *context, const struct smf_mapper_record *record), void *context,
                      size_t *count)
{
    const struct smf_mapper_record record = describe(symbol);
    ++*count;
    return visit(context, &record);
}

size_t smf_mapper_walk(const struct smf_mapper *mapper, const char *owner,
                       bool (*visit)(void *context, const struct smf_mapper_record *record), void *context)
{
    size_t count = 0;
    bool goes_on = true;
    if (!smf_mapper_is_started(mapper) || visit == NULL)
        return 0;
    smf_mapper_lock(mapper);
    if (owner != NULL) {
        const struct smf_mapper_owner *found = smf_mapper_find_owner(mapper, owner);
        const struct smf_mapper_symbol *symbol = found != NULL ? found->symbols : NULL;
        for (; symbol != NULL && goes_on; symbol = symbol->next_owned)
            goes_on = visit_one(symbol, visit, context, &count);
    }
    for (uint32_t i = 0; owner == NULL && goes_on && i < mapper->config.bucket_count; i++)
        for (const struct smf_mapper_symbol *symbol = mapper->buckets[i].symbols; symbol != NULL && goes_on;
             symbol = symbol->next)
            goes_on = visit_one(symbol, visit, context, &count);
    smf_mapper_unlock(mapper);
    return count;
}
