/* SPDX-License-Identifier: MIT */
/* records.c - relocation records that name what is not there, patch what they must not, or do not fit. */
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "load/refused.h"

void a13_types_without_a_row(void)
{
    start(&smf_arch_x86_64);
    kit_relocation(&kit, DATA, 0, 999, SMF_NO_SYMBOL, 0);
    REFUSED(NO_ROW);
    CHECK_STATUS(bench.why.status, SMF_ERR_RELOC_TYPE);
    CHECK_EQUAL(bench.why.stage, SMF_STAGE_RELOCATE);
    start(&smf_arch_x86_64);
    kit_relocation(&kit, DATA, 0, 257, SMF_NO_SYMBOL, 0); /* AArch64's */
    REFUSED(NO_ROW);
    start(&smf_arch_riscv64);
    kit_relocation(&kit, TEXT, 0, 43, SMF_NO_SYMBOL, 0);
    REFUSED(MUST_BE_SETTLED);
    start(&smf_arch_x86_64);
    kit_relocation(&kit, TEXT, 0, 9, import("near"), -4);
    REFUSED(NO_SLOT);
    start(&smf_arch_x86_64);
    kit_relocation(&kit, TEXT, 0, 10, kit_local(&kit, ".data", DATA, 0), 0);
    REFUSED(LOW_IN_PIC);
    start(&smf_arch_x86_64);
    kit.writer.header.flags = 0; /* without PIC, the port is asked for low addresses */
    kit_relocation(&kit, TEXT, 0, 10, kit_local(&kit, ".data", DATA, 0), 0);
    LOADS();
    CHECK_EQUAL(bench.paper.requests[0].highest, 0x7FFFFFFF);
}

void a10_symbols_that_are_none(void)
{
    for (unsigned past = 0; past < 3; past++) {
        size_t size = 0;
        start(&smf_arch_x86_64);
        import("near");
        kit_relocation(&kit, DATA, 0, 1, 0, 0);
        uint8_t *file = kit_finish(&kit, &size);
        /* The record lies behind .text and .data. */
        put32(file + sizeof text + sizeof data + 8, past == 0 ? 1 : past == 1 ? 2 : 0xFFFFFFFE);
        put64(file + size - 128 + 60, 0);
        check_bytes(file, size, SMF_DETAIL_RELOCATION_SYMBOL, __LINE__);
        free(file);
    }
}

void a11_places_past_the_end(void)
{
    static const struct {
        uint64_t offset;
        unsigned number;
        bool fits;
    } rows[] = {
        {56, 1,  true },
        {57, 1,  false},
        {63, 1,  false},
        {60, 2,  true },
        {61, 2,  false},
        {63, 15, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start(&smf_arch_x86_64);
        const uint32_t symbol = kit_local(&kit, ".data", DATA, 0);
        kit_relocation(&kit, DATA, rows[i].offset, rows[i].number, symbol, rows[i].number == 1 ? 0 : 63);
        if (rows[i].fits)
            LOADS();
        else
            REFUSED(OUTSIDE);
    }
    static const uint64_t beyond[] = {64, 65, UINT64_MAX, UINT64_MAX - 7, (uint64_t)1 << 63};
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
        size_t size = 0;
        start(&smf_arch_x86_64);
        kit_relocation(&kit, DATA, 0, 1, SMF_NO_SYMBOL, 0);
        uint8_t *file = kit_finish(&kit, &size);
        put64(file + sizeof text + sizeof data, beyond[i]);
        put64(file + size - 128 + 60, 0);
        check_bytes(file, size, SMF_DETAIL_OUTSIDE, __LINE__);
        free(file);
    }
}

/* Only stored bytes are patched: not the zeros behind them, not .bss. Two records of one place are both applied. */
void a12_records_stay_in_their_section(void)
{
    start(&smf_arch_x86_64);
    kit.sections[DATA].virtual_size = 4096;
    kit_relocation(&kit, DATA, 60, 1, SMF_NO_SYMBOL, 0);
    REFUSED(OUTSIDE);
    start(&smf_arch_x86_64);
    kit_relocation(&kit, DATA, 0, 1, SMF_NO_SYMBOL, 1);
    kit_relocation(&kit, DATA, 0, 1, SMF_NO_SYMBOL, 2);
    kit_export(&kit, "table", DATA, 0, SMF_SYMBOL_DATA);
    size_t size = 0;
    uint8_t *file = kit_finish(&kit, &size);
    struct smf_found found = {0};
    bench_open(&bench);
    const struct smf_module *module = bench_load(&bench, file, size);
    CHECK_STATUS(smf_find(module, "table", &found), SMF_OK);
    const uint8_t *at = paper_at(&bench.paper, found.address, 8);
    CHECK(at != NULL && get64(at) == 2);
    bench_end(&bench);
    free(file);
}

void a14_values_that_do_not_fit(void)
{
    start(&smf_arch_x86_64);
    kit_relocation(&kit, TEXT, 0, 2, import("far"), -4);
    REFUSED(FAR_IMPORT);
    CHECK_TEXT(bench.why.name, "far");
    CHECK_STATUS(bench.why.status, SMF_ERR_RELOC_RANGE);
    start(&smf_arch_x86_64);
    kit_relocation(&kit, TEXT, 0, 2, import("near"), -4);
    LOADS();
    start(&smf_arch_x86_64);
    kit_relocation(&kit, TEXT, 0, 2, kit_import(&kit, "nobody", SMF_SYMBOL_DATA, SMF_BINDING_WEAK), -4);
    REFUSED(FAR_WEAK);
    CHECK_TEXT(bench.why.name, "nobody");
    start(&smf_arch_arm);
    kit_relocation(&kit, TEXT, 0, 10, import("even"), -4);
    REFUSED(NOT_THUMB);
    start(&smf_arch_arm);
    kit_relocation(&kit, DATA, 0, 2, import("wide"), 0);
    REFUSED(FAR_ADDRESS);
    CHECK_TEXT(bench.why.name, "wide");
}

void a15_pairs(void)
{
    static const int64_t wrong[] = {2, -1, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        start(&smf_arch_riscv64);
        kit_relocation(&kit, TEXT, 0, 23, kit_local(&kit, ".data", DATA, 0), 0);
        kit_relocation(&kit, TEXT, 4, 24, SMF_NO_SYMBOL, wrong[i]);
        REFUSED(PAIR);
    }
    start(&smf_arch_riscv64);
    const uint32_t symbol = kit_local(&kit, ".data", DATA, 0);
    kit_relocation(&kit, TEXT, 0, 23, symbol, 0);
    kit_relocation(&kit, TEXT, 4, 24, symbol, 0); /* a low part names no symbol */
    REFUSED(PAIR);
    static const uint16_t kinds[] = {26, 19, 24, 2, 0};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        start(&smf_arch_riscv64);
        if (kinds[i] == 26)
            kit.writer.header.flags = 0;
        kit_relocation(&kit, TEXT, 0, 24, SMF_NO_SYMBOL, 1);
        kit_relocation(&kit, TEXT, 8, kinds[i], SMF_NO_SYMBOL, 1);
        REFUSED(PAIR_KIND);
    }
    start(&smf_arch_riscv64); /* an upper half that comes later is one all the same */
    const uint32_t own = kit_local(&kit, ".data", DATA, 0);
    kit_relocation(&kit, TEXT, 4, 24, SMF_NO_SYMBOL, 1);
    kit_relocation(&kit, TEXT, 0, 23, own, 0);
    LOADS();
}
