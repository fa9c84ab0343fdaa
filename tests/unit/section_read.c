/* SPDX-License-Identifier: MIT */
/*
 * section_read.c - contents of single sections, plain and compressed: what is
 * given is what was meant, no byte beyond it is touched, and the image is as
 * good as before.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "smf/codec.h"
#include "support/module.h"
#include "support/pack.h"

static struct opened opened;
static const struct smf_codec *const codecs[] = {&smf_codec_lz4, NULL};

/* The whole module, with the sections that can be compressed; plain[i] is what section i holds in memory. */
static struct forge_section sections[WHOLE_SECTIONS];
static const uint8_t *plain[WHOLE_SECTIONS];
static size_t sizes[WHOLE_SECTIONS];

static void make(struct forged *file, bool packed)
{
    static uint8_t room[1024], padded[WHOLE_SECTIONS][256];
    struct forge what = whole_module(FORGE_CANONICAL);
    memcpy(sections, what.sections, sizeof sections);
    sections[WHOLE_DATA].virtual_size = 100; /* more than is stored */
    for (unsigned i = 0; i < WHOLE_SECTIONS; i++) {
        memset(padded[i], 0, sizeof padded[i]);
        if (sections[i].bytes != NULL)
            memcpy(padded[i], sections[i].bytes, (size_t)sections[i].size);
        plain[i] = padded[i];
        sizes[i] = (size_t)(sections[i].virtual_size != 0 ? sections[i].virtual_size : sections[i].size);
    }
    if (packed) {
        pack_sections(sections, WHOLE_SECTIONS, PACK_ALL, room);
        what.compression = SMF_COMPRESSION_LZ4;
    }
    what.sections = sections;
    forge_make(&what, file);
}

static void check_section(uint32_t section, const struct smf_codec *const *list)
{
    uint8_t bytes[300];
    memset(bytes, 0xA5, sizeof bytes);
    const enum smf_status status =
        smf_section_read(&opened.image, list, section, bytes, sizes[section], section % 2 == 0 ? &opened.why : NULL);
    tap_check(status == SMF_OK && memcmp(bytes, plain[section], sizes[section]) == 0, __FILE__, __LINE__,
              "section %u: %s", (unsigned)section, smf_status_name(status));
    for (size_t i = sizes[section]; i < sizeof bytes; i++)
        if (bytes[i] != 0xA5)
            tap_check(0, __FILE__, __LINE__, "section %u: byte %u is touched", (unsigned)section, (unsigned)i);
}

/* Both kinds of source; every door says the same before and after, whatever its windows held. */
static void contents_are_what_was_meant(void)
{
    for (unsigned way = 0; way < 4; way++) {
        struct forged file;
        make(&file, (way & 1) != 0);
        struct fickle fickle = {.bytes = file.bytes, .size = file.size};
        const struct smf_source source =
            (way & 2) != 0 ? fickle_source(&fickle) : smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
        CHECK_STATUS(read_all(&opened, &source, true), SMF_OK);
        for (uint32_t i = 0; i < WHOLE_SECTIONS; i++) {
            check_section(i, codecs);
            struct smf_relocation record;
            struct smf_symbol symbol;
            CHECK_STATUS(smf_image_relocation(&opened.image, WHOLE_TEXT_REL, 0, &record, NULL), SMF_OK);
            CHECK_EQUAL(record.offset, 36);
            CHECK_STATUS(smf_image_symbol(&opened.image, WHOLE_FUNCTION, &symbol, NULL), SMF_OK);
            CHECK_EQUAL(symbol.value, 4);
        }
        CHECK_EQUAL(fickle.outside, 0);
        forge_free(&file);
    }
}

static void what_is_stored_can_be_read_too(void)
{
    struct forged file;
    uint8_t stored[64];
    make(&file, true);
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_OK);
    const size_t size = opened.sections[WHOLE_TEXT].size;
    CHECK(size != sizes[WHOLE_TEXT] && opened.sections[WHOLE_TEXT].virtual_size == sizes[WHOLE_TEXT]);
    CHECK_STATUS(smf_image_read(&opened.image, WHOLE_TEXT, 0, stored, size, NULL), SMF_OK);
    CHECK(memcmp(stored, sections[WHOLE_TEXT].bytes, size) == 0);
    CHECK_STATUS(smf_image_read(&opened.image, WHOLE_TEXT, size, stored, 1, NULL), SMF_ERR_TRUNCATED);
    forge_free(&file);
}

static void refusals(void)
{
    static const struct smf_codec other = {.number = SMF_COMPRESSION_ZSTD, .name = "other"};
    static const struct smf_codec *const others[] = {&other, NULL}, *const none[] = {NULL};
    struct forged file;
    uint8_t bytes[256];
    make(&file, true);
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_OK);
    struct smf_image *const image = &opened.image;
    struct smf_diagnosis *const why = &opened.why;
    CHECK_STATUS(smf_section_read(image, codecs, WHOLE_SECTIONS, bytes, sizeof bytes, why), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_section_read(image, codecs, WHOLE_DATA, bytes, 99, why), SMF_ERR_NO_SPACE);
    CHECK_EQUAL(why->value, 100);
    CHECK_EQUAL(why->expected, 99);
    CHECK_TEXT(why->name, ".data");
    CHECK_STATUS(smf_section_read(image, NULL, WHOLE_TEXT, bytes, sizeof bytes, why), SMF_ERR_COMPRESSED);
    CHECK_EQUAL(why->index, WHOLE_TEXT);
    CHECK_EQUAL(why->value, SMF_COMPRESSION_LZ4);
    CHECK_STATUS(smf_section_read(image, none, WHOLE_TEXT, bytes, sizeof bytes, why), SMF_ERR_COMPRESSED);
    CHECK_STATUS(smf_section_read(image, others, WHOLE_TEXT, bytes, sizeof bytes, why), SMF_ERR_COMPRESSED);
    check_section(WHOLE_NOTE, NULL); /* what is not compressed needs nobody */
    file.bytes[file.payloads[WHOLE_TEXT]] = 0xFF;
    CHECK_STATUS(smf_section_read(image, codecs, WHOLE_TEXT, bytes, sizeof bytes, why), SMF_ERR_DECOMPRESS);
    CHECK_TEXT(why->name, ".text");
    CHECK_EQUAL(why->index, WHOLE_TEXT);
    CHECK(why->offset >= file.payloads[WHOLE_TEXT]);
    forge_free(&file);
}

static void each_read_fails(void)
{
    for (unsigned packed = 0; packed < 2; packed++) {
        struct forged file;
        uint8_t bytes[256];
        make(&file, packed != 0);
        struct fickle fickle = {.bytes = file.bytes, .size = file.size};
        const struct smf_source source = fickle_source(&fickle);
        CHECK_STATUS(read_all(&opened, &source, true), SMF_OK);
        fickle.fail_at = fickle.calls + 1;
        CHECK_STATUS(smf_section_read(&opened.image, codecs, WHOLE_TEXT, bytes, sizeof bytes, &opened.why), SMF_ERR_IO);
        CHECK_STATUS(opened.why.status, SMF_ERR_IO);
        check_section(WHOLE_TEXT, codecs);
        forge_free(&file);
    }
}

static const struct tap_case cases[] = {
    {"contents_are_what_was_meant",    contents_are_what_was_meant   },
    {"what_is_stored_can_be_read_too", what_is_stored_can_be_read_too},
    {"refusals",                       refusals                      },
    {"each_read_fails",                each_read_fails               },
};
TAP_MAIN(cases)
