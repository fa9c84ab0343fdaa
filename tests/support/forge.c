/* SPDX-License-Identifier: MIT */
/* forge.c - files of every layout, put together field by field. See forge.h. */
#include "support/forge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct shape {
    const char *name;
    uint8_t header_size, section_stride, symbol_stride;
    bool p_fields, r72_fields, trailer, name_36, types_from_1;
};

static const struct shape shapes[FORGE_LAYOUTS] = {
    [FORGE_R72] = {"R72",          72,  56, 40, false, true,  false, false, true },
    [FORGE_R80] = {"R80",          80,  56, 40, false, true,  false, false, true },
    [FORGE_R96] = {"R96",          96,  56, 56, false, false, false, false, true },
    [FORGE_R96_TRAILER] = {"R96 trailer",  96,  56, 56, false, false, true,  false, true },
    [FORGE_R128] = {"R128",         128, 56, 56, false, false, true,  false, true },
    [FORGE_P128_W] = {"P128-W",       128, 64, 56, true,  false, true,  false, false},
    [FORGE_P128_D] = {"P128-D",       128, 64, 56, true,  false, true,  true,  false},
    [FORGE_P128_D0] = {"P128-D0",      128, 64, 52, true,  false, true,  true,  true },
    [FORGE_P128_LEADING] = {"P128 leading", 128, 64, 56, true,  false, false, false, false},
    [FORGE_CANONICAL] = {"canonical",    128, 64, 56, true,  false, true,  false, false},
};

const char *forge_layout_name(enum forge_layout layout) { return shapes[layout].name; }

static void put(uint8_t *at, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void put_checked(struct forged *file, size_t offset, uint64_t value, unsigned size)
{
    if (offset + size > file->size) {
        fprintf(stderr, "forge: offset %zu in a file of %zu bytes\n", offset, file->size);
        abort();
    }
    put(file->bytes + offset, value, size);
}

void forge_put8(struct forged *file, size_t offset, uint8_t value) { put_checked(file, offset, value, 1); }
void forge_put16(struct forged *file, size_t offset, uint16_t value) { put_checked(file, offset, value, 2); }
void forge_put32(struct forged *file, size_t offset, uint32_t value) { put_checked(file, offset, value, 4); }
void forge_put64(struct forged *file, size_t offset, uint64_t value) { put_checked(file, offset, value, 8); }

size_t forge_section_entry(const struct forged *file, uint32_t index)
{
    return file->section_table + index * file->section_stride;
}
size_t forge_symbol_entry(const struct forged *file, uint32_t index)
{
    return file->symbol_table + index * file->symbol_stride;
}

static uint32_t hash_name(const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name != '\0'; name++)
        hash = (hash ^ (uint8_t)*name) * 16777619u;
    return hash;
}

void forge_relocations(const struct forge_relocation *records, size_t count, uint8_t *into)
{
    memset(into, 0, 24 * count);
    for (size_t i = 0; i < count; i++, into += 24) {
        put(into, records[i].offset, 8);
        put(into + 8, records[i].symbol, 4);
        put(into + 12, records[i].type, 1);
        put(into + 13, records[i].number, 2);
        put(into + 16, (uint64_t)records[i].addend, 8);
    }
}

/* A file that grows. */
struct growing {
    uint8_t *bytes;
    size_t size, room;
};

static size_t grow(struct growing *file, size_t more)
{
    const size_t at = file->size;
    if (at + more > file->room) {
        file->room = 2 * (at + more) + 256;
        file->bytes = realloc(file->bytes, file->room);
        if (file->bytes == NULL)
            abort();
    }
    if (more != 0)
        memset(file->bytes + at, 0, more);
    file->size += more;
    return at;
}

static void align(struct growing *file, size_t base, size_t alignment)
{
    while (alignment != 0 && ((file->size - base) & (alignment - 1)) != 0)
        grow(file, 1);
}

static void lay_payloads(const struct forge *what, const struct shape *shape, struct growing *out, struct forged *file)
{
    const bool aligned = shape->p_fields;
    for (uint32_t i = 0; i < what->section_count; i++) {
        const struct forge_section *section = &what->sections[i];
        const bool stored = section->type != SMF_SECTION_BSS && section->size != 0;
        if (stored && aligned)
            align(out, file->base, section->alignment);
        const size_t at = grow(out, stored ? (size_t)section->size : 0);
        if (stored && section->bytes != NULL)
            memcpy(out->bytes + at, section->bytes, (size_t)section->size);
        if (i < sizeof file->payloads / sizeof file->payloads[0])
            file->payloads[i] = at;
    }
}

static uint8_t section_type(const struct shape *shape, const struct forge_section *section)
{
    if (section->raw_type != 0)
        return section->raw_type;
    if (shape->p_fields)
        return section->type;
    switch (section->type) {
    case SMF_SECTION_SYMTAB:
        return 6;
    case SMF_SECTION_STRTAB:
        return 7;
    case SMF_SECTION_TYPEINFO:
        return 9;
    default:
        return section->type;
    }
}

static void write_sections(const struct forge *what, const struct shape *shape, const size_t *offsets, uint8_t *at,
                           size_t base)
{
    for (uint32_t i = 0; i < what->section_count; i++, at += shape->section_stride) {
        const struct forge_section *section = &what->sections[i];
        const bool bss = section->type == SMF_SECTION_BSS;
        put(at, section_type(shape, section), 1);
        put(at + 4, section->flags, 4);
        put(at + 8, bss ? 0 : offsets[i] - base, 8);
        put(at + 16, section->size, 8);
        put(at + 24, section->virtual_size != 0 ? section->virtual_size : section->size, 8);
        put(at + 32, section->alignment, shape->name_36 ? 4 : 8);
        uint8_t *const name = at + (shape->name_36 ? 36 : 40);
        for (unsigned c = 0; c < 16 && section->name[c] != '\0'; c++)
            name[c] = (uint8_t)section->name[c];
        if (what->layout == FORGE_CANONICAL) {
            put(at + 56, section->link, 4);
            put(at + 60, section->settled, 4);
        }
    }
}

static void write_symbol(const struct forge *what, const struct shape *shape, const struct forge_symbol *symbol,
                         uint32_t name, uint8_t *at)
{
    const unsigned kinds = shape->symbol_stride == 52 ? 12 : 8;
    uint8_t type = symbol->type;
    if (shape->types_from_1)
        type = type == SMF_SYMBOL_NONE ? 0 : (uint8_t)(type + 1);
    put(at, name, 4);
    put(at + 4, hash_name(symbol->name), kinds - 4);
    at[kinds] = type;
    at[kinds + 1] = symbol->binding;
    at[kinds + 2] = what->layout == FORGE_CANONICAL ? 1 : symbol->visibility;
    at[kinds + 3] = symbol->flags;
    put(at + 16, symbol->value, 8);
    put(at + 24, symbol->size, 8);
    if (what->layout == FORGE_CANONICAL)
        put(at + 36, 1, 4);
    if (shape->p_fields && shape->symbol_stride == 56)
        put(at + 41, symbol->section, 2);
}

static void write_header(const struct forge *what, const struct shape *shape, const struct forged *file, uint8_t *at)
{
    const bool r72 = shape->r72_fields, p = shape->p_fields;
    const size_t base = what->unpatched ? what->stub_size : file->base;
    uint32_t flags = what->flags;
    if (what->layout == FORGE_CANONICAL)
        flags |= 0x100;
    if (what->stub_size != 0 && !what->unpatched && !r72)
        flags |= 0x10;
    put(at, 0x00464D53, 4);
    at[4] = what->major;
    at[5] = what->minor;
    at[6] = what->platform;
    at[7] = what->arch;
    put(at + 8, flags, 4);
    if (!r72)
        at[12] = what->compression;
    size_t field = r72 ? 12 : 16;
    put(at + field, what->section_count, 4);
    field += r72 || p ? 4 : 8;
    put(at + field, file->section_table - base, 8);
    put(at + field + 8, file->symbol_table - base, 8);
    put(at + field + 16, what->symbol_count, 4);
    put(at + field + 20, what->exported_count, 4);
    put(at + field + 24, what->entry, 8);
    field += 32;
    if (!r72) {
        if (!what->unpatched) {
            put(at + field, what->stub_size, 4);
            put(at + field + 4, what->stub_size, 4);
        }
        field += 8;
    }
    put(at + field + 8, what->source_hash, 8);
    if (what->layout == FORGE_CANONICAL) {
        put(at + 104, what->abi, 4);
        put(at + 108, what->cpu, 4);
    }
}

/* Garbage where R writers leave uninitialised bytes (FORMAT 1.1). */
static void spoil(const struct forge *what, const struct shape *shape, struct forged *file)
{
    uint32_t state = what->garbage;
    if (what->garbage == 0 || shape->p_fields)
        return;
#define NEXT() ((uint8_t)((state = state * 1664525u + 1013904223u) >> 24))
    for (uint32_t i = 0; i < what->section_count; i++)
        for (unsigned b = 1; b < 4; b++)
            file->bytes[forge_section_entry(file, i) + b] = NEXT();
    for (uint32_t i = 0; i < what->symbol_count; i++) {
        for (unsigned b = 12; b < 16; b++)
            file->bytes[forge_symbol_entry(file, i) + b] = NEXT();
        for (unsigned b = 44; b < 48 && shape->symbol_stride == 56; b++)
            file->bytes[forge_symbol_entry(file, i) + b] = NEXT();
    }
    for (unsigned b = 20; b < 24 && !shape->r72_fields; b++)
        file->bytes[file->header + b] = NEXT();
#undef NEXT
}

static void lay_symbols(const struct forge *what, const struct shape *shape, struct growing *out, struct forged *file)
{
    file->symbol_table = grow(out, (size_t)what->symbol_count * shape->symbol_stride);
    file->strings = out->size;
    if (shape->p_fields)
        grow(out, 1);
    for (uint32_t i = 0; i < what->symbol_count; i++) {
        const size_t length = strlen(what->symbols[i].name) + 1;
        const size_t at = grow(out, length);
        memcpy(out->bytes + at, what->symbols[i].name, length);
        write_symbol(what, shape, &what->symbols[i], (uint32_t)(at - file->strings),
                     out->bytes + file->symbol_table + (size_t)i * shape->symbol_stride);
    }
    file->strings_end = out->size;
}

void forge_make(const struct forge *what, struct forged *file)
{
    struct shape shape_made = shapes[what->layout];
    const struct shape *shape = &shape_made;
    struct growing out = {0};
    size_t *offsets = calloc(what->section_count + 1, sizeof *offsets);
    memset(file, 0, sizeof *file);
    if (what->symbol_stride != 0)
        shape_made.symbol_stride = what->symbol_stride;
    file->header_size = shape->header_size;
    file->section_stride = shape->section_stride;
    file->symbol_stride = shape->symbol_stride;
    file->section_count = what->section_count;
    file->symbol_count = what->symbol_count;
    const size_t table_size = (size_t)what->section_count * shape->section_stride;
    if (offsets == NULL)
        abort();
    grow(&out, what->stub_size);
    if (what->stub_size != 0)
        memcpy(out.bytes, what->stub, what->stub_size);
    file->base = what->stub_size;
    if (!shape->trailer) {
        file->header = grow(&out, shape->header_size);
        file->section_table = grow(&out, table_size);
    }
    const size_t before = out.size;
    lay_payloads(what, shape, &out, file);
    for (uint32_t i = 0; i < what->section_count; i++) /* again, for tables of any length */
        offsets[i] = i < 64 ? file->payloads[i] : before;
    if (what->section_count > 64) {
        out.size = before;
        for (uint32_t i = 0; i < what->section_count; i++) {
            const struct forge_section *section = &what->sections[i];
            const bool stored = section->type != SMF_SECTION_BSS && section->size != 0;
            if (stored && shape->p_fields)
                align(&out, file->base, section->alignment);
            offsets[i] = grow(&out, stored ? (size_t)section->size : 0);
            if (stored && section->bytes != NULL)
                memcpy(out.bytes + offsets[i], section->bytes, (size_t)section->size);
        }
    }
    if (shape->trailer) {
        align(&out, file->base, shape->p_fields ? 8 : 1);
        file->section_table = grow(&out, table_size);
    }
    write_sections(what, shape, offsets, out.bytes + file->section_table, file->base);
    lay_symbols(what, shape, &out, file);
    if (shape->trailer) {
        align(&out, file->base, what->layout == FORGE_CANONICAL ? 8 : 1);
        file->header = grow(&out, shape->header_size);
    }
    write_header(what, shape, file, out.bytes + file->header);
    file->size = out.size;
    file->bytes = malloc(out.size);
    if (file->bytes == NULL)
        abort();
    memcpy(file->bytes, out.bytes, out.size);
    free(out.bytes);
    free(offsets);
    spoil(what, shape, file);
    if (what->hashed)
        forge_rehash(file);
}

void forge_rehash(struct forged *file)
{
    uint64_t hash = 0xCBF29CE484222325u;
    forge_put64(file, file->header + 60, 0);
    for (size_t i = file->base; i < file->size; i++)
        hash = (hash ^ file->bytes[i]) * 0x100000001B3u;
    forge_put64(file, file->header + 60, hash);
}

void forge_free(struct forged *file)
{
    free(file->bytes);
    file->bytes = NULL;
}
