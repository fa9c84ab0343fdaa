/* SPDX-License-Identifier: MIT */
/*
 * confined_aarch64.c - EL0 under confined calls: see ../common/confined.h and smf_baremetal_confine().
 *
 * The pages of a module are open to EL0 only while it runs: no other module sees them, and nothing that the firmware
 * does in between can be made to act on them by mistake.
 */
#include "../common/confined.h"
#include "machine.h"
#include "run_aarch64.h"

#define PAGE ((size_t)SMF_BAREMETAL_PAGE)

struct smf_confined_state {
    struct smf_a64_context context;
};

volatile uint32_t smf_confined_expired;

/* One port. */
static struct {
    struct smf_baremetal *baremetal;
    struct smf_region gates;
} confinement;

enum smf_status smf_baremetal_confine(struct smf_baremetal *baremetal)
{
    const struct smf_port *port = &baremetal->port;
    const size_t size = (size_t)(smf_a64_gates_end - smf_a64_gates);
    const struct smf_region_request request = {.size = size, .alignment = 8, .access = SMF_ACCESS_RX};
    struct smf_region gates;
    if (baremetal->config.code.entries == NULL)
        return SMF_ERR_UNSUPPORTED;
    if (confinement.baremetal != NULL)
        return SMF_ERR_BUSY;
    enum smf_status status = port->reserve(port->context, &request, 1, &gates);
    if (status != SMF_OK)
        return status;
    for (size_t i = 0; i < size; i++)
        gates.bytes[i] = smf_a64_gates[i];
    status = port->protect(port->context, &gates, SMF_ACCESS_RX);
    if (status == SMF_OK)
        status = smf_baremetal_open(baremetal, &gates, true);
    if (status != SMF_OK) {
        port->release(port->context, &gates, 1);
        return status;
    }
    port->sync_code(port->context, &gates);
    confinement.gates = gates;
    confinement.baremetal = baremetal;
    return SMF_OK;
}

void smf_baremetal_confine_finish(struct smf_baremetal *baremetal)
{
    if (confinement.baremetal != baremetal)
        return;
    baremetal->port.release(baremetal->port.context, &confinement.gates, 1);
    confinement.baremetal = NULL;
}

uintptr_t smf_gate_address(uint32_t number) { return confinement.gates.address + number * SMF_A64_GATE_SIZE; }

/* ---- What the module sees ---- */

size_t smf_confined_stack_unit(void) { return PAGE; }
size_t smf_confined_guard(size_t size) { return size > PAGE ? PAGE : 0; }

size_t smf_confined_size(const struct smf_region *region, bool in_place)
{
    (void)in_place;
    return region->size;
}

/* Whole pages. */
struct smf_confined_extent smf_confined_extent(const struct smf_region *region, bool is_stack)
{
    const uintptr_t start = region->address & ~(PAGE - 1);
    const size_t size = region->size + (region->address - start);
    (void)is_stack;
    return (struct smf_confined_extent){start, (size + PAGE - 1) & ~(PAGE - 1)};
}

/* All of its pages, or with `open` false none of them. SMF_ERR_NOT_FOUND: one is not the port's. */
static enum smf_status show(const struct smf_confined *confined, bool open)
{
    struct smf_region stack = *smf_confined_stack(confined);
    const size_t closed = smf_confined_closed(confined);
    stack.bytes += closed;
    stack.address += closed;
    stack.size -= closed;
    enum smf_status status = smf_baremetal_open(confinement.baremetal, &stack, open);
    for (size_t i = 0; status == SMF_OK && i + 1 < confined->region_count; i++)
        status = smf_baremetal_open(confinement.baremetal, &confined->regions[i], open);
    return status;
}

/* Are they the port's, and as they say? */
enum smf_status smf_confined_possible(const struct smf_confined *confined)
{
    if (confinement.baremetal == NULL)
        return SMF_ERR_UNSUPPORTED;
    const struct smf_port *port = &confinement.baremetal->port;
    for (size_t i = 0; i < confined->region_count; i++) {
        const struct smf_region *region = &confined->regions[i];
        enum smf_access access;
        for (size_t offset = 0; offset < region->size; offset += PAGE)
            if (port->query(port->context, region->address + offset, &access) != SMF_OK || access != region->access)
                return SMF_ERR_ARGUMENT;
    }
    return SMF_OK;
}

/* ---- Why it stopped ---- */

/* ESR_EL1: the exception class, and the status code of an abort (Arm ARM D19.2.40). */
enum {
    CLASS_UNKNOWN = 0x00,
    CLASS_WAIT = 0x01,
    CLASS_FLOATING = 0x07,
    CLASS_ILLEGAL_STATE = 0x0e,
    CLASS_SVC = 0x15,
    CLASS_SYSTEM_REGISTER = 0x18,
    CLASS_FETCH = 0x20,
    CLASS_PC_ALIGNMENT = 0x22,
    CLASS_DATA = 0x24,
    CLASS_SP_ALIGNMENT = 0x26,
    CLASS_BREAKPOINT = 0x3c,
    STATUS_ALIGNMENT = 0x21,
    STATUS_EXTERNAL = 0x10 /* to 0x17, and 0x18 to 0x1f: the memory answered with an error */
};

static bool is_bus_error(uint64_t cause) { return (cause & 0x30) == STATUS_EXTERNAL; }

/* A stack pointer outside of the stack explains more than the access that failed by it. */
static enum smf_fault_kind kind_of_access(const struct smf_a64_context *context, const struct smf_confined *confined)
{
    const struct smf_region *stack = smf_confined_stack(confined);
    const bool wild = context->sp - stack->address > stack->size;
    if ((context->cause & 0x3f) == STATUS_ALIGNMENT)
        return SMF_FAULT_ALIGNMENT;
    return wild || context->address - stack->address < stack->size ? SMF_FAULT_STACK : SMF_FAULT_ACCESS;
}

static enum smf_fault_kind kind_of_fault(const struct smf_a64_context *context, const struct smf_confined *confined)
{
    if (context->vector != SMF_A64_SYNCHRONOUS)
        return SMF_FAULT_BUS; /* SError: interrupts are served, not judged */
    switch (context->cause >> 26 & 0x3f) {
    case CLASS_FETCH:
        return is_bus_error(context->cause) ? SMF_FAULT_BUS : SMF_FAULT_EXECUTE;
    case CLASS_DATA:
        return is_bus_error(context->cause) ? SMF_FAULT_BUS : kind_of_access(context, confined);
    case CLASS_PC_ALIGNMENT:
        return SMF_FAULT_ALIGNMENT;
    case CLASS_SP_ALIGNMENT:
        return SMF_FAULT_STACK;
    case CLASS_SVC:
        return SMF_FAULT_GATE;
    case CLASS_UNKNOWN:
    case CLASS_WAIT:
    case CLASS_FLOATING:
    case CLASS_ILLEGAL_STATE:
    case CLASS_SYSTEM_REGISTER:
    case CLASS_BREAKPOINT:
        return SMF_FAULT_INSTRUCTION;
    default:
        return SMF_FAULT_OTHER;
    }
}

void smf_confined_explain(const struct smf_confined_state *state, const struct smf_confined *confined,
                          struct smf_fault *fault)
{
    const struct smf_a64_context *context = &state->context;
    const enum smf_fault_kind kind = kind_of_fault(context, confined);
    fault->kind = kind;
    fault->instruction = context->pc;
    fault->cause = (uint32_t)context->cause;
    if (kind == SMF_FAULT_ACCESS || kind == SMF_FAULT_EXECUTE || kind == SMF_FAULT_STACK ||
        kind == SMF_FAULT_ALIGNMENT) {
        fault->has_address = true;
        fault->address = context->address;
    }
}

/* ---- The call ---- */

uintptr_t smf_confined_mask(void) { return smf_machine_mask(); }
void smf_confined_unmask(uintptr_t before) { smf_machine_unmask(before); }
void smf_confined_divert(const struct smf_confined *confined) { (void)confined; /* an interrupt ends the run */ }

/* The firmware's own vectors are in force again: let them have what is pending, also where the caller masks. */
static void serve_interrupts(void) { __asm__ volatile("msr daifclr, #15\n\tisb\n\tmsr daifset, #15" : : : "memory"); }

void smf_confined_prepare(struct smf_confined_state *state, const struct smf_confined_call *call)
{
    const struct smf_region *stack = smf_confined_stack(call->confined);
    state->context = (struct smf_a64_context){.sp = stack->address + stack->size, .pc = call->function};
    state->context.registers[30] = smf_gate_address(SMF_GATES_MAX);
    for (size_t i = 0; i < call->count; i++)
        state->context.registers[i] = call->arguments[i];
}

void smf_confined_step(struct smf_confined_state *state, const struct smf_confined *confined, struct smf_stop *stop)
{
    struct smf_a64_context *context = &state->context;
    const uintptr_t before = smf_machine_mask();
    if (smf_confined_expired != 0) { /* no tick comes any more: asked where none can come in between */
        smf_machine_unmask(before);
        stop->kind = SMF_STOP_INTERRUPT;
        return;
    }
    (void)show(confined, true); /* checked when it was prepared */
    smf_a64_run(context);
    (void)show(confined, false);
    const bool interrupted = context->vector == SMF_A64_IRQ || context->vector == SMF_A64_FIQ;
    if (interrupted)
        serve_interrupts();
    smf_machine_unmask(before);
    stop->kind = interrupted ? SMF_STOP_INTERRUPT : SMF_STOP_FAULT;
    if (context->vector == SMF_A64_SYNCHRONOUS && context->cause >> 26 == CLASS_SVC) {
        stop->kind = SMF_STOP_GATE;
        stop->gate = context->cause & 0xffff;
        for (size_t i = 0; i < SMF_CONFINED_ARGUMENTS; i++)
            stop->arguments[i] = context->registers[i];
    }
}

void smf_confined_answer(struct smf_confined_state *state, uintptr_t value) { state->context.registers[0] = value; }

enum smf_status smf_confined_begin(struct smf_confined_call *call)
{
    struct smf_confined_state state;
    return confinement.baremetal != NULL ? smf_confined_run(call, &state) : SMF_ERR_UNSUPPORTED;
}
