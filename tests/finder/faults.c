/* SPDX-License-Identifier: MIT */
/* faults.c - each allocation of each call of the finder fails once: the call says so, and everything is as it was. */
#include <stdlib.h>
#include <string.h>

#include "scene.h"

/* ---- Memory that runs out once ---- */

static unsigned allocations, fail_at; /* 0: never */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size) { return ++allocations == fail_at ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return ++allocations == fail_at ? NULL : __real_calloc(count, size); }
void *__wrap_realloc(void *old, size_t size) { return ++allocations == fail_at ? NULL : __real_realloc(old, size); }
char *__wrap_strdup(const char *text) { return ++allocations == fail_at ? NULL : __real_strdup(text); }

static struct scene scene;

static enum smf_status no_file(void) { return smf_finder_get(&scene.finder, "x", &scene.supply, NULL); }
static enum smf_status from_library(void) { return smf_finder_get(&scene.finder, "y", &scene.supply, NULL); }
static enum smf_status object(void) { return smf_finder_get_object(&scene.finder, "y", &scene.supply, NULL); }
static enum smf_status bare(void) { return smf_finder_get(&scene.finder, "z", &scene.supply, NULL); }
static enum smf_status scan(void) { return smf_finder_scan(&scene.finder); }
static enum smf_status folder(void) { return smf_finder_add_folder(&scene.finder, at(&scene, "more")); }
static enum smf_status places(void) { return smf_finder_places(&scene.finder) != NULL ? SMF_OK : SMF_ERR_NO_MEMORY; }

static enum smf_status library(void)
{
    return smf_finder_add_library(&scene.finder, at(&scene, "more.lsm"), &scene.why);
}

static enum smf_status locate(void)
{
    struct smf_finder_location location;
    const enum smf_status status = smf_finder_locate(&scene.finder, "x", &location, NULL);
    CHECK(status != SMF_OK || strcmp(location.path, at(&scene, "m/x.smf")) == 0);
    return status;
}

static int ignore(void *context, const char *name)
{
    (void)context;
    return name[0] == '\0';
}

static enum smf_status list(void) { return (enum smf_status)smf_finder_list(&scene.finder, ignore, NULL); }

static enum smf_status look(void)
{
    uint64_t revision = 0;
    const struct smf_supplier supplier = smf_finder_supplier("finder", &scene.finder);
    const enum smf_status status = supplier.look(&supplier, "x", &revision);
    CHECK(status != SMF_OK || revision != 0);
    return status;
}

static enum smf_status again(void)
{
    struct smf_finder finder;
    const struct smf_finder_options options = {.flags = SMF_FINDER_STANDARD};
    const enum smf_status status = smf_finder_start(&finder, &options);
    if (status == SMF_OK)
        smf_finder_close(&finder);
    return status;
}

static const struct {
    const char *name;
    enum smf_status (*run)(void);
    unsigned least; /* allocations that it does */
    const char *places_after;
} calls[] = {
    {"get_file", no_file,      2, ""        },
    {"get",      from_library, 1, ""        },
    {"object",   object,       1, ""        },
    {"bare",     bare,         1, ""        },
    {"locate",   locate,       2, ""        },
    {"look",     look,         2, ""        },
    {"list",     list,         8, ""        },
    {"places",   places,       1, ""        },
    {"folder",   folder,       1, "more"    },
    {"library",  library,      1, "more.lsm"},
    {"scan",     scan,         8, "m/s.lsm" },
    {"start",    again,        3, ""        },
};

static void each_allocation_fails(void)
{
    static const struct stored added[] =
        {
            {"y", "y", "object", 0},
            {"z", "z", "o",      1}
    },
                               found[] = {{"w", "w", NULL, 0}};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        enum smf_status status = SMF_ERR_NO_MEMORY;
        char before[2048];
        scene_start(&scene, 0);
        put_text(&scene, "m/x.smf", "x");
        put_text(&scene, "m/in/v.smf", "v");
        put_library(&scene, "m/s.lsm", found, 1);
        put_library(&scene, "a.lsm", added, 2);
        put_library(&scene, "more.lsm", found, 1);
        add_library(&scene, "a.lsm");
        add_folder(&scene, "m");
        strcpy(before, smf_finder_places(&scene.finder));
        unsigned n = 0;
        while (status != SMF_OK && n < 200) {
            tap_variant("%s=%u", calls[i].name, n + 1);
            allocations = 0;
            fail_at = ++n;
            status = calls[i].run();
            fail_at = 0;
            CHECK(status == SMF_OK || status == SMF_ERR_NO_MEMORY);
            if (status == SMF_OK)
                break;
            CHECK(scene.supply.token == NULL);
            CHECK_TEXT(smf_finder_places(&scene.finder), before);
        }
        tap_check(n > calls[i].least, __FILE__, __LINE__, "%s: only %u allocations failed", calls[i].name, n - 1);
        CHECK(calls[i].places_after[0] == '\0' ||
              strstr(smf_finder_places(&scene.finder), calls[i].places_after) != NULL);
        smf_finder_give_back(&scene.finder, &scene.supply);
        check_list(&scene, strcmp(calls[i].name, "scan") == 0      ? "y z in/v x w "
                           : strcmp(calls[i].name, "library") == 0 ? "y z w in/v x "
                                                                   : "y z in/v x ");
        scene_end(&scene);
    }
    tap_variant("%s", "");
}

static const struct tap_case cases[] = {
    {"each_allocation_fails", each_allocation_fails},
};

TAP_MAIN(cases)
