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

#define SECTION(named, kind, access, aligned, content)                                                                 \
    {                                                                                                                  \
        .name = (named), .type = SMF_SECTION_##kind, .flags = (access), .alignment = (aligned), .bytes = (content),    \
        .size = sizeof(content)                                                                                        \
    }
#define RELOCATIONS(records, target, at_end)                                                                           \
    {                                                                                                                  \
        .name = ".rel", .type = SMF_SECTION_RELOC, .alignment = 8, .bytes = (records), .size = sizeof(records),        \
        .link = 1 + (target), .settled = (at_end)                                                                      \
    }
static const struct forge_section sections[WHOLE_SECTIONS] = {
    SECTION(".text", CODE, 5, 16, text),
    SECTION(".data", DATA, 3, 8, data),
    {.name = ".bss", .type = SMF_SECTION_BSS, .flags = 3, .alignment = 8, .virtual_size = 64},
    RELOCATIONS(text_records, WHOLE_TEXT, 1),
    SECTION(".rodata", RODATA, 1, 8, rodata),
    RELOCATIONS(data_records, WHOLE_DATA, 0),
    SECTION("note.module", NOTE, 1, 4, note),
    SECTION("note.deps", NOTE, 1, 4, deps),
    SECTION(".debug_info", DEBUG, 0, 1, debug),
};

static const struct forge_section r_sections[] = {
    SECTION("code", CODE, 5, 16, text),
    SECTION("data", DATA, 3, 8, data),
    SECTION("version", VERSION, 1, 8, rodata),
    SECTION("rela", RELOC, 0, 8, r_records),
};

#define SYMBOL(named, kind, bound, at, bytes, in, marks, seen)                                                         \
    {                                                                                                                  \
        .name = (named), .value = (at), .size = (bytes), .section = (in), .type = SMF_SYMBOL_##kind,                   \
        .binding = (bound), .flags = (marks), .visibility = (seen)                                                     \
    }
static const struct forge_symbol symbols[WHOLE_SYMBOLS] = {
    SYMBOL(".text", DATA, 0, 0, 0, WHOLE_TEXT, 0, 1),  SYMBOL("puts", FUNCTION, 1, 32, 16, 0xFFFF, 0x40, 1),
    SYMBOL("other", DATA, 2, 0, 0, 0xFFFF, 0, 1),      SYMBOL("answer", FUNCTION, 1, 4, 6, WHOLE_TEXT, 0, 1),
    SYMBOL("table", DATA, 1, 8, 16, WHOLE_DATA, 0, 1), SYMBOL("limit", CONSTANT, 1, 0x1234, 0, 0xFFFE, 0, 1),
};

static const struct forge_symbol old_symbols[WHOLE_SYMBOLS - 1] = {
    SYMBOL("start", FUNCTION, 0, 0, 4, 0, 0, 1),  SYMBOL("puts", FUNCTION, 1, 0, 0, 0xFFFF, 0, 0),
    SYMBOL("other", DATA, 2, 0, 0, 0xFFFF, 0, 0), SYMBOL("answer", FUNCTION, 1, 4, 6, 0, 0, 1),
    SYMBOL("table", DATA, 1, 8, 16, 1, 0, 1),
};

struct forge whole_module(enum forge_layout layout)
{
#define RECORD(at, name, kind, psabi, plus)                                                                            \
    {                                                                                                                  \
        .offset = (at), .addend = (plus), .symbol = (name), .number = (psabi), .type = (kind)                          \
    }
    static const struct forge_relocation in_text[] = {
        RECORD(36, WHOLE_PUTS, 2, 0, -4),
        RECORD(8, SMF_NO_SYMBOL, 0x80, 1, 5),
        RECORD(12, WHOLE_LOCAL, 0x80, 2, -4),
    };
    static const struct forge_relocation in_data[] = {
        RECORD(8, WHOLE_LOCAL, 1, 0, 0),
        RECORD(16, WHOLE_FUNCTION, 1, 0, 4),
    };
    static const struct forge_relocation old[] = {
        RECORD(36, WHOLE_PUTS, 2, 0, -4),
        RECORD(8, WHOLE_TABLE, 1, 0, 0),
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
