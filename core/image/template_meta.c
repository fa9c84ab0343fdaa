/* SPDX-License-Identifier: MIT */
/* template_meta.c - TemplateMeta: how many templates a module has, and how often each is built in (SPEC, "TemplateMeta"). */
#include "image/pen.h"
#include "smf/unit.h"

#define META 0x4154454Du /* "META" */
#define HEAD_SIZE 22u    /* magic, u16 version, four counts */

/* note.sdn is of the same type. */
static const struct smf_section *find(const struct smf_image *image)
{
    static const char note[SMF_SECTION_NAME_SIZE] = SMF_NOTE_SDN;
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        const struct smf_section *section = &image->sections[i];
        if (section->type == SMF_SECTION_TEMPLATE_META && memcmp(section->name, note, sizeof note) != 0)
            return section;
    }
    return NULL;
}

static enum smf_status refuse(struct smf_image *image, const struct smf_section *section, enum smf_detail detail,
                              size_t value)
{
    image->why->index = (uint32_t)(section - image->sections);
    smf_fail_name(image->why, section->name, sizeof section->name - 1);
    return smf_fail(image->why, detail, section->offset, value, section->size);
}

/* The section; NULL: there is none, or it is compressed, which was said. */
static const struct smf_section *open_section(struct smf_image *image, struct smf_diagnosis *why)
{
    take_diagnosis(image, why);
    const struct smf_section *section = find(image);
    image->why->name[0] = '\0';
    if (section == NULL)
        smf_fail(image->why, SMF_DETAIL_NO_TEMPLATE_META, 0, 0, 0);
    else if ((section->flags & SMF_SECTION_COMPRESSED) != 0)
        refuse(image, section, SMF_DETAIL_COMPRESSED_SECTION, image->header.compression);
    else
        return section;
    return NULL;
}

static void take_entry(struct pen *pen, struct smf_template_meta_entry *entry)
{
    entry->name = smf_pen_text(pen);
    entry->specializations = smf_pen_u32(pen);
}

enum smf_status smf_template_meta(struct smf_image *image, struct smf_template_meta *meta, struct smf_diagnosis *why)
{
    const struct smf_section *section = open_section(image, why);
    if (section == NULL)
        return image->why->status;
    struct pen pen = pen_over(image, section->offset, section->size);
    const uint32_t magic = smf_pen_u32(&pen);
    const uint16_t version = smf_pen_u16(&pen);
    if (pen.status == SMF_ERR_TRUNCATED || (pen.status == SMF_OK && (magic != META || version != 1)))
        return refuse(image, section, SMF_DETAIL_META_OPAQUE, version);
    struct smf_template_meta read = {0};
    uint32_t *const counts[] = {&read.functions, &read.structs, &read.enums, &read.traits};
    uint64_t total = 0;
    for (unsigned i = 0; i < 4; i++)
        total += *counts[i] = smf_pen_u32(&pen);
    if (pen.status == SMF_OK && pen.at != pen.end) { /* entries of eight bytes at least: the section bounds them */
        struct smf_template_meta_entry entry;
        for (uint64_t i = 0; i < total && pen.status == SMF_OK; i++)
            take_entry(&pen, &entry);
        read.entries = (uint32_t)total;
    }
    if (pen.status == SMF_ERR_TRUNCATED || (pen.status == SMF_OK && pen.at != pen.end))
        return refuse(image, section, SMF_DETAIL_TEMPLATE_META, smf_word(total));
    if (pen.status == SMF_OK)
        *meta = read;
    return pen.status;
}

enum smf_status smf_template_meta_next(struct smf_image *image, size_t *cursor, struct smf_template_meta_entry *entry,
                                       struct smf_diagnosis *why)
{
    const struct smf_section *section = open_section(image, why);
    if (section == NULL)
        return image->why->status;
    struct pen pen = pen_over(image, section->offset, section->size);
    struct smf_template_meta_entry read;
    smf_pen_skip(&pen, *cursor != 0 ? *cursor : HEAD_SIZE);
    if (pen.status == SMF_OK && pen.at == pen.end)
        return smf_fail(image->why, SMF_DETAIL_NO_META_LEFT, section->offset + section->size, 0, 0);
    take_entry(&pen, &read);
    if (pen.status == SMF_ERR_TRUNCATED) /* it was proven, or should have been */
        return refuse(image, section, SMF_DETAIL_CHANGED, 0);
    if (pen.status == SMF_OK) {
        *entry = read;
        *cursor = pen.at - section->offset;
    }
    return pen.status;
}
