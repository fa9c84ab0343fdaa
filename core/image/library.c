/* SPDX-License-Identifier: MIT */
/*
 * library.c - opening a library (LSM) and proving its entries (SPEC, "Libraries").
 *
 * Three questions have no field that answers them: is the header 128 or 132 bytes
 * long, and do entries have a place for objects or, as the format's document has
 * it, a hash there. Opening answers both from the first entry.
 */
#include "image/library.h"

static uint64_t reserved_bytes(const uint8_t *at, size_t first, size_t end)
{
    uint64_t found = 0;
    for (size_t i = first; i < end; i += 2)
        found |= smf_get16(at + i);
    return found;
}

/* The header's fields: all that known writers write is one value for each but count and hashes. */
static enum smf_status prove_header(struct smf_library *library, struct smf_diagnosis *why)
{
    const uint8_t *at = smf_window_at(&library->window, 0, SMF_LSM_HEADER_SIZE, why);
    if (at == NULL)
        return why->status;
    const uint32_t major = at[SMF_H_MAJOR], count = smf_get32(at + SMF_LSM_COUNT),
                   flags = smf_get32(at + SMF_LSM_FLAGS);
    const uint64_t index = smf_get64(at + SMF_LSM_INDEX_OFFSET), size = smf_get64(at + SMF_LSM_INDEX_SIZE);
    const uint64_t data = smf_get64(at + SMF_LSM_DATA_OFFSET), wanted = (uint64_t)count * SMF_LSM_ENTRY_SIZE;
    const uint64_t reserved =
        smf_get16(at + SMF_LSM_RESERVED) | reserved_bytes(at, SMF_LSM_RESERVED_TOO, SMF_LSM_HEADER_SIZE);
    library->count = count;
    library->sorted = (flags & SMF_LSM_SORTED) != 0;
    library->library_hash = smf_get64(at + SMF_LSM_HASH);
    library->index_hash = smf_get64(at + SMF_LSM_INDEX_HASH);
    SMF_DECODED();
    if (major != SMF_LSM_MAJOR)
        return smf_fail(why, SMF_DETAIL_LIBRARY_VERSION, SMF_H_MAJOR, major, SMF_LSM_MAJOR);
    if ((flags & ~SMF_LSM_SORTED) != 0)
        return smf_fail(why, SMF_DETAIL_LIBRARY_FLAGS, SMF_LSM_FLAGS, flags, SMF_LSM_SORTED);
    if (index != SMF_LSM_HEADER_SIZE)
        return smf_fail(why, SMF_DETAIL_LIBRARY_FIELD, SMF_LSM_INDEX_OFFSET, index, SMF_LSM_HEADER_SIZE);
    if (size != wanted)
        return smf_fail(why, SMF_DETAIL_LIBRARY_FIELD, SMF_LSM_INDEX_SIZE, size, wanted);
    if (data != SMF_LSM_HEADER_SIZE + wanted)
        return smf_fail(why, SMF_DETAIL_LIBRARY_FIELD, SMF_LSM_DATA_OFFSET, data, SMF_LSM_HEADER_SIZE + wanted);
    if (reserved != 0)
        return smf_fail(why, SMF_DETAIL_LIBRARY_FIELD, SMF_LSM_RESERVED, reserved, 0);
    return SMF_OK;
}

/* Is the header four bytes longer than it says? An entry does not start with a NUL, so four of them are no entry. */
static enum smf_status measure_header(struct smf_library *library, struct smf_diagnosis *why)
{
    const size_t size = (size_t)library->source->size, least = SMF_LSM_HEADER_SIZE + SMF_LSM_OLDER_SHIFT;
    library->shift = 0;
    if (size >= least) {
        const uint8_t *at = smf_window_at(&library->window, SMF_LSM_HEADER_SIZE, SMF_LSM_OLDER_SHIFT, why);
        if (at == NULL)
            return why->status;
        if (smf_get32(at) == 0)
            library->shift = SMF_LSM_OLDER_SHIFT;
        SMF_DECODED();
    }
    library->index_offset = SMF_LSM_HEADER_SIZE + library->shift;
    if (library->count > (size - (size_t)library->index_offset) / SMF_LSM_ENTRY_SIZE)
        return smf_fail(why, SMF_DETAIL_LIBRARY_INDEX_END, SMF_LSM_COUNT, library->count, size);
    return SMF_OK;
}

/* Where writers put place and size of the object, the format's document has the hash, and zeros where they put theirs. */
static enum smf_status choose_entries(struct smf_library *library, struct smf_diagnosis *why)
{
    const size_t first = smf_library_at(library, 0);
    library->document_entries = false;
    if (library->count == 0)
        return SMF_OK;
    const uint8_t *at = smf_window_at(&library->window, first, SMF_LSM_ENTRY_SIZE, why);
    if (at == NULL)
        return why->status;
    const uint64_t hashes = reserved_bytes(at, SMF_LSM_E_HASH, SMF_LSM_E_RESERVED);
    const uint64_t hash = smf_get64(at + SMF_LSM_E_DOCUMENT_HASH);
    const size_t place = smf_library_place(library, at + SMF_LSM_E_OBJECT_OFFSET);
    const size_t size = smf_get_size(at + SMF_LSM_E_OBJECT_SIZE);
    SMF_DECODED();
    if (hashes != 0 || hash == 0)
        return SMF_OK;
    if (size != 0 && place >= smf_library_data(library) && smf_within(place, size, (size_t)library->source->size))
        return smf_fail(why, SMF_DETAIL_TWO_ENTRY_LAYOUTS, first + SMF_LSM_E_OBJECT_OFFSET, hash, size);
    library->document_entries = true;
    return SMF_OK;
}

enum smf_status smf_library_open(struct smf_library *library, const struct smf_source *source,
                                 struct smf_diagnosis *why)
{
    if (library == NULL)
        return SMF_ERR_ARGUMENT;
    why = smf_library_why(library, why);
    why->stage = SMF_STAGE_HEADER;
    if (source == NULL || (source->bytes == NULL && source->read_at == NULL))
        return smf_fail(why, SMF_DETAIL_ARGUMENT, 0, 0, 0);
    const size_t size = smf_word(source->size);
    if (size != source->size)
        return smf_fail(why, SMF_DETAIL_SOURCE_SIZE, 0, size, SIZE_MAX);
    library->source = source;
    library->words = NULL;
    library->bucket_mask = 0;
    smf_window_start(&library->window, source);
    uint32_t magic = 0;
    if (size >= sizeof magic) {
        const uint8_t *at = smf_window_at(&library->window, 0, sizeof magic, why);
        if (at == NULL)
            return why->status;
        magic = smf_get32(at);
        SMF_DECODED();
    }
    if (magic != SMF_LIBRARY_MAGIC)
        return smf_fail(why, SMF_DETAIL_NO_LIBRARY, 0, magic, SMF_LIBRARY_MAGIC);
    enum smf_status status = prove_header(library, why);
    if (status == SMF_OK)
        status = measure_header(library, why);
    if (status == SMF_OK)
        status = choose_entries(library, why);
    if (status != SMF_OK || library->count == 0)
        return status;
    char name[SMF_LIBRARY_NAME_SIZE]; /* garbage that starts like a library shows here */
    return smf_library_name(library, 0, name, why);
}

enum smf_status smf_library_name(struct smf_library *library, uint32_t number, char name[SMF_LIBRARY_NAME_SIZE],
                                 struct smf_diagnosis *why)
{
    const size_t offset = smf_library_at(library, number);
    const uint8_t *at = smf_window_at(&library->window, offset, SMF_LSM_ENTRY_SIZE, why);
    if (at == NULL)
        return why->status;
    memcpy(name, at + SMF_LSM_E_NAME, SMF_LIBRARY_NAME_SIZE);
    SMF_DECODED();
    why->index = number;
    size_t length = 0;
    for (; length < SMF_LIBRARY_NAME_SIZE && name[length] != '\0'; length++)
        if ((uint8_t)name[length] < ' ' || name[length] == 0x7F)
            return smf_fail(why, SMF_DETAIL_LIBRARY_NAME, offset + length, (uint8_t)name[length], length);
    if (length == 0 || length == SMF_LIBRARY_NAME_SIZE)
        return smf_fail(why, SMF_DETAIL_LIBRARY_NAME, offset, 0, length);
    for (size_t i = length; i < SMF_LIBRARY_NAME_SIZE; i++)
        if (name[i] != '\0')
            return smf_fail(why, SMF_DETAIL_LIBRARY_NAME, offset + i, (uint8_t)name[i], i);
    return SMF_OK;
}

/* One payload of the entry whose name is in `entry`: behind the index, and in the file. */
static enum smf_status prove_payload(const struct smf_library *library, const struct smf_library_entry *entry,
                                     size_t at, size_t place, size_t size, struct smf_diagnosis *why)
{
    const size_t data = smf_library_data(library), end = (size_t)library->source->size;
    smf_fail_name(why, entry->name, sizeof entry->name - 1);
    if (!smf_within(place, size, end))
        return smf_fail(why, SMF_DETAIL_LIBRARY_PAYLOAD_END, at, size, end);
    if (place < data)
        return smf_fail(why, SMF_DETAIL_LIBRARY_PAYLOAD, at, place, data);
    return SMF_OK;
}

enum smf_status smf_library_prove(struct smf_library *library, uint32_t number, struct smf_library_entry *entry,
                                  struct smf_diagnosis *why)
{
    enum smf_status status = smf_library_name(library, number, entry->name, why);
    if (status != SMF_OK)
        return status;
    const bool document = library->document_entries;
    const size_t offset = smf_library_at(library, number);
    const uint8_t *at = smf_window_at(&library->window, offset, SMF_LSM_ENTRY_SIZE, why);
    if (at == NULL)
        return why->status;
    const size_t place = smf_library_place(library, at + SMF_LSM_E_OFFSET), size = smf_get_size(at + SMF_LSM_E_SIZE);
    const size_t object_size = document ? 0 : smf_get_size(at + SMF_LSM_E_OBJECT_SIZE);
    const size_t object_place = object_size != 0 ? smf_library_place(library, at + SMF_LSM_E_OBJECT_OFFSET) : 0;
    const size_t reserved = document ? SMF_LSM_E_DOCUMENT_RESERVED : SMF_LSM_E_RESERVED;
    const uint64_t used = reserved_bytes(at, reserved, SMF_LSM_ENTRY_SIZE);
    entry->hash = smf_get64(at + (document ? SMF_LSM_E_DOCUMENT_HASH : SMF_LSM_E_HASH));
    entry->object_hash = object_size != 0 ? smf_get64(at + SMF_LSM_E_OBJECT_HASH) : 0;
    SMF_DECODED();
    entry->offset = place;
    entry->size = size;
    entry->object_offset = object_place;
    entry->object_size = object_size;
    if (used != 0)
        return smf_fail(why, SMF_DETAIL_LIBRARY_RESERVED, offset + reserved, used, 0);
    status = prove_payload(library, entry, offset + SMF_LSM_E_OFFSET, place, size, why);
    if (status == SMF_OK && size == 0)
        return smf_fail(why, SMF_DETAIL_LIBRARY_MODULE, offset + SMF_LSM_E_SIZE, 0, 1);
    if (status == SMF_OK && object_size != 0)
        status = prove_payload(library, entry, offset + SMF_LSM_E_OBJECT_OFFSET, object_place, object_size, why);
    return status;
}

enum smf_status smf_library_entry(struct smf_library *library, uint32_t number, struct smf_library_entry *entry,
                                  struct smf_diagnosis *why)
{
    if (library == NULL)
        return SMF_ERR_ARGUMENT;
    struct smf_library_entry found;
    why = smf_library_why(library, why);
    if (entry == NULL || number >= library->count)
        return smf_fail(why, SMF_DETAIL_LIBRARY_NUMBER, 0, number, library->count);
    const enum smf_status status = smf_library_prove(library, number, &found, why);
    if (status == SMF_OK)
        *entry = found;
    return status;
}

enum smf_status smf_library_module(const struct smf_library *library, const struct smf_library_entry *entry,
                                   struct smf_part *part, struct smf_source *source)
{
    if (library == NULL || entry == NULL || part == NULL || source == NULL)
        return SMF_ERR_ARGUMENT;
    return smf_source_part(part, library->source, entry->offset, entry->size, source);
}

enum smf_status smf_library_object(const struct smf_library *library, const struct smf_library_entry *entry,
                                   struct smf_part *part, struct smf_source *source)
{
    if (library == NULL || entry == NULL || part == NULL || source == NULL)
        return SMF_ERR_ARGUMENT;
    if (entry->object_size == 0)
        return SMF_ERR_NOT_FOUND;
    return smf_source_part(part, library->source, entry->object_offset, entry->object_size, source);
}
