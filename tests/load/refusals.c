/* SPDX-License-Identifier: MIT */
/*
 * refusals.c - every detail of the load floor is fired by a module, a machine or
 * a port that deserves it; the last case fails if one of the list never was.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "load/refused.h"

static void a2_other_machines(void)
{
    start(&smf_arch_x86_64);
    kit.writer.header.arch = SMF_ARCH_AARCH64;
    REFUSED(OTHER_ARCH);
    start(&smf_arch_riscv64);
    kit.writer.header.arch = SMF_ARCH_RISCV32;
    REFUSED(OTHER_ARCH);

    for (unsigned file = 0; file <= 5; file++)
        for (unsigned machine = 0; machine <= 5; machine++) {
            start(&smf_arch_x86_64);
            kit.writer.header.platform = (enum smf_platform)file;
            bench.config.platform = (enum smf_platform)machine;
            if (file == machine || file == 0 || machine == 0)
                LOADS();
            else
                REFUSED(OTHER_PLATFORM);
        }

    for (unsigned file = 0; file < 3; file++)
        for (unsigned machine = 0; machine < 3; machine++) {
            start(&smf_arch_x86_64);
            kit.writer.header.abi = file;
            bench.config.abi = machine;
            if (file == machine || file == 0 || machine == 0)
                LOADS();
            else
                REFUSED(OTHER_ABI);
        }
}

static void runs(const struct smf_arch *arch, uint32_t machine, uint32_t file, bool wanted)
{
    start(arch);
    kit.writer.header.cpu = file;
    bench.config.cpu = machine;
    check(wanted ? SMF_DETAIL_NONE : SMF_DETAIL_OTHER_CPU, __LINE__);
}

static void riscv_letters(void)
{
    const uint32_t i = 1u << 8, m = 1u << 12, c = 1u << 2, d = 1u << 3;
    runs(&smf_arch_riscv32, i | m | c, i | m, true);
    runs(&smf_arch_riscv32, i | m, i | m | c, false);
    runs(&smf_arch_riscv64, i | m | c | d, i | d, true);
    runs(&smf_arch_riscv64, i | m | c, i | d, false);
    runs(&smf_arch_riscv64, 0, i | d, true); /* 0: not checked */
    runs(&smf_arch_riscv64, i, 0, true);
}

/* Tag_CPU_arch: 10 v7, 11 v6-M, 12 v6S-M, 13 v7E-M, 16 v8-M.base, 17 v8-M.main, 21 v8.1-M.main, 14 v8-A. */
static void arm_profiles(void)
{
    static const uint8_t order[] = {11, 12, 10, 13, 16, 17, 21, 14};
    /* Row: machine; column: file. */
    static const uint8_t table[8][8] = {
        {1, 1, 0, 0, 0, 0, 0, 0},
        {1, 1, 0, 0, 0, 0, 0, 0},
        {1, 1, 1, 0, 0, 0, 0, 0},
        {1, 1, 1, 1, 0, 0, 0, 0},
        {1, 1, 0, 0, 1, 0, 0, 0},
        {1, 1, 1, 1, 1, 1, 0, 0},
        {1, 1, 1, 1, 1, 1, 1, 0},
        {0, 0, 0, 0, 0, 0, 0, 1},
    };
    for (unsigned machine = 0; machine < 8; machine++)
        for (unsigned file = 0; file < 8; file++)
            runs(&smf_arch_arm, order[machine], order[file], table[machine][file]);
    runs(&smf_arch_arm, 13, 200, false);
}

/* Tag_FP_arch: 1 v1, 2 v2, 3 v3, 4 v3-D16, 5 v4, 6 v4-D16, 7 v8, 8 v8-D16. */
static void arm_floating_point(void)
{
    static const uint8_t table[9][9] = {
        {1, 0, 0, 0, 0, 0, 0, 0, 0},
        {1, 1, 0, 0, 0, 0, 0, 0, 0},
        {1, 1, 1, 0, 0, 0, 0, 0, 0},
        {1, 1, 1, 1, 1, 0, 0, 0, 0},
        {1, 1, 1, 0, 1, 0, 0, 0, 0},
        {1, 1, 1, 1, 1, 1, 1, 0, 0},
        {1, 1, 1, 0, 1, 0, 1, 0, 0},
        {1, 1, 1, 1, 1, 1, 1, 1, 1},
        {1, 1, 1, 0, 1, 0, 1, 0, 1},
    };
    for (uint32_t machine = 0; machine < 9; machine++)
        for (uint32_t file = 0; file < 9; file++)
            runs(&smf_arch_arm, 13 | machine << 8, 13 | file << 8, table[machine][file]);
    runs(&smf_arch_arm, 21 | 1u << 16, 21 | 2u << 16, false); /* MVE */
    runs(&smf_arch_arm, 21 | 2u << 16, 21 | 1u << 16, true);
}

static void symbols_without_a_place(void)
{
    start(&smf_arch_x86_64);
    struct smf_write_section note = {.name = ".debug_info", .type = SMF_SECTION_DEBUG, .bytes = data, .size = 16};
    uint32_t debug = 0;
    CHECK_STATUS(smf_writer_add_section(&kit.writer, &note, &debug), SMF_OK);
    kit_relocation(&kit, DATA, 0, 1, kit_local(&kit, "nowhere", debug, 0), 0);
    REFUSED(NOT_LOADED);
    CHECK_TEXT(bench.why.name, "nowhere");

    /* R files: a Data symbol, and two sections that it may lie in. */
    static const struct forge_section sections[] = {
        {.name = "code", .type = SMF_SECTION_CODE, .flags = 5, .alignment = 16,                       .bytes = text,  .size = 16},
        {.name = "a",              .type = SMF_SECTION_DATA,                            .flags = 3, .alignment = 8, .bytes = data, .size = 16},
        {.name = "b",    .type = SMF_SECTION_DATA,                            .flags = 3,                            .alignment = 8,                                      .bytes = data,               .size = 16},
        {.name = "rela", .type = SMF_SECTION_RELOC,               .alignment = 8,                         .bytes = data,            .size = 24},
    };
    static const struct forge_symbol symbols[] = {
        {.name = "table", .value = 8, .size = 8, .type = SMF_SYMBOL_DATA, .binding = 1, .visibility = 1}
    };
    static const struct forge_relocation record = {.type = 1};
    forge_relocations(&record, 1, data);
    struct forged file;
    forge_make(&(struct forge){.layout = FORGE_R72,
                               .sections = sections,
                               .section_count = 4,
                               .symbols = symbols,
                               .symbol_count = 1,
                               .exported_count = 1,
                               .minor = 1},
               &file);
    start(&smf_arch_x86_64);
    check_bytes(file.bytes, file.size, SMF_DETAIL_NO_PLACE, __LINE__);
    CHECK_TEXT(bench.why.name, "table");
    forge_free(&file);
    memset(data, 0, sizeof data);
}

/* All strong symbols that nobody has are reported, in order; the first is in the diagnosis; weak ones are not. */
static void a20_missing_symbols(void)
{
    start(&smf_arch_x86_64);
    import("near");
    import("one");
    kit_import(&kit, "weak", SMF_SYMBOL_DATA, SMF_BINDING_WEAK);
    import("two");
    import("three");
    REFUSED(NO_PROVIDER);
    CHECK_STATUS(bench.why.status, SMF_ERR_UNRESOLVED);
    CHECK_EQUAL(bench.why.stage, SMF_STAGE_BIND);
    CHECK_EQUAL(bench.why.index, 1);
    CHECK_TEXT(bench.why.name, "one");
    CHECK_TEXT(bench.missed_names, "one two three ");
    CHECK_EQUAL(bench.asked, 5);
    start(&smf_arch_x86_64);
    bench.config.resolve = NULL;
    import("near");
    REFUSED(NO_PROVIDER);
    static const enum smf_status other[] = {SMF_ERR_BUSY, SMF_ERR_IO, SMF_ERR_NO_ARENA, SMF_ERR_UNRESOLVED};
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        start(&smf_arch_x86_64);
        bench.refuse_at = 1;
        bench.refuse_with = other[i];
        import("near");
        import("far");
        REFUSED(RESOLVER);
        CHECK_STATUS(bench.why.status, other[i]);
        CHECK_TEXT(bench.why.name, "near");
        CHECK_EQUAL(bench.asked, 1);
    }
}

static void hostile_ports(void)
{
    static const struct {
        enum paper_lie lie;
        unsigned region;
        int detail;
    } lies[] = {
        {PAPER_MISALIGNED,   1, SMF_DETAIL_PORT_ALIGNMENT},
        {PAPER_SMALL,        0, SMF_DETAIL_PORT_SIZE     },
        {PAPER_SMALL,        1, SMF_DETAIL_PORT_SIZE     },
        {PAPER_NO_BYTES,     0, SMF_DETAIL_PORT_SIZE     },
        {PAPER_NO_BYTES,     1, SMF_DETAIL_PORT_SIZE     },
        {PAPER_WRAPS,        1, SMF_DETAIL_PORT_HIGHEST  },
        {PAPER_OVERLAP,      1, SMF_DETAIL_PORT_OVERLAP  },
        {PAPER_SAME_BYTES,   1, SMF_DETAIL_PORT_OVERLAP  },
        {PAPER_SAME_GRANULE, 1, SMF_DETAIL_PORT_OVERLAP  },
        {PAPER_FAR,          1, SMF_DETAIL_PORT_REACH    },
    };
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        start(&smf_arch_x86_64);
        bench.paper.lie = lies[i].lie;
        bench.paper.lie_region = lies[i].region;
        bench.paper.port.reach = 1u << 24;
        if (lies[i].lie == PAPER_WRAPS)
            kit.sections[DATA].virtual_size = 5000;
        if (lies[i].lie == PAPER_SAME_GRANULE)
            bench.paper.port.granule = 65536;
        check(lies[i].detail, __LINE__);
    }
    start(&smf_arch_riscv32);
    bench.paper.lie = PAPER_HIGH;
    REFUSED(PORT_HIGHEST);
    start(&smf_arch_x86_64);
    kit.writer.header.flags = 0;
    kit_relocation(&kit, TEXT, 0, 10, kit_local(&kit, ".data", DATA, 0), 0);
    bench.paper.lie = PAPER_HIGH;
    REFUSED(PORT_HIGHEST);
    start(&smf_arch_x86_64);
    bench.paper.port.regions_max = 1;
    REFUSED(REGIONS_MAX);
    start(&smf_arch_x86_64);
    bench.paper.fail_at = 1;
    REFUSED(RESERVE);
    start(&smf_arch_x86_64);
    kit.writer.header.flags = 0;
    kit_relocation(&kit, TEXT, 0, 10, kit_local(&kit, ".data", DATA, 0), 0);
    bench.paper.fail_at = 1;
    REFUSED(RESERVE_LOW);
    start(&smf_arch_x86_64);
    bench.paper.fail_at = 2;
    bench.paper.fail_with = SMF_ERR_PROTECT;
    REFUSED(PROTECT);
    start(&smf_arch_x86_64);
    bench.cancel_at = 1;
    REFUSED(CANCELLED);
    start(&smf_arch_x86_64);
    bench.config.arena_size = 512;
    REFUSED(NO_ARENA);
    start(&smf_arch_x86_64);
    bench.config.arena = NULL;
    REFUSED(NO_ARENA);
}

static void a18_arrays_of_functions(void)
{
    static uint8_t array[24];
    for (unsigned size = 1; size <= 24; size++) {
        start(&smf_arch_x86_64);
        kit_section(&kit, ".init_array", SMF_SECTION_DATA, array, size, 8);
        if (size % 8 == 0)
            LOADS();
        else
            REFUSED(ARRAY_SIZE);
    }
    static const struct {
        uint32_t symbol_section;
        int64_t addend;
        bool good;
    } pointers[] = {
        {TEXT, 0,  true },
        {TEXT, 63, true },
        {TEXT, 64, false},
        {TEXT, -1, false},
        {DATA, 0,  false},
    };
    static const char names[3][16] = {".preinit_array", ".init_array", ".fini_array"};
    for (unsigned which = 0; which < 3; which++)
        for (size_t i = 0; i < sizeof pointers / sizeof pointers[0]; i++) {
            start(&smf_arch_x86_64);
            kit_section(&kit, names[which], SMF_SECTION_DATA, array, 16, 8);
            const uint32_t symbol = kit_local(&kit, "start", pointers[i].symbol_section, 0);
            kit_relocation(&kit, ARRAY, 8, 1, symbol, pointers[i].addend);
            if (pointers[i].good)
                LOADS();
            else
                REFUSED(ARRAY_POINTER);
        }
    for (int64_t thumb = 0; thumb < 2; thumb++) { /* A19: without bit 0 it is no Thumb function */
        start(&smf_arch_arm);
        kit_section(&kit, ".init_array", SMF_SECTION_DATA, array, 8, 4);
        kit_relocation(&kit, ARRAY, 4, 2, kit_local(&kit, "start", TEXT, 0), thumb);
        check(thumb != 0 ? SMF_DETAIL_NONE : SMF_DETAIL_ARRAY_POINTER, __LINE__);
    }
}

/* A file of the P family whose entry is 0 and whose "main" is one past the end, or is data. */
static void a19_entry_outside_of_code(void)
{
    static const struct forge_section sections[] = {
        {.name = "code", .type = SMF_SECTION_CODE, .flags = 5, .alignment = 16, .bytes = text, .size = 16},
        {.name = "data", .type = SMF_SECTION_DATA, .flags = 3, .alignment = 8,  .bytes = data, .size = 16},
    };
    for (unsigned i = 0; i < 3; i++) {
        const struct forge_symbol symbol = {.name = "main",
                                            .value = i == 0 ? 16 : 8,
                                            .section = i == 1,
                                            .type = SMF_SYMBOL_FUNCTION,
                                            .binding = 1,
                                            .visibility = 1};
        struct forged file;
        forge_make(&(struct forge){.layout = FORGE_P128_W,
                                   .sections = sections,
                                   .section_count = 2,
                                   .symbols = &symbol,
                                   .symbol_count = 1,
                                   .exported_count = 1,
                                   .flags = SMF_FLAG_EXECUTABLE,
                                   .major = 1,
                                   .minor = 1},
                   &file);
        start(&smf_arch_x86_64);
        check_bytes(file.bytes, file.size, i == 2 ? SMF_DETAIL_NONE : SMF_DETAIL_ENTRY_OUTSIDE, __LINE__);
        forge_free(&file);
    }
}

/* Many symbols that share one long name: their copies would take symbols times its length. */
static void a25_shared_names(void)
{
    static char name[60000];
    memset(name, 'x', sizeof name - 1);
    start(&smf_arch_x86_64);
    for (unsigned i = 0; i < 40; i++)
        kit_export(&kit, name, TEXT, i, SMF_SYMBOL_FUNCTION);
    size_t size = 0;
    uint8_t *file = NULL;
    for (unsigned i = 1; i < 40; i++) /* written with names of their own, then all point to the first */
        kit.symbols[i].name = name + sizeof name - 1 - i;
    file = kit_finish(&kit, &size);
    const uint64_t table = get64(file + size - 128 + 28);
    for (unsigned i = 1; i < 40; i++)
        put32(file + table + 56 * (size_t)i, get32(file + table));
    put64(file + size - 128 + 60, 0);
    check_bytes(file, size, SMF_DETAIL_NAME_WORK, __LINE__);
    free(file);
}

static void all(void);

static const struct tap_case cases[] = {
    {"a2_other_machines",                 a2_other_machines                },
    {"riscv_letters",                     riscv_letters                    },
    {"arm_profiles",                      arm_profiles                     },
    {"arm_floating_point",                arm_floating_point               },
    {"a13_types_without_a_row",           a13_types_without_a_row          },
    {"a10_symbols_that_are_none",         a10_symbols_that_are_none        },
    {"a11_places_past_the_end",           a11_places_past_the_end          },
    {"a12_records_stay_in_their_section", a12_records_stay_in_their_section},
    {"a14_values_that_do_not_fit",        a14_values_that_do_not_fit       },
    {"a15_pairs",                         a15_pairs                        },
    {"symbols_without_a_place",           symbols_without_a_place          },
    {"a20_missing_symbols",               a20_missing_symbols              },
    {"hostile_ports",                     hostile_ports                    },
    {"a18_arrays_of_functions",           a18_arrays_of_functions          },
    {"a19_entry_outside_of_code",         a19_entry_outside_of_code        },
    {"a25_shared_names",                  a25_shared_names                 },
    {"nothing_stays_in_place",            nothing_stays_in_place           },
    {"prelinked_for_elsewhere",           prelinked_for_elsewhere          },
    {"rooms_of_the_port",                 rooms_of_the_port                },
    {"every_detail_is_fired",             all                              },
};

/* Alone, or after the others: fire all of them, then look at the list. */
static void all(void)
{
    for (size_t i = 0; i + 1 < sizeof cases / sizeof cases[0]; i++)
        cases[i].run();
    every_detail_was_seen();
}

TAP_MAIN(cases)
