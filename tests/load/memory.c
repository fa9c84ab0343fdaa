/* SPDX-License-Identifier: MIT */
/* memory.c - what a loaded module keeps of the arena: stated here in bytes, measured as it loads. */
#include <stdio.h>
#include <stdlib.h>

#include "harness/tap.h"
#include "support/kit.h"

static struct bench bench;
static struct kit kit;
static uint8_t text[1024];

/* One whose words are this machine's. */
static const struct smf_arch *arch(void) { return sizeof(void *) == 4 ? &smf_arch_arm : &smf_arch_x86_64; }

/* A module with code and data, and so many exports with names of six letters. */
static uint8_t *make(unsigned exports, size_t *size)
{
    static char names[60][16];
    kit_start(&kit, (enum smf_arch_id)arch()->id);
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
    kit_section(&kit, ".data", SMF_SECTION_DATA, text, 64, 8);
    for (unsigned i = 0; i < exports; i++) {
        snprintf(names[i], sizeof names[i], "name%02u", i % 100);
        kit_export(&kit, names[i], 0, 16u * i, SMF_SYMBOL_FUNCTION);
    }
    return kit_finish(&kit, size);
}

static size_t kept(unsigned exports, enum smf_stay stay)
{
    size_t size;
    struct smf_needs needs = {0};
    struct smf_module *module = NULL;
    uint8_t *file = make(exports, &size);
    const struct smf_source source = smf_source_memory(file, size, stay);
    bench_start(&bench, arch());
    bench_open(&bench);
    const size_t before = bench_room(&bench);
    CHECK_STATUS(smf_measure(&bench.loader, &source, &needs, &bench.why), SMF_OK);
    CHECK_STATUS(smf_load(&bench.loader, &source, &module, &bench.why), SMF_OK);
    CHECK_EQUAL(before - bench_room(&bench), needs.arena_kept);
    bench_end(&bench);
    free(file);
    return needs.arena_kept;
}

/* 16 words and 8 bytes an export, from 15 exports on: links have 16 bits, and pay for what the record has more. */
static void source_stays(void)
{
    for (unsigned exports = 0; exports <= 60; exports++) {
        const size_t bytes = kept(exports, SMF_STAYS_FOR_MODULE);
        const size_t record = 28 * sizeof(void *) + 16; /* with two regions, two sections, the block's header */
        unsigned heads = 1;
        while (heads * 2 <= exports)
            heads *= 2;
        CHECK(bytes <= ((record + 2 * (heads + exports) + 7) & ~(size_t)7));
        if (exports >= 15 && sizeof(void *) == 4)
            CHECK(bytes <= 64 + 8 * exports);
        if (exports == 0 || exports == 60)
            tap_note("%u exports: %zu bytes of the arena stay", exports, bytes);
    }
}

/* Names on top, and what tells them apart: an address and an offset each. */
static void source_goes(void)
{
    for (unsigned exports = 0; exports <= 60; exports += 20) {
        const size_t less = kept(exports, SMF_STAYS_FOR_MODULE), more = kept(exports, SMF_STAYS_FOR_LOAD);
        const size_t entry = 2 * sizeof(void *), names = 7;
        CHECK(more <= less + exports * (entry + names) + 8);
    }
}

static const struct tap_case cases[] = {
    {"source_stays", source_stays},
    {"source_goes",  source_goes },
};
TAP_MAIN(cases)
