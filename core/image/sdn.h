/* SPDX-License-Identifier: MIT */
/* image/sdn.h - private to core/image: characters of a note, and its lines. */
#ifndef SMF_IMAGE_SDN_H
#define SMF_IMAGE_SDN_H

#include "base/bytes.h"
#include "image/view.h"
#include "smf/sdn.h"

/* A line of the note, or what is left of one. Where the note can be addressed its characters are read in place, else through the
 * image's window for records. */
struct line {
    const struct smf_sdn *note;
    const uint8_t *text;    /* the note's first byte, NULL: it is not addressable */
    size_t at, end;         /* within the note */
    enum smf_status status; /* of the source   */
};

/* What lies outside of the note, as cells of another one may, is left to the window. */
static inline struct line line_between(const struct smf_sdn *note, size_t at, size_t end)
{
    const struct smf_source *source = note->image->records.source;
    const bool here = source->bytes != NULL && at <= end && end <= note->size &&
                      smf_within(note->start, note->size, (size_t)source->size);
    return (struct line){note, here ? (const uint8_t *)source->bytes + note->start : NULL, at, end, SMF_OK};
}

/* line_peek() through the window. */
char smf_sdn_far_character(struct line *line);

/* The character there, 0 at the end of the line or if it cannot be read. A NUL in the text ends the line, too. */
static inline char line_peek(struct line *line)
{
    if (line->at == line->end)
        return '\0';
    return line->text != NULL ? (char)*(const volatile uint8_t *)(line->text + line->at) : smf_sdn_far_character(line);
}

static inline void line_blanks(struct line *line)
{
    for (char next; (next = line_peek(line)) == ' ' || next == '\t' || next == '\r'; line->at++)
        ;
}

static inline bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }
static inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* sdn_cells.c: what a line is. */
enum line_kind { LINE_EMPTY, LINE_HEADER, LINE_ROW, LINE_MALFORMED_HEADER, LINE_MALFORMED_ROW, LINE_OF_UNKNOWN };
SMF_MUST_CHECK
enum smf_status smf_sdn_line(struct line line, struct smf_sdn_cursor *cursor, struct smf_sdn_row *row,
                             enum line_kind *kind);

/* sdn_cells.c: the next character of a cell, its escape undone. */
char smf_sdn_character(struct line *line, bool quoted);

#endif
