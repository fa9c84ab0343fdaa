/* SPDX-License-Identifier: MIT */
/* part.c - a piece of a source as a source of its own. */
#include <stdbool.h>

#include "smf/source.h"

static enum smf_status read_part(void *context, uint64_t offset, void *into, size_t size)
{
    const struct smf_part *part = context;
    return part->whole->read_at(part->whole->context, part->offset + offset, into, size);
}

enum smf_status smf_source_part(struct smf_part *part, const struct smf_source *whole, uint64_t offset, uint64_t size,
                                struct smf_source *source)
{
    if (offset > whole->size || size > whole->size - offset)
        return SMF_ERR_ARGUMENT;
    *part = (struct smf_part){.whole = whole, .offset = offset};
    const bool addressable = whole->bytes != NULL;
    *source = (struct smf_source){.bytes = addressable ? (const uint8_t *)whole->bytes + offset : NULL,
                                  .size = size,
                                  .read_at = addressable ? NULL : read_part,
                                  .context = addressable ? NULL : part,
                                  .stay = whole->stay};
    return SMF_OK;
}
