/* SPDX-License-Identifier: MIT */
/*
 * module.h - one module with everything in it, in any layout, for tests that
 * patch it; and a reader that goes through every door of an image.
 */
#ifndef SMF_TESTS_MODULE_H
#define SMF_TESTS_MODULE_H

#include "smf/image.h"
#include "support/forge.h"

/* Sections of the whole module, by index. R layouts have the first three. */
enum {
    WHOLE_TEXT,
    WHOLE_DATA,
    WHOLE_BSS,
    WHOLE_TEXT_REL,
    WHOLE_RODATA,
    WHOLE_DATA_REL,
    WHOLE_NOTE,
    WHOLE_DEPS,
    WHOLE_DEBUG,
    WHOLE_SECTIONS
};

/* Symbols: one Local, two imports (the first with a stub), a function, data, an absolute one. */
enum { WHOLE_LOCAL, WHOLE_PUTS, WHOLE_OTHER, WHOLE_FUNCTION, WHOLE_TABLE, WHOLE_ABSOLUTE, WHOLE_SYMBOLS };

/* Describe it. Static storage; a test may copy and change it. */
struct forge whole_module(enum forge_layout layout);

/* Storage for one image at a time. */
struct opened {
    struct smf_image image;
    struct smf_section sections[WHOLE_SECTIONS + 8];
    struct smf_diagnosis why;
    uint64_t meaning; /* hash of all that was said by the doors */
};

/* Open and go through every symbol, name, relocation and note; with `checks`, both hashes too. The first failure. */
enum smf_status read_all(struct opened *opened, const struct smf_source *source, bool checks);
enum smf_status read_all_bytes(struct opened *opened, const void *bytes, size_t size, bool checks);

/* A positional source over `bytes`, which can fail and lie. */
struct fickle {
    const uint8_t *bytes;
    size_t size;
    unsigned calls;
    unsigned fail_at;   /* the call that fails, counted from 1; 0: none   */
    unsigned change_at; /* from this call on ...                          */
    size_t changed;     /* ... this byte reads as inverted                */
    unsigned outside;   /* reads past the end or of nothing: must stay 0  */
};
struct smf_source fickle_source(struct fickle *fickle);

#endif
