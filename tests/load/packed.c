/* SPDX-License-Identifier: MIT */
/*
 * packed.c - modules with compressed sections: loaded they are what they would
 * be without; refused before anything is reserved where nobody decompresses
 * them; damaged they fail and leave nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "support/kit.h"
#include "support/module.h"
#include "support/pack.h"

static struct bench bench;
static struct kit kit;
static const struct smf_codec *const codecs[] = {&smf_codec_lz4, NULL};

struct file {
    uint8_t *bytes;
    size_t size;
};

enum { TEXT, RODATA, DATA, ARRAY, BSS, DEBUG };

/* Sections of every kind, with records at the ends of what they hold, and a hash. */
static struct file make_plain(const struct smf_arch *arch)
{
    static uint8_t text[600], rodata[301], data[1000], array[16], debug[50];
    const unsigned width = arch->pointer_size;
    for (unsigned i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i % 37 * (i / 64));
    for (unsigned i = 0; i < sizeof rodata; i++)
        rodata[i] = (uint8_t)("some text, some more text, "[i % 27]);
    kit_start(&kit, (enum smf_arch_id)arch->id);
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
    kit_section(&kit, ".rodata", SMF_SECTION_RODATA, rodata, sizeof rodata, 4);
    kit_section(&kit, ".data", SMF_SECTION_DATA, data, sizeof data, 8);
    kit_section(&kit, ".init_array", SMF_SECTION_DATA, array, width, 8);
    kit_section(&kit, ".bss", SMF_SECTION_BSS, NULL, 300, 4);
    kit_section(&kit, ".debug_info", SMF_SECTION_DEBUG, debug, sizeof debug, 1);
    const uint32_t code = kit_local(&kit, ".text", TEXT, 0), place = kit_local(&kit, ".data", DATA, 0);
    const unsigned pointer = width == 8 && arch->id == SMF_ARCH_RISCV64 ? 2 : 1; /* R_X86_64_64, R_RISCV_32 */
    kit_relocation(&kit, DATA, 0, pointer, code, 4);
    kit_relocation(&kit, DATA, sizeof data - width, pointer, place, 40);
    kit_relocation(&kit, ARRAY, 0, pointer, code, 16);
    kit_export(&kit, "run", TEXT, 8, SMF_SYMBOL_FUNCTION);
    kit_export(&kit, "table", DATA, 16, SMF_SYMBOL_DATA);
    struct file file = {NULL, 0};
    file.bytes = kit_finish(&kit, &file.size);
    return file;
}

static struct file pack(const struct file *plain, unsigned types)
{
    struct file file = {NULL, 0};
    file.bytes = pack_module(plain->bytes, plain->size, types, &file.size);
    return file;
}

static void start(void)
{
    bench_start(&bench, kit_machine());
    bench.config.codecs = codecs;
}

/* What a load came to: every byte of its regions, and what was asked of the port. */
struct outcome {
    uint8_t contents[4096];
    size_t size;
    struct smf_needs needs;
    struct smf_found run, table;
    unsigned progress_calls;
};

static void load(const struct smf_source *source, struct outcome *outcome)
{
    struct smf_module *module = NULL;
    char line[200];
    memset(outcome, 0, sizeof *outcome);
    bench.progress_calls = 0;
    CHECK_STATUS(smf_measure(&bench.loader, source, &outcome->needs, &bench.why), SMF_OK);
    const enum smf_status status = smf_load(&bench.loader, source, &module, &bench.why);
    if (status != SMF_OK) {
        smf_diagnosis_format(&bench.why, line, sizeof line);
        tap_check(0, __FILE__, __LINE__, "%s", line);
        return;
    }
    size_t count;
    const struct smf_region *regions = smf_module_regions(module, &count);
    for (size_t i = 0; i < count; i++) {
        CHECK(outcome->size + regions[i].size <= sizeof outcome->contents);
        memcpy(outcome->contents + outcome->size, regions[i].bytes, regions[i].size);
        outcome->size += regions[i].size;
    }
    CHECK_STATUS(smf_find(module, "run", &outcome->run), SMF_OK);
    CHECK_STATUS(smf_find(module, "table", &outcome->table), SMF_OK);
    outcome->progress_calls = bench.progress_calls;
    paper_check(&bench.paper);
    CHECK_STATUS(smf_unload(&bench.loader, module), SMF_OK);
}

/* SPEC [T15]: memory and a positional source, with progress and without, each combination of sections. */
static void a_compressed_module_is_the_module(void)
{
    static struct outcome wanted, found;
    const struct file plain = make_plain(kit_machine());
    for (unsigned types = 0; types < 16; types += 2)
        for (unsigned way = 0; way < 4; way++) {
            const struct file packed = pack(&plain, types | ((types & 2) != 0 ? 1u << SMF_SECTION_DEBUG : 0));
            start();
            if ((way & 2) != 0)
                bench.config.progress = NULL;
            bench_open(&bench);
            struct smf_source source = smf_source_memory(plain.bytes, plain.size, SMF_STAYS_FOR_LOAD);
            load(&source, &wanted);
            struct fickle fickle = {.bytes = packed.bytes, .size = packed.size};
            source = (way & 1) != 0 ? fickle_source(&fickle)
                                    : smf_source_memory(packed.bytes, packed.size, SMF_STAYS_FOR_LOAD);
            load(&source, &found);
            CHECK_EQUAL(fickle.outside, 0);
            CHECK(found.size != 0 && found.size == wanted.size);
            CHECK(memcmp(found.contents, wanted.contents, wanted.size) == 0);
            CHECK_EQUAL(found.run.address, wanted.run.address);
            CHECK_EQUAL(found.table.address, wanted.table.address);
            CHECK_EQUAL(found.needs.region_bytes, wanted.needs.region_bytes);
            CHECK_EQUAL(found.needs.arena_kept, wanted.needs.arena_kept);
            if ((way & 1) == 0) { /* names of imports and exports take as much, from the same kind of source */
                CHECK_EQUAL(found.needs.arena_scratch, wanted.needs.arena_scratch);
                CHECK_EQUAL(found.progress_calls, wanted.progress_calls); /* no section is longer than one piece */
            }
            bench_end(&bench);
            free(packed.bytes);
        }
    free(plain.bytes);
}

/* SPEC [T20]: the bytes that a section's records patch are those in memory, not those in the file. */
static void records_and_arrays_count_what_is_in_memory(void)
{
    const struct file plain = make_plain(kit_machine()), packed = pack(&plain, PACK_LOADED);
    start();
    bench_open(&bench);
    const struct smf_module *module = bench_load(&bench, packed.bytes, packed.size);
    struct smf_found run, table;
    CHECK_STATUS(smf_find(module, "run", &run), SMF_OK);
    CHECK_STATUS(smf_find(module, "table", &table), SMF_OK);
    const unsigned width = kit_machine()->pointer_size;
    const uint8_t *data = paper_at(&bench.paper, table.address - 16, 1000);
    CHECK(data != NULL);
    const uint64_t first = width == 8 ? get64(data) : get32(data);
    const uint64_t last = width == 8 ? get64(data + 1000 - width) : get32(data + 1000 - width);
    CHECK_EQUAL(first, run.address - 8 + 4);
    CHECK_EQUAL(last, table.address - 16 + 40);
    bench_end(&bench);
    free(packed.bytes);
    free(plain.bytes);
}

/* SPEC [T16]. Early: no call of the port, nothing taken; whatever the list lacks. */
static void nobody_decompresses_it(void)
{
    static const struct smf_codec other = {.number = SMF_COMPRESSION_ZSTD, .name = "other", .rules = &smf_codec_rules};
    static const struct smf_codec no_rules = {.number = SMF_COMPRESSION_LZ4, .name = "no rules"};
    static const struct smf_codec *const nothing[] = {NULL}, *const others[] = {&other, NULL};
    static const struct smf_codec *const bare[] = {&no_rules, NULL}, *const second[] = {&other, &no_rules, NULL};
    const struct smf_codec *const *const lists[] = {NULL, nothing, others, bare, second};
    const struct file plain = make_plain(kit_machine()), packed = pack(&plain, 1u << SMF_SECTION_RODATA);
    const struct file debug = pack(&plain, 1u << SMF_SECTION_DEBUG);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        start();
        bench.config.codecs = lists[i];
        bench_open(&bench);
        struct smf_needs needs;
        const struct smf_source source = smf_source_memory(packed.bytes, packed.size, SMF_STAYS_FOR_LOAD);
        CHECK_STATUS(smf_measure(&bench.loader, &source, &needs, &bench.why), SMF_ERR_COMPRESSED);
        CHECK_STATUS(bench_try(&bench, packed.bytes, packed.size), SMF_ERR_COMPRESSED);
        CHECK_EQUAL(bench.why.detail, SMF_DETAIL_COMPRESSED_SECTION);
        CHECK_EQUAL(bench.why.index, RODATA);
        CHECK_EQUAL(bench.why.value, SMF_COMPRESSION_LZ4);
        CHECK_EQUAL(bench.paper.call_count, 0);
        CHECK_STATUS(bench_try(&bench, debug.bytes, debug.size), SMF_OK); /* never loaded: nobody need read it */
        bench_end(&bench);
    }
    free(debug.bytes);
    free(packed.bytes);
    free(plain.bytes);
}

/* P128 as others write it (SPEC [F2]): sections are compressed if the header says how, and only then. */
static void files_of_others(void)
{
    static uint8_t room[1024];
    for (enum forge_layout layout = FORGE_P128_W; layout <= FORGE_P128_LEADING; layout++)
        for (unsigned method = 0; method <= SMF_COMPRESSION_LZ4; method++) {
            struct forge_section sections[4];
            struct forge what = whole_module(layout);
            struct forged plain, packed;
            bench_start(&bench, &smf_arch_x86_64);
            static const struct known known[] = {
                {"puts", UINT64_C(0x4000101000), SMF_KIND_FUNCTION}
            };
            bench.known = known;
            bench.known_count = 1;
            bench.config.codecs = codecs;
            forge_make(&what, &plain);
            memcpy(sections, what.sections, sizeof sections);
            if (method == SMF_COMPRESSION_NONE)
                sections[0].flags |= SMF_SECTION_COMPRESSED;
            else
                pack_sections(sections, 4, PACK_LOADED, room);
            what.sections = sections;
            what.compression = (uint8_t)method;
            forge_make(&what, &packed);
            bench_open(&bench);
            if (method == SMF_COMPRESSION_ZSTD) {
                CHECK_STATUS(bench_try(&bench, packed.bytes, packed.size), SMF_ERR_COMPRESSED);
            } else {
                size_t count, size;
                uint8_t wanted[512];
                struct smf_module *module = bench_load(&bench, plain.bytes, plain.size);
                const struct smf_region *regions = smf_module_regions(module, &count);
                size = regions[0].size;
                CHECK(size <= sizeof wanted);
                memcpy(wanted, regions[0].bytes, size);
                CHECK_STATUS(smf_unload(&bench.loader, module), SMF_OK);
                module = bench_load(&bench, packed.bytes, packed.size);
                regions = smf_module_regions(module, &count);
                CHECK(regions[0].size == size && memcmp(regions[0].bytes, wanted, size) == 0);
            }
            bench_end(&bench);
            forge_free(&plain);
            forge_free(&packed);
        }
}

static struct {
    uint8_t memory[1200];
    struct smf_keep_request request;
} kept;

static enum smf_status refer(void *context, const struct smf_reference *reference)
{
    (void)context;
    (void)reference;
    return SMF_OK;
}

static enum smf_status keep(void *context, const struct smf_keep_request *request, struct smf_region *region,
                            bool *is_kept)
{
    (void)context;
    kept.request = *request;
    *is_kept = false;
    region->bytes = kept.memory;
    region->address = 0x1000;
    region->size = request->size;
    region->access = SMF_ACCESS_RW;
    return SMF_OK;
}

static void a_keep_section_is_decompressed_where_it_is_kept(void)
{
    static const struct smf_rebinding rebinding = {.rules = &smf_rebinding_rules, .refer = refer, .keep = keep};
    static uint8_t text[32], state[1000];
    for (unsigned i = 0; i < sizeof state; i++)
        state[i] = (uint8_t)(i / 100);
    start();
    bench.config.rebinding = &rebinding;
    kit_start(&kit, (enum smf_arch_id)kit_machine()->id);
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
    kit_section(&kit, ".keep.state", SMF_SECTION_DATA, state, sizeof state, 8);
    struct file plain = {NULL, 0};
    plain.bytes = kit_finish(&kit, &plain.size);
    const struct file packed = pack(&plain, PACK_LOADED);
    CHECK(packed.size < plain.size);
    memset(kept.memory, 0xA5, sizeof kept.memory);
    bench_open(&bench);
    bench_load(&bench, packed.bytes, packed.size);
    CHECK_EQUAL(kept.request.size, sizeof state);
    CHECK(memcmp(kept.memory, state, sizeof state) == 0);
    CHECK_EQUAL(kept.memory[sizeof state], 0xA5);
    bench_end(&bench);
    free(packed.bytes);
    free(plain.bytes);
}

/* SPEC [T20] [T13]: what code is can be seen only when it has been decompressed. */
static void code_that_is_no_machine_code(void)
{
    static const uint32_t magics[] = {SMF_BYTECODE_MAGIC, SMF_ELF_MAGIC};
    for (unsigned i = 0; i < 2; i++) {
        static uint8_t text[64];
        size_t size;
        start();
        kit_start(&kit, (enum smf_arch_id)kit_machine()->id);
        kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
        uint8_t *file = kit_finish(&kit, &size);
        put32(file, magics[i]); /* the first section starts the file */
        struct file packed = {NULL, 0};
        packed.bytes = pack_module(file, size, PACK_LOADED, &packed.size);
        bench_open(&bench);
        CHECK_STATUS(bench_try(&bench, packed.bytes, packed.size), i == 0 ? SMF_ERR_BYTECODE : SMF_ERR_EMBEDDED_ELF);
        CHECK_TEXT(bench.why.name, ".text");
        CHECK_EQUAL(bench.paper.calls[0].what, PAPER_RESERVE);
        bench_end(&bench);
        free(packed.bytes);
        free(file);
    }
}

static size_t entry_of(const struct file *file, uint32_t section)
{
    const uint8_t *header = file->bytes + file->size - SMF_P128_HEADER_SIZE;
    return (size_t)get64(header + SMF_P128_SECTION_TABLE) + section * (size_t)SMF_T64_SIZE;
}

/* SPEC [T17]: one byte less or more than there is, on either side; all shorter payloads. bench_try() sees that nothing is left, and
 * the paper port that no byte outside of the regions is written. */
static void sizes_that_lie(void)
{
    const struct file plain = make_plain(kit_machine()), packed = pack(&plain, PACK_LOADED);
    start();
    bench_open(&bench);
    for (uint32_t section = TEXT; section <= ARRAY; section++) {
        uint8_t *const entry = packed.bytes + entry_of(&packed, section);
        const uint64_t stored = get64(entry + SMF_T_SIZE), whole = get64(entry + SMF_T_VIRTUAL_SIZE);
        put64(entry + SMF_T_VIRTUAL_SIZE, whole + 1);
        CHECK_STATUS(bench_try(&bench, packed.bytes, packed.size), SMF_ERR_DECOMPRESS);
        CHECK_EQUAL(bench.why.detail, SMF_DETAIL_PACKED_SMALL);
        CHECK_EQUAL(bench.why.index, section);
        put64(entry + SMF_T_VIRTUAL_SIZE, whole - 1);
        if (bench_try(&bench, packed.bytes, packed.size) != SMF_ERR_SYMBOL) /* one may lie at the end */
            CHECK_STATUS(bench.why.status, SMF_ERR_DECOMPRESS);
        put64(entry + SMF_T_VIRTUAL_SIZE, whole);
        for (uint64_t size = 1; size < stored; size++) {
            put64(entry + SMF_T_SIZE, size);
            CHECK_STATUS(bench_try(&bench, packed.bytes, packed.size), SMF_ERR_DECOMPRESS);
        }
        put64(entry + SMF_T_SIZE, stored);
    }
    CHECK_STATUS(bench_try(&bench, packed.bytes, packed.size), SMF_OK);
    bench_end(&bench);
    free(packed.bytes);
    free(plain.bytes);
}

static void every_bit_of_the_payloads(void)
{
    const struct file plain = make_plain(kit_machine()), packed = pack(&plain, PACK_LOADED);
    unsigned refused = 0;
    start();
    bench.config.progress = NULL;
    bench_open(&bench);
    for (uint32_t section = TEXT; section <= ARRAY; section++) {
        const uint8_t *entry = packed.bytes + entry_of(&packed, section);
        const size_t offset = (size_t)get64(entry + SMF_T_OFFSET), size = (size_t)get64(entry + SMF_T_SIZE);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            packed.bytes[offset + bit / 8] ^= (uint8_t)(1u << bit % 8);
            const enum smf_status status = bench_try(&bench, packed.bytes, packed.size);
            refused += status == SMF_ERR_DECOMPRESS;
            if (status != SMF_OK && status != SMF_ERR_DECOMPRESS)
                tap_check(0, __FILE__, __LINE__, "section %u bit %u: %s", (unsigned)section, (unsigned)bit,
                          smf_status_name(status));
            packed.bytes[offset + bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    CHECK(refused > 100);
    bench_end(&bench);
    free(packed.bytes);
    free(plain.bytes);
}

/* SPEC [T20]: the hash is of the bytes as they are stored. */
static void the_hash_is_of_what_is_stored(void)
{
    struct file plain = make_plain(kit_machine());
    uint8_t *const field = plain.bytes + plain.size - SMF_P128_HEADER_SIZE + SMF_P128_MODULE_HASH;
    put64(field, 1); /* to be made right */
    const struct file packed = pack(&plain, PACK_LOADED);
    start();
    bench.config.checks = SMF_CHECK_HASH | SMF_CHECK_NAMES | SMF_CHECK_SETTLED;
    bench_open(&bench);
    CHECK_STATUS(bench_try(&bench, packed.bytes, packed.size), SMF_OK);
    packed.bytes[20] ^= 1;
    CHECK_STATUS(bench_try(&bench, packed.bytes, packed.size), SMF_ERR_HASH);
    bench_end(&bench);
    free(packed.bytes);
    free(plain.bytes);
}

/* A codec of the program's own, which fails; and one that follows another. */
static enum smf_status fails(const struct smf_codec *codec, const struct smf_packed *packed, void *into, size_t size,
                             struct smf_diagnosis *why)
{
    memset(into, 0x77, size);
    CHECK(packed->size != 0 && size != 0);
    why->status = *(const enum smf_status *)codec->context;
    return why->status;
}

static void codecs_of_the_program(void)
{
    static enum smf_status answer;
    static const struct smf_codec own = {
        .number = SMF_COMPRESSION_LZ4, .name = "own", .decode = fails, .context = &answer, .rules = &smf_codec_rules};
    static const struct smf_codec first = {.number = SMF_COMPRESSION_ZSTD, .name = "first", .rules = &smf_codec_rules};
    static const struct smf_codec *const list[] = {&first, &own, &smf_codec_lz4, NULL};
    static const enum smf_status answers[] = {SMF_ERR_NO_MEMORY, SMF_ERR_LIMIT, SMF_ERR_IO, SMF_ERR_DECOMPRESS};
    const struct file plain = make_plain(kit_machine()), packed = pack(&plain, PACK_LOADED);
    start();
    bench.config.codecs = list;
    bench_open(&bench);
    for (unsigned i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        answer = answers[i];
        CHECK_STATUS(bench_try(&bench, packed.bytes, packed.size), answers[i]);
    }
    bench_end(&bench);
    free(packed.bytes);
    free(plain.bytes);
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(a_compressed_module_is_the_module),
    CASE(records_and_arrays_count_what_is_in_memory),
    CASE(nobody_decompresses_it),
    CASE(files_of_others),
    CASE(a_keep_section_is_decompressed_where_it_is_kept),
    CASE(code_that_is_no_machine_code),
    CASE(sizes_that_lie),
    CASE(every_bit_of_the_payloads),
    CASE(the_hash_is_of_what_is_stored),
    CASE(codecs_of_the_program),
};
TAP_MAIN(cases)
