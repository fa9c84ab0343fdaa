/* SPDX-License-Identifier: MIT */
/* machines.c - units of all machines against their relocation rows (smf_unit_prove in smf/instantiator.h). */
#include <string.h>

#include "generic/record/sample.h"
#include "harness/tap.h"
#include "smf/instantiator.h"
#include "support/template_forge.h"

static struct smf_diagnosis why;

/* One unit of `arch` with these symbols and relocations, and 16 bytes of code. */
struct machine {
    unsigned arch;
    struct smf_unit_relocation relocations[4];
    unsigned count;
    uint32_t function;
};

static const struct smf_write_unit_symbol symbols[] = {
    {.kind = SMF_UNIT_NUMBER},
    { .kind = SMF_UNIT_FUNCTION, .slot = true, .called = true}
};
enum { BARE, SLOTTED };

static enum smf_status prove(const struct machine *machine)
{
    struct smf_write_record what = forge_size_of;
    struct smf_write_unit one = what.units[0];
    struct forged_record forged;
    struct smf_record record;
    struct smf_unit unit;
    const uint8_t *at = NULL;
    one.arch = (uint8_t)machine->arch;
    one.code = (const uint8_t *)"0123456789ABCDEF";
    one.size = 16;
    one.exports = &machine->function;
    one.symbols = symbols;
    one.symbol_count = 2;
    one.relocations = machine->relocations;
    one.relocation_count = (uint16_t)machine->count;
    what.units = &one;
    what.unit_count = 1;
    forge_record(&what, &forged);
    CHECK_STATUS(smf_record_open(&record, forged.bytes, forged.size, &why), SMF_OK);
    CHECK(smf_record_next_unit(&record, &at, &unit));
    memset(&why, 0xA5, sizeof why);
    const enum smf_status status = smf_unit_prove(smf_arch_of(machine->arch), &record, &unit, &why);
    CHECK_STATUS(smf_unit_prove(smf_arch_of(machine->arch), &record, &unit, NULL), status);
    if (status != SMF_OK) {
        CHECK_TEXT(why.name, "size_of");
        if (why.detail != SMF_DETAIL_UNIT_FUNCTION)
            CHECK_EQUAL(why.offset, forge_unit_relocation(&what, &forged, 0, why.index));
    }
    forge_record_free(&forged);
    return status;
}

static void check_refused(const struct machine *machine, enum smf_detail detail, unsigned index)
{
    CHECK_STATUS(prove(machine), (enum smf_status)(-((int)detail >> 6)));
    CHECK_EQUAL(why.detail, detail);
    CHECK_EQUAL(why.index, index);
}

#define ONE(cpu, at, number, of)                                                                                       \
    (&(struct machine){                                                                                                \
        .arch = SMF_ARCH_##cpu, .count = 1, .relocations = {{.offset = at, .type = number, .symbol = of}}})

static void ready_units_are_good(void)
{
    static const struct smf_write_record *const ready[] = {&forge_size_of, &forge_swap, &forge_chain};
    unsigned count = 0;
    for (unsigned i = 0; i < 3; i++) {
        struct forged_record forged;
        struct smf_record record;
        struct smf_unit unit;
        const uint8_t *at = NULL;
        forge_record(ready[i], &forged);
        CHECK_STATUS(smf_record_open(&record, forged.bytes, forged.size, &why), SMF_OK);
        for (; smf_record_next_unit(&record, &at, &unit); count++)
            for (unsigned arch = 0; arch < 8; arch++)
                if (smf_arch_of(arch) != NULL)
                    CHECK_STATUS(smf_unit_prove(smf_arch_of(arch), &record, &unit, &why),
                                 arch == unit.arch ? SMF_OK : SMF_ERR_ARCH);
        forge_record_free(&forged);
    }
    CHECK_EQUAL(count, 16);
}

static void source_is_no_machine_code(void)
{
    struct smf_write_record what = sample_map;
    struct forged_record forged;
    struct smf_record record;
    struct smf_unit unit;
    const uint8_t *at = NULL;
    what.unit_count = 1;
    forge_record(&what, &forged);
    CHECK_STATUS(smf_record_open(&record, forged.bytes, forged.size, &why), SMF_OK);
    CHECK(smf_record_next_unit(&record, &at, &unit));
    CHECK_EQUAL(unit.format, SMF_UNIT_C);
    CHECK_STATUS(smf_unit_prove(&smf_arch_x86_64, &record, &unit, &why), SMF_ERR_ARCH);
    CHECK_EQUAL(why.detail, SMF_DETAIL_UNIT_ARCH);
    forge_record_free(&forged);
}

/* SPEC [U11]. */
static void types_without_a_row(void)
{
    check_refused(ONE(X86_64, 0, 0x1234, BARE), SMF_DETAIL_NO_ROW, 0);
    check_refused(ONE(AARCH64, 0, 10, BARE), SMF_DETAIL_NO_ROW, 0);
    check_refused(ONE(ARM, 0, 257, BARE), SMF_DETAIL_NO_ROW, 0);
    check_refused(ONE(RISCV64, 0, 500, BARE), SMF_DETAIL_NO_ROW, 0);
    check_refused(ONE(RISCV32, 0, 500, BARE), SMF_DETAIL_NO_ROW, 0);
    check_refused(ONE(RISCV64, 0, 51, SMF_UNIT_SELF), SMF_DETAIL_MUST_BE_SETTLED, 0); /* RELAX    */
    check_refused(ONE(ARM, 0, 25, SMF_UNIT_SELF), SMF_DETAIL_UNIT_GOT, 0);            /* BASE_PREL */
    check_refused(ONE(ARM, 0, 26, SLOTTED), SMF_DETAIL_UNIT_GOT, 0);                  /* GOT_BREL  */
    check_refused(ONE(X86_64, 0, 26, SLOTTED), SMF_DETAIL_UNIT_GOT, 0);               /* GOTPC32   */
    check_refused(ONE(X86_64, 0, 25, BARE), SMF_DETAIL_UNIT_GOT, 0);                  /* GOTOFF64  */
    check_refused(ONE(AARCH64, 0, 313, SLOTTED), SMF_DETAIL_UNIT_GOT, 0);             /* LD64_GOTPAGE_LO15 */
}

static void fields_lie_inside(void)
{
    CHECK_STATUS(prove(ONE(X86_64, 12, 10, BARE)), SMF_OK);
    check_refused(ONE(X86_64, 13, 10, BARE), SMF_DETAIL_OUTSIDE, 0);
    check_refused(ONE(X86_64, 9, 1, BARE), SMF_DETAIL_OUTSIDE, 0); /* eight bytes */
    CHECK_STATUS(prove(ONE(AARCH64, 12, 283, SLOTTED)), SMF_OK);
    check_refused(ONE(AARCH64, 15, 283, SLOTTED), SMF_DETAIL_OUTSIDE, 0);
    CHECK_STATUS(prove(ONE(RISCV64, 8, 19, SLOTTED)), SMF_OK);
    check_refused(ONE(RISCV64, 10, 19, SLOTTED), SMF_DETAIL_OUTSIDE, 0); /* auipc and jalr */
    CHECK_STATUS(prove(ONE(ARM, 14, 102, BARE)), SMF_OK);                /* THM_JUMP11 */
    check_refused(ONE(ARM, 14, 10, SLOTTED), SMF_DETAIL_OUTSIDE, 0);     /* THM_CALL   */
    CHECK_STATUS(prove(ONE(ARM, 15, 0, BARE)), SMF_OK);                  /* NONE       */
}

static void slots_are_said_before(void)
{
    CHECK_STATUS(prove(ONE(X86_64, 0, 42, SLOTTED)), SMF_OK);
    check_refused(ONE(X86_64, 0, 42, BARE), SMF_DETAIL_UNIT_SLOT, 0);
    check_refused(ONE(X86_64, 0, 42, SMF_UNIT_SELF), SMF_DETAIL_UNIT_SLOT, 0);
    check_refused(ONE(AARCH64, 0, 309, BARE), SMF_DETAIL_UNIT_SLOT, 0);
    check_refused(ONE(ARM, 0, 96, BARE), SMF_DETAIL_UNIT_SLOT, 0);
    check_refused(ONE(RISCV32, 0, 20, BARE), SMF_DETAIL_UNIT_SLOT, 0);
    CHECK_STATUS(prove(ONE(RISCV32, 0, 20, SLOTTED)), SMF_OK);
}

static void low_parts_name_their_high_part(void)
{
    struct machine machine = {
        .arch = SMF_ARCH_RISCV64,
        .count = 3,
        .relocations = {{.offset = 4, .type = 23, .symbol = BARE},
                        {.offset = 4, .type = 35, .symbol = BARE},
                        {.offset = 8, .type = 24, .symbol = SMF_UNIT_PAIR, .addend = 4}}
    };
    CHECK_STATUS(prove(&machine), SMF_OK);
    machine.relocations[0].type = 20; /* of a slot */
    check_refused(&machine, SMF_DETAIL_UNIT_SLOT, 0);
    machine.relocations[0].symbol = SLOTTED;
    CHECK_STATUS(prove(&machine), SMF_OK);
    machine.relocations[2].addend = 3;
    check_refused(&machine, SMF_DETAIL_UNIT_PAIR, 2);
    machine.relocations[2].addend = 8; /* itself */
    check_refused(&machine, SMF_DETAIL_UNIT_PAIR, 2);
    machine.relocations[2].addend = 12; /* behind the last */
    check_refused(&machine, SMF_DETAIL_UNIT_PAIR, 2);
    machine.relocations[2].addend = 4;
    machine.relocations[2].symbol = BARE;
    check_refused(&machine, SMF_DETAIL_UNIT_PAIR, 2);
    machine.relocations[2].symbol = SMF_UNIT_PAIR;
    machine.relocations[2].type = 27; /* LO12_I takes a symbol */
    check_refused(&machine, SMF_DETAIL_UNIT_PAIR, 2);
    machine.relocations[2].type = 24;
    machine.relocations[0].type = 26; /* an absolute high part */
    check_refused(&machine, SMF_DETAIL_UNIT_PAIR, 2);
    machine.relocations[0].type = 19; /* a call has both parts in itself */
    check_refused(&machine, SMF_DETAIL_UNIT_PAIR, 2);
    machine.relocations[0].type = 35; /* not the first one there */
    machine.relocations[1].type = 23;
    check_refused(&machine, SMF_DETAIL_UNIT_PAIR, 2);
}

static void functions_start_where_instructions_can(void)
{
    static const struct {
        unsigned arch;
        uint32_t good, bad;
    } rows[] = {
        {SMF_ARCH_AARCH64, 12, 14},
        {SMF_ARCH_AARCH64, 4,  1 },
        {SMF_ARCH_RISCV64, 2,  3 },
        {SMF_ARCH_RISCV32, 14, 15}
    };
    struct machine machine = {.function = 5};
    for (unsigned i = 0; i < 4; i++) {
        machine.arch = rows[i].arch;
        machine.function = rows[i].good;
        CHECK_STATUS(prove(&machine), SMF_OK);
        machine.function = rows[i].bad;
        check_refused(&machine, SMF_DETAIL_UNIT_FUNCTION, 0);
    }
    machine.arch = SMF_ARCH_X86_64;
    CHECK_STATUS(prove(&machine), SMF_OK);
    machine.arch = SMF_ARCH_ARM; /* Thumb */
    CHECK_STATUS(prove(&machine), SMF_OK);
}

static const struct tap_case cases[] = {
    {"ready_units_are_good",                   ready_units_are_good                  },
    {"source_is_no_machine_code",              source_is_no_machine_code             },
    {"types_without_a_row",                    types_without_a_row                   },
    {"fields_lie_inside",                      fields_lie_inside                     },
    {"slots_are_said_before",                  slots_are_said_before                 },
    {"low_parts_name_their_high_part",         low_parts_name_their_high_part        },
    {"functions_start_where_instructions_can", functions_start_where_instructions_can},
};
TAP_MAIN(cases)
