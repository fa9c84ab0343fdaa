/* SPDX-License-Identifier: MIT */
/* exports.c - stage BIND, second half: index what the module offers, by hash, in its own block. */
#include "image/door.h"
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

/*
 * With SMF_CHECK_NAMES: is a name like this one in the chain already (A20)? The hashes have been checked by then, so equal
 * names are in one chain. Reading is accounted for: many names with one hash are easy to make.
 */
static enum smf_status refuse_twice(struct load *load, uint32_t index, uint32_t name, uint32_t next)
{
    const struct smf_module *module = load->module;
    const char *const names = module->names, *const end = names + module->name_size;
    for (uint32_t at = next; at != 0; at = module->exports[at - 1].next & ~EXPORT_DATA) {
        const char *first = names + module->exports[at - 1].name, *second = names + name;
        const char *const start = second;
        while (first < end && second < end && *first == *second && *first != '\0')
            first++, second++;
        const enum smf_status status = smf_load_spend(load, (size_t)(second - start) + 1);
        if (status != SMF_OK)
            return status;
        if (first >= end || second >= end || *first != *second)
            continue;
        smf_fail_name(load->why, start, (size_t)(second - start));
        return smf_fail(load->why, SMF_DETAIL_EXPORTED_TWICE, load->image.symbol_table, index, 0);
    }
    return SMF_OK;
}

static bool checks_names(const struct load *load) { return (load->loader->config.checks & SMF_CHECK_NAMES) != 0; }

static enum smf_status add(struct load *load, uint32_t index, const struct smf_symbol *symbol, size_t *used)
{
    struct smf_module *module = load->module;
    uint64_t address = 0;
    uint32_t name = 0;
    if (module->export_count == load->export_count)
        return smf_fail(load->why, SMF_DETAIL_CHANGED, load->image.symbol_table, index, load->export_count);
    enum smf_status status = SMF_OK;
    if (symbol->place == SMF_PLACE_EITHER) {
        address = load->groups[GROUP_CODE].address;
        const uint32_t number = index - load->undefined_first;
        if (number >= load->undefined_count || load->bounds[number].address != address)
            return SMF_OK; /* the resolver has it: it is an import [F12] */
    } else {
        status = smf_load_address(load, symbol, &address);
    }
    uint32_t *head = &module->heads[symbol->hash & module->head_mask];
    if (status == SMF_OK)
        status = keep_name(load, symbol, used, &name);
    if (status == SMF_OK && checks_names(load))
        status = refuse_twice(load, index, name, *head & ~EXPORT_DATA);
    if (status != SMF_OK)
        return status;
    struct export_entry *entry = &module->exports[module->export_count];
    entry->address = (SMF_ADDRESS)address;
    entry->name = name;
    entry->next = *head | (symbol->type == SMF_SYMBOL_FUNCTION ? 0 : EXPORT_DATA);
    *head = ++module->export_count;
    return SMF_OK;
}

/*
 * Names where they are, symbols of one section after the other: nothing to ask, nothing to copy. `section` is that of
 * the symbol before. Stops at the first record that needs a closer look.
 */
static uint32_t add_plain(struct load *load, uint32_t index, uint32_t end, uint32_t section)
{
    const struct smf_image *image = &load->image;
    if (index == end || section >= image->header.section_count || load->places[section].group == GROUPS)
        return index;
    const struct place *place = &load->places[section];
    const struct smf_export_door door = {image->string_size, image->sections[section].virtual_size,
                                         image->header.arch == SMF_ARCH_ARM, section};
    const uint64_t base = load->groups[place->group].address + place->offset;
    struct export_entry *entries = load->module->exports;
    uint32_t *heads = load->module->heads;
    const uint32_t mask = load->module->head_mask;
    uint32_t count = load->module->export_count;
    const uint8_t *at = (const uint8_t *)load->source->bytes + image->symbol_table + (size_t)index * SMF_S56_SIZE;
    struct smf_symbol symbol;
    for (; index < end && smf_image_plain_export(&door, at, &symbol); index++, at += SMF_S56_SIZE) {
        struct export_entry *entry = &entries[count++];
        uint32_t *head = &heads[symbol.hash & mask];
        entry->address = (SMF_ADDRESS)(base + symbol.value);
        entry->name = symbol.name;
        entry->next = *head | (symbol.type == SMF_SYMBOL_FUNCTION ? 0 : EXPORT_DATA);
        *head = count;
    }
    load->module->export_count = count;
    return index;
}

/* Records that add_plain() may take: those that are left, or as many as there are between two progress calls. */
static uint32_t plain_end(const struct load *load, uint32_t index)
{
    const uint32_t count = load->image.header.symbol_count;
    if (!load->image.header.canonical || load->copies_names || checks_names(load))
        return index;
    if (load->loader->config.progress == NULL || count - index < SMF_PROGRESS_RECORDS)
        return count;
    return index + SMF_PROGRESS_RECORDS;
}

enum smf_status smf_load_exports(struct load *load)
{
    struct smf_module *module = load->module;
    const struct smf_header *header = &load->image.header;
    size_t used = 0;
    uint32_t i = header->canonical ? header->symbol_count - header->exported_count : 0;
    uint32_t section = SMF_NO_SYMBOL;
    load->name_work = 0;
    memset(module->heads, 0, load->head_count * sizeof module->heads[0]);
    while (i < header->symbol_count) {
        struct smf_symbol symbol;
        enum smf_status status = SMF_OK;
        const uint32_t before = i;
        i = add_plain(load, i, plain_end(load, i), section);
        if (i == before) {
            status = smf_image_symbol(&load->image, i, &symbol, load->why);
            section = status == SMF_OK && symbol.place == SMF_PLACE_SECTION ? symbol.section : SMF_NO_SYMBOL;
            load->why->index = i;
            if (status == SMF_OK && smf_load_is_export(&symbol))
                status = add(load, i, &symbol, &used);
            i++;
        }
        if (status == SMF_OK && (i - before > 1 || (i & (SMF_PROGRESS_RECORDS - 1)) == 0))
            status = smf_load_progress(load);
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}
