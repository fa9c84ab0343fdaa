/* SPDX-License-Identifier: MIT */
/* instances.c - instances come and go. One is made whole, code and names, before anything can find it. */
#include "base/bytes.h"
#include "base/fail.h"
#include "generic/engine.h"
#include "smf/hash.h"

static struct smf_arena *arena_of(const struct smf_instantiator *instantiator)
{
    return smf_generic_arena(instantiator);
}

/* ---- Keys ---- */

uint32_t smf_generic_key(const struct template *template, struct type *const *types)
{
    uint32_t hash = (uint32_t)((uintptr_t) template >> 3);
    for (unsigned i = 0; i < template->record.parameter_count; i++)
        hash = (hash * SMF_FNV32_PRIME) ^ (uint32_t)((uintptr_t)types[i] >> 3);
    return hash ^ hash >> 15;
}

struct smf_made_instance *smf_generic_instance(const struct smf_instantiator *instantiator,
                                               const struct template *template, struct type *const *types,
                                               uint32_t hash)
{
    const size_t size = template->record.parameter_count * sizeof(void *);
    struct node *node = smf_generic_first(instantiator, NODE_INSTANCE, hash);
    for (; node != NULL; node = smf_generic_next(node)) {
        struct smf_made_instance *made = (struct smf_made_instance *)(void *)node;
        if (made->template == template && !made->stale && memcmp(made->types, types, size) == 0)
            return made;
    }
    return NULL;
}

/* ---- Names ---- */

static size_t types_size(const struct frame *frame)
{
    size_t size = 0;
    for (unsigned i = 0; i < frame->record.parameter_count; i++)
        size += 1 + frame->types[i]->text_size;
    return size;
}

/* Of all names together, each with its types and its end. Their bytes are counted, as records may share them. */
static size_t names_size(const struct frame *frame)
{
    const struct smf_record *record = &frame->template->record;
    const uint8_t *cursor = NULL;
    struct smf_record_item item;
    size_t size = record->export_count * (types_size(frame) + 1);
    while (smf_record_next_export(record, &cursor, &item))
        size += item.name.size;
    return size;
}

static char *put_types(char *at, const struct frame *frame)
{
    for (unsigned i = 0; i < frame->record.parameter_count; i++) {
        *at++ = i == 0 ? '$' : '_';
        memcpy(at, frame->types[i]->text, frame->types[i]->text_size);
        at += frame->types[i]->text_size;
    }
    return at;
}

/* Names of all functions, each followed by what the mapper calls it if that is another. */
static void name_all(struct smf_made_instance *made, const struct frame *frame, uint32_t number, char *at)
{
    const struct smf_record *record = &made->template->record;
    const uint8_t *cursor = NULL;
    struct smf_record_item item;
    for (size_t i = 0; smf_record_next_export(record, &cursor, &item); i++) {
        struct made_name *name = &made->names[i];
        name->instance = made;
        name->text = name->mapped = at;
        memcpy(at, item.name.bytes, item.name.size);
        at = put_types(at + item.name.size, frame);
        *at++ = '\0';
        name->node.hash = smf_hash_name(name->text);
        if (number == 0)
            continue;
        const size_t size = (size_t)(at - name->text) - 1;
        name->mapped = at;
        memcpy(at, name->text, size);
        at = smf_generic_put_number(at + size, number);
        *at++ = '\0';
    }
}

/* ---- The block ---- */

static unsigned count_needs(const struct frame *frame)
{
    unsigned count = 0;
    for (unsigned i = 0; i < frame->record.need_count; i++)
        count += frame->needs[i] != NULL;
    return count;
}

/* With all names, and with a number behind those of the mapper unless it is 0; NULL: no room, `*size` says for how much. */
static struct smf_made_instance *take_block(struct smf_instantiator *instantiator, const struct frame *frame,
                                            const struct hold_set *holds, uint32_t number, size_t *size)
{
    const struct smf_record *record = &frame->template->record;
    const unsigned needs = count_needs(frame);
    size_t text = names_size(frame);
    text += number != 0 ? text + (size_t)DIGITS * record->export_count : 0;
    *size = sizeof(struct smf_made_instance) + (record->parameter_count + needs) * sizeof(void *) +
            record->export_count * sizeof(struct made_name) + holds->count * sizeof(uint32_t) + text;
    struct smf_made_instance *made = smf_arena_take(arena_of(instantiator), *size);
    if (made == NULL)
        return NULL;
    *made = (struct smf_made_instance){.template = frame->template,
                                       .compiled = frame->compiled,
                                       .exports = frame->unit.exports,
                                       .need_count = (uint8_t)needs,
                                       .hold_count = (uint8_t)holds->count};
    made->types = (struct type **)(made + 1);
    made->needs = (struct smf_made_instance **)(made->types + record->parameter_count);
    made->names = (struct made_name *)(made->needs + needs);
    made->holds = (uint32_t *)(made->names + record->export_count);
    memcpy(made->types, frame->types, record->parameter_count * sizeof(void *));
    memcpy(made->holds, holds->numbers, holds->count * sizeof(uint32_t));
    for (unsigned i = 0, at = 0; i < frame->record.need_count; i++)
        if (frame->needs[i] != NULL)
            made->needs[at++] = frame->needs[i];
    name_all(made, frame, number, (char *)(made->holds + holds->count));
    return made;
}

/* A port may say that something is there twice, too. */
static bool is_any_taken(const struct smf_instantiator *instantiator, const struct smf_made_instance *made)
{
    for (size_t i = 0; i < export_count(made); i++)
        if (smf_generic_is_taken(instantiator, made->names[i].mapped))
            return true;
    return false;
}

/* With the first number whose names the mapper has not. */
static enum smf_status start_instance(struct making *making, struct work *work, const struct hold_set *holds,
                                      struct smf_made_instance **made)
{
    struct smf_instantiator *instantiator = making->instantiator;
    for (uint32_t number = 0;; number = ++instantiator->last_instance) {
        size_t size;
        *made = take_block(instantiator, work->frame, holds, number, &size);
        if (*made == NULL)
            return smf_generic_no_arena(instantiator, making->why, size);
        const enum smf_status status = smf_generic_enter_code(making, work, *made);
        if (status == SMF_OK)
            return SMF_OK;
        const bool again = status == SMF_ERR_DUPLICATE && is_any_taken(instantiator, *made);
        smf_arena_give(arena_of(instantiator), *made);
        if (!again)
            return status;
        smf_fail_clear(making->why);
    }
}

/* ---- Coming ---- */

static void link_instance(struct smf_instantiator *instantiator, struct smf_made_instance *made, uint32_t hash)
{
    struct smf_instantiator_statistics *statistics = &instantiator->statistics;
    smf_generic_enter(instantiator, &made->node, NODE_INSTANCE, hash);
    for (size_t i = 0; i < export_count(made); i++)
        smf_generic_enter(instantiator, &made->names[i].node, NODE_NAME, made->names[i].node.hash);
    for (unsigned i = 0; i < made->template->record.parameter_count; i++)
        made->types[i]->users++;
    for (unsigned i = 0; i < made->need_count; i++)
        made->needs[i]->users++;
    made->older = instantiator->instances;
    made->at = &instantiator->instances;
    if (made->older != NULL)
        made->older->at = &made->older;
    instantiator->instances = made;
    statistics->instances++;
    statistics->made++;
    if (made->shared != NULL)
        made->shared->users++;
    if (made->borrowed)
        statistics->shared++;
    else
        statistics->code_bytes += made->size;
}

static enum smf_status hold_all(struct making *making, const struct frame *frame, struct hold_set *holds)
{
    enum smf_status status = smf_generic_hold(making, holds, frame->template->module->number);
    for (unsigned i = 0; i < frame->record.parameter_count && status == SMF_OK; i++)
        status = smf_generic_hold(making, holds, frame->types[i]->module);
    return status;
}

static enum smf_status make_bound(struct making *making, const struct frame *frame, struct bound *bound,
                                  struct smf_made_instance **made)
{
    struct work work = {.making = making, .frame = frame, .bound = bound};
    struct hold_set holds;
    holds.count = 0; /* the numbers need no zeros */
    enum smf_status status = hold_all(making, frame, &holds);
    if (status == SMF_OK)
        status = smf_generic_bind(making, frame, bound, &holds);
    if (status != SMF_OK)
        return status;
    smf_generic_plan(&work, bound);
    struct smf_made_instance *instance;
    status = start_instance(making, &work, &holds, &instance);
    if (status != SMF_OK)
        return status;
    link_instance(making->instantiator, instance, frame->hash);
    *made = instance;
    return SMF_OK;
}

enum smf_status smf_generic_make(struct making *making, const struct frame *frame, struct smf_made_instance **made)
{
    struct smf_instantiator *instantiator = making->instantiator;
    const size_t size = frame->unit.symbol_count * sizeof(struct bound);
    struct bound few[FEW_SYMBOLS];
    struct bound *bound =
        frame->unit.symbol_count <= FEW_SYMBOLS ? few : smf_arena_take_scratch(arena_of(instantiator), size);
    if (bound == NULL)
        return smf_generic_no_arena(instantiator, making->why, size);
    const enum smf_status status = make_bound(making, frame, bound, made);
    if (bound != few)
        smf_arena_give(arena_of(instantiator), bound);
    return status;
}

/* ---- Going ---- */

bool smf_generic_holds(const struct smf_made_instance *instance, uint32_t module)
{
    for (unsigned i = 0; i < instance->hold_count; i++)
        if (instance->holds[i] == module)
            return true;
    return false;
}

void smf_generic_unmake(struct smf_instantiator *instantiator, struct smf_made_instance *instance)
{
    while (instance->rows != NULL) {
        struct use *use = instance->rows;
        smf_generic_untie(use);
        smf_generic_set_made(instantiator, use, false);
    }
    smf_generic_leave(&instance->node);
    for (size_t i = 0; i < export_count(instance); i++)
        smf_generic_leave(&instance->names[i].node);
    *instance->at = instance->older;
    if (instance->older != NULL)
        instance->older->at = instance->at;
    for (unsigned i = 0; i < instance->need_count; i++)
        instance->needs[i]->users--;
    smf_generic_leave_code(instantiator, instance);
    instantiator->statistics.instances--;
    for (unsigned i = 0; i < instance->template->record.parameter_count; i++)
        if (--instance->types[i]->users == 0) /* two parameters of one type are two users */
            smf_generic_free_type(instantiator, instance->types[i]);
    smf_arena_give(arena_of(instantiator), instance);
}

/* An instance is newer than those that it needs. */
void smf_generic_sweep(struct smf_instantiator *instantiator, uint32_t module)
{
    struct smf_made_instance *next = instantiator->instances;
    while (next != NULL) {
        struct smf_made_instance *instance = next;
        next = instance->older;
        if (instance->users == 0 || (module != 0 && smf_generic_holds(instance, module)))
            smf_generic_unmake(instantiator, instance);
    }
}

void smf_generic_hold_on(struct smf_made_instance *instance)
{
    const bool counts = instance->callers != CALLERS_MAX;
    instance->callers += counts;
    instance->users += counts;
}

void smf_generic_let_go(struct smf_instantiator *instantiator, struct smf_made_instance *instance)
{
    if (instance->callers == CALLERS_MAX)
        return;
    instance->callers--;
    if (--instance->users == 0)
        smf_generic_sweep(instantiator, 0);
}

void smf_generic_describe_instance(const struct smf_made_instance *instance, unsigned export_index,
                                   struct smf_instance *into)
{
    const uintptr_t address = smf_generic_function(instance, export_index);
    *into = (struct smf_instance){.name = instance->names[export_index].text,
                                  .address = address,
                                  .function = (void (*)(void))address, /* NOLINT */
                                  .code = instance->address,
                                  .size = instance->size,
                                  .holds = instance->holds,
                                  .hold_count = instance->hold_count,
                                  .users = instance->users,
                                  .shared = instance->borrowed};
}
