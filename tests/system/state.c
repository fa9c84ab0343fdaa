/* SPDX-License-Identifier: MIT */
/*
 * state.c - code that runs in a system: a library is called, and a program through its entry (row R13 of REQUIREMENTS
 * A.12); a reload changes what a function returns (L4); state goes from version to version by smf_state_give and
 * smf_state_take, and in .keep sections, and a refusal keeps the old version. On boards, too.
 */
#include "harness/tap.h"
#include "smf/system.h"
#include "support/own_port.h"
#include "system/carried.h"

static struct smf_system live;
static uint8_t arena[1 << 15];
static struct smf_diagnosis why;

static void begin(void)
{
    const struct smf_system_config config = {
        .load = {.port = own_port(), .arena = arena, .arena_size = sizeof arena}
    };
    CHECK_STATUS(smf_system_start(&live, &config), SMF_OK);
}

static void end(void) { smf_system_finish(&live); }

static struct smf_handle load(const char *name, const char *file)
{
    struct smf_handle handle = {0};
    const struct smf_source source = carried(file);
    const struct smf_system_item item = {name, &source};
    CHECK_STATUS(smf_system_load(&live, &item, SMF_LOAD_START, &handle, &why), SMF_OK);
    return handle;
}

static struct smf_handle reload(struct smf_handle handle, const char *file, uint32_t flags, enum smf_status wanted)
{
    struct smf_handle newer = handle;
    const struct smf_source source = carried(file);
    CHECK_STATUS(smf_system_reload(&live, handle, &source, flags, &newer, &why), wanted);
    return newer;
}

static int call(const char *name)
{
    int(SMF_MODULE_CALL *const function)(void) =
        (int(SMF_MODULE_CALL *)(void))(uintptr_t)smf_system_function(&live, name);
    CHECK(function != NULL);
    return function != NULL ? function() : -1;
}

/* ---- R13, L4 ---- */

typedef int SMF_MODULE_CALL add_function(int left, int right);

static void r13_a_library_is_called(void)
{
    begin();
    load("adder", "adder_1");
    add_function *const add = (add_function *)(uintptr_t)smf_system_function(&live, "adder_add");
    CHECK(add != NULL);
    CHECK_EQUAL(add != NULL ? add(2, 3) : 0, 5);
    end();
}

static int run(struct smf_handle program)
{
    int(SMF_MODULE_CALL *const entry)(void) =
        (int(SMF_MODULE_CALL *)(void))(uintptr_t)smf_entry(smf_system_module(&live, program));
    CHECK(entry != NULL);
    return entry != NULL ? entry() : -1;
}

static void r13_a_program_is_run(void)
{
    begin();
    load("adder", "adder_1");
    CHECK_EQUAL(run(load("program", "program")), 42);
    end();
}

static void l4_a_reload_changes_what_a_function_returns(void)
{
    begin();
    const struct smf_handle adder = load("adder", "adder_1");
    const struct smf_handle program = load("program", "program");
    CHECK_EQUAL(run(program), 42);
    const struct smf_handle newer = reload(adder, "adder_2", 0, SMF_OK);
    CHECK_EQUAL(run(program), 142);
    reload(newer, "adder_1", 0, SMF_OK);
    CHECK_EQUAL(run(program), 42);
    end();
}

/* ---- State ---- */

static struct smf_handle load_counter(void)
{
    begin();
    const struct smf_handle counter = load("counter", "counter_1");
    CHECK_EQUAL(call("counter_next"), 101);
    CHECK_EQUAL(call("counter_next"), 102);
    CHECK_EQUAL(call("counter_kept"), 2);
    return counter;
}

static void state_is_handed_over(void)
{
    const struct smf_handle first = load_counter();
    const struct smf_handle second = reload(first, "counter_2", 0, SMF_OK);
    CHECK_EQUAL(call("counter_tag"), 2);
    CHECK_EQUAL(call("counter_next"), 103);
    CHECK_EQUAL(call("counter_took"), 1005); /* the old version's, not its own */
    reload(second, "counter_1", 0, SMF_OK);
    CHECK_EQUAL(call("counter_next"), 104);
    CHECK_EQUAL(call("counter_took"), 1006);
    end();
}

/* State versions 5 and 6: the section begins anew, though the hooks are asked. Two with 5 share it. */
static void kept_variables_go_with_their_state_version(void)
{
    const struct smf_handle first = load_counter();
    const struct smf_handle second = reload(first, "counter_2", 0, SMF_OK);
    CHECK_EQUAL(call("counter_kept"), 2);
    end();
    CHECK(second.number != first.number);
    const struct smf_handle again = load_counter();
    reload(again, "counter_without", 0, SMF_OK);
    CHECK_EQUAL(call("counter_tag"), 3);
    CHECK_EQUAL(call("counter_kept"), 3);
    end();
}

static void a_refusal_keeps_the_old_version(void)
{
    struct smf_version_information information;
    const struct smf_handle first = load_counter();
    const struct smf_handle same = reload(first, "counter_stubborn", 0, SMF_ERR_STATE);
    CHECK_EQUAL(why.detail, SMF_DETAIL_REFUSED_STATE);
    CHECK_TEXT(why.name, "counter");
    CHECK_EQUAL(why.value, 7);
    CHECK_EQUAL(same.number, first.number);
    CHECK_STATUS(smf_system_information(&live, first, &information), SMF_OK);
    CHECK(information.live && information.started);
    CHECK_EQUAL(call("counter_tag"), 1);
    CHECK_EQUAL(call("counter_next"), 103);
    CHECK_EQUAL(call("counter_kept"), 3);
    reload(first, "counter_stubborn", SMF_RELOAD_FRESH, SMF_OK); /* not asked */
    CHECK_EQUAL(call("counter_tag"), 4);
    end();
}

static void nothing_is_handed_over_when_fresh(void)
{
    const struct smf_handle first = load_counter();
    reload(first, "counter_2", SMF_RELOAD_FRESH, SMF_OK);
    CHECK_EQUAL(call("counter_next"), 201);
    CHECK_EQUAL(call("counter_took"), 0);
    CHECK_EQUAL(call("counter_kept"), 2);
    end();
}

/* An old version with nothing to give, and versions without hooks on either side. */
static void both_have_to_have_hooks(void)
{
    begin();
    const struct smf_handle mute = load("counter", "counter_mute");
    CHECK_EQUAL(call("counter_next"), 501);
    const struct smf_handle second = reload(mute, "counter_2", 0, SMF_OK);
    CHECK_EQUAL(call("counter_took"), 0);
    CHECK_EQUAL(call("counter_next"), 201);
    const struct smf_handle without = reload(second, "counter_without", 0, SMF_OK);
    CHECK_EQUAL(call("counter_next"), 301);
    reload(without, "counter_1", 0, SMF_OK);
    CHECK_EQUAL(call("counter_took"), 0);
    CHECK_EQUAL(call("counter_next"), 101);
    end();
}

/* A pointer that was handed out earlier is good until its version is released. */
static void an_old_pointer_stays_good_while_its_version_is_held(void)
{
    const struct smf_handle first = load_counter();
    int(SMF_MODULE_CALL *const old)(void) =
        (int(SMF_MODULE_CALL *)(void))(uintptr_t)smf_system_function(&live, "counter_tag");
    CHECK_STATUS(smf_system_retain(&live, first), SMF_OK);
    reload(first, "counter_2", 0, SMF_OK);
    CHECK_EQUAL(old(), 1);
    CHECK_EQUAL(call("counter_tag"), 2);
    CHECK_STATUS(smf_system_release(&live, first), SMF_OK);
    CHECK(smf_system_module(&live, first) == NULL);
    end();
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(r13_a_library_is_called),
    CASE(r13_a_program_is_run),
    CASE(l4_a_reload_changes_what_a_function_returns),
    CASE(state_is_handed_over),
    CASE(kept_variables_go_with_their_state_version),
    CASE(a_refusal_keeps_the_old_version),
    CASE(nothing_is_handed_over_when_fresh),
    CASE(both_have_to_have_hooks),
    CASE(an_old_pointer_stays_good_while_its_version_is_held),
};
TAP_MAIN(cases)
