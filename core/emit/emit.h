/* SPDX-License-Identifier: MIT */
/*
 * emit/emit.h - private to core/emit: what the checks find out about a module,
 * and the sink that its bytes go into. One code path counts and writes.
 */
#ifndef SMF_EMIT_EMIT_H
#define SMF_EMIT_EMIT_H

#include "base/bytes.h"
#include "base/fail.h"
#include "smf/writer.h"

/* Where bytes go. Counts always; writes when there is a buffer, which was found large enough before. */
struct sink {
    uint8_t *bytes; /* NULL: only count */
    uint64_t size;
    bool too_large; /* the count does not fit in a size_t */
};
void smf_sink_put(struct sink *sink, const void *bytes, uint64_t size);
void smf_sink_fill(struct sink *sink, uint8_t value, uint64_t size);
void smf_sink_align(struct sink *sink, uint64_t alignment);

/* A module that is being written: what the caller gave, and what the checks counted. */
struct emission {
    const struct smf_writer *writer;
    struct smf_diagnosis *why;
    uint32_t first_code; /* SMF_NO_SYMBOL without */
    uint32_t relocation_sections;
    uint32_t exported_count;  /* definitions that are not Local */
    uint32_t undefined_count; /* imports                        */
    uint32_t alignment;       /* the largest, at least 16       */
    uint32_t string_size;     /* names with their NULs          */
};

/* One entry of a section table, in the numbering of the file. */
struct section_entry {
    const char *name;
    uint64_t offset, size, virtual_size;
    uint32_t flags, alignment, link, settled;
    uint8_t type;
};
/* T56, or T64a when `stride` is 64. */
void smf_emit_section(struct sink *sink, const struct section_entry *entry, uint8_t stride);

/* One entry of a symbol table, in the numbering of the file: S40 or S56. */
struct symbol_entry {
    uint64_t value, size;
    uint64_t template_offset; /* S56 */
    uint32_t name, hash, version;
    uint16_t section;
    uint8_t type, binding, visibility, flags;
    uint8_t template_parameters; /* S56 */
};
void smf_emit_symbol(struct sink *sink, const struct symbol_entry *entry, uint8_t stride);

void smf_emit_relocation(struct sink *sink, const struct smf_write_relocation *relocation, uint64_t offset,
                         uint8_t type, uint16_t number);
void smf_emit_names(struct sink *sink, const struct smf_writer *writer);
void smf_emit_stub(struct sink *sink, const struct emission *emission);

/* Records from `first` on that patch one section. */
uint32_t smf_emit_group(const struct smf_writer *writer, uint32_t first);

/* Offset of the next payload of `size` bytes after `*at`, which moves behind it; 0 for an empty one. */
uint64_t smf_emit_place(uint64_t *at, uint64_t size, uint32_t alignment);

static inline uint32_t alignment_of(const struct smf_write_section *section)
{
    return section->alignment != 0 ? section->alignment : 1;
}
static inline uint64_t memory_of(const struct smf_write_section *section)
{
    return section->virtual_size != 0 ? section->virtual_size : section->size;
}
static inline bool is_compressed(const struct smf_write_section *section)
{
    return (section->flags & SMF_SECTION_COMPRESSED) != 0;
}
/* Bytes that relocations may patch: what the file gives, zeros behind it excluded where they can be told. */
static inline uint64_t contents_of(const struct smf_write_section *section)
{
    return is_compressed(section) ? section->virtual_size : section->size;
}
static inline bool is_loaded(const struct smf_write_section *section)
{
    return section->type >= SMF_SECTION_CODE && section->type <= SMF_SECTION_BSS;
}
static inline bool same_text(const char *left, const char *right)
{
    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    return *left == *right;
}
static inline size_t text_length(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0')
        length++;
    return length;
}
/* Bit 0 of a function's value selects Thumb and is no part of its offset. */
static inline uint64_t offset_of(const struct smf_writer *writer, uint64_t value)
{
    return writer->header.arch == SMF_ARCH_ARM ? value & ~(uint64_t)1 : value;
}

/* check.c: what holds for every layout; fills in the counts. */
SMF_MUST_CHECK
enum smf_status smf_emit_check(struct emission *emission);

/* canonical.c, older.c: what holds for one layout, and the file itself. */
SMF_MUST_CHECK
enum smf_status smf_canonical_check(struct emission *emission);
void smf_canonical_write(const struct emission *emission, struct sink *sink);
SMF_MUST_CHECK
enum smf_status smf_older_check(struct emission *emission, enum smf_layout layout);
void smf_older_write(const struct emission *emission, enum smf_layout layout, struct sink *sink);

#endif
