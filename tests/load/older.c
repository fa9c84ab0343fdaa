/* SPDX-License-Identifier: MIT */
/*
 * older.c - files of other writers: types 0 to 9 by family and machine, with the
 * slots and stubs that the loader makes for them, compared with a model.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "support/holds.h"
#include "support/kit.h"

enum { CODE = 60, FAR, OWN, MAYBE, SYMBOLS };

/* psABI numbers of types 0 to 9: the test's own table. */
struct numbering {
    const struct smf_arch *arch;
    bool p_family;
    uint16_t number[10]; /* 0: refused, or skipped for type 0 */
};

static const struct numbering numberings[] = {
    {&smf_arch_x86_64,  false, {0, 1, 2, 4, 9}                                       },
    {&smf_arch_x86_64,  true,  {0, 1, 2, 4, 9, 10}                                   },
    {&smf_arch_aarch64, false, {0, 257, 261, 314, 315, 283, 275, 0xFF07, 311, 0xFF09}},
    {&smf_arch_aarch64, true,  {0, 257, 261, 314, 315, 258}                          },
    {&smf_arch_riscv64, false, {0, 2, 57, 59, 41}                                    },
    {&smf_arch_riscv64, true,  {0, 2, 57, 59, 41, 1}                                 },
    {&smf_arch_riscv32, false, {0, 0, 57, 59, 41}                                    },
    {&smf_arch_riscv32, true,  {0, 0, 57, 59, 41, 1}                                 },
    {&smf_arch_arm,     false, {0, 0, 3, 3, 96}                                      },
    {&smf_arch_arm,     true,  {0, 0, 3, 3, 96, 2}                                   },
};

static struct bench bench;
static uint8_t code[CODE], record_bytes[24];

static const struct known known[] = {
    {"far", 0x20101000, SMF_KIND_FUNCTION}
};

/* One record of `type` at 12, naming one of: far 0, own 1, maybe 2. */
static void make(const struct numbering *numbering, uint8_t type, uint32_t symbol, struct forged *file)
{
    static const struct forge_section sections[] = {
        {.name = "code", .type = SMF_SECTION_CODE, .flags = 5,     .alignment = 16,                        .bytes = code,         .size = CODE},
        {.name = "rela",              .type = SMF_SECTION_RELOC,                         .alignment = 8, .bytes = record_bytes, .size = 24},
    };
    const uint16_t none = SMF_INDEX_UNDEFINED;
    const struct forge_symbol symbols[] = {
        {.name = "far", .section = none, .type = SMF_SYMBOL_FUNCTION, .binding = 1,                .visibility = numbering->p_family},
        {.name = "own", .value = 24,     .size = 4,                   .type = SMF_SYMBOL_FUNCTION, .binding = 1,                      .visibility = 1},
        {.name = "maybe",
         .section = none,
         .type = SMF_SYMBOL_FUNCTION,
         .binding = 2,
         .visibility = numbering->p_family                                                                                                               }
    };
    const struct forge_relocation record = {.offset = 12, .symbol = symbol, .type = type};
    forge_relocations(&record, 1, record_bytes);
    forge_make(&(struct forge){.layout = numbering->p_family ? FORGE_P128_W : FORGE_R96,
                               .sections = sections,
                               .section_count = 2,
                               .symbols = symbols,
                               .symbol_count = 3,
                               .exported_count = 1,
                               .arch = numbering->arch->id,
                               .major = 1,
                               .minor = 1,
                               .garbage = 7},
               file);
}

static uint64_t up(uint64_t value, uint64_t unit) { return (value + unit - 1) & ~(unit - 1); }

/* The code area, the slot and the stub as they have to be. */
static void compare(const struct numbering *numbering, const struct smf_howto *row, uint32_t symbol,
                    const struct smf_needs *needs)
{
    const struct smf_arch *arch = numbering->arch;
    struct smf_diagnosis why;
    size_t count;
    const struct smf_region *regions = smf_module_regions(bench.loader.modules, &count);
    const uint64_t base = regions[0].address, stub = base + up(CODE, arch->stub->alignment);
    const uint64_t slot = needs->slot_count != 0 ? regions[1].address : 0;
    const uint64_t address = symbol == 0 ? known[0].address : symbol == 1 ? base + 24 : 0;
    struct smf_operands operands = {.s = address, .p = base + 12};
    if ((row->flags & SMF_ROW_SLOT) != 0)
        operands.s = slot;
    else if (needs->stub_count != 0)
        operands.s = stub;
    uint8_t wanted[CODE], wanted_stub[16];
    memcpy(wanted, code, CODE);
    CHECK_STATUS(smf_howto_apply(arch, row, &operands, wanted + 12, &why), SMF_OK);
    CHECK(memcmp(paper_at(&bench.paper, base, CODE), wanted, CODE) == 0);
    CHECK_EQUAL(count, needs->slot_count != 0 ? 2 : 1);
    if (needs->slot_count != 0) {
        const uint8_t *at = paper_at(&bench.paper, slot, 8);
        CHECK_EQUAL(arch->pointer_size == 8 ? get64(at) : get32(at), address);
    }
    if (needs->stub_count != 0) {
        CHECK_STATUS(smf_stub_write(arch, arch->stub, wanted_stub, stub, slot, &why), SMF_OK);
        CHECK(memcmp(paper_at(&bench.paper, stub, arch->stub->size), wanted_stub, arch->stub->size) == 0);
    }
}

static void one(const struct numbering *numbering, uint8_t type, uint32_t symbol)
{
    const struct smf_arch *arch = numbering->arch;
    struct forged file;
    struct smf_needs needs;
    put32(code + 12, type == 5                ? 0x94000000
                     : type == 6 || type == 8 ? 0x90000000
                     : type == 7              ? 0x91000000
                                              : 0xF9400000);
    make(numbering, type, symbol, &file);
    bench_start(&bench, arch);
    bench.known = known;
    bench.known_count = 1;
    bench.paper.base = 0x20000000;
    bench_open(&bench);
    const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
    const struct smf_howto *row = numbering->number[type] != 0 ? smf_arch_row(arch, numbering->number[type]) : NULL;
    const enum smf_status status = smf_measure(&bench.loader, &source, &needs, &bench.why);
    if (type == 0 && !numbering->p_family) {
        CHECK_STATUS(status, SMF_OK);
        CHECK_STATUS(bench_try(&bench, file.bytes, file.size), SMF_OK);
    } else if (row == NULL) {
        CHECK_STATUS(status, SMF_ERR_RELOC_TYPE);
        CHECK_STATUS(bench_try(&bench, file.bytes, file.size), SMF_ERR_RELOC_TYPE);
    } else {
        const bool branch = (row->flags & SMF_ROW_BRANCH) != 0 && symbol != 1;
        CHECK_STATUS(status, SMF_OK);
        CHECK_EQUAL(needs.stub_count, branch);
        CHECK_EQUAL(needs.slot_count, branch || (row->flags & SMF_ROW_SLOT) != 0);
        CHECK_EQUAL(needs.regions[0].highest, (row->flags & SMF_ROW_LOW) != 0 ? arch->highest : 0);
        bench_load(&bench, file.bytes, file.size);
        if (bench.loader.modules != NULL)
            compare(numbering, row, symbol, &needs);
    }
    bench_end(&bench);
    forge_free(&file);
}

static void types_0_to_9(void)
{
    for (size_t n = 0; n < sizeof numberings / sizeof numberings[0]; n++)
        for (uint8_t type = 0; type <= 9 && holds(numberings[n].arch); type++)
            for (uint32_t symbol = 0; symbol < 3; symbol++) {
                const struct smf_howto *row = smf_arch_row(numberings[n].arch, numberings[n].number[type]);
                const bool distance = row != NULL && (row->flags & (SMF_ROW_SLOT | SMF_ROW_BRANCH)) == 0 &&
                                      (row->calc == SMF_CALC_S_A_P || row->calc == SMF_CALC_PAGE);
                if (symbol != 2 || !distance) /* distances to nobody: below */
                    one(&numberings[n], type, symbol);
            }
}

/* A distance to a weak symbol that nobody has fits by chance or fails with advice. */
static void distances_to_nobody(void)
{
    struct forged file;
    bench_start(&bench, &smf_arch_x86_64);
    bench_open(&bench);
    make(&numberings[0], 2, 2, &file);
    bench.known = known;
    bench.known_count = 1;
    CHECK_STATUS(bench_try(&bench, file.bytes, file.size), SMF_ERR_RELOC_RANGE);
    CHECK_EQUAL(bench.why.detail, SMF_DETAIL_FAR_WEAK);
    CHECK_TEXT(bench.why.name, "maybe");
    bench_end(&bench);
    forge_free(&file);
}

/* Slots and stubs exist once for a symbol, whatever the number of records: A22. */
static void a22_slots_and_stubs_are_counted_once(void)
{
    static uint8_t text[512], records[32 * 24];
    static const struct forge_section sections[] = {
        {.name = "code", .type = SMF_SECTION_CODE, .flags = 5,     .alignment = 16,                        .bytes = text,    .size = sizeof text},
        {.name = "rela",              .type = SMF_SECTION_RELOC,                         .alignment = 8, .bytes = records, .size = sizeof records},
    };
    static const struct forge_symbol symbols[] = {
        {.name = "own",                .value = 24,                 .size = 4,                   .type = SMF_SYMBOL_FUNCTION, .binding = 1, .visibility = 1},
        {.name = "far",                .type = SMF_SYMBOL_FUNCTION,                            .binding = 1                                                      },
        {.name = "maybe",.type = SMF_SYMBOL_FUNCTION,.binding = 2},
    };
    struct forge_relocation list[32];
    struct forged file;
    struct smf_needs needs;
    for (unsigned i = 0; i < 32; i++)
        list[i] = (struct forge_relocation){.offset = 8 * i, .symbol = i % 3, .type = (uint8_t)(3 + (i & 1))};
    forge_relocations(list, 32, records);
    forge_make(&(struct forge){.layout = FORGE_R72,
                               .sections = sections,
                               .section_count = 2,
                               .symbols = symbols,
                               .symbol_count = 3,
                               .exported_count = 1,
                               .minor = 1},
               &file);
    bench_start(&bench, &smf_arch_x86_64);
    bench.known = known;
    bench.known_count = 1;
    bench.paper.base = 0x20000000;
    bench_open(&bench);
    const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_measure(&bench.loader, &source, &needs, &bench.why), SMF_OK);
    CHECK_EQUAL(needs.slot_count, 3); /* own too: its slot is asked for by type 4 */
    CHECK_EQUAL(needs.stub_count, 2);
    CHECK_EQUAL(needs.regions[0].size, 512 + 2 * 8);
    CHECK_EQUAL(needs.regions[1].size, 3 * 8);
    const struct smf_module *module = bench_load(&bench, file.bytes, file.size);
    /* Each type 4 record reaches a slot that holds its symbol's address. */
    for (unsigned i = 1; i < 32 && module != NULL; i += 2) {
        const uint64_t place = 0x20000000 + 8 * (uint64_t)i;
        const uint8_t *at = paper_at(&bench.paper, place, 4);
        const uint8_t *slot = paper_at(&bench.paper, place + (uint64_t)(int64_t)(int32_t)get32(at), 8);
        CHECK(slot != NULL && get64(slot) == (i % 3 == 0 ? 0x20000018 : i % 3 == 1 ? known[0].address : 0));
    }
    bench_end(&bench);
    forge_free(&file);
}

/* "Either": an export of value 0, or an import? The resolver decides; what it has is not exported. */
static void either_symbols(void)
{
    static const struct forge_section sections[] = {
        {.name = "code", .type = SMF_SECTION_CODE, .flags = 5,     .alignment = 16,                        .bytes = code,         .size = CODE},
        {.name = "rela",              .type = SMF_SECTION_RELOC,                         .alignment = 8, .bytes = record_bytes, .size = 24},
    };
    static const struct forge_symbol symbols[] = {
        {.name = "far",                .type = SMF_SYMBOL_FUNCTION, .binding = 1},
        {                .name = "first", .type = SMF_SYMBOL_FUNCTION,                .binding = 1            },
        { .name = "second", .value = 4,                .type = SMF_SYMBOL_FUNCTION,             .binding = 1},
    };
    static const struct forge_relocation record = {.offset = 16, .symbol = 0, .type = 1};
    struct forged file;
    forge_relocations(&record, 1, record_bytes);
    forge_make(&(struct forge){.layout = FORGE_R96,
                               .sections = sections,
                               .section_count = 2,
                               .symbols = symbols,
                               .symbol_count = 3,
                               .exported_count = 2,
                               .major = 1,
                               .minor = 1},
               &file);
    for (unsigned has = 0; has < 2; has++) {
        struct smf_found found = {0};
        bench_start(&bench, &smf_arch_x86_64);
        bench.known = known;
        bench.known_count = has;
        bench_open(&bench);
        const struct smf_module *module = bench_load(&bench, file.bytes, file.size);
        CHECK_EQUAL(bench.asked, 2);
        CHECK_STATUS(smf_find(module, "far", &found), has ? SMF_ERR_NOT_FOUND : SMF_OK);
        CHECK_STATUS(smf_find(module, "first", &found), SMF_OK);
        CHECK_EQUAL(found.address, bench.paper.base);
        CHECK_STATUS(smf_find(module, "second", &found), SMF_OK);
        const uint8_t *at = paper_at(&bench.paper, bench.paper.base + 16, 8);
        CHECK(at != NULL && get64(at) == (has ? known[0].address : bench.paper.base));
        bench_end(&bench);
    }
    forge_free(&file);
}

/* Canonical files without PIC may leave slots and stubs to the loader too. On Arm a branch to such a stub stays Thumb. */
static void stubs_of_the_loader_for_arm(void)
{
    static const uint8_t text[8] = {0x00, 0xF0, 0x00, 0xF8};
    static struct kit kit;
    size_t size = 0;
    uint8_t wanted[4];
    struct smf_diagnosis why;
    bench_start(&bench, &smf_arch_arm);
    const struct known far = {"far", 0x80001001, SMF_KIND_FUNCTION};
    bench.known = &far;
    bench.known_count = 1;
    bench_open(&bench);
    kit_start(&kit, SMF_ARCH_ARM);
    kit.writer.header.flags = 0;
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 4);
    kit_relocation(&kit, 0, 0, 10, kit_import(&kit, "far", SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL), -4);
    uint8_t *file = kit_finish(&kit, &size);
    bench_load(&bench, file, size);
    const struct smf_operands operands = {.s = bench.paper.base + 8 + 1, .a = -4, .p = bench.paper.base};
    memcpy(wanted, text, sizeof wanted);
    CHECK_STATUS(smf_howto_apply(&smf_arch_arm, smf_arch_row(&smf_arch_arm, 10), &operands, wanted, &why), SMF_OK);
    const uint8_t *at = paper_at(&bench.paper, bench.paper.base, 8u + smf_arch_arm.stub->size);
    CHECK(at != NULL && memcmp(at, wanted, sizeof wanted) == 0);
    CHECK_STATUS(
        smf_stub_write(&smf_arch_arm, smf_arch_arm.stub, file, bench.paper.base + 8, bench.paper.base + 4096, &why),
        SMF_OK);
    CHECK(at != NULL && memcmp(at + 8, file, smf_arch_arm.stub->size) == 0);
    bench_end(&bench);
    free(file);
}

/* GOT_HI20 of a weak symbol that nobody has: the slot is there and holds 0, and both halves reach it (no LUI). */
static void a15_slot_of_a_weak_symbol_on_riscv(void)
{
    static const uint8_t text[8] = {0x17, 0x05, 0, 0, 0x03, 0x35, 0x05, 0};
    static struct kit kit;
    size_t size = 0;
    bench_start(&bench, &smf_arch_riscv64);
    bench.paper.gap = 0x12340; /* low bits that are not 0 */
    bench.paper.port.granule = 16;
    bench_open(&bench);
    kit_start(&kit, SMF_ARCH_RISCV64);
    kit.writer.header.flags = 0;
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 4);
    kit_relocation(&kit, 0, 0, 20, kit_import(&kit, "maybe", SMF_SYMBOL_DATA, SMF_BINDING_WEAK), 0);
    kit_relocation(&kit, 0, 4, 24, SMF_NO_SYMBOL, 0);
    uint8_t *file = kit_finish(&kit, &size);
    const struct smf_module *module = bench_load(&bench, file, size);
    size_t count;
    const struct smf_region *regions = smf_module_regions(module, &count);
    CHECK_EQUAL(count, 2);
    const uint8_t *pair = paper_at(&bench.paper, regions[0].address, 8);
    const uint32_t upper = get32(pair) & 0xFFFFF000, lower = get32(pair + 4) >> 20;
    const uint64_t reached = regions[0].address + (uint64_t)(int64_t)(int32_t)upper + lower - ((lower & 0x800) << 1);
    CHECK_EQUAL(get32(pair) & 0x7F, 0x17);
    CHECK_EQUAL(reached, regions[1].address);
    CHECK((reached - regions[0].address) % 4096 != 0);
    bench_end(&bench);
    free(file);
}

static const struct tap_case cases[] = {
    {"types_0_to_9",                         types_0_to_9                        },
    {"distances_to_nobody",                  distances_to_nobody                 },
    {"a22_slots_and_stubs_are_counted_once", a22_slots_and_stubs_are_counted_once},
    {"either_symbols",                       either_symbols                      },
    {"stubs_of_the_loader_for_arm",          stubs_of_the_loader_for_arm         },
    {"a15_slot_of_a_weak_symbol_on_riscv",   a15_slot_of_a_weak_symbol_on_riscv  },
};
TAP_MAIN(cases)
