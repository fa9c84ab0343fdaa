/* SPDX-License-Identifier: MIT */
/*
 * notes.c - what a module says about itself: note.module and note.deps, each
 * row decoded into locals and proven to lie in its section (SPEC, "Notes").
 */
#include "image/view.h"

enum smf_status smf_image_read(struct smf_image *image, uint32_t section, size_t offset, void *into, size_t size,
                               struct smf_diagnosis *why)
{
    why = why != NULL ? why : &image->unwanted;
    if (section >= image->header.section_count)
        return smf_fail(why, SMF_DETAIL_ARGUMENT, 0, section, image->header.section_count);
    const struct smf_section *from = &image->sections[section];
    if (!smf_within(offset, size, from->size)) {
        why->index = section;
        smf_fail_name(why, from->name, sizeof from->name - 1);
        return smf_fail(why, SMF_DETAIL_READ_PAST_SECTION, from->offset, size, from->size);
    }
    return smf_source_read(image->source, from->offset + offset, into, size, why);
}

/* A note that can be read: right name, type Note, stored plainly. */
static uint32_t find_note(const struct smf_image *image, const char *name)
{
    const uint32_t section = smf_image_find_section(image, name);
    if (section == SMF_NO_SYMBOL || image->sections[section].type != SMF_SECTION_NOTE)
        return SMF_NO_SYMBOL;
    return (image->sections[section].flags & SMF_SECTION_COMPRESSED) == 0 ? section : SMF_NO_SYMBOL;
}

static enum smf_status refuse(const struct smf_image *image, uint32_t section, enum smf_detail detail, size_t at,
                              size_t value, size_t expected, struct smf_diagnosis *why)
{
    const struct smf_section *note = &image->sections[section];
    why->index = section;
    smf_fail_name(why, note->name, sizeof note->name - 1);
    return smf_fail(why, detail, note->offset + at, value, expected);
}

/* One record of note.module, whose `size` bytes lie at `at`. */
static enum smf_status take_record(struct smf_image *image, uint32_t section, uint16_t tag, size_t at, uint16_t size,
                                   struct smf_module_note *note, struct smf_diagnosis *why)
{
    uint8_t bytes[8];
    if (tag >= SMF_NOTE_TAG_MUST_KNOW)
        return refuse(image, section, SMF_DETAIL_NOTE_TAG, at, tag, 0, why);
    if (tag == SMF_NOTE_TAG_NAME || tag == SMF_NOTE_TAG_WRITER) {
        char *text = tag == SMF_NOTE_TAG_NAME ? note->name : note->writer;
        if (size >= sizeof note->name)
            return refuse(image, section, SMF_DETAIL_NOTE_LENGTH, at, size, sizeof note->name - 1, why);
        memset(text, 0, sizeof note->name);
        const enum smf_status status = smf_image_read(image, section, at, text, size, why);
        for (uint16_t i = 0; status == SMF_OK && i < size; i++)
            if (text[i] == '\0')
                return refuse(image, section, SMF_DETAIL_NOTE, at + i, 0, 0, why);
        return status;
    }
    const uint16_t wanted = tag == SMF_NOTE_TAG_VERSION ? 6 : 4;
    if (tag != SMF_NOTE_TAG_VERSION && tag != SMF_NOTE_TAG_STATE)
        return SMF_OK;
    if (size != wanted)
        return refuse(image, section, SMF_DETAIL_NOTE, at, size, wanted, why);
    const enum smf_status status = smf_image_read(image, section, at, bytes, size, why);
    if (status != SMF_OK)
        return status;
    if (tag == SMF_NOTE_TAG_STATE)
        note->state_version = smf_get32(bytes);
    for (unsigned i = 0; tag == SMF_NOTE_TAG_VERSION && i < 3; i++)
        note->version[i] = smf_get16(bytes + 2 * (size_t)i);
    return SMF_OK;
}

enum smf_status smf_image_module_note(struct smf_image *image, struct smf_module_note *note, struct smf_diagnosis *why)
{
    why = why != NULL ? why : &image->unwanted;
    memset(note, 0, sizeof *note);
    const uint32_t section = find_note(image, SMF_NOTE_MODULE);
    if (section == SMF_NO_SYMBOL)
        return SMF_OK;
    const size_t end = image->sections[section].size;
    for (size_t at = 0; at < end;) {
        uint8_t head[4];
        if (!smf_within(at, sizeof head, end))
            return refuse(image, section, SMF_DETAIL_NOTE, at, end - at, sizeof head, why);
        enum smf_status status = smf_image_read(image, section, at, head, sizeof head, why);
        if (status != SMF_OK)
            return status;
        const uint16_t tag = smf_get16(head), size = smf_get16(head + 2);
        at += sizeof head;
        if (!smf_within(at, smf_align_up(size, 4), end))
            return refuse(image, section, SMF_DETAIL_NOTE, at, size, end - at, why);
        status = take_record(image, section, tag, at, size, note, why);
        if (status != SMF_OK)
            return status;
        at += smf_align_up(size, 4);
    }
    return SMF_OK;
}

/* One row of note.deps at `*at`: {u32 length, name, u64 interface hash}. Advances `*at` behind it. */
static enum smf_status take_dependency(struct smf_image *image, uint32_t section, size_t *at,
                                       struct smf_dependency *dependency, struct smf_diagnosis *why)
{
    const size_t end = image->sections[section].size;
    uint8_t bytes[8];
    if (!smf_within(*at, 4, end))
        return refuse(image, section, SMF_DETAIL_NOTE, *at, *at, end, why);
    enum smf_status status = smf_image_read(image, section, *at, bytes, 4, why);
    if (status != SMF_OK)
        return status;
    const uint32_t length = smf_get32(bytes);
    if (!smf_within(*at + 4, smf_word((uint64_t)length + 8), end) || length == 0)
        return refuse(image, section, SMF_DETAIL_NOTE, *at, length, end, why);
    if (length >= sizeof dependency->name)
        return refuse(image, section, SMF_DETAIL_NOTE_LENGTH, *at, length, sizeof dependency->name - 1, why);
    status = smf_image_read(image, section, *at + 4, dependency->name, length, why);
    if (status == SMF_OK)
        status = smf_image_read(image, section, *at + 4 + length, bytes, 8, why);
    if (status != SMF_OK)
        return status;
    dependency->name[length] = '\0';
    for (uint32_t i = 0; i < length; i++)
        if (dependency->name[i] == '\0')
            return refuse(image, section, SMF_DETAIL_NOTE, *at + 4 + i, 0, 0, why);
    dependency->interface_hash = smf_get64(bytes);
    *at += 4 + (size_t)length + 8;
    return SMF_OK;
}

enum smf_status smf_image_dependency_count(struct smf_image *image, uint32_t *count, struct smf_diagnosis *why)
{
    why = why != NULL ? why : &image->unwanted;
    uint8_t bytes[4];
    *count = 0;
    const uint32_t section = find_note(image, SMF_NOTE_DEPS);
    if (section == SMF_NO_SYMBOL)
        return SMF_OK;
    enum smf_status status = smf_image_read(image, section, 0, bytes, sizeof bytes, why);
    if (status != SMF_OK)
        return status == SMF_ERR_TRUNCATED ? refuse(image, section, SMF_DETAIL_NOTE, 0, 0, 4, why) : status;
    const uint32_t rows = smf_get32(bytes);
    size_t at = sizeof bytes;
    for (uint32_t i = 0; i < rows; i++) {
        struct smf_dependency row;
        status = take_dependency(image, section, &at, &row, why);
        if (status != SMF_OK)
            return status;
    }
    if (at != image->sections[section].size)
        return refuse(image, section, SMF_DETAIL_NOTE, at, at, image->sections[section].size, why);
    *count = rows;
    return SMF_OK;
}

enum smf_status smf_image_dependency(struct smf_image *image, uint64_t *cursor, struct smf_dependency *dependency,
                                     struct smf_diagnosis *why)
{
    why = why != NULL ? why : &image->unwanted;
    const uint32_t section = find_note(image, SMF_NOTE_DEPS);
    if (section == SMF_NO_SYMBOL)
        return smf_fail(why, SMF_DETAIL_ARGUMENT, 0, *cursor, 0);
    size_t at = *cursor != 0 ? smf_word(*cursor) : 4;
    const enum smf_status status = take_dependency(image, section, &at, dependency, why);
    *cursor = at;
    return status;
}
