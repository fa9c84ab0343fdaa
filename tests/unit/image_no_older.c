/* SPDX-License-Identifier: MIT */
/* A core that reads canonical files only (SMF_OLDER_LAYOUTS=OFF) refuses all other layouts, and says why. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "support/forge.h"
#include "support/golden.h"
#include "support/module.h"

static struct opened opened;
static struct forged file;

static void refuse(const char *what, const void *bytes, size_t size, enum smf_status wanted, enum smf_detail detail)
{
    const struct smf_source source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
    uint32_t count;
    tap_variant("%s", what);
    CHECK_STATUS(read_all_bytes(&opened, bytes, size, true), wanted);
    CHECK_EQUAL(opened.why.detail, detail);
    CHECK_STATUS(smf_image_count_sections(&opened.image, &source, &count, &opened.why), wanted);
    CHECK_EQUAL(opened.why.detail, detail);
    tap_variant("%s", "");
}

static void every_older_layout_is_refused(void)
{
    for (int layout = 0; layout < FORGE_CANONICAL; layout++) {
        const struct forge what = whole_module((enum forge_layout)layout);
        forge_make(&what, &file);
        refuse(forge_layout_name(what.layout), file.bytes, file.size, SMF_ERR_UNSUPPORTED, SMF_DETAIL_OLDER_LAYOUT);
        forge_free(&file);
    }
}

static void real_files_of_older_layouts_are_refused(void)
{
    static const char *const names[] = {"simpleos-r72-allocator.smf", "simpleos-r72-mod.smf",
                                        "simpleos-r96-builder.smf"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        static uint8_t bytes[512];
        const size_t size = golden_read(names[i], bytes, sizeof bytes);
        CHECK(size > 0);
        refuse(names[i], bytes, size, SMF_ERR_UNSUPPORTED, SMF_DETAIL_OLDER_LAYOUT);
    }
}

static void what_is_no_module_is_not_called_one(void)
{
    static const uint8_t zeros[256];
    refuse("zeros", zeros, sizeof zeros, SMF_ERR_NOT_SMF, SMF_DETAIL_NO_HEADER);
    refuse("nothing", zeros, 0, SMF_ERR_NOT_SMF, SMF_DETAIL_NO_HEADER);
}

/* The mark taken away, a canonical file is a P128 file; put in front of one, it does not make it canonical. */
static void the_mark_decides(void)
{
    struct forge what = whole_module(FORGE_CANONICAL);
    forge_make(&what, &file);
    forge_put32(&file, file.header + SMF_H_FLAGS, 0x09);
    refuse("unmarked", file.bytes, file.size, SMF_ERR_UNSUPPORTED, SMF_DETAIL_OLDER_LAYOUT);
    forge_free(&file);
    what = whole_module(FORGE_P128_LEADING);
    what.flags |= SMF_FLAG_CANONICAL;
    forge_make(&what, &file);
    refuse("in front", file.bytes, file.size, SMF_ERR_UNSUPPORTED, SMF_DETAIL_OLDER_LAYOUT);
    forge_free(&file);
}

/* The last 128 bytes decide: whatever stands in front of them is a stub. */
static void a_stub_is_only_a_stub(void)
{
    struct forge front = whole_module(FORGE_R96), what = whole_module(FORGE_CANONICAL);
    struct forged stub;
    forge_make(&front, &stub);
    const size_t room = (stub.size + 15) & ~(size_t)15;
    uint8_t *bytes = calloc(room, 1);
    memcpy(bytes, stub.bytes, stub.size);
    what.stub = bytes;
    what.stub_size = room;
    forge_make(&what, &file);
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_OK);
    CHECK_EQUAL(opened.image.header.base, room);
    forge_free(&file);
    forge_free(&stub);
    free(bytes);
}

/* Names of sections are compared each with each: that work has a bound. */
static void few_sections_are_compared(void)
{
    enum { MOST = 256 };
    static struct forge_section sections[MOST + 1];
    static struct smf_section table[MOST + 1];
    static char names[MOST + 1][8];
    for (unsigned i = 0; i < MOST + 1; i++) {
        snprintf(names[i], sizeof names[i], "s%u", i);
        sections[i] = (struct forge_section){
            .name = names[i], .type = SMF_SECTION_DATA, .flags = 3, .alignment = 1, .bytes = "xy", .size = 2};
    }
    for (unsigned more = 0; more < 2; more++) {
        const struct forge what = {
            .layout = FORGE_CANONICAL, .sections = sections, .section_count = MOST + more, .platform = 1};
        forge_make(&what, &file);
        const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
        CHECK_STATUS(smf_image_open(&opened.image, &source, table, MOST + 1, &opened.why),
                     more == 0 ? SMF_OK : SMF_ERR_LIMIT);
        CHECK_EQUAL(opened.why.detail, more == 0 ? SMF_DETAIL_NONE : SMF_DETAIL_MANY_SECTIONS);
        memcpy(file.bytes + forge_section_entry(&file, 200) + SMF_T_NAME,
               file.bytes + forge_section_entry(&file, 7) + SMF_T_NAME, SMF_SECTION_NAME_SIZE);
        CHECK_STATUS(smf_image_open(&opened.image, &source, table, MOST + 1, &opened.why),
                     more == 0 ? SMF_ERR_FORMAT : SMF_ERR_LIMIT);
        if (more == 0) {
            CHECK_EQUAL(opened.why.detail, SMF_DETAIL_SECTION_REPEATED);
            CHECK_EQUAL(opened.why.index, 200);
            CHECK_TEXT(opened.why.name, "s7");
        }
        forge_free(&file);
    }
}

static void a_read_that_fails(void)
{
    const struct forge what = whole_module(FORGE_R96);
    forge_make(&what, &file);
    struct fickle fickle = {.bytes = file.bytes, .size = file.size};
    struct smf_source source = fickle_source(&fickle);
    CHECK_STATUS(read_all(&opened, &source, false), SMF_ERR_UNSUPPORTED);
    for (unsigned n = fickle.calls; n != 0; n--) {
        fickle.fail_at = n;
        source = fickle_source(&fickle);
        CHECK_STATUS(read_all(&opened, &source, false), SMF_ERR_IO);
    }
    forge_free(&file);
}

static const struct tap_case cases[] = {
    {"every_older_layout_is_refused",           every_older_layout_is_refused          },
    {"real_files_of_older_layouts_are_refused", real_files_of_older_layouts_are_refused},
    {"what_is_no_module_is_not_called_one",     what_is_no_module_is_not_called_one    },
    {"the_mark_decides",                        the_mark_decides                       },
    {"a_stub_is_only_a_stub",                   a_stub_is_only_a_stub                  },
    {"few_sections_are_compared",               few_sections_are_compared              },
    {"a_read_that_fails",                       a_read_that_fails                      },
};
TAP_MAIN(cases)
