/* SPDX-License-Identifier: MIT */
/* lifecycle_model.c - 4,000 steps at random, and a table of one's own that says what must come out. */
#include "system/lifecycle_scene.h"

enum { MODULES = 4, NAMES = 6, AGE = 10 };
static struct {
    bool tracked[MODULES];
    int symbols[MODULES][NAMES]; /* epoch, -1: not there */
    unsigned references[MODULES][NAMES];
    int epoch;
} model;

static unsigned model_references(unsigned name)
{
    unsigned sum = 0;
    for (unsigned m = 0; m < MODULES; m++)
        sum += model.references[m][name];
    return sum;
}

static size_t model_destroy(unsigned m)
{
    size_t count = 0;
    for (unsigned n = 0; n < NAMES; n++) {
        count += (size_t)(model.symbols[m][n] >= 0) + (model.references[m][n] != 0);
        model.symbols[m][n] = -1;
        model.references[m][n] = 0;
    }
    model.tracked[m] = false;
    return count;
}

static size_t model_stale(bool sweep)
{
    size_t count = 0;
    for (unsigned m = 0; m < MODULES; m++)
        for (unsigned n = 0; n < NAMES; n++)
            if (model.symbols[m][n] >= 0 && model.epoch - model.symbols[m][n] > AGE) {
                model.symbols[m][n] = sweep ? -1 : model.symbols[m][n];
                count++;
            }
    return count;
}

static void step(uint32_t random)
{
    char module[] = "m0", name[] = "n0";
    const unsigned m = random >> 28 & (MODULES - 1), n = (random >> 16 & 0xFFF) % NAMES;
    module[1] = (char)('0' + m);
    name[1] = (char)('0' + n);
    switch (random >> 10 & 7) {
    case 0:
    case 1:
        add(SMF_RESOURCE_SYMBOL, module, name);
        model.symbols[m][n] = model.epoch;
        model.tracked[m] = true;
        break;
    case 2:
        CHECK_STATUS(smf_lifecycle_remove(&lifecycle, SMF_RESOURCE_SYMBOL, module, name),
                     model.symbols[m][n] >= 0 ? SMF_OK : SMF_ERR_NOT_FOUND);
        model.symbols[m][n] = -1;
        break;
    case 3:
        retain(module, name);
        model.references[m][n]++;
        model.tracked[m] = true;
        break;
    case 4:
        CHECK_STATUS(smf_lifecycle_release(&lifecycle, module, name, NULL),
                     model.references[m][n] != 0 ? SMF_OK : SMF_ERR_NOT_FOUND);
        model.references[m][n] -= model.references[m][n] != 0;
        break;
    case 5:
        model.epoch++;
        CHECK_EQUAL(smf_lifecycle_advance(&lifecycle), model.epoch);
        break;
    case 6:
        CHECK_EQUAL(smf_lifecycle_sweep(&lifecycle), model_stale(true));
        break;
    default:
        if ((random >> 13 & 3) == 0)
            CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, module), model_destroy(m));
    }
    CHECK_EQUAL(smf_lifecycle_references(&lifecycle, name), model_references(n));
    CHECK_EQUAL(smf_lifecycle_is_tracked(&lifecycle, module), model.tracked[m]);
    CHECK_EQUAL(look().stale, model_stale(false));
}

static void a_model_predicts_every_answer(void)
{
    struct smf_lifecycle_config config = config_of(sizeof arena);
    uint32_t random = 4711;
    config.max_age = AGE;
    start_with(&config);
    const struct smf_lifecycle_statistics before = look();
    memset(&model, 0, sizeof model);
    for (unsigned m = 0; m < MODULES; m++)
        model_destroy(m);
    for (unsigned m = 0; m < MODULES; m++)
        for (unsigned n = 0; n < NAMES; n++)
            model.symbols[m][n] = -1;
    for (unsigned i = 0; i < 4000; i++) {
        random = random * 1664525u + 1013904223u;
        step(random);
    }
    CHECK(look().tracked > 1 && look().smf_count > 1);
    for (unsigned m = 0; m < MODULES; m++) {
        char module[] = "m0";
        module[1] = (char)('0' + m);
        CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, module), model_destroy(m));
    }
    compare(&before);
    end();
}

static const struct tap_case cases[] = {
    {"a_model_predicts_every_answer", a_model_predicts_every_answer},
};
TAP_MAIN(cases)
