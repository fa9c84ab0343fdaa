/* SPDX-License-Identifier: MIT */
/* pack.c - see pack.h. The encoder tries every place up to FAR bytes back: slow, and with matches of all kinds. */
#include "support/pack.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"

enum { FAR = 1200, LAST_LITERALS = 5, LAST_START = 12 };

static size_t put_length(uint8_t *into, size_t length)
{
    size_t at = 0;
    for (; length >= 255; length -= 255)
        into[at++] = 255;
    into[at++] = (uint8_t)length;
    return at;
}

size_t pack_sequence(uint8_t *into, const void *literals, size_t count, size_t distance, size_t length)
{
    const size_t beyond = length != 0 ? length - 4 : 0;
    size_t at = 1;
    into[0] = (uint8_t)((count < 15 ? count : 15) << 4 | (beyond < 15 ? beyond : 15));
    if (count >= 15)
        at += put_length(into + at, count - 15);
    if (count != 0)
        memcpy(into + at, literals, count);
    at += count;
    if (length == 0)
        return at;
    into[at++] = (uint8_t)distance;
    into[at++] = (uint8_t)(distance >> 8);
    if (beyond >= 15)
        at += put_length(into + at, beyond - 15);
    return at;
}

/* The longest match for what is at `at`, which may reach up to `end`. */
static size_t find_match(const uint8_t *bytes, size_t at, size_t end, size_t *distance)
{
    size_t best = 0;
    for (size_t back = 1; back <= at && back <= FAR; back++) {
        size_t length = 0;
        while (at + length < end && bytes[at + length] == bytes[at + length - back])
            length++;
        if (length > best) {
            best = length;
            *distance = back;
        }
    }
    return best;
}

size_t pack_lz4(const uint8_t *bytes, size_t size, uint8_t *into)
{
    size_t packed = 0, from = 0, at = 0;
    while (at + LAST_START <= size) {
        size_t distance = 0;
        const size_t length = find_match(bytes, at, size - LAST_LITERALS, &distance);
        if (length < 4) {
            at++;
            continue;
        }
        packed += pack_sequence(into + packed, bytes + from, at - from, distance, length);
        at += length;
        from = at;
    }
    return packed + pack_sequence(into + packed, bytes + from, size - from, 0, 0);
}

static uint64_t get(const uint8_t *at, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = size; i-- != 0;)
        value = value << 8 | at[i];
    return value;
}

static void put(uint8_t *at, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++, value >>= 8)
        at[i] = (uint8_t)value;
}

static size_t align(size_t value, size_t alignment)
{
    return alignment > 1 ? (value + alignment - 1) & ~(alignment - 1) : value;
}

/* Compress the contents at `from`, zeros up to `whole` among them. */
static size_t pack_contents(const uint8_t *from, size_t size, size_t whole, uint8_t *into)
{
    uint8_t *contents = calloc(whole, 1);
    if (contents == NULL)
        abort();
    memcpy(contents, from, size);
    const size_t packed = pack_lz4(contents, whole, into);
    free(contents);
    return packed;
}

static void rehash(uint8_t *bytes, size_t base, size_t size)
{
    uint8_t *field = bytes + size - SMF_P128_HEADER_SIZE + SMF_P128_MODULE_HASH;
    uint64_t hash = 0xCBF29CE484222325u;
    if (get(field, 8) == 0)
        return;
    put(field, 0, 8);
    for (size_t i = base; i < size; i++)
        hash = (hash ^ bytes[i]) * 0x100000001B3u;
    put(field, hash, 8);
}

void pack_sections(struct forge_section *sections, size_t count, unsigned types, uint8_t *room)
{
    for (size_t i = 0; i < count; i++) {
        struct forge_section *section = &sections[i];
        const size_t whole = (size_t)(section->virtual_size != 0 ? section->virtual_size : section->size);
        if ((types >> section->type & 1) == 0 || section->bytes == NULL)
            continue;
        section->size = pack_contents(section->bytes, (size_t)section->size, whole, room);
        section->bytes = room;
        section->virtual_size = whole;
        section->flags |= SMF_SECTION_COMPRESSED;
        room += section->size;
    }
}

uint8_t *pack_module(const uint8_t *file, size_t size, unsigned types, size_t *packed_size)
{
    const uint8_t *header = file + size - SMF_P128_HEADER_SIZE;
    const size_t base = (size_t)get(header + SMF_P128_DATA_OFFSET, 4);
    const size_t table = base + (size_t)get(header + SMF_P128_SECTION_TABLE, 8);
    const size_t symbols = base + (size_t)get(header + SMF_P128_SYMBOL_TABLE, 8);
    const size_t count = (size_t)get(header + SMF_P128_SECTION_COUNT, 4), entries = count * SMF_T64_SIZE;
    size_t room = 2 * size + 1024;
    for (size_t i = 0; i < count; i++)
        room += PACK_ROOM((size_t)get(file + table + i * SMF_T64_SIZE + SMF_T_VIRTUAL_SIZE, 8));
    uint8_t *made = calloc(room, 1), *new_table = calloc(entries, 1);
    if (made == NULL || new_table == NULL)
        abort();
    memcpy(made, file, base);
    memcpy(new_table, file + table, entries);
    size_t at = base;
    for (size_t i = 0; i < count; i++) {
        uint8_t *entry = new_table + i * SMF_T64_SIZE;
        const size_t stored = (size_t)get(entry + SMF_T_SIZE, 8);
        const size_t whole = (size_t)get(entry + SMF_T_VIRTUAL_SIZE, 8);
        const uint8_t *from = file + base + get(entry + SMF_T_OFFSET, 8);
        const bool packs = (types >> entry[SMF_T_TYPE] & 1) != 0 && whole != 0;
        if (stored == 0)
            continue;
        at = align(at, (size_t)get(entry + SMF_T_ALIGNMENT, 4));
        put(entry + SMF_T_OFFSET, at - base, 8);
        if (packs) {
            put(entry + SMF_T_SIZE, pack_contents(from, stored, whole, made + at), 8);
            entry[SMF_T_FLAGS] |= SMF_SECTION_COMPRESSED;
        } else {
            memcpy(made + at, from, stored);
        }
        at += (size_t)get(entry + SMF_T_SIZE, 8);
    }
    at = base + align(at - base, 8);
    memcpy(made + at, new_table, entries);
    const size_t rest = size - symbols;
    memcpy(made + at + entries, file + symbols, rest);
    *packed_size = at + entries + rest; /* symbols, names and header, as far behind the section table as they were */
    uint8_t *made_header = made + *packed_size - SMF_P128_HEADER_SIZE;
    memcpy(made_header, header, SMF_P128_HEADER_SIZE);
    put(made_header + SMF_P128_SECTION_TABLE, at - base, 8);
    put(made_header + SMF_P128_SYMBOL_TABLE, at + entries - base, 8);
    made_header[SMF_P128_COMPRESSION] = SMF_COMPRESSION_LZ4;
    rehash(made, base, *packed_size);
    free(new_table);
    uint8_t *exact = realloc(made, *packed_size);
    return exact != NULL ? exact : made;
}
