/* SPDX-License-Identifier: MIT */
/* details.c - the list of details (smf/details.def): no two share a number, and each says its status and something. */
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "harness/tap.h"
#include "smf/status.h"

static const struct {
    const char *name, *text;
    int status, number, detail;
} details[] = {
#define SMF_DETAIL_ENTRY(name, status, number, text) {#name, text, status, number, SMF_DETAIL_##name},
#include "smf/details.def"
#undef SMF_DETAIL_ENTRY
};
#define COUNT (sizeof details / sizeof details[0])

static void numbers_are_unique(void)
{
    for (size_t i = 0; i < COUNT; i++)
        for (size_t k = 0; k < i; k++)
            if (details[i].detail == details[k].detail)
                tap_check(0, __FILE__, __LINE__, "%s and %s share %d", details[k].name, details[i].name,
                          details[i].detail);
    CHECK(COUNT > 3); /* base alone has four */
}

static void numbers_fit_their_status(void)
{
    for (size_t i = 0; i < COUNT; i++)
        tap_check(details[i].status < 0 && details[i].number >= 0 && details[i].number < 64, __FILE__, __LINE__,
                  "%s has status %d, number %d", details[i].name, details[i].status, details[i].number);
}

static void a_detail_carries_its_status(void)
{
    for (size_t i = 0; i < COUNT; i++) {
        struct smf_diagnosis why;
        smf_fail_clear(&why);
        CHECK_STATUS(smf_fail(&why, (enum smf_detail)details[i].detail, 1, 2, 3), details[i].status);
        CHECK(strcmp(smf_status_name(why.status), "SMF_ERR_?") != 0);
    }
}

/* Texts name their values by {v}, {x}, {V}, {X}, {n} or {i} only, and the line that comes out shows the text's first word. */
static void texts_are_printable(void)
{
    for (size_t i = 0; i < COUNT; i++) {
        struct smf_diagnosis why;
        char line[512];
        smf_fail_clear(&why);
        smf_fail(&why, (enum smf_detail)details[i].detail, 1, 2, 3);
        smf_fail_name(&why, "name", 4);
        const size_t length = smf_diagnosis_format(&why, line, sizeof line);
        tap_check(length < sizeof line && details[i].text[0] != '\0', __FILE__, __LINE__, "%s: %zu characters",
                  details[i].name, length);
        tap_check(strchr(line, '{') == NULL, __FILE__, __LINE__, "%s leaves a brace: %s", details[i].name, line);
        const size_t plain = strcspn(details[i].text, "{");
        tap_check(strncmp(line, details[i].text, plain) == 0, __FILE__, __LINE__, "%s prints '%s'", details[i].name,
                  line);
    }
}

static void what_is_counted_is_told_in_decimal(void)
{
    static const struct {
        uint64_t value;
        const char *text;
    } numbers[] = {
        {0,                        "0"          },
        {9,                        "9"          },
        {10,                       "10"         },
        {100,                      "100"        },
        {907,                      "907"        },
        {1000000000,               "1000000000" },
        {UINT32_MAX,               "4294967295" },
        {(uint64_t)UINT32_MAX + 1, "0x100000000"},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct smf_diagnosis why;
        char line[512], wanted[64];
        smf_fail_clear(&why);
        smf_fail(&why, SMF_DETAIL_INSTANCE_DEPTH, 0, 0, 0);
        why.value = numbers[i].value;
        smf_diagnosis_format(&why, line, sizeof line);
        snprintf(wanted, sizeof wanted, "Maximum JIT depth %s exceeded", numbers[i].text);
        tap_check(strncmp(line, wanted, strlen(wanted)) == 0, __FILE__, __LINE__, "%s", line);
    }
}

static const struct tap_case cases[] = {
    {"numbers_are_unique",                 numbers_are_unique                },
    {"numbers_fit_their_status",           numbers_fit_their_status          },
    {"a_detail_carries_its_status",        a_detail_carries_its_status       },
    {"texts_are_printable",                texts_are_printable               },
    {"what_is_counted_is_told_in_decimal", what_is_counted_is_told_in_decimal},
};
TAP_MAIN(cases)
