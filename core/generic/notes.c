/* SPDX-License-Identifier: MIT */
/* notes.c - uses: what modules say they will want, and which of it is there. */
#include "base/bytes.h"
#include "generic/engine.h"
#include "smf/hash.h"
#include "system/text.h"

struct use *smf_generic_use(const struct smf_instantiator *instantiator, uint32_t asker, const char *symbol,
                            uint32_t hash)
{
    struct node *node = smf_generic_first(instantiator, NODE_USE, hash);
    struct use *found = NULL;
    for (; node != NULL; node = smf_generic_next(node)) {
        struct use *use = (struct use *)(void *)node;
        if (!smf_text_is_same(use->texts.mangled, symbol))
            continue;
        if (asker != 0 && use->module->number == asker)
            return use;
        if (found == NULL && !use->module->retired)
            found = use;
    }
    return found;
}

void smf_generic_tie(struct use *use, struct smf_made_instance *instance, bool bound)
{
    if (use->bound)
        return;
    smf_generic_untie(use);
    use->instance = instance;
    use->next_row = instance->rows;
    use->row_at = &instance->rows;
    if (use->next_row != NULL)
        use->next_row->row_at = &use->next_row;
    instance->rows = use;
    use->bound = bound;
    instance->users += bound;
}

void smf_generic_untie(struct use *use)
{
    if (use->instance == NULL)
        return;
    *use->row_at = use->next_row;
    if (use->next_row != NULL)
        use->next_row->row_at = use->row_at;
    use->instance->users -= use->bound;
    use->instance = NULL;
    use->bound = false;
}

/* A row moves to the end of those that are made, or back to where it was. */
void smf_generic_set_made(struct smf_instantiator *instantiator, struct use *use, bool made)
{
    if (use->texts.made == made)
        return;
    struct use **first = (struct use **)(void *)&instantiator->made_uses;
    struct use **last = (struct use **)(void *)&instantiator->made_uses_last;
    if (made) {
        use->later = NULL;
        use->earlier = *last;
    }
    *(use->earlier != NULL ? &use->earlier->later : first) = made ? use : use->later;
    *(use->later != NULL ? &use->later->earlier : last) = made ? use : use->earlier;
    use->texts.made = made;
}

bool smf_instantiator_can(const struct smf_instantiator *instantiator, uint32_t asker, const char *symbol,
                          struct smf_use *use)
{
    if (instantiator == NULL || instantiator->buckets == NULL || symbol == NULL || !instantiator->config.enabled)
        return false;
    const struct use *found = smf_generic_use(instantiator, asker, symbol, smf_hash_name(symbol));
    if (found != NULL && use != NULL)
        *use = found->texts;
    return found != NULL;
}

enum smf_status smf_instantiator_mark(struct smf_instantiator *instantiator, uint32_t number, const char *mangled)
{
    if (instantiator == NULL || instantiator->buckets == NULL || mangled == NULL)
        return SMF_ERR_ARGUMENT;
    struct use *use = smf_generic_use(instantiator, number, mangled, smf_hash_name(mangled));
    if (use == NULL || use->module->number != number)
        return SMF_ERR_NOT_FOUND;
    smf_generic_set_made(instantiator, use, true);
    return SMF_OK;
}

static size_t walk_made(const struct smf_instantiator *instantiator, uint32_t number,
                        bool (*visit)(void *context, const struct smf_use *use), void *context)
{
    size_t count = 0;
    bool more = true;
    for (const struct use *use = instantiator->made_uses; use != NULL && more; use = use->later)
        if (number == 0 || use->module->number == number) {
            more = visit(context, &use->texts);
            count++;
        }
    return count;
}

size_t smf_instantiator_uses(const struct smf_instantiator *instantiator, uint32_t number, bool made,
                             bool (*visit)(void *context, const struct smf_use *use), void *context)
{
    size_t count = 0;
    bool more = true;
    if (instantiator == NULL || visit == NULL)
        return 0;
    if (made)
        return walk_made(instantiator, number, visit, context);
    const struct smf_instantiator_module *module = instantiator->modules;
    for (; module != NULL; module = module->next)
        for (const struct use *use = module->uses; use != NULL && more; use = use->next)
            if (!use->texts.made && (number == 0 || module->number == number)) {
                more = visit(context, &use->texts);
                count++;
            }
    return count;
}
