/* SPDX-License-Identifier: MIT */
/*
 * template.c - one template: where a symbol says that it lies, a body that is a
 * GTPL of its own, names of parameters, constraints.
 */
#include "image/pen.h"

#define GTPL 0x4C505447u /* "GTPL" */

enum smf_status smf_image_symbol_template(struct smf_image *image, uint32_t index, struct smf_symbol_template *said,
                                          struct smf_diagnosis *why)
{
    const uint8_t stride = image->header.symbol_stride;
    take_diagnosis(image, why);
    const uint8_t *at = smf_image_symbol_record(image, index);
    if (at == NULL)
        return image->why->status;
    *said = (struct smf_symbol_template){0, 0};
    if (stride == SMF_S56_SIZE || stride == SMF_S52_SIZE) {
        said->parameter_count = at[40];
        said->offset = smf_get64(at + (stride == SMF_S56_SIZE ? 48 : 44));
        SMF_DECODED();
    }
    return SMF_OK;
}

/* ---- One body ---- */

/* u32 count, then pairs of texts. A list that is cut keeps those that are complete. */
static void take_pairs(struct pen *pen, struct smf_template *entry)
{
    const uint32_t count = smf_pen_u32(pen);
    entry->constraints = pen_place(pen);
    for (uint32_t i = 0; i < count; i++) {
        smf_pen_texts(pen, 2);
        if (pen->status != SMF_OK)
            break;
        entry->constraint_count++;
        entry->constraints.size = pen->at - entry->constraints.offset;
    }
}

/* GTPL 1 with one entry: whole, or brief and then u32 size, body, and pairs. False: not that. */
static bool take_single(struct pen pen, struct smf_template *entry)
{
    const uint16_t version = smf_pen_u16(&pen);
    const uint32_t count = smf_pen_u32(&pen);
    smf_template_head(&pen, entry);
    if (version != 1 || count != 1 || pen.status != SMF_OK)
        return false;
    struct pen whole = pen;
    struct smf_template all = *entry;
    smf_template_whole(&whole, &all);
    if (whole.status == SMF_OK && whole.at == whole.end) {
        *entry = all;
        return true;
    }
    struct pen rest = pen;
    entry->body = smf_pen_text(&rest);
    if (rest.status == SMF_OK)
        take_pairs(&rest, entry);
    else
        entry->body = (struct smf_span){pen.at, pen.end - pen.at}; /* no size of its own: all that is left */
    return true;
}

/* What the bytes of a body say about the template. Too small for a magic, or without one: nothing. */
static enum smf_status read_body(struct smf_image *image, struct smf_template *entry)
{
    struct pen pen = pen_over(image, entry->body.offset, entry->body.size);
    const struct smf_template plain = *entry;
    enum smf_status status = SMF_OK;
    const uint32_t magic = entry->body.size >= 10 ? smf_pen_u32(&pen) : 0;
    if (pen.status != SMF_OK)
        return pen.status;
    entry->name = (struct smf_span){entry->body.offset, 0};
    const bool known = magic == GTPL ? take_single(pen, entry) : smf_template_record(image, entry, &status);
    if (!known)
        *entry = plain;
    return status;
}

/* ---- By symbol ---- */

static enum smf_status take_at_offset(const struct smf_templates *templates, const struct smf_symbol_template *said,
                                      bool needs_size, struct smf_template *entry)
{
    struct smf_image *image = templates->image;
    const struct smf_section *section = &image->sections[templates->section];
    struct pen pen = pen_over(image, section->offset, section->size);
    *entry = (struct smf_template){.section = templates->section, .form = SMF_TEMPLATES_SINGLE};
    entry->kind = SMF_TEMPLATE_OPAQUE;
    entry->parameter_count = said->parameter_count;
    smf_pen_skip(&pen, smf_word(said->offset));
    if (pen.status != SMF_OK || pen.at == pen.end)
        return SMF_ERR_NOT_FOUND;
    const struct smf_span rest = {pen.at, pen.end - pen.at};
    entry->name = pen_place(&pen);
    entry->body = smf_pen_text(&pen);
    if (pen.status != SMF_OK && pen.status != SMF_ERR_TRUNCATED)
        return pen.status;
    if (pen.status != SMF_OK && needs_size)
        return SMF_ERR_NOT_FOUND;
    if (pen.status != SMF_OK) {
        entry->form = SMF_TEMPLATES_OPAQUE;
        entry->body = rest;
    }
    return read_body(image, entry);
}

enum smf_status smf_templates_of_symbol(const struct smf_templates *templates, const char *name, size_t size,
                                        const struct smf_symbol_template *said, struct smf_template *entry,
                                        struct smf_diagnosis *why)
{
    struct smf_image *image = templates->image;
    const uint8_t form = templates->form;
    enum smf_status status = SMF_ERR_NOT_FOUND;
    take_diagnosis(image, why);
    if (form == SMF_TEMPLATES_NAMED && said->offset != 0)
        status = take_at_offset(templates, said, true, entry);
    if (status == SMF_ERR_NOT_FOUND && form != SMF_TEMPLATES_OPAQUE)
        status = smf_templates_find(templates, name, size, entry, why);
    else if (status == SMF_ERR_NOT_FOUND)
        status = take_at_offset(templates, said, false, entry);
    if (status == SMF_OK && entry->parameter_count == 0 && !entry->record) /* a record says how many it has */
        entry->parameter_count = said->parameter_count;
    if (status != SMF_ERR_NOT_FOUND)
        return status;
    smf_fail_name(image->why, name, size);
    return smf_fail(image->why, SMF_DETAIL_NO_TEMPLATE, 0, 0, 0);
}

/* ---- Parameters and constraints ---- */

size_t smf_parameter_name(uint32_t index, char name[SMF_PARAMETER_NAME_SIZE])
{
    size_t size = 0;
    name[size++] = index < 7 ? (char)('T' + index) : 'T';
    if (index >= 7) {
        uint32_t left = index; /* without a division */
        bool started = false;
        static const uint32_t powers[] = {1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
        for (unsigned i = 0; i < sizeof powers / sizeof powers[0]; i++) {
            char digit = '0';
            for (; left >= powers[i]; left -= powers[i])
                digit++;
            started = started || digit != '0';
            if (started)
                name[size++] = digit;
        }
    }
    name[size] = '\0';
    return size;
}

/* The name of parameter `index` of a record. */
static struct smf_span record_name(struct smf_image *image, const struct smf_template *entry, uint32_t index,
                                   uint16_t *bounds, enum smf_status *status)
{
    struct pen pen = pen_over(image, entry->parameters.offset, entry->parameters.size);
    struct pen text = pen_over(image, entry->body.offset, entry->body.size);
    smf_pen_skip(&pen, 4 * (size_t)index);
    const uint16_t place = smf_pen_u16(&pen);
    *bounds = smf_pen_u16(&pen);
    smf_pen_skip(&text, 12);
    smf_pen_skip(&text, place);
    const uint8_t size = smf_pen_u8(&text);
    const struct smf_span name = {text.at, size};
    smf_pen_skip(&text, size);
    *status = pen.status != SMF_OK ? pen.status : text.status;
    return name;
}

static enum smf_status changed(struct smf_image *image, const struct smf_template *entry, enum smf_status status)
{
    if (status == SMF_OK || status != SMF_ERR_TRUNCATED)
        return status;
    return smf_fail(image->why, SMF_DETAIL_CHANGED, entry->body.offset, 0, 0);
}

enum smf_status smf_template_parameter(struct smf_image *image, const struct smf_template *entry, uint32_t index,
                                       char *buffer, size_t capacity, struct smf_diagnosis *why)
{
    enum smf_status status = SMF_OK;
    struct smf_span name;
    uint16_t bounds;
    take_diagnosis(image, why);
    if (index >= entry->parameter_count)
        return smf_fail(image->why, SMF_DETAIL_ARGUMENT, 0, index, entry->parameter_count);
    if (entry->record) {
        name = record_name(image, entry, index, &bounds, &status);
    } else if (entry->parameters.size != 0) {
        struct pen pen = pen_over(image, entry->parameters.offset, entry->parameters.size);
        smf_pen_texts(&pen, index);
        name = smf_pen_text(&pen);
        status = pen.status;
    } else {
        char own[SMF_PARAMETER_NAME_SIZE];
        const size_t size = smf_parameter_name(index, own);
        if (size >= capacity)
            return smf_fail(image->why, SMF_DETAIL_TEXT_SPACE, 0, size, capacity);
        memcpy(buffer, own, size + 1);
        return SMF_OK;
    }
    status = changed(image, entry, status);
    return status == SMF_OK ? smf_span_read(image, &name, buffer, capacity, why) : status;
}

enum smf_status smf_template_constraint(struct smf_image *image, const struct smf_template *entry, uint32_t index,
                                        struct smf_constraint *constraint, struct smf_diagnosis *why)
{
    enum smf_status status = SMF_OK;
    take_diagnosis(image, why);
    if (index >= entry->constraint_count)
        return smf_fail(image->why, SMF_DETAIL_ARGUMENT, 0, index, entry->constraint_count);
    *constraint = (struct smf_constraint){
        {0, 0},
        {0, 0},
        0
    };
    for (uint32_t i = 0, seen = 0; entry->record && status == SMF_OK; i++) {
        if (i >= entry->parameter_count)
            return changed(image, entry, SMF_ERR_TRUNCATED);
        constraint->parameter = record_name(image, entry, i, &constraint->bounds, &status);
        seen += constraint->bounds != 0;
        if (seen > index)
            return status;
    }
    if (!entry->record) {
        struct pen pen = pen_over(image, entry->constraints.offset, entry->constraints.size);
        for (uint32_t i = 0; i < index; i++)
            smf_pen_texts(&pen, 2);
        constraint->parameter = smf_pen_text(&pen);
        constraint->bound = smf_pen_text(&pen);
        status = pen.status;
    }
    return changed(image, entry, status);
}
