/* SPDX-License-Identifier: MIT */
/*
 * confined.c - confined calls, as far as processors do not differ: see smf/confined.h and confined.h.
 *
 * The module runs until it stops, the stop is judged here on the caller's stack, and it runs on or the call ends. Its
 * regions are shown only while it runs: neither an export that it calls nor an interrupt that is served in between
 * ever sees them. Exports are called like any function: they may take long, be interrupted, load modules.
 *
 * One call at a time: a second one, from an export or from another task, is SMF_ERR_BUSY.
 */
#include "confined.h"

#define STACK_SIZE_MIN 128u

typedef uintptr_t export_function(uintptr_t, uintptr_t, uintptr_t, uintptr_t);

static struct smf_confined *volatile current; /* whose call is running; NULL: none */

/* ---- What a module sees ---- */

enum smf_status smf_confined_check(const struct smf_confined *confined)
{
    if (confined->region_count == 0 || confined->region_count > SMF_CONFINED_REGIONS)
        return SMF_ERR_ARGUMENT;
    const struct smf_region *end = &confined->regions[confined->region_count];
    for (const struct smf_region *region = confined->regions; region != end; region++) {
        const enum smf_access access = region->access;
        if (access != SMF_ACCESS_RW && access != SMF_ACCESS_RO && access != SMF_ACCESS_RX)
            return SMF_ERR_PROTECT;
    }
    return SMF_OK;
}

size_t smf_confined_closed(const struct smf_confined *confined)
{
    const struct smf_region *stack = smf_confined_stack(confined);
    const size_t guard = smf_confined_guard(stack->size);
    for (const struct smf_region *region = confined->regions; guard != 0 && region != stack; region++) {
        if (region->access != SMF_ACCESS_RW || region->address > stack->address)
            continue;
        const struct smf_confined_extent data = smf_confined_extent(region, false);
        if (data.start + data.size == stack->address)
            return guard;
    }
    return 0;
}

/* Nothing that the unit opens for the module is in the stack: its code would be writable, or its data the stack's. */
static bool is_apart(const struct smf_confined *confined, const struct smf_region *stack)
{
    const struct smf_confined_extent own = smf_confined_extent(stack, true);
    for (size_t i = 0; i < confined->region_count; i++) {
        const struct smf_confined_extent other = smf_confined_extent(&confined->regions[i], false);
        if (own.start - other.start < other.size || other.start - own.start < own.size)
            return false;
    }
    return true;
}

static bool is_stack(const struct smf_region *stack)
{
    return stack->size >= STACK_SIZE_MIN && stack->size - 1 <= UINTPTR_MAX - stack->address &&
           ((stack->address | stack->size) & (smf_confined_stack_unit() - 1)) == 0;
}

enum smf_status smf_confined_start(struct smf_confined *confined, const struct smf_module *module,
                                   const struct smf_region *stack, const struct smf_gates *gates)
{
    struct smf_confined made = {.gates = gates, .budget = confined->budget, .timer = confined->timer};
    size_t count;
    const struct smf_region *regions = smf_module_regions(module, &count);
    if (count >= SMF_CONFINED_REGIONS || !is_stack(stack))
        return SMF_ERR_ARGUMENT;
    for (size_t i = 0; i < count; i++) {
        made.regions[i] = regions[i];
        made.regions[i].size = smf_confined_size(&regions[i], i < smf_module_regions_in_place(module));
    }
    made.region_count = count;
    if (!is_apart(&made, stack))
        return SMF_ERR_ARGUMENT;
    made.regions[count] = *stack;
    made.regions[count].access = SMF_ACCESS_RW;
    made.region_count++;
    enum smf_status status = smf_confined_check(&made);
    if (status == SMF_OK)
        status = smf_confined_possible(&made);
    if (status == SMF_OK)
        *confined = made;
    return status;
}

/* ---- The call ---- */

/* The export behind a gate that is open; NULL for any other number. */
static export_function *behind_gate(const struct smf_gates *gates, uintptr_t number)
{
    if (gates == NULL || number >= SMF_GATES_MAX || number >= gates->exports->count ||
        !smf_gate_is_open(&gates->exports->entries[number]))
        return NULL;
    return (export_function *)gates->exports->entries[number].address;
}

static void tell(const struct smf_confined_call *call, const struct smf_confined_state *state)
{
    if (call->fault != NULL) {
        *call->fault = (struct smf_fault){0};
        smf_confined_explain(state, call->confined, call->fault);
    }
}

/* Where it was says something, why it stopped there does not. */
static void tell_time(const struct smf_confined_call *call, const struct smf_confined_state *state)
{
    tell(call, state);
    if (call->fault != NULL)
        *call->fault = (struct smf_fault){.kind = SMF_FAULT_TIME, .instruction = call->fault->instruction};
}

/* An open gate, and the module has its answer. False if there is none. */
static bool pass_gate(struct smf_confined_state *state, const struct smf_confined *confined,
                      const struct smf_stop *stop)
{
    const uintptr_t *arguments = stop->arguments;
    export_function *const function = stop->kind == SMF_STOP_GATE ? behind_gate(confined->gates, stop->gate) : NULL;
    if (function == NULL)
        return false;
    smf_confined_answer(state, function(arguments[0], arguments[1], arguments[2], arguments[3]));
    return true;
}

/* From stop to stop until it has returned, failed, or run out of time. Time first: it may be why the module returned. */
static enum smf_status follow(struct smf_confined_call *call, struct smf_confined_state *state)
{
    struct smf_stop stop;
    do {
        smf_confined_step(state, call->confined, &stop);
        if (smf_confined_expired != 0)
            break;
        if (stop.kind == SMF_STOP_GATE && stop.gate == SMF_GATES_MAX) {
            call->value = stop.arguments[0];
            return SMF_OK;
        }
        if (stop.kind != SMF_STOP_INTERRUPT && !pass_gate(state, call->confined, &stop)) {
            tell(call, state);
            return SMF_ERR_FAULT;
        }
    } while (smf_confined_expired == 0);
    tell_time(call, state);
    return SMF_ERR_TIMEOUT;
}

/* Test and set without an interrupt in between, which could be another task's call. */
static bool enter(struct smf_confined *confined)
{
    const uintptr_t before = smf_confined_mask();
    const bool entered = current == NULL;
    if (entered) {
        current = confined;
        smf_confined_expired = 0;
    }
    smf_confined_unmask(before);
    return entered;
}

enum smf_status smf_confined_run(struct smf_confined_call *call, struct smf_confined_state *state)
{
    const struct smf_confined *confined = call->confined;
    const struct smf_confined_timer *timer = confined->budget != 0 ? confined->timer : NULL;
    if (!enter(call->confined))
        return SMF_ERR_BUSY;
    smf_confined_prepare(state, call);
    if (timer != NULL)
        timer->start(timer->context, confined->budget);
    const enum smf_status status = follow(call, state);
    if (timer != NULL)
        timer->stop(timer->context);
    current = NULL;
    return status;
}

enum smf_status smf_call_confined(struct smf_confined *confined, void (*function)(void), const uintptr_t *arguments,
                                  size_t argument_count, uintptr_t *result, struct smf_fault *fault)
{
    struct smf_confined_call call; /* field by field: a small C library's memset() is slow */
    if (function == NULL || argument_count > SMF_CONFINED_ARGUMENTS || (argument_count != 0 && arguments == NULL) ||
        (confined->budget != 0 && confined->timer == NULL))
        return SMF_ERR_ARGUMENT;
    enum smf_status status = smf_confined_check(confined);
    if (status != SMF_OK)
        return status;
    call.confined = confined;
    call.function = (uintptr_t)function;
    call.arguments = arguments;
    call.count = argument_count;
    call.value = 0;
    call.fault = fault;
    status = smf_confined_begin(&call);
    if (status == SMF_OK && result != NULL)
        *result = call.value;
    return status;
}

bool smf_confined_expire(void)
{
    const struct smf_confined *confined = current;
    if (confined == NULL)
        return false;
    smf_confined_expired = 1;
    smf_confined_divert(confined);
    return true;
}

/* ---- For exports ---- */

static bool allows(enum smf_access has, enum smf_access wanted) { return has == wanted || wanted == SMF_ACCESS_RO; }

bool smf_confined_owns(const void *pointer, size_t size, enum smf_access access)
{
    const struct smf_confined *confined = current;
    for (size_t i = 0; confined != NULL && i < confined->region_count; i++) {
        const struct smf_region *region = &confined->regions[i];
        const size_t offset = (uintptr_t)pointer - region->address;
        if (offset <= region->size && size <= region->size - offset && allows(region->access, access))
            return true;
    }
    return false;
}
