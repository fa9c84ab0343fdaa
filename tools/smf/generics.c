/* SPDX-License-Identifier: MIT */
/* generics.c - templates of every form, TemplateMeta and note.sdn, into memory: see generics.h. */
#include "generics.h"

#include <stdlib.h>
#include <string.h>

/* Everything is freed at once. */
struct smf_generics_block {
    struct smf_generics_block *next;
    max_align_t bytes[];
};

static void *take(struct smf_generics *generics, size_t size)
{
    struct smf_generics_block *block = calloc(1, sizeof *block + size);
    if (block == NULL)
        return NULL;
    block->next = generics->blocks;
    generics->blocks = block;
    return block->bytes;
}

void smf_generics_forget(struct smf_generics *generics)
{
    while (generics->blocks != NULL) {
        struct smf_generics_block *block = generics->blocks;
        generics->blocks = block->next;
        free(block);
    }
    free(generics->templates);
    free(generics->rows);
    memset(generics, 0, sizeof *generics);
}

/* What a step of reading is about. */
struct reading {
    struct smf_generics *generics;
    struct smf_image *image;
    struct smf_diagnosis *why;
};

static enum smf_status no_memory(const struct reading *reading)
{
    memset(reading->why, 0, sizeof *reading->why);
    return reading->why->status = SMF_ERR_NO_MEMORY;
}

/* A list that grows: room for one more of `size` bytes behind `count`. */
static bool grow(void **list, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0) /* room for powers of two */
        return true;
    void *larger = realloc(*list, (count != 0 ? 2 * count : 1) * size);
    if (larger == NULL)
        return false;
    *list = larger;
    return true;
}

/* The bytes of a span, with a NUL behind them. */
static enum smf_status copy(const struct reading *reading, const struct smf_span *span, const char **text)
{
    char *bytes = span->size < SIZE_MAX - 64 ? take(reading->generics, span->size + 1) : NULL;
    *text = bytes;
    if (bytes == NULL)
        return no_memory(reading);
    return smf_span_read(reading->image, span, bytes, span->size + 1, reading->why);
}

/* ---- Templates ---- */

static enum smf_status read_parameters(const struct reading *reading, struct smf_told_template *told)
{
    enum { NAME_SIZE = 256 };
    const uint32_t count = told->entry.parameter_count;
    const char **names = take(reading->generics, count * sizeof *names);
    enum smf_status status = names != NULL ? SMF_OK : no_memory(reading);
    for (uint32_t i = 0; i < count && status == SMF_OK; i++) {
        size_t size = NAME_SIZE;
        do { /* names of older forms may be of any length */
            char *name = take(reading->generics, size);
            names[i] = name;
            if (name == NULL)
                return no_memory(reading);
            status = smf_template_parameter(reading->image, &told->entry, i, name, size, reading->why);
            size *= 4;
        } while (status == SMF_ERR_NO_SPACE && size / 4 <= told->entry.parameters.size);
    }
    told->parameters = names;
    return status;
}

static enum smf_status read_bounds(const struct reading *reading, struct smf_told_template *told)
{
    const uint32_t count = told->entry.constraint_count;
    const char **bounds = take(reading->generics, 2 * (size_t)count * sizeof *bounds);
    enum smf_status status = bounds != NULL ? SMF_OK : no_memory(reading);
    for (uint32_t i = 0; i < count && status == SMF_OK; i++) {
        struct smf_constraint constraint;
        status = smf_template_constraint(reading->image, &told->entry, i, &constraint, reading->why);
        if (status == SMF_OK)
            status = copy(reading, &constraint.parameter, &bounds[2 * i]);
        if (status == SMF_OK)
            status = copy(reading, &constraint.bound, &bounds[2 * i + 1]);
    }
    told->bounds = bounds;
    return status;
}

/* A body that starts like a record of ours is proven as one, in a copy. */
static enum smf_status read_record(const struct reading *reading, struct smf_told_template *told)
{
    static const char magic[4] = {'S', 'M', 'F', 'T'};
    const char *bytes;
    const struct smf_span *body = &told->entry.body;
    enum smf_status status = copy(reading, body, &bytes);
    if (status != SMF_OK || body->size < 5 || memcmp(bytes, magic, sizeof magic) != 0)
        return status;
    status = smf_record_open(&told->record, bytes, body->size, reading->why);
    if (status == SMF_ERR_OPAQUE) { /* of a later version */
        memset(reading->why, 0, sizeof *reading->why);
        told->version = (uint8_t)bytes[4];
        return SMF_OK;
    }
    if (status != SMF_OK)
        reading->why->offset += body->offset;
    return status;
}

/* `name` NULL: the entry has its own, or none. */
static enum smf_status add_template(const struct reading *reading, const struct smf_template *entry, const char *name)
{
    struct smf_generics *generics = reading->generics;
    if (!grow((void **)&generics->templates, generics->template_count, sizeof *generics->templates))
        return no_memory(reading);
    struct smf_told_template *told = &generics->templates[generics->template_count++];
    *told = (struct smf_told_template){.entry = *entry, .name = name};
    enum smf_status status = SMF_OK;
    if (name == NULL && entry->name.size != 0)
        status = copy(reading, &entry->name, &told->name);
    if (status == SMF_OK)
        status = read_parameters(reading, told);
    if (status == SMF_OK && !entry->record)
        status = read_bounds(reading, told);
    if (status == SMF_OK && (entry->form == SMF_TEMPLATES_NAMED || entry->form == SMF_TEMPLATES_RECORDS))
        status = read_record(reading, told);
    return status;
}

/* Does a symbol say where in this section its template is? */
static bool points_into(const struct smf_symbol *symbol, uint32_t section)
{
    return symbol->binding != SMF_BINDING_LOCAL && symbol->place == SMF_PLACE_SECTION && symbol->section == section;
}

/* Bytes that say nothing themselves: what symbols say about them. */
static enum smf_status read_symbols(const struct reading *reading, const struct smf_templates *templates, bool *any)
{
    struct smf_image *image = reading->image;
    static char buffer[SMF_NAME_MAX + 1];
    for (uint32_t i = 0; i < image->header.symbol_count; i++) {
        struct smf_symbol symbol;
        struct smf_symbol_template said;
        struct smf_template entry;
        const char *name;
        size_t length;
        enum smf_status status = smf_image_symbol(image, i, &symbol, reading->why);
        if (status == SMF_OK && !points_into(&symbol, templates->section))
            continue;
        if (status == SMF_OK)
            status = smf_image_name(image, symbol.name, buffer, sizeof buffer, &name, &length, reading->why);
        if (status == SMF_OK)
            status = smf_image_symbol_template(image, i, &said, reading->why);
        char *kept = status == SMF_OK ? take(reading->generics, length + 1) : NULL;
        if (status == SMF_OK && kept == NULL)
            return no_memory(reading);
        if (status == SMF_OK) {
            memcpy(kept, name, length);
            status = smf_templates_of_symbol(templates, kept, length, &said, &entry, reading->why);
        }
        if (status == SMF_OK)
            status = add_template(reading, &entry, kept);
        if (status != SMF_OK && status != SMF_ERR_NOT_FOUND)
            return status;
        *any = *any || status == SMF_OK;
    }
    return SMF_OK;
}

static enum smf_status read_section(const struct reading *reading, uint32_t section)
{
    struct smf_templates templates;
    struct smf_template entry;
    size_t cursor = 0;
    bool any = false;
    enum smf_status status = smf_templates_open(&templates, reading->image, section, reading->why);
    if (status == SMF_ERR_COMPRESSED) {
        const struct smf_section *stored = &reading->image->sections[section];
        entry = (struct smf_template){
            .body = {(size_t)stored->offset, (size_t)stored->size},
              .section = section, .kind = SMF_TEMPLATE_OPAQUE
        };
        status = add_template(reading, &entry, NULL);
        if (status == SMF_OK)
            reading->generics->templates[reading->generics->template_count - 1].compressed = true;
        return status;
    }
    if (status == SMF_OK && templates.form == SMF_TEMPLATES_OPAQUE)
        status = read_symbols(reading, &templates, &any);
    for (uint32_t i = 0; !any && status == SMF_OK && i < templates.count; i++) {
        status = smf_templates_next(&templates, &cursor, &entry, reading->why);
        if (status == SMF_OK)
            status = add_template(reading, &entry, NULL);
    }
    return status;
}

/* ---- TemplateMeta and note.sdn ---- */

static enum smf_status read_meta(const struct reading *reading)
{
    struct smf_generics *generics = reading->generics;
    struct smf_template_meta_entry entry;
    size_t cursor = 0;
    enum smf_status status = smf_template_meta(reading->image, &generics->meta, reading->why);
    if (status == SMF_ERR_NOT_FOUND)
        return SMF_OK;
    if (status != SMF_OK)
        return status;
    generics->has_meta = true;
    generics->entries = take(generics, generics->meta.entries * sizeof *generics->entries);
    if (generics->entries == NULL)
        return no_memory(reading);
    for (uint32_t i = 0; i < generics->meta.entries && status == SMF_OK; i++) {
        status = smf_template_meta_next(reading->image, &cursor, &entry, reading->why);
        if (status == SMF_OK)
            status = copy(reading, &entry.name, &generics->entries[i].name);
        generics->entries[i].specializations = entry.specializations;
    }
    return status;
}

static enum smf_status read_cells(const struct reading *reading, const struct smf_sdn_row *row,
                                  struct smf_told_row *told)
{
    *told = (struct smf_told_row){.table = row->table};
    for (unsigned i = 0; i < SMF_SDN_COLUMNS; i++) {
        const struct smf_sdn_cell cell = smf_sdn_cell(row, (enum smf_sdn_column)i);
        if (cell.size == 0)
            continue;
        char *text = take(reading->generics, (size_t)cell.size + 1); /* escapes only get shorter */
        if (text == NULL)
            return no_memory(reading);
        const enum smf_status status =
            smf_sdn_text(&reading->generics->note, &cell, text, (size_t)cell.size + 1, NULL, reading->why);
        if (status != SMF_OK)
            return status;
        told->cells[i] = text;
    }
    return SMF_OK;
}

/* The first circle of instances that depend on each other; the compiler need not have told of it. */
static enum smf_status find_cycle(const struct reading *reading)
{
    struct smf_generics *generics = reading->generics;
    const size_t room = smf_sdn_cycle_room(&generics->note), capacity = 2 * generics->note.size + 8;
    size_t length = 0;
    void *memory = take(generics, room);
    char *path = take(generics, capacity);
    if (memory == NULL || path == NULL)
        return no_memory(reading);
    const enum smf_status status = smf_sdn_cycle(&generics->note, memory, room, path, capacity, &length, reading->why);
    if (status == SMF_OK && length != 0)
        generics->cycle = path;
    return status;
}

static enum smf_status read_note(const struct reading *reading)
{
    struct smf_generics *generics = reading->generics;
    struct smf_sdn_cursor cursor = {0};
    struct smf_sdn_row row;
    enum smf_status status = smf_sdn_open(&generics->note, reading->image, reading->why);
    generics->note_is_compressed = status == SMF_ERR_COMPRESSED;
    if (generics->note_is_compressed)
        return SMF_OK;
    if (status != SMF_OK || !generics->note.present)
        return status;
    while ((status = smf_sdn_next(&generics->note, &cursor, &row, reading->why)) == SMF_OK) {
        if (!grow((void **)&generics->rows, generics->row_count, sizeof *generics->rows))
            return no_memory(reading);
        status = read_cells(reading, &row, &generics->rows[generics->row_count++]);
        if (status != SMF_OK)
            return status;
    }
    return status == SMF_ERR_NOT_FOUND ? find_cycle(reading) : status;
}

enum smf_status smf_generics_read(struct smf_generics *generics, struct smf_image *image, struct smf_diagnosis *why)
{
    const struct reading reading = {generics, image, why};
    enum smf_status status = SMF_OK;
    memset(generics, 0, sizeof *generics);
    memset(why, 0, sizeof *why);
    for (uint32_t section = smf_templates_section(image, 0); section != SMF_NO_SYMBOL && status == SMF_OK;
         section = smf_templates_section(image, section + 1))
        status = read_section(&reading, section);
    if (status == SMF_OK)
        status = read_meta(&reading);
    if (status == SMF_OK)
        status = read_note(&reading);
    return status;
}
