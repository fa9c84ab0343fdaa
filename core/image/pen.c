/* SPDX-License-Identifier: MIT */
/* pen.c - fields one after the other, and places in the source as text. */
#include "image/pen.h"

const uint8_t *smf_pen_bytes(struct pen *pen, size_t size)
{
    if (pen->status != SMF_OK)
        return NULL;
    if (size > pen->end - pen->at) {
        pen->status = SMF_ERR_TRUNCATED;
        return NULL;
    }
    const uint8_t *bytes = smf_window_at(&pen->image->records, pen->at, size, pen->image->why);
    pen->at += size;
    if (bytes == NULL)
        pen->status = pen->image->why->status;
    return bytes;
}

uint8_t smf_pen_u8(struct pen *pen)
{
    const uint8_t *at = smf_pen_bytes(pen, 1);
    return at != NULL ? *(const volatile uint8_t *)at : 0;
}

uint16_t smf_pen_u16(struct pen *pen)
{
    const uint8_t *at = smf_pen_bytes(pen, 2);
    const uint16_t value = at != NULL ? smf_get16(at) : 0;
    SMF_DECODED();
    return value;
}

uint32_t smf_pen_u32(struct pen *pen)
{
    const uint8_t *at = smf_pen_bytes(pen, 4);
    const uint32_t value = at != NULL ? smf_get32(at) : 0;
    SMF_DECODED();
    return value;
}

void smf_pen_skip(struct pen *pen, size_t size)
{
    if (pen->status != SMF_OK)
        return;
    if (size > pen->end - pen->at)
        pen->status = SMF_ERR_TRUNCATED;
    else
        pen->at += size;
}

struct smf_span smf_pen_text(struct pen *pen)
{
    const uint32_t size = smf_pen_u32(pen);
    const struct smf_span text = {pen->at, size};
    smf_pen_skip(pen, size);
    return text;
}

struct smf_span smf_pen_texts(struct pen *pen, uint32_t count)
{
    struct smf_span texts = pen_place(pen);
    for (uint32_t i = 0; i < count && pen->status == SMF_OK; i++) /* four bytes each at least: the section bounds it */
        smf_pen_text(pen);
    texts.size = pen->at - texts.offset;
    return texts;
}

enum smf_status smf_span_read(struct smf_image *image, const struct smf_span *span, char *buffer, size_t capacity,
                              struct smf_diagnosis *why)
{
    take_diagnosis(image, why);
    if (span->size >= capacity)
        return smf_fail(image->why, SMF_DETAIL_TEXT_SPACE, span->offset, span->size, capacity);
    const enum smf_status status = smf_source_read(image->source, span->offset, buffer, span->size, image->why);
    buffer[status == SMF_OK ? span->size : 0] = '\0';
    return status;
}

enum smf_status smf_span_is(struct smf_image *image, const struct smf_span *span, const char *text, size_t size,
                            bool *same, struct smf_diagnosis *why)
{
    take_diagnosis(image, why);
    struct pen pen = pen_over(image, span->offset, span->size);
    *same = span->size == size;
    for (size_t at = 0, some; *same && at < size; at += some) {
        some = size - at < SMF_WINDOW_SIZE ? size - at : SMF_WINDOW_SIZE;
        const uint8_t *bytes = smf_pen_bytes(&pen, some);
        if (bytes == NULL)
            return pen.status;
        *same = memcmp(bytes, text + at, some) == 0;
    }
    return SMF_OK;
}
