/* SPDX-License-Identifier: MIT */
/* tables.c - stage TABLES: count what the load will need, from symbols. What is counted here bounds every later pass. */
#include "image/door.h"
#include "load/load.h"

bool smf_load_is_export(const struct smf_symbol *symbol)
{
    return symbol->binding != SMF_BINDING_LOCAL && symbol->place != SMF_PLACE_UNDEFINED &&
           symbol->place != SMF_PLACE_UNKNOWN;
}

bool smf_load_is_import(const struct smf_symbol *symbol)
{
    return symbol->place == SMF_PLACE_UNDEFINED || symbol->place == SMF_PLACE_EITHER;
}

enum smf_status smf_load_spend(struct load *load, size_t length)
{
    const uint64_t allowed = load->image.string_size + (uint64_t)load->image.header.symbol_count * SMF_NAME_WORK;
    load->name_work += length; /* a pass ends at the first name too many: this cannot wrap */
    if (load->name_work > allowed)
        return smf_fail(load->why, SMF_DETAIL_NAME_WORK, load->image.string_table, load->name_work, allowed);
    return SMF_OK;
}

static enum smf_status count_symbol(struct load *load, uint32_t index)
{
    const struct smf_symbol *symbol = &load->symbol;
    size_t size = 0;
    enum smf_status status = smf_image_symbol(&load->image, index, &load->symbol, load->why);
    if (status != SMF_OK)
        return status;
    const bool asked = smf_load_is_import(symbol), offered = smf_load_is_export(symbol);
    if (asked) {
        if (load->undefined_count == 0)
            load->undefined_first = index;
        load->undefined_count = index - load->undefined_first + 1;
    }
    load->export_count += offered;
    if ((asked && load->source->bytes == NULL) || (offered && load->copies_names)) {
        status = smf_image_name_length(&load->image, symbol->name, &size, load->why);
        if (status == SMF_OK)
            status = smf_load_spend(load, ++size);
    }
    if (asked && size > load->import_name_size)
        load->import_name_size = size;
    if (offered && load->copies_names)
        load->export_name_size += size;
    return status != SMF_OK ? status : smf_load_progress_at(load, index);
}

static enum smf_status count_symbols(struct load *load)
{
    const struct smf_header *header = &load->image.header;
    /* Exported symbols of a canonical file are its last ones, and few of the others are no imports: where no names
     * need room, that is all there is to know, and each symbol is read once, when it is bound or indexed. */
    if (load->rereads) {
        load->export_count = header->exported_count;
        load->undefined_count = header->symbol_count - header->exported_count;
        return SMF_OK;
    }
    for (uint32_t i = 0; i < header->symbol_count; i++) {
        const enum smf_status status = count_symbol(load, i);
        if (status != SMF_OK)
            return status;
    }
    /* Offsets of names share a word with three bits. */
    const size_t names = load->copies_names ? load->export_name_size : load->image.string_size;
    if (names >= EXPORT_TEMPLATE)
        return smf_load_fail(load, SMF_DETAIL_NAMES_TOO_LARGE, names, EXPORT_TEMPLATE);
    return SMF_OK;
}

enum smf_status smf_load_tables(struct load *load)
{
    const struct smf_source *source = load->source;
    const struct smf_header *header = &load->image.header;
    load->copies_names = source->bytes == NULL || source->stay != SMF_STAYS_FOR_MODULE;
    load->rereads = header->canonical && !load->copies_names;
    load->counts_records = !header->canonical || (header->flags & SMF_FLAG_PIC) == 0;
    const enum smf_status status = count_symbols(load);
    while (load->export_count >> load->module->head_bits > 1)
        load->module->head_bits++;
    return status;
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
        return smf_load_fail(load, SMF_DETAIL_NO_ROW, number != 0 ? number : record->type, load->arch->id);
    if ((found->flags & SMF_ROW_SETTLE) != 0)
        return smf_load_fail(load, SMF_DETAIL_MUST_BE_SETTLED, number, load->arch->id);
    *row = found;
    return SMF_OK;
}
