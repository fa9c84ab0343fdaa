/* SPDX-License-Identifier: MIT */
/*
 * oracle.c - the unifier against one that is as plain as can be: it recurses, replaces variables by what they are, and looks
 * everywhere for a variable before it is replaced. Random terms, many of them with the same variables; what
 * failed can be had again by its seed.
 */
#include <stdio.h>
#include <string.h>

#include "generic/inference/scene.h"
#include "harness/tap.h"

enum {
    VARIABLES = 6,
    NODES = 512,
    STEPS = 4000,
#if UINTPTR_MAX == UINT32_MAX || defined SMF_TESTS_EMULATED
    RUNS = 1000
#else
    RUNS = 40000
#endif
};

static uint32_t state;

static uint32_t random_below(uint32_t limit)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return (state >> 8) % limit;
}

/* ---- Terms of the oracle ---- */

struct node {
    int variable; /* its number, or -1 */
    uint8_t tag, name, arity;
    const struct node *arguments[3];
};

static struct node nodes[NODES];
static unsigned node_count;
static const struct node *meaning[VARIABLES]; /* of variables; NULL: nothing yet */
static unsigned steps;

static const struct node *find(const struct node *node)
{
    while (node->variable >= 0 && meaning[node->variable] != NULL)
        node = meaning[node->variable];
    return node;
}

static bool occurs(int variable, const struct node *node)
{
    node = find(node);
    if (++steps > STEPS || node->variable == variable)
        return true;
    for (unsigned i = 0; i < node->arity; i++)
        if (occurs(variable, node->arguments[i]))
            return true;
    return false;
}

static bool unify(const struct node *left, const struct node *right)
{
    left = find(left);
    right = find(right);
    if (left == right || ++steps > STEPS)
        return true;
    if (left->variable >= 0 || right->variable >= 0) {
        const int variable = left->variable >= 0 ? left->variable : right->variable;
        const struct node *other = left->variable >= 0 ? right : left;
        if (other->variable == variable)
            return true;
        if (occurs(variable, other))
            return false;
        meaning[variable] = other;
        return true;
    }
    if (left->tag != right->tag || left->name != right->name || left->arity != right->arity)
        return false;
    for (unsigned i = 0; i < left->arity; i++)
        if (!unify(left->arguments[i], right->arguments[i]))
            return false;
    return true;
}

/* ---- The same terms for both ---- */

static uint32_t variables[VARIABLES];

/* A random term as bytes, and as nodes. */
static const struct node *make(uint8_t *bytes, size_t *size, unsigned depth)
{
    struct node *node = &nodes[node_count++];
    const unsigned choice = random_below(depth == 0 ? 5 : 10);
    *node = (struct node){.variable = -1};
    if (choice < 4) {
        node->variable = (int)random_below(VARIABLES);
        bytes[(*size)++] = (uint8_t)node->variable;
    } else if (choice < 5) {
        node->tag = (uint8_t)(SMF_TERM_I32 + random_below(4) / 3);
        bytes[(*size)++] = node->tag;
    } else if (choice < 6) {
        node->tag = random_below(8) != 0 ? SMF_TERM_POINTER : SMF_TERM_ARRAY;
        node->arity = 1;
        bytes[(*size)++] = node->tag;
    } else if (choice < 9) {
        node->tag = SMF_TERM_NAMED;
        node->name = (uint8_t)('A' + random_below(12) / 11);
        node->arity = (uint8_t)(random_below(16) == 0 ? 0 : 2);
        const uint8_t head[] = {SMF_TERM_NAMED, 1, node->name, node->arity};
        memcpy(bytes + *size, head, sizeof head);
        *size += sizeof head;
    } else {
        node->tag = SMF_TERM_FUNCTION;
        node->arity = (uint8_t)(1 + random_below(8) % 3);
        bytes[(*size)++] = node->tag;
        bytes[(*size)++] = (uint8_t)(node->arity - 1);
    }
    for (unsigned i = 0; i < node->arity; i++)
        node->arguments[i] = make(bytes, size, depth - 1);
    return node;
}

/* Do both say the same? Variables that are open have to be told apart by both. */
static bool agrees(const struct node *node, uint32_t term, uint32_t *open)
{
    node = find(node);
    term = smf_infer_find(&scene, term);
    const struct smf_term *found = &scene_terms[term];
    if (++steps > STEPS)
        return true;
    if (node->variable >= 0) {
        for (unsigned i = 0; i < VARIABLES; i++)
            if (open[i] == term && i != (unsigned)node->variable)
                return false;
        const bool known = open[node->variable] != SMF_NO_TERM;
        const bool same = !known || open[node->variable] == term;
        open[node->variable] = term;
        return found->tag == SMF_TERM_VARIABLE && same;
    }
    if (found->tag != node->tag || found->arity != node->arity ||
        (node->tag == SMF_TERM_NAMED && found->name[0] != (char)node->name))
        return false;
    for (unsigned i = 0; i < node->arity; i++)
        if (!agrees(node->arguments[i], scene_arguments[found->first + i], open))
            return false;
    return true;
}

static unsigned succeeded, mismatched, endless, whole_runs;

/* One seed: two or three equations over the same variables. */
static const char *run(uint32_t seed)
{
    static uint8_t bytes[6][512];
    const struct node *sides[6];
    uint32_t terms[6], open[VARIABLES];
    state = seed * 2654435761u + 12345;
    random_below(2);
    node_count = 0;
    scene_start();
    memset(meaning, 0, sizeof meaning);
    memset(open, 0xFF, sizeof open);
    for (unsigned i = 0; i < VARIABLES; i++)
        variables[i] = smf_infer_variable(&scene, 0);
    const unsigned equations = 2 + random_below(2);
    for (unsigned i = 0; i < 2 * equations; i++) {
        size_t size = 0;
        sides[i] = make(bytes[i], &size, 3);
        terms[i] = smf_infer_term(&scene, bytes[i], size, variables, VARIABLES);
        if (terms[i] == SMF_NO_TERM)
            return "a term has no room";
    }
    bool wanted = true;
    enum smf_status found = SMF_OK;
    steps = 0;
    for (unsigned i = 0; i < equations; i++)
        wanted = wanted && unify(sides[2 * i], sides[2 * i + 1]);
    if (steps > STEPS)
        return NULL; /* too much for recursion: the other tests have such types */
    whole_runs++;
    for (unsigned i = 0; i < equations && found == SMF_OK; i++)
        found = smf_infer_unify(&scene, terms[2 * i], terms[2 * i + 1]);
    for (unsigned i = 0; i < 2 * equations && found == SMF_OK; i++)
        if (smf_infer_check(&scene, terms[i]) == SMF_ERR_TYPE)
            found = SMF_ERR_TYPE;
    succeeded += found == SMF_OK;
    mismatched += found == SMF_ERR_MISMATCH;
    endless += found == SMF_ERR_TYPE;
    if (wanted != (found == SMF_OK))
        return wanted ? "it can be solved" : "it cannot be solved";
    steps = 0;
    for (unsigned i = 0; i < 2 * equations && wanted; i++)
        if (!agrees(sides[i], terms[i], open))
            return "another solution";
    return NULL;
}

static void random_terms(void)
{
    const char *wanted = tap_wanted_variant();
    uint32_t first = 1, last = RUNS;
    if (wanted[0] != '\0') {
        first = 0;
        for (const char *digit = wanted + strcspn(wanted, "0123456789"); *digit >= '0' && *digit <= '9'; digit++)
            first = first * 10 + (uint32_t)(*digit - '0');
        last = first;
    }
    for (uint32_t seed = first; seed <= last; seed++) {
        const char *wrong = run(seed);
        tap_variant("seed=%u", (unsigned)seed);
        tap_check(wrong == NULL, __FILE__, __LINE__, "seed %u: %s", (unsigned)seed, wrong == NULL ? "" : wrong);
    }
    tap_variant("%s", "");
    tap_note("%u solved, %u mismatches, %u that contain themselves", succeeded, mismatched, endless);
    if (first != last) { /* enough of each, or the test shows nothing */
        CHECK(succeeded > RUNS / 20 && mismatched > RUNS / 20 && endless > RUNS / 50);
        CHECK(whole_runs > RUNS - RUNS / 20);
    }
}

static const struct tap_case cases[] = {
    {"random_terms", random_terms},
};
TAP_MAIN(cases)
