/* SPDX-License-Identifier: MIT */
/*
 * small.c - the loader without its parts for older files, other machines, large
 * files and extra checks: it loads canonical modules as the whole one does, and
 * says no to what it has not.
 */
#include <stdlib.h>

#include "harness/tap.h"
#include "support/kit.h"

static struct bench bench;
static struct kit kit;
static uint8_t text[64], data[64];

static void start(const struct smf_arch *arch)
{
    bench_start(&bench, arch);
    kit_start(&kit, (enum smf_arch_id)arch->id);
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
    kit_section(&kit, ".data", SMF_SECTION_DATA, data, sizeof data, 8);
}

static void expect(enum smf_detail detail)
{
    size_t size;
    uint8_t *file = kit_finish(&kit, &size);
    bench_open(&bench);
    bench_try(&bench, file, size);
    CHECK_EQUAL(bench.why.detail, detail);
    bench_end(&bench);
    free(file);
}

static void pointers_and_exports(void)
{
    size_t size, count;
    struct smf_found found;
    start(&smf_arch_x86_64);
    const uint32_t own = kit_local(&kit, ".data", 1, 0);
    for (unsigned i = 0; i < 8; i++)
        kit_relocation(&kit, 1, 8 * i, 1, own, (int64_t)i);
    kit_export(&kit, "one", 0, 4, SMF_SYMBOL_FUNCTION);
    kit_export(&kit, "two", 1, 8, SMF_SYMBOL_DATA);
    kit_export(&kit, "six", 0, 6, SMF_SYMBOL_FUNCTION);
    uint8_t *file = kit_finish(&kit, &size);
    bench_open(&bench);
    const struct smf_module *module = bench_load(&bench, file, size);
    const struct smf_region *regions = smf_module_regions(module, &count);
    CHECK_EQUAL(count, 2);
    for (unsigned i = 0; i < 8; i++)
        CHECK_EQUAL(get64(regions[1].bytes + 8 * i), regions[1].address + i);
    CHECK_STATUS(smf_find(module, "six", &found), SMF_OK);
    CHECK_EQUAL(found.address, regions[0].address + 6);
    CHECK_STATUS(smf_find(module, "two", &found), SMF_OK);
    CHECK_EQUAL(found.address, regions[1].address + 8);
    bench_end(&bench);
    free(file);
}

static void no_extra_checks(void)
{
    start(&smf_arch_x86_64);
    bench.config.checks = SMF_CHECK_SETTLED;
    expect(SMF_DETAIL_NONE);
    start(&smf_arch_x86_64);
    bench.config.checks = SMF_CHECK_HASH;
    expect(SMF_DETAIL_NO_CHECKS);
    start(&smf_arch_x86_64);
    bench.config.checks = SMF_CHECK_NAMES;
    expect(SMF_DETAIL_NO_CHECKS);
}

/* PCREL_LO12_I names its upper half; smf build makes no GOT_PREL. */
static void no_pairs_and_no_slots(void)
{
    start(&smf_arch_riscv64);
    kit_relocation(&kit, 0, 0, 23, kit_local(&kit, ".data", 1, 0), 0);
    kit_relocation(&kit, 0, 4, 24, SMF_NO_SYMBOL, 0);
    expect(SMF_DETAIL_NO_ROW);
    start(&smf_arch_arm);
    kit_relocation(&kit, 0, 0, 96, kit_local(&kit, ".data", 1, 0), 0);
    expect(SMF_DETAIL_NO_SLOT);
}

/* Without the flag PIC a file has low addresses, where the machine has such. */
static void not_pic_is_low(void)
{
    size_t size;
    struct smf_needs needs;
    for (int low = 0; low < 2; low++) {
        start(low ? &smf_arch_x86_64 : &smf_arch_arm);
        kit.writer.header.flags &= ~SMF_FLAG_PIC;
        uint8_t *file = kit_finish(&kit, &size);
        const struct smf_source source = smf_source_memory(file, size, SMF_STAYS_FOR_MODULE);
        bench_open(&bench);
        CHECK_STATUS(smf_measure(&bench.loader, &source, &needs, &bench.why), SMF_OK);
        CHECK((needs.regions[0].highest != 0) == (low != 0));
        bench_end(&bench);
        free(file);
    }
}

static const struct tap_case cases[] = {
    {"pointers_and_exports",  pointers_and_exports },
    {"no_extra_checks",       no_extra_checks      },
    {"no_pairs_and_no_slots", no_pairs_and_no_slots},
    {"not_pic_is_low",        not_pic_is_low       },
};
TAP_MAIN(cases)
