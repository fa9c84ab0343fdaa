/* SPDX-License-Identifier: MIT */
/*
 * verify_templates.c - what `smf verify` proves of templates: every record in every section of
 * them, every unit against the relocation rows of its machine, TemplateMeta, note.sdn. Loading looks at none of it.
 */
#include "command.h"

#include <stdlib.h>
#include <string.h>

#include "smf/arch.h"
#include "smf/instantiator.h"
#include "smf/sdn.h"
#include "smf/templates.h"
#include "smf/unit.h"

/* A diagnosis that counts from the start of a record, made one of the file. */
static int refuse(const char *shown, size_t offset, struct smf_diagnosis *why)
{
    why->offset += offset;
    return smf_command_refuse(shown, why);
}

static int check_units(const struct smf_record *record, size_t offset, const char *shown)
{
    const uint8_t *at = NULL;
    struct smf_unit unit;
    struct smf_diagnosis why;
    while (smf_record_next_unit(record, &at, &unit)) {
        const struct smf_arch *arch = unit.format == SMF_UNIT_CODE ? smf_arch_of(unit.arch) : NULL;
        if (arch != NULL && smf_unit_prove(arch, record, &unit, &why) != SMF_OK)
            return refuse(shown, offset, &why);
    }
    return 0;
}

/* A record in memory. `named`: the entry has a name, which is to be the template's. */
static int check_bytes(struct smf_image *image, const struct smf_template *entry, const uint8_t *bytes,
                       const char *shown)
{
    struct smf_record record;
    struct smf_diagnosis why;
    bool same = true;
    const enum smf_status status = smf_record_open(&record, bytes, entry->body.size, &why);
    if (status == SMF_ERR_OPAQUE) /* of a later version: listed, and nothing else is promised */
        return 0;
    if (status != SMF_OK) {
        if (smf_span_read(image, &entry->name, why.name, sizeof why.name, NULL) != SMF_OK)
            why.name[0] = '\0';
        return refuse(shown, entry->body.offset, &why);
    }
    const struct smf_unit_text name = smf_record_export(&record, 0).name;
    if (smf_span_is(image, &entry->name, name.bytes, name.size, &same, &why) != SMF_OK)
        return smf_command_refuse(shown, &why);
    if (!same)
        return smf_command_fail(shown, "section %u has a record under another name than its template's (offset 0x%zx)",
                                entry->section, entry->body.offset);
    return check_units(&record, entry->body.offset, shown);
}

static int check_entry(struct smf_image *image, const struct smf_template *entry, const char *shown)
{
    if (!entry->record)
        return 0;
    uint8_t *bytes = malloc(entry->body.size + 1);
    if (bytes == NULL)
        return smf_command_fail(shown, "not enough memory");
    int result = 1;
    if (smf_command_read(image->source, entry->body.offset, bytes, entry->body.size))
        result = check_bytes(image, entry, bytes, shown);
    else
        smf_command_fail(shown, "cannot be read");
    free(bytes);
    return result;
}

static int check_section(struct smf_image *image, uint32_t section, const char *shown)
{
    struct smf_templates templates;
    struct smf_template entry;
    struct smf_diagnosis why;
    size_t cursor = 0;
    enum smf_status status = smf_templates_open(&templates, image, section, &why);
    if (status != SMF_OK)
        return smf_command_refuse(shown, &why);
    while ((status = smf_templates_next(&templates, &cursor, &entry, &why)) == SMF_OK)
        if (check_entry(image, &entry, shown) != 0)
            return 1;
    return status == SMF_ERR_NOT_FOUND ? 0 : smf_command_refuse(shown, &why);
}

int smf_command_check_templates(struct smf_image *image, const char *shown)
{
    struct smf_template_meta meta;
    struct smf_diagnosis why;
    struct smf_sdn note;
    for (uint32_t i = 0; (i = smf_templates_section(image, i)) != SMF_NO_SYMBOL; i++)
        if (check_section(image, i, shown) != 0)
            return 1;
    const enum smf_status status = smf_template_meta(image, &meta, &why);
    if (status != SMF_OK && status != SMF_ERR_NOT_FOUND && status != SMF_ERR_OPAQUE)
        return smf_command_refuse(shown, &why);
    return smf_sdn_open(&note, image, &why) == SMF_OK ? 0 : smf_command_refuse(shown, &why);
}
