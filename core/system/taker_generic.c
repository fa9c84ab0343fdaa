/* SPDX-License-Identifier: MIT */
/*
 * taker_generic.c - templates: loaded and cached, their types given or inferred,
 * and handed to whoever makes code of them.
 */
#include "system/taker.h"
#include "system/text.h"

/* ---- What a module says ---- */

enum smf_status smf_taker_read_note(const struct taking *taking, struct smf_sdn *note)
{
    struct smf_taker_entry *entry = smf_taker_find(taking, METADATA);
    if (entry == NULL) {
        enum smf_status status = smf_taker_make(taking, METADATA, NULL, &entry);
        if (status != SMF_OK)
            return status;
        status = smf_sdn_open(&entry->note, taking->image, taking->why);
        if (status != SMF_OK) {
            smf_taker_release(taking->taker, entry);
            return status;
        }
        smf_taker_keep(taking->taker, entry);
    }
    *note = entry->note;
    note->image = taking->image; /* may have been opened anew */
    smf_taker_release(taking->taker, entry);
    return SMF_OK;
}

/* The template in one section, or in the first of all that has it. */
static enum smf_status search(const struct taking *taking, uint32_t number, const struct smf_symbol *symbol,
                              struct smf_template *found)
{
    struct smf_image *image = taking->image;
    struct smf_symbol_template said = {0, 0};
    const bool lies = symbol != NULL && symbol->place == SMF_PLACE_SECTION &&
                      smf_image_section_type(image, symbol->section) == SMF_SECTION_TEMPLATE_CODE;
    enum smf_status status = SMF_OK;
    if (symbol != NULL)
        status = smf_image_symbol_template(image, number, &said, taking->why);
    uint32_t section = lies ? symbol->section : smf_templates_section(image, 0);
    while (status == SMF_OK && section != SMF_NO_SYMBOL) {
        struct smf_templates templates;
        status = smf_templates_open(&templates, image, section, taking->why);
        if (status != SMF_OK)
            return status;
        status = symbol != NULL
                     ? smf_templates_of_symbol(&templates, taking->name, taking->size, &said, found, taking->why)
                     : smf_templates_find(&templates, taking->name, taking->size, found, taking->why);
        if (status != SMF_ERR_NOT_FOUND)
            return status;
        section = lies ? SMF_NO_SYMBOL : smf_templates_section(image, section + 1);
        status = SMF_OK;
    }
    if (status != SMF_OK)
        return status;
    return taking_fail(taking, symbol != NULL ? SMF_DETAIL_NO_BODY : SMF_DETAIL_NO_SYMBOL, 0, 0);
}

enum smf_status smf_taker_template(const struct taking *taking, uint32_t number, const struct smf_symbol *symbol,
                                   struct smf_taker_entry **entry)
{
    struct smf_template found;
    enum smf_status status = search(taking, number, symbol, &found);
    struct smf_taker_entry *made = NULL;
    if (status == SMF_OK)
        status = smf_taker_make(taking, TEMPLATES, NULL, &made);
    if (status == SMF_OK)
        status = smf_taker_bytes(taking, made, found.body.offset, found.body.size, found.body.size);
    if (status != SMF_OK) {
        smf_taker_release(taking->taker, made);
        return status;
    }
    made->taken.kind = SMF_TAKEN_TEMPLATE;
    made->taken.generic = found;
    made->taken.number = symbol != NULL ? number : SMF_NO_SYMBOL;
    smf_taker_keep(taking->taker, made);
    *entry = made;
    return SMF_OK;
}

/* ---- Instances ---- */

/* Nothing makes code of it: it stays a template, if that is allowed. */
static enum smf_status leave(const struct taking *taking, struct smf_taker_entry *generic, enum smf_detail detail,
                             struct smf_taker_entry **entry)
{
    if (!taking->taker->config.allow_deferred)
        return taking_fail(taking, detail, 0, 0);
    generic->holds++;
    taking->taker->statistics.held++;
    *entry = generic;
    return SMF_OK;
}

/* Recorded, or said to be none: by forms that record it. */
static bool has_arity(const struct smf_template *generic)
{
    return generic->parameter_count != 0 || generic->form == SMF_TEMPLATES_BRIEF ||
           generic->form == SMF_TEMPLATES_WHOLE || generic->record || generic->kind != SMF_TEMPLATE_OPAQUE;
}

struct own_room {
    struct smf_room room; /* first */
    const struct taking *taking;
    struct smf_taker_entry *entry;
};

static void *take_room(struct smf_room *room, size_t size)
{
    struct own_room *own = (struct own_room *)(void *)room;
    if (size == 0 || own->entry->block != NULL)
        return NULL;
    own->entry->block = smf_taker_memory(own->taking, size, false);
    own->entry->taken.bytes = own->entry->block;
    own->entry->taken.size = size;
    return own->entry->block;
}

/* A diagnosis that a callback did not fill in says at least its status. */
static enum smf_status callback_failed(const struct taking *taking, enum smf_status status)
{
    if (taking->why->status != status || status == SMF_ERR_NOT_FOUND)
        taking_fail(taking, SMF_DETAIL_INSTANTIATOR, (size_t) - (ptrdiff_t)status, 0);
    taking->why->status = status;
    return status;
}

static enum smf_status instantiate(const struct taking *taking, struct smf_instantiation *what,
                                   struct smf_taker_entry *entry)
{
    const struct smf_taker_maker *instantiator = taking->taker->config.instantiator;
    struct own_room own = {
        {take_room, 0, 0},
        taking, entry
    };
    what->name = entry->symbol;
    const enum smf_status status = instantiator->instantiate(instantiator, what, &own.room, taking->why);
    if (status != SMF_OK)
        return callback_failed(taking, status);
    entry->taken.made = true; /* from here on the instantiator is told when it goes */
    entry->taken.address = own.room.address;
    entry->taken.offset = own.room.offset;
    if (entry->block == NULL || own.room.offset >= entry->taken.size)
        return taking_fail(taking, SMF_DETAIL_NOTHING_MADE, 0, 0);
    entry->taken.kind = SMF_TAKEN_CODE;
    entry->taken.type = what->generic->kind <= SMF_TEMPLATE_FUNCTION || what->generic->kind == SMF_TEMPLATE_OPAQUE
                            ? SMF_SYMBOL_FUNCTION
                            : SMF_SYMBOL_TYPE;
    taking->taker->statistics.made++;
    return SMF_OK;
}

/* An instance of these types: cached, built in, or made. Not part of its caller, who reads notes: stacks are small. */
static __attribute__((noinline)) enum smf_status take_instance(const struct taking *taking,
                                                               struct smf_taker_entry *generic,
                                                               struct smf_instantiation *what,
                                                               struct smf_taker_entry **entry)
{
    struct smf_taker *taker = taking->taker;
    struct smf_taker_entry *made = NULL;
    struct smf_symbol symbol;
    uint32_t number = 0;
    enum smf_status status = smf_taker_make(taking, INSTANCES, what->types, &made);
    if (status != SMF_OK)
        return status;
    struct smf_taker_entry *cached = smf_taker_find_alike(taking, made);
    if (cached != NULL) {
        smf_taker_release(taker, made);
        *entry = cached;
        return SMF_OK;
    }
    status = smf_taker_symbol(taking, made->symbol, smf_text_size(made->symbol) - 1, &number, &symbol);
    if (status == SMF_OK) {
        status = smf_taker_concrete(taking, made, number, &symbol);
    } else if (status == SMF_ERR_NOT_FOUND && taker->config.instantiator == NULL) {
        smf_taker_release(taker, made);
        return leave(taking, generic, SMF_DETAIL_NO_INSTANTIATOR, entry);
    } else if (status == SMF_ERR_NOT_FOUND) {
        smf_fail_clear(taking->why);
        status = instantiate(taking, what, made);
    }
    if (status != SMF_OK) {
        smf_taker_release(taker, made);
        return status;
    }
    smf_taker_keep(taker, made);
    *entry = made;
    return SMF_OK;
}

/* What uses it says the types; SMF_ERR_NOT_FOUND: nobody can tell. */
static enum smf_status infer(const struct taking *taking, struct smf_instantiation *what, struct smf_type *room,
                             struct smf_sdn *note)
{
    const struct smf_taker_maker *instantiator = taking->taker->config.instantiator;
    enum smf_status status = smf_taker_read_note(taking, note);
    if (status != SMF_OK)
        return status;
    what->note = note;
    smf_fail_clear(taking->why);
    status = instantiator->infer(instantiator, what, room, SMF_TAKER_TYPES_MAX, &what->types, taking->why);
    if (status == SMF_OK || status == SMF_ERR_NOT_FOUND)
        return status;
    return callback_failed(taking, status);
}

enum smf_status smf_taker_generic(const struct taking *taking, struct smf_taker_entry *generic,
                                  const struct smf_type *types, struct smf_taker_entry **entry)
{
    const struct smf_taker_maker *instantiator = taking->taker->config.instantiator;
    struct smf_sdn note = {.image = taking->image};
    struct smf_instantiation what = {.module = taking->module,
                                     .image = taking->image,
                                     .base = generic->symbol,
                                     .generic = &generic->taken.generic,
                                     .body = generic->taken.bytes,
                                     .types = types,
                                     .note = &note};
    const uint32_t arity = what.generic->parameter_count;
    void *room = NULL;
    enum smf_status status = SMF_OK;
    if (types == NULL) {
        if (instantiator == NULL || instantiator->infer == NULL)
            return leave(taking, generic, SMF_DETAIL_NOT_INFERRED, entry);
        room = smf_taker_memory(taking, SMF_TAKER_TYPES_MAX * sizeof(struct smf_type), true);
        if (room == NULL)
            return taking->why->status;
        status = infer(taking, &what, room, &note);
    }
    const size_t count = smf_types_count(what.types);
    if (status == SMF_ERR_NOT_FOUND)
        status = leave(taking, generic, SMF_DETAIL_NOT_INFERRED, entry);
    else if (status == SMF_OK && has_arity(what.generic) && count != arity)
        status = taking_fail(taking, SMF_DETAIL_ARITY, count, arity);
    else if (status == SMF_OK)
        status = take_instance(taking, generic, &what, entry);
    smf_arena_give(taker_arena(taking->taker), room);
    return status;
}
