/* SPDX-License-Identifier: MIT */
/* names.c - the name door, and sections by name. */
#include "image/view.h"

#define CHUNK 64u /* bytes of a name looked at in one piece of a positional source; at most SMF_WINDOW_SIZE */
#define ONES (SIZE_MAX / 0xFF)

/* Index of the first NUL in `size` bytes, or `size`. A word at a time: most of a load's reading of names is here. */
static size_t find_nul(const uint8_t *bytes, size_t size)
{
    size_t i = 0;
    for (; size - i >= sizeof(size_t); i += sizeof(size_t)) {
        const size_t word = sizeof(size_t) > 4 ? (size_t)smf_get64(bytes + i) : smf_get32(bytes + i);
        if (((word - ONES) & ~word & ONES << 7) != 0)
            break;
    }
    while (i < size && bytes[i] != 0)
        i++;
    return i;
}

enum smf_status smf_image_name_length(struct smf_image *image, uint32_t offset, size_t *length,
                                      struct smf_diagnosis *why)
{
    const size_t piece = image->source->bytes != NULL ? SMF_NAME_MAX + 1 : CHUNK;
    size_t at = offset;
    take_diagnosis(image, why);
    image->record = image->string_table + offset;
    if (offset >= image->string_size)
        return smf_image_refuse(image, SMF_SAY(SYMBOL_NAME, 0), offset, image->string_size);
    for (;;) {
        const size_t left = image->string_size - at;
        if (left == 0) /* the last NUL was there at open */
            return smf_image_refuse(image, SMF_SAY(CHANGED, 0), 0, 0);
        const size_t size = left < piece ? left : piece;
        const uint8_t *bytes = smf_window_at(&image->strings, image->string_table + at, size, image->why);
        if (bytes == NULL)
            return image->why->status;
        const size_t found = find_nul(bytes, size);
        at += found;
        *length = at - offset;
        if (*length > SMF_NAME_MAX)
            return smf_image_refuse(image, SMF_SAY(NAME_LENGTH, 0), *length, SMF_NAME_MAX);
        if (found < size)
            return SMF_OK;
    }
}

enum smf_status smf_image_name(struct smf_image *image, uint32_t offset, char *buffer, size_t capacity,
                               const char **name, size_t *length, struct smf_diagnosis *why)
{
    size_t size = 0;
    enum smf_status status = smf_image_name_length(image, offset, &size, why);
    if (status != SMF_OK)
        return status;
    *length = size;
    if (image->source->bytes != NULL) {
        *name = (const char *)image->source->bytes + image->record;
        return SMF_OK;
    }
    *name = buffer;
    if (size >= capacity)
        return smf_image_refuse(image, SMF_SAY(NAME_SPACE, 0), size, capacity);
    status = smf_source_read(image->source, image->record, buffer, size + 1, image->why);
    if (status == SMF_OK && find_nul((const uint8_t *)buffer, size + 1) != size)
        status = smf_image_refuse(image, SMF_SAY(CHANGED, 0), 0, 0);
    return status;
}

uint32_t smf_image_find_section(const struct smf_image *image, const char *name)
{
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        const char *have = image->sections[i].name, *want = name;
        while (*have != '\0' && *have == *want)
            have++, want++;
        if (*have == *want)
            return i;
    }
    return SMF_NO_SYMBOL;
}
