/* SPDX-License-Identifier: MIT */
/* modules.c - modules of any size, made by the writer: many exports, many relocations. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "smf/writer.h"

enum { NAME_SIZE = 32 };

/* A writer with room for everything, and the section's bytes. */
struct making {
    struct smf_writer writer;
    struct smf_write_storage storage;
    char (*names)[NAME_SIZE];
    uint8_t *payload;
};

static void *allocate(size_t count, size_t size)
{
    void *bytes = calloc(count, size);
    if (bytes == NULL)
        measure_fail("module", "no memory");
    return bytes;
}

static void start(struct making *making, uint32_t symbols, uint32_t relocations, size_t payload)
{
    making->storage.sections = allocate(4, sizeof *making->storage.sections);
    making->storage.symbols = allocate(symbols, sizeof *making->storage.symbols);
    making->storage.relocations = allocate(relocations + 1, sizeof *making->storage.relocations);
    making->storage.section_capacity = 4;
    making->storage.symbol_capacity = symbols;
    making->storage.relocation_capacity = relocations;
    making->names = allocate(symbols, NAME_SIZE);
    making->payload = allocate(payload, 1);
    smf_writer_start(&making->writer, &making->storage);
    making->writer.header.arch = (enum smf_arch_id)smf_arch_native()->id;
    making->writer.header.flags = SMF_FLAG_PIC;
}

static struct bench_file finish(struct making *making)
{
    struct bench_file file = {NULL, 0};
    struct smf_diagnosis why;
    bench_check(smf_writer_finish(&making->writer, SMF_LAYOUT_P128, NULL, 0, &file.size, &why), &why, "measure");
    file.bytes = allocate(file.size, 1);
    bench_check(smf_writer_finish(&making->writer, SMF_LAYOUT_P128, file.bytes, file.size, &file.size, &why), &why,
                "write");
    free(making->storage.sections);
    free(making->storage.symbols);
    free(making->storage.relocations);
    free(making->names);
    free(making->payload);
    return file;
}

static void add_section(struct making *making, const char *name, enum smf_section_type type, uint32_t flags,
                        size_t size)
{
    bench_check(
        smf_writer_add_section(
            &making->writer,
            &(struct smf_write_section){
                .name = name, .bytes = making->payload, .size = size, .alignment = 16, .flags = flags, .type = type},
            NULL),
        NULL, "section");
}

static void add_symbol(struct making *making, const struct smf_write_symbol *symbol)
{
    bench_check(smf_writer_add_symbol(&making->writer, symbol, NULL), NULL, symbol->name);
}

struct bench_file bench_module_of_exports(uint32_t first, uint32_t count)
{
    struct making making;
    start(&making, count, 0, count);
    memset(making.payload, 0xC3, count);
    add_section(&making, ".text", SMF_SECTION_CODE, SMF_SECTION_READ | SMF_SECTION_EXEC, count);
    for (uint32_t i = 0; i < count; i++) {
        snprintf(making.names[i], NAME_SIZE, "export_%u_of_many", (unsigned)(first + i));
        add_symbol(&making, &(struct smf_write_symbol){.name = making.names[i],
                                                       .value = i,
                                                       .type = SMF_SYMBOL_FUNCTION,
                                                       .binding = SMF_BINDING_GLOBAL});
    }
    return finish(&making);
}

struct bench_file bench_module_of_relocations(uint32_t count, uint32_t imports)
{
    const size_t width = sizeof(uintptr_t);
    const uint32_t places = imports != 0 ? imports : 1;
    struct making making;
    start(&making, imports + 3, count, count * width);
    add_section(&making, ".data", SMF_SECTION_DATA, SMF_SECTION_READ | SMF_SECTION_WRITE, count * width);
    add_symbol(&making, &(struct smf_write_symbol){.name = ".data", .type = SMF_SYMBOL_DATA});
    for (uint32_t i = 0; i < imports; i++)
        add_symbol(&making, &(struct smf_write_symbol){.name = bench_host[i].name,
                                                       .section = SMF_INDEX_UNDEFINED,
                                                       .type = SMF_SYMBOL_FUNCTION,
                                                       .binding = SMF_BINDING_GLOBAL});
    add_symbol(&making,
               &(struct smf_write_symbol){.name = "table", .type = SMF_SYMBOL_DATA, .binding = SMF_BINDING_GLOBAL});
    add_symbol(&making, &(struct smf_write_symbol){.name = "table_end",
                                                   .value = count * width,
                                                   .type = SMF_SYMBOL_DATA,
                                                   .binding = SMF_BINDING_GLOBAL});
    /* Sorted by symbol, then by offset, as the format asks. */
    const struct smf_arch *arch = smf_arch_native();
    for (uint32_t place = 0; place < places; place++)
        for (uint32_t i = place; i < count; i += places) {
            struct smf_write_relocation relocation = {.offset = i * width,
                                                      .addend = imports != 0 ? 0 : (int64_t)(i + 1)};
            relocation.symbol = imports != 0 ? 1 + place : 0;
            relocation.type = arch->id == SMF_ARCH_X86_64 ? SMF_RELOCATION_ABS64 : SMF_RELOCATION_PSABI;
            relocation.number = relocation.type == SMF_RELOCATION_PSABI ? arch->absolute : 0;
            bench_check(smf_writer_add_relocation(&making.writer, &relocation), NULL, "relocation");
        }
    return finish(&making);
}
