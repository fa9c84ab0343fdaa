/* SPDX-License-Identifier: MIT */
/* window.c - checked reads from a source, addressable or positional. */
#include "base/window.h"

#include "base/bytes.h"
#include "base/fail.h"

enum smf_status smf_source_read(const struct smf_source *source, size_t offset, void *into, size_t size,
                                struct smf_diagnosis *why)
{
    const size_t end = (size_t)source->size;
    if (!smf_within(offset, size, end))
        return smf_fail(why, SMF_DETAIL_PAST_END, offset, size, end);
    if (source->bytes != NULL)
        memcpy(into, (const uint8_t *)source->bytes + offset, size);
    else if (size != 0 && source->read_at(source->context, offset, into, size) != SMF_OK)
        return smf_fail(why, SMF_DETAIL_READ, offset, size, 0);
    return SMF_OK;
}

const uint8_t *smf_window_read(struct smf_window *window, size_t offset, size_t size, struct smf_diagnosis *why)
{
    const struct smf_source *source = window->source;
    const size_t end = (size_t)source->size;
    if (source->bytes != NULL && smf_within(offset, size, end))
        return (const uint8_t *)source->bytes + offset;
    if (window->filled == 0 || offset < window->start || !smf_within(offset - window->start, size, window->filled)) {
        size_t some = end - offset; /* what lies past the end, reading refuses */
        some = some < size ? size : some < SMF_WINDOW_SIZE ? some : SMF_WINDOW_SIZE;
        window->filled = 0;
        if (smf_source_read(source, offset, window->buffer, some, why) != SMF_OK)
            return NULL;
        window->start = offset;
        window->filled = some;
    }
    return window->buffer + (offset - window->start);
}
