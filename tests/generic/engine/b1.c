/* SPDX-License-Identifier: MIT */
/* b1.c - the list of what an instantiator has to do, case by case: configuration, results, notes, limits, figures. */
#include "generic/engine/scene.h"

static const struct smf_write_record *const records[] = {&forge_size_of, &forge_swap, &forge_chain};
static const struct smf_write_sdn_row rows[] = {
    {SMF_SDN_INSTANTIATIONS, {"swap", "u8", "swap$u8", "user.smf", "1", "Code", "compiled"}},
    {SMF_SDN_POSSIBLE,       {"size_of", "Point", "size_of$Point", "user", "true"}         },
    {SMF_SDN_POSSIBLE,       {"swap", "i32", "swap$i32", "user", "true"}                   },
    {SMF_SDN_POSSIBLE,       {"chain", "Point", "anything", "user", "true"}                },
    {SMF_SDN_POSSIBLE,       {"nowhere", "Point", "nowhere$Point", "user", "true"}         },
};
enum { LIB = 1, USER = 2 };

/* A library with templates, and a module that uses some. */
static void start(void)
{
    scene_start(scene_machine());
    scene_plain(USER, "Point", 24, 3);
}

static void add_both(void)
{
    CHECK_STATUS(scene_add(LIB, "lib", records, 3, NULL, 0), SMF_OK);
    CHECK_STATUS(scene_add(USER, "user", NULL, 0, rows, 5), SMF_OK);
}

static void open(void)
{
    start();
    scene_open();
    add_both();
}

/* ---- Configuration ---- */

static void configuration_defaults(void)
{
    const struct smf_instantiator_config config = smf_instantiator_defaults();
    CHECK(config.enabled);
    CHECK(config.update_notes);
    CHECK_EQUAL(config.max_depth, 50);
    CHECK_EQUAL(config.max_instances, 0);
    CHECK(config.trace == NULL);
    CHECK(config.owner == NULL && config.arch == NULL && config.compiler == NULL);
}

static void configuration_is_kept(void)
{
    start();
    scene.config.max_depth = 7;
    scene.config.max_instances = 3;
    scene.config.update_notes = false;
    scene_open();
    CHECK_EQUAL(scene.instantiator.config.max_depth, 7);
    CHECK_EQUAL(scene.instantiator.config.max_instances, 3);
    CHECK(!scene.instantiator.config.update_notes);
    scene_end();
}

static void configuration_that_is_refused(void)
{
    struct smf_instantiator instantiator;
    start();
    scene_open();
    struct smf_instantiator_config config = scene.config;
    CHECK_STATUS(smf_instantiator_start(NULL, &config), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_instantiator_start(&instantiator, NULL), SMF_ERR_ARGUMENT);
    config.mapper = NULL;
    CHECK_STATUS(smf_instantiator_start(&instantiator, &config), SMF_ERR_ARGUMENT);
    config = scene.config;
    config.bucket_count = 3;
    CHECK_STATUS(smf_instantiator_start(&instantiator, &config), SMF_ERR_ARGUMENT);
    config = scene.config;
    config.type_count = 1;
    CHECK_STATUS(smf_instantiator_start(&instantiator, &config), SMF_ERR_ARGUMENT);
    config = scene.config;
    config.arena_size = 100;
    CHECK_STATUS(smf_instantiator_start(&instantiator, &config), SMF_ERR_NO_ARENA);
    scene_end();
}

static void switched_off_nothing_is_made(void)
{
    start();
    scene.config.enabled = false;
    scene_open();
    add_both();
    CHECK_STATUS(scene_make(0, "size_of", "i32"), SMF_ERR_NOT_FOUND);
    CHECK_TEXT(scene.why.name, "size_of");
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NOT_ENABLED);
    CHECK_STATUS(scene_symbol(USER, "size_of$Point"), SMF_ERR_NOT_FOUND);
    CHECK(!smf_instantiator_can(&scene.instantiator, USER, "size_of$Point", NULL));
    CHECK_EQUAL(scene_statistics().failed, 2);
    scene_end();
}

/* ---- Results ---- */

static void success_has_code_symbol_and_address(void)
{
    open();
    CHECK_STATUS(scene_symbol(USER, "size_of$Point"), SMF_OK);
    CHECK_TEXT(scene.made.name, "size_of$Point");
    CHECK(scene.made.address != 0 && scene.made.function != NULL);
    CHECK(scene.made.size != 0 && paper_at(&scene.paper, scene.made.code, scene.made.size) != NULL);
    CHECK_EQUAL(scene.made.hold_count, 2);
    CHECK_EQUAL(scene.made.holds[0], LIB); /* the template's comes first */
    CHECK_EQUAL(scene.made.holds[1], USER);
    scene_end();
}

static void an_unknown_symbol_is_not_found(void)
{
    open();
    CHECK_STATUS(scene_symbol(USER, "unknown$i64"), SMF_ERR_NOT_FOUND);
    CHECK_TEXT(scene.why.name, "unknown$i64");
    CHECK_STATUS(scene_make(0, "unknown", "i64"), SMF_ERR_NOT_FOUND);
    CHECK_TEXT(scene.why.name, "unknown");
    CHECK_STATUS(scene_symbol(USER, "nowhere$Point"), SMF_ERR_NOT_FOUND); /* listed, and nobody has the template */
    CHECK_TEXT(scene.why.name, "nowhere");
    CHECK_EQUAL(scene_statistics().failed, 3);
    scene_end();
}

/* ---- Metadata ---- */

static void nothing_is_known_at_the_start(void)
{
    start();
    scene_open();
    const struct smf_instantiator_statistics statistics = scene_statistics();
    CHECK_EQUAL(statistics.modules, 0);
    CHECK_EQUAL(statistics.templates, 0);
    CHECK_EQUAL(statistics.uses, 0);
    CHECK_EQUAL(statistics.instances, 0);
    CHECK_EQUAL(statistics.made, 0);
    CHECK_EQUAL(statistics.code_bytes, 0);
    scene_end();
}

static void two_modules_count_two(void)
{
    open();
    CHECK_EQUAL(scene_statistics().modules, 2);
    CHECK_EQUAL(scene_statistics().templates, 3);
    CHECK_EQUAL(scene_statistics().uses, 4);
    scene_end();
}

static void a_module_that_comes_twice_counts_once(void)
{
    open();
    CHECK_STATUS(scene_add(USER, "user", NULL, 0, rows, 5), SMF_OK);
    CHECK_EQUAL(scene_statistics().modules, 2);
    CHECK_EQUAL(scene_statistics().uses, 4);
    struct smf_use use;
    CHECK(smf_instantiator_can(&scene.instantiator, USER, "size_of$Point", &use));
    CHECK_TEXT(use.module, "user");
    scene_end();
}

static void what_is_listed_can_be_made(void)
{
    struct smf_use use;
    open();
    CHECK(smf_instantiator_can(&scene.instantiator, USER, "anything", &use));
    CHECK_TEXT(use.module, "user");
    CHECK_TEXT(use.base, "chain");
    CHECK_TEXT(use.type_args, "Point");
    CHECK_TEXT(use.mangled, "anything");
    CHECK(!use.made);
    CHECK(!smf_instantiator_can(&scene.instantiator, USER, "unknown", &use));
    CHECK(!smf_instantiator_can(&scene.instantiator, USER, "swap$u8", &use)); /* is built in */
    CHECK(smf_instantiator_can(&scene.instantiator, 0, "anything", NULL));
    scene_end();
}

/* A mangled name is a key and no more: the row says what it means. */
static void a_mangled_name_is_opaque(void)
{
    open();
    CHECK_STATUS(scene_symbol(USER, "anything"), SMF_OK);
    CHECK_TEXT(scene.made.name, "chain$Point");
    CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, "anything"), 0);
    scene_end();
}

static void a_name_with_types_is_taken_apart(void)
{
    open();
    CHECK_STATUS(scene_symbol(USER, "size_of<Point>"), SMF_OK);
    CHECK_TEXT(scene.made.name, "size_of$Point");
    CHECK_STATUS(scene_symbol(USER, "size_of<Point"), SMF_ERR_TYPE);
    CHECK_STATUS(scene_symbol(USER, "size_of<>"), SMF_ERR_TYPE);
    scene_end();
}

/* ---- Making ---- */

static void what_is_there_is_found_again(void)
{
    open();
    CHECK_STATUS(scene_symbol(USER, "size_of$Point"), SMF_OK);
    const struct smf_instance first = scene.made;
    CHECK(first.made);
    CHECK_STATUS(scene_symbol(USER, "size_of$Point"), SMF_OK);
    CHECK(!scene.made.made);
    CHECK_EQUAL(scene.made.address, first.address);
    CHECK_EQUAL(scene.made.code, first.code);
    CHECK_TEXT(scene.made.name, first.name);
    CHECK_EQUAL(scene.made.users, 2);
    CHECK_STATUS(scene_make(USER, "size_of", "Point"), SMF_OK);
    CHECK_EQUAL(scene.made.address, first.address);
    CHECK_EQUAL(scene_statistics().made, 1);
    CHECK_EQUAL(scene_statistics().found, 2);
    scene_end();
}

static void map_of_text_and_i64(void)
{
    static const struct smf_write_parameter two[] = {
        {"K", 0},
        {"V", 0}
    };
    static const uint8_t term[] = {SMF_TERM_FUNCTION, 0, SMF_TERM_VOID};
    static const struct smf_write_item map[] = {
        {"Map", term, sizeof term}
    };
    static const struct smf_shape any[2];
    static const uint32_t at[] = {0};
    static const uint8_t code[] = {0x90, 0x90, 0x90, 0xC3};
    static struct smf_write_unit unit = {
        .shapes = any, .exports = at, .code = code, .size = 4, .format = SMF_UNIT_CODE, .alignment_log2 = 2};
    static const struct smf_write_record record = {.kind = SMF_TEMPLATE_STRUCT,
                                                   .parameters = two,
                                                   .parameter_count = 2,
                                                   .exports = map,
                                                   .export_count = 1,
                                                   .units = &unit,
                                                   .unit_count = 1};
    static const struct smf_write_sdn_row row[] = {
        {SMF_SDN_POSSIBLE, {"Map", "text, i64", "Map$text_i64", "user", "true"}}
    };
    static const struct smf_write_record *const list[] = {&record};
    start();
    unit.arch = scene.config.arch->id;
    scene_plain(0, "string", 2u * scene.config.arch->pointer_size, 2);
    scene_open();
    CHECK_STATUS(scene_add(USER, "user", list, 1, row, 1), SMF_OK);
    CHECK_STATUS(scene_symbol(USER, "Map$text_i64"), SMF_OK);
    CHECK_TEXT(scene.made.name, "Map$string_i64");
    CHECK(scene.made.address != 0);
    CHECK_EQUAL(scene_statistics().made, 1);
    CHECK_EQUAL(smf_instantiator_uses(&scene.instantiator, USER, false, NULL, NULL), 0);
    struct smf_use use;
    CHECK(smf_instantiator_can(&scene.instantiator, USER, "Map$text_i64", &use));
    CHECK(use.made);
    scene_end();
}

/* ---- Notes ---- */

struct seen {
    unsigned count;
    char names[200];
};

static bool see(void *context, const struct smf_use *use)
{
    struct seen *seen = context;
    seen->count++;
    strcat(strcat(seen->names, use->mangled), use->made ? "! " : " ");
    return true;
}

static void check_uses(uint32_t number, bool made, const char *names)
{
    struct seen seen = {0, ""};
    const size_t count = smf_instantiator_uses(&scene.instantiator, number, made, see, &seen);
    CHECK_EQUAL(count, seen.count);
    CHECK_TEXT(seen.names, names);
}

static void what_is_made_moves_from_possible_to_instantiations(void)
{
    open();
    check_uses(USER, false, "size_of$Point swap$i32 anything nowhere$Point ");
    check_uses(USER, true, "");
    CHECK_STATUS(scene_symbol(USER, "swap$i32"), SMF_OK);
    check_uses(USER, false, "size_of$Point anything nowhere$Point "); /* only the one that is named */
    check_uses(USER, true, "swap$i32! ");
    CHECK_STATUS(scene_make(USER, "size_of", "Point"), SMF_OK); /* by its types: the same row */
    check_uses(USER, true, "swap$i32! size_of$Point! ");        /* behind what is there */
    CHECK_STATUS(scene_symbol(USER, "swap$i32"), SMF_OK);
    check_uses(USER, true, "swap$i32! size_of$Point! "); /* not twice */
    check_uses(0, true, "swap$i32! size_of$Point! ");
    check_uses(LIB, true, "");
    scene_end();
}

static void a_row_moves_back_when_its_instance_goes(void)
{
    open();
    CHECK_STATUS(scene_symbol(USER, "swap$i32"), SMF_OK);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "swap$i32"), SMF_OK);
    check_uses(USER, true, "");
    check_uses(USER, false, "size_of$Point swap$i32 anything nowhere$Point ");
    scene_end();
}

static void notes_stay_as_they_are_if_that_is_said(void)
{
    start();
    scene.config.update_notes = false;
    scene_open();
    add_both();
    CHECK_STATUS(scene_symbol(USER, "swap$i32"), SMF_OK);
    check_uses(USER, true, "");
    CHECK_STATUS(smf_instantiator_mark(&scene.instantiator, USER, "anything"), SMF_OK); /* by hand it works */
    check_uses(USER, true, "anything! ");
    CHECK_STATUS(smf_instantiator_mark(&scene.instantiator, USER, "unknown"), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_instantiator_mark(&scene.instantiator, LIB, "anything"), SMF_ERR_NOT_FOUND);
    scene_end();
}

static bool see_one(void *context, const struct smf_use *use)
{
    (void)use;
    ++*(unsigned *)context;
    return false;
}

static void a_walk_ends_when_it_is_told_to(void)
{
    unsigned count = 0;
    open();
    CHECK_EQUAL(smf_instantiator_uses(&scene.instantiator, USER, false, see_one, &count), 1);
    CHECK_EQUAL(count, 1);
    scene_end();
}

/* ---- Figures ---- */

static void figures_count_what_there_is(void)
{
    open();
    CHECK_STATUS(scene_make(0, "size_of", "i8"), SMF_OK);
    const size_t size = scene.made.size;
    CHECK_STATUS(scene_make(0, "size_of", "i16"), SMF_OK);
    struct smf_instantiator_statistics statistics = scene_statistics();
    CHECK_EQUAL(statistics.instances, 2);
    CHECK_EQUAL(statistics.made, 2);
    CHECK_EQUAL(statistics.types, 2);
    CHECK_EQUAL(statistics.code_bytes, 2 * size);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "size_of$i8"), SMF_OK);
    statistics = scene_statistics();
    CHECK_EQUAL(statistics.instances, 1);
    CHECK_EQUAL(statistics.types, 1);
    CHECK_EQUAL(statistics.made, 2);
    CHECK_EQUAL(statistics.code_bytes, size);
    scene_end();
}

static void dropping_is_idempotent(void)
{
    open();
    struct scene_state before;
    CHECK_STATUS(scene_make(0, "size_of", "i8"), SMF_OK);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "size_of$i8"), SMF_OK);
    scene_look(&before);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "size_of$i8"), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "unknown"), SMF_ERR_NOT_FOUND);
    scene_compare(&before);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "size_of$i8", &scene.made), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, "size_of$i8"), 0);
    scene_end();
}

static unsigned traced;
static enum smf_status last_traced;
static void trace(void *context, const char *name, enum smf_status status)
{
    CHECK(context == &traced);
    CHECK_TEXT(name, "size_of");
    traced++;
    last_traced = status;
}

static void what_is_done_is_told(void)
{
    start();
    scene.config.trace = trace;
    scene.config.trace_context = &traced;
    scene_open();
    add_both();
    traced = 0;
    CHECK_STATUS(scene_make(0, "size_of", "i8"), SMF_OK);
    CHECK_EQUAL(traced, 1);
    CHECK_STATUS(last_traced, SMF_OK);
    CHECK_STATUS(scene_make(0, "size_of", "Nobody"), SMF_ERR_TYPE);
    CHECK_EQUAL(traced, 2);
    CHECK_STATUS(last_traced, SMF_ERR_TYPE);
    scene_end();
}

/* ---- The resolver: names that were entered by hand, then instances ---- */

static uintptr_t resolve(const char *symbol)
{
    const uintptr_t known = smf_mapper_lookup(&scene.mapper, symbol);
    if (known != 0)
        return known;
    return scene_symbol(0, symbol) == SMF_OK ? scene.made.address : 0;
}

static void enter(const char *symbol, uintptr_t address)
{
    CHECK_STATUS(smf_mapper_record(&scene.mapper, &smf_mapper_jit, NULL, symbol, address, 4), SMF_OK);
}

static void a_resolver_finds_what_was_entered_first(void)
{
    open();
    CHECK_EQUAL(resolve("mine"), 0);
    enter("mine", 0x1000);
    CHECK_EQUAL(resolve("mine"), 0x1000);
    enter("mine", 0x2000);
    CHECK_EQUAL(resolve("mine"), 0x2000);
    enter("swap$i32", 0x3000); /* also in place of what could be made */
    CHECK_EQUAL(resolve("swap$i32"), 0x3000);
    CHECK_EQUAL(scene_statistics().made, 0);
    scene_end();
}

static void a_resolver_makes_what_is_missing_and_keeps_it(void)
{
    open();
    const uintptr_t made = resolve("swap$i32");
    CHECK(made != 0);
    CHECK_EQUAL(resolve("swap$i32"), made);
    CHECK_EQUAL(scene_statistics().made, 1);
    CHECK_EQUAL(scene_statistics().found, 0); /* the second time it was in the table */
    CHECK_EQUAL(resolve("nowhere$Point"), 0);
    scene_end();
}

/* A name that somebody entered is not taken from him. */
static void a_name_that_is_taken_gets_a_number(void)
{
    open();
    enter("size_of$i8", 0x3000);
    CHECK_STATUS(scene_make(0, "size_of", "i8"), SMF_OK);
    CHECK_TEXT(scene.made.name, "size_of$i8");
    CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, "size_of$i8"), 0x3000);
    CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, "size_of$i8#1"), scene.made.code);
    struct smf_instance found;
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "size_of$i8#1", &found), SMF_OK);
    CHECK_EQUAL(found.address, scene.made.address);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "size_of$i8#2", &found), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "size_of$i8"), SMF_OK);
    CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, "size_of$i8#1"), 0);
    CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, "size_of$i8"), 0x3000);
    scene_end();
}

static const struct tap_case cases[] = {
    {"configuration_defaults",                             configuration_defaults                            },
    {"configuration_is_kept",                              configuration_is_kept                             },
    {"configuration_that_is_refused",                      configuration_that_is_refused                     },
    {"switched_off_nothing_is_made",                       switched_off_nothing_is_made                      },
    {"success_has_code_symbol_and_address",                success_has_code_symbol_and_address               },
    {"an_unknown_symbol_is_not_found",                     an_unknown_symbol_is_not_found                    },
    {"nothing_is_known_at_the_start",                      nothing_is_known_at_the_start                     },
    {"two_modules_count_two",                              two_modules_count_two                             },
    {"a_module_that_comes_twice_counts_once",              a_module_that_comes_twice_counts_once             },
    {"what_is_listed_can_be_made",                         what_is_listed_can_be_made                        },
    {"a_mangled_name_is_opaque",                           a_mangled_name_is_opaque                          },
    {"a_name_with_types_is_taken_apart",                   a_name_with_types_is_taken_apart                  },
    {"what_is_there_is_found_again",                       what_is_there_is_found_again                      },
    {"map_of_text_and_i64",                                map_of_text_and_i64                               },
    {"what_is_made_moves_from_possible_to_instantiations", what_is_made_moves_from_possible_to_instantiations},
    {"a_row_moves_back_when_its_instance_goes",            a_row_moves_back_when_its_instance_goes           },
    {"notes_stay_as_they_are_if_that_is_said",             notes_stay_as_they_are_if_that_is_said            },
    {"a_walk_ends_when_it_is_told_to",                     a_walk_ends_when_it_is_told_to                    },
    {"figures_count_what_there_is",                        figures_count_what_there_is                       },
    {"dropping_is_idempotent",                             dropping_is_idempotent                            },
    {"what_is_done_is_told",                               what_is_done_is_told                              },
    {"a_resolver_finds_what_was_entered_first",            a_resolver_finds_what_was_entered_first           },
    {"a_resolver_makes_what_is_missing_and_keeps_it",      a_resolver_makes_what_is_missing_and_keeps_it     },
    {"a_name_that_is_taken_gets_a_number",                 a_name_that_is_taken_gets_a_number                },
};
TAP_MAIN(cases)
