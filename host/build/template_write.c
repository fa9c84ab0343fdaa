/* SPDX-License-Identifier: MIT */
/* template_write.c - records, the sections that hold them, and the symbols of templates and types. */
#include "template.h"

#include <string.h>

#include "smf/writer.h"

#define CODE_SECTION ".template.code"
#define META_SECTION ".template.meta"

static bool fail_writer(struct build *build, const char *file, const struct smf_diagnosis *why)
{
    char line[256];
    smf_diagnosis_format(why, line, sizeof line);
    return build_fail(build, file, "%s", line);
}

/* The record keeps the order of those that fit the same types: what needs most of a processor is asked first. */
static struct smf_write_unit *kept_units(struct build *build, const struct template *template, uint8_t *count)
{
    struct smf_write_unit *units = pool_array(&build->pool, template->unit_count, sizeof *units);
    *count = 0;
    for (size_t i = 0; i < template->unit_count; i++)
        if (!template->units[i].dropped) {
            size_t at = (*count)++;
            for (; at != 0 && units[at - 1].features < template->units[i].unit.features; at--)
                units[at] = units[at - 1];
            units[at] = template->units[i].unit;
        }
    return units;
}

static bool write_record(struct build *build, struct template *template)
{
    struct smf_write_parameter parameters[SMF_TEMPLATE_PARAMETERS_MAX];
    struct smf_write_item exports[SMF_RECORD_EXPORTS_MAX], needs[SMF_RECORD_NEEDS_MAX];
    struct smf_write_record record = {.parameters = parameters,
                                      .exports = exports,
                                      .needs = needs,
                                      .kind = SMF_TEMPLATE_FUNCTION,
                                      .parameter_count = (uint8_t) template->parameter_count,
                                      .export_count = (uint8_t) template->export_count,
                                      .need_count = (uint8_t) template->need_count};
    struct smf_diagnosis why = {0};
    for (unsigned i = 0; i < template->parameter_count; i++)
        parameters[i] = (struct smf_write_parameter){template->parameters[i], template->bounds[i]};
    for (unsigned i = 0; i < template->export_count; i++) {
        const struct smf_signature *signature = template->exports[i].signature;
        exports[i] = (struct smf_write_item){template->exports[i].name, signature->term, signature->term_size};
    }
    for (unsigned i = 0; i < template->need_count; i++) {
        const struct template_need *need = &template->needs[i];
        needs[i] = (struct smf_write_item){need->name, need->signature.term, need->signature.term_size};
    }
    record.units = kept_units(build, template, &record.unit_count);
    if (smf_record_write(&record, NULL, 0, &template->record_size, &why) != SMF_OK)
        return fail_writer(build, template->file, &why);
    template->record = pool_take(&build->pool, template->record_size);
    return smf_record_write(&record, template->record, template->record_size, &template->record_size, &why) == SMF_OK ||
           fail_writer(build, template->file, &why);
}

static bool write_section(struct build *build)
{
    struct templates *all = build->templates;
    const uint32_t count = (uint32_t)all->count;
    struct smf_write_template *entries = pool_array(&build->pool, count, sizeof *entries);
    struct smf_write_meta_entry *meta = pool_array(&build->pool, count, sizeof *meta);
    uint32_t *offsets = pool_array(&build->pool, count, sizeof *offsets);
    for (uint32_t i = 0; i < count; i++) {
        struct template *template = all->items[i];
        const char *name = template->exports[0].name;
        if (!write_record(build, template))
            return false;
        entries[i] = (struct smf_write_template){name, template->record, (uint32_t) template->record_size};
        meta[i] = (struct smf_write_meta_entry){name, template->built, SMF_TEMPLATE_FUNCTION};
    }
    all->code_size = smf_templates_write(entries, count, NULL, NULL, 0);
    all->code = pool_take(&build->pool, all->code_size);
    smf_templates_write(entries, count, offsets, all->code, all->code_size);
    all->meta_size = smf_template_meta_write(meta, count, NULL, 0);
    all->meta = pool_take(&build->pool, all->meta_size);
    smf_template_meta_write(meta, count, all->meta, all->meta_size);
    for (uint32_t i = 0; i < count; i++)
        all->items[i]->offset = offsets[i];
    return true;
}

bool build_write_templates(struct build *build)
{
    if (build->templates == NULL)
        return true;
    template_write_note(build);
    return build->templates->count == 0 || write_section(build);
}

uint32_t build_template_sections(const struct build *build) { return build->templates == NULL ? 0 : 3; }

uint32_t build_template_symbols(const struct build *build)
{
    const struct templates *all = build->templates;
    size_t count = all == NULL ? 0 : all->type_count;
    for (size_t i = 0; all != NULL && i < all->count; i++)
        count += all->items[i]->export_count;
    return (uint32_t)count;
}

static bool add_section(struct build *build, struct smf_writer *writer, const char *name, enum smf_section_type type,
                        const void *bytes, size_t size)
{
    const struct smf_write_section section = {
        .name = name, .bytes = bytes, .size = size, .alignment = 1, .flags = SMF_SECTION_READ, .type = type};
    return size == 0 || smf_writer_add_section(writer, &section, NULL) == SMF_OK ||
           build_fail(build, NULL, "too many sections");
}

bool build_add_template_sections(struct build *build, struct smf_writer *writer)
{
    const struct templates *all = build->templates;
    return all == NULL ||
           (add_section(build, writer, SMF_NOTE_SDN, SMF_SECTION_TEMPLATE_META, all->note, all->note_size) &&
            add_section(build, writer, META_SECTION, SMF_SECTION_TEMPLATE_META, all->meta, all->meta_size) &&
            add_section(build, writer, CODE_SECTION, SMF_SECTION_TEMPLATE_CODE, all->code, all->code_size));
}

static bool add_symbol(struct build *build, struct smf_writer *writer, const struct smf_write_symbol *symbol)
{
    build->report->export_count++;
    build->report->symbol_count++;
    return smf_writer_add_symbol(writer, symbol, NULL) == SMF_OK ||
           build_fail(build, NULL, "symbol '%s' cannot be written", symbol->name);
}

static bool add_type(struct build *build, struct smf_writer *writer, const struct template_type *type)
{
    const struct symbol *descriptor = type->descriptor;
    const struct smf_write_symbol symbol = {.name = type->name,
                                            .value = descriptor->section->offset + descriptor->value,
                                            .size = build->arch->pointer_size == 8 ? 56 : 32,
                                            .section = descriptor->section->output->index,
                                            .type = SMF_SYMBOL_TYPE,
                                            .binding = SMF_BINDING_WEAK};
    return add_symbol(build, writer, &symbol);
}

bool build_add_template_symbols(struct build *build, struct smf_writer *writer)
{
    const struct templates *all = build->templates;
    for (size_t i = 0; all != NULL && i < all->type_count; i++)
        if (!add_type(build, writer, &all->types[i]))
            return false;
    for (size_t i = 0; all != NULL && i < all->count; i++) {
        const struct template *template = all->items[i];
        for (unsigned e = 0; e < template->export_count; e++) {
            const struct smf_write_symbol symbol = {.name = template->exports[e].name,
                                                    .value = template->offset + 4,
                                                    .size = template->record_size,
                                                    .section = writer->section_count - 1,
                                                    .type = SMF_SYMBOL_FUNCTION,
                                                    .binding = SMF_BINDING_GLOBAL,
                                                    .flags = SMF_SYMBOL_FLAG_TEMPLATE,
                                                    .template_offset = template->offset,
                                                    .template_parameters = (uint8_t) template->parameter_count};
            if (!add_symbol(build, writer, &symbol))
                return false;
        }
    }
    return true;
}
