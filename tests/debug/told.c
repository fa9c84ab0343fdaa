/* SPDX-License-Identifier: MIT */
/*
 * told.c - what gdb and perf are told of modules: where sections and symbols lie, the list of gdb's JIT interface at the
 * moment when gdb looks at it, files that do not belong, lines of a map.
 */
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/tap.h"
#include "smf/debug.h"
#include "smf/host.h"
#include "support/golden.h"
#include "support/paper.h"

/* ---- gdb's side: what it would read when its breakpoint is hit ---- */

struct code_entry {
    struct code_entry *next, *previous;
    const uint8_t *file;
    uint64_t size;
};
struct descriptor {
    uint32_t version, action;
    struct code_entry *relevant, *first;
};
enum { ADDED = 1, REMOVED = 2 };

extern struct descriptor __jit_debug_descriptor;
void __jit_debug_register_code(void);

static struct code_entry *last_added, *last_removed;
static unsigned calls, mistakes;

static size_t length(void)
{
    size_t count = 0;
    const struct code_entry *before = NULL;
    for (const struct code_entry *entry = __jit_debug_descriptor.first; entry != NULL; entry = entry->next) {
        mistakes += entry->previous != before;
        before = entry;
        count++;
    }
    return count;
}

static bool is_listed(const struct code_entry *wanted)
{
    const struct code_entry *entry = __jit_debug_descriptor.first;
    while (entry != NULL && entry != wanted)
        entry = entry->next;
    return entry != NULL;
}

/* Ours is weak: this one is called in its place. */
void __jit_debug_register_code(void)
{
    const struct descriptor *seen = &__jit_debug_descriptor;
    calls++;
    mistakes += seen->version != 1 || (seen->action != ADDED && seen->action != REMOVED) || seen->relevant == NULL;
    if (seen->action == ADDED)
        last_added = seen->relevant;
    else
        last_removed = seen->relevant;
    if (seen->relevant != NULL) {
        mistakes += is_listed(seen->relevant) != (seen->action == ADDED);
        mistakes += seen->relevant->size < sizeof(Elf64_Ehdr) || memcmp(seen->relevant->file, ELFMAG, SELFMAG) != 0;
    }
    length();
}

/* ---- Modules ---- */

struct scene {
    struct paper paper;
    struct smf_file file;
    struct smf_loader loader;
    struct smf_module *module;
    struct smf_debug_module what;
    uint8_t arena[1 << 16];
};

static enum smf_status find(void *context, const struct smf_binding_request *request, struct smf_binding_answer *answer)
{
    (void)context;
    (void)request;
    answer->address = 0x3000000000;
    return SMF_OK;
}

/* Map a file and load it on paper. */
static void load(struct scene *scene, const char *path, const char *elf, const struct smf_config *more)
{
    struct smf_diagnosis why;
    struct smf_config config = {
        .in_place = more->in_place, .allow_rwx = more->allow_rwx, .arch = more->arch, .rebinding = more->rebinding};
    paper_start(&scene->paper);
    scene->paper.port.can_rwx = true;
    scene->paper.gap = 0x10000000;
    config.port = &scene->paper.port;
    config.arena = scene->arena;
    config.arena_size = sizeof scene->arena;
    config.resolve = find;
    CHECK_STATUS(smf_file_map(&scene->file, path), SMF_OK);
    CHECK_STATUS(smf_loader_start(&scene->loader, &config), SMF_OK);
    CHECK_STATUS(smf_load(&scene->loader, &scene->file.source, &scene->module, &why), SMF_OK);
    scene->what = (struct smf_debug_module){.module = scene->module, .source = &scene->file.source, .elf = elf};
}

static void unload(struct scene *scene)
{
    smf_loader_finish(&scene->loader);
    paper_end(&scene->paper);
    smf_file_close(&scene->file);
}

static const struct smf_config plain, in_place = {.in_place = &smf_in_place_allowed}, one_region = {.allow_rwx = true};

/* ---- Reading what gdb was given: addresses as it would find them ---- */

static const Elf64_Ehdr *header_of(const struct code_entry *entry) { return (const void *)entry->file; }

static const Elf64_Shdr *section_at(const struct code_entry *entry, unsigned index)
{
    return (const void *)(entry->file + header_of(entry)->e_shoff + index * sizeof(Elf64_Shdr));
}

static const Elf64_Shdr *find_section(const struct code_entry *entry, const char *name)
{
    const Elf64_Shdr *names = section_at(entry, header_of(entry)->e_shstrndx);
    for (unsigned i = 1; i < header_of(entry)->e_shnum; i++)
        if (strcmp((const char *)entry->file + names->sh_offset + section_at(entry, i)->sh_name, name) == 0)
            return section_at(entry, i);
    return NULL;
}

/* 0: no such symbol. */
static uint64_t address_in(const struct code_entry *entry, const char *name)
{
    const Elf64_Shdr *table = find_section(entry, ".symtab"), *strings = find_section(entry, ".strtab");
    CHECK(table != NULL && strings != NULL);
    for (uint64_t i = 1; table != NULL && strings != NULL && i < table->sh_size / sizeof(Elf64_Sym); i++) {
        const Elf64_Sym *symbol = (const void *)(entry->file + table->sh_offset + i * sizeof *symbol);
        if (strcmp((const char *)entry->file + strings->sh_offset + symbol->st_name, name) != 0)
            continue;
        const bool relocatable = header_of(entry)->e_type == ET_REL;
        return symbol->st_value + (relocatable ? section_at(entry, symbol->st_shndx)->sh_addr : 0);
    }
    return 0;
}

/* Every export has the loader's address. */
static void check_exports(const struct scene *scene, const struct code_entry *entry)
{
    const uint32_t count = smf_module_export_count(scene->module);
    CHECK(count >= 3);
    for (uint32_t i = 0; i < count; i++) {
        const char *name;
        struct smf_found found;
        CHECK_STATUS(smf_module_export(scene->module, i, &name, &found), SMF_OK);
        CHECK_EQUAL(address_in(entry, name), found.address);
    }
}

static void try_layout(const char *path, const char *elf, const struct smf_config *config, size_t regions_in_place)
{
    static struct scene scene;
    struct smf_debug *debug = NULL;
    load(&scene, path, elf, config);
    CHECK_EQUAL(smf_module_regions_in_place(scene.module), regions_in_place);
    CHECK_STATUS(smf_debug_add(&debug, &scene.what), SMF_OK);
    CHECK_EQUAL(smf_debug_has_lines(debug), elf != NULL);
    CHECK_EQUAL(length(), 1);
    check_exports(&scene, last_added);
    smf_debug_remove(debug);
    CHECK(last_removed == last_added);
    CHECK_EQUAL(length(), 0);
    unload(&scene);
}

static void addresses_are_the_loaders(void)
{
    try_layout("watched.smf", "watched.smf.elf", &plain, 0);
    try_layout("watched.smf", NULL, &plain, 0);
    try_layout("alone.smf", "alone.smf.elf", &plain, 0);
    CHECK_EQUAL(mistakes, 0);
}

static void addresses_in_one_region(void)
{
    try_layout("watched.smf", "watched.smf.elf", &one_region, 0);
    try_layout("watched.smf", NULL, &one_region, 0);
}

static enum smf_status refer(void *context, const struct smf_reference *reference)
{
    (void)context;
    (void)reference;
    return SMF_ERR_ARGUMENT; /* nothing is reloadable here */
}

static enum smf_status keep(void *context, const struct smf_keep_request *request, struct smf_region *region,
                            bool *kept)
{
    static uint64_t memory[8];
    (void)context;
    (void)kept;
    CHECK(request->size <= sizeof memory);
    *region = (struct smf_region){(uint8_t *)memory, (uintptr_t)memory, request->size, SMF_ACCESS_RW};
    return SMF_OK;
}

static void addresses_of_kept_sections(void)
{
    static const struct smf_rebinding rebinding = {&smf_rebinding_rules, refer, keep, NULL};
    static const struct smf_config config = {.rebinding = &rebinding};
    try_layout("watched.smf", "watched.smf.elf", &config, 1);
    try_layout("watched.smf", NULL, &config, 1);
}

static void addresses_in_place(void)
{
    try_layout("alone.smf", "alone.smf.elf", &in_place, 2);
    try_layout("alone.smf", NULL, &in_place, 2);
}

/* Local symbols and DWARF are OUT.elf's alone; .eh_frame is there both ways, without it as it is in memory. */
static void what_is_in_the_files(void)
{
    static struct scene scene;
    struct smf_debug *debug = NULL;
    load(&scene, "watched.smf", "watched.smf.elf", &plain);
    CHECK_STATUS(smf_debug_add(&debug, &scene.what), SMF_OK);
    CHECK(address_in(last_added, "inner") != 0);
    CHECK(find_section(last_added, ".debug_info") != NULL && find_section(last_added, ".eh_frame") != NULL);
    const uint64_t stub = address_in(last_added, "puts@plt");
    smf_debug_remove(debug);
    scene.what.elf = NULL;
    CHECK_STATUS(smf_debug_add(&debug, &scene.what), SMF_OK);
    CHECK_EQUAL(address_in(last_added, "inner"), 0);
    CHECK(find_section(last_added, ".debug_info") == NULL);
    CHECK(stub != 0 && address_in(last_added, "puts@plt") == stub);
    const Elf64_Shdr *frames = find_section(last_added, ".eh_frame");
    CHECK(frames != NULL && frames->sh_size > 4);
    if (frames != NULL) {
        const uint8_t *memory = paper_at(&scene.paper, frames->sh_addr, frames->sh_size);
        CHECK(memory != NULL && memcmp(memory, last_added->file + frames->sh_offset, frames->sh_size) == 0);
    }
    smf_debug_remove(debug);
    unload(&scene);
}

static void removed_in_any_order(void)
{
    static const unsigned orders[][3] = {
        {0, 1, 2},
        {2, 1, 0},
        {1, 0, 2},
        {1, 2, 0}
    };
    static struct scene scene;
    load(&scene, "watched.smf", NULL, &plain);
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        struct smf_debug *debug[3];
        struct code_entry *entries[3];
        for (unsigned k = 0; k < 3; k++) {
            CHECK_STATUS(smf_debug_add(&debug[k], &scene.what), SMF_OK);
            entries[k] = last_added;
            CHECK(smf_debug_find(scene.module) == debug[k]);
        }
        CHECK(smf_debug_find(NULL) == NULL);
        CHECK_EQUAL(length(), 3);
        for (unsigned k = 0; k < 3; k++) {
            smf_debug_remove(debug[orders[i][k]]);
            CHECK(last_removed == entries[orders[i][k]]);
            CHECK_EQUAL(length(), 2 - k);
        }
    }
    smf_debug_remove(NULL);
    CHECK(smf_debug_find(scene.module) == NULL);
    CHECK(__jit_debug_descriptor.action == 0 && __jit_debug_descriptor.relevant == NULL);
    CHECK_EQUAL(mistakes, 0);
    unload(&scene);
}

enum { THREADS = 4, ROUNDS = 200 };

static void *add_and_remove(void *context)
{
    const struct smf_debug_module *what = context;
    uintptr_t failures = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct smf_debug *first = NULL, *second = NULL;
        failures += smf_debug_add(&first, what) != SMF_OK;
        failures += smf_debug_add(&second, what) != SMF_OK;
        smf_debug_remove(first);
        smf_debug_remove(second);
    }
    return (void *)failures;
}

static void by_several_threads(void)
{
    static struct scene scene;
    pthread_t threads[THREADS];
    load(&scene, "watched.smf", NULL, &plain);
    calls = 0;
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, add_and_remove, &scene.what), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        void *failures = NULL;
        CHECK_EQUAL(pthread_join(threads[i], &failures), 0);
        CHECK(failures == NULL);
    }
    CHECK_EQUAL(calls, THREADS * ROUNDS * 4);
    CHECK_EQUAL(mistakes, 0);
    CHECK_EQUAL(length(), 0);
    unload(&scene);
}

/* ---- Files that are not this module's ---- */

static uint8_t bytes[1 << 18];

static size_t read_all(const char *path)
{
    FILE *file = fopen(path, "rb");
    const size_t size = file != NULL ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (file != NULL)
        fclose(file);
    CHECK(size != 0 && size < sizeof bytes);
    return size;
}

static void write_some(const char *path, size_t size)
{
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(bytes, 1, size, file) == size);
    if (file != NULL)
        fclose(file);
}

static enum smf_status read_status(const struct scene *scene, const char *elf)
{
    static struct smf_section sections[32];
    uint64_t addresses[32];
    struct smf_image image;
    struct smf_debug_symbols symbols;
    CHECK_STATUS(smf_image_open(&image, &scene->file.source, sections, 32, NULL), SMF_OK);
    smf_debug_sections(scene->module, &image, addresses);
    const enum smf_status status = smf_debug_symbols_read(&symbols, &image, addresses, elf);
    smf_debug_symbols_free(&symbols);
    return status;
}

static void check_falls_back(const struct scene *scene)
{
    struct smf_debug *debug = NULL;
    CHECK_STATUS(smf_debug_add(&debug, &scene->what), SMF_OK);
    CHECK(debug != NULL && !smf_debug_has_lines(debug));
    check_exports(scene, last_added);
    smf_debug_remove(debug);
}

static void files_of_other_builds(void)
{
    static struct scene scene;
    static const struct {
        const char *path;
        enum smf_status status;
    } wrong[] = {
        {"alone.smf.elf", SMF_ERR_HASH  },
        {"watched.smf",   SMF_ERR_FORMAT},
        {"no such file",  SMF_ERR_IO    },
        {".",             SMF_ERR_IO    }
    };
    load(&scene, "watched.smf", NULL, &plain);
    CHECK_STATUS(read_status(&scene, "watched.smf.elf"), SMF_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        scene.what.elf = wrong[i].path;
        CHECK_STATUS(read_status(&scene, wrong[i].path), wrong[i].status);
        check_falls_back(&scene);
    }
    unload(&scene);
}

/* Cut off anywhere, or a byte of header, tables or names wrong: used or not used, and nothing worse. */
static void damaged_files(void)
{
    static struct scene scene;
    load(&scene, "watched.smf", "damaged.elf", &plain);
    const size_t size = read_all("watched.smf.elf");
    for (size_t some = 0; some < size; some += 1 + size / 150) {
        write_some("damaged.elf", some);
        check_falls_back(&scene);
    }
    const Elf64_Ehdr *header = (const void *)bytes;
    const size_t table = header->e_shoff, end = table + header->e_shnum * sizeof(Elf64_Shdr);
    unsigned state = 1;
    for (unsigned i = 0; i < 600; i++) {
        struct smf_debug *debug = NULL;
        state = state * 1103515245u + 12345u;
        size_t at = i < 64 ? i : table + (state >> 8) % (size - table);
        if (i % 4 != 0 && i >= 64)
            at = table + (state >> 8) % (end - table);
        const uint8_t before = bytes[at];
        bytes[at] = (uint8_t)(state >> 24 | 1);
        write_some("damaged.elf", size);
        bytes[at] = before;
        CHECK_STATUS(smf_debug_add(&debug, &scene.what), SMF_OK);
        smf_debug_remove(debug);
        (void)read_status(&scene, "damaged.elf");
    }
    unlink("damaged.elf");
    unload(&scene);
}

static void other_machines_are_refused(void)
{
    static struct scene scene;
    struct smf_debug *debug = (void *)&scene;
    const struct smf_config config = {.arch = smf_arch_of(SMF_ARCH_AARCH64)};
    const size_t size = golden_read("canonical.smf", bytes, sizeof bytes);
    if (smf_arch_native()->id == SMF_ARCH_AARCH64) {
        tap_skip("the file is one of this machine");
        return;
    }
    write_some("canonical.smf", size);
    load(&scene, "canonical.smf", NULL, &config);
    CHECK_STATUS(smf_debug_add(&debug, &scene.what), SMF_ERR_ARCH);
    CHECK(debug == NULL);
    unload(&scene);
}

/* ---- perf ---- */

static char folder[] = "perf-XXXXXX", map[64];

static void start_map(void)
{
    strcpy(folder, "perf-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    snprintf(map, sizeof map, "%s/perf-%ld.map", folder, (long)getpid());
}

static void end_map(void)
{
    unlink(map);
    rmdir(folder);
}

/* Lines whose name is `name`: how many, and the last one's address and size. */
static unsigned find_line(const char *name, uint64_t *address, uint64_t *size)
{
    char line[512], found[400];
    unsigned count = 0;
    FILE *file = fopen(map, "r");
    CHECK(file != NULL);
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        uint64_t a, s;
        CHECK(sscanf(line, "%" SCNx64 " %" SCNx64 " %399s", &a, &s, found) == 3);
        if (strcmp(found, name) != 0)
            continue;
        count++;
        *address = a;
        *size = s;
    }
    if (file != NULL)
        fclose(file);
    return count;
}

static void map_has_the_functions(void)
{
    static struct scene scene;
    uint64_t address = 0, size = 0;
    struct smf_found found;
    start_map();
    load(&scene, "watched.smf", "watched.smf.elf", &plain);
    CHECK_STATUS(smf_perf_map_add(&scene.what, folder), SMF_OK);
    static const char *const functions[] = {"middle", "outer", "main"};
    for (unsigned i = 0; i < 3; i++) {
        CHECK_STATUS(smf_find(scene.module, functions[i], &found), SMF_OK);
        CHECK_EQUAL(find_line(functions[i], &address, &size), 1);
        CHECK_EQUAL(address, found.address);
        CHECK(size > 4 && size < 1000);
    }
    CHECK_EQUAL(find_line("inner", &address, &size), 1);
    CHECK_EQUAL(find_line("puts@plt", &address, &size), 1);
    CHECK_EQUAL(find_line("counter", &address, &size), 0);
    scene.what.elf = "no such file";
    CHECK_STATUS(smf_perf_map_add(&scene.what, folder), SMF_OK);
    CHECK_EQUAL(find_line("middle", &address, &size), 2);
    CHECK_EQUAL(find_line("inner", &address, &size), 1);
    end_map();
    unload(&scene);
}

/* The folder is everybody's: a link that is already there leads somewhere else. */
static void maps_of_others_are_left_alone(void)
{
    static struct scene scene;
    char other[64];
    struct stat status;
    start_map();
    load(&scene, "watched.smf", NULL, &plain);
    snprintf(other, sizeof other, "%s/other", folder);
    write_some(other, 0);
    CHECK_EQUAL(symlink("other", map), 0);
    CHECK_STATUS(smf_perf_map_add(&scene.what, folder), SMF_ERR_IO);
    CHECK_EQUAL(errno, EPERM);
    unlink(map);
    CHECK_EQUAL(link(other, map), 0);
    CHECK_STATUS(smf_perf_map_add(&scene.what, folder), SMF_ERR_IO);
    CHECK_EQUAL(errno, EPERM);
    CHECK(stat(other, &status) == 0 && status.st_size == 0);
    unlink(map);
    CHECK_EQUAL(mkfifo(map, 0600), 0);
    CHECK_STATUS(smf_perf_map_add(&scene.what, folder), SMF_ERR_IO);
    unlink(map);
    CHECK_STATUS(smf_perf_map_add(&scene.what, "no such folder"), SMF_ERR_IO);
    CHECK_EQUAL(errno, ENOENT);
    unlink(other);
    end_map();
    unload(&scene);
}

static const struct tap_case cases[] = {
    {"addresses_are_the_loaders",     addresses_are_the_loaders    },
    {"addresses_in_one_region",       addresses_in_one_region      },
    {"addresses_of_kept_sections",    addresses_of_kept_sections   },
    {"addresses_in_place",            addresses_in_place           },
    {"what_is_in_the_files",          what_is_in_the_files         },
    {"removed_in_any_order",          removed_in_any_order         },
    {"by_several_threads",            by_several_threads           },
    {"files_of_other_builds",         files_of_other_builds        },
    {"damaged_files",                 damaged_files                },
    {"other_machines_are_refused",    other_machines_are_refused   },
    {"map_has_the_functions",         map_has_the_functions        },
    {"maps_of_others_are_left_alone", maps_of_others_are_left_alone},
};
TAP_MAIN(cases)
