/* SPDX-License-Identifier: MIT */
/* engine.c - what people read when an instance cannot be made: each detail once, with the line that names template and parameter. */
#include "generic/engine/scene.h"

enum { LINE = 320, ROOM = 200000, LONG = 70000 };

static const uint8_t term_t[] = {0}, term_pointer[] = {SMF_TERM_POINTER, 0}, term_two[] = {0, 0};
static const uint8_t term_node[] = {SMF_TERM_NAMED, 4, 'N', 'o', 'd', 'e', 0};
static struct simple one, two;
static uint64_t room[ROOM / 8]; /* an arena for names that are too long */
static char long_name[LONG];

static void need(struct simple *simple, const char *name, const uint8_t *term, size_t size)
{
    simple_need(simple, name, term, size);
    simple_word(simple, 0, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NEED, .what = 0});
}

static void call(struct smf_write_unit_symbol symbol) { simple_word(&one, 0, symbol); }

static void start(void)
{
    scene_start(scene_machine());
    simple_start(&one, "one", 1);
    simple_start(&two, "two", 1);
    scene_plain(7, "Point", 24, 3);
    scene_type(7, "Handle", &(struct scene_type){.size = 8, .version = 1, .kind = SMF_DESCRIPTOR_OPAQUE});
    scene_type(7, "Odd", &(struct scene_type){.size = 8, .version = 2});
}

static void open_with(const struct smf_write_sdn_row *rows, unsigned count)
{
    const struct smf_write_record *const list[] = {&one.record, &two.record};
    scene_open();
    CHECK_STATUS(scene_add(1, "lib", list, 2, rows, count), SMF_OK);
}

static enum smf_status make(const char *name, const char *types)
{
    open_with(NULL, 0);
    return scene_make(7, name, types);
}

/* ---- Modules ---- */

static enum smf_status add_twice(void)
{
    open_with(NULL, 0);
    return scene_add_image(2, "other", 0);
}

static enum smf_status replace_busy(void)
{
    CHECK_STATUS(make("one", "i64"), SMF_OK);
    return scene_add_image(1, "lib", 0);
}

/* The same image under other numbers, until there is no room. */
static enum smf_status add_many(void)
{
    enum smf_status status = SMF_OK;
    open_with(NULL, 0);
    for (uint32_t number = 2; status == SMF_OK && number < 2000; number++)
        status = scene_add_image(number, "lib", 0);
    return status;
}

static enum smf_status make_many(void)
{
    static const char types[][5] = {"i8",  "i16", "i32", "i64",   "u8",    "u16", "u32",
                                    "u64", "f32", "f64", "isize", "usize", "bool"};
    CHECK_STATUS(add_many(), SMF_ERR_NO_ARENA);
    enum smf_status status = SMF_OK;
    for (unsigned i = 0; i < sizeof types / sizeof types[0] && status == SMF_OK; i++) {
        char name[6] = {0};
        memcpy(name, types[i], sizeof types[i]);
        status = scene_make(7, "one", name);
    }
    return status;
}

/* ---- Templates ---- */

static enum smf_status switched_off(void)
{
    scene.config.enabled = false;
    return make("one", "i64");
}

static enum smf_status without_a_row(void)
{
    open_with(NULL, 0);
    return scene_symbol(7, "one$i64");
}

static enum smf_status unknown(void) { return make("none", "i64"); }

static enum smf_status opaque(void)
{
    static const uint8_t named[] = "\1\0\0\0\4\0\0\0sort\4\0\0\0body";
    const struct forge_section section = {.name = "older",
                                          .type = SMF_SECTION_TEMPLATE_CODE,
                                          .flags = 1,
                                          .alignment = 1,
                                          .bytes = named,
                                          .size = sizeof named - 1};
    const struct template_module module = {.sections = &section, .section_count = 1, .arch = scene.config.arch->id};
    open_with(NULL, 0);
    CHECK_STATUS(scene_add_image(2, "older", scene_image(&module)), SMF_OK);
    return scene_make(7, "sort", "i64");
}

static enum smf_status two_types(void) { return make("one", "i64, i64"); }

static enum smf_status needs_two_types(void)
{
    need(&one, "two", term_two, sizeof term_two);
    return make("one", "i64");
}

static enum smf_status needs_nobody(void)
{
    need(&one, "nowhere", term_t, 1);
    return make("one", "i64");
}

static enum smf_status circle(void)
{
    need(&one, "two", term_t, 1);
    need(&two, "one", term_t, 1);
    return make("one", "i64");
}

static enum smf_status too_deep(void)
{
    need(&one, "one", term_pointer, sizeof term_pointer);
    return make("one", "i64");
}

static enum smf_status one_too_many(void)
{
    scene.config.max_instances = 1;
    CHECK_STATUS(make("one", "i64"), SMF_OK);
    return scene_make(7, "two", "i64");
}

/* ---- Types ---- */

static enum smf_status undescribed(void) { return make("one", "Ghost"); }
static enum smf_status odd(void) { return make("one", "Odd"); }

static enum smf_status needs_undescribed(void)
{
    need(&one, "two", term_node, sizeof term_node);
    return make("one", "i64");
}

static enum smf_status long_type(void)
{
    memset(long_name, 'n', sizeof long_name);
    const struct smf_type type = {.kind = SMF_TYPE_NAMED, .name = long_name, .name_size = sizeof long_name};
    scene.config.arena = room;
    scene.config.arena_size = sizeof room;
    open_with(NULL, 0);
    return smf_instantiate(&scene.instantiator, 7, "one", &type, &scene.made, &scene.why);
}

static enum smf_status no_types(void)
{
    open_with(NULL, 0);
    return scene_symbol(7, "one<i64");
}

static enum smf_status no_types_in_a_row(void)
{
    static const struct smf_write_sdn_row row = {
        SMF_SDN_POSSIBLE, {"one", "i64,,", "one$bad", "lib", "true"}
    };
    open_with(&row, 1);
    return scene_symbol(7, "one$bad");
}

static enum smf_status incomparable(void)
{
    one.parameters[0].bounds = SMF_BOUND_COMPARE;
    return make("one", "Point");
}

static enum smf_status no_unit(void)
{
    one.shapes[0].type_class = SMF_SHAPE_PLAIN;
    return make("one", "Handle");
}

static enum smf_status no_operation(void)
{
    call((struct smf_write_unit_symbol){.kind = SMF_UNIT_FUNCTION, .what = SMF_UNIT_COMPARE});
    return make("one", "Point");
}

static enum smf_status no_named_operation(void)
{
    call((struct smf_write_unit_symbol){.kind = SMF_UNIT_NAMED, .name = "grow"});
    return make("one", "Point");
}

static enum smf_status no_import(void)
{
    call((struct smf_write_unit_symbol){.kind = SMF_UNIT_IMPORT, .name = "memcpy"});
    return make("one", "i64");
}

static enum smf_status too_many_modules(void)
{
    static struct smf_write_unit_symbol symbols[SMF_INSTANCE_HOLDS_MAX];
    static char names[SMF_INSTANCE_HOLDS_MAX][3];
    for (unsigned i = 0; i < SMF_INSTANCE_HOLDS_MAX; i++) {
        names[i][0] = (char)('a' + i / 16);
        names[i][1] = (char)('a' + i % 16);
        symbols[i] = (struct smf_write_unit_symbol){.kind = SMF_UNIT_IMPORT, .name = names[i]};
        scene_function(100 + i, names[i], 0x5000);
    }
    one.unit.symbols = symbols;
    one.unit.symbol_count = SMF_INSTANCE_HOLDS_MAX;
    return make("one", "i64");
}

/* ---- A compiler ---- */

static struct forged_record compiled;
static unsigned given_back;

static enum smf_status compile(void *context, const struct smf_record *record, const struct smf_shape *shapes,
                               const void **bytes, size_t *size, struct smf_diagnosis *why)
{
    (void)context;
    (void)record;
    (void)shapes;
    (void)why;
    *bytes = compiled.bytes;
    *size = compiled.size;
    return SMF_OK;
}

static void give_back(void *context, const void *bytes)
{
    (void)context;
    given_back += bytes == compiled.bytes;
}

/* It has made something for two types. */
static enum smf_status compiled_wrongly(void)
{
    static const struct smf_unit_compiler compiler = {.compile = compile, .give_back = give_back};
    static struct simple other;
    given_back = 0;
    simple_start(&other, "one", 2);
    forge_record(&other.record, &compiled);
    one.unit.format = SMF_UNIT_C;
    one.unit.arch = SMF_UNIT_NO_ARCH;
    one.unit.alignment_log2 = 0;
    memset(one.code, 'c', sizeof one.code);
    scene.config.compiler = &compiler;
    const enum smf_status status = make("one", "Point");
    forge_record_free(&compiled);
    CHECK_EQUAL(given_back, 1);
    return status;
}

/* ---- All of them ---- */

static const struct message {
    enum smf_status (*provoke)(void);
    enum smf_status status;
    enum smf_detail detail;
    const char *starts, *ends; /* of the line; ends NULL: it is all of it */
} messages[] = {
    {add_twice,          SMF_ERR_DUPLICATE,  SMF_DETAIL_TEMPLATE_TWICE,  "template 'two' is in another module already (number 1)",
     NULL                                                                                                                                                                               },
    {replace_busy,       SMF_ERR_BUSY,       SMF_DETAIL_MODULE_BUSY,
     "'lib' (number 1) cannot be replaced: instances were made of it",                                                                           NULL                                   },
    {add_many,           SMF_ERR_NO_ARENA,   SMF_DETAIL_GENERIC_ARENA,   "the instantiator needs a block of ",                                   ", 'lib'"                              },
    {make_many,          SMF_ERR_NO_ARENA,   SMF_DETAIL_GENERIC_ARENA,   "the instantiator needs a block of ",                                   ", 'one'"                              },
    {switched_off,       SMF_ERR_NOT_FOUND,  SMF_DETAIL_NOT_ENABLED,     "'one' is not made: instantiation is switched off",                     NULL                                   },
    {without_a_row,      SMF_ERR_NOT_FOUND,  SMF_DETAIL_NO_USE,          "no module lists 'one$i64' as an instance that can be made",
     NULL                                                                                                                                                                               },
    {unknown,            SMF_ERR_NOT_FOUND,  SMF_DETAIL_NO_TEMPLATE,     "",                                                                     "'none'"                               },
    {opaque,             SMF_ERR_OPAQUE,     SMF_DETAIL_OPAQUE_TEMPLATE,
     "'sort' is a template of another compiler, whose body only that can read: no code can be made of it",                                       NULL                                   },
    {two_types,          SMF_ERR_ARITY,      SMF_DETAIL_INSTANCE_ARITY,  "template 'one' is given 2 types, it has 1 parameters",                 NULL                                   },
    {needs_two_types,    SMF_ERR_ARITY,      SMF_DETAIL_INSTANCE_ARITY,  "template 'two' is given 2 types, it has 1 parameters",
     NULL                                                                                                                                                                               },
    {needs_nobody,       SMF_ERR_UNRESOLVED, SMF_DETAIL_NO_NEEDED,       "template 'nowhere' is needed, and no module has it",
     NULL                                                                                                                                                                               },
    {circle,             SMF_ERR_CYCLE,      SMF_DETAIL_INSTANCE_CYCLE,  "Circular dependency: one->two->one",                                   NULL                                   },
    {too_deep,           SMF_ERR_DEPTH,      SMF_DETAIL_INSTANCE_DEPTH,
     "Maximum JIT depth 50 exceeded: instances need each other too deep, the last one of 'one'",                                                 NULL                                   },
    {one_too_many,       SMF_ERR_LIMIT,      SMF_DETAIL_INSTANCES,       "'two' would be one instance more than 1, the maximum",                 NULL                                   },
    {undescribed,        SMF_ERR_TYPE,       SMF_DETAIL_NO_TYPE,         "one: T = Ghost: nobody describes this type",                           NULL                                   },
    {odd,                SMF_ERR_TYPE,       SMF_DETAIL_BAD_TYPE,        "one: T = Odd: what describes this type is no descriptor of version 1",
     NULL                                                                                                                                                                               },
    {needs_undescribed,  SMF_ERR_TYPE,       SMF_DETAIL_NO_TYPE,         "one needs Node: nobody describes this type",                           NULL                                   },
    {long_type,          SMF_ERR_TYPE,       SMF_DETAIL_TYPE_TEXT,       "one: T = nnnn",                                                        "nn~: the name of the type is too long"},
    {no_types,           SMF_ERR_TYPE,       SMF_DETAIL_TYPE_CELL,
     "'one<i64' does not spell types: a list of them, or a template with one, is wanted",                                                        NULL                                   },
    {no_types_in_a_row,  SMF_ERR_TYPE,       SMF_DETAIL_TYPE_CELL,
     "'one: i64,,' does not spell types: a list of them, or a template with one, is wanted",                                                     NULL                                   },
    {incomparable,       SMF_ERR_BOUND,      SMF_DETAIL_TYPE_BOUND,
     "one: T = Point: the type lacks compare, which the parameter demands",                                                                      NULL                                   },
    {no_unit,            SMF_ERR_UNIT,       SMF_DETAIL_NO_UNIT,         "one: T = Handle: the template has no code for this type on ",
     " with features 0"                                                                                                                                                                 },
    {compiled_wrongly,   SMF_ERR_UNIT,       SMF_DETAIL_COMPILED,
     "one: T = Point: what the compiler made is not for these types, or not for this machine",                                                   NULL                                   },
    {no_operation,       SMF_ERR_HOLE,       SMF_DETAIL_NO_OPERATION,
     "one: T = Point, compare: the type does not have this operation, and the code calls it",                                                    NULL                                   },
    {no_named_operation, SMF_ERR_HOLE,       SMF_DETAIL_NO_OPERATION,
     "one: T = Point, grow: the type does not have this operation, and the code calls it",                                                       NULL                                   },
    {no_import,          SMF_ERR_UNRESOLVED, SMF_DETAIL_NO_IMPORT,       "one, memcpy: nobody has what the template's code calls so",
     NULL                                                                                                                                                                               },
    {too_many_modules,   SMF_ERR_LIMIT,      SMF_DETAIL_HOLDS,           "one, bp: the instance is made of 33 modules, 32 are possible",
     NULL                                                                                                                                                                               },
};

static bool starts_with(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

static bool ends_with(const char *text, const char *end)
{
    return strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

static void each_failure_says_what_and_of_whom(void)
{
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        const struct message *message = &messages[i];
        char line[LINE];
        start();
        tap_variant("%s", message->starts);
        CHECK_STATUS(message->provoke(), message->status);
        CHECK_STATUS(scene.why.status, message->status);
        CHECK_EQUAL(scene.why.detail, message->detail);
        CHECK(smf_diagnosis_format(&scene.why, line, sizeof line) < sizeof line);
        const bool right = message->ends == NULL ? strcmp(line, message->starts) == 0
                                                 : starts_with(line, message->starts) && ends_with(line, message->ends);
        tap_check(right, __FILE__, __LINE__, "'%s', not '%s'", line, message->starts);
        scene_end();
    }
    tap_variant("%s", "");
}

/* ---- Names that are cut ---- */

#define SIXTY "a12345678901234567890123456789012345678901234567890123456789"
#define CAPITAL "N12345678901234567890123456789012345678901234567890123456789"

static void check_cut(const char *template, const char *type, const char *starts)
{
    start();
    simple_start(&one, template, 1);
    open_with(NULL, 0);
    CHECK_STATUS(scene_make(7, template, type), SMF_ERR_TYPE);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NO_TYPE);
    CHECK_EQUAL(strlen(scene.why.name), SMF_DIAGNOSIS_NAME_SIZE - 1);
    CHECK_EQUAL(scene.why.name[SMF_DIAGNOSIS_NAME_SIZE - 2], '~');
    tap_check(starts_with(scene.why.name, starts), __FILE__, __LINE__, "'%s'", scene.why.name);
    scene_end();
}

/* Whatever is cut, it is the end of it, and a ~ says so: the template comes first. */
static void what_is_cut_still_says_the_template(void)
{
    check_cut("one", CAPITAL, "one: T = N123");
    check_cut(SIXTY, "Ghost", SIXTY ": ");
    check_cut(SIXTY "12", "Ghost", SIXTY "12");
    check_cut(SIXTY "123", "Ghost", SIXTY "12");
    check_cut(SIXTY "1234", "Ghost", SIXTY "12");
}

static void a_name_that_just_fits_is_whole(void)
{
    start();
    simple_start(&one, SIXTY, 1);
    open_with(NULL, 0);
    CHECK_STATUS(scene_make(7, SIXTY, "i64, i64"), SMF_ERR_ARITY);
    CHECK_TEXT(scene.why.name, SIXTY);
    scene_end();
}

static const struct tap_case cases[] = {
    {"each_failure_says_what_and_of_whom",  each_failure_says_what_and_of_whom },
    {"what_is_cut_still_says_the_template", what_is_cut_still_says_the_template},
    {"a_name_that_just_fits_is_whole",      a_name_that_just_fits_is_whole     },
};
TAP_MAIN(cases)
