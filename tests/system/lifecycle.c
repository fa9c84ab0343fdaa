/* SPDX-License-Identifier: MIT */
/* lifecycle.c - what each module has and how it goes: lists, origins, references, ages. */
#include "system/lifecycle_scene.h"

#include "smf/mapper.h"
#include "support/paper.h"

static const enum smf_resource_kind jit = SMF_RESOURCE_JIT, symbol = SMF_RESOURCE_SYMBOL,
                                    metadata = SMF_RESOURCE_METADATA;

/* ---- B.12, lifecycle ---- */

static void b12_a_module_is_tracked(void)
{
    start();
    CHECK_STATUS(smf_lifecycle_track(&lifecycle, "a"), SMF_OK);
    CHECK(smf_lifecycle_is_tracked(&lifecycle, "a"));
    const struct smf_lifecycle_statistics before = look();
    CHECK_STATUS(smf_lifecycle_track(&lifecycle, "a"), SMF_OK);
    compare(&before);
    CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, "a"), 0);
    CHECK(!smf_lifecycle_is_tracked(&lifecycle, "a"));
    hear("");
    end();
}

static void b12_an_untracked_module_is_unknown(void)
{
    start();
    CHECK(!smf_lifecycle_is_tracked(&lifecycle, "a"));
    CHECK(!smf_lifecycle_is_tracked(&lifecycle, NULL));
    CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, "a"), 0);
    CHECK_EQUAL(smf_lifecycle_count(&lifecycle, "a", symbol), 0);
    CHECK_STATUS(smf_lifecycle_remove(&lifecycle, symbol, "a", "s"), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_lifecycle_mark_module(&lifecycle, "a"), SMF_ERR_NOT_FOUND);
    end();
}

static void b12_modules_are_counted(void)
{
    start();
    const struct smf_lifecycle_statistics before = look();
    CHECK_EQUAL(before.modules, 0);
    CHECK_STATUS(smf_lifecycle_track(&lifecycle, "a"), SMF_OK);
    add(symbol, "b", "s"); /* entering something tracks its module */
    retain("c", "f");
    CHECK_EQUAL(look().modules, 3);
    CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, "b"), 1);
    CHECK_EQUAL(look().modules, 2);
    CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, "c"), 1);
    CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, "a"), 0);
    compare(&before);
    end();
}

static void b12_symbols_are_listed_with_their_module(void)
{
    start();
    add(symbol, "a", "f");
    const struct smf_lifecycle_statistics before = look();
    add(symbol, "a", "g");
    add(symbol, "b", "f"); /* names are a module's own */
    add(symbol, "a", "f"); /* there already */
    CHECK_EQUAL(smf_lifecycle_count(&lifecycle, "a", symbol), 2);
    CHECK_EQUAL(smf_lifecycle_count(&lifecycle, "b", symbol), 1);
    CHECK_EQUAL(look().symbols, 3);
    CHECK_STATUS(smf_lifecycle_remove(&lifecycle, symbol, "a", "g"), SMF_OK);
    CHECK_STATUS(smf_lifecycle_remove(&lifecycle, symbol, "a", "g"), SMF_ERR_NOT_FOUND);
    hear("");
    CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, "b"), 1);
    hear("S:b/f ");
    compare(&before);
    end();
    hear("S:a/f ");
}

static void b12_a_jit_symbol_has_its_origin(void)
{
    start();
    add(jit, "a", "Vec$i64");
    CHECK_TEXT(smf_lifecycle_origin(&lifecycle, "Vec$i64"), "a");
    CHECK_EQUAL(look().jit_symbols, 1);
    const struct smf_lifecycle_statistics before = look();
    CHECK_STATUS(smf_lifecycle_add(&lifecycle, jit, "b", "Vec$i64"), SMF_ERR_DUPLICATE);
    compare(&before);
    CHECK(!smf_lifecycle_is_tracked(&lifecycle, "b"));
    CHECK_STATUS(smf_lifecycle_remove(&lifecycle, jit, "b", "Vec$i64"), SMF_ERR_NOT_FOUND);
    CHECK_TEXT(smf_lifecycle_origin(&lifecycle, "Vec$i64"), "a");
    CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, smf_lifecycle_origin(&lifecycle, "Vec$i64")), 1);
    hear("J:a/Vec$i64 ");
    add(jit, "b", "Vec$i64");
    CHECK_TEXT(smf_lifecycle_origin(&lifecycle, "Vec$i64"), "b");
    end();
}

static void b12_an_unknown_origin_is_none(void)
{
    start();
    add(symbol, "a", "f");
    add(metadata, "a", "g");
    CHECK(smf_lifecycle_origin(&lifecycle, "f") == NULL); /* not compiled at run time */
    CHECK(smf_lifecycle_origin(&lifecycle, "g") == NULL);
    CHECK(smf_lifecycle_origin(&lifecycle, "a") == NULL);
    CHECK(smf_lifecycle_origin(&lifecycle, NULL) == NULL);
    add(jit, "a", "h");
    CHECK_STATUS(smf_lifecycle_remove(&lifecycle, jit, "a", "h"), SMF_OK);
    CHECK(smf_lifecycle_origin(&lifecycle, "h") == NULL);
    end();
}

static void b12_metadata_is_listed(void)
{
    start();
    add(metadata, "a", "note.deps");
    add(metadata, "a", "note.sdn");
    CHECK_EQUAL(smf_lifecycle_count(&lifecycle, "a", metadata), 2);
    CHECK_EQUAL(look().metadata, 2);
    CHECK_STATUS(smf_lifecycle_remove(&lifecycle, metadata, "a", "note.deps"), SMF_OK);
    CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, "a"), 1);
    hear("M:a/note.sdn ");
    end();
}

static void b12_files_that_a_module_uses_are_listed(void)
{
    start();
    retain("a", "f.smf");
    retain("a", "g.smf");
    retain("a", "g.smf");
    CHECK_EQUAL(smf_lifecycle_count(&lifecycle, "a", SMF_RESOURCE_SMF), 2);
    CHECK_EQUAL(look().smf_count, 2);
    CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, "a"), 2);
    hear("F:a/g.smf F:a/f.smf ");
    CHECK_EQUAL(look().smf_count, 0);
    end();
}

/* 0, 1, 3, down to 0, gone. */
static void b12_references_0(void)
{
    start();
    CHECK_EQUAL(smf_lifecycle_references(&lifecycle, "f"), 0);
    CHECK_EQUAL(smf_lifecycle_references(&lifecycle, NULL), 0);
    end();
}

static void b12_references_1(void)
{
    start();
    retain("a", "f");
    CHECK_EQUAL(smf_lifecycle_references(&lifecycle, "f"), 1);
    end();
    hear("F:a/f ");
}

static void b12_references_3(void)
{
    start();
    retain("a", "f");
    retain("a", "f");
    retain("b", "f");
    CHECK_EQUAL(smf_lifecycle_references(&lifecycle, "f"), 3);
    CHECK_EQUAL(look().smf_count, 1);
    end();
    CHECK_EQUAL(told_count, 1); /* by whoever was last */
}

static void b12_a_release_takes_one(void)
{
    start();
    retain("a", "f");
    retain("a", "f");
    retain("b", "f");
    CHECK_EQUAL(release("a", "f"), 2);
    CHECK_EQUAL(smf_lifecycle_references(&lifecycle, "f"), 2);
    CHECK_EQUAL(smf_lifecycle_count(&lifecycle, "a", SMF_RESOURCE_SMF), 1);
    CHECK_EQUAL(release("a", "f"), 1);
    CHECK_EQUAL(smf_lifecycle_count(&lifecycle, "a", SMF_RESOURCE_SMF), 0);
    CHECK_STATUS(smf_lifecycle_release(&lifecycle, "a", "f", NULL), SMF_ERR_NOT_FOUND); /* b's is not a's */
    hear("");
    end();
}

static void b12_the_last_release_evicts(void)
{
    start();
    CHECK_STATUS(smf_lifecycle_track(&lifecycle, "a"), SMF_OK);
    CHECK_STATUS(smf_lifecycle_track(&lifecycle, "b"), SMF_OK);
    const struct smf_lifecycle_statistics before = look();
    retain("a", "f");
    retain("b", "f");
    CHECK_EQUAL(release("a", "f"), 1);
    hear("");
    CHECK_STATUS(smf_lifecycle_release(&lifecycle, "b", "f", NULL), SMF_OK);
    hear("F:b/f ");
    compare(&before);
    CHECK_EQUAL(smf_lifecycle_references(&lifecycle, "f"), 0);
    end();
}

static void b12_files_are_independent(void)
{
    start();
    retain("a", "f");
    retain("a", "g");
    retain("a", "g");
    CHECK_EQUAL(release("a", "f"), 0);
    hear("F:a/f ");
    CHECK_EQUAL(smf_lifecycle_references(&lifecycle, "g"), 2);
    end();
    hear("F:a/g ");
}

static void b12_eviction_ends_all_references(void)
{
    start();
    retain("b", "g");
    const struct smf_lifecycle_statistics one = look();
    CHECK_EQUAL(one.modules, 1);
    CHECK_STATUS(smf_lifecycle_track(&lifecycle, "c"), SMF_OK);
    CHECK_STATUS(smf_lifecycle_track(&lifecycle, "a"), SMF_OK);
    const struct smf_lifecycle_statistics before = look();
    retain("a", "f");
    retain("a", "f");
    retain("b", "f");
    CHECK_EQUAL(smf_lifecycle_evict(&lifecycle, "f"), 3);
    hear("F:-/f ");
    compare(&before);
    CHECK_STATUS(smf_lifecycle_release(&lifecycle, "a", "f", NULL), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(smf_lifecycle_references(&lifecycle, "g"), 1);
    CHECK_EQUAL(smf_lifecycle_evict(&lifecycle, "f"), 0);
    CHECK_EQUAL(smf_lifecycle_evict(&lifecycle, NULL), 0);
    hear("");
    end();
}

static void b12_an_unknown_release_is_refused(void)
{
    uint32_t left = 77;
    start();
    CHECK_STATUS(smf_lifecycle_release(&lifecycle, "a", "f", &left), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_lifecycle_track(&lifecycle, "a"), SMF_OK);
    CHECK_STATUS(smf_lifecycle_release(&lifecycle, "a", "f", &left), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_lifecycle_release(&lifecycle, NULL, "f", &left), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_lifecycle_release(&lifecycle, "a", NULL, &left), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(left, 77);
    end();
}

/* A.10: what was compiled for the module first, metadata last; another module keeps its own, and a file that both use. */
static void a10_everything_of_a_module_is_destroyed_in_order(void)
{
    start();
    add(symbol, "b", "f");
    retain("b", "shared");
    const struct smf_lifecycle_statistics before = look();
    add(metadata, "a", "m");
    retain("a", "shared");
    retain("a", "own");
    retain("a", "own");
    add(symbol, "a", "f");
    add(jit, "a", "j1");
    add(jit, "a", "j2");
    CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, "a"), 6);
    hear("J:a/j2 J:a/j1 S:a/f F:a/own M:a/m ");
    compare(&before);
    CHECK_EQUAL(smf_lifecycle_references(&lifecycle, "shared"), 1);
    CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, "a"), 0); /* idempotent */
    hear("");
    end();
}

/* ---- With a mapper: what a module was the reason for goes with it, whoever owns it there (A.10, step 1) ---- */

static void unmap(void *context, const struct smf_resource *resource)
{
    CHECK_STATUS(smf_mapper_unmap(context, resource->name), SMF_OK);
}

static void a10_a_mapper_loses_what_the_ledger_destroys(void)
{
    static struct paper paper;
    static struct smf_mapper mapper;
    static uint64_t table[256];
    static const uint8_t code[] = {0xC3};
    paper_start(&paper);
    const struct smf_mapper_config mapping = {
        .port = &paper.port, .arena = table, .arena_size = sizeof table, .bucket_count = 8};
    struct smf_lifecycle_config config = config_of(sizeof arena);
    config.destroy = unmap;
    config.destroy_context = &mapper;
    CHECK_STATUS(smf_mapper_start(&mapper, &mapping), SMF_OK);
    start_with(&config);
    CHECK_STATUS(smf_mapper_map(&mapper, &smf_mapper_jit, "", "Vec$i64", code, 1, 0, NULL), SMF_OK);
    CHECK_STATUS(smf_mapper_map(&mapper, &smf_mapper_jit, "", "Vec$u8", code, 1, 0, NULL), SMF_OK);
    CHECK_STATUS(smf_mapper_map(&mapper, &smf_mapper_loader, "a", "f", code, 1, 0, NULL), SMF_OK);
    add(jit, "a", "Vec$i64");
    add(jit, "b", "Vec$u8");
    add(symbol, "a", "f");
    CHECK_EQUAL(smf_lifecycle_destroy(&lifecycle, "a"), 2);
    CHECK_EQUAL(smf_mapper_lookup(&mapper, "Vec$i64") | smf_mapper_lookup(&mapper, "f"), 0);
    CHECK(smf_mapper_lookup(&mapper, "Vec$u8") != 0);
    CHECK_EQUAL(paper_live(&paper), 1);
    advance(101);
    CHECK_EQUAL(smf_lifecycle_sweep(&lifecycle), 1);
    CHECK_EQUAL(paper_live(&paper), 0);
    end();
    smf_mapper_finish(&mapper);
    paper_end(&paper);
}

static const struct tap_case cases[] = {
    {"b12_a_module_is_tracked",                          b12_a_module_is_tracked                         },
    {"b12_an_untracked_module_is_unknown",               b12_an_untracked_module_is_unknown              },
    {"b12_modules_are_counted",                          b12_modules_are_counted                         },
    {"b12_symbols_are_listed_with_their_module",         b12_symbols_are_listed_with_their_module        },
    {"b12_a_jit_symbol_has_its_origin",                  b12_a_jit_symbol_has_its_origin                 },
    {"b12_an_unknown_origin_is_none",                    b12_an_unknown_origin_is_none                   },
    {"b12_metadata_is_listed",                           b12_metadata_is_listed                          },
    {"b12_files_that_a_module_uses_are_listed",          b12_files_that_a_module_uses_are_listed         },
    {"b12_references_0",                                 b12_references_0                                },
    {"b12_references_1",                                 b12_references_1                                },
    {"b12_references_3",                                 b12_references_3                                },
    {"b12_a_release_takes_one",                          b12_a_release_takes_one                         },
    {"b12_the_last_release_evicts",                      b12_the_last_release_evicts                     },
    {"b12_files_are_independent",                        b12_files_are_independent                       },
    {"b12_eviction_ends_all_references",                 b12_eviction_ends_all_references                },
    {"b12_an_unknown_release_is_refused",                b12_an_unknown_release_is_refused               },
    {"a10_everything_of_a_module_is_destroyed_in_order", a10_everything_of_a_module_is_destroyed_in_order},
    {"a10_a_mapper_loses_what_the_ledger_destroys",      a10_a_mapper_loses_what_the_ledger_destroys     },
};
TAP_MAIN(cases)
