/* SPDX-License-Identifier: MIT */
/*
 * riscv_confined.c - U-mode and the PMP under confined calls: see ../common/confined.h.
 *
 * Interrupts that mie enables are served while a module runs even if the caller had masked them in mstatus:
 * that is how U-mode works, and what takes a module back that hangs. One hart.
 */
#include "../common/confined.h"
#include "pmp.h"
#include "riscv_run.h"

#define STACK_ALIGNMENT 16u /* psABI, "Integer Calling Convention" */
#define STACK_GUARD 64u     /* kept closed below a stack that begins where the module's own data ends */

struct smf_confined_state {
    struct smf_riscv_context context;
    struct smf_pmp_map map;
};

volatile uint32_t smf_confined_expired;

uintptr_t smf_confined_mask(void) { return smf_riscv_mask_interrupts(); }
void smf_confined_unmask(uintptr_t before) { smf_riscv_restore_interrupts(before); }
void smf_confined_divert(const struct smf_confined *confined) { (void)confined; /* an interrupt ends the run */ }

/* ---- What the module sees ---- */

size_t smf_confined_stack_unit(void) { return STACK_ALIGNMENT; }

size_t smf_confined_guard(size_t size)
{
    const uintptr_t grain = smf_pmp_facts()->grain;
    const size_t guard = grain > STACK_GUARD ? grain : STACK_GUARD;
    return size > guard ? guard : 0;
}

/* The port gave a region all that its entry covers. */
size_t smf_confined_size(const struct smf_region *region, bool in_place)
{
    return in_place ? region->size : smf_pmp_footprint(smf_pmp_facts(), region->size);
}

static size_t whole_grains(size_t size, uintptr_t grain)
{
    return size > SIZE_MAX - (grain - 1) ? SIZE_MAX : (size + grain - 1) & ~(grain - 1);
}

struct smf_confined_extent smf_confined_extent(const struct smf_region *region, bool is_stack)
{
    (void)is_stack;
    return (struct smf_confined_extent){region->address, whole_grains(region->size, smf_pmp_facts()->grain)};
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
        ranges[i].start = region->address;
        ranges[i].size = whole_grains(region->size, facts->grain);
        ranges[i].access = region->access;
    }
    const size_t closed = guarded ? smf_confined_closed(confined) : 0;
    ranges[count - 1].start += closed;
    ranges[count - 1].size -= closed;
    return smf_pmp_describe(map, ranges, count, facts);
}

/*
 * A guard may cost an entry. Where there is none left, a stack that runs over reaches the module's
 * own data, and no more.
 */
static enum smf_status describe(const struct smf_confined *confined, struct smf_pmp_map *map)
{
    const enum smf_status status = describe_ranges(confined, map, true);
    return status == SMF_ERR_LIMIT ? describe_ranges(confined, map, false) : status;
}

enum smf_status smf_confined_possible(const struct smf_confined *confined)
{
    struct smf_pmp_map map;
    if (!smf_pmp_facts()->user || smf_pmp_facts()->delegated != 0)
        return SMF_ERR_UNSUPPORTED;
    return describe(confined, &map);
}

enum smf_status smf_pmp_entries(const struct smf_confined *confined, struct smf_pmp_entry *entries, size_t *count)
{
    struct smf_pmp_map map;
    const size_t room = *count;
    const unsigned first = smf_pmp_facts()->first;
    enum smf_status status = smf_confined_check(confined);
    if (status == SMF_OK)
        status = describe(confined, &map);
    if (status != SMF_OK)
        return status;
    *count = map.count - first;
    if (*count > room)
        return SMF_ERR_NO_SPACE;
    for (unsigned i = first; i < map.count; i++)
        entries[i - first] = (struct smf_pmp_entry){map.addresses[i], (uint8_t)smf_pmp_config(&map, i)};
    return SMF_OK;
}

/* ---- The call ---- */

void smf_confined_prepare(struct smf_confined_state *state, const struct smf_confined_call *call)
{
    const struct smf_region *stack = smf_confined_stack(call->confined);
    uintptr_t *registers = state->context.registers;
    smf_riscv_clear(&state->context);
    registers[SMF_RISCV_PC] = call->function;
    registers[SMF_RISCV_RA] = smf_gate_address(SMF_RISCV_RETURN);
    registers[SMF_RISCV_SP] = stack->address + stack->size;
    for (size_t i = 0; i < call->count; i++)
        registers[SMF_RISCV_A0 + i] = call->arguments[i];
}

/*
 * A stack pointer outside of the stack explains more than the access that failed by it. Inside of the stack nothing
 * fails but its guard.
 */
static enum smf_fault_kind kind_of_access(const struct smf_riscv_context *context, const struct smf_confined *confined)
{
    const struct smf_region *stack = smf_confined_stack(confined);
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

void smf_confined_explain(const struct smf_confined_state *state, const struct smf_confined *confined,
                          struct smf_fault *fault)
{
    const struct smf_riscv_context *context = &state->context;
    const enum smf_fault_kind kind = kind_of_fault(context, confined);
    fault->kind = kind;
    fault->instruction = context->registers[SMF_RISCV_PC];
    fault->cause = (uint32_t)context->cause;
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

void smf_confined_step(struct smf_confined_state *state, const struct smf_confined *confined, struct smf_stop *stop)
{
    const struct smf_pmp_facts *facts = smf_pmp_facts();
    struct smf_riscv_context *context = &state->context;
    (void)confined;
    const uintptr_t before = smf_riscv_mask_interrupts();
    if (smf_confined_expired != 0) { /* no tick comes any more: asked where none can come in between */
        smf_riscv_restore_interrupts(before);
        stop->kind = SMF_STOP_INTERRUPT;
        return;
    }
    smf_pmp_write(&state->map, facts);
    smf_riscv_run(context);
    smf_pmp_write(NULL, facts);
    smf_riscv_restore_interrupts(before);
    if ((context->cause & SMF_RISCV_INTERRUPT) != 0) {
        stop->kind = SMF_STOP_INTERRUPT;
        smf_riscv_serve_interrupts();
    } else if (context->cause == SMF_RISCV_ECALL_USER) {
        stop->kind = SMF_STOP_GATE;
        stop->gate = context->registers[SMF_RISCV_T0];
        for (size_t i = 0; i < SMF_CONFINED_ARGUMENTS; i++)
            stop->arguments[i] = context->registers[SMF_RISCV_A0 + i];
    } else {
        stop->kind = SMF_STOP_FAULT;
    }
}

/* mepc is that of the ecall, not of what follows: the stub's caller is where it would return to. */
void smf_confined_answer(struct smf_confined_state *state, uintptr_t value)
{
    state->context.registers[SMF_RISCV_A0] = value;
    state->context.registers[SMF_RISCV_PC] = state->context.registers[SMF_RISCV_RA];
}

enum smf_status smf_confined_begin(struct smf_confined_call *call)
{
    struct smf_confined_state state;
    const enum smf_status status = describe(call->confined, &state.map);
    return status == SMF_OK ? smf_confined_run(call, &state) : status;
}
