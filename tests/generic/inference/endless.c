/* SPDX-License-Identifier: MIT */
/*
 * endless.c - types that would take for ever if anything were looked at twice, and what keeps it from that: short ways, and
 * marks that are of one check only.
 */
#include "generic/inference/scene.h"
#include "harness/tap.h"

/* However terms are joined, none is far from the one that stands for it. */
static void ways_stay_short(void)
{
    enum { COUNT = 256 };
    for (unsigned order = 0; order < 2; order++) {
        uint32_t longest = 0;
        scene_start();
        for (unsigned i = 0; i < COUNT; i++)
            CHECK_EQUAL(smf_infer_variable(&scene, 0), i);
        for (uint32_t i = 0; i + 1 < COUNT; i++)
            CHECK_STATUS(smf_infer_unify(&scene, order ? i : i + 1, order ? i + 1 : i), SMF_OK);
        for (uint32_t i = 0; i < COUNT; i++) {
            uint32_t steps = 0;
            for (uint32_t at = i; scene_terms[at].link != at; at = scene_terms[at].link)
                steps++;
            longest = steps > longest ? steps : longest;
        }
        CHECK(longest <= 8);
    }
}

enum {
#if UINTPTR_MAX == UINT32_MAX || defined SMF_TESTS_EMULATED
    DOUBLINGS = 300
#else
    DOUBLINGS = 300000
#endif
};

static struct smf_term many[4 * DOUBLINGS + 8];
static uint32_t many_arguments[8 * DOUBLINGS + 16];

static uint32_t add_pair(struct smf_infer *infer, uint32_t left, uint32_t right)
{
    static const uint8_t pair[] = {SMF_TERM_NAMED, 1, 'P', 2, 0, 1};
    const uint32_t both[] = {left, right};
    return smf_infer_term(infer, pair, sizeof pair, both, 2);
}

/* A pair of pairs of pairs, 300,000 deep: 2^300000 leaves, and as many steps as there are terms. */
static void types_that_are_doubled(void)
{
    struct smf_infer infer;
    smf_infer_start(&infer, many, sizeof many / sizeof many[0], many_arguments,
                    sizeof many_arguments / sizeof many_arguments[0]);
    const uint32_t u8 = smf_infer_type(&infer, scene_types("u8"));
    uint32_t left = smf_infer_variable(&infer, 0), right = smf_infer_variable(&infer, 0);
    for (unsigned i = 0; i < DOUBLINGS; i++) {
        left = add_pair(&infer, left, left);
        right = add_pair(&infer, right, right);
    }
    CHECK(left != SMF_NO_TERM && right != SMF_NO_TERM);
    CHECK_STATUS(smf_infer_unify(&infer, left, right), SMF_OK);
    CHECK(smf_infer_find(&infer, 1) == smf_infer_find(&infer, 2));
    CHECK_STATUS(smf_infer_check(&infer, left), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_infer_unify(&infer, 1, u8), SMF_OK);
    CHECK_STATUS(smf_infer_check(&infer, right), SMF_OK);
    CHECK_STATUS(smf_infer_unify(&infer, 2, add_pair(&infer, u8, u8)), SMF_ERR_MISMATCH);
}

/* Chains that are tied at their ends: cycles as long as there are terms, met in every order. */
static void types_that_contain_themselves_far_away(void)
{
    struct smf_infer infer;
    smf_infer_start(&infer, many, sizeof many / sizeof many[0], many_arguments,
                    sizeof many_arguments / sizeof many_arguments[0]);
    const uint32_t start = smf_infer_variable(&infer, 0), other = smf_infer_variable(&infer, 0);
    uint32_t left = start, right = other;
    for (unsigned i = 0; i < DOUBLINGS; i++) {
        left = add_pair(&infer, left, start);
        right = add_pair(&infer, right, other);
    }
    CHECK_STATUS(smf_infer_unify(&infer, left, right), SMF_OK);
    CHECK_STATUS(smf_infer_check(&infer, left), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_infer_unify(&infer, left, start), SMF_OK);
    CHECK_STATUS(smf_infer_check(&infer, right), SMF_ERR_TYPE);
    CHECK_STATUS(smf_infer_check(&infer, other), SMF_ERR_TYPE);
    for (uint32_t i = 0; i < infer.term_count; i++) /* a check that fails leaves nothing open */
        if (many[i].at != 0)
            tap_check(0, __FILE__, __LINE__, "term %u is left open", (unsigned)i);
    CHECK_STATUS(smf_infer_unify(&infer, left, right), SMF_OK); /* and ends, round the cycle */
}

/* The number of a check comes round, and is the one of no term, whatever these were marked with. */
static void checks_without_end(void)
{
    scene_start();
    const uint32_t term = scene_term("P<?a,u8>");
    CHECK_STATUS(smf_infer_check(&scene, term), SMF_ERR_NOT_FOUND); /* marks are 1 */
    scene.checks = UINT32_MAX - 1;
    for (unsigned i = 0; i < 4; i++) {
        const uint32_t fresh = scene_term("P<?b,u8>"); /* marks are 0 */
        CHECK_STATUS(smf_infer_check(&scene, term), SMF_ERR_NOT_FOUND);
        CHECK_STATUS(smf_infer_check(&scene, fresh), SMF_ERR_NOT_FOUND);
    }
    CHECK(scene.checks < 8);
    for (uint32_t checks = 0; checks < 40; checks++) { /* unification uses marks, too */
        scene_start();
        const uint32_t left = scene_term("P<*[?a],Q<?b,?a>,?c>"), right = scene_term("P<*[?b],Q<?c,?d>,?d>");
        CHECK_STATUS(smf_infer_unify(&scene, left, right), SMF_OK);
        scene.checks = checks;
        CHECK_STATUS(smf_infer_check(&scene, left), SMF_ERR_NOT_FOUND);
        scene_start(); /* a variable that leads to a constructor, which was joined before another one */
        const uint32_t open = scene_term("P<?x,?y>"), known = scene_term("P<Q<?b>,R<u8>>");
        CHECK_STATUS(smf_infer_unify(&scene, known, open), SMF_OK);
        scene.checks = checks;
        CHECK_STATUS(smf_infer_check(&scene, open), SMF_ERR_NOT_FOUND);
        scene_start();
        const uint32_t first = scene_term("P<*[?a],u8>"), second = scene_term("P<*[?b],i8>");
        CHECK_STATUS(smf_infer_unify(&scene, first, second), SMF_ERR_MISMATCH);
        scene.checks = checks;
        CHECK_STATUS(smf_infer_check(&scene, first), SMF_ERR_NOT_FOUND);
        scene.checks = checks;
        CHECK_STATUS(smf_infer_check(&scene, second), SMF_ERR_NOT_FOUND);
    }
}

static const struct tap_case cases[] = {
    {"ways_stay_short",                        ways_stay_short                       },
    {"types_that_are_doubled",                 types_that_are_doubled                },
    {"types_that_contain_themselves_far_away", types_that_contain_themselves_far_away},
    {"checks_without_end",                     checks_without_end                    },
};
TAP_MAIN(cases)
