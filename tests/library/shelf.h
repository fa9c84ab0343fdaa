/* SPDX-License-Identifier: MIT */
/*
 * shelf.h - makes libraries of every form for tests, written from the format's
 * tables and apart from core/emit, and reads them through every door.
 *
 * The maker checks nothing. What it makes lies in a block of exactly its size,
 * so that AddressSanitizer sees a read past the end; free() it.
 */
#ifndef SMF_TESTS_SHELF_H
#define SMF_TESTS_SHELF_H

#include <stdbool.h>

#include "smf/library.h"

struct shelf_module {
    const char *name;
    const void *bytes;
    size_t size;
    const void *object;
    size_t object_size;
};

struct shelf {
    const struct shelf_module *modules;
    uint32_t count;
    bool longer;   /* a header of 132 bytes, and nothing that says so */
    bool document; /* entries as the format's document has them       */
    bool older;    /* hashes with the prime that lost a digit         */
    bool sorted;   /* the flag: `modules` stand as they do            */
    bool unhashed; /* no hash of any payload                          */
};

/* The file, allocated. */
uint8_t *shelf_make(const struct shelf *shelf, size_t *size);

/* Make index_hash and library_hash right again after patching. */
void shelf_seal(const struct shelf *shelf, uint8_t *bytes, size_t size);

/* Where entry `number` starts. */
size_t shelf_entry(const struct shelf *shelf, uint32_t number);

/* FNV-1a-64 with either prime. */
uint64_t shelf_hash(const void *bytes, size_t size, bool older);

/* Three modules, one with an object, names ascending; and the forms that they are tried in. */
enum { SHELF_MODULES = 3, SHELF_FORMS = 5 };
extern const struct shelf_module shelf_modules[SHELF_MODULES];
struct shelf shelf_form(unsigned form);
const char *shelf_form_name(unsigned form);

/* Storage for one library at a time. */
struct shelf_reading {
    struct smf_library library;
    struct smf_diagnosis why;
    uint32_t words[64];
    uint64_t meaning; /* hash of all that was said */
};

/* Open, read and find every entry, with and without an index, read every payload, check everything. The first failure. */
enum smf_status shelf_read(struct shelf_reading *reading, const struct smf_source *source);
enum smf_status shelf_read_bytes(struct shelf_reading *reading, const void *bytes, size_t size);

#endif
