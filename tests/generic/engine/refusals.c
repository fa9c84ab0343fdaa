/* SPDX-License-Identifier: MIT */
/* refusals.c - every way in which an instance cannot be made: its status, what the diagnosis names, and nothing left behind. */
#include "generic/engine/scene.h"

static const uint8_t term_t[] = {0}, term_pointer[] = {SMF_TERM_POINTER, 0}, term_two[] = {0, 0};
static const uint8_t term_named[] = {SMF_TERM_NAMED, 4, 'N', 'o', 'd', 'e', 0};
static const uint8_t term_vec[] = {SMF_TERM_NAMED, 3, 'V', 'e', 'c', 2, SMF_TERM_POINTER, 0, SMF_TERM_I64};
static struct simple one, two, three;

static void need(struct simple *simple, const char *name, const uint8_t *term, size_t size)
{
    simple_need(simple, name, term, size);
    const uint16_t number = (uint16_t)(simple->record.need_count - 1);
    simple_word(simple, 8u * number, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NEED, .what = number});
}

static void start(void)
{
    scene_start(scene_machine());
    simple_start(&one, "one", 1);
    simple_start(&two, "two", 1);
    simple_start(&three, "three", 1);
    scene_plain(7, "Point", 24, 3);
}

static void open(void)
{
    const struct smf_write_record *const list[] = {&one.record, &two.record, &three.record};
    scene_open();
    CHECK_STATUS(scene_add(1, "lib", list, 3, NULL, 0), SMF_OK);
}

/* Asking fails like this, and changes nothing; the whole line, as people see it. */
static void check_refused(const char *name, const char *types, enum smf_status status, const char *line)
{
    struct scene_state before;
    char text[200];
    scene_look(&before);
    CHECK_STATUS(scene_make(7, name, types), status);
    CHECK_STATUS(scene.why.status, status);
    smf_diagnosis_format(&scene.why, text, sizeof text);
    CHECK(strstr(text, line) != NULL);
    if (strstr(text, line) == NULL)
        CHECK_TEXT(text, line);
    scene_compare(&before);
    CHECK_EQUAL(scene_statistics().failed, before.statistics.failed + 1);
}

/* ---- Needs ---- */

static void a_cycle_gives_its_path(void)
{
    start();
    simple_start(&one, "ping", 1);
    simple_start(&two, "pong", 1);
    need(&one, "pong", term_t, 1);
    need(&two, "ping", term_t, 1);
    need(&three, "ping", term_t, 1);
    open();
    check_refused("ping", "i64", SMF_ERR_CYCLE, "Circular dependency: ping->pong->ping");
    CHECK_TEXT(smf_instantiator_path(&scene.instantiator), "ping->pong->ping");
    check_refused("pong", "i64", SMF_ERR_CYCLE, "Circular dependency: pong->ping->pong");
    check_refused("three", "i64", SMF_ERR_CYCLE,
                  "Circular dependency: ping->pong->ping"); /* who led there is no part */
    CHECK_STATUS(scene_make(0, "unknown", "i64"), SMF_ERR_NOT_FOUND);
    CHECK_TEXT(smf_instantiator_path(&scene.instantiator), "");
    scene_end();
}

static void a_template_that_needs_itself_is_a_cycle(void)
{
    start();
    need(&one, "one", term_t, 1);
    open();
    check_refused("one", "i64", SMF_ERR_CYCLE, "Circular dependency: one->one");
    scene_end();
}

static void a_long_path_is_cut(void)
{
    static const char name[] = "a_name_that_is_so_long_that_hardly_anybody_would_care_to_write_it_down_and_a_path_of_"
                               "two_of_them_does_not_fit_in_what_is_kept_of_it";
    start();
    simple_start(&one, name, 1);
    need(&one, name, term_t, 1);
    open();
    CHECK_STATUS(scene_make(0, name, "i64"), SMF_ERR_CYCLE);
    const char *path = smf_instantiator_path(&scene.instantiator);
    CHECK_EQUAL(strlen(path), SMF_INSTANTIATOR_PATH - 1);
    CHECK_EQUAL(path[SMF_INSTANTIATOR_PATH - 2], '~');
    CHECK_EQUAL(strlen(scene.why.name), SMF_DIAGNOSIS_NAME_SIZE - 1);
    scene_end();
}

static void endless_growth_ends_at_max_depth(void)
{
    start();
    need(&one, "one", term_pointer, 2);
    open();
    check_refused("one", "i64", SMF_ERR_DEPTH,
                  "Maximum JIT depth 50 exceeded: instances need each other too deep, the last one of 'one'");
    CHECK_EQUAL(scene.why.value, 50);
    scene_end();
}

static void depth_counts_who_waits(void)
{
    start();
    need(&one, "two", term_t, 1);
    need(&two, "three", term_t, 1);
    scene.config.max_depth = 2;
    open();
    CHECK_STATUS(scene_make(0, "one", "i64"), SMF_OK);
    scene_end();
    start();
    need(&one, "two", term_t, 1);
    need(&two, "three", term_t, 1);
    scene.config.max_depth = 1;
    open();
    check_refused("one", "i64", SMF_ERR_DEPTH, "Maximum JIT depth 1 exceeded");
    CHECK_STATUS(scene_make(0, "two", "i64"), SMF_OK);
    CHECK_STATUS(scene_make(0, "one", "i64"), SMF_OK); /* what is there needs no depth */
    scene_end();
}

static void without_depth_nothing_may_be_needed(void)
{
    start();
    need(&one, "two", term_t, 1);
    scene.config.max_depth = 0;
    open();
    check_refused("one", "i64", SMF_ERR_DEPTH, "Maximum JIT depth 0 exceeded");
    CHECK_EQUAL(scene.why.value, 0);
    CHECK_STATUS(scene_make(0, "two", "i64"), SMF_OK);
    scene_end();
}

static void a_template_that_is_needed_has_to_be_there(void)
{
    start();
    need(&one, "nowhere", term_t, 1);
    open();
    check_refused("one", "i64", SMF_ERR_UNRESOLVED, "template 'nowhere' is needed, and no module has it");
    scene_end();
}

static void a_need_has_as_many_types_as_parameters(void)
{
    start();
    need(&one, "two", term_two, 2);
    open();
    check_refused("one", "i64", SMF_ERR_ARITY, "template 'two' is given 2 types, it has 1 parameters");
    scene_end();
}

static void types_of_needs_have_to_be_described(void)
{
    start();
    need(&one, "two", term_named, sizeof term_named);
    need(&three, "two", term_vec, sizeof term_vec);
    simple_word(&two, 0, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NUMBER, .what = SMF_UNIT_SIZE});
    open();
    check_refused("one", "i64", SMF_ERR_TYPE, "one needs Node: nobody describes this type");
    check_refused("three", "Point", SMF_ERR_TYPE, "three needs Vec$2ptr_Point_i64: nobody describes this type");
    scene_plain(7, "Node", 4, 2);
    scene_plain(1, "Node", 8, 2); /* that of the template's module, whoever asks */
    scene_plain(7, "Vec$ptr_Point_i64", 24, 2);
    CHECK_STATUS(scene_make(7, "one", "i64"), SMF_OK);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "two$Node", &scene.made), SMF_OK);
    CHECK_EQUAL(scene.made.hold_count, 1);
    CHECK_EQUAL(simple_read(&scene.made, 0), 8);
    CHECK_STATUS(scene_make(7, "three", "Point"), SMF_OK);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "two$Vec$2ptr_Point_i64", &scene.made), SMF_OK);
    CHECK_EQUAL(scene.made.hold_count, 2);
    scene_end();
}

/* ---- Types ---- */

static void arity_is_checked(void)
{
    start();
    open();
    check_refused("one", "i64, i64", SMF_ERR_ARITY, "template 'one' is given 2 types, it has 1 parameters");
    check_refused("one", "", SMF_ERR_ARITY, "template 'one' is given 0 types, it has 1 parameters");
    check_refused("one", "i8,i8,i8,i8,i8,i8,i8,i8,i8,i8", SMF_ERR_ARITY, "is given 10 types, it has 1 parameters");
    scene_end();
}

static void check_bound(uint16_t bound, const char *good, const char *bad)
{
    char line[100] = "one: T = ";
    tap_variant("bound=%u", bound);
    start();
    one.parameters[0].bounds = bound;
    scene_type(7, "Handle", &(struct scene_type){.size = 8, .version = 1, .kind = SMF_DESCRIPTOR_OPAQUE});
    scene_type(7, "Name",
               &(struct scene_type){
                   .size = 8, .version = 1, .operations = {0x10, 0x20, 0x30, 0x40, 0x50}
    });
    open();
    check_refused("one", bad, SMF_ERR_BOUND, strcat(strcat(line, bad), ": the type lacks "));
    CHECK_EQUAL(scene.why.value, bound);
    CHECK_STATUS(scene_make(7, "one", good), SMF_OK);
    scene_end();
}

/* SPEC [V7]. */
static void bounds_are_checked(void)
{
    check_bound(SMF_BOUND_COPY, "Point", "Handle");
    check_bound(SMF_BOUND_DROP, "Point", "Handle");
    check_bound(SMF_BOUND_COPY, "Name", "Handle");
    check_bound(SMF_BOUND_COMPARE, "Name", "Point");
    check_bound(SMF_BOUND_EQUAL, "f64", "Point");
    check_bound(SMF_BOUND_HASH, "u8", "Point");
    check_bound(SMF_BOUND_INTEGER, "i64", "f64");
    check_bound(SMF_BOUND_FLOAT, "f32", "u32");
    check_bound(SMF_BOUND_NUMBER, "f32", "Point");
    check_bound(SMF_BOUND_NUMBER, "i8", "bool");
    tap_variant("%s", "");
}

/* ---- Units ---- */

static void shapes_choose(uint8_t type_class, uint16_t size, uint8_t alignment_log2, const char *good, const char *bad)
{
    char line[100] = "one: T = ";
    tap_variant("class=%u size=%u", type_class, size);
    start();
    one.shapes[0] = (struct smf_shape){.type_class = type_class, .size = size, .alignment_log2 = alignment_log2};
    scene_type(7, "Handle", &(struct scene_type){.size = 8, .version = 1, .kind = SMF_DESCRIPTOR_OPAQUE});
    scene_plain(7, "Packed", 24, 0);
    open();
    check_refused("one", bad, SMF_ERR_UNIT, strcat(strcat(line, bad), ": the template has no code for this type"));
    CHECK_STATUS(scene_make(7, "one", good), SMF_OK);
    scene_end();
}

static void a_unit_has_to_fit(void)
{
    shapes_choose(SMF_SHAPE_PLAIN, 0, 0, "Point", "Handle");
    shapes_choose(SMF_SHAPE_PLAIN, 24, 3, "Point", "Packed");
    shapes_choose(SMF_SHAPE_PLAIN, 24, 0, "Packed", "i64");
    shapes_choose(SMF_SHAPE_PLAIN, 8, 3, "i64", "Handle");
    shapes_choose(SMF_SHAPE_SIGNED, 8, 3, "i64", "u64");
    shapes_choose(SMF_SHAPE_UNSIGNED, 4, 2, "u32", "u64");
    shapes_choose(SMF_SHAPE_FLOAT, 8, 3, "f64", "i64");
    shapes_choose(SMF_SHAPE_POINTER, scene_machine()->pointer_size, 2, "*Point", "usize");
    tap_variant("%s", "");
}

static void a_unit_for_another_machine_is_none(void)
{
    start();
    one.unit.arch = scene_machine()->id == SMF_ARCH_X86_64 ? SMF_ARCH_AARCH64 : SMF_ARCH_X86_64;
    two.unit.format = 9;
    open();
    check_refused("one", "i64", SMF_ERR_UNIT, "no code for this type");
    check_refused("two", "i64", SMF_ERR_UNIT, "no code for this type");
    scene_end();
}

/* A unit wants what the processor does not have: levels on x86-64, bits elsewhere. */
static void check_features(const struct smf_arch *arch, uint8_t unit, uint8_t has, enum smf_status status)
{
    if (arch->pointer_size > sizeof(void *))
        return;
    tap_variant("arch=%u unit=%u has=%u", arch->id, unit, has);
    scene_start(arch);
    scene.config.features = has;
    simple_start(&one, "one", 1);
    one.unit.features = unit;
    scene_open();
    CHECK_STATUS(simple_add(1, "lib", &one), SMF_OK);
    CHECK_STATUS(scene_make(0, "one", "i64"), status);
    scene_end();
    tap_variant("%s", "");
}

static void a_unit_wants_a_processor(void)
{
    check_features(&smf_arch_x86_64, 1, 0, SMF_ERR_UNIT);
    check_features(&smf_arch_x86_64, 1, 2, SMF_OK);
    check_features(&smf_arch_x86_64, 3, 2, SMF_ERR_UNIT);
    check_features(&smf_arch_riscv32, 1, 0, SMF_ERR_UNIT);
    check_features(&smf_arch_riscv32, 1, 1, SMF_OK);
    check_features(&smf_arch_riscv32, 4, 5, SMF_OK);
    check_features(&smf_arch_riscv32, 1, 5, SMF_ERR_UNIT); /* soft-float calls */
    check_features(&smf_arch_riscv32, 2, 5, SMF_ERR_UNIT);
    check_features(&smf_arch_riscv64, 2, 6, SMF_ERR_UNIT);
    check_features(&smf_arch_arm, 1, 0, SMF_ERR_UNIT);
    check_features(&smf_arch_arm, 1, 3, SMF_OK); /* softfp */
    check_features(&smf_arch_arm, 5, 7, SMF_OK);
    check_features(&smf_arch_arm, 1, 7, SMF_ERR_UNIT); /* soft-float calls */
    check_features(&smf_arch_arm, 7, 3, SMF_ERR_UNIT);
}

static void the_first_unit_that_fits_is_taken(void)
{
    static struct simple general;
    start();
    simple_start(&general, "one", 1);
    general.code[0] = 2;
    one.code[0] = 1;
    one.shapes[0] = (struct smf_shape){.type_class = SMF_SHAPE_SIGNED, .size = 8, .alignment_log2 = 3};
    const struct smf_write_unit units[] = {one.unit, general.unit};
    one.record.units = units;
    one.record.unit_count = 2;
    open();
    CHECK_STATUS(scene_make(0, "one", "i64"), SMF_OK);
    CHECK_EQUAL(*scene_code(&scene.made), 1);
    CHECK_STATUS(scene_make(0, "one", "u64"), SMF_OK);
    CHECK_EQUAL(*scene_code(&scene.made), 2);
    scene_end();
}

/* ---- Symbols ---- */

static void imports_have_to_be_there(void)
{
    start();
    simple_word(&one, 0, (struct smf_write_unit_symbol){.kind = SMF_UNIT_IMPORT, .name = "memcpy"});
    simple_word(&one, 8, (struct smf_write_unit_symbol){.kind = SMF_UNIT_WEAK, .name = "hook"});
    open();
    check_refused("one", "i64", SMF_ERR_UNRESOLVED, "one, memcpy: nobody has what the template's code calls so");
    scene_function(9, "memcpy", 0x5000);
    CHECK_STATUS(scene_make(0, "one", "i64"), SMF_OK);
    CHECK_EQUAL(simple_read(&scene.made, 0), 0x5000);
    CHECK_EQUAL(simple_read(&scene.made, 8), 0); /* weak, and nowhere */
    CHECK_EQUAL(scene.made.hold_count, 2);
    CHECK_EQUAL(scene.made.holds[1], 9);
    scene_end();
}

static void more_modules_than_an_instance_can_hold(void)
{
    static char names[SMF_INSTANCE_HOLDS_MAX + 1][4];
    start();
    one.unit.symbol_count = 0;
    static struct smf_write_unit_symbol symbols[SMF_INSTANCE_HOLDS_MAX + 1];
    for (unsigned i = 0; i < SMF_INSTANCE_HOLDS_MAX; i++) {
        names[i][0] = 'f';
        names[i][1] = (char)('a' + i / 16);
        names[i][2] = (char)('a' + i % 16);
        symbols[i] = (struct smf_write_unit_symbol){.kind = SMF_UNIT_IMPORT, .name = names[i]};
        scene_function(100 + i, names[i], 0x5000);
    }
    one.unit.symbols = symbols;
    one.unit.symbol_count = SMF_INSTANCE_HOLDS_MAX;
    open();
    check_refused("one", "i64", SMF_ERR_LIMIT, "the instance is made of 33 modules, 32 are possible");
    scene_end();
}

static void more_instances_than_are_allowed(void)
{
    start();
    need(&one, "two", term_t, 1);
    scene.config.max_instances = 2;
    open();
    CHECK_STATUS(scene_make(0, "two", "i8"), SMF_OK);
    check_refused("one", "i64", SMF_ERR_LIMIT, "'two' would be one instance more than 2");
    CHECK_STATUS(scene_make(0, "two", "i16"), SMF_OK);
    check_refused("three", "i64", SMF_ERR_LIMIT, "'three' would be one instance more than 2");
    CHECK_STATUS(scene_make(0, "two", "i16"), SMF_OK); /* is there */
    scene_end();
}

/* ---- What is not ours ---- */

static void what_another_compiler_wrote_is_opaque(void)
{
    static const uint8_t named[] = "\1\0\0\0\4\0\0\0sort\4\0\0\0body";
    const struct forge_section section = {.name = "older",
                                          .type = SMF_SECTION_TEMPLATE_CODE,
                                          .flags = 1,
                                          .alignment = 1,
                                          .bytes = named,
                                          .size = sizeof named - 1};
    start();
    open();
    const struct template_module module = {.sections = &section, .section_count = 1, .arch = scene.config.arch->id};
    CHECK_STATUS(scene_add_image(2, "older", scene_image(&module)), SMF_OK);
    check_refused("sort", "i64", SMF_ERR_OPAQUE,
                  "'sort' is a template of another compiler, whose body only that can read: no code can be made of it");
    scene_end();
}

static const struct tap_case cases[] = {
    {"a_cycle_gives_its_path",                    a_cycle_gives_its_path                   },
    {"a_template_that_needs_itself_is_a_cycle",   a_template_that_needs_itself_is_a_cycle  },
    {"a_long_path_is_cut",                        a_long_path_is_cut                       },
    {"endless_growth_ends_at_max_depth",          endless_growth_ends_at_max_depth         },
    {"depth_counts_who_waits",                    depth_counts_who_waits                   },
    {"without_depth_nothing_may_be_needed",       without_depth_nothing_may_be_needed      },
    {"a_template_that_is_needed_has_to_be_there", a_template_that_is_needed_has_to_be_there},
    {"a_need_has_as_many_types_as_parameters",    a_need_has_as_many_types_as_parameters   },
    {"types_of_needs_have_to_be_described",       types_of_needs_have_to_be_described      },
    {"arity_is_checked",                          arity_is_checked                         },
    {"bounds_are_checked",                        bounds_are_checked                       },
    {"a_unit_has_to_fit",                         a_unit_has_to_fit                        },
    {"a_unit_for_another_machine_is_none",        a_unit_for_another_machine_is_none       },
    {"a_unit_wants_a_processor",                  a_unit_wants_a_processor                 },
    {"the_first_unit_that_fits_is_taken",         the_first_unit_that_fits_is_taken        },
    {"imports_have_to_be_there",                  imports_have_to_be_there                 },
    {"more_modules_than_an_instance_can_hold",    more_modules_than_an_instance_can_hold   },
    {"more_instances_than_are_allowed",           more_instances_than_are_allowed          },
    {"what_another_compiler_wrote_is_opaque",     what_another_compiler_wrote_is_opaque    },
};
TAP_MAIN(cases)
