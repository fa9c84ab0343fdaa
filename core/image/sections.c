/* SPDX-License-Identifier: MIT */
/*
 * sections.c - section entries in their three forms: decoded from a private
 * copy of their bytes, proven one by one, and copied (SPEC, "Section table").
 */
#include "image/older.h"

/* The bytes of entry `index`, where nobody else writes; NULL if they cannot be read. */
static const uint8_t *entry(struct smf_image *image, uint32_t index)
{
    const struct smf_header *header = &image->header;
    image->why->index = index;
    image->why->name[0] = '\0';
    image->record = image->section_table + (size_t)index * header->section_stride;
    const uint8_t *at = smf_window_at(&image->records, image->record, header->section_stride, image->why);
    if (at == NULL || image->source->bytes == NULL)
        return at;
    return memcpy(image->records.buffer, at, header->section_stride); /* which an addressable source does not use */
}

/* Printable characters, at least one, then NULs. */
static bool take_name(const uint8_t *from, char *name)
{
    unsigned length = 0;
    for (unsigned i = 0; i < SMF_SECTION_NAME_SIZE; i++) {
        const uint8_t byte = from[i];
        name[i] = (char)byte;
        if (byte == 0)
            continue;
        if (length != i || (uint8_t)(byte - ' ') > '~' - ' ')
            return false;
        length++;
    }
    name[SMF_SECTION_NAME_SIZE] = '\0';
    return length != 0;
}

/* Bytes that have no meaning are zero; Reloc entries keep link and settled at the end. */
static enum smf_status prove_reserved(struct smf_image *image, const uint8_t *at, struct smf_section *section)
{
    uint32_t left = smf_get32(at) >> 8 | smf_get32(at + SMF_T_ALIGNMENT + 4);
    const uint32_t link = smf_get32(at + SMF_T64A_LINK), settled = smf_get32(at + SMF_T64A_SETTLED);
    if (section->type == SMF_SECTION_RELOC) {
        section->link = link - 1;
        section->settled = settled;
    } else {
        left |= link | settled;
    }
    return left != 0 ? smf_image_refuse(image, SMF_SAY(SECTION_RESERVED, 0), left, 0) : SMF_OK;
}

/* Where the payload lies, and how much memory it needs. */
static enum smf_status prove_payload(struct smf_image *image, struct smf_section *section)
{
    const struct smf_header *header = &image->header;
    if (section->virtual_size < section->size && (section->flags & SMF_SECTION_COMPRESSED) == 0)
        return smf_image_refuse(image, SMF_SAY(VIRTUAL_SIZE, SMF_T_VIRTUAL_SIZE), section->virtual_size, section->size);
    if (section->type == SMF_SECTION_BSS) {
        if (header->canonical && section->size != 0)
            return smf_image_refuse(image, SMF_SAY(BSS_SIZE, SMF_T_SIZE), section->size, 0);
        section->size = 0;
    }
    if (section->size == 0 && memcmp(section->name, SMF_NOTE_SDN, sizeof SMF_NOTE_SDN) != 0) {
        section->offset = 0;
        return SMF_OK;
    }
    if (!smf_within(section->offset, section->size, image->limit - header->base)) /* the section table lies between */
        return smf_image_refuse(image, SMF_SAY(PAYLOAD_END, SMF_T_OFFSET), section->size, image->limit);
    section->offset += header->base;
    /* n is a multiple of 3 if n times the inverse of 3 is at most a third of what a word holds. */
    if (section->type == SMF_SECTION_RELOC &&
        ((section->size & 7) != 0 || (section->size >> 3) * SMF_THIRD > SIZE_MAX / 3))
        return smf_image_refuse(image, SMF_SAY(RELOCATION_BYTES, SMF_T_SIZE), section->size, SMF_RELOCATION_SIZE);
    return SMF_OK;
}

enum smf_status smf_image_section(struct smf_image *image, uint32_t index, struct smf_section *section)
{
    const struct smf_header *header = &image->header;
    const uint8_t *at = entry(image, index);
    if (at == NULL)
        return image->why->status;
    const uint32_t flags = smf_get32(at + SMF_T_FLAGS), alignment = smf_get32(at + SMF_T_ALIGNMENT);
    section->type = at[SMF_T_TYPE];
    if (section->type - 1u > 62)
        return smf_image_refuse(image, SMF_SAY(SECTION_TYPE, SMF_T_TYPE), section->type, 63);
    if (flags > 15)
        return smf_image_refuse(image, SMF_SAY(SECTION_FLAGS, SMF_T_FLAGS), flags, 15);
    if ((alignment & (alignment - 1)) != 0 || alignment > SMF_ALIGNMENT_MAX)
        return smf_image_refuse(image, SMF_SAY(SECTION_ALIGNMENT, SMF_T_ALIGNMENT), alignment, SMF_ALIGNMENT_MAX);
    if (!take_name(at + (header->section_name_36 ? SMF_T64B_NAME : SMF_T_NAME), section->name))
        return smf_image_refuse(image, SMF_SAY(SECTION_NAME, SMF_T_NAME), 0, 0);
    smf_fail_name(image->why, section->name, SMF_SECTION_NAME_SIZE);
    section->offset = smf_get_size(at + SMF_T_OFFSET);
    section->size = smf_get_size(at + SMF_T_SIZE);
    section->virtual_size = smf_get_size(at + SMF_T_VIRTUAL_SIZE);
    section->alignment = alignment + (alignment == 0);
    section->link = 0;
    section->settled = 0;
    section->flags = (uint8_t)flags;
    if (header->compression == 0) /* without an algorithm the bit says nothing (FORMAT 8) */
        section->flags &= (uint8_t)~SMF_SECTION_COMPRESSED;
    const enum smf_status reserved =
        header->canonical ? prove_reserved(image, at, section) : smf_image_older_section(image, at, section);
    return reserved != SMF_OK ? reserved : prove_payload(image, section);
}

/* What a section of this type must not be: W^X, and writable only where writing is meant (plan files, FORMAT 2.4).
 * Canonical files also say what they are. */
static enum smf_status prove_access(struct smf_image *image, const struct smf_section *section)
{
    static const uint8_t meant[] = {SMF_SECTION_EXEC, SMF_SECTION_WRITE, 0, SMF_SECTION_WRITE};
    const unsigned both = SMF_SECTION_WRITE | SMF_SECTION_EXEC, access = section->flags & both;
    unsigned wanted = SMF_SECTION_WRITE;
    unsigned wrong = access == both;
    if (is_loaded(section->type)) {
        wanted = meant[section->type - SMF_SECTION_CODE];
        wrong = image->header.canonical ? access ^ wanted : access & ~wanted;
    }
    if (wrong == 0)
        return SMF_OK;
    return smf_image_refuse(image, SMF_SAY(SECTION_ACCESS, SMF_T_FLAGS), section->flags, wanted | SMF_SECTION_READ);
}

/* Canonical payloads stand in table order where their alignment wants them, before the tables. `*end` is of the last. */
static enum smf_status prove_canonical(struct smf_image *image, const struct smf_section *section, size_t *end)
{
    const size_t offset = section->offset, tables = image->section_table;
    if (section->type == SMF_SECTION_STRTAB || section->type == SMF_SECTION_SYMTAB)
        return smf_image_refuse(image, SMF_SAY(CANONICAL_TYPE, SMF_T_TYPE), section->type, 0);
    if (section->type == SMF_SECTION_RELOC) {
        const size_t count = (section->size >> 3) * SMF_THIRD;
        if (memcmp(section->name, ".rel", 5) != 0)
            return smf_image_refuse(image, SMF_SAY(RELOCATION_NAME, SMF_T_NAME), 0, 0);
        if (section->settled > count)
            return smf_image_refuse(image, SMF_SAY(SETTLED_COUNT, SMF_T64A_SETTLED), section->settled, count);
    }
    if (section->size == 0)
        return SMF_OK;
    if ((offset & (section->alignment - 1)) != 0)
        return smf_image_refuse(image, SMF_SAY(PAYLOAD_ALIGNMENT, SMF_T_OFFSET), offset, section->alignment);
    if (!smf_within(offset, section->size, tables))
        return smf_image_refuse(image, SMF_SAY(PAYLOAD_OVERLAP, SMF_T_OFFSET), offset, tables);
    if (offset < *end)
        return smf_image_refuse(image, SMF_SAY(PAYLOADS_OVERLAP, SMF_T_OFFSET), offset, *end);
    *end = offset + section->size;
    return SMF_OK;
}

/* Only some can be (SPEC [T15]), and none of nothing or to nothing; older files may say what they like of what is not loaded. */
static enum smf_status prove_compressed(struct smf_image *image, const struct smf_section *section)
{
    const unsigned type = section->type;
    if (type > SMF_SECTION_RODATA && type != SMF_SECTION_DEBUG) {
        if (image->header.canonical || type <= SMF_SECTION_RELOC)
            return smf_image_refuse(image, SMF_SAY(SECTION_ACCESS, SMF_T_FLAGS), section->flags, 7);
        return SMF_OK;
    }
    if (section->size == 0 || section->virtual_size == 0)
        return smf_image_refuse(image, SMF_SAY(VIRTUAL_SIZE, SMF_T_VIRTUAL_SIZE), section->virtual_size, section->size);
    if (type != SMF_SECTION_DEBUG)
        image->packed_section = image->why->index;
    return SMF_OK;
}

/* Code that is bytecode or an ELF object: each has a status of its own. */
static enum smf_status prove_kind(struct smf_image *image, const struct smf_section *section)
{
    uint32_t magic;
    if ((section->flags & SMF_SECTION_COMPRESSED) != 0)
        return prove_compressed(image, section);
    if (section->type != SMF_SECTION_CODE || section->size < 4)
        return SMF_OK;
    const enum smf_status status = smf_image_magic(image, section->offset, &magic);
    return status == SMF_OK ? prove_code(image, section->offset, magic) : status;
}

/* Account for the memory of a section; the first with code is where stubs lie. */
static enum smf_status add_memory(struct smf_image *image, uint32_t index, size_t *total)
{
    const struct smf_section *section = &image->sections[index];
    const size_t most = (size_t)1 << SMF_MEMORY_MAX_LOG2;
    if (!smf_within(*total, section->virtual_size, most))
        return smf_image_refuse(image, SMF_SAY(MEMORY_TOTAL, SMF_T_VIRTUAL_SIZE), section->virtual_size, most);
    *total += section->virtual_size + (section->alignment - 1);
    if (section->type == SMF_SECTION_CODE) {
        image->code_size += section->virtual_size;
        if (image->first_code == SMF_NO_SYMBOL)
            image->first_code = index;
    }
    return SMF_OK;
}

enum smf_status smf_image_copy_sections(struct smf_image *image)
{
    size_t total = 0, end = 0;
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        struct smf_section *section = &image->sections[i];
        enum smf_status status = smf_image_section(image, i, section);
        if (status == SMF_OK)
            status = prove_access(image, section);
        if (status == SMF_OK)
            status =
                image->header.canonical ? prove_canonical(image, section, &end) : smf_image_older_apart(image, section);
        if (status == SMF_OK)
            status = prove_kind(image, section);
        if (status == SMF_OK && is_loaded(section->type))
            status = add_memory(image, i, &total);
        if (status != SMF_OK)
            return status;
    }
    image->why->name[0] = '\0';
    return SMF_OK;
}

/* Each patches a section that can be patched, which is marked in its unused `settled` until names are compared. */
enum smf_status smf_image_prove_links(struct smf_image *image)
{
    const unsigned patched =
        1u << SMF_SECTION_CODE | 1u << SMF_SECTION_DATA | 1u << SMF_SECTION_RODATA | 1u << SMF_SECTION_DEBUG;
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        const struct smf_section *section = &image->sections[i];
        if (section->type != SMF_SECTION_RELOC)
            continue;
        struct smf_section *target = &image->sections[section->link];
        image->why->index = i;
        image->record = section->offset;
        if (section->link >= image->header.section_count || target->type > SMF_SECTION_DEBUG ||
            (patched >> target->type & 1) == 0)
            return smf_image_refuse(image, SMF_SAY(RELOCATION_LINK, 0), section->link, image->header.section_count);
        if (target->settled != 0)
            return smf_image_refuse(image, SMF_SAY(LINKED_TWICE, 0), section->link, 0);
        target->settled = 1;
    }
    return SMF_OK;
}
