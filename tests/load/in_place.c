/* SPDX-License-Identifier: MIT */
/*
 * in_place.c - code and constants that stay where the file lies: no memory of
 * the port for them, exact extents, one code for several instances; and files
 * that were prelinked, for machines of every kind.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "support/kit.h"

static struct bench bench;
static struct kit kit;
static uint8_t text[64], rodata[24], data[40], note[64];
enum { TEXT, RODATA, POINTERS, DATA, BSS };

/* Code and constants without relocations, constants and data with them. */
static void start(const struct smf_arch *arch, const struct smf_in_place *in_place)
{
    bench_start(&bench, arch);
    bench.config.in_place = in_place;
    kit_start(&kit, (enum smf_arch_id)arch->id);
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
    kit_section(&kit, ".rodata", SMF_SECTION_RODATA, rodata, sizeof rodata, 8);
    kit_section(&kit, ".data.rel.ro", SMF_SECTION_RODATA, data, 16, 8);
    kit_section(&kit, ".data", SMF_SECTION_DATA, data, sizeof data, 8);
    kit_section(&kit, ".bss", SMF_SECTION_BSS, NULL, 100, 4);
    const uint32_t code = kit_local(&kit, ".text", TEXT, 0), constants = kit_local(&kit, ".rodata", RODATA, 0);
    kit_relocation(&kit, POINTERS, 0, 1, code, 4);
    kit_relocation(&kit, POINTERS, 8, 1, constants, 3);
    kit_export(&kit, "run", TEXT, 32, SMF_SYMBOL_FUNCTION);
    kit_export(&kit, "table", DATA, 8, SMF_SYMBOL_DATA);
}

static void code_and_constants_stay(void)
{
    size_t size, count;
    struct smf_found found;
    start(&smf_arch_x86_64, &smf_in_place_required);
    uint8_t *file = kit_finish(&kit, &size);
    bench_open(&bench);
    const struct smf_module *module = bench_load(&bench, file, size);
    const struct smf_region *regions = smf_module_regions(module, &count);
    CHECK_EQUAL(count, 4);
    CHECK_EQUAL(smf_module_regions_in_place(module), 2);
    CHECK(regions[0].bytes == file && regions[0].address == (uintptr_t)file);
    CHECK_EQUAL(regions[0].size, sizeof text);
    CHECK_EQUAL(regions[0].access, SMF_ACCESS_RX);
    CHECK_EQUAL(regions[1].address, (uintptr_t)file + sizeof text);
    CHECK_EQUAL(regions[1].size, sizeof rodata);
    CHECK_EQUAL(regions[1].access, SMF_ACCESS_RO);
    CHECK_EQUAL(regions[2].access, SMF_ACCESS_RO);
    CHECK_EQUAL(bench.paper.requests[0].size, 16);
    CHECK_EQUAL(regions[3].access, SMF_ACCESS_RW);
    CHECK_EQUAL(bench.paper.request_count, 2);
    CHECK_EQUAL(get64(regions[2].bytes), (uintptr_t)file + 4);
    CHECK_EQUAL(get64(regions[2].bytes + 8), (uintptr_t)file + sizeof text + 3);
    CHECK_STATUS(smf_find(module, "run", &found), SMF_OK);
    CHECK_EQUAL(found.address, (uintptr_t)file + 32);
    CHECK_STATUS(smf_find(module, "table", &found), SMF_OK);
    CHECK_EQUAL(found.address, regions[3].address + 8);
    for (unsigned i = 0; i < bench.paper.call_count; i++) /* nobody protects or synchronises what is not the port's */
        if (bench.paper.calls[i].what == PAPER_PROTECT || bench.paper.calls[i].what == PAPER_SYNC)
            CHECK(bench.paper.calls[i].address == regions[2].address);
    bench_end(&bench);
    free(file);
}

static void measured_as_loaded(void)
{
    size_t size;
    struct smf_needs copied, placed;
    start(&smf_arch_x86_64, NULL);
    uint8_t *file = kit_finish(&kit, &size);
    const struct smf_source source = smf_source_memory(file, size, SMF_STAYS_FOR_MODULE);
    bench_open(&bench);
    CHECK_STATUS(smf_measure(&bench.loader, &source, &copied, &bench.why), SMF_OK);
    bench_end(&bench);
    start(&smf_arch_x86_64, &smf_in_place_allowed);
    bench_open(&bench);
    CHECK_STATUS(smf_measure(&bench.loader, &source, &placed, &bench.why), SMF_OK);
    CHECK_EQUAL(copied.in_place_bytes, 0);
    CHECK_EQUAL(placed.in_place_bytes, sizeof text + sizeof rodata);
    CHECK_EQUAL(copied.region_count, 3);
    CHECK_EQUAL(placed.region_count, 2);
    const size_t room = bench_room(&bench);
    bench_load(&bench, file, size);
    CHECK_EQUAL(room - bench_room(&bench), placed.arena_kept);
    bench_end(&bench);
    free(file);
}

/* Two of it: one code, two sets of data; each goes on its own. */
static void instances_share_their_code(void)
{
    size_t size, count;
    start(&smf_arch_x86_64, &smf_in_place_required);
    uint8_t *file = kit_finish(&kit, &size);
    bench_open(&bench);
    struct smf_module *first = bench_load(&bench, file, size);
    struct smf_module *second = bench_load(&bench, file, size);
    const struct smf_region *one = smf_module_regions(first, &count), *two = smf_module_regions(second, &count);
    CHECK(one[0].address == two[0].address && one[1].address == two[1].address);
    CHECK(one[2].address != two[2].address && one[3].address != two[3].address);
    CHECK_STATUS(smf_unload(&bench.loader, first), SMF_OK);
    CHECK(smf_function(second, "run") != NULL);
    bench_end(&bench);
    free(file);
}

/* Settled distances hold for the default layout only: code that has them is copied, and they are applied. */
static void settled_records_are_relocations(void)
{
    size_t size, count;
    start(&smf_arch_x86_64, &smf_in_place_allowed);
    bench.config.checks = SMF_CHECK_SETTLED;
    kit_settled(&kit, TEXT, 8, 2, 1, 0);
    /* The writer wants records by section. */
    struct smf_write_relocation last = kit.relocations[2];
    memmove(kit.relocations + 1, kit.relocations, 2 * sizeof kit.relocations[0]);
    kit.relocations[0] = last;
    uint8_t *file = kit_finish(&kit, &size);
    bench_open(&bench);
    const struct smf_module *module = bench_load(&bench, file, size);
    const struct smf_region *regions = smf_module_regions(module, &count);
    CHECK_EQUAL(smf_module_regions_in_place(module), 0); /* constants neither: 64-bit code must reach them */
    CHECK_EQUAL(regions[0].access, SMF_ACCESS_RX);
    CHECK_EQUAL(get32(regions[0].bytes + 8), (uint32_t)(regions[1].address - (regions[0].address + 8)));
    bench_end(&bench);
    free(file);
}

static void row(unsigned number, uint32_t section, uint64_t address)
{
    put32(note + 16 * number, section);
    put32(note + 16 * number + 4, 0);
    put64(note + 16 * number + 8, address);
}

/* A 32-bit and a 64-bit machine: memory at the addresses of the note, imports and own pointers in it as ever. */
static void prelinked(const struct smf_arch *arch)
{
    size_t size, count;
    start(arch, &smf_in_place_on_paper);
    kit.writer.relocation_count = 0;
    kit.writer.header.flags |= SMF_FLAG_PRELINKED;
    row(0, TEXT, 0x8000);
    row(1, RODATA, 0x8000 + sizeof text);
    row(2, BSS, 0x20000000 + sizeof data);
    kit_section(&kit, SMF_NOTE_PRELINK, SMF_SECTION_NOTE, note, 48, 8);
    kit_relocation(&kit, DATA, 16, arch->absolute, 0, 4);
    uint8_t *file = kit_finish(&kit, &size);
    bench_open(&bench);
    const struct smf_module *module = bench_load(&bench, file, size);
    const struct smf_region *regions = smf_module_regions(module, &count);
    CHECK_EQUAL(count, 3); /* .data.rel.ro has nothing left to relocate: it stays, too */
    CHECK_EQUAL(smf_module_regions_in_place(module), 2);
    CHECK_EQUAL(regions[0].address, 0x8000);
    CHECK_EQUAL(regions[1].size, sizeof rodata + 16);
    CHECK_EQUAL(regions[2].address, 0x20000000);
    CHECK_EQUAL(bench.paper.requests[0].address, 0x20000000);
    CHECK_EQUAL(get32(regions[2].bytes + 16), 0x8004);
    bench_end(&bench);
    free(file);
}

static void prelinked_for_arm(void) { prelinked(&smf_arch_arm); }
static void prelinked_for_riscv64(void) { prelinked(&smf_arch_riscv64); }

/* Nothing of it depends on where its data lies: any number of instances, though it was prelinked. */
static void prelinked_code_alone(void)
{
    size_t size;
    start(&smf_arch_arm, &smf_in_place_on_paper);
    kit.writer.relocation_count = 0;
    kit.writer.header.flags |= SMF_FLAG_PRELINKED;
    row(0, TEXT, 0x8000);
    kit_section(&kit, SMF_NOTE_PRELINK, SMF_SECTION_NOTE, note, 16, 8);
    uint8_t *file = kit_finish(&kit, &size);
    bench_open(&bench);
    for (int i = 0; i < 3; i++)
        bench_load(&bench, file, size);
    CHECK_EQUAL(bench.loader.module_count, 3);
    bench_end(&bench);
    free(file);
}

static const struct tap_case cases[] = {
    {"code_and_constants_stay",         code_and_constants_stay        },
    {"measured_as_loaded",              measured_as_loaded             },
    {"instances_share_their_code",      instances_share_their_code     },
    {"settled_records_are_relocations", settled_records_are_relocations},
    {"prelinked_for_arm",               prelinked_for_arm              },
    {"prelinked_for_riscv64",           prelinked_for_riscv64          },
    {"prelinked_code_alone",            prelinked_code_alone           },
};
TAP_MAIN(cases)
