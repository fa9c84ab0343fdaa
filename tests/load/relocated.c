/* SPDX-License-Identifier: MIT */
/*
 * relocated.c - a canonical module for each machine, loaded at chosen addresses,
 * against a model: the same records applied here, with S, A, P and GOT worked
 * out by the test from where the regions lie. (That the rows themselves are right
 * is shown by unit/vectors.)
 */
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "support/holds.h"
#include "support/kit.h"

enum { TEXT, RODATA, GOT, DATA, BSS, SECTIONS };
enum { SYM_TEXT, SYM_GOT, SYM_DATA, SYM_FAR, SYM_OBJECT, SYM_MAYBE, SYM_NONE };
enum { STUB_FAR = 0x40, STUB_MAYBE = 0x50 };

static const uint64_t sizes[SECTIONS] = {0x60, 0x18, 0x20, 0x60, 0x30};

/* What S has to be. */
enum meaning { M_TEXT, M_GOT, M_DATA, M_FAR, M_FAR_STUB, M_OBJECT, M_ZERO, M_MAYBE_STUB, M_LUI, M_PAIR, M_PAIR_ZERO };

struct record {
    uint8_t section, offset;
    uint16_t number;
    uint8_t symbol;
    int64_t addend;
    enum meaning meaning;
    bool settled;
};

struct machine {
    const struct smf_arch *arch;
    uint64_t function, object; /* where the host has them */
    uint32_t text[16];         /* instructions to patch   */
    const struct record *records;
    size_t count;
};

static const struct record x86_64_records[] = {
    {TEXT, 0,  4,  SYM_FAR,    -4,   M_FAR_STUB,   false},
    {TEXT, 8,  2,  SYM_FAR,    -4,   M_FAR_STUB,   false},
    {TEXT, 16, 2,  SYM_DATA,   0x0C, M_DATA,       false},
    {TEXT, 24, 4,  SYM_MAYBE,  -4,   M_MAYBE_STUB, false},
    {TEXT, 32, 2,  SYM_GOT,    4,    M_GOT,        true },
    {TEXT, 36, 26, SYM_NONE,   -4,   M_ZERO,       true },
    {GOT,  0,  1,  SYM_FAR,    0,    M_FAR,        false},
    {GOT,  8,  1,  SYM_OBJECT, 0,    M_OBJECT,     false},
    {GOT,  16, 1,  SYM_MAYBE,  0,    M_ZERO,       false},
    {DATA, 0,  1,  SYM_FAR,    0,    M_FAR_STUB,   false},
    {DATA, 8,  1,  SYM_OBJECT, 4,    M_OBJECT,     false},
    {DATA, 16, 1,  SYM_MAYBE,  0,    M_ZERO,       false},
    {DATA, 24, 1,  SYM_TEXT,   0x10, M_TEXT,       false},
    {DATA, 32, 1,  SYM_TEXT,   0x20, M_TEXT,       false},
    {DATA, 40, 1,  SYM_TEXT,   0x30, M_TEXT,       false},
    {DATA, 48, 25, SYM_DATA,   8,    M_DATA,       false},
    {DATA, 56, 24, SYM_TEXT,   0,    M_TEXT,       true },
};

static const struct record aarch64_records[] = {
    {TEXT, 0,  283, SYM_FAR,    0,    M_FAR_STUB,   false},
    {TEXT, 4,  282, SYM_MAYBE,  0,    M_MAYBE_STUB, false},
    {TEXT, 8,  275, SYM_FAR,    0,    M_FAR_STUB,   false},
    {TEXT, 12, 277, SYM_FAR,    0,    M_FAR_STUB,   false},
    {TEXT, 16, 275, SYM_DATA,   0x10, M_DATA,       false},
    {TEXT, 20, 277, SYM_DATA,   0x10, M_DATA,       false},
    {TEXT, 24, 275, SYM_GOT,    8,    M_GOT,        true },
    {TEXT, 28, 286, SYM_GOT,    8,    M_GOT,        true },
    {TEXT, 32, 313, SYM_GOT,    8,    M_GOT,        true },
    {GOT,  0,  257, SYM_FAR,    0,    M_FAR,        false},
    {GOT,  8,  257, SYM_OBJECT, 0,    M_OBJECT,     false},
    {GOT,  16, 257, SYM_MAYBE,  0,    M_ZERO,       false},
    {DATA, 0,  257, SYM_FAR,    0,    M_FAR_STUB,   false},
    {DATA, 8,  257, SYM_OBJECT, 4,    M_OBJECT,     false},
    {DATA, 16, 257, SYM_MAYBE,  0,    M_ZERO,       false},
    {DATA, 24, 257, SYM_TEXT,   0x10, M_TEXT,       false},
    {DATA, 32, 257, SYM_TEXT,   0x20, M_TEXT,       false},
    {DATA, 40, 261, SYM_TEXT,   0,    M_TEXT,       true },
};

static const struct record riscv64_records[] = {
    {TEXT, 0,  19, SYM_FAR,    0,    M_FAR_STUB,   false},
    {TEXT, 8,  23, SYM_FAR,    0,    M_FAR_STUB,   false},
    {TEXT, 12, 24, SYM_NONE,   1,    M_PAIR,       false},
    {TEXT, 16, 23, SYM_DATA,   0x10, M_DATA,       false},
    {TEXT, 20, 25, SYM_NONE,   3,    M_PAIR,       false},
    {TEXT, 24, 23, SYM_MAYBE,  0,    M_LUI,        false},
    {TEXT, 28, 24, SYM_NONE,   5,    M_PAIR_ZERO,  false},
    {TEXT, 32, 19, SYM_MAYBE,  0,    M_MAYBE_STUB, false},
    {TEXT, 40, 23, SYM_GOT,    8,    M_GOT,        true },
    {TEXT, 44, 24, SYM_NONE,   8,    M_PAIR,       true },
    {GOT,  0,  2,  SYM_FAR,    0,    M_FAR,        false},
    {GOT,  8,  2,  SYM_OBJECT, 0,    M_OBJECT,     false},
    {GOT,  16, 2,  SYM_MAYBE,  0,    M_ZERO,       false},
    {DATA, 0,  2,  SYM_FAR,    0,    M_FAR_STUB,   false},
    {DATA, 8,  2,  SYM_OBJECT, 4,    M_OBJECT,     false},
    {DATA, 16, 2,  SYM_TEXT,   0x10, M_TEXT,       false},
    {DATA, 24, 2,  SYM_TEXT,   0x20, M_TEXT,       false},
    {DATA, 32, 35, SYM_DATA,   0x20, M_DATA,       false},
    {DATA, 32, 39, SYM_TEXT,   0x10, M_TEXT,       false},
    {DATA, 36, 57, SYM_TEXT,   0,    M_TEXT,       true },
};

static const struct record riscv32_records[] = {
    {TEXT, 0,  19, SYM_FAR,    0,     M_FAR_STUB,  false},
    {TEXT, 8,  23, SYM_FAR,    0,     M_FAR,       false},
    {TEXT, 12, 24, SYM_NONE,   1,     M_PAIR,      false},
    {TEXT, 16, 26, SYM_DATA,   0x7FC, M_DATA,      false},
    {TEXT, 20, 28, SYM_DATA,   0x7FC, M_DATA,      false},
    {TEXT, 24, 23, SYM_MAYBE,  0,     M_LUI,       false},
    {TEXT, 28, 24, SYM_NONE,   5,     M_PAIR_ZERO, false},
    {TEXT, 40, 23, SYM_GOT,    8,     M_GOT,       true },
    {TEXT, 44, 24, SYM_NONE,   7,     M_PAIR,      true },
    {GOT,  0,  1,  SYM_FAR,    0,     M_FAR,       false},
    {GOT,  4,  1,  SYM_OBJECT, 0,     M_OBJECT,    false},
    {GOT,  8,  1,  SYM_MAYBE,  0,     M_ZERO,      false},
    {DATA, 0,  1,  SYM_FAR,    0,     M_FAR,       false},
    {DATA, 4,  1,  SYM_OBJECT, 4,     M_OBJECT,    false},
    {DATA, 8,  1,  SYM_TEXT,   0x10,  M_TEXT,      false},
    {DATA, 12, 1,  SYM_TEXT,   0x20,  M_TEXT,      false},
    {DATA, 16, 35, SYM_DATA,   0x20,  M_DATA,      false},
    {DATA, 16, 39, SYM_TEXT,   0x10,  M_TEXT,      false},
};

static const struct record arm_records[] = {
    {TEXT, 0,  10, SYM_FAR,    -4,   M_FAR_STUB,   false},
    {TEXT, 4,  30, SYM_MAYBE,  -4,   M_MAYBE_STUB, false},
    {TEXT, 8,  47, SYM_DATA,   0x10, M_DATA,       false},
    {TEXT, 12, 48, SYM_DATA,   0x10, M_DATA,       false},
    {TEXT, 16, 3,  SYM_GOT,    8,    M_GOT,        true },
    {TEXT, 20, 25, SYM_NONE,   0,    M_ZERO,       true },
    {GOT,  0,  2,  SYM_FAR,    0,    M_FAR,        false},
    {GOT,  4,  2,  SYM_OBJECT, 0,    M_OBJECT,     false},
    {GOT,  8,  2,  SYM_MAYBE,  0,    M_ZERO,       false},
    {DATA, 0,  2,  SYM_FAR,    0,    M_FAR,        false},
    {DATA, 4,  38, SYM_OBJECT, 4,    M_OBJECT,     false},
    {DATA, 8,  2,  SYM_TEXT,   0x11, M_TEXT,       false},
    {DATA, 12, 2,  SYM_TEXT,   0x21, M_TEXT,       false},
    {DATA, 16, 42, SYM_TEXT,   0,    M_TEXT,       true },
};

#define RECORDS(name) name##_records, sizeof name##_records / sizeof name##_records[0]

static const struct machine machines[] = {
    {&smf_arch_x86_64,  UINT64_C(0x7FFF12345678), UINT64_C(0x10000000), {0},                                              RECORDS(x86_64)},
    {&smf_arch_aarch64,
     UINT64_C(0xFFFF12345678),
     UINT64_C(0x10000000),
     {0x94000000, 0x14000000, 0x90000000, 0x91000000, 0x90000001, 0x91000021, 0x90000002, 0xF9400042, 0xF9400042},
     RECORDS(aarch64)                                                                                                                    },
    {&smf_arch_riscv64,
     UINT64_C(0x7FFF12345678),
     UINT64_C(0x10000000),
     {0x97, 0x80E7, 0x517, 0x50513, 0x597, 0x5B023, 0x617, 0x60613, 0x97, 0x80E7, 0x697, 0x6B683},
     RECORDS(riscv64)                                                                                                                    },
    {&smf_arch_riscv32,
     0xF2345678,                                  0x10000000,
     {0x97, 0x80E7, 0x517, 0x50513, 0x5B7, 0x5A023, 0x617, 0x60613, 0, 0, 0x697, 0x6A683},
     RECORDS(riscv32)                                                                                                                    },
    {&smf_arch_arm,     0xF2345679,               0x10000000,           {0xF800F000, 0xB800F000, 0x0000F240, 0x0000F2C0}, RECORDS(arm)   },
};

/* One module, its file and what it should become. */
struct scene {
    const struct machine *machine;
    struct kit kit;
    uint8_t original[SECTIONS][0x60];
    uint64_t address[SECTIONS];
    uint8_t *file;
    size_t size;
};

static void make_file(struct scene *scene)
{
    static const char names[SECTIONS][8] = {".text", ".rodata", ".got", ".data", ".bss"};
    static const enum smf_section_type types[SECTIONS] = {SMF_SECTION_CODE, SMF_SECTION_RODATA, SMF_SECTION_RODATA,
                                                          SMF_SECTION_DATA, SMF_SECTION_BSS};
    const struct machine *machine = scene->machine;
    const bool wide = machine->arch->pointer_size == 8, arm = machine->arch->id == SMF_ARCH_ARM;
    memset(scene->original, 0, sizeof scene->original);
    kit_start(&scene->kit, machine->arch->id);
    for (unsigned s = 0; s < SECTIONS; s++) {
        for (unsigned b = 0; b < 0x60 && s != TEXT && s != BSS; b++) /* old contents must not matter */
            scene->original[s][b] = machine->arch->pointer_size == 4 || b < 32 ? (uint8_t)(b * 7 + s) : 0;
        for (unsigned w = 0; w < 16 && s == TEXT; w++)
            put32(scene->original[s] + 4 * (size_t)w, machine->text[w]);
        kit_section(&scene->kit, names[s], types[s], scene->original[s], sizes[s], s == BSS ? 32 : 16);
    }
    kit_local(&scene->kit, ".text", TEXT, 0);
    kit_local(&scene->kit, ".got", GOT, 0);
    kit_local(&scene->kit, ".data", DATA, 0);
    kit_stub_import(&scene->kit, "far", SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL, STUB_FAR + arm, 16,
                    wide ? SMF_SYMBOL_FLAG_BY_STUB : 0);
    kit_import(&scene->kit, "object", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    kit_stub_import(&scene->kit, "maybe", SMF_SYMBOL_FUNCTION, SMF_BINDING_WEAK, STUB_MAYBE + arm, 16, 0);
    for (size_t i = 0; i < machine->count; i++) {
        const struct record *record = &machine->records[i];
        const uint32_t symbol = record->symbol == SYM_NONE ? SMF_NO_SYMBOL : record->symbol;
        (record->settled ? kit_settled : kit_relocation)(&scene->kit, record->section, record->offset, record->number,
                                                         symbol, record->addend);
    }
    scene->file = kit_finish(&scene->kit, &scene->size);
}

static uint64_t meaning_of(const struct scene *scene, enum meaning meaning)
{
    const unsigned thumb = scene->machine->arch->id == SMF_ARCH_ARM;
    switch (meaning) {
    case M_TEXT:
        return scene->address[TEXT];
    case M_GOT:
        return scene->address[GOT];
    case M_DATA:
        return scene->address[DATA];
    case M_FAR:
        return scene->machine->function;
    case M_FAR_STUB:
        return scene->address[TEXT] + STUB_FAR + thumb;
    case M_MAYBE_STUB:
        return scene->address[TEXT] + STUB_MAYBE + thumb;
    case M_OBJECT:
        return scene->machine->object;
    default:
        return 0;
    }
}

/* Apply one record to the model of its section. */
static void model(const struct scene *scene, size_t index, uint8_t bytes[SECTIONS][0x60])
{
    const struct machine *machine = scene->machine;
    const struct record *record = &machine->records[index], *value = record;
    const struct smf_howto *row = smf_arch_row(machine->arch, record->number);
    uint8_t *at = bytes[record->section] + record->offset;
    struct smf_diagnosis why;
    if (record->meaning == M_LUI) {
        put32(at, (get32(at) & 0xFFF & ~0x7Fu) | 0x37);
        return;
    }
    if (record->meaning == M_PAIR) {
        size_t first = index;
        while (first > 0 && machine->records[first - 1].section == record->section)
            first--;
        value = &machine->records[first + (size_t)record->addend];
    }
    struct smf_operands operands = {.s = meaning_of(scene, value->meaning),
                                    .a = value->addend,
                                    .p = scene->address[value->section] + value->offset,
                                    .got = scene->address[GOT]};
    if (record->meaning == M_PAIR_ZERO)
        operands.a = (int64_t)operands.p; /* S + A - P is 0 */
    CHECK_STATUS(smf_howto_apply(machine->arch, row, &operands, at, &why), SMF_OK);
}

static uint64_t up(uint64_t value, uint64_t unit) { return (value + unit - 1) & ~(unit - 1); }

static void find_addresses(struct scene *scene, const struct smf_module *module)
{
    size_t count;
    const struct smf_region *regions = smf_module_regions(module, &count);
    CHECK_EQUAL(count, 3);
    CHECK_EQUAL(regions[0].access, SMF_ACCESS_RX);
    CHECK_EQUAL(regions[1].access, SMF_ACCESS_RO);
    CHECK_EQUAL(regions[2].access, SMF_ACCESS_RW);
    scene->address[TEXT] = regions[0].address;
    scene->address[RODATA] = regions[1].address;
    scene->address[GOT] = regions[1].address + up(sizes[RODATA], 16);
    scene->address[DATA] = regions[2].address;
    scene->address[BSS] = regions[2].address + up(sizes[DATA], 32);
}

static void compare(const struct scene *scene, const struct paper *paper, bool settled_too)
{
    uint8_t bytes[SECTIONS][0x60];
    memcpy(bytes, scene->original, sizeof bytes);
    memset(bytes[BSS], 0, sizeof bytes[BSS]);
    for (size_t i = 0; i < scene->machine->count; i++)
        if (settled_too || !scene->machine->records[i].settled)
            model(scene, i, bytes);
    for (unsigned s = 0; s < SECTIONS; s++) {
        const uint8_t *found = paper_at(paper, scene->address[s], (size_t)sizes[s]);
        CHECK(found != NULL);
        for (unsigned b = 0; found != NULL && b < sizes[s]; b++)
            if (found[b] != bytes[s][b])
                tap_check(0, __FILE__, __LINE__, "arch %d, section %u, byte %u: is %02x, wanted %02x",
                          scene->machine->arch->id, s, b, found[b], bytes[s][b]);
    }
}

enum layout { STANDARD, STANDARD_CHECKED, SCATTERED, LAYOUTS };

static struct bench bench;
static unsigned later; /* bits: which of the three imports cannot be said at once */
static enum smf_status (*bench_resolve)(void *context, const struct smf_binding_request *request,
                                        struct smf_binding_answer *answer);

static enum smf_status resolve(void *context, const struct smf_binding_request *request,
                               struct smf_binding_answer *answer)
{
    if ((later >> (request->index - SYM_FAR) & 1) == 0)
        return bench_resolve(context, request, answer);
    answer->flags = SMF_BINDING_LATER;
    return SMF_OK;
}

static enum smf_status resolve_later(void *context, const struct smf_binding_request *request,
                                     struct smf_binding_answer *answer, struct smf_diagnosis *why)
{
    CHECK((later >> (request->index - SYM_FAR) & 1) != 0 && why->status == SMF_OK);
    return bench_resolve(context, request, answer);
}

static void run(const struct machine *machine, enum layout layout)
{
    static const struct smf_later config_later = {
        .rules = &smf_later_rules, .resolve = resolve_later, .context = &bench};
    static struct scene scene;
    if (!case_holds(machine->arch))
        return;
    const struct known known[] = {
        {"far",    machine->function, SMF_KIND_FUNCTION},
        {"object", machine->object,   SMF_KIND_DATA    }
    };
    scene.machine = machine;
    make_file(&scene);
    bench_start(&bench, machine->arch);
    bench.known = known;
    bench.known_count = 2;
    bench.config.checks = layout == STANDARD_CHECKED ? SMF_CHECK_SETTLED | SMF_CHECK_HASH | SMF_CHECK_NAMES : 0;
    bench_resolve = bench.config.resolve;
    bench.config.resolve = resolve;
    bench.config.later = &config_later;
    bench.paper.gap = layout == SCATTERED ? 0x12340 : 0;
    bench_open(&bench);
    const struct smf_module *module = bench_load(&bench, scene.file, scene.size);
    if (module != NULL) {
        find_addresses(&scene, module);
        compare(&scene, &bench.paper, layout != STANDARD);
    }
    CHECK_EQUAL(bench.asked, 3);
    CHECK_EQUAL(bench.missed, 0);
    bench_end(&bench);
    free(scene.file);
}

/* Whatever comes later, the bytes are the same. */
static void run_all(unsigned machine)
{
    for (unsigned layout = STANDARD; layout < LAYOUTS; layout++)
        for (later = 0; later < 8; later++) {
            tap_variant("layout %u, later %u", layout, later);
            run(&machines[machine], (enum layout)layout);
        }
    tap_variant("%s", "");
}

static void x86_64(void) { run_all(0); }
static void aarch64(void) { run_all(1); }
static void riscv64(void) { run_all(2); }
static void riscv32(void) { run_all(3); }
static void arm(void) { run_all(4); }

static const struct tap_case cases[] = {
    {"x86_64",  x86_64 },
    {"aarch64", aarch64},
    {"riscv64", riscv64},
    {"riscv32", riscv32},
    {"arm",     arm    },
};
TAP_MAIN(cases)
