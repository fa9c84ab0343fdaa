/* SPDX-License-Identifier: MIT */
/*
 * traps.c - what a second look at core/system was afraid of: each case is named
 * after a trap that code, or a sentence of smf/system.h, once fell into. On paper.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smf/hash.h"
#include "smf/system.h"
#include "support/holds.h"
#include "support/kit.h"

enum { TEXT, GOT, DATA, NOTE };
enum { FILES = 8, MANY = sizeof(void *) == 8 ? 4000 : 500 };

static struct kit kit;
static struct paper paper;
static struct smf_system sys;
static struct smf_diagnosis why;
static struct smf_system_config config;
static uint8_t arena[1 << 16];
static uint8_t *files[FILES];
static size_t sizes[FILES];

/* What callbacks do, and what they saw. */
static struct {
    const char *refuses;                /* the module that does not start */
    struct smf_reader *enters, *leaves; /* while a version starts */
    const char *asks;                   /* a name that is looked up in each start ... */
    uint32_t answer;                    /* ... and whose it was */
    uintptr_t address;                  /* ... or an address that is looked for */
    struct smf_symbolized symbol;
    enum smf_status symbol_status;
    enum smf_status resolver; /* what config.load.resolve says */
    struct smf_binding_answer gives;
    const char *starting;
    unsigned told[SMF_EVENT_GONE + 1];
    unsigned registered; /* by a debugger, as smf/debug.h says */
    char failed[64];
} seen;

/* ---- Modules ---- */

static uint32_t pointer_type(void) { return kit_machine()->absolute; }

static void begin(const char *name)
{
    static uint8_t bytes[64], note[96];
    struct smf_module_note module = {.state_version = 1};
    memcpy(module.name, name, strlen(name) + 1);
    kit_start(&kit, (enum smf_arch_id)kit_machine()->id);
    kit.writer.header.flags |= SMF_FLAG_RELOADABLE;
    kit_section(&kit, ".text", SMF_SECTION_CODE, bytes, 64, 16);
    kit_section(&kit, ".got", SMF_SECTION_RODATA, bytes, 32, 8);
    kit_section(&kit, ".data", SMF_SECTION_DATA, bytes, 32, 8);
    kit_section(&kit, SMF_NOTE_MODULE, SMF_SECTION_NOTE, note, smf_note_module_write(&module, note, sizeof note), 8);
}

static void end(unsigned file)
{
    free(files[file]);
    files[file] = kit_finish(&kit, &sizes[file]);
}

/* A module with one function at an offset. */
static inline void make(unsigned file, const char *name, const char *function, unsigned offset)
{
    begin(name);
    kit_export(&kit, function, TEXT, offset, SMF_SYMBOL_FUNCTION);
    end(file);
}

/* One that calls another's function through a slot. */
static inline void make_caller(unsigned file, const char *name, const char *function)
{
    begin(name);
    const uint32_t import = kit_stub_import(&kit, function, SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL, 32, 8, 0);
    kit_relocation(&kit, GOT, 0, pointer_type(), import, 0);
    end(file);
}

/* One that needs another with an interface. */
static inline void make_needing(unsigned file, const char *name, const char *need, uint64_t interface)
{
    static uint8_t deps[320];
    struct smf_dependency dependency = {.interface_hash = interface};
    memcpy(dependency.name, need, strlen(need) + 1);
    begin(name);
    kit_section(&kit, SMF_NOTE_DEPS, SMF_SECTION_NOTE, deps,
                smf_note_dependencies_write(&dependency, 1, deps, sizeof deps), 8);
    end(file);
}

/* Exports of several thousand names; with the hash that is given, all of the same, which the file may say. */
static inline void make_many(unsigned file, const char *prefix, unsigned count, uint32_t hash)
{
    static struct smf_write_symbol symbols[MANY];
    static char names[MANY][12];
    static struct smf_write_section sections[4];
    static uint8_t bytes[64];
    const struct smf_write_storage storage = {sections, symbols, NULL, 4, MANY, 0};
    smf_writer_start(&kit.writer, &storage);
    kit.writer.header.arch = (enum smf_arch_id)kit_machine()->id;
    kit.writer.header.flags = SMF_FLAG_PIC | SMF_FLAG_RELOADABLE;
    kit_section(&kit, ".text", SMF_SECTION_CODE, bytes, 64, 16);
    for (unsigned i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "%s%u", prefix, i);
        kit_export(&kit, names[i], TEXT, 0, SMF_SYMBOL_FUNCTION);
    }
    end(file);
    for (size_t at = 0, i = 0; hash != 0 && at + 4 <= sizes[file] && i < count; at++)
        if (get32(files[file] + at) == smf_hash_name(names[i])) {
            put32(files[file] + at, hash);
            i++;
        }
}

static struct smf_source source_of(unsigned file, enum smf_stay stay)
{
    return smf_source_memory(files[file], sizes[file], stay);
}

/* ---- The system ---- */

static enum smf_status start_module(void *context, struct smf_module *module, const struct smf_source *source)
{
    struct smf_resolved found = {0};
    (void)context;
    (void)module;
    (void)source;
    if (seen.enters != NULL)
        smf_reader_enter(seen.enters);
    if (seen.leaves != NULL)
        smf_reader_leave(seen.leaves);
    if (seen.asks != NULL)
        seen.answer = smf_system_resolve(&sys, seen.asks, &found) == SMF_OK ? found.handle.number : 0;
    if (seen.asks != NULL) {
        size_t count;
        seen.address = smf_module_regions(module, &count)[0].address + 20;
        seen.symbol_status = smf_system_symbolize(&sys, seen.address, &seen.symbol);
    }
    return seen.refuses != NULL && strcmp(seen.refuses, seen.starting) == 0 ? SMF_ERR_NO_MEMORY : SMF_OK;
}

static void stop_module(void *context, struct smf_module *module)
{
    (void)context;
    (void)module;
}

/* Registers modules as smf/debug.h wants it. */
static void note_event(void *context, enum smf_event event, struct smf_handle handle, const char *name,
                       struct smf_module *module)
{
    static struct smf_module *modules[16];
    (void)context;
    (void)handle;
    seen.told[event]++;
    if (event == SMF_EVENT_FAILED && strlen(seen.failed) + strlen(name) + 2 < sizeof seen.failed)
        strcat(strcat(seen.failed, name), " ");
    for (unsigned i = 0; i < 16; i++) {
        if (event == SMF_EVENT_LOADED && modules[i] == NULL) {
            modules[i] = module;
            seen.registered++;
            break;
        }
        if ((event == SMF_EVENT_FAILED || event == SMF_EVENT_RELEASING) && module != NULL && modules[i] == module) {
            modules[i] = NULL;
            seen.registered--;
        }
    }
}

static enum smf_status resolve(void *context, const struct smf_binding_request *request,
                               struct smf_binding_answer *answer)
{
    (void)context;
    (void)request;
    *answer = seen.gives;
    return seen.resolver;
}

/* Fields of `config` may be changed before open_system(). */
static void start(void)
{
    memset(&seen, 0, sizeof seen);
    seen.resolver = SMF_ERR_NOT_FOUND;
    seen.starting = "";
    paper_start(&paper);
    if (sizeof(void *) == 4)
        paper.base = 0x40000000;
    config = (struct smf_system_config){
        .load = {.port = &paper.port,
                 .arena = arena,
                 .arena_size = sizeof arena,
                 .arch = kit_machine(),
                 .resolve = resolve},
        .start = start_module,
        .stop = stop_module,
        .event = note_event,
        .bucket_count = 4
    };
}

static void open_system(void) { CHECK_STATUS(smf_system_start(&sys, &config), SMF_OK); }

static void close_system(void)
{
    smf_system_finish(&sys);
    CHECK_EQUAL(seen.registered, 0);
    CHECK_EQUAL(sys.statistics.exports, 0);
    CHECK_EQUAL(sys.statistics.bindings, 0);
    CHECK_EQUAL(sys.statistics.places, 0);
    CHECK_EQUAL(sys.statistics.retired, 0);
    paper_end(&paper);
    for (unsigned i = 0; i < FILES; i++) {
        free(files[i]);
        files[i] = NULL;
    }
}

static enum smf_status load(unsigned file, const char *name, uint32_t flags, struct smf_handle *handle)
{
    const struct smf_source source = source_of(file, SMF_STAYS_FOR_LOAD);
    const struct smf_system_item item = {name, &source};
    return smf_system_load(&sys, &item, flags, handle, &why);
}

static inline enum smf_status reload(struct smf_handle handle, unsigned file, uint32_t flags, struct smf_handle *newer)
{
    const struct smf_source source = source_of(file, SMF_STAYS_FOR_LOAD);
    return smf_system_reload(&sys, handle, &source, flags, newer, &why);
}

/* The pointer at an offset of a region of a version. */
static inline uint64_t pointer_in(struct smf_handle handle, unsigned region, unsigned offset)
{
    size_t count;
    const struct smf_region *regions = smf_module_regions(smf_system_module(&sys, handle), &count);
    return sizeof(void *) == 8 ? get64(regions[region].bytes + offset) : get32(regions[region].bytes + offset);
}

/* ---- Events ---- */

/* Whoever registered what was loaded hears that it goes, also if something else failed. */
static void every_module_of_a_failed_group_is_told(void)
{
    start();
    open_system();
    make(0, "first", "f", 0);
    make(1, "second", "g", 0);
    const struct smf_source sources[2] = {source_of(0, SMF_STAYS_FOR_LOAD), source_of(1, SMF_STAYS_FOR_LOAD)};
    const struct smf_system_item items[2] = {
        {"first",  &sources[0]},
        {"second", &sources[1]}
    };
    seen.refuses = "";
    CHECK_STATUS(smf_system_load_all(&sys, items, 2, SMF_LOAD_START, NULL, &why), SMF_ERR_START);
    CHECK_EQUAL(seen.told[SMF_EVENT_LOADED], 2);
    CHECK_EQUAL(seen.registered, 0);
    CHECK_TEXT(seen.failed, "first second "); /* the one that failed, then the others */
    close_system();
}

static void a_version_that_is_not_swapped_in_is_told(void)
{
    struct smf_handle handle;
    static struct smf_reader reader;
    start();
    open_system();
    make(0, "first", "f", 0);
    CHECK_STATUS(load(0, "first", SMF_LOAD_START, &handle), SMF_OK);
    memset(&reader, 0, sizeof reader);
    smf_reader_join(&sys, &reader);
    seen.enters = &reader; /* comes in while the new version starts */
    CHECK_STATUS(reload(handle, 0, SMF_RELOAD_QUIET, NULL), SMF_ERR_BUSY);
    CHECK_EQUAL(seen.told[SMF_EVENT_LOADED], 2);
    CHECK_EQUAL(seen.registered, 1);
    CHECK_TEXT(seen.failed, "first ");
    smf_reader_leave(&reader);
    smf_reader_part(&sys, &reader);
    close_system();
}

static void a_live_module_that_does_not_start_stays_registered(void)
{
    struct smf_handle handle;
    start();
    open_system();
    make(0, "first", "f", 0);
    CHECK_STATUS(load(0, "first", 0, &handle), SMF_OK);
    seen.refuses = "";
    CHECK_STATUS(smf_system_start_module(&sys, handle, &why), SMF_ERR_START);
    CHECK_EQUAL(seen.told[SMF_EVENT_FAILED], 0);
    CHECK_EQUAL(seen.registered, 1);
    close_system();
}

/* Told once, with the last version, whichever that is: until then its code may use what belongs to the module. */
static void a_module_is_gone_with_its_last_version(void)
{
    struct smf_handle older, newer;
    start();
    open_system();
    make(0, "first", "f", 0);
    CHECK_STATUS(load(0, "first", 0, &older), SMF_OK);
    CHECK_STATUS(smf_system_retain(&sys, older), SMF_OK);
    CHECK_STATUS(reload(older, 0, 0, &newer), SMF_OK);
    CHECK_STATUS(smf_system_unload(&sys, newer, 0, &why), SMF_OK);
    CHECK_EQUAL(sys.statistics.retired, 1);
    CHECK_EQUAL(seen.told[SMF_EVENT_GONE], 0); /* the older one is held */
    CHECK_STATUS(smf_system_release(&sys, older), SMF_OK);
    CHECK_EQUAL(seen.told[SMF_EVENT_GONE], 1);

    CHECK_STATUS(load(0, "first", 0, &older), SMF_OK);
    CHECK_STATUS(smf_system_retain(&sys, older), SMF_OK);
    CHECK_STATUS(smf_system_unload(&sys, older, 0, &why), SMF_OK);
    CHECK_STATUS(load(0, "first", 0, &newer), SMF_OK);
    CHECK_STATUS(smf_system_unload(&sys, newer, 0, &why), SMF_OK);
    CHECK_EQUAL(seen.told[SMF_EVENT_GONE], 1);
    CHECK_STATUS(smf_system_release(&sys, older), SMF_OK);
    CHECK_EQUAL(seen.told[SMF_EVENT_GONE], 2);
    close_system();
}

/* ---- Names ---- */

static void a_lookup_while_a_version_starts_finds_the_live_one(void)
{
    struct smf_handle handle, newer;
    start();
    open_system();
    make(0, "first", "f", 0);
    make(1, "first", "f", 16);
    seen.asks = "f";
    CHECK_STATUS(load(0, "first", SMF_LOAD_START, &handle), SMF_OK);
    CHECK_EQUAL(seen.answer, 0); /* names find it from SMF_EVENT_LIVE on */
    CHECK_STATUS(reload(handle, 1, 0, &newer), SMF_OK);
    CHECK_EQUAL(seen.answer, handle.number);
    close_system();
}

/* It may crash there. */
static void an_address_in_what_starts_is_symbolized(void)
{
    struct smf_handle handle;
    start();
    open_system();
    make(0, "first", "f", 16);
    seen.asks = "f";
    CHECK_STATUS(load(0, "first", SMF_LOAD_START, &handle), SMF_OK);
    CHECK_STATUS(seen.symbol_status, SMF_OK);
    CHECK_EQUAL(seen.symbol.handle.number, handle.number);
    CHECK_EQUAL(seen.symbol.offset, 4);
    close_system();
}

/* What was bound to the Global one of a pair goes on being so. */
static void a_weak_name_beside_a_global_one_is_not_swapped_in(void)
{
    struct smf_handle provider, caller, newer;
    start();
    config.allow_duplicates = true;
    open_system();
    for (unsigned file = 0; file < 2; file++) {
        begin("provider");
        kit_export(&kit, "f", TEXT, 16 + 8 * file, SMF_SYMBOL_FUNCTION);
        kit.symbols[kit_export(&kit, "f", TEXT, 48, SMF_SYMBOL_FUNCTION)].binding = SMF_BINDING_WEAK;
        end(file);
    }
    make_caller(2, "caller", "f");
    CHECK_STATUS(load(0, "provider", 0, &provider), SMF_OK);
    CHECK_STATUS(load(2, "caller", 0, &caller), SMF_OK);
    size_t count;
    uint64_t text = smf_module_regions(smf_system_module(&sys, provider), &count)[0].address;
    CHECK_EQUAL(pointer_in(caller, 1, 0), text + 16);
    CHECK_STATUS(reload(provider, 1, 0, &newer), SMF_OK);
    text = smf_module_regions(smf_system_module(&sys, newer), &count)[0].address;
    CHECK_EQUAL(pointer_in(caller, 1, 0), text + 24);
    close_system();
}

/* A provider of the application's is none of the system's. */
static void a_resolver_cannot_say_that_its_answer_is_reloadable(void)
{
    struct smf_handle handle;
    struct smf_system_statistics statistics;
    start();
    open_system();
    make_caller(0, "caller", "outside");
    seen.resolver = SMF_OK;
    seen.gives = (struct smf_binding_answer){
        .address = 0x5000, .kind = SMF_KIND_FUNCTION, .flags = SMF_BINDING_RELOADABLE, .provider = &seen};
    CHECK_STATUS(load(0, "caller", 0, &handle), SMF_OK);
    CHECK_EQUAL(pointer_in(handle, 1, 0), 0x5000);
    smf_system_statistics(&sys, &statistics);
    CHECK_EQUAL(statistics.places, 0);
    close_system();
}

/* Only a module that is there has a handle to give. */
static void another_failure_of_the_same_status_names_no_module(void)
{
    struct smf_handle handle = {7};
    start();
    open_system();
    make_caller(0, "caller", "outside");
    seen.resolver = SMF_ERR_LOADED;
    CHECK_STATUS(load(0, "caller", 0, &handle), SMF_ERR_LOADED);
    CHECK_EQUAL(handle.number, 7);
    close_system();
}

/* Work is linear in the size of the file, whatever hashes it says (SECURITY I7); what it takes of a chain, others need
 * not walk. Names that only happen to share buckets load. */
static void exports_of_one_hash_are_limited(void)
{
    static uint8_t room[MANY * 96];
    struct smf_handle handle;
    start();
    config.load.arena = room;
    config.load.arena_size = sizeof room;
    config.bucket_count = MANY / 4 < 512 ? 128 : 1024;
    open_system();
    make_many(0, "a", MANY, 0);
    make_many(1, "b", MANY, 0x12345678);
    const struct smf_source sources[2] = {source_of(0, SMF_STAYS_FOR_MODULE), source_of(1, SMF_STAYS_FOR_MODULE)};
    const struct smf_system_item items[2] = {
        {"plain",   &sources[0]},
        {"hostile", &sources[1]}
    };
    CHECK_STATUS(smf_system_load(&sys, &items[0], 0, &handle, &why), SMF_OK);
    CHECK_STATUS(smf_system_load(&sys, &items[1], 0, &handle, &why), SMF_ERR_LIMIT);
    CHECK_EQUAL(why.detail, SMF_DETAIL_INDEX_WORK);
    CHECK_EQUAL(sys.statistics.exports, MANY);
    CHECK_STATUS(smf_system_unload(&sys, handle, 0, &why), SMF_OK);
    CHECK_STATUS(smf_system_load(&sys, &items[1], 0, &handle, &why), SMF_ERR_LIMIT);
    CHECK_EQUAL(sys.statistics.exports, 0);
    close_system();
}

/* A source that was to stay has changed: its names are read as far as they can lie, and no further. */
static void a_name_that_has_lost_its_end_is_not_told(void)
{
    struct smf_handle handle;
    struct smf_found found;
    const char *name;
    start();
    open_system();
    make(0, "provider", "function", 0);
    make_needing(1, "user", "provider", 2);
    const struct smf_source source = source_of(0, SMF_STAYS_FOR_MODULE);
    const struct smf_system_item item = {"provider", &source};
    CHECK_STATUS(smf_system_load(&sys, &item, 0, &handle, &why), SMF_OK);
    const struct smf_module *module = smf_system_module(&sys, handle);
    CHECK_STATUS(smf_module_export(module, 0, &name, &found), SMF_OK);
    for (size_t i = 0; i + 9 <= sizes[0]; i++)
        if (memcmp(files[0] + i, "function", 9) == 0)
            for (i += 8; files[0][i] == 0; i++)
                files[0][i] = 'x'; /* to the end of all names */
    CHECK_STATUS(smf_module_export(module, 0, &name, &found), SMF_ERR_CHANGED);
    CHECK_STATUS(load(1, "user", 0, &handle), SMF_ERR_INTERFACE);
    close_system();
}

/* ---- Reload ---- */

/* By smf_system_load(), of a version that was never started. */
static void a_reload_that_was_to_start_and_cannot_leaves_the_old_version(void)
{
    struct smf_handle handle, found, newer = {0};
    start();
    config.hot_reload = true;
    open_system();
    make(0, "first", "f", 0);
    CHECK_STATUS(load(0, "first", 0, &handle), SMF_OK);
    seen.refuses = "";
    CHECK_STATUS(load(0, "first", SMF_LOAD_START, &newer), SMF_ERR_START);
    CHECK_STATUS(smf_system_find(&sys, "first", &found), SMF_OK);
    CHECK_EQUAL(found.number, handle.number);
    CHECK_EQUAL(sys.statistics.retired, 0);
    seen.refuses = NULL;
    CHECK_STATUS(load(0, "first", SMF_LOAD_START, &newer), SMF_OK);
    struct smf_version_information information;
    CHECK_STATUS(smf_system_information(&sys, newer, &information), SMF_OK);
    CHECK(information.started);
    close_system();
}

/* Newer versions take over entries of the index, and not what the older one's own name stands in. */
static void the_name_of_a_version_lasts_as_long_as_it_does(void)
{
    struct smf_handle handle, newer;
    struct smf_version_information information;
    start();
    open_system();
    make(0, "first", "f", 0);
    make(1, "second", "second_function_with_a_longer_name", 0);
    CHECK_STATUS(load(0, "first", 0, &handle), SMF_OK);
    CHECK_STATUS(smf_system_retain(&sys, handle), SMF_OK);
    CHECK_STATUS(smf_system_information(&sys, handle, &information), SMF_OK);
    const char *const name = information.name;
    CHECK_STATUS(reload(handle, 0, 0, &newer), SMF_OK);
    CHECK_STATUS(reload(newer, 0, 0, &newer), SMF_OK);
    CHECK_STATUS(smf_system_unload(&sys, newer, 0, &why), SMF_OK);
    CHECK_EQUAL(sys.statistics.retired, 1);
    CHECK_STATUS(load(1, "second", 0, &newer), SMF_OK);
    CHECK_STATUS(smf_system_information(&sys, handle, &information), SMF_OK);
    CHECK_TEXT(information.name, "first");
    CHECK(information.name == name);
    CHECK_STATUS(smf_system_release(&sys, handle), SMF_OK);
    close_system();
}

/* Nothing can store such a word at once. */
static void a_word_that_is_not_aligned_is_refused(void)
{
    struct smf_handle provider, importer;
    start();
    open_system();
    begin("provider");
    kit_export(&kit, "d", DATA, 8, SMF_SYMBOL_DATA);
    end(0);
    begin("importer");
    const uint32_t import = kit_import(&kit, "d", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    kit_relocation(&kit, DATA, 3, pointer_type(), import, 0);
    end(1);
    CHECK_STATUS(load(0, "provider", 0, &provider), SMF_OK);
    CHECK_STATUS(load(1, "importer", 0, &importer), SMF_ERR_UNSUPPORTED);
    CHECK_STATUS(reload(provider, 0, 0, &provider), SMF_OK);
    close_system();
}

/* Epochs are distances: who asks again and again while a reader is inside must not use them up. */
static void a_quiet_reload_that_is_refused_does_not_count_epochs(void)
{
    static struct smf_reader reader;
    struct smf_handle handle;
    start();
    open_system();
    make(0, "first", "f", 0);
    CHECK_STATUS(load(0, "first", 0, &handle), SMF_OK);
    memset(&reader, 0, sizeof reader);
    smf_reader_join(&sys, &reader);
    smf_reader_enter(&reader);
    const uintptr_t epoch = sys.epoch;
    for (unsigned i = 0; i < 10; i++)
        CHECK_STATUS(reload(handle, 0, SMF_RELOAD_QUIET, NULL), SMF_ERR_BUSY);
    CHECK_EQUAL(sys.epoch, epoch);
    smf_reader_leave(&reader);
    CHECK_STATUS(reload(handle, 0, SMF_RELOAD_QUIET, NULL), SMF_OK);
    smf_reader_part(&sys, &reader);
    close_system();
}

/* Words of readers hold all of an epoch but its highest bit, and 0 means never: whoever came and went is seen, and
 * whoever is inside holds what it may be in, before epochs wrap, when they do, and after. */
static void epochs_wrap(void)
{
    static const uintptr_t half = (uintptr_t)1 << (sizeof(uintptr_t) * 8 - 1);
    static const uintptr_t firsts[] = {0, 1};
    static struct smf_reader reader;
    struct smf_handle handle;
    start();
    open_system();
    make(0, "first", "f", 0);
    CHECK_STATUS(load(0, "first", SMF_LOAD_START, &handle), SMF_OK);
    for (unsigned i = 0; i < 8; i++) {
        memset(&reader, 0, sizeof reader);
        smf_reader_join(&sys, &reader);
        sys.epoch = half * firsts[i & 1] - 3 + i / 2;
        smf_reader_enter(&reader);
        CHECK_STATUS(reload(handle, 0, 0, &handle), SMF_OK);
        CHECK_EQUAL(sys.statistics.retired, 1);
        CHECK_EQUAL(smf_system_collect(&sys), 0);
        smf_reader_leave(&reader);
        CHECK_EQUAL(smf_system_collect(&sys), 1);
        seen.enters = seen.leaves = &reader;
        CHECK_STATUS(reload(handle, 0, SMF_RELOAD_QUIET, &handle), SMF_ERR_BUSY);
        seen.enters = seen.leaves = NULL;
        CHECK_STATUS(reload(handle, 0, SMF_RELOAD_QUIET, &handle), SMF_OK);
        smf_reader_part(&sys, &reader);
    }
    close_system();
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(every_module_of_a_failed_group_is_told),
    CASE(a_version_that_is_not_swapped_in_is_told),
    CASE(a_live_module_that_does_not_start_stays_registered),
    CASE(a_module_is_gone_with_its_last_version),
    CASE(a_lookup_while_a_version_starts_finds_the_live_one),
    CASE(an_address_in_what_starts_is_symbolized),
    CASE(a_weak_name_beside_a_global_one_is_not_swapped_in),
    CASE(a_resolver_cannot_say_that_its_answer_is_reloadable),
    CASE(another_failure_of_the_same_status_names_no_module),
    CASE(exports_of_one_hash_are_limited),
    CASE(a_name_that_has_lost_its_end_is_not_told),
    CASE(a_reload_that_was_to_start_and_cannot_leaves_the_old_version),
    CASE(the_name_of_a_version_lasts_as_long_as_it_does),
    CASE(a_word_that_is_not_aligned_is_refused),
    CASE(a_quiet_reload_that_is_refused_does_not_count_epochs),
    CASE(epochs_wrap),
};
TAP_MAIN(cases)
