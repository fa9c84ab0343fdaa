/* SPDX-License-Identifier: MIT */
/*
 * smf/library.h - a library of modules (LSM): what is in it, and each module as
 * a source, where it lies.
 *
 * Since 0.1. Floor: image. All forms of SPEC ("Libraries") are read: headers of
 * 128 and of 132 bytes, both entry layouts, both hash primes. A library lies in
 * any source, addressable or not; nothing of it is copied, and nothing is
 * trusted: each entry is proven every time it is read. Opening reads the header
 * and the first entry, never the rest, so that it costs the same for ten modules
 * and for ten thousand.
 *
 * Finding a name: with an index (smf_library_index) one step; else by halves in
 * a library that says that its entries are sorted, as our writer makes them; else
 * one entry after the other.
 */
#ifndef SMF_LIBRARY_H
#define SMF_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/source.h"
#include "smf/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Room for a module's name in a library, with its NUL: 63 bytes at most, such as std/io/mod. */
#define SMF_LIBRARY_NAME_SIZE 64

/* One entry as proven: name of 1 to 63 bytes without control characters, module not empty, both payloads behind the
 * index and in the source. */
struct smf_library_entry {
    char name[SMF_LIBRARY_NAME_SIZE];
    uint64_t offset, size;               /* of the module in the library's source                  */
    uint64_t object_offset, object_size; /* of the native object stored beside it; size 0: none    */
    uint64_t hash, object_hash;          /* FNV-1a-64 of the payloads as stored; 0: not recorded   */
};

/* An open library. Storage is the caller's, the source is borrowed until the last call; fields are for reading only. One
 * call at a time: the window is written even by calls that only ask. */
struct smf_library {
    const struct smf_source *source;
    uint32_t count;                    /* modules                                                        */
    uint32_t shift;                    /* 4 in files of writers with a header of 132 bytes, else 0       */
    bool document_entries;             /* entry layout of the format's document: hash at 80, no objects  */
    bool sorted;                       /* the header says that names ascend, bytewise                    */
    uint64_t index_offset;             /* of the first entry in the source                               */
    uint64_t index_hash, library_hash; /* as stored */
    uint32_t *words;                   /* smf_library_index(): chains, then links                        */
    uint32_t bucket_mask;
    struct smf_diagnosis unwanted; /* goes here when the caller passes no diagnosis */
    struct smf_window window;
};

/*
 * Open a library. SMF_ERR_NOT_SMF: no library; SMF_ERR_VERSION, _TRUNCATED, _FORMAT, _LIMIT, _IO, _AMBIGUOUS. A library
 * without modules opens. `why` may be NULL, here and below.
 */
SMF_MUST_CHECK
enum smf_status smf_library_open(struct smf_library *library, const struct smf_source *source,
                                 struct smf_diagnosis *why);

/* Prove and return entry `number` (below library.count, else SMF_ERR_ARGUMENT). */
SMF_MUST_CHECK
enum smf_status smf_library_entry(struct smf_library *library, uint32_t number, struct smf_library_entry *entry,
                                  struct smf_diagnosis *why);

/* The first entry of this name, compared byte for byte. SMF_ERR_NOT_FOUND, with the name in `why`. Of entries that are
 * passed by only the name is proven; one whose name is wrong ends the search. Where a library says that it is sorted and
 * is not, a name may not be found (smf_library_check() tells). SMF_ERR_CHANGED: the source gave two different names. */
SMF_MUST_CHECK
enum smf_status smf_library_find(struct smf_library *library, const char *name, struct smf_library_entry *entry,
                                 struct smf_diagnosis *why);

/* Words that an index of this library takes. */
size_t smf_library_index_words(const struct smf_library *library);

/* Read all names once and chain them in `words` (at least as many as said, borrowed until the last call): from now on
 * finding a name is one step. SMF_ERR_NO_SPACE, and what proving entries says; the library works as before then. */
SMF_MUST_CHECK
enum smf_status smf_library_index(struct smf_library *library, uint32_t *words, size_t word_count,
                                  struct smf_diagnosis *why);

/* The module, or the object beside it (SMF_ERR_NOT_FOUND if there is none), as a source: see smf_source_part(). */
SMF_MUST_CHECK
enum smf_status smf_library_module(const struct smf_library *library, const struct smf_library_entry *entry,
                                   struct smf_part *part, struct smf_source *source);
SMF_MUST_CHECK
enum smf_status smf_library_object(const struct smf_library *library, const struct smf_library_entry *entry,
                                   struct smf_part *part, struct smf_source *source);

/* Compare the hashes recorded for one entry with its payloads, either prime: SMF_ERR_HASH, `why` says of what. Reads both. */
SMF_MUST_CHECK
enum smf_status smf_library_check_entry(struct smf_library *library, const struct smf_library_entry *entry,
                                        struct smf_diagnosis *why);

/*
 * Everything: each entry, names ascending if it says so and none twice, payloads one behind the other, index hash, library
 * hash, every payload. Reads the whole file twice. SMF_ERR_HASH, SMF_ERR_DUPLICATE, SMF_ERR_FORMAT, SMF_ERR_OVERLAP.
 * Looking for a name twice in a library that does not say that it is sorted takes an index from about 330 modules on, else
 * SMF_ERR_LIMIT: the work stays linear in the size of the file.
 */
SMF_MUST_CHECK
enum smf_status smf_library_check(struct smf_library *library, struct smf_diagnosis *why);

/* ---- Writing (floor: emit) ---- */

/* One module to store. Bytes are borrowed during the call. */
struct smf_library_item {
    const char *name; /* 1 to 63 bytes, none below a blank, and no delete character */
    const void *bytes;
    size_t size;        /* above 0 */
    const void *object; /* native object stored beside it; NULL with object_size 0: none */
    size_t object_size;
};

/*
 * Write a library of `count` items: header of 128 bytes, entries sorted by name, payloads in the same order, each at a
 * multiple of 16 so that code can run where it lies, hashes with the standard prime. The same items in any order give the same bytes, and items taken out of such a library give it
 * again. `order` has room for `count` words, and is written also by a call that fails. With `buffer` NULL it checks and
 * measures only; `*size` is set, also with SMF_ERR_NO_SPACE. SMF_ERR_EMPTY: no items; SMF_ERR_DUPLICATE: a name twice;
 * SMF_ERR_FORMAT: a name of no or too many bytes or with a control character, or an empty module; SMF_ERR_LIMIT: larger
 * than this machine can say.
 */
SMF_MUST_CHECK
enum smf_status smf_library_write(const struct smf_library_item *items, uint32_t count, uint32_t *order,
                                  uint8_t *buffer, size_t capacity, size_t *size, struct smf_diagnosis *why);

#ifdef __cplusplus
}
#endif

#endif
