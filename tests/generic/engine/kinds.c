/* SPDX-License-Identifier: MIT */
/* kinds.c - what the instantiator knows of types: built in, of the host, of modules; and what it believes of nobody. */
#include "generic/engine/scene.h"

static struct simple simple;

/* A template whose code has words for all that a type can tell. */
static void start(const struct smf_arch *arch)
{
    scene_start(arch);
    simple_start(&simple, "ask", 1);
    for (unsigned i = 0; i < SMF_UNIT_NUMBERS; i++)
        simple_word(&simple, 8 * i, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NUMBER, .what = (uint16_t)i});
}

static void want(enum smf_unit_function what)
{
    simple_word(&simple, 24 + 8 * (unsigned)what,
                (struct smf_write_unit_symbol){.kind = SMF_UNIT_FUNCTION, .what = (uint16_t)what});
}

static void open(void)
{
    scene_open();
    CHECK_STATUS(simple_add(1, "lib", &simple), SMF_OK);
}

static uintptr_t told(unsigned word) { return simple_read(&scene.made, 8 * word); }

static void check_numbers(const char *type, uintptr_t size, uintptr_t alignment, bool plain)
{
    tap_variant("%s", type);
    CHECK_STATUS(scene_make(0, "ask", type), SMF_OK);
    CHECK_EQUAL(told(SMF_UNIT_SIZE), size);
    CHECK_EQUAL(told(SMF_UNIT_ALIGN), alignment);
    CHECK_EQUAL(told(SMF_UNIT_PLAIN), plain);
    tap_variant("%s", "");
}

static void machine_types(const struct smf_arch *arch)
{
    const uintptr_t word = arch->pointer_size;
    start(arch);
    open();
    check_numbers("i8", 1, 1, true);
    check_numbers("i16", 2, 2, true);
    check_numbers("i32", 4, 4, true);
    check_numbers("i64", 8, 8, true);
    check_numbers("u8", 1, 1, true);
    check_numbers("u16", 2, 2, true);
    check_numbers("u32", 4, 4, true);
    check_numbers("u64", 8, 8, true);
    check_numbers("f32", 4, 4, true);
    check_numbers("f64", 8, 8, true);
    check_numbers("bool", 1, 1, true);
    check_numbers("usize", word, word, true);
    check_numbers("isize", word, word, true);
    check_numbers("*i64", word, word, true);
    check_numbers("*Nobody", word, word, true); /* a pointer is a pointer */
    scene_end();
}

static void machine_types_are_built_in(void)
{
    machine_types(scene_machine());
    machine_types(&smf_arch_riscv32); /* whose pointers are small also on this machine */
}

static const char *const numbers[] = {"i8",  "i16", "i32", "i64",  "u8",    "u16",   "u32",
                                      "u64", "f32", "f64", "bool", "usize", "isize", "*i8"};

static union {
    int8_t i8;
    int16_t i16;
    int32_t i32;
    int64_t i64;
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    float f32;
    double f64;
    size_t word;
} left, right;

typedef int SMF_MODULE_CALL comparing(const void *, const void *);
typedef size_t SMF_MODULE_CALL hashing(const void *);

/* compare, equal and hash of the type that was asked for. */
static void check_order(int order)
{
    comparing *const compare = (comparing *)told(3 + SMF_UNIT_COMPARE); /* NOLINT */
    comparing *const equal = (comparing *)told(3 + SMF_UNIT_EQUAL);     /* NOLINT */
    hashing *const hash = (hashing *)told(3 + SMF_UNIT_HASH);           /* NOLINT */
    const int found = compare(&left, &right), back = compare(&right, &left);
    CHECK_EQUAL((found > 0) - (found < 0), order);
    CHECK_EQUAL((back > 0) - (back < 0), -order);
    CHECK_EQUAL(equal(&left, &right) != 0, order == 0);
    if (order == 0)
        CHECK_EQUAL(hash(&left), hash(&right));
    else
        CHECK(hash(&left) != hash(&right));
}

static void start_operations(void)
{
    start(scene_machine());
    want(SMF_UNIT_COMPARE);
    want(SMF_UNIT_EQUAL);
    want(SMF_UNIT_HASH);
    open();
}

static void numbers_compare_equal_and_hash(void)
{
    start_operations();
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        tap_variant("%s", numbers[i]);
        CHECK_STATUS(scene_make(0, "ask", numbers[i]), SMF_OK);
        memset(&left, 0, sizeof left);
        memset(&right, 0, sizeof right);
        check_order(0);
        left.u8 = 1; /* of floats: the smallest number */
        check_order(1);
        memset(&left, 0, sizeof left);
    }
    tap_variant("%s", "");
    scene_end();
}

static void signs_count(void)
{
    start_operations();
    memset(&right, 0, sizeof right);
#define NEGATIVE(type, field, order)                                                                                   \
    CHECK_STATUS(scene_make(0, "ask", type), SMF_OK);                                                                  \
    memset(&left, 0xFF, sizeof left);                                                                                  \
    check_order(order)
    NEGATIVE("i8", i8, -1);
    NEGATIVE("i16", i16, -1);
    NEGATIVE("i32", i32, -1);
    NEGATIVE("i64", i64, -1);
    NEGATIVE("isize", word, -1);
    NEGATIVE("u8", u8, 1);
    NEGATIVE("u16", u16, 1);
    NEGATIVE("u32", u32, 1);
    NEGATIVE("u64", u64, 1);
    NEGATIVE("usize", word, 1);
    scene_end();
}

static void floats_are_ordered(void)
{
    static const float order32[] = {-1e30f, -2.5f, -2.0f, -1e-30f, 0.0f, 1e-30f, 1.0f, 1e30f};
    static const double order64[] = {-1e300, -2.5, -2.0, -1e-300, 0.0, 1e-300, 1.0, 1e300};
    start_operations();
    for (unsigned i = 0; i < 8; i++)
        for (unsigned j = 0; j < 8; j++) {
            CHECK_STATUS(scene_make(0, "ask", "f32"), SMF_OK);
            left.f32 = order32[i];
            right.f32 = order32[j];
            check_order((i > j) - (i < j));
            CHECK_STATUS(scene_make(0, "ask", "f64"), SMF_OK);
            left.f64 = order64[i];
            right.f64 = order64[j];
            check_order((i > j) - (i < j));
        }
    left.f64 = 0.0;
    right.f64 = -0.0;
    check_order(0);
    CHECK_STATUS(scene_make(0, "ask", "f32"), SMF_OK);
    left.f32 = 0.0f;
    right.f32 = -0.0f;
    check_order(0);
    scene_end();
}

/* ---- Descriptors ---- */

static void a_descriptor_of_a_module_is_read(void)
{
    start(scene_machine());
    for (unsigned i = 0; i < SMF_UNIT_FUNCTIONS; i++)
        want((enum smf_unit_function)i);
    scene_type(7, "Name",
               &(struct scene_type){
                   .size = 16, .version = 1, .alignment_log2 = 3, .operations = {0x11, 0x21, 0x31, 0x41, 0x51}
    });
    open();
    CHECK_STATUS(scene_make(7, "ask", "Name"), SMF_OK);
    CHECK_EQUAL(told(SMF_UNIT_SIZE), 16);
    CHECK_EQUAL(told(SMF_UNIT_ALIGN), 8);
    CHECK_EQUAL(told(SMF_UNIT_PLAIN), 0);
    for (unsigned i = 0; i < SMF_UNIT_FUNCTIONS; i++)
        CHECK_EQUAL(told(3 + i), 0x11 + 0x10 * i);
    CHECK_EQUAL(scene.made.hold_count, 2);
    CHECK_EQUAL(scene.made.holds[1], 7);
    scene_end();
}

/* copy and drop of plain data are never called. */
static void plain_data_have_no_copy_and_no_drop(void)
{
    start(scene_machine());
    want(SMF_UNIT_COPY);
    want(SMF_UNIT_DROP);
    scene_plain(7, "Point", 24, 3);
    open();
    CHECK_STATUS(scene_make(7, "ask", "Point"), SMF_OK);
    CHECK_EQUAL(told(3), 0);
    CHECK_EQUAL(told(4), 0);
    scene_end();
}

/* Numbers that a module names have what the machine's have. */
static void named_numbers_compare(void)
{
    start_operations();
    scene_type(7, "Degree",
               &(struct scene_type){.size = 4, .version = 1, .alignment_log2 = 2, .kind = SMF_DESCRIPTOR_SIGNED});
    CHECK_STATUS(scene_make(7, "ask", "Degree"), SMF_OK);
    const uintptr_t compare = told(3 + SMF_UNIT_COMPARE);
    CHECK_STATUS(scene_make(7, "ask", "i32"), SMF_OK);
    CHECK_EQUAL(told(3 + SMF_UNIT_COMPARE), compare);
    scene_end();
}

static void what_is_no_descriptor_is_refused(void)
{
    const uint32_t pointer = scene_machine()->pointer_size;
    static const struct scene_type good = {.size = 16, .version = 1, .alignment_log2 = 3, .kind = 1};
    struct scene_type bad[16];
    for (unsigned i = 0; i < 16; i++)
        bad[i] = good;
    bad[0].version = 0;
    bad[1].version = 2;
    bad[2].reserved = 1;
    bad[3].alignment_log2 = 13;
    bad[4].kind = SMF_DESCRIPTOR_POINTER + 1;
    bad[5].size = 0;
    bad[6].size = 12; /* no multiple of its alignment */
    bad[7].size = 0x80000000u;
    bad[8].operations[SMF_UNIT_COPY] = 4; /* of plain data */
    bad[9].operations[SMF_UNIT_DROP] = 4;
    bad[10].kind = SMF_DESCRIPTOR_SIGNED; /* 16 bytes */
    bad[11] = (struct scene_type){.size = 2, .version = 1, .kind = SMF_DESCRIPTOR_FLOAT};
    bad[12] = (struct scene_type){.size = 12 - pointer, .version = 1, .kind = SMF_DESCRIPTOR_POINTER};
    bad[13].kind = SMF_DESCRIPTOR_OPAQUE; /* that is copied and never dropped */
    bad[13].operations[SMF_UNIT_COPY] = 4;
    bad[14] = (struct scene_type){.size = 3, .version = 1, .kind = SMF_DESCRIPTOR_UNSIGNED};
    start(scene_machine());
    open();
    struct scene_name *name = scene_type(7, "Odd", &good);
    for (unsigned i = 0; i < 15; i++) {
        struct scene_state before;
        scene_look(&before);
        tap_variant("bad=%u", i);
        scene.name_count--;
        name = scene_type(7, "Odd", &bad[i]);
        CHECK_STATUS(scene_make(7, "ask", "Odd"), SMF_ERR_TYPE);
        CHECK_EQUAL(scene.why.detail, SMF_DETAIL_BAD_TYPE);
        CHECK_TEXT(scene.why.name, "ask: T = Odd");
        scene_compare(&before);
    }
    tap_variant("%s", "");
    scene.name_count--;
    CHECK(scene_type(7, "Odd", &good) == name);
    CHECK_STATUS(scene_make(7, "ask", "Odd"), SMF_OK);
    scene_end();
}

static void a_type_that_nobody_describes_is_named(void)
{
    static const char *const types[] = {"Nobody", "string", "void", "Vec<i64>", "[i64]", "(i64)->bool"};
    static const char *const texts[] = {"ask: T = Nobody",   "ask: T = string",  "ask: T = void",
                                        "ask: T = Vec$1i64", "ask: T = arr_i64", "ask: T = fn1_i64_bool"};
    start(scene_machine());
    open();
    for (unsigned i = 0; i < 6; i++) {
        CHECK_STATUS(scene_make(7, "ask", types[i]), SMF_ERR_TYPE);
        CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NO_TYPE);
        CHECK_TEXT(scene.why.name, texts[i]);
    }
    scene_end();
}

/* Values of constructed types are described under their mangled names. */
static void constructed_types_have_descriptors(void)
{
    start(scene_machine());
    scene_plain(7, "Vec$i64", 24, 3);
    scene_plain(7, "Map$string_Vec$1i64", 32, 3);
    scene_plain(7, "arr_u8", 8, 2);
    scene_plain(7, "my_type", 40, 3);
    open();
    CHECK_STATUS(scene_make(7, "ask", "Vec<i64>"), SMF_OK);
    CHECK_EQUAL(told(0), 24);
    CHECK_TEXT(scene.made.name, "ask$Vec$1i64");
    CHECK_STATUS(scene_make(7, "ask", "Map<string, Vec<i64>>"), SMF_OK);
    CHECK_EQUAL(told(0), 32);
    CHECK_TEXT(scene.made.name, "ask$Map$2string_Vec$1i64");
    CHECK_STATUS(scene_make(7, "ask", "[u8]"), SMF_OK);
    CHECK_EQUAL(told(0), 8);
    CHECK_STATUS(scene_make(7, "ask", "my_type"), SMF_OK);
    CHECK_EQUAL(told(0), 40);
    CHECK_TEXT(scene.made.name, "ask$my$_type");
    scene_end();
}

static void two_modules_have_each_their_own_point(void)
{
    start(scene_machine());
    scene_plain(7, "Point", 8, 2);
    scene_plain(8, "Point", 24, 3);
    open();
    CHECK_STATUS(scene_make(7, "ask", "Point"), SMF_OK);
    const struct smf_instance one = scene.made;
    CHECK_EQUAL(told(0), 8);
    CHECK_STATUS(scene_make(8, "ask", "Point"), SMF_OK);
    CHECK_EQUAL(told(0), 24);
    CHECK(scene.made.made && scene.made.address != one.address);
    CHECK_TEXT(scene.made.name, one.name);
    CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, "ask$Point"), one.code);
    CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, "ask$Point#1"), scene.made.code);
    CHECK_STATUS(scene_make(7, "ask", "Point"), SMF_OK);
    CHECK_EQUAL(scene.made.address, one.address);
    CHECK_EQUAL(scene_statistics().instances, 2);
    scene_end();
}

/* ---- The host's ---- */

static int host_compare(const void *a, const void *b) { return a < b; }

static void the_host_has_types_for_everybody(void)
{
    static const struct smf_type_descriptor descriptor = {
        .size = 12, .version = 1, .alignment_log2 = 2, .kind = 1, .compare = host_compare};
    static const struct smf_host_type types[] = {
        {"Colour", &descriptor},
        {"Point",  &descriptor}
    };
    start(scene_machine());
    want(SMF_UNIT_COMPARE);
    scene.config.types = types;
    scene.config.type_count = 2;
    scene_type(7, "Point",
               &(struct scene_type){.size = 8, .version = 1, .kind = 1, .operations = {[SMF_UNIT_COMPARE] = 0x77}});
    open();
    CHECK_STATUS(scene_make(0, "ask", "Colour"), SMF_OK);
    CHECK_EQUAL(told(0), 12);
    CHECK_EQUAL(told(3 + SMF_UNIT_COMPARE), (uintptr_t)host_compare);
    CHECK_EQUAL(scene.made.hold_count, 1);
    CHECK_STATUS(scene_make(7, "ask", "Point"), SMF_OK); /* a module's own comes first */
    CHECK_EQUAL(told(0), 8);
    CHECK_STATUS(scene_make(9, "ask", "Point"), SMF_OK); /* then the host's, then another one's */
    CHECK_EQUAL(told(0), 12);
    scene_end();
}

static void host_add(void) {}
static void operations_by_name(void)
{
    static const struct smf_named_operation more[] = {
        {"sub", NULL    },
        {"add", host_add},
        {NULL,  NULL    }
    };
    static const struct smf_type_descriptor descriptor = {.size = 4, .version = 1, .kind = 1, .more = more};
    static const struct smf_host_type types[] = {
        {"Sum", &descriptor}
    };
    start(scene_machine());
    simple_word(&simple, 24, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NAMED, .name = "add"});
    scene.config.types = types;
    scene.config.type_count = 1;
    open();
    CHECK_STATUS(scene_make(0, "ask", "Sum"), SMF_OK);
    CHECK_EQUAL(told(3), (uintptr_t)host_add);
    CHECK_STATUS(scene_make(0, "ask", "i64"), SMF_ERR_HOLE);
    CHECK_TEXT(scene.why.name, "ask: T = i64, add");
    scene_end();
}

/* Names of the host's are read as far as they go, and no further: what lies behind them may be nobody's. */
static void names_of_operations_are_not_read_past_their_end(void)
{
    static char name[] = "a";
    const struct smf_named_operation more[] = {
        {name, host_add},
        {NULL, NULL    }
    };
    const struct smf_type_descriptor descriptor = {.size = 4, .version = 1, .kind = 1, .more = more};
    const struct smf_host_type types[] = {
        {"Sum", &descriptor}
    };
    start(scene_machine());
    simple_word(
        &simple, 24,
        (struct smf_write_unit_symbol){.kind = SMF_UNIT_NAMED, .name = "an_operation_whose_name_is_long_enough"});
    scene.config.types = types;
    scene.config.type_count = 1;
    open();
    CHECK_STATUS(scene_make(0, "ask", "Sum"), SMF_ERR_HOLE);
    scene_end();
}

/* An operation may be an instance itself: its module gets that last, when something for the type may have been made. */
static void operations_that_come_later_are_seen(void)
{
    start(scene_machine());
    static struct simple other;
    simple_start(&other, "other", 1);
    simple_word(&other, 0, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NUMBER, .what = SMF_UNIT_SIZE});
    want(SMF_UNIT_COMPARE);
    struct scene_name *entry =
        scene_type(7, "Point", &(struct scene_type){.size = 8, .version = 1, .kind = SMF_DESCRIPTOR_PLAIN});
    open();
    CHECK_STATUS(simple_add(8, "others", &other), SMF_OK);
    CHECK_STATUS(scene_make(7, "other", "Point"), SMF_OK);
    CHECK_STATUS(scene_make(7, "ask", "Point"), SMF_ERR_HOLE);
    entry->bytes[8 + 2 * scene.config.arch->pointer_size] = 0x31;
    CHECK_STATUS(scene_make(7, "ask", "Point"), SMF_OK);
    CHECK_EQUAL(told(5), 0x31);
    CHECK_EQUAL(scene_statistics().types, 1);
    scene_end();
}

static void an_operation_that_a_type_lacks_is_named(void)
{
    start(scene_machine());
    want(SMF_UNIT_HASH);
    scene_plain(7, "Point", 8, 2);
    open();
    CHECK_STATUS(scene_make(7, "ask", "Point"), SMF_ERR_HOLE);
    CHECK_TEXT(scene.why.name, "ask: T = Point, hash");
    scene_end();
}

static const struct tap_case cases[] = {
    {"machine_types_are_built_in",                      machine_types_are_built_in                     },
    {"numbers_compare_equal_and_hash",                  numbers_compare_equal_and_hash                 },
    {"signs_count",                                     signs_count                                    },
    {"floats_are_ordered",                              floats_are_ordered                             },
    {"a_descriptor_of_a_module_is_read",                a_descriptor_of_a_module_is_read               },
    {"plain_data_have_no_copy_and_no_drop",             plain_data_have_no_copy_and_no_drop            },
    {"named_numbers_compare",                           named_numbers_compare                          },
    {"what_is_no_descriptor_is_refused",                what_is_no_descriptor_is_refused               },
    {"a_type_that_nobody_describes_is_named",           a_type_that_nobody_describes_is_named          },
    {"constructed_types_have_descriptors",              constructed_types_have_descriptors             },
    {"two_modules_have_each_their_own_point",           two_modules_have_each_their_own_point          },
    {"the_host_has_types_for_everybody",                the_host_has_types_for_everybody               },
    {"operations_by_name",                              operations_by_name                             },
    {"names_of_operations_are_not_read_past_their_end", names_of_operations_are_not_read_past_their_end},
    {"operations_that_come_later_are_seen",             operations_that_come_later_are_seen            },
    {"an_operation_that_a_type_lacks_is_named",         an_operation_that_a_type_lacks_is_named        },
};
TAP_MAIN(cases)
