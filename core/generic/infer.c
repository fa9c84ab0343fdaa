/* SPDX-License-Identifier: MIT */
/*
 * infer.c - terms and their unification.
 *
 * Equal terms form a tree of links whose root stands for all of them; a root that is a variable says in `first` which
 * constructor it is, so nothing that a term was made with is ever overwritten. A term is joined to another one once, and the
 * joined ones form a list: by `before`, newest first, it is what can be taken back. By `mark`, oldest first, it is
 * what is still to be done: two constructors are joined first, and their arguments when the list has come to
 * them (Huet). So every pair is looked at once, even round a cycle, and no room is needed that could be missing.
 */
#include "generic/infer.h"

/* ---- Terms ---- */

uint32_t smf_infer_add(struct smf_infer *infer, unsigned tag, unsigned arity)
{
    const uint32_t term = infer->term_count;
    infer->full = term >= infer->term_capacity || infer->argument_capacity - infer->argument_count < arity;
    if (infer->full)
        return SMF_NO_TERM;
    const bool variable = tag == SMF_TERM_VARIABLE;
    infer->terms[term] =
        (struct smf_term){.name = "", .link = term, .weight = 1, .tag = (uint8_t)tag, .arity = (uint8_t)arity};
    infer->terms[term].first = variable ? SMF_NO_TERM : infer->argument_count;
    infer->argument_count += arity;
    infer->term_count++;
    return term;
}

void smf_infer_start(struct smf_infer *infer, struct smf_term *terms, uint32_t term_capacity, uint32_t *arguments,
                     uint32_t argument_capacity)
{
    memset(infer, 0, sizeof *infer);
    infer->terms = terms;
    infer->arguments = arguments;
    infer->term_capacity = term_capacity;
    infer->argument_capacity = argument_capacity;
    infer->left = infer->right = infer->joined = infer->old_terms = SMF_NO_TERM;
}

uint32_t smf_infer_variable(struct smf_infer *infer, uint16_t bounds)
{
    smf_infer_undo(infer);
    const uint32_t term = smf_infer_add(infer, SMF_TERM_VARIABLE, 0);
    if (term != SMF_NO_TERM)
        infer->terms[term].bounds = bounds;
    return term;
}

static uint32_t find_root(const struct smf_infer *infer, uint32_t term)
{
    while (infer->terms[term].link != term)
        term = infer->terms[term].link;
    return term;
}

/* The constructor that a term with its links not looked at is or was joined as, SMF_NO_TERM: none. */
static uint32_t constructor(const struct smf_infer *infer, uint32_t term)
{
    return infer->terms[term].tag == SMF_TERM_VARIABLE ? infer->terms[term].first : term;
}

uint32_t smf_infer_find(const struct smf_infer *infer, uint32_t term)
{
    const uint32_t root = find_root(infer, term), known = constructor(infer, root);
    return known != SMF_NO_TERM ? known : root;
}

/* ---- From bytes ---- */

struct bytes {
    const uint8_t *at, *end;
};

/* The term whose tag comes next, without its arguments. */
static uint32_t take(struct smf_infer *infer, struct bytes *bytes, const uint32_t *variables, uint32_t count)
{
    const uint8_t *at = bytes->at, *const end = bytes->end;
    if (at == end)
        return SMF_NO_TERM;
    const uint8_t *name = at;
    unsigned tag = *at++;
    uint8_t name_size = 0;
    unsigned arity = tag >= SMF_TERM_POINTER;
    bytes->at = at;
    if (tag < SMF_TERM_VOID)
        return tag < count ? variables[tag] : SMF_NO_TERM;
    if (tag == SMF_TERM_NAMED && at != end) {
        name_size = *at++;
        name = at;
        at = name_size != 0 && end - at > name_size ? at + name_size : end;
    }
    if (tag >= SMF_TERM_NAMED) {
        if (at == end || tag > SMF_TERM_FUNCTION)
            return SMF_NO_TERM;
        arity = *at++ + (unsigned)(tag == SMF_TERM_FUNCTION);
        bytes->at = at;
    }
    if (tag == SMF_TERM_NAMED && arity == 0 && smf_infer_word((const char *)name, name_size) < SMF_TERM_POINTER) {
        tag = smf_infer_word((const char *)name, name_size);
        name_size = 0;
    }
    const uint32_t term = arity <= UINT8_MAX ? smf_infer_add(infer, tag, arity) : SMF_NO_TERM;
    if (term != SMF_NO_TERM) {
        infer->terms[term].name = (const char *)name;
        infer->terms[term].name_size = name_size;
    }
    return term;
}

/* Terms under way lead to what they are arguments of by `mark`, and count their arguments in `at`: no depth is too much. */
static uint32_t from_bytes(struct smf_infer *infer, const uint8_t *bytes, size_t size, const uint32_t *variables,
                           uint32_t variable_count)
{
    struct bytes from = {bytes, bytes + size};
    infer->full = false;
    uint32_t root = SMF_NO_TERM, outer = SMF_NO_TERM;
    for (;;) {
        const uint32_t made = infer->term_count, term = take(infer, &from, variables, variable_count);
        if (term == SMF_NO_TERM)
            return SMF_NO_TERM;
        if (outer == SMF_NO_TERM)
            root = term;
        else
            infer->arguments[infer->terms[outer].first + infer->terms[outer].at++] = term;
        if (term == made && infer->terms[term].arity != 0) {
            infer->terms[term].mark = outer;
            outer = term;
        }
        while (outer != SMF_NO_TERM && infer->terms[outer].at == infer->terms[outer].arity) {
            struct smf_term *full = &infer->terms[outer];
            outer = full->mark;
            full->mark = 0;
            full->at = 0;
        }
        if (outer == SMF_NO_TERM)
            return from.at == from.end ? root : SMF_NO_TERM;
    }
}

uint32_t smf_infer_term(struct smf_infer *infer, const uint8_t *bytes, size_t size, const uint32_t *variables,
                        uint32_t variable_count)
{
    smf_infer_begin(infer);
    return smf_infer_made(infer, from_bytes(infer, bytes, size, variables, variable_count));
}

/* ---- Unification ---- */

/* Are two constructors one, but for their arguments? What has no name, or no lanes, has none of length 0. */
static bool is_alike(const struct smf_term *left, const struct smf_term *right)
{
    return left->tag == right->tag && left->arity == right->arity && left->name_size == right->name_size &&
           left->bounds == right->bounds && memcmp(left->name, right->name, left->name_size) == 0;
}

/* Make two roots one: the lighter leads to the heavier, which keeps the ways short. */
static void join(struct smf_infer *infer, uint32_t left, uint32_t right)
{
    const bool lighter = infer->terms[left].weight < infer->terms[right].weight;
    const uint32_t root = lighter ? right : left, leaf = lighter ? left : right;
    struct smf_term *to = &infer->terms[root], *from = &infer->terms[leaf];
    from->kept = to->bounds;
    if (to->tag == SMF_TERM_VARIABLE) {
        if (to->first == SMF_NO_TERM)
            to->first = constructor(infer, leaf);
        if (from->tag == SMF_TERM_VARIABLE)
            to->bounds |= from->bounds;
    }
    to->weight += from->weight;
    from->link = root;
    from->before = infer->joined;
    from->mark = SMF_NO_TERM; /* nothing is to be done after it */
    infer->joined = leaf;
}

/* What was joined after `until` comes apart again. */
static void take_back(struct smf_infer *infer, uint32_t until)
{
    while (infer->joined != until) {
        const uint32_t leaf = infer->joined;
        struct smf_term *from = &infer->terms[leaf], *to = &infer->terms[from->link];
        if (to->tag == SMF_TERM_VARIABLE && to->first == constructor(infer, leaf))
            to->first = SMF_NO_TERM; /* no two terms have one constructor: it is from here */
        to->bounds = from->kept;
        to->weight -= from->weight;
        infer->joined = from->before;
        from->link = leaf;
        from->before = from->mark = 0;
        from->kept = 0;
    }
}

/* Join two terms unless they are one already. */
static bool meet(struct smf_infer *infer, uint32_t left, uint32_t right)
{
    left = find_root(infer, left);
    right = find_root(infer, right);
    if (left == right)
        return true;
    const uint32_t a = constructor(infer, left), b = constructor(infer, right);
    if (a != SMF_NO_TERM && b != SMF_NO_TERM && !is_alike(&infer->terms[a], &infer->terms[b]))
        return false;
    join(infer, left, right);
    return true;
}

/* Make the arguments of what was joined one, from `first` on, until nothing is left to do. */
static bool meet_arguments(struct smf_infer *infer, uint32_t first)
{
    for (uint32_t leaf = first, next; leaf != SMF_NO_TERM; leaf = next) {
        const uint32_t a = constructor(infer, leaf), b = constructor(infer, infer->terms[leaf].link);
        const bool pair = a != SMF_NO_TERM && b != SMF_NO_TERM && a != b; /* b is a: known by this join */
        for (unsigned i = 0; pair && i < infer->terms[a].arity; i++) {
            const uint32_t newest = infer->joined;
            if (!meet(infer, infer->arguments[infer->terms[a].first + i], infer->arguments[infer->terms[b].first + i]))
                return false;
            if (infer->joined != newest)
                infer->terms[newest].mark = infer->joined;
        }
        next = infer->terms[leaf].mark;
        infer->terms[leaf].mark = 0;
    }
    return true;
}

enum smf_status smf_infer_meet(struct smf_infer *infer, uint32_t left, uint32_t right, uint32_t where)
{
    const uint32_t before = infer->joined;
    if (meet(infer, left, right) && (infer->joined == before || meet_arguments(infer, infer->joined)))
        return SMF_OK;
    take_back(infer, before);
    infer->left = left;
    infer->right = right;
    infer->where = where;
    return SMF_ERR_MISMATCH;
}

enum smf_status smf_infer_unify(struct smf_infer *infer, uint32_t left, uint32_t right)
{
    smf_infer_undo(infer);
    return smf_infer_meet(infer, left, right, SMF_NO_TERM);
}

/* ---- What can be taken back ---- */

void smf_infer_undo(struct smf_infer *infer)
{
    if (infer->old_terms == SMF_NO_TERM)
        return;
    take_back(infer, infer->old_joined);
    infer->term_count = infer->old_terms;
    infer->argument_count = infer->old_arguments;
    infer->old_terms = infer->left = infer->right = SMF_NO_TERM;
}

void smf_infer_begin(struct smf_infer *infer)
{
    smf_infer_undo(infer);
    infer->old_terms = infer->term_count;
    infer->old_arguments = infer->argument_count;
    infer->old_joined = infer->joined;
}

uint32_t smf_infer_made(struct smf_infer *infer, uint32_t term)
{
    if (term == SMF_NO_TERM)
        smf_infer_undo(infer);
    infer->old_terms = SMF_NO_TERM;
    return term;
}

/* ---- Whole types ---- */

/* Marks of a check that begins: a number that no term has. */
static uint32_t begin_check(struct smf_infer *infer)
{
    if (++infer->checks == 0) {
        for (uint32_t i = 0; i < infer->term_count; i++)
            infer->terms[i].mark = 0;
        infer->checks = 1;
    }
    return infer->checks;
}

/* Depth first. A term that is open (`at` is not 0) leads to the one around it by `mark`; one that is met while it is open contains itself. */
enum smf_status smf_infer_check(struct smf_infer *infer, uint32_t term)
{
    const uint32_t done = begin_check(infer);
    enum smf_status status = SMF_OK;
    uint32_t outer = SMF_NO_TERM;
    for (;;) {
        const uint32_t at = smf_infer_find(infer, term);
        struct smf_term *met = &infer->terms[at];
        if (met->at != 0)
            status = SMF_ERR_TYPE;
        if (met->at == 0 && met->mark != done) {
            if (met->tag == SMF_TERM_VARIABLE)
                status = SMF_ERR_NOT_FOUND;
            met->mark = met->arity != 0 ? outer : done;
            outer = met->arity != 0 ? at : outer;
        }
        while (outer != SMF_NO_TERM &&
               (status == SMF_ERR_TYPE || infer->terms[outer].at == infer->terms[outer].arity)) {
            struct smf_term *full = &infer->terms[outer];
            outer = full->mark;
            full->mark = done;
            full->at = 0;
        }
        if (outer == SMF_NO_TERM)
            return status;
        term = infer->arguments[infer->terms[outer].first + infer->terms[outer].at++];
    }
}

/* ---- Calls ---- */

enum smf_status smf_infer_scheme(struct smf_infer *infer, const uint8_t *signature, size_t size, const uint16_t *bounds,
                                 uint32_t count, uint32_t *parameters, uint32_t *whole)
{
    for (uint32_t i = 0; i < count; i++) {
        if ((parameters[i] = smf_infer_add(infer, SMF_TERM_VARIABLE, 0)) == SMF_NO_TERM)
            return SMF_ERR_NO_SPACE;
        infer->terms[parameters[i]].bounds = bounds[i];
    }
    *whole = SMF_NO_TERM;
    if (size == 0)
        return SMF_OK;
    *whole = from_bytes(infer, signature, size, parameters, count);
    if (*whole == SMF_NO_TERM)
        return infer->full ? SMF_ERR_NO_SPACE : SMF_ERR_FORMAT;
    return infer->terms[*whole].tag == SMF_TERM_FUNCTION ? SMF_OK : SMF_ERR_FORMAT;
}

static enum smf_status call(struct smf_infer *infer, uint32_t whole, const uint32_t *arguments, uint32_t count,
                            uint32_t result)
{
    const uint32_t *wanted = infer->arguments + infer->terms[whole].first;
    infer->left = infer->right = whole;
    if (infer->terms[whole].arity != count + 1)
        return SMF_ERR_ARITY;
    for (uint32_t i = 0; i <= count; i++) {
        const uint32_t given = i < count ? arguments[i] : result;
        if (given == SMF_NO_TERM)
            continue;
        const enum smf_status status = smf_infer_meet(infer, wanted[i], given, i < count ? i + 1 : 0);
        if (status != SMF_OK)
            return status;
    }
    infer->where = SMF_NO_TERM;
    return smf_infer_check(infer, whole) == SMF_ERR_TYPE ? SMF_ERR_TYPE : SMF_OK;
}

enum smf_status smf_infer_call(struct smf_infer *infer, const uint8_t *signature, size_t size, const uint16_t *bounds,
                               uint32_t count, const uint32_t *arguments, uint32_t argument_count, uint32_t result,
                               uint32_t *parameters)
{
    uint32_t whole;
    smf_infer_begin(infer);
    enum smf_status status = smf_infer_scheme(infer, signature, size, bounds, count, parameters, &whole);
    if (status == SMF_OK)
        status = whole == SMF_NO_TERM ? SMF_ERR_FORMAT : call(infer, whole, arguments, argument_count, result);
    if (status == SMF_OK)
        infer->old_terms = SMF_NO_TERM; /* it stays */
    return status;
}
