/* SPDX-License-Identifier: MIT */
/*
 * types.c - pointers, functions, vectors and variables as types, and mangled names taken apart again: that
 * what comes out of a name is what went in shows that no two lists of types give one name.
 */
#include <stdio.h>
#include <string.h>

#include "harness/tap.h"
#include "smf/types.h"

enum { ROOM = 64 };
static struct smf_type room[ROOM], other_room[ROOM];
static char names[512];

static const struct smf_type *parse(const char *text)
{
    const struct smf_type *types = NULL;
    const enum smf_status status = smf_types_parse(text, strlen(text), room, ROOM, &types);
    tap_check(status == SMF_OK, __FILE__, __LINE__, "'%s' is refused: %s", text, smf_status_name(status));
    return types;
}

static const char *written(const struct smf_type *type)
{
    static char text[512];
    size_t length = 0;
    CHECK_STATUS(smf_type_write(type, text, sizeof text, &length), SMF_OK);
    CHECK_EQUAL(length, strlen(text));
    return text;
}

static const char *mangled(const struct smf_type *types)
{
    static char text[1024];
    size_t length = 0;
    CHECK_STATUS(smf_types_mangle("f", 1, types, text, sizeof text, &length), SMF_OK);
    return text;
}

static enum smf_status demangle(const char *text, const struct smf_type **types)
{
    size_t base = 0;
    const enum smf_status status =
        smf_types_demangle(text, strlen(text), &base, names, sizeof names, other_room, ROOM, types);
    if (status == SMF_OK)
        CHECK(base == strcspn(text, "$"));
    else
        CHECK(*types == NULL);
    return status;
}

static const struct {
    const char *text, *written, *mangled;
} forms[] = {
    {"*i64",                    "*i64",                    "ptr_i64"              },
    {"ptr_i64",                 "*i64",                    "ptr_i64"              },
    {" * * u8 ",                "**u8",                    "ptr_ptr_u8"           },
    {"[]i64",                   "[i64]",                   "arr_i64"              },
    {"*[]*[u8]",                "*[*[u8]]",                "ptr_arr_ptr_arr_u8"   },
    {"ptr_arr_x",               "*[x]",                    "ptr_arr_x"            },
    {"*Vec<*T>",                "*Vec<*T>",                "ptr_Vec$1ptr_T"       },
    {"(i64) -> bool",           "(i64)->bool",             "fn1_i64_bool"         },
    {"()->void",                "()->void",                "fn0_void"             },
    {"( i64 , *u8 ) -> string", "(i64,*u8)->string",       "fn2_i64_ptr_u8_string"},
    {"()->()->u8",              "()->()->u8",              "fn0_fn0_u8"           },
    {"(()->u8)->()->u8",        "(()->u8)->()->u8",        "fn1_fn0_u8_fn0_u8"    },
    {"*(T)->*U",                "*(T)->*U",                "ptr_fn1_T_ptr_U"      },
    {"[(T)->U]",                "[(T)->U]",                "arr_fn1_T_U"          },
    {"Vec<()->u8>",             "Vec<()->u8>",             "Vec$1fn0_u8"          },
    {"Map<(T)->U,V>",           "Map<(T)->U,V>",           "Map$2fn1_T_U_V"       },
    {"simd<4,f32>",             "simd<4,f32>",             "simd4_f32"            },
    {"simd < 65535 , *u8 >",    "simd<65535,*u8>",         "simd65535_ptr_u8"     },
    {"Vec<simd<2,simd<2,u8>>>", "Vec<simd<2,simd<2,u8>>>", "Vec$1simd2_simd2_u8"  },
    {"simd<T>",                 "simd<T>",                 "simd$1T"              },
    {"simd",                    "simd",                    "simd"                 },
    {"simd4",                   "simd4",                   "simd4$0"              },
    {"simd4<u8>",               "simd4<u8>",               "simd4$1u8"            },
    {"fn",                      "fn",                      "fn"                   },
    {"fn2",                     "fn2",                     "fn2$0"                },
    {"fn2x",                    "fn2x",                    "fn2x"                 },
    {"fn02",                    "fn02",                    "fn02$0"               },
    {"fn2_a",                   "fn2_a",                   "fn2$_a"               },
    {"fn99999999999",           "fn99999999999",           "fn99999999999$0"      },
    {"ptr",                     "ptr",                     "ptr$0"                },
    {"ptr<ptr>",                "ptr<ptr>",                "ptr$1ptr$0"           },
    {"ptr_",                    "ptr_",                    "ptr$_"                },
    {"usize",                   "usize",                   "usize"                },
};

static void new_kinds_are_read_written_and_mangled(void)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const struct smf_type *types = parse(forms[i].text), *back = NULL;
        CHECK_TEXT(written(types), forms[i].written);
        CHECK_TEXT(mangled(types) + 2, forms[i].mangled);
        CHECK_STATUS(demangle(mangled(types), &back), SMF_OK);
        tap_check(smf_types_are_same(types, back), __FILE__, __LINE__, "%s comes back as another type", forms[i].text);
        CHECK_TEXT(written(back), forms[i].written);
    }
    const struct smf_type *types = parse("(a,b)->c,*d,simd<2,e>,[]f");
    CHECK_EQUAL(smf_types_count(types), 4);
    CHECK_TEXT(mangled(types), "f$fn2_a_b_c_ptr_d_simd2_e_arr_f");
}

static void variables_have_no_mangled_name(void)
{
    char text[16];
    size_t length;
    CHECK_TEXT(written(parse("?T")), "?T");
    CHECK_TEXT(written(parse("Vec< ?x >")), "Vec<?x>");
    CHECK_STATUS(smf_types_mangle("f", 1, parse("?T"), text, sizeof text, &length), SMF_ERR_TYPE);
    CHECK_STATUS(smf_types_mangle("f", 1, parse("Vec<*?T>"), text, sizeof text, &length), SMF_ERR_TYPE);
    const struct smf_type *types = NULL;
    CHECK_STATUS(smf_types_parse("?T", 2, other_room, ROOM, &types), SMF_OK);
    CHECK(!smf_types_are_same(types, parse("T")) && !smf_types_are_same(types, parse("?U")));
    CHECK(smf_types_are_same(types, parse("?T")));
    CHECK_STATUS(smf_types_parse("simd<4,u8>", 10, other_room, ROOM, &types), SMF_OK);
    CHECK(!smf_types_are_same(types, parse("simd<8,u8>")) && smf_types_are_same(types, parse("simd<4,u8>")));
}

static void what_is_no_new_kind(void)
{
    static const char *const wrong[] = {
        "*",
        "*,a",
        "[]",
        "[]]",
        "(",
        "()",
        "()-",
        "()->",
        "()->,a",
        "(a",
        "(a,",
        "(a,)",
        "(a)",
        "(a)b",
        "(a)-> ",
        "(,)->a",
        "(a]->b",
        "(a)->b)",
        "(a)- >b",
        "Vec<(a)>",
        "simd<4>",
        "simd<4,>",
        "simd<4,a",
        "simd<4,a,b>",
        "simd<0,a>",
        "simd<04,a>",
        "simd<65536,a>",
        "simd<65537,a>",
        "simd<99999999999,a>",
        "simd<-1,a>",
        "?",
        "??a",
        "?1",
        "?a<b>",
        "*?",
        "a*",
        "a->b",
        "->a",
        "ptr_1",
        "*i64<u8>",
        "()->a>",
        "[()->a",
        "(a)->b->c",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct smf_type *types = NULL;
        const enum smf_status status = smf_types_parse(wrong[i], strlen(wrong[i]), room, ROOM, &types);
        tap_check(status == SMF_ERR_TYPE, __FILE__, __LINE__, "'%s' is taken", wrong[i]);
    }
    const struct smf_type element = {.kind = SMF_TYPE_BOOL}, two = {.kind = SMF_TYPE_BOOL, .next = &element};
    const struct smf_type bad[] = {
        {.kind = SMF_TYPE_POINTER },
        {.kind = SMF_TYPE_FUNCTION},
        {.kind = SMF_TYPE_SIMD,     .lanes = 4},
        {.kind = SMF_TYPE_VARIABLE                        },
        {.kind = SMF_TYPE_POINTER, .arguments = &two},
        {.kind = SMF_TYPE_SIMD,        .arguments = &two, .lanes = 4},
        {.kind = SMF_TYPE_SIMD,     .arguments = &element},
        {.kind = SMF_TYPE_VARIABLE,               .name = "a$", .name_size = 2},
        {.kind = SMF_TYPE_VARIABLE,     .name = "a", .name_size = 1, .arguments = &element},
        {.kind = SMF_TYPE_VARIABLE + 1                        },
    };
    char text[16];
    size_t length;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_STATUS(smf_type_write(&bad[i], text, sizeof text, &length), SMF_ERR_TYPE);
        CHECK_STATUS(smf_types_mangle("f", 1, &bad[i], text, sizeof text, &length), SMF_ERR_TYPE);
    }
}

static void depth_of_new_kinds_is_bounded(void)
{
    static const struct {
        const char *text;
        enum smf_status status;
    } depths[] = {
        {"********a",                                      SMF_OK       },
        {"*********a",                                     SMF_ERR_LIMIT},
        {"ptr_arr_ptr_arr_ptr_arr_ptr_arr_a",              SMF_OK       },
        {"ptr_arr_ptr_arr_ptr_arr_ptr_arr_ptr_a",          SMF_ERR_LIMIT},
        {"()->()->()->()->()->()->()->()->a",              SMF_OK       },
        {"()->()->()->()->()->()->()->()->()->a",          SMF_ERR_LIMIT},
        {"((((((((a)->b)->b)->b)->b)->b)->b)->b)->b",      SMF_OK       },
        {"(((((((((a)->b)->b)->b)->b)->b)->b)->b)->b)->b", SMF_ERR_LIMIT},
        {"[*(a,*[*([b])->c])->d],********e",               SMF_OK       }, /* each starts anew */
        {"()->a,()->()->()->()->()->()->()->()->a",        SMF_OK       },
        {"*simd<2,[*Vec<*()->*a>]>",                       SMF_OK       },
        {"*simd<2,[*Vec<*()->**a>]>",                      SMF_ERR_LIMIT},
    };
    for (size_t i = 0; i < sizeof depths / sizeof depths[0]; i++) {
        const struct smf_type *types = NULL;
        const enum smf_status status = smf_types_parse(depths[i].text, strlen(depths[i].text), room, ROOM, &types);
        tap_check(status == depths[i].status, __FILE__, __LINE__, "'%s': %s", depths[i].text, smf_status_name(status));
        for (size_t capacity = 0; status == SMF_OK && capacity < ROOM; capacity++)
            if (smf_types_parse(depths[i].text, strlen(depths[i].text), room, capacity, &types) == SMF_OK)
                break;
            else
                CHECK_STATUS(smf_types_parse(depths[i].text, strlen(depths[i].text), room, capacity, &types),
                             SMF_ERR_NO_SPACE);
    }
    const struct smf_type *back = NULL;
    CHECK_STATUS(demangle(mangled(parse("********a")), &back), SMF_OK);
    CHECK_STATUS(demangle("f$ptr_ptr_ptr_ptr_ptr_ptr_ptr_ptr_ptr_a", &back), SMF_ERR_LIMIT);
}

static void parameters_are_replaced_by_new_kinds(void)
{
    static const char *const named[] = {"T", "U"};
    char text[64];
    size_t length;
    CHECK_STATUS(
        smf_types_substitute("fn(T, Vec<U>)", 13, named, 2, parse("*u8,(i64)->bool"), text, sizeof text, &length),
        SMF_OK);
    CHECK_TEXT(text, "fn(*u8, Vec<(i64)->bool>)");
}

/* ---- Names taken apart ---- */

static uint32_t state;

static uint32_t random_below(uint32_t limit)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return (state >> 8) % limit;
}

static unsigned used;

/* A random type, one that is easily mistaken for another. */
static struct smf_type *make(unsigned depth)
{
    static const char *const words[] = {"a",  "_",     "_a",    "a_",      "arr",  "ptr",   "fn1",
                                        "fn", "simd2", "i64",   "string",  "str",  "void",  "Vec",
                                        "V1", "fn1_a", "arr_a", "unknown", "a__1", "simd0", "fn01"};
    static const uint8_t bits[] = {8, 16, 32, 64};
    struct smf_type *type = &room[used++];
    const unsigned kind = depth == 0 || used + 12 > ROOM ? random_below(7) : random_below(13);
    unsigned arguments = 0;
    memset(type, 0, sizeof *type);
    if (kind < SMF_TYPE_NAMED) {
        type->kind = (uint8_t)kind;
        type->bits = kind == SMF_TYPE_INT ? bits[random_below(4)] : kind == SMF_TYPE_FLOAT ? 32 : 0;
        type->is_signed = kind == SMF_TYPE_INT && random_below(2) != 0;
        return type;
    }
    type->kind = (uint8_t)(kind > SMF_TYPE_SIMD ? SMF_TYPE_NAMED : kind);
    arguments = type->kind == SMF_TYPE_NAMED ? kind == SMF_TYPE_NAMED ? 0 : random_below(4) : 1;
    if (type->kind == SMF_TYPE_NAMED) {
        type->name = words[random_below(sizeof words / sizeof words[0])];
        type->name_size = strlen(type->name);
    }
    if (type->kind == SMF_TYPE_FUNCTION)
        arguments = 1 + random_below(3);
    type->lanes = type->kind == SMF_TYPE_SIMD ? (uint16_t)(1 + random_below(12)) : 0;
    const struct smf_type **tail = &type->arguments;
    for (; arguments != 0; arguments--) {
        struct smf_type *argument = make(depth - 1);
        *tail = argument;
        tail = &argument->next;
    }
    return type;
}

static void random_lists_come_back(void)
{
    for (uint32_t seed = 1; seed <= 2000; seed++) {
        const struct smf_type *back = NULL;
        state = seed * 2654435761u;
        used = 0;
        struct smf_type *types = make(3);
        if (random_below(2) != 0 && used + 20 < ROOM)
            types->next = make(2);
        const char *text = mangled(types);
        const enum smf_status status = demangle(text, &back);
        tap_check(status == SMF_OK && smf_types_are_same(types, back), __FILE__, __LINE__, "seed %u: %s, %s",
                  (unsigned)seed, text, smf_status_name(status));
    }
}

/* What is taken apart is put together to the same name: nothing else is taken. */
static void only_mangled_names_are_taken_apart(void)
{
    static const char letters[] = "$_0129afnrtpsimdV", *const starts[] = {"",    "fn", "arr_", "simd2_",
                                                                          "V$2", "V$", "i64"};
    unsigned taken = 0;
    for (uint32_t seed = 1; seed <= 20000; seed++) {
        char text[32] = "f$";
        const struct smf_type *types = NULL;
        state = seed * 2654435761u;
        strcat(text, starts[random_below(7)]);
        for (unsigned i = random_below(8); i != 0; i--) {
            const char letter[2] = {letters[random_below(sizeof letters - 1)]};
            strcat(text, letter);
        }
        if (demangle(text, &types) != SMF_OK)
            continue;
        taken++;
        CHECK_TEXT(mangled(types), text);
    }
    CHECK(taken > 1000);
}

static void what_is_no_mangled_name(void)
{
    static const char *const wrong[] = {
        "f$",
        "f$$",
        "f$1",
        "f$a_",
        "f$a__b",
        "f$_",
        "f$_a",
        "f$a$",
        "f$a$0",
        "f$i64$1",
        "f$Vec$1",
        "f$Vec$1_a",
        "f$Vec$01a",
        "f$Vec$2a",
        "f$Vec$2a_",
        "f$Vec$16777216a",
        "f$arr",
        "f$arr_",
        "f$ptr",
        "f$fn1",
        "f$fn1_a",
        "f$fn1-a_b",
        "f$simd2.a",
        "f$fn4294967297_a_b",
        "f$fn18446744073709551617_a_b",
        "f$fn01_a_b",
        "f$simd0_a",
        "f$simd4",
        "f$simd65536_a",
        "f$str$0",
        "f$a-b",
        "f$a b",
        "f$a,b",
        "f$Vec<a>",
        "f$fn99999999999",
        "f$i64x$",
    };
    const struct smf_type *types = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        tap_check(demangle(wrong[i], &types) == SMF_ERR_TYPE, __FILE__, __LINE__, "'%s' is taken", wrong[i]);
    CHECK_STATUS(demangle("Vec", &types), SMF_OK);
    CHECK(types == NULL);
    CHECK_STATUS(demangle("f$str", &types), SMF_OK); /* a name, not a word: that is string */
    CHECK(types != NULL && types->kind == SMF_TYPE_NAMED);
    CHECK_STATUS(demangle("f$i64$0", &types), SMF_OK);
    CHECK(types != NULL && types->kind == SMF_TYPE_NAMED && types->name_size == 3);
}

static void taking_apart_needs_room(void)
{
    static const char text[] = "f$Map$2my$_key_arr_i64_fn0_my$_value";
    const struct smf_type *types = NULL;
    size_t base = 0, needed = 0;
    for (size_t capacity = 0; capacity < 6; capacity++)
        CHECK_STATUS(smf_types_demangle(text, strlen(text), &base, names, sizeof names, room, capacity, &types),
                     SMF_ERR_NO_SPACE);
    CHECK_STATUS(smf_types_demangle(text, strlen(text), &base, names, sizeof names, room, 6, &types), SMF_OK);
    CHECK_EQUAL(base, 1);
    while (smf_types_demangle(text, strlen(text), &base, names, needed, room, 6, &types) == SMF_ERR_NO_SPACE)
        needed++;
    CHECK(needed > 14 && needed <= strlen(text));
    for (size_t size = 0; size < strlen(text); size++) { /* cut anywhere */
        const enum smf_status status =
            smf_types_demangle(text, size, &base, names, sizeof names, other_room, ROOM, &types);
        CHECK(status == SMF_OK || status == SMF_ERR_TYPE);
        if (status == SMF_OK && types != NULL)
            CHECK(strncmp(mangled(types), text, size) == 0 && strlen(mangled(types)) == size);
        else
            CHECK(types == NULL && (status == SMF_ERR_TYPE) == (size > 1));
    }
}

/* ---- Cells of note.sdn as others compare them ---- */

static void cells_as_others_compare_them(void)
{
    static const struct {
        const char *cell, *normal;
    } cells[] = {
        {"i64",                    "Int"                        },
        {"i32,i16,i8,Int,int",     "Int,Int,Int,Int,Int"        },
        {"f64,f32,Float,float",    "Float,Float,Float,Float"    },
        {"text,String,str,string", "String,String,String,String"},
        {"bool,Bool",              "Bool,Bool"                  },
        {"nil,Nil,()",             "Nil,Nil,Nil"                },
        {" i64 ,\tu8 , Point ",    "Int,u8,Point"               },
        {"u64,i128,i6,i644,ints",  "u64,i128,i6,i644,ints"      },
        {"Vec<i64>,Map<i64, i32>", "Vec<i64>,Map<i64, i32>"     },
        {"(i64,i32)->i64,i64",     "(i64,i32)->i64,Int"         },
        {"[i64],i64",              "[i64],Int"                  },
        {"a>,i64",                 "a>,Int"                     },
        {"V<()->a,i64,b>,i64",     "V<()->a,i64,b>,Int"         },
        {"",                       ""                           },
        {",",                      ","                          },
        {"i64,",                   "Int,"                       },
        {"  ",                     ""                           },
    };
    char text[64];
    size_t length = 0;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        CHECK_STATUS(smf_types_normal(cells[i].cell, strlen(cells[i].cell), text, sizeof text, &length), SMF_OK);
        CHECK_TEXT(text, cells[i].normal);
        CHECK_EQUAL(length, strlen(cells[i].normal));
    }
    for (size_t capacity = 0; capacity < 12; capacity++) { /* String,Bool */
        memset(text, 'x', sizeof text);
        const enum smf_status status = smf_types_normal("str,bool", 8, text, capacity, &length);
        CHECK_STATUS(status, capacity < 12 ? SMF_ERR_NO_SPACE : SMF_OK);
        CHECK(length == 11 && text[capacity] == 'x' && (capacity == 0 || strlen(text) == capacity - 1));
    }
    CHECK_STATUS(smf_types_normal("str,bool", 8, text, 12, &length), SMF_OK);
}

static const struct tap_case cases[] = {
    {"new_kinds_are_read_written_and_mangled", new_kinds_are_read_written_and_mangled},
    {"variables_have_no_mangled_name",         variables_have_no_mangled_name        },
    {"what_is_no_new_kind",                    what_is_no_new_kind                   },
    {"depth_of_new_kinds_is_bounded",          depth_of_new_kinds_is_bounded         },
    {"parameters_are_replaced_by_new_kinds",   parameters_are_replaced_by_new_kinds  },
    {"random_lists_come_back",                 random_lists_come_back                },
    {"only_mangled_names_are_taken_apart",     only_mangled_names_are_taken_apart    },
    {"what_is_no_mangled_name",                what_is_no_mangled_name               },
    {"taking_apart_needs_room",                taking_apart_needs_room               },
    {"cells_as_others_compare_them",           cells_as_others_compare_them          },
};
TAP_MAIN(cases)
