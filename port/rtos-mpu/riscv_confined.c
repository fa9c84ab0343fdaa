/* SPDX-License-Identifier: MIT */
/*
 * riscv_confined.c - confined calls in U-mode: see smf/confined.h.
 *
 * The module runs until it traps, the trap is judged in C on the caller's stack, and it runs on or
 * the call ends. Its entries are in force only while it runs: neither an export that it calls nor an interrupt that
 * is served in between, or whatever an RTOS then switches to, ever sees them.
 *
 * One call at a time and one hart: a second one, from an export or from another task, is SMF_ERR_BUSY. Interrupts
 * that mie enables are served while a module runs even if the caller had masked them in mstatus:
 * that is how U-mode works, and what takes a module back that hangs.
 */
#include "../common/gates.h"
#include "pmp.h"
#include "riscv_run.h"
#include "smf/confined.h"

#define STACK_SIZE_MIN 128u
#define STACK_ALIGNMENT 16u /* psABI, "Integer Calling Convention" */
#define STACK_GUARD 64u     /* kept closed below a stack that begins where the module's own data ends */

typedef uintptr_t export_function(uintptr_t, uintptr_t, uintptr_t, uintptr_t);

static struct {
    struct smf_confined *volatile current; /* whose call is running; NULL: none */
    volatile bool expired;                 /* set by the timer's interrupt       */
} calls;

static uintptr_t end_of(const struct smf_pmp_range *range) { return range->start + range->size; }

/* A stack that runs over must not run into memory that is allowed. */
static void guard_stack(struct smf_pmp_range *ranges, size_t stack, uintptr_t grain)
{
    const size_t guard = grain > STACK_GUARD ? grain : STACK_GUARD;
    for (size_t i = 0; i < stack; i++)
        if (ranges[i].access == SMF_ACCESS_RW && end_of(&ranges[i]) == ranges[stack].start &&
            ranges[stack].size > guard) {
            ranges[stack].start += guard;
            ranges[stack].size -= guard;
            return;
        }
}

static size_t whole_grains(size_t size, uintptr_t grain)
{
    return size > SIZE_MAX - (grain - 1) ? SIZE_MAX : (size + grain - 1) & ~(grain - 1);
}

/*
 * What the module may touch: the gates, and its regions, the last of them its stack. Firmware lies below modules as
 * a rule, and is named first: then little is left to sort.
 */
static enum smf_status describe_ranges(const struct smf_confined *confined, struct smf_pmp_map *map, bool guarded)
{
    struct smf_pmp_range ranges[SMF_PMP_RANGES_MAX];
    const struct smf_pmp_facts *facts = smf_pmp_facts();
    const size_t count = confined->region_count + 1;
    ranges[0].start = (uintptr_t)smf_riscv_gates;
    ranges[0].size = (size_t)(smf_riscv_gates_end - smf_riscv_gates);
    ranges[0].access = SMF_ACCESS_RX;
    for (size_t i = 1; i < count; i++) {
        const struct smf_region *region = &confined->regions[i - 1];
        ranges[i] = (struct smf_pmp_range){region->address, whole_grains(region->size, facts->grain), region->access};
    }
    if (guarded)
        guard_stack(ranges, count - 1, facts->grain);
    return smf_pmp_describe(map, ranges, count, facts);
}

/*
 * A guard may cost an entry. Where there is none left, a stack that runs over reaches the module's
 * own data, and no more.
 */
static enum smf_status describe(const struct smf_confined *confined, struct smf_pmp_map *map)
{
    if (confined->region_count == 0 || confined->region_count >= SMF_PMP_RANGES_MAX)
        return SMF_ERR_ARGUMENT;
    const enum smf_status status = describe_ranges(confined, map, true);
    return status == SMF_ERR_LIMIT ? describe_ranges(confined, map, false) : status;
}

enum smf_status smf_confined_start(struct smf_confined *confined, const struct smf_module *module,
                                   const struct smf_region *stack, const struct smf_gates *gates)
{
    struct smf_confined made = {.gates = gates, .budget = confined->budget, .timer = confined->timer};
    struct smf_pmp_map map;
    const struct smf_region *regions = smf_module_regions(module, &made.region_count);
    if (made.region_count >= SMF_CONFINED_REGIONS || stack->size < STACK_SIZE_MIN ||
        ((stack->address | stack->size) & (STACK_ALIGNMENT - 1)) != 0)
        return SMF_ERR_ARGUMENT;
    for (size_t i = 0; i < made.region_count; i++) {
        made.regions[i] = regions[i];
        if (i >= smf_module_regions_in_place(module)) /* of the port, which gave it all that its entry covers */
            made.regions[i].size = smf_pmp_footprint(smf_pmp_facts(), regions[i].size);
    }
    made.regions[made.region_count] = *stack;
    made.regions[made.region_count++].access = SMF_ACCESS_RW;
    if (!smf_pmp_facts()->user || smf_pmp_facts()->delegated != 0)
        return SMF_ERR_UNSUPPORTED;
    const enum smf_status status = describe(&made, &map);
    if (status == SMF_OK)
        *confined = made;
    return status;
}

enum smf_status smf_pmp_entries(const struct smf_confined *confined, struct smf_pmp_entry *entries, size_t *count)
{
    struct smf_pmp_map map;
    const size_t room = *count;
    const unsigned first = smf_pmp_facts()->first;
    const enum smf_status status = describe(confined, &map);
    if (status != SMF_OK)
        return status;
    *count = map.count - first;
    if (*count > room)
        return SMF_ERR_NO_SPACE;
    for (unsigned i = first; i < map.count; i++)
        entries[i - first] = (struct smf_pmp_entry){map.addresses[i], (uint8_t)smf_pmp_config(&map, i)};
    return SMF_OK;
}

static const struct smf_region *stack_of(const struct smf_confined *confined)
{
    return &confined->regions[confined->region_count - 1];
}

/* All other registers are 0: nothing of the firmware shows. */
static void prepare(struct smf_riscv_context *context, const struct smf_confined *confined, uintptr_t function,
                    const uintptr_t *arguments, size_t count)
{
    const struct smf_region *stack = stack_of(confined);
    smf_riscv_clear(context);
    context->registers[SMF_RISCV_PC] = function;
    context->registers[SMF_RISCV_RA] = smf_gate_address(SMF_RISCV_RETURN);
    context->registers[SMF_RISCV_SP] = stack->address + stack->size;
    for (size_t i = 0; i < count; i++)
        context->registers[SMF_RISCV_A0 + i] = arguments[i];
}

/*
 * A stack pointer outside of the stack explains more than the access that failed by it. Inside of the stack nothing
 * fails but its guard.
 */
static enum smf_fault_kind kind_of_access(const struct smf_riscv_context *context, const struct smf_confined *confined)
{
    const struct smf_region *stack = stack_of(confined);
    const bool wild = context->registers[SMF_RISCV_SP] - stack->address > stack->size;
    return wild || context->value - stack->address < stack->size ? SMF_FAULT_STACK : SMF_FAULT_ACCESS;
}

static enum smf_fault_kind kind_of_fault(const struct smf_riscv_context *context, const struct smf_confined *confined)
{
    switch (context->cause) {
    case SMF_RISCV_FETCH_FAULT:
        return SMF_FAULT_EXECUTE;
    case SMF_RISCV_ILLEGAL:
    case SMF_RISCV_BREAKPOINT:
        return SMF_FAULT_INSTRUCTION;
    case SMF_RISCV_FETCH_MISALIGNED:
    case SMF_RISCV_LOAD_MISALIGNED:
    case SMF_RISCV_STORE_MISALIGNED:
        return SMF_FAULT_ALIGNMENT;
    case SMF_RISCV_LOAD_FAULT:
    case SMF_RISCV_STORE_FAULT:
        return kind_of_access(context, confined);
    case SMF_RISCV_ECALL_USER:
        return SMF_FAULT_GATE;
    default:
        return SMF_FAULT_OTHER;
    }
}

static void tell(struct smf_fault *fault, enum smf_fault_kind kind, const struct smf_riscv_context *context)
{
    if (fault == NULL)
        return;
    *fault = (struct smf_fault){
        .kind = kind, .instruction = context->registers[SMF_RISCV_PC], .cause = (uint32_t)context->cause};
    if (kind == SMF_FAULT_ACCESS || kind == SMF_FAULT_STACK || kind == SMF_FAULT_EXECUTE ||
        kind == SMF_FAULT_ALIGNMENT) {
        fault->has_address = true;
        fault->address = context->value;
    }
}

uintptr_t smf_gate_address(uint32_t number)
{
    return (uintptr_t)(smf_riscv_gates + (size_t)number * SMF_RISCV_GATE_SIZE);
}

/* The export behind a gate that is open; NULL for any other number. */
static export_function *behind_gate(const struct smf_gates *gates, uintptr_t number)
{
    if (gates == NULL || number >= SMF_GATES_MAX || number >= gates->exports->count ||
        !smf_gate_is_open(&gates->exports->entries[number]))
        return NULL;
    return (export_function *)gates->exports->entries[number].address;
}

/* An ecall: through an open gate, and the module goes on behind its call. False if there is none. */
static bool pass_gate(struct smf_riscv_context *context, const struct smf_confined *confined)
{
    uintptr_t *registers = context->registers;
    export_function *const function = behind_gate(confined->gates, registers[SMF_RISCV_T0]);
    if (function == NULL)
        return false;
    registers[SMF_RISCV_A0] = function(registers[SMF_RISCV_A0], registers[SMF_RISCV_A0 + 1],
                                       registers[SMF_RISCV_A0 + 2], registers[SMF_RISCV_A0 + 3]);
    registers[SMF_RISCV_PC] = registers[SMF_RISCV_RA];
    return true;
}

/* From trap to trap until it has returned, failed, or run out of time. */
static enum smf_status run(struct smf_riscv_context *context, const struct smf_confined *confined,
                           const struct smf_pmp_map *map, struct smf_fault *fault)
{
    const struct smf_pmp_facts *facts = smf_pmp_facts();
    for (;;) {
        const uintptr_t before = smf_riscv_mask_interrupts();
        if (calls.expired) { /* no tick comes any more: asked where none can come in between */
            smf_riscv_restore_interrupts(before);
            tell(fault, SMF_FAULT_TIME, context);
            return SMF_ERR_TIMEOUT;
        }
        smf_pmp_write(map, facts);
        smf_riscv_run(context);
        smf_pmp_write(NULL, facts);
        smf_riscv_restore_interrupts(before);
        if ((context->cause & SMF_RISCV_INTERRUPT) != 0) {
            smf_riscv_serve_interrupts();
        } else if (context->cause == SMF_RISCV_ECALL_USER && context->registers[SMF_RISCV_T0] == SMF_RISCV_RETURN) {
            return SMF_OK;
        } else if (context->cause != SMF_RISCV_ECALL_USER || !pass_gate(context, confined)) {
            tell(fault, kind_of_fault(context, confined), context);
            return SMF_ERR_FAULT;
        }
    }
}

/* Test and set without an interrupt in between, which could be another task's call. */
static bool enter(struct smf_confined *confined)
{
    const uintptr_t before = smf_riscv_mask_interrupts();
    const bool entered = calls.current == NULL;
    if (entered) {
        calls.current = confined;
        calls.expired = false;
    }
    smf_riscv_restore_interrupts(before);
    return entered;
}

enum smf_status smf_call_confined(struct smf_confined *confined, void (*function)(void), const uintptr_t *arguments,
                                  size_t argument_count, uintptr_t *result, struct smf_fault *fault)
{
    struct smf_riscv_context context;
    struct smf_pmp_map map;
    if (function == NULL || argument_count > SMF_CONFINED_ARGUMENTS || (argument_count != 0 && arguments == NULL) ||
        (confined->budget != 0 && confined->timer == NULL))
        return SMF_ERR_ARGUMENT;
    enum smf_status status = describe(confined, &map);
    if (status != SMF_OK)
        return status;
    if (!enter(confined))
        return SMF_ERR_BUSY;
    prepare(&context, confined, (uintptr_t)function, arguments, argument_count);
    if (confined->budget != 0)
        confined->timer->start(confined->timer->context, confined->budget);
    status = run(&context, confined, &map, fault);
    if (confined->budget != 0)
        confined->timer->stop(confined->timer->context);
    calls.current = NULL;
    if (status == SMF_OK && result != NULL)
        *result = context.registers[SMF_RISCV_A0];
    return status;
}

bool smf_confined_expire(void)
{
    const bool running = calls.current != NULL;
    if (running)
        calls.expired = true;
    return running;
}

static bool allows(enum smf_access has, enum smf_access wanted) { return has == wanted || wanted == SMF_ACCESS_RO; }

bool smf_confined_owns(const void *pointer, size_t size, enum smf_access access)
{
    const struct smf_confined *confined = calls.current;
    for (size_t i = 0; confined != NULL && i < confined->region_count; i++) {
        const struct smf_region *region = &confined->regions[i];
        const size_t offset = (uintptr_t)pointer - region->address;
        if (offset <= region->size && size <= region->size - offset && allows(region->access, access))
            return true;
    }
    return false;
}
