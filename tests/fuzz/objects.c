/* SPDX-License-Identifier: MIT */
/*
 * objects.c - libFuzzer target over what generic code leaves in a file: the
 * input is a TemplateCode section and a note.sdn at once, from both kinds of source.
 *
 * Whatever the bytes: what is opened can be walked to its end, every place lies in
 * the section, both kinds of source say the same, and names of types that are
 * accepted can be written and read again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smf/hash.h"
#include "smf/taker.h"

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

struct positional {
    const uint8_t *bytes;
    uint64_t size;
};

static enum smf_status read_at(void *context, uint64_t offset, void *into, size_t size)
{
    const struct positional *from = context;
    MUST(size != 0 && offset <= from->size && size <= from->size - offset);
    memcpy(into, from->bytes + offset, size);
    return SMF_OK;
}

/* What was seen, as one number. */
static uint64_t seen;
static void see(uint64_t value) { seen = smf_hash64(seen, &value, sizeof value); }

static void see_span(const struct smf_image *image, const struct smf_span *span)
{
    MUST(span->offset <= image->size && span->size <= image->size - span->offset);
    see(span->offset);
    see(span->size);
}

static void look_at(struct smf_image *image, const struct smf_template *entry)
{
    char name[32];
    struct smf_constraint constraint;
    see_span(image, &entry->name);
    see_span(image, &entry->body);
    see_span(image, &entry->parameters);
    see(entry->kind | (uint64_t)entry->form << 8 | (uint64_t)entry->parameter_count << 16 |
        (uint64_t)entry->constraint_count << 32);
    for (uint32_t i = 0; i < entry->parameter_count; i++) {
        const enum smf_status status = smf_template_parameter(image, entry, i, name, sizeof name, NULL);
        MUST(status == SMF_OK || status == SMF_ERR_NO_SPACE);
    }
    for (uint32_t i = 0; i < entry->constraint_count && i < 64; i++) {
        MUST(smf_template_constraint(image, entry, i, &constraint, NULL) == SMF_OK);
        see_span(image, &constraint.parameter);
        see_span(image, &constraint.bound);
    }
}

static void templates(struct smf_image *image, unsigned choice)
{
    struct smf_templates section;
    struct smf_template entry;
    size_t cursor = 0;
    const enum smf_status status = smf_templates_open(&section, image, 0, NULL);
    MUST(status == SMF_OK || status == SMF_ERR_FORMAT);
    see((uint64_t) - (int64_t)status);
    if (status != SMF_OK)
        return;
    for (uint32_t i = 0; i < section.count; i++) {
        MUST(smf_templates_next(&section, &cursor, &entry, NULL) == SMF_OK);
        look_at(image, &entry);
    }
    MUST(smf_templates_next(&section, &cursor, &entry, NULL) == SMF_ERR_NOT_FOUND);
    const struct smf_symbol_template said = {.offset = choice * 3, .parameter_count = (uint8_t)choice};
    if (smf_templates_of_symbol(&section, "f", 1, &said, &entry, NULL) == SMF_OK)
        look_at(image, &entry);
}

/* A text that is a list of types can be written, and says the same when it is read again. Variables have no mangled name. */
static void types(const char *text, size_t size)
{
    static struct smf_type room[64], again[64];
    const struct smf_type *list = NULL, *other = NULL;
    static char name[4096];
    size_t length = 0;
    if (smf_types_parse(text, size, room, 64, &list) != SMF_OK || list == NULL || size > 500)
        return;
    const enum smf_status mangled = smf_types_mangle("f", 1, list, name, sizeof name, &length);
    MUST(mangled == SMF_OK ? length == strlen(name) : mangled == SMF_ERR_TYPE && memchr(text, '?', size) != NULL);
    struct smf_type first = *list;
    first.next = NULL;
    MUST(smf_type_write(&first, name, sizeof name, &length) == SMF_OK);
    MUST(smf_types_parse(name, length, again, 64, &other) == SMF_OK && smf_types_are_same(&first, other));
}

static void note(struct smf_image *image)
{
    struct smf_sdn text;
    struct smf_sdn_cursor cursor = {0};
    struct smf_sdn_row row;
    struct smf_hints hints;
    static char buffer[512];
    uint32_t rows[SMF_SDN_TABLES] = {0};
    const enum smf_status status = smf_sdn_open(&text, image, NULL);
    MUST(status == SMF_OK || status == SMF_ERR_FORMAT || status == SMF_ERR_TRUNCATED);
    see((uint64_t) - (int64_t)status);
    if (status != SMF_OK)
        return;
    see(text.malformed);
    while (smf_sdn_next(&text, &cursor, &row, NULL) == SMF_OK) {
        rows[row.table]++;
        for (unsigned column = 0; column < SMF_SDN_COLUMNS; column++) {
            const struct smf_sdn_cell cell = smf_sdn_cell(&row, (enum smf_sdn_column)column);
            size_t length = 0;
            MUST(cell.offset <= text.size && cell.size <= text.size - cell.offset);
            if (smf_sdn_text(&text, &cell, buffer, sizeof buffer, &length, NULL) == SMF_OK) {
                bool same = false;
                MUST(smf_sdn_is(&text, &cell, buffer, length, &same, NULL) == SMF_OK && same);
                types(buffer, length);
                seen = smf_hash64(seen, buffer, length);
            }
        }
    }
    MUST(memcmp(rows, text.rows, sizeof rows) == 0);
    MUST(smf_hints_count(&text, "f", 1, &hints, NULL) == SMF_OK);
    see(hints.type_vars + hints.constraints + (uint64_t)hints.usages);
}

static uint64_t look(const struct smf_source *source, unsigned choice)
{
    struct smf_section sections[2] = {
        {.size = (size_t)source->size,                         .virtual_size = (size_t)source->size, .type = SMF_SECTION_TEMPLATE_CODE},
        {.size = (choice & 1) != 0 ? (size_t)source->size : 0,
         .type = SMF_SECTION_TEMPLATE_META,
         .name = SMF_NOTE_SDN                                                                                                         }
    };
    static struct smf_image image;
    memset(&image, 0, sizeof image);
    image.source = source;
    image.sections = sections;
    image.size = (size_t)source->size;
    image.header.section_count = 2;
    image.records.source = source;
    seen = SMF_FNV64_BASIS;
    templates(&image, choice);
    note(&image);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The last byte chooses the surroundings; the rest is the section, in a block of its own size. */
    if (size < 2)
        return 0;
    const unsigned choice = data[size - 1];
    const size_t length = size - 1;
    uint8_t *copy = malloc(length);
    MUST(copy != NULL);
    memcpy(copy, data, length);
    struct positional positional = {copy, length};
    const struct smf_source memory = smf_source_memory(copy, length, SMF_STAYS_FOR_MODULE);
    const struct smf_source reader = {.size = length, .read_at = read_at, .context = &positional};
    MUST(look(&memory, choice) == look(&reader, choice));
    types((const char *)copy, length);
    free(copy);
    return 0;
}
