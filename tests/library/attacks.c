/* SPDX-License-Identifier: MIT */
/*
 * What an attacker or a bad cable does to a whole library, in every form: cut at every byte, every bit of header and
 * index flipped, reads that fail or change their mind. Then what a large library costs, counted in reads.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "library/shelf.h"
#include "smf/image.h"
#include "support/golden.h"
#include "support/kit.h"
#include "support/module.h"

static struct shelf_reading reading;

struct file {
    const char *name;
    uint8_t *bytes;
    size_t size, data; /* data: end of the index */
};
enum { GOLDEN = 3, FILES = SHELF_FORMS + GOLDEN };
static const char *const golden[GOLDEN] = {"canonical.lsm", "longer.lsm", "document.lsm"};

static struct file read_golden(unsigned number)
{
    static uint8_t room[4096];
    struct file file = {.name = golden[number]};
    file.size = golden_read(file.name, room, sizeof room);
    CHECK(file.size > 0);
    file.bytes = malloc(file.size);
    memcpy(file.bytes, room, file.size);
    file.data = 128 + 2 * 128 + (number == 1 ? 4 : 0);
    return file;
}

/* The forms of shelf.h, and behind them the golden files. */
static struct file make_file(unsigned number)
{
    if (number >= SHELF_FORMS)
        return read_golden(number - SHELF_FORMS);
    const struct shelf shelf = shelf_form(number);
    struct file file = {.name = shelf_form_name(number), .data = shelf_entry(&shelf, SHELF_MODULES)};
    file.bytes = shelf_make(&shelf, &file.size);
    return file;
}

static void golden_libraries(void)
{
    static const enum smf_layout layouts[] = {SMF_LAYOUT_P128, SMF_LAYOUT_R72};
    static const char *const names[] = {"golden", "std/io/mod"};
    static struct smf_image image;
    struct smf_section sections[16];
    for (unsigned number = 0; number < GOLDEN; number++) {
        const struct file file = read_golden(number);
        const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
        struct smf_library *library = &reading.library;
        CHECK_STATUS(smf_library_open(library, &source, &reading.why), SMF_OK);
        CHECK(library->count == 2 && library->sorted == (number == 0) && library->shift == (number == 1 ? 4 : 0) &&
              library->document_entries == (number == 2));
        for (unsigned i = 0; i < 2; i++) {
            struct smf_library_entry entry;
            struct smf_part part;
            struct smf_source module;
            CHECK_STATUS(smf_library_find(library, names[i], &entry, &reading.why), SMF_OK);
            CHECK_EQUAL(entry.object_size, i == 0 && number != 2 ? 19 : 0);
            CHECK_STATUS(smf_library_module(library, &entry, &part, &module), SMF_OK);
            CHECK_STATUS(smf_image_open(&image, &module, sections, 16, &reading.why), SMF_OK);
            CHECK_EQUAL(image.header.layout, layouts[i]);
        }
        CHECK_STATUS(smf_library_check(library, &reading.why), SMF_OK);
        free(file.bytes);
    }
}

/* The writer makes the golden file, which tests/golden/make.py made from the tables. SPEC [M10] */
static void canonical_is_what_the_writer_writes(void)
{
    const struct file file = read_golden(0);
    const struct smf_library_item items[] = {
        {"std/io/mod", file.bytes + 0x5D0, 179,  NULL,               0 },
        {"golden",     file.bytes + 0x180, 1072, file.bytes + 0x5B0, 19},
    };
    uint32_t order[2];
    uint8_t written[2048];
    size_t size = 0;
    CHECK_STATUS(smf_library_write(items, 2, order, written, sizeof written, &size, &reading.why), SMF_OK);
    CHECK(size == file.size && memcmp(written, file.bytes, size) == 0);
    free(file.bytes);
}

static void cut_at_every_byte(void)
{
    for (unsigned number = 0; number < FILES; number++) {
        const struct file file = make_file(number);
        CHECK_STATUS(shelf_read_bytes(&reading, file.bytes, file.size), SMF_OK);
        for (size_t size = 0; size < file.size; size++) {
            uint8_t *cut = malloc(size + (size == 0)); /* exactly so large: a sanitizer sees every byte too far */
            memcpy(cut, file.bytes, size);
            const enum smf_status status = shelf_read_bytes(&reading, cut, size);
            tap_check(status != SMF_OK, __FILE__, __LINE__, "%s reads with %zu of %zu bytes", file.name, size,
                      file.size);
            tap_check(status == reading.why.status, __FILE__, __LINE__, "%s at %zu: the diagnosis says %d", file.name,
                      size, reading.why.status);
            free(cut);
        }
        free(file.bytes);
    }
}

/* The two that say nothing wrong: another minor version, and names that ascend with nobody saying so, or somebody. */
static bool harmless(size_t bit) { return bit / 8 == 5 || bit == (size_t)52 * 8; }

static void every_bit_of_header_and_index(void)
{
    for (unsigned number = 0; number < FILES; number++) {
        const struct file file = make_file(number);
        for (size_t bit = 0; bit < 8 * file.data; bit++) {
            file.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            const enum smf_status status = shelf_read_bytes(&reading, file.bytes, file.size);
            tap_check((status == SMF_OK) == harmless(bit), __FILE__, __LINE__, "%s: bit %zu of byte %#zx: %s",
                      file.name, bit % 8, bit / 8, smf_status_name(status));
            if (status != SMF_OK)
                tap_check(status == reading.why.status, __FILE__, __LINE__, "%s: bit %zu: the diagnosis says %d",
                          file.name, bit, reading.why.status);
            file.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        free(file.bytes);
    }
}

/* What the payloads hold is hashed, too. SPEC [M9] */
static void every_byte_of_the_payloads(void)
{
    for (unsigned number = 0; number < FILES; number++) {
        const struct file file = make_file(number);
        for (size_t at = file.data; at < file.size; at++) {
            file.bytes[at] ^= 0x10;
            CHECK_STATUS(shelf_read_bytes(&reading, file.bytes, file.size), SMF_ERR_HASH);
            file.bytes[at] ^= 0x10;
        }
        free(file.bytes);
    }
}

static void positional_reads_like_addressable(void)
{
    for (unsigned number = 0; number < FILES; number++) {
        const struct file file = make_file(number);
        CHECK_STATUS(shelf_read_bytes(&reading, file.bytes, file.size), SMF_OK);
        const uint64_t meaning = reading.meaning;
        struct fickle fickle = {.bytes = file.bytes, .size = file.size};
        const struct smf_source source = fickle_source(&fickle);
        CHECK_STATUS(shelf_read(&reading, &source), SMF_OK);
        CHECK(reading.meaning == meaning);
        CHECK_EQUAL(fickle.outside, 0);
        free(file.bytes);
    }
}

static void each_read_fails(void)
{
    for (unsigned number = 0; number < FILES; number++) {
        const struct file file = make_file(number);
        enum smf_status status = SMF_ERR_IO;
        unsigned failed = 0;
        for (unsigned at = 1; status != SMF_OK; at++) {
            struct fickle fickle = {.bytes = file.bytes, .size = file.size, .fail_at = at};
            const struct smf_source source = fickle_source(&fickle);
            status = shelf_read(&reading, &source);
            if (status != SMF_OK) {
                CHECK_STATUS(status, SMF_ERR_IO);
                CHECK_STATUS(reading.why.status, SMF_ERR_IO);
                failed++;
            }
            CHECK_EQUAL(fickle.outside, 0);
        }
        CHECK(failed > 10);
        free(file.bytes);
    }
}

/* A read that fails leaves results and library as they were: the next call works. */
static void a_failed_read_changes_nothing(void)
{
    const struct file file = make_file(1); /* not sorted */
    struct fickle fickle = {.bytes = file.bytes, .size = file.size};
    const struct smf_source source = fickle_source(&fickle);
    struct smf_library *library = &reading.library;
    struct smf_library_entry entry;
    memset(&entry, 0xA5, sizeof entry);
    CHECK_STATUS(smf_library_open(library, &source, &reading.why), SMF_OK);
    library->window.filled = 0;
    fickle.fail_at = fickle.calls + 1;
    CHECK_STATUS(smf_library_entry(library, 2, &entry, NULL), SMF_ERR_IO);
    fickle.fail_at = fickle.calls + 1;
    CHECK_STATUS(smf_library_find(library, "std/text", &entry, NULL), SMF_ERR_IO);
    fickle.fail_at = fickle.calls + 1;
    CHECK_STATUS(smf_library_index(library, reading.words, 64, NULL), SMF_ERR_IO);
    for (size_t i = 0; i < sizeof entry; i++)
        CHECK_EQUAL(((const uint8_t *)&entry)[i], 0xA5);
    CHECK(library->words == NULL);
    CHECK_STATUS(smf_library_find(library, "std/text", &entry, NULL), SMF_OK);
    CHECK_STATUS(smf_library_index(library, reading.words, 64, NULL), SMF_OK);
    library->window.filled = 0;
    fickle.fail_at = fickle.calls + 1;
    CHECK_STATUS(smf_library_index(library, reading.words, 64, NULL), SMF_ERR_IO); /* the same words: no index now */
    CHECK_STATUS(smf_library_find(library, "std/text", &entry, NULL), SMF_OK);
    free(file.bytes);
}

/* Bytes that change between two reads meet the same checks again: nothing outside is read, and no wrong name found. */
static void bytes_that_change_between_reads(void)
{
    for (unsigned form = 0; form < 2; form++) {
        const struct file file = make_file(form);
        unsigned refused = 0;
        for (size_t changed = 128; changed < file.data; changed++)
            for (unsigned at = 2; at < 12; at++) {
                struct fickle fickle = {.bytes = file.bytes, .size = file.size, .change_at = at, .changed = changed};
                const struct smf_source source = fickle_source(&fickle);
                refused += shelf_read(&reading, &source) != SMF_OK;
                CHECK_EQUAL(fickle.outside, 0);
            }
        CHECK(refused > 1000);
        free(file.bytes);
    }
}

/* The name is found, and is another when its entry is read again. */
static void a_name_that_changes_is_noticed(void)
{
    const struct file file = make_file(0);
    struct smf_library_entry entry;
    unsigned noticed = 0, changed = 0;
    for (unsigned at = 1; at < 8; at++) {
        struct fickle fickle = {.bytes = file.bytes, .size = file.size};
        const struct smf_source source = fickle_source(&fickle);
        CHECK_STATUS(smf_library_open(&reading.library, &source, &reading.why), SMF_OK);
        reading.library.window.filled = 0;
        fickle.change_at = fickle.calls + at;
        fickle.changed = 128 + 128 + 2; /* "std/io/mod" to "st\x9B/io/mod" */
        const enum smf_status status = smf_library_find(&reading.library, "std/io/mod", &entry, &reading.why);
        CHECK(status == SMF_OK || status == SMF_ERR_NOT_FOUND || status == SMF_ERR_CHANGED);
        noticed += status != SMF_OK;
        changed += status == SMF_ERR_CHANGED;
        if (status == SMF_OK)
            CHECK_TEXT(entry.name, "std/io/mod");
    }
    CHECK(noticed > 1 && changed > 0);
    free(file.bytes);
}

/* ---- A library of very many modules that is in no memory: each read makes what it asks for ---- */

enum { MANY = 10000, MODULE_SIZE = 16 };
struct made {
    unsigned reads, bytes;
    bool sorted;
};

static void make_header(const struct made *made, uint8_t *at)
{
    memset(at, 0, 128);
    memcpy(at, "LSMF\1", 5);
    put32(at + 8, MANY);
    put64(at + 12, 128);
    put64(at + 20, 128 * MANY);
    put64(at + 28, 128 + 128 * MANY);
    put32(at + 52, made->sorted);
}

static void make_entry(uint32_t number, uint8_t *at)
{
    memset(at, 0, 128);
    snprintf((char *)at, 64, "std/module%05u", (unsigned)number);
    put64(at + 64, 128 + 128 * MANY + (uint64_t)number * MODULE_SIZE);
    put64(at + 72, MODULE_SIZE);
    put64(at + 96, 1);
}

static enum smf_status make(void *context, uint64_t offset, void *into, size_t size)
{
    struct made *made = context;
    uint8_t block[128];
    uint64_t made_block = UINT64_MAX;
    made->reads++;
    made->bytes += (unsigned)size;
    for (size_t i = 0; i < size; i++) {
        const uint64_t at = offset + i;
        if (at / 128 != made_block) {
            made_block = at / 128;
            if (made_block == 0)
                make_header(made, block);
            else if (made_block <= MANY)
                make_entry((uint32_t)made_block - 1, block);
            else
                memset(block, 'm', sizeof block);
        }
        ((uint8_t *)into)[i] = block[at % 128];
    }
    return SMF_OK;
}

static void find_all(struct made *made, uint32_t step, unsigned most, const char *how)
{
    struct smf_library_entry entry;
    unsigned worst = 0;
    for (uint32_t number = 0; number < MANY; number += step) {
        char name[32];
        snprintf(name, sizeof name, "std/module%05u", (unsigned)number);
        made->reads = 0;
        CHECK_STATUS(smf_library_find(&reading.library, name, &entry, &reading.why), SMF_OK);
        CHECK_EQUAL(entry.offset, 128 + 128 * MANY + (uint64_t)number * MODULE_SIZE);
        worst = made->reads > worst ? made->reads : worst;
    }
    tap_note("%s: at most %u reads for one of %d modules", how, worst, MANY);
    CHECK(worst <= most);
}

/* SPEC [M7], [M8] */
static void ten_thousand_modules(void)
{
    struct made made = {.sorted = true};
    struct smf_library *library = &reading.library;
    const struct smf_source source = {.size = 128 + (128 + MODULE_SIZE) * MANY, .read_at = make, .context = &made};
    struct smf_library_entry entry;
    CHECK_STATUS(smf_library_open(library, &source, &reading.why), SMF_OK);
    tap_note("opening: %u reads of %u bytes", made.reads, made.bytes);
    CHECK(made.reads <= 2 && made.bytes <= 512);
    find_all(&made, 7, 16, "by halves"); /* 14 to find it, and its entry */
    made.reads = 0;
    CHECK_STATUS(smf_library_find(library, "std/module", &entry, NULL), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_library_find(library, "std/modulf", &entry, NULL), SMF_ERR_NOT_FOUND);
    CHECK(made.reads <= 2 * 14);
    const size_t words = smf_library_index_words(library);
    CHECK_EQUAL(words, 16384 + MANY);
    uint32_t *index = malloc(words * sizeof *index);
    CHECK(index != NULL);
    made.reads = 0;
    CHECK_STATUS(smf_library_index(library, index, words, &reading.why), SMF_OK);
    CHECK(made.reads <= MANY);
    find_all(&made, 7, 8, "with an index");
    free(index);
    made = (struct made){.sorted = false};
    CHECK_STATUS(smf_library_open(library, &source, &reading.why), SMF_OK);
    find_all(&made, 1237, MANY / 2 + 2, "one after the other");
}

static const struct tap_case cases[] = {
    {"golden_libraries",                    golden_libraries                   },
    {"canonical_is_what_the_writer_writes", canonical_is_what_the_writer_writes},
    {"cut_at_every_byte",                   cut_at_every_byte                  },
    {"every_bit_of_header_and_index",       every_bit_of_header_and_index      },
    {"every_byte_of_the_payloads",          every_byte_of_the_payloads         },
    {"positional_reads_like_addressable",   positional_reads_like_addressable  },
    {"each_read_fails",                     each_read_fails                    },
    {"a_failed_read_changes_nothing",       a_failed_read_changes_nothing      },
    {"bytes_that_change_between_reads",     bytes_that_change_between_reads    },
    {"a_name_that_changes_is_noticed",      a_name_that_changes_is_noticed     },
    {"ten_thousand_modules",                ten_thousand_modules               },
};
TAP_MAIN(cases)
