/* SPDX-License-Identifier: MIT */
/* infer_types.c - types of smf/types.h as terms and back, and what hints say of a template's parameters. */
#include "base/fail.h"
#include "generic/infer.h"

/* ---- Types to terms ---- */

enum { NO_TAG = 0xFF };

/* The terms of words that smf/types.h knows as names only. */
static const struct {
    char word[6];
    uint8_t size, tag;
} sizes[] = {
    {"usize", 5, SMF_TERM_USIZE},
    {"isize", 5, SMF_TERM_ISIZE},
    {"nil",   3, SMF_TERM_NIL  },
};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static unsigned tag_of_name(const struct smf_type *type, size_t count)
{
    if (type->name == NULL || type->name_size == 0 || type->name_size > UINT8_MAX)
        return NO_TAG;
    for (unsigned i = 0; i < SIZES && count == 0; i++)
        if (type->name_size == sizes[i].size && memcmp(type->name, sizes[i].word, sizes[i].size) == 0)
            return sizes[i].tag;
    return SMF_TERM_NAMED;
}

static unsigned tag_of_number(const struct smf_type *type)
{
    const bool whole = type->kind == SMF_TYPE_INT;
    unsigned tag = !whole ? SMF_TERM_F32 : type->is_signed ? SMF_TERM_I8 : SMF_TERM_U8;
    unsigned bits = whole ? 8 : 32;
    for (; bits < type->bits && bits < 64; bits += bits)
        tag++;
    return bits == type->bits ? tag : (unsigned)NO_TAG;
}

/* The tag of a type with `count` arguments, NO_TAG: it is none. */
static unsigned tag_of(const struct smf_type *type, size_t count)
{
    if (count > UINT8_MAX)
        return NO_TAG;
    switch (type->kind) {
    case SMF_TYPE_NAMED:
        return tag_of_name(type, count);
    case SMF_TYPE_ARRAY:
        return count == 1 ? SMF_TERM_ARRAY : NO_TAG;
    case SMF_TYPE_POINTER:
        return count == 1 ? SMF_TERM_POINTER : NO_TAG;
    case SMF_TYPE_SIMD:
        return count == 1 && type->lanes != 0 ? SMF_TERM_SIMD : NO_TAG;
    case SMF_TYPE_FUNCTION:
        return count != 0 ? SMF_TERM_FUNCTION : NO_TAG;
    default:
        break;
    }
    if (count != 0)
        return NO_TAG;
    switch (type->kind) {
    case SMF_TYPE_INT:
    case SMF_TYPE_FLOAT:
        return tag_of_number(type);
    case SMF_TYPE_BOOL:
        return SMF_TERM_BOOL;
    case SMF_TYPE_STRING:
        return SMF_TERM_TEXT;
    case SMF_TYPE_VOID:
        return SMF_TERM_VOID;
    case SMF_TYPE_UNKNOWN:
        return SMF_TERM_VARIABLE;
    case SMF_TYPE_VARIABLE:
        return tag_of_name(type, 1) == SMF_TERM_NAMED ? SMF_TERM_VARIABLE : NO_TAG;
    default:
        return NO_TAG;
    }
}

/* One type without its arguments. */
static uint32_t add_type(struct smf_infer *infer, const struct smf_type *type)
{
    const size_t count = smf_types_count(type->arguments);
    const unsigned tag = tag_of(type, count);
    if (tag == NO_TAG)
        return SMF_NO_TERM;
    const bool named = tag == SMF_TERM_NAMED || type->kind == SMF_TYPE_VARIABLE;
    for (uint32_t i = 0; i < infer->term_count && type->kind == SMF_TYPE_VARIABLE; i++) {
        const struct smf_term *other = &infer->terms[i];
        if (other->tag == SMF_TERM_VARIABLE && other->name_size == type->name_size &&
            memcmp(other->name, type->name, type->name_size) == 0)
            return i;
    }
    const uint32_t term = smf_infer_add(infer, tag, (unsigned)count);
    if (term != SMF_NO_TERM) {
        infer->terms[term].name = named ? type->name : NULL;
        infer->terms[term].name_size = named ? (uint8_t)type->name_size : 0;
        infer->terms[term].bounds = tag == SMF_TERM_SIMD ? type->lanes : 0;
    }
    return term;
}

uint32_t smf_infer_from_type(struct smf_infer *infer, const struct smf_type *type)
{
    struct {
        const struct smf_type *type;
        uint32_t next; /* where its next argument goes */
    } outer[SMF_TYPE_DEPTH];
    unsigned depth = 0;
    uint32_t root = SMF_NO_TERM;
    infer->full = false;
    for (;;) {
        const uint32_t term = add_type(infer, type);
        if (term == SMF_NO_TERM)
            return SMF_NO_TERM;
        if (depth == 0)
            root = term;
        else
            infer->arguments[outer[depth - 1].next++] = term;
        if (type->arguments != NULL) {
            if (depth == SMF_TYPE_DEPTH)
                return SMF_NO_TERM;
            outer[depth].type = type;
            outer[depth++].next = infer->terms[term].first;
            type = type->arguments;
            continue;
        }
        while (depth != 0 && type->next == NULL)
            type = outer[--depth].type;
        if (depth == 0)
            return root;
        type = type->next;
    }
}

uint32_t smf_infer_type(struct smf_infer *infer, const struct smf_type *type)
{
    smf_infer_undo(infer);
    const struct smf_infer_state state = smf_infer_state(infer);
    const uint32_t term = smf_infer_from_type(infer, type);
    if (term == SMF_NO_TERM)
        smf_infer_return(infer, &state);
    return term;
}

/* ---- Terms to types ---- */

/* A constructor as a type, without its arguments. */
static struct smf_type type_of(const struct smf_term *term)
{
    static const uint8_t kinds[] = {SMF_TYPE_POINTER, SMF_TYPE_ARRAY, SMF_TYPE_NAMED, SMF_TYPE_FUNCTION, SMF_TYPE_SIMD};
    struct smf_type type;
    const unsigned tag = term->tag;
    memset(&type, 0, sizeof type);
    if (tag >= SMF_TERM_POINTER) {
        type.kind = kinds[tag - SMF_TERM_POINTER];
        type.name = term->name;
        type.name_size = term->name_size;
        type.lanes = tag == SMF_TERM_SIMD ? term->bounds : 0;
    } else if (tag >= SMF_TERM_I8 && tag <= SMF_TERM_F64) {
        type.kind = tag < SMF_TERM_F32 ? SMF_TYPE_INT : SMF_TYPE_FLOAT;
        type.is_signed = tag < SMF_TERM_U8;
        type.bits = (uint8_t)(tag < SMF_TERM_F32 ? 8u << ((tag - SMF_TERM_I8) & 3) : 32u << (tag - SMF_TERM_F32));
    } else if (tag >= SMF_TERM_USIZE) {
        type.kind = SMF_TYPE_NAMED;
        type.name = sizes[tag - SMF_TERM_USIZE].word;
        type.name_size = sizes[tag - SMF_TERM_USIZE].size;
    } else {
        type.kind = tag == SMF_TERM_BOOL ? SMF_TYPE_BOOL : tag == SMF_TERM_VOID ? SMF_TYPE_VOID : SMF_TYPE_STRING;
    }
    return type;
}

/* A term that is known to be whole. */
static enum smf_status read(const struct smf_infer *infer, uint32_t term, struct smf_type *room, size_t capacity,
                            size_t *used, const struct smf_type **type)
{
    struct {
        const struct smf_type **tail; /* where the next argument is linked */
        uint32_t next, end;           /* arguments that are still to come  */
    } open[SMF_TYPE_DEPTH];
    unsigned depth = 0;
    const struct smf_type **tail = type;
    for (;;) {
        const struct smf_term *from = &infer->terms[smf_infer_find(infer, term)];
        if (*used == capacity)
            return SMF_ERR_NO_SPACE;
        struct smf_type *made = &room[(*used)++];
        *made = type_of(from);
        *tail = made;
        if (depth != 0)
            open[depth - 1].tail = &made->next;
        if (from->arity != 0) {
            if (depth == SMF_TYPE_DEPTH)
                return SMF_ERR_LIMIT;
            open[depth].tail = &made->arguments;
            open[depth].next = from->first;
            open[depth++].end = from->first + from->arity;
        }
        while (depth != 0 && open[depth - 1].next == open[depth - 1].end)
            depth--;
        if (depth == 0)
            return SMF_OK;
        tail = open[depth - 1].tail;
        term = infer->arguments[open[depth - 1].next++];
    }
}

enum smf_status smf_infer_read(struct smf_infer *infer, uint32_t term, struct smf_type *room, size_t capacity,
                               size_t *used, const struct smf_type **type)
{
    size_t taken = 0;
    enum smf_status status = smf_infer_check(infer, term);
    if (status == SMF_OK)
        status = read(infer, term, room, capacity, &taken, type);
    if (used != NULL)
        *used = taken;
    return status;
}

/* ---- Hints ---- */

/* One question: which types do the hints say? */
struct question {
    struct smf_infer *infer;
    struct smf_diagnosis *why;
    const struct smf_infer_hint *hints;
    size_t hint_count;
    uint32_t count, whole;
    uint32_t parameters[SMF_TEMPLATE_PARAMETERS_MAX];
};

/* Unify a hint with what it is about. */
static enum smf_status apply(struct question *question, size_t index, uint32_t target, uint32_t where)
{
    const struct smf_type *type = question->hints[index].type;
    const uint32_t term = type == NULL ? SMF_NO_TERM : smf_infer_from_type(question->infer, type);
    if (type != NULL && term == SMF_NO_TERM && question->infer->full)
        return smf_fail(question->why, SMF_DETAIL_INFER_SPACE, 0, 0, 0);
    if (term == SMF_NO_TERM) {
        question->why->index = (uint32_t)index;
        return smf_fail(question->why, SMF_DETAIL_INFER_HINT, 0, 0, 0);
    }
    return smf_infer_meet(question->infer, target, term, where);
}

/* What the hint is about: a term, SMF_NO_TERM: it does not say. */
static enum smf_status find_target(struct question *question, size_t index, uint32_t *target, uint32_t *where)
{
    const struct smf_infer_hint *hint = &question->hints[index];
    const struct smf_infer *infer = question->infer;
    const struct smf_term *whole = question->whole != SMF_NO_TERM ? &infer->terms[question->whole] : NULL;
    const bool argument = hint->parameter < 0 && whole != NULL && hint->argument >= 0;
    const int number = argument ? hint->argument : hint->parameter;
    const uint32_t limit = argument ? whole->arity - 1u : question->count;
    *target = SMF_NO_TERM;
    *where = SMF_INFER_HINT + (uint32_t)index;
    if (number >= 0 && (uint32_t)number >= limit) {
        question->why->index = (uint32_t)index;
        return smf_fail(question->why, SMF_DETAIL_INFER_ARITY, 0, (size_t)number, limit);
    }
    if (hint->parameter >= 0) {
        *target = question->parameters[number];
    } else if (argument) {
        *target = infer->arguments[whole->first + (uint32_t)number];
        *where = (uint32_t)number + 1;
    } else if (hint->source == SMF_HINT_RETURN && whole != NULL) {
        *target = infer->arguments[whole->first + whole->arity - 1u];
        *where = 0;
    }
    return SMF_OK;
}

/* All hints that say what they are about; `*other` is the one that counts of those that do not, or hint_count. */
static enum smf_status apply_all(struct question *question, size_t *other)
{
    *other = question->hint_count;
    for (size_t i = 0; i < question->hint_count; i++) {
        uint32_t target, where;
        enum smf_status status = find_target(question, i, &target, &where);
        if (status == SMF_OK && target != SMF_NO_TERM)
            status = apply(question, i, target, where);
        if (status != SMF_OK)
            return status;
        if (target == SMF_NO_TERM &&
            (*other == question->hint_count || question->hints[i].source < question->hints[*other].source))
            *other = i;
    }
    return SMF_OK;
}

/* Does a type contain itself, or is a parameter open? The first of these that is, with its number. */
static enum smf_status check_all(const struct question *question, uint32_t *open)
{
    enum smf_status status = SMF_OK;
    if (question->whole != SMF_NO_TERM && smf_infer_check(question->infer, question->whole) == SMF_ERR_TYPE)
        return SMF_ERR_TYPE;
    for (uint32_t i = question->count; i-- != 0;) {
        const enum smf_status found = smf_infer_check(question->infer, question->parameters[i]);
        if (found == SMF_ERR_TYPE)
            return found;
        if (found != SMF_OK) {
            status = found;
            *open = i;
        }
    }
    return status;
}

static enum smf_status solve(struct question *question)
{
    size_t other;
    uint32_t open = 0;
    enum smf_status status = apply_all(question, &other);
    if (status == SMF_OK)
        status = check_all(question, &open);
    if (status == SMF_ERR_NOT_FOUND && question->count == 1 && other != question->hint_count) {
        status = apply(question, other, question->parameters[0], SMF_INFER_HINT + (uint32_t)other);
        if (status == SMF_OK)
            status = check_all(question, &open);
    }
    if (status == SMF_ERR_NOT_FOUND)
        question->infer->where = open;
    return status;
}

static enum smf_status read_all(const struct question *question, struct smf_type *room, size_t capacity,
                                const struct smf_type **types)
{
    size_t used = 0;
    *types = NULL;
    for (uint32_t i = 0; i < question->count; i++) {
        const struct smf_type *type;
        struct smf_type *last = used < capacity ? &room[used] : NULL;
        const enum smf_status status = read(question->infer, question->parameters[i], room, capacity, &used, &type);
        if (status == SMF_ERR_LIMIT) {
            question->why->index = i;
            return smf_fail(question->why, SMF_DETAIL_INFER_DEEP, 0, 0, SMF_TYPE_DEPTH);
        }
        if (status != SMF_OK)
            return smf_fail(question->why, SMF_DETAIL_INFER_SPACE, 0, used, capacity);
        *types = type;
        types = &last->next;
    }
    return SMF_OK;
}

/* What the unifier has found, for people. */
static enum smf_status explain(const struct question *question, enum smf_status status)
{
    static const uint16_t details[] = {SMF_DETAIL_INFER_MISMATCH, SMF_DETAIL_INFER_OPEN, SMF_DETAIL_INFER_ENDLESS};
    struct smf_diagnosis *why = question->why;
    char text[SMF_DIAGNOSIS_NAME_SIZE + 1];
    if (why->status == status) /* said where it was found */
        return status;
    const unsigned which = status == SMF_ERR_MISMATCH ? 0 : status == SMF_ERR_NOT_FOUND ? 1 : 2;
    const size_t length = smf_infer_explain(question->infer, status, text, sizeof text);
    smf_fail_name(why, text, length < sizeof text ? length : sizeof text - 1);
    why->index = which == 2 ? 0 : question->infer->where;
    return smf_fail(why, (enum smf_detail)details[which], 0, 0, 0);
}

enum smf_status smf_infer_types(struct smf_infer *infer, const uint8_t *signature, size_t size, const uint16_t *bounds,
                                uint32_t count, const struct smf_infer_hint *hints, size_t hint_count,
                                struct smf_type *room, size_t capacity, const struct smf_type **types,
                                struct smf_diagnosis *why)
{
    struct smf_diagnosis own;
    struct question question = {.infer = infer, .why = why != NULL ? why : &own, .hints = hints};
    question.hint_count = hint_count;
    question.count = count;
    smf_fail_clear(question.why);
    if (count > SMF_TEMPLATE_PARAMETERS_MAX)
        return smf_fail(question.why, SMF_DETAIL_INFER_PARAMETERS, 0, count, SMF_TEMPLATE_PARAMETERS_MAX);
    smf_infer_undo(infer);
    const struct smf_infer_state state = smf_infer_state(infer);
    enum smf_status status =
        smf_infer_scheme(infer, signature, size, bounds, count, question.parameters, &question.whole);
    if (status != SMF_OK) {
        smf_fail(question.why, status == SMF_ERR_NO_SPACE ? SMF_DETAIL_INFER_SPACE : SMF_DETAIL_INFER_SIGNATURE, 0, 0,
                 0);
        return smf_infer_failed(infer, &state, status);
    }
    status = solve(&question);
    if (status == SMF_OK)
        status = read_all(&question, room, capacity, types);
    if (status != SMF_OK)
        return smf_infer_failed(infer, &state, explain(&question, status));
    smf_infer_return(infer, &state);
    return SMF_OK;
}
