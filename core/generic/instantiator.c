/* SPDX-License-Identifier: MIT */
/*
 * instantiator.c - making what is asked for, with everything that it needs: a list of templates that wait for each other in the
 * arena, no recursion. What fails in the middle takes along all that the call has made.
 */
#include "base/bytes.h"
#include "base/fail.h"
#include "generic/engine.h"
#include "smf/hash.h"
#include "system/text.h"

/* ---- The path of a cycle ---- */

static size_t put_path(struct smf_instantiator *instantiator, size_t at, const char *text, size_t size)
{
    const size_t room = sizeof instantiator->path - 1 - at;
    memcpy(instantiator->path + at, text, size < room ? size : room);
    at += size < room ? size : room;
    if (size > room)
        instantiator->path[at - 1] = '~';
    instantiator->path[at] = '\0';
    return at;
}

/* "ping->pong->ping": from the frame that is met again to the last one. */
static enum smf_status refuse_cycle(struct making *making, const struct frame *repeated)
{
    struct smf_instantiator *instantiator = making->instantiator;
    size_t at = 0;
    for (const struct frame *frame = repeated; frame != NULL; frame = frame->above) {
        at = put_path(instantiator, at, frame->template->names[0].text, frame->template->names[0].size);
        at = put_path(instantiator, at, "->", 2);
    }
    at = put_path(instantiator, at, repeated->template->names[0].text, repeated->template->names[0].size);
    smf_fail_name(making->why, instantiator->path, at);
    return smf_fail(making->why, SMF_DETAIL_INSTANCE_CYCLE, 0, 0, 0);
}

/* ---- Templates that wait ---- */

static enum smf_status refuse(struct smf_diagnosis *why, enum smf_detail detail, const struct template *template,
                              size_t value, size_t expected)
{
    smf_fail_name(why, template->names[0].text, template->names[0].size);
    return smf_fail(why, detail, 0, value, expected);
}

static void give_frame(struct making *making, struct frame *frame)
{
    if (frame != &making->first)
        smf_arena_give(smf_generic_arena(making->instantiator), frame);
}

static enum smf_status begin(struct making *making, const struct template *template, struct type *const *types,
                             uint32_t hash)
{
    struct smf_instantiator *instantiator = making->instantiator;
    const struct smf_instantiator_config *config = &instantiator->config;
    if (making->depth > config->max_depth)
        return refuse(making->why, SMF_DETAIL_INSTANCE_DEPTH, template, config->max_depth, config->max_depth);
    if (config->max_instances != 0 && instantiator->statistics.instances + making->depth >= config->max_instances)
        return refuse(making->why, SMF_DETAIL_INSTANCES, template, config->max_instances, config->max_instances);
    const size_t needs = template->record.need_count * sizeof(void *), size = sizeof(struct frame) + needs;
    const bool few = making->top == NULL && template->record.need_count <= FEW_NEEDS;
    struct frame *frame = few ? &making->first : smf_arena_take_scratch(smf_generic_arena(instantiator), size);
    if (frame == NULL)
        return smf_generic_no_arena(instantiator, making->why, size);
    frame->needs = few ? making->few : (struct smf_made_instance **)(frame + 1);
    frame->template = template;
    frame->compiled = NULL;
    frame->hash = hash;
    frame->next_symbol = 0;
    if (frame->types != types)
        memcpy(frame->types, types, template->record.parameter_count * sizeof(void *));
    memset(frame->needs, 0, needs);
    const enum smf_status status = smf_generic_choose(making, frame);
    if (status != SMF_OK) {
        give_frame(making, frame);
        return status;
    }
    frame->below = making->top;
    frame->above = NULL;
    if (making->top != NULL)
        making->top->above = frame;
    making->top = frame;
    making->depth++;
    return SMF_OK;
}

/* The top one has come to its end, one way or the other. */
static void end(struct making *making)
{
    struct frame *frame = making->top;
    making->top = frame->below;
    if (making->top != NULL)
        making->top->above = NULL;
    making->depth--;
    give_frame(making, frame);
}

static const struct frame *find_waiting(const struct making *making, const struct template *template,
                                        struct type *const *types, uint32_t hash)
{
    const size_t size = template->record.parameter_count * sizeof(void *);
    const struct frame *frame = making->top;
    while (frame != NULL &&
           (frame->hash != hash || frame->template != template || memcmp(frame->types, types, size) != 0))
        frame = frame->below;
    return frame;
}

/* The types of a need, as many as its proven record may say. Names in it are those of the template's module. */
static enum smf_status need_types(struct making *making, const struct frame *frame, const struct smf_record_item *need,
                                  struct type **types, unsigned *count)
{
    const uint8_t *at = need->term;
    enum smf_status status = SMF_OK;
    for (*count = 0; at < need->term + need->term_size && status == SMF_OK; ++*count)
        status = smf_generic_term(making, frame, &at, &types[*count]);
    return status;
}

/* What a need stands for: an instance that is there (*made), or one that is now to be made first. */
static enum smf_status find_need(struct making *making, const struct frame *frame, unsigned number,
                                 struct smf_made_instance **made)
{
    const struct smf_record_item need = smf_record_need(&frame->record, number);
    struct smf_instantiator *instantiator = making->instantiator;
    struct type *types[SMF_TEMPLATE_PARAMETERS_MAX];
    unsigned count, index;
    const struct template *template =
        smf_generic_template(instantiator, frame->template->module->number, need.name.bytes, need.name.size, &index);
    if (template == NULL || template->record.bytes == NULL) {
        smf_fail_name(making->why, need.name.bytes, need.name.size);
        return smf_fail(making->why, template == NULL ? SMF_DETAIL_NO_NEEDED : SMF_DETAIL_OPAQUE_TEMPLATE, 0, 0, 0);
    }
    const enum smf_status status = need_types(making, frame, &need, types, &count);
    if (status != SMF_OK)
        return status;
    if (count != template->record.parameter_count)
        return refuse(making->why, SMF_DETAIL_INSTANCE_ARITY, template, count, template->record.parameter_count);
    const uint32_t hash = smf_generic_key(template, types);
    *made = smf_generic_instance(instantiator, template, types, hash);
    if (*made != NULL)
        return SMF_OK;
    const struct frame *waiting = find_waiting(making, template, types, hash);
    return waiting != NULL ? refuse_cycle(making, waiting) : begin(making, template, types, hash);
}

/* One step of the top one: its next need, or its code. */
static enum smf_status step(struct making *making, struct smf_made_instance **made)
{
    struct frame *frame = making->top;
    for (; frame->next_symbol < frame->unit.symbol_count; frame->next_symbol++) {
        const struct smf_unit_symbol symbol = smf_unit_symbol(&frame->unit, frame->next_symbol);
        if (symbol.kind != SMF_UNIT_NEED || frame->needs[symbol.what] != NULL)
            continue;
        struct smf_made_instance *needed = NULL;
        const enum smf_status status = find_need(making, frame, symbol.what, &needed);
        if (status != SMF_OK || needed == NULL) /* needed by this one, which now waits */
            return status;
        frame->needs[symbol.what] = needed;
    }
    const enum smf_status status = smf_generic_make(making, frame, made);
    if (status == SMF_OK)
        end(making);
    return status;
}

/* Everything that the call has made, and nothing else, goes again. */
static void undo(struct making *making, const struct smf_made_instance *newest)
{
    struct smf_instantiator *instantiator = making->instantiator;
    while (making->top != NULL) {
        if (making->top->compiled != NULL)
            instantiator->config.compiler->give_back(instantiator->config.compiler->context, making->top->compiled);
        end(making);
    }
    while (instantiator->instances != newest)
        smf_generic_unmake(instantiator, instantiator->instances);
}

static enum smf_status make(struct making *making, const struct template *template, struct type *const *types,
                            uint32_t hash, struct smf_made_instance **made)
{
    struct smf_instantiator *instantiator = making->instantiator;
    const struct smf_made_instance *newest = instantiator->instances;
    const uint32_t made_before = instantiator->statistics.made;
    enum smf_status status = begin(making, template, types, hash);
    while (status == SMF_OK && making->top != NULL)
        status = step(making, made);
    if (status != SMF_OK) {
        undo(making, newest);
        instantiator->statistics.made = made_before;
    }
    return status;
}

/* ---- Asking ---- */

/* Found, or made; `*index` is the function's number. */
static enum smf_status get(struct making *making, const char *name, const struct smf_type *list,
                           struct smf_made_instance **made, unsigned *index, bool *is_new)
{
    struct smf_instantiator *instantiator = making->instantiator;
    const size_t size = smf_generic_length(name), count = smf_types_count(list);
    struct type **const types = making->first.types; /* where they are wanted */
    const struct template *template = smf_generic_template(instantiator, making->asker, name, size, index);
    enum smf_status status = SMF_OK;
    if (template == NULL || template->record.bytes == NULL) {
        smf_fail_name(making->why, name, size);
        return smf_fail(making->why, template == NULL ? SMF_DETAIL_NO_TEMPLATE : SMF_DETAIL_OPAQUE_TEMPLATE, 0, 0, 0);
    }
    if (count != template->record.parameter_count)
        return refuse(making->why, SMF_DETAIL_INSTANCE_ARITY, template, count, template->record.parameter_count);
    for (unsigned i = 0; list != NULL && status == SMF_OK; list = list->next, i++) {
        making->asked_for = template;
        making->parameter = i;
        status = smf_generic_type(making, list, &types[i]);
    }
    if (status != SMF_OK)
        return status;
    making->asked_for = NULL;
    const uint32_t hash = smf_generic_key(template, types);
    *made = smf_generic_instance(instantiator, template, types, hash);
    *is_new = *made == NULL;
    if (!*is_new)
        return SMF_OK;
    return make(making, template, types, hash, made);
}

static bool is_started(const struct smf_instantiator *instantiator)
{
    return instantiator != NULL && instantiator->buckets != NULL;
}

static void start(struct making *making, struct smf_instantiator *instantiator, uint32_t asker,
                  struct smf_diagnosis *why)
{
    making->instantiator = instantiator;
    making->why = why != NULL ? why : &instantiator->unwanted;
    making->asker = asker;
    making->top = NULL;
    making->depth = 0;
    making->asked_for = NULL;
    making->parameter = 0;
    making->why->status = SMF_OK;
    making->why->stage = SMF_STAGE_NONE;
    making->why->detail = SMF_DETAIL_NONE;
    making->why->index = 0;
    making->why->offset = making->why->value = making->why->expected = 0;
    making->why->name[0] = '\0'; /* what follows is not looked at */
    instantiator->path[0] = '\0';
}

static enum smf_status refuse_name(struct making *making, const char *name)
{
    smf_fail_name(making->why, name, smf_generic_length(name));
    return smf_fail(making->why, making->instantiator->config.enabled ? SMF_DETAIL_NO_USE : SMF_DETAIL_NOT_ENABLED, 0,
                    0, 0);
}

/* The counters and the trace, of every way that a call ends. */
static enum smf_status finish(struct making *making, const char *name, enum smf_status status, bool is_new)
{
    struct smf_instantiator *instantiator = making->instantiator;
    if (status != SMF_OK) {
        if (making->why->status != status) /* of a callback, which says no more */
            making->why->detail = SMF_DETAIL_NONE;
        if (making->why->name[0] == '\0')
            smf_fail_name(making->why, name, smf_generic_length(name));
        making->why->status = status;
        instantiator->statistics.failed++;
    } else if (!is_new)
        instantiator->statistics.found++;
    if (instantiator->config.trace != NULL)
        instantiator->config.trace(instantiator->config.trace_context, name, status);
    return status;
}

static void hand_out(struct smf_made_instance *made, unsigned index, bool is_new, struct smf_instance *instance)
{
    smf_generic_describe_instance(made, index, instance);
    instance->made = is_new;
}

/* A row stands for what was made for it, until that goes. */
static void stand(struct smf_instantiator *instantiator, struct use *use, struct smf_made_instance *made, bool bound)
{
    smf_generic_tie(use, made, bound);
    if (instantiator->config.update_notes)
        smf_generic_set_made(instantiator, use, true);
}

enum smf_status smf_instantiate(struct smf_instantiator *instantiator, uint32_t asker, const char *name,
                                const struct smf_type *types, struct smf_instance *instance, struct smf_diagnosis *why)
{
    if (!is_started(instantiator) || name == NULL || instance == NULL)
        return SMF_ERR_ARGUMENT;
    struct making making;
    start(&making, instantiator, asker, why);
    const struct type *known = instantiator->pointer_types;
    struct smf_made_instance *made = NULL;
    unsigned index = 0;
    bool is_new = false;
    enum smf_status status =
        instantiator->config.enabled ? get(&making, name, types, &made, &index, &is_new) : refuse_name(&making, name);
    if (status == SMF_OK) {
        smf_generic_hold_on(made);
        hand_out(made, index, is_new, instance);
        struct use *use = smf_generic_use(instantiator, asker, instance->name, made->names[index].node.hash);
        if (use != NULL && (asker == 0 || use->module->number == asker) && smf_text_is_same(use->texts.base, name))
            stand(instantiator, use, made, false);
    }
    smf_generic_forget_types(instantiator, known);
    return finish(&making, name, status, is_new);
}

/* Types in a text that there can be at most: each name, bracket and comma may be one. */
static size_t count_types(const char *text)
{
    size_t count = 1;
    for (; *text != '\0'; text++)
        count += (*text < 'a' || *text > 'z') && (*text < '0' || *text > '9');
    return count;
}

/* A name with types, `sort<Point>`, or the types of a row; `base` NULL: these. Gives back its room. */
static enum smf_status get_text(struct making *making, const char *base, const char *text,
                                struct smf_made_instance **made, unsigned *index, bool *is_new)
{
    struct smf_arena *arena = smf_generic_arena(making->instantiator);
    const size_t length = smf_generic_length(text), size = count_types(text) * sizeof(struct smf_type) + length + 1;
    struct smf_type *room = smf_arena_take_scratch(arena, size);
    const struct smf_type *types;
    if (room == NULL)
        return smf_generic_no_arena(making->instantiator, making->why, size);
    char *name = (char *)(room + count_types(text));
    size_t base_size = 0;
    enum smf_status status = base != NULL ? smf_types_parse(text, length, room, count_types(text), &types)
                                          : smf_types_split(text, length, &base_size, room, count_types(text), &types);
    if (status != SMF_OK) {
        if (base != NULL) {
            smf_fail_name(making->why, base, smf_generic_length(base));
            smf_generic_say_text(making->why, ": ");
        }
        smf_generic_say(making->why, text, length);
        status = smf_fail(making->why, SMF_DETAIL_TYPE_CELL, 0, 0, 0);
    } else {
        memcpy(name, text, base_size);
        name[base_size] = '\0';
        status = get(making, base != NULL ? base : name, types, made, index, is_new);
    }
    smf_arena_give(arena, room);
    return status;
}

static enum smf_status get_use(struct making *making, struct use *use, struct smf_made_instance **made, unsigned *index,
                               bool *is_new)
{
    making->asker = use->module->number;
    if (use->bound) {
        const char *base = use->texts.base;
        const int function = smf_record_find_export(&use->instance->template->record, base, smf_generic_length(base));
        *made = use->instance;
        *index = function < 0 ? 0 : (unsigned)function;
        return SMF_OK;
    }
    return get_text(making, use->texts.base, use->texts.type_args, made, index, is_new);
}

static bool has_types(const char *symbol)
{
    while (*symbol != '\0' && *symbol != '<')
        symbol++;
    return *symbol == '<';
}

enum smf_status smf_generic_make_use(struct smf_instantiator *instantiator, uint32_t asker, const char *symbol,
                                     bool bound_module, struct smf_instance *instance, struct smf_diagnosis *why)
{
    if (!is_started(instantiator) || symbol == NULL || instance == NULL)
        return SMF_ERR_ARGUMENT;
    struct making making;
    start(&making, instantiator, asker, why);
    const struct type *known = instantiator->pointer_types;
    struct smf_made_instance *made = NULL;
    unsigned index = 0;
    bool is_new = false;
    struct use *use =
        instantiator->config.enabled ? smf_generic_use(instantiator, asker, symbol, smf_hash_name(symbol)) : NULL;
    if (use != NULL && bound_module && use->module->number != asker)
        use = NULL;
    enum smf_status status;
    if (use != NULL)
        status = get_use(&making, use, &made, &index, &is_new);
    else if (instantiator->config.enabled && !bound_module && has_types(symbol))
        status = get_text(&making, NULL, symbol, &made, &index, &is_new);
    else
        status = refuse_name(&making, symbol);
    if (status == SMF_OK && made != NULL) {
        if (use != NULL)
            stand(instantiator, use, made, bound_module);
        if (!bound_module)
            smf_generic_hold_on(made);
        hand_out(made, index, is_new, instance);
    }
    smf_generic_forget_types(instantiator, known);
    return finish(&making, symbol, status, is_new);
}

enum smf_status smf_instantiate_symbol(struct smf_instantiator *instantiator, uint32_t asker, const char *symbol,
                                       struct smf_instance *instance, struct smf_diagnosis *why)
{
    return smf_generic_make_use(instantiator, asker, symbol, false, instance, why);
}

const char *smf_instantiator_path(const struct smf_instantiator *instantiator)
{
    return is_started(instantiator) ? instantiator->path : "";
}
