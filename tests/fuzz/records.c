/* SPDX-License-Identifier: MIT */
/*
 * records.c - libFuzzer target over what templates are made of: the input is a
 * template record, a TemplateMeta section and the dependencies of a note.sdn, all at once; and a description of a record.
 *
 * Whatever the bytes: what is proven can be read to its end and lies inside, is held against the rows of every machine,
 * is written again by the writer and means the same after that; what is refused leaves the caller's record alone; both
 * kinds of source say the same; a cycle that is told is one. A description is written if and only if it can be read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smf/hash.h"
#include "smf/sdn.h"
#include "support/template_walk.h"

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* A failure says why, in one printable line. */
static void heard(enum smf_status status, const struct smf_diagnosis *why)
{
    char line[256];
    MUST(why->status == status && smf_diagnosis_format(why, line, sizeof line) > 0);
    for (const char *at = line; *at != '\0'; at++)
        MUST(*at >= ' ' && *at <= '~');
}

/* ---- A record ---- */

/* Units that are to come are not written, and others may be sorted: then a second turn changes nothing any more. */
static void write_again(const struct smf_record *record)
{
    struct smf_diagnosis why;
    struct smf_record second, third;
    size_t sizes[2] = {0, 0};
    uint64_t meanings[2];
    uint8_t *once = template_rewrite(record, &sizes[0], &why);
    if (once == NULL) { /* names that share bytes take more when each is stored apart */
        MUST(why.detail == SMF_DETAIL_RECORD_TEXTS);
        return;
    }
    MUST(smf_record_open(&second, once, sizes[0], &why) == SMF_OK);
    MUST(template_walk(&second, &meanings[0]) == 0 && second.unit_count <= record->unit_count);
    uint8_t *twice = template_rewrite(&second, &sizes[1], &why);
    MUST(twice != NULL && smf_record_open(&third, twice, sizes[1], &why) == SMF_OK);
    MUST(template_walk(&third, &meanings[1]) == 0 && meanings[0] == meanings[1]);
    MUST(sizes[0] == sizes[1] && memcmp(once, twice, sizes[0]) == 0);
    free(once);
    free(twice);
}

static void try_record(const uint8_t *bytes, size_t size)
{
    struct smf_diagnosis why;
    struct smf_record record, before;
    memset(&record, 0x5A, sizeof record);
    before = record;
    const enum smf_status status = smf_record_open(&record, bytes, size, &why);
    MUST(smf_record_open(&before, bytes, size, NULL) == status);
    if (status == SMF_OK) {
        MUST(template_walk(&record, NULL) == 0);
        write_again(&record);
        return;
    }
    heard(status, &why);
    MUST(why.offset <= size && memcmp(&record, &before, sizeof record) == 0);
}

/* ---- A description ---- */

/* Bytes of the input, one after the other; zeros behind its end. */
struct stream {
    const uint8_t *at, *end;
};
static unsigned draw(struct stream *from, unsigned below)
{
    const unsigned value = from->at != from->end ? *from->at++ : 0;
    return below != 0 ? value % below : value;
}

/* A unit and what it points to. */
struct unit {
    struct smf_shape shapes[9];
    uint32_t exports[4];
    struct smf_write_unit_symbol symbols[8];
    struct smf_unit_relocation relocations[8];
};

static void describe_unit(struct stream *from, const struct smf_write_record *record, struct unit *room,
                          struct smf_write_unit *unit)
{
    static const char *const names[] = {"add", "memcpy", "T", "sort", ""};
    static const uint8_t code[64];
    struct smf_shape *shapes = room->shapes;
    uint32_t *exports = room->exports;
    struct smf_write_unit_symbol *symbols = room->symbols;
    struct smf_unit_relocation *relocations = room->relocations;
    memset(room, 0, sizeof *room);
    *unit = (struct smf_write_unit){.shapes = shapes,
                                    .exports = exports,
                                    .symbols = symbols,
                                    .relocations = relocations,
                                    .code = code,
                                    .format = draw(from, 8) != 0 ? SMF_UNIT_CODE : SMF_UNIT_C};
    unit->size = draw(from, 65);
    unit->arch = unit->format == SMF_UNIT_C ? SMF_UNIT_NO_ARCH : (uint8_t)draw(from, 7);
    if (unit->format == SMF_UNIT_CODE) {
        unit->alignment_log2 = (uint8_t)draw(from, 14);
        unit->symbol_count = (uint16_t)draw(from, 8);
        unit->relocation_count = (uint16_t)draw(from, 8);
    }
    for (unsigned i = 0; i < record->parameter_count && i < 9; i++) {
        shapes[i].type_class = (uint8_t)draw(from, 7);
        shapes[i].size = shapes[i].type_class == SMF_SHAPE_ANY ? 0 : (uint16_t)draw(from, 33);
        shapes[i].alignment_log2 = shapes[i].size != 0 ? (uint8_t)draw(from, 4) : 0;
    }
    for (unsigned i = 0; i < record->export_count && i < 4; i++)
        exports[i] = draw(from, 66);
    for (unsigned i = 0; i < unit->symbol_count; i++)
        symbols[i] = (struct smf_write_unit_symbol){.kind = (uint8_t)draw(from, 8),
                                                    .parameter = (uint8_t)draw(from, 3),
                                                    .what = (uint16_t)draw(from, 6),
                                                    .name = names[draw(from, 5)],
                                                    .called = draw(from, 2) != 0,
                                                    .slot = draw(from, 2) != 0};
    for (unsigned i = 0; i < unit->relocation_count; i++) {
        const unsigned symbol = draw(from, 11);
        relocations[i] =
            (struct smf_unit_relocation){.offset = (i != 0 ? relocations[i - 1].offset : 0) + draw(from, 12),
                                         .type = (uint16_t)draw(from, 0),
                                         .addend = (int32_t)draw(from, 0) - 8,
                                         .symbol = (uint16_t)(symbol < 9 ? symbol : 0xFFF5 + symbol)};
    }
}

/* A type, never deeper than what is left of its bytes. Answers where it ends. */
static unsigned describe_term(struct stream *from, uint8_t *term, unsigned at)
{
    static const uint8_t tags[] = {0, 1, 2, 0x10, 0x14, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x24};
    for (unsigned wanted = 1; wanted != 0 && at < 60; wanted--) {
        const uint8_t tag = term[at++] = tags[draw(from, sizeof tags)];
        if (tag == 0x22) {
            term[at++] = 1;
            term[at++] = (uint8_t)draw(from, 0);
        }
        wanted += tag == 0x20 || tag == 0x21 || tag == 0x23;
        if (tag >= 0x22)
            wanted += term[at++] = (uint8_t)draw(from, 3);
    }
    return at;
}

static void try_description(const uint8_t *bytes, size_t size)
{
    struct stream from = {bytes, bytes + size};
    static const struct smf_write_parameter parameters[9] = {
        {"T", 0  },
        {"U", 4  },
        {"V", 255},
        {"W", 0  },
        {"X", 0  },
        {"Y", 0  },
        {"Z", 0  },
        {"A", 0  },
        {"B", 0  }
    };
    struct smf_write_item items[4];
    struct smf_write_unit units[6];
    static struct unit rooms[6];
    uint8_t terms[4][64];
    struct smf_diagnosis why;
    size_t written = 0;
    struct smf_write_record what = {
        .kind = (uint8_t)draw(&from, 6), .parameters = parameters, .exports = items, .needs = items, .units = units};
    what.parameter_count = (uint8_t)draw(&from, 10);
    what.export_count = (uint8_t)draw(&from, 4);
    what.need_count = (uint8_t)draw(&from, 3);
    what.unit_count = (uint8_t)draw(&from, 6);
    for (unsigned i = 0; i < 4; i++) {
        memcpy(terms[i], "\x23\1", 2);
        unsigned end = describe_term(&from, terms[i], 2);
        end = describe_term(&from, terms[i], end);
        items[i] = (struct smf_write_item){i == 0 ? "sort" : "T", terms[i], (uint8_t)end};
    }
    for (unsigned i = 0; i < what.unit_count; i++)
        describe_unit(&from, &what, &rooms[i], &units[i]);
    const enum smf_status status = smf_record_write(&what, NULL, 0, &written, &why);
    if (status == SMF_OK) {
        struct smf_record record;
        size_t same = 0;
        uint8_t *out = malloc(written);
        MUST(out != NULL && smf_record_write(&what, out, written - 1, &same, NULL) == SMF_OK && same == written);
        MUST(smf_record_write(&what, out, written, &same, NULL) == SMF_OK && same == written);
        MUST(smf_record_open(&record, out, written, &why) == SMF_OK);
        MUST(record.unit_count == what.unit_count && record.need_count == what.need_count);
        for (unsigned i = 0; i < 4 && written > 12; i++) /* and a little damage */
            out[12 + (draw(&from, 0) | draw(&from, 0) << 8) % (written - 12)] ^= (uint8_t)draw(&from, 0);
        try_record(out, written);
        free(out);
    } else {
        heard(status, &why);
        MUST(status == SMF_ERR_FORMAT || status == SMF_ERR_LIMIT);
    }
}

/* ---- TemplateMeta, and cycles of a note ---- */

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

static uint64_t meta_of(struct smf_image *image)
{
    struct smf_template_meta meta = {0};
    struct smf_template_meta_entry entry;
    struct smf_diagnosis why;
    size_t cursor = 0;
    memset(&why, 0, sizeof why);
    enum smf_status status = smf_template_meta(image, &meta, &why);
    if (status != SMF_OK) {
        heard(status, &why);
        return (uint64_t) - (int64_t)status;
    }
    for (uint32_t i = 0; i < meta.entries; i++) {
        MUST(smf_template_meta_next(image, &cursor, &entry, &why) == SMF_OK);
        MUST(entry.name.offset <= image->size && entry.name.size <= image->size - entry.name.offset);
    }
    MUST(smf_template_meta_next(image, &cursor, &entry, &why) == SMF_ERR_NOT_FOUND);
    return smf_hash64(SMF_FNV64_BASIS, &meta, sizeof meta);
}

/* Is there a row from the one name to the other? */
static bool is_edge(const struct smf_sdn *note, const char *from, size_t from_size, const char *to, size_t to_size)
{
    struct smf_sdn_cursor cursor = {0};
    struct smf_sdn_row row;
    while (smf_sdn_dependency(note, &cursor, SMF_SDN_FROM_INST, from, from_size, &row, NULL) == SMF_OK) {
        const struct smf_sdn_cell cell = smf_sdn_cell(&row, SMF_SDN_TO_INST);
        bool same = false;
        MUST(smf_sdn_is(note, &cell, to, to_size, &same, NULL) == SMF_OK);
        if (same)
            return true;
    }
    return false;
}

/* Each step of a path is a row, and it ends where it starts; names that have an arrow in them are left alone. */
static void check_path(const struct smf_sdn *note, const char *path)
{
    const char *at = path, *arrow;
    if (strstr(path, "->->") != NULL || strncmp(path, "->", 2) == 0)
        return;
    while ((arrow = strstr(at, "->")) != NULL) {
        const char *next = arrow + 2, *end = strstr(next, "->");
        const size_t size = end != NULL ? (size_t)(end - next) : strlen(next);
        if (!is_edge(note, at, (size_t)(arrow - at), next, size)) {
            struct smf_sdn_cursor cursor = {0};
            struct smf_sdn_row row;
            bool arrows = false; /* in a name */
            while (smf_sdn_next(note, &cursor, &row, NULL) == SMF_OK)
                for (unsigned i = 0; i < SMF_SDN_CELLS; i++) {
                    static char text[4096];
                    size_t length;
                    if (smf_sdn_text(note, &row.cells[i], text, sizeof text, &length, NULL) == SMF_OK)
                        arrows = arrows || strpbrk(text, "->") != NULL || strlen(text) != length;
                }
            MUST(arrows);
            return;
        }
        at = next;
    }
    const size_t size = strlen(at);
    MUST(strncmp(path, at, size) == 0 && strncmp(path + size, "->", 2) == 0);
}

static uint64_t cycle_of(struct smf_image *image)
{
    static char path[8192];
    struct smf_sdn note;
    struct smf_diagnosis why;
    size_t length = 0;
    memset(&why, 0, sizeof why);
    if (smf_sdn_open(&note, image, NULL) != SMF_OK)
        return 0;
    const size_t size = smf_sdn_cycle_room(&note);
    uint8_t *room = malloc(size);
    MUST(room != NULL);
    const enum smf_status status = smf_sdn_cycle(&note, room, size, path, sizeof path, &length, &why);
    free(room);
    if (status != SMF_OK)
        heard(status, &why);
    MUST(status == SMF_OK || status == SMF_ERR_NO_SPACE || status == SMF_ERR_AMBIGUOUS);
    if (status == SMF_OK && length != 0 && strlen(path) == length && note.rows[SMF_SDN_DEPENDENCIES] < 200)
        check_path(&note, path);
    return smf_hash64((uint64_t) - (int64_t)status, path, length);
}

static uint64_t look(const struct smf_source *source, bool note)
{
    struct smf_section section = {
        .size = (size_t)source->size, .virtual_size = (size_t)source->size, .type = SMF_SECTION_TEMPLATE_META};
    static struct smf_image image;
    if (note)
        memcpy(section.name, SMF_NOTE_SDN, sizeof SMF_NOTE_SDN);
    memset(&image, 0, sizeof image);
    image.source = source;
    image.sections = &section;
    image.size = (size_t)source->size;
    image.header.section_count = 1;
    image.records.source = source;
    return note ? cycle_of(&image) : meta_of(&image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const size_t length = size - 1; /* the last byte is the replay's, which chooses; here everything is done */
    uint8_t *copy = malloc(length);
    MUST(copy != NULL);
    memcpy(copy, data, length);
    try_record(copy, length);
    try_description(copy, length);
    struct positional positional = {copy, length};
    const struct smf_source memory = smf_source_memory(copy, length, SMF_STAYS_FOR_MODULE);
    const struct smf_source reader = {.size = length, .read_at = read_at, .context = &positional};
    for (unsigned note = 0; note < 2; note++)
        MUST(look(&memory, note != 0) == look(&reader, note != 0));
    free(copy);
    return 0;
}
