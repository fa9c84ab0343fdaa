/* SPDX-License-Identifier: MIT */
/*
 * flash.c - a system over a provider, without any file system: modules that need each
 * other load by name, straight from a directory or a library in memory (L12, G10), are
 * reloaded from what is there then and never from what was there before (G9, D-5), and
 * everything is given back. Real modules, which run; on boards, too.
 */
#include <string.h>

#include "harness/tap.h"
#include "smf/provider.h"
#include "smf/system.h"
#include "support/own_port.h"
#include "system/carried.h"

static struct smf_system live;
static struct smf_provider provider;
static struct smf_diagnosis why;
static uint8_t arena[1 << 15], entries[1 << 13];
static uint8_t flash[1 << 14]; /* a library */
static struct smf_source library_source;
static struct smf_library library;
static struct smf_memory_module table[3];
static struct smf_memory_modules directory = {table, 3};
static struct smf_supplier suppliers[2];
static bool positional;

/* ---- Places ---- */

static const char *const names[3] = {"lamp", "button", "room"};
static const char *const files[2][3] = {
    {"lamp_1", "button", "room"},
    {"lamp_2", "button", "room"}
};

static enum smf_status read_flash(void *context, uint64_t offset, void *into, size_t size)
{
    CHECK(context == flash && offset <= sizeof flash && size <= sizeof flash - offset);
    memcpy(into, flash + offset, size);
    return SMF_OK;
}

/* Writes the library anew, as an update in the field does: nobody may have its modules in use. */
static void write_some(unsigned version, uint32_t count)
{
    struct smf_library_item items[3];
    uint32_t order[3];
    size_t size = 0;
    for (unsigned i = 0; i < 3; i++) {
        const struct smf_source file = carried(files[version - 1][i]);
        items[i] = (struct smf_library_item){.name = names[i], .bytes = file.bytes, .size = (size_t)file.size};
    }
    CHECK_STATUS(smf_library_write(items + 3 - count, count, order, flash, sizeof flash, &size, &why), SMF_OK);
    library_source = smf_source_memory(flash, size, SMF_STAYS_FOR_MODULE);
    if (positional)
        library_source = (struct smf_source){.size = size, .read_at = read_flash, .context = flash};
    CHECK_STATUS(smf_library_open(&library, &library_source, &why), SMF_OK);
}

static void write_library(unsigned version) { write_some(version, 3); }

static void begin(const struct smf_supplier *first, size_t count)
{
    const struct smf_provider_config config = {
        .suppliers = suppliers,
        .supplier_count = count,
        .arena = entries,
        .arena_size = sizeof entries,
        .enable_cache = true,
        .modules = {SIZE_MAX, UINT64_MAX}
    };
    const struct smf_system_config over = {
        .load = {.port = own_port(), .arena = arena, .arena_size = sizeof arena},
        .open = smf_provider_open,
        .close = smf_provider_close,
        .source_context = &provider,
        .hot_reload = true
    };
    suppliers[0] = *first;
    CHECK_STATUS(smf_provider_start(&provider, &config), SMF_OK);
    CHECK_STATUS(smf_system_start(&live, &over), SMF_OK);
}

static void begin_library(bool is_positional)
{
    positional = is_positional;
    write_library(1);
    const struct smf_supplier supplier = smf_library_supplier("flash", &library);
    begin(&supplier, 1);
}

static struct smf_provider_statistics statistics(void)
{
    struct smf_provider_statistics now;
    smf_provider_get_statistics(&provider, &now);
    return now;
}

/* Everything has come back, and the cache lets go of the rest. */
static void end(void)
{
    smf_system_finish(&live);
    CHECK_EQUAL(statistics().held, 0);
    smf_provider_invalidate(&provider, NULL);
    CHECK_EQUAL(statistics().supplies, 0);
    smf_provider_finish(&provider);
}

/* ---- The system ---- */

static struct smf_handle load(const char *name, enum smf_status wanted)
{
    struct smf_handle handle = {0};
    const struct smf_system_item item = {name, NULL};
    const enum smf_status status = smf_system_load(&live, &item, SMF_LOAD_START, &handle, &why);
    if (status != wanted) {
        char line[200];
        smf_diagnosis_format(&why, line, sizeof line);
        tap_note("%s", line);
    }
    CHECK_STATUS(status, wanted);
    return handle;
}

static struct smf_handle find(const char *name)
{
    struct smf_handle handle = {0};
    CHECK_STATUS(smf_system_find(&live, name, &handle), SMF_OK);
    return handle;
}

static int call(const char *name)
{
    int(SMF_MODULE_CALL *const function)(void) =
        (int(SMF_MODULE_CALL *)(void))(uintptr_t)smf_system_function(&live, name);
    CHECK(function != NULL);
    return function != NULL ? function() : -1;
}

/* ---- Cases ---- */

static void from_a_directory_in_memory(void)
{
    for (unsigned i = 0; i < 3; i++)
        table[i] = (struct smf_memory_module){names[i], carried(files[0][i])};
    const struct smf_supplier supplier = smf_memory_supplier("rom", &directory);
    begin(&supplier, 1);
    const struct smf_handle room = load("room", SMF_OK); /* and what it needs, and what that needs */
    CHECK_EQUAL(call("room_enter"), 2 * (10 + 1));
    CHECK_EQUAL(statistics().held, 3);
    CHECK_STATUS(smf_system_unload(&live, room, 0, &why), SMF_OK);
    CHECK_EQUAL(statistics().held, 2);
    load("room", SMF_OK);
    CHECK(statistics().modules.hits == 1 && statistics().modules.misses == 3);
    CHECK_EQUAL(call("room_enter"), 22);
    end();
}

/* Names of exports lie in the library: no byte of it was copied but what is loaded. */
static void l12_straight_from_a_library(void)
{
    struct smf_location location;
    const char *name = NULL;
    struct smf_found found;
    begin_library(false);
    CHECK(smf_provider_has(&provider, "lamp") && !smf_provider_has(&provider, "lam"));
    const struct smf_handle room = load("room", SMF_OK);
    CHECK_EQUAL(call("room_enter"), 22);
    CHECK_STATUS(smf_module_export(smf_system_module(&live, room), 0, &name, &found), SMF_OK);
    CHECK((uintptr_t)name > (uintptr_t)flash && (uintptr_t)name < (uintptr_t)flash + sizeof flash);
    CHECK_STATUS(smf_provider_locate(&provider, "room", &location, NULL, 0, &why), SMF_OK);
    CHECK_EQUAL(location.kind, SMF_ORIGIN_LIBRARY);
    CHECK(location.offset >= 128 + 3 * 128 && location.offset + location.size <= library_source.size);
    end();
}

/* What cannot be addressed is copied by the load, and given back when it ends. */
static void from_a_library_that_is_only_read(void)
{
    begin_library(true);
    load("room", SMF_OK);
    CHECK_EQUAL(call("room_enter"), 22);
    CHECK_EQUAL(statistics().held, 0);
    end();
}

static int note_name(void *context, const char *name)
{
    strcat(strcat(context, name), " ");
    return 0;
}

static void what_a_library_has(void)
{
    char seen[40] = "";
    struct smf_source object;
    begin_library(false);
    CHECK_EQUAL(smf_provider_list(&provider, note_name, seen), 0);
    CHECK_TEXT(seen, "button lamp room ");
    CHECK_STATUS(smf_provider_object(&provider, "lamp", &object, &why), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(why.detail, SMF_DETAIL_NO_OBJECT);
    end();
}

/* G9, D-5: the provider goes on, and gives what is there now. */
static void g9_a_reload_returns_the_changed_value(void)
{
    begin_library(true);
    load("room", SMF_OK);
    struct smf_handle lamp = find("lamp"), newer = {0};
    CHECK_STATUS(smf_system_reload(&live, lamp, NULL, 0, &newer, &why), SMF_OK); /* nothing has changed */
    CHECK(statistics().modules.hits == 1 && statistics().stale == 0);
    CHECK_EQUAL(call("room_enter"), 22);
    write_library(2);
    CHECK_STATUS(smf_system_reload(&live, newer, NULL, 0, &lamp, &why), SMF_OK);
    CHECK_EQUAL(statistics().stale, 1);
    CHECK_EQUAL(call("lamp_shine"), 20);
    CHECK_EQUAL(call("room_enter"), 2 * (20 + 1));
    write_library(1);
    load("lamp", SMF_OK); /* hot reload: loading it again */
    CHECK_EQUAL(call("room_enter"), 22);
    end();
}

/* In place: two libraries, of which the one in front is switched; the older one is held as long as it is in use. */
static void g9_versions_that_stay_where_they_are(void)
{
    struct smf_handle newer = {0};
    begin_library(false);
    load("room", SMF_OK);
    const struct smf_handle lamp = find("lamp");
    CHECK_STATUS(smf_system_retain(&live, lamp), SMF_OK);
    table[0] = (struct smf_memory_module){"lamp", carried("lamp_2")};
    directory.count = 1;
    suppliers[1] = suppliers[0];
    suppliers[0] = smf_memory_supplier("update", &directory);
    provider.config.supplier_count = 2; /* as the header says: changed between calls */
    smf_provider_invalidate(&provider, NULL);
    CHECK_EQUAL(statistics().held, 3);
    CHECK_STATUS(smf_system_reload(&live, lamp, NULL, 0, &newer, &why), SMF_OK);
    CHECK_EQUAL(call("room_enter"), 42);
    CHECK_EQUAL(statistics().held, 4); /* the older one, too */
    CHECK_STATUS(smf_system_release(&live, lamp), SMF_OK);
    CHECK_EQUAL(statistics().held, 3);
    CHECK_EQUAL(call("room_enter"), 42);
    directory.count = 3;
    end();
}

/* The same bytes at another place: what was made of them points to the old one. */
static void a_module_that_moves(void)
{
    struct smf_source source;
    for (unsigned is_positional = 0; is_positional < 2; is_positional++) {
        begin_library(is_positional != 0);
        CHECK_STATUS(smf_provider_bytes(&provider, "room", &source, &why), SMF_OK);
        CHECK_STATUS(smf_provider_give_back(&provider, &source), SMF_OK);
        write_some(1, 2);
        load("button", SMF_ERR_NOT_FOUND); /* it needs the lamp */
        CHECK_STATUS(smf_provider_bytes(&provider, "room", &source, &why), SMF_OK);
        CHECK_EQUAL(statistics().stale, 1);
        CHECK_STATUS(smf_provider_give_back(&provider, &source), SMF_OK);
        end();
    }
}

static void what_is_missing(void)
{
    char line[40];
    begin_library(false);
    load("cellar", SMF_ERR_NOT_FOUND);
    CHECK(strstr(provider.opened.name, "cellar") != NULL && strstr(why.name, "cellar") != NULL);
    CHECK_EQUAL(provider.opened.detail, SMF_DETAIL_NO_MODULE);
    CHECK_EQUAL(smf_provider_places(&provider, line, sizeof line), 5);
    CHECK_TEXT(line, "flash");
    CHECK_EQUAL(statistics().held, 0);
    end();
}

/* A need that is not there: all that was given for the group comes back. */
static void a_need_that_is_missing(void)
{
    table[0] = (struct smf_memory_module){"room", carried("room")};
    table[1] = (struct smf_memory_module){"button", carried("button")};
    directory.count = 2;
    const struct smf_supplier supplier = smf_memory_supplier("rom", &directory);
    begin(&supplier, 1);
    load("room", SMF_ERR_NOT_FOUND);
    CHECK_TEXT(provider.opened.name, "lamp");
    CHECK_EQUAL(statistics().held, 0);
    directory.count = 3;
    table[2] = (struct smf_memory_module){"lamp", carried("lamp_2")};
    load("room", SMF_OK);
    CHECK_EQUAL(call("room_enter"), 42);
    end();
}

/* Memory of the provider for no, one, two entries: loads fail cleanly until there is enough. */
static void every_size_of_the_providers_arena(void)
{
    unsigned failed = 0;
    bool done = false;
    for (size_t size = 256; size <= sizeof entries && !done; size += 32) {
        struct smf_provider_config config = {
            .suppliers = suppliers,
            .supplier_count = 1,
            .arena = entries,
            .arena_size = size,
            .bucket_count = 1,
            .enable_cache = true,
            .modules = {SIZE_MAX, UINT64_MAX}
        };
        struct smf_handle handle = {0};
        const struct smf_system_item item = {"room", NULL};
        begin_library(false);
        smf_provider_finish(&provider);
        CHECK_STATUS(smf_provider_start(&provider, &config), SMF_OK);
        const enum smf_status status = smf_system_load(&live, &item, 0, &handle, &why);
        done = status == SMF_OK;
        failed += !done;
        CHECK(done || status == SMF_ERR_NO_ARENA);
        CHECK_EQUAL(statistics().held, done ? 3 : 0);
        end();
    }
    CHECK(done && failed > 3);
}

static const struct tap_case cases[] = {
    {"from_a_directory_in_memory",            from_a_directory_in_memory           },
    {"l12_straight_from_a_library",           l12_straight_from_a_library          },
    {"from_a_library_that_is_only_read",      from_a_library_that_is_only_read     },
    {"what_a_library_has",                    what_a_library_has                   },
    {"g9_a_reload_returns_the_changed_value", g9_a_reload_returns_the_changed_value},
    {"g9_versions_that_stay_where_they_are",  g9_versions_that_stay_where_they_are },
    {"a_module_that_moves",                   a_module_that_moves                  },
    {"what_is_missing",                       what_is_missing                      },
    {"a_need_that_is_missing",                a_need_that_is_missing               },
    {"every_size_of_the_providers_arena",     every_size_of_the_providers_arena    },
};
TAP_MAIN(cases)
