/* SPDX-License-Identifier: MIT */
/*
 * taker_hints.c - which types is a template used with, as the note of its module says: each place that uses it
 * ("call_site", "return", "assignment", "constraint", and behind the word the number of an argument or the name of
 * a type parameter), each `equals`, and at last what a variable falls back to (SPEC, "note.sdn").
 */
#include "base/bytes.h"
#include "base/fail.h"
#include "generic/engine.h"
#include "generic/taker_maker.h"
#include "smf/infer.h"
#include "system/text.h"

/* Terms and arguments that an inference may need beside those of its hints and its signature. */
#define SPARE_TERMS 16u

/* A type that a row names. */
struct said {
    const char *text;
    size_t size;
};

/* Rows of a note, as far as they are hints. */
struct hints {
    const struct smf_instantiation *what;
    struct smf_arena *arena;
    struct smf_diagnosis *why;
    struct smf_record record;
    size_t count, bytes; /* at most: of rows, of their texts */

    /* In one block: rows that say what something is from the start, what a variable falls back to from the end. */
    struct smf_infer_hint *hints;
    struct said *said; /* by each of these */
    char *texts;
    size_t firm, fallback, used;
    size_t types; /* that they spell at most */

    /* In another one. */
    struct smf_type *room;
    struct smf_infer infer;
};

static enum smf_status no_room(const struct hints *hints, size_t size)
{
    smf_fail_name(hints->why, hints->what->base, smf_text_size(hints->what->base) - 1);
    return smf_fail(hints->why, SMF_DETAIL_TAKER_ARENA, 0, size, smf_arena_largest(hints->arena));
}

/* ---- Rows ---- */

/* Most types that so many bytes can spell: each but the first stands behind a character that is in no name, or a `_`. */
static size_t most_types(const char *text, size_t size)
{
    static const char marks[] = ",<>[(*_";
    size_t count = 1;
    for (size_t i = 0; i < size; i++)
        for (const char *mark = marks; *mark != '\0'; mark++)
            count += text[i] == *mark;
    return count;
}

/* The type parameter of this name, or -1. */
static int find_parameter(const struct hints *hints, const char *text, size_t size)
{
    for (unsigned i = 0; i < hints->record.parameter_count; i++) {
        const struct smf_unit_text name = smf_record_parameter(&hints->record, i).name;
        if (name.size == size && memcmp(name.bytes, text, size) == 0)
            return (int)i;
    }
    return -1;
}

/* "call_site", "call_site 1", "return", "constraint T": what a place is. Other words say only that it is one. */
static void read_place(const struct hints *hints, const char *text, size_t size, struct smf_infer_hint *hint)
{
    static const char *const words[] = {"call_site", "return", "assignment", "constraint"};
    size_t end = 0, start;
    int number = 0;
    while (end < size && text[end] != ' ')
        end++;
    hint->source = SMF_HINT_ASSIGNMENT;
    for (uint8_t i = 0; i < 4; i++)
        if (smf_text_size(words[i]) - 1 == end && memcmp(text, words[i], end) == 0)
            hint->source = i;
    for (start = end; start < size && text[start] == ' ';)
        start++;
    if (start == size)
        return;
    hint->parameter = find_parameter(hints, text + start, size - start);
    for (end = start; end < size && end < start + 3 && text[end] >= '0' && text[end] <= '9'; end++)
        number = 10 * number + (text[end] - '0');
    if (end == size && hint->source == SMF_HINT_CALL_SITE)
        hint->argument = number;
}

/* A cell's text, behind those that were read before. */
static enum smf_status read_text(struct hints *hints, const struct smf_sdn_cell *cell, struct said *said)
{
    char *start = hints->texts + hints->used;
    const enum smf_status status =
        smf_sdn_text(hints->what->note, cell, start, hints->bytes - hints->used, &said->size, hints->why);
    said->text = start;
    if (status == SMF_OK)
        hints->used += said->size + 1;
    return status;
}

static enum smf_status read_row(struct hints *hints, const struct smf_hint *row)
{
    struct smf_infer_hint hint = {.source = SMF_HINT_CONSTRAINT, .parameter = -1, .argument = -1};
    struct said left, right;
    enum smf_status status = read_text(hints, &row->left, &left);
    if (status == SMF_OK)
        status = read_text(hints, &row->right, &right);
    if (status != SMF_OK)
        return status;
    if (row->kind == SMF_HINT_USAGE)
        read_place(hints, left.text, left.size, &hint);
    else
        hint.parameter = find_parameter(hints, left.text, left.size);
    if (row->kind != SMF_HINT_USAGE && hint.parameter < 0)
        return SMF_OK;
    const size_t at = row->kind == SMF_HINT_TYPE_VAR ? --hints->fallback : hints->firm++;
    hints->hints[at] = hint;
    hints->said[at] = right;
    hints->types += most_types(right.text, right.size);
    return SMF_OK;
}

static enum smf_status count_row(struct hints *hints, const struct smf_hint *row)
{
    hints->count++;
    hints->bytes += (size_t)row->left.size + row->right.size + 2; /* all of a note is below SMF_SDN_MAX */
    return SMF_OK;
}

/* Each row that says a type, of something that a parameter may be. */
static enum smf_status walk_hints(struct hints *hints, enum smf_status (*each)(struct hints *, const struct smf_hint *))
{
    const struct smf_instantiation *what = hints->what;
    struct smf_sdn_cursor cursor = {0};
    struct smf_hint row;
    enum smf_status status = what->note->present ? SMF_OK : SMF_ERR_NOT_FOUND;
    while (status == SMF_OK) {
        status = smf_hints_next(what->note, &cursor, what->base, smf_text_size(what->base) - 1, &row, hints->why);
        if (status == SMF_OK && row.right.size != 0 &&
            (row.kind == SMF_HINT_USAGE || row.kind == SMF_HINT_EQUALS || row.kind == SMF_HINT_TYPE_VAR))
            status = each(hints, &row);
    }
    return status == SMF_ERR_NOT_FOUND ? SMF_OK : status;
}

/* ---- Types ---- */

/* What the rows spell becomes types; hints that spell none are left out. */
static void parse(struct hints *hints)
{
    const size_t count = hints->count, firm = hints->firm, fallback = hints->fallback;
    size_t used = 0;
    hints->firm = 0;
    for (size_t i = 0; i < count; i++) {
        if (i >= firm && i < fallback)
            continue;
        const struct said *said = &hints->said[i];
        struct smf_infer_hint *hint = &hints->hints[i];
        if (smf_types_parse(said->text, said->size, hints->room + used, hints->types - used, &hint->type) != SMF_OK ||
            smf_types_count(hint->type) != 1)
            hint->type = NULL;
        used += most_types(said->text, said->size);
        if (i < firm && hint->type != NULL)
            hints->hints[hints->firm++] = *hint;
    }
}

/* Nothing says what a parameter is: take what its variable falls back to as one more hint. */
static bool fall_back(struct hints *hints, unsigned parameter)
{
    for (size_t i = hints->fallback; i < hints->count; i++)
        if (hints->hints[i].parameter == (int)parameter && hints->hints[i].type != NULL) {
            const struct smf_infer_hint taken = hints->hints[i];
            hints->hints[i] = hints->hints[hints->fallback++]; /* its place may be the one that is taken next */
            hints->hints[hints->firm++] = taken;
            return true;
        }
    return false;
}

/* The names of inferred types lie in the note's texts, which go: they are put behind the types. */
static enum smf_status keep_names(struct hints *hints, struct smf_type *room, size_t capacity)
{
    size_t used = capacity, at = 0;
    while (used > 0 && room[used - 1].kind == SMF_TYPE_UNKNOWN)
        used--;
    char *names = (char *)(room + used);
    const size_t size = (capacity - used) * sizeof *room;
    for (size_t i = 0; i < used; i++) {
        if (room[i].name_size == 0)
            continue;
        if (room[i].name_size > size - at)
            return no_room(hints, room[i].name_size);
        memcpy(names + at, room[i].name, room[i].name_size);
        room[i].name = names + at;
        at += room[i].name_size;
    }
    return SMF_OK;
}

/* "swap: argument 2: expected ...": moved from its end on, where it is. */
static void name_template(const struct hints *hints)
{
    const char *base = hints->what->base;
    char *name = hints->why->name;
    const size_t room = SMF_DIAGNOSIS_NAME_SIZE - 1, size = smf_text_size(base) - 1;
    const size_t whole = size + 2 + smf_generic_length(name);
    for (size_t i = room; i-- != 0;)
        name[i] = i < size ? base[i] : i == size ? ':' : i == size + 1 ? ' ' : name[i - size - 2];
    name[whole < room ? whole : room] = '\0';
    if (whole > room)
        name[room - 1] = '~';
}

static enum smf_status infer_types(struct hints *hints, struct smf_type *room, size_t capacity,
                                   const struct smf_type **types)
{
    const struct smf_instantiation *what = hints->what;
    const unsigned count = hints->record.parameter_count;
    const int number = smf_record_find_export(&hints->record, what->base, smf_text_size(what->base) - 1);
    struct smf_record_item function = {.term = NULL};
    uint16_t bounds[SMF_TEMPLATE_PARAMETERS_MAX];
    enum smf_status status = SMF_ERR_NOT_FOUND;
    if (number >= 0)
        function = smf_record_export(&hints->record, (unsigned)number);
    for (unsigned i = 0; i < count; i++)
        bounds[i] = smf_record_parameter(&hints->record, i).bounds;
    for (unsigned round = 0; round <= count; round++) { /* one more hint each time */
        memset(room, 0, capacity * sizeof *room);
        status = smf_infer_types(&hints->infer, function.term, function.term_size, bounds, count, hints->hints,
                                 hints->firm, room, capacity, types, hints->why);
        if (status != SMF_ERR_NOT_FOUND || !fall_back(hints, hints->why->index))
            break;
    }
    if (status != SMF_OK)
        name_template(hints);
    return status == SMF_OK ? keep_names(hints, room, capacity) : status;
}

/* ---- Memory ---- */

/* Room for all rows. */
static enum smf_status take_rows(struct hints *hints, void **block)
{
    const size_t each = sizeof *hints->hints + sizeof *hints->said, size = hints->count * each + hints->bytes;
    *block = smf_arena_take_scratch(hints->arena, size);
    if (*block == NULL)
        return no_room(hints, size);
    hints->hints = *block;
    hints->said = (struct said *)(void *)(hints->hints + hints->count);
    hints->texts = (char *)(hints->said + hints->count);
    hints->fallback = hints->count;
    return SMF_OK;
}

/* Room for what they spell, as types and as terms, and for the template's own. */
static enum smf_status take_types(struct hints *hints, void **block)
{
    const size_t terms = hints->types + SMF_RECORD_TERM_MAX + SMF_TEMPLATE_PARAMETERS_MAX + SPARE_TERMS;
    const size_t size = hints->types * sizeof(struct smf_type) + terms * (sizeof(struct smf_term) + sizeof(uint32_t));
    *block = smf_arena_take_scratch(hints->arena, size);
    if (*block == NULL)
        return no_room(hints, size);
    hints->room = *block;
    struct smf_term *first = (struct smf_term *)(void *)(hints->room + hints->types);
    smf_infer_start(&hints->infer, first, (uint32_t)terms, (uint32_t *)(void *)(first + terms), (uint32_t)terms);
    return SMF_OK;
}

enum smf_status smf_generic_infer(const struct smf_taker_maker *maker, const struct smf_instantiation *what,
                                  struct smf_type *room, size_t capacity, const struct smf_type **types,
                                  struct smf_diagnosis *why)
{
    struct hints hints = {.what = what, .arena = smf_generic_arena(maker->context), .why = why};
    void *rows = NULL, *spelt = NULL;
    if (!what->generic->record) /* nothing can be made of it: it stays a template */
        return SMF_ERR_NOT_FOUND;
    enum smf_status status = smf_record_open(&hints.record, what->body, what->generic->body.size, why);
    if (status == SMF_OK)
        status = walk_hints(&hints, count_row);
    if (status == SMF_OK && hints.count == 0)
        return SMF_ERR_NOT_FOUND;
    if (status == SMF_OK)
        status = take_rows(&hints, &rows);
    if (status == SMF_OK)
        status = walk_hints(&hints, read_row);
    if (status == SMF_OK)
        status = take_types(&hints, &spelt);
    if (status == SMF_OK) {
        parse(&hints);
        status = infer_types(&hints, room, capacity, types);
    }
    smf_arena_give(hints.arena, spelt);
    smf_arena_give(hints.arena, rows);
    return status;
}
