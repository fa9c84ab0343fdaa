/* SPDX-License-Identifier: MIT */
/*
 * confined.c - confined calls at EL0: a module that does everything wrong, and a program that goes on. After each fault a
 * good call must still work.
 */
#include "baremetal/scene.h"

#include <string.h>

#include "board.h"
#include "smf/confined.h"

extern const uint8_t embedded_module[], embedded_module_end[];
enum { PAGE = SMF_BAREMETAL_PAGE, STACK_PAGES = 2 };

static struct scene scene;
static struct smf_loader loader;
static struct smf_module *module;
static struct smf_region stack;
static struct smf_confined confined;
static uint8_t arena[32768] __attribute__((aligned(16)));

/* ---- The firmware's side ---- */

uintptr_t host_level(void);
uintptr_t host_check(const void *pointer, uintptr_t size, uintptr_t access);
uintptr_t host_again(void);
uintptr_t host_spin(void);

static uintptr_t host_stack_seen;
uintptr_t host_level(void)
{
    uintptr_t level;
    host_stack_seen = (uintptr_t)&level;
    __asm__ volatile("mrs %0, CurrentEL" : "=r"(level));
    return level >> 2;
}

uintptr_t host_check(const void *pointer, uintptr_t size, uintptr_t access)
{
    return smf_confined_owns(pointer, size, (enum smf_access)access);
}

static enum smf_status call(const char *name, uintptr_t first, uintptr_t *result, struct smf_fault *fault);
uintptr_t host_again(void)
{
    uintptr_t result;
    return (uintptr_t)-call("count", 0, &result, NULL);
}

static volatile bool expired;
uintptr_t host_spin(void)
{
    for (expired = false; !expired;)
        __asm__ volatile("msr daifclr, #2\n\tisb\n\tmsr daifset, #2" : : : "memory");
    return 1;
}

static const struct smf_export exports[] = {
    {"host_again", (uintptr_t)&host_again, SMF_KIND_FUNCTION | SMF_EXPORT_CONFINED, 0},
    {"host_check", (uintptr_t)&host_check, SMF_KIND_FUNCTION | SMF_EXPORT_CONFINED, 0},
    {"host_level", (uintptr_t)&host_level, SMF_KIND_FUNCTION | SMF_EXPORT_CONFINED, 0},
    {"host_spin",  (uintptr_t)&host_spin,  SMF_KIND_FUNCTION | SMF_EXPORT_CONFINED, 0},
};
static const struct smf_exports table = {.entries = exports, .count = 4};
static const struct smf_gates gates = {.exports = &table};

static void tick(void)
{
    expired = true;
    smf_confined_expire();
}
static void timer_start(void *context, uint32_t microseconds)
{
    (void)context;
    board_timer_handler = tick;
    board_timer_start(microseconds);
}
static void timer_stop(void *context)
{
    (void)context;
    board_timer_stop();
}
static const struct smf_confined_timer timer = {timer_start, timer_stop, NULL};

/* ---- Around each case ---- */

static enum smf_status load(const struct smf_gates *with, struct smf_module **loaded, struct smf_diagnosis *why)
{
    const struct smf_source source =
        smf_source_memory(embedded_module, (size_t)(embedded_module_end - embedded_module), SMF_STAYS_FOR_MODULE);
    loader.config.resolve_context = (void *)(uintptr_t)with;
    return smf_load(&loader, &source, loaded, why);
}

static void start(void)
{
    struct smf_diagnosis why = {0};
    scene_start(&scene, SCENE_THREE);
    CHECK_STATUS(smf_baremetal_confine(&scene.baremetal), SMF_OK);
    const struct smf_config config = {
        .port = scene.port, .arena = arena, .arena_size = sizeof arena, .resolve = smf_gates_resolve};
    CHECK_STATUS(smf_loader_start(&loader, &config), SMF_OK);
    CHECK_STATUS(load(&gates, &module, &why), SMF_OK);
    stack = scene_reserve(&scene, SMF_ACCESS_RW, STACK_PAGES * PAGE);
    confined = (struct smf_confined){.budget = 2000, .timer = &timer};
    CHECK_STATUS(smf_confined_start(&confined, module, &stack, &gates), SMF_OK);
}

static void finish(void)
{
    smf_loader_finish(&loader);
    scene_release(&scene, &stack);
    smf_baremetal_confine_finish(&scene.baremetal);
    scene_finish(&scene);
}

static enum smf_status call(const char *name, uintptr_t first, uintptr_t *result, struct smf_fault *fault)
{
    void (*function)(void) = smf_function(module, name);
    CHECK(function != NULL);
    return smf_call_confined(&confined, function, &first, 1, result, fault);
}

static uintptr_t good(const char *name, uintptr_t first)
{
    uintptr_t result = 0xdead;
    CHECK_STATUS(call(name, first, &result, NULL), SMF_OK);
    return result;
}

/* The call ends with this fault, and the module still works. */
static struct smf_fault bad(const char *name, uintptr_t first, enum smf_fault_kind kind)
{
    struct smf_fault fault = {0};
    uintptr_t result = 0xdead;
    tap_variant("%s", name);
    CHECK_STATUS(call(name, first, &result, &fault), kind == SMF_FAULT_TIME ? SMF_ERR_TIMEOUT : SMF_ERR_FAULT);
    CHECK_EQUAL(fault.kind, kind);
    CHECK_EQUAL(result, 0xdead);
    CHECK_EQUAL(good("level", 0), 11);
    tap_variant("%s", "");
    return fault;
}

static void calls_return_values_and_keep_their_data(void)
{
    const uintptr_t arguments[SMF_CONFINED_ARGUMENTS + 1] = {1, 2, 3, 4, 5};
    uintptr_t result;
    start();
    CHECK_STATUS(smf_call_confined(&confined, smf_function(module, "add"), arguments, 4, &result, NULL), SMF_OK);
    CHECK_EQUAL(result, 4321);
    CHECK_STATUS(smf_call_confined(&confined, smf_function(module, "add"), arguments, 0, NULL, NULL), SMF_OK);
    CHECK_EQUAL(good("count", 0), 83);
    CHECK_EQUAL(good("count", 0), 84);
    CHECK_STATUS(smf_call_confined(&confined, smf_function(module, "add"), arguments, 5, &result, NULL),
                 SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_call_confined(&confined, NULL, arguments, 1, &result, NULL), SMF_ERR_ARGUMENT);
    finish();
}

static void exports_run_privileged_on_the_firmwares_stack(void)
{
    uintptr_t here;
    start();
    CHECK_EQUAL(good("level", 0), 11);
    CHECK(host_stack_seen < (uintptr_t)&here && (uintptr_t)&here - host_stack_seen < 8192);
    CHECK_EQUAL(good("again", 0), -SMF_ERR_BUSY); /* one call at a time */
    finish();
}

static void pointers_are_checked(void)
{
    start();
    CHECK_EQUAL(good("check_own", 0), 1); /* its data, to write */
    CHECK_EQUAL(good("check_own", 1), 0); /* its constants, to write */
    CHECK_EQUAL(good("check_own", 2), 1); /* its constants, to read */
    CHECK_EQUAL(good("check_own", 3), 1); /* its stack */
    const uintptr_t arguments[3] = {(uintptr_t)&scene, 4, SMF_ACCESS_RO};
    uintptr_t result = 7;
    CHECK_STATUS(smf_call_confined(&confined, smf_function(module, "check_pointer"), arguments, 3, &result, NULL),
                 SMF_OK);
    CHECK_EQUAL(result, 0);
    const uintptr_t past[3] = {stack.address + stack.size - 8, 9, SMF_ACCESS_RO};
    CHECK_STATUS(smf_call_confined(&confined, smf_function(module, "check_pointer"), past, 3, &result, NULL), SMF_OK);
    CHECK_EQUAL(result, 0);
    CHECK(!smf_confined_owns(stack.bytes, 1, SMF_ACCESS_RO)); /* nobody is calling */
    finish();
}

static void wrong_accesses_end_the_call(void)
{
    size_t count;
    start();
    const struct smf_region *regions = smf_module_regions(module, &count);
    struct smf_module *other;
    struct smf_diagnosis why;
    CHECK_STATUS(load(&gates, &other, &why), SMF_OK);
    const struct smf_region *others = smf_module_regions(other, &count);
    for (size_t i = 0; i < count; i++) { /* another module, loaded by the same port */
        CHECK_EQUAL(bad("read_word", others[i].address, SMF_FAULT_ACCESS).address, others[i].address);
        CHECK_EQUAL(bad("write_word", others[i].address, SMF_FAULT_ACCESS).cause, 0x9200004f);
        CHECK_EQUAL(bad("jump", others[i].address, SMF_FAULT_EXECUTE).instruction, others[i].address);
    }
    CHECK_EQUAL(bad("read_word", (uintptr_t)&scene & ~(uintptr_t)3, SMF_FAULT_ACCESS).cause, 0x9200000f);
    (void)bad("write_word", (uintptr_t)&confined, SMF_FAULT_ACCESS);
    (void)bad("read_word", 0x09000000, SMF_FAULT_ACCESS); /* the console's registers */
    CHECK_EQUAL(bad("read_word", 0, SMF_FAULT_ACCESS).has_address, true);
    (void)bad("read_word", (uintptr_t)smf_code_end - 4, SMF_FAULT_ACCESS); /* nobody's page */
    (void)bad("jump", (uintptr_t)host_level, SMF_FAULT_EXECUTE);           /* the firmware's code */
    (void)bad("jump", 0, SMF_FAULT_EXECUTE);
    (void)bad("jump", regions[0].address + 2, SMF_FAULT_ALIGNMENT);
    (void)bad("write_code", 0, SMF_FAULT_ACCESS);
    (void)bad("write_constant", 0, SMF_FAULT_ACCESS);
    (void)bad("execute_data", 0, SMF_FAULT_EXECUTE);
    (void)bad("execute_stack", 0, SMF_FAULT_EXECUTE);
    CHECK_STATUS(smf_unload(&loader, other), SMF_OK);
    finish();
}

static void a_ruined_stack_ends_the_call(void)
{
    start();
    const struct smf_fault fault = bad("overflow", 0, SMF_FAULT_STACK);
    CHECK(fault.has_address && fault.address < stack.address + PAGE);
    (void)bad("wild_stack", (uintptr_t)&scene & ~(uintptr_t)15, SMF_FAULT_STACK);
    (void)bad("wild_stack", 0x1000, SMF_FAULT_STACK);
    (void)bad("wild_stack", UINTPTR_MAX & ~(uintptr_t)15, SMF_FAULT_STACK);
    CHECK_EQUAL(good("gate_on_wild_stack", 0x1230), -SMF_ERR_BUSY); /* gate 0: the firmware has a stack of its own */
    finish();
}

/* The stack begins where memory ends that the module may write: its lowest page is kept closed. */
static void a_stack_does_not_run_into_data(void)
{
    start();
    struct smf_region whole = scene_reserve(&scene, SMF_ACCESS_RW, 4 * PAGE), data = whole;
    const struct smf_confined kept = confined;
    data.size = PAGE;
    memset(data.bytes, 0x22, PAGE);
    confined.regions[confined.region_count] = confined.regions[confined.region_count - 1];
    struct smf_region *own = &confined.regions[confined.region_count++];
    *own = (struct smf_region){whole.bytes + PAGE, whole.address + PAGE, 3 * PAGE, SMF_ACCESS_RW};
    own[-1] = data;
    const struct smf_fault fault = bad("overflow", 0, SMF_FAULT_STACK);
    CHECK(fault.has_address && fault.address - own->address < PAGE);
    CHECK_EQUAL(data.bytes[PAGE - 1], 0x22);
    CHECK_EQUAL(good("write_word", data.address + PAGE - 4), 1); /* which it may write */
    confined = kept;
    scene_release(&scene, &whole);
    finish();
}

static void wrong_instructions_end_the_call(void)
{
    start();
    (void)bad("undefined", 0, SMF_FAULT_INSTRUCTION);
    (void)bad("breakpoint", 0, SMF_FAULT_INSTRUCTION);
    (void)bad("read_control", 0, SMF_FAULT_INSTRUCTION);
    (void)bad("mask_interrupts", 0, SMF_FAULT_INSTRUCTION);
    (void)bad("semihosting", 0, SMF_FAULT_INSTRUCTION);
    CHECK_EQUAL(bad("wrong_gate", 0, SMF_FAULT_GATE).cause, 0x5600003f);
    finish();
}

/* A timer that is faster than the way into the module. */
static void start_late(void *context, uint32_t microseconds)
{
    (void)context, (void)microseconds;
    CHECK(smf_confined_expire());
}

static void a_budget_can_end_before_the_module_runs(void)
{
    static const struct smf_confined_timer late = {start_late, timer_stop, NULL};
    struct smf_fault fault = {0};
    uintptr_t result = 0;
    start();
    confined.timer = &late;
    CHECK_STATUS(call("spin", 0, &result, &fault), SMF_ERR_TIMEOUT);
    CHECK_EQUAL(fault.kind, SMF_FAULT_TIME);
    confined.timer = &timer;
    CHECK_EQUAL(good("level", 0), 11);
    finish();
}

static void a_module_that_hangs_is_taken_back(void)
{
    start();
    (void)bad("spin", 0, SMF_FAULT_TIME);
    (void)bad("wait", 0, SMF_FAULT_TIME);
    (void)bad("spin_in_gate", 0, SMF_FAULT_TIME); /* in an export: as soon as that returns */
    (void)bad("count_after_gate", 0, SMF_FAULT_TIME);
    confined.budget = 0;
    confined.timer = NULL;
    CHECK_EQUAL(good("count", 0), 83); /* it did not run on after its time */
    confined.budget = 1;               /* and no timer */
    CHECK_STATUS(call("count", 0, NULL, NULL), SMF_ERR_ARGUMENT);
    CHECK(!smf_confined_expire()); /* nobody is calling */
    finish();
}

static void registers_are_kept_apart(void)
{
    register uint64_t kept __asm__("d8");
    uint64_t thread, control, after;
    const uint64_t mine = 0x1122;
    start();
    __asm__ volatile("mrs %0, tpidr_el0\n\tmrs %1, fpcr" : "=r"(thread), "=r"(control));
    __asm__ volatile("msr tpidr_el0, %0" : : "r"(mine));
    __asm__ volatile("fmov %d0, %1" : "=w"(kept) : "r"(mine));
    CHECK_EQUAL(good("leaked", 0), 0);
    CHECK_EQUAL(good("spoil", 0), 3);
    CHECK_EQUAL(good("leaked", 0), 0);
    __asm__ volatile("mrs %0, tpidr_el0\n\tmsr tpidr_el0, %1" : "=&r"(after) : "r"(thread));
    CHECK_EQUAL(after, mine);
    __asm__ volatile("mrs %0, fpcr" : "=r"(after));
    CHECK_EQUAL(after, control);
    finish();
}

/* Between calls nothing is open; during a call to this module, nothing of another one (above). */
static void pages_are_open_only_during_a_call(void)
{
    size_t count;
    start();
    CHECK_EQUAL(good("count", 0), 83);
    (void)bad("spin", 0, SMF_FAULT_TIME);
    const struct smf_region *regions = smf_module_regions(module, &count);
    for (size_t i = 0; i < count; i++)
        CHECK(scene_faults(&scene, GUARD_UNPRIVILEGED, GUARD_READ, regions[i].address, true));
    CHECK(scene_faults(&scene, GUARD_UNPRIVILEGED, GUARD_READ, stack.address, true));
    finish();
}

static void what_cannot_be_confined_is_refused(void)
{
    struct smf_export closed[4];
    struct smf_module *other;
    struct smf_diagnosis why;
    memcpy(closed, exports, sizeof closed);
    closed[2].kind = SMF_KIND_FUNCTION;
    const struct smf_exports closed_table = {.entries = closed, .count = 4},
                             short_table = {.entries = exports, .count = 3};
    const struct smf_gates with_closed = {&closed_table}, with_fewer = {&short_table};
    start();
    CHECK_STATUS(load(&with_closed, &other, &why), SMF_ERR_NOT_OPEN);
    CHECK_STATUS(load(&with_fewer, &other, &why), SMF_ERR_UNRESOLVED);
    struct smf_confined wrong = {0};
    struct smf_region short_stack = stack;
    short_stack.size = 64;
    CHECK_STATUS(smf_confined_start(&wrong, module, &short_stack, &gates), SMF_ERR_ARGUMENT);
    short_stack.size = PAGE + 16;
    CHECK_STATUS(smf_confined_start(&wrong, module, &short_stack, &gates), SMF_ERR_ARGUMENT);
    short_stack = stack;
    short_stack.address += PAGE; /* its second page is nobody's */
    CHECK_STATUS(smf_confined_start(&wrong, module, &short_stack, &gates), SMF_ERR_ARGUMENT);
    size_t count;
    const struct smf_region *regions = smf_module_regions(module, &count);
    for (size_t i = 0; i < count; i++) { /* the module's own memory is no stack, its data neither */
        struct smf_region own = regions[i];
        own.size = PAGE;
        CHECK_STATUS(smf_confined_start(&wrong, module, &own, &gates), SMF_ERR_ARGUMENT);
    }
    short_stack = stack;
    short_stack.size = 0 - stack.address + PAGE; /* past the end of memory */
    CHECK_STATUS(smf_confined_start(&wrong, module, &short_stack, &gates), SMF_ERR_ARGUMENT);
    CHECK_EQUAL(wrong.region_count, 0);
    CHECK_STATUS(smf_call_confined(&wrong, smf_function(module, "count"), NULL, 0, NULL, NULL), SMF_ERR_ARGUMENT);
    struct smf_baremetal second = scene.baremetal;
    CHECK_STATUS(smf_baremetal_confine(&second), SMF_ERR_BUSY);
    wrong = confined;
    wrong.regions[0].access = SMF_ACCESS_RWX;
    CHECK_STATUS(smf_call_confined(&wrong, smf_function(module, "count"), NULL, 0, NULL, NULL), SMF_ERR_PROTECT);
    wrong = confined;
    wrong.region_count = SMF_CONFINED_REGIONS + 1;
    CHECK_STATUS(smf_call_confined(&wrong, smf_function(module, "count"), NULL, 0, NULL, NULL), SMF_ERR_ARGUMENT);
    /* No gate is open to a module that was given none. */
    wrong = (struct smf_confined){0};
    CHECK_STATUS(smf_confined_start(&wrong, module, &stack, NULL), SMF_OK);
    struct smf_fault fault;
    CHECK_STATUS(smf_call_confined(&wrong, smf_function(module, "level"), NULL, 0, NULL, &fault), SMF_ERR_FAULT);
    CHECK_EQUAL(fault.kind, SMF_FAULT_GATE);
    /* Nor one that has been closed since. */
    wrong.gates = &with_closed;
    CHECK_STATUS(smf_call_confined(&wrong, smf_function(module, "level"), NULL, 0, NULL, &fault), SMF_ERR_FAULT);
    CHECK_EQUAL(fault.kind, SMF_FAULT_GATE);
    finish();
    CHECK_STATUS(smf_confined_start(&wrong, module, &stack, &gates), SMF_ERR_UNSUPPORTED);
}

static const struct tap_case cases[] = {
    {"calls_return_values_and_keep_their_data",       calls_return_values_and_keep_their_data      },
    {"exports_run_privileged_on_the_firmwares_stack", exports_run_privileged_on_the_firmwares_stack},
    {"pointers_are_checked",                          pointers_are_checked                         },
    {"wrong_accesses_end_the_call",                   wrong_accesses_end_the_call                  },
    {"a_ruined_stack_ends_the_call",                  a_ruined_stack_ends_the_call                 },
    {"a_stack_does_not_run_into_data",                a_stack_does_not_run_into_data               },
    {"wrong_instructions_end_the_call",               wrong_instructions_end_the_call              },
    {"a_budget_can_end_before_the_module_runs",       a_budget_can_end_before_the_module_runs      },
    {"a_module_that_hangs_is_taken_back",             a_module_that_hangs_is_taken_back            },
    {"registers_are_kept_apart",                      registers_are_kept_apart                     },
    {"pages_are_open_only_during_a_call",             pages_are_open_only_during_a_call            },
    {"what_cannot_be_confined_is_refused",            what_cannot_be_confined_is_refused           },
};
TAP_MAIN(cases)
