/* SPDX-License-Identifier: MIT */
/*
 * confined_aarch64.c - confined calls at EL0: see smf/confined.h and smf_baremetal_confine().
 *
 * The module runs until an exception, which is judged in C on the caller's stack; then it runs on, or the call ends.
 * Its pages are open to EL0 only while it runs: neither an export that it calls nor an interrupt that is served in
 * between can be made to act on them by mistake, and no other module sees them.
 */
#include "../common/gates.h"
#include "machine.h"
#include "run_aarch64.h"

enum { PAGE = SMF_BAREMETAL_PAGE, STACK_SIZE_MIN = 128 };

typedef uintptr_t export_function(uintptr_t, uintptr_t, uintptr_t, uintptr_t);

/* One port, one call at a time. */
static struct {
    struct smf_baremetal *baremetal;
    struct smf_region gates;
    struct smf_confined *volatile current; /* whose call is running; NULL: none */
    volatile bool expired;                 /* set by the timer's interrupt      */
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

static const struct smf_region *stack_of(const struct smf_confined *confined)
{
    return &confined->regions[confined->region_count - 1];
}

/*
 * The stack without its lowest page, if the module's own data ends right below: a stack that runs over must not run into
 * memory that is allowed.
 */
static struct smf_region stack_to_open(const struct smf_confined *confined)
{
    struct smf_region stack = *stack_of(confined);
    for (size_t i = 0; i + 1 < confined->region_count; i++) {
        const struct smf_region *region = &confined->regions[i];
        const uintptr_t end = region->address + (region->size + PAGE - 1) / PAGE * PAGE;
        if (region->access == SMF_ACCESS_RW && end == stack.address && stack.size > PAGE) {
            stack.bytes += PAGE;
            stack.address += PAGE;
            stack.size -= PAGE;
            break;
        }
    }
    return stack;
}

/* All of its pages, or with `open` false none of them. SMF_ERR_NOT_FOUND: one is not the port's. */
static enum smf_status show(const struct smf_confined *confined, bool open)
{
    const struct smf_region stack = stack_to_open(confined);
    enum smf_status status = smf_baremetal_open(confinement.baremetal, &stack, open);
    for (size_t i = 0; status == SMF_OK && i + 1 < confined->region_count; i++)
        status = smf_baremetal_open(confinement.baremetal, &confined->regions[i], open);
    return status;
}

enum smf_status smf_confined_start(struct smf_confined *confined, const struct smf_module *module,
                                   const struct smf_region *stack, const struct smf_gates *gates)
{
    struct smf_confined made = {.gates = gates, .budget = confined->budget, .timer = confined->timer};
    const struct smf_region *regions = smf_module_regions(module, &made.region_count);
    if (confinement.baremetal == NULL)
        return SMF_ERR_UNSUPPORTED;
    if (stack->size < STACK_SIZE_MIN || (stack->address | stack->size) % PAGE != 0)
        return SMF_ERR_ARGUMENT;
    for (size_t i = 0; i < made.region_count; i++)
        made.regions[i] = regions[i];
    made.regions[made.region_count] = *stack;
    made.regions[made.region_count++].access = SMF_ACCESS_RW;
    for (size_t i = 0; i < made.region_count; i++) { /* are they the port's, and as they say? */
        const struct smf_port *port = &confinement.baremetal->port;
        enum smf_access access;
        for (size_t offset = 0; offset < made.regions[i].size; offset += PAGE)
            if (port->query(port->context, made.regions[i].address + offset, &access) != SMF_OK ||
                access != made.regions[i].access)
                return SMF_ERR_ARGUMENT;
    }
    *confined = made;
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
    const struct smf_region *stack = stack_of(confined);
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

static void tell(struct smf_fault *fault, enum smf_fault_kind kind, const struct smf_a64_context *context)
{
    const bool has_address =
        kind == SMF_FAULT_ACCESS || kind == SMF_FAULT_EXECUTE || kind == SMF_FAULT_STACK || kind == SMF_FAULT_ALIGNMENT;
    if (fault != NULL)
        *fault = (struct smf_fault){.kind = kind,
                                    .has_address = has_address,
                                    .address = has_address ? context->address : 0,
                                    .instruction = context->pc,
                                    .cause = kind == SMF_FAULT_TIME ? 0 : (uint32_t)context->cause};
}

/* ---- The call ---- */

/* The export behind a gate that is open; NULL for any other number. */
static export_function *behind_gate(const struct smf_gates *gates, uint64_t number)
{
    if (gates == NULL || number >= SMF_GATES_MAX || number >= gates->exports->count ||
        !smf_gate_is_open(&gates->exports->entries[number]))
        return NULL;
    return (export_function *)gates->exports->entries[number].address;
}

/* The firmware's own vectors are in force again: let them have what is pending, also where the caller masks. */
static void serve_interrupts(void) { __asm__ volatile("msr daifclr, #15\n\tisb\n\tmsr daifset, #15" : : : "memory"); }

/* All registers but those of the call are 0: nothing of the firmware shows. */
static void prepare(struct smf_a64_context *context, const struct smf_confined *confined, uintptr_t function,
                    const uintptr_t *arguments, size_t count)
{
    const struct smf_region *stack = stack_of(confined);
    *context = (struct smf_a64_context){.sp = stack->address + stack->size, .pc = function};
    context->registers[30] = smf_gate_address(SMF_GATES_MAX);
    for (size_t i = 0; i < count; i++)
        context->registers[i] = arguments[i];
}

/* From exception to exception until it has returned, failed, or run out of time. */
static enum smf_status run(struct smf_a64_context *context, const struct smf_confined *confined,
                           struct smf_fault *fault)
{
    for (;;) {
        const uintptr_t before = smf_machine_mask();
        if (confinement.expired) { /* no tick comes any more: asked where none can come in between */
            smf_machine_unmask(before);
            tell(fault, SMF_FAULT_TIME, context);
            return SMF_ERR_TIMEOUT;
        }
        (void)show(confined, true); /* checked when it was prepared */
        smf_a64_run(context);
        (void)show(confined, false);
        const bool interrupted = context->vector == SMF_A64_IRQ || context->vector == SMF_A64_FIQ;
        if (interrupted)
            serve_interrupts();
        smf_machine_unmask(before);
        const bool trapped = context->vector == SMF_A64_SYNCHRONOUS && context->cause >> 26 == CLASS_SVC;
        const uint64_t number = context->cause & 0xffff;
        if (trapped && number == SMF_GATES_MAX)
            return SMF_OK;
        export_function *const export = trapped ? behind_gate(confined->gates, number) : NULL;
        if (export != NULL) {
            uint64_t *registers = context->registers;
            registers[0] = export(registers[0], registers[1], registers[2], registers[3]);
        } else if (!interrupted) {
            tell(fault, kind_of_fault(context, confined), context);
            return SMF_ERR_FAULT;
        }
    }
}

/* Test and set without an interrupt in between, which could be another task's call. */
static bool enter(struct smf_confined *confined)
{
    const uintptr_t before = smf_machine_mask();
    const bool entered = confinement.current == NULL;
    if (entered) {
        confinement.current = confined;
        confinement.expired = false;
    }
    smf_machine_unmask(before);
    return entered;
}

enum smf_status smf_call_confined(struct smf_confined *confined, void (*function)(void), const uintptr_t *arguments,
                                  size_t argument_count, uintptr_t *result, struct smf_fault *fault)
{
    struct smf_a64_context context;
    if (function == NULL || argument_count > SMF_CONFINED_ARGUMENTS || (argument_count != 0 && arguments == NULL) ||
        (confined->budget != 0 && confined->timer == NULL) || confined->region_count == 0)
        return SMF_ERR_ARGUMENT;
    if (confinement.baremetal == NULL)
        return SMF_ERR_UNSUPPORTED;
    if (!enter(confined))
        return SMF_ERR_BUSY;
    prepare(&context, confined, (uintptr_t)function, arguments, argument_count);
    if (confined->budget != 0)
        confined->timer->start(confined->timer->context, confined->budget);
    const enum smf_status status = run(&context, confined, fault);
    if (confined->budget != 0)
        confined->timer->stop(confined->timer->context);
    confinement.current = NULL;
    if (status == SMF_OK && result != NULL)
        *result = context.registers[0];
    return status;
}

bool smf_confined_expire(void)
{
    const bool running = confinement.current != NULL;
    if (running)
        confinement.expired = true;
    return running;
}

bool smf_confined_owns(const void *pointer, size_t size, enum smf_access access)
{
    const struct smf_confined *confined = confinement.current;
    for (size_t i = 0; confined != NULL && i < confined->region_count; i++) {
        const struct smf_region *region = &confined->regions[i];
        const size_t offset = (uintptr_t)pointer - region->address;
        const bool allows = region->access == access || access == SMF_ACCESS_RO;
        if (offset <= region->size && size <= region->size - offset && allows)
            return true;
    }
    return false;
}
