/* SPDX-License-Identifier: MIT */
/* exports.c - what a module offers and how it is found; the host's own table as a resolver. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "smf/export.h"
#include "smf/hash.h"
#include "support/kit.h"

static struct bench bench;
static struct kit kit;
static uint8_t text[64], data[64];

static void start(void)
{
    bench_start(&bench, kit_machine());
    kit_start(&kit, (enum smf_arch_id)kit_machine()->id);
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
    kit_section(&kit, ".data", SMF_SECTION_DATA, data, sizeof data, 8);
}

static const struct smf_module *load(uint8_t **file)
{
    size_t size = 0;
    *file = kit_finish(&kit, &size);
    bench_open(&bench);
    return bench_load(&bench, *file, size);
}

static void end(uint8_t *file)
{
    bench_end(&bench);
    free(file);
}

static void functions_and_data(void)
{
    uint8_t *file;
    struct smf_found found;
    const char *name;
    size_t count;
    start();
    kit_local(&kit, "hidden", 0, 8);
    kit_export(&kit, "run", 0, 16, SMF_SYMBOL_FUNCTION);
    kit_export(&kit, "table", 1, 24, SMF_SYMBOL_DATA);
    const struct smf_module *module = load(&file);
    const struct smf_region *regions = smf_module_regions(module, &count);
    CHECK_EQUAL(smf_module_export_count(module), 2);
    CHECK_STATUS(smf_find(module, "run", &found), SMF_OK);
    CHECK_EQUAL(found.address, regions[0].address + 16);
    CHECK_EQUAL(found.kind, SMF_KIND_FUNCTION);
    CHECK((uintptr_t)smf_function(module, "run") == regions[0].address + 16);
    CHECK_STATUS(smf_find(module, "table", &found), SMF_OK);
    CHECK_EQUAL(found.address, regions[1].address + 24);
    CHECK_EQUAL(found.kind, SMF_KIND_DATA);
    CHECK(smf_function(module, "table") == NULL);
    static const char *const unknown[] = {"", "ru", "runs", "hidden", "tabl", "tables", ".text"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        CHECK_STATUS(smf_find(module, unknown[i], &found), SMF_ERR_NOT_FOUND);
        CHECK(smf_function(module, unknown[i]) == NULL);
    }
    CHECK_STATUS(smf_module_export(module, 0, &name, &found), SMF_OK);
    CHECK_TEXT(name, "run");
    CHECK_STATUS(smf_module_export(module, 1, &name, &found), SMF_OK);
    CHECK_TEXT(name, "table");
    CHECK_STATUS(smf_module_export(module, 2, &name, &found), SMF_ERR_NOT_FOUND);
    CHECK(smf_entry(module) == NULL); /* a library */
    end(file);
}

static void no_exports(void)
{
    uint8_t *file;
    struct smf_found found;
    start();
    const struct smf_module *module = load(&file);
    CHECK_EQUAL(smf_module_export_count(module), 0);
    CHECK_STATUS(smf_find(module, "run", &found), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_find(module, "", &found), SMF_ERR_NOT_FOUND);
    end(file);
}

static void export_flagged(const char *name, uint32_t section, enum smf_symbol_type type, enum smf_binding binding,
                           uint32_t flags)
{
    const struct smf_write_symbol symbol = {
        .name = name, .section = section, .value = 8, .type = type, .binding = binding, .flags = flags};
    CHECK_STATUS(smf_writer_add_symbol(&kit.writer, &symbol, NULL), SMF_OK);
}

/* SPEC [L8]: a template has a number and a name, and no address; a name of its own does not hide a function; types are data. */
static void templates_are_no_functions(void)
{
    static const char *const order[] = {"sort", "run", "point", "run", "sum"};
    for (unsigned stay = SMF_STAYS_FOR_LOAD; stay <= SMF_STAYS_FOR_MODULE; stay++) {
        size_t size = 0, count;
        struct smf_found found;
        const char *name = "";
        struct smf_module *module = NULL;
        start();
        const uint32_t templates = kit_section(&kit, "templates", SMF_SECTION_TEMPLATE_CODE, data, sizeof data, 8);
        export_flagged("sort", templates, SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL, SMF_SYMBOL_FLAG_TEMPLATE);
        export_flagged("run", 0, SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL, 0);
        export_flagged("point", 1, SMF_SYMBOL_TYPE, SMF_BINDING_WEAK, 0);
        export_flagged("run", templates, SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL, SMF_SYMBOL_FLAG_TEMPLATE);
        export_flagged("sum", templates, SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL, SMF_SYMBOL_FLAG_TEMPLATE);
        uint8_t *file = kit_finish(&kit, &size);
        const struct smf_source source = smf_source_memory(file, size, (enum smf_stay)stay);
        bench_open(&bench);
        CHECK_STATUS(smf_load(&bench.loader, &source, &module, &bench.why), SMF_OK);
        const struct smf_region *regions = smf_module_regions(module, &count);
        CHECK_EQUAL(count, 2); /* templates are in no memory */
        CHECK_EQUAL(smf_module_export_count(module), 5);
        for (unsigned i = 0; i < 5 && count == 2; i++) {
            const enum smf_kind kind = i == 1 ? SMF_KIND_FUNCTION : i == 2 ? SMF_KIND_DATA : SMF_KIND_UNKNOWN;
            CHECK_STATUS(smf_module_export(module, i, &name, &found), SMF_OK);
            CHECK_TEXT(name, order[i]);
            CHECK_EQUAL(found.kind, kind);
            CHECK_EQUAL(found.address, i == 1 ? regions[0].address + 8 : i == 2 ? regions[1].address + 8 : 0);
        }
        CHECK_STATUS(smf_find(module, "sort", &found), SMF_ERR_NOT_FOUND);
        CHECK_STATUS(smf_find(module, "sum", &found), SMF_ERR_NOT_FOUND);
        CHECK_STATUS(smf_find(module, "run", &found), SMF_OK);
        CHECK_EQUAL(found.kind, SMF_KIND_FUNCTION);
        CHECK(smf_function(module, "sort") == NULL && smf_function(module, "run") != NULL);
        end(file);
    }
}

/* The flag alone is not enough, and neither is the section. */
static void what_is_not_loaded_is_refused_as_ever(void)
{
    for (unsigned i = 0; i < 3; i++) {
        size_t size = 0;
        start();
        const uint32_t section =
            kit_section(&kit, "other", i == 0 ? SMF_SECTION_NOTE : SMF_SECTION_TEMPLATE_CODE, data, sizeof data, 8);
        export_flagged("sort", section, SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL, i == 1 ? 0 : SMF_SYMBOL_FLAG_TEMPLATE);
        uint8_t *file = kit_finish(&kit, &size);
        bench_open(&bench);
        CHECK_STATUS(bench_try(&bench, file, size), i == 2 ? SMF_OK : SMF_ERR_SYMBOL);
        if (i != 2)
            CHECK_EQUAL(bench.why.detail, SMF_DETAIL_NOT_LOADED);
        end(file);
    }
}

/* A17: names of one bucket. */
static void a17_names_of_one_bucket(void)
{
    static char names[32][16];
    uint8_t *file;
    unsigned count = 0;
    struct smf_found found;
    start();
    for (unsigned i = 0; count < 32; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%u", i);
        if ((smf_hash_name(name) & 63) == 5) {
            memcpy(names[count], name, sizeof name);
            kit_export(&kit, names[count], 0, count, SMF_SYMBOL_FUNCTION);
            count++;
        }
    }
    const struct smf_module *module = load(&file);
    for (unsigned i = 0; i < 32; i++) {
        CHECK_STATUS(smf_find(module, names[i], &found), SMF_OK);
        CHECK_EQUAL(found.address, bench.paper.base + i);
    }
    end(file);
}

/* 10,000 exports, in file order, with a copy of their names and without. The heap of 32-bit boards holds 1,000. */
static void ten_thousand_names(void)
{
    enum { MANY = sizeof(void *) == 8 ? 10000 : 1000 };
    static struct smf_write_section sections[1];
    static struct smf_write_symbol symbols[MANY];
    static char names[MANY][16];
    static uint8_t arena[1 << 20];
    const struct smf_write_storage storage = {sections, symbols, NULL, 1, MANY, 0};
    start();
    smf_writer_start(&kit.writer, &storage);
    kit.writer.header.arch = kit_machine()->id;
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "name_%u", (unsigned)(i * 7919u % MANY));
        kit_export(&kit, names[i], 0, i & 63, SMF_SYMBOL_FUNCTION);
    }
    size_t size = 0;
    uint8_t *file = kit_finish(&kit, &size);
    bench.config.arena = arena;
    bench.config.arena_size = sizeof arena;
    bench_open(&bench);
    for (unsigned stay = SMF_STAYS_FOR_LOAD; stay <= SMF_STAYS_FOR_MODULE; stay++) {
        uint8_t *copy = malloc(size);
        if (copy == NULL)
            abort();
        memcpy(copy, file, size);
        const struct smf_source source = smf_source_memory(copy, size, (enum smf_stay)stay);
        struct smf_module *module = NULL;
        CHECK_STATUS(smf_load(&bench.loader, &source, &module, &bench.why), SMF_OK);
        if (stay == SMF_STAYS_FOR_LOAD)
            memset(copy, 0xEE, size); /* the names were copied */
        unsigned wrong = 0;
        for (uint32_t i = 0; i < MANY; i++) {
            struct smf_found found;
            const char *name = "";
            wrong += smf_find(module, names[i], &found) != SMF_OK || found.address != bench.paper.base + (i & 63);
            wrong += smf_module_export(module, i, &name, &found) != SMF_OK || strcmp(name, names[i]) != 0;
        }
        CHECK_EQUAL(wrong, 0);
        CHECK_STATUS(smf_unload(&bench.loader, module), SMF_OK);
        free(copy);
    }
    end(file);
}

static void null_arguments(void)
{
    struct smf_found found;
    struct smf_needs needs;
    const char *name;
    uint8_t *file;
    size_t count = 7;
    struct smf_module *none = NULL;
    const struct smf_source source = {.size = 100};
    CHECK_STATUS(smf_find(NULL, "run", &found), SMF_ERR_ARGUMENT);
    CHECK(smf_function(NULL, "run") == NULL && smf_entry(NULL) == NULL);
    CHECK(smf_module_regions(NULL, &count) == NULL && count == 0);
    CHECK_EQUAL(smf_module_flags(NULL), 0);
    CHECK_EQUAL(smf_module_export_count(NULL), 0);
    CHECK_STATUS(smf_module_export(NULL, 0, &name, &found), SMF_ERR_ARGUMENT);
    smf_module_start(NULL);
    smf_module_stop(NULL);
    smf_loader_finish(NULL);
    start();
    kit_export(&kit, "run", 0, 0, SMF_SYMBOL_FUNCTION);
    struct smf_module *module = (struct smf_module *)(uintptr_t)load(&file);
    CHECK_STATUS(smf_find(module, NULL, &found), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_find(module, "run", NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_load(NULL, &source, &none, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_load(&bench.loader, NULL, &none, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_load(&bench.loader, &source, &none, &bench.why), SMF_ERR_ARGUMENT); /* no bytes, no read_at */
    CHECK_STATUS(smf_load(&bench.loader, &source, NULL, &bench.why), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_measure(NULL, &source, &needs, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_measure(&bench.loader, &source, NULL, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_unload(NULL, module), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_unload(&bench.loader, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_unload(&bench.loader, module), SMF_OK);
    CHECK_STATUS(smf_unload(&bench.loader, module), SMF_ERR_ARGUMENT); /* stale */
    CHECK(none == NULL);
    end(file);
}

static void incomplete_configurations(void)
{
    struct smf_loader loader;
    bench_start(&bench, kit_machine());
    CHECK_STATUS(smf_loader_start(NULL, &bench.config), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_loader_start(&loader, NULL), SMF_ERR_ARGUMENT);
    for (unsigned i = 0; i < 6; i++) {
        struct smf_config config = bench.config;
        struct smf_port port = bench.paper.port;
        config.port = &port;
        if (i == 0)
            config.port = NULL;
        else if (i == 1)
            port.reserve = NULL;
        else if (i == 2)
            port.release = NULL;
        else if (i == 3)
            port.protect = NULL;
        else if (i == 4)
            port.granule = 4095;
        CHECK_STATUS(smf_loader_start(&loader, &config), i < 5 ? SMF_ERR_ARGUMENT : SMF_OK);
    }
    struct smf_config config = bench.config;
    config.arch = NULL; /* this machine's own */
    CHECK_STATUS(smf_loader_start(&loader, &config), smf_arch_native() != NULL ? SMF_OK : SMF_ERR_ARGUMENT);
    CHECK(loader.config.arch == smf_arch_native());
}

/* The host's table: hashed or sorted, every name found, everything else not. */
static struct smf_export host[] = {
    {"alpha", 0x1000, SMF_KIND_FUNCTION, 0},
    {"beta",  0x2000, SMF_KIND_DATA,     0},
    {"delta", 0x3000, SMF_KIND_UNKNOWN,  0},
    {"gamma", 0x4000, SMF_KIND_FUNCTION, 0}
};

static enum smf_status ask(const struct smf_exports *table, const char *name, struct smf_binding_answer *answer)
{
    const struct smf_binding_request request = {.name = name, .length = strlen(name), .hash = smf_hash_name(name)};
    memset(answer, 0, sizeof *answer);
    return smf_exports_resolve((void *)(uintptr_t)table, &request, answer);
}

static void check_table(const struct smf_exports *table)
{
    static const char *const unknown[] = {"", "alph", "alphabet", "aaa", "zeta", "bet", "carrot"};
    struct smf_binding_answer answer;
    for (size_t i = 0; i < 4; i++) {
        CHECK_STATUS(ask(table, host[i].name, &answer), SMF_OK);
        CHECK_EQUAL(answer.address, host[i].address);
        CHECK_EQUAL(answer.kind, host[i].kind);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        CHECK_STATUS(ask(table, unknown[i], &answer), SMF_ERR_NOT_FOUND);
}

static void tables_of_exports(void)
{
    uint32_t buckets[16];
    struct smf_exports table = {0};
    static const uint32_t good[] = {8, 16};
    for (unsigned i = 0; i < 2; i++) {
        CHECK_STATUS(smf_exports_index(&table, host, 4, buckets, good[i]), SMF_OK);
        check_table(&table);
    }
    static const uint32_t bad[] = {0, 1, 2, 3, 4, 5, 6, 7, 9, 12};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_STATUS(smf_exports_index(&table, host, 4, buckets, bad[i]), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exports_index(NULL, host, 4, buckets, 8), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exports_index(&table, NULL, 4, buckets, 8), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exports_index(&table, host, 4, NULL, 8), SMF_ERR_ARGUMENT);
    struct smf_export twice[3] = {host[0], host[1], host[0]};
    CHECK_STATUS(smf_exports_index(&table, twice, 3, buckets, 8), SMF_ERR_DUPLICATE);
    const struct smf_exports sorted = {host, 4, NULL, 0};
    check_table(&sorted);
    struct smf_exports empty = {0};
    struct smf_binding_answer answer;
    CHECK_STATUS(ask(&empty, "alpha", &answer), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_exports_index(&empty, NULL, 0, buckets, 1), SMF_OK);
    CHECK_STATUS(ask(&empty, "alpha", &answer), SMF_ERR_NOT_FOUND);
}

/* Const entries, whose hashes nobody fills in: some are there, some are 0. */
static void tables_of_const_entries(void)
{
    static const struct smf_export bare[] = {
        {"alpha", 0x1000, SMF_KIND_FUNCTION, 0         },
        {"beta",  0x2000, SMF_KIND_DATA,     0xAF81E4C7},
        {"delta", 0x3000, SMF_KIND_UNKNOWN,  0         },
        {"gamma", 0x4000, SMF_KIND_FUNCTION, 0         }
    };
    uint32_t buckets[16];
    struct smf_exports table = {0};
    CHECK_STATUS(smf_exports_index_const(&table, bare, 4, buckets, 8), SMF_OK);
    check_table(&table);
    CHECK_STATUS(smf_exports_index_const(&table, bare, 4, NULL, 0), SMF_OK);
    check_table(&table);
    CHECK(table.entries == bare && table.count == 4 && table.buckets == NULL);
}

static void const_entries_refused(void)
{
    const struct smf_export good[3] = {
        {"a", 1, 0, 0},
        {"b", 2, 0, 0},
        {"c", 3, 0, 0}
    };
    struct {
        struct smf_export entries[3];
        enum smf_status hashed, sorted;
    } const bad[] = {
        {{good[0], good[2], good[1]},           SMF_OK,            SMF_ERR_ARGUMENT },
        {{good[1], good[0], good[2]},           SMF_OK,            SMF_ERR_ARGUMENT },
        {{good[0], good[1], good[1]},           SMF_ERR_DUPLICATE, SMF_ERR_DUPLICATE},
        {{good[0], good[1], good[0]},           SMF_ERR_DUPLICATE, SMF_ERR_ARGUMENT },
        {{good[0], good[1], {"b1", 4, 0, 0}},   SMF_OK,            SMF_OK           },
        {{good[0], {"b1", 4, 0, 0}, good[1]},   SMF_OK,            SMF_ERR_ARGUMENT },
        {{good[0], good[1], {"\xC3", 4, 0, 0}}, SMF_OK,            SMF_OK           }, /* bytes have no sign */
        {{good[0], {NULL, 4, 0, 0}, good[2]},   SMF_ERR_ARGUMENT,  SMF_ERR_ARGUMENT },
        {{good[0], {"b", 2, 0, 77}, good[2]},   SMF_ERR_ARGUMENT,  SMF_OK           }, /* never asked for by hash */
    };
    const struct smf_exports before = {host, 99, NULL, 0};
    uint32_t buckets[8];
    struct smf_exports table = before;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        table = before;
        CHECK_STATUS(smf_exports_index_const(&table, bad[i].entries, 3, buckets, 8), bad[i].hashed);
        CHECK(table.count == (bad[i].hashed == SMF_OK ? 3 : 99));
        table = before;
        CHECK_STATUS(smf_exports_index_const(&table, bad[i].entries, 3, NULL, 0), bad[i].sorted);
        CHECK(table.count == (bad[i].sorted == SMF_OK ? 3 : 99));
    }
    table = before;
    CHECK_STATUS(smf_exports_index_const(NULL, good, 3, buckets, 8), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exports_index_const(&table, NULL, 3, buckets, 8), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exports_index_const(&table, good, 3, buckets, 0), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exports_index_const(&table, good, 3, NULL, 8), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exports_index_const(&table, good, 3, buckets, 6), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exports_index_const(&table, good, 3, buckets, 2), SMF_ERR_NO_SPACE);
    CHECK_EQUAL(table.count, 99);
}

#if defined(__ELF__)
/* This program has no mark: the linker knows of no section, and that is an empty table. */
static void no_marks(void)
{
    struct smf_exports table = {host, 99, NULL, 0};
    struct smf_binding_answer answer;
    uint32_t buckets[1];
    CHECK_EQUAL(smf_exports_collected(), 0);
    CHECK_STATUS(smf_exports_collect(&table, NULL, 0), SMF_OK);
    CHECK_STATUS(ask(&table, "alpha", &answer), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_exports_collect(&table, buckets, 1), SMF_OK);
    CHECK_EQUAL(table.count, 0);
    CHECK_STATUS(ask(&table, "alpha", &answer), SMF_ERR_NOT_FOUND);
}
#else
static void no_marks(void) { tap_skip("marks need an ELF linker"); }
#endif

/* A table as full as it may be: probing wraps round and ends. */
static void probing_ends(void)
{
    static struct smf_export entries[63];
    static char names[63][8];
    uint32_t buckets[64];
    struct smf_exports table;
    struct smf_binding_answer answer;
    for (unsigned i = 0; i < 63; i++) {
        snprintf(names[i], sizeof names[i], "e%u", i);
        entries[i].name = names[i];
        entries[i].address = 0x1000 + i;
    }
    CHECK_STATUS(smf_exports_index(&table, entries, 63, buckets, 64), SMF_OK);
    for (unsigned i = 0; i < 63; i++) {
        CHECK_STATUS(ask(&table, names[i], &answer), SMF_OK);
        CHECK_EQUAL(answer.address, 0x1000 + i);
    }
    CHECK_STATUS(ask(&table, "e63", &answer), SMF_ERR_NOT_FOUND);
    for (unsigned i = 0; i < 64; i++) /* made by hand, and full: still an end */
        buckets[i] = buckets[i] != 0 ? buckets[i] : 1;
    CHECK_STATUS(ask(&table, "e63", &answer), SMF_ERR_NOT_FOUND);
}

/* Every byte of a source that was to stay, changed to anything: what is found lies in the module, or is a number. */
static void source_that_changes(void)
{
    uint8_t *file;
    size_t size = 0, count;
    start();
    kit_export(&kit, "run", 0, 16, SMF_SYMBOL_FUNCTION);
    kit_export(&kit, "table", 1, 24, SMF_SYMBOL_DATA);
    free(kit_finish(&kit, &size));
    const struct smf_module *module = load(&file);
    const struct smf_region *regions = smf_module_regions(module, &count);
    unsigned found_none = 0;
    for (size_t at = 0; at < size; at++)
        for (unsigned value = 0; value < 256; value += 51) {
            const uint8_t was = file[at];
            struct smf_found found = {0};
            const char *name;
            file[at] = (uint8_t)value;
            if (smf_find(module, "run", &found) == SMF_OK && found.kind == SMF_KIND_FUNCTION)
                CHECK((found.address >= regions[0].address && found.address <= regions[0].address + regions[0].size) ||
                      (found.address >= regions[1].address && found.address <= regions[1].address + regions[1].size));
            else
                found_none++;
            (void)smf_function(module, "table");
            const enum smf_status status = smf_module_export(module, 1, &name, &found);
            CHECK(status == SMF_OK || status == SMF_ERR_CHANGED);
            file[at] = was;
        }
    CHECK(found_none > 0);
    CHECK(smf_function(module, "run") != NULL);
    end(file);
}

static const struct tap_case cases[] = {
    {"functions_and_data",                    functions_and_data                   },
    {"no_exports",                            no_exports                           },
    {"templates_are_no_functions",            templates_are_no_functions           },
    {"what_is_not_loaded_is_refused_as_ever", what_is_not_loaded_is_refused_as_ever},
    {"source_that_changes",                   source_that_changes                  },
    {"a17_names_of_one_bucket",               a17_names_of_one_bucket              },
    {"ten_thousand_names",                    ten_thousand_names                   },
    {"a31_null_arguments",                    null_arguments                       },
    {"incomplete_configurations",             incomplete_configurations            },
    {"tables_of_exports",                     tables_of_exports                    },
    {"tables_of_const_entries",               tables_of_const_entries              },
    {"const_entries_refused",                 const_entries_refused                },
    {"no_marks",                              no_marks                             },
    {"probing_ends",                          probing_ends                         },
};
TAP_MAIN(cases)
