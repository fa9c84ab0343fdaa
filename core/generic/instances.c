/* SPDX-License-Identifier: MIT */
/*
 * instances.c - instances come and go. One is made whole before anything can find it; its code is a region of the mapper's under
 * its first name, or, where several share it, under a name of its own.
 */
#include "base/bytes.h"
#include "base/fail.h"
#include "generic/engine.h"
#include "smf/hash.h"

enum { DIGITS = 11 }; /* of a number behind a name, with its # */

static const struct smf_mapper_policy entered_once = {.allow_replace = false, .default_owner = "__jit__"};

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
    const size_t size = template->record.parameter_count * sizeof *types;
    struct node *node = smf_generic_first(instantiator, NODE_INSTANCE, hash);
    for (; node != NULL; node = smf_generic_next(node)) {
        struct smf_made_instance *made = (struct smf_made_instance *)(void *)node;
        if (made->template == template && memcmp(made->types, types, size) == 0)
            return made;
    }
    return NULL;
}

static uint32_t unit_key(const uint8_t *unit) { return (uint32_t)((uintptr_t)unit >> 2) * SMF_FNV32_PRIME; }

static struct shared_code *find_shared(const struct smf_instantiator *instantiator, const uint8_t *unit)
{
    struct node *node = smf_generic_first(instantiator, NODE_CODE, unit_key(unit));
    while (node != NULL && ((struct shared_code *)(void *)node)->unit != unit)
        node = smf_generic_next(node);
    return (struct shared_code *)(void *)node;
}

/* ---- Names ---- */

static size_t export_count(const struct smf_made_instance *made) { return made->template->record.export_count; }

/* #12 */
static char *put_number(char *at, uint32_t number)
{
    static const uint32_t powers[] = {1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
    bool started = false;
    *at++ = '#';
    for (unsigned i = 0; i < sizeof powers / sizeof powers[0]; i++) {
        char digit = '0';
        for (; number >= powers[i]; number -= powers[i])
            digit++;
        started = started || digit != '0';
        if (started)
            *at++ = digit;
    }
    return at;
}

static size_t types_size(const struct frame *frame)
{
    size_t size = 0;
    for (unsigned i = 0; i < frame->record.parameter_count; i++)
        size += 1 + frame->types[i]->text_size;
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
        at = put_number(at + size, number);
        *at++ = '\0';
    }
}

static bool is_any_taken(const struct smf_instantiator *instantiator, const struct smf_made_instance *made)
{
    struct smf_mapper_record record;
    for (size_t i = 0; i < export_count(made); i++)
        if (smf_mapper_get_record(instantiator->config.mapper, made->names[i].mapped, &record) == SMF_OK)
            return true;
    return false;
}

/* ---- The block ---- */

static unsigned count_needs(const struct frame *frame)
{
    unsigned count = 0;
    for (unsigned i = 0; i < frame->record.need_count; i++)
        count += frame->needs[i] != NULL;
    return count;
}

/* With names that the mapper has not; NULL: no room, `*size` says for how much. */
static struct smf_made_instance *take_block(struct smf_instantiator *instantiator, const struct frame *frame,
                                            const struct hold_set *holds, uint32_t number, size_t *size)
{
    const struct smf_record *record = &frame->template->record;
    const unsigned needs = count_needs(frame);
    size_t text = types_size(frame) + 1;
    text += number != 0 ? text + DIGITS : 0;
    text *= record->export_count;
    text += number != 0 ? 2u * record->text_size : record->text_size;
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

static struct smf_made_instance *start_instance(struct making *making, const struct frame *frame,
                                                const struct hold_set *holds)
{
    struct smf_instantiator *instantiator = making->instantiator;
    for (uint32_t number = 0;; number = ++instantiator->last_instance) {
        size_t size;
        struct smf_made_instance *made = take_block(instantiator, frame, holds, number, &size);
        if (made == NULL) {
            (void)smf_generic_no_arena(instantiator, making->why, size);
            return NULL;
        }
        if (!is_any_taken(instantiator, made))
            return made;
        smf_arena_give(arena_of(instantiator), made);
    }
}

/* ---- Code ---- */

static enum smf_status refuse_map(struct making *making, const struct frame *frame, enum smf_status status)
{
    struct smf_diagnosis *why = making->why;
    if (why->status == status) /* told by the filling */
        return status;
    smf_fail_name(why, frame->template->names[0].text, frame->template->names[0].size);
    why->status = status;
    why->detail = SMF_DETAIL_NONE;
    return status;
}

static enum smf_status map_code(struct making *making, struct work *work, const char *name, uintptr_t *address)
{
    struct smf_instantiator *instantiator = making->instantiator;
    const size_t own = (size_t)1 << work->frame->unit.alignment_log2, word = sizeof(uint64_t);
    const struct smf_mapper_code code = {.size = work->size,
                                         .alignment = own > word ? own : word,
                                         .highest = work->highest,
                                         .fill = smf_generic_fill,
                                         .context = work};
    const enum smf_status status = smf_mapper_map_filled(instantiator->config.mapper, &entered_once,
                                                         instantiator->config.owner, name, &code, address);
    return status == SMF_OK ? SMF_OK : refuse_map(making, work->frame, status);
}

/* A region under a name of its own, template#7: for code that several instances run, or that does not start with its first
 * function. */
static enum smf_status map_apart(struct making *making, struct work *work, bool common, struct shared_code **shared)
{
    struct smf_instantiator *instantiator = making->instantiator;
    const struct template_name *base = &work->frame->template->names[0];
    const size_t size = sizeof **shared + base->size + DIGITS + 1;
    struct smf_mapper_record record;
    struct shared_code *code = smf_arena_take(arena_of(instantiator), size);
    if (code == NULL)
        return smf_generic_no_arena(instantiator, making->why, size);
    *code = (struct shared_code){.size = work->size};
    memcpy(code->name, base->text, base->size);
    do
        *put_number(code->name + base->size, ++instantiator->last_instance) = '\0';
    while (smf_mapper_get_record(instantiator->config.mapper, code->name, &record) == SMF_OK);
    const enum smf_status status = map_code(making, work, code->name, &code->address);
    if (status != SMF_OK) {
        smf_arena_give(arena_of(instantiator), code);
        return status;
    }
    code->unit = common ? work->frame->unit.code : NULL;
    smf_generic_enter(instantiator, &code->node, NODE_CODE, unit_key(code->unit));
    *shared = code;
    return SMF_OK;
}

/* Forget a name in the mapper, unless somebody else has it by now. */
static void unmap(struct smf_instantiator *instantiator, const char *name, uintptr_t address)
{
    struct smf_mapper_record record;
    if (smf_mapper_get_record(instantiator->config.mapper, name, &record) == SMF_OK && record.address == address)
        (void)smf_mapper_unmap(instantiator->config.mapper, name);
}

static uintptr_t function_of(const struct smf_made_instance *made, size_t index)
{
    const struct smf_unit unit = {.exports = made->exports};
    return made->address + smf_unit_export(&unit, (unsigned)index);
}

static void leave_shared(struct smf_instantiator *instantiator, struct shared_code *shared)
{
    if (shared->users != 0)
        return;
    unmap(instantiator, shared->name, shared->address);
    smf_generic_leave(instantiator, &shared->node);
    smf_arena_give(arena_of(instantiator), shared);
}

static bool is_region_name(const struct smf_made_instance *made, size_t index)
{
    return index == 0 && made->shared == NULL;
}

static void unmap_names(struct smf_instantiator *instantiator, const struct smf_made_instance *made, size_t count)
{
    while (count-- != 0)
        unmap(instantiator, made->names[count].mapped,
              is_region_name(made, count) ? made->address : function_of(made, count));
}

/* Bytes from a function to the next one. */
static size_t function_size(const struct smf_made_instance *made, const struct smf_unit *unit, size_t index)
{
    const uint32_t start = smf_unit_export(unit, (unsigned)index) & ~1u;
    uint32_t end = unit->size;
    for (unsigned i = 0; i < export_count(made); i++) {
        const uint32_t other = smf_unit_export(unit, i) & ~1u;
        if (other > start && other < end)
            end = other;
    }
    return end - start;
}

static enum smf_status record_names(struct making *making, struct smf_made_instance *made, const struct frame *frame)
{
    struct smf_instantiator *instantiator = making->instantiator;
    for (size_t i = 0; i < export_count(made); i++) {
        if (is_region_name(made, i))
            continue;
        const enum smf_status status =
            smf_mapper_record(instantiator->config.mapper, &entered_once, instantiator->config.owner,
                              made->names[i].mapped, function_of(made, i), function_size(made, &frame->unit, i));
        if (status != SMF_OK) {
            unmap_names(instantiator, made, i);
            return refuse_map(making, frame, status);
        }
    }
    return SMF_OK;
}

/* Code and names in the mapper, or nothing. */
static enum smf_status enter_code(struct making *making, struct work *work, struct smf_made_instance *made)
{
    const struct smf_unit *unit = &work->frame->unit;
    const bool common = unit->symbol_count == 0 && made->compiled == NULL;
    enum smf_status status = SMF_OK;
    made->shared = common ? find_shared(making->instantiator, unit->code) : NULL;
    made->borrowed = made->shared != NULL;
    made->size = work->size;
    if (made->shared == NULL) {
        if (common || (smf_unit_export(unit, 0) & ~1u) != 0)
            status = map_apart(making, work, common, &made->shared);
        else
            status = map_code(making, work, made->names[0].mapped, &made->address);
        if (status != SMF_OK)
            return status;
    }
    if (made->shared != NULL)
        made->address = made->shared->address;
    status = record_names(making, made, work->frame);
    if (status != SMF_OK && made->shared != NULL)
        leave_shared(making->instantiator, made->shared);
    return status;
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
    struct hold_set holds = {.count = 0};
    enum smf_status status = hold_all(making, frame, &holds);
    if (status == SMF_OK)
        status = smf_generic_bind(making, frame, bound, &holds);
    if (status != SMF_OK)
        return status;
    smf_generic_plan(&work, bound);
    struct smf_made_instance *instance = start_instance(making, frame, &holds);
    if (instance == NULL)
        return making->why->status;
    status = enter_code(making, &work, instance);
    if (status != SMF_OK) {
        smf_arena_give(arena_of(making->instantiator), instance);
        return status;
    }
    link_instance(making->instantiator, instance, frame->hash);
    *made = instance;
    return SMF_OK;
}

enum smf_status smf_generic_make(struct making *making, const struct frame *frame, struct smf_made_instance **made)
{
    struct smf_instantiator *instantiator = making->instantiator;
    const size_t size = frame->unit.symbol_count * sizeof(struct bound);
    struct bound *bound = size != 0 ? smf_arena_take_scratch(arena_of(instantiator), size) : NULL;
    if (size != 0 && bound == NULL)
        return smf_generic_no_arena(instantiator, making->why, size);
    const enum smf_status status = make_bound(making, frame, bound, made);
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

/* One user fewer of the code; what is left of it is still somebody's. */
static void give_code(struct smf_instantiator *instantiator, struct smf_made_instance *made)
{
    struct smf_instantiator_statistics *statistics = &instantiator->statistics;
    struct shared_code *shared = made->shared;
    unmap_names(instantiator, made, export_count(made));
    if (shared != NULL && --shared->users != 0)
        statistics->shared--;
    else
        statistics->code_bytes -= made->size;
    if (shared != NULL)
        leave_shared(instantiator, shared);
    if (made->compiled != NULL)
        instantiator->config.compiler->give_back(instantiator->config.compiler->context, made->compiled);
}

void smf_generic_unmake(struct smf_instantiator *instantiator, struct smf_made_instance *instance)
{
    while (instance->bound != NULL) {
        struct use *use = instance->bound;
        smf_generic_untie(use);
        smf_generic_set_made(instantiator, use, false);
    }
    smf_generic_leave(instantiator, &instance->node);
    for (size_t i = 0; i < export_count(instance); i++)
        smf_generic_leave(instantiator, &instance->names[i].node);
    *instance->at = instance->older;
    if (instance->older != NULL)
        instance->older->at = instance->at;
    for (unsigned i = 0; i < instance->need_count; i++)
        instance->needs[i]->users--;
    give_code(instantiator, instance);
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

void smf_generic_describe_instance(const struct smf_made_instance *instance, unsigned export_index,
                                   struct smf_instance *into)
{
    const uintptr_t address = function_of(instance, export_index);
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
