/* SPDX-License-Identifier: MIT */
/*
 * given.c - a live system over a provider over a finder: modules by name out of folders and libraries, held where they lie, and
 * asked for again at a reload.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/tap.h"
#include "smf/finder.h"
#include "smf/live.h"
#include "smf/port_posix.h"

/* ---- Memory that runs out once ---- */

static unsigned allocations, fail_at; /* 0: never */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_malloc(size_t size) { return ++allocations == fail_at ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return ++allocations == fail_at ? NULL : __real_calloc(count, size); }

/* ---- A library of modules of the build tree ---- */

static char folder[] = "given-XXXXXX";
static char lib[64], copy[64];

static size_t read_file(const char *path, uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    const size_t found = file != NULL ? fread(bytes, 1, size, file) : 0;
    if (file != NULL)
        fclose(file);
    return found;
}

static void write_file(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(bytes, 1, size, file) == size);
    if (file != NULL)
        fclose(file);
}

/* std/piece of this file, and user, which needs `piece`. */
static void put_library(const char *piece, bool user)
{
    static uint8_t bytes[3][1 << 16], all[1 << 18];
    struct smf_library_item items[3] = {{.name = "piece"}, {.name = "std/user"}, {.name = "std/piece"}};
    const char *paths[3] = {piece, "live_user.smf", piece};
    uint32_t order[3];
    size_t size = 0;
    for (size_t i = 0; i < 3; i++) {
        items[i].bytes = bytes[i];
        items[i].size = read_file(paths[i], bytes[i], sizeof bytes[i]);
    }
    CHECK_STATUS(smf_library_write(items, user ? 3 : 1, order, all, sizeof all, &size, NULL), SMF_OK);
    write_file(lib, all, size);
}

/* ---- A system over it ---- */

static struct smf_finder finder;
static struct smf_supplier supplier;
static struct smf_provider provider;
static struct smf_live live;
static struct smf_live_options options;
static uint8_t arena[1 << 18];
static bool hide; /* whether bytes can be addressed */
static enum smf_status (*real_find)(const struct smf_supplier *supplier, const char *name, struct smf_supply *supply,
                                    struct smf_diagnosis *why);

static enum smf_status read_supply(void *context, uint64_t offset, void *into, size_t size)
{
    const struct smf_supply *supply = context;
    memcpy(into, (const uint8_t *)supply->object.bytes + offset, size);
    return SMF_OK;
}

/* The same bytes, to be read by position: `object` remembers where they are. */
static enum smf_status find_hidden(const struct smf_supplier *own, const char *name, struct smf_supply *supply,
                                   struct smf_diagnosis *why)
{
    const enum smf_status status = real_find(own, name, supply, why);
    if (status == SMF_OK && hide) {
        supply->object = supply->source;
        supply->source = (struct smf_source){.read_at = read_supply, .context = supply, .size = supply->object.size};
    }
    return status;
}

static void open_scene(void)
{
    fail_at = 0;
    CHECK(mkdtemp(folder) != NULL);
    snprintf(lib, sizeof lib, "%s/l.lsm", folder);
    snprintf(copy, sizeof copy, "%s/user.smf", folder);
    put_library("live_one.smf", true);
    CHECK_STATUS(smf_finder_start(&finder, NULL), SMF_OK);
    CHECK_STATUS(smf_finder_add_folder(&finder, folder), SMF_OK);
    CHECK_STATUS(smf_finder_scan(&finder), SMF_OK);
    supplier = smf_finder_supplier("the finder", &finder);
    real_find = supplier.find;
    supplier.find = find_hidden;
    const struct smf_provider_config config = {
        .suppliers = &supplier,
        .supplier_count = 1,
        .arena = arena,
        .arena_size = sizeof arena,
        .enable_cache = true,
        .modules = {.entries = 16, .bytes = 1 << 20}
    };
    CHECK_STATUS(smf_provider_start(&provider, &config), SMF_OK);
    memset(&options, 0, sizeof options);
    options.system.load.port = smf_port_posix();
    options.system.load.arena_size = 1 << 20;
    options.system.hot_reload = true;
    options.provider = &provider;
    CHECK_STATUS(smf_live_start(&live, &options), SMF_OK);
}

static uint32_t held(void)
{
    struct smf_provider_statistics statistics;
    smf_provider_get_statistics(&provider, &statistics);
    return statistics.held;
}

static void close_scene(void)
{
    smf_live_finish(&live);
    CHECK(live.copies == NULL && live.places == NULL);
    CHECK_EQUAL(held(), 0);
    smf_provider_finish(&provider);
    smf_finder_close(&finder);
    (void)remove(lib);
    (void)remove(copy);
    CHECK_EQUAL(rmdir(folder), 0);
    strcpy(folder, "given-XXXXXX");
}

static enum smf_status load(const char *name, struct smf_handle *handle, struct smf_diagnosis *why)
{
    const struct smf_live_item item = {.name = name};
    const enum smf_status status = smf_live_load_items(&live, &item, 1, SMF_LOAD_START, handle, why);
    CHECK_EQUAL(why->status, status);
    return status;
}

static int call(const char *name)
{
    int (*function)(void) = (int (*)(void))smf_system_function(&live.system, name);
    CHECK(function != NULL);
    return function != NULL ? function() : -1;
}

/* ---- Cases ---- */

static void library_resolution(void)
{
    struct smf_handle handle, found;
    struct smf_diagnosis why;
    open_scene();
    CHECK_STATUS(load("std/user", &handle, &why), SMF_OK);
    CHECK_EQUAL(call("user_value"), 101); /* of the module that it needs, out of the library, too */
    CHECK_EQUAL(held(), 2);               /* no copy */
    CHECK_STATUS(smf_system_find(&live.system, "piece", &found), SMF_OK);
    CHECK_TEXT(smf_live_path(&live, "std/user"), lib);
    CHECK_TEXT(smf_live_path(&live, "piece"), lib);
    put_library("live_two.smf", true); /* the bytes that run are their own */
    CHECK_EQUAL(call("user_value"), 101);
    CHECK_STATUS(smf_system_unload(&live.system, handle, 0, NULL), SMF_OK);
    CHECK_EQUAL(held(), 1);
    close_scene();
}

static void a_reload_asks_again(void)
{
    struct smf_handle handle, piece;
    struct smf_diagnosis why;
    open_scene();
    CHECK_STATUS(load("std/user", &handle, &why), SMF_OK);
    CHECK_STATUS(smf_system_find(&live.system, "piece", &piece), SMF_OK);
    CHECK(!smf_live_may_differ(&live, "piece") && !smf_live_may_differ(&live, "std/user"));
    CHECK(smf_live_may_differ(&live, "nobody"));
    put_library("live_two.smf", true);
    CHECK(smf_live_may_differ(&live, "piece") && !smf_live_may_differ(&live, "std/user"));
    CHECK_STATUS(smf_live_reload(&live, piece, NULL, 0, &piece, &why), SMF_OK);
    CHECK_EQUAL(call("user_value"), 102);
    CHECK(!smf_live_may_differ(&live, "piece"));
    (void)remove(lib);
    CHECK(smf_live_may_differ(&live, "piece"));
    CHECK_STATUS(smf_live_reload(&live, piece, NULL, 0, NULL, &why), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(call("user_value"), 102);
    CHECK_STATUS(smf_live_reload(&live, piece, "live_one.smf", 0, &piece, &why), SMF_OK); /* from elsewhere now on */
    CHECK_TEXT(smf_live_path(&live, "piece"), "live_one.smf");
    CHECK_EQUAL(call("user_value"), 101);
    CHECK_STATUS(smf_live_reload(&live, piece, NULL, 0, NULL, &why), SMF_OK);
    close_scene();
}

static void what_is_missing_is_named(void)
{
    static const uint8_t nothing[] = "no module";
    struct smf_handle handle;
    struct smf_diagnosis why;
    open_scene();
    CHECK_STATUS(load("nobody", &handle, &why), SMF_ERR_NOT_FOUND);
    CHECK_TEXT(why.name, "nobody");
    CHECK_EQUAL(why.detail, SMF_DETAIL_NO_MODULE);
    CHECK(smf_live_failed(&live) == NULL);
    put_library("live_one.smf", false); /* only piece is left */
    const struct smf_live_item user = {.path = "live_user.smf"};
    CHECK_STATUS(smf_live_load_items(&live, &user, 1, 0, &handle, &why), SMF_OK);
    CHECK_STATUS(smf_system_unload(&live.system, handle, 0, NULL), SMF_OK);
    write_file(copy, nothing, sizeof nothing); /* a file of its own goes before a library */
    CHECK_STATUS(load("user", &handle, &why), SMF_ERR_NOT_SMF);
    CHECK_TEXT(smf_live_failed(&live), copy);
    (void)remove(lib);
    const struct smf_live_item both[] = {{.path = "live_user.smf"}, {.name = "std/piece"}};
    CHECK_STATUS(smf_live_load_items(&live, both, 2, 0, NULL, &why), SMF_ERR_NOT_FOUND);
    CHECK_TEXT(why.name, "std/piece");
    close_scene();
}

static void bytes_that_do_not_stay_are_read(void)
{
    struct smf_handle handle;
    struct smf_diagnosis why;
    hide = true;
    open_scene();
    CHECK_STATUS(load("std/user", &handle, &why), SMF_OK);
    CHECK_EQUAL(call("user_value"), 101);
    CHECK_EQUAL(held(), 0); /* given back at once */
    close_scene();
    hide = false;
}

static void memory_runs_out(const char *name)
{
    struct smf_handle handle;
    struct smf_diagnosis why;
    enum smf_status status = SMF_ERR_NO_MEMORY;
    unsigned n = 0;
    open_scene();
    while (status != SMF_OK && n < 1000) {
        (void)smf_provider_invalidate(&provider, NULL);
        allocations = 0;
        fail_at = ++n;
        status = load(name, &handle, &why);
        fail_at = 0;
        if (status == SMF_OK)
            break;
        CHECK(status == SMF_ERR_NO_MEMORY || status == SMF_ERR_START);
        CHECK(live.copies == NULL && live.places == NULL);
        CHECK_EQUAL(held(), 0);
    }
    CHECK(n > 10);
    CHECK_EQUAL(call("user_value"), 101);
    CHECK_STATUS(smf_system_find(&live.system, "piece", &handle), SMF_OK);
    put_library("live_two.smf", true);
    for (n = 1, status = SMF_ERR_NO_MEMORY; status != SMF_OK && n < 1000; n++) {
        const struct smf_live_copy *copies = live.copies;
        const uint32_t before = held();
        (void)smf_provider_invalidate(&provider, NULL);
        allocations = 0;
        fail_at = n;
        status = smf_live_reload(&live, handle, NULL, 0, NULL, &why);
        fail_at = 0;
        if (status == SMF_OK)
            break;
        CHECK(status == SMF_ERR_NO_MEMORY || status == SMF_ERR_START);
        CHECK(live.copies == copies && held() == before);
        CHECK_EQUAL(call("user_value"), 101);
    }
    CHECK(n > 3);
    CHECK_EQUAL(call("user_value"), 102);
    close_scene();
}

static void memory_runs_out_once(void)
{
    memory_runs_out("std/user");
    hide = true;
    memory_runs_out("std/user");
    hide = false;
}

static const struct tap_case cases[] = {
    {"library_resolution",              library_resolution             },
    {"a_reload_asks_again",             a_reload_asks_again            },
    {"what_is_missing_is_named",        what_is_missing_is_named       },
    {"bytes_that_do_not_stay_are_read", bytes_that_do_not_stay_are_read},
    {"memory_runs_out_once",            memory_runs_out_once           },
};

TAP_MAIN(cases)
