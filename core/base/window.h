/* SPDX-License-Identifier: MIT */
/*
 * base/window.h - the only way in which core reads a source's bytes.
 *
 * Addressable sources give a pointer into themselves; positional ones are read
 * through a small buffer. Each pointer is valid until the next call with the
 * same window. Callers decode into locals and then say SMF_DECODED().
 */
#ifndef SMF_BASE_WINDOW_H
#define SMF_BASE_WINDOW_H

#include "smf/source.h"

/* The source fits a word (smf_source.size <= SIZE_MAX), and it can be read. */
static inline void smf_window_start(struct smf_window *window, const struct smf_source *source)
{
    window->source = source;
    window->filled = 0;
}

/*
 * `size` bytes at `offset`: 0 < size <= SMF_WINDOW_SIZE. NULL, and `why` says
 * so: SMF_ERR_TRUNCATED past the end of the source, SMF_ERR_IO when it does not read.
 */
SMF_MUST_CHECK
const uint8_t *smf_window_read(struct smf_window *window, size_t offset, size_t size, struct smf_diagnosis *why);

/* The same, without a call for what can be addressed where that is worth the code: not on machines of 32 bits. */
SMF_MUST_CHECK
static inline const uint8_t *smf_window_at(struct smf_window *window, size_t offset, size_t size,
                                           struct smf_diagnosis *why)
{
    const struct smf_source *source = window->source;
    if (sizeof(size_t) > 4 && source->bytes != NULL && offset <= source->size && size <= source->size - offset)
        return (const uint8_t *)source->bytes + offset;
    return smf_window_read(window, offset, size, why);
}

/* Copy any number of bytes out of the source; the window's buffer is not used. size may be 0. */
SMF_MUST_CHECK
enum smf_status smf_source_read(const struct smf_source *source, size_t offset, void *into, size_t size,
                                struct smf_diagnosis *why);

#endif
