/* SPDX-License-Identifier: MIT */
/* kit.c - modules and a loader for tests: see kit.h. */
#include "support/kit.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "harness/tap.h"
#include "support/holds.h"

void kit_start(struct kit *kit, enum smf_arch_id arch)
{
    const struct smf_write_storage storage = {kit->sections, kit->symbols, kit->relocations, 16, 64, 256};
    smf_writer_start(&kit->writer, &storage);
    kit->writer.header.arch = arch;
    kit->writer.header.flags = SMF_FLAG_PIC;
}

uint32_t kit_section(struct kit *kit, const char *name, enum smf_section_type type, const void *bytes, uint64_t size,
                     uint32_t alignment)
{
    uint32_t index = 0;
    struct smf_write_section section = {.name = name, .type = type, .alignment = alignment, .flags = SMF_SECTION_READ};
    if (type == SMF_SECTION_BSS) {
        section.virtual_size = size;
    } else {
        section.bytes = bytes;
        section.size = size;
    }
    if (type == SMF_SECTION_CODE)
        section.flags |= SMF_SECTION_EXEC;
    if (type == SMF_SECTION_DATA || type == SMF_SECTION_BSS)
        section.flags |= SMF_SECTION_WRITE;
    CHECK_STATUS(smf_writer_add_section(&kit->writer, &section, &index), SMF_OK);
    return index;
}

static uint32_t add_symbol(struct kit *kit, const struct smf_write_symbol *symbol)
{
    uint32_t index = 0;
    CHECK_STATUS(smf_writer_add_symbol(&kit->writer, symbol, &index), SMF_OK);
    return index;
}

uint32_t kit_local(struct kit *kit, const char *name, uint32_t section, uint64_t value)
{
    const struct smf_write_symbol symbol = {
        .name = name, .section = section, .value = value, .type = SMF_SYMBOL_DATA, .binding = SMF_BINDING_LOCAL};
    return add_symbol(kit, &symbol);
}

uint32_t kit_import(struct kit *kit, const char *name, enum smf_symbol_type type, enum smf_binding binding)
{
    return kit_stub_import(kit, name, type, binding, 0, 0, 0);
}

uint32_t kit_stub_import(struct kit *kit, const char *name, enum smf_symbol_type type, enum smf_binding binding,
                         uint64_t offset, uint64_t size, uint32_t flags)
{
    const struct smf_write_symbol symbol = {.name = name,
                                            .section = SMF_INDEX_UNDEFINED,
                                            .value = offset,
                                            .size = size,
                                            .type = type,
                                            .binding = binding,
                                            .flags = flags};
    return add_symbol(kit, &symbol);
}

uint32_t kit_export(struct kit *kit, const char *name, uint32_t section, uint64_t value, enum smf_symbol_type type)
{
    const struct smf_write_symbol symbol = {
        .name = name, .section = section, .value = value, .type = type, .binding = SMF_BINDING_GLOBAL};
    return add_symbol(kit, &symbol);
}

static void add_record(struct kit *kit, uint32_t section, uint64_t offset, unsigned number, uint32_t symbol,
                       int64_t addend, bool settled)
{
    const struct smf_write_relocation record = {.offset = offset,
                                                .addend = addend,
                                                .section = section,
                                                .symbol = symbol,
                                                .number = (uint16_t)number,
                                                .type = SMF_RELOCATION_PSABI,
                                                .settled = settled};
    CHECK_STATUS(smf_writer_add_relocation(&kit->writer, &record), SMF_OK);
}

void kit_relocation(struct kit *kit, uint32_t section, uint64_t offset, unsigned number, uint32_t symbol,
                    int64_t addend)
{
    add_record(kit, section, offset, number, symbol, addend, false);
}

void kit_settled(struct kit *kit, uint32_t section, uint64_t offset, unsigned number, uint32_t symbol, int64_t addend)
{
    add_record(kit, section, offset, number, symbol, addend, true);
}

/* Memory for a file, aligned as files want it: malloc() of picolibc gives multiples of 8 also where words have 64 bits. */
static uint8_t *allocate(size_t size)
{
#if defined(SMF_TESTS_BOARD) && !defined(__x86_64__)
    return aligned_alloc(16, (size + 15) & ~(size_t)15);
#else
    return malloc(size);
#endif
}

uint8_t *kit_finish(const struct kit *kit, size_t *size)
{
    struct smf_diagnosis why;
    char line[200];
    enum smf_status status = smf_writer_finish(&kit->writer, SMF_LAYOUT_P128, NULL, 0, size, &why);
    uint8_t *bytes = status == SMF_OK ? allocate(*size) : NULL;
    if (bytes != NULL)
        status = smf_writer_finish(&kit->writer, SMF_LAYOUT_P128, bytes, *size, size, &why);
    if (status != SMF_OK) {
        smf_diagnosis_format(&why, line, sizeof line);
        tap_note("%s", line);
    }
    CHECK_STATUS(status, SMF_OK);
    return bytes;
}

static enum smf_status resolve(void *context, const struct smf_binding_request *request,
                               struct smf_binding_answer *answer)
{
    struct bench *bench = context;
    CHECK(strlen(request->name) == request->length);
    CHECK(answer->address == 0 && answer->kind == SMF_KIND_UNKNOWN && answer->provider == NULL);
    if (bench->each_step != NULL)
        bench->each_step(bench->where);
    if (++bench->asked == bench->refuse_at)
        return bench->refuse_with;
    for (size_t i = 0; i < bench->known_count; i++)
        if (strcmp(bench->known[i].name, request->name) == 0) {
            answer->address = bench->known[i].address;
            answer->kind = bench->known[i].kind;
            return SMF_OK;
        }
    return SMF_ERR_NOT_FOUND;
}

static void missing(void *context, const char *name)
{
    struct bench *bench = context;
    bench->missed++;
    if (strlen(bench->missed_names) + strlen(name) + 2 <= sizeof bench->missed_names) {
        strcat(bench->missed_names, name);
        strcat(bench->missed_names, " ");
    }
}

static int progress(void *context)
{
    struct bench *bench = context;
    if (bench->each_step != NULL)
        bench->each_step(bench->where);
    return ++bench->progress_calls == bench->cancel_at;
}

void bench_start(struct bench *bench, const struct smf_arch *arch)
{
    must_hold(arch);
    memset(bench, 0, sizeof *bench);
    paper_start(&bench->paper);
    bench->refuse_with = SMF_ERR_BUSY;
    bench->config.port = &bench->paper.port;
    bench->config.arena = bench->arena;
    bench->config.arena_size = sizeof bench->arena;
    bench->config.arch = arch;
    bench->config.resolve = resolve;
    bench->config.resolve_context = bench;
    bench->config.missing = missing;
    bench->config.missing_context = bench;
    bench->config.progress = progress;
    bench->config.progress_context = bench;
    if (arch->pointer_size == 4)
        bench->paper.base = 0x20000000;
}

void bench_open(struct bench *bench) { CHECK_STATUS(smf_loader_start(&bench->loader, &bench->config), SMF_OK); }

struct smf_module *bench_load(struct bench *bench, const void *bytes, size_t size)
{
    const struct smf_source source = smf_source_memory(bytes, size, SMF_STAYS_FOR_MODULE);
    struct smf_module *module = NULL;
    char line[200];
    const enum smf_status status = smf_load(&bench->loader, &source, &module, &bench->why);
    if (status != SMF_OK) {
        smf_diagnosis_format(&bench->why, line, sizeof line);
        tap_note("%s", line);
    }
    CHECK_STATUS(status, SMF_OK);
    paper_check(&bench->paper);
    return module;
}

enum smf_status bench_try(struct bench *bench, const void *bytes, size_t size)
{
    const enum smf_stay stay = bench->config.in_place != NULL ? SMF_STAYS_FOR_MODULE : SMF_STAYS_FOR_LOAD;
    const struct smf_source source = smf_source_memory(bytes, size, stay);
    struct smf_module *module = NULL;
    const unsigned live = paper_live(&bench->paper);
    const size_t room = bench_room(bench);
    const uint32_t count = bench->loader.module_count;
    const enum smf_status status = smf_load(&bench->loader, &source, &module, &bench->why);
    CHECK((status == SMF_OK) == (module != NULL));
    if (module != NULL)
        CHECK_STATUS(smf_unload(&bench->loader, module), SMF_OK);
    else
        CHECK_STATUS(bench->why.status, status);
    CHECK_EQUAL(paper_live(&bench->paper), live);
    CHECK_EQUAL(bench_room(bench), room);
    CHECK_EQUAL(bench->loader.module_count, count);
    paper_check(&bench->paper);
    return status;
}

size_t bench_room(const struct bench *bench)
{
    const struct smf_arena arena = {.bytes = bench->loader.arena.bytes, .size = bench->loader.arena.size};
    return smf_arena_largest(&arena);
}

void bench_end(struct bench *bench)
{
    smf_loader_finish(&bench->loader);
    CHECK_EQUAL(bench->loader.module_count, 0);
    CHECK_EQUAL(bench_room(bench),
                bench->loader.arena.size < SMF_ARENA_HEADER ? 0 : bench->loader.arena.size - SMF_ARENA_HEADER);
    paper_end(&bench->paper);
}

void put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

void put32(uint8_t *at, uint32_t value)
{
    put16(at, (uint16_t)value);
    put16(at + 2, (uint16_t)(value >> 16));
}

void put64(uint8_t *at, uint64_t value)
{
    put32(at, (uint32_t)value);
    put32(at + 4, (uint32_t)(value >> 32));
}

uint16_t get16(const uint8_t *at) { return (uint16_t)(at[0] | at[1] << 8); }
uint32_t get32(const uint8_t *at) { return get16(at) | (uint32_t)get16(at + 2) << 16; }
uint64_t get64(const uint8_t *at) { return get32(at) | (uint64_t)get32(at + 4) << 32; }
