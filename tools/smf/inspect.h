/* SPDX-License-Identifier: MIT */
/* inspect.h - what both forms of `smf inspect` are made of. */
#ifndef SMF_TOOLS_INSPECT_H
#define SMF_TOOLS_INSPECT_H

#include "command.h"
#include "generics.h"
#include "words.h"

/* A file that was read completely once, so that printing it cannot fail halfway. */
struct smf_inspected {
    struct smf_opened opened;
    struct smf_module_note note;
    uint32_t needs_count;
    uint64_t interface_hash; /* of its exports */
    struct smf_generics generics;
};

/* A symbol with its name, which is valid until the next call; false if the file has changed meanwhile. */
struct smf_inspected_symbol {
    struct smf_symbol symbol;
    const char *name;
    size_t length;
};
bool smf_inspect_symbol(struct smf_inspected *inspected, uint32_t index, struct smf_inspected_symbol *symbol);

/* The section that a symbol lies in: an index, or SMF_NO_SYMBOL for undefined, absolute and unknown. */
uint32_t smf_inspect_place(const struct smf_image *image, const struct smf_symbol *symbol);

/* The section that a Reloc section patches; SMF_NO_SYMBOL when it is all of several Code sections. */
uint32_t smf_inspect_patched(const struct smf_image *image, uint32_t reloc);

/* json.c: one object. False if the file has changed meanwhile. */
bool smf_inspect_json(struct smf_inspected *inspected);

/* "KEY": "WORD", whatever bytes are in it; null for NULL. */
void smf_json_word(const char *key, const char *word);
/* "WORD". */
void smf_json_string(const char *text);

/* Templates and note.sdn: the lines (inspect_generics.c); the members, each with a comma before it (json_generics.c). */
void smf_inspect_print_generics(const struct smf_inspected *inspected);
void smf_inspect_json_generics(const struct smf_inspected *inspected);
/* A unit as one object. */
void smf_inspect_json_unit(const struct smf_record *record, const struct smf_unit *unit);

#endif
