/* SPDX-License-Identifier: MIT */
/* taker.c - the order in which a name is looked for, and what it comes to (smf/taker.h). */
#include "system/taker.h"

#include "system/text.h"

/* Types of a name such as f<a,b>, nested ones counted. */
#define NAME_TYPES 16u

static bool is_generic(const struct smf_image *image, const struct smf_symbol *symbol)
{
    return (symbol->flags & SMF_SYMBOL_FLAG_TEMPLATE) != 0 ||
           (symbol->place == SMF_PLACE_SECTION &&
            smf_image_section_type(image, symbol->section) == SMF_SECTION_TEMPLATE_CODE);
}

/* O5: its types are inferred at load. False in `*is`: nothing in the note concerns it. */
static enum smf_status take_deferred(const struct taking *taking, uint32_t number, const struct smf_symbol *symbol,
                                     bool *is, struct smf_taker_entry **entry)
{
    struct smf_sdn note;
    struct smf_hints hints = {0, 0, 0};
    enum smf_status status = smf_taker_read_note(taking, &note);
    if (status == SMF_OK)
        status = smf_hints_count(&note, taking->name, taking->size, &hints, taking->why);
    *is = hints.type_vars + hints.constraints + hints.usages != 0;
    if (status != SMF_OK || !*is)
        return status;
    if (!taking->taker->config.allow_deferred)
        return taking_fail(taking, SMF_DETAIL_DEFERRED, 0, 0);
    status = smf_taker_make(taking, TEMPLATES, NULL, entry);
    if (status != SMF_OK)
        return status;
    (*entry)->taken.kind = SMF_TAKEN_DEFERRED;
    (*entry)->taken.hints = hints;
    (*entry)->taken.number = number;
    (*entry)->taken.type = symbol->type;
    smf_taker_keep(taking->taker, *entry);
    return SMF_OK;
}

static enum smf_status take_concrete(const struct taking *taking, uint32_t number, const struct smf_symbol *symbol,
                                     struct smf_taker_entry **entry)
{
    struct smf_taker_entry *made = NULL;
    enum smf_status status = smf_taker_make(taking, INSTANCES, NULL, &made);
    if (status == SMF_OK)
        status = smf_taker_concrete(taking, made, number, symbol);
    if (status != SMF_OK) {
        smf_taker_release(taking->taker, made);
        return status;
    }
    smf_taker_keep(taking->taker, made);
    *entry = made;
    return SMF_OK;
}

/* The template of the name, from the cache or the image. `*symbol` is told if there is one and it is no template. */
static enum smf_status find_template(const struct taking *taking, struct smf_taker_entry **generic, uint32_t *number,
                                     struct smf_symbol *symbol)
{
    *generic = smf_taker_find(taking, TEMPLATES);
    if (*generic != NULL)
        return SMF_OK;
    const enum smf_status status = smf_taker_symbol(taking, taking->name, taking->size, number, symbol);
    if (status == SMF_ERR_NOT_FOUND)
        return smf_taker_template(taking, SMF_NO_SYMBOL, NULL, generic);
    if (status != SMF_OK || !is_generic(taking->image, symbol))
        return status;
    return smf_taker_template(taking, *number, symbol, generic);
}

/* O6, and f<a,b>: this name with these types. */
static enum smf_status take_typed(const struct taking *taking, const struct smf_type *types,
                                  struct smf_taker_entry **entry)
{
    struct smf_taker_entry *generic = NULL;
    struct smf_symbol symbol;
    uint32_t number = 0;
    enum smf_status status = find_template(taking, &generic, &number, &symbol);
    if (status != SMF_OK)
        return status;
    if (generic == NULL || generic->taken.kind != SMF_TAKEN_TEMPLATE)
        status = taking_fail(taking, SMF_DETAIL_NOT_GENERIC, 0, 0);
    else
        status = smf_taker_generic(taking, generic, types, entry);
    smf_taker_release(taking->taker, generic);
    return status;
}

/* A name that the image does not have: with types in it, it means a template. */
static enum smf_status take_split(const struct taking *taking, struct smf_taker_entry **entry)
{
    const struct smf_type *types = NULL;
    struct taking base = *taking;
    struct smf_type *room;
    size_t start = 0;
    while (start < taking->size && taking->name[start] != '<')
        start++;
    if (start == taking->size)
        return SMF_ERR_NOT_FOUND;
    room = smf_taker_memory(taking, NAME_TYPES * sizeof *room, true);
    if (room == NULL)
        return taking->why->status;
    enum smf_status status = smf_types_split(taking->name, taking->size, &base.size, room, NAME_TYPES, &types);
    if (status == SMF_OK)
        status = take_typed(&base, types, entry);
    else
        status = taking_fail(taking, SMF_DETAIL_TYPE_NAMES, 0, 0);
    smf_arena_give(taker_arena(taking->taker), room);
    return status;
}

/* O2. */
static enum smf_status take_named(const struct taking *taking, struct smf_taker_entry **entry)
{
    struct smf_taker_entry *generic = NULL;
    struct smf_symbol symbol;
    uint32_t number = 0;
    bool deferred = false;
    *entry = smf_taker_find(taking, INSTANCES);
    if (*entry != NULL)
        return SMF_OK;
    enum smf_status status = find_template(taking, &generic, &number, &symbol);
    if (status == SMF_ERR_NOT_FOUND)
        return take_split(taking, entry);
    if (status != SMF_OK)
        return status;
    if (generic != NULL && generic->taken.kind == SMF_TAKEN_TEMPLATE) {
        status = smf_taker_generic(taking, generic, NULL, entry);
        smf_taker_release(taking->taker, generic);
        return status;
    }
    *entry = generic;
    if (generic != NULL) /* deferred, from the cache */
        return SMF_OK;
    status = take_deferred(taking, number, &symbol, &deferred, entry);
    return status != SMF_OK || deferred ? status : take_concrete(taking, number, &symbol, entry);
}

/* Start of a call. False: arguments are missing. */
static bool enter(struct taking *taking, struct smf_taken *taken)
{
    memset(taken, 0, sizeof *taken);
    taken->kind = SMF_TAKEN_ERROR;
    taken->number = SMF_NO_SYMBOL;
    if (taking->why == NULL)
        taking->why = &taking->taker->unwanted;
    smf_fail_clear(taking->why);
    if (taking->module == NULL || taking->image == NULL || smf_text_is_empty(taking->name)) {
        smf_fail(taking->why, SMF_DETAIL_ARGUMENT, 0, 0, 0);
        return false;
    }
    taking->size = smf_text_size(taking->name) - 1;
    return true;
}

static enum smf_status leave(const struct taking *taking, enum smf_status status, struct smf_taker_entry *entry,
                             struct smf_taken *taken)
{
    struct smf_taker *taker = taking->taker;
    if (status == SMF_OK)
        *taken = entry->taken;
    else if (status == SMF_ERR_NOT_FOUND && taking->why->detail == SMF_DETAIL_NO_SYMBOL)
        taken->kind = SMF_TAKEN_NOT_FOUND;
    taker->statistics.taken[taken->kind]++;
    if (taker->config.trace != NULL)
        taker->config.trace(taker->config.trace_context, taking->module, taking->name, taken, status);
    return status;
}

enum smf_status smf_taker_take(struct smf_taker *taker, const char *module, struct smf_image *image, const char *name,
                               struct smf_taken *taken, struct smf_diagnosis *why)
{
    struct taking taking = {taker, module, image, name, 0, why};
    struct smf_taker_entry *entry = NULL;
    if (!enter(&taking, taken))
        return leave(&taking, SMF_ERR_ARGUMENT, NULL, taken);
    const enum smf_status status = take_named(&taking, &entry);
    return leave(&taking, status, entry, taken);
}

enum smf_status smf_taker_take_with_types(struct smf_taker *taker, const char *module, struct smf_image *image,
                                          const char *name, const struct smf_type *types, struct smf_taken *taken,
                                          struct smf_diagnosis *why)
{
    struct taking taking = {taker, module, image, name, 0, why};
    struct smf_taker_entry *entry = NULL;
    if (!enter(&taking, taken))
        return leave(&taking, SMF_ERR_ARGUMENT, NULL, taken);
    const enum smf_status status = take_typed(&taking, types, &entry);
    return leave(&taking, status, entry, taken);
}

enum smf_status smf_taker_note(struct smf_taker *taker, const char *module, struct smf_image *image,
                               struct smf_sdn *note, struct smf_diagnosis *why)
{
    struct taking taking = {taker, module, image, "", 0, why != NULL ? why : &taker->unwanted};
    smf_fail_clear(taking.why);
    if (module == NULL || image == NULL)
        return smf_fail(taking.why, SMF_DETAIL_ARGUMENT, 0, 0, 0);
    return smf_taker_read_note(&taking, note);
}
