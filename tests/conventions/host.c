/* SPDX-License-Identifier: MIT */
/*
 * host.c - a program that calls modules of either convention of x86-64, on any
 * system: host MODULE system_v|microsoft. The module was compiled for it, from module.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conventions/shared.h"
#include "harness/tap.h"
#include "smf/host.h"
#include "support/faults.h"
#include "support/own_port.h"

static number notes;

#define CALL SMF_MODULE_CALL
#define OF(name) system_v_##name
#include "calls.inc"
#undef CALL
#undef OF
#define CALL SMF_MODULE_CALL_MICROSOFT
#define OF(name) microsoft_##name
#include "calls.inc"

static const char *path;
static bool microsoft;

static uint8_t arena[1 << 16];

static struct smf_config configuration(struct smf_exports *table, bool of_microsoft)
{
    static uint32_t buckets[16];
    struct smf_export *entries = of_microsoft ? microsoft_exports : system_v_exports;
    CHECK_STATUS(smf_exports_index(table, entries, 6, buckets, 16), SMF_OK);
    return (struct smf_config){.port = own_port(),
                               .arena = arena,
                               .arena_size = sizeof arena,
                               .abi = of_microsoft ? SMF_ABI_X86_64_MICROSOFT : SMF_ABI_X86_64_SYSTEM_V,
                               .resolve = smf_exports_resolve,
                               .resolve_context = table};
}

static enum smf_status load(struct smf_loader *loader, const struct smf_file *file, bool of_microsoft,
                            struct smf_module **module)
{
    static struct smf_exports table;
    const struct smf_config config = configuration(&table, of_microsoft);
    struct smf_diagnosis why;
    CHECK_STATUS(smf_loader_start(loader, &config), SMF_OK);
    return smf_load(loader, &file->source, module, &why);
}

static void calls_go_both_ways(void)
{
    struct smf_file file;
    struct smf_loader loader;
    struct smf_module *module = NULL;
    CHECK_STATUS(smf_file_map(&file, path), SMF_OK);
    CHECK_STATUS(load(&loader, &file, microsoft, &module), SMF_OK);
    if (module == NULL)
        return;
    notes = 0;
    smf_module_start(module);
    CHECK_EQUAL(notes, 1);
    if (microsoft)
        microsoft_check(module);
    else
        system_v_check(module);
    smf_module_stop(module);
    CHECK_EQUAL(notes, 12);
    smf_loader_finish(&loader);
    smf_file_close(&file);
}

static void the_other_convention_is_refused(void)
{
    struct smf_file file;
    struct smf_loader loader;
    struct smf_module *module = NULL;
    CHECK_STATUS(smf_file_map(&file, path), SMF_OK);
    CHECK_STATUS(load(&loader, &file, !microsoft, &module), SMF_ERR_ABI);
    smf_loader_finish(&loader);
    smf_file_close(&file);
}

/* Neither code nor constants of the module can be written while it is loaded, nor its data executed. */
static void the_module_is_protected(void)
{
    struct smf_file file;
    struct smf_loader loader;
    struct smf_module *module = NULL;
    CHECK_STATUS(smf_file_map(&file, path), SMF_OK);
    CHECK_STATUS(load(&loader, &file, microsoft, &module), SMF_OK);
    size_t count = 0;
    const struct smf_region *regions = smf_module_regions(module, &count);
    CHECK(count >= 2);
    for (size_t i = 0; i < count; i++) {
        const bool code = regions[i].access == SMF_ACCESS_RX, data = regions[i].access == SMF_ACCESS_RW;
        CHECK_EQUAL(access_faults(ACCESS_WRITE, regions[i].address), !data);
        CHECK(code || access_faults(ACCESS_EXECUTE, regions[i].address));
        CHECK(!access_faults(ACCESS_READ, regions[i].address));
    }
    const uintptr_t gone = regions[0].address;
    smf_loader_finish(&loader);
    CHECK(access_faults(ACCESS_READ, gone));
    smf_file_close(&file);
}

static const struct tap_case cases[] = {
    {"calls_go_both_ways",              calls_go_both_ways             },
    {"the_other_convention_is_refused", the_other_convention_is_refused},
    {"the_module_is_protected",         the_module_is_protected        },
};

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s MODULE system_v|microsoft [CASE]\n", argv[0]);
        return 2;
    }
    path = argv[1];
    microsoft = strcmp(argv[2], "microsoft") == 0;
    argv[2] = argv[0];
    return tap_main(cases, sizeof cases / sizeof cases[0], argc - 2, argv + 2);
}
