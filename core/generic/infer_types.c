/* SPDX-License-Identifier: MIT */
/* infer_types.c - types of smf/types.h as terms and back, and what hints say of a template's parameters. */
#include "generic/infer.h"

/* ---- Words ---- */

/* What each tag from SMF_TERM_VOID on means: a kind, how many bits (as a power of two), and whether it has a sign. */
#define WORD(kind, bits_log2, is_signed) ((kind) | (bits_log2) << 4 | (is_signed) << 7)
static const uint8_t words[] = {
    WORD(SMF_TYPE_VOID, 0, 0),   WORD(SMF_TYPE_BOOL, 0, 0),  WORD(SMF_TYPE_INT, 3, 1),   WORD(SMF_TYPE_INT, 4, 1),
    WORD(SMF_TYPE_INT, 5, 1),    WORD(SMF_TYPE_INT, 6, 1),   WORD(SMF_TYPE_INT, 3, 0),   WORD(SMF_TYPE_INT, 4, 0),
    WORD(SMF_TYPE_INT, 5, 0),    WORD(SMF_TYPE_INT, 6, 0),   WORD(SMF_TYPE_FLOAT, 5, 0), WORD(SMF_TYPE_FLOAT, 6, 0),
    WORD(SMF_TYPE_STRING, 0, 0), WORD(SMF_TYPE_NAMED, 0, 0), WORD(SMF_TYPE_NAMED, 1, 0), WORD(SMF_TYPE_NAMED, 2, 0),
};
/* Those that smf/types.h knows as names only. */
static const char names[][6] = {"usize", "isize", "nil"};

enum { WORDS = sizeof words, NAME_SIZE = 5, NO_TAG = 0xFF };

static bool is_name(const struct smf_type *type, unsigned word)
{
    const unsigned number = words[word] >> 4;
    const size_t size = NAME_SIZE - 2 * (number >> 1);
    return type->name_size == size && memcmp(type->name, names[number], size) == 0;
}

/* The tag of a type that is a word, NO_TAG: it is none. */
static unsigned tag_of_word(const struct smf_type *type)
{
    for (unsigned i = 0; i < WORDS; i++) {
        const unsigned word = words[i], bits = 1u << (word >> 4 & 7), kind = word & 15;
        if (kind != type->kind)
            continue;
        if (kind == SMF_TYPE_NAMED
                ? is_name(type, i)
                : bits == 1 || (bits == type->bits && (kind == SMF_TYPE_FLOAT || (word >> 7 != 0) == type->is_signed)))
            return SMF_TERM_VOID + i;
    }
    return NO_TAG;
}

unsigned smf_infer_word(const char *name, size_t size)
{
    const struct smf_type named = {.kind = SMF_TYPE_NAMED, .name = name, .name_size = size};
    return tag_of_word(&named);
}

/* ---- Types to terms ---- */

/* The tag of a type with `count` arguments, NO_TAG: it is none. */
static unsigned tag_of(const struct smf_type *type, size_t count)
{
    static const uint8_t tags[] = {
        [SMF_TYPE_UNKNOWN] = SMF_TERM_VARIABLE,  [SMF_TYPE_NAMED] = SMF_TERM_NAMED,
        [SMF_TYPE_ARRAY] = SMF_TERM_ARRAY,       [SMF_TYPE_POINTER] = SMF_TERM_POINTER,
        [SMF_TYPE_FUNCTION] = SMF_TERM_FUNCTION, [SMF_TYPE_SIMD] = SMF_TERM_SIMD,
        [SMF_TYPE_VARIABLE] = SMF_TERM_VARIABLE,
    };
    const unsigned kind = type->kind;
    const bool named = kind == SMF_TYPE_NAMED || kind == SMF_TYPE_VARIABLE;
    if (kind > SMF_TYPE_VARIABLE || count > UINT8_MAX ||
        (named && (type->name == NULL || type->name_size - 1 >= UINT8_MAX)) ||
        (kind == SMF_TYPE_SIMD && type->lanes == 0))
        return NO_TAG;
    const unsigned word = count == 0 ? tag_of_word(type) : NO_TAG, tag = tags[kind];
    if (word != NO_TAG)
        return word;
    const bool fits = tag == SMF_TERM_VARIABLE   ? count == 0 && (kind == SMF_TYPE_UNKNOWN || named)
                      : tag == SMF_TERM_NAMED    ? true
                      : tag == SMF_TERM_FUNCTION ? count != 0
                                                 : count == 1;
    return fits ? tag : (unsigned)NO_TAG;
}

/* A variable of this name, SMF_NO_TERM: there is none yet. */
static uint32_t find_variable(const struct smf_infer *infer, const struct smf_type *type)
{
    for (uint32_t i = 0; i < infer->term_count; i++) {
        const struct smf_term *term = &infer->terms[i];
        if (term->tag == SMF_TERM_VARIABLE && term->name_size == type->name_size &&
            memcmp(term->name, type->name, type->name_size) == 0)
            return i;
    }
    return SMF_NO_TERM;
}

/* One type without its arguments. */
static uint32_t add_type(struct smf_infer *infer, const struct smf_type *type)
{
    const size_t count = smf_types_count(type->arguments);
    const unsigned tag = tag_of(type, count);
    if (tag == NO_TAG)
        return SMF_NO_TERM;
    const bool variable = type->kind == SMF_TYPE_VARIABLE;
    uint32_t term = variable ? find_variable(infer, type) : SMF_NO_TERM;
    if (term == SMF_NO_TERM && (term = smf_infer_add(infer, tag, (unsigned)count)) != SMF_NO_TERM) {
        struct smf_term *made = &infer->terms[term];
        if (variable || tag == SMF_TERM_NAMED) {
            made->name = type->name;
            made->name_size = (uint8_t)type->name_size;
        }
        made->bounds = tag == SMF_TERM_SIMD ? type->lanes : 0;
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
    smf_infer_begin(infer);
    return smf_infer_made(infer, smf_infer_from_type(infer, type));
}

/* ---- Terms to types ---- */

/* A constructor as a type, without its arguments. */
static void set_type(struct smf_type *type, const struct smf_term *term)
{
    static const uint8_t kinds[] = {SMF_TYPE_POINTER, SMF_TYPE_ARRAY, SMF_TYPE_NAMED, SMF_TYPE_FUNCTION, SMF_TYPE_SIMD};
    const unsigned tag = term->tag;
    memset(type, 0, sizeof *type);
    type->name = term->name;
    type->name_size = term->name_size;
    if (tag >= SMF_TERM_POINTER) {
        type->kind = kinds[tag - SMF_TERM_POINTER];
        type->lanes = tag == SMF_TERM_SIMD ? term->bounds : 0;
        return;
    }
    const unsigned word = words[tag - SMF_TERM_VOID], number = word >> 4 & 7;
    type->kind = word & 15;
    type->is_signed = word >> 7 != 0;
    if (type->kind != SMF_TYPE_NAMED) {
        type->bits = (uint8_t)(1u << number & ~1u);
    } else {
        type->name = names[number];
        type->name_size = NAME_SIZE - 2 * (number >> 1);
    }
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
        set_type(made, from);
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

/* One question: which types do the hints say? What is wrong is in infer->where, and, for two types, left and right. */
struct question {
    struct smf_infer *infer;
    const struct smf_infer_hint *hints;
    size_t hint_count, other; /* the hint that counts of those that do not say what they are about, or hint_count */
    uint32_t count, whole;
    uint32_t parameters[SMF_TEMPLATE_PARAMETERS_MAX];
};

/* Unify a hint with what it is about. */
static enum smf_status apply(const struct question *question, const struct smf_infer_hint *hint, uint32_t target,
                             uint32_t where)
{
    struct smf_infer *infer = question->infer;
    const uint32_t term = hint->type == NULL ? SMF_NO_TERM : smf_infer_from_type(infer, hint->type);
    infer->where = (uint32_t)(hint - question->hints);
    if (term != SMF_NO_TERM)
        return smf_infer_meet(infer, target, term, where);
    return hint->type != NULL && infer->full ? SMF_ERR_NO_SPACE : SMF_ERR_TYPE;
}

/* All hints that say what they are about. */
static enum smf_status apply_all(struct question *question)
{
    struct smf_infer *infer = question->infer;
    const bool whole = question->whole != SMF_NO_TERM;
    const struct smf_term *signature = &infer->terms[whole ? question->whole : 0];
    const uint32_t *wanted = infer->arguments + signature->first;
    enum smf_status status = SMF_OK;
    question->other = question->hint_count;
    for (size_t i = 0; i < question->hint_count && status == SMF_OK; i++) {
        const struct smf_infer_hint *hint = &question->hints[i];
        const uint32_t *from = question->parameters;
        uint32_t limit = question->count, number = (uint32_t)hint->parameter, where = SMF_INFER_HINT + (uint32_t)i;
        if (hint->parameter < 0 && whole && (hint->argument >= 0 || hint->source == SMF_HINT_RETURN)) {
            from = wanted;
            limit = signature->arity - 1u;
            number = hint->argument >= 0 ? (uint32_t)hint->argument : limit++; /* the result is behind the arguments */
            where = hint->argument >= 0 ? number + 1 : 0;
        } else if (hint->parameter < 0) {
            if (question->other == question->hint_count || hint->source < question->hints[question->other].source)
                question->other = i;
            continue;
        }
        infer->where = (uint32_t)i;
        infer->left = SMF_NO_TERM;
        status = number < limit ? apply(question, hint, from[number], where) : SMF_ERR_ARITY;
    }
    return status;
}

/*
 * Does a type contain itself, or else, is a parameter open? With its number. Parameters are enough: what hints say was made one with
 * what has no other variables, so that a way from a type to itself leads through one of them.
 */
static enum smf_status check_all(const struct question *question)
{
    struct smf_infer *infer = question->infer;
    enum smf_status status = SMF_OK;
    for (uint32_t i = question->count; i-- != 0 && status != SMF_ERR_TYPE;) {
        const enum smf_status found = smf_infer_check(infer, question->parameters[i]);
        if (found != SMF_OK) {
            status = found;
            infer->where = i;
        }
    }
    if (status == SMF_ERR_TYPE)
        infer->where = SMF_NO_TERM;
    return status;
}

static enum smf_status solve(struct question *question)
{
    enum smf_status status = apply_all(question);
    if (status == SMF_OK)
        status = check_all(question);
    if (status == SMF_ERR_NOT_FOUND && question->count == 1 && question->other != question->hint_count) {
        const uint32_t where = SMF_INFER_HINT + (uint32_t)question->other;
        status = apply(question, &question->hints[question->other], question->parameters[0], where);
        if (status == SMF_OK)
            status = check_all(question);
    }
    return status;
}

static enum smf_status read_all(const struct question *question, struct smf_type *room, size_t capacity,
                                const struct smf_type **types)
{
    enum smf_status status = SMF_OK;
    size_t used = 0;
    *types = NULL;
    for (uint32_t i = 0; i < question->count && status == SMF_OK; i++) {
        struct smf_type *first = room + used;
        question->infer->where = i;
        status = read(question->infer, question->parameters[i], room, capacity, &used, types);
        types = &first->next;
    }
    return status;
}

enum smf_status smf_infer_types(struct smf_infer *infer, const uint8_t *signature, size_t size, const uint16_t *bounds,
                                uint32_t count, const struct smf_infer_hint *hints, size_t hint_count,
                                struct smf_type *room, size_t capacity, const struct smf_type **types,
                                struct smf_diagnosis *why)
{
    struct question question = {.infer = infer, .hints = hints, .hint_count = hint_count, .count = count};
    smf_infer_begin(infer);
    enum smf_status status = SMF_ERR_LIMIT;
    infer->where = SMF_NO_TERM;
    if (count <= SMF_TEMPLATE_PARAMETERS_MAX)
        status = smf_infer_scheme(infer, signature, size, bounds, count, question.parameters, &question.whole);
    if (status == SMF_OK)
        status = solve(&question);
    if (status == SMF_OK)
        status = read_all(&question, room, capacity, types);
    if (status == SMF_OK)
        smf_infer_undo(infer); /* the types lie in `room`: no term is needed any more */
    else if (why != NULL)
        smf_infer_say(infer, status, why);
    return status;
}
