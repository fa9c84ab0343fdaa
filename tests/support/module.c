/* SPDX-License-Identifier: MIT */
/* module.c - see module.h. */
#include "support/module.h"

#include <string.h>

#include "smf/hash.h"

static const uint8_t text[48] = {0xB8, 0x2A, 0, 0, 0, 0xC3};
static const uint8_t data[24] = {1, 2, 3};
static const uint8_t rodata[8] = {'h', 'i'};
static const uint8_t debug[5] = {9, 8, 7, 6, 5};
static const uint8_t note[] = {
    1, 0, 5, 0, 'w', 'h', 'o', 'l', 'e', 0, 0, 0,             /* name          */
    2, 0, 6, 0, 1,   0,   2,   0,   3,   0, 0, 0,             /* version 1.2.3 */
    3, 0, 4, 0, 7,   0,   0,   0,                             /* state         */
    4, 0, 4, 0, 't', 'e', 's', 't', 9,   0, 1, 0, 1, 0, 0, 0, /* writer, unknown */
};
static const uint8_t deps[] = {2, 0, 0, 0, 3, 0, 0,   0,   'l', 'o', 'g', 1, 2, 3, 4, 5, 6,
                               7, 8, 2, 0, 0, 0, 'i', 'o', 0,   0,   0,   0, 0, 0, 0, 0};
static uint8_t text_records[3 * 24], data_records[2 * 24], r_records[2 * 24];

static const struct forge_section sections[WHOLE_SECTIONS] = {
    {.name = ".text",             .type = SMF_SECTION_CODE, .flags = 5,                                    .alignment = 16,                                                                               .bytes = text,                                                                                                                                                                         .size = sizeof text},
    {.name = ".data",                           .type = SMF_SECTION_DATA,                                     .flags = 3,                                .alignment = 8,                                                                               .bytes = data,                                                                                                                                                                                                                       .size = sizeof data},
    {.name = ".bss",        .type = SMF_SECTION_BSS,                                .flags = 3,                                                                .alignment = 8,                                                                                                                               .virtual_size = 64                                                    },
    {.name = ".rel",
     .type = SMF_SECTION_RELOC,
     .alignment = 8,
     .bytes = text_records,
     .size = sizeof text_records,
     .link = 1 + WHOLE_TEXT,
     .settled = 1},
    {.name = ".rodata", .type = SMF_SECTION_RODATA,                                .flags = 1,                                                                                         .alignment = 8,                                                                                                                                                                                      .bytes = rodata,                                                                                                                                                                                                                                                                                                                                                           .size = sizeof rodata},
    {.name = ".rel",
     .type = SMF_SECTION_RELOC,
     .alignment = 8,
     .bytes = data_records,
     .size = sizeof data_records,
     .link = 1 + WHOLE_DATA},
    {.name = "note.module",   .type = SMF_SECTION_NOTE,                                        .flags = 1,                                                                                .alignment = 4,                                                                                                                                                                         .bytes = note,                                                                                                                                                                                                                                                                                                                                                                     .size = sizeof note},
    {.name = "note.deps",       .type = SMF_SECTION_NOTE,     .flags = 1, .alignment = 4, .bytes = deps, .size = sizeof deps},
    {.name = ".debug_info",                           .type = SMF_SECTION_DEBUG,                                 .alignment = 1,                                                .bytes = debug,                                                                                                                               .size = sizeof debug                                                                                                                                                                                                                                                                                                     },
};

static const struct forge_section r_sections[] = {
    {.name = "code",       .type = SMF_SECTION_CODE, .flags = 5,    .alignment = 16,                          .bytes = text,     .size = sizeof text},
    {.name = "data",                    .type = SMF_SECTION_DATA,                               .flags = 3, .alignment = 8, .bytes = data,    .size = sizeof data},
    {.name = "rodata", .type = SMF_SECTION_VERSION,                         .flags = 1,                       .alignment = 8,                                    .bytes = rodata,                .size = sizeof rodata},
    {.name = "rela",     .type = SMF_SECTION_RELOC,        .alignment = 8,                     .bytes = r_records,             .size = sizeof r_records},
};

static const struct forge_symbol symbols[WHOLE_SYMBOLS] = {
    {.name = ".text",              .type = SMF_SYMBOL_DATA, .section = WHOLE_TEXT},
    {                  .name = "puts",
     .type = SMF_SYMBOL_FUNCTION,
     .binding = 1,
     .value = 32,
     .size = 16,
     .section = 0xFFFF,
     .flags = 0x40},
    {                                                                               .name = "other",                                                                                                                                                                    .type = SMF_SYMBOL_DATA, .binding = 2,          .section = 0xFFFF},
    {.name = "answer",.type = SMF_SYMBOL_FUNCTION,            .binding = 1,            .value = 4, .size = 6, .section = WHOLE_TEXT},
    {         .name = "table",                                                                                                                                                                                                                         .type = SMF_SYMBOL_DATA, .binding = 1,          .value = 8, .size = 16, .section = WHOLE_DATA},
    {.name = "limit",.type = SMF_SYMBOL_CONSTANT,                                     .binding = 1,    .value = 0x1234, .section = 0xFFFE},
};

static const struct forge_symbol old_symbols[WHOLE_SYMBOLS - 1] = {
    {.name = "start",          .type = SMF_SYMBOL_FUNCTION,          .value = 0,                                                                    .size = 4,                                                                                                                                                    .visibility = 1                },
    {                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        .name = "puts",                                                                                       .type = SMF_SYMBOL_FUNCTION,                               .binding = 1,                                                                              .section = 0xFFFF                                                                                                                                              },
    {                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           .name = "other", .type = SMF_SYMBOL_DATA,                  .binding = 2,                                                                                   .section = 0xFFFF                                                                                                                                                                                                                                    },
    {                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   .name = "answer",                                                                                                    .type = SMF_SYMBOL_FUNCTION, .binding = 1, .value = 4, .size = 6, .visibility = 1},
    { .name = "table",                                                                                                     .type = SMF_SYMBOL_DATA,                                                                    .binding = 1,                                                                                                                                                   .value = 8,                                                                                                                                                                                                                                                                                  .size = 16,                                                                                                                                                                                                                                                           .section = 1, .visibility = 1},
};

struct forge whole_module(enum forge_layout layout)
{
    static const struct forge_relocation in_text[] = {
        {.offset = 36,  .addend = -4,            .symbol = WHOLE_PUTS, .type = 2  },
        { .offset = 8,  .addend = 5, .symbol = SMF_NO_SYMBOL,         .type = 0x80, .number = 1},
        { .offset = 12, .addend = -4,   .symbol = WHOLE_LOCAL,         .type = 0x80, .number = 2},
    };
    static const struct forge_relocation in_data[] = {
        {.offset = 8,  .symbol = WHOLE_LOCAL,    .type = 1},
        { .offset = 16, .addend = 4, .symbol = WHOLE_FUNCTION, .type = 1},
    };
    static const struct forge_relocation old[] = {
        {.offset = 36, .addend = -4, .symbol = WHOLE_PUTS, .type = 2},
        {.offset = 8,            .symbol = WHOLE_TABLE,              .type = 1 },
    };
    const bool canonical = layout == FORGE_CANONICAL;
    forge_relocations(in_text, 3, text_records);
    forge_relocations(in_data, 2, data_records);
    forge_relocations(old, 2, r_records);
    const struct forge what = {
        .layout = layout,
        .sections = canonical ? sections : r_sections,
        .section_count = canonical ? WHOLE_SECTIONS : 4,
        .symbols = canonical ? symbols : old_symbols,
        .symbol_count = canonical ? WHOLE_SYMBOLS : WHOLE_SYMBOLS - 1,
        .exported_count = 3,
        .flags = SMF_FLAG_EXECUTABLE | SMF_FLAG_PIC,
        .entry = 4,
        .platform = 1,
        .major = layout >= FORGE_P128_W ? 1 : 0,
        .minor = 1,
        .hashed = canonical,
        .garbage = 99,
    };
    return what;
}

/* Fold what the doors said into one number: two readings mean the same if it is equal. Field by field: no padding. */
static void fold(struct opened *opened, uint64_t value)
{
    opened->meaning = smf_hash64(opened->meaning, &value, sizeof value);
}

static void fold_header(struct opened *opened)
{
    const struct smf_header *header = &opened->image.header;
    const uint64_t fields[] = {
        header->layout,         header->position, header->base,        header->entry_point,    header->module_hash,
        header->source_hash,    header->flags,    header->stub_size,   header->section_count,  header->symbol_count,
        header->exported_count, header->abi,      header->cpu,         header->platform,       header->arch,
        header->major,          header->minor,    header->compression, header->section_stride, header->symbol_stride,
    };
    opened->meaning = SMF_FNV64_BASIS;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        fold(opened, fields[i]);
    for (uint32_t i = 0; i < header->section_count; i++) {
        const struct smf_section *section = &opened->sections[i];
        const uint64_t parts[] = {section->offset, section->size,    section->virtual_size, section->alignment,
                                  section->link,   section->settled, section->type,         section->flags};
        for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++)
            fold(opened, parts[k]);
        opened->meaning = smf_hash64(opened->meaning, section->name, sizeof section->name);
    }
}

static enum smf_status read_symbols(struct opened *opened)
{
    static char buffer[SMF_NAME_MAX + 1];
    for (uint32_t i = 0; i < opened->image.header.symbol_count; i++) {
        struct smf_symbol symbol;
        const char *name;
        size_t length;
        enum smf_status status = smf_image_symbol(&opened->image, i, &symbol, &opened->why);
        if (status == SMF_OK)
            status = smf_image_name(&opened->image, symbol.name, buffer, sizeof buffer, &name, &length, &opened->why);
        if (status != SMF_OK)
            return status;
        const uint64_t fields[] = {symbol.value, symbol.size, symbol.hash,    symbol.section, symbol.stub_size,
                                   symbol.place, symbol.type, symbol.binding, symbol.flags};
        for (size_t k = 0; k < sizeof fields / sizeof fields[0]; k++)
            fold(opened, fields[k]);
        opened->meaning = smf_hash64(opened->meaning, name, length + 1);
    }
    return SMF_OK;
}

static enum smf_status read_relocations(struct opened *opened)
{
    for (uint32_t section = 0; section < opened->image.header.section_count; section++)
        for (uint32_t i = 0; i < smf_image_relocation_count(&opened->image, section); i++) {
            struct smf_relocation record;
            const enum smf_status status = smf_image_relocation(&opened->image, section, i, &record, &opened->why);
            if (status != SMF_OK)
                return status;
            fold(opened, record.offset);
            fold(opened, (uint64_t)record.addend);
            fold(opened, record.symbol | (uint64_t)record.number << 32 | (uint64_t)record.type << 48);
        }
    return SMF_OK;
}

static enum smf_status read_notes(struct opened *opened)
{
    struct smf_module_note module;
    struct smf_dependency row;
    uint32_t count;
    uint64_t cursor = 0;
    enum smf_status status = smf_image_module_note(&opened->image, &module, &opened->why);
    if (status == SMF_OK)
        status = smf_image_dependency_count(&opened->image, &count, &opened->why);
    if (status != SMF_OK)
        return status;
    opened->meaning = smf_hash64(opened->meaning, module.name, sizeof module.name);
    fold(opened, module.version[0] | (uint64_t)module.version[1] << 16 | (uint64_t)module.version[2] << 32);
    fold(opened, module.state_version);
    for (uint32_t i = 0; i < count; i++) {
        status = smf_image_dependency(&opened->image, &cursor, &row, &opened->why);
        if (status != SMF_OK)
            return status;
        opened->meaning = smf_hash64(opened->meaning, row.name, strlen(row.name) + 1);
        fold(opened, row.interface_hash);
    }
    return SMF_OK;
}

enum smf_status read_all(struct opened *opened, const struct smf_source *source, bool checks)
{
    memset(&opened->image, 0xA5, sizeof opened->image);
    enum smf_status status = smf_image_open(&opened->image, source, opened->sections,
                                            sizeof opened->sections / sizeof opened->sections[0], &opened->why);
    if (status != SMF_OK)
        return status;
    fold_header(opened);
    status = read_symbols(opened);
    if (status == SMF_OK)
        status = read_relocations(opened);
    if (status == SMF_OK)
        status = read_notes(opened);
    if (status == SMF_OK && checks)
        status = smf_image_check_names(&opened->image, &opened->why);
    if (status == SMF_OK && checks)
        status = smf_image_check_hash(&opened->image, &opened->why);
    return status;
}

enum smf_status read_all_bytes(struct opened *opened, const void *bytes, size_t size, bool checks)
{
    static struct smf_source source;
    source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
    return read_all(opened, &source, checks);
}

static enum smf_status fickle_read(void *context, uint64_t offset, void *into, size_t size)
{
    struct fickle *fickle = context;
    fickle->calls++;
    if (size == 0 || offset >= fickle->size || size > fickle->size - offset) {
        fickle->outside++;
        return SMF_ERR_IO;
    }
    if (fickle->calls == fickle->fail_at) {
        memset(into, 0xEE, size); /* a failed read may leave anything */
        return SMF_ERR_IO;
    }
    memcpy(into, fickle->bytes + offset, size);
    if (fickle->change_at != 0 && fickle->calls >= fickle->change_at && fickle->changed >= offset &&
        fickle->changed - offset < size)
        ((uint8_t *)into)[fickle->changed - offset] ^= 0xFF;
    return SMF_OK;
}

struct smf_source fickle_source(struct fickle *fickle)
{
    const struct smf_source source = {.size = fickle->size, .read_at = fickle_read, .context = fickle};
    fickle->calls = fickle->outside = 0;
    return source;
}
