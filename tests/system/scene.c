/* SPDX-License-Identifier: MIT */
/* scene.c - see scene.h. */
#include "system/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scene scene;
struct smf_mapper scene_mapper;

/* ---- What the system asks ---- */

static int find_file(const char *name)
{
    for (unsigned i = 0; i < scene.shelved; i++)
        if (scene.shelf[i].bytes != NULL && strcmp(scene.shelf[i].name, name) == 0)
            return (int)i;
    return -1;
}

static enum smf_status open_file(void *context, const char *name, struct smf_source *source)
{
    const int file = find_file(name);
    CHECK(context == &scene);
    if (file < 0)
        return SMF_ERR_NOT_FOUND;
    *source = smf_source_memory(scene.shelf[file].bytes, scene.shelf[file].size, scene.stay);
    scene.opened++;
    return SMF_OK;
}

static void close_file(void *context, const char *name, const struct smf_source *source)
{
    CHECK(context == &scene && name != NULL && source->bytes != NULL);
    scene.closed++;
}

static void count_event(void *context, enum smf_event event, struct smf_handle handle, const char *name,
                        struct smf_module *module)
{
    CHECK(context == &scene && handle.number != 0);
    CHECK(module != NULL || event == SMF_EVENT_FAILED);
    scene.events[event]++;
    if (scene.config.load.resolve == smf_mapper_resolve)
        smf_mapper_follow(&scene_mapper, event, handle, name, module);
}

/* Modules on paper cannot run. */
static enum smf_status start_on_paper(void *context, struct smf_module *module, const struct smf_source *source)
{
    (void)context;
    (void)module;
    (void)source;
    return SMF_OK;
}

static void stop_on_paper(void *context, struct smf_module *module)
{
    (void)context;
    (void)module;
}

/* ---- The system ---- */

void scene_start(const struct smf_arch *arch)
{
    memset(&scene, 0, sizeof scene);
    scene.arch = arch != NULL ? arch : kit_machine();
    scene.stay = SMF_STAYS_FOR_LOAD;
    paper_start(&scene.paper);
    if (scene.arch->pointer_size == 4)
        scene.paper.base = 0x40000000;
    scene.config.load.port = &scene.paper.port;
    scene.config.load.arena = scene.arena;
    scene.config.load.arena_size = sizeof scene.arena;
    scene.config.load.arch = scene.arch;
    scene.config.open = open_file;
    scene.config.close = close_file;
    scene.config.source_context = &scene;
    scene.config.start = start_on_paper;
    scene.config.stop = stop_on_paper;
    scene.config.event = count_event;
    scene.config.event_context = &scene;
}

void scene_open(void) { CHECK_STATUS(smf_system_start(&scene.system, &scene.config), SMF_OK); }

void scene_open_with_mapper(void)
{
    static uint8_t records[1 << 13];
    const struct smf_mapper_config config = {.port = &scene.paper.port, .arena = records, .arena_size = sizeof records};
    scene_start(NULL);
    CHECK_STATUS(smf_mapper_start(&scene_mapper, &config), SMF_OK);
    scene.config.load.resolve = smf_mapper_resolve;
    scene.config.load.resolve_context = &scene_mapper;
    scene_open();
}

uintptr_t scene_compile(const char *owner, const char *symbol)
{
    static const uint8_t code[16];
    uintptr_t address = 0;
    CHECK_STATUS(smf_mapper_map(&scene_mapper, &smf_mapper_jit, owner, symbol, code, sizeof code, 4, &address), SMF_OK);
    return address;
}

void scene_end(void)
{
    smf_system_finish(&scene.system);
    smf_mapper_finish(&scene_mapper);
    CHECK_EQUAL(scene.opened, scene.closed);
    CHECK_EQUAL(scene.events[SMF_EVENT_LIVE], scene.events[SMF_EVENT_RETIRED]);
    CHECK_EQUAL(scene.events[SMF_EVENT_LIVE], scene.events[SMF_EVENT_RELEASING]);
    paper_end(&scene.paper);
    for (unsigned i = 0; i < scene.shelved; i++)
        free(scene.shelf[i].bytes);
    scene.shelved = 0;
}

/* ---- Files ---- */

static uint64_t thumb(void) { return scene.arch->id == SMF_ARCH_ARM; }

void scene_begin(void)
{
    static const uint8_t bytes[64];
    kit_start(&scene.kit, (enum smf_arch_id)scene.arch->id);
    scene.kit.writer.header.flags |= SMF_FLAG_RELOADABLE;
    scene.state_version = scene.need_count = 0;
    kit_section(&scene.kit, ".text", SMF_SECTION_CODE, bytes, sizeof bytes, 16);
    kit_section(&scene.kit, ".got", SMF_SECTION_RODATA, bytes, sizeof bytes, 8);
    kit_section(&scene.kit, ".data", SMF_SECTION_DATA, bytes, sizeof bytes, 8);
}

uint32_t scene_keep(const char *name, size_t size, uint32_t alignment)
{
    static uint8_t bytes[64];
    memset(bytes, 0x11, sizeof bytes);
    return kit_section(&scene.kit, name, SMF_SECTION_DATA, bytes, size, alignment);
}

static void import(const char *name, enum smf_kind kind, unsigned offset, enum smf_binding binding)
{
    const bool function = kind == SMF_KIND_FUNCTION;
    const uint32_t symbol = kit_stub_import(&scene.kit, name, function ? SMF_SYMBOL_FUNCTION : SMF_SYMBOL_DATA, binding,
                                            function ? 32 : 0, function ? scene.arch->stub->size : 0, 0);
    kit_relocation(&scene.kit, SCENE_GOT, offset, scene.arch->absolute, symbol, 0);
}

void scene_import(const char *name, enum smf_kind kind, unsigned offset)
{
    import(name, kind, offset, SMF_BINDING_GLOBAL);
}

void scene_import_weak(const char *name, enum smf_kind kind, unsigned offset)
{
    import(name, kind, offset, SMF_BINDING_WEAK);
}

static void export(const char *name, enum smf_kind kind, unsigned offset, enum smf_binding binding)
{
    const bool function = kind == SMF_KIND_FUNCTION;
    const struct smf_write_symbol symbol = {.name = name,
                                            .section = function ? SCENE_TEXT : SCENE_DATA,
                                            .value = function ? offset | thumb() : offset,
                                            .type = function ? SMF_SYMBOL_FUNCTION : SMF_SYMBOL_DATA,
                                            .binding = binding};
    CHECK_STATUS(smf_writer_add_symbol(&scene.kit.writer, &symbol, NULL), SMF_OK);
}

void scene_export(const char *name, enum smf_kind kind, unsigned offset)
{
    export(name, kind, offset, SMF_BINDING_GLOBAL);
}

void scene_export_weak(const char *name, enum smf_kind kind, unsigned offset)
{
    export(name, kind, offset, SMF_BINDING_WEAK);
}

void scene_need(const char *name, uint64_t interface_hash)
{
    struct smf_dependency *need = &scene.needs[scene.need_count++];
    memset(need, 0, sizeof *need);
    memcpy(need->name, name, strlen(name) + 1);
    need->interface_hash = interface_hash;
}

static void put(const char *name, uint8_t *bytes, size_t size)
{
    const int found = find_file(name);
    const unsigned file = found >= 0 ? (unsigned)found : scene.shelved++;
    CHECK(file < SCENE_FILES);
    free(scene.shelf[file].bytes);
    snprintf(scene.shelf[file].name, sizeof scene.shelf[file].name, "%s", name);
    scene.shelf[file].bytes = bytes;
    scene.shelf[file].size = size;
}

void scene_shelve_bytes(const char *name, const void *bytes, size_t size)
{
    uint8_t *copy = malloc(size);
    CHECK(copy != NULL);
    if (copy == NULL)
        return;
    memcpy(copy, bytes, size);
    put(name, copy, size);
}

void scene_shelve(const char *name)
{
    const struct smf_module_note note = {.name = "shelved", .state_version = scene.state_version};
    size_t size;
    kit_section(&scene.kit, SMF_NOTE_MODULE, SMF_SECTION_NOTE, scene.note,
                smf_note_module_write(&note, scene.note, sizeof scene.note), 8);
    if (scene.need_count != 0)
        kit_section(
            &scene.kit, SMF_NOTE_DEPS, SMF_SECTION_NOTE, scene.needs_note,
            smf_note_dependencies_write(scene.needs, scene.need_count, scene.needs_note, sizeof scene.needs_note), 8);
    uint8_t *bytes = kit_finish(&scene.kit, &size);
    put(name, bytes, size);
}

void scene_discard(const char *name)
{
    const int file = find_file(name);
    CHECK(file >= 0);
    if (file < 0)
        return;
    free(scene.shelf[file].bytes);
    scene.shelf[file].bytes = NULL;
}

void scene_shelve_function(const char *name, const char *function, unsigned offset)
{
    scene_begin();
    scene_export(function, SMF_KIND_FUNCTION, offset);
    scene_shelve(name);
}

void scene_shelve_user(const char *name, const char *function, const char *import)
{
    scene_begin();
    scene_import(import, SMF_KIND_FUNCTION, 0);
    scene_export(function, SMF_KIND_FUNCTION, 8);
    scene_shelve(name);
}

void scene_shelve_needer(const char *name, const char *needs)
{
    char export[40];
    scene_begin();
    snprintf(export, sizeof export, "%s_function", name);
    scene_export(export, SMF_KIND_FUNCTION, 8);
    while (*needs != '\0') {
        char need[40] = {0};
        const size_t length = strcspn(needs, " ");
        memcpy(need, needs, length);
        scene_need(need, 0);
        needs += length + (needs[length] == ' ');
    }
    scene_shelve(name);
}

/* ---- Calls ---- */

const char *scene_line(void)
{
    static char line[240];
    smf_diagnosis_format(&scene.why, line, sizeof line);
    return line;
}

static void check(enum smf_status status, enum smf_status wanted)
{
    if (status != wanted)
        tap_note("%s", scene_line());
    CHECK_STATUS(status, wanted);
}

struct smf_handle scene_load(const char *name, enum smf_status wanted)
{
    const struct smf_system_item item = {name, NULL};
    struct smf_handle handle = {0};
    check(smf_system_load(&scene.system, &item, 0, &handle, &scene.why), wanted);
    return handle;
}

struct smf_handle scene_reload(struct smf_handle handle, uint32_t flags, enum smf_status wanted)
{
    struct smf_handle newer = handle;
    check(smf_system_reload(&scene.system, handle, NULL, flags, &newer, &scene.why), wanted);
    CHECK((newer.number != handle.number) == (wanted == SMF_OK));
    return newer;
}

void scene_unload(struct smf_handle handle, uint32_t flags, enum smf_status wanted)
{
    check(smf_system_unload(&scene.system, handle, flags, &scene.why), wanted);
}

uint64_t scene_address(const char *name)
{
    struct smf_resolved found = {0};
    return smf_system_resolve(&scene.system, name, &found) == SMF_OK ? found.address : 0;
}

uint32_t scene_owner(const char *name)
{
    struct smf_resolved found = {0};
    return smf_system_resolve(&scene.system, name, &found) == SMF_OK ? found.handle.number : 0;
}

bool scene_is_loaded(const char *name)
{
    struct smf_handle handle;
    return smf_system_find(&scene.system, name, &handle) == SMF_OK;
}

static void count_one(void *context, struct smf_handle handle, const char *name)
{
    CHECK(handle.number != 0 && name != NULL);
    ++*(unsigned *)context;
}

unsigned scene_listed(void)
{
    unsigned count = 0;
    smf_system_walk(&scene.system, count_one, &count);
    return count;
}

struct smf_system_statistics scene_statistics(void)
{
    struct smf_system_statistics statistics;
    smf_system_statistics(&scene.system, &statistics);
    return statistics;
}

uint64_t scene_region(struct smf_handle handle, unsigned kind)
{
    size_t count;
    const struct smf_module *module = smf_system_module(&scene.system, handle);
    CHECK(module != NULL);
    const struct smf_region *regions = smf_module_regions(module, &count);
    kind += (unsigned)smf_module_regions_in_place(module);
    CHECK(kind < count);
    return regions[kind].address;
}

uint64_t scene_slot(struct smf_handle handle, unsigned offset)
{
    const unsigned size = scene.arch->pointer_size;
    const uint8_t *at = paper_at(&scene.paper, scene_region(handle, SCENE_GOT) + offset, size);
    CHECK(at != NULL);
    return size == 8 ? get64(at) : get32(at);
}

struct smf_handle scene_handle(const char *name)
{
    struct smf_handle handle = {0};
    CHECK_STATUS(smf_system_find(&scene.system, name, &handle), SMF_OK);
    return handle;
}

void scene_check_empty(void)
{
    const struct smf_system_statistics now = scene_statistics();
    CHECK_EQUAL(now.modules, 0);
    CHECK_EQUAL(now.retired, 0);
    CHECK_EQUAL(now.exports, 0);
    CHECK_EQUAL(now.bindings, 0);
    CHECK_EQUAL(paper_live(&scene.paper), 0);
}
