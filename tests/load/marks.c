/* SPDX-License-Identifier: MIT */
/*
 * marks.c - a program whose exports are marked where they are defined (smf/export.h), in two files: the linker gathers
 * them, and a real module calls them. Once with a hashed index, and once (SMF_EXPORTS_SORTED) in the order in which a
 * board's linker script sorts them.
 */
#include <string.h>

#include "harness/tap.h"
#include "smf/export.h"
#include "smf/hash.h"
#if defined(SMF_TESTS_MODULE)
#include "smf/system.h"
#include "support/own_port.h"
#endif

#include "marks.h"

enum { MARKS = 7 };

int zebra(int value) { return 3 * value; }
SMF_EXPORT(zebra);
int mark_open(int value) { return value; }
SMF_EXPORT_OPEN(mark_open);
int mark_number = 5;
SMF_EXPORT_DATA(mark_number);
const char mark_text[5] = "text";
SMF_EXPORT_DATA(mark_text);
SMF_EXPORT_AS(renamed, zebra, SMF_KIND_FUNCTION);

static struct smf_exports table;
static uint32_t buckets[16];

static void collect(void)
{
#if defined(SMF_EXPORTS_SORTED)
    CHECK_STATUS(smf_exports_collect(&table, NULL, 0), SMF_OK);
#else
    CHECK_STATUS(smf_exports_collect(&table, buckets, 16), SMF_OK);
#endif
}

static enum smf_status ask(const char *name, struct smf_binding_answer *answer)
{
    const struct smf_binding_request request = {.name = name, .length = strlen(name), .hash = smf_hash_name(name)};
    memset(answer, 0, sizeof *answer);
    return smf_exports_resolve(&table, &request, answer);
}

static void every_mark_is_found(void)
{
    const struct {
        const char *name;
        uintptr_t address;
        enum smf_kind kind;
    } marks[MARKS] = {
        {"zebra",       (uintptr_t)zebra,        SMF_KIND_FUNCTION},
        {"mark_open",   (uintptr_t)mark_open,    SMF_KIND_FUNCTION},
        {"mark_number", (uintptr_t)&mark_number, SMF_KIND_DATA    },
        {"mark_text",   (uintptr_t)mark_text,    SMF_KIND_DATA    },
        {"renamed",     (uintptr_t)zebra,        SMF_KIND_FUNCTION},
        {"antelope",    (uintptr_t)antelope,     SMF_KIND_FUNCTION},
        {"hidden",      marks_hidden(),          SMF_KIND_FUNCTION},
    };
    struct smf_binding_answer answer;
    collect();
    CHECK_EQUAL(smf_exports_collected(), MARKS);
    CHECK_EQUAL(table.count, MARKS);
    for (unsigned i = 0; i < MARKS; i++) {
        CHECK_STATUS(ask(marks[i].name, &answer), SMF_OK);
        CHECK_EQUAL(answer.address, marks[i].address); /* with bit 0 of a Thumb function */
        CHECK_EQUAL(answer.kind, marks[i].kind);
    }
}

static void nothing_else_is_found(void)
{
    static const char *const names[] = {"", "zebr", "zebras", "main", "collect", "smf_export_of_zebra", "use"};
    struct smf_binding_answer answer;
    collect();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        CHECK_STATUS(ask(names[i], &answer), SMF_ERR_NOT_FOUND);
}

static void only_one_is_open(void)
{
    unsigned open = 0;
    collect();
    for (uint32_t i = 0; i < table.count; i++)
        if ((table.entries[i].kind & SMF_EXPORT_CONFINED) != 0) {
            CHECK_TEXT(table.entries[i].name, "mark_open");
            open++;
        }
    CHECK_EQUAL(open, 1);
}

/* Too few buckets, and the order of the linker: what is refused leaves the table as it was. */
static void refusals(void)
{
    struct smf_exports other = {NULL, 4711, NULL, 0};
    static const uint32_t few[] = {1, 2, 4};
    for (unsigned i = 0; i < 3; i++)
        CHECK_STATUS(smf_exports_collect(&other, buckets, few[i]), SMF_ERR_NO_SPACE);
    CHECK_STATUS(smf_exports_collect(&other, buckets, 9), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exports_collect(&other, buckets, 0), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exports_collect(&other, NULL, 16), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exports_collect(NULL, buckets, 16), SMF_ERR_ARGUMENT);
#if !defined(SMF_EXPORTS_SORTED)
    CHECK_STATUS(smf_exports_collect(&other, NULL, 0), SMF_ERR_ARGUMENT); /* zebra is linked before antelope */
#endif
    CHECK_EQUAL(other.count, 4711);
    CHECK_STATUS(smf_exports_collect(&other, buckets, 8), SMF_OK); /* as full as can be */
    CHECK_EQUAL(other.count, MARKS);
}

#if defined(SMF_TESTS_MODULE)
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
                                      .resolve_context = &table};
    collect();
    CHECK_STATUS(smf_loader_start(&loader, &config), SMF_OK);
    CHECK_STATUS(smf_load(&loader, &source, &module, &why), SMF_OK);
    int (*const use)(int) = (int (*)(int))smf_function(module, "use");
    CHECK(use != NULL);
    mark_number = 5;
    if (use != NULL)
        CHECK_EQUAL(use(7), 3 * 7 + 1007 + 3 * 7);
    CHECK_EQUAL(mark_number, 12);
    smf_loader_finish(&loader);
}
/* The same table as what the host of many modules offers. */
static void a_system_offers_them(void)
{
    static uint8_t arena[1 << 14];
    static struct smf_system modules;
    static const struct smf_exports *const host[] = {&table};
    const struct smf_source source =
        smf_source_memory(marks_module, (size_t)(marks_module_end - marks_module), SMF_STAYS_FOR_MODULE);
    const struct smf_system_item item = {.name = "marks", .source = &source};
    const struct smf_system_config config = {
        .load = {.port = own_port(), .arena = arena, .arena_size = sizeof arena},
        .host = host,
        .host_count = 1,
        .bucket_count = 16,
    };
    struct smf_handle handle;
    struct smf_resolved resolved = {0};
    collect();
    CHECK_STATUS(smf_system_start(&modules, &config), SMF_OK);
    CHECK_STATUS(smf_system_load(&modules, &item, SMF_LOAD_START, &handle, NULL), SMF_OK);
    int (*const use)(int) = (int (*)(int))smf_system_function(&modules, "use");
    CHECK(use != NULL);
    if (use != NULL)
        CHECK_EQUAL(use(1), 3 + 1001 + 3);
    CHECK_STATUS(smf_system_resolve(&modules, "hidden", &resolved), SMF_OK);
    CHECK(resolved.address == marks_hidden() && resolved.handle.number == 0);
    smf_system_finish(&modules);
}
#else
static void a_module_calls_them(void) { tap_skip("no smf command here that makes a module for this machine"); }
static void a_system_offers_them(void) { tap_skip("no smf command here that makes a module for this machine"); }
#endif

static const struct tap_case cases[] = {
    {"every_mark_is_found",   every_mark_is_found  },
    {"nothing_else_is_found", nothing_else_is_found},
    {"only_one_is_open",      only_one_is_open     },
    {"refusals",              refusals             },
    {"a_module_calls_them",   a_module_calls_them  },
    {"a_system_offers_them",  a_system_offers_them },
};
TAP_MAIN(cases)
