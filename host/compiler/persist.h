/* SPDX-License-Identifier: MIT */
/* persist.h - private: a row of a sidecar, and its text. */
#ifndef SMF_HOST_COMPILER_PERSIST_H
#define SMF_HOST_COMPILER_PERSIST_H

#include "memo.h"
#include "smf/persist.h"

enum persist_field {
    PERSIST_BASE,
    PERSIST_TYPE_ARGS,
    PERSIST_MANGLED,
    PERSIST_FILE,
    PERSIST_LOCATION,
    PERSIST_OBJECT,
    PERSIST_STATUS,
    PERSIST_FIELDS /* how many; before them stand the letter and the id */
};

struct smf_persist_entry {
    void *block;
    char *fields[PERSIST_FIELDS]; /* in `block` */
    bool written;                 /* it stands in the file                */
    bool stale;                   /* its module lists it no more          */
    bool held;                    /* smf_persist_restore() is its user    */
    uint64_t stamp;               /* of what is held (compiler_stamp)     */
};

/* A row that is not there yet; fields are copied. */
SMF_MUST_CHECK
enum smf_status persist_add(struct smf_persist *persist, const char *const *fields);
/* The row of a mangled name, also one that is stale; NULL. */
struct smf_persist_entry *persist_find(const struct smf_persist *persist, const char *mangled);

/* Rows out of a text, which is taken apart where it lies; counts what is damaged. SMF_ERR_NO_MEMORY. */
SMF_MUST_CHECK
enum smf_status persist_parse(struct smf_persist *persist, char *text, size_t size);
/* All that stand, as text; text->failed: no memory. */
void persist_print(struct smf_persist *persist, struct memo_bytes *text);

#endif
