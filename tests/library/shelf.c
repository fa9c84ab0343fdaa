/* SPDX-License-Identifier: MIT */
/* shelf.c - libraries for tests: see shelf.h. */
#include "library/shelf.h"

#include <stdlib.h>
#include <string.h>

#include "base/window.h"
#include "harness/tap.h"
#include "smf/hash.h"
#include "support/kit.h"

uint64_t shelf_hash(const void *bytes, size_t size, bool older)
{
    const uint64_t prime = older ? 0x1000001B3u : 0x100000001B3u;
    uint64_t hash = 0xCBF29CE484222325u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * prime;
    return hash;
}

size_t shelf_entry(const struct shelf *shelf, uint32_t number)
{
    return (shelf->longer ? 132 : 128) + 128 * (size_t)number;
}

void shelf_seal(const struct shelf *shelf, uint8_t *bytes, size_t size)
{
    const size_t first = shelf_entry(shelf, 0), data = shelf_entry(shelf, shelf->count);
    put64(bytes + 36, shelf_hash(bytes + first, size - first, shelf->older));
    put64(bytes + 44, shelf_hash(bytes + first, data - first, shelf->older));
}

/* Ours, which are sorted, have zeros behind a payload, to a multiple of 16; older writers have nothing. SPEC [M10] */
static size_t behind(const struct shelf *shelf, size_t size) { return shelf->sorted ? (size + 15) / 16 * 16 : size; }

uint8_t *shelf_make(const struct shelf *shelf, size_t *size)
{
    size_t offset = shelf_entry(shelf, shelf->count);
    *size = offset;
    for (uint32_t i = 0; i < shelf->count; i++)
        *size += behind(shelf, shelf->modules[i].size) + behind(shelf, shelf->modules[i].object_size);
    uint8_t *bytes = calloc(1, *size);
    const size_t lie = shelf->longer ? 4 : 0; /* no offset counts the four bytes */
    memcpy(bytes, "LSMF\1\0\0", 8);
    put32(bytes + 8, shelf->count);
    put64(bytes + 12, 128);
    put64(bytes + 20, 128 * (uint64_t)shelf->count);
    put64(bytes + 28, 128 + 128 * (uint64_t)shelf->count);
    put32(bytes + 52, shelf->sorted);
    for (uint32_t i = 0; i < shelf->count; i++) {
        const struct shelf_module *module = &shelf->modules[i];
        uint8_t *entry = bytes + shelf_entry(shelf, i);
        const uint64_t hash = shelf->unhashed ? 0 : shelf_hash(module->bytes, module->size, shelf->older);
        memcpy(entry, module->name, strlen(module->name));
        memcpy(bytes + offset, module->bytes, module->size);
        put64(entry + 64, offset - lie);
        put64(entry + 72, module->size);
        put64(entry + (shelf->document ? 80 : 96), hash);
        offset += behind(shelf, module->size);
        if (shelf->document) {
            put64(entry + 88, 1770000000 + i); /* timestamp */
        } else if (module->object_size != 0) {
            memcpy(bytes + offset, module->object, module->object_size);
            put64(entry + 80, offset - lie);
            put64(entry + 88, module->object_size);
            put64(entry + 104, shelf->unhashed ? 0 : shelf_hash(module->object, module->object_size, shelf->older));
            offset += behind(shelf, module->object_size);
        }
    }
    *size = offset; /* the document has no objects */
    shelf_seal(shelf, bytes, *size);
    return bytes;
}

const struct shelf_module shelf_modules[SHELF_MODULES] = {
    {"app/main",   "SMF\0 first",         10, NULL, 0},
    {"std/io/mod", "SMF\0 second one",    16,
     "\x7f"
     "ELF obj",                                     8},
    {"std/text",   "SMF\0 third, longer", 19, NULL, 0},
};

struct shelf shelf_form(unsigned form)
{
    return (struct shelf){.modules = shelf_modules,
                          .count = SHELF_MODULES,
                          .sorted = form == 0,
                          .longer = form >= 2 && form <= 3,
                          .older = form == 1 || form == 3,
                          .document = form == 4};
}

const char *shelf_form_name(unsigned form)
{
    static const char *const names[SHELF_FORMS] = {"sorted", "older prime", "longer header",
                                                   "longer header and older prime", "document"};
    return names[form];
}

/* Add bytes of a source to the meaning. */
static enum smf_status read_payload(struct shelf_reading *reading, const struct smf_source *source)
{
    for (size_t at = 0; at < source->size; at++) {
        uint8_t byte = 0;
        const enum smf_status status = smf_source_read(source, at, &byte, 1, &reading->why);
        if (status != SMF_OK)
            return status;
        reading->meaning = smf_hash64(reading->meaning, &byte, 1);
    }
    return SMF_OK;
}

static enum smf_status read_entry(struct shelf_reading *reading, uint32_t number)
{
    struct smf_library *library = &reading->library;
    struct smf_library_entry entry, found;
    struct smf_part part;
    struct smf_source source;
    memset(&entry, 0, sizeof entry);
    memset(&found, 0, sizeof found);
    enum smf_status status = smf_library_entry(library, number, &entry, &reading->why);
    if (status != SMF_OK)
        return status;
    status = smf_library_find(library, entry.name, &found, &reading->why);
    if (status != SMF_OK)
        return status;
    reading->meaning = smf_hash64(reading->meaning, &found, sizeof found);
    CHECK_STATUS(smf_library_module(library, &entry, &part, &source), SMF_OK);
    status = read_payload(reading, &source);
    if (status != SMF_OK)
        return status;
    const enum smf_status there = smf_library_object(library, &entry, &part, &source);
    CHECK_STATUS(there, entry.object_size != 0 ? SMF_OK : SMF_ERR_NOT_FOUND);
    if (there == SMF_OK)
        status = read_payload(reading, &source);
    return status == SMF_OK ? smf_library_check_entry(library, &entry, &reading->why) : status;
}

enum smf_status shelf_read(struct shelf_reading *reading, const struct smf_source *source)
{
    struct smf_library *library = &reading->library;
    const size_t most = sizeof reading->words / sizeof reading->words[0];
    reading->meaning = SMF_FNV64_BASIS;
    enum smf_status status = smf_library_open(library, source, &reading->why);
    for (unsigned indexed = 0; indexed < 2 && status == SMF_OK; indexed++) {
        for (uint32_t i = 0; i < library->count && status == SMF_OK; i++)
            status = read_entry(reading, i);
        if (status == SMF_OK)
            status = smf_library_check(library, &reading->why);
        if (status == SMF_OK && indexed == 0 && smf_library_index_words(library) <= most)
            status = smf_library_index(library, reading->words, most, &reading->why);
    }
    return status;
}

enum smf_status shelf_read_bytes(struct shelf_reading *reading, const void *bytes, size_t size)
{
    static struct smf_source source;
    source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
    return shelf_read(reading, &source);
}
