/* SPDX-License-Identifier: MIT */
/* view.h - private to port/view: what the two systems supply to view.c. */
#ifndef SMF_PORT_VIEW_PRIVATE_H
#define SMF_PORT_VIEW_PRIVATE_H

#include "smf/view.h"

/* Is [offset, offset + size) inside? */
static inline bool view_has(const struct smf_view *view, uint64_t offset, uint64_t size)
{
    return view->bytes != NULL && offset <= view->size && size <= view->size - offset;
}

/* Which bytes of a file of `whole` bytes are to be mapped; `*size` 0 becomes all to the end. */
SMF_MUST_CHECK
enum smf_status view_choose(uint64_t whole, uint64_t offset, size_t *size);

/* The pages of an advice or a sync, which is inside: `*size` grows to where they end. */
uint8_t *view_pages(const struct smf_view *view, uint64_t offset, size_t *size);

#endif
