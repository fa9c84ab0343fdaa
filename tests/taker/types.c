/* SPDX-License-Identifier: MIT */
/*
 * types.c - names of types and of instances: what they are, that no two lists
 * of types give one name, and that nothing else is taken for a type.
 */
#include <string.h>

#include "harness/tap.h"
#include "taker/scene.h"

enum { ROOM = 40 };
static struct smf_type room[ROOM], other_room[ROOM];

static const struct smf_type *parse(const char *text)
{
    const struct smf_type *types = NULL;
    CHECK_STATUS(smf_types_parse(text, strlen(text), room, ROOM, &types), SMF_OK);
    return types;
}

static enum smf_status refuse(const char *text)
{
    const struct smf_type *types = NULL;
    return smf_types_parse(text, strlen(text), room, ROOM, &types);
}

static const char *mangle(const char *base, const char *types)
{
    static char text[512];
    size_t length = 0;
    CHECK_STATUS(smf_types_mangle(base, strlen(base), parse(types), text, sizeof text, &length), SMF_OK);
    CHECK_EQUAL(length, strlen(text));
    return text;
}

static const char *written(const char *type)
{
    static char text[512];
    size_t length = 0;
    CHECK_STATUS(smf_type_write(parse(type), text, sizeof text, &length), SMF_OK);
    CHECK_EQUAL(length, strlen(text));
    return text;
}

static void type_strings(void)
{
    static const char *const same[] = {"i8",   "i64",    "u8",   "u32",   "f32",    "f64",
                                       "bool", "string", "void", "Point", "unknown"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        CHECK_TEXT(written(same[i]), same[i]);
        CHECK_TEXT(strchr(mangle("f", same[i]), '$') + 1, same[i]);
    }
    CHECK_TEXT(written("str"), "string");
    CHECK_TEXT(written("text"), "string");
    CHECK_TEXT(written("[i64]"), "[i64]");
    CHECK_TEXT(written("arr_i64"), "[i64]");
    CHECK_TEXT(written("Map<str, Vec<[ u8 ]> >"), "Map<string,Vec<[u8]>>");
    CHECK(parse("") == NULL && parse("  ") == NULL);
}

static void type_string_array_contains_arr_i64(void) { CHECK_TEXT(mangle("f", "[i64]"), "f$arr_i64"); }

static void mangle_none(void) { CHECK_TEXT(mangle("Vec", ""), "Vec"); }
static void mangle_single(void) { CHECK_TEXT(mangle("Vec", "i64"), "Vec$i64"); }

/* SPEC [O12]. */
static void mangle_multi(void)
{
    CHECK_TEXT(mangle("Result", "i64, str"), "Result$i64_string");
    CHECK_TEXT(mangle("Option", "MyStruct"), "Option$MyStruct");
}

static void mangle_nested(void)
{
    CHECK_TEXT(mangle("f", "Map<string,i64>"), "f$Map$2string_i64");
    CHECK_TEXT(mangle("f", "Vec<i64>, u8"), "f$Vec$1i64_u8");
    CHECK_TEXT(mangle("f", "my_type"), "f$my$_type");
    CHECK_TEXT(mangle("f", "arr"), "f$arr$0");
    CHECK_TEXT(mangle("my_function", "arr_arr_Vec<arr_f32>"), "my_function$arr_arr_Vec$1arr_f32");
}

/* SPEC [O13]: lists that a careless mangling would mix up. */
static void no_two_lists_give_one_name(void)
{
    static const char *const lists[] = {"i64,i64",
                                        "i64_i64",
                                        "Vec<i64>,i64",
                                        "Vec<i64,i64>",
                                        "Vec,i64,i64",
                                        "arr,i64",
                                        "[i64]",
                                        "A_,B",
                                        "A,_B",
                                        "A__B",
                                        "A_B",
                                        "A,B",
                                        "Vec<Vec<i64>>",
                                        "Vec<Vec>,i64",
                                        "Vec<Vec,i64>",
                                        "[[i64]]",
                                        "[arr],i64",
                                        "arr,arr,i64",
                                        "Vec<[i64]>",
                                        "[Vec<i64>]",
                                        "Vec1,i64",
                                        "Vec<A>,B",
                                        "Vec<A,B>",
                                        "V<A<B,C>,D>",
                                        "V<A<B>,C,D>",
                                        "V<A<B,C,D>>",
                                        "_",
                                        "_,_",
                                        "__",
                                        "str",
                                        "void",
                                        "a<b<c<d<e<f>>>>>",
                                        "unknown",
                                        "Vec<Vec2>",
                                        "Vec2<Vec>"};
    static char names[sizeof lists / sizeof lists[0]][64];
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        strcpy(names[i], mangle("f", lists[i]));
        for (size_t k = 0; k < i; k++) {
            const struct smf_type *left = parse(lists[i]), *right = NULL;
            CHECK_STATUS(smf_types_parse(lists[k], strlen(lists[k]), other_room, ROOM, &right), SMF_OK);
            tap_check(strcmp(names[i], names[k]) != 0 && !smf_types_are_same(left, right), __FILE__, __LINE__,
                      "%s and %s are both %s", lists[i], lists[k], names[i]);
        }
    }
    /* Made by hand: a type that is only named like one that is built in. */
    const struct smf_type named = {.kind = SMF_TYPE_NAMED, .name = "i64", .name_size = 3};
    char text[32];
    size_t length;
    CHECK_STATUS(smf_types_mangle("f", 1, &named, text, sizeof text, &length), SMF_OK);
    CHECK_TEXT(text, "f$i64$0");
    CHECK(smf_types_are_same(parse("Map<a, [u8]>, f32"), parse("Map<a,[u8]>,f32")));
}

/* SPEC [O14]. */
static void names_that_are_asked_for_with_types(void)
{
    const struct smf_type *types = NULL;
    size_t base = 0;
    CHECK_STATUS(smf_types_split("sort<i64,Vec<u8>>", 17, &base, room, ROOM, &types), SMF_OK);
    CHECK_EQUAL(base, 4);
    CHECK_EQUAL(smf_types_count(types), 2);
    CHECK_STATUS(smf_types_split("sort$i64", 8, &base, room, ROOM, &types), SMF_OK);
    CHECK(base == 8 && types == NULL);
    static const char *const wrong[] = {"f<", "f<>", "f<i64", "<i64>", "f<i64>x", "f<i64>>", "f<,>", "f< >"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK_STATUS(smf_types_split(wrong[i], strlen(wrong[i]), &base, room, ROOM, &types), SMF_ERR_TYPE);
}

static void what_is_no_type_is_refused(void)
{
    static const char *const wrong[] = {",",        "i64,",  "i64 u8",  "Vec<>", "Vec<i64", "[i64",
                                        "[]",       "[a,b]", "i64<u8>", "1a",    "a$b",     "a-b",
                                        "Vec<i64]", "a>",    "]",       "arr_1", "(i64)"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        tap_check(refuse(wrong[i]) == SMF_ERR_TYPE, __FILE__, __LINE__, "'%s' is taken", wrong[i]);
    static const struct smf_type bad[] = {
        {.kind = SMF_TYPE_INT,   .bits = 7    },
        {.kind = SMF_TYPE_FLOAT, .bits = 16   },
        {.kind = SMF_TYPE_NAMED, .name = "a$b", .name_size = 3},
        {.kind = SMF_TYPE_NAMED,                      .name = "",              .name_size = 0},
        {.kind = SMF_TYPE_NAMED       },
        {.kind = SMF_TYPE_ARRAY              },
        {.kind = 99            },
        {.kind = SMF_TYPE_BOOL,  .arguments = &bad[0]       },
    };
    char text[64];
    size_t length;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_STATUS(smf_types_mangle("f", 1, &bad[i], text, sizeof text, &length), SMF_ERR_TYPE);
    CHECK_STATUS(smf_types_mangle("f$g", 3, parse("i64"), text, sizeof text, &length), SMF_ERR_TYPE);
    CHECK_STATUS(smf_types_mangle("f$g", 3, NULL, text, sizeof text, &length), SMF_OK);
}

static void depth_and_room_are_bounded(void)
{
    static const char deep[] = "a<a<a<a<a<a<a<a<a>>>>>>>>", deeper[] = "a<a<a<a<a<a<a<a<a<a>>>>>>>>>";
    const struct smf_type *types = NULL;
    char text[64];
    size_t length;
    CHECK_STATUS(refuse(deep), SMF_OK);
    CHECK_STATUS(refuse(deeper), SMF_ERR_LIMIT);
    CHECK_STATUS(refuse("[[[[[[[[[i64]]]]]]]]]"), SMF_ERR_LIMIT);
    CHECK_STATUS(refuse("arr_arr_arr_arr_arr_arr_arr_arr_i64"), SMF_OK);
    CHECK_STATUS(refuse("arr_arr_arr_arr_arr_arr_arr_arr_arr_i64"), SMF_ERR_LIMIT);
    CHECK_STATUS(refuse("arr_arr_arr_arr_a<arr_arr_arr_arr_i64>"), SMF_ERR_LIMIT);
    CHECK_STATUS(smf_types_parse("a,b<c>", 6, room, 2, &types), SMF_ERR_NO_SPACE);
    CHECK_STATUS(smf_types_parse("a,b<c>", 6, room, 3, &types), SMF_OK);
    struct smf_type chain[10];
    memset(chain, 0, sizeof chain);
    for (unsigned i = 0; i < 10; i++) {
        chain[i] = (struct smf_type){.kind = SMF_TYPE_ARRAY, .arguments = i < 9 ? &chain[i + 1] : NULL};
        if (i == 9)
            chain[i].kind = SMF_TYPE_BOOL;
    }
    CHECK_STATUS(smf_types_mangle("f", 1, chain, text, sizeof text, &length), SMF_ERR_LIMIT);
    CHECK_STATUS(smf_types_mangle("f", 1, chain + 1, text, sizeof text, &length), SMF_OK);
    CHECK(!smf_types_are_same(chain, chain));
    CHECK(smf_types_are_same(chain + 1, chain + 1));
    for (size_t capacity = 0; capacity < 12; capacity++) { /* f$i64_string */
        memset(text, 'x', sizeof text);
        CHECK_STATUS(smf_types_mangle("f", 1, parse("i64,string"), text, capacity, &length), SMF_ERR_NO_SPACE);
        CHECK(length == 12 && text[capacity] == 'x' && (capacity == 0 || strlen(text) == capacity - 1));
    }
    CHECK_STATUS(smf_types_mangle("f", 1, parse("i64,string"), text, 13, &length), SMF_OK);
}

static void check_substituted(const char *text, size_t count, const char *types, const char *wanted)
{
    static const char *const names[] = {"T", "U", "T7"};
    char into[128];
    size_t length = 0;
    CHECK_STATUS(smf_types_substitute(text, strlen(text), names, count, parse(types), into, sizeof into, &length),
                 SMF_OK);
    CHECK_TEXT(into, wanted);
    CHECK_EQUAL(length, strlen(wanted));
}

static void substitute_single(void)
{
    check_substituted("fn(T, Vec<T>) -> T", 1, "i64", "fn(i64, Vec<i64>) -> i64");
    check_substituted("Type T2 _T T_ 3T xT", 1, "i64", "Type T2 _T T_ 3T xT");
    check_substituted("", 1, "i64", "");
}

static void substitute_multi(void)
{
    check_substituted("Map<T,U>", 2, "string,Vec<u8>", "Map<string,Vec<u8>>");
    check_substituted("T7,T,U", 3, "a,b,[c]", "[c],a,b");
    char text[8];
    size_t length;
    static const char *const names[] = {"T", "U"};
    CHECK_STATUS(smf_types_substitute("T", 1, names, 2, parse("i64"), text, sizeof text, &length), SMF_ERR_TYPE);
    CHECK_STATUS(smf_types_substitute("T T T T", 7, names, 1, parse("i64"), text, sizeof text, &length),
                 SMF_ERR_NO_SPACE);
    CHECK(length == 15 && strlen(text) == 7);
}

/* SPEC [O6], with 1, 3, 7, 9 names and none. */
static void check_names(unsigned count, const char *wanted)
{
    char all[64] = "", name[SMF_PARAMETER_NAME_SIZE];
    for (unsigned i = 0; i < count; i++) {
        const size_t size = smf_parameter_name(i, name);
        CHECK_EQUAL(size, strlen(name));
        strcat(strcat(all, name), " ");
    }
    CHECK_TEXT(all, wanted);
}

static void parameter_names_1(void) { check_names(1, "T "); }
static void parameter_names_3(void) { check_names(3, "T U V "); }
static void parameter_names_7(void) { check_names(7, "T U V W X Y Z "); }
static void parameter_names_9(void) { check_names(9, "T U V W X Y Z T7 T8 "); }

static void parameter_names_0(void)
{
    char name[SMF_PARAMETER_NAME_SIZE];
    check_names(0, "");
    CHECK_EQUAL(smf_parameter_name(10, name), 3);
    CHECK_TEXT(name, "T10");
    CHECK_EQUAL(smf_parameter_name(UINT32_MAX, name), 11);
    CHECK_TEXT(name, "T4294967295");
}

static const struct tap_case cases[] = {
    {"type_strings",                        type_strings                       },
    {"type_string_array_contains_arr_i64",  type_string_array_contains_arr_i64 },
    {"mangle_none",                         mangle_none                        },
    {"mangle_single",                       mangle_single                      },
    {"mangle_multi",                        mangle_multi                       },
    {"mangle_nested",                       mangle_nested                      },
    {"no_two_lists_give_one_name",          no_two_lists_give_one_name         },
    {"names_that_are_asked_for_with_types", names_that_are_asked_for_with_types},
    {"what_is_no_type_is_refused",          what_is_no_type_is_refused         },
    {"depth_and_room_are_bounded",          depth_and_room_are_bounded         },
    {"substitute_single",                   substitute_single                  },
    {"substitute_multi",                    substitute_multi                   },
    {"parameter_names_1",                   parameter_names_1                  },
    {"parameter_names_3",                   parameter_names_3                  },
    {"parameter_names_7",                   parameter_names_7                  },
    {"parameter_names_9",                   parameter_names_9                  },
    {"parameter_names_0",                   parameter_names_0                  },
};
TAP_MAIN(cases)
