/* SPDX-License-Identifier: MIT */
/*
 * sections.c - section entries in their three forms: decoded from a private
 * copy of their bytes, proven one by one, and copied (SPEC, "Section table").
 */
#include "image/older.h"

static size_t table_size(const struct view *view)
{
    return (size_t)view->header.section_count * view->header.section_stride;
}

enum smf_status smf_view_section_table(const struct view *view, struct smf_diagnosis *why)
{
    const struct smf_header *header = &view->header;
    const size_t size = table_size(view);
    if (!smf_within(view->section_table, size, view->limit))
        return smf_fail(why, SMF_DETAIL_SECTION_TABLE_END, view->section_table, size, view->limit);
    if (overlaps(view->section_table, size, header->position, header->header_size))
        return smf_fail(why, SMF_DETAIL_TABLES_OVERLAP, view->section_table, view->section_table, header->position);
    if (header->canonical && ((view->section_table - header->base) & 7) != 0)
        return smf_fail(why, SMF_DETAIL_TABLE_ALIGNMENT, view->section_table, view->section_table, 8);
    return SMF_OK;
}

enum smf_status smf_view_symbol_table(struct view *view, uint8_t stride, struct smf_diagnosis *why)
{
    struct smf_header *header = &view->header;
    const size_t size = smf_word((uint64_t)header->symbol_count * stride);
    header->symbol_stride = header->symbol_count != 0 ? stride : 0;
    if (header->symbol_count == 0 && !header->canonical)
        return SMF_OK;
    if (!smf_within(view->symbol_table, size, view->limit))
        return smf_fail(why, SMF_DETAIL_SYMBOL_TABLE_END, view->symbol_table, size, view->limit);
    const size_t end = view->symbol_table + size;
    if (overlaps(view->symbol_table, size, header->position, header->header_size))
        return smf_fail(why, SMF_DETAIL_TABLES_OVERLAP, view->symbol_table, view->symbol_table, header->position);
    if (overlaps(view->symbol_table, size, view->section_table, table_size(view)))
        return smf_fail(why, SMF_DETAIL_TABLES_OVERLAP, view->symbol_table, view->symbol_table, view->section_table);
    if (header->canonical && view->section_table + table_size(view) != view->symbol_table)
        return smf_fail(why, SMF_DETAIL_FILE_ORDER, view->symbol_table, view->symbol_table,
                        view->section_table + table_size(view));
    if (view->string_size == 0) { /* no section holds the strings: they follow the symbols */
        view->string_table = end;
        view->string_size = view->limit - end;
    }
    return SMF_OK;
}

static bool take_name(const uint8_t *from, char *name)
{
    unsigned length = 0;
    while (length < SMF_SECTION_NAME_SIZE && from[length] >= ' ' && from[length] <= '~')
        length++;
    for (unsigned i = length; i < SMF_SECTION_NAME_SIZE; i++)
        if (from[i] != 0)
            return false;
    memcpy(name, from, SMF_SECTION_NAME_SIZE);
    name[SMF_SECTION_NAME_SIZE] = '\0';
    return length != 0;
}

/* Bytes that have no meaning are zero; Reloc entries keep link and settled at the end. */
static enum smf_status prove_reserved(const struct view *view, const uint8_t *at, size_t offset,
                                      struct smf_section *section, struct smf_diagnosis *why)
{
    uint64_t left = smf_get32(at) >> 8 | smf_get32(at + SMF_T_ALIGNMENT + 4);
    const uint32_t link = smf_get32(at + SMF_T64A_LINK), settled = smf_get32(at + SMF_T64A_SETTLED);
    if (section->type != SMF_SECTION_RELOC) {
        left |= link | settled;
    } else {
        section->link = link - 1;
        section->settled = settled;
    }
    if (left != 0)
        return smf_fail(why, SMF_DETAIL_SECTION_RESERVED, offset, left, 0);
    if (section->type == SMF_SECTION_RELOC && section->link >= view->header.section_count)
        return smf_fail(why, SMF_DETAIL_RELOCATION_LINK, offset + SMF_T64A_LINK, link, view->header.section_count);
    return SMF_OK;
}

/* Where the payload lies, and how much memory it needs. `offset` is the entry's. */
static enum smf_status prove_payload(const struct view *view, size_t offset, struct smf_section *section,
                                     struct smf_diagnosis *why)
{
    const struct smf_header *header = &view->header;
    const bool compressed = (section->flags & SMF_SECTION_COMPRESSED) != 0;
    if (section->virtual_size < section->size && !compressed) {
        smf_fail_name(why, section->name, sizeof section->name - 1);
        return smf_fail(why, SMF_DETAIL_VIRTUAL_SIZE, offset + SMF_T_VIRTUAL_SIZE, section->virtual_size,
                        section->size);
    }
    if (section->type == SMF_SECTION_BSS) {
        if (header->canonical && section->size != 0) {
            smf_fail_name(why, section->name, sizeof section->name - 1);
            return smf_fail(why, SMF_DETAIL_BSS_SIZE, offset + SMF_T_SIZE, section->size, 0);
        }
        section->size = 0;
    }
    const bool endless = section->size == 0 && memcmp(section->name, SMF_NOTE_SDN, sizeof SMF_NOTE_SDN) == 0;
    if (section->size == 0 && !endless) {
        section->offset = 0;
        return SMF_OK;
    }
    if (section->offset > SIZE_MAX - header->base ||
        !smf_within(header->base + section->offset, section->size, view->limit))
        return smf_fail(why, SMF_DETAIL_PAYLOAD_END, offset + SMF_T_OFFSET, section->size, view->limit);
    section->offset += header->base;
    /* n is a multiple of 3 if n times the inverse of 3 is at most a third of what a word holds. */
    if (section->type == SMF_SECTION_RELOC &&
        ((section->size & 7) != 0 || (section->size >> 3) * SMF_THIRD > SIZE_MAX / 3))
        return smf_fail(why, SMF_DETAIL_RELOCATION_BYTES, offset + SMF_T_SIZE, section->size, SMF_RELOCATION_SIZE);
    return SMF_OK;
}

enum smf_status smf_view_section(struct smf_image *image, struct view *view, uint32_t index,
                                 struct smf_section *section, struct smf_diagnosis *why)
{
    const struct smf_header *header = &view->header;
    const size_t offset = view->section_table + (size_t)index * header->section_stride;
    const uint8_t *bytes;
    uint8_t *const at = image->entry;
    why->index = index;
    const enum smf_status status = smf_window_get(&image->records, offset, header->section_stride, &bytes, why);
    if (status != SMF_OK)
        return status;
    memcpy(at, bytes, header->section_stride);
    SMF_DECODED();
    const uint32_t flags = smf_get32(at + SMF_T_FLAGS), alignment = smf_get32(at + SMF_T_ALIGNMENT);
    if (at[SMF_T_TYPE] == 0 || at[SMF_T_TYPE] > 63)
        return smf_fail(why, SMF_DETAIL_SECTION_TYPE, offset, at[SMF_T_TYPE], 63);
    if (flags > 15)
        return smf_fail(why, SMF_DETAIL_SECTION_FLAGS, offset + SMF_T_FLAGS, flags, 15);
    if ((alignment & (alignment - 1)) != 0 || alignment > SMF_ALIGNMENT_MAX)
        return smf_fail(why, SMF_DETAIL_SECTION_ALIGNMENT, offset + SMF_T_ALIGNMENT, alignment, SMF_ALIGNMENT_MAX);
    const uint32_t name = header->section_name_36 ? SMF_T64B_NAME : SMF_T_NAME;
    if (!take_name(at + name, section->name))
        return smf_fail(why, SMF_DETAIL_SECTION_NAME, offset + name, at[name], 0);
    section->offset = smf_get_size(at + SMF_T_OFFSET);
    section->size = smf_get_size(at + SMF_T_SIZE);
    section->virtual_size = smf_get_size(at + SMF_T_VIRTUAL_SIZE);
    section->alignment = alignment != 0 ? alignment : 1;
    section->link = 0;
    section->settled = 0;
    section->type = at[SMF_T_TYPE];
    section->flags = (uint8_t)flags;
    if (header->compression == 0) /* without an algorithm the bit says nothing (FORMAT 8) */
        section->flags &= (uint8_t)~SMF_SECTION_COMPRESSED;
    const enum smf_status reserved = header->canonical ? prove_reserved(view, at, offset, section, why)
                                                       : smf_image_older_section(view, at, offset, section, why);
    return reserved != SMF_OK ? reserved : prove_payload(view, offset, section, why);
}

/* What a section of this type must not be: W^X, and writable only where writing is meant (plan files, FORMAT 2.4).
 * Canonical files also say what they are. */
static enum smf_status prove_access(const struct view *view, uint32_t index, const struct smf_section *section,
                                    struct smf_diagnosis *why)
{
    uint8_t refused = SMF_SECTION_EXEC, wanted = SMF_SECTION_WRITE;
    if (section->type == SMF_SECTION_CODE)
        refused = SMF_SECTION_WRITE, wanted = SMF_SECTION_EXEC;
    else if (section->type == SMF_SECTION_RODATA)
        refused = SMF_SECTION_WRITE | SMF_SECTION_EXEC, wanted = 0;
    else if (!is_loaded(section->type))
        refused = (section->flags & SMF_SECTION_WRITE) != 0 ? SMF_SECTION_EXEC : 0, wanted = 0;
    if ((section->flags & refused) == 0 && (!view->header.canonical || (section->flags & wanted) == wanted))
        return SMF_OK;
    smf_fail_name(why, section->name, sizeof section->name - 1);
    return smf_fail(why, SMF_DETAIL_SECTION_ACCESS,
                    view->section_table + (size_t)index * view->header.section_stride + SMF_T_FLAGS, section->flags,
                    (uint8_t)~refused & 7u);
}

/* The payload lies apart from header and tables. Tables described by sections of their own are these sections. */
static enum smf_status prove_apart(const struct view *view, const struct smf_section *section,
                                   struct smf_diagnosis *why)
{
    const struct smf_header *header = &view->header;
    const bool table = section->type == SMF_SECTION_STRTAB || section->type == SMF_SECTION_SYMTAB;
    const size_t ranges[][2] = {
        {header->position,    header->header_size                                 },
        {view->section_table, table_size(view)                                    },
        {view->symbol_table,  (size_t)header->symbol_count * header->symbol_stride},
        {view->string_table,  header->symbol_count != 0 ? view->string_size : 0   },
    };
    for (unsigned i = 0; i < (table ? 2u : 4u); i++)
        if (overlaps(section->offset, section->size, ranges[i][0], ranges[i][1])) {
            smf_fail_name(why, section->name, sizeof section->name - 1);
            return smf_fail(why, SMF_DETAIL_PAYLOAD_OVERLAP, section->offset, section->offset, ranges[i][0]);
        }
    if (header->canonical && section->size != 0 && section->offset > view->section_table) {
        smf_fail_name(why, section->name, sizeof section->name - 1);
        return smf_fail(why, SMF_DETAIL_FILE_ORDER, section->offset, section->offset, view->section_table);
    }
    return SMF_OK;
}

enum smf_status smf_image_copy_sections(struct smf_image *image, struct view *view, struct smf_diagnosis *why)
{
    const size_t most = (size_t)1 << SMF_MEMORY_MAX_LOG2;
    size_t total = 0;
    for (uint32_t i = 0; i < view->header.section_count; i++) {
        struct smf_section *section = &image->sections[i];
        enum smf_status status = smf_view_section(image, view, i, section, why);
        if (status == SMF_OK)
            status = prove_access(view, i, section, why);
        if (status == SMF_OK)
            status = prove_apart(view, section, why);
        if (status != SMF_OK)
            return status;
        if (!is_loaded(section->type))
            continue;
        if (section->virtual_size > most || total > most - section->virtual_size)
            return smf_fail(why, SMF_DETAIL_MEMORY_TOTAL, section->offset, section->virtual_size, most);
        total += section->virtual_size + (section->alignment - 1);
        if (section->type != SMF_SECTION_CODE)
            continue;
        image->code_size += section->virtual_size;
        if (image->first_code == SMF_NO_SYMBOL)
            image->first_code = i;
    }
    return SMF_OK;
}
