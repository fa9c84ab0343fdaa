/* SPDX-License-Identifier: MIT */
/*
 * entering.c - code and names of instances in the mapper: code is a region under the instance's first name, or, where several
 * share it, under a name of its own; all other names are parts of it.
 */
#include "base/bytes.h"
#include "base/fail.h"
#include "generic/engine.h"
#include "smf/hash.h"

static const struct smf_mapper_policy entered_once = {.allow_replace = false, .default_owner = "__jit__"};

static struct smf_arena *arena_of(const struct smf_instantiator *instantiator)
{
    return smf_generic_arena(instantiator);
}

/* #12 */
char *smf_generic_put_number(char *at, uint32_t number)
{
    static const uint32_t powers[] = {1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
    bool started = false;
    *at++ = '#';
    for (unsigned i = 0; i < sizeof powers / sizeof powers[0]; i++) {
        char digit = '0';
        for (; number >= powers[i]; number -= powers[i])
            digit++;
        started = started || digit != '0' || powers[i] == 1;
        if (started)
            *at++ = digit;
    }
    return at;
}

bool smf_generic_is_taken(const struct smf_instantiator *instantiator, const char *name)
{
    struct smf_mapper_record record;
    return smf_mapper_get_record(instantiator->config.mapper, name, &record) == SMF_OK;
}

/* ---- Code that is shared ---- */

static uint32_t unit_key(const uint8_t *unit) { return (uint32_t)((uintptr_t)unit >> 2) * SMF_FNV32_PRIME; }

static struct shared_code *find_shared(const struct smf_instantiator *instantiator, const uint8_t *unit)
{
    struct node *node = smf_generic_first(instantiator, NODE_CODE, unit_key(unit));
    while (node != NULL && ((struct shared_code *)(void *)node)->unit != unit)
        node = smf_generic_next(node);
    return (struct shared_code *)(void *)node;
}

/* ---- Entering ---- */

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
    struct shared_code *code = smf_arena_take(arena_of(instantiator), size);
    if (code == NULL)
        return smf_generic_no_arena(instantiator, making->why, size);
    *code = (struct shared_code){.size = work->size};
    memcpy(code->name, base->text, base->size);
    enum smf_status status;
    do {
        *smf_generic_put_number(code->name + base->size, ++instantiator->last_instance) = '\0';
        status = map_code(making, work, code->name, &code->address);
    } while (status == SMF_ERR_DUPLICATE && smf_generic_is_taken(instantiator, code->name));
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
    enum smf_status status = smf_mapper_get_record(instantiator->config.mapper, name, &record);
    if (status == SMF_OK && record.address == address)
        status = smf_mapper_unmap(instantiator->config.mapper, name);
    (void)status;
}

uintptr_t smf_generic_function(const struct smf_made_instance *made, size_t index)
{
    struct smf_unit unit;
    unit.exports = made->exports; /* all that is looked at */
    return made->address + smf_unit_export(&unit, (unsigned)index);
}

static void leave_shared(struct smf_instantiator *instantiator, struct shared_code *shared)
{
    if (shared->users != 0)
        return;
    unmap(instantiator, shared->name, shared->address);
    smf_generic_leave(&shared->node);
    smf_arena_give(arena_of(instantiator), shared);
}

/* In the code; on Arm without the bit that says Thumb. */
static uint32_t function_offset(const struct smf_instantiator *instantiator, const struct smf_unit *unit, size_t index)
{
    const uint32_t thumb = instantiator->config.arch->id == SMF_ARCH_ARM;
    return smf_unit_export(unit, (unsigned)index) & ~thumb;
}

static bool is_region_name(const struct smf_made_instance *made, size_t index)
{
    return index == 0 && made->shared == NULL;
}

static void unmap_names(struct smf_instantiator *instantiator, const struct smf_made_instance *made, size_t count)
{
    while (count-- != 0)
        unmap(instantiator, made->names[count].mapped,
              is_region_name(made, count) ? made->address : smf_generic_function(made, count));
}

/* Bytes from a function to the next one. */
static size_t function_size(const struct smf_instantiator *instantiator, const struct smf_made_instance *made,
                            const struct smf_unit *unit, size_t index)
{
    const uint32_t start = function_offset(instantiator, unit, index);
    uint32_t end = unit->size;
    for (size_t i = 0; i < export_count(made); i++) {
        const uint32_t other = function_offset(instantiator, unit, i);
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
        const enum smf_status status = smf_mapper_record(
            instantiator->config.mapper, &entered_once, instantiator->config.owner, made->names[i].mapped,
            smf_generic_function(made, i), function_size(instantiator, made, &frame->unit, i));
        if (status != SMF_OK) {
            unmap_names(instantiator, made, i);
            return refuse_map(making, frame, status);
        }
    }
    return SMF_OK;
}

/* Code and names in the mapper, or nothing. */
enum smf_status smf_generic_enter_code(struct making *making, struct work *work, struct smf_made_instance *made)
{
    const struct smf_unit *unit = &work->frame->unit;
    const bool common = unit->symbol_count == 0 && made->compiled == NULL;
    enum smf_status status = SMF_OK;
    made->shared = common ? find_shared(making->instantiator, unit->code) : NULL;
    made->borrowed = made->shared != NULL;
    made->size = work->size;
    if (made->shared == NULL) {
        if (common || function_offset(making->instantiator, unit, 0) != 0)
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

/* ---- Leaving ---- */

/* One user fewer of the code; what is left of it is still somebody's. */
void smf_generic_leave_code(struct smf_instantiator *instantiator, struct smf_made_instance *made)
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
