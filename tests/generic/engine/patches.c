/* SPDX-License-Identifier: MIT */
/*
 * patches.c - what relocations of units are applied with, on every machine: symbols, slots, stubs and upper halves. What rows
 * then do with it is tried elsewhere (tests/vectors); here the same row puts what is wanted beside what was made.
 */
#include "generic/engine/scene.h"

static struct simple simple;

/* Numbers of a call, and of a reference through a slot: the second half of that is 0 where there is none. */
struct machine {
    const struct smf_arch *arch;
    unsigned call, slot, slot_low;
    int32_t addend;
};
static const struct machine machines[] = {
    {&smf_arch_x86_64,  4,   42,  0,   -4},
    {&smf_arch_aarch64, 283, 311, 312, 0 },
    {&smf_arch_riscv64, 19,  20,  24,  0 },
    {&smf_arch_arm,     10,  96,  0,   -4},
    {&smf_arch_riscv32, 19,  20,  24,  0 },
};

static void for_all(void (*run)(const struct machine *machine))
{
    for (unsigned i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        if (machines[i].arch->pointer_size > sizeof(void *))
            continue;
        tap_variant("arch=%u", machines[i].arch->id);
        scene_start(machines[i].arch);
        simple_start(&simple, "one", 1);
        run(&machines[i]);
        scene_end();
    }
    tap_variant("%s", "");
}

static uintptr_t bit(const struct machine *machine) { return machine->arch->id == SMF_ARCH_ARM; }

static void make(void)
{
    scene_open();
    CHECK_STATUS(simple_add(1, "lib", &simple), SMF_OK);
    CHECK_STATUS(scene_make(0, "one", "i64"), SMF_OK);
}

/* The bytes at `offset` are those that this row makes of zeros (or of what the template had) with this S. */
static void check_row(const struct machine *machine, uint32_t offset, unsigned type, uintptr_t s, intptr_t a,
                      uintptr_t p)
{
    uint8_t wanted[8];
    const struct smf_howto *row = smf_arch_row(machine->arch, type);
    const struct smf_operands operands = {.s = s, .a = a, .p = p};
    const uint8_t *code = scene_code(&scene.made);
    memcpy(wanted, simple.code + offset, sizeof wanted);
    CHECK_STATUS(smf_howto_apply(machine->arch, row, &operands, wanted, &scene.why), SMF_OK);
    CHECK(memcmp(wanted, code + offset, smf_howto_size(row)) == 0);
}

static void check_word(const struct machine *machine, uint32_t offset, uintptr_t value)
{
    CHECK(offset + machine->arch->pointer_size <= scene.made.size);
    CHECK_EQUAL(simple_read(&scene.made, offset), value);
}

static uint16_t import(const char *name, bool called, bool slot)
{
    return simple_symbol(
        &simple, (struct smf_write_unit_symbol){.kind = SMF_UNIT_IMPORT, .name = name, .called = called, .slot = slot});
}

/* ---- Calls ---- */

static void call_near(const struct machine *machine)
{
    const uintptr_t target = (scene.paper.base + 0x1000) | bit(machine);
    scene_function(0, "near", target);
    simple_relocation(&simple, 8, machine->call, import("near", true, false), machine->addend);
    make();
    check_row(machine, 8, machine->call, target, machine->addend, scene.made.code + 8);
    check_word(machine, SIMPLE_CODE, target); /* the slot of the stub, whether it is wanted or not */
    CHECK_EQUAL(scene.made.size, SIMPLE_CODE + machine->arch->pointer_size + machine->arch->stub->size);
}

static void a_call_reaches_what_is_near(void) { for_all(call_near); }

static void call_far(const struct machine *machine)
{
    const uintptr_t word = machine->arch->pointer_size;
    /* RV32 reaches everything */
    const bool reaches = machine->arch->id == SMF_ARCH_RISCV32;
    const uintptr_t target = (scene.paper.base ^ (word == 8 ? (uintptr_t)1 << 31 << 15 : 0x60000000u)) | bit(machine);
    uint8_t stub[16];
    scene_function(0, "far", target);
    simple_relocation(&simple, 8, machine->call, import("far", true, false), machine->addend);
    make();
    const uintptr_t at = scene.made.code + SIMPLE_CODE + word;
    check_row(machine, 8, machine->call, reaches ? target : at | bit(machine), machine->addend, scene.made.code + 8);
    check_word(machine, SIMPLE_CODE, target);
    CHECK_STATUS(
        smf_stub_write(machine->arch, machine->arch->stub, stub, at, scene.made.code + SIMPLE_CODE, &scene.why),
        SMF_OK);
    CHECK(memcmp(scene_code(&scene.made) + SIMPLE_CODE + word, stub, machine->arch->stub->size) == 0);
}

static void a_call_goes_through_a_stub_to_what_is_far(void) { for_all(call_far); }

/* Two called symbols and one with a slot: slots first, stubs behind them. */
static void lay_out(const struct machine *machine)
{
    const uintptr_t word = machine->arch->pointer_size;
    scene_function(0, "a", 0x1001);
    scene_function(0, "b", 0x2001);
    scene_function(0, "c", 0x3001);
    simple.unit.size = SIMPLE_CODE - 3; /* slots are aligned all the same */
    (void)import("a", true, false);
    (void)import("b", false, true);
    (void)import("c", true, true);
    make();
    check_word(machine, SIMPLE_CODE, 0x1001);
    check_word(machine, (uint32_t)(SIMPLE_CODE + word), 0x2001);
    check_word(machine, (uint32_t)(SIMPLE_CODE + 2 * word), 0x3001);
    const uintptr_t stubs = SIMPLE_CODE + 3 * word, unit = machine->arch->stub->alignment;
    CHECK_EQUAL(scene.made.size, ((stubs + unit - 1) & ~(unit - 1)) + 2u * machine->arch->stub->size);
    const uint8_t *code = scene_code(&scene.made);
    CHECK_EQUAL(code[SIMPLE_CODE - 1], 0); /* what lies between is not left to chance */
}

static void slots_come_before_stubs(void) { for_all(lay_out); }

static void armv6m_has_a_stub_of_its_own(void)
{
    uint8_t stub[16];
    scene_start(&smf_arch_arm);
    scene.config.features = 0;
    simple_start(&simple, "one", 1);
    scene_function(0, "far", 0x80000001u);
    simple_relocation(&simple, 8, 10, import("far", true, false), -4);
    make();
    const uintptr_t slot = scene.made.code + SIMPLE_CODE;
    CHECK_STATUS(smf_stub_write(&smf_arch_arm, smf_arch_arm.small_stub, stub, slot + 4, slot, &scene.why), SMF_OK);
    CHECK(memcmp(scene_code(&scene.made) + SIMPLE_CODE + 4, stub, smf_arch_arm.small_stub->size) == 0);
    scene_end();
}

/* ---- Slots ---- */

static void through_slot(const struct machine *machine)
{
    const uintptr_t target = machine->arch->pointer_size == 8 ? (uintptr_t)0x12345678 << 8 << 8 : 0x12345678u;
    scene_function(0, "word", target);
    const uint16_t symbol = import("word", false, true);
    simple_relocation(&simple, 8, machine->slot, symbol, machine->addend);
    if (machine->slot_low == 24)
        simple_relocation(&simple, 12, 24, SMF_UNIT_PAIR, 8);
    else if (machine->slot_low != 0)
        simple_relocation(&simple, 12, machine->slot_low, symbol, 0);
    make();
    const uintptr_t slot = scene.made.code + SIMPLE_CODE;
    check_word(machine, SIMPLE_CODE, target);
    check_row(machine, 8, machine->slot, slot, machine->addend, scene.made.code + 8);
    if (machine->slot_low != 0)
        check_row(machine, 12, machine->slot_low, slot, 0, scene.made.code + (machine->slot_low == 24 ? 8 : 12));
}

static void a_slot_holds_any_value(void) { for_all(through_slot); }

/* A number through a slot: what -fPIC makes of a hole. */
static void number_in_slot(const struct machine *machine)
{
    const uint16_t symbol = simple_symbol(
        &simple, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NUMBER, .what = SMF_UNIT_SIZE, .slot = true});
    simple_relocation(&simple, 8, machine->slot, symbol, machine->addend);
    make();
    check_word(machine, SIMPLE_CODE, 8);
}

static void a_number_may_lie_in_a_slot(void) { for_all(number_in_slot); }

/* ---- Upper and lower halves ---- */

static void pairs(const struct smf_arch *arch)
{
    const struct machine machine = {.arch = arch};
    scene_start(arch);
    simple_start(&simple, "one", 1);
    const uintptr_t here = (uintptr_t)scene.paper.base;
    scene_function(0, "a", here + 0x12345);
    scene_function(0, "b", here + 0x6789A);
    const uint16_t a = import("a", false, false), b = import("b", false, false);
    simple_relocation(&simple, 0, 23, a, 0);
    simple_relocation(&simple, 4, 24, SMF_UNIT_PAIR, 0); /* the one that was met last */
    simple_relocation(&simple, 8, 23, b, 4);
    simple_relocation(&simple, 12, 25, SMF_UNIT_PAIR, 8);
    simple_relocation(&simple, 16, 24, SMF_UNIT_PAIR, 0); /* one from before, twice */
    simple_relocation(&simple, 20, 24, SMF_UNIT_PAIR, 0);
    simple_relocation(&simple, 24, 24, SMF_UNIT_PAIR, 28); /* one that comes later */
    simple_relocation(&simple, 28, 23, SMF_UNIT_SELF, 64);
    make();
    const uintptr_t code = scene.made.code;
    check_row(&machine, 0, 23, here + 0x12345, 0, code);
    check_row(&machine, 4, 24, here + 0x12345, 0, code);
    check_row(&machine, 8, 23, here + 0x6789A, 4, code + 8);
    check_row(&machine, 12, 25, here + 0x6789A, 4, code + 8);
    check_row(&machine, 16, 24, here + 0x12345, 0, code);
    check_row(&machine, 20, 24, here + 0x12345, 0, code);
    check_row(&machine, 24, 24, code, 64, code + 28);
    check_row(&machine, 28, 23, code, 64, code + 28);
    scene_end();
}

static void lower_halves_find_their_upper_ones(void)
{
    if (sizeof(void *) == 8)
        pairs(&smf_arch_riscv64);
    pairs(&smf_arch_riscv32);
}

/* ---- What does not fit ---- */

static void check_range(enum smf_detail detail, const char *name)
{
    struct scene_state before;
    scene_open();
    CHECK_STATUS(simple_add(1, "lib", &simple), SMF_OK);
    scene_look(&before);
    CHECK_STATUS(scene_make(7, "one", "Point"), SMF_ERR_RELOC_RANGE);
    CHECK_EQUAL(scene.why.detail, detail);
    CHECK_TEXT(scene.why.name, name);
    CHECK_EQUAL(scene.why.offset, 8);
    CHECK_EQUAL(scene.why.index, 0);
    char line[200];
    smf_diagnosis_format(&scene.why, line, sizeof line);
    CHECK(detail == SMF_DETAIL_NOT_THUMB || strstr(line, "compile the template with -fPIC") != NULL);
    scene_compare(&before);
    scene_end();
}

static void start(const struct smf_arch *arch)
{
    scene_start(arch);
    simple_start(&simple, "one", 1);
    scene_plain(7, "Point", 70000, 3);
}

static uint16_t size_hole(void)
{
    return simple_symbol(&simple, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NUMBER, .what = SMF_UNIT_SIZE});
}

static void a_number_has_to_fit_its_field(void)
{
    if (sizeof(void *) == 8) {
        start(&smf_arch_aarch64);
        simple_relocation(&simple, 8, 263, size_hole(), 0); /* MOVW_UABS_G0: 16 bits */
        check_range(SMF_DETAIL_NUMBER_RANGE, "one: T = Point, size");
    }
    start(&smf_arch_arm);
    simple_relocation(&simple, 8, 8, size_hole(), 0); /* ABS8 */
    check_range(SMF_DETAIL_NUMBER_RANGE, "one: T = Point, size");
}

/* A number that code reaches by distance is far from code that lies high: never a rewritten instruction. */
static void a_number_by_distance_has_to_be_near(void)
{
    static const struct {
        const struct smf_arch *arch;
        unsigned type;
    } far[] = {
        {&smf_arch_x86_64,  2  },
        {&smf_arch_aarch64, 275},
        {&smf_arch_aarch64, 274},
        {&smf_arch_riscv64, 23 },
    };
    for (unsigned i = 0; i < 4 && sizeof(void *) == 8; i++) {
        tap_variant("arch=%u type=%u", far[i].arch->id, far[i].type);
        start(far[i].arch);
        simple_relocation(&simple, 8, far[i].type, size_hole(), 0);
        check_range(SMF_DETAIL_NUMBER_FAR, "one: T = Point, size");
    }
    tap_variant("%s", "");
    start(&smf_arch_riscv32); /* where addresses wrap round, everything is near */
    simple_relocation(&simple, 8, 23, size_hole(), 0);
    scene_open();
    CHECK_STATUS(simple_add(1, "lib", &simple), SMF_OK);
    CHECK_STATUS(scene_make(7, "one", "Point"), SMF_OK);
    scene_end();
}

static void a_call_without_a_stub_has_to_reach(void)
{
    start(&smf_arch_arm);
    scene_function(0, "far", 0x80000001u);
    simple_relocation(&simple, 8, 10, import("far", false, false), -4);
    check_range(SMF_DETAIL_TARGET_FAR, "one, far");
    if (sizeof(void *) != 8)
        return;
    start(&smf_arch_x86_64);
    scene_function(0, "far", 0x1000);
    simple_relocation(&simple, 8, 2, import("far", true, true), -4); /* no branch: the stub does not stand in */
    check_range(SMF_DETAIL_TARGET_FAR, "one, far");
}

static void thumb_code_calls_thumb_code(void)
{
    start(&smf_arch_arm);
    scene_function(0, "arm", (uintptr_t)scene.paper.base + 0x1000);
    simple_relocation(&simple, 8, 10, import("arm", true, false), -4);
    check_range(SMF_DETAIL_NOT_THUMB, "one, arm");
}

/* Code that keeps its own address in few bits asks for a low one, and refuses another. */
static void a_low_address_is_asked_for(void)
{
    const struct smf_arch *arch = sizeof(void *) == 8 ? &smf_arch_x86_64 : &smf_arch_riscv32;
    const unsigned type = arch == &smf_arch_x86_64 ? 11 : 1;
    start(arch);
    simple_relocation(&simple, 8, type, SMF_UNIT_SELF, 0);
    if (arch->highest != 0) {
        scene.paper.lie = PAPER_HIGH;
        scene_open();
        CHECK_STATUS(simple_add(1, "lib", &simple), SMF_OK);
        CHECK_STATUS(scene_make(7, "one", "Point"), SMF_ERR_NO_MEMORY);
        CHECK_EQUAL(scene.paper.requests[0].highest, arch->highest);
        scene.paper.lie = PAPER_HONEST;
    } else {
        scene_open();
        CHECK_STATUS(simple_add(1, "lib", &simple), SMF_OK);
    }
    scene.paper.base = 0x400000;
    scene.paper.next = 0x400000;
    CHECK_STATUS(scene_make(7, "one", "Point"), SMF_OK);
    scene_end();
    start(arch);
    simple_relocation(&simple, 8, arch->absolute, SMF_UNIT_SELF, 0);
    scene_open();
    CHECK_STATUS(simple_add(1, "lib", &simple), SMF_OK);
    CHECK_STATUS(scene_make(7, "one", "Point"), SMF_OK);
    CHECK_EQUAL(scene.paper.requests[0].highest, 0);
    CHECK_EQUAL(simple_read(&scene.made, 8), scene.made.code);
    scene_end();
}

/* ---- What no machine can do is refused when the module comes ---- */

static void a_relocation_without_a_row_refuses_the_module(void)
{
    struct scene_state before;
    start(scene_machine());
    simple_relocation(&simple, 8, 250, SMF_UNIT_SELF, 0);
    scene_open();
    scene_look(&before);
    CHECK_STATUS(simple_add(1, "lib", &simple), SMF_ERR_RELOC_TYPE);
    scene_compare(&before);
    simple.relocations[0].type = scene_machine()->absolute;
    simple.relocations[0].offset = SIMPLE_CODE - 2;
    CHECK_STATUS(simple_add(1, "lib", &simple), SMF_ERR_RELOC_RECORD);
    scene_compare(&before);
    simple.unit.arch = SMF_ARCH_X86; /* of another machine it is its own affair */
    CHECK_STATUS(simple_add(1, "lib", &simple), SMF_OK);
    scene_end();
}

static const struct tap_case cases[] = {
    {"a_call_reaches_what_is_near",                   a_call_reaches_what_is_near                  },
    {"a_call_goes_through_a_stub_to_what_is_far",     a_call_goes_through_a_stub_to_what_is_far    },
    {"slots_come_before_stubs",                       slots_come_before_stubs                      },
    {"armv6m_has_a_stub_of_its_own",                  armv6m_has_a_stub_of_its_own                 },
    {"a_slot_holds_any_value",                        a_slot_holds_any_value                       },
    {"a_number_may_lie_in_a_slot",                    a_number_may_lie_in_a_slot                   },
    {"lower_halves_find_their_upper_ones",            lower_halves_find_their_upper_ones           },
    {"a_number_has_to_fit_its_field",                 a_number_has_to_fit_its_field                },
    {"a_number_by_distance_has_to_be_near",           a_number_by_distance_has_to_be_near          },
    {"a_call_without_a_stub_has_to_reach",            a_call_without_a_stub_has_to_reach           },
    {"thumb_code_calls_thumb_code",                   thumb_code_calls_thumb_code                  },
    {"a_low_address_is_asked_for",                    a_low_address_is_asked_for                   },
    {"a_relocation_without_a_row_refuses_the_module", a_relocation_without_a_row_refuses_the_module},
};
TAP_MAIN(cases)
