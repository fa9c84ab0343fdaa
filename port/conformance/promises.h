/* SPDX-License-Identifier: MIT */
/* promises.h - private to port/conformance: one check for each promise, over a book of what is reserved. */
#ifndef SMF_PORT_CONFORMANCE_PROMISES_H
#define SMF_PORT_CONFORMANCE_PROMISES_H

#include "conformance/conformance.h"

#define SMF_TRY_RESERVES 24u

struct smf_taken {
    struct smf_region regions[3];
    size_t count;
};

struct smf_try {
    struct smf_port_check *check;
    const struct smf_port *port;
    struct smf_taken taken[SMF_TRY_RESERVES]; /* released when the check is over */
    size_t taken_count;
    enum smf_status status; /* of the last reserve */
    bool not_tried;         /* what the check returns says why */
};

/* Reserve, and enter it in the book. False: t->status says why, or the book is full. */
bool smf_try_take(struct smf_try *t, const struct smf_region_request *requests, size_t count);
void smf_try_drop(struct smf_try *t);                                                      /* the last one */
struct smf_region *smf_try_region(struct smf_try *t, size_t size, enum smf_access access); /* NULL: no room */
void smf_try_fill(const struct smf_region *region, unsigned seed);
bool smf_try_filled(const struct smf_region *region, unsigned seed);

/* The checks: NULL if the promise is kept, else what was found. */
#define SMF_TRY_ENTRY(constant, function, name) const char *smf_try_##function(struct smf_try *t);
SMF_PORT_PROMISES(SMF_TRY_ENTRY)
#undef SMF_TRY_ENTRY

#endif
