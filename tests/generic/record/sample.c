/* SPDX-License-Identifier: MIT */
/* sample.c - the record that sample.h describes. */
#include "generic/record/sample.h"

#define SHAPE(number, bytes, log2)                                                                                     \
    {                                                                                                                  \
        .type_class = SMF_SHAPE_##number, .size = bytes, .alignment_log2 = log2                                        \
    }
static const struct smf_shape any_any[] = {SHAPE(ANY, 0, 0), SHAPE(ANY, 0, 0)};
static const struct smf_shape plain_any[] = {SHAPE(PLAIN, 0, 0), SHAPE(ANY, 0, 0)};
static const struct smf_shape plain_24[] = {SHAPE(PLAIN, 24, 3), SHAPE(PLAIN, 3, 0)};
static const struct smf_shape typed[] = {SHAPE(FLOAT, 8, 3), SHAPE(POINTER, 8, 3)};
static const struct smf_shape typed_any[] = {SHAPE(UNSIGNED, 2, 1), SHAPE(ANY, 0, 0)};
static const uint32_t places[] = {0, 5};
/* clang-format off */
static const struct smf_write_unit_symbol symbols[] = {
    {.kind = SMF_UNIT_NUMBER, .what = SMF_UNIT_PLAIN, .parameter = 1, .slot = true},
    {.kind = SMF_UNIT_FUNCTION, .what = SMF_UNIT_HASH, .parameter = 0, .called = true, .slot = true},
    {.kind = SMF_UNIT_NAMED, .name = "add", .parameter = 1, .called = true},
    {.kind = SMF_UNIT_NEED, .what = 1, .called = true, .slot = true},
    {.kind = SMF_UNIT_IMPORT, .name = "memcpy", .called = true, .slot = true},
    {.kind = SMF_UNIT_WEAK, .name = "K"},
};
/* clang-format on */
static const struct smf_unit_relocation patches[] = {
    {.offset = 0, .type = 1,     .symbol = 0,             .addend = -4        },
    {.offset = 2, .type = 65535, .symbol = SMF_UNIT_SELF, .addend = 2147483647},
    {.offset = 2, .type = 0,     .symbol = SMF_UNIT_PAIR, .addend = 7         },
    {.offset = 7, .type = 0,     .symbol = 5,             .addend = INT32_MIN },
};
#define TEXT(string) .code = (const uint8_t *)(string), .size = sizeof(string) - 1
#define BESIDES .symbols = symbols, .symbol_count = 6, .relocations = patches, .relocation_count = 4
/* clang-format off */
static const struct smf_write_unit mixed[] = {
    {.format = SMF_UNIT_C, .arch = SMF_UNIT_NO_ARCH, .shapes = any_any, TEXT("int x;")},
    {.format = SMF_UNIT_CODE, .arch = 1, .shapes = any_any, .exports = places, TEXT("12345678"), BESIDES},
    {.format = SMF_UNIT_CODE, .arch = 2, .shapes = plain_any, .exports = places, TEXT("abcdefgh"), BESIDES},
    {.format = SMF_UNIT_CODE, .arch = 3, .shapes = typed, .exports = places, TEXT("ABCDEFGH"), BESIDES},
    {.format = SMF_UNIT_C, .arch = SMF_UNIT_NO_ARCH, .shapes = plain_24, TEXT("int y;")},
    {.format = SMF_UNIT_CODE, .arch = 4, .shapes = plain_24, .exports = places, TEXT("abc456"), .alignment_log2 = 12},
    {.format = SMF_UNIT_CODE, .arch = 5, .features = 7, .shapes = typed_any, .exports = places, TEXT("abc456")},
    {.format = SMF_UNIT_CODE, .arch = 6, .shapes = any_any, .exports = places, TEXT("87654321"), BESIDES},
};
/* clang-format on */
const uint8_t sample_order[] = {3, 5, 4, 6, 2, 1, 7, 0};

static const uint8_t get[] = {SMF_TERM_FUNCTION,
                              2,
                              SMF_TERM_POINTER,
                              SMF_TERM_NAMED,
                              3,
                              'M',
                              'a',
                              'p',
                              2,
                              0,
                              1,
                              SMF_TERM_ARRAY,
                              0,
                              SMF_TERM_FUNCTION,
                              1,
                              SMF_TERM_F64,
                              1};
static const uint8_t nothing[] = {SMF_TERM_FUNCTION, 0, SMF_TERM_VOID};
static const uint8_t one[] = {1}, two[] = {SMF_TERM_POINTER, 0, SMF_TERM_NIL};
static const struct smf_write_item functions[] = {
    {"map_get", get,     sizeof get    },
    {"map_new", nothing, sizeof nothing}
};
static const struct smf_write_item needed[] = {
    {"hash",    one, sizeof one},
    {"map_get", two, sizeof two}
};
static const struct smf_write_parameter parameters[] = {
    {"K", SMF_BOUND_EQUAL | SMF_BOUND_HASH},
    {"V", 0xFF                            }
};
const struct smf_write_record sample_map = {.kind = SMF_TEMPLATE_STRUCT,
                                            .parameters = parameters,
                                            .parameter_count = 2,
                                            .exports = functions,
                                            .export_count = 2,
                                            .needs = needed,
                                            .need_count = 2,
                                            .units = mixed,
                                            .unit_count = 8};
