/* SPDX-License-Identifier: MIT */
/*
 * library.c - libFuzzer target over libraries, from both kinds of source.
 *
 * It holds against any bytes: nothing is read outside of the source; both kinds of source say the same; what an entry
 * says lies behind the index and in the file; an index finds what looking at one after the other finds; what halves
 * find is there; and what can be read can be written, in any order the same, and read again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smf/hash.h"
#include "smf/library.h"

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

enum { MOST = 48 }; /* entries looked at: more would take long, and show nothing else */

struct positional {
    const uint8_t *bytes;
    uint64_t size;
};

static enum smf_status read_at(void *context, uint64_t offset, void *into, size_t size)
{
    const struct positional *from = context;
    MUST(size != 0 && offset <= from->size && size <= from->size - offset);
    memcpy(into, from->bytes + offset, size);
    return SMF_OK;
}

/* A failure says why, in one printable line. */
static void heard(enum smf_status status, const struct smf_diagnosis *why)
{
    char line[256];
    if (status == SMF_OK)
        return;
    MUST(why->status == status && smf_diagnosis_format(why, line, sizeof line) > 0);
    for (const char *at = line; *at != '\0'; at++)
        MUST(*at >= ' ' && *at <= '~');
}

static uint64_t add(uint64_t meaning, enum smf_status status, const struct smf_library_entry *entry)
{
    meaning = smf_hash64(meaning, &status, sizeof status);
    if (status != SMF_OK)
        return meaning;
    meaning = smf_hash64(meaning, entry->name, strlen(entry->name));
    meaning = smf_hash64(meaning, &entry->offset, sizeof entry->offset);
    return smf_hash64(meaning, &entry->object_size, sizeof entry->object_size);
}

static void look_at(const struct smf_library *library, const struct smf_library_entry *entry)
{
    const uint64_t size = library->source->size, data = library->index_offset + 128 * (uint64_t)library->count;
    const size_t length = strlen(entry->name);
    struct smf_part part;
    struct smf_source source;
    MUST(length > 0 && length < SMF_LIBRARY_NAME_SIZE && entry->size > 0);
    MUST(entry->offset >= data && entry->offset <= size && entry->size <= size - entry->offset);
    MUST(smf_library_module(library, entry, &part, &source) == SMF_OK && source.size == entry->size);
    const enum smf_status object = smf_library_object(library, entry, &part, &source);
    MUST(object == (entry->object_size != 0 ? SMF_OK : SMF_ERR_NOT_FOUND));
    if (object == SMF_OK)
        MUST(entry->object_offset >= data && entry->object_offset <= size &&
             entry->object_size <= size - entry->object_offset);
}

/* Everything that can be asked, as one number: to compare two kinds of source. */
static uint64_t read_all(const struct smf_source *from, struct smf_library *library)
{
    static uint32_t words[4096];
    const size_t word_count = sizeof words / sizeof words[0];
    struct smf_diagnosis why;
    struct smf_library_entry entry, found, again;
    uint64_t meaning = SMF_FNV64_BASIS;
    enum smf_status status = smf_library_open(library, from, &why);
    heard(status, &why);
    if (status != SMF_OK)
        return smf_hash64(meaning, &status, sizeof status);
    MUST(library->index_offset + 128 * (uint64_t)library->count <= from->size);
    const uint32_t count = library->count < MOST ? library->count : MOST;
    enum smf_status linear[MOST];
    for (uint32_t i = 0; i < count; i++) {
        status = smf_library_entry(library, i, &entry, &why);
        heard(status, &why);
        meaning = add(meaning, status, &entry);
        linear[i] = status;
        if (status != SMF_OK)
            continue;
        look_at(library, &entry);
        heard(smf_library_check_entry(library, &entry, &why), &why);
        linear[i] = smf_library_find(library, entry.name, &found, &why);
        heard(linear[i], &why);
        meaning = add(meaning, linear[i], &found);
        MUST(linear[i] != SMF_OK || strcmp(found.name, entry.name) == 0);
    }
    status = smf_library_check(library, &why);
    heard(status, &why);
    const enum smf_status checked = status;
    if (smf_library_index_words(library) <= word_count) {
        status = smf_library_index(library, words, word_count, &why);
        heard(status, &why);
        meaning = smf_hash64(meaning, &status, sizeof status);
        for (uint32_t i = 0; i < count && status == SMF_OK; i++) {
            if (smf_library_entry(library, i, &entry, NULL) != SMF_OK)
                continue;
            const enum smf_status indexed = smf_library_find(library, entry.name, &again, &why);
            heard(indexed, &why);
            /* All names are good: so one after the other finds the same. Halves may miss it in disorder. */
            MUST(library->sorted || indexed == linear[i]);
            MUST(indexed != SMF_OK || again.offset == entry.offset || checked != SMF_OK);
        }
        if (status == SMF_OK)
            heard(smf_library_check(library, &why), &why);
        if (status == SMF_OK && checked == SMF_OK)
            MUST(smf_library_check(library, &why) == SMF_OK);
    }
    return smf_hash64(meaning, &checked, sizeof checked);
}

/* Written anew, forwards and backwards: the same bytes, sorted, and good. */
static void write_again(struct smf_library *library, const uint8_t *bytes)
{
    struct smf_library_entry entries[MOST];
    struct smf_library_item items[MOST];
    uint32_t order[MOST];
    struct smf_library second;
    size_t size = 0, same = 0;
    const uint32_t count = library->count;
    if (count == 0 || count > MOST || smf_library_check(library, NULL) != SMF_OK)
        return;
    uint8_t *written[2];
    for (unsigned turn = 0; turn < 2; turn++) {
        for (uint32_t i = 0; i < count; i++) {
            MUST(smf_library_entry(library, i, &entries[i], NULL) == SMF_OK);
            items[turn == 0 ? i : count - 1 - i] =
                (struct smf_library_item){entries[i].name, bytes + entries[i].offset, (size_t)entries[i].size,
                                          bytes + entries[i].object_offset, (size_t)entries[i].object_size};
        }
        MUST(smf_library_write(items, count, order, NULL, 0, &size, NULL) == SMF_OK);
        written[turn] = malloc(size);
        MUST(written[turn] != NULL);
        MUST(smf_library_write(items, count, order, written[turn], size - 1, &same, NULL) == SMF_ERR_NO_SPACE);
        MUST(smf_library_write(items, count, order, written[turn], size, &same, NULL) == SMF_OK && same == size);
    }
    MUST(memcmp(written[0], written[1], size) == 0);
    const struct smf_source source = smf_source_memory(written[0], size, SMF_STAYS_FOR_LOAD);
    MUST(smf_library_open(&second, &source, NULL) == SMF_OK && second.count == count && second.sorted);
    MUST(smf_library_check(&second, NULL) == SMF_OK);
    free(written[0]);
    free(written[1]);
}

static void put64(uint8_t *at, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* Right hashes of index and library, and none of modules: a fuzzer does not guess 64 bits. */
static void seal(uint8_t *bytes, size_t size)
{
    if (size < 132)
        return;
    const size_t first = bytes[128] == 0 ? 132 : 128, room = size - first;
    const size_t count = (size_t)bytes[8] | (size_t)bytes[9] << 8;
    const size_t index = count <= room / 128 ? count * 128 : room;
    for (size_t entry = first; entry + 128 <= first + index; entry += 128) {
        if (entry != first) /* by that of the first one its layout is known */
            put64(bytes + entry + 96, 0);
        put64(bytes + entry + 104, 0);
    }
    put64(bytes + 36, smf_hash64(SMF_FNV64_BASIS, bytes + first, room));
    put64(bytes + 44, smf_hash64(SMF_FNV64_BASIS, bytes + first, index));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The last byte says whether hashes are made right; the rest is the file, in a block of its own size. */
    if (size < 2)
        return 0;
    const size_t length = size - 1;
    uint8_t *copy = malloc(length);
    struct smf_library *library = malloc(sizeof *library);
    MUST(copy != NULL && library != NULL);
    memcpy(copy, data, length);
    for (unsigned turn = 0; turn <= (data[length] & 1u); turn++) {
        if (turn == 1)
            seal(copy, length);
        struct positional positional = {copy, length};
        const struct smf_source memory = smf_source_memory(copy, length, SMF_STAYS_FOR_LOAD);
        const struct smf_source reader = {.size = length, .read_at = read_at, .context = &positional};
        const uint64_t first = read_all(&memory, library);
        MUST(read_all(&reader, library) == first);
        if (smf_library_open(library, &memory, NULL) == SMF_OK)
            write_again(library, copy);
    }
    free(library);
    free(copy);
    return 0;
}
