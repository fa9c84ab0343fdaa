/* SPDX-License-Identifier: MIT */
/*
 * instances.c - templates on a board: a module with them and one that uses them for types of its own, both in flash and made with
 * the board's compiler. No compiler is here: instances are made while the user is bound, in the board's static pools, answer as they
 * should, are sealed, and are gone when their module goes.
 */
#include <string.h>

#include "harness/tap.h"
#include "scene.h"

/* Of user.c: sort and reverse (which needs swap), a map of two parameters, a vec of what is copied and dropped, numbers. */
static const char *const checks[] = {"check_sort", "check_map", "check_vec", "check_numbers"};
static const char *const wanted[] = {"sort$Point",    "reverse$Point",  "swap$Point", "map_get$Point_Name",
                                     "vec_push$Name", "vec_clear$Name", "sort$i64",   "sum$f64"};

static void answer(void)
{
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        tap_variant("%s", checks[i]);
        CHECK_EQUAL(scene_call(checks[i]), 0);
    }
    tap_variant("%s", "");
}

static bool note(void *context, const struct smf_instance *instance)
{
    size_t *bytes = context;
    *bytes += instance->size;
    tap_note("%s: %u bytes at 0x%lx", instance->name, (unsigned)instance->size, (unsigned long)instance->code);
    return true;
}

static void a_user_answers(void)
{
    scene_start();
    (void)scene_load(TEMPLATES);
    CHECK_EQUAL(scene_instances(), 0);
    (void)scene_load(USER);
    /* map_get and map_put are functions of one instance, and so are vec_push and vec_clear. */
    CHECK_EQUAL(scene_instances(), 7);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        tap_variant("%s", wanted[i]);
        CHECK(scene_instance(wanted[i]).address != 0);
    }
    size_t bytes = 0;
    CHECK_EQUAL(smf_instantiator_walk(&scene.instantiator, note, &bytes), 7);
    answer();
    answer();
    tap_note("%u bytes of instances", (unsigned)bytes);
    scene_finish();
}

/* In the pool for code, with the access of code; the port and the processor agree. */
static void instances_lie_sealed_in_the_pool_for_code(void)
{
    const struct smf_port *const port = board_port();
    scene_start();
    (void)scene_load(TEMPLATES);
    (void)scene_load(USER);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const struct smf_instance instance = scene_instance(wanted[i]);
        enum smf_access access = SMF_ACCESS_RW;
        tap_variant("%s", wanted[i]);
        CHECK(instance.code >= (uintptr_t)smf_code_start && instance.size != 0 &&
              instance.code + instance.size <= (uintptr_t)smf_code_end);
        if (port->query != NULL) {
            CHECK_STATUS(port->query(port->context, instance.code, &access), SMF_OK);
            CHECK_EQUAL(access, SMF_ACCESS_RX);
        }
        CHECK(scene_write_faults(instance.code));
        CHECK(scene_write_faults(instance.code + instance.size - 4));
    }
    answer(); /* nothing was written */
    scene_finish();
}

static void instances_go_with_their_modules(void)
{
    struct room before, loaded;
    scene_start();
    before = scene_room();
    for (unsigned turn = 0; turn < 3; turn++) {
        tap_variant("turn=%u", turn);
        const struct smf_handle templates = scene_load(TEMPLATES);
        loaded = scene_room();
        const struct smf_handle user = scene_load(USER);
        CHECK_STATUS(scene_unload(templates), SMF_ERR_BUSY);
        CHECK_TEXT(scene.why.name, "user");
        CHECK_EQUAL(scene_call("check_sort"), 0);
        CHECK_STATUS(scene_unload(user), SMF_OK);
        CHECK_EQUAL(scene_instances(), 0);
        scene_check_room(&loaded);
        CHECK_STATUS(scene_unload(templates), SMF_OK);
        scene_check_room(&before);
    }
    scene_finish();
}

/* Sealed memory that is free again is the firmware's to write; nothing of an instance is left to be called. */
static void unloaded_code_is_not_sealed_any_more(void)
{
    scene_start();
    const struct smf_handle templates = scene_load(TEMPLATES), user = scene_load(USER);
    const struct smf_instance instance = scene_instance("sort$Point");
    CHECK(instance.address != 0);
    CHECK_STATUS(scene_unload(user), SMF_OK);
    CHECK_EQUAL(scene_instance("sort$Point").address, 0);
    CHECK(smf_mapper_lookup(&scene.mapper, "sort$Point") == 0);
    const struct smf_port *const port = board_port();
    enum smf_access access = SMF_ACCESS_RX;
    if (port->query != NULL && port->query(port->context, instance.code, &access) == SMF_OK)
        CHECK(access != SMF_ACCESS_RX);
    CHECK_STATUS(scene_unload(templates), SMF_OK);
    scene_finish();
}

/* ---- Refusals ---- */

static void without_templates_nothing_is_loaded(void)
{
    scene_start();
    const struct room before = scene_room();
    CHECK_STATUS(scene_try(USER, NULL), SMF_ERR_UNRESOLVED);
    CHECK(strchr(scene.why.name, '$') != NULL);
    CHECK_EQUAL(scene_instances(), 0);
    scene_check_room(&before);
    const struct smf_handle templates = scene_load(TEMPLATES), user = scene_load(USER);
    answer();
    CHECK_STATUS(scene_unload(user), SMF_OK);
    CHECK_STATUS(scene_unload(templates), SMF_OK);
    scene_check_room(&before);
    scene_finish();
}

static void a_bound_that_fails_leaves_nothing(void)
{
    scene_start();
    (void)scene_load(TEMPLATES);
    const struct room before = scene_room();
    CHECK_STATUS(scene_try(NUMBERS, NULL), SMF_ERR_BOUND); /* also swap<Pair>, which was made, is gone */
    CHECK_TEXT(scene.why.name, "sum: T = Pair");
    CHECK_EQUAL(scene_instances(), 0);
    scene_check_room(&before);
    (void)scene_load(USER);
    answer();
    scene_finish();
}

static enum smf_status resolve(const char *name, const char *types)
{
    struct smf_type room[8];
    const struct smf_type *list = NULL;
    struct smf_resolved resolved = {0};
    CHECK_STATUS(smf_types_parse(types, strlen(types), room, 8, &list), SMF_OK);
    scene.why = (struct smf_diagnosis){0};
    const enum smf_status status = smf_system_resolve_generic(&scene.system, name, list, &resolved, &scene.why);
    CHECK((status == SMF_OK) == (resolved.address != 0));
    return status;
}

static void what_cannot_be_made_is_refused_and_leaves_nothing(void)
{
    static const struct {
        const char *name, *types;
        enum smf_status status;
    } tries[] = {
        {"nothing", "i64",       SMF_ERR_NOT_FOUND},
        {"sort",    "i64, i64",  SMF_ERR_ARITY    },
        {"sort",    "Nobody",    SMF_ERR_TYPE     },
        {"sum",     "Point",     SMF_ERR_BOUND    },
        {"sort",    "Name",      SMF_ERR_BOUND    },
        {"ping",    "i64",       SMF_ERR_CYCLE    },
        {"ping",    "Point",     SMF_ERR_CYCLE    },
        {"grow",    "i64",       SMF_ERR_DEPTH    },
        {"map_put", "Name, i64", SMF_ERR_BOUND    },
    };
    scene_start();
    (void)scene_load(TEMPLATES);
    (void)scene_load(USER);
    const struct room before = scene_room();
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        tap_variant("%s<%s>", tries[i].name, tries[i].types);
        CHECK_STATUS(resolve(tries[i].name, tries[i].types), tries[i].status);
        CHECK_EQUAL(scene_instances(), 7);
        scene_check_room(&before);
    }
    answer();
    scene_finish();
}

/* From a memory in which nothing fits to one in which all does: a load works, or has not happened. */
static void too_little_memory_leaves_nothing(void)
{
    bool fits = false;
    unsigned refused = 0;
    for (size_t size = 512; !fits && size <= 16 * 1024; size += 256) {
        tap_variant("workshop=%u", (unsigned)size);
        scene_start_with(size);
        struct smf_handle templates;
        enum smf_status status = scene_try(TEMPLATES, &templates);
        const struct room before = scene_room();
        if (status == SMF_OK)
            status = scene_try(USER, NULL);
        if (status == SMF_OK) {
            answer();
            fits = true;
        } else {
            CHECK_STATUS(status, SMF_ERR_NO_ARENA);
            CHECK_EQUAL(scene_instances(), 0);
            scene_check_room(&before);
            refused++;
        }
        if (fits)
            tap_note("templates, their users and 7 instances fit into %u bytes", (unsigned)size);
        scene_finish();
    }
    CHECK(fits);
    CHECK(refused >= 5);
}

static const struct tap_case cases[] = {
    {"a_user_answers",                                    a_user_answers                                   },
    {"instances_lie_sealed_in_the_pool_for_code",         instances_lie_sealed_in_the_pool_for_code        },
    {"instances_go_with_their_modules",                   instances_go_with_their_modules                  },
    {"unloaded_code_is_not_sealed_any_more",              unloaded_code_is_not_sealed_any_more             },
    {"without_templates_nothing_is_loaded",               without_templates_nothing_is_loaded              },
    {"a_bound_that_fails_leaves_nothing",                 a_bound_that_fails_leaves_nothing                },
    {"what_cannot_be_made_is_refused_and_leaves_nothing", what_cannot_be_made_is_refused_and_leaves_nothing},
    {"too_little_memory_leaves_nothing",                  too_little_memory_leaves_nothing                 },
};
TAP_MAIN(cases)
