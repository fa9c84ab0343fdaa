/* SPDX-License-Identifier: MIT */
/*
 * sdn_hints.c - what the table type_inferences says about one symbol: type
 * variables, constraints and places that use it (SPEC, "note.sdn").
 */
#include "image/sdn.h"

/* Words at the start of `context`, by kind; what follows a blank is the left side. Everything else is a usage. */
static const char *const words[] = {"type_var", "equals", "subtype", "implements", "has_field", "has_method"};

/* `expr` is the symbol, or starts with it and something that no name goes on with: `f`, `f<T>`, `f(x)`. */
static bool concerns(const struct smf_sdn *note, const struct smf_sdn_cell *expr, const char *name, size_t size,
                     enum smf_status *status)
{
    struct line line = line_between(note, expr->offset, (size_t)expr->offset + expr->size);
    bool same = size != 0 && size <= expr->size;
    for (size_t i = 0; same && i < size; i++, line.at++)
        same = line_peek(&line) == name[i];
    const char next = line_peek(&line);
    *status = line.status;
    return same && line.status == SMF_OK && !is_letter(next) && !is_digit(next) && next != '$' && next != '.' &&
           next != ':';
}

/* Which word the cell starts with; `left` becomes what follows it, or all of the cell for a usage. */
static enum smf_hint_kind kind_of(const struct smf_sdn *note, const struct smf_sdn_cell *context,
                                  struct smf_sdn_cell *left, enum smf_status *status)
{
    const size_t end = (size_t)context->offset + context->size;
    *left = *context;
    for (unsigned kind = SMF_HINT_TYPE_VAR; kind < SMF_HINT_USAGE; kind++) {
        struct line line = line_between(note, context->offset, end);
        const char *want = words[kind];
        for (; *want != '\0' && line_peek(&line) == *want; want++)
            line.at++;
        const bool whole = *want == '\0' && (line.at == end || line_peek(&line) == ' ');
        if (whole)
            line_blanks(&line);
        *status = line.status;
        if (line.status != SMF_OK)
            break;
        if (whole) {
            left->offset = (uint32_t)line.at;
            left->size = (uint32_t)(end - line.at);
            return (enum smf_hint_kind)kind;
        }
    }
    return SMF_HINT_USAGE;
}

enum smf_status smf_hints_next(const struct smf_sdn *note, struct smf_sdn_cursor *cursor, const char *name, size_t size,
                               struct smf_hint *hint, struct smf_diagnosis *why)
{
    struct smf_sdn_row row;
    enum smf_status status = SMF_OK;
    while (status == SMF_OK) {
        status = smf_sdn_next(note, cursor, &row, why);
        if (status != SMF_OK)
            return status;
        const struct smf_sdn_cell expr = smf_sdn_cell(&row, SMF_SDN_EXPR);
        if (row.table != SMF_SDN_TYPE_INFERENCES || !concerns(note, &expr, name, size, &status))
            continue;
        const struct smf_sdn_cell context = smf_sdn_cell(&row, SMF_SDN_CONTEXT);
        hint->kind = (uint8_t)kind_of(note, &context, &hint->left, &status);
        hint->id = smf_sdn_cell(&row, SMF_SDN_ID);
        hint->right = smf_sdn_cell(&row, SMF_SDN_INFERRED_TYPE);
        hint->file = smf_sdn_cell(&row, SMF_SDN_FROM_FILE);
        hint->location = smf_sdn_cell(&row, SMF_SDN_FROM_LOC);
        return status;
    }
    return status;
}

enum smf_status smf_hints_count(const struct smf_sdn *note, const char *name, size_t size, struct smf_hints *hints,
                                struct smf_diagnosis *why)
{
    struct smf_sdn_cursor cursor = {0};
    struct smf_hint hint;
    struct smf_hints counted = {0, 0, 0};
    enum smf_status status = SMF_OK;
    while (note->present && (status = smf_hints_next(note, &cursor, name, size, &hint, why)) == SMF_OK) {
        if (hint.kind == SMF_HINT_USAGE)
            counted.usages++;
        else
            *(hint.kind == SMF_HINT_TYPE_VAR ? &counted.type_vars : &counted.constraints) += 1;
    }
    if (status != SMF_OK && status != SMF_ERR_NOT_FOUND)
        return status;
    *hints = counted;
    return SMF_OK;
}
