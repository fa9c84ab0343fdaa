/* SPDX-License-Identifier: MIT */
/*
 * sdn_cells.c - one line of note.sdn: a comment, the header of a table, or a row
 * of cells; and the text of a cell (SPEC, "note.sdn").
 */
#include "image/sdn.h"

static const char *const tables[SMF_SDN_TABLES] = {"instantiations", "possible",          "type_inferences",
                                                   "dependencies",   "circular_warnings", "circular_errors"};

static const char *const columns[SMF_SDN_COLUMNS] = {
    "id",      "template",    "type_args",  "mangled_name",  "from_file", "from_loc", "to_obj",
    "status",  "required_by", "can_defer",  "inferred_type", "expr",      "context",  "from_inst",
    "to_inst", "dep_kind",    "cycle_path", "severity",      "error_code"};

/* Where a row of each table keeps which column: 1 + column, 0 for none. */
static const uint8_t places[SMF_SDN_TABLES][SMF_SDN_CELLS] = {
    {1 + SMF_SDN_ID,            1 + SMF_SDN_TEMPLATE,                   1 + SMF_SDN_TYPE_ARGS,                                             1 + SMF_SDN_MANGLED_NAME, 1 + SMF_SDN_FROM_FILE,
     1 + SMF_SDN_FROM_LOC, 1 + SMF_SDN_TO_OBJ, 1 + SMF_SDN_STATUS},
    {1 + SMF_SDN_ID,    1 + SMF_SDN_TEMPLATE,                                              1 + SMF_SDN_TYPE_ARGS,                                                                                             1 + SMF_SDN_MANGLED_NAME, 1 + SMF_SDN_REQUIRED_BY,
     1 + SMF_SDN_CAN_DEFER},
    {1 + SMF_SDN_ID,                         1 + SMF_SDN_INFERRED_TYPE,                                                  1 + SMF_SDN_EXPR,                                                                                            1 + SMF_SDN_CONTEXT, 1 + SMF_SDN_FROM_FILE,
     1 + SMF_SDN_FROM_LOC},
    {1 + SMF_SDN_FROM_INST, 1 + SMF_SDN_TO_INST,                1 + SMF_SDN_DEP_KIND                                                                                                               },
    {1 + SMF_SDN_ID,            1 + SMF_SDN_CYCLE_PATH, 1 + SMF_SDN_SEVERITY},
    {1 + SMF_SDN_ID,    1 + SMF_SDN_CYCLE_PATH,                                              1 + SMF_SDN_ERROR_CODE                                                                                                              },
};

struct smf_sdn_cell smf_sdn_cell(const struct smf_sdn_row *row, enum smf_sdn_column column)
{
    for (unsigned i = 0; row->table < SMF_SDN_TABLES && i < SMF_SDN_CELLS; i++)
        if (places[row->table][i] == 1 + (unsigned)column)
            return row->cells[i];
    return (struct smf_sdn_cell){0, 0, false};
}

/* ---- Headers ---- */

/* An identifier: which of `count` names it is, or `count`. False: there is none. */
static bool take_name(struct line *line, const char *const *names, unsigned count, unsigned *which)
{
    char word[sizeof "circular_warnings"]; /* the longest that is known; of others there is only the start */
    unsigned length = 0;
    for (char c; is_letter(c = line_peek(line)) || (length != 0 && is_digit(c)); line->at++, length++)
        if (length < sizeof word)
            word[length] = c;
    for (*which = 0; *which < count && length < sizeof word; ++*which) {
        const char *name = names[*which];
        unsigned same = 0;
        while (same < length && name[same] == word[same])
            same++;
        if (same == length && name[same] == '\0')
            return length != 0;
    }
    *which = count;
    return length != 0;
}

static bool take_columns(struct line *line, struct smf_sdn_cursor *cursor)
{
    uint32_t seen = 0;
    cursor->columns = 0;
    for (;;) {
        unsigned column;
        line_blanks(line);
        if (cursor->columns == SMF_SDN_COLUMNS_MAX || !take_name(line, columns, SMF_SDN_COLUMNS, &column))
            return false;
        uint8_t slot = 0;
        for (unsigned i = 0; cursor->table <= SMF_SDN_TABLES && i < SMF_SDN_CELLS; i++)
            if (column < SMF_SDN_COLUMNS && places[cursor->table - 1][i] == 1 + column)
                slot = (uint8_t)(1 + i);
        if (slot != 0 && (seen >> column & 1) != 0)
            return false; /* which of the two would it be? */
        seen |= slot != 0 ? 1u << column : 0;
        cursor->slots[cursor->columns++] = slot;
        line_blanks(line);
        const char next = line_peek(line);
        line->at += next != '\0';
        if (next == '|')
            break;
        if (next != ',')
            return false;
    }
    line_blanks(line);
    return line->at == line->end;
}

/* ---- Rows ---- */

static bool take_cell(struct line *line, struct smf_sdn_cell *cell)
{
    line_blanks(line);
    cell->quoted = line_peek(line) == '"';
    line->at += cell->quoted;
    cell->offset = (uint32_t)line->at;
    if (!cell->quoted) {
        size_t end = line->at;
        for (char c; (c = line_peek(line)) != ',' && c != '\0'; line->at++) {
            if (c == '"' || c == '|')
                return false;
            end = c == ' ' || c == '\t' || c == '\r' ? end : line->at + 1;
        }
        cell->size = (uint32_t)(end - cell->offset);
        return line->at == line->end || line_peek(line) == ',';
    }
    for (char c; (c = line_peek(line)) != '"'; line->at++) {
        line->at += c == '\\';
        if (line_peek(line) == '\0')
            return false;
    }
    cell->size = (uint32_t)(line->at++ - cell->offset);
    line_blanks(line);
    return line->at == line->end || line_peek(line) == ',';
}

static bool take_row(struct line *line, const struct smf_sdn_cursor *cursor, struct smf_sdn_row *row)
{
    row->table = (uint8_t)(cursor->table - 1);
    memset(row->cells, 0, sizeof row->cells);
    for (unsigned i = 0; i < cursor->columns; i++) {
        struct smf_sdn_cell cell;
        if (!take_cell(line, &cell))
            return false;
        if (cursor->slots[i] != 0)
            row->cells[cursor->slots[i] - 1] = cell;
        const bool last = i + 1 == cursor->columns;
        if ((line->at == line->end) != last)
            return false;
        line->at += !last; /* the comma */
    }
    return true;
}

enum smf_status smf_sdn_line(struct line line, struct smf_sdn_cursor *cursor, struct smf_sdn_row *row,
                             enum line_kind *kind)
{
    unsigned table;
    *kind = LINE_EMPTY;
    line_blanks(&line);
    if (line.at == line.end || line_peek(&line) == '#')
        return line.status;
    struct line name = line;
    const bool named = take_name(&name, tables, SMF_SDN_TABLES, &table);
    if (named) {
        line_blanks(&name);
        if (line_peek(&name) == '|') {
            name.at++;
            cursor->table = (uint8_t)(1 + table);
            *kind = take_columns(&name, cursor) ? LINE_HEADER : LINE_MALFORMED_HEADER;
            return name.status;
        }
    }
    if (name.status != SMF_OK)
        return name.status;
    if (cursor->table > SMF_SDN_TABLES)
        *kind = LINE_OF_UNKNOWN;
    else
        *kind = cursor->table != 0 && take_row(&line, cursor, row) ? LINE_ROW : LINE_MALFORMED_ROW;
    return line.status;
}

/* ---- Text ---- */

char smf_sdn_far_character(struct line *line)
{
    struct smf_image *image = line->note->image;
    const uint8_t *at = NULL;
    if (line->status == SMF_OK)
        at = smf_window_read(&image->records, line->note->start + line->at, 1, image->why);
    if (at != NULL)
        return (char)*at;
    line->status = image->why->status;
    return '\0';
}

char smf_sdn_character(struct line *line, bool quoted)
{
    char c = line_peek(line);
    line->at += line->at < line->end;
    if (!quoted || c != '\\' || line->at == line->end)
        return c;
    c = line_peek(line);
    line->at++;
    return c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
}

static struct line line_of(const struct smf_sdn *note, const struct smf_sdn_cell *cell, struct smf_diagnosis *why)
{
    take_diagnosis(note->image, why);
    const bool inside = smf_within(cell->offset, cell->size, note->size); /* a cell of another note */
    const size_t start = inside ? cell->offset : 0;
    return line_between(note, start, start + (inside ? cell->size : 0));
}

enum smf_status smf_sdn_text(const struct smf_sdn *note, const struct smf_sdn_cell *cell, char *buffer, size_t capacity,
                             size_t *length, struct smf_diagnosis *why)
{
    struct line line = line_of(note, cell, why);
    size_t size = 0;
    while (line.at < line.end && line.status == SMF_OK) {
        const char c = smf_sdn_character(&line, cell->quoted);
        if (size + 1 >= capacity)
            return smf_fail(note->image->why, SMF_DETAIL_TEXT_SPACE, note->start + cell->offset, cell->size, capacity);
        buffer[size++] = c;
    }
    if (capacity == 0)
        return smf_fail(note->image->why, SMF_DETAIL_TEXT_SPACE, note->start + cell->offset, cell->size, capacity);
    buffer[line.status == SMF_OK ? size : 0] = '\0';
    if (length != NULL)
        *length = size;
    return line.status;
}

enum smf_status smf_sdn_is(const struct smf_sdn *note, const struct smf_sdn_cell *cell, const char *text, size_t size,
                           bool *same, struct smf_diagnosis *why)
{
    struct line line = line_of(note, cell, why);
    size_t i = 0;
    *same = true;
    while (*same && line.at < line.end && line.status == SMF_OK) {
        const char c = smf_sdn_character(&line, cell->quoted);
        *same = i < size && text[i++] == c;
    }
    *same = *same && i == size && line.status == SMF_OK;
    return line.status;
}
