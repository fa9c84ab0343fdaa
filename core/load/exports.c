/* SPDX-License-Identifier: MIT */
/* exports.c - stage BIND, second half: index what the module offers, by hash, in its own block. */
#include "image/door.h"
#include "load/index.h"

/* Where names are read from: the image itself, or a copy at the end of the block. */
static enum smf_status keep_name(struct load *load, const struct smf_symbol *symbol, uint32_t *name)
{
    const char *from;
    size_t length;
    *name = symbol->name;
    if (!load->copies_names)
        return SMF_OK;
    char *to = (char *)(uintptr_t)load->module->names + load->names_used;
    const size_t room = load->export_name_size - load->names_used;
    const enum smf_status status = smf_image_name(&load->image, symbol->name, to, room, &from, &length, load->why);
    if (status == SMF_ERR_NO_SPACE || (status == SMF_OK && length >= room))
        return smf_fail(load->why, SMF_DETAIL_CHANGED, load->image.string_table + symbol->name, 0, 0);
    if (status != SMF_OK)
        return status;
    if (from != to)
        memcpy(to, from, length);
    to[length] = '\0';
    *name = (uint32_t)load->names_used;
    load->names_used += length + 1;
    return SMF_OK;
}

/* Not loaded, but no mistake: code is made of it. It has a number and a name, and nobody finds it as a function. */
static bool is_template(const struct load *load)
{
    const struct smf_symbol *symbol = &load->symbol;
    return (symbol->flags & SMF_SYMBOL_FLAG_TEMPLATE) != 0 && symbol->place == SMF_PLACE_SECTION &&
           load->image.sections[symbol->section].type == SMF_SECTION_TEMPLATE_CODE;
}

static enum smf_status add(struct load *load, uint32_t index)
{
    struct smf_module *module = load->module;
    const struct smf_symbol *symbol = &load->symbol;
    const uint32_t number = module->export_count;
    const bool template = is_template(load);
    uintptr_t address = 0;
    uint32_t name;
    if (number == load->export_count)
        return smf_fail(load->why, SMF_DETAIL_CHANGED, load->image.symbol_table, index, load->export_count);
    if (symbol->place == SMF_PLACE_EITHER && smf_load_older_import(load, index))
        return SMF_OK;
    enum smf_status status = template ? SMF_OK : smf_load_address(load, symbol, &address);
    if (status == SMF_OK)
        status = keep_name(load, symbol, &name);
    if (status == SMF_OK && !template && (load->loader->config.checks & SMF_CHECK_NAMES) != 0)
        status = smf_load_refuse_twice(load, index, module->names + name);
    if (status != SMF_OK)
        return status;
    if (!load->rereads) {
        struct export_entry *entry = &smf_load_entries(module)[number];
        entry->address = address;
        entry->name = name | (symbol->type == SMF_SYMBOL_FUNCTION ? 0 : EXPORT_DATA) |
                      (symbol->binding == SMF_BINDING_WEAK ? EXPORT_WEAK : 0) | (template ? EXPORT_TEMPLATE : 0);
    }
    if (!template)
        smf_load_add_link(module, smf_load_head_count(module) - 1, symbol->hash, number);
    module->export_count++;
    return SMF_OK;
}

/* What find.c will count from, in place of entries. */
static void keep_addresses(const struct load *load)
{
    uintptr_t *addresses = smf_load_section_addresses(load->module);
    for (uint32_t i = 0; i < load->module->section_count; i++) {
        const struct place *place = &load->places[i];
        addresses[i] = place->group != NOT_LOADED ? load->groups[place->group].address + place->offset : 0;
    }
}

enum smf_status smf_load_exports(struct load *load)
{
    struct smf_module *module = load->module;
    const struct smf_header *header = &load->image.header;
    uint32_t i = header->canonical ? header->symbol_count - header->exported_count : 0;
    uint32_t section = SMF_NO_SYMBOL;
    load->name_work = 0;
    memset(module->links, 0, (size_t)smf_load_head_count(module) * (module->wide ? 4 : 2));
    keep_addresses(load);
    while (i < header->symbol_count) {
        enum smf_status status = SMF_OK;
        const uint32_t before = i;
        i = smf_load_fast_exports(load, i, section);
        if (i != before) {
            status = smf_load_progress(load);
        } else {
            status = smf_image_symbol(&load->image, i, &load->symbol, load->why);
            section =
                status == SMF_OK && load->symbol.place == SMF_PLACE_SECTION ? load->symbol.section : SMF_NO_SYMBOL;
            load->why->index = i;
            if (status == SMF_OK && smf_load_is_export(&load->symbol))
                status = add(load, i);
            if (status == SMF_OK)
                status = smf_load_progress_at(load, i++);
        }
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}
