/* SPDX-License-Identifier: MIT */
/*
 * files.c - smf/live.h: what is filled in, which file a name is, that a file may change under the module that came from
 * it, and that a call which fails leaves neither bytes nor names.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/tap.h"
#include "smf/codecs.h"
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

/* ---- What gdb would find ---- */

struct descriptor {
    uint32_t version, action;
    const void *relevant, *first;
};
extern struct descriptor __jit_debug_descriptor;

/* ---- A folder of modules ---- */

static char folder[] = "live-XXXXXX";

static const char *path_of(const char *name)
{
    static char paths[8][256];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void write_bytes(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(bytes, 1, size, file) == size);
    if (file != NULL)
        fclose(file);
}

/* Put a module of the build tree there, over whatever is there. */
static void put(const char *made, const char *name)
{
    static char bytes[1 << 16];
    FILE *file = fopen(made, "rb");
    CHECK(file != NULL);
    if (file == NULL)
        return;
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    write_bytes(path_of(name), bytes, size);
}

static void clean(void)
{
    static const char *const names[] = {"piece.smf", "user.smf",    "inner/piece.smf",
                                        "inner",     "unbound.smf", "some.old.smf"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)remove(path_of(names[i]));
    (void)remove(folder);
    strcpy(folder, "live-XXXXXX");
}

/* ---- A system over it ---- */

static const char *folders[2] = {NULL, folder};
static struct smf_live live;
static struct smf_live_options options;
static unsigned events[16];

static void count_event(void *context, enum smf_event event, struct smf_handle handle, const char *name,
                        struct smf_module *module)
{
    (void)handle;
    (void)module;
    CHECK(context == &options && name != NULL);
    events[event]++;
}

static void open_scene(void)
{
    fail_at = 0;
    memset(events, 0, sizeof events);
    memset(&options, 0, sizeof options);
    options.system.load.port = smf_port_posix();
    options.system.load.arena_size = 1 << 20;
    options.system.hot_reload = true;
    options.system.event = count_event;
    options.system.event_context = &options;
    options.folders = &folders[1];
    options.folder_count = 1;
    CHECK(mkdtemp(folder) != NULL);
    put("live_one.smf", "piece.smf");
    put("live_user.smf", "user.smf");
    CHECK_STATUS(smf_live_start(&live, &options), SMF_OK);
}

static void close_scene(void)
{
    smf_live_finish(&live);
    CHECK(live.copies == NULL && live.places == NULL && __jit_debug_descriptor.first == NULL);
    CHECK_EQUAL(events[SMF_EVENT_RELEASING], events[SMF_EVENT_LIVE]);
    clean();
}

static enum smf_status load(const char *path, struct smf_handle *handle)
{
    struct smf_diagnosis why;
    const enum smf_status status = smf_live_load(&live, &path, 1, SMF_LOAD_START, handle, &why);
    CHECK_EQUAL(why.status, status);
    return status;
}

static int call(const char *name)
{
    int (*function)(void) = (int (*)(void))smf_system_function(&live.system, name);
    CHECK(function != NULL);
    return function != NULL ? function() : -1;
}

/* ---- Cases ---- */

static void what_is_missing_is_filled_in(void)
{
    struct smf_handle handle;
    open_scene();
    CHECK_STATUS(load(path_of("user.smf"), &handle), SMF_OK);
    CHECK_EQUAL(call("user_value"), 101); /* of the module that it needs, of the C library */
    CHECK_EQUAL(events[SMF_EVENT_LOADED], 2);
    CHECK_TEXT(smf_live_path(&live, "piece"), path_of("piece.smf"));
    CHECK_TEXT(smf_live_path(&live, "user"), path_of("user.smf"));
    CHECK(smf_live_path(&live, "nobody") == NULL && smf_live_failed(&live) == NULL);
    close_scene();
}

static void start_refuses_what_is_its_own(void)
{
    struct smf_live_options wrong = {.system.load.port = smf_port_posix(), .system.source_context = &live};
    CHECK_STATUS(smf_live_start(&live, &wrong), SMF_ERR_ARGUMENT);
    wrong.system.source_context = NULL;
    wrong.system.load.port = NULL;
    CHECK_STATUS(smf_live_start(&live, &wrong), SMF_ERR_ARGUMENT);
    wrong.system.load.port = smf_port_posix();
    wrong.system.bucket_count = 3;
    CHECK_STATUS(smf_live_start(&live, &wrong), SMF_ERR_ARGUMENT);
}

static void an_arena_is_halved_until_there_is_room(void)
{
    struct smf_live_options large = {.system.load.port = smf_port_posix(), .system.load.arena_size = SIZE_MAX / 4};
    CHECK_STATUS(smf_live_start(&live, &large), SMF_OK);
    CHECK(live.arena != NULL && live.system.config.load.arena_size < SIZE_MAX / 4);
    smf_live_finish(&live);
    allocations = 0;
    fail_at = 1;
    large.system.load.arena_size = 1 << 20; /* not less than that */
    CHECK_STATUS(smf_live_start(&live, &large), SMF_ERR_NO_MEMORY);
    fail_at = 0;
}

static void names_stay_in_their_folders(void)
{
    static const char *const bad[] = {"",        "../piece", "inner/piece", "/piece", "inner\\piece",
                                      "c:piece", "..",       "pi..ece",     "none"};
    char path[256];
    open_scene();
    mkdir(path_of("inner"), 0700);
    put("live_one.smf", "inner/piece.smf");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_STATUS(smf_live_find(&live, bad[i], path, sizeof path), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_live_find(&live, "piece", path, sizeof path), SMF_OK);
    CHECK_TEXT(path, path_of("piece.smf"));
    CHECK_STATUS(smf_live_find(&live, "piece", path, strlen(path)), SMF_ERR_NO_SPACE);
    folders[0] = path_of("inner"); /* an earlier folder goes before */
    live.options.folders = folders;
    live.options.folder_count = 2;
    CHECK_STATUS(smf_live_find(&live, "piece", path, sizeof path), SMF_OK);
    CHECK_TEXT(path, path_of("inner/piece.smf"));
    close_scene();
}

static void a_file_without_a_note_is_called_after_itself(void)
{
    struct smf_handle handle;
    open_scene();
    put("live_plain.smf", "some.old.smf");
    CHECK_STATUS(load(path_of("some.old.smf"), &handle), SMF_OK);
    CHECK_STATUS(smf_system_find(&live.system, "some.old", &handle), SMF_OK);
    close_scene();
}

static void a_file_may_change_under_its_module(void)
{
    struct smf_handle handle, found;
    struct smf_diagnosis why;
    open_scene();
    CHECK_STATUS(load(path_of("user.smf"), &handle), SMF_OK);
    CHECK_EQUAL(call("piece_calls"), 1);
    CHECK_STATUS(smf_system_find(&live.system, "piece", &handle), SMF_OK);
    write_bytes(path_of("piece.smf"), "", 0);
    CHECK_EQUAL(call("piece_only_here"), 10); /* names lie in the bytes that were read */
    CHECK_STATUS(smf_live_reload(&live, handle, NULL, 0, NULL, &why), SMF_ERR_NOT_SMF);
    CHECK_TEXT(smf_live_failed(&live), path_of("piece.smf"));
    CHECK_EQUAL(call("user_value"), 101);
    put("live_two.smf", "piece.smf");
    CHECK_EQUAL(call("user_value"), 101);
    CHECK_STATUS(smf_live_reload(&live, handle, NULL, 0, &found, &why), SMF_OK);
    CHECK_EQUAL(call("user_value"), 102);
    CHECK_EQUAL(call("piece_only_here"), 20);
    CHECK_EQUAL(call("piece_calls"), 2);
    CHECK(smf_live_failed(&live) == NULL);
    CHECK_STATUS(smf_live_reload(&live, handle, NULL, 0, NULL, &why), SMF_ERR_NOT_FOUND); /* a stale handle */
    CHECK_STATUS(smf_live_reload(&live, found, path_of("none.smf"), 0, NULL, &why), SMF_ERR_IO);
    CHECK_EQUAL(errno, ENOENT);
    CHECK_TEXT(smf_live_path(&live, "piece"), path_of("piece.smf"));
    CHECK_STATUS(smf_live_reload(&live, found, "live_one.smf", 0, NULL, &why), SMF_OK);
    CHECK_EQUAL(call("user_value"), 101);
    CHECK_TEXT(smf_live_path(&live, "piece"), "live_one.smf"); /* from now on */
    close_scene();
}

static void a_load_that_fails_leaves_nothing(void)
{
    struct smf_diagnosis why;
    struct smf_handle handles[2];
    open_scene();
    put("live_unbound.smf", "unbound.smf");
    const char *none[] = {path_of("user.smf"), path_of("none.smf")};
    CHECK_STATUS(smf_live_load(&live, none, 2, 0, handles, &why), SMF_ERR_IO);
    CHECK_EQUAL(errno, ENOENT);
    CHECK_TEXT(smf_live_failed(&live), path_of("none.smf"));
    CHECK(live.copies == NULL && live.places == NULL);
    const char *unbound[] = {path_of("user.smf"), path_of("unbound.smf")};
    CHECK_STATUS(smf_live_load(&live, unbound, 2, 0, handles, &why), SMF_ERR_UNRESOLVED);
    CHECK_TEXT(why.name, "nobody");
    CHECK_TEXT(smf_live_failed(&live), path_of("unbound.smf"));
    CHECK(live.copies == NULL && live.places == NULL); /* nor of piece, which both need */
    write_bytes(path_of("piece.smf"), "SMF?", 4);
    CHECK(load(path_of("user.smf"), handles) != SMF_OK);
    CHECK_TEXT(smf_live_failed(&live), path_of("piece.smf")); /* the one that is broken, not the one that needs it */
    (void)remove(path_of("piece.smf"));
    CHECK_STATUS(load(path_of("user.smf"), handles), SMF_ERR_NOT_FOUND);
    CHECK(live.copies == NULL && live.places == NULL);
    CHECK_STATUS(smf_live_load(&live, NULL, 0, 0, NULL, NULL), SMF_OK); /* nothing is a group, too */
    CHECK_EQUAL(events[SMF_EVENT_LIVE], 0);
    close_scene();
}

/* piece.smf as one zstd frame: its size, and the bytes as they are. Of the file only `part` bytes, 0: all. */
static void pack_piece(size_t part)
{
    enum { HEAD = 4 + 1 + 4 + 3 };
    static uint8_t bytes[HEAD + (1 << 16)] = {0x28, 0xB5, 0x2F, 0xFD, 0xA0};
    FILE *file = fopen("live_one.smf", "rb");
    CHECK(file != NULL);
    const size_t size = file != NULL ? fread(bytes + HEAD, 1, sizeof bytes - HEAD, file) : 0;
    if (file != NULL)
        fclose(file);
    for (unsigned i = 0; i < 4; i++)
        bytes[5 + i] = (uint8_t)(size >> 8 * i);
    for (unsigned i = 0; i < 3; i++)
        bytes[9 + i] = (uint8_t)((size << 3 | 1) >> 8 * i); /* one block, the last, as it is */
    write_bytes(path_of("piece.smf"), bytes, part != 0 ? part : HEAD + size);
}

/* REQUIREMENTS C18. */
static void a_packed_file_is_unpacked(void)
{
    struct smf_handle handle;
    struct smf_diagnosis why;
    open_scene();
    if (smf_unpack("\x28\xB5\x2F\xFD", 4, 0, &(struct smf_unpacked){0}, NULL) == SMF_ERR_UNSUPPORTED) {
        close_scene();
        tap_skip("built without libzstd");
        return;
    }
    CHECK(live.system.loader.config.codecs == smf_codecs_host());
    pack_piece(100);
    const char *path = path_of("piece.smf");
    CHECK_STATUS(smf_live_load(&live, &path, 1, 0, &handle, &why), SMF_ERR_DECOMPRESS);
    CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_DAMAGED);
    CHECK_TEXT(smf_live_failed(&live), path_of("piece.smf"));
    path = path_of("user.smf"); /* which needs it */
    CHECK_STATUS(smf_live_load(&live, &path, 1, 0, &handle, &why), SMF_ERR_DECOMPRESS);
    CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_DAMAGED);
    CHECK_TEXT(smf_live_failed(&live), path_of("piece.smf"));
    CHECK(live.copies == NULL && live.places == NULL);
    pack_piece(0);
    enum smf_status status = SMF_ERR_NO_MEMORY;
    unsigned n = 0;
    while (status != SMF_OK && n < 1000) {
        path = path_of("user.smf");
        allocations = 0;
        fail_at = ++n;
        status = smf_live_load(&live, &path, 1, SMF_LOAD_START, &handle, &why);
        fail_at = 0;
        CHECK(status == SMF_OK || status == SMF_ERR_NO_MEMORY || status == SMF_ERR_START);
        CHECK(status == SMF_OK || (live.copies == NULL && live.places == NULL));
    }
    CHECK_STATUS(status, SMF_OK);
    CHECK_EQUAL(call("user_value"), 101);
    write_bytes(path_of("piece.smf"), "", 0);
    CHECK_EQUAL(call("piece_only_here"), 10);
    CHECK_STATUS(smf_system_find(&live.system, "piece", &handle), SMF_OK);
    put("live_two.smf", "piece.smf");
    CHECK_STATUS(smf_live_reload(&live, handle, NULL, 0, &handle, &why), SMF_OK);
    CHECK_EQUAL(call("user_value"), 102);
    pack_piece(100);
    CHECK_STATUS(smf_live_reload(&live, handle, NULL, 0, NULL, &why), SMF_ERR_DECOMPRESS);
    CHECK_EQUAL(why.detail, SMF_DETAIL_FRAME_DAMAGED);
    CHECK_EQUAL(call("user_value"), 102);
    pack_piece(0);
    CHECK_STATUS(smf_live_reload(&live, handle, NULL, 0, NULL, &why), SMF_OK);
    CHECK_EQUAL(call("user_value"), 101);
    close_scene();
}

static void what_is_loaded_is_not_loaded_again(void)
{
    struct smf_handle handle;
    open_scene();
    CHECK_STATUS(load(path_of("piece.smf"), &handle), SMF_OK);
    CHECK_STATUS(load("live_two.smf", &handle), SMF_ERR_LOADED);
    CHECK_TEXT(smf_live_path(&live, "piece"), path_of("piece.smf"));
    CHECK_EQUAL(call("piece_value"), 1);
    CHECK_STATUS(smf_system_find(&live.system, "piece", &handle), SMF_OK);
    CHECK_STATUS(smf_system_unload(&live.system, handle, 0, NULL), SMF_OK);
    CHECK(live.copies == NULL);
    CHECK_STATUS(load("live_two.smf", &handle), SMF_OK);
    CHECK_TEXT(smf_live_path(&live, "piece"), "live_two.smf"); /* and not where it was before */
    CHECK_EQUAL(call("piece_value"), 2);
    close_scene();
}

static void what_came_from_no_file_needs_a_path(void)
{
    static char bytes[1 << 16];
    struct smf_handle handle;
    open_scene();
    FILE *file = fopen(path_of("piece.smf"), "rb");
    CHECK(file != NULL);
    const size_t size = file != NULL ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (file != NULL)
        fclose(file);
    const struct smf_source source = smf_source_memory(bytes, size, SMF_STAYS_FOR_MODULE);
    const struct smf_system_item item = {"given", &source};
    CHECK_STATUS(smf_system_load(&live.system, &item, SMF_LOAD_START, &handle, NULL), SMF_OK);
    CHECK(smf_live_path(&live, "given") == NULL);
    CHECK_STATUS(smf_live_reload(&live, handle, NULL, 0, &handle, NULL), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(call("piece_value"), 1);
    CHECK_STATUS(smf_live_reload(&live, handle, "live_two.smf", 0, &handle, NULL), SMF_OK);
    CHECK_EQUAL(call("piece_value"), 2);
    CHECK_TEXT(smf_live_path(&live, "given"), "live_two.smf");
    close_scene();
}

static void memory_runs_out_once(void)
{
    struct smf_handle handle, piece;
    struct smf_diagnosis why;
    enum smf_status status = SMF_ERR_NO_MEMORY;
    open_scene();
    unsigned n = 0;
    while (status != SMF_OK && n < 1000) {
        const char *path = path_of("user.smf");
        allocations = 0;
        fail_at = ++n;
        status = smf_live_load(&live, &path, 1, SMF_LOAD_START, &handle, &why);
        fail_at = 0;
        if (status == SMF_OK)
            break;
        CHECK(status == SMF_ERR_NO_MEMORY || status == SMF_ERR_START);
        CHECK(live.copies == NULL && live.places == NULL);
        CHECK_EQUAL(events[SMF_EVENT_LIVE], 0);
    }
    CHECK(n > 10);
    CHECK_EQUAL(call("user_value"), 101);
    put("live_two.smf", "piece.smf");
    CHECK_STATUS(smf_system_find(&live.system, "piece", &piece), SMF_OK);
    for (n = 1, status = SMF_ERR_NO_MEMORY; status != SMF_OK && n < 1000; n++) {
        const struct smf_live_copy *copies = live.copies;
        allocations = 0;
        fail_at = n;
        status = smf_live_reload(&live, piece, NULL, 0, NULL, &why);
        fail_at = 0;
        if (status == SMF_OK)
            break;
        CHECK(status == SMF_ERR_NO_MEMORY || status == SMF_ERR_START);
        CHECK(live.copies == copies);
        CHECK_EQUAL(call("user_value"), 101);
    }
    CHECK(n > 3);
    CHECK_EQUAL(call("user_value"), 102);
    close_scene();
}

static void perf_and_debuggers_are_told_unless_not_wanted(void)
{
    struct smf_handle handle;
    struct stat map;
    char name[64];
    open_scene();
    live.options.perf_map = path_of("no such folder");
    CHECK_STATUS(load(path_of("piece.smf"), &handle), SMF_OK);
    CHECK_STATUS(live.perf_status, SMF_ERR_IO);
    CHECK_EQUAL(live.perf_error, ENOENT);
    CHECK(__jit_debug_descriptor.first != NULL);
    close_scene();
    open_scene();
    live.options.perf_map = folder;
    live.options.hidden_from_debuggers = true;
    CHECK_STATUS(load(path_of("piece.smf"), &handle), SMF_OK);
    CHECK_STATUS(live.perf_status, SMF_OK);
    CHECK(__jit_debug_descriptor.first == NULL);
    snprintf(name, sizeof name, "perf-%ld.map", (long)getpid());
    CHECK(stat(path_of(name), &map) == 0 && map.st_size != 0);
    (void)remove(path_of(name));
    close_scene();
}

static const struct tap_case cases[] = {
    {"what_is_missing_is_filled_in",                  what_is_missing_is_filled_in                 },
    {"start_refuses_what_is_its_own",                 start_refuses_what_is_its_own                },
    {"an_arena_is_halved_until_there_is_room",        an_arena_is_halved_until_there_is_room       },
    {"names_stay_in_their_folders",                   names_stay_in_their_folders                  },
    {"a_file_without_a_note_is_called_after_itself",  a_file_without_a_note_is_called_after_itself },
    {"a_file_may_change_under_its_module",            a_file_may_change_under_its_module           },
    {"a_load_that_fails_leaves_nothing",              a_load_that_fails_leaves_nothing             },
    {"a_packed_file_is_unpacked",                     a_packed_file_is_unpacked                    },
    {"what_is_loaded_is_not_loaded_again",            what_is_loaded_is_not_loaded_again           },
    {"what_came_from_no_file_needs_a_path",           what_came_from_no_file_needs_a_path          },
    {"memory_runs_out_once",                          memory_runs_out_once                         },
    {"perf_and_debuggers_are_told_unless_not_wanted", perf_and_debuggers_are_told_unless_not_wanted},
};

TAP_MAIN(cases)
