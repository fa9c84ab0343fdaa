/* SPDX-License-Identifier: MIT */
/*
 * image/library.h - private to core/image: what opening, finding and checking
 * libraries have in common. Entries are read in one place (library.c), each time
 * anew, and nothing that an entry says is kept.
 */
#ifndef SMF_IMAGE_LIBRARY_H
#define SMF_IMAGE_LIBRARY_H

#include "base/bytes.h"
#include "base/fail.h"
#include "base/window.h"
#include "smf/format.h"
#include "smf/library.h"

/* The diagnosis of a call, emptied: the caller's, or the library's own if there is none. */
static inline struct smf_diagnosis *smf_library_why(struct smf_library *library, struct smf_diagnosis *why)
{
    if (why == NULL)
        why = &library->unwanted;
    smf_fail_clear(why);
    why->stage = SMF_STAGE_TABLES;
    return why;
}

/* Where entry `number` (below count) starts. Opening found that the index lies in the source. */
static inline size_t smf_library_at(const struct smf_library *library, uint32_t number)
{
    return (size_t)library->index_offset + (size_t)number * SMF_LSM_ENTRY_SIZE;
}

/* First byte behind the index: payloads lie from here on. */
static inline size_t smf_library_data(const struct smf_library *library)
{
    return smf_library_at(library, library->count);
}

/* A place of the file is counted from the start of what the writer took for its header. */
static inline size_t smf_library_place(const struct smf_library *library, const uint8_t *at)
{
    const size_t offset = smf_get_size(at);
    return offset < SIZE_MAX - library->shift ? offset + library->shift : SIZE_MAX;
}

/* Read and prove the name of entry `number`; `name` is filled with zeros to its end. Written also if it fails. */
SMF_MUST_CHECK
enum smf_status smf_library_name(struct smf_library *library, uint32_t number, char name[SMF_LIBRARY_NAME_SIZE],
                                 struct smf_diagnosis *why);

/* Read and prove entry `number`, which is below count. Written also if it fails. */
SMF_MUST_CHECK
enum smf_status smf_library_prove(struct smf_library *library, uint32_t number, struct smf_library_entry *entry,
                                  struct smf_diagnosis *why);

/* The number of the first entry of this name, by index or one after the other, at most `*steps` entries, which are
 * counted down; library->count if there is none. SMF_ERR_LIMIT when the steps are used up. */
SMF_MUST_CHECK
enum smf_status smf_library_first(struct smf_library *library, const char name[SMF_LIBRARY_NAME_SIZE], uint64_t *steps,
                                  uint32_t *number, struct smf_diagnosis *why);

#endif
