/* SPDX-License-Identifier: MIT */
/*
 * rebinding.c - what the loader tells of references to definitions that can be
 * replaced, on paper: each form once, and every refusal of core/load/rebinding.c.
 * What a system makes of it is tried in tests/system.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/holds.h"
#include "support/kit.h"

static struct kit kit;
static struct bench bench;
static uint8_t text[64], data[64];
enum { TEXT, GOT, DATA };

/* What was told, and what is to be answered. */
static struct {
    struct smf_reference references[16];
    unsigned count;
    enum smf_status answer;
    bool kept;
    enum smf_status keep_answer;
    uint8_t keep[64];
    unsigned asked;
    struct smf_keep_request request;
    char name[24];
} told;

static enum smf_status refer(void *context, const struct smf_reference *reference)
{
    (void)context;
    CHECK(told.count < 16);
    told.references[told.count++] = *reference;
    return told.answer;
}

static enum smf_status keep(void *context, const struct smf_keep_request *request, struct smf_region *region,
                            bool *kept)
{
    (void)context;
    told.asked++;
    told.request = *request;
    snprintf(told.name, sizeof told.name, "%s", request->name);
    region->bytes = told.keep;
    region->address = 0x7000000;
    region->size = request->size;
    region->access = SMF_ACCESS_RW;
    *kept = told.kept;
    return told.keep_answer;
}

static const struct smf_rebinding rebinding = {.rules = &smf_rebinding_rules, .refer = refer, .keep = keep};

/* Everything can be replaced; what begins with k will not move. */
static enum smf_status resolve(void *context, const struct smf_binding_request *request,
                               struct smf_binding_answer *answer)
{
    (void)context;
    answer->address = 0x5000000;
    answer->kind = request->hint;
    answer->flags = SMF_BINDING_RELOADABLE | (request->name[0] == 'k' ? SMF_BINDING_KEPT : 0);
    answer->token = request->index + 100;
    answer->provider = &told;
    return SMF_OK;
}

static void start_for(const struct smf_arch *arch)
{
    must_hold(arch);
    memset(&told, 0, sizeof told);
    bench_start(&bench, arch);
    bench.config.rebinding = &rebinding;
    bench.config.resolve = resolve;
    bench_open(&bench);
    kit_start(&kit, (enum smf_arch_id)arch->id);
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
    kit_section(&kit, ".got", SMF_SECTION_RODATA, data, 16, 8);
    kit_section(&kit, ".data", SMF_SECTION_DATA, data, 64, 8);
}

static void start(void) { start_for(&smf_arch_x86_64); }

/* The detail that the load fails with, or 0. */
static struct smf_module *load(int wanted)
{
    size_t size = 0;
    uint8_t *file = kit_finish(&kit, &size);
    const struct smf_source source = smf_source_memory(file, size, SMF_STAYS_FOR_LOAD);
    struct smf_module *module = NULL;
    const enum smf_status status = smf_load(&bench.loader, &source, &module, &bench.why);
    free(file);
    CHECK_EQUAL(status == SMF_OK ? 0 : (int)bench.why.detail, wanted);
    return module;
}

enum { ABSOLUTE = 1, RELATIVE = 2, CALL = 4 }; /* R_X86_64_64, _PC32, _PLT32 */

static void a_call_goes_through_the_stub_and_the_slot_is_told(void)
{
    start();
    const uint32_t call = kit_stub_import(&kit, "call", SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL, 32, 8, 0);
    kit_relocation(&kit, TEXT, 4, CALL, call, -4);
    kit_relocation(&kit, GOT, 8, ABSOLUTE, call, 0);
    struct smf_module *module = load(0);
    size_t count;
    const struct smf_region *regions = smf_module_regions(module, &count);
    CHECK_EQUAL(told.count, 1);
    CHECK_EQUAL(told.references[0].form, SMF_REFERENCE_SLOT);
    CHECK_EQUAL(told.references[0].token, call + 100);
    CHECK_EQUAL(told.references[0].region, 1);
    CHECK_EQUAL(told.references[0].offset, 8);
    CHECK(told.references[0].provider == &told && told.references[0].module == module);
    CHECK_EQUAL(get32(regions[0].bytes + 4), 32 - 4 - 4); /* to the stub in the same section */
    CHECK_EQUAL(get64(regions[1].bytes + 8), 0x5000000);
    bench_end(&bench);
}

static void a_pointer_to_a_function_is_its_stub(void)
{
    start();
    const uint32_t call = kit_stub_import(&kit, "call", SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL, 32, 8, 0);
    kit_relocation(&kit, DATA, 0, ABSOLUTE, call, 0);
    size_t count;
    const struct smf_region *regions = smf_module_regions(load(0), &count);
    CHECK_EQUAL(told.count, 0);
    CHECK_EQUAL(get64(regions[2].bytes), regions[0].address + 32);
    bench_end(&bench);
}

static void a_function_without_a_stub_is_fixed_and_its_slot_copied(void)
{
    start();
    const uint32_t bare = kit_import(&kit, "bare", SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL);
    kit_relocation(&kit, GOT, 0, ABSOLUTE, bare, 0);
    kit_relocation(&kit, DATA, 0, ABSOLUTE, bare, 0);
    load(0);
    CHECK_EQUAL(told.count, 3);
    CHECK_EQUAL(told.references[0].form, SMF_REFERENCE_SLOT);
    CHECK_EQUAL(told.references[1].form, SMF_REFERENCE_COPIED);
    CHECK_EQUAL(told.references[2].form, SMF_REFERENCE_FIXED);
    bench_end(&bench);
}

static void data_is_reached_through_slots_and_words(void)
{
    start();
    const uint32_t value = kit_import(&kit, "value", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    kit_relocation(&kit, GOT, 0, ABSOLUTE, value, 0);
    kit_relocation(&kit, DATA, 16, ABSOLUTE, value, 12);
    size_t count;
    const struct smf_region *regions = smf_module_regions(load(0), &count);
    CHECK_EQUAL(told.count, 2);
    CHECK_EQUAL(told.references[0].form, SMF_REFERENCE_SLOT);
    CHECK_EQUAL(told.references[1].form, SMF_REFERENCE_WORD);
    CHECK_EQUAL(told.references[1].region, 2);
    CHECK_EQUAL(told.references[1].offset, 16);
    CHECK_EQUAL(told.references[1].addend, 12);
    CHECK_EQUAL(get64(regions[2].bytes + 16), 0x500000C);
    bench_end(&bench);
}

/* Runs of pointers are patched without a look at each record, but not these. */
static void every_place_of_a_run_is_told(void)
{
    start();
    const uint32_t one = kit_import(&kit, "one", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    const uint32_t two = kit_import(&kit, "two", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    kit_relocation(&kit, GOT, 0, ABSOLUTE, one, 0);
    kit_relocation(&kit, GOT, 8, ABSOLUTE, two, 0);
    for (unsigned i = 0; i < 8; i++)
        kit_relocation(&kit, DATA, i * 8, ABSOLUTE, i < 6 ? one : two, 0);
    load(0);
    CHECK_EQUAL(told.count, 10);
    bench_end(&bench);
}

static void code_that_refers_to_data_directly_is_refused(void)
{
    start();
    const uint32_t value = kit_import(&kit, "value", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    kit_relocation(&kit, TEXT, 4, RELATIVE, value, -4);
    load(SMF_DETAIL_DIRECT_DATA);
    CHECK_TEXT(bench.why.name, "value");
    bench_end(&bench);
}

static void code_may_refer_to_kept_data_directly(void)
{
    start();
    const uint32_t value = kit_import(&kit, "kept", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    kit_relocation(&kit, TEXT, 8, ABSOLUTE, value, 0);
    load(0);
    CHECK_EQUAL(told.count, 1);
    CHECK_EQUAL(told.references[0].form, SMF_REFERENCE_FIXED);
    bench_end(&bench);
}

static void a_place_that_cannot_be_remembered_ends_the_load(void)
{
    start();
    told.answer = SMF_ERR_NO_ARENA;
    const uint32_t value = kit_import(&kit, "value", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    kit_relocation(&kit, GOT, 0, ABSOLUTE, value, 0);
    load(SMF_DETAIL_REFER);
    CHECK_EQUAL(bench.why.status, SMF_ERR_NO_ARENA);
    bench_end(&bench);
}

/* Both halves of one address agree: on the stub of a function, and on kept data itself, though it might have been a
 * function and so has a stub. */
static void a_pair_of_records_agrees(void)
{
    enum { PCREL_HI20 = 23, PCREL_LO12_I = 24, AUIPC_A0 = 0x517, ADDI_A0_A0 = 0x50513 };
    for (unsigned function = 0; function < 2; function++) {
        tap_variant("function %u", function);
        start_for(&smf_arch_riscv32);
        put32(text + 4, AUIPC_A0);
        put32(text + 8, ADDI_A0_A0);
        const uint32_t import = kit_stub_import(&kit, "kept", function != 0 ? SMF_SYMBOL_FUNCTION : SMF_SYMBOL_DATA,
                                                SMF_BINDING_GLOBAL, 32, 8, SMF_SYMBOL_FLAG_BY_STUB);
        kit_relocation(&kit, TEXT, 4, PCREL_HI20, import, 0);
        kit_relocation(&kit, TEXT, 8, PCREL_LO12_I, SMF_NO_SYMBOL, 0);
        bench.paper.base = 0x4F00000;
        size_t count;
        const struct smf_region *regions = smf_module_regions(load(0), &count);
        memset(text, 0, sizeof text);
        if (count == 0)
            return;
        const uint32_t high = get32(regions[0].bytes + 4) & 0xFFFFF000u, low = get32(regions[0].bytes + 8) >> 20;
        CHECK_EQUAL((uint32_t)(4 + high + low - ((low & 0x800u) << 1)), function != 0 ? 32 : 0x5000000 - 0x4F00000);
        bench_end(&bench);
    }
    tap_variant("%s", "");
}

/* A reload stores each at once. */
static void what_is_not_aligned_is_refused(void)
{
    for (unsigned section = GOT; section <= DATA; section++) {
        start();
        const uint32_t import = kit_import(&kit, "data", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
        kit_relocation(&kit, section, 4, ABSOLUTE, import, 0);
        CHECK(load(SMF_DETAIL_REFER_ALIGNMENT) == NULL);
        CHECK_TEXT(bench.why.name, "data");
        CHECK_EQUAL(bench.why.value, 4);
        bench_end(&bench);
    }
}

/* ---- .keep sections ---- */

static void keep_sections_lie_where_they_are_told_to(void)
{
    start();
    memset(data, 7, sizeof data);
    const uint32_t state = kit_section(&kit, ".keep.state", SMF_SECTION_DATA, data, 24, 8);
    const uint32_t own = kit_local(&kit, "own", state, 8);
    kit_export(&kit, "shared", state, 16, SMF_SYMBOL_DATA);
    kit_relocation(&kit, DATA, 0, ABSOLUTE, own, 0);
    struct smf_module *module = load(0);
    memset(data, 0, sizeof data);
    size_t count;
    const struct smf_region *regions = smf_module_regions(module, &count);
    CHECK_EQUAL(told.asked, 1);
    CHECK_TEXT(told.name, ".keep.state");
    CHECK_EQUAL(told.request.size, 24);
    CHECK_EQUAL(told.request.alignment, 8);
    CHECK_EQUAL(smf_module_regions_in_place(module), 1);
    CHECK_EQUAL(regions[0].address, 0x7000000);
    CHECK_EQUAL(told.keep[23], 7);
    CHECK_EQUAL(told.keep[24], 0);
    CHECK_EQUAL(get64(regions[3].bytes), 0x7000008);
    struct smf_found found;
    CHECK_STATUS(smf_find(module, "shared", &found), SMF_OK);
    CHECK_EQUAL(found.address, 0x7000010);
    bench_end(&bench);
}

static void what_was_kept_is_not_written(void)
{
    start();
    told.kept = true;
    memset(told.keep, 9, sizeof told.keep);
    kit_section(&kit, ".keep.state", SMF_SECTION_BSS, NULL, 24, 8);
    load(0);
    CHECK_EQUAL(told.keep[0], 9);
    CHECK_EQUAL(told.keep[23], 9);
    bench_end(&bench);
}

static void kept_pointers_are_refused(void)
{
    start();
    told.kept = true;
    const uint32_t state = kit_section(&kit, ".keep.state", SMF_SECTION_DATA, data, 24, 8);
    kit_relocation(&kit, state, 0, ABSOLUTE, kit_local(&kit, "own", TEXT, 0), 0);
    load(SMF_DETAIL_KEEP_POINTERS);
    CHECK_TEXT(bench.why.name, ".keep.state");
    bench_end(&bench);
}

static void no_memory_for_a_keep_section_ends_the_load(void)
{
    start();
    told.keep_answer = SMF_ERR_NO_MEMORY;
    kit_section(&kit, ".keep.state", SMF_SECTION_DATA, data, 24, 8);
    load(SMF_DETAIL_KEEP_PLACE);
    CHECK_EQUAL(bench.why.status, SMF_ERR_NO_MEMORY);
    bench_end(&bench);
}

static void more_keep_sections_than_there_may_be(void)
{
    static const char names[5][16] = {".keep.a", ".keep.b", ".keep.c", ".keep.d", ".keep.e"};
    start();
    for (unsigned i = 0; i < SMF_KEEP_MAX + 1; i++)
        kit_section(&kit, names[i], SMF_SECTION_DATA, data, 8, 8);
    load(SMF_DETAIL_KEEP_MAX);
    bench_end(&bench);
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(a_call_goes_through_the_stub_and_the_slot_is_told),
    CASE(a_pointer_to_a_function_is_its_stub),
    CASE(a_function_without_a_stub_is_fixed_and_its_slot_copied),
    CASE(data_is_reached_through_slots_and_words),
    CASE(every_place_of_a_run_is_told),
    CASE(code_that_refers_to_data_directly_is_refused),
    CASE(a_pair_of_records_agrees),
    CASE(what_is_not_aligned_is_refused),
    CASE(code_may_refer_to_kept_data_directly),
    CASE(a_place_that_cannot_be_remembered_ends_the_load),
    CASE(keep_sections_lie_where_they_are_told_to),
    CASE(what_was_kept_is_not_written),
    CASE(kept_pointers_are_refused),
    CASE(no_memory_for_a_keep_section_ends_the_load),
    CASE(more_keep_sections_than_there_may_be),
};
TAP_MAIN(cases)
