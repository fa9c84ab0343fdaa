/* SPDX-License-Identifier: MIT */
/*
 * smf/writer.h - write a module into a caller's buffer. Since 0.1. Floor: emit.
 *
 * Collect sections, symbols, names and relocations in arrays that the caller
 * supplies, then write one file: canonical SMF (P128), or R96 or R72 for tools
 * that read only those. No malloc; usable on a board.
 *
 *     smf_writer_start(&writer, &storage);
 *     smf_writer_add_section(&writer, &section, &text);
 *     smf_writer_add_symbol(&writer, &symbol, NULL);
 *     smf_writer_finish(&writer, SMF_LAYOUT_P128, NULL, 0, &size, &why);     how large?
 *     smf_writer_finish(&writer, SMF_LAYOUT_P128, buffer, size, &size, &why);
 *
 * The emitter of the described system in these terms: set_executable(entry)
 * is header.flags |= SMF_FLAG_EXECUTABLE and header.entry_point; set_reloadable,
 * the target and PIC are fields of header, too; add_code, add_data(bytes,
 * readonly) and add_bss are smf_writer_add_section() with a type and its flags;
 * emit(writer) is smf_writer_finish(). Name hashes, exported_count, module_hash
 * and Reloc sections are made by the writer. Several symbols may have one name.
 *
 * Compressed sections come compressed: the writer neither compresses nor looks inside. Their relocations and symbols
 * count in what comes out.
 */
#ifndef SMF_WRITER_H
#define SMF_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/format.h"
#include "smf/image.h"
#include "smf/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A section to write. Bytes are borrowed until smf_writer_finish() returns. */
struct smf_write_section {
    const char *name;           /* 1 to 16 printable ASCII characters, unique but for Reloc sections ('.rel') */
    const uint8_t *bytes;       /* payload, compressed if the flags say so; NULL for Bss */
    uint64_t size;              /* of the payload as stored, 0 for Bss                  */
    uint64_t virtual_size;      /* 0 = size; for Bss the size in memory; compressed: exactly what comes out, not 0 */
    uint32_t alignment;         /* a power of two up to SMF_ALIGNMENT_MAX; 0 = 1        */
    uint32_t flags;             /* SMF_SECTION_READ ...; SMF_SECTION_COMPRESSED: canonical Code, Data, RoData, Debug */
    enum smf_section_type type; /* not RELOC: those are made from the relocations     */
};

/* A symbol to write. Order: Local, then undefined, then exported (canonical), else SMF_ERR_FORMAT. */
struct smf_write_symbol {
    const char *name; /* never empty; borrowed until smf_writer_finish() returns            */
    uint64_t value;   /* offset in the section; the address if absolute; stub offset if undefined */
    uint64_t size;    /* undefined: size of the stub, 0 = none                              */
    uint32_t section; /* index, SMF_INDEX_UNDEFINED or SMF_INDEX_ABSOLUTE                   */
    enum smf_symbol_type type;
    enum smf_binding binding;
    uint32_t flags; /* SMF_SYMBOL_FLAG_... */
    /* With SMF_SYMBOL_FLAG_TEMPLATE, canonical only; else 0. Where its entry's record_size word lies, in its section; type parameters. */
    uint64_t template_offset;
    uint8_t template_parameters;
};

/* A relocation to write. Those of one section must follow each other, in the order of the file. */
struct smf_write_relocation {
    uint64_t offset; /* in `section`                                       */
    int64_t addend;
    uint32_t section; /* index of the section that it patches               */
    uint32_t symbol;  /* index, or SMF_NO_SYMBOL                            */
    uint16_t number;  /* psABI number with type SMF_RELOCATION_PSABI        */
    uint8_t type;     /* SMF_RELOCATION_...                                 */
    bool settled;     /* already applied for the default layout; these come last in their section */
};

/* What stands in the header. Zero means none, unless said otherwise. */
struct smf_write_header {
    enum smf_platform platform;
    enum smf_arch_id arch;
    uint32_t flags;       /* SMF_FLAG_EXECUTABLE, _RELOADABLE, _DEBUG_INFO, _PIC; the others are set by the writer */
    uint64_t entry_point; /* with EXECUTABLE: offset in the first Code section        */
    uint32_t abi, cpu;    /* canonical only                                           */
    uint64_t source_hash;
    uint8_t options[16]; /* compile-options hash, P128 bytes 88..103                 */
    const void *stub;    /* bytes to stand in front; padded with spaces before its last LF
                                * (or with zeros, if it does not end in LF) to the largest alignment and 16 */
    size_t stub_size;    /* 0 = no stub; P128 and R96 only                            */
    uint8_t compression; /* SMF_COMPRESSION_...: of all sections that say COMPRESSED; canonical only     */
    uint8_t level;       /* of it, informative                                        */
    bool no_hash;        /* leave module_hash 0                                       */
};

/* Arrays of the caller. Unused ones may be NULL with capacity 0. */
struct smf_write_storage {
    struct smf_write_section *sections;
    struct smf_write_symbol *symbols;
    struct smf_write_relocation *relocations;
    uint32_t section_capacity, symbol_capacity, relocation_capacity;
};

/* A module under construction. `header` is the caller's to fill in; the rest through the calls below. */
struct smf_writer {
    struct smf_write_header header;
    struct smf_write_storage storage;
    uint32_t section_count, symbol_count, relocation_count;
};

/* Start an empty module. */
void smf_writer_start(struct smf_writer *writer, const struct smf_write_storage *storage);

/* Append; `*index` (may be NULL) gets the number. SMF_ERR_NO_SPACE when the array is full. */
SMF_MUST_CHECK
enum smf_status smf_writer_add_section(struct smf_writer *writer, const struct smf_write_section *section,
                                       uint32_t *index);
SMF_MUST_CHECK
enum smf_status smf_writer_add_symbol(struct smf_writer *writer, const struct smf_write_symbol *symbol,
                                      uint32_t *index);
SMF_MUST_CHECK
enum smf_status smf_writer_add_relocation(struct smf_writer *writer, const struct smf_write_relocation *relocation);

/*
 * Check everything, then write the file to `buffer`; `*size` gets its size.
 * With buffer NULL: only check and measure. SMF_ERR_NO_SPACE (and *size set)
 * when `capacity` is too small. R72 and R96 refuse what they cannot say
 * (SMF_ERR_UNSUPPORTED): data relocations, named data symbols, psABI numbers,
 * settled records. The same input gives the same bytes.
 */
SMF_MUST_CHECK
enum smf_status smf_writer_finish(const struct smf_writer *writer, enum smf_layout layout, uint8_t *buffer,
                                  size_t capacity, size_t *size, struct smf_diagnosis *why);

/* --- Notes ---------------------------------------------------------------------------------------- */

/* Write note.module: returns its size, and writes it if it fits in `capacity`. Empty fields are left out, the name is not. */
size_t smf_note_module_write(const struct smf_module_note *note, uint8_t *buffer, size_t capacity);

/* Write note.deps from `count` rows: as above. */
size_t smf_note_dependencies_write(const struct smf_dependency *rows, uint32_t count, uint8_t *buffer, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
