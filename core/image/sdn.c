/* SPDX-License-Identifier: MIT */
/*
 * sdn.c - note.sdn: where it ends, and its rows one after the other. Every walk
 * parses anew what it reads; the first one only counts.
 */
#include "image/sdn.h"

static const char last_line[] = "# END_NOTE";

static enum smf_status refuse(struct smf_image *image, enum smf_detail detail, size_t offset, size_t expected)
{
    smf_fail_name(image->why, SMF_NOTE_SDN, sizeof SMF_NOTE_SDN - 1);
    return smf_fail(image->why, detail, offset, 0, expected);
}

/* Where a note of size 0 has to end: at the next thing in the file. */
static size_t limit_of(const struct smf_image *image, size_t start)
{
    const size_t things[] = {image->section_table, image->symbol_table, image->string_table, image->header.position};
    size_t limit = image->size;
    for (size_t i = 0; i < sizeof things / sizeof things[0]; i++)
        if (things[i] > start && things[i] < limit)
            limit = things[i];
    for (uint32_t i = 0; i < image->header.section_count; i++)
        if (image->sections[i].offset > start && image->sections[i].offset < limit)
            limit = image->sections[i].offset;
    return limit;
}

/* The line that starts at `from`, without its line feed, which has to be there if `ended`; false: it has none. */
static bool find_line(struct line *line, size_t from, bool *ended)
{
    *line = line_between(line->note, from, line->note->size);
    while (line->at != line->end && line_peek(line) != '\n' && line->status == SMF_OK)
        line->at++;
    *ended = line->at != line->end;
    line->end = line->at;
    line->at = from;
    return line->status == SMF_OK && (line->end != from || *ended);
}

static bool is_last(struct line line, enum smf_status *status)
{
    const char *want = last_line;
    for (; *want != '\0' && line_peek(&line) == *want; want++)
        line.at++;
    if (*want == '\0')
        line_blanks(&line);
    *status = line.status;
    return *want == '\0' && line.at == line.end && line.status == SMF_OK;
}

/* Parse everything up to the end line or the end of the note. */
static enum smf_status count_rows(struct smf_sdn *note, bool *ended)
{
    struct smf_sdn_cursor cursor = {0};
    struct smf_sdn_row row;
    struct line line = {.note = note};
    enum line_kind kind;
    bool line_ended;
    *ended = false;
    while (find_line(&line, cursor.at, &line_ended)) {
        enum smf_status status = SMF_OK;
        if (line_ended && cursor.at != 0 && is_last(line, &status)) { /* a line feed stands before it, too */
            note->size = cursor.at;
            *ended = true;
            return SMF_OK;
        }
        if (status == SMF_OK)
            status = smf_sdn_line(line, &cursor, &row, &kind);
        if (status != SMF_OK)
            return status;
        if (kind == LINE_MALFORMED_HEADER)
            return refuse(note->image, SMF_DETAIL_NOTE, note->start + cursor.at, 0);
        note->malformed += kind == LINE_MALFORMED_ROW;
        if (kind == LINE_ROW)
            note->rows[row.table]++;
        cursor.at = line.end + line_ended;
    }
    return line.status;
}

enum smf_status smf_sdn_open(struct smf_sdn *note, struct smf_image *image, struct smf_diagnosis *why)
{
    struct smf_sdn opened = {.image = image};
    const uint32_t index = smf_image_find_section(image, SMF_NOTE_SDN);
    bool ended = false;
    take_diagnosis(image, why);
    if (index == SMF_NO_SYMBOL) {
        *note = opened;
        return SMF_OK;
    }
    const struct smf_section *section = &image->sections[index];
    image->why->index = index;
    if ((section->flags & SMF_SECTION_COMPRESSED) != 0)
        return refuse(image, SMF_DETAIL_COMPRESSED_SECTION, section->offset, 0);
    if (section->size > SMF_SDN_MAX)
        return refuse(image, SMF_DETAIL_NOTE_SIZE, section->offset, SMF_SDN_MAX);
    opened.present = true;
    opened.start = section->offset;
    opened.size = section->size != 0 ? section->size : limit_of(image, section->offset) - section->offset;
    opened.size = opened.size < SMF_SDN_MAX ? opened.size : SMF_SDN_MAX;
    enum smf_status status = count_rows(&opened, &ended);
    if (status == SMF_OK && !ended && section->size == 0)
        status = refuse(image, SMF_DETAIL_NOTE_END, opened.start, opened.size);
    if (status == SMF_OK)
        *note = opened;
    return status;
}

enum smf_status smf_sdn_next(const struct smf_sdn *note, struct smf_sdn_cursor *cursor, struct smf_sdn_row *row,
                             struct smf_diagnosis *why)
{
    struct line line = {.note = note};
    enum line_kind kind;
    bool ended;
    take_diagnosis(note->image, why);
    while (find_line(&line, cursor->at, &ended)) {
        const enum smf_status status = smf_sdn_line(line, cursor, row, &kind);
        if (status != SMF_OK)
            return status;
        if (kind == LINE_MALFORMED_HEADER) /* it was proven */
            return refuse(note->image, SMF_DETAIL_CHANGED, note->start + cursor->at, 0);
        cursor->at = line.end + ended;
        if (kind == LINE_ROW)
            return SMF_OK;
    }
    if (line.status != SMF_OK)
        return line.status;
    return refuse(note->image, SMF_DETAIL_NO_ROW_LEFT, note->start + note->size, 0);
}

enum smf_status smf_sdn_find(const struct smf_sdn *note, enum smf_sdn_table table, enum smf_sdn_column column,
                             const char *text, size_t size, struct smf_sdn_row *row, struct smf_diagnosis *why)
{
    struct smf_sdn_cursor cursor = {0};
    bool same = false;
    while (!same) {
        enum smf_status status = smf_sdn_next(note, &cursor, row, why);
        if (status != SMF_OK)
            return status;
        if (row->table != table)
            continue;
        const struct smf_sdn_cell cell = smf_sdn_cell(row, column);
        status = smf_sdn_is(note, &cell, text, size, &same, why);
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}
