/* SPDX-License-Identifier: MIT */
/*
 * cortexm_confined.c - confined calls in unprivileged thread mode: see smf/confined.h.
 *
 * The module runs until it traps, the trap is judged in C on the caller's stack, and it runs on or the call ends. Its
 * map is in force only while it runs. Exports are called from thread mode like any function: they may take long, be interrupted, load
 * modules.
 *
 * One call at a time: a second one, from an export or from another task, is SMF_ERR_BUSY. Modules use no
 * floating-point registers: the unit is closed to them for the time of the call, so that nothing leaks and no lazy
 * state of theirs is ever written later (Armv7-M ARM B1.5.7).
 */
#include "../common/gates.h"
#include "cortexm_run.h"
#include "mpu.h"
#include "smf/confined.h"

#define STACK_SIZE_MIN 128u
#define STACK_ALIGNMENT 8u /* AAPCS 6.2.1.2 */
#define XPSR_THUMB 0x01000000u
#define XPSR_RESUMING 0x0600fc00u /* IT and ICI bits: of an instruction that will not be resumed */

#define CPACR (*(volatile uint32_t *)0xE000ED88u)
#define CPACR_PRIVILEGED 0x55555555u /* of each coprocessor: full access becomes privileged access, none stays none */

typedef uintptr_t export_function(uintptr_t, uintptr_t, uintptr_t, uintptr_t);

static struct smf_confined *volatile current; /* whose call is running; NULL: none */

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

static const struct smf_region *stack_of(const struct smf_confined *confined)
{
    return &confined->regions[confined->region_count - 1];
}

static enum smf_mpu_rights rights_of(enum smf_access access)
{
    return access == SMF_ACCESS_RX   ? SMF_MPU_MODULE_RX
           : access == SMF_ACCESS_RO ? SMF_MPU_MODULE_RO
                                     : SMF_MPU_MODULE_RW;
}

/*
 * The entry of one region. What the port handed out is described exactly. Code that is executed where its file lies is widened to the granule,
 * by neighbours of less than 32 bytes in the same file.
 */
static bool describe_region(const struct smf_region *region, bool stack, struct smf_mpu_entry *entry)
{
    const uintptr_t granule = SMF_MPU_GRANULE;
    uintptr_t start = region->address;
    size_t size = stack ? region->size : smf_mpu_footprint(region->size);
    if (!stack && smf_mpu_is_foreign(region->address)) {
        start &= ~(granule - 1);
        size = ((region->address - start) + region->size + granule - 1) & ~(granule - 1);
    }
    return smf_mpu_unit()->describe(start, size, rights_of(region->access), entry);
}

/* What the module may touch: its regions, the last of them its stack, and the gates. */
static enum smf_status describe(const struct smf_confined *confined, struct smf_mpu_entry *entries)
{
    const struct smf_mpu_unit *unit = smf_mpu_unit();
    const size_t count = confined->region_count, gates = (size_t)(smf_cortexm_gates_end - smf_cortexm_gates);
    if (count == 0 || count > SMF_CONFINED_REGIONS)
        return SMF_ERR_ARGUMENT;
    for (size_t i = 0; i < count; i++)
        if (!describe_region(&confined->regions[i], i + 1 == count, &entries[i]))
            return SMF_ERR_LIMIT;
    return unit->describe((uintptr_t)smf_cortexm_gates, gates, SMF_MPU_MODULE_RX, &entries[count]) ? SMF_OK
                                                                                                   : SMF_ERR_LIMIT;
}

enum smf_status smf_confined_start(struct smf_confined *confined, const struct smf_module *module,
                                   const struct smf_region *stack, const struct smf_gates *gates)
{
    struct smf_confined made = {.gates = gates, .budget = confined->budget, .timer = confined->timer};
    struct smf_mpu_entry entries[SMF_MPU_CALL_ENTRIES];
    const struct smf_region *regions = smf_module_regions(module, &made.region_count);
    if (stack->size < STACK_SIZE_MIN || ((stack->address | stack->size) & (STACK_ALIGNMENT - 1)) != 0)
        return SMF_ERR_ARGUMENT;
    for (size_t i = 0; i < made.region_count; i++) {
        made.regions[i] = regions[i];
        if (stack->address - regions[i].address < smf_mpu_footprint(regions[i].size) ||
            regions[i].address - stack->address < stack->size)
            return SMF_ERR_ARGUMENT; /* its code would be writable */
    }
    made.regions[made.region_count] = *stack;
    made.regions[made.region_count++].access = SMF_ACCESS_RW;
    if (made.region_count + 1 > smf_mpu_count())
        return SMF_ERR_LIMIT;
    const enum smf_status status = describe(&made, entries);
    if (status == SMF_OK)
        *confined = made;
    return status;
}

enum smf_status smf_mpu_entries(const struct smf_confined *confined, struct smf_mpu_entry *entries, size_t *count)
{
    struct smf_mpu_entry made[SMF_MPU_CALL_ENTRIES];
    const size_t room = *count;
    const enum smf_status status = describe(confined, made);
    if (status != SMF_OK)
        return status;
    *count = confined->region_count + 1;
    if (*count > room)
        return SMF_ERR_NO_SPACE;
    for (size_t i = 0; i < *count; i++)
        entries[i] = made[i];
    return SMF_OK;
}

/* The frame from which the exception return starts the function. All other registers are 0: nothing of the firmware shows. */
static void prepare(struct smf_cortexm_context *context, const struct smf_confined *confined, uintptr_t function,
                    const uintptr_t *arguments, size_t count)
{
    const struct smf_region *stack = stack_of(confined);
    const size_t offset = stack->size - SMF_CORTEXM_FRAME * sizeof(uint32_t);
    uint32_t *frame = (uint32_t *)(void *)(stack->bytes + offset);
    *context = (struct smf_cortexm_context){.stack = (uint32_t)(stack->address + offset),
                                            .stack_limit = (uint32_t)stack->address};
    for (size_t i = 0; i < SMF_CORTEXM_FRAME; i++)
        frame[i] = i < count ? arguments[i] : 0;
    frame[SMF_CORTEXM_LR] = smf_gate_address(SMF_GATES_MAX);
    frame[SMF_CORTEXM_PC] = function & ~(uintptr_t)1;
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

static void tell(struct smf_fault *fault, enum smf_fault_kind kind, const struct smf_cortexm_context *context,
                 const uint32_t *frame)
{
    if (fault == NULL)
        return;
    *fault = (struct smf_fault){.kind = kind, .cause = context->cause};
    if (frame != NULL)
        fault->instruction = frame[SMF_CORTEXM_PC];
    if ((context->cause & SMF_CORTEXM_MMARVALID) != 0) {
        fault->has_address = true;
        fault->address = context->memory_address;
    } else if ((context->cause & SMF_CORTEXM_BFARVALID) != 0) {
        fault->has_address = true;
        fault->address = context->bus_address;
    }
}

/* The export behind a gate that is open; NULL for any other number. */
static export_function *behind_gate(const struct smf_gates *gates, uint32_t number)
{
    if (gates == NULL || number >= SMF_GATES_MAX || number >= gates->exports->count ||
        !smf_gate_is_open(&gates->exports->entries[number]))
        return NULL;
    return (export_function *)gates->exports->entries[number].address;
}

/* Let it run, with its own map and without floating point. */
static void step(struct smf_cortexm_context *context, const struct smf_mpu_entry *entries, size_t count)
{
    struct smf_mpu *mpu = smf_mpu_current();
    const uint32_t coprocessors = CPACR;
    CPACR = coprocessors & CPACR_PRIVILEGED;
    smf_mpu_write(entries, count);
    smf_cortexm_run(context);
    smf_mpu_write(mpu->base, mpu->base_count);
    CPACR = coprocessors;
    __asm__ volatile("dsb\n\tisb" : : : "memory");
}

/* From trap to trap until it has returned, failed, or run out of time. */
static enum smf_status run(struct smf_cortexm_context *context, const struct smf_confined *confined,
                           const struct smf_mpu_entry *entries, uint32_t *result, struct smf_fault *fault)
{
    for (;;) {
        step(context, entries, confined->region_count + 1);
        uint32_t *frame = frame_of(context, confined);
        const bool trapped = context->exception == SMF_CORTEXM_SVC && frame != NULL;
        if (smf_cortexm_expired != 0) {
            tell(fault, SMF_FAULT_TIME, context, frame);
            return SMF_ERR_TIMEOUT;
        }
        if (trapped && frame[SMF_CORTEXM_R12] == SMF_GATES_MAX) {
            *result = frame[SMF_CORTEXM_R0];
            return SMF_OK;
        }
        export_function *function = trapped ? behind_gate(confined->gates, frame[SMF_CORTEXM_R12]) : NULL;
        if (function == NULL) {
            tell(fault, kind_of_fault(context, frame), context, frame);
            return SMF_ERR_FAULT;
        }
        frame[SMF_CORTEXM_R0] = function(frame[0], frame[1], frame[2], frame[3]);
        if (smf_cortexm_expired != 0) {
            tell(fault, SMF_FAULT_TIME, context, frame);
            return SMF_ERR_TIMEOUT;
        }
    }
}

/* Test and set without an interrupt in between, which could be another task's call. */
static bool enter(struct smf_confined *confined)
{
    const uint32_t before = smf_mpu_mask();
    const bool entered = current == NULL;
    if (entered) {
        current = confined;
        smf_cortexm_expired = 0;
    }
    smf_mpu_unmask(before);
    return entered;
}

/* In a handler, or with interrupts masked: SVC may not be taken then, nor the timer. */
static bool is_masked(void)
{
    uint32_t exception, interrupts, faults, priority;
    __asm__ volatile("mrs %0, ipsr\n\tmrs %1, primask\n\tmrs %2, faultmask\n\tmrs %3, basepri"
                     : "=r"(exception), "=r"(interrupts), "=r"(faults), "=r"(priority));
    return (exception | interrupts | faults | priority) != 0;
}

enum smf_status smf_call_confined(struct smf_confined *confined, void (*function)(void), const uintptr_t *arguments,
                                  size_t argument_count, uintptr_t *result, struct smf_fault *fault)
{
    struct smf_cortexm_context context;
    struct smf_mpu_entry entries[SMF_MPU_CALL_ENTRIES];
    uint32_t value = 0;
    const struct smf_mpu *mpu = smf_mpu_current();
    if (function == NULL || argument_count > SMF_CONFINED_ARGUMENTS || (argument_count != 0 && arguments == NULL) ||
        (confined->budget != 0 && confined->timer == NULL))
        return SMF_ERR_ARGUMENT;
    if (mpu == NULL || mpu->config.descriptors_only)
        return SMF_ERR_UNSUPPORTED;
    if (is_masked())
        return SMF_ERR_ARGUMENT;
    enum smf_status status = describe(confined, entries);
    if (status != SMF_OK)
        return status;
    if (!enter(confined))
        return SMF_ERR_BUSY;
    prepare(&context, confined, (uintptr_t)function, arguments, argument_count);
    if (confined->budget != 0)
        confined->timer->start(confined->timer->context, confined->budget);
    status = run(&context, confined, entries, &value, fault);
    if (confined->budget != 0)
        confined->timer->stop(confined->timer->context);
    current = NULL;
    if (status == SMF_OK && result != NULL)
        *result = value;
    return status;
}

/*
 * A module that runs is led to the gate where modules return to: the frame of the interrupt says where it goes on. A frame that is not
 * where the module may write could not be stacked: then a fault is pending that ends the call.
 */
bool smf_confined_expire(void)
{
    struct smf_confined *confined = current;
    struct smf_cortexm_context now = {0};
    if (confined == NULL)
        return false;
    smf_cortexm_expired = 1;
    if (smf_cortexm_running == 0)
        return true; /* in an export: noticed when it returns */
    __asm__ volatile("mrs %0, psp" : "=r"(now.stack));
    uint32_t *frame = frame_of(&now, confined);
    if (frame != NULL) {
        frame[SMF_CORTEXM_PC] = smf_gate_address(SMF_GATES_MAX) & ~(uintptr_t)1;
        frame[SMF_CORTEXM_XPSR] &= ~XPSR_RESUMING;
    }
    return true;
}

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
