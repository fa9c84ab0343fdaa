/* SPDX-License-Identifier: MIT */
/*
 * tables.c - stage TABLES: count what the load will need, from symbols and,
 * where the file does not promise that there is nothing to count (DESIGN D3),
 * from relocations. What is counted here bounds every later pass.
 */
#include "image/door.h"
#include "load/load.h"

bool smf_load_is_export(const struct smf_symbol *symbol)
{
    return symbol->binding != SMF_BINDING_LOCAL && symbol->place != SMF_PLACE_UNDEFINED &&
           symbol->place != SMF_PLACE_UNKNOWN;
}

enum smf_status smf_load_spend(struct load *load, size_t length)
{
    const uint64_t allowed = load->image.string_size + (uint64_t)load->image.header.symbol_count * SMF_NAME_WORK;
    load->name_work += length;
    if (load->name_work > allowed)
        return smf_fail(load->why, SMF_DETAIL_NAME_WORK, load->image.string_table, load->name_work, allowed);
    return SMF_OK;
}

static enum smf_status name_size(struct load *load, const struct smf_symbol *symbol, size_t *size)
{
    const enum smf_status status = smf_image_name_length(&load->image, symbol->name, size, load->why);
    *size += status == SMF_OK;
    return status == SMF_OK ? smf_load_spend(load, *size) : status;
}

static bool is_asked_for(const struct smf_symbol *symbol)
{
    return symbol->place == SMF_PLACE_UNDEFINED || symbol->place == SMF_PLACE_EITHER;
}

static enum smf_status count_symbol(struct load *load, uint32_t index, const struct smf_symbol *symbol)
{
    const bool asked = is_asked_for(symbol), offered = smf_load_is_export(symbol);
    size_t size = 0;
    if (asked) {
        if (load->undefined_count == 0)
            load->undefined_first = index;
        load->undefined_count = index - load->undefined_first + 1;
    }
    if (offered)
        load->export_count++;
    if ((asked && load->source->bytes == NULL) || (offered && load->copies_names)) {
        const enum smf_status status = name_size(load, symbol, &size);
        if (status != SMF_OK)
            return status;
    }
    if (asked && size > load->import_name_size)
        load->import_name_size = size;
    if (offered && load->copies_names)
        load->export_name_size += size;
    return SMF_OK;
}

static enum smf_status count_symbols(struct load *load)
{
    const struct smf_header *header = &load->image.header;
    /* Exported symbols of a canonical file are its last ones, and few of the others are no imports: where no names
     * need room, that is all there is to know, and each symbol is read once, when it is bound or indexed. */
    if (header->canonical && !load->copies_names) {
        load->export_count = header->exported_count;
        load->undefined_count = header->symbol_count - header->exported_count;
        return SMF_OK;
    }
    for (uint32_t i = 0; i < header->symbol_count; i++) {
        struct smf_symbol symbol;
        enum smf_status status = smf_image_symbol(&load->image, i, &symbol, load->why);
        if (status == SMF_OK)
            status = count_symbol(load, i, &symbol);
        if (status == SMF_OK && (i & (SMF_PROGRESS_RECORDS - 1)) == SMF_PROGRESS_RECORDS - 1)
            status = smf_load_progress(load);
        if (status != SMF_OK)
            return status;
    }
    if (load->export_name_size > UINT32_MAX / 2)
        return smf_fail(load->why, SMF_DETAIL_NAMES_TOO_LARGE, 0, load->export_name_size, UINT32_MAX / 2);
    return SMF_OK;
}

enum smf_status smf_load_tables(struct load *load)
{
    const struct smf_source *source = load->source;
    const struct smf_header *header = &load->image.header;
    load->copies_names = source->bytes == NULL || source->stay != SMF_STAYS_FOR_MODULE;
    load->counts_records = !header->canonical || (header->flags & SMF_FLAG_PIC) == 0;
    const enum smf_status status = count_symbols(load);
    if (status != SMF_OK)
        return status;
    load->head_count = 1;
    while (load->head_count < load->export_count)
        load->head_count *= 2;
    return SMF_OK;
}

/* The psABI number of a record: types 0 to 9 by the numbering of its family. */
static uint32_t psabi_number(const struct load *load, const struct smf_relocation *record)
{
    if (record->type == SMF_RELOCATION_PSABI)
        return record->number;
    return load->image.header.p_family ? load->arch->p_types[record->type] : load->arch->r_types[record->type];
}

enum smf_status smf_load_row(struct load *load, const struct smf_relocation *record, const struct smf_howto **row)
{
    *row = NULL;
    if (record->type == SMF_RELOCATION_NONE)
        return SMF_OK;
    const uint32_t number = psabi_number(load, record);
    const struct smf_howto *found = NULL;
    if (number != 0 || record->type == SMF_RELOCATION_PSABI)
        found = smf_arch_row(load->arch, number);
    if (found == NULL)
        return smf_fail(load->why, SMF_DETAIL_NO_ROW, 0, number != 0 ? number : record->type, load->arch->id);
    if ((found->flags & SMF_ROW_SETTLE) != 0)
        return smf_fail(load->why, SMF_DETAIL_MUST_BE_SETTLED, 0, number, load->arch->id);
    *row = found;
    return SMF_OK;
}

/* May `symbol` be imported? Only then does a branch to it get a stub. */
static bool may_be_imported(const struct load *load, uint32_t symbol)
{
    return symbol - load->undefined_first < load->undefined_count;
}

static enum smf_status count_stub(struct load *load, uint32_t index, struct extra *extra)
{
    struct smf_symbol symbol;
    const enum smf_status status = smf_image_symbol(&load->image, index, &symbol, load->why);
    if (status != SMF_OK)
        return status;
    /* It has one already, or it is the module's own. */
    if (!is_asked_for(&symbol) || symbol.stub_size != 0 || load->arch->stub == NULL)
        return SMF_OK;
    if (extra->slot == 0)
        extra->slot = ++load->slot_count;
    extra->stub = ++load->stub_count;
    return SMF_OK;
}

static enum smf_status count_record(struct load *load, const struct smf_relocation *record)
{
    const struct smf_howto *row;
    const enum smf_status status = smf_load_row(load, record, &row);
    if (status != SMF_OK || row == NULL)
        return status;
    if ((row->flags & SMF_ROW_LOW) != 0 && load->arch->highest != 0)
        load->low = true;
    if (record->symbol >= load->image.header.symbol_count)
        return SMF_OK;
    struct extra *extra = &load->extras[record->symbol];
    if ((row->flags & SMF_ROW_SLOT) != 0 && extra->slot == 0)
        extra->slot = ++load->slot_count;
    if ((row->flags & SMF_ROW_BRANCH) != 0 && extra->stub == 0 && may_be_imported(load, record->symbol))
        return count_stub(load, record->symbol, extra);
    return SMF_OK;
}

static enum smf_status count_section(struct load *load, uint32_t section)
{
    const uint32_t count = smf_image_relocation_count(&load->image, section);
    for (uint32_t first = 0; first < count; first += BATCH) {
        const uint32_t some = count - first < BATCH ? count - first : BATCH;
        enum smf_status status = smf_image_relocations(&load->image, section, first, some, load->records, load->why);
        for (uint32_t i = 0; i < some && status == SMF_OK; i++) {
            load->why->index = first + i;
            status = count_record(load, &load->records[i]);
        }
        if (status == SMF_OK)
            status = smf_load_progress(load);
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}

enum smf_status smf_load_extras(struct load *load)
{
    if (!load->counts_records)
        return SMF_OK;
    for (uint32_t i = 0; i < load->image.header.section_count; i++) {
        const struct smf_section *section = &load->image.sections[i];
        if (section->type != SMF_SECTION_RELOC ||
            (load->image.header.canonical && load->image.sections[section->link].type == SMF_SECTION_DEBUG))
            continue;
        const enum smf_status status = count_section(load, i);
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}
