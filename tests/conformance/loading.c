/* SPDX-License-Identifier: MIT */
/*
 * loading.c - the rules of docs/SPEC.md, part 1, for loaders: a small module for
 * any architecture, loaded into memory of this test at addresses that it
 * chooses, and what its bytes have to be then.
 */
#include <string.h>

#include "harness/tap.h"
#include "smf/smf.h"
#include "support/forge.h"

enum { TEXT_SIZE = 64, DATA_SIZE = 40, STUB = 48, ROOM = 1 << 16, PAGE = 4096 };

/* psABI numbers. */
enum {
    X86_64_64 = 1,
    X86_64_PC32 = 2,
    X86_64_GOTPCREL = 9,
    X86_64_32 = 10,
    X86_64_GOTOFF64 = 25,
    X86_64_GOTPC64 = 29,
    X86_64_DTPMOD64 = 16,
    AARCH64_ADR_PAGE = 275,
    RISCV_32 = 1,
    RISCV_64 = 2,
    RISCV_CALL_PLT = 19,
    RISCV_PCREL_HI20 = 23,
    RISCV_PCREL_LO12_I = 24,
    RISCV_ALIGN = 43,
    RISCV_SUB8 = 37,
    RISCV_RELAX = 51,
    RISCV_SET8 = 54,
    ARM_ABS32 = 2,
    ARM_THM_CALL = 10
};

/* Symbols of the module: two section starts, an import, two exports. */
enum { S_TEXT, S_DATA, S_IMPORT, S_CODE, S_TABLE, SYMBOLS };
enum { TEXT, DATA, REL_TEXT, REL_DATA, SECTIONS };

/* What is loaded, where, and what came of it. */
static struct scene {
    uint8_t arch;
    uint8_t text[TEXT_SIZE], data[DATA_SIZE];
    struct forge_relocation records[2][4];
    uint32_t counts[2], settled[2];
    struct forge_section sections[SECTIONS];
    struct forge_symbol symbols[SYMBOLS];
    uint32_t flags;
    /* the port */
    uint64_t base, step;
    uint8_t memory[ROOM];
    unsigned live, protects, writable_again;
    /* the resolver */
    uint64_t address;
    enum smf_kind kind;
    unsigned asked, missed;
    bool nobody;
    /* the result */
    struct smf_loader loader;
    struct smf_module *module;
    struct smf_diagnosis why;
    struct smf_config config;
    uint64_t arena[2048];
} scene;

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    uint64_t address = scene.base;
    (void)context;
    memset(scene.memory, 0xA5, sizeof scene.memory);
    for (size_t i = 0; i < count; i++, address += scene.step)
        regions[i] = (struct smf_region){scene.memory + (size_t)(address - scene.base), address, requests[i].size,
                                         requests[i].access};
    scene.live += (unsigned)count;
    return SMF_OK;
}

static void release(void *context, const struct smf_region *regions, size_t count)
{
    (void)context;
    (void)regions;
    scene.live -= (unsigned)count;
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context;
    scene.protects++;
    scene.writable_again += access != region->access || access == SMF_ACCESS_RWX;
    return SMF_OK;
}

static const struct smf_port port = {.granule = PAGE, .reserve = reserve, .release = release, .protect = protect};

static enum smf_status resolve(void *context, const struct smf_binding_request *request,
                               struct smf_binding_answer *answer)
{
    (void)context;
    scene.asked++;
    CHECK_TEXT(request->name, "outside");
    answer->address = scene.address;
    answer->kind = scene.kind;
    return scene.nobody ? SMF_ERR_NOT_FOUND : SMF_OK;
}

static void missing(void *context, const char *name)
{
    (void)context;
    (void)name;
    scene.missed++;
}

/* A module of `arch` with no records yet, at a base in pages, its groups one page apart: the default layout. */
static void begin(uint8_t arch)
{
    memset(&scene, 0, sizeof scene);
    scene.arch = arch;
    scene.flags = SMF_FLAG_PIC;
    scene.base = 0x10000;
    scene.step = PAGE;
    scene.address = 0x20000;
    scene.kind = SMF_KIND_FUNCTION;
    scene.symbols[S_TEXT] = (struct forge_symbol){.name = ".text", .type = SMF_SYMBOL_DATA, .section = TEXT};
    scene.symbols[S_DATA] = (struct forge_symbol){.name = ".data", .type = SMF_SYMBOL_DATA, .section = DATA};
    scene.symbols[S_IMPORT] = (struct forge_symbol){
        .name = "outside", .type = SMF_SYMBOL_FUNCTION, .binding = SMF_BINDING_GLOBAL, .section = SMF_INDEX_UNDEFINED};
    scene.symbols[S_CODE] = (struct forge_symbol){
        .name = "code", .type = SMF_SYMBOL_FUNCTION, .binding = SMF_BINDING_GLOBAL, .section = TEXT};
    scene.symbols[S_TABLE] =
        (struct forge_symbol){.name = "table", .type = SMF_SYMBOL_DATA, .binding = SMF_BINDING_GLOBAL, .section = DATA};
}

static void record(unsigned section, uint64_t offset, uint16_t number, uint32_t symbol, int64_t addend)
{
    scene.records[section][scene.counts[section]++] = (struct forge_relocation){
        .offset = offset, .addend = addend, .symbol = symbol, .number = number, .type = SMF_RELOCATION_PSABI};
}

static void describe(uint8_t bytes[2][96])
{
    const struct forge_section sections[SECTIONS] = {
        {.name = ".text",
         .type = SMF_SECTION_CODE,
         .flags = 5,
         .bytes = scene.text,
         .size = TEXT_SIZE,
         .alignment = 16                                                                                                 },
        {.name = ".data", .type = SMF_SECTION_DATA,  .flags = 3, .bytes = scene.data, .size = DATA_SIZE, .alignment = 8  },
        {.name = ".rel",  .type = SMF_SECTION_RELOC, .flags = 1, .bytes = bytes[0],   .alignment = 8,    .link = 1 + TEXT},
        {.name = ".rel",  .type = SMF_SECTION_RELOC, .flags = 1, .bytes = bytes[1],   .alignment = 8,    .link = 1 + DATA},
    };
    for (unsigned i = 0; i < SECTIONS; i++)
        if (scene.sections[i].name == NULL)
            scene.sections[i] = sections[i];
    for (unsigned i = 0; i < 2; i++) {
        forge_relocations(scene.records[i], scene.counts[i], bytes[i]);
        scene.sections[REL_TEXT + i].size = 24 * scene.counts[i];
        scene.sections[REL_TEXT + i].settled = scene.settled[i];
    }
}

static enum smf_status load(void)
{
    uint8_t bytes[2][96];
    struct forged file;
    describe(bytes);
    forge_make(&(struct forge){.layout = FORGE_CANONICAL,
                               .sections = scene.sections,
                               .section_count = SECTIONS,
                               .symbols = scene.symbols,
                               .symbol_count = SYMBOLS,
                               .exported_count = 2,
                               .flags = scene.flags,
                               .abi = 7,
                               .cpu = 4,
                               .platform = SMF_PLATFORM_LINUX,
                               .arch = scene.arch},
               &file);
    const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
    scene.config.port = &port;
    scene.config.arena = scene.arena;
    scene.config.arena_size = sizeof scene.arena;
    scene.config.arch = scene.config.arch != NULL ? scene.config.arch : smf_arch_of(scene.arch);
    scene.config.resolve = resolve;
    scene.config.missing = missing;
    CHECK_STATUS(smf_loader_start(&scene.loader, &scene.config), SMF_OK);
    const enum smf_status status = smf_load(&scene.loader, &source, &scene.module, &scene.why);
    forge_free(&file);
    return status;
}

/* Bytes of the loaded module: text lies at the base, data one step behind. */
static uint64_t word(unsigned section, unsigned offset, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = size; i-- != 0;)
        value = value << 8 | scene.memory[section * scene.step + offset + i];
    return value;
}

static void module_for_this_machine(void)
{
    /* SPEC [H2] [H3] [H13] [H14]: refused only by a loader that knows better. */
    for (unsigned i = 0; i < 8; i++) {
        static const enum smf_status wanted[] = {SMF_OK,      SMF_ERR_PLATFORM, SMF_OK, SMF_ERR_ABI,
                                                 SMF_ERR_ABI, SMF_ERR_CPU,      SMF_OK, SMF_ERR_ARCH};
        begin(SMF_ARCH_RISCV64);
        scene.config.platform = i == 1 ? SMF_PLATFORM_NONE : i == 2 ? SMF_PLATFORM_LINUX : SMF_PLATFORM_ANY;
        scene.config.abi = i == 3 ? 5 : i == 4 ? 0x407 : 0;
        scene.config.cpu = i == 5 ? 3 : i == 6 ? 12 : 0;
        scene.config.arch = i == 7 ? &smf_arch_riscv32 : NULL;
        tap_variant("machine=%u", i);
        CHECK_STATUS(load(), wanted[i]);
    }
    tap_variant("%s", "");
}

static void sections_lie_in_order(void)
{
    /* SPEC [D1] [T7]: the second code section at the next multiple of its alignment; exports tell where. */
    static const uint8_t code[8];
    struct smf_found found;
    begin(SMF_ARCH_X86_64);
    scene.sections[TEXT] = (struct forge_section){
        .name = ".text", .type = SMF_SECTION_CODE, .flags = 5, .bytes = code, .size = 5, .alignment = 1};
    scene.sections[DATA] = (struct forge_section){
        .name = ".text2", .type = SMF_SECTION_CODE, .flags = 5, .bytes = code, .size = 8, .alignment = 32};
    CHECK_STATUS(load(), SMF_OK);
    CHECK_STATUS(smf_find(scene.module, "table", &found), SMF_OK);
    CHECK_EQUAL(found.address, scene.base + 32);
    CHECK_STATUS(smf_find(scene.module, "code", &found), SMF_OK);
    CHECK_EQUAL(found.address, scene.base);
    /* SPEC [D4] [T6]: what no payload covers is zero, not what lay there. */
    for (unsigned i = 5; i < 32; i++)
        CHECK_EQUAL(scene.memory[i], 0);
}

static void settled_records(void)
{
    /* SPEC [D2]: skipped in the default layout, applied in any other. The field holds a mark to tell. */
    for (int other = 0; other < 2; other++) {
        begin(SMF_ARCH_X86_64);
        scene.text[8] = 0x77;
        record(TEXT, 8, X86_64_PC32, S_DATA, -4);
        scene.settled[TEXT] = 1;
        scene.step = other ? 2 * PAGE : PAGE;
        CHECK_STATUS(load(), SMF_OK);
        CHECK_EQUAL(word(TEXT, 8, 4), other ? 2 * PAGE - 8 - 4 : 0x77);
    }
    /* AArch64: skipped, and applied where the caller wants that checked. */
    begin(SMF_ARCH_AARCH64);
    scene.text[11] = 0x90; /* adrp x0, . */
    record(TEXT, 8, AARCH64_ADR_PAGE, S_DATA, 0);
    scene.settled[TEXT] = 1;
    CHECK_STATUS(load(), SMF_OK);
    CHECK_EQUAL(word(TEXT, 8, 4), 0x90000000);
    begin(SMF_ARCH_AARCH64);
    scene.text[11] = 0x90;
    record(TEXT, 8, AARCH64_ADR_PAGE, S_DATA, 0);
    scene.settled[TEXT] = 1;
    scene.config.checks = SMF_CHECK_SETTLED;
    CHECK_STATUS(load(), SMF_OK);
    CHECK_EQUAL(word(TEXT, 8, 4), 0xB0000000);
}

static void records_stay_in_their_section(void)
{
    /* SPEC [R1]: place and width against the stored size. */
    static const struct {
        uint64_t offset;
        enum smf_status status;
    } places[] = {
        {DATA_SIZE - 8,  SMF_OK              },
        {DATA_SIZE - 7,  SMF_ERR_RELOC_RECORD},
        {DATA_SIZE,      SMF_ERR_RELOC_RECORD},
        {UINT64_MAX,     SMF_ERR_RELOC_RECORD},
        {UINT64_MAX - 7, SMF_ERR_RELOC_RECORD}
    };
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        begin(SMF_ARCH_X86_64);
        record(DATA, places[i].offset, X86_64_64, S_TEXT, 0);
        CHECK_STATUS(load(), places[i].status);
        /* SPEC [L1]: nothing is left of a load that failed. */
        CHECK_EQUAL(scene.live == 0, places[i].status != SMF_OK);
        CHECK_EQUAL(scene.loader.module_count, places[i].status == SMF_OK);
    }
    begin(SMF_ARCH_X86_64);
    scene.sections[DATA] = (struct forge_section){.name = ".data",
                                                  .type = SMF_SECTION_DATA,
                                                  .flags = 3,
                                                  .bytes = scene.data,
                                                  .size = 8,
                                                  .virtual_size = 64,
                                                  .alignment = 8};
    record(DATA, 8, X86_64_64, S_TEXT, 0);
    CHECK_STATUS(load(), SMF_ERR_RELOC_RECORD);
}

static void addends_are_explicit(void)
{
    /* SPEC [R5] [R2]: the bits that are patched do not count; without a symbol S is 0. */
    begin(SMF_ARCH_X86_64);
    memset(scene.data, 0xFF, sizeof scene.data);
    record(DATA, 0, X86_64_64, S_TEXT, 3);
    record(DATA, 8, X86_64_64, SMF_NO_SYMBOL, -5);
    CHECK_STATUS(load(), SMF_OK);
    CHECK_EQUAL(word(DATA, 0, 8), scene.base + 3);
    CHECK_EQUAL((int64_t)word(DATA, 8, 8), -5);
}

static void unknown_types_fail(void)
{
    /* SPEC [R6] [R10] [L1]: TLS, a number of nobody, another architecture's, what the writer has to settle. */
    static const struct {
        uint8_t arch;
        uint16_t number;
    } types[] = {
        {SMF_ARCH_X86_64,  X86_64_DTPMOD64 },
        {SMF_ARCH_X86_64,  0x7777          },
        {SMF_ARCH_X86_64,  AARCH64_ADR_PAGE},
        {SMF_ARCH_RISCV64, RISCV_ALIGN     },
        {SMF_ARCH_RISCV64, RISCV_RELAX     }
    };
    for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++) {
        begin(types[i].arch);
        record(TEXT, 4, types[i].number, S_IMPORT, 0);
        CHECK_STATUS(load(), SMF_ERR_RELOC_TYPE);
        CHECK_EQUAL(scene.why.value, types[i].number);
        CHECK_TEXT(scene.why.name, "outside");
        CHECK_EQUAL(scene.live, 0);
    }
}

static void values_that_do_not_fit_fail(void)
{
    /* SPEC [R7]: one byte past the reach of a PC32. */
    for (uint64_t past = 0; past < 2; past++) {
        begin(SMF_ARCH_X86_64);
        record(TEXT, 0, X86_64_PC32, S_IMPORT, 0);
        scene.address = scene.base + 0x7FFFFFFF + past;
        CHECK_STATUS(load(), past ? SMF_ERR_RELOC_RANGE : SMF_OK);
    }
}

static void addresses_of_32_bits_wrap(void)
{
    /* SPEC [R8] */
    begin(SMF_ARCH_RISCV32);
    record(DATA, 0, RISCV_32, S_IMPORT, 0x20);
    scene.address = 0xFFFFFFF0;
    CHECK_STATUS(load(), SMF_OK);
    CHECK_EQUAL(word(DATA, 0, 4), 0x10);
}

static void riscv_pairs(void)
{
    /* SPEC [R9]: auipc a0; addi a0, a0: the low part of its record's distance. */
    for (int64_t high = 0; high < 3; high++) {
        begin(SMF_ARCH_RISCV64);
        memcpy(scene.text, "\x17\x05\x00\x00\x13\x05\x05\x00", 8);
        record(TEXT, 0, RISCV_PCREL_HI20, S_DATA, 0x900);
        record(TEXT, 4, RISCV_PCREL_LO12_I, SMF_NO_SYMBOL, high);
        CHECK_STATUS(load(), high == 0 ? SMF_OK : SMF_ERR_RELOC_RECORD); /* 1 is itself, 2 is behind the end */
        if (high == 0) {
            CHECK_EQUAL(word(TEXT, 0, 4), 0x00002517); /* 0x1900 + 0x800, upper part 2 */
            CHECK_EQUAL(word(TEXT, 4, 4), 0x90050513); /* -0x700 */
        }
    }
    begin(SMF_ARCH_RISCV64);
    record(TEXT, 4, RISCV_PCREL_LO12_I, S_DATA, 0);
    CHECK_STATUS(load(), SMF_ERR_RELOC_RECORD);
}

static void records_of_one_place_keep_their_order(void)
{
    /* SPEC [R11]: SET8 then SUB8; the other way round the difference would be lost. */
    begin(SMF_ARCH_RISCV64);
    record(DATA, 3, RISCV_SET8, S_CODE, 9);
    record(DATA, 3, RISCV_SUB8, S_CODE, 2);
    CHECK_STATUS(load(), SMF_OK);
    CHECK_EQUAL(word(DATA, 3, 1), 7);
}

static void the_got_is_where_its_section_starts(void)
{
    /* SPEC [R12]: .got here is the read-only section, one step behind the code. */
    begin(SMF_ARCH_X86_64);
    scene.sections[DATA] = (struct forge_section){
        .name = ".got", .type = SMF_SECTION_RODATA, .flags = 1, .bytes = scene.data, .size = DATA_SIZE, .alignment = 8};
    record(TEXT, 0, X86_64_GOTPC64, SMF_NO_SYMBOL, 1);
    record(TEXT, 8, X86_64_GOTOFF64, S_CODE, 2);
    CHECK_STATUS(load(), SMF_OK);
    CHECK_EQUAL(word(TEXT, 0, 8), PAGE + 1);
    CHECK_EQUAL((int64_t)word(TEXT, 8, 8), 2 - PAGE);
}

static void weak_symbols_of_nobody(void)
{
    /* SPEC [R13] */
    begin(SMF_ARCH_RISCV64);
    scene.nobody = true;
    scene.symbols[S_IMPORT].binding = SMF_BINDING_WEAK;
    scene.symbols[S_IMPORT].value = STUB;
    scene.symbols[S_IMPORT].size = 16;
    memcpy(scene.text, "\x17\x05\x00\x00\x13\x05\x05\x00\x97\x00\x00\x00\xe7\x80\x00\x00", 16);
    record(TEXT, 0, RISCV_PCREL_HI20, S_IMPORT, 0);
    record(TEXT, 4, RISCV_PCREL_LO12_I, SMF_NO_SYMBOL, 0);
    record(TEXT, 8, RISCV_CALL_PLT, S_IMPORT, 0);
    record(DATA, 0, RISCV_64, S_IMPORT, 0);
    CHECK_STATUS(load(), SMF_OK);
    CHECK_EQUAL(word(TEXT, 0, 4), 0x00000537);  /* lui a0, 0 */
    CHECK_EQUAL(word(TEXT, 4, 4), 0x00050513);  /* addi a0, a0, 0 */
    CHECK_EQUAL(word(TEXT, 12, 4), 0x028080E7); /* jalr ra, 40(ra): the stub */
    CHECK_EQUAL(word(DATA, 0, 8), 0);
    CHECK_EQUAL(scene.missed, 0);
    /* another distance to it has to fit */
    begin(SMF_ARCH_X86_64);
    scene.nobody = true;
    scene.symbols[S_IMPORT].binding = SMF_BINDING_WEAK;
    scene.base = UINT64_C(0x7F0000000000);
    record(TEXT, 0, X86_64_PC32, S_IMPORT, 0);
    CHECK_STATUS(load(), SMF_ERR_RELOC_RANGE);
}

static void thumb(void)
{
    /* SPEC [R14] [S8]: a call needs bit 0; an address keeps it, from an own symbol and from the host. */
    for (uint64_t bit = 0; bit < 2; bit++) {
        begin(SMF_ARCH_ARM);
        memcpy(scene.text, "\xff\xf7\xfe\xff", 4);
        scene.address = 0x20000 + bit;
        record(TEXT, 0, ARM_THM_CALL, S_IMPORT, -4);
        CHECK_STATUS(load(), bit ? SMF_OK : SMF_ERR_RELOC_RANGE);
    }
    begin(SMF_ARCH_ARM);
    scene.address = 0x20001;
    scene.symbols[S_CODE].value = 5;
    record(DATA, 0, ARM_ABS32, S_CODE, 0);
    record(DATA, 4, ARM_ABS32, S_IMPORT, 0);
    CHECK_STATUS(load(), SMF_OK);
    CHECK_EQUAL(word(DATA, 0, 4), scene.base + 5);
    CHECK_EQUAL(word(DATA, 4, 4), 0x20001);
}

static void by_stub(void)
{
    /* SPEC [S10] [S11]: a function's address is its stub's wherever it is kept; data's is its own. */
    for (int data = 0; data < 2; data++) {
        begin(SMF_ARCH_X86_64);
        scene.flags = 0;
        scene.kind = data ? SMF_KIND_DATA : SMF_KIND_FUNCTION;
        scene.symbols[S_IMPORT].value = STUB;
        scene.symbols[S_IMPORT].size = 8;
        scene.symbols[S_IMPORT].flags = SMF_SYMBOL_FLAG_BY_STUB;
        record(DATA, 0, X86_64_32, S_IMPORT, 0);
        record(DATA, 8, X86_64_64, S_IMPORT, 0);
        CHECK_STATUS(load(), SMF_OK);
        CHECK_EQUAL(word(DATA, 0, 4), data ? scene.address : scene.base + STUB);
        CHECK_EQUAL(word(DATA, 8, 8), data ? scene.address : scene.base + STUB);
    }
    /* SPEC [D3]: the slots of .got hold the function itself. */
    begin(SMF_ARCH_X86_64);
    scene.symbols[S_IMPORT].value = STUB;
    scene.symbols[S_IMPORT].size = 8;
    scene.symbols[S_IMPORT].flags = SMF_SYMBOL_FLAG_BY_STUB;
    scene.sections[DATA] = (struct forge_section){
        .name = ".got", .type = SMF_SECTION_RODATA, .flags = 1, .bytes = scene.data, .size = DATA_SIZE, .alignment = 8};
    record(DATA, 0, X86_64_64, S_IMPORT, 0);
    CHECK_STATUS(load(), SMF_OK);
    CHECK_EQUAL(word(DATA, 0, 8), scene.address);
}

static void pic_has_nothing_to_count(void)
{
    /* SPEC [H17]: a slot that PIC said is not needed fails; without the flag the loader makes it. */
    for (int pic = 0; pic < 2; pic++) {
        begin(SMF_ARCH_X86_64);
        scene.flags = pic ? SMF_FLAG_PIC : 0;
        record(TEXT, 0, X86_64_GOTPCREL, S_IMPORT, 0);
        CHECK_STATUS(load(), pic ? SMF_ERR_RELOC_TYPE : SMF_OK);
    }
}

static void imports_are_asked_for_once(void)
{
    /* SPEC [L5]: once, however often it is used; strong ones that nobody has fail the load after they were reported. */
    begin(SMF_ARCH_X86_64);
    record(DATA, 0, X86_64_64, S_IMPORT, 0);
    record(DATA, 8, X86_64_64, S_IMPORT, 0);
    record(DATA, 16, X86_64_64, S_CODE, 0); /* its own, though the host would have it too */
    CHECK_STATUS(load(), SMF_OK);
    CHECK_EQUAL(scene.asked, 1);
    CHECK_EQUAL(word(DATA, 16, 8), scene.base);
    begin(SMF_ARCH_X86_64);
    scene.nobody = true;
    CHECK_STATUS(load(), SMF_ERR_UNRESOLVED);
    CHECK_EQUAL(scene.missed, 1);
    CHECK_EQUAL(scene.live, 0);
}

static void hashes_only_exclude(void)
{
    /* SPEC [G9]: "costarring" and "liquid" have one hash. */
    static const struct smf_export liquid[] = {
        {.name = "liquid", .address = 1, .kind = SMF_KIND_FUNCTION, .hash = 0}
    };
    struct smf_export entries[1] = {liquid[0]};
    struct smf_exports table;
    uint32_t buckets[4];
    struct smf_binding_request request = {.name = "costarring", .length = 10};
    struct smf_binding_answer answer;
    CHECK_STATUS(smf_exports_index(&table, entries, 1, buckets, 4), SMF_OK);
    request.hash = entries[0].hash;
    CHECK_STATUS(smf_exports_resolve(&table, &request, &answer), SMF_ERR_NOT_FOUND);
    request = (struct smf_binding_request){.name = "liquid", .length = 6, .hash = entries[0].hash};
    CHECK_STATUS(smf_exports_resolve(&table, &request, &answer), SMF_OK);
    struct smf_found found;
    begin(SMF_ARCH_X86_64);
    scene.symbols[S_CODE].name = "liquid";
    CHECK_STATUS(load(), SMF_OK);
    CHECK_STATUS(smf_find(scene.module, "costarring", &found), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_find(scene.module, "liquid", &found), SMF_OK);
}

static void sealed_once(void)
{
    /* SPEC [L4]: each region is given what it was asked for, none is both, and data stays as it was. */
    begin(SMF_ARCH_X86_64);
    CHECK_STATUS(load(), SMF_OK);
    CHECK_EQUAL(scene.protects, 1);
    CHECK_EQUAL(scene.writable_again, 0);
}

static void arrays_of_functions(void)
{
    /* SPEC [L7]: whole pointers into the code. */
    for (unsigned way = 0; way < 3; way++) {
        static const uint8_t pointers[24];
        begin(SMF_ARCH_X86_64);
        scene.sections[DATA] = (struct forge_section){.name = ".init_array",
                                                      .type = SMF_SECTION_DATA,
                                                      .flags = 3,
                                                      .bytes = pointers,
                                                      .size = way == 1 ? 20 : 16,
                                                      .alignment = 8};
        record(DATA, 0, X86_64_64, way == 2 ? S_DATA : S_TEXT, 0);
        CHECK_STATUS(load(), way == 0 ? SMF_OK : SMF_ERR_FORMAT);
    }
}

/* --- a source that is read piece by piece ----------------------------------------------------------------------- */

static struct pieces {
    const struct forged *file;
    size_t watched; /* this byte reads as 0xEE from its second reading on; 0: none */
    unsigned readings;
    uint64_t bytes; /* read, all in all */
} pieces;

static enum smf_status read_at(void *context, uint64_t offset, void *into, size_t size)
{
    (void)context;
    memcpy(into, pieces.file->bytes + offset, size);
    pieces.bytes += size;
    if (pieces.watched >= offset && pieces.watched < offset + size && pieces.readings++ != 0)
        ((uint8_t *)into)[pieces.watched - offset] = 0xEE;
    return SMF_OK;
}

static enum smf_status load_pieces(const struct forged *file, size_t watched)
{
    static uint64_t arena[1 << 16];
    const struct smf_source source = {.size = file->size, .read_at = read_at};
    pieces = (struct pieces){.file = file, .watched = watched};
    scene.config = (struct smf_config){
        .port = &port, .arena = arena, .arena_size = sizeof arena, .arch = smf_arch_of(scene.arch), .resolve = resolve};
    CHECK_STATUS(smf_loader_start(&scene.loader, &scene.config), SMF_OK);
    return smf_load(&scene.loader, &source, &scene.module, &scene.why);
}

static void what_is_read_twice_is_checked_twice(void)
{
    /* SPEC [L2]: without PIC records are read to count and to apply; the second time, a byte of one differs. */
    static const struct {
        unsigned byte;
        enum smf_status status;
    } changes[] = {
        {1,  SMF_ERR_RELOC_RECORD}, /* the place   */
        {9,  SMF_ERR_RELOC_RECORD}, /* the symbol  */
        {12, SMF_ERR_RELOC_TYPE  },
        {13, SMF_ERR_RELOC_TYPE  },
        {15, SMF_ERR_RELOC_RECORD}
    };
    for (unsigned i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        uint8_t bytes[2][96];
        struct forged file;
        begin(SMF_ARCH_X86_64);
        record(DATA, 0, X86_64_64, S_IMPORT, 0);
        describe(bytes);
        forge_make(&(struct forge){.layout = FORGE_CANONICAL,
                                   .sections = scene.sections,
                                   .section_count = SECTIONS,
                                   .symbols = scene.symbols,
                                   .symbol_count = SYMBOLS,
                                   .exported_count = 2},
                   &file);
        CHECK_STATUS(load_pieces(&file, 0), SMF_OK);
        smf_loader_finish(&scene.loader);
        CHECK_STATUS(load_pieces(&file, file.payloads[REL_DATA] + changes[i].byte), changes[i].status);
        CHECK_EQUAL(scene.live, 0);
        forge_free(&file);
    }
}

/* Bytes that are read of the source for `count` imports, each used once. */
static uint64_t bytes_read_for(unsigned count)
{
    static struct forge_symbol symbols[1 + 1024];
    static struct forge_relocation records[1024];
    static uint8_t bytes[1024 * 24], data[1024 * 8];
    struct forged file;
    begin(SMF_ARCH_X86_64);
    symbols[0] = scene.symbols[S_DATA];
    symbols[0].section = 0;
    for (unsigned i = 0; i < count; i++) {
        symbols[1 + i] = scene.symbols[S_IMPORT];
        records[i] = (struct forge_relocation){
            .offset = 8 * (uint64_t)i, .symbol = 1 + i, .number = X86_64_64, .type = SMF_RELOCATION_PSABI};
    }
    forge_relocations(records, count, bytes);
    const struct forge_section some[] = {
        {.name = ".data",
         .type = SMF_SECTION_DATA,
         .flags = 3,
         .bytes = data,
         .size = 8 * (uint64_t)count,
         .alignment = 8},
        {.name = ".rel",
         .type = SMF_SECTION_RELOC,
         .flags = 1,
         .bytes = bytes,
         .size = 24 * (uint64_t)count,
         .link = 1     },
    };
    forge_make(&(struct forge){.layout = FORGE_CANONICAL,
                               .sections = some,
                               .section_count = 2,
                               .symbols = symbols,
                               .symbol_count = 1 + count},
               &file);
    CHECK_STATUS(load_pieces(&file, 0), SMF_OK);
    CHECK_EQUAL(scene.asked, count);
    smf_loader_finish(&scene.loader);
    forge_free(&file);
    return pieces.bytes;
}

static void work_grows_with_the_file(void)
{
    /* SPEC [L3] */
    const uint64_t few = bytes_read_for(256), many = bytes_read_for(1024);
    CHECK(many < 5 * few);
}

static const struct tap_case cases[] = {
    {"module_for_this_machine",               module_for_this_machine              },
    {"sections_lie_in_order",                 sections_lie_in_order                },
    {"settled_records",                       settled_records                      },
    {"records_stay_in_their_section",         records_stay_in_their_section        },
    {"addends_are_explicit",                  addends_are_explicit                 },
    {"unknown_types_fail",                    unknown_types_fail                   },
    {"values_that_do_not_fit_fail",           values_that_do_not_fit_fail          },
    {"addresses_of_32_bits_wrap",             addresses_of_32_bits_wrap            },
    {"riscv_pairs",                           riscv_pairs                          },
    {"records_of_one_place_keep_their_order", records_of_one_place_keep_their_order},
    {"the_got_is_where_its_section_starts",   the_got_is_where_its_section_starts  },
    {"weak_symbols_of_nobody",                weak_symbols_of_nobody               },
    {"thumb",                                 thumb                                },
    {"by_stub",                               by_stub                              },
    {"pic_has_nothing_to_count",              pic_has_nothing_to_count             },
    {"imports_are_asked_for_once",            imports_are_asked_for_once           },
    {"hashes_only_exclude",                   hashes_only_exclude                  },
    {"sealed_once",                           sealed_once                          },
    {"arrays_of_functions",                   arrays_of_functions                  },
    {"what_is_read_twice_is_checked_twice",   what_is_read_twice_is_checked_twice  },
    {"work_grows_with_the_file",              work_grows_with_the_file             },
};
TAP_MAIN(cases)
