/* SPDX-License-Identifier: MIT */
/* exports.c - stage BIND, second half: index what the module offers, by hash, in its own block. */
#include "load/load.h"

/* Where names are read from: the image itself, or a copy behind the chains' heads. */
static enum smf_status keep_name(struct load *load, const struct smf_symbol *symbol, size_t *used, uint32_t *name)
{
    const char *from;
    size_t length;
    if (!load->copies_names) {
        *name = symbol->name;
        return SMF_OK;
    }
    char *to = (char *)(load->module->heads + load->head_count) + *used;
    const size_t room = load->export_name_size - *used;
    enum smf_status status = smf_image_name(&load->image, symbol->name, to, room, &from, &length, load->why);
    if (status == SMF_ERR_NO_SPACE || (status == SMF_OK && length >= room))
        return smf_fail(load->why, SMF_DETAIL_CHANGED, load->image.string_table + symbol->name, 0, 0);
    if (status != SMF_OK)
        return status;
    if (from != to)
        memcpy(to, from, length);
    to[length] = '\0';
    *name = (uint32_t)*used;
    *used += length + 1;
    return SMF_OK;
}

static enum smf_status add(struct load *load, uint32_t index, const struct smf_symbol *symbol, size_t *used)
{
    struct smf_module *module = load->module;
    uint64_t address = 0;
    uint32_t name = 0;
    if (module->export_count == load->export_count)
        return smf_fail(load->why, SMF_DETAIL_CHANGED, load->image.symbol_table, index, load->export_count);
    enum smf_status status = SMF_OK;
    if (symbol->place == SMF_PLACE_EITHER)
        address = load->groups[GROUP_CODE].address;
    else
        status = smf_load_address(load, symbol, &address);
    if (status == SMF_OK)
        status = keep_name(load, symbol, used, &name);
    if (status != SMF_OK)
        return status;
    struct export_entry *entry = &module->exports[module->export_count];
    uint32_t *head = &module->heads[symbol->hash & module->head_mask];
    entry->address = (SMF_ADDRESS)address;
    entry->name = name;
    entry->next = *head | (symbol->type == SMF_SYMBOL_FUNCTION ? 0 : EXPORT_DATA);
    *head = ++module->export_count;
    return SMF_OK;
}

enum smf_status smf_load_exports(struct load *load)
{
    struct smf_module *module = load->module;
    const struct smf_header *header = &load->image.header;
    size_t used = 0;
    memset(module->heads, 0, load->head_count * sizeof module->heads[0]);
    for (uint32_t i = header->canonical ? header->symbol_count - header->exported_count : 0; i < header->symbol_count;
         i++) {
        struct smf_symbol symbol;
        enum smf_status status = smf_image_symbol(&load->image, i, &symbol, load->why);
        load->why->index = i;
        if (status == SMF_OK && smf_load_is_export(&symbol))
            status = add(load, i, &symbol, &used);
        if (status == SMF_OK && (i & (SMF_PROGRESS_RECORDS - 1)) == SMF_PROGRESS_RECORDS - 1)
            status = smf_load_progress(load);
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}
