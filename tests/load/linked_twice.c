/* SPDX-License-Identifier: MIT */
/*
 * linked_twice.c - a firmware whose table of exports is made from its own symbols: linked once with an empty table, and
 * again with the one that smf-exports made from the first. SMF_TESTS_EXPORTS is what each has to offer; what matches no
 * pattern and is in no list (linked.list) is not offered.
 */
#include <string.h>

#include "harness/tap.h"
#include "smf/hash.h"
#include "smf/load.h"
#include "support/own_port.h"

#include "marks.h"

extern const struct smf_exports firmware_exports;

int renamed(int value);

int zebra(int value) { return 3 * value; }
int antelope(int value) { return value + 1000; }
int renamed(int value) { return value - 1; }
int mark_open(int value) { return value; }
int mark_number = 5;

/* As the linker says in the program itself; the table has to say the same. */
static const struct {
    const char *name;
    uintptr_t address;
    enum smf_kind kind;
    bool confined;
} symbols[] = {
    {"antelope",    (uintptr_t)antelope,     SMF_KIND_FUNCTION, false},
    {"mark_number", (uintptr_t)&mark_number, SMF_KIND_DATA,     false},
    {"renamed",     (uintptr_t)renamed,      SMF_KIND_FUNCTION, true },
    {"zebra",       (uintptr_t)zebra,        SMF_KIND_FUNCTION, false},
};

static enum smf_status ask(const char *name, struct smf_binding_answer *answer)
{
    const struct smf_binding_request request = {.name = name, .length = strlen(name), .hash = smf_hash_name(name)};
    memset(answer, 0, sizeof *answer);
    return smf_exports_resolve((void *)(uintptr_t)&firmware_exports, &request, answer);
}

static void offers_its_symbols(void)
{
    struct smf_binding_answer answer;
    CHECK_EQUAL(firmware_exports.count, SMF_TESTS_EXPORTS);
    for (uint32_t i = 0; i < firmware_exports.count; i++) {
        CHECK_STATUS(ask(symbols[i].name, &answer), SMF_OK);
        CHECK_EQUAL(answer.address, symbols[i].address); /* with bit 0 of a Thumb function */
        CHECK_EQUAL(answer.kind, symbols[i].kind);
        CHECK_TEXT(firmware_exports.entries[i].name, symbols[i].name);
        CHECK_EQUAL((firmware_exports.entries[i].kind & SMF_EXPORT_CONFINED) != 0, symbols[i].confined);
    }
    for (uint32_t i = firmware_exports.count; i < 4; i++)
        CHECK_STATUS(ask(symbols[i].name, &answer), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(mark_open(4), 4);
    CHECK_STATUS(ask("mark_open", &answer), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(ask("main", &answer), SMF_ERR_NOT_FOUND);
}

extern const uint8_t marks_module[], marks_module_end[];

static void a_module_calls_them(void)
{
    static uint8_t arena[8192];
    struct smf_loader loader;
    struct smf_module *module = NULL;
    struct smf_diagnosis why = {0};
    const struct smf_source source =
        smf_source_memory(marks_module, (size_t)(marks_module_end - marks_module), SMF_STAYS_FOR_MODULE);
    const struct smf_config config = {.port = own_port(),
                                      .arena = arena,
                                      .arena_size = sizeof arena,
                                      .resolve = smf_exports_resolve,
                                      .resolve_context = (void *)(uintptr_t)&firmware_exports};
    CHECK_STATUS(smf_loader_start(&loader, &config), SMF_OK);
    CHECK_STATUS(smf_load(&loader, &source, &module, &why), SMF_TESTS_EXPORTS == 0 ? SMF_ERR_UNRESOLVED : SMF_OK);
    int (*const use)(int) = (int (*)(int))smf_function(module, "use");
    CHECK_EQUAL(use != NULL, SMF_TESTS_EXPORTS != 0);
    if (use != NULL)
        CHECK_EQUAL(use(7), 3 * 7 + 1007 + 6);
    CHECK_EQUAL(mark_number, use != NULL ? 12 : 5);
    smf_loader_finish(&loader);
}

static const struct tap_case cases[] = {
    {"offers_its_symbols",  offers_its_symbols },
    {"a_module_calls_them", a_module_calls_them},
};
TAP_MAIN(cases)
