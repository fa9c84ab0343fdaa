/* SPDX-License-Identifier: MIT */
/*
 * What an attacker or a bad cable does to a whole file: cut at every byte,
 * every bit of the tables flipped, reads that fail or change their mind, sizes
 * that make slow loaders hang. Nothing may crash, read outside or misread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/tap.h"
#include "support/forge.h"
#include "support/golden.h"
#include "support/module.h"

static struct opened opened;

struct file {
    char name[64];
    uint8_t *bytes;
    size_t size;
};

static bool read_golden(const char *name, struct file *into)
{
    static uint8_t room[1 << 16];
    into->size = golden_read(name, room, sizeof room);
    if (into->size == 0)
        return false;
    snprintf(into->name, sizeof into->name, "%s", name);
    into->bytes = malloc(into->size);
    memcpy(into->bytes, room, into->size);
    return true;
}

/* Every golden file and every layout made by the forge. */
static size_t all_files(struct file *files)
{
    static const char *const golden[] = {"simpleos-r72-allocator.smf", "simpleos-r72-mod.smf",
                                         "simpleos-r96-builder.smf", "canonical.smf"};
    size_t count = 0;
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        const bool there = read_golden(golden[i], &files[count]);
        tap_check(there, __FILE__, __LINE__, "golden file %s", golden[i]);
        count += there;
    }
    for (int layout = 0; layout < FORGE_LAYOUTS; layout++) {
        const struct forge what = whole_module((enum forge_layout)layout);
        struct forged made;
        forge_make(&what, &made);
        files[count] = (struct file){.bytes = made.bytes, .size = made.size};
        snprintf(files[count].name, sizeof files[count].name, "%s", forge_layout_name(what.layout));
        count++;
    }
    return count;
}
#define MOST_FILES 32

static void a1_cut_at_every_byte(void)
{
    struct file files[MOST_FILES];
    const size_t count = all_files(files);
    for (size_t f = 0; f < count; f++) {
        CHECK_STATUS(read_all_bytes(&opened, files[f].bytes, files[f].size, true), SMF_OK);
        for (size_t size = 0; size < files[f].size; size++) {
            uint8_t *cut = malloc(size + (size == 0)); /* exactly so large: a sanitizer sees every byte too far */
            memcpy(cut, files[f].bytes, size);
            const enum smf_status status = read_all_bytes(&opened, cut, size, true);
            /* R128 is R96 with 32 zeros behind it: without them it still is the same module */
            const bool same = opened.image.header.layout == SMF_LAYOUT_R96 && size + 32 == files[f].size &&
                              strcmp(files[f].name, "R128") == 0;
            tap_check(status != SMF_OK || same, __FILE__, __LINE__, "%s opens with %zu of %zu bytes", files[f].name,
                      size, files[f].size);
            tap_check(status == SMF_OK || status == opened.why.status, __FILE__, __LINE__,
                      "%s at %zu: the diagnosis says %d", files[f].name, size, opened.why.status);
            free(cut);
        }
        free(files[f].bytes);
    }
}

static void fill_layout_ranges(const struct smf_image *image, size_t size, bool *wanted)
{
    const struct smf_header *header = &image->header;
    memset(wanted, 0, size);
    for (size_t i = 0; i < header->header_size; i++)
        wanted[header->position + i] = true;
    for (size_t i = 0; i < (size_t)header->section_count * header->section_stride; i++)
        wanted[image->section_table + i] = true;
    for (size_t i = 0; i < (size_t)header->symbol_count * header->symbol_stride; i++)
        wanted[image->symbol_table + i] = true;
    for (uint32_t s = 0; s < header->section_count; s++)
        for (size_t i = 0; image->sections[s].type == SMF_SECTION_RELOC && i < image->sections[s].size; i++)
            wanted[image->sections[s].offset + i] = true;
}

/* A canonical file with a flipped bit either says so, or its hash does; nothing crashes in any layout. */
static void a6_a9_every_bit_of_the_tables(void)
{
    struct file files[MOST_FILES];
    const size_t count = all_files(files);
    for (size_t f = 0; f < count; f++) {
        bool *wanted = calloc(files[f].size, sizeof *wanted);
        size_t flips = 0, accepted = 0;
        CHECK_STATUS(read_all_bytes(&opened, files[f].bytes, files[f].size, true), SMF_OK);
        const uint64_t meaning = opened.meaning;
        const bool hashed = opened.image.header.canonical && opened.image.header.module_hash != 0;
        const uint64_t hash_at = opened.image.header.position + SMF_P128_MODULE_HASH;
        fill_layout_ranges(&opened.image, files[f].size, wanted);
        for (size_t bit = 0; bit < 8 * files[f].size; bit++) {
            if (!wanted[bit / 8])
                continue;
            files[f].bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (hashed) { /* without the hash: harmless, whatever it says */
                const enum smf_status bare = read_all_bytes(&opened, files[f].bytes, files[f].size, false);
                CHECK(bare == SMF_OK || bare == opened.why.status);
            }
            const enum smf_status status = read_all_bytes(&opened, files[f].bytes, files[f].size, true);
            flips++;
            accepted += status == SMF_OK;
            if (hashed && (bit / 8 < hash_at || bit / 8 >= hash_at + 8))
                tap_check(status != SMF_OK, __FILE__, __LINE__, "%s: bit %zu of byte %#zx accepted, meaning %s",
                          files[f].name, bit % 8, bit / 8, opened.meaning == meaning ? "the same" : "another");
            if (status != SMF_OK)
                tap_check(status == opened.why.status, __FILE__, __LINE__, "%s: bit %zu: the diagnosis says %d",
                          files[f].name, bit, opened.why.status);
            files[f].bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        tap_note("%s: %zu bits flipped, %zu accepted", files[f].name, flips, accepted);
        CHECK(flips > 0);
        CHECK(accepted < flips); /* older files carry no hash: an entry point may become another one */
        free(wanted);
        free(files[f].bytes);
    }
}

static void positional_reads_like_addressable(void)
{
    struct file files[MOST_FILES];
    const size_t count = all_files(files);
    for (size_t f = 0; f < count; f++) {
        CHECK_STATUS(read_all_bytes(&opened, files[f].bytes, files[f].size, true), SMF_OK);
        const uint64_t meaning = opened.meaning;
        struct fickle fickle = {.bytes = files[f].bytes, .size = files[f].size};
        const struct smf_source source = fickle_source(&fickle);
        CHECK_STATUS(read_all(&opened, &source, true), SMF_OK);
        tap_check(opened.meaning == meaning, __FILE__, __LINE__, "%s reads differently", files[f].name);
        CHECK_EQUAL(fickle.outside, 0);
        free(files[f].bytes);
    }
}

static void a23_the_nth_read_fails(void)
{
    struct file files[MOST_FILES];
    const size_t count = all_files(files);
    for (size_t f = 0; f < count; f++) {
        struct fickle fickle = {.bytes = files[f].bytes, .size = files[f].size};
        struct smf_source source = fickle_source(&fickle);
        CHECK_STATUS(read_all(&opened, &source, true), SMF_OK);
        const unsigned calls = fickle.calls;
        CHECK(calls > 1);
        for (unsigned n = 1; n <= calls; n++) {
            fickle.fail_at = n;
            source = fickle_source(&fickle);
            const enum smf_status status = read_all(&opened, &source, true);
            tap_check(status == SMF_ERR_IO && opened.why.status == SMF_ERR_IO, __FILE__, __LINE__,
                      "%s: read %u fails, and the answer is %s", files[f].name, n, smf_status_name(status));
            CHECK_EQUAL(fickle.outside, 0);
        }
        free(files[f].bytes);
    }
}

/* A source that gives another byte from the n-th read on, for every byte of the tables: any answer, but no harm. */
static void a23_bytes_that_change_between_reads(void)
{
    struct file files[MOST_FILES];
    const size_t count = all_files(files);
    for (size_t f = 0; f < count; f++) {
        bool *wanted = calloc(files[f].size, sizeof *wanted);
        struct fickle fickle = {.bytes = files[f].bytes, .size = files[f].size};
        struct smf_source source = fickle_source(&fickle);
        CHECK_STATUS(read_all(&opened, &source, true), SMF_OK);
        const unsigned calls = fickle.calls;
        fill_layout_ranges(&opened.image, files[f].size, wanted);
        for (size_t at = 0; at < files[f].size; at++)
            for (unsigned n = 2; wanted[at] && n <= calls; n += 3) {
                fickle.change_at = n;
                fickle.changed = at;
                source = fickle_source(&fickle);
                const enum smf_status status = read_all(&opened, &source, true);
                tap_check(status == SMF_OK || status == opened.why.status, __FILE__, __LINE__, "%s: %s", files[f].name,
                          smf_status_name(status));
                tap_check(fickle.outside == 0, __FILE__, __LINE__, "%s: read outside (byte %zu, read %u)",
                          files[f].name, at, n);
            }
        free(wanted);
        free(files[f].bytes);
    }
}

#ifdef SMF_TESTS_MANY
static double seconds(void) { return 0; } /* no clock: ctest's time limit notices */
#else
static double seconds(void) { return (double)clock() / CLOCKS_PER_SEC; }
#endif

/* The most sections that a file can have; payloads in the worst order. Quadratic work would take minutes. */
static void a25_as_many_sections_as_there_can_be(void)
{
#ifdef SMF_TESTS_MANY
    enum { COUNT = SMF_TESTS_MANY }; /* what a board's memory has room for */
#else
    enum { COUNT = 65533 };
#endif
    struct forge_section *sections = calloc(COUNT, sizeof *sections);
    struct smf_section *table = calloc(COUNT, sizeof *table);
    char(*names)[17] = calloc(COUNT, sizeof *names);
    for (unsigned i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "s%u", i * 40503u % COUNT);
        sections[i] = (struct forge_section){
            .name = names[i], .type = SMF_SECTION_DATA, .flags = 3, .alignment = 1, .bytes = "xy", .size = 2};
    }
    for (int layout = FORGE_R72; layout < FORGE_LAYOUTS; layout += FORGE_CANONICAL) {
        const struct forge what = {
            .layout = (enum forge_layout)layout, .sections = sections, .section_count = COUNT, .platform = 1};
        struct forged file;
        forge_make(&what, &file);
        if (layout == FORGE_R72) { /* last payload first: 40503 has no common factor with the count */
            const size_t first = file.payloads[0];
            for (uint32_t i = 0; i < COUNT; i++)
                forge_put64(&file, forge_section_entry(&file, i) + 8,
                            first + 2 * (size_t)((uint64_t)i * 40503u % COUNT));
        }
        const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
        const double start = seconds();
        CHECK_STATUS(smf_image_open(&opened.image, &source, table, COUNT, &opened.why), SMF_OK);
        const double taken = seconds() - start;
        tap_note("%s: %d sections in %.1f ms", forge_layout_name(what.layout), COUNT, taken * 1e3);
        CHECK(taken < 5.0);
        bool clean = true;
        for (uint32_t i = 0; i < COUNT; i++)
            clean = clean && table[i].settled == 0 && table[i].link == 0;
        CHECK(clean);
        if (layout == FORGE_R72) { /* and one that overlaps is found among all of them */
            forge_put64(&file, forge_section_entry(&file, 777) + 8, file.payloads[0] + 1);
            CHECK_STATUS(smf_image_open(&opened.image, &source, table, COUNT, &opened.why), SMF_ERR_OVERLAP);
        } else {
            memcpy(file.bytes + forge_section_entry(&file, COUNT - 9) + 40,
                   file.bytes + forge_section_entry(&file, 7) + 40, 16);
            CHECK_STATUS(smf_image_open(&opened.image, &source, table, COUNT, &opened.why), SMF_ERR_FORMAT);
            CHECK_EQUAL(opened.why.detail, SMF_DETAIL_SECTION_REPEATED);
        }
        forge_free(&file);
    }
    free(names);
    free(table);
    free(sections);
}

static uint32_t state;
static uint32_t random_below(uint32_t bound)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(state >> 8) * bound >> 24);
}

/* Random modules of every layout, with garbage in padding and payloads: the view found is the one made. */
static void random_files_have_one_view(void)
{
    static const uint8_t strides[FORGE_LAYOUTS] = {40, 40, 56, 56, 56, 56, 56, 52, 56, 56};
    static uint8_t noise[64];
    for (state = 1; state != 0 && state < 1 << 30;) {
        struct forge_section sections[8];
        struct forge_symbol symbols[12];
        static char names[20][17];
        static uint32_t round;
        if (round++ == 6000)
            break;
        state = round * 2654435761u | 1;
        for (size_t i = 0; i < sizeof noise; i++)
            noise[i] = (uint8_t)random_below(256);
        if (noise[0] == 0x7F || noise[0] == 'B')
            noise[0] = 0;
        struct forge what = {.layout = (enum forge_layout)random_below(FORGE_LAYOUTS),
                             .sections = sections,
                             .symbols = symbols,
                             .section_count = 2 + random_below(7),
                             .symbol_count = 1 + random_below(12),
                             .platform = (uint8_t)random_below(6),
                             .arch = (uint8_t)random_below(6),
                             .garbage = round};
        for (uint32_t i = 0; i < what.section_count; i++) {
            snprintf(names[i], sizeof names[i], "sec%u.%u", i, random_below(100000));
            sections[i] = (struct forge_section){.name = names[i],
                                                 .type = i == 0 ? SMF_SECTION_CODE : SMF_SECTION_DATA,
                                                 .flags = i == 0 ? 5 : 3,
                                                 .alignment = 1u << random_below(5),
                                                 .bytes = noise,
                                                 .size = 1 + random_below(63)};
        }
        for (uint32_t i = 0; i < what.symbol_count; i++) {
            snprintf(names[8 + i], sizeof names[i], "f%u_%u", i, random_below(1000000));
            symbols[i] = (struct forge_symbol){.name = names[8 + i], .binding = 1, .visibility = 1, .size = 1};
        }
        what.exported_count = what.symbol_count;
        struct forged file;
        forge_make(&what, &file);
        const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
        const enum smf_status status = smf_image_open(&opened.image, &source, opened.sections, 8, &opened.why);
        tap_check(status == SMF_OK && opened.image.header.position == file.header &&
                      opened.image.header.symbol_stride == strides[what.layout] &&
                      opened.image.section_table == file.section_table &&
                      opened.image.header.section_stride == file.section_stride,
                  __FILE__, __LINE__, "round %u, %s: %s", round, forge_layout_name(what.layout),
                  smf_status_name(status));
        forge_free(&file);
    }
}

/* A source that says it is enormous: no sum may wrap, whatever the width of pointers (A32). */
static enum smf_status sparse_read(void *context, uint64_t offset, void *into, size_t size)
{
    const struct forged *file = context;
    memset(into, 0, size);
    for (size_t i = 0; i < size; i++) { /* the file's last bytes are the source's last bytes */
        const uint64_t left = UINT64_MAX - (offset + i);
        if (left < file->size)
            ((uint8_t *)into)[i] = file->bytes[file->size - 1 - (size_t)left];
    }
    return SMF_OK;
}

static void a32_a_source_of_the_largest_size(void)
{
    const struct forge what = whole_module(FORGE_P128_W);
    struct forged file;
    forge_make(&what, &file);
    const struct smf_source source = {.size = UINT64_MAX, .read_at = sparse_read, .context = &file};
    static const uint64_t values[] = {0,
                                      1,
                                      UINT32_MAX,
                                      (uint64_t)UINT32_MAX + 1,
                                      INT64_MAX,
                                      UINT64_MAX - 1000,
                                      UINT64_MAX - 128,
                                      UINT64_MAX - 127,
                                      UINT64_MAX};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
            forge_put64(&file, file.header + 20, values[i]);
            forge_put64(&file, file.header + 28, values[k]);
            CHECK(read_all(&opened, &source, false) != SMF_OK);
        }
    forge_free(&file);
}

static const struct tap_case cases[] = {
    {"a1_cut_at_every_byte",                 a1_cut_at_every_byte                },
    {"a6_a9_every_bit_of_the_tables",        a6_a9_every_bit_of_the_tables       },
    {"positional_reads_like_addressable",    positional_reads_like_addressable   },
    {"a23_the_nth_read_fails",               a23_the_nth_read_fails              },
    {"a23_bytes_that_change_between_reads",  a23_bytes_that_change_between_reads },
    {"a25_as_many_sections_as_there_can_be", a25_as_many_sections_as_there_can_be},
    {"random_files_have_one_view",           random_files_have_one_view          },
    {"a32_a_source_of_the_largest_size",     a32_a_source_of_the_largest_size    },
};
TAP_MAIN(cases)
