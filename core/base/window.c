/* SPDX-License-Identifier: MIT */
/* window.c - checked reads from a source, addressable or positional. */
#include <stdbool.h>

#include "base/window.h"

#include "base/bytes.h"
#include "base/fail.h"

void smf_window_start(struct smf_window *window, const struct smf_source *source)
{
    window->source = source;
    window->start = 0;
    window->filled = 0;
}

/* Bytes that the caller has proven to lie in the source. */
static enum smf_status copy(const struct smf_source *source, size_t offset, void *into, size_t size,
                            struct smf_diagnosis *why)
{
    if (source->bytes != NULL)
        memcpy(into, (const uint8_t *)source->bytes + offset, size);
    else if (size != 0 && source->read_at(source->context, offset, into, size) != SMF_OK)
        return smf_fail(why, SMF_DETAIL_READ, offset, size, 0);
    return SMF_OK;
}

static bool holds(const struct smf_source *source, size_t offset, size_t size, struct smf_diagnosis *why)
{
    const size_t end = (size_t)source->size;
    return smf_within(offset, size, end) || smf_fail(why, SMF_DETAIL_PAST_END, offset, size, end) == SMF_OK;
}

const uint8_t *smf_window_at(struct smf_window *window, size_t offset, size_t size, struct smf_diagnosis *why)
{
    const struct smf_source *source = window->source;
    if (!holds(source, offset, size, why))
        return NULL;
    if (source->bytes != NULL)
        return (const uint8_t *)source->bytes + offset;
    if (offset < window->start || !smf_within(offset - window->start, size, window->filled)) {
        const size_t left = (size_t)source->size - offset, some = left < SMF_WINDOW_SIZE ? left : SMF_WINDOW_SIZE;
        window->filled = 0;
        if (copy(source, offset, window->buffer, some, why) != SMF_OK)
            return NULL;
        window->start = offset;
        window->filled = some;
    }
    return window->buffer + (offset - window->start);
}

enum smf_status smf_source_read(const struct smf_source *source, size_t offset, void *into, size_t size,
                                struct smf_diagnosis *why)
{
    return holds(source, offset, size, why) ? copy(source, offset, into, size, why) : why->status;
}
