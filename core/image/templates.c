/* SPDX-License-Identifier: MIT */
/*
 * templates.c - TemplateCode sections: which form one has, told by exact
 * consumption, and its entries, each decoded by the same function when the
 * section is proven and when it is walked (SPEC, "Templates").
 */
#include "image/pen.h"

#define GTPL 0x4C505447u /* "GTPL" */
#define SMFT 0x54464D53u /* "SMFT" */

#define MAGIC_SIZE 10u /* magic, u16 version, u32 count */

uint8_t smf_image_section_type(const struct smf_image *image, uint32_t index)
{
    return index < image->header.section_count ? image->sections[index].type : 0;
}

uint32_t smf_templates_section(const struct smf_image *image, uint32_t from)
{
    for (uint32_t i = from; i < image->header.section_count; i++)
        if (image->sections[i].type == SMF_SECTION_TEMPLATE_CODE)
            return i;
    return SMF_NO_SYMBOL;
}

/* ---- Entries ---- */

void smf_template_head(struct pen *pen, struct smf_template *entry)
{
    entry->kind = smf_pen_u8(pen);
    entry->name = smf_pen_text(pen);
    entry->parameter_count = smf_pen_u8(pen);
    entry->body = pen_place(pen);
    if (entry->kind > SMF_TEMPLATE_TRAIT && pen->status == SMF_OK)
        pen->status = SMF_ERR_TRUNCATED; /* not this form */
}

/* 0 or 1, else it is not this form. */
static bool take_flag(struct pen *pen)
{
    const uint8_t flag = smf_pen_u8(pen);
    if (flag > 1 && pen->status == SMF_OK)
        pen->status = SMF_ERR_TRUNCATED;
    return flag == 1;
}

void smf_template_whole(struct pen *pen, struct smf_template *entry)
{
    /* By kind: L a list of texts, O a text or none, B a flag (is it a template), S the template that it specializes, D pairs. */
    static const char shapes[][8] = {"LOLBSD", "LBSD", "LLBSD", "LBSD", "LB"};
    entry->parameters = smf_pen_texts(pen, entry->parameter_count);
    entry->body = pen_place(pen);
    const char *shape = entry->kind <= SMF_TEMPLATE_TRAIT ? shapes[entry->kind] : "";
    for (; *shape != '\0' && pen->status == SMF_OK; shape++) {
        const bool counted = *shape == 'L' || *shape == 'D';
        const uint32_t count = counted ? smf_pen_u32(pen) : 0;
        const bool flag = !counted && take_flag(pen);
        smf_pen_texts(pen, count);
        if (*shape == 'D')
            smf_pen_texts(pen, count);
        if (flag && *shape != 'B')
            smf_pen_text(pen);
        if (*shape == 'B' ? !flag : flag && *shape == 'S')
            entry->special = true;
    }
    entry->body.size = pen->at - entry->body.offset;
}

/* A record's names and bounds: {u16 place of the name in its texts, u16 bounds}, all names inside. */
static bool prove_parameters(struct pen *pen, struct smf_template *entry, const struct smf_span *texts)
{
    entry->parameters = pen_place(pen);
    for (uint32_t i = 0; i < entry->parameter_count; i++) {
        const uint16_t name = smf_pen_u16(pen), bounds = smf_pen_u16(pen);
        struct pen text = pen_over(pen->image, texts->offset, texts->size);
        smf_pen_skip(&text, name);
        smf_pen_skip(&text, smf_pen_u8(&text));
        if (text.status != SMF_OK) {
            pen->status = text.status;
            return false;
        }
        entry->constraint_count += bounds != 0;
    }
    entry->parameters.size = pen->at - entry->parameters.offset;
    entry->constraints = entry->parameters;
    return pen->status == SMF_OK;
}

bool smf_template_record(struct smf_image *image, struct smf_template *entry, enum smf_status *status)
{
    struct pen pen = pen_over(image, entry->body.offset, entry->body.size);
    *status = SMF_OK;
    entry->kind = SMF_TEMPLATE_OPAQUE;
    if (entry->body.size < 5)
        return false;
    const bool magic = smf_pen_u32(&pen) == SMFT, known = smf_pen_u8(&pen) == 1;
    const uint8_t kind = smf_pen_u8(&pen), parameters = smf_pen_u8(&pen);
    *status = pen.status == SMF_ERR_TRUNCATED ? SMF_OK : pen.status;
    if (!magic || !known || *status != SMF_OK)
        return magic && *status == SMF_OK; /* a later version of the record: what is in it is not known */
    smf_pen_skip(&pen, 3);
    struct smf_span texts = {0, smf_pen_u16(&pen)};
    texts.offset = pen.at;
    smf_pen_skip(&pen, texts.size);
    entry->parameter_count = parameters;
    const bool fits = kind <= SMF_TEMPLATE_TRAIT && parameters <= SMF_TEMPLATE_PARAMETERS_MAX && pen.status == SMF_OK &&
                      prove_parameters(&pen, entry, &texts);
    *status = pen.status == SMF_ERR_TRUNCATED ? SMF_OK : pen.status;
    entry->kind = kind;
    entry->record = fits;
    return fits;
}

/* The next entry, in this form; where the pen stops, and whether it could go on, says if it was one. */
static void take_entry(struct pen *pen, uint8_t form, struct smf_template *entry)
{
    enum smf_status status;
    entry->form = form;
    entry->parameter_count = entry->constraint_count = 0;
    entry->parameters = entry->constraints = (struct smf_span){0, 0};
    entry->record = entry->special = false;
    if (form == SMF_TEMPLATES_BRIEF || form == SMF_TEMPLATES_WHOLE) {
        smf_template_head(pen, entry);
        if (form == SMF_TEMPLATES_WHOLE)
            smf_template_whole(pen, entry);
        return;
    }
    entry->kind = SMF_TEMPLATE_OPAQUE;
    entry->name = pen_place(pen);
    entry->body = (struct smf_span){pen->at, pen->end - pen->at};
    if (form == SMF_TEMPLATES_OPAQUE) {
        pen->at = pen->end;
        return;
    }
    entry->name = smf_pen_text(pen);
    entry->body = smf_pen_text(pen);
    if (pen->status != SMF_OK)
        return;
    const struct smf_template plain = *entry;
    const bool record = smf_template_record(pen->image, entry, &status);
    if (status != SMF_OK) {
        pen->status = status;
    } else if (!record) {
        *entry = plain;
        if (form == SMF_TEMPLATES_RECORDS)
            pen->status = SMF_ERR_TRUNCATED;
    }
}

/* ---- Sections ---- */

static struct pen pen_of(struct smf_image *image, uint32_t section)
{
    return pen_over(image, image->sections[section].offset, image->sections[section].size);
}

/* Do `templates->count` entries of this form end exactly where the section ends? */
static bool consumes(const struct smf_templates *templates, struct pen pen, uint8_t form, enum smf_status *status)
{
    struct smf_template entry;
    for (uint32_t i = 0; i < templates->count && pen.status == SMF_OK; i++)
        take_entry(&pen, form, &entry);
    *status = pen.status == SMF_ERR_TRUNCATED ? SMF_OK : pen.status;
    return pen.status == SMF_OK && pen.at == pen.end;
}

/* The first of these forms that explains every byte. */
static bool choose(struct smf_templates *templates, struct pen *pen, const uint8_t *forms, enum smf_status *status)
{
    templates->count = smf_pen_u32(pen);
    *status = pen->status;
    for (; *status == SMF_OK && *forms != SMF_TEMPLATES_OPAQUE; forms++)
        if (consumes(templates, *pen, *forms, status)) {
            templates->form = *forms;
            return true;
        }
    return false;
}

static enum smf_status refuse(const struct smf_templates *templates, enum smf_detail detail, size_t value)
{
    struct smf_image *image = templates->image;
    const struct smf_section *section = &image->sections[templates->section];
    image->why->index = templates->section;
    smf_fail_name(image->why, section->name, sizeof section->name - 1);
    return smf_fail(image->why, detail, section->offset, value, section->size);
}

static enum smf_status find_form(struct smf_templates *templates)
{
    static const uint8_t first[] = {SMF_TEMPLATES_WHOLE, SMF_TEMPLATES_BRIEF, SMF_TEMPLATES_OPAQUE};
    static const uint8_t second[] = {SMF_TEMPLATES_RECORDS, SMF_TEMPLATES_OPAQUE};
    static const uint8_t plain[] = {SMF_TEMPLATES_NAMED, SMF_TEMPLATES_OPAQUE};
    enum smf_status status = SMF_OK;
    struct pen pen = pen_of(templates->image, templates->section);
    const size_t size = pen.end - pen.at;
    const bool magic = size >= MAGIC_SIZE && smf_pen_u32(&pen) == GTPL;
    const uint16_t version = magic ? smf_pen_u16(&pen) : 0;
    if (pen.status != SMF_OK)
        return pen.status;
    if (version == 1 || version == 2) {
        const bool found = choose(templates, &pen, version == 1 ? first : second, &status);
        return found || status != SMF_OK ? status : refuse(templates, SMF_DETAIL_TEMPLATES, templates->count);
    }
    if (!magic && size >= 4) {
        pen = pen_of(templates->image, templates->section);
        if (choose(templates, &pen, plain, &status) || status != SMF_OK)
            return status;
    }
    templates->form = SMF_TEMPLATES_OPAQUE;
    templates->count = size != 0;
    return SMF_OK;
}

enum smf_status smf_templates_open(struct smf_templates *templates, struct smf_image *image, uint32_t section,
                                   struct smf_diagnosis *why)
{
    take_diagnosis(image, why);
    if (smf_image_section_type(image, section) != SMF_SECTION_TEMPLATE_CODE)
        return smf_fail(image->why, SMF_DETAIL_ARGUMENT, 0, section, image->header.section_count);
    struct smf_templates opened = {image, section, 0, SMF_TEMPLATES_OPAQUE};
    if ((image->sections[section].flags & SMF_SECTION_COMPRESSED) != 0)
        return refuse(&opened, SMF_DETAIL_COMPRESSED_SECTION, image->header.compression);
    const enum smf_status status = find_form(&opened);
    if (status == SMF_OK)
        *templates = opened;
    return status;
}

enum smf_status smf_templates_next(const struct smf_templates *templates, size_t *cursor, struct smf_template *entry,
                                   struct smf_diagnosis *why)
{
    struct smf_image *image = templates->image;
    struct pen pen = pen_of(image, templates->section);
    const uint8_t form = templates->form;
    size_t start = 0;
    if (form != SMF_TEMPLATES_OPAQUE)
        start = form == SMF_TEMPLATES_NAMED ? 4 : MAGIC_SIZE;
    take_diagnosis(image, why);
    smf_pen_skip(&pen, *cursor != 0 ? *cursor : start);
    if (pen.status != SMF_OK || pen.at == pen.end || templates->count == 0) {
        image->why->name[0] = '\0';
        return smf_fail(image->why, SMF_DETAIL_NO_TEMPLATE, pen.at, 0, 0);
    }
    take_entry(&pen, form, entry);
    entry->section = templates->section;
    if (pen.status != SMF_OK) /* it was proven: somebody changed it */
        return pen.status == SMF_ERR_TRUNCATED ? refuse(templates, SMF_DETAIL_CHANGED, 0) : pen.status;
    *cursor = pen.at - image->sections[templates->section].offset;
    return SMF_OK;
}

enum smf_status smf_templates_find(const struct smf_templates *templates, const char *name, size_t size,
                                   struct smf_template *entry, struct smf_diagnosis *why)
{
    struct smf_image *image = templates->image;
    size_t cursor = 0;
    for (uint32_t i = 0; i < templates->count; i++) {
        bool same = false;
        enum smf_status status = smf_templates_next(templates, &cursor, entry, why);
        if (status == SMF_OK)
            status = smf_span_is(image, &entry->name, name, size, &same, why);
        if (status != SMF_OK && status != SMF_ERR_NOT_FOUND)
            return status;
        if (same && size != 0)
            return SMF_OK;
    }
    take_diagnosis(image, why);
    smf_fail_name(image->why, name, size);
    return smf_fail(image->why, SMF_DETAIL_NO_TEMPLATE, 0, 0, 0);
}
