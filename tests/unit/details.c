/* SPDX-License-Identifier: MIT */
/* details.c - the list of details (smf/details.def): no two share a number, and each says its status and something. */
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "harness/tap.h"
#include "smf/format.h"
#include "smf/status.h"
#include "smf/templates.h"

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

/* Texts name their values by {v}, {x}, {V}, {X}, {a}, {A}, {b}, {n} or {i} only, and the line that comes out shows the text's first word. */
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

/* What smf_diagnosis_format() makes of a detail with these two numbers. */
static const char *line_of(enum smf_detail detail, uint64_t value, uint64_t expected)
{
    static char line[512];
    struct smf_diagnosis why;
    smf_fail_clear(&why);
    smf_fail(&why, detail, 0, 0, 0);
    why.value = value; /* of 64 bits on every machine */
    why.expected = expected;
    smf_diagnosis_format(&why, line, sizeof line);
    return line;
}

static void architectures_are_told_by_name(void)
{
    CHECK_TEXT(line_of(SMF_DETAIL_OTHER_ARCH, SMF_ARCH_ARM, SMF_ARCH_X86_64), "made for arm, this is x86_64");
    CHECK_TEXT(line_of(SMF_DETAIL_OTHER_ARCH, SMF_ARCH_RISCV32, SMF_ARCH_RISCV64), "made for riscv32, this is riscv64");
    CHECK_TEXT(line_of(SMF_DETAIL_OTHER_ARCH, SMF_ARCH_AARCH64, 7), "made for aarch64, this is wasm64");
    CHECK_TEXT(line_of(SMF_DETAIL_OTHER_ARCH, 8, UINT64_C(1) << 32), "made for 8, this is 0x100000000");
}

static void bounds_are_told_by_name(void)
{
    static const struct {
        uint64_t bounds;
        const char *words;
    } sets[] = {
        {SMF_BOUND_COPY,                      "copy"                                                    },
        {SMF_BOUND_NUMBER,                    "number"                                                  },
        {SMF_BOUND_DROP | SMF_BOUND_EQUAL,    "drop, equal"                                             },
        {SMF_BOUND_HASH | SMF_BOUND_COMPARE,  "compare, hash"                                           },
        {SMF_BOUND_INTEGER | SMF_BOUND_FLOAT, "integer, float"                                          },
        {0xFF,                                "copy, drop, compare, equal, hash, integer, float, number"},
        {0x304,                               "compare, 0x300"                                          },
        {UINT64_C(1) << 63,                   "0x8000000000000000"                                      },
    };
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        char wanted[128];
        snprintf(wanted, sizeof wanted, ": the type lacks %s, which the parameter demands", sets[i].words);
        CHECK_TEXT(line_of(SMF_DETAIL_TYPE_BOUND, sets[i].bounds, 0), wanted);
    }
}

static const struct tap_case cases[] = {
    {"numbers_are_unique",                 numbers_are_unique                },
    {"numbers_fit_their_status",           numbers_fit_their_status          },
    {"a_detail_carries_its_status",        a_detail_carries_its_status       },
    {"texts_are_printable",                texts_are_printable               },
    {"what_is_counted_is_told_in_decimal", what_is_counted_is_told_in_decimal},
    {"architectures_are_told_by_name",     architectures_are_told_by_name    },
    {"bounds_are_told_by_name",            bounds_are_told_by_name           },
};
TAP_MAIN(cases)
