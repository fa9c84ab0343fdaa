/* SPDX-License-Identifier: MIT */
/*
 * owners.c - a mapper beside a system: one table of symbols for a loader and a
 * JIT, whose owners are modules (REQUIREMENTS A.8, A.10, B.3: what speaks of JIT symbols; here
 * somebody else has compiled them). On paper.
 */
#include <stdlib.h>
#include <string.h>

#include "smf/mapper.h"
#include "support/holds.h"
#include "support/kit.h"

static struct kit kit;
static struct paper paper;
static struct smf_mapper mapper;
static struct smf_system sys;
static struct smf_diagnosis why;
static uint8_t arena[1 << 14], records[1 << 13];
static const uint8_t code[16];

static void start(void)
{
    paper_start(&paper);
    if (sizeof(void *) == 4)
        paper.base = 0x40000000;
    const struct smf_mapper_config table = {.port = &paper.port, .arena = records, .arena_size = sizeof records};
    CHECK_STATUS(smf_mapper_start(&mapper, &table), SMF_OK);
    const struct smf_system_config config = {
        .load = {.port = &paper.port,
                 .arena = arena,
                 .arena_size = sizeof arena,
                 .arch = kit_machine(),
                 .resolve = smf_mapper_resolve,
                 .resolve_context = &mapper},
        .event = smf_mapper_follow,
        .event_context = &mapper
    };
    CHECK_STATUS(smf_system_start(&sys, &config), SMF_OK);
}

static void end(void)
{
    smf_system_finish(&sys);
    smf_mapper_finish(&mapper);
    paper_end(&paper);
}

/* A module that exports one function, and imports another if there is a name. */
static struct smf_handle load(const char *name, const char *function, const char *import, enum smf_status wanted)
{
    static uint8_t text[64];
    size_t size;
    struct smf_handle handle = {0};
    kit_start(&kit, (enum smf_arch_id)kit_machine()->id);
    kit.writer.header.flags |= SMF_FLAG_RELOADABLE;
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
    kit_section(&kit, ".got", SMF_SECTION_RODATA, text, 16, 8);
    if (import != NULL)
        kit_stub_import(&kit, import, SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL, 32, 8, 0);
    kit_export(&kit, function, 0, 16, SMF_SYMBOL_FUNCTION);
    if (import != NULL)
        kit_relocation(&kit, 1, 0, kit_machine()->absolute, 0, 0);
    uint8_t *file = kit_finish(&kit, &size);
    const struct smf_source source = smf_source_memory(file, size, SMF_STAYS_FOR_LOAD);
    const struct smf_system_item item = {name, &source};
    CHECK_STATUS(smf_system_load(&sys, &item, 0, &handle, &why), wanted);
    free(file);
    return handle;
}

static uintptr_t compile(const char *owner, const char *symbol)
{
    uintptr_t address = 0;
    CHECK_STATUS(smf_mapper_map(&mapper, &smf_mapper_jit, owner, symbol, code, sizeof code, 4, &address), SMF_OK);
    return address;
}

static bool is_known(const char *name)
{
    struct smf_resolved found;
    return smf_system_resolve(&sys, name, &found) == SMF_OK;
}

static size_t mapped(void)
{
    struct smf_mapper_statistics statistics;
    smf_mapper_get_statistics(&mapper, &statistics);
    return statistics.mapped_symbols;
}

static void a_name_of_nobody_is_not_found(void)
{
    start();
    CHECK(!is_known("Vec$i64"));
    CHECK_EQUAL(mapped(), 0);
    end();
}

static void compiled_symbols_are_found_and_bound(void)
{
    start();
    const uintptr_t address = compile("", "Vec$i64");
    struct smf_resolved found;
    CHECK_STATUS(smf_system_resolve(&sys, "Vec$i64", &found), SMF_OK);
    CHECK_EQUAL(found.address & ~(uint64_t)1, address);
    CHECK_EQUAL(found.handle.number, 0);
    CHECK_EQUAL(found.kind, SMF_KIND_FUNCTION);
    load("user", "user_function", "Vec$i64", SMF_OK);
    load("other", "other_function", "Vec$text", SMF_ERR_UNRESOLVED);
    end();
}

static void modules_come_before_compiled_symbols(void)
{
    start();
    compile("", "function");
    const struct smf_handle handle = load("a", "function", NULL, SMF_OK);
    struct smf_resolved found;
    CHECK_STATUS(smf_system_resolve(&sys, "function", &found), SMF_OK);
    CHECK_EQUAL(found.handle.number, handle.number);
    end();
}

static void symbols_of_two_modules_count_two(void)
{
    start();
    load("a", "a_function", NULL, SMF_OK);
    load("b", "b_function", NULL, SMF_OK);
    compile("a", "a_instance");
    compile("b", "b_instance");
    struct smf_mapper_statistics statistics;
    smf_mapper_get_statistics(&mapper, &statistics);
    CHECK_EQUAL(statistics.mapped_symbols, 2);
    CHECK_EQUAL(statistics.owner_count, 2);
    end();
}

static void unload_takes_what_the_module_owns_and_nothing_else(void)
{
    start();
    const struct smf_handle a = load("a", "a_function", NULL, SMF_OK);
    load("b", "b_function", NULL, SMF_OK);
    compile("a", "a_instance");
    compile("b", "b_instance");
    compile("", "free_instance");
    CHECK_STATUS(smf_system_unload(&sys, a, 0, &why), SMF_OK);
    CHECK(!is_known("a_function") && !is_known("a_instance"));
    CHECK(is_known("b_function") && is_known("b_instance") && is_known("free_instance"));
    CHECK_EQUAL(mapped(), 2);
    CHECK_STATUS(smf_system_unload(&sys, a, 0, &why), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(mapped(), 2);
    end();
}

/* A file says itself what its module is called, and this name is nobody's. */
static void a_module_that_is_called_as_nobody_is_takes_nothing(void)
{
    start();
    compile("", "free_instance");
    const struct smf_handle thief = load("__jit__", "thief_function", NULL, SMF_OK);
    CHECK_STATUS(smf_system_unload(&sys, thief, 0, &why), SMF_OK);
    CHECK(is_known("free_instance"));
    CHECK_EQUAL(mapped(), 1);
    end();
}

static void a_module_that_is_held_keeps_what_it_owns(void)
{
    start();
    const struct smf_handle a = load("a", "a_function", NULL, SMF_OK);
    compile("a", "a_instance");
    CHECK_STATUS(smf_system_retain(&sys, a), SMF_OK);
    CHECK_STATUS(smf_system_unload(&sys, a, 0, &why), SMF_OK);
    CHECK_EQUAL(mapped(), 1);
    CHECK_STATUS(smf_system_release(&sys, a), SMF_OK);
    CHECK_EQUAL(mapped(), 0);
    end();
}

/* The name has a new module before the old one has gone: what it owns is the new one's. */
static void a_module_that_came_back_keeps_what_it_owns(void)
{
    start();
    const struct smf_handle a = load("a", "a_function", NULL, SMF_OK);
    compile("a", "a_instance");
    CHECK_STATUS(smf_system_retain(&sys, a), SMF_OK);
    CHECK_STATUS(smf_system_unload(&sys, a, 0, &why), SMF_OK);
    load("a", "a_function", NULL, SMF_OK);
    CHECK_STATUS(smf_system_release(&sys, a), SMF_OK);
    CHECK_EQUAL(mapped(), 1);
    end();
}

static void a_reload_keeps_compiled_symbols(void)
{
    static uint8_t text[64];
    size_t size;
    start();
    const struct smf_handle a = load("a", "a_function", NULL, SMF_OK);
    compile("a", "a_instance");
    kit_start(&kit, (enum smf_arch_id)kit_machine()->id);
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
    kit_export(&kit, "a_function", 0, 24, SMF_SYMBOL_FUNCTION);
    uint8_t *file = kit_finish(&kit, &size);
    const struct smf_source source = smf_source_memory(file, size, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_system_reload(&sys, a, &source, 0, NULL, &why), SMF_OK);
    free(file);
    CHECK(is_known("a_instance"));
    end();
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(a_name_of_nobody_is_not_found),
    CASE(compiled_symbols_are_found_and_bound),
    CASE(modules_come_before_compiled_symbols),
    CASE(symbols_of_two_modules_count_two),
    CASE(unload_takes_what_the_module_owns_and_nothing_else),
    CASE(a_module_that_is_called_as_nobody_is_takes_nothing),
    CASE(a_module_that_is_held_keeps_what_it_owns),
    CASE(a_module_that_came_back_keeps_what_it_owns),
    CASE(a_reload_keeps_compiled_symbols),
};
TAP_MAIN(cases)
