/* SPDX-License-Identifier: MIT */
/* placed.c - what cannot stay in place, what was prelinked for other addresses, and ports that have too little room. */
#include "load/refused.h"

#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "support/module.h"
#include "support/pack.h"

/* A module with .text and .data, prelinked for these addresses; the note's `size` bytes. */
static uint8_t note[32];

static void start_prelinked(uint64_t code, uint64_t place)
{
    start(&smf_arch_x86_64);
    kit.writer.header.flags |= SMF_FLAG_PRELINKED;
    put32(note, TEXT);
    put32(note + 4, 0);
    put64(note + 8, code);
    put32(note + 16, DATA);
    put32(note + 20, 0);
    put64(note + 24, place);
    kit_section(&kit, SMF_NOTE_PRELINK, SMF_SECTION_NOTE, note, sizeof note, 8);
    bench.config.in_place = &smf_in_place_on_paper;
}

void nothing_stays_in_place(void)
{
    static const struct smf_codec *const codecs[] = {&smf_codec_lz4, NULL};
    size_t size;
    start(&smf_arch_x86_64);
    bench.config.in_place = &smf_in_place_required;
    kit_relocation(&kit, TEXT, 0, 1, kit_local(&kit, ".data", DATA, 0), 0);
    REFUSED(PLACE_RELOCATIONS);
    start(&smf_arch_x86_64);
    bench.config.in_place = &smf_in_place_required;
    kit_section(&kit, ".more", SMF_SECTION_CODE, text, sizeof text, 16);
    REFUSED(PLACE_SECTIONS);

    start(&smf_arch_x86_64); /* must be decompressed */
    bench.config.in_place = &smf_in_place_required;
    bench.config.codecs = codecs;
    uint8_t *plain = kit_finish(&kit, &size), *packed = pack_module(plain, size, PACK_LOADED, &size);
    check_bytes(packed, size, SMF_DETAIL_PLACE_COMPRESSED, __LINE__);
    CHECK_TEXT(bench.why.name, ".text");
    start(&smf_arch_x86_64);
    bench.config.in_place = &smf_in_place_allowed;
    bench.config.codecs = codecs;
    check_bytes(packed, size, SMF_DETAIL_NONE, __LINE__);
    free(packed);
    free(plain);

    start(&smf_arch_x86_64); /* an odd address */
    bench.config.in_place = &smf_in_place_required;
    uint8_t *file = kit_finish(&kit, &size), *odd = malloc(size + 1);
    CHECK(odd != NULL);
    memcpy(odd + 1, file, size);
    check_bytes(odd + 1, size, SMF_DETAIL_PLACE_ALIGNMENT, __LINE__);
    CHECK_EQUAL(bench.why.expected, 16);
    CHECK_TEXT(bench.why.name, ".text");
    start(&smf_arch_x86_64);
    bench.config.in_place = &smf_in_place_allowed;
    check_bytes(odd + 1, size, SMF_DETAIL_NONE, __LINE__);

    /* Bytes that go when the load is over. */
    struct smf_source source = smf_source_memory(file, size, SMF_STAYS_FOR_LOAD);
    struct smf_needs needs;
    for (int required = 0; required < 2; required++) {
        start(&smf_arch_x86_64);
        bench.config.in_place = required ? &smf_in_place_required : &smf_in_place_allowed;
        bench_open(&bench);
        CHECK_STATUS(smf_measure(&bench.loader, &source, &needs, &bench.why), required ? SMF_ERR_UNSUPPORTED : SMF_OK);
        CHECK(!required || bench.why.detail == SMF_DETAIL_PLACE_SOURCE);
        bench_end(&bench);
    }
    start(&smf_arch_x86_64);
    bench.config.in_place = &smf_in_place_required;
    check_bytes((const uint8_t *)"no module", 9, SMF_DETAIL_NO_HEADER, __LINE__);
    struct forge forge = whole_module(FORGE_R96);
    struct forged older;
    forge_make(&forge, &older);
    start(&smf_arch_x86_64);
    bench.config.in_place = &smf_in_place_required;
    check_bytes(older.bytes, older.size, SMF_DETAIL_PLACE_SOURCE, __LINE__);
    forge_free(&older);
    free(odd);
    free(file);
}

/* SPEC [N4] */
void prelinked_for_elsewhere(void)
{
    start_prelinked(0x1000, 0x20000);
    LOADS();
    start_prelinked(0x1000, 0x20000);
    bench.config.in_place = NULL;
    REFUSED(PRELINKED);
    start_prelinked(0x1000, 0x20000); /* it lies where the test has its memory */
    bench.config.in_place = &smf_in_place_allowed;
    REFUSED(PRELINK_ELSEWHERE);
    CHECK_EQUAL(bench.why.expected, 0x1000);
    start_prelinked(0x1008, 0x20000); /* not aligned: copied, to where that is no multiple of 16 */
    REFUSED(PRELINK_ELSEWHERE);
    start_prelinked(0x1000, 0x20004);
    REFUSED(PRELINK_ELSEWHERE);
    start_prelinked(0x1000, 0x20000);
    put32(note, DATA); /* twice, at different places */
    REFUSED(PRELINK_ELSEWHERE);

    start_prelinked(0x1000, 0x20000);
    put32(note + 16, 77);
    REFUSED(PRELINK_NOTE);
    start_prelinked(0x1000, 0x20000);
    put32(note + 16, 2); /* itself */
    REFUSED(PRELINK_NOTE);
    start_prelinked(0x1000, 0x20000);
    put32(note + 20, 1);
    REFUSED(PRELINK_NOTE);
    start_prelinked(0x1000, 0x20000);
    kit.sections[2].size = 24;
    REFUSED(PRELINK_NOTE);
    start_prelinked(0x1000, 0x20000);
    kit.sections[2].name = "note.other";
    REFUSED(PRELINK_NOTE);

    start_prelinked(0x1000, 0x20000);
    bench.paper.lie = PAPER_ELSEWHERE;
    REFUSED(PORT_ADDRESS);
    start_prelinked(0x1000, 0x20000);
    bench.paper.fail_at = 1;
    bench.paper.fail_with = SMF_ERR_NO_MEMORY;
    REFUSED(RESERVE_AT);
    CHECK_EQUAL(bench.why.value, 0x20000);

    /* A second one that refers to its own data. */
    size_t size;
    start_prelinked(0x1000, 0x20000);
    uint8_t *file = kit_finish(&kit, &size);
    bench_open(&bench);
    bench_load(&bench, file, size);
    struct smf_module *second;
    const struct smf_source source = smf_source_memory(file, size, SMF_STAYS_FOR_MODULE);
    CHECK_STATUS(smf_load(&bench.loader, &source, &second, &bench.why), SMF_ERR_DUPLICATE);
    saw(SMF_DETAIL_SECOND_INSTANCE);
    CHECK_EQUAL(bench.why.detail, SMF_DETAIL_SECOND_INSTANCE);
    CHECK_EQUAL(bench.why.value, 0x20000);
    bench_end(&bench);
    free(file);
}

static size_t available(void *context, enum smf_access access)
{
    (void)context;
    return access == SMF_ACCESS_RW ? 48 : 4096;
}

/* The region that is too large, what it needs, and what there is. */
void rooms_of_the_port(void)
{
    start(&smf_arch_x86_64);
    bench.paper.port.available = available;
    bench.paper.fail_at = 1;
    bench.paper.fail_with = SMF_ERR_NO_MEMORY;
    REFUSED(RESERVE_NEEDS);
    CHECK_EQUAL(bench.why.index, 1);
    CHECK_EQUAL(bench.why.value, sizeof data);
    CHECK_EQUAL(bench.why.expected, 48);
    start(&smf_arch_x86_64); /* room enough, and yet no: nothing is known */
    bench.paper.fail_at = 1;
    bench.paper.fail_with = SMF_ERR_NO_MEMORY;
    REFUSED(RESERVE);
}
