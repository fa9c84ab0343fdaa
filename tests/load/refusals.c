/* SPDX-License-Identifier: MIT */
/*
 * refusals.c - every detail of the load floor is fired by a module, a machine or
 * a port that deserves it; the last case fails if one of the list never was.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "support/kit.h"

/* Details that the load floor owns: numbers 32 to 47 within their status. */
static struct {
    const char *name;
    int number, detail;
    bool seen;
} details[] = {
#define SMF_DETAIL_ENTRY(name, status, number, text) {#name, number, SMF_DETAIL_##name, false},
#include "smf/details.def"
#undef SMF_DETAIL_ENTRY
};

static void saw(int detail)
{
    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++)
        if (details[i].detail == detail)
            details[i].seen = true;
}

static struct kit kit;
static struct bench bench;
static uint8_t text[64], data[64];
enum { TEXT, DATA, ARRAY };

static const struct known known[] = {
    {"near", UINT64_C(0x4000123456),     SMF_KIND_FUNCTION},
    {"far",  UINT64_C(0x7FFF00000000),   SMF_KIND_FUNCTION},
    {"even", UINT64_C(0x20001000),       SMF_KIND_FUNCTION},
    {"wide", UINT64_C(0x123456789ABCD0), SMF_KIND_DATA    }
};

/* A module with .text and .data, and a bench for it. */
static void start(const struct smf_arch *arch)
{
    memset(text, 0, sizeof text);
    kit_start(&kit, arch->id);
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
    kit_section(&kit, ".data", SMF_SECTION_DATA, data, sizeof data, 8);
    bench_start(&bench, arch);
    bench.known = known;
    bench.known_count = sizeof known / sizeof known[0];
}

/* Load bytes: this detail, or SMF_DETAIL_NONE for a load that succeeds. */
static void check_bytes(const uint8_t *bytes, size_t size, int wanted, int line)
{
    bench_open(&bench);
    const enum smf_status status = bench_try(&bench, bytes, size);
    const int found = status == SMF_OK ? SMF_DETAIL_NONE : (int)bench.why.detail;
    tap_check(found == wanted, __FILE__, line, "detail %d, wanted %d", found, wanted);
    saw(found);
    bench_end(&bench);
}

static void check(int wanted, int line)
{
    size_t size = 0;
    uint8_t *file = kit_finish(&kit, &size);
    check_bytes(file, size, wanted, line);
    free(file);
}
#define REFUSED(detail) check(SMF_DETAIL_##detail, __LINE__)
#define LOADS() check(SMF_DETAIL_NONE, __LINE__)

static uint32_t import(const char *name) { return kit_import(&kit, name, SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL); }

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

static void a13_types_without_a_row(void)
{
    start(&smf_arch_x86_64);
    kit_relocation(&kit, DATA, 0, 999, SMF_NO_SYMBOL, 0);
    REFUSED(NO_ROW);
    CHECK_STATUS(bench.why.status, SMF_ERR_RELOC_TYPE);
    CHECK_EQUAL(bench.why.stage, SMF_STAGE_RELOCATE);
    start(&smf_arch_x86_64);
    kit_relocation(&kit, DATA, 0, 257, SMF_NO_SYMBOL, 0); /* AArch64's */
    REFUSED(NO_ROW);
    start(&smf_arch_riscv64);
    kit_relocation(&kit, TEXT, 0, 43, SMF_NO_SYMBOL, 0);
    REFUSED(MUST_BE_SETTLED);
    start(&smf_arch_x86_64);
    kit_relocation(&kit, TEXT, 0, 9, import("near"), -4);
    REFUSED(NO_SLOT);
    start(&smf_arch_x86_64);
    kit_relocation(&kit, TEXT, 0, 10, kit_local(&kit, ".data", DATA, 0), 0);
    REFUSED(LOW_IN_PIC);
    start(&smf_arch_x86_64);
    kit.writer.header.flags = 0; /* without PIC, the port is asked for low addresses */
    kit_relocation(&kit, TEXT, 0, 10, kit_local(&kit, ".data", DATA, 0), 0);
    LOADS();
    CHECK_EQUAL(bench.paper.requests[0].highest, 0x7FFFFFFF);
}

static void a10_symbols_that_are_none(void)
{
    for (unsigned past = 0; past < 3; past++) {
        size_t size = 0;
        start(&smf_arch_x86_64);
        import("near");
        kit_relocation(&kit, DATA, 0, 1, 0, 0);
        uint8_t *file = kit_finish(&kit, &size);
        /* The record lies behind .text and .data. */
        put32(file + sizeof text + sizeof data + 8, past == 0 ? 1 : past == 1 ? 2 : 0xFFFFFFFE);
        put64(file + size - 128 + 60, 0);
        check_bytes(file, size, SMF_DETAIL_RELOCATION_SYMBOL, __LINE__);
        free(file);
    }
}

static void a11_places_past_the_end(void)
{
    static const struct {
        uint64_t offset;
        unsigned number;
        bool fits;
    } rows[] = {
        {56, 1,  true },
        {57, 1,  false},
        {63, 1,  false},
        {60, 2,  true },
        {61, 2,  false},
        {63, 15, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start(&smf_arch_x86_64);
        const uint32_t symbol = kit_local(&kit, ".data", DATA, 0);
        kit_relocation(&kit, DATA, rows[i].offset, rows[i].number, symbol, rows[i].number == 1 ? 0 : 63);
        if (rows[i].fits)
            LOADS();
        else
            REFUSED(OUTSIDE);
    }
    static const uint64_t beyond[] = {64, 65, UINT64_MAX, UINT64_MAX - 7, (uint64_t)1 << 63};
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
        size_t size = 0;
        start(&smf_arch_x86_64);
        kit_relocation(&kit, DATA, 0, 1, SMF_NO_SYMBOL, 0);
        uint8_t *file = kit_finish(&kit, &size);
        put64(file + sizeof text + sizeof data, beyond[i]);
        put64(file + size - 128 + 60, 0);
        check_bytes(file, size, SMF_DETAIL_OUTSIDE, __LINE__);
        free(file);
    }
}

/* Only stored bytes are patched: not the zeros behind them, not .bss. Two records of one place are both applied. */
static void a12_records_stay_in_their_section(void)
{
    start(&smf_arch_x86_64);
    kit.sections[DATA].virtual_size = 4096;
    kit_relocation(&kit, DATA, 60, 1, SMF_NO_SYMBOL, 0);
    REFUSED(OUTSIDE);
    start(&smf_arch_x86_64);
    kit_relocation(&kit, DATA, 0, 1, SMF_NO_SYMBOL, 1);
    kit_relocation(&kit, DATA, 0, 1, SMF_NO_SYMBOL, 2);
    kit_export(&kit, "table", DATA, 0, SMF_SYMBOL_DATA);
    size_t size = 0;
    uint8_t *file = kit_finish(&kit, &size);
    struct smf_found found = {0};
    bench_open(&bench);
    const struct smf_module *module = bench_load(&bench, file, size);
    CHECK_STATUS(smf_find(module, "table", &found), SMF_OK);
    const uint8_t *at = paper_at(&bench.paper, found.address, 8);
    CHECK(at != NULL && get64(at) == 2);
    bench_end(&bench);
    free(file);
}

static void a14_values_that_do_not_fit(void)
{
    start(&smf_arch_x86_64);
    kit_relocation(&kit, TEXT, 0, 2, import("far"), -4);
    REFUSED(FAR_IMPORT);
    CHECK_TEXT(bench.why.name, "far");
    CHECK_STATUS(bench.why.status, SMF_ERR_RELOC_RANGE);
    start(&smf_arch_x86_64);
    kit_relocation(&kit, TEXT, 0, 2, import("near"), -4);
    LOADS();
    start(&smf_arch_x86_64);
    kit_relocation(&kit, TEXT, 0, 2, kit_import(&kit, "nobody", SMF_SYMBOL_DATA, SMF_BINDING_WEAK), -4);
    REFUSED(FAR_WEAK);
    CHECK_TEXT(bench.why.name, "nobody");
    start(&smf_arch_arm);
    kit_relocation(&kit, TEXT, 0, 10, import("even"), -4);
    REFUSED(NOT_THUMB);
    start(&smf_arch_arm);
    kit_relocation(&kit, DATA, 0, 2, import("wide"), 0);
    REFUSED(FAR_ADDRESS);
    CHECK_TEXT(bench.why.name, "wide");
}

static void a15_pairs(void)
{
    static const int64_t wrong[] = {2, -1, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        start(&smf_arch_riscv64);
        kit_relocation(&kit, TEXT, 0, 23, kit_local(&kit, ".data", DATA, 0), 0);
        kit_relocation(&kit, TEXT, 4, 24, SMF_NO_SYMBOL, wrong[i]);
        REFUSED(PAIR);
    }
    start(&smf_arch_riscv64);
    const uint32_t symbol = kit_local(&kit, ".data", DATA, 0);
    kit_relocation(&kit, TEXT, 0, 23, symbol, 0);
    kit_relocation(&kit, TEXT, 4, 24, symbol, 0); /* a low part names no symbol */
    REFUSED(PAIR);
    static const uint16_t kinds[] = {26, 19, 24, 2, 0};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        start(&smf_arch_riscv64);
        if (kinds[i] == 26)
            kit.writer.header.flags = 0;
        kit_relocation(&kit, TEXT, 0, 24, SMF_NO_SYMBOL, 1);
        kit_relocation(&kit, TEXT, 8, kinds[i], SMF_NO_SYMBOL, 1);
        REFUSED(PAIR_KIND);
    }
    start(&smf_arch_riscv64); /* an upper half that comes later is one all the same */
    const uint32_t own = kit_local(&kit, ".data", DATA, 0);
    kit_relocation(&kit, TEXT, 4, 24, SMF_NO_SYMBOL, 1);
    kit_relocation(&kit, TEXT, 0, 23, own, 0);
    LOADS();
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
    bench.paper.fail_at = 1;
    REFUSED(RESERVE);
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

static void every_detail_was_seen(void)
{
    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++) {
        if (details[i].number < 32 || details[i].number > 47 || details[i].seen)
            continue;
        if (details[i].detail == SMF_DETAIL_TOO_LARGE && sizeof(size_t) == 8)
            tap_note("TOO_LARGE needs a 32-bit machine: modules of 64-bit ones are bounded by SMF_MEMORY_MAX_LOG2");
        else if (details[i].detail == SMF_DETAIL_NAMES_TOO_LARGE)
            tap_note("NAMES_TOO_LARGE needs 2 GiB of names, or 8 million symbols: no test has such a file");
        else
            tap_check(0, __FILE__, __LINE__, "%s was never seen", details[i].name);
    }
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
