/* SPDX-License-Identifier: MIT */
/* template_one.c - see template_one.h. */
#include "template_one.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "template.h"

static const char name[] = "unit";

static bool read_template(struct build *build, Elf *elf, const struct smf_shape *shapes, size_t shape_count,
                          struct template *template)
{
    struct lines lines = {0};
    struct template_shape shape = {.label = name};
    template->file = name;
    if (!template_elf_lines(build, elf, &lines))
        return build_fail(build, name, "its lines cannot be read");
    if (!template_declares(&lines))
        return build_fail(build, name, "it declares no template");
    if (!template_read_lines(build, template, &lines))
        return false;
    if (template->parameter_count != shape_count)
        return build_fail(build, name, "%u parameters, %u shapes", template->parameter_count, (unsigned)shape_count);
    memcpy(shape.shapes, shapes, shape_count * sizeof *shapes);
    return template_make_unit(build, template, elf, name, &shape);
}

static struct smf_write_item *list_items(struct build *build, const struct template *template, bool needs)
{
    const unsigned count = needs ? template->need_count : template->export_count;
    struct smf_write_item *items = pool_array(&build->pool, count, sizeof *items);
    for (unsigned i = 0; i < count; i++) {
        const struct smf_signature *signature = needs ? &template->needs[i].signature : template->exports[i].signature;
        items[i] = (struct smf_write_item){needs ? template->needs[i].name : template->exports[i].name, signature->term,
                                           signature->term_size};
    }
    return items;
}

static bool write_record(struct build *build, const struct template *template, uint8_t **record, size_t *size)
{
    struct smf_write_parameter parameters[SMF_TEMPLATE_PARAMETERS_MAX];
    for (unsigned i = 0; i < template->parameter_count; i++)
        parameters[i] = (struct smf_write_parameter){template->parameters[i], template->bounds[i]};
    const struct smf_write_record whole = {.parameters = parameters,
                                           .exports = list_items(build, template, false),
                                           .needs = list_items(build, template, true),
                                           .units = &template->units[0].unit,
                                           .kind = SMF_TEMPLATE_FUNCTION,
                                           .parameter_count = (uint8_t) template->parameter_count,
                                           .export_count = (uint8_t) template->export_count,
                                           .need_count = (uint8_t) template->need_count,
                                           .unit_count = 1};
    struct smf_diagnosis why = {0};
    char line[256];
    *record = NULL;
    enum smf_status status = smf_record_write(&whole, NULL, 0, size, &why);
    if (status == SMF_OK) {
        *record = malloc(*size);
        if (*record == NULL)
            return build_fail(build, name, "no memory");
        status = smf_record_write(&whole, *record, *size, size, &why);
    }
    if (status == SMF_OK)
        return true;
    free(*record);
    smf_diagnosis_format(&why, line, sizeof line);
    return build_fail(build, name, "%s", line);
}

bool template_record_of(const void *object, size_t size, const struct smf_shape *shapes, size_t shape_count,
                        uint8_t **record, size_t *record_size, char *message, size_t message_size)
{
    const struct smf_build_options options = {.layout = SMF_LAYOUT_P128};
    struct smf_build_report *report = calloc(1, sizeof *report);
    if (report == NULL) {
        snprintf(message, message_size, "no memory");
        return false;
    }
    struct build build = {.options = &options, .report = report, .output_path = name};
    char *bytes = pool_take(&build.pool, size + 1); /* libelf may write to what it reads */
    memcpy(bytes, object, size);
    Elf *elf = elf_version(EV_CURRENT) != EV_NONE ? elf_memory(bytes, size) : NULL;
    struct template *template = pool_take(&build.pool, sizeof *template);
    const bool made = elf != NULL && elf_kind(elf) == ELF_K_ELF
                          ? read_template(&build, elf, shapes, shape_count, template) &&
                                write_record(&build, template, record, record_size)
                          : build_fail(&build, name, "no ELF object");
    snprintf(message, message_size, "%s", report->message);
    build_forget_groups(&build);
    elf_end(elf);
    pool_free(&build.pool);
    free(report);
    return made;
}
