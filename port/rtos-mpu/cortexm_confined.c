/* SPDX-License-Identifier: MIT */
/*
 * cortexm_confined.c - unprivileged thread mode and the MPU under confined calls: see ../common/confined.h.
 *
 * Modules use no floating-point registers: the unit is closed to them for the time of the call, so that nothing leaks
 * and no lazy state of theirs is ever written later (Armv7-M ARM B1.5.7).
 */
#include "../common/confined.h"
#include "cortexm_run.h"
#include "mpu.h"

#define STACK_ALIGNMENT 8u /* AAPCS 6.2.1.2 */
#define STACK_PARTS 8u     /* Armv7-M ARM B3.5.8: subregions */
#define STACK_PARTS_FROM 256u
#define XPSR_THUMB 0x01000000u
#define XPSR_RESUMING 0x0600fc00u /* IT and ICI bits: of an instruction that will not be resumed */

#define CPACR (*(volatile uint32_t *)0xE000ED88u)
#define CPACR_PRIVILEGED 0x55555555u /* of each coprocessor: full access becomes privileged access, none stays none */

struct smf_confined_state {
    struct smf_cortexm_context context;
    uint32_t *frame; /* of the last stop: frame_of() */
    struct smf_mpu_entry entries[SMF_MPU_CALL_ENTRIES];
};

/* cortexm_run.S goes there with exceptions that are nobody's here. */
void smf_cortexm_other_svc(void);
void smf_cortexm_other_fault(void);

/* Naked: the handler that is called sees the stack and LR as the exception left them. */
#define GO_ON(hook, instead)                                                                                           \
    __asm__ volatile("push {r0, lr}\n\tbl %c0\n\tmov r1, r0\n\tpop {r0, lr}\n\tcbz r1, 1f\n\tbx r1\n1:\t" instead      \
                     :                                                                                                 \
                     : "i"(hook))

typedef void handler(void);

static __attribute__((used)) handler *svc_handler(void)
{
    const struct smf_mpu *mpu = smf_mpu_current();
    return mpu != NULL ? mpu->config.other_svc : NULL;
}

static __attribute__((used)) handler *fault_handler(void)
{
    const struct smf_mpu *mpu = smf_mpu_current();
    return mpu != NULL ? mpu->config.other_fault : NULL;
}

__attribute__((naked)) void smf_cortexm_other_svc(void) { GO_ON(svc_handler, "bx lr"); }
__attribute__((naked)) void smf_cortexm_other_fault(void) { GO_ON(fault_handler, "b ."); }

uintptr_t smf_gate_address(uint32_t number)
{
    return (uintptr_t)smf_cortexm_gates + number * SMF_CORTEXM_GATE_SIZE + 1;
}

uintptr_t smf_confined_mask(void) { return smf_mpu_mask(); }
void smf_confined_unmask(uintptr_t before) { smf_mpu_unmask(before); }

/* ---- What the module sees ---- */

size_t smf_confined_stack_unit(void) { return STACK_ALIGNMENT; }

/* Armv7-M: an eighth, which an entry can leave out. Armv8-M has a limit of the stack, in force while the module runs. */
size_t smf_confined_guard(size_t size)
{
    const unsigned parts = smf_mpu_unit()->facts.parts;
    return parts > 1 && size >= STACK_PARTS_FROM && (size & (size - 1)) == 0 ? size / STACK_PARTS : 0;
}

/* The port gave a region all that its entry covers. Worked out once, not at every call. */
size_t smf_confined_size(const struct smf_region *region, bool in_place)
{
    return in_place ? region->size : smf_mpu_footprint(region->size);
}

static enum smf_mpu_rights rights_of(enum smf_access access)
{
    return access == SMF_ACCESS_RX   ? SMF_MPU_MODULE_RX
           : access == SMF_ACCESS_RO ? SMF_MPU_MODULE_RO
                                     : SMF_MPU_MODULE_RW;
}

/*
 * What the port handed out is described exactly. Code that is executed where its file lies is widened to the granule,
 * by neighbours of less than 32 bytes in the same file.
 */
struct smf_confined_extent smf_confined_extent(const struct smf_region *region, bool is_stack)
{
    const uintptr_t granule = SMF_MPU_GRANULE, into = region->address & (granule - 1);
    struct smf_confined_extent extent = {region->address, region->size};
    if (!is_stack && ((into | region->size) & (granule - 1)) != 0 && smf_mpu_is_foreign(region->address)) {
        extent.start -= into;
        extent.size = (into + region->size + granule - 1) & ~(granule - 1);
    }
    return extent;
}

static bool describe_range(uintptr_t start, size_t size, enum smf_access access, struct smf_mpu_entry *entry)
{
    return smf_mpu_unit()->describe(start, size, rights_of(access), entry);
}

/* What the module may touch: its regions, the last of them its stack, and the gates. */
static enum smf_status describe(const struct smf_confined *confined, struct smf_mpu_entry *entries)
{
    const size_t last = confined->region_count - 1, gates = (size_t)(smf_cortexm_gates_end - smf_cortexm_gates);
    const struct smf_region *stack = smf_confined_stack(confined);
    const size_t closed = smf_confined_closed(confined);
    for (size_t i = 0; i < last; i++) {
        const struct smf_confined_extent extent = smf_confined_extent(&confined->regions[i], false);
        if (!describe_range(extent.start, extent.size, confined->regions[i].access, &entries[i]))
            return SMF_ERR_LIMIT;
    }
    if (!describe_range(stack->address + closed, stack->size - closed, stack->access, &entries[last]) ||
        !describe_range((uintptr_t)smf_cortexm_gates, gates, SMF_ACCESS_RX, &entries[last + 1]))
        return SMF_ERR_LIMIT;
    return SMF_OK;
}

enum smf_status smf_confined_possible(const struct smf_confined *confined)
{
    struct smf_mpu_entry entries[SMF_MPU_CALL_ENTRIES];
    return confined->region_count + 1 > smf_mpu_count() ? SMF_ERR_LIMIT : describe(confined, entries);
}

enum smf_status smf_mpu_entries(const struct smf_confined *confined, struct smf_mpu_entry *entries, size_t *count)
{
    struct smf_mpu_entry made[SMF_MPU_CALL_ENTRIES];
    const size_t room = *count;
    enum smf_status status = smf_confined_check(confined);
    if (status == SMF_OK)
        status = describe(confined, made);
    if (status != SMF_OK)
        return status;
    *count = confined->region_count + 1;
    if (*count > room)
        return SMF_ERR_NO_SPACE;
    for (size_t i = 0; i < *count; i++)
        entries[i] = made[i];
    return SMF_OK;
}

/* ---- The call ---- */

/* The frame from which the exception return starts the function. */
void smf_confined_prepare(struct smf_confined_state *state, const struct smf_confined_call *call)
{
    const struct smf_region *stack = smf_confined_stack(call->confined);
    const size_t offset = stack->size - SMF_CORTEXM_FRAME * sizeof(uint32_t);
    uint32_t *frame = (uint32_t *)(void *)(stack->bytes + offset);
    state->context = (struct smf_cortexm_context){.stack = (uint32_t)(stack->address + offset),
                                                  .stack_limit = (uint32_t)stack->address};
    for (size_t i = 0; i < SMF_CORTEXM_FRAME; i++)
        frame[i] = i < call->count ? call->arguments[i] : 0;
    frame[SMF_CORTEXM_LR] = smf_gate_address(SMF_GATES_MAX);
    frame[SMF_CORTEXM_PC] = call->function & ~(uintptr_t)1;
    frame[SMF_CORTEXM_XPSR] = XPSR_THUMB;
}

/* The frame of the trap; NULL if the processor could not stack one, or not where the module may write. */
static uint32_t *frame_of(const struct smf_cortexm_context *context, const struct smf_confined *confined)
{
    const size_t size = SMF_CORTEXM_FRAME * sizeof(uint32_t);
    if ((context->cause & (SMF_CORTEXM_NO_FRAME | SMF_CORTEXM_UNSTACKING)) != 0)
        return NULL;
    for (size_t i = 0; i < confined->region_count; i++) {
        const struct smf_region *region = &confined->regions[i];
        const size_t offset = context->stack - region->address;
        if (region->access == SMF_ACCESS_RW && offset <= region->size && size <= region->size - offset)
            return (uint32_t *)(void *)(region->bytes + offset);
    }
    return NULL;
}

static enum smf_fault_kind kind_of_fault(const struct smf_cortexm_context *context, const uint32_t *frame)
{
    const uint32_t cause = context->cause;
    if (context->exception == SMF_CORTEXM_HARD_FAULT && cause == 0)
        return SMF_FAULT_INSTRUCTION; /* BKPT without a debugger, BXNS out of the secure state: that has no frame here */
    if (frame == NULL)
        return SMF_FAULT_STACK;
    if (context->exception == SMF_CORTEXM_SVC)
        return SMF_FAULT_GATE;
    if ((cause & SMF_CORTEXM_IACCVIOL) != 0)
        return SMF_FAULT_EXECUTE;
    if ((cause & 0xff) != 0)
        return SMF_FAULT_ACCESS;
    if ((cause & 0xff00) != 0)
        return SMF_FAULT_BUS;
    if ((cause & SMF_CORTEXM_UNALIGNED) != 0)
        return SMF_FAULT_ALIGNMENT;
    return cause != 0 ? SMF_FAULT_INSTRUCTION : SMF_FAULT_OTHER;
}

void smf_confined_explain(const struct smf_confined_state *state, const struct smf_confined *confined,
                          struct smf_fault *fault)
{
    const struct smf_cortexm_context *context = &state->context;
    (void)confined;
    fault->kind = kind_of_fault(context, state->frame);
    fault->cause = context->cause;
    if (state->frame != NULL)
        fault->instruction = state->frame[SMF_CORTEXM_PC];
    if ((context->cause & SMF_CORTEXM_MMARVALID) != 0) {
        fault->has_address = true;
        fault->address = context->memory_address;
    } else if ((context->cause & SMF_CORTEXM_BFARVALID) != 0) {
        fault->has_address = true;
        fault->address = context->bus_address;
    }
}

/* With its own map and without floating point. Interrupts are served meanwhile, and end nothing. */
void smf_confined_step(struct smf_confined_state *state, const struct smf_confined *confined, struct smf_stop *stop)
{
    const struct smf_mpu *mpu = smf_mpu_current();
    const uint32_t coprocessors = CPACR;
    CPACR = coprocessors & CPACR_PRIVILEGED;
    smf_mpu_write(state->entries, confined->region_count + 1);
    smf_cortexm_run(&state->context);
    smf_mpu_write(mpu->base, mpu->base_count);
    CPACR = coprocessors;
    __asm__ volatile("dsb\n\tisb" : : : "memory");
    const uint32_t *frame = state->frame = frame_of(&state->context, confined);
    stop->kind = SMF_STOP_FAULT;
    if (state->context.exception != SMF_CORTEXM_SVC || frame == NULL)
        return;
    stop->kind = SMF_STOP_GATE;
    stop->gate = frame[SMF_CORTEXM_R12];
    for (size_t i = 0; i < SMF_CONFINED_ARGUMENTS; i++)
        stop->arguments[i] = frame[SMF_CORTEXM_R0 + i];
}

void smf_confined_answer(struct smf_confined_state *state, uintptr_t value) { state->frame[SMF_CORTEXM_R0] = value; }

/* In a handler, or with interrupts masked: SVC may not be taken then, nor the timer. */
static bool is_masked(void)
{
    uint32_t exception, interrupts, faults, priority;
    __asm__ volatile("mrs %0, ipsr\n\tmrs %1, primask\n\tmrs %2, faultmask\n\tmrs %3, basepri"
                     : "=r"(exception), "=r"(interrupts), "=r"(faults), "=r"(priority));
    return (exception | interrupts | faults | priority) != 0;
}

enum smf_status smf_confined_begin(struct smf_confined_call *call)
{
    struct smf_confined_state state;
    const struct smf_mpu *mpu = smf_mpu_current();
    if (mpu == NULL || mpu->config.descriptors_only)
        return SMF_ERR_UNSUPPORTED;
    if (is_masked())
        return SMF_ERR_ARGUMENT;
    const enum smf_status status = describe(call->confined, state.entries);
    return status == SMF_OK ? smf_confined_run(call, &state) : status;
}

/*
 * A module that runs is led to the gate where modules return to: the frame of the interrupt says where it goes on. A
 * frame that is not where the module may write could not be stacked: then a fault is pending that ends the call.
 */
void smf_confined_divert(const struct smf_confined *confined)
{
    struct smf_cortexm_context now = {0};
    if (smf_cortexm_running == 0)
        return; /* in an export: noticed when it returns */
    __asm__ volatile("mrs %0, psp" : "=r"(now.stack));
    uint32_t *frame = frame_of(&now, confined);
    if (frame != NULL) {
        frame[SMF_CORTEXM_PC] = smf_gate_address(SMF_GATES_MAX) & ~(uintptr_t)1;
        frame[SMF_CORTEXM_XPSR] &= ~XPSR_RESUMING;
    }
}
