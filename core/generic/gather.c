/* SPDX-License-Identifier: MIT */
/*
 * gather.c - what an image brings: its templates, each record proven once, and the rows of `possible` in its note.
 *
 * Nothing of it can be found before the whole image has been read; whatever fails, the caller frees the module.
 */
#include "base/bytes.h"
#include "base/fail.h"
#include "generic/engine.h"
#include "smf/format.h"
#include "smf/sdn.h"

struct gathering {
    struct smf_instantiator *instantiator;
    struct smf_instantiator_module *module;
    struct smf_image *image;
    struct smf_diagnosis *why;
    struct use **last_use;
    size_t used, room; /* bytes of the module's newest chunk */
};

/*
 * What a module brings lies in chunks, each at least twice as large as the one before, of which the unused ends go back: an arena
 * is searched block by block, and a module may bring any number of pieces. A chunk starts with the address of the one before.
 * From the arena's upper end: what instances ask for is then found at once at the lower one.
 */
enum { CHUNK_FIRST = 256, CHUNK_START = sizeof(void *) > 8 ? sizeof(void *) : 8 };

static void close_chunk(const struct gathering *gathering)
{
    if (gathering->module->brought != NULL)
        smf_arena_trim(smf_generic_arena(gathering->instantiator), gathering->module->brought, gathering->used);
}

/* With room for one piece at least. */
static bool open_chunk(struct gathering *gathering, size_t piece)
{
    struct smf_arena *arena = smf_generic_arena(gathering->instantiator);
    const size_t least = piece <= SIZE_MAX - CHUNK_START ? piece + CHUNK_START : SIZE_MAX;
    size_t room = gathering->room <= SIZE_MAX / 2 ? gathering->room * 2 : SIZE_MAX;
    room = room > CHUNK_FIRST ? room : CHUNK_FIRST;
    room = room > least ? room : least;
    close_chunk(gathering);
    void **chunk = smf_arena_take_scratch(arena, room);
    if (chunk == NULL)
        chunk = smf_arena_take_scratch(arena, room = least);
    if (chunk == NULL)
        return false;
    *chunk = gathering->module->brought;
    gathering->module->brought = chunk;
    gathering->room = room;
    gathering->used = CHUNK_START;
    return true;
}

static void *take(struct gathering *gathering, size_t size, enum smf_status *status)
{
    size_t at = smf_align_up(gathering->used, SMF_ARENA_ALIGNMENT);
    if (gathering->module->brought == NULL || at > gathering->room || size > gathering->room - at) {
        if (!open_chunk(gathering, size)) {
            *status = smf_generic_no_arena(gathering->instantiator, gathering->why, size);
            return NULL;
        }
        at = gathering->used;
    }
    gathering->used = at + size;
    return (uint8_t *)gathering->module->brought + at;
}

/* ---- Templates ---- */

/* Bytes of the source that can be read where they lie for as long as the module is there; NULL: they cannot. */
static const uint8_t *stays(const struct smf_image *image, const struct smf_span *span)
{
    const struct smf_source *source = image->source;
    const bool there = source->bytes != NULL && source->stay == SMF_STAYS_FOR_MODULE;
    return there ? (const uint8_t *)source->bytes + span->offset : NULL;
}

/* A template with room for `names` names and `extra` bytes behind them. */
static struct template *add_template(struct gathering *gathering, uint32_t names, size_t extra, enum smf_status *status)
{
    struct template *template =
        take(gathering, sizeof *template + names * sizeof(struct template_name) + extra, status);
    if (template == NULL)
        return NULL;
    *template = (struct template){.next = gathering->module->templates, .module = gathering->module};
    gathering->module->templates = template;
    return template;
}

static void add_name(struct template *template, const char *text, size_t size)
{
    struct template_name *name = &template->names[template->name_count++];
    *name = (struct template_name){.template = template, .text = text, .size = size};
    name->node.hash = smf_generic_hash(text, size);
}

static enum smf_status add_opaque(struct gathering *gathering, const struct smf_span *name)
{
    enum smf_status status = SMF_OK;
    struct template *template = add_template(gathering, 1, name->size + 1, &status);
    if (template == NULL)
        return status;
    char *text = (char *)(template->names + 1);
    status = smf_span_read(gathering->image, name, text, name->size + 1, gathering->why);
    if (status == SMF_OK)
        add_name(template, text, name->size);
    return status;
}

/* Names are those of the functions. The entry's is one of them, unless its writer thought otherwise. */
static enum smf_status name_all(struct gathering *gathering, struct template *template, const struct smf_span *entry,
                                char *text)
{
    const uint8_t *at = NULL;
    struct smf_record_item item;
    while (smf_record_next_export(&template->record, &at, &item))
        add_name(template, item.name.bytes, item.name.size);
    const enum smf_status status = smf_span_read(gathering->image, entry, text, entry->size + 1, gathering->why);
    if (status == SMF_OK && smf_record_find_export(&template->record, text, entry->size) < 0)
        add_name(template, text, entry->size);
    return status;
}

/* The bytes of a record: where they lie if they stay, else a copy. */
static const uint8_t *record_bytes(struct gathering *gathering, const struct smf_span *body, enum smf_status *status)
{
    const uint8_t *bytes = stays(gathering->image, body);
    if (bytes != NULL)
        return bytes;
    void *copy = take(gathering, body->size + 1, status); /* with the NUL of smf_span_read() */
    if (copy != NULL)
        *status = smf_span_read(gathering->image, body, copy, body->size + 1, gathering->why);
    return copy;
}

/* Units of this machine have relocations that it knows. */
static enum smf_status prove_units(const struct gathering *gathering, const struct smf_record *record)
{
    const struct smf_arch *arch = gathering->instantiator->config.arch;
    const uint8_t *at = NULL;
    struct smf_unit unit;
    enum smf_status status = SMF_OK;
    while (status == SMF_OK && smf_record_next_unit(record, &at, &unit))
        if (unit.format == SMF_UNIT_CODE && unit.arch == arch->id)
            status = smf_unit_prove(arch, record, &unit, gathering->why);
    return status;
}

static enum smf_status add_record(struct gathering *gathering, const struct smf_template *entry)
{
    enum smf_status status = SMF_OK;
    struct smf_record record;
    struct template *template = NULL;
    const uint8_t *bytes = record_bytes(gathering, &entry->body, &status);
    if (status == SMF_OK)
        status = smf_record_open(&record, bytes, entry->body.size, gathering->why);
    if (status == SMF_OK)
        status = prove_units(gathering, &record);
    if (status == SMF_OK)
        template = add_template(gathering, record.export_count + 1u, entry->name.size + 1, &status);
    if (template == NULL)
        return status;
    template->record = record;
    return name_all(gathering, template, &entry->name, (char *)(template->names + record.export_count + 1));
}

/* A section that says nothing itself has its names from the symbols of the templates in it. */
static enum smf_status add_symbols(struct gathering *gathering, uint32_t section)
{
    struct smf_image *image = gathering->image;
    enum smf_status status = SMF_OK;
    for (uint32_t i = 0; i < image->header.symbol_count && status == SMF_OK; i++) {
        struct smf_symbol symbol;
        struct smf_span name = {.offset = 0};
        status = smf_image_symbol(image, i, &symbol, gathering->why);
        if (status != SMF_OK || (symbol.flags & SMF_SYMBOL_FLAG_TEMPLATE) == 0 || symbol.place != SMF_PLACE_SECTION ||
            symbol.section != section)
            continue;
        const char *text;
        char small[SMF_DIAGNOSIS_NAME_SIZE];
        status = smf_image_name(image, symbol.name, small, sizeof small, &text, &name.size, gathering->why);
        name.offset = image->string_table + symbol.name;
        if (status == SMF_OK)
            status = add_opaque(gathering, &name);
    }
    return status;
}

static enum smf_status add_section(struct gathering *gathering, uint32_t section)
{
    struct smf_templates templates;
    struct smf_template entry;
    size_t cursor = 0;
    enum smf_status status = smf_templates_open(&templates, gathering->image, section, gathering->why);
    while (status == SMF_OK) {
        status = smf_templates_next(&templates, &cursor, &entry, gathering->why);
        if (status != SMF_OK)
            break;
        if (entry.record)
            status = add_record(gathering, &entry);
        else if (entry.name.size != 0)
            status = add_opaque(gathering, &entry.name);
        else
            status = add_symbols(gathering, section);
    }
    return status == SMF_ERR_NOT_FOUND ? SMF_OK : status;
}

/* ---- Uses ---- */

static enum smf_status put_cell(const struct gathering *gathering, const struct smf_sdn *note,
                                const struct smf_sdn_row *row, enum smf_sdn_column column, char **at, const char **text)
{
    const struct smf_sdn_cell cell = smf_sdn_cell(row, column);
    size_t length = 0;
    *text = *at;
    const enum smf_status status = smf_sdn_text(note, &cell, *at, (size_t)cell.size + 1, &length, gathering->why);
    *at += length + 1;
    return status;
}

static enum smf_status add_use(struct gathering *gathering, const struct smf_sdn *note, const struct smf_sdn_row *row)
{
    const size_t size = (size_t)smf_sdn_cell(row, SMF_SDN_TEMPLATE).size + smf_sdn_cell(row, SMF_SDN_TYPE_ARGS).size +
                        smf_sdn_cell(row, SMF_SDN_MANGLED_NAME).size + 3; /* each below SMF_SDN_MAX */
    enum smf_status status = SMF_OK;
    struct use *use = take(gathering, sizeof *use + size, &status);
    if (use == NULL)
        return status;
    *use = (struct use){.module = gathering->module, .texts.module = gathering->module->name};
    *gathering->last_use = use;
    gathering->last_use = &use->next;
    char *at = (char *)(use + 1);
    status = put_cell(gathering, note, row, SMF_SDN_TEMPLATE, &at, &use->texts.base);
    if (status == SMF_OK)
        status = put_cell(gathering, note, row, SMF_SDN_TYPE_ARGS, &at, &use->texts.type_args);
    if (status == SMF_OK)
        status = put_cell(gathering, note, row, SMF_SDN_MANGLED_NAME, &at, &use->texts.mangled);
    return status;
}

static enum smf_status add_uses(struct gathering *gathering)
{
    struct smf_sdn note = {.image = NULL};
    struct smf_sdn_cursor cursor = {.at = 0};
    struct smf_sdn_row row;
    enum smf_status status = smf_sdn_open(&note, gathering->image, gathering->why);
    if (status != SMF_OK || !note.present || note.rows[SMF_SDN_POSSIBLE] == 0)
        return status;
    while (status == SMF_OK) {
        status = smf_sdn_next(&note, &cursor, &row, gathering->why);
        if (status == SMF_OK && row.table == SMF_SDN_POSSIBLE)
            status = add_use(gathering, &note, &row);
    }
    return status == SMF_ERR_NOT_FOUND ? SMF_OK : status;
}

enum smf_status smf_generic_gather(struct smf_instantiator *instantiator, struct smf_instantiator_module *module,
                                   struct smf_image *image, struct smf_diagnosis *why)
{
    struct gathering gathering = {
        .instantiator = instantiator, .module = module, .image = image, .why = why, .last_use = &module->uses};
    enum smf_status status = SMF_OK;
    uint32_t section = smf_templates_section(image, 0);
    for (; section != SMF_NO_SYMBOL && status == SMF_OK; section = smf_templates_section(image, section + 1))
        status = add_section(&gathering, section);
    if (status == SMF_OK)
        status = add_uses(&gathering);
    close_chunk(&gathering);
    return status;
}
