/* SPDX-License-Identifier: MIT */
/*
 * failing.c - everything that can fail while a group is loaded, a module
 * reloaded or started fails once at each place where it can: the port, the
 * arena, the source, the resolver, progress, the supplier of needs, a start.
 * After each failure everything is as it was, to the last slot (A24); then the
 * same call succeeds.
 *
 * On paper: app and ring import from each other, both from lib, and app needs
 * extra, which config.open supplies. lib has a .keep section, and a second version.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "load/steps.h"
#include "smf/hash.h"
#include "smf/system.h"
#include "support/holds.h"
#include "support/kit.h"
#include "system/failing.h"

enum { APP, RING, LIB, LIB_NEXT, LIB_WITHOUT, EXTRA, FILES };
enum { TEXT, GOT, DATA, NOTE, DEPS };
static const char *const names[FILES] = {"app", "ring", "lib", "lib", "lib", "extra"};
static uint8_t *files[FILES];
static size_t sizes[FILES];

/* ---- The modules ---- */

static struct kit kit;
static uint32_t pointer_type; /* of an absolute pointer */

static void begin(uint8_t state_version, const char *need)
{
    static uint8_t bytes[64], note[96], deps[320];
    struct smf_module_note module = {.name = "paper", .state_version = state_version};
    struct smf_dependency dependency = {.interface_hash = 0};
    const struct smf_arch *arch = kit_machine();
    pointer_type = arch->absolute;
    kit_start(&kit, (enum smf_arch_id)arch->id);
    kit.writer.header.flags |= SMF_FLAG_RELOADABLE;
    kit_section(&kit, ".text", SMF_SECTION_CODE, bytes, 64, 16);
    kit_section(&kit, ".got", SMF_SECTION_RODATA, bytes, 32, 8);
    kit_section(&kit, ".data", SMF_SECTION_DATA, bytes, 32, 8);
    kit_section(&kit, SMF_NOTE_MODULE, SMF_SECTION_NOTE, note, smf_note_module_write(&module, note, sizeof note), 8);
    if (need == NULL)
        return;
    memcpy(dependency.name, need, strlen(need) + 1);
    kit_section(&kit, SMF_NOTE_DEPS, SMF_SECTION_NOTE, deps,
                smf_note_dependencies_write(&dependency, 1, deps, sizeof deps), 8);
}

static void end(unsigned file) { files[file] = kit_finish(&kit, &sizes[file]); }

static uint32_t import_function(const char *name)
{
    return kit_stub_import(&kit, name, SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL, 32, 8, 0);
}

static void make_lib(unsigned file, unsigned offset, bool whole)
{
    static uint8_t state[16];
    begin(1, NULL);
    memset(state, (int)(0x11 * file), sizeof state);
    const uint32_t keep = kit_section(&kit, ".keep.lib", SMF_SECTION_DATA, state, sizeof state, 8);
    if (whole)
        kit_export(&kit, "lib_data", DATA, 8 + offset, SMF_SYMBOL_DATA);
    kit_export(&kit, "lib_function", TEXT, 16 + offset, SMF_SYMBOL_FUNCTION);
    kit_export(&kit, "lib_state", keep, 8, SMF_SYMBOL_DATA);
    end(file);
}

static void make_files(void)
{
    if (files[APP] != NULL)
        return;
    make_lib(LIB, 0, true);
    make_lib(LIB_NEXT, 8, true);
    make_lib(LIB_WITHOUT, 8, false);
    begin(0, "extra");
    const uint32_t function = import_function("lib_function");
    const uint32_t data = kit_import(&kit, "lib_data", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    const uint32_t ring = import_function("ring_function");
    const uint32_t host = import_function("host_function");
    kit_export(&kit, "app_function", TEXT, 8, SMF_SYMBOL_FUNCTION);
    kit_relocation(&kit, GOT, 0, pointer_type, function, 0);
    kit_relocation(&kit, GOT, 8, pointer_type, data, 0);
    kit_relocation(&kit, GOT, 16, pointer_type, ring, 0);
    kit_relocation(&kit, GOT, 24, pointer_type, host, 0);
    kit_relocation(&kit, DATA, 0, pointer_type, data, 4);
    kit_relocation(&kit, DATA, 8, pointer_type, function, 0);
    end(APP);
    begin(0, NULL);
    const uint32_t app = import_function("app_function");
    const uint32_t bare = kit_import(&kit, "lib_function", SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL);
    const uint32_t state = kit_import(&kit, "lib_state", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    kit_export(&kit, "ring_function", TEXT, 24, SMF_SYMBOL_FUNCTION);
    kit_relocation(&kit, GOT, 0, pointer_type, app, 0);
    kit_relocation(&kit, GOT, 8, pointer_type, bare, 0);
    kit_relocation(&kit, DATA, 0, pointer_type, state, 0);
    end(RING);
    begin(0, NULL);
    kit_export(&kit, "extra_data", DATA, 0, SMF_SYMBOL_DATA);
    end(EXTRA);
}

/* ---- The system around them ---- */

static struct paper paper;
static struct smf_system sys;
static struct smf_diagnosis why;
static uint8_t arena[1 << 16];

static enum smf_status read_at(void *context, uint64_t offset, void *into, size_t size)
{
    if (fails(READ))
        return SMF_ERR_IO;
    memcpy(into, files[(uintptr_t)context] + offset, size);
    return SMF_OK;
}

static struct smf_source source_of(unsigned file, bool positional)
{
    struct smf_source source = smf_source_memory(files[file], sizes[file], SMF_STAYS_FOR_MODULE);
    if (positional) {
        source.bytes = NULL;
        source.read_at = read_at;
        source.context = (void *)(uintptr_t)file;
        source.stay = SMF_STAYS_FOR_LOAD;
    }
    return source;
}

static enum smf_status supply(void *context, const char *name, struct smf_source *source)
{
    (void)context;
    if (fails(OPEN))
        return SMF_ERR_IO;
    CHECK_TEXT(name, "extra");
    *source = source_of(EXTRA, false);
    faults.opened++;
    return SMF_OK;
}

static void close_source(void *context, const char *name, const struct smf_source *source)
{
    (void)context;
    (void)source;
    if (strcmp(name, "extra") == 0)
        faults.closed++;
}

static void open_system(void)
{
    make_files();
    memset(&faults, 0, sizeof faults);
    paper_start(&paper);
    if (sizeof(void *) == 4)
        paper.base = 0x40000000;
    const struct smf_system_config config = {
        .load = {.port = &paper.port,
                 .arena = arena,
                 .arena_size = sizeof arena,
                 .arch = kit_machine(),
                 .resolve = resolve,
                 .progress = progress},
        .open = supply,
        .close = close_source,
        .start = start_module,
        .stop = stop_module,
        .bucket_count = 4
    };
    CHECK_STATUS(smf_system_start(&sys, &config), SMF_OK);
}

static void close_system(void)
{
    smf_system_finish(&sys);
    CHECK_EQUAL(faults.opened, faults.closed);
    CHECK_EQUAL(faults.started, faults.stopped);
    paper_end(&paper);
}

/* ---- What must be as it was ---- */

struct snapshot {
    struct smf_system_statistics statistics;
    uint64_t names, memory;
    unsigned live, open, running;
};

static struct snapshot look(void)
{
    static const char *const asked[] = {"app_function", "ring_function", "lib_function", "lib_data",
                                        "lib_state",    "extra_data",    "host_function"};
    struct snapshot snapshot;
    const unsigned resolved = faults.at[RESOLVE];
    memset(&snapshot, 0, sizeof snapshot);
    faults.at[RESOLVE] = 0;
    smf_system_statistics(&sys, &snapshot.statistics);
    snapshot.names = snapshot.memory = SMF_FNV64_BASIS;
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        struct smf_resolved found;
        memset(&found, 0, sizeof found);
        if (smf_system_resolve(&sys, asked[i], &found) == SMF_OK)
            snapshot.names = smf_hash64(snapshot.names, &found, sizeof found);
        snapshot.names = smf_hash64(snapshot.names, &i, sizeof i);
    }
    faults.at[RESOLVE] = resolved;
    for (size_t i = 0; i < sizeof paper.regions / sizeof paper.regions[0]; i++) {
        const struct paper_region *region = &paper.regions[i];
        const bool sealed = region->sealed != NULL;
        if (region->reservation == 0)
            continue;
        snapshot.memory = smf_hash64(snapshot.memory, region->real.bytes, region->real.size);
        snapshot.memory = smf_hash64(snapshot.memory, &region->real.address, sizeof region->real.address);
        snapshot.memory = smf_hash64(snapshot.memory, &sealed, sizeof sealed);
    }
    snapshot.live = paper_live(&paper);
    snapshot.open = faults.opened - faults.closed;
    snapshot.running = faults.started - faults.stopped;
    paper_check(&paper);
    return snapshot;
}

static void compare(const struct snapshot *before)
{
    const struct snapshot now = look();
    CHECK_EQUAL(now.names, before->names);
    CHECK_EQUAL(now.memory, before->memory);
    CHECK_EQUAL(now.live, before->live);
    CHECK_EQUAL(now.open, before->open);
    CHECK_EQUAL(now.running, before->running);
    CHECK(memcmp(&now.statistics, &before->statistics, sizeof now.statistics) == 0);
    CHECK_EQUAL(now.statistics.arena_largest, before->statistics.arena_largest);
}

/* ---- The calls that are tried ---- */

static struct smf_handle handles[3];

static enum smf_status load_group(bool positional)
{
    struct smf_source sources[3];
    struct smf_system_item items[3];
    for (unsigned i = 0; i < 3; i++) {
        sources[i] = source_of(i, positional);
        items[i].name = names[i];
        items[i].source = &sources[i];
    }
    return smf_system_load_all(&sys, items, 3, SMF_LOAD_START, handles, &why);
}

static enum smf_status reload_lib(bool positional)
{
    const struct smf_source source = source_of(LIB_NEXT, positional);
    return smf_system_reload(&sys, handles[LIB], &source, 0, &handles[LIB], &why);
}

struct call {
    enum smf_status (*run)(bool positional);
    bool loaded; /* the group is there already */
};
static const struct call calls[] = {
    {load_group, false},
    {reload_lib, true },
};

static void prepare(const struct call *call, bool positional)
{
    open_system();
    if (call->loaded)
        CHECK_STATUS(load_group(positional), SMF_OK);
    memset(faults.seen, 0, sizeof faults.seen);
    paper.fallible = 0;
}

/* One thing fails for the first, second, ... time, until the call succeeds. How often it failed. */
static unsigned fail_each(const struct call *call, bool positional, unsigned *place, unsigned *counter,
                          enum smf_status status)
{
    unsigned n = 0;
    prepare(call, positional);
    for (;; n++) {
        const struct snapshot before = look();
        memset(faults.seen, 0, sizeof faults.seen);
        *counter = 0;
        *place = n + 1;
        const enum smf_status answer = call->run(positional);
        *place = 0;
        if (answer == SMF_OK)
            break;
        if (status != SMF_OK)
            CHECK_STATUS(answer, status);
        compare(&before);
        if (n > 2000) {
            tap_check(0, __FILE__, __LINE__, "the call never succeeds");
            break;
        }
    }
    close_system();
    return n;
}

static void callback_fails(unsigned callback, enum smf_status status)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        for (int positional = 0; positional < 2; positional++) {
            tap_variant("call %zu, positional %d", i, positional);
            const unsigned count =
                fail_each(&calls[i], positional != 0, &faults.at[callback], &faults.seen[callback], status);
            /* A reload asks nobody for what it imports, and supplies no needs. */
            const bool never =
                (callback == READ && !positional) || (calls[i].loaded && (callback == RESOLVE || callback == OPEN));
            CHECK(never == (count == 0));
        }
}

static void a24_each_read_fails(void) { callback_fails(READ, SMF_ERR_IO); }
static void a24_each_resolver_call_fails(void) { callback_fails(RESOLVE, SMF_OK); }
static void a24_each_progress_call_cancels(void) { callback_fails(PROGRESS, SMF_ERR_CANCELLED); }
static void a24_each_supply_fails(void) { callback_fails(OPEN, SMF_ERR_IO); }
static void a24_each_start_fails(void) { callback_fails(START, SMF_ERR_START); }

/* In a reload, too: reserving, sealing, and opening what holds slots. */
static void a24_each_port_call_fails(void)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        tap_variant("call %zu", i);
        paper.fail_with = SMF_ERR_PROTECT;
        const unsigned count = fail_each(&calls[i], false, &paper.fail_at, &paper.fallible, SMF_OK);
        CHECK(count >= 4);
    }
}

/* All of the arena but so many bytes is taken by somebody else. */
static void a24_each_arena_size_fails(void)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        struct smf_arena *blocks = smf_load_arena(&sys.loader);
        unsigned failures = 0;
        prepare(&calls[i], false);
        for (size_t room = 0;; room += 8) {
            const size_t largest = smf_arena_largest(blocks);
            void *ballast = smf_arena_take(blocks, largest - room - SMF_ARENA_HEADER);
            CHECK(ballast != NULL);
            const struct snapshot before = look();
            const enum smf_status answer = calls[i].run(false);
            if (answer == SMF_OK) {
                smf_arena_give(blocks, ballast);
                break;
            }
            tap_variant("call %zu, room %zu", i, room);
            CHECK_STATUS(answer, SMF_ERR_NO_ARENA);
            compare(&before);
            smf_arena_give(blocks, ballast);
            failures++;
            if (room > sizeof arena - 1024)
                break;
        }
        CHECK(failures > 50);
        close_system();
    }
}

/* What a reload refuses by itself leaves the same. */
static void a_reload_without_an_export_in_use_changes_nothing(void)
{
    prepare(&calls[1], false);
    const struct snapshot before = look();
    const struct smf_source source = source_of(LIB_WITHOUT, false);
    CHECK_STATUS(smf_system_reload(&sys, handles[LIB], &source, 0, NULL, &why), SMF_ERR_UNRESOLVED);
    CHECK_TEXT(why.name, "lib_data");
    compare(&before);
    close_system();
}

/* The third phase cannot undo the swap: it is counted. */
static void a_region_that_stays_open_is_counted(void)
{
    struct smf_system_statistics statistics;
    struct smf_resolved function;
    prepare(&calls[1], false);
    CHECK_STATUS(reload_lib(false), SMF_OK);
    const unsigned fallible = paper.fallible;
    close_system();
    prepare(&calls[1], false);
    paper.fail_at = fallible; /* the last one */
    paper.fail_with = SMF_ERR_PROTECT;
    CHECK_STATUS(reload_lib(false), SMF_OK);
    paper.fail_at = 0;
    smf_system_statistics(&sys, &statistics);
    CHECK_EQUAL(statistics.unsealed, 1);
    CHECK_STATUS(smf_system_resolve(&sys, "lib_function", &function), SMF_OK);
    CHECK_EQUAL(function.handle.number, handles[LIB].number);
    close_system();
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(a24_each_read_fails),
    CASE(a24_each_resolver_call_fails),
    CASE(a24_each_progress_call_cancels),
    CASE(a24_each_supply_fails),
    CASE(a24_each_start_fails),
    CASE(a24_each_port_call_fails),
    CASE(a24_each_arena_size_fails),
    CASE(a_reload_without_an_export_in_use_changes_nothing),
    CASE(a_region_that_stays_open_is_counted),
};
TAP_MAIN(cases)
