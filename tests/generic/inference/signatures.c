/* SPDX-License-Identifier: MIT */
/* signatures.c - signatures and needs out of text: what they mean, and where a text stops being one. */
#include <stdio.h>
#include <string.h>

#include "generic/inference/scene.h"
#include "harness/tap.h"
#include "smf/format.h"
#include "smf/template_writer.h"

static struct smf_signature signature, need;
static struct smf_diagnosis why;

static enum smf_status parse(const char *text) { return smf_signature_parse(text, strlen(text), &signature, &why); }

static enum smf_status parse_need(const char *text)
{
    return smf_signature_parse_need(text, strlen(text), &signature, &need, &why);
}

/* The bytes of a term in hexadecimal. */
static const char *bytes_of(const struct smf_signature *of)
{
    static char text[2 * SMF_RECORD_TERM_MAX + 1];
    for (unsigned i = 0; i < of->term_size; i++)
        snprintf(text + (size_t)2 * i, 3, "%02x", of->term[i]);
    text[(size_t)2 * of->term_size] = '\0';
    return text;
}

static void the_example_of_the_format(void)
{
    CHECK_STATUS(parse("swap<T>(*T, *T)"), SMF_OK);
    CHECK(signature.name_size == 4 && memcmp(signature.name, "swap", 4) == 0);
    CHECK_EQUAL(signature.parameter_count, 1);
    CHECK(signature.parameters[0].name_size == 1 && signature.parameters[0].name[0] == 'T');
    CHECK_EQUAL(signature.parameters[0].bounds, 0);
    CHECK_TEXT(bytes_of(&signature), "23022000200010");
}

/* SPEC [V1]. */
static void every_form_of_type(void)
{
    static const struct {
        const char *text, *bytes;
    } forms[] = {
        {"f<T>()",                                "230010"                                                     },
        {"f<T>() -> T",                           "230000"                                                     },
        {"f<T>()->void",                          "230010"                                                     },
        {" f < T > ( \t T , T ) -> * T ",         "230200002000"                                               },
        {"f<T>(void, bool, i8, i16, i32, i64)",   "230610111213141510"                                         },
        {"f<T>(u8, u16, u32, u64, f32, f64)",     "2306161718191a1b10"                                         },
        {"f<T>(text, usize, isize, nil)",         "23041c1d1e1f10"                                             },
        {"f<T>(string, str)",                     "23021c1c10"                                                 },
        {"f<T>([]T, [T], **T, []*[]T)",           "2304210021002020002120210010"                               },
        {"f<T>(Vec, Vec<T>, M<T, Vec<u8>>)",      "23032203566563002203566563010022014d0200"
                                             "220356656301"
                                             "1610"                },
        {"f<T>((T) -> u8)",                       "230123010016"
                            "10"                                                    },
        {"f<T>((T))",                             "230123010010"
                      "10"                                                                },
        {"f<T>(() -> () -> T, u8) -> (T) -> u8",  "2302230023000016"
                                                 "23010016"    },
        {"f<T>([(T) -> []u8], Vec<() -> *T>)",    "2302212301002116220356656301230020"
                                               "0010"            },
        {"f<T>([[T]], ([T], *T) -> [T])",         "230221210023022100200021"
                                          "0010"                      },
        {"f<T, U>(U, T)",                         "2302010010"                                                 },
        {"f<Key, Value>(Key, Val, Value1) -> Ke", "230300220356616c00220656616c75653100"
                                                  "22024b6500"},
        {"f<_>(_, __)",                           "23020022025f5f0010"                                         },
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        tap_check(parse(forms[i].text) == SMF_OK, __FILE__, __LINE__, "'%s' is refused: wants %s at %u", forms[i].text,
                  why.name, (unsigned)why.offset);
        CHECK_TEXT(bytes_of(&signature), forms[i].bytes);
    }
}

static void parameters_and_bounds(void)
{
    CHECK_STATUS(parse("f<A: copy, B: drop + compare, C, D:equal+hash+integer+float+number>(A)"), SMF_OK);
    CHECK_EQUAL(signature.parameter_count, 4);
    CHECK_EQUAL(signature.parameters[0].bounds, SMF_BOUND_COPY);
    CHECK_EQUAL(signature.parameters[1].bounds, SMF_BOUND_DROP | SMF_BOUND_COMPARE);
    CHECK_EQUAL(signature.parameters[2].bounds, 0);
    CHECK_EQUAL(signature.parameters[3].bounds,
                SMF_BOUND_EQUAL | SMF_BOUND_HASH | SMF_BOUND_INTEGER | SMF_BOUND_FLOAT | SMF_BOUND_NUMBER);
    CHECK_STATUS(parse("f<A, B, C, D, E, F, G, H>(H)"), SMF_OK);
    CHECK_TEXT(bytes_of(&signature), "23010710");
    CHECK_STATUS(parse("f<A, B, C, D, E, F, G, H, I>(H)"), SMF_ERR_LIMIT);
    CHECK_EQUAL(why.expected, SMF_TEMPLATE_PARAMETERS_MAX);
}

static void needs(void)
{
    CHECK_STATUS(parse("reverse<T, U>(*T, usize)"), SMF_OK);
    CHECK_STATUS(parse_need("swap<T>"), SMF_OK);
    CHECK(need.name_size == 4 && memcmp(need.name, "swap", 4) == 0);
    CHECK_EQUAL(need.parameter_count, 1);
    CHECK_TEXT(bytes_of(&need), "00");
    CHECK_STATUS(parse_need(" put < *U, Vec<T>, (T) -> u8, i64 > "), SMF_OK);
    CHECK_EQUAL(need.parameter_count, 4);
    CHECK_TEXT(bytes_of(&need), "2001220356656301002301001615");
    CHECK_STATUS(smf_signature_parse_need("g<T>", 4, NULL, &need, NULL), SMF_OK);
    CHECK_TEXT(bytes_of(&need), "22015400");
    static const struct {
        const char *text;
        unsigned offset;
    } wrong[] = {
        {"",        0},
        {"g",       1},
        {"g<",      2},
        {"g<>",     2},
        {"g<T",     3},
        {"g<T,",    4},
        {"g<T,>",   4},
        {"g<T>x",   4},
        {"g<T>()",  4},
        {"g<T>>",   4},
        {"g<T]>",   3},
        {"<T>",     0},
        {"g<T: x>", 3},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK_STATUS(parse_need(wrong[i].text), SMF_ERR_TYPE);
        tap_check(why.offset == wrong[i].offset, __FILE__, __LINE__, "'%s' is wrong at %u, not %u", wrong[i].text,
                  (unsigned)why.offset, wrong[i].offset);
    }
    CHECK_STATUS(parse_need("g<T,T,T,T,T,T,T,T>"), SMF_OK);
    CHECK_STATUS(parse_need("g<T,T,T,T,T,T,T,T,T>"), SMF_ERR_LIMIT);
}

/* Each kind of mistake, and where it is. SPEC [V2]. */
static void each_place_of_a_mistake(void)
{
    static const struct {
        const char *text, *wanted;
        unsigned offset;
    } wrong[] = {
        {"",                "a name",                            0 },
        {"  ",              "a name",                            2 },
        {"1<T>(T)",         "a name",                            0 },
        {"f",               "'<'",                               1 },
        {"f(T)",            "'<'",                               1 },
        {"f$<T>(T)",        "'<'",                               1 },
        {"f<",              "a type parameter",                  2 },
        {"f<>(T)",          "a type parameter",                  2 },
        {"f<T,>(T)",        "a type parameter",                  4 },
        {"f<T,T>(T)",       "another name for a type parameter", 4 },
        {"f<i64>(i64)",     "another name for a type parameter", 2 },
        {"f<text>(i64)",    "another name for a type parameter", 2 },
        {"f<str>(i64)",     "another name for a type parameter", 2 },
        {"f<unknown>(i64)", "another name for a type parameter", 2 },
        {"f<T:>(T)",        "a bound",                           4 },
        {"f<T: big>(T)",    "a bound",                           5 },
        {"f<T: copyx>(T)",  "a bound",                           5 },
        {"f<T: cop>(T)",    "a bound",                           5 },
        {"f<T: copy +>(T)", "a bound",                           11},
        {"f<T: copy hash>", "':', ',' or '>'",                   10},
        {"f<T",             "':', ',' or '>'",                   3 },
        {"f<T>",            "'('",                               4 },
        {"f<T> T",          "'('",                               5 },
        {"f<T>(",           "a type",                            5 },
        {"f<T>(T",          "',' or ')'",                        6 },
        {"f<T>(T,",         "a type",                            7 },
        {"f<T>(T,)",        "a type",                            7 },
        {"f<T>(T U)",       "',' or ')'",                        7 },
        {"f<T>(T<u8>)",     "',' or ')'",                        6 },
        {"f<T>(u8<u8>)",    "',' or ')'",                        7 },
        {"f<T>(Vec<>)",     "a type",                            9 },
        {"f<T>(Vec<T)",     "',' or '>'",                        10},
        {"f<T>([T)",        "']'",                               7 },
        {"f<T>([T, T])",    "']'",                               7 },
        {"f<T>([])",        "a type",                            7 },
        {"f<T>(*)",         "a type",                            6 },
        {"f<T>(T) ->",      "a type",                            10},
        {"f<T>(T) - > T",   "nothing more",                      8 },
        {"f<T>(T))",        "nothing more",                      7 },
        {"f<T>(T) -> T x",  "nothing more",                      13},
        {"f<T>(unknown)",   "a type that is known",              5 },
        {"f<T>(4)",         "a type",                            5 },
        {"f<T>(?a)",        "a type",                            5 },
        {"f<T>(Vec<4, T>)", "a type",                            9 },
        {"f<T>(a.b)",       "',' or ')'",                        6 },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        tap_check(parse(wrong[i].text) == SMF_ERR_TYPE && strcmp(why.name, wrong[i].wanted) == 0 &&
                      why.offset == wrong[i].offset,
                  __FILE__, __LINE__, "'%s' wants %s at %u, not %s at %u", wrong[i].text, why.name,
                  (unsigned)why.offset, wrong[i].wanted, wrong[i].offset);
        CHECK_STATUS(smf_signature_parse(wrong[i].text, strlen(wrong[i].text), &signature, NULL), SMF_ERR_TYPE);
    }
}

/* A text need not end in a NUL; cut anywhere, it is refused or means less, and nothing behind the cut is looked at. */
static void every_end_of_a_text(void)
{
    static const char head[] = "map_get<K: hash + equal, V>(*Map<K, []V>, [(K) -> V])";
    static const char text[] = "map_get<K: hash + equal, V>(*Map<K, []V>, [(K) -> V]) -> *V";
    char copy[sizeof text];
    for (size_t size = 0; size < sizeof text - 1; size++) {
        memset(copy, 0, sizeof copy);
        memcpy(copy, text, size);
        copy[size] = '>'; /* what would make sense in many places */
        const enum smf_status status = smf_signature_parse(copy, size, &signature, &why);
        const bool whole = size == sizeof head - 1 || size == sizeof head; /* with the blank behind it */
        CHECK_STATUS(status, whole ? SMF_OK : SMF_ERR_TYPE);
        CHECK(status == SMF_OK || why.offset <= size);
    }
    CHECK_STATUS(smf_signature_parse("f<T>(T)\0", 8, &signature, &why), SMF_ERR_TYPE);
    CHECK_STATUS(smf_signature_parse("f<T>(T\0)", 8, &signature, &why), SMF_ERR_TYPE);
}

/* SPEC [V3]. */
static void what_is_too_much(void)
{
    static char text[1200];
    size_t at = 0;
    strcpy(text, "f<T>(");
    for (at = 5; at < 5 + 15; at++)
        text[at] = '[';
    strcpy(text + at, "T]]]]]]]]]]]]]]])");
    CHECK_STATUS(parse(text), SMF_OK); /* 16 with the signature's own bracket */
    text[5 + 15] = '[';
    strcpy(text + 5 + 16, "T]]]]]]]]]]]]]]]])");
    CHECK_STATUS(parse(text), SMF_ERR_LIMIT);
    CHECK_EQUAL(why.expected, SMF_SIGNATURE_DEPTH);

    strcpy(text, "f<T>(");
    for (at = 5; at < 5 + 251; at++)
        text[at] = '*';
    strcpy(text + at, "T)"); /* 23 01, 251 pointers, 00, 10: 255 bytes */
    CHECK_STATUS(parse(text), SMF_OK);
    CHECK_EQUAL(signature.term_size, SMF_RECORD_TERM_MAX);
    text[at] = '*';
    strcpy(text + at + 1, "T)");
    CHECK_STATUS(parse(text), SMF_ERR_NO_SPACE);
    CHECK_EQUAL(why.expected, SMF_RECORD_TERM_MAX);

    memset(text, 'n', 255);
    strcpy(text + 255, "<T>(T)");
    CHECK_STATUS(parse(text), SMF_OK);
    CHECK_EQUAL(signature.name_size, 255);
    memset(text, 'n', 256);
    strcpy(text + 256, "<T>(T)");
    CHECK_STATUS(parse(text), SMF_ERR_LIMIT);
}

/* A record whose only export is the signature that was parsed last. */
static const char *written(size_t capacity)
{
    static uint8_t bytes[2048];
    static char into[512];
    static char names[SMF_TEMPLATE_PARAMETERS_MAX + 1][300];
    struct smf_write_parameter parameters[SMF_TEMPLATE_PARAMETERS_MAX];
    struct smf_shape shapes[SMF_TEMPLATE_PARAMETERS_MAX] = {{.type_class = SMF_SHAPE_ANY}};
    static const uint32_t places[1];
    for (uint32_t i = 0; i < signature.parameter_count; i++) {
        snprintf(names[i], sizeof names[i], "%.*s", signature.parameters[i].name_size, signature.parameters[i].name);
        parameters[i] = (struct smf_write_parameter){names[i], signature.parameters[i].bounds};
    }
    char *name = names[SMF_TEMPLATE_PARAMETERS_MAX];
    snprintf(name, sizeof names[0], "%.*s", (int)signature.name_size, signature.name);
    const struct smf_write_item export = {name, signature.term, signature.term_size};
    const struct smf_write_unit unit = {.shapes = shapes,
                                        .exports = places,
                                        .code = (const uint8_t *)"code",
                                        .size = 4,
                                        .format = SMF_UNIT_CODE,
                                        .arch = SMF_ARCH_X86_64};
    const struct smf_write_record record = {.parameters = parameters,
                                            .exports = &export,
                                            .units = &unit,
                                            .parameter_count = (uint8_t)signature.parameter_count,
                                            .export_count = 1,
                                            .unit_count = 1};
    struct smf_record opened;
    size_t size = 0;
    CHECK_STATUS(smf_record_write(&record, bytes, sizeof bytes, &size, &why), SMF_OK);
    CHECK_STATUS(smf_record_open(&opened, bytes, size, &why), SMF_OK);
    memset(into, 'x', sizeof into);
    const size_t length = smf_signature_write(&opened, 0, into, capacity);
    if (capacity == 0) {
        into[0] = '\0';
        return into;
    }
    CHECK(capacity <= length ? strlen(into) == capacity - 1 : strlen(into) == length);
    CHECK_EQUAL(into[capacity], 'x');
    return into;
}

/* What is written is what was read, but for blanks; and it is read as the same. */
static void signatures_are_written_as_they_are_read(void)
{
    static const char *const texts[] = {
        "f<T>()",
        "f<T>() -> T",
        "sort<T: compare>(*T, usize)",
        "map_get<K: equal + hash, V>(*Map<K, V>, *K) -> *V",
        "f<A: copy + drop + compare + equal + hash + integer + float + number>(A)",
        "f<T>(void, bool, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, text, usize, isize, nil) -> nil",
        "f<T>([]T, []*[]T, **T)",
        "f<T>(() -> void, (T) -> void) -> *void",
        "f<T>() -> () -> T",
        "f<T>(() -> () -> T, u8) -> (T) -> u8",
        "f<T>(A<B<C<T>, D>, E>, F<(T, T) -> G<T>>)",
        "f<T>(((((T) -> T) -> T) -> T) -> T) -> T",
        "f<A, B, C, D, E, F, G, H>(H, G, F, E, D, C, B, A)",
        "f<T>() -> ()",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        CHECK_STATUS(parse(texts[i]), SMF_OK);
        CHECK_TEXT(written(400), texts[i]);
    }
    CHECK_STATUS(parse("f<T>(T) -> void"), SMF_OK);
    CHECK_TEXT(written(400), "f<T>(T)");
}

static void writing_is_cut_to_its_room(void)
{
    static const char text[] = "map<A: copy, B>([]A, (A) -> B) -> []B";
    CHECK_STATUS(parse(text), SMF_OK);
    for (size_t capacity = 0; capacity < sizeof text; capacity++)
        CHECK(strncmp(written(capacity), text, capacity == 0 ? 0 : capacity - 1) == 0);
}

/* As deep as the bytes of a term allow. */
static void the_deepest_terms_are_written(void)
{
    CHECK_STATUS(parse("f<T>()"), SMF_OK);
    unsigned size = 0;   /* made by hand: deeper than a text may be */
    while (size < 168) { /* 23 01 .. and as many results */
        signature.term[size++] = SMF_TERM_FUNCTION;
        signature.term[size++] = 1;
    }
    const unsigned depth = size / 2;
    for (unsigned i = 0; i <= depth; i++)
        signature.term[size++] = i == 0 ? 0 : SMF_TERM_NIL;
    signature.term_size = (uint8_t)size;
    CHECK(strncmp(written(500), "f<T>((((((((", 12) == 0);
    size = 0;
    signature.term[size++] = SMF_TERM_FUNCTION;
    signature.term[size++] = 0;
    while (size < SMF_RECORD_TERM_MAX - 1)
        signature.term[size++] = SMF_TERM_POINTER;
    signature.term[size++] = 0;
    signature.term_size = (uint8_t)size;
    CHECK(strncmp(written(500), "f<T>() -> ****", 14) == 0);
}

static const struct tap_case cases[] = {
    {"the_example_of_the_format",               the_example_of_the_format              },
    {"every_form_of_type",                      every_form_of_type                     },
    {"parameters_and_bounds",                   parameters_and_bounds                  },
    {"needs",                                   needs                                  },
    {"each_place_of_a_mistake",                 each_place_of_a_mistake                },
    {"every_end_of_a_text",                     every_end_of_a_text                    },
    {"what_is_too_much",                        what_is_too_much                       },
    {"signatures_are_written_as_they_are_read", signatures_are_written_as_they_are_read},
    {"writing_is_cut_to_its_room",              writing_is_cut_to_its_room             },
    {"the_deepest_terms_are_written",           the_deepest_terms_are_written          },
};
TAP_MAIN(cases)
