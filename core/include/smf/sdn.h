/* SPDX-License-Identifier: MIT */
/*
 * smf/sdn.h - note.sdn: tables of text in which compilers say what was
 * instantiated, what can be, and what could not be inferred.
 *
 * Since 0.1. Floor: image. The note is read where it lies, row by row, without
 * memory, through the image's window for records. Columns are found by the names
 * in a table's header, never by position. A row that does not parse, or has
 * another number of cells than its table has columns, is counted and left out; a
 * header that does not parse is an error, because nothing after it would mean
 * anything. Tables that are not known are skipped.
 */
#ifndef SMF_SDN_H
#define SMF_SDN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/image.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Longest note, bytes, its end line included; columns of one table. */
#define SMF_SDN_MAX 1000000u
#define SMF_SDN_COLUMNS_MAX 16u
/* Columns of a table that have a meaning. */
#define SMF_SDN_CELLS 8u

enum smf_sdn_table {
    SMF_SDN_INSTANTIATIONS,
    SMF_SDN_POSSIBLE,
    SMF_SDN_TYPE_INFERENCES,
    SMF_SDN_DEPENDENCIES,
    SMF_SDN_CIRCULAR_WARNINGS,
    SMF_SDN_CIRCULAR_ERRORS,
    SMF_SDN_TABLES /* how many */
};

/* Names of columns, in no order that matters. */
enum smf_sdn_column {
    SMF_SDN_ID,
    SMF_SDN_TEMPLATE,
    SMF_SDN_TYPE_ARGS,
    SMF_SDN_MANGLED_NAME,
    SMF_SDN_FROM_FILE,
    SMF_SDN_FROM_LOC,
    SMF_SDN_TO_OBJ,
    SMF_SDN_STATUS,
    SMF_SDN_REQUIRED_BY,
    SMF_SDN_CAN_DEFER,
    SMF_SDN_INFERRED_TYPE,
    SMF_SDN_EXPR,
    SMF_SDN_CONTEXT,
    SMF_SDN_FROM_INST,
    SMF_SDN_TO_INST,
    SMF_SDN_DEP_KIND,
    SMF_SDN_CYCLE_PATH,
    SMF_SDN_SEVERITY,
    SMF_SDN_ERROR_CODE,
    SMF_SDN_COLUMNS /* how many */
};

/* One cell, where it lies: without its quotes, escapes as they stand. */
struct smf_sdn_cell {
    uint32_t offset; /* from the start of the note         */
    uint32_t size;   /* bytes; 0: empty, or no such column */
    bool quoted;
};

/* A note. Borrows the image. Zero it; a file without one has all zeros but image. */
struct smf_sdn {
    struct smf_image *image;
    size_t start;                  /* of the note in the source           */
    size_t size;                   /* bytes of text, the end line not among them */
    uint32_t rows[SMF_SDN_TABLES]; /* that parse                          */
    uint32_t malformed;            /* rows that do not                    */
    bool present;
};

/* Where a walk stands. Zero it to start. */
struct smf_sdn_cursor {
    size_t at;
    uint8_t table;   /* 0: before the first header; else 1 + number; above SMF_SDN_TABLES: not known */
    uint8_t columns; /* of it                            */
    uint8_t slots[SMF_SDN_COLUMNS_MAX]; /* 1 + place in a row's cells, or 0 */
};

/* One row. */
struct smf_sdn_row {
    struct smf_sdn_cell cells[SMF_SDN_CELLS]; /* see smf_sdn_cell() */
    uint8_t table;                            /* enum smf_sdn_table */
};

/*
 * Find the section "note.sdn" and prove it in one pass. No such section: SMF_OK, and `present` is false. Its text ends at the line "#
 * END_NOTE", or at the section's size if that is not 0. SMF_ERR_TRUNCATED: size 0, and no such line before the next
 * thing in the file or before SMF_SDN_MAX; SMF_ERR_LIMIT: a size above that; SMF_ERR_FORMAT: a header that does not
 * parse, offset says where; SMF_ERR_COMPRESSED; SMF_ERR_IO. `why` may be NULL, here and below.
 */
SMF_MUST_CHECK
enum smf_status smf_sdn_open(struct smf_sdn *note, struct smf_image *image, struct smf_diagnosis *why);

/* The next row that parses, of any known table. SMF_ERR_NOT_FOUND after the last. */
SMF_MUST_CHECK
enum smf_status smf_sdn_next(const struct smf_sdn *note, struct smf_sdn_cursor *cursor, struct smf_sdn_row *row,
                             struct smf_diagnosis *why);

/* Its cell in this column; an empty one if its table has none. */
struct smf_sdn_cell smf_sdn_cell(const struct smf_sdn_row *row, enum smf_sdn_column column);

/* A cell as text, escapes undone, with a NUL behind it; none, if it does not lie in this note. SMF_ERR_NO_SPACE; `*length` may be NULL. */
SMF_MUST_CHECK
enum smf_status smf_sdn_text(const struct smf_sdn *note, const struct smf_sdn_cell *cell, char *buffer, size_t capacity,
                             size_t *length, struct smf_diagnosis *why);

/* Is a cell this text, escapes undone? */
SMF_MUST_CHECK
enum smf_status smf_sdn_is(const struct smf_sdn *note, const struct smf_sdn_cell *cell, const char *text, size_t size,
                           bool *same, struct smf_diagnosis *why);

/* The first row of a table whose cell in `column` is this text. SMF_ERR_NOT_FOUND. */
SMF_MUST_CHECK
enum smf_status smf_sdn_find(const struct smf_sdn *note, enum smf_sdn_table table, enum smf_sdn_column column,
                             const char *text, size_t size, struct smf_sdn_row *row, struct smf_diagnosis *why);

/* ---- Dependencies of instances ---- */

/* No rows that parse, in any table that is known. */
static inline bool smf_sdn_is_empty(const struct smf_sdn *note)
{
    uint32_t rows = 0;
    for (unsigned i = 0; i < SMF_SDN_TABLES; i++)
        rows |= note->rows[i];
    return rows == 0;
}

/* Did the compiler report cycles that it could not break? */
static inline bool smf_sdn_has_circular_errors(const struct smf_sdn *note)
{
    return note->rows[SMF_SDN_CIRCULAR_ERRORS] != 0;
}

/*
 * Row by row what an instance depends on (column SMF_SDN_FROM_INST) or what depends on it (SMF_SDN_TO_INST); the
 * cursor starts zeroed. SMF_ERR_NOT_FOUND after the last.
 */
SMF_MUST_CHECK
enum smf_status smf_sdn_dependency(const struct smf_sdn *note, struct smf_sdn_cursor *cursor,
                                   enum smf_sdn_column column, const char *name, size_t size, struct smf_sdn_row *row,
                                   struct smf_diagnosis *why);

/* Bytes of room, at any address, that smf_sdn_cycle() needs: 68 a row of dependencies, and a few. */
size_t smf_sdn_cycle_room(const struct smf_sdn *note);

/*
 * The first cycle among the rows of dependencies, as a path that ends with the name it starts with, "ping->pong->ping", and a NUL;
 * `*length` is 0 if there is none. Walks start in the order of rows and follow the order of rows. Rows with an empty end do not
 * count. Each dependency is looked at once, after sorting: n log n. SMF_ERR_NO_ARENA: too little room;
 * SMF_ERR_NO_SPACE: too short a buffer, the diagnosis has the length; SMF_ERR_AMBIGUOUS: two names of one 64-bit hash.
 */
SMF_MUST_CHECK
enum smf_status smf_sdn_cycle(const struct smf_sdn *note, void *room, size_t room_size, char *buffer, size_t capacity,
                              size_t *length, struct smf_diagnosis *why);

/* ---- What the inference left to load time ---- */

enum smf_hint_kind {
    SMF_HINT_TYPE_VAR,   /* id, name, fallback                               */
    SMF_HINT_EQUALS,     /* constraints: left, right, file and location      */
    SMF_HINT_SUBTYPE,    /*                                                  */
    SMF_HINT_IMPLEMENTS, /*                                                  */
    SMF_HINT_HAS_FIELD,  /*                                                  */
    SMF_HINT_HAS_METHOD, /*                                                  */
    SMF_HINT_USAGE       /* a place that uses the symbol: file, location, type, and what it is */
};

/* One row of type_inferences that concerns a symbol; texts by smf_sdn_text(). SPEC [O11] says which rows do. */
struct smf_hint {
    struct smf_sdn_cell id;
    struct smf_sdn_cell
        left; /* TYPE_VAR: its name; constraints: the left side; USAGE: how it is used (call_site, return ...) */
    struct smf_sdn_cell
        right; /* TYPE_VAR: what it falls back to; constraints: the right side; USAGE: the type. Size 0: none   */
    struct smf_sdn_cell file, location;
    uint8_t kind; /* enum smf_hint_kind */
};

/* How many there are of each. */
struct smf_hints {
    uint32_t type_vars, constraints, usages;
};

/* The next one that concerns the symbol `name`; the cursor starts zeroed. SMF_ERR_NOT_FOUND after the last. */
SMF_MUST_CHECK
enum smf_status smf_hints_next(const struct smf_sdn *note, struct smf_sdn_cursor *cursor, const char *name, size_t size,
                               struct smf_hint *hint, struct smf_diagnosis *why);

/* Count them; zeros without a note. */
SMF_MUST_CHECK
enum smf_status smf_hints_count(const struct smf_sdn *note, const char *name, size_t size, struct smf_hints *hints,
                                struct smf_diagnosis *why);

#ifdef __cplusplus
}
#endif

#endif
