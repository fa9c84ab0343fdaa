/* SPDX-License-Identifier: MIT */
/*
 * forge.h - makes SMF files of every layout for tests, from a small description.
 *
 * Written from the format's tables and apart from core/emit and core/image, so
 * that it can disagree with them. It checks nothing: a test that wants a broken
 * file describes it so, or patches a byte afterwards.
 *
 *     static const struct forge_section sections[] = {{.name = "code", .type = SMF_SECTION_CODE, .flags = 5,
 *                                                      .alignment = 16, .bytes = "\xC3", .size = 1}};
 *     struct forged file;
 *     forge_make(&(struct forge){.layout = FORGE_R72, .sections = sections, .section_count = 1}, &file);
 *     forge_put32(&file, file.header + 8, 0x40);
 *     ... smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD) ...
 *     forge_free(&file);
 *
 * forged.bytes is allocated with exactly forged.size bytes, so that AddressSanitizer sees a read past the end.
 */
#ifndef SMF_TESTS_FORGE_H
#define SMF_TESTS_FORGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/format.h"

enum forge_layout {
    FORGE_R72,          /* header 72 at 0, T56, S40                          */
    FORGE_R80,          /* the same with hints: header 80                    */
    FORGE_R96,          /* header 96 at 0, T56, S56                          */
    FORGE_R96_TRAILER,  /* header 96 at the end                              */
    FORGE_R128,         /* R96 fields, padded to 128, at the end             */
    FORGE_P128_W,       /* trailer, T64a, S56 with section index             */
    FORGE_P128_D,       /* trailer, T64b, S56                                */
    FORGE_P128_D0,      /* trailer, T64b, S52                                */
    FORGE_P128_LEADING, /* header 128 at 0, T64a, S56                        */
    FORGE_CANONICAL,    /* FORMAT 0                                          */
    FORGE_LAYOUTS
};

/* Types and flags are written in memory numbering (smf/format.h) and translated for the R family. */
struct forge_section {
    const char *name;  /* up to 16 characters */
    const void *bytes; /* NULL: zeros          */
    uint64_t size;
    uint64_t virtual_size; /* 0: as size */
    uint32_t flags, alignment;
    uint32_t link, settled; /* raw field values of canonical Reloc entries: link is 1 + index */
    uint8_t type;
    uint8_t raw_type; /* if not 0, written as it is */
};

struct forge_symbol {
    const char *name;
    uint64_t value, size;
    uint16_t section; /* P128-W, leading, canonical: bytes 41..42 */
    uint8_t type;     /* enum smf_symbol_type; translated where numbering starts at 1 */
    uint8_t binding, visibility, flags;
};

struct forge_relocation {
    uint64_t offset;
    int64_t addend;
    uint32_t symbol;
    uint16_t number;
    uint8_t type;
};

struct forge {
    enum forge_layout layout;
    const struct forge_section *sections;
    uint32_t section_count;
    const struct forge_symbol *symbols;
    uint32_t symbol_count, exported_count;
    uint32_t flags; /* header flags; CANONICAL and HAS_STUB are added where they belong */
    uint64_t entry;
    uint64_t source_hash;
    uint32_t abi, cpu;
    uint8_t platform, arch, major, minor, compression;
    uint8_t symbol_stride; /* 0: as the layout has it */
    const void *stub;      /* bytes in front of everything */
    size_t stub_size;
    bool unpatched;   /* the stub is there, and the header does not say so    */
    bool hashed;      /* record module_hash (canonical)                       */
    uint32_t garbage; /* not 0: seed of garbage in R padding, as real writers leave */
};

/* A file, and where its parts are (offsets from the start of the file). */
struct forged {
    uint8_t *bytes;
    size_t size;
    size_t header, header_size;
    size_t base;
    size_t section_table, section_stride;
    size_t symbol_table, symbol_stride;
    size_t strings, strings_end;
    size_t payloads[64]; /* of the first 64 sections */
    uint32_t section_count, symbol_count;
};

void forge_make(const struct forge *what, struct forged *file);
void forge_free(struct forged *file);

/* Bytes of relocation entries: for forge_section.bytes. `into` has room for 24 bytes each. */
void forge_relocations(const struct forge_relocation *records, size_t count, uint8_t *into);

/* Patch a field. */
void forge_put8(struct forged *file, size_t offset, uint8_t value);
void forge_put16(struct forged *file, size_t offset, uint16_t value);
void forge_put32(struct forged *file, size_t offset, uint32_t value);
void forge_put64(struct forged *file, size_t offset, uint64_t value);

/* Where entry `index` lies. */
size_t forge_section_entry(const struct forged *file, uint32_t index);
size_t forge_symbol_entry(const struct forged *file, uint32_t index);

/* Make module_hash right again after patching (canonical). */
void forge_rehash(struct forged *file);

/* Name of a layout, for messages. */
const char *forge_layout_name(enum forge_layout layout);

#endif
