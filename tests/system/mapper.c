/* SPDX-License-Identifier: MIT */
/* mapper.c - symbols and their owners over a port on paper: what both policies promise. */
#include "system/mapper_scene.h"

#include "smf/hash.h"

/* ---- B.2 ---- */

static void b2_map_lookup_owner_statistics_unmap(void)
{
    start();
    const struct smf_mapper_statistics before = look();
    CHECK_EQUAL(before.generation, 0);
    CHECK_EQUAL(smf_mapper_lookup(&mapper, "add"), 0);
    CHECK(smf_mapper_function(&mapper, "add") == NULL);
    const uintptr_t address = map(loader, "math.smf", "add");
    CHECK(holds(address, code, sizeof code));
    CHECK(smf_mapper_function(&mapper, "add") != NULL);
    const struct smf_mapper_record record = record_of("add");
    CHECK_TEXT(record.owner, "math.smf");
    CHECK_EQUAL(record.address, address);
    CHECK_EQUAL(record.size, sizeof code);
    CHECK_EQUAL(record.generation, 1);
    CHECK(record.is_region);
    const struct smf_mapper_statistics now = look();
    CHECK_EQUAL(now.mapped_symbols, 1);
    CHECK_EQUAL(now.owner_count, 1);
    CHECK_EQUAL(now.total_bytes, sizeof code);
    CHECK_EQUAL(now.generation, 1);
    CHECK_STATUS(smf_mapper_unmap(&mapper, "add"), SMF_OK);
    CHECK_STATUS(smf_mapper_unmap(&mapper, "add"), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(smf_mapper_lookup(&mapper, "add"), 0);
    compare(&before);
    CHECK_EQUAL(look().generation, 1);
    end();
}

static void b2_a_duplicate_is_refused(void)
{
    start();
    const uintptr_t address = map(loader, "a", "add");
    const struct smf_mapper_statistics before = look();
    CHECK_STATUS(try(loader, "a", "add"), SMF_ERR_DUPLICATE);
    CHECK_STATUS(try(loader, "b", "add"), SMF_ERR_DUPLICATE);
    CHECK_STATUS(smf_mapper_record(&mapper, loader, "b", "add", 4096, 8), SMF_ERR_DUPLICATE);
    compare(&before);
    CHECK_EQUAL(look().generation, 1);
    CHECK_EQUAL(smf_mapper_lookup(&mapper, "add"), address);
    CHECK(holds(address, code, sizeof code));
    end();
}

static void b2_replacing_gives_generation_2(void)
{
    start();
    const uintptr_t old = map(jit, "a", "add");
    const struct smf_mapper_statistics before = look();
    CHECK_STATUS(try(jit, "a", "add"), SMF_OK);
    const struct smf_mapper_record record = record_of("add");
    CHECK_EQUAL(record.generation, 2);
    CHECK_EQUAL(record.size, sizeof other_code);
    CHECK(holds(record.address, other_code, sizeof other_code));
    const struct smf_mapper_statistics now = look();
    CHECK_EQUAL(now.generation, 2);
    CHECK_EQUAL(now.mapped_symbols, 1);
    CHECK_EQUAL(now.owner_count, 1);
    CHECK_EQUAL(now.total_bytes, sizeof other_code);
    CHECK_EQUAL(now.region_count, before.region_count);
    CHECK(paper_at(&paper, old, 1) == NULL);
    end();
}

static void b2_unmap_owner_removes_exactly_its_own(void)
{
    start();
    map(loader, "b", "three");
    const struct smf_mapper_statistics before = look();
    map(loader, "a", "one");
    map(loader, "a", "two");
    CHECK_EQUAL(look().owner_count, 2);
    CHECK_EQUAL(smf_mapper_unmap_owner(&mapper, "c"), 0);
    CHECK_EQUAL(smf_mapper_unmap_owner(&mapper, ""), 0);
    CHECK_EQUAL(look().mapped_symbols, 3);
    CHECK_EQUAL(smf_mapper_unmap_owner(&mapper, "a"), 2);
    CHECK_EQUAL(smf_mapper_unmap_owner(&mapper, "a"), 0);
    CHECK_EQUAL(smf_mapper_lookup(&mapper, "one") | smf_mapper_lookup(&mapper, "two"), 0);
    CHECK_TEXT(record_of("three").owner, "b");
    compare(&before);
    end();
}

static void b2_the_loader_replaces_only_if_configured(void)
{
    start();
    struct smf_mapper_policy reloading = smf_mapper_loader;
    CHECK(!reloading.allow_replace);
    map(loader, "a", "add");
    CHECK_STATUS(try(loader, "a", "add"), SMF_ERR_DUPLICATE);
    reloading.allow_replace = true;
    CHECK_STATUS(try(&reloading, "a", "add"), SMF_OK);
    CHECK_EQUAL(record_of("add").generation, 2);
    end();
}

static void b2_the_jit_owns_what_nobody_owns(void)
{
    start();
    map(jit, "", "one");
    map(jit, NULL, "two");
    map(jit, "a", "three");
    CHECK_TEXT(record_of("one").owner, "__jit__");
    CHECK_TEXT(record_of("two").owner, "__jit__");
    CHECK_TEXT(record_of("three").owner, "a");
    CHECK_EQUAL(look().owner_count, 2);
    CHECK_EQUAL(smf_mapper_unmap_owner(&mapper, "__jit__"), 2);
    CHECK_STATUS(try(loader, "", "one"), SMF_ERR_ARGUMENT); /* a loader has no owner of its own */
    CHECK_STATUS(try(loader, NULL, "one"), SMF_ERR_ARGUMENT);
    end();
}

/* ---- More of E1 to E11 ---- */

static void e1_bad_requests_are_refused_and_cost_nothing(void)
{
    uintptr_t address = 77;
    start();
    const struct smf_mapper_statistics before = look();
    CHECK_STATUS(smf_mapper_map(&mapper, jit, "a", "s", code, 0, 0, &address), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_mapper_map(&mapper, jit, "a", "s", NULL, 4, 0, &address), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_mapper_map(&mapper, jit, "a", "s", code, 4, 3, &address), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_mapper_map(&mapper, jit, "a", "", code, 4, 0, &address), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_mapper_map(&mapper, jit, "a", NULL, code, 4, 0, &address), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_mapper_map(&mapper, NULL, "a", "s", code, 4, 0, &address), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_mapper_map(NULL, jit, "a", "s", code, 4, 0, &address), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_mapper_map(&mapper, jit, "a", "s", code, SIZE_MAX, 0, &address), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(smf_mapper_record(&mapper, jit, "a", "s", 0, 4), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_mapper_record(&mapper, jit, "a", "s", UINTPTR_MAX, 2), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_mapper_record(&mapper, jit, "a", "", 16, 4), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_mapper_unmap(&mapper, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_mapper_unmap(&mapper, ""), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(smf_mapper_unmap_owner(&mapper, NULL), 0);
    CHECK_EQUAL(smf_mapper_lookup(&mapper, NULL), 0);
    CHECK_STATUS(smf_mapper_get_record(&mapper, "s", NULL), SMF_ERR_ARGUMENT);
    CHECK_EQUAL(address, 77);
    CHECK_EQUAL(look().generation, 0);
    compare(&before);
    end();
}

static void e1_code_is_synchronised_and_then_sealed(void)
{
    static const enum paper_what wanted[] = {PAPER_RESERVE, PAPER_SYNC, PAPER_PROTECT};
    start();
    const uintptr_t address = map(jit, "a", "s");
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        tap_variant("call %u", (unsigned)i);
        CHECK_EQUAL(paper.calls[i].what, wanted[i]);
    }
    tap_variant("%s", "");
    CHECK_EQUAL(paper.call_count, sizeof wanted / sizeof wanted[0]);
    CHECK_EQUAL(paper.calls[2].access, SMF_ACCESS_RX);
    CHECK_EQUAL(paper.requests[0].access, SMF_ACCESS_RX);
    CHECK_EQUAL(paper.requests[0].alignment, GRANULE);
    CHECK_EQUAL(address & (GRANULE - 1), 0);
    end();
}

static void e1_alignment_is_as_asked_for(void)
{
    uintptr_t address = 1;
    start();
    CHECK_STATUS(smf_mapper_map(&mapper, jit, "a", "s", code, sizeof code, 1u << 16, &address), SMF_OK);
    CHECK_EQUAL(address & 0xffff, 0);
    smf_mapper_clear(&mapper);
    paper.port.granule = 0;
    map(jit, "a", "s");
    CHECK_EQUAL(paper.requests[0].alignment, 1);
    end();
}

/* D-4: parts of a region, for which nothing is reserved and nothing released. */
static void e2_records_are_parts_of_regions(void)
{
    start();
    const uintptr_t module = map(loader, "a", ".text");
    const struct smf_mapper_statistics before = look();
    CHECK_STATUS(smf_mapper_record(&mapper, loader, "a", "first", module, 2), SMF_OK);
    CHECK_STATUS(smf_mapper_record(&mapper, loader, "a", "second", module + 2, 4), SMF_OK);
    CHECK_STATUS(smf_mapper_record(&mapper, loader, "a", "label", (module + 6) | 1, 0), SMF_OK);
    CHECK_STATUS(smf_mapper_record(&mapper, loader, "a", "last", UINTPTR_MAX, 1), SMF_OK);
    const struct smf_mapper_record second = record_of("second");
    CHECK_EQUAL(second.address, module + 2);
    CHECK_EQUAL(second.size, 4);
    CHECK_EQUAL(second.generation, 3);
    CHECK(!second.is_region);
    CHECK_EQUAL(record_of("label").address, (module + 6) | 1);
    const struct smf_mapper_statistics now = look();
    CHECK_EQUAL(now.region_count, 1);
    CHECK_EQUAL(now.mapped_symbols, 5);
    CHECK_EQUAL(now.total_bytes, sizeof code + 7);
    CHECK_EQUAL(now.generation, 5);
    CHECK_STATUS(smf_mapper_unmap(&mapper, "first"), SMF_OK);
    CHECK(holds(module, code, sizeof code));
    CHECK_EQUAL(smf_mapper_unmap(&mapper, "second") | smf_mapper_unmap(&mapper, "label"), SMF_OK);
    CHECK_STATUS(smf_mapper_unmap(&mapper, "last"), SMF_OK);
    compare(&before);
    end();
}

/* A part may give way to a mapping, and a mapping to a part: only what is the mapper's own is released. */
static void e1_parts_and_regions_replace_each_other(void)
{
    start();
    const uintptr_t module = map(loader, "a", ".text");
    CHECK_STATUS(smf_mapper_record(&mapper, loader, "a", "f", module, 2), SMF_OK);
    CHECK_STATUS(try(jit, NULL, "f"), SMF_OK);
    CHECK_EQUAL(look().region_count, 2);
    CHECK_TEXT(record_of("f").owner, "__jit__");
    CHECK(holds(module, code, sizeof code));
    CHECK_STATUS(smf_mapper_record(&mapper, jit, "a", "f", module, 2), SMF_OK);
    CHECK_EQUAL(look().region_count, 1);
    CHECK_EQUAL(look().owner_count, 1);
    CHECK_EQUAL(record_of("f").generation, 4);
    end();
}

/* D-32, in the calls that the port gets. */
static void e1_the_new_is_mapped_before_the_old_is_freed(void)
{
    unsigned reserve = 0, protect = 0, release = 0;
    start();
    const uintptr_t old = map(jit, "a", "s");
    const unsigned first = paper.call_count;
    CHECK_STATUS(try(jit, "a", "s"), SMF_OK);
    for (unsigned i = first; i < paper.call_count; i++) {
        if (paper.calls[i].what == PAPER_RESERVE)
            reserve = i;
        if (paper.calls[i].what == PAPER_PROTECT)
            protect = i;
        if (paper.calls[i].what == PAPER_RELEASE) {
            release = i;
            CHECK(paper.calls[i].address == old);
        }
    }
    CHECK(first <= reserve && reserve < protect && protect < release);
    end();
}

static void e5_clear_takes_everything_but_the_generation(void)
{
    start();
    const struct smf_mapper_statistics before = look();
    CHECK_EQUAL(smf_mapper_clear(&mapper), 0);
    map(loader, "a", "one");
    map(jit, "", "two");
    CHECK_STATUS(smf_mapper_record(&mapper, loader, "b", "three", 4096, 8), SMF_OK);
    CHECK_EQUAL(smf_mapper_clear(&mapper), 3);
    compare(&before);
    CHECK_EQUAL(look().generation, 3);
    map(loader, "a", "one");
    CHECK_EQUAL(record_of("one").generation, 4);
    end();
}

static void e6_bytes_that_no_word_can_count_are_refused(void)
{
    start();
    CHECK_STATUS(smf_mapper_record(&mapper, jit, "a", "all", 1, SIZE_MAX), SMF_OK);
    const struct smf_mapper_statistics before = look();
    CHECK_STATUS(smf_mapper_record(&mapper, jit, "a", "more", 1, 1), SMF_ERR_LIMIT);
    CHECK_STATUS(try(jit, "a", "more"), SMF_ERR_LIMIT);
    compare(&before);
    CHECK_STATUS(smf_mapper_record(&mapper, jit, "a", "label", 1, 0), SMF_OK);
    CHECK_STATUS(smf_mapper_record(&mapper, jit, "a", "all", 1, SIZE_MAX), SMF_OK); /* instead of itself */
    CHECK_STATUS(try(jit, "a", "all"), SMF_OK);
    CHECK_EQUAL(look().total_bytes, sizeof other_code);
    end();
}

/* E10, E11: one table, whichever policy made an entry; one header. */
static void e10_both_policies_work_on_one_mapper(void)
{
    start();
    const uintptr_t module = map(loader, "a", "load_time");
    const uintptr_t compiled = map(jit, NULL, "compiled");
    CHECK(module != compiled);
    CHECK_STATUS(try(loader, "a", "compiled"), SMF_ERR_DUPLICATE);
    CHECK_STATUS(try(jit, "a", "compiled"), SMF_OK); /* the JIT learned whose it is */
    CHECK_TEXT(record_of("compiled").owner, "a");
    CHECK_EQUAL(smf_mapper_unmap_owner(&mapper, "a"), 2);
    CHECK_EQUAL(look().mapped_symbols, 0);
    end();
}

/* ---- Names ---- */

/* Pairs of different names with the same FNV-1a, checked here, in every order. */
static void names_with_equal_hashes_stay_apart(void)
{
    static const char *const names[][2] = {
        {"costarring", "liquid"   },
        {"declinate",  "macallums"},
        {"altarage",   "zinke"    }
    };
    for (size_t i = 0; i < 3; i++) {
        const char *one = names[i][0], *two = names[i][1];
        tap_variant("%s", one);
        CHECK_EQUAL(smf_hash_name(one), smf_hash_name(two));
        start();
        const struct smf_mapper_statistics before = look();
        const uintptr_t first = map(loader, two, one);
        CHECK_EQUAL(smf_mapper_lookup(&mapper, two), 0);
        CHECK_STATUS(smf_mapper_unmap(&mapper, two), SMF_ERR_NOT_FOUND);
        const uintptr_t second = map(loader, one, two);
        CHECK_EQUAL(look().owner_count, 2);
        CHECK_EQUAL(smf_mapper_lookup(&mapper, one), first);
        CHECK_EQUAL(smf_mapper_lookup(&mapper, two), second);
        CHECK_TEXT(record_of(one).owner, two);
        CHECK_TEXT(record_of(two).owner, one);
        CHECK_STATUS(try(jit, one, one), SMF_OK); /* replaced behind the other one of its bucket */
        CHECK_EQUAL(smf_mapper_lookup(&mapper, two), second);
        CHECK_EQUAL(look().owner_count, 1);
        CHECK_STATUS(smf_mapper_unmap(&mapper, two), SMF_OK);
        CHECK_STATUS(smf_mapper_unmap(&mapper, two), SMF_ERR_NOT_FOUND);
        CHECK_EQUAL(smf_mapper_unmap_owner(&mapper, two), 0);
        CHECK_EQUAL(smf_mapper_unmap_owner(&mapper, one), 1);
        compare(&before);
        end();
    }
    tap_variant("%s", "");
}

static void names_of_any_length(void)
{
    static char name[3001], owner[3001];
    static const size_t lengths[] = {1, 2, 7, 8, 9, 63, 64, 255, 256, 3000};
    start();
    const struct smf_mapper_statistics before = look();
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        tap_variant("length=%u", (unsigned)lengths[i]);
        memset(name, 's', lengths[i]);
        memset(owner, 'o', lengths[i]);
        name[lengths[i]] = owner[lengths[i]] = '\0';
        map(loader, owner, name);
        CHECK_TEXT(record_of(name).owner, owner);
        name[lengths[i] - 1] = 't'; /* the mapper has its own copies, and compares to the end */
        CHECK_EQUAL(smf_mapper_lookup(&mapper, name), 0);
        owner[lengths[i] - 1] = 'p';
        CHECK_EQUAL(smf_mapper_unmap_owner(&mapper, owner), 0);
        owner[lengths[i] - 1] = 'o';
        CHECK_EQUAL(smf_mapper_unmap_owner(&mapper, owner), 1);
        compare(&before);
    }
    tap_variant("%s", "");
    end();
}

/* ---- Walks ---- */

struct walk {
    unsigned count, limit;
    size_t bytes;
    int depth;
};

static bool count_one(void *context, const struct smf_mapper_record *record)
{
    struct walk *walk = context;
    walk->count++;
    walk->bytes += record->size;
    walk->depth = paper.depth;
    return walk->count != walk->limit;
}

static void a_walk_meets_each_symbol_once(void)
{
    start();
    char name[] = "a0";
    for (unsigned i = 0; i < 10; i++) {
        name[1] = (char)('0' + i);
        CHECK_STATUS(smf_mapper_record(&mapper, loader, i < 7 ? "a" : "b", name, 4096, (size_t)1 << i), SMF_OK);
    }
    struct walk walk = {0};
    CHECK_EQUAL(smf_mapper_walk(&mapper, NULL, count_one, &walk), 10);
    CHECK_EQUAL(walk.bytes, 1023);
    CHECK_EQUAL(walk.depth, 1);
    walk = (struct walk){0};
    CHECK_EQUAL(smf_mapper_walk(&mapper, "a", count_one, &walk), 7);
    CHECK_EQUAL(walk.bytes, 127);
    walk = (struct walk){.limit = 3};
    CHECK_EQUAL(smf_mapper_walk(&mapper, NULL, count_one, &walk), 3);
    walk = (struct walk){.limit = 2};
    CHECK_EQUAL(smf_mapper_walk(&mapper, "a", count_one, &walk), 2);
    CHECK_EQUAL(smf_mapper_walk(&mapper, "c", count_one, &walk), 0);
    CHECK_EQUAL(smf_mapper_walk(&mapper, NULL, NULL, NULL), 0);
    end();
}

/* ---- Code that has to know where it lies ---- */

struct filling {
    unsigned calls;
    enum smf_status status;
    struct smf_region region;
};

static enum smf_status fill(void *context, const struct smf_region *region)
{
    struct filling *filling = context;
    filling->calls++;
    filling->region = *region;
    memset(region->bytes, (int)(region->address >> 12 & 0x7F), region->size);
    return filling->status;
}

static void code_is_filled_where_it_lies(void)
{
    struct filling filling = {.status = SMF_OK};
    const struct smf_mapper_code wanted = {
        .size = 40, .alignment = 64, .highest = UINTPTR_MAX, .fill = fill, .context = &filling};
    uintptr_t address = 0;
    start();
    CHECK_STATUS(smf_mapper_map_filled(&mapper, jit, NULL, "filled", &wanted, &address), SMF_OK);
    CHECK_EQUAL(filling.calls, 1);
    CHECK_EQUAL(filling.region.address, address);
    CHECK_EQUAL(filling.region.size, 40);
    CHECK_EQUAL(paper.requests[0].highest, UINTPTR_MAX);
    CHECK_EQUAL(paper.requests[0].alignment, 64);
    const uint8_t *bytes = paper_at(&paper, address, 40);
    CHECK(bytes != NULL && bytes[0] == (address >> 12 & 0x7F) && bytes[39] == bytes[0]);
    CHECK_TEXT(record_of("filled").owner, "__jit__");
    look(); /* nothing was written after it was sealed */
    end();
}

static void a_filling_that_fails_leaves_nothing(void)
{
    struct filling filling = {.status = SMF_ERR_RELOC_RANGE};
    struct smf_mapper_code wanted = {.size = 40, .fill = fill, .context = &filling};
    start();
    const uintptr_t old = map(jit, "a", "filled");
    const struct smf_mapper_statistics before = look();
    CHECK_STATUS(smf_mapper_map_filled(&mapper, jit, "b", "filled", &wanted, NULL), SMF_ERR_RELOC_RANGE);
    CHECK_STATUS(smf_mapper_map_filled(&mapper, loader, "b", "filled", &wanted, NULL), SMF_ERR_DUPLICATE);
    CHECK_EQUAL(filling.calls, 1);
    compare(&before);
    CHECK_EQUAL(smf_mapper_lookup(&mapper, "filled"), old);
    wanted.highest = 0x1000; /* the port gives what lies higher */
    paper.lie = PAPER_HIGH;
    CHECK_STATUS(smf_mapper_map_filled(&mapper, jit, "b", "low", &wanted, NULL), SMF_ERR_NO_MEMORY);
    paper.lie = PAPER_HONEST;
    wanted.size = 0;
    CHECK_STATUS(smf_mapper_map_filled(&mapper, jit, "b", "new", &wanted, NULL), SMF_ERR_ARGUMENT);
    wanted.size = 8;
    wanted.alignment = 3;
    CHECK_STATUS(smf_mapper_map_filled(&mapper, jit, "b", "new", &wanted, NULL), SMF_ERR_ARGUMENT);
    wanted.alignment = 0;
    wanted.fill = NULL;
    CHECK_STATUS(smf_mapper_map_filled(&mapper, jit, "b", "new", &wanted, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_mapper_map_filled(&mapper, jit, "b", "new", NULL, NULL), SMF_ERR_ARGUMENT);
    CHECK_EQUAL(filling.calls, 1);
    compare(&before);
    end();
}

static const struct tap_case cases[] = {
    {"b2_map_lookup_owner_statistics_unmap",         b2_map_lookup_owner_statistics_unmap        },
    {"b2_a_duplicate_is_refused",                    b2_a_duplicate_is_refused                   },
    {"b2_replacing_gives_generation_2",              b2_replacing_gives_generation_2             },
    {"b2_unmap_owner_removes_exactly_its_own",       b2_unmap_owner_removes_exactly_its_own      },
    {"b2_the_loader_replaces_only_if_configured",    b2_the_loader_replaces_only_if_configured   },
    {"b2_the_jit_owns_what_nobody_owns",             b2_the_jit_owns_what_nobody_owns            },
    {"e1_bad_requests_are_refused_and_cost_nothing", e1_bad_requests_are_refused_and_cost_nothing},
    {"e1_code_is_synchronised_and_then_sealed",      e1_code_is_synchronised_and_then_sealed     },
    {"e1_alignment_is_as_asked_for",                 e1_alignment_is_as_asked_for                },
    {"e2_records_are_parts_of_regions",              e2_records_are_parts_of_regions             },
    {"e1_parts_and_regions_replace_each_other",      e1_parts_and_regions_replace_each_other     },
    {"e1_the_new_is_mapped_before_the_old_is_freed", e1_the_new_is_mapped_before_the_old_is_freed},
    {"e5_clear_takes_everything_but_the_generation", e5_clear_takes_everything_but_the_generation},
    {"e6_bytes_that_no_word_can_count_are_refused",  e6_bytes_that_no_word_can_count_are_refused },
    {"e10_both_policies_work_on_one_mapper",         e10_both_policies_work_on_one_mapper        },
    {"names_with_equal_hashes_stay_apart",           names_with_equal_hashes_stay_apart          },
    {"names_of_any_length",                          names_of_any_length                         },
    {"a_walk_meets_each_symbol_once",                a_walk_meets_each_symbol_once               },
    {"code_is_filled_where_it_lies",                 code_is_filled_where_it_lies                },
    {"a_filling_that_fails_leaves_nothing",          a_filling_that_fails_leaves_nothing         },
};
TAP_MAIN(cases)
