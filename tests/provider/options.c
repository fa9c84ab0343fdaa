/* SPDX-License-Identifier: MIT */
/* options.c - the compile-options block of a header: where it is, where it is not, and what it must not say. */
#include <string.h>

#include "harness/tap.h"
#include "smf/image.h"
#include "support/forge.h"
#include "support/kit.h"

static struct smf_image image;
static struct smf_section sections[8];
static struct smf_diagnosis why;

static void make(enum forge_layout layout, struct forged *file)
{
    static const struct forge_section code[] = {
        {.name = "code", .type = SMF_SECTION_CODE, .flags = 5, .alignment = 16, .bytes = "\xC3", .size = 1}
    };
    forge_make(&(struct forge){.layout = layout, .sections = code, .section_count = 1}, file);
}

static enum smf_status read_options(const struct smf_source *source, struct smf_compile_options *options)
{
    CHECK_STATUS(smf_image_open(&image, source, sections, 8, &why), SMF_OK);
    return smf_image_compile_options(&image, options, &why);
}

static bool is_p128(enum forge_layout layout) { return layout >= FORGE_P128_W; }

static void layouts_have_it_or_not(void)
{
    for (unsigned layout = 0; layout < FORGE_LAYOUTS; layout++) {
        struct forged file;
        struct smf_compile_options options;
        tap_variant("layout=%u", layout);
        make((enum forge_layout)layout, &file);
        const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
        memset(&options, 0x55, sizeof options);
        CHECK_STATUS(read_options(&source, &options), SMF_OK);
        CHECK(!options.tagged && options.hash == 0 && options.backend == 0 && options.flags == 0);
        if (is_p128((enum forge_layout)layout)) {
            forge_put64(&file, file.header + 88, 0x0102030405060708);
            forge_put8(&file, file.header + 96, SMF_BACKEND_BYL);
            forge_put8(&file, file.header + 97, 2);
            forge_put8(&file, file.header + 98, 3);
            forge_put8(&file, file.header + 99, SMF_OPTION_RELEASE);
            CHECK_STATUS(read_options(&source, &options), SMF_OK);
            CHECK(options.tagged && options.hash == 0x0102030405060708 && options.backend == SMF_BACKEND_BYL);
            CHECK(options.optimisation == 2 && options.arch == 3 && options.flags == SMF_OPTION_RELEASE);
        }
        forge_free(&file);
    }
    tap_variant("%s", "");
}

/* Any bit of twelve bytes tags a module; any bit of the other four is refused. The file opens all the same. */
static void every_bit_of_the_block(void)
{
    struct forged file;
    make(FORGE_CANONICAL, &file);
    const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
    for (unsigned bit = 0; bit < 128; bit++) {
        struct smf_compile_options options = {.arch = 77};
        const size_t at = file.header + 88 + bit / 8;
        tap_variant("bit=%u", bit);
        file.bytes[at] = (uint8_t)(1u << bit % 8);
        const enum smf_status status = read_options(&source, &options);
        CHECK_STATUS(status, bit < 96 ? SMF_OK : SMF_ERR_FORMAT);
        CHECK_EQUAL(options.tagged, bit < 96);
        if (bit >= 96)
            CHECK(why.offset == file.header + 100 && why.value == (uint64_t)1 << (bit - 96));
        file.bytes[at] = 0;
    }
    tap_variant("%s", "");
    forge_free(&file);
}

static unsigned reads, fail_at;

static enum smf_status read_file(void *context, uint64_t offset, void *into, size_t size)
{
    const struct forged *file = context;
    if (++reads == fail_at)
        return SMF_ERR_IO;
    memcpy(into, file->bytes + offset, size);
    return SMF_OK;
}

static void a_read_that_fails(void)
{
    struct forged file;
    struct smf_compile_options options;
    make(FORGE_CANONICAL, &file);
    forge_put8(&file, file.header + 96, SMF_BACKEND_C);
    const struct smf_source source = {.size = file.size, .read_at = read_file, .context = &file};
    fail_at = 0;
    CHECK_STATUS(read_options(&source, &options), SMF_OK);
    CHECK_EQUAL(options.backend, SMF_BACKEND_C);
    CHECK_STATUS(smf_image_open(&image, &source, sections, 8, &why), SMF_OK);
    image.records.filled = 0; /* the window holds something else by now */
    fail_at = reads + 1;
    CHECK_STATUS(smf_image_compile_options(&image, &options, NULL), SMF_ERR_IO);
    CHECK(!options.tagged && options.backend == 0);
    forge_free(&file);
}

static const struct tap_case cases[] = {
    {"layouts_have_it_or_not", layouts_have_it_or_not},
    {"every_bit_of_the_block", every_bit_of_the_block},
    {"a_read_that_fails",      a_read_that_fails     },
};
TAP_MAIN(cases)
