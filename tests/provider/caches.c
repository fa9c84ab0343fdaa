/* SPDX-License-Identifier: MIT */
/*
 * caches.c - what a provider keeps, how long, and that it is never stale: hits
 * and misses can be seen (S0), limits are kept (D-41), what is held stays, and what a
 * supplier has changed is not served again (D-5).
 */
#include <string.h>

#include "provider/stock.h"

/* Given and given back at once. */
static void use(const char *name, int value)
{
    const struct smf_source source = stock_bytes(name, SMF_OK);
    CHECK_EQUAL(stock_value_of(&source), value);
    stock_give_back(&source);
}

static void check_counts(unsigned hits, unsigned misses, unsigned evictions, unsigned entries)
{
    const struct smf_provider_counts counts = stock_statistics().modules;
    CHECK_EQUAL(counts.hits, hits);
    CHECK_EQUAL(counts.misses, misses);
    CHECK_EQUAL(counts.evictions, evictions);
    CHECK_EQUAL(counts.entries, entries);
}

static void s0_hits_and_misses_can_be_seen(void)
{
    stock_start();
    stock_put(0, "alpha", 1);
    stock_open();
    check_counts(0, 0, 0, 0);
    use("alpha", 1);
    check_counts(0, 1, 0, 1);
    use("alpha", 1);
    use("alpha", 1);
    check_counts(2, 1, 0, 1);
    CHECK(stock_statistics().finds == 1 && stock.shelves[0].finds == 1 && stock.shelves[0].out == 1);
    CHECK_EQUAL(stock_statistics().modules.bytes, stock_file(0, "alpha")->size);
    stock_bytes("none", SMF_ERR_NOT_FOUND);
    check_counts(2, 1, 0, 1);
    stock_end();
}

static void d41_a_cache_that_is_off_keeps_nothing(void)
{
    stock_start();
    stock.config.enable_cache = false;
    stock_put(0, "alpha", 1);
    stock_open();
    use("alpha", 1);
    use("alpha", 1);
    check_counts(0, 2, 0, 0);
    CHECK(stock_statistics().uncached == 2 && stock_out() == 0);
    struct smf_source object = stock_object("alpha", SMF_OK);
    stock_give_back(&object);
    object = stock_object("alpha", SMF_OK);
    CHECK_EQUAL(stock.emitted, 2);
    stock_give_back(&object);
    stock_end();
}

/* Limits of 0, 1 and many entries: the least recently used goes first. */
static void limits_in_entries(void)
{
    stock_start();
    stock.config.modules.entries = 0;
    stock_put(0, "alpha", 1);
    stock_put(0, "beta", 2);
    stock_put(0, "gamma", 3);
    stock_open();
    use("alpha", 1);
    check_counts(0, 1, 0, 0);
    smf_provider_finish(&stock.provider);
    stock.config.modules.entries = 1;
    stock_open();
    use("alpha", 1);
    use("beta", 2);
    use("beta", 2);
    use("alpha", 1);
    check_counts(1, 3, 2, 1);
    smf_provider_finish(&stock.provider);
    stock.config.modules.entries = 2;
    stock_open();
    use("alpha", 1);
    use("beta", 2);
    use("alpha", 1); /* now beta is the oldest */
    use("gamma", 3);
    check_counts(1, 3, 1, 2);
    use("alpha", 1);
    check_counts(2, 3, 1, 2);
    use("beta", 2);
    check_counts(2, 4, 2, 2);
    stock_end();
}

static void limits_in_bytes(void)
{
    stock_start();
    stock_put(0, "alpha", 1);
    stock_put(0, "beta", 2);
    const size_t size = stock_file(0, "alpha")->size;
    stock.config.modules.bytes = size; /* names are longer: beta is smaller, or alpha */
    stock_open();
    use("alpha", 1);
    CHECK_EQUAL(stock_statistics().modules.bytes, size);
    use("beta", 2);
    CHECK(stock_statistics().modules.bytes <= size && stock_statistics().modules.entries <= 1);
    smf_provider_finish(&stock.provider);
    stock.config.modules.bytes = size - 1;
    stock_open();
    use("alpha", 1); /* larger than everything: served, not kept */
    check_counts(0, 1, 0, 0);
    CHECK_EQUAL(stock_statistics().uncached, 1);
    smf_provider_finish(&stock.provider);
    stock.config.modules.bytes = 2 * size + 16;
    stock_open();
    use("alpha", 1);
    use("beta", 2);
    check_counts(0, 2, 0, 2);
    stock_end();
}

/* An object is larger than its limit: emitted each time. */
static void limits_of_objects(void)
{
    stock_start();
    stock_put(0, "alpha", 1);
    stock_put(0, "beta", 2);
    stock.config.objects = (struct smf_provider_limits){1, 26};
    stock_open();
    for (unsigned i = 0; i < 4; i++) {
        const struct smf_source object = stock_object(i % 2 == 0 ? "alpha" : "beta", SMF_OK);
        stock_give_back(&object);
    }
    CHECK(stock_statistics().objects.evictions == 3 && stock.emitted == 4);
    CHECK(stock_statistics().objects.entries == 1 && stock_statistics().objects.bytes == 26);
    check_counts(2, 2, 0, 2); /* modules have a cache of their own */
    smf_provider_finish(&stock.provider);
    stock.config.objects.bytes = 25;
    stock_open();
    const struct smf_source object = stock_object("alpha", SMF_OK);
    CHECK_EQUAL(stock_statistics().objects.entries, 0);
    stock_give_back(&object);
    stock_end();
}

/* Held: not dropped. All held: one more is served and not kept. */
static void what_is_held_stays(void)
{
    stock_start();
    stock.config.modules.entries = 2;
    stock_put(0, "alpha", 1);
    stock_put(0, "beta", 2);
    stock_put(0, "gamma", 3);
    stock_open();
    const struct smf_source alpha = stock_bytes("alpha", SMF_OK), beta = stock_bytes("beta", SMF_OK);
    const struct smf_source gamma = stock_bytes("gamma", SMF_OK);
    check_counts(0, 3, 0, 2);
    CHECK(stock_statistics().uncached == 1 && stock_statistics().held == 3 && stock_out() == 3);
    stock_give_back(&gamma);
    CHECK_EQUAL(stock_out(), 2);
    stock_give_back(&alpha);
    use("gamma", 3); /* alpha can go now */
    check_counts(0, 4, 1, 2);
    use("beta", 2);
    check_counts(1, 4, 1, 2);
    stock_give_back(&beta);
    stock_end();
}

/* One that would not help is not dropped for nothing. */
static void nothing_is_dropped_in_vain(void)
{
    stock_start();
    stock_put(0, "alpha", 1);
    stock_put(0, "beta", 2);
    stock_put(0, "gamma", 3);
    stock.config.modules.bytes =
        stock_file(0, "alpha")->size + stock_file(0, "beta")->size + stock_file(0, "gamma")->size - 1;
    stock_open();
    const struct smf_source alpha = stock_bytes("alpha", SMF_OK);
    use("beta", 2);
    const struct smf_source gamma = stock_bytes("gamma", SMF_OK); /* beta goes: that helps */
    check_counts(0, 3, 1, 2);
    use("beta", 2); /* two are held: it does not */
    check_counts(0, 4, 1, 2);
    stock_give_back(&alpha);
    stock_give_back(&gamma);
    stock_end();
}

/* Changed between two uses, while the older one is held: both are right. */
static void d5_what_changed_is_never_served(void)
{
    stock_start();
    stock_put(0, "alpha", 1);
    stock_open();
    use("alpha", 1);
    const struct smf_source older = stock_bytes("alpha", SMF_OK);
    struct smf_image *image = stock_reader("alpha", SMF_OK);
    struct smf_source object = stock_object("alpha", SMF_OK);
    CHECK_EQUAL(((const uint8_t *)object.bytes)[0], 1);
    stock_give_back(&object);
    stock_put(0, "alpha", 2);
    use("alpha", 2);
    CHECK_EQUAL(stock_value("alpha"), 2);
    object = stock_object("alpha", SMF_OK);
    CHECK_EQUAL(((const uint8_t *)object.bytes)[0], 2);
    stock_give_back(&object);
    CHECK_EQUAL(stock_statistics().stale, 2); /* module and object */
    CHECK_EQUAL(stock_value_of(&older), 1);
    CHECK_EQUAL(stock_value_of(image->source), 1);
    CHECK_EQUAL(stock_out(), 2);
    stock_give_back(&older);
    stock_give_back(image->source);
    CHECK_EQUAL(stock_out(), 1);
    stock_end();
}

/* Gone, back again, and behind another supplier's. */
static void what_is_gone_and_what_comes_in_front(void)
{
    stock_start();
    stock_put(1, "alpha", 1);
    stock_open();
    use("alpha", 1);
    stock_put(0, "alpha", 9); /* in front of it */
    use("alpha", 9);
    stock_remove(0, "alpha");
    use("alpha", 1);
    stock_remove(1, "alpha");
    stock_bytes("alpha", SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(stock_statistics().modules.entries, 0);
    CHECK_EQUAL(stock_out(), 0);
    stock_end();
}

static void suppliers_that_cannot_look(void)
{
    stock_start();
    stock.suppliers[0].look = NULL;
    stock_put(0, "alpha", 1);
    stock_put(1, "alpha", 2);
    stock_open();
    use("alpha", 1);
    use("alpha", 1);
    check_counts(1, 1, 0, 1);
    CHECK(stock.shelves[0].finds == 2 && stock_out() == 1);
    CHECK(smf_provider_has(&stock.provider, "alpha") && stock_out() == 1);
    stock_put(0, "alpha", 3);
    use("alpha", 3);
    stock_end();
}

/* Another revision in each answer: nothing can be used twice, and nothing loops. */
static void a_supplier_that_changes_its_mind(void)
{
    stock_start();
    stock.shelves[0].drifts = true;
    stock_put(0, "alpha", 1);
    stock_open();
    for (unsigned i = 0; i < 3; i++)
        use("alpha", 1);
    check_counts(0, 3, 0, 1);
    CHECK_EQUAL(stock_statistics().stale, 2);
    CHECK_EQUAL(stock_out(), 1);
    stock.shelves[0].gone_on_find = true; /* looked at, it is there; found, it is not */
    stock_bytes("alpha", SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(stock.why.detail, SMF_DETAIL_NO_MODULE);
    stock_put(1, "alpha", 5);
    use("alpha", 5);
    stock_end();
}

static void invalidate_drops_what_nobody_holds(void)
{
    stock_start();
    stock_put(0, "alpha", 1);
    stock_put(0, "beta", 2);
    stock_open();
    use("alpha", 1);
    const struct smf_source beta = stock_bytes("beta", SMF_OK);
    CHECK_EQUAL(smf_provider_invalidate(&stock.provider, "alph"), 0);
    CHECK_EQUAL(smf_provider_invalidate(&stock.provider, "alpha"), 1);
    CHECK_EQUAL(smf_provider_invalidate(&stock.provider, "alpha"), 0);
    CHECK_EQUAL(stock_out(), 1);
    CHECK_EQUAL(smf_provider_invalidate(&stock.provider, NULL), 1);
    CHECK_EQUAL(stock_out(), 1);
    CHECK_EQUAL(stock_value_of(&beta), 2);
    use("beta", 2);
    CHECK_EQUAL(stock_out(), 2);
    stock_give_back(&beta);
    check_counts(0, 3, 0, 1);
    stock_end();
}

/* The same bytes under two names are two modules. */
static void two_names_for_one_module(void)
{
    stock_start();
    stock_put(0, "alpha", 1);
    struct stock_file *file = &stock.shelves[0].files[stock.shelves[0].count++];
    *file = *stock_file(0, "alpha");
    strcpy(file->name, "alias");
    stock_open();
    const struct smf_source one = stock_bytes("alpha", SMF_OK), other = stock_bytes("alias", SMF_OK);
    CHECK(one.bytes == other.bytes && one.context != other.context);
    check_counts(0, 2, 0, 2);
    CHECK_EQUAL(smf_provider_invalidate(&stock.provider, "alias"), 1);
    stock_give_back(&other);
    check_counts(0, 2, 0, 1);
    stock_give_back(&one);
    file->bytes = NULL; /* freed once */
    stock_end();
}

/* The arena is full of what nobody holds: that makes room. Of what is held: an error, and nothing is lost. */
static void room_in_the_arena(void)
{
    char name[8] = "m0";
    stock_start();
    stock.config.modules.entries = SIZE_MAX;
    stock.config.arena_size = 8192;
    for (unsigned i = 0; i < 8; i++) {
        name[1] = (char)('0' + i);
        stock_put(0, name, (uint8_t)(i + 1));
    }
    stock_open();
    for (unsigned i = 0; i < 16; i++) {
        name[1] = (char)('0' + i % 8);
        CHECK_EQUAL(stock_value(name), (int)(i % 8 + 1)); /* keeps images */
    }
    CHECK(stock_statistics().modules.evictions != 0 && stock_statistics().modules.entries < 8);
    struct smf_image *images[8];
    unsigned held = 0;
    for (unsigned i = 0; i < 8; i++) {
        name[1] = (char)('0' + i);
        if (smf_provider_reader(&stock.provider, name, &images[held], &stock.why) == SMF_OK)
            held++;
        else
            CHECK_STATUS(stock.why.status, SMF_ERR_NO_ARENA);
    }
    CHECK(held > 0 && held < 8);
    while (held != 0)
        stock_give_back(images[--held]->source);
    CHECK_EQUAL(stock_value("m7"), 8);
    stock_end();
}

static const struct tap_case cases[] = {
    {"s0_hits_and_misses_can_be_seen",        s0_hits_and_misses_can_be_seen       },
    {"d41_a_cache_that_is_off_keeps_nothing", d41_a_cache_that_is_off_keeps_nothing},
    {"limits_in_entries",                     limits_in_entries                    },
    {"limits_in_bytes",                       limits_in_bytes                      },
    {"limits_of_objects",                     limits_of_objects                    },
    {"what_is_held_stays",                    what_is_held_stays                   },
    {"nothing_is_dropped_in_vain",            nothing_is_dropped_in_vain           },
    {"d5_what_changed_is_never_served",       d5_what_changed_is_never_served      },
    {"what_is_gone_and_what_comes_in_front",  what_is_gone_and_what_comes_in_front },
    {"suppliers_that_cannot_look",            suppliers_that_cannot_look           },
    {"a_supplier_that_changes_its_mind",      a_supplier_that_changes_its_mind     },
    {"invalidate_drops_what_nobody_holds",    invalidate_drops_what_nobody_holds   },
    {"two_names_for_one_module",              two_names_for_one_module             },
    {"room_in_the_arena",                     room_in_the_arena                    },
};
TAP_MAIN(cases)
