/* SPDX-License-Identifier: MIT */
/* window.c - checked reads from a source, addressable or positional. */
#include "base/window.h"

#include "base/bytes.h"
#include "base/fail.h"

void smf_window_start(struct smf_window *window, const struct smf_source *source)
{
    window->source = source;
    window->start = 0;
    window->filled = 0;
}

static enum smf_status fill(struct smf_window *window, size_t offset, struct smf_diagnosis *why)
{
    const struct smf_source *source = window->source;
    const size_t left = (size_t)source->size - offset;
    const size_t size = left < SMF_WINDOW_SIZE ? left : SMF_WINDOW_SIZE;
    window->filled = 0;
    if (source->read_at == NULL || source->read_at(source->context, offset, window->buffer, size) != SMF_OK)
        return smf_fail(why, SMF_DETAIL_READ, offset, size, 0);
    window->start = offset;
    window->filled = size;
    return SMF_OK;
}

enum smf_status smf_window_fill(struct smf_window *window, size_t offset, size_t size, const uint8_t **bytes,
                                struct smf_diagnosis *why)
{
    const struct smf_source *source = window->source;
    if (!smf_within(offset, size, (size_t)source->size))
        return smf_fail(why, SMF_DETAIL_PAST_END, offset, size, source->size);
    if (offset < window->start || !smf_within(offset - window->start, size, window->filled)) {
        const enum smf_status status = fill(window, offset, why);
        if (status != SMF_OK)
            return status;
    }
    *bytes = window->buffer + (offset - window->start);
    return SMF_OK;
}

enum smf_status smf_source_read(const struct smf_source *source, size_t offset, void *into, size_t size,
                                struct smf_diagnosis *why)
{
    if (!smf_within(offset, size, (size_t)source->size))
        return smf_fail(why, SMF_DETAIL_PAST_END, offset, size, source->size);
    if (size == 0)
        return SMF_OK;
    if (source->bytes != NULL) {
        memcpy(into, (const uint8_t *)source->bytes + offset, size);
        return SMF_OK;
    }
    if (source->read_at == NULL || source->read_at(source->context, offset, into, size) != SMF_OK)
        return smf_fail(why, SMF_DETAIL_READ, offset, size, 0);
    return SMF_OK;
}
