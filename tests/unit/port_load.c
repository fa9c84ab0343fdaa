/* SPDX-License-Identifier: MIT */
/*
 * W^X during a whole life of a module: the process's own memory map is read
 * before, at every call of config.progress, after the load and after unload.
 */
#include <stdio.h>
#include <string.h>

#include "harness/tap.h"
#include "smf/load.h"
#include "smf/writer.h"
#include "support/maps.h"
#include "support/own_port.h"

/* qemu-user shows neighbours that are the same to its host, read-only and executable, as one: there only w counts. */
static void check_access(const char *found, const char *wanted)
{
#if defined(SMF_TESTS_EMULATED) && !defined(_WIN32)
    CHECK_EQUAL(strlen(found), strlen(wanted));
    CHECK(found[0] == '\0' || found[1] == wanted[1]);
#else
    CHECK_TEXT(found, wanted);
#endif
}

static size_t looks, seen_both, seen_mappings;

static void look(void)
{
    size_t both;
    maps_count(&seen_mappings, &both);
    looks++;
    seen_both = both > seen_both ? both : seen_both;
}

static int progress(void *context)
{
    (void)context;
    look();
    return 0;
}

/* Code, constants and data of a few pages each, and a pointer to relocate. */
static size_t make(uint8_t *file, size_t capacity)
{
    static uint8_t bytes[20000];
    static const struct smf_write_section wanted[] = {
        {.name = ".text",   .bytes = bytes, .size = 20000, .alignment = 16, .flags = 5, .type = SMF_SECTION_CODE  },
        {.name = ".rodata", .bytes = bytes, .size = 5000,  .alignment = 8,  .flags = 1, .type = SMF_SECTION_RODATA},
        {.name = ".data",   .bytes = bytes, .size = 9000,  .alignment = 8,  .flags = 3, .type = SMF_SECTION_DATA  }
    };
    static const struct smf_write_symbol names[] = {
        {.name = ".data", .section = 2, .type = SMF_SYMBOL_DATA,     .binding = SMF_BINDING_LOCAL },
        {.name = "f",     .size = 16,   .type = SMF_SYMBOL_FUNCTION, .binding = SMF_BINDING_GLOBAL}
    };
    struct smf_write_section sections[3];
    struct smf_write_symbol symbols[2];
    struct smf_write_relocation relocations[1];
    const struct smf_write_storage storage = {sections, symbols, relocations, 3, 2, 1};
    const struct smf_write_relocation pointer = {
        .section = 1, .offset = 8, .number = smf_arch_native()->absolute, .type = SMF_RELOCATION_PSABI};
    struct smf_writer writer;
    struct smf_diagnosis why;
    size_t size = 0;
    smf_writer_start(&writer, &storage);
    writer.header.arch = (enum smf_arch_id)smf_arch_native()->id;
    for (unsigned i = 0; i < 3; i++)
        CHECK_STATUS(smf_writer_add_section(&writer, &wanted[i], NULL), SMF_OK);
    for (unsigned i = 0; i < 2; i++)
        CHECK_STATUS(smf_writer_add_symbol(&writer, &names[i], NULL), SMF_OK);
    CHECK_STATUS(smf_writer_add_relocation(&writer, &pointer), SMF_OK);
    CHECK_STATUS(smf_writer_finish(&writer, SMF_LAYOUT_P128, file, capacity, &size, &why), SMF_OK);
    return size;
}

static uint8_t file[1 << 16];
static uint64_t arena[2048];

static size_t after; /* mappings when a life is over */

static void live(const struct smf_port *port, bool allow_rwx, const char *const *wanted)
{
    const struct smf_config config = {
        .port = port, .arena = arena, .arena_size = sizeof arena, .progress = progress, .allow_rwx = allow_rwx};
    const struct smf_source source = smf_source_memory(file, make(file, sizeof file), SMF_STAYS_FOR_LOAD);
    struct smf_loader loader;
    struct smf_module *module = NULL;
    struct smf_diagnosis why;
    looks = seen_both = 0;
    look();
    CHECK_STATUS(smf_loader_start(&loader, &config), SMF_OK);
    CHECK_STATUS(smf_load(&loader, &source, &module, &why), SMF_OK);
    CHECK(looks > 5);
    look();
    size_t count = 0;
    const struct smf_region *regions = smf_module_regions(module, &count);
    for (size_t i = 0; i < count; i++)
        check_access(maps_access(regions[i].address), wanted[i]);
    CHECK_STATUS(smf_unload(&loader, module), SMF_OK);
    look();
    after = seen_mappings;
    smf_loader_finish(&loader);
}

/* The first life may leave something of the process's own behind (a sanitizer's memory); the second one nothing. */
static void live_twice(const struct smf_port *port, bool allow_rwx, const char *const *wanted)
{
    live(port, allow_rwx, wanted);
    const size_t before = after;
    live(port, allow_rwx, wanted);
    CHECK_EQUAL(after, before);
}

static size_t own_both(void)
{
    seen_both = 0;
    look();
    return seen_both; /* a sanitizer's or an emulator's */
}

static void never_writable_and_executable_in_a_whole_life(void)
{
    static const char *const wanted[] = {"r-xp", "r--p", "rw-p"};
    const size_t own = own_both();
    live_twice(own_port(), false, wanted);
    CHECK_EQUAL(seen_both, own);
}

#ifndef _WIN32
static void never_in_a_sealed_pool(void)
{
    static const char *const wanted[] = {"r-xp", "r--p", "rw-p"};
    const size_t own = own_both();
    struct smf_posix_pool pool;
    live_twice(smf_port_posix_pool_start(&pool, 1 << 20, SMF_POSIX_POOL_SEALED), false, wanted);
    CHECK_EQUAL(seen_both, own);
    smf_port_posix_pool_finish(&pool);
}
#endif

static void both_only_when_the_configuration_asks(void)
{
    static const char *const wanted[] = {"rwxp"};
    const size_t own = own_both();
    live_twice(own_port(), true, wanted);
    CHECK_EQUAL(seen_both, own + 1);
}

static const struct tap_case cases[] = {
    {"never_writable_and_executable_in_a_whole_life", never_writable_and_executable_in_a_whole_life},
#ifndef _WIN32
    {"never_in_a_sealed_pool",                        never_in_a_sealed_pool                       },
#endif
    {"both_only_when_the_configuration_asks",         both_only_when_the_configuration_asks        },
};
TAP_MAIN(cases)
