/* SPDX-License-Identifier: MIT */
/*
 * What readers, builders and hashes of libraries have to do, by the names of the specifications that this format
 * comes with (header, index entry, builder, hash, reader, writer), and every form of library there is.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "library/shelf.h"
#include "smf/hash.h"
#include "smf/image.h"
#include "support/kit.h"

static struct shelf_reading reading;
static struct smf_source source;
static uint8_t *file;
static size_t file_size;

/* A library in one of the forms, open. */
static struct smf_library *open_form(unsigned form)
{
    const struct shelf shelf = shelf_form(form);
    file = shelf_make(&shelf, &file_size);
    source = smf_source_memory(file, file_size, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_library_open(&reading.library, &source, &reading.why), SMF_OK);
    return &reading.library;
}

/* The same modules as our writer has them. */
static uint8_t *written(const struct shelf_module *modules, uint32_t count, size_t *size)
{
    struct smf_library_item items[8];
    uint32_t order[8];
    for (uint32_t i = 0; i < count; i++)
        items[i] = (struct smf_library_item){modules[i].name, modules[i].bytes, modules[i].size, modules[i].object,
                                             modules[i].object_size};
    CHECK_STATUS(smf_library_write(items, count, order, NULL, 0, size, &reading.why), SMF_OK);
    uint8_t *bytes = malloc(*size);
    CHECK_STATUS(smf_library_write(items, count, order, bytes, *size, size, &reading.why), SMF_OK);
    return bytes;
}

static bool holds(const struct smf_source *found, const void *bytes, size_t size)
{
    return found->size == size && found->bytes != NULL && memcmp(found->bytes, bytes, size) == 0;
}

/* ---- Header ---- */

/* SPEC [M1], [M2] */
static void header_default(void)
{
    size_t size;
    uint8_t *bytes = written(shelf_modules, 1, &size);
    CHECK(get32(bytes + 8) == 1 && get64(bytes + 12) == 128 && get64(bytes + 20) == 128 && get64(bytes + 28) == 256);
    CHECK(bytes[6] == 0 && bytes[7] == 0);
    for (size_t i = 56; i < 128; i++)
        CHECK_EQUAL(bytes[i], 0);
    free(bytes);
}

static void header_magic(void)
{
    size_t size;
    uint8_t *bytes = written(shelf_modules, SHELF_MODULES, &size);
    CHECK(memcmp(bytes, "LSMF", 4) == 0);
    free(bytes);
}

static void header_of_128_bytes_makes_a_round_trip(void)
{
    size_t size;
    uint8_t *bytes = written(shelf_modules, SHELF_MODULES, &size);
    source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_library_open(&reading.library, &source, &reading.why), SMF_OK);
    CHECK_EQUAL(reading.library.count, SHELF_MODULES);
    CHECK_EQUAL(reading.library.index_offset, 128);
    CHECK_EQUAL(reading.library.shift, 0);
    CHECK(reading.library.index_hash == get64(bytes + 44) && reading.library.library_hash == get64(bytes + 36));
    CHECK(reading.library.sorted && !reading.library.document_entries);
    free(bytes);
}

static void header_version(void)
{
    size_t size;
    uint8_t *bytes = written(shelf_modules, 1, &size);
    CHECK(bytes[4] == 1 && bytes[5] == 0);
    free(bytes);
}

/* ---- Index entry ---- */

static void entry_name(void)
{
    struct smf_library *library = open_form(0);
    struct smf_library_entry entry;
    CHECK_STATUS(smf_library_entry(library, 1, &entry, NULL), SMF_OK);
    CHECK_TEXT(entry.name, "std/io/mod");
    free(file);
}

/* SPEC [M4] */
static void entry_round_trip(void)
{
    struct smf_library *library = open_form(0);
    struct smf_library_entry entry;
    CHECK_STATUS(smf_library_entry(library, 1, &entry, NULL), SMF_OK);
    CHECK(entry.offset == 128 + 3 * 128 + 16 && entry.size == 16);
    CHECK(entry.object_offset == entry.offset + 16 && entry.object_size == 8);
    CHECK(entry.hash == shelf_hash(shelf_modules[1].bytes, 16, false));
    CHECK(entry.object_hash == shelf_hash(shelf_modules[1].object, 8, false));
    free(file);
}

static void entry_of_a_long_name(void)
{
    const char *const longest = "a23456789/b23456789/c23456789/d23456789/e23456789/f23456789/123";
    const struct shelf_module one = {longest, "x", 1, NULL, 0};
    struct smf_library_entry entry;
    size_t size;
    CHECK_EQUAL(strlen(longest), 63);
    uint8_t *bytes = written(&one, 1, &size);
    source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_library_open(&reading.library, &source, &reading.why), SMF_OK);
    CHECK_STATUS(smf_library_find(&reading.library, longest, &entry, &reading.why), SMF_OK);
    CHECK_TEXT(entry.name, longest);
    CHECK_STATUS(smf_library_find(&reading.library, "a23456789/b23456789/c23456789/d23456789/e23456789/f23456789/12",
                                  &entry, &reading.why),
                 SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_library_find(&reading.library, "a23456789/b23456789/c23456789/d23456789/e23456789/f23456789/1234",
                                  &entry, &reading.why),
                 SMF_ERR_NOT_FOUND);
    free(bytes);
}

/* ---- Builder ---- */

static void builder_starts_empty_and_refuses_to_write(void)
{
    const struct smf_library_item none = {"a", "x", 1, NULL, 0};
    uint32_t order[1];
    size_t size = 77;
    CHECK_STATUS(smf_library_write(&none, 0, order, NULL, 0, &size, &reading.why), SMF_ERR_EMPTY);
    CHECK_EQUAL(reading.why.detail, SMF_DETAIL_WRITE_LIBRARY_EMPTY);
    CHECK_EQUAL(size, 77);
}

static void builder_adds_a_module(void)
{
    size_t size;
    uint8_t *bytes = written(shelf_modules, 1, &size);
    CHECK(size == 256 + 16 && memcmp(bytes + 256, shelf_modules[0].bytes, shelf_modules[0].size) == 0);
    CHECK_TEXT((const char *)bytes + 128, "app/main");
    free(bytes);
}

static void builder_adds_several(void)
{
    size_t size;
    uint8_t *bytes = written(shelf_modules, SHELF_MODULES, &size);
    CHECK_EQUAL(get32(bytes + 8), SHELF_MODULES);
    CHECK_STATUS(shelf_read_bytes(&reading, bytes, size), SMF_OK);
    free(bytes);
}

/* What the independent maker makes of sorted modules is what the writer makes of them. SPEC [M10] */
static void builder_writes_what_the_tables_say(void)
{
    const struct shelf shelf = shelf_form(0);
    size_t wanted, size;
    uint8_t *made = shelf_make(&shelf, &wanted), *bytes = written(shelf_modules, SHELF_MODULES, &size);
    CHECK(size == wanted && memcmp(bytes, made, size) == 0);
    free(made);
    free(bytes);
}

static void builder_sorts(void)
{
    static const struct shelf_module mixed[] = {
        {"b",        "2", 1, NULL, 0},
        {"a/b",      "1", 1, NULL, 0},
        {"a",        "0", 1, NULL, 0},
        {"\xC3\xA4", "5", 1, NULL, 0},
        {"b/a",      "4", 1, NULL, 0},
        {"b.a",      "3", 1, NULL, 0}
    };
    static const char *const sorted[] = {"a", "a/b", "b", "b.a", "b/a", "\xC3\xA4"};
    size_t size;
    uint8_t *bytes = written(mixed, 6, &size);
    for (unsigned i = 0; i < 6; i++) {
        CHECK_TEXT((const char *)bytes + 128 + 128 * i, sorted[i]);
        CHECK_EQUAL(bytes[128 + 6 * 128 + 16 * i], '0' + i);
    }
    CHECK_EQUAL(get32(bytes + 52), 1);
    CHECK_STATUS(shelf_read_bytes(&reading, bytes, size), SMF_OK);
    free(bytes);
}

/* ---- Hash ---- */

static void hash_of_nothing(void) { CHECK(smf_hash64(SMF_FNV64_BASIS, "", 0) == 0xCBF29CE484222325u); }

/* Both primes, by the vectors of the format. SPEC [M9] */
static void hash_of_something(void)
{
    CHECK(smf_hash64(SMF_FNV64_BASIS, "main", 4) == 0x1F5962A2CE9803C8u);
    CHECK(smf_hash64(SMF_FNV64_BASIS, "a", 1) == 0xAF63DC4C8601EC8Cu);
    CHECK(shelf_hash("main", 4, true) == 0x6E758E69CE9803C8u && shelf_hash("a", 1, true) == 0x1162BB908601EC8Cu);
    static const struct shelf_module modules[] = {
        {"a",    "a",    1, NULL, 0},
        {"main", "main", 4, "a",  1}
    };
    struct smf_library_entry entry;
    for (unsigned older = 0; older < 2; older++) {
        const struct shelf shelf = {.modules = modules, .count = 2, .older = older != 0};
        file = shelf_make(&shelf, &file_size);
        CHECK_STATUS(shelf_read_bytes(&reading, file, file_size), SMF_OK);
        CHECK_STATUS(smf_library_find(&reading.library, "main", &entry, NULL), SMF_OK);
        CHECK(entry.hash == (older ? 0x6E758E69CE9803C8u : 0x1F5962A2CE9803C8u));
        CHECK(entry.object_hash == (older ? 0x1162BB908601EC8Cu : 0xAF63DC4C8601EC8Cu));
        free(file);
    }
}

static void hashes_differ(void)
{
    CHECK(smf_hash64(SMF_FNV64_BASIS, "std/io", 6) != smf_hash64(SMF_FNV64_BASIS, "std/oi", 6));
}

static void hashes_repeat(void)
{
    const uint64_t half = smf_hash64(SMF_FNV64_BASIS, "std", 3);
    CHECK(smf_hash64(half, "/io", 3) == smf_hash64(SMF_FNV64_BASIS, "std/io", 6));
}

/* ---- Reader ---- */

static void reader_opens(void)
{
    for (unsigned form = 0; form < SHELF_FORMS; form++) {
        const struct smf_library *library = open_form(form);
        CHECK_EQUAL(library->count, SHELF_MODULES);
        free(file);
    }
}

static void reader_refuses_what_is_no_library(void)
{
    static const uint8_t module[256] = "SMF";
    source = smf_source_memory(module, sizeof module, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_library_open(&reading.library, &source, &reading.why), SMF_ERR_NOT_SMF);
    CHECK_EQUAL(reading.why.detail, SMF_DETAIL_NO_LIBRARY);
    source = smf_source_memory(module, 0, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_library_open(&reading.library, &source, NULL), SMF_ERR_NOT_SMF);
}

static void reader_lists(void)
{
    for (unsigned form = 0; form < SHELF_FORMS; form++) {
        struct smf_library *library = open_form(form);
        struct smf_library_entry entry;
        for (uint32_t i = 0; i < library->count; i++) {
            CHECK_STATUS(smf_library_entry(library, i, &entry, &reading.why), SMF_OK);
            CHECK_TEXT(entry.name, shelf_modules[i].name);
        }
        CHECK_STATUS(smf_library_entry(library, library->count, &entry, &reading.why), SMF_ERR_ARGUMENT);
        CHECK_EQUAL(reading.why.detail, SMF_DETAIL_LIBRARY_NUMBER);
        free(file);
    }
}

static void reader_has(void)
{
    struct smf_library_entry entry;
    for (unsigned form = 0; form < SHELF_FORMS; form++) {
        struct smf_library *library = open_form(form);
        for (unsigned indexed = 0; indexed < 2; indexed++) {
            for (uint32_t i = 0; i < SHELF_MODULES; i++)
                CHECK_STATUS(smf_library_find(library, shelf_modules[i].name, &entry, NULL), SMF_OK);
            static const char *const others[] = {"", "app", "app/main/", "App/main", "a", "std/io/moe", "z"};
            for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
                CHECK_STATUS(smf_library_find(library, others[i], &entry, NULL), SMF_ERR_NOT_FOUND);
            CHECK_STATUS(smf_library_index(library, reading.words, 64, NULL), SMF_OK);
        }
        free(file);
    }
}

/* The place of a payload counts from the start of the file, and four bytes more behind a header of 132. SPEC [M3] [M6] */
static void reader_reads(void)
{
    struct smf_library_entry entry;
    struct smf_part part;
    struct smf_source found;
    for (unsigned form = 0; form < SHELF_FORMS; form++) {
        struct smf_library *library = open_form(form);
        tap_variant("form=%u", form);
        CHECK_EQUAL(library->shift, form == 2 || form == 3 ? 4 : 0);
        for (uint32_t i = 0; i < SHELF_MODULES; i++) {
            CHECK_STATUS(smf_library_find(library, shelf_modules[i].name, &entry, NULL), SMF_OK);
            CHECK_STATUS(smf_library_module(library, &entry, &part, &found), SMF_OK);
            CHECK(holds(&found, shelf_modules[i].bytes, shelf_modules[i].size));
            CHECK(entry.hash == shelf_hash(shelf_modules[i].bytes, shelf_modules[i].size, form == 1 || form == 3));
        }
        CHECK_STATUS(smf_library_check(library, &reading.why), SMF_OK);
        free(file);
    }
}

static void reader_says_what_is_missing(void)
{
    struct smf_library *library = open_form(0);
    struct smf_library_entry entry = {.size = 4711};
    char line[200];
    CHECK_STATUS(smf_library_find(library, "std/missing", &entry, &reading.why), SMF_ERR_NOT_FOUND);
    CHECK_TEXT(reading.why.name, "std/missing");
    smf_diagnosis_format(&reading.why, line, sizeof line);
    CHECK(strstr(line, "no module 'std/missing' among the 3 of this library") != NULL);
    CHECK_EQUAL(entry.size, 4711);
    free(file);
}

static void reader_detects_objects(void)
{
    for (unsigned form = 0; form < SHELF_FORMS; form++) {
        struct smf_library *library = open_form(form);
        struct smf_library_entry entry;
        for (uint32_t i = 0; i < SHELF_MODULES; i++) {
            CHECK_STATUS(smf_library_entry(library, i, &entry, NULL), SMF_OK);
            CHECK_EQUAL(entry.object_size, form == 4 ? 0 : shelf_modules[i].object_size);
        }
        free(file);
    }
}

static void reader_reads_objects(void)
{
    for (unsigned form = 0; form < 4; form++) {
        struct smf_library *library = open_form(form);
        struct smf_library_entry entry;
        struct smf_part part;
        struct smf_source found;
        CHECK_STATUS(smf_library_find(library, "std/io/mod", &entry, NULL), SMF_OK);
        CHECK_STATUS(smf_library_object(library, &entry, &part, &found), SMF_OK);
        CHECK(holds(&found, shelf_modules[1].object, shelf_modules[1].object_size));
        free(file);
    }
}

static void reader_has_no_object_of_a_bare_module(void)
{
    for (unsigned form = 0; form < SHELF_FORMS; form++) {
        struct smf_library *library = open_form(form);
        struct smf_library_entry entry;
        struct smf_part part;
        struct smf_source found;
        CHECK_STATUS(smf_library_find(library, "app/main", &entry, NULL), SMF_OK);
        CHECK_STATUS(smf_library_object(library, &entry, &part, &found), SMF_ERR_NOT_FOUND);
        free(file);
    }
}

/* ---- Round trips ---- */

/* Taken out and stored again, it is the same file. */
static void again(const uint8_t *bytes, size_t size)
{
    struct smf_library_item items[8];
    struct smf_library_entry entries[8];
    uint32_t order[8];
    size_t second = 0;
    source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_library_open(&reading.library, &source, &reading.why), SMF_OK);
    const uint32_t count = reading.library.count;
    for (uint32_t i = 0; i < count; i++) {
        CHECK_STATUS(smf_library_entry(&reading.library, i, &entries[i], &reading.why), SMF_OK);
        CHECK(entries[i].offset % 16 == 0 && entries[i].object_offset % 16 == 0); /* SPEC [M10] */
        const uint8_t *object = entries[i].object_size != 0 ? bytes + entries[i].object_offset : NULL;
        items[count - 1 - i] =
            (struct smf_library_item){entries[i].name, bytes + entries[i].offset, (size_t)entries[i].size, object,
                                      (size_t)entries[i].object_size};
    }
    uint8_t *copy = malloc(size);
    CHECK_STATUS(smf_library_write(items, count, order, copy, size, &second, &reading.why), SMF_OK);
    CHECK(second == size && memcmp(copy, bytes, size) == 0);
    free(copy);
}

static void round_trip_of_a_module(void)
{
    size_t size;
    uint8_t *bytes = written(shelf_modules, 1, &size);
    again(bytes, size);
    free(bytes);
}

static void round_trip_of_module_and_object(void)
{
    size_t size;
    uint8_t *bytes = written(shelf_modules, SHELF_MODULES, &size);
    again(bytes, size);
    free(bytes);
}

/* ---- Writer ---- */

static void writer_counts_and_names(void)
{
    size_t size;
    uint8_t *bytes = written(shelf_modules, SHELF_MODULES, &size);
    source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
    struct smf_library_entry entry;
    CHECK_STATUS(smf_library_open(&reading.library, &source, &reading.why), SMF_OK);
    CHECK_EQUAL(reading.library.count, SHELF_MODULES);
    for (uint32_t i = 0; i < SHELF_MODULES; i++) {
        CHECK_STATUS(smf_library_entry(&reading.library, i, &entry, NULL), SMF_OK);
        CHECK_TEXT(entry.name, shelf_modules[i].name);
    }
    free(bytes);
}

/* A module with a driver's manifest in a section of its own comes back byte for byte, section included. */
static void writer_leaves_a_driver_manifest_unchanged(void)
{
    static const char manifest[] = "driver: uart\nclass: serial\n";
    static struct kit kit;
    static struct smf_image image;
    struct smf_section sections[8];
    struct smf_library_entry entry;
    struct smf_part part;
    struct smf_source found;
    size_t module_size, size;
    kit_start(&kit, kit_machine()->id);
    const uint32_t text = kit_section(&kit, ".text", SMF_SECTION_CODE, "\0\0\0\0", 4, 4);
    kit_section(&kit, ".drv_manifest", SMF_SECTION_DRIVER_MANIFEST, manifest, sizeof manifest, 1);
    kit_export(&kit, "start", text, 0, SMF_SYMBOL_FUNCTION);
    uint8_t *module = kit_finish(&kit, &module_size);
    const struct shelf_module modules[] = {
        shelf_modules[0], {"driver/uart", module, module_size, "obj", 3}
    };
    uint8_t *bytes = written(modules, 2, &size);
    source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_library_open(&reading.library, &source, &reading.why), SMF_OK);
    CHECK_STATUS(smf_library_find(&reading.library, "driver/uart", &entry, &reading.why), SMF_OK);
    CHECK_STATUS(smf_library_module(&reading.library, &entry, &part, &found), SMF_OK);
    CHECK(holds(&found, module, module_size));
    CHECK_STATUS(smf_image_open(&image, &found, sections, 8, &reading.why), SMF_OK);
    unsigned seen = 0;
    for (uint32_t i = 0; i < image.header.section_count; i++)
        if (sections[i].type == SMF_SECTION_DRIVER_MANIFEST) {
            CHECK(sections[i].size == sizeof manifest &&
                  memcmp((const uint8_t *)found.bytes + sections[i].offset, manifest, sizeof manifest) == 0);
            seen++;
        }
    CHECK_EQUAL(seen, 1);
    free(bytes);
    free(module);
}

static const struct tap_case cases[] = {
    {"header_default",                            header_default                           },
    {"header_magic",                              header_magic                             },
    {"header_of_128_bytes_makes_a_round_trip",    header_of_128_bytes_makes_a_round_trip   },
    {"header_version",                            header_version                           },
    {"entry_name",                                entry_name                               },
    {"entry_round_trip",                          entry_round_trip                         },
    {"entry_of_a_long_name",                      entry_of_a_long_name                     },
    {"builder_starts_empty_and_refuses_to_write", builder_starts_empty_and_refuses_to_write},
    {"builder_adds_a_module",                     builder_adds_a_module                    },
    {"builder_adds_several",                      builder_adds_several                     },
    {"builder_writes_what_the_tables_say",        builder_writes_what_the_tables_say       },
    {"builder_sorts",                             builder_sorts                            },
    {"hash_of_nothing",                           hash_of_nothing                          },
    {"hash_of_something",                         hash_of_something                        },
    {"hashes_differ",                             hashes_differ                            },
    {"hashes_repeat",                             hashes_repeat                            },
    {"reader_opens",                              reader_opens                             },
    {"reader_refuses_what_is_no_library",         reader_refuses_what_is_no_library        },
    {"reader_lists",                              reader_lists                             },
    {"reader_has",                                reader_has                               },
    {"reader_reads",                              reader_reads                             },
    {"reader_says_what_is_missing",               reader_says_what_is_missing              },
    {"reader_detects_objects",                    reader_detects_objects                   },
    {"reader_reads_objects",                      reader_reads_objects                     },
    {"reader_has_no_object_of_a_bare_module",     reader_has_no_object_of_a_bare_module    },
    {"round_trip_of_a_module",                    round_trip_of_a_module                   },
    {"round_trip_of_module_and_object",           round_trip_of_module_and_object          },
    {"writer_counts_and_names",                   writer_counts_and_names                  },
    {"writer_leaves_a_driver_manifest_unchanged", writer_leaves_a_driver_manifest_unchanged},
};
TAP_MAIN(cases)
