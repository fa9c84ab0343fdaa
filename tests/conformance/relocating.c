/* SPDX-License-Identifier: MIT */
/* relocating.c - the rules of docs/SPEC.md, part 1, for records: what a loader makes of them. */
#include <string.h>

#include "conformance/scene.h"
#include "harness/tap.h"

static void records_stay_in_their_section(void)
{
    /* SPEC [R1]: place and width against the stored size. */
    static const struct {
        uint64_t offset;
        enum smf_status status;
    } places[] = {
        {DATA_SIZE - 8,  SMF_OK              },
        {DATA_SIZE - 7,  SMF_ERR_RELOC_RECORD},
        {DATA_SIZE,      SMF_ERR_RELOC_RECORD},
        {UINT64_MAX,     SMF_ERR_RELOC_RECORD},
        {UINT64_MAX - 7, SMF_ERR_RELOC_RECORD}
    };
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        scene_begin(SMF_ARCH_X86_64);
        scene_record(DATA, 0, X86_64_64, S_TEXT, 0); /* the second one of a symbol goes a shorter way */
        scene_record(DATA, places[i].offset, X86_64_64, S_TEXT, 0);
        CHECK_STATUS(scene_load(), places[i].status);
        /* SPEC [L1]: nothing is left of a load that failed. */
        CHECK_EQUAL(scene.live == 0, places[i].status != SMF_OK);
        CHECK_EQUAL(scene.loader.module_count, places[i].status == SMF_OK);
    }
    scene_begin(SMF_ARCH_X86_64);
    scene.sections[DATA] = (struct forge_section){.name = ".data",
                                                  .type = SMF_SECTION_DATA,
                                                  .flags = 3,
                                                  .bytes = scene.data,
                                                  .size = 8,
                                                  .virtual_size = 64,
                                                  .alignment = 8};
    scene_record(DATA, 8, X86_64_64, S_TEXT, 0);
    CHECK_STATUS(scene_load(), SMF_ERR_RELOC_RECORD);
}

static void addends_are_explicit(void)
{
    /* SPEC [R5] [R2]: the bits that are patched do not count; without a symbol S is 0. */
    scene_begin(SMF_ARCH_X86_64);
    memset(scene.data, 0xFF, sizeof scene.data);
    scene_record(DATA, 0, X86_64_64, S_TEXT, 3);
    scene_record(DATA, 8, X86_64_64, SMF_NO_SYMBOL, -5);
    CHECK_STATUS(scene_load(), SMF_OK);
    CHECK_EQUAL(scene_word(DATA, 0, 8), scene.base + 3);
    CHECK_EQUAL((int64_t)scene_word(DATA, 8, 8), -5);
}

static void unknown_types_fail(void)
{
    /* SPEC [R6] [R10] [L1]: TLS, a number of nobody, another architecture's, what the writer has to settle. */
    static const struct {
        uint8_t arch;
        uint16_t number;
    } types[] = {
        {SMF_ARCH_X86_64,  X86_64_DTPMOD64 },
        {SMF_ARCH_X86_64,  0x7777          },
        {SMF_ARCH_X86_64,  AARCH64_ADR_PAGE},
        {SMF_ARCH_RISCV64, RISCV_ALIGN     },
        {SMF_ARCH_RISCV64, RISCV_RELAX     }
    };
    for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++) {
        scene_begin(types[i].arch);
        scene_record(TEXT, 4, types[i].number, S_IMPORT, 0);
        CHECK_STATUS(scene_load(), SMF_ERR_RELOC_TYPE);
        CHECK_EQUAL(scene.why.value, types[i].number);
        CHECK_TEXT(scene.why.name, "outside");
        CHECK_EQUAL(scene.live, 0);
    }
}

static void values_that_do_not_fit_fail(void)
{
    /* SPEC [R7]: one byte past the reach of a PC32. */
    for (uint64_t past = 0; past < 2; past++) {
        scene_begin(SMF_ARCH_X86_64);
        scene_record(TEXT, 0, X86_64_PC32, S_IMPORT, 0);
        scene.address = scene.base + 0x7FFFFFFF + past;
        CHECK_STATUS(scene_load(), past ? SMF_ERR_RELOC_RANGE : SMF_OK);
    }
}

static void addresses_of_32_bits_wrap(void)
{
    /* SPEC [R8] */
    scene_begin(SMF_ARCH_RISCV32);
    scene_record(DATA, 0, RISCV_32, S_IMPORT, 0x20);
    scene.address = 0xFFFFFFF0;
    CHECK_STATUS(scene_load(), SMF_OK);
    CHECK_EQUAL(scene_word(DATA, 0, 4), 0x10);
}

static void riscv_pairs(void)
{
    /* SPEC [R9]: auipc a0; addi a0, a0: the low part of its record's distance. */
    for (int64_t high = 0; high < 3; high++) {
        scene_begin(SMF_ARCH_RISCV64);
        memcpy(scene.text, "\x17\x05\x00\x00\x13\x05\x05\x00", 8);
        scene_record(TEXT, 0, RISCV_PCREL_HI20, S_DATA, 0x900);
        scene_record(TEXT, 4, RISCV_PCREL_LO12_I, SMF_NO_SYMBOL, high);
        CHECK_STATUS(scene_load(), high == 0 ? SMF_OK : SMF_ERR_RELOC_RECORD); /* 1 is itself, 2 is behind the end */
        if (high == 0) {
            CHECK_EQUAL(scene_word(TEXT, 0, 4), 0x00002517); /* 0x1900 + 0x800, upper part 2 */
            CHECK_EQUAL(scene_word(TEXT, 4, 4), 0x90050513); /* -0x700 */
        }
    }
    scene_begin(SMF_ARCH_RISCV64);
    scene_record(TEXT, 4, RISCV_PCREL_LO12_I, S_DATA, 0);
    CHECK_STATUS(scene_load(), SMF_ERR_RELOC_RECORD);
}

static void records_of_one_place_keep_their_order(void)
{
    /* SPEC [R11]: SET8 then SUB8; the other way round the difference would be lost. */
    scene_begin(SMF_ARCH_RISCV64);
    scene_record(DATA, 3, RISCV_SET8, S_CODE, 9);
    scene_record(DATA, 3, RISCV_SUB8, S_CODE, 2);
    CHECK_STATUS(scene_load(), SMF_OK);
    CHECK_EQUAL(scene_word(DATA, 3, 1), 7);
}

static void the_got_is_where_its_section_starts(void)
{
    /* SPEC [R12]: .got here is the read-only section, one step behind the code. */
    scene_begin(SMF_ARCH_X86_64);
    scene.sections[DATA] = (struct forge_section){
        .name = ".got", .type = SMF_SECTION_RODATA, .flags = 1, .bytes = scene.data, .size = DATA_SIZE, .alignment = 8};
    scene_record(TEXT, 0, X86_64_GOTPC64, SMF_NO_SYMBOL, 1);
    scene_record(TEXT, 8, X86_64_GOTOFF64, S_CODE, 2);
    CHECK_STATUS(scene_load(), SMF_OK);
    CHECK_EQUAL(scene_word(TEXT, 0, 8), PAGE + 1);
    CHECK_EQUAL((int64_t)scene_word(TEXT, 8, 8), 2 - PAGE);
}

static void weak_symbols_of_nobody(void)
{
    /* SPEC [R13] */
    scene_begin(SMF_ARCH_RISCV64);
    scene.nobody = true;
    scene.symbols[S_IMPORT].binding = SMF_BINDING_WEAK;
    scene.symbols[S_IMPORT].value = STUB;
    scene.symbols[S_IMPORT].size = 16;
    memcpy(scene.text, "\x17\x05\x00\x00\x13\x05\x05\x00\x97\x00\x00\x00\xe7\x80\x00\x00", 16);
    scene_record(TEXT, 0, RISCV_PCREL_HI20, S_IMPORT, 0);
    scene_record(TEXT, 4, RISCV_PCREL_LO12_I, SMF_NO_SYMBOL, 0);
    scene_record(TEXT, 8, RISCV_CALL_PLT, S_IMPORT, 0);
    scene_record(DATA, 0, RISCV_64, S_IMPORT, 0);
    CHECK_STATUS(scene_load(), SMF_OK);
    CHECK_EQUAL(scene_word(TEXT, 0, 4), 0x00000537);  /* lui a0, 0 */
    CHECK_EQUAL(scene_word(TEXT, 4, 4), 0x00050513);  /* addi a0, a0, 0 */
    CHECK_EQUAL(scene_word(TEXT, 12, 4), 0x028080E7); /* jalr ra, 40(ra): the stub */
    CHECK_EQUAL(scene_word(DATA, 0, 8), 0);
    CHECK_EQUAL(scene.missed, 0);
    /* another distance to it has to fit */
    scene_begin(SMF_ARCH_X86_64);
    scene.nobody = true;
    scene.symbols[S_IMPORT].binding = SMF_BINDING_WEAK;
    scene.base = UINT64_C(0x7F0000000000);
    scene_record(TEXT, 0, X86_64_PC32, S_IMPORT, 0);
    CHECK_STATUS(scene_load(), SMF_ERR_RELOC_RANGE);
}

static void thumb(void)
{
    /* SPEC [R14] [S8]: a call needs bit 0; an address keeps it, from an own symbol and from the host. */
    for (uint64_t bit = 0; bit < 2; bit++) {
        scene_begin(SMF_ARCH_ARM);
        memcpy(scene.text, "\xff\xf7\xfe\xff", 4);
        scene.address = 0x20000 + bit;
        scene_record(TEXT, 0, ARM_THM_CALL, S_IMPORT, -4);
        CHECK_STATUS(scene_load(), bit ? SMF_OK : SMF_ERR_RELOC_RANGE);
    }
    scene_begin(SMF_ARCH_ARM);
    scene.address = 0x20001;
    scene.symbols[S_CODE].value = 5;
    scene_record(DATA, 0, ARM_ABS32, S_CODE, 0);
    scene_record(DATA, 4, ARM_ABS32, S_IMPORT, 0);
    CHECK_STATUS(scene_load(), SMF_OK);
    CHECK_EQUAL(scene_word(DATA, 0, 4), scene.base + 5);
    CHECK_EQUAL(scene_word(DATA, 4, 4), 0x20001);
}

static const struct tap_case cases[] = {
    {"records_stay_in_their_section",         records_stay_in_their_section        },
    {"addends_are_explicit",                  addends_are_explicit                 },
    {"unknown_types_fail",                    unknown_types_fail                   },
    {"values_that_do_not_fit_fail",           values_that_do_not_fit_fail          },
    {"addresses_of_32_bits_wrap",             addresses_of_32_bits_wrap            },
    {"riscv_pairs",                           riscv_pairs                          },
    {"records_of_one_place_keep_their_order", records_of_one_place_keep_their_order},
    {"the_got_is_where_its_section_starts",   the_got_is_where_its_section_starts  },
    {"weak_symbols_of_nobody",                weak_symbols_of_nobody               },
    {"thumb",                                 thumb                                },
};
TAP_MAIN(cases)
