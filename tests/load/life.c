/* SPDX-License-Identifier: MIT */
/*
 * life.c - sources of both kinds, sources that change while they are read, loads
 * within loads, memory that held something before, and regions of all sorts.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "support/kit.h"
#include "support/module.h"

static struct bench bench;
static struct kit kit;
static uint8_t text[256], rodata[33], data[512];

static const struct known known[] = {
    {"puts",  UINT64_C(0x4000101000), SMF_KIND_FUNCTION},
    {"other", UINT64_C(0x4000102000), SMF_KIND_DATA    }
};

static void start(void)
{
    bench_start(&bench, &smf_arch_x86_64);
    bench.known = known;
    bench.known_count = 2;
}

/* .text, .rodata, .data, .bss; two imports, two exports, `records` pointers and PC32 to .data. */
static uint8_t *make(size_t *size, unsigned records)
{
    kit_start(&kit, SMF_ARCH_X86_64);
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 64);
    kit_section(&kit, ".rodata", SMF_SECTION_RODATA, rodata, sizeof rodata, 1);
    kit_section(&kit, ".data", SMF_SECTION_DATA, data, sizeof data, 32);
    kit_section(&kit, ".bss", SMF_SECTION_BSS, NULL, 777, 128);
    kit_local(&kit, ".data", 2, 0);
    kit_import(&kit, "puts", SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL);
    kit_import(&kit, "other", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    kit_export(&kit, "run", 0, 0, SMF_SYMBOL_FUNCTION);
    kit_export(&kit, "table", 2, 8, SMF_SYMBOL_DATA);
    for (unsigned i = 0; i < records; i++)
        kit_relocation(&kit, 0, 4 * i, 2, i % 3, 0);
    for (unsigned i = 0; i < records; i++)
        kit_relocation(&kit, 2, 8 * i, 1, i % 3, i);
    return kit_finish(&kit, size);
}

/* Every byte of every region, one after the other. */
static size_t contents(const struct smf_module *module, uint8_t *into)
{
    size_t count, used = 0;
    const struct smf_region *regions = smf_module_regions(module, &count);
    for (size_t i = 0; i < count; i++) {
        memcpy(into + used, regions[i].bytes, regions[i].size);
        used += regions[i].size;
    }
    return used;
}

static void both_kinds_of_source_give_the_same_bytes(void)
{
    static uint8_t left[1 << 15], right[1 << 15];
    size_t size = 0;
    uint8_t *file = make(&size, 20);
    struct fickle fickle = {.bytes = file, .size = size};
    const struct smf_source positional = fickle_source(&fickle);
    start();
    bench_open(&bench);
    struct smf_module *module = bench_load(&bench, file, size);
    const size_t left_size = contents(module, left);
    CHECK_STATUS(smf_unload(&bench.loader, module), SMF_OK);
    module = NULL;
    CHECK_STATUS(smf_load(&bench.loader, &positional, &module, &bench.why), SMF_OK);
    CHECK_EQUAL(contents(module, right), left_size);
    CHECK(memcmp(left, right, left_size) == 0);
    CHECK_EQUAL(fickle.outside, 0);
    memset(file, 0xEE, size); /* nothing of the file is needed any more */
    CHECK(smf_function(module, "run") != NULL && smf_function(module, "table") == NULL);
    bench_end(&bench);
    free(file);
}

/* A23: from the n-th read on, some byte of the tables is another one. */
static void a23_a_positional_source_changes(void)
{
    size_t size = 0;
    uint8_t *file = make(&size, 4);
    unsigned loads = 0, refused = 0, reads = 0;
    start();
    bench_open(&bench);
    {
        struct fickle fickle = {.bytes = file, .size = size};
        const struct smf_source source = fickle_source(&fickle);
        struct smf_module *module = NULL;
        CHECK_STATUS(smf_load(&bench.loader, &source, &module, &bench.why), SMF_OK);
        CHECK_STATUS(smf_unload(&bench.loader, module), SMF_OK);
        reads = fickle.calls;
    }
    const size_t tables = sizeof text + sizeof rodata + sizeof data;
    for (unsigned at = 1; at <= reads; at++)
        for (size_t byte = tables; byte < size; byte++) {
            struct fickle fickle = {.bytes = file, .size = size, .change_at = at, .changed = byte};
            const struct smf_source source = fickle_source(&fickle);
            struct smf_module *module = NULL;
            const enum smf_status status = smf_load(&bench.loader, &source, &module, &bench.why);
            loads += status == SMF_OK;
            refused += status != SMF_OK;
            if (fickle.outside != 0)
                tap_check(0, __FILE__, __LINE__, "read %u, byte %zu: %u reads outside", at, byte, fickle.outside);
            if (module != NULL)
                CHECK_STATUS(smf_unload(&bench.loader, module), SMF_OK);
        }
    CHECK(loads > 100 && refused > 100);
    bench_end(&bench);
    free(file);
}

/* A23: an addressable image is changed at each call out of the loader. */
struct changing {
    uint8_t *bytes;
    size_t size;
    size_t from; /* where random changes start: tables, not code */
    uint32_t state;
    unsigned quiet; /* calls before the changes begin */
};

static void change(void *where)
{
    struct changing *changing = where;
    if (changing->quiet != 0) {
        changing->quiet--;
        return;
    }
    for (unsigned i = 0; i < 3; i++) {
        changing->state = changing->state * 1664525u + 1013904223u;
        const size_t at = changing->from + (changing->state >> 8) % (changing->size - changing->from);
        changing->bytes[at] = (uint8_t)(changing->bytes[at] ^ 1u << (changing->state & 7));
    }
}

static void a23_bytes_in_memory_change(void)
{
    size_t size = 0;
    uint8_t *file = make(&size, 60), *copy = malloc(size);
    unsigned loads = 0, refused = 0;
    if (copy == NULL)
        abort();
    start();
    bench_open(&bench);
    struct changing changing = {copy, size, sizeof text + sizeof rodata + sizeof data, 0, 0};
    bench.each_step = change;
    bench.where = &changing;
    for (uint32_t seed = 0; seed < 3000; seed++) {
        memcpy(copy, file, size);
        changing.state = seed * 2654435761u;
        changing.quiet = seed & 15;
        const enum smf_status status = bench_try(&bench, copy, size);
        loads += status == SMF_OK;
        refused += status != SMF_OK;
    }
    tap_check(loads > 100 && refused > 100, __FILE__, __LINE__, "%u loads, %u refused", loads, refused);
    bench_end(&bench);
    free(copy);
    free(file);
}

/* A27: no byte of what was in the memory before is left, also between and behind sections. */
static void a27_old_contents_do_not_survive(void)
{
    size_t size = 0, count;
    memset(text, 1, sizeof text);
    uint8_t *file = make(&size, 0);
    for (unsigned rwx = 0; rwx < 2; rwx++) {
        start();
        bench.config.allow_rwx = bench.paper.port.can_rwx = rwx != 0;
        bench_open(&bench);
        const struct smf_module *module = bench_load(&bench, file, size);
        const struct smf_region *regions = smf_module_regions(module, &count);
        for (size_t i = 0; i < count; i++)
            for (size_t b = 0; b < regions[i].size; b++)
                if (regions[i].bytes[b] == PAPER_POISON)
                    tap_check(0, __FILE__, __LINE__, "byte %zu of region %zu is old", b, i);
        bench_end(&bench);
    }
    memset(text, 0, sizeof text);
    free(file);
}

static void rwx_needs_the_port_and_the_caller(void)
{
    size_t size = 0, count;
    uint8_t *file = make(&size, 20);
    for (unsigned i = 0; i < 4; i++) {
        start();
        bench.config.allow_rwx = (i & 1) != 0;
        bench.paper.port.can_rwx = (i & 2) != 0;
        bench_open(&bench);
        const struct smf_module *module = bench_load(&bench, file, size);
        const struct smf_region *regions = smf_module_regions(module, &count);
        CHECK_EQUAL(count, i == 3 ? 1 : 3);
        CHECK_EQUAL(regions[0].access, i == 3 ? SMF_ACCESS_RWX : SMF_ACCESS_RX);
        /* Data lies in the default layout: the third record of .text names "other", the first .data. */
        struct smf_found found;
        CHECK_STATUS(smf_find(module, "table", &found), SMF_OK);
        const uint8_t *at = paper_at(&bench.paper, found.address - 8, 24);
        CHECK(at != NULL && get64(at) == found.address - 8 && get64(at + 8) == known[0].address + 1);
        bench_end(&bench);
    }
    free(file);
}

/* A resolver that loads another module in the same loader. */
struct nested {
    const uint8_t *bytes;
    size_t size;
    struct smf_module *module;
    unsigned depth;
};

static enum smf_status load_another(void *context, const struct smf_binding_request *request,
                                    struct smf_binding_answer *answer)
{
    struct nested *nested = context;
    (void)request;
    answer->address = known[0].address;
    answer->kind = SMF_KIND_FUNCTION;
    if (nested->depth != 0 || nested->module != NULL)
        return SMF_OK;
    nested->depth++;
    const struct smf_source source = smf_source_memory(nested->bytes, nested->size, SMF_STAYS_FOR_LOAD);
    const enum smf_status status = smf_load(&bench.loader, &source, &nested->module, NULL);
    nested->depth--;
    return status;
}

static void loads_within_loads(void)
{
    size_t size = 0;
    uint8_t *file = make(&size, 20);
    for (unsigned order = 0; order < 3; order++) {
        struct nested nested = {file, size, NULL, 0};
        start();
        bench.config.resolve = load_another;
        bench.config.resolve_context = &nested;
        bench.paper.fail_at = order == 2 ? 6 : 0; /* the outer load fails when it is sealed */
        bench_open(&bench);
        const struct smf_source source = smf_source_memory(file, size, SMF_STAYS_FOR_LOAD);
        struct smf_module *outer = NULL;
        CHECK_STATUS(smf_load(&bench.loader, &source, &outer, &bench.why), order == 2 ? SMF_ERR_PROTECT : SMF_OK);
        CHECK(nested.module != NULL);
        CHECK_EQUAL(bench.loader.module_count, order == 2 ? 1 : 2);
        CHECK_STATUS(smf_unload(&bench.loader, order == 0 ? outer : nested.module), SMF_OK);
        if (order != 2)
            CHECK_STATUS(smf_unload(&bench.loader, order == 0 ? nested.module : outer), SMF_OK);
        bench_end(&bench);
    }
    free(file);
}

/* A25: sixteen times the records, about sixteen times the reads and the progress calls. */
static void a25_work_is_linear(void)
{
    enum { MOST = 16384 };
    static struct smf_write_relocation records[MOST];
    static uint8_t much[MOST * 8];
    unsigned progress[2], reads[2];
    for (unsigned round = 0; round < 2; round++) {
        const unsigned count = round == 0 ? MOST / 16 : MOST;
        const struct smf_write_storage storage = {kit.sections, kit.symbols, records, 16, 64, MOST};
        smf_writer_start(&kit.writer, &storage);
        kit.writer.header.flags = SMF_FLAG_PIC;
        kit_section(&kit, ".data", SMF_SECTION_DATA, much, 8 * (uint64_t)count, 8);
        kit_local(&kit, ".data", 0, 0);
        kit_import(&kit, "other", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
        for (unsigned i = 0; i < count; i++) /* the worst order for anything that remembers one symbol */
            kit_relocation(&kit, 0, 8 * (uint64_t)i, 1, i & 1, 0);
        size_t size = 0;
        uint8_t *file = kit_finish(&kit, &size);
        struct fickle fickle = {.bytes = file, .size = size};
        const struct smf_source source = fickle_source(&fickle);
        struct smf_module *module = NULL;
        start();
        bench_open(&bench);
        CHECK_STATUS(smf_load(&bench.loader, &source, &module, &bench.why), SMF_OK);
        progress[round] = bench.progress_calls;
        reads[round] = fickle.calls;
        bench_end(&bench);
        free(file);
    }
    tap_check(progress[1] <= 18 * progress[0] && reads[1] <= 18 * reads[0], __FILE__, __LINE__,
              "%u and %u progress calls, %u and %u reads", progress[0], progress[1], reads[0], reads[1]);
    CHECK(progress[1] >= 8 * progress[0]);
}

/* A31, A32: no sections with memory, empty sections, sections that start nowhere near zero. */
static void a31_modules_of_almost_nothing(void)
{
    size_t size = 0, count = 9;
    start();
    bench_open(&bench);
    kit_start(&kit, SMF_ARCH_X86_64);
    kit_section(&kit, ".data", SMF_SECTION_DATA, data, 0, 8);
    uint8_t *file = kit_finish(&kit, &size);
    const struct smf_module *module = bench_load(&bench, file, size);
    CHECK(smf_module_regions(module, &count) != NULL && count == 0);
    CHECK_EQUAL(bench.paper.call_count, 0);
    bench_end(&bench);
    free(file);
    /* An empty section that is named: it lies where the default layout has it, within reach of the code. */
    start();
    bench_open(&bench);
    kit_start(&kit, SMF_ARCH_X86_64);
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, 16, 16);
    kit_section(&kit, ".data", SMF_SECTION_DATA, data, 0, 8);
    kit_relocation(&kit, 0, 4, 2, kit_local(&kit, ".data", 1, 0), -4);
    kit_export(&kit, "run", 0, 0, SMF_SYMBOL_FUNCTION);
    file = kit_finish(&kit, &size);
    module = bench_load(&bench, file, size);
    const uint8_t *at = paper_at(&bench.paper, bench.paper.base, 16);
    CHECK(at != NULL && get32(at + 4) == 4096 - 4 - 4);
    bench_end(&bench);
    free(file);
}

/* A32: .bss of 4 GiB - 1, 2^40 and 2^62 bytes: asked for as it is, or refused; never cut. */
static void a32_huge_sections(void)
{
    static const uint64_t sizes[] = {UINT32_MAX, UINT64_C(1) << 32, UINT64_C(1) << 40, UINT64_C(1) << 61};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t size = 0;
        struct smf_needs needs;
        start();
        bench_open(&bench);
        kit_start(&kit, SMF_ARCH_X86_64);
        kit_section(&kit, ".bss", SMF_SECTION_BSS, NULL, sizes[i], 1);
        uint8_t *file = kit_finish(&kit, &size);
        const struct smf_source source = smf_source_memory(file, size, SMF_STAYS_FOR_LOAD);
        const enum smf_status status = smf_measure(&bench.loader, &source, &needs, &bench.why);
        if (sizes[i] <= SIZE_MAX / 4) {
            CHECK_STATUS(status, SMF_OK);
            CHECK_EQUAL(needs.regions[0].size, sizes[i]);
        } else {
            CHECK_STATUS(status, SMF_ERR_LIMIT);
        }
        bench_end(&bench);
        free(file);
    }
}

static const struct tap_case cases[] = {
    {"both_kinds_of_source_give_the_same_bytes", both_kinds_of_source_give_the_same_bytes},
    {"a23_a_positional_source_changes",          a23_a_positional_source_changes         },
    {"a23_bytes_in_memory_change",               a23_bytes_in_memory_change              },
    {"a27_old_contents_do_not_survive",          a27_old_contents_do_not_survive         },
    {"rwx_needs_the_port_and_the_caller",        rwx_needs_the_port_and_the_caller       },
    {"loads_within_loads",                       loads_within_loads                      },
    {"a25_work_is_linear",                       a25_work_is_linear                      },
    {"a31_modules_of_almost_nothing",            a31_modules_of_almost_nothing           },
    {"a32_huge_sections",                        a32_huge_sections                       },
};
TAP_MAIN(cases)
