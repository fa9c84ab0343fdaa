/* SPDX-License-Identifier: MIT */
/* no_compress.c - a build of smf without liblz4 and libzstd: it builds modules, and says that it cannot compress them. */
#include <stdio.h>
#include <string.h>

#include "harness/tap.h"
#include "smf/build.h"

static struct smf_build_report report;

static int build(uint8_t compression)
{
    static const char source[] = "int table[4000] = {1}; int first(void) { return table[0]; }\n";
    static const char *const inputs[] = {"no_compress_input.c"};
    FILE *file = fopen(inputs[0], "w");
    CHECK(file != NULL && fwrite(source, 1, sizeof source - 1, file) == sizeof source - 1);
    if (file != NULL)
        fclose(file);
    const struct smf_build_options options = {.inputs = inputs,
                                              .input_count = 1,
                                              .output = "no_compress.smf",
                                              .layout = SMF_LAYOUT_P128,
                                              .compression = compression};
    (void)remove("no_compress.smf");
    const int result = smf_build(&options, &report);
    (void)remove(inputs[0]);
    return result;
}

static void compressing_is_refused_by_name(void)
{
    for (uint8_t method = SMF_COMPRESSION_ZSTD; method <= SMF_COMPRESSION_LZ4; method++) {
        CHECK_EQUAL(build(method), 1);
        CHECK(strstr(report.message, "without liblz4 and libzstd") != NULL);
        CHECK(fopen("no_compress.smf", "rb") == NULL);
    }
}

static void building_is_not(void)
{
    CHECK_EQUAL(build(SMF_COMPRESSION_NONE), 0);
    CHECK_TEXT(report.message, "");
    CHECK(report.size > 16000);
    CHECK(remove("no_compress.smf") == 0);
}

static const struct tap_case cases[] = {
    {"compressing_is_refused_by_name", compressing_is_refused_by_name},
    {"building_is_not",                building_is_not               },
};
TAP_MAIN(cases)
