/* SPDX-License-Identifier: MIT */
/* owners.c - who uses an instance, what it holds, and with whom it goes: with these and nobody else. */
#include "generic/engine.h" /* two thousand million calls take long */
#include "generic/engine/scene.h"

static const uint8_t term_t[] = {0};
static struct simple sort, swap;
enum { LIB = 1, HELPER = 2, USER = 3, OTHER = 4 };

static const struct smf_write_sdn_row rows[] = {
    {SMF_SDN_POSSIBLE, {"sort", "Point", "sort$Point", "user", "true"}},
    {SMF_SDN_POSSIBLE, {"sort", "i64", "sort$i64", "user", "true"}    },
};

/* sort of LIB needs swap of HELPER; USER has a Point and uses sort for it. */
static void open(void)
{
    scene_start(scene_machine());
    simple_start(&swap, "swap", 1);
    simple_start(&sort, "sort", 1);
    simple_word(&swap, 0, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NUMBER, .what = SMF_UNIT_SIZE});
    simple_need(&sort, "swap", term_t, 1);
    simple_word(&sort, 0, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NEED, .what = 0});
    scene_plain(USER, "Point", 24, 3);
    scene_open();
    CHECK_STATUS(simple_add(LIB, "lib", &sort), SMF_OK);
    CHECK_STATUS(simple_add(HELPER, "helper", &swap), SMF_OK);
    CHECK_STATUS(scene_add(USER, "user", NULL, 0, rows, 2), SMF_OK);
    CHECK_STATUS(scene_add(OTHER, "other", NULL, 0, rows, 2), SMF_OK);
}

static bool is_there(const char *mangled)
{
    struct smf_instance instance;
    const bool there = smf_instantiator_find(&scene.instantiator, mangled, &instance) == SMF_OK;
    CHECK_EQUAL(there, smf_mapper_lookup(&scene.mapper, mangled) != 0);
    return there;
}

static struct smf_system_generics system_of(void) { return smf_instantiator_generics(&scene.instantiator); }

static enum smf_status bind(uint32_t importer, const char *symbol)
{
    const struct smf_system_generics generics = system_of();
    struct smf_system_made made;
    const struct smf_handle handle = {importer};
    CHECK(generics.can(generics.context, handle, symbol));
    const enum smf_status status = generics.make(generics.context, handle, symbol, &made, &scene.why);
    if (status == SMF_OK)
        CHECK_EQUAL(made.holds[0].number, LIB); /* the template's */
    return status;
}

static void an_instance_holds_what_it_was_made_of(void)
{
    open();
    CHECK_STATUS(scene_make(USER, "sort", "Point"), SMF_OK);
    CHECK_EQUAL(scene.made.hold_count, 3);
    CHECK_EQUAL(scene.made.holds[0], LIB);
    CHECK_EQUAL(scene.made.holds[1], USER);
    CHECK_EQUAL(scene.made.holds[2], HELPER); /* of what it needs */
    CHECK_EQUAL(simple_read(&scene.made, 0), smf_mapper_lookup(&scene.mapper, "swap$Point"));
    scene_end();
}

static void it_goes_with_each_module_that_it_holds(void)
{
    static const uint32_t held[] = {LIB, HELPER, USER};
    for (unsigned i = 0; i < 3; i++) {
        tap_variant("module=%u", held[i]);
        open();
        CHECK_STATUS(scene_make(USER, "sort", "Point"), SMF_OK);
        CHECK_STATUS(scene_make(USER, "sort", "i64"), SMF_OK);
        CHECK_STATUS(scene_make(USER, "swap", "u8"), SMF_OK);
        CHECK_EQUAL(scene_statistics().instances, 5);
        smf_instantiator_remove(&scene.instantiator, held[i]);
        CHECK(!is_there("sort$Point"));
        CHECK(!is_there("swap$Point"));
        CHECK_EQUAL(is_there("sort$i64"), held[i] == USER); /* and nothing else does */
        CHECK_EQUAL(is_there("swap$i64"), held[i] == USER);
        CHECK_EQUAL(is_there("swap$u8"), held[i] != HELPER);
        CHECK_EQUAL(scene_statistics().modules, 3);
        smf_instantiator_remove(&scene.instantiator, held[i]); /* a second time nothing happens */
        CHECK_EQUAL(scene_statistics().modules, 3);
        scene_end();
    }
    tap_variant("%s", "");
}

static void everything_comes_back_when_all_modules_go(void)
{
    struct scene_state before;
    open();
    scene_look(&before);
    CHECK_STATUS(scene_make(USER, "sort", "Point"), SMF_OK);
    CHECK_STATUS(bind(USER, "sort$i64"), SMF_OK);
    smf_instantiator_remove(&scene.instantiator, LIB);
    smf_instantiator_remove(&scene.instantiator, HELPER);
    smf_instantiator_remove(&scene.instantiator, USER);
    smf_instantiator_remove(&scene.instantiator, OTHER);
    CHECK_EQUAL(scene_statistics().instances, 0);
    CHECK_EQUAL(scene_statistics().types, 0);
    CHECK_EQUAL(scene_statistics().templates, 0);
    CHECK_EQUAL(scene_statistics().uses, 0);
    CHECK_EQUAL(paper_live(&scene.paper), 0);
    CHECK(scene_statistics().arena_largest > before.statistics.arena_largest);
    scene_end();
}

static void a_module_that_is_bound_is_a_user(void)
{
    open();
    CHECK_STATUS(bind(USER, "sort$i64"), SMF_OK);
    CHECK_STATUS(bind(USER, "sort$i64"), SMF_OK); /* once, however often it asks */
    CHECK_STATUS(bind(OTHER, "sort$i64"), SMF_OK);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$i64", &scene.made), SMF_OK);
    CHECK_EQUAL(scene.made.users, 2);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "sort$i64"), SMF_ERR_BUSY);
    smf_instantiator_remove(&scene.instantiator, USER);
    CHECK(is_there("sort$i64"));
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$i64", &scene.made), SMF_OK);
    CHECK_EQUAL(scene.made.users, 1);
    smf_instantiator_remove(&scene.instantiator, OTHER);
    CHECK(!is_there("sort$i64"));
    CHECK(!is_there("swap$i64")); /* which nobody asked for */
    scene_end();
}

static void callers_and_modules_count_apart(void)
{
    open();
    CHECK_STATUS(bind(USER, "sort$i64"), SMF_OK);
    CHECK_STATUS(scene_symbol(USER, "sort$i64"), SMF_OK);
    CHECK_EQUAL(scene.made.users, 2);
    CHECK_STATUS(scene_make(0, "sort", "i64"), SMF_OK);
    CHECK_EQUAL(scene.made.users, 3);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "sort$i64"), SMF_OK);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "sort$i64"), SMF_OK);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "sort$i64"), SMF_ERR_BUSY);
    CHECK(is_there("sort$i64"));
    smf_instantiator_remove(&scene.instantiator, USER);
    CHECK(!is_there("sort$i64"));
    scene_end();
}

/* Who asks again and again does not count until it starts over, which would be the end of what all of them use. */
static void callers_that_nobody_can_count(void)
{
    open();
    CHECK_STATUS(bind(USER, "sort$i64"), SMF_OK);
    CHECK_STATUS(scene_make(0, "sort", "i64"), SMF_OK);
    scene.instantiator.instances->callers = CALLERS_MAX - 1;
    scene.instantiator.instances->users = CALLERS_MAX;
    CHECK_STATUS(scene_make(0, "sort", "i64"), SMF_OK);
    CHECK_EQUAL(scene.made.users, CALLERS_MAX + 1);
    CHECK_STATUS(scene_symbol(USER, "sort$i64"), SMF_OK);
    CHECK_STATUS(scene_make(0, "sort", "i64"), SMF_OK);
    CHECK_EQUAL(scene.made.users, CALLERS_MAX + 1);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "sort$i64"), SMF_OK);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$i64", &scene.made), SMF_OK);
    CHECK_EQUAL(scene.made.users, CALLERS_MAX + 1); /* from then on it stays */
    smf_instantiator_remove(&scene.instantiator, USER);
    CHECK(is_there("sort$i64"));
    smf_instantiator_remove(&scene.instantiator, LIB);
    CHECK(!is_there("sort$i64"));
    scene_end();
}

static void what_is_needed_stays_as_long_as_it_is(void)
{
    open();
    CHECK_STATUS(scene_make(0, "sort", "i64"), SMF_OK);
    CHECK_STATUS(scene_make(0, "swap", "i64"), SMF_OK);
    CHECK(!scene.made.made);
    CHECK_EQUAL(scene.made.users, 2);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "sort$i64"), SMF_OK);
    CHECK(is_there("swap$i64"));
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "swap$i64"), SMF_OK);
    CHECK(!is_there("swap$i64"));
    scene_end();
}

static void what_the_host_asked_for_stays_until_a_module_goes(void)
{
    const struct smf_handle host = {0};
    struct smf_system_made made;
    open();
    const struct smf_system_generics generics = system_of();
    CHECK(generics.rules == &smf_system_generics_rules);
    CHECK_STATUS(generics.make(generics.context, host, "sort$Point", &made, &scene.why), SMF_OK);
    CHECK_EQUAL(made.hold_count, 3);
    CHECK_EQUAL(made.address & ~(uintptr_t)1, smf_mapper_lookup(&scene.mapper, "sort$Point"));
    CHECK_STATUS(generics.make(generics.context, host, "sort<u16>", &made, &scene.why), SMF_OK);
    const struct smf_type i32 = {.kind = SMF_TYPE_INT, .bits = 32, .is_signed = true};
    CHECK_STATUS(generics.make_generic(generics.context, "sort", &i32, &made, &scene.why), SMF_OK);
    generics.retire(generics.context, (struct smf_handle){USER});
    CHECK(is_there("sort$Point"));
    generics.remove(generics.context, (struct smf_handle){USER});
    CHECK(!is_there("sort$Point"));
    CHECK(is_there("sort$u16") && is_there("sort$i32"));
    generics.remove(generics.context, (struct smf_handle){HELPER});
    CHECK_EQUAL(scene_statistics().instances, 0);
    scene_end();
}

static void a_module_makes_only_what_it_lists(void)
{
    const struct smf_handle user = {USER}, lib = {LIB}, host = {0};
    struct smf_system_made made;
    open();
    const struct smf_system_generics generics = system_of();
    CHECK(generics.can(generics.context, user, "sort$Point"));
    CHECK(!generics.can(generics.context, user, "sort$u8"));
    CHECK(!generics.can(generics.context, lib, "sort$Point")); /* that is another one's row */
    CHECK(generics.can(generics.context, host, "sort$Point"));
    CHECK_STATUS(generics.make(generics.context, lib, "sort$Point", &made, &scene.why), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(generics.make(generics.context, lib, "sort<i64>", &made, &scene.why), SMF_ERR_NOT_FOUND);
    scene_end();
}

/* ---- Versions ---- */

static void what_is_retired_is_found_no_more(void)
{
    open();
    CHECK_STATUS(scene_make(0, "sort", "i64"), SMF_OK);
    const uintptr_t old = scene.made.address;
    smf_instantiator_retire(&scene.instantiator, LIB);
    CHECK_STATUS(scene_make(0, "sort", "i64"), SMF_ERR_NOT_FOUND);
    CHECK(is_there("sort$i64")); /* what was made goes on */
    CHECK_STATUS(simple_add(9, "lib", &sort), SMF_OK);
    CHECK_STATUS(scene_make(0, "sort", "i64"), SMF_OK);
    CHECK(scene.made.made && scene.made.address != old);
    CHECK_EQUAL(scene.made.holds[0], 9);
    smf_instantiator_remove(&scene.instantiator, LIB);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$i64", &scene.made), SMF_OK);
    CHECK_EQUAL(scene.made.holds[0], 9);
    CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, "sort$i64"), 0); /* it has a number */
    CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, "sort$i64#1"), scene.made.code);
    smf_instantiator_retire(&scene.instantiator, 99);
    smf_instantiator_remove(&scene.instantiator, 99);
    scene_end();
}

/* Two versions of a module run side by side: each one makes what it asks for of its own templates. */
static void a_version_s_own_template_comes_first(void)
{
    open();
    CHECK_STATUS(simple_add(9, "lib", &sort), SMF_OK);
    CHECK_STATUS(scene_make(LIB, "sort", "i64"), SMF_OK); /* the older one, while both are there */
    CHECK(scene.made.made);
    CHECK_EQUAL(scene.made.holds[0], LIB);
    CHECK_STATUS(scene_make(9, "sort", "i64"), SMF_OK);
    CHECK(scene.made.made);
    CHECK_EQUAL(scene.made.holds[0], 9);
    smf_instantiator_retire(&scene.instantiator, LIB);
    CHECK_STATUS(scene_make(LIB, "sort", "i64"), SMF_OK); /* and after it was retired */
    CHECK(!scene.made.made);
    CHECK_EQUAL(scene.made.holds[0], LIB);
    CHECK_STATUS(scene_make(0, "sort", "i64"), SMF_OK);
    CHECK(!scene.made.made);
    CHECK_EQUAL(scene.made.holds[0], 9);
    scene_end();
}

/* Who comes later is not given what was made of something that was replaced, wherever in it that is. */
static void what_needs_something_retired_is_made_anew(void)
{
    open();
    CHECK_STATUS(bind(USER, "sort$i64"), SMF_OK);
    CHECK_STATUS(scene_symbol(USER, "sort$Point"), SMF_OK);
    const uintptr_t points = scene.made.code;
    smf_instantiator_retire(&scene.instantiator, HELPER);
    CHECK_STATUS(simple_add(9, "helper", &swap), SMF_OK);
    CHECK_STATUS(bind(OTHER, "sort$i64"), SMF_OK);
    CHECK_STATUS(scene_make(0, "sort", "i64"), SMF_OK);
    CHECK(!scene.made.made);
    CHECK_EQUAL(scene.made.hold_count, 2);
    CHECK_EQUAL(scene.made.holds[1], 9);
    CHECK_EQUAL(scene.made.users, 2);
    CHECK_STATUS(bind(USER, "sort$i64"), SMF_OK); /* who is bound stays so */
    CHECK_STATUS(scene_make(USER, "sort", "Point"), SMF_OK);
    CHECK(scene.made.made && scene.made.code != points);
    CHECK_STATUS(scene_make(USER, "sort", "Point"), SMF_OK);
    CHECK(!scene.made.made);
    smf_instantiator_remove(&scene.instantiator, HELPER);
    CHECK_EQUAL(scene_statistics().instances, 4);
    smf_instantiator_retire(&scene.instantiator, USER); /* its own type: it may go on asking */
    CHECK_STATUS(scene_make(USER, "sort", "Point"), SMF_OK);
    CHECK(!scene.made.made);
    scene_end();
}

static void rows_of_a_retired_module_are_found_no_more(void)
{
    open();
    smf_instantiator_retire(&scene.instantiator, USER);
    smf_instantiator_retire(&scene.instantiator, OTHER);
    CHECK(!smf_instantiator_can(&scene.instantiator, 0, "sort$Point", NULL));
    CHECK_STATUS(scene_symbol(0, "sort$Point"), SMF_ERR_NOT_FOUND);
    scene_end();
}

static void a_template_is_one_module_s(void)
{
    open();
    struct scene_state before;
    scene_look(&before);
    CHECK_STATUS(simple_add(9, "thief", &sort), SMF_ERR_DUPLICATE);
    CHECK_TEXT(scene.why.name, "sort");
    CHECK_EQUAL(scene.why.value, LIB);
    scene_compare(&before);
    CHECK_STATUS(simple_add(9, "lib", &sort), SMF_OK); /* another version */
    smf_instantiator_retire(&scene.instantiator, LIB);
    smf_instantiator_retire(&scene.instantiator, 9);
    CHECK_STATUS(simple_add(10, "heir", &sort), SMF_OK);
    scene_end();
}

static void what_something_was_made_of_is_not_replaced(void)
{
    open();
    CHECK_STATUS(scene_make(0, "sort", "i64"), SMF_OK);
    struct scene_state before;
    scene_look(&before);
    CHECK_STATUS(simple_add(LIB, "lib", &sort), SMF_ERR_BUSY);
    CHECK_TEXT(scene.why.name, "lib");
    scene_compare(&before);
    CHECK_STATUS(bind(USER, "sort$i64"), SMF_OK);
    CHECK_STATUS(scene_add(USER, "user", NULL, 0, rows, 2), SMF_ERR_BUSY);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "sort$i64"), SMF_OK);
    CHECK_STATUS(scene_add(OTHER, "other", NULL, 0, rows, 1), SMF_OK);
    CHECK_EQUAL(scene_statistics().uses, 3);
    scene_end();
}

static void bad_arguments_are_refused(void)
{
    open();
    const struct smf_instantiator_item item = {.number = 5, .name = "five", .image = &scene.images[0]};
    struct smf_instantiator_item bad = item;
    bad.number = 0;
    CHECK_STATUS(smf_instantiator_add(&scene.instantiator, &bad, NULL), SMF_ERR_ARGUMENT);
    bad = item;
    bad.name = NULL;
    CHECK_STATUS(smf_instantiator_add(&scene.instantiator, &bad, NULL), SMF_ERR_ARGUMENT);
    bad = item;
    bad.image = NULL;
    CHECK_STATUS(smf_instantiator_add(&scene.instantiator, &bad, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_instantiator_add(&scene.instantiator, NULL, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_instantiator_add(NULL, &item, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_instantiate(&scene.instantiator, 0, NULL, NULL, &scene.made, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_instantiate(&scene.instantiator, 0, "sort", NULL, NULL, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_instantiate_symbol(&scene.instantiator, 0, NULL, &scene.made, NULL), SMF_ERR_ARGUMENT);
    static struct smf_instantiator never;
    CHECK_STATUS(smf_instantiate(&never, 0, "sort", NULL, &scene.made, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_instantiator_add(&never, &item, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_instantiator_find(&never, "sort", &scene.made), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_instantiator_drop(&never, "sort"), SMF_ERR_NOT_FOUND);
    CHECK(!smf_instantiator_can(&never, 0, "sort", NULL));
    CHECK_TEXT(smf_instantiator_path(&never), "");
    smf_instantiator_finish(&never);
    smf_instantiator_finish(NULL);
    scene_end();
}

/* ---- Sources ---- */

/* Records of a source that does not stay are copied: its bytes may go. */
static void records_are_copied_where_they_do_not_stay(void)
{
    open();
    static struct simple late;
    simple_start(&late, "late", 1);
    simple_export(&late, "later", 16);
    simple_word(&late, 0, (struct smf_write_unit_symbol){.kind = SMF_UNIT_IMPORT, .name = "puts"});
    scene_function(0, "puts", 0x7000);
    scene.stay = SMF_STAYS_FOR_LOAD;
    CHECK_STATUS(simple_add(9, "late", &late), SMF_OK);
    memset(scene.files[scene.file_count - 1].bytes, 0xEE, scene.files[scene.file_count - 1].size);
    CHECK_STATUS(scene_make(0, "later", "i64"), SMF_OK);
    CHECK_TEXT(scene.made.name, "later$i64");
    CHECK_EQUAL(simple_read(&scene.made, 0), 0x7000);
    scene_end();
}

struct instances {
    unsigned count;
    char names[200];
};
static bool see(void *context, const struct smf_instance *instance)
{
    struct instances *seen = context;
    strcat(strcat(seen->names, instance->name), " ");
    return ++seen->count < 3;
}

static void instances_are_walked_newest_first(void)
{
    struct instances seen = {0, ""};
    open();
    CHECK_STATUS(scene_make(0, "sort", "i64"), SMF_OK);
    CHECK_STATUS(scene_make(0, "swap", "u8"), SMF_OK);
    CHECK_STATUS(scene_make(0, "swap", "u16"), SMF_OK);
    CHECK_EQUAL(smf_instantiator_walk(&scene.instantiator, see, &seen), 3);
    CHECK_TEXT(seen.names, "swap$u16 swap$u8 sort$i64 ");
    scene_end();
}

static void all_functions_of_a_template_are_there(void)
{
    static struct simple vec;
    open();
    simple_start(&vec, "vec_push", 1);
    simple_export(&vec, "vec_pop", 32);
    simple_export(&vec, "vec_clear", 16);
    simple_word(&vec, 0, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NUMBER, .what = SMF_UNIT_SIZE});
    CHECK_STATUS(simple_add(9, "vec", &vec), SMF_OK);
    CHECK_STATUS(scene_make(0, "vec_pop", "u8"), SMF_OK);
    CHECK_TEXT(scene.made.name, "vec_pop$u8");
    CHECK_EQUAL(scene.made.address & ~(uintptr_t)1, scene.made.code + 32);
    const uintptr_t code = scene.made.code;
    CHECK_STATUS(scene_make(0, "vec_clear", "u8"), SMF_OK);
    CHECK(!scene.made.made);
    CHECK_EQUAL(scene.made.address & ~(uintptr_t)1, code + 16);
    struct smf_mapper_record record;
    CHECK_STATUS(smf_mapper_get_record(&scene.mapper, "vec_push$u8", &record), SMF_OK);
    CHECK(record.is_region);
    CHECK_TEXT(record.owner, "__jit__");
    CHECK_EQUAL(record.address, code);
    CHECK_STATUS(smf_mapper_get_record(&scene.mapper, "vec_pop$u8", &record), SMF_OK);
    CHECK(!record.is_region);
    CHECK_EQUAL(record.size, SIMPLE_CODE - 32);
    CHECK_STATUS(smf_mapper_get_record(&scene.mapper, "vec_clear$u8", &record), SMF_OK);
    CHECK_EQUAL(record.size, 16);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "vec_push$u8"), SMF_OK);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "vec_clear$u8"), SMF_OK);
    CHECK_EQUAL(paper_live(&scene.paper), 0);
    CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, "vec_pop$u8"), 0);
    scene_end();
}

/* The first function need not come first in the code. */
static void a_first_function_may_lie_anywhere(void)
{
    static struct simple last;
    open();
    simple_start(&last, "last", 1);
    last.at[0] += 64;
    simple_word(&last, 0, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NUMBER, .what = SMF_UNIT_SIZE});
    CHECK_STATUS(simple_add(9, "last", &last), SMF_OK);
    CHECK_STATUS(scene_make(0, "last", "u8"), SMF_OK);
    CHECK_EQUAL(scene.made.address, scene.made.code + last.at[0]);
    CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, "last$u8"), scene.made.address);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "last$u8"), SMF_OK);
    CHECK_EQUAL(paper_live(&scene.paper), 0);
    scene_end();
}

/* x86-64 has functions at odd offsets, the first one behind a lone ret among them. */
static void a_first_function_may_start_at_an_odd_offset(void)
{
    static struct simple odd;
    struct smf_mapper_record record;
    if (scene_machine()->id != SMF_ARCH_X86_64) {
        tap_skip("only x86-64 has functions at odd offsets");
        return;
    }
    open();
    simple_start(&odd, "odd", 1);
    odd.at[0] = 1;
    simple_export(&odd, "nothing", 0);
    simple_export(&odd, "last", 7);
    simple_word(&odd, 16, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NUMBER, .what = SMF_UNIT_SIZE});
    CHECK_STATUS(simple_add(9, "odd", &odd), SMF_OK);
    CHECK_STATUS(scene_make(0, "odd", "u8"), SMF_OK);
    CHECK_EQUAL(scene.made.address, scene.made.code + 1);
    CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, "odd$u8"), scene.made.address);
    CHECK_STATUS(smf_mapper_get_record(&scene.mapper, "odd$u8", &record), SMF_OK);
    CHECK_EQUAL(record.size, 6);
    CHECK_STATUS(smf_mapper_get_record(&scene.mapper, "nothing$u8", &record), SMF_OK);
    CHECK_EQUAL(record.size, 1);
    CHECK_STATUS(smf_mapper_get_record(&scene.mapper, "last$u8", &record), SMF_OK);
    CHECK_EQUAL(record.size, SIMPLE_CODE - 7);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "odd$u8"), SMF_OK);
    CHECK_EQUAL(paper_live(&scene.paper), 0);
    scene_end();
}

/* A # in a template's own name is not the one that stands before a number. */
static void names_may_have_a_number_sign(void)
{
    static struct simple sharp;
    open();
    simple_start(&sharp, "c#1", 1);
    simple_word(&sharp, 0, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NUMBER, .what = SMF_UNIT_SIZE});
    CHECK_STATUS(simple_add(9, "sharp", &sharp), SMF_OK);
    CHECK_STATUS(scene_make(USER, "c#1", "Point"), SMF_OK);
    const uintptr_t first = scene.made.code;
    scene_plain(OTHER, "Point", 8, 3);
    CHECK_STATUS(scene_make(OTHER, "c#1", "Point"), SMF_OK);
    CHECK_TEXT(scene.made.name, "c#1$Point");
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "c#1$Point", &scene.made), SMF_OK);
    CHECK(scene.made.code != first);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "c#1$Point#1", &scene.made), SMF_OK);
    CHECK(scene.made.code != first);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "c#1$Point#2", &scene.made), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "c#1$Point#1"), SMF_OK);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "c#1$Point", &scene.made), SMF_OK);
    CHECK_EQUAL(scene.made.code, first);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "c#1$Point"), SMF_OK);
    CHECK_EQUAL(paper_live(&scene.paper), 0);
    scene_end();
}

/* What was told of a name that was taken says nothing about what was made. */
static void a_diagnosis_of_what_was_made_is_empty(void)
{
    open();
    CHECK_STATUS(scene_make(USER, "swap", "Point"), SMF_OK);
    scene_plain(OTHER, "Point", 8, 3);
    CHECK_STATUS(scene_make(OTHER, "swap", "Point"), SMF_OK);
    CHECK(scene.made.made);
    CHECK_STATUS(scene.why.status, SMF_OK);
    CHECK_TEXT(scene.why.name, "");
    scene_end();
}

static const struct tap_case cases[] = {
    {"an_instance_holds_what_it_was_made_of",             an_instance_holds_what_it_was_made_of            },
    {"it_goes_with_each_module_that_it_holds",            it_goes_with_each_module_that_it_holds           },
    {"everything_comes_back_when_all_modules_go",         everything_comes_back_when_all_modules_go        },
    {"a_module_that_is_bound_is_a_user",                  a_module_that_is_bound_is_a_user                 },
    {"callers_and_modules_count_apart",                   callers_and_modules_count_apart                  },
    {"callers_that_nobody_can_count",                     callers_that_nobody_can_count                    },
    {"what_is_needed_stays_as_long_as_it_is",             what_is_needed_stays_as_long_as_it_is            },
    {"what_the_host_asked_for_stays_until_a_module_goes", what_the_host_asked_for_stays_until_a_module_goes},
    {"a_module_makes_only_what_it_lists",                 a_module_makes_only_what_it_lists                },
    {"what_is_retired_is_found_no_more",                  what_is_retired_is_found_no_more                 },
    {"a_version_s_own_template_comes_first",              a_version_s_own_template_comes_first             },
    {"what_needs_something_retired_is_made_anew",         what_needs_something_retired_is_made_anew        },
    {"rows_of_a_retired_module_are_found_no_more",        rows_of_a_retired_module_are_found_no_more       },
    {"a_template_is_one_module_s",                        a_template_is_one_module_s                       },
    {"what_something_was_made_of_is_not_replaced",        what_something_was_made_of_is_not_replaced       },
    {"bad_arguments_are_refused",                         bad_arguments_are_refused                        },
    {"records_are_copied_where_they_do_not_stay",         records_are_copied_where_they_do_not_stay        },
    {"instances_are_walked_newest_first",                 instances_are_walked_newest_first                },
    {"all_functions_of_a_template_are_there",             all_functions_of_a_template_are_there            },
    {"a_first_function_may_lie_anywhere",                 a_first_function_may_lie_anywhere                },
    {"a_first_function_may_start_at_an_odd_offset",       a_first_function_may_start_at_an_odd_offset      },
    {"names_may_have_a_number_sign",                      names_may_have_a_number_sign                     },
    {"a_diagnosis_of_what_was_made_is_empty",             a_diagnosis_of_what_was_made_is_empty            },
};
TAP_MAIN(cases)
