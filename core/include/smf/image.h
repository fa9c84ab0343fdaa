/* SPDX-License-Identifier: MIT */
/*
 * smf/image.h - a module's bytes as a validated, read-only view.
 *
 * Since 0.1. Floor: image. smf_image_open() finds out which layout the bytes
 * have, proves header and section table, and copies them. Symbols, names and
 * relocations stay in the source and are read through one door each, which
 * proves the whole record every time it is read. Nothing above this floor
 * checks a file's bytes again.
 *
 * Offsets and sizes are words of this machine. A 64-bit field of the file that
 * does not fit one is refused where a larger value is wrong anyway (it is past
 * every end), and as SMF_ERR_LIMIT where it is not. The same on every machine:
 * a source larger than SIZE_MAX is SMF_ERR_LIMIT.
 */
#ifndef SMF_IMAGE_H
#define SMF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/config.h"
#include "smf/format.h"
#include "smf/source.h"
#include "smf/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The header view. Together with the strides below it names the layout (SPEC, "Layouts"). */
enum smf_layout {
    SMF_LAYOUT_R72, /* R72 and R80: header at 0                         */
    SMF_LAYOUT_R96, /* header at 0, at the end - 96 or at the end - 128 */
    SMF_LAYOUT_P128 /* header at the end - 128, or at 0                 */
};

/* One section of the image. Proven when the image is opened: the payload lies in the file, apart from
 * header, tables and all other payloads. */
struct smf_section {
    size_t offset;                        /* of the payload, from the start of the source; 0 when size is 0,
                                           * except note.sdn, whose end is found by reading it   */
    size_t size;                          /* stored bytes; 0 for Bss, never 0 when compressed                   */
    size_t virtual_size;                  /* bytes in memory: >= size; when compressed what these give, never 0 */
    uint32_t alignment;                   /* power of two, 1 when the file says 0; at most SMF_ALIGNMENT_MAX    */
    uint32_t link;                        /* Reloc sections of canonical files: index of the section patched; else 0 */
    uint32_t settled;                     /* Reloc sections of canonical files: records at the end already applied  */
    uint8_t type;                         /* enum smf_section_type                                              */
    uint8_t flags;                        /* SMF_SECTION_READ ...                                               */
    char name[SMF_SECTION_NAME_SIZE + 1]; /* printable ASCII, NUL added                       */
};

/* Where a symbol lives. */
enum smf_symbol_place {
    SMF_PLACE_SECTION,   /* `value` counts from the start of section `section`                    */
    SMF_PLACE_CODE_AREA, /* R family: `value` counts from the start of all Code sections, packed  */
    SMF_PLACE_ABSOLUTE,  /* `value` is the address                                                */
    SMF_PLACE_UNDEFINED, /* to be bound                                                           */
    SMF_PLACE_EITHER,    /* R family: ask the resolver first; nobody has it: value 0 of the code area */
    SMF_PLACE_UNKNOWN    /* R family: a Data symbol, or a section's own, that cannot be attributed to
                          * a section: using it is SMF_ERR_SYMBOL                                 */
};

/* One symbol as proven by the door. */
struct smf_symbol {
    size_t value;       /* see place; within [0, size of the place]; undefined: offset of the stub in the
                       * first Code section (canonical, when stub_size is not 0), else 0            */
    size_t size;        /* bytes, 0 when not recorded                                               */
    uint32_t name;      /* offset in the string table, proven to start a NUL-terminated name        */
    uint32_t hash;      /* FNV-1a-32 as stored; a wrong one can only make a lookup fail             */
    uint32_t section;   /* index, with SMF_PLACE_SECTION                                            */
    uint32_t stub_size; /* undefined symbols of canonical files: bytes of its stub; 0 = it has none */
    uint8_t type;       /* enum smf_symbol_type    */
    uint8_t binding;    /* enum smf_binding        */
    uint8_t place;      /* enum smf_symbol_place   */
    uint8_t flags;      /* SMF_SYMBOL_FLAG_...     */
};

/* One relocation as read. What it patches and whether it fits there is proven by the loader's row. */
struct smf_relocation {
    size_t offset; /* within the patched section (canonical) or within the code area             */
    ptrdiff_t addend;
    uint32_t symbol; /* index below symbol_count, or SMF_NO_SYMBOL                                 */
    uint16_t number; /* psABI number when type is SMF_RELOCATION_PSABI, else 0                     */
    uint8_t type;    /* 0 to 9, numbered by family, or SMF_RELOCATION_PSABI                        */
};

/* Everything known about the file's header. */
struct smf_header {
    uint8_t major, minor, platform, arch, compression;
    uint8_t header_size;    /* 72, 80, 96 or 128 */
    uint8_t section_stride; /* 56 or 64 */
    uint8_t symbol_stride;  /* 40, 52 or 56; 0 without symbols */
    bool section_name_36;   /* T64b */
    bool canonical;
    bool p_family; /* P numbering */
    enum smf_layout layout;
    uint32_t flags; /* SMF_FLAG_...; bit 4 is always HAS_STUB here                           */
    uint32_t stub_size;
    uint32_t section_count;
    uint32_t symbol_count;
    uint32_t exported_count;
    uint32_t abi, cpu;  /* canonical; else 0                                                   */
    size_t position;    /* of the header in the source                                         */
    size_t base;        /* what table and payload offsets of the file count from (stub_size)   */
    size_t entry_point; /* meaningful with EXECUTABLE: offset in the code area                 */
    uint64_t module_hash;
    uint64_t source_hash;
};

/*
 * An open image. Storage is the caller's (about 3 windows and a header); the
 * source is borrowed until the last call with this image. Fields are for
 * reading only.
 */
struct smf_image {
    struct smf_header header; /* first, and words before arrays: short offsets make short instructions          */
    const struct smf_source *source;
    size_t size;                   /* of the source: it fits a word, or the image was refused  */
    struct smf_section *sections;  /* header.section_count of them, in the caller's array      */
    size_t section_table;          /* offset in the source                                     */
    size_t symbol_table;           /* offset in the source                                     */
    size_t string_table;           /* offset in the source                                     */
    size_t string_size;            /* bytes; names end in a NUL before it does                 */
    struct smf_diagnosis *why;     /* of the call at work                                      */
    size_t record, limit;          /* where the record at work starts; where payloads must end */
    size_t code_size;              /* bytes of the code area: all Code sections                */
    uint32_t first_code;           /* index of the first Code section, SMF_NO_SYMBOL without   */
    uint32_t packed_section;       /* of one that is compressed and to be loaded, SMF_NO_SYMBOL without */
    uint32_t data_section;         /* R family, legacy P: the only section a Data symbol can mean;
                                        * SMF_NO_SYMBOL when there are several or none             */
    uint32_t section_symbol;       /* R family: index of the first __smf_section_N symbol      */
    uint32_t section_symbol_count; /* 0 with a first one: they cannot be attributed            */
    uint32_t section_symbol_base;  /* the section that it stands for; the others follow        */
    uint8_t undefined_rule;        /* R family: how "value 0, size 0" is read (image/older_symbols.c) */
    struct smf_diagnosis unwanted; /* goes here when the caller passes no diagnosis: stacks are small */
    struct smf_section section;    /* entry at work while the layout is sought: stacks are small           */
    struct smf_window records;     /* section table, relocations          */
    struct smf_window symbols;
    struct smf_window strings;
};

/*
 * Find out how many sections the image has, so that the caller can supply an
 * array: enough is what `*count` says; smf_image_open() never needs more.
 * Looks at headers only. Fails as smf_image_open() does for a file that has no
 * possible header.
 */
SMF_MUST_CHECK
enum smf_status smf_image_count_sections(struct smf_image *image, const struct smf_source *source, uint32_t *count,
                                         struct smf_diagnosis *why);

/*
 * Open an image: decide its layout, prove header and section table, copy them.
 * `sections` has room for `capacity` entries (SMF_ERR_NO_SPACE if that is too
 * few). `why` may be NULL. After a failure the image must not be used.
 *
 * SMF_ERR_NOT_SMF, _AMBIGUOUS, _VERSION, _TRUNCATED, _FORMAT, _OVERLAP,
 * _LIMIT, _IO; _ENVELOPE, _LIBRARY, _W64, _CONTAINER, _BYTECODE,
 * _EMBEDDED_ELF, _COMPRESSED for what is recognised and not loadable:
 * _COMPRESSED here for files that do not say how. Compressed sections are
 * refused by who wants their contents and has no codec (smf/codec.h).
 */
SMF_MUST_CHECK
enum smf_status smf_image_open(struct smf_image *image, const struct smf_source *source, struct smf_section *sections,
                               uint32_t capacity, struct smf_diagnosis *why);

/* The symbol door: prove and return symbol `index` (below header.symbol_count, else SMF_ERR_SYMBOL).
 * Sets why->index, and why->name where the name can be read. */
SMF_MUST_CHECK
enum smf_status smf_image_symbol(struct smf_image *image, uint32_t index, struct smf_symbol *symbol,
                                 struct smf_diagnosis *why);

/*
 * The name door: a NUL-terminated name at `offset` of the string table. For
 * addressable sources `*name` points into the image and `buffer` is not used;
 * else the name is copied into `buffer` of `capacity` bytes (SMF_ERR_NO_SPACE
 * if it does not fit with its NUL). `*length` excludes the NUL.
 */
SMF_MUST_CHECK
enum smf_status smf_image_name(struct smf_image *image, uint32_t offset, char *buffer, size_t capacity,
                               const char **name, size_t *length, struct smf_diagnosis *why);

/* Relocation records in section `section` (0 unless it is a Reloc section). */
uint32_t smf_image_relocation_count(const struct smf_image *image, uint32_t section);

/* The relocation door: prove and return record `index` of Reloc section `section`: index in range,
 * type known to the family, symbol below symbol_count or none, padding as the layout demands. Sets why->index. */
SMF_MUST_CHECK
enum smf_status smf_image_relocation(struct smf_image *image, uint32_t section, uint32_t index,
                                     struct smf_relocation *relocation, struct smf_diagnosis *why);

/* Copy bytes [offset, offset + size) of a section's payload as it is stored, compressed or not; SMF_ERR_TRUNCATED outside
 * of it. smf_section_read() (smf/codec.h) gives what it holds. */
SMF_MUST_CHECK
enum smf_status smf_image_read(struct smf_image *image, uint32_t section, size_t offset, void *into, size_t size,
                               struct smf_diagnosis *why);

/* Index of the section with this name, or SMF_NO_SYMBOL. */
uint32_t smf_image_find_section(const struct smf_image *image, const char *name);

/* What note.module says. Lengths exclude the NUL that is added; a file without the note gives zeros. */
struct smf_module_note {
    char name[64];
    char writer[64];
    uint16_t version[3];
    uint32_t state_version;
};

/* Read and prove note.module; SMF_ERR_VERSION for a must-know tag, SMF_ERR_LIMIT for a name over 63 bytes. */
SMF_MUST_CHECK
enum smf_status smf_image_module_note(struct smf_image *image, struct smf_module_note *note, struct smf_diagnosis *why);

/* Who compiled a module, and how: the block that writers may leave in a P128 header (SPEC, "Headers"). */
struct smf_compile_options {
    uint64_t hash;        /* of all options together; compared, never computed here */
    uint8_t backend;      /* enum smf_backend, or a number that is not known yet     */
    uint8_t optimisation; /* level                                                  */
    uint8_t arch;         /* as the compiler numbers it                             */
    uint8_t flags;        /* SMF_OPTION_...                                         */
    bool tagged;          /* false: there is no block, or it is all zeros           */
};

/* Read and prove the block. Layouts without one, and headers where it is all zeros, give zeros. SMF_ERR_FORMAT: reserved
 * bytes that are not zero. A backend that is not known is told as it is. No other call looks at the block. */
SMF_MUST_CHECK
enum smf_status smf_image_compile_options(struct smf_image *image, struct smf_compile_options *options,
                                          struct smf_diagnosis *why);

/* One row of note.deps. */
struct smf_dependency {
    char name[256];
    uint64_t interface_hash; /* 0 = any */
};

/* Number of rows of note.deps (0 without it), proven as a whole; then row by row. `*cursor` starts at 0. */
SMF_MUST_CHECK
enum smf_status smf_image_dependency_count(struct smf_image *image, uint32_t *count, struct smf_diagnosis *why);
SMF_MUST_CHECK
enum smf_status smf_image_dependency(struct smf_image *image, uint64_t *cursor, struct smf_dependency *dependency,
                                     struct smf_diagnosis *why);

/*
 * Compare module_hash with the bytes; SMF_OK when none is recorded, SMF_ERR_HASH when it differs. Reads the whole file.
 * Only canonical files say what the field is a hash of, and all known writers of older layouts store 0 there: for older
 * files nothing is compared, and the answer is SMF_OK.
 */
SMF_MUST_CHECK
enum smf_status smf_image_check_hash(struct smf_image *image, struct smf_diagnosis *why);

/* Check every symbol's stored hash against its name, and that no exported name stands twice, one after the other: an image
 * has no memory to find all others with; smf_load() with SMF_CHECK_NAMES does. Reads all symbols and names. */
SMF_MUST_CHECK
enum smf_status smf_image_check_names(struct smf_image *image, struct smf_diagnosis *why);

#ifdef __cplusplus
}
#endif

#endif
