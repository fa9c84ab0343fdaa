/* SPDX-License-Identifier: MIT */
/*
 * prove.c - what proving a record cannot know: can this machine's rows patch this
 * unit? Apart from the engine, so that tools can ask it for every machine.
 */
#include "arch/recent.h"
#include "base/fail.h"
#include "smf/instantiator.h"

/* The relocation at work. */
struct proof {
    const struct smf_arch *arch;
    const struct smf_unit *unit;
    struct smf_unit_relocation relocation;
    struct recent_rows rows;
    struct smf_diagnosis *why;
};

static enum smf_status refuse(const struct proof *proof, enum smf_detail detail, size_t value, size_t expected)
{
    return smf_fail(proof->why, detail, (size_t)proof->why->offset, value, expected);
}

/* Instructions start at multiples of this. In Arm, bit 0 says Thumb. */
static uint32_t instruction_size(const struct smf_arch *arch)
{
    return arch->id == SMF_ARCH_AARCH64 ? 4 : arch->id == SMF_ARCH_RISCV64 || arch->id == SMF_ARCH_RISCV32 ? 2 : 1;
}

/* A low part takes its value from the first relocation at the offset that its addend says. */
static enum smf_status prove_pair(struct proof *proof)
{
    const uint32_t offset = (uint32_t)proof->relocation.addend;
    const int high = proof->relocation.symbol == SMF_UNIT_PAIR ? smf_unit_relocation_at(proof->unit, offset) : -1;
    const struct smf_howto *row = NULL;
    if (high >= 0)
        row = recent_row(&proof->rows, proof->arch, smf_unit_relocation(proof->unit, (unsigned)high).type);
    if (row == NULL || row->calc != SMF_CALC_HI20_P || (row->flags & SMF_ROW_BRANCH) != 0)
        return refuse(proof, SMF_DETAIL_UNIT_PAIR, offset, 0);
    return SMF_OK;
}

static enum smf_status prove_row(struct proof *proof)
{
    const struct smf_unit_relocation *relocation = &proof->relocation;
    const struct smf_howto *const row = recent_row(&proof->rows, proof->arch, relocation->type);
    if (row == NULL)
        return refuse(proof, SMF_DETAIL_NO_ROW, relocation->type, proof->arch->id);
    if (row->calc == SMF_CALC_GOTOFF || row->calc == SMF_CALC_GOT_P || row->calc == SMF_CALC_GOT_PAGE)
        return refuse(proof, SMF_DETAIL_UNIT_GOT, relocation->type, 0);
    if ((row->flags & SMF_ROW_SETTLE) != 0)
        return refuse(proof, SMF_DETAIL_MUST_BE_SETTLED, relocation->type, 0);
    if (smf_howto_size(row) > proof->unit->size - relocation->offset)
        return refuse(proof, SMF_DETAIL_OUTSIDE, relocation->offset, proof->unit->size);
    if ((row->calc == SMF_CALC_PAIR) != (relocation->symbol == SMF_UNIT_PAIR))
        return refuse(proof, SMF_DETAIL_UNIT_PAIR, (uint32_t)relocation->addend, 0);
    if (row->calc == SMF_CALC_PAIR)
        return prove_pair(proof);
    if ((row->flags & SMF_ROW_SLOT) != 0 &&
        (relocation->symbol == SMF_UNIT_SELF || !smf_unit_symbol(proof->unit, relocation->symbol).slot))
        return refuse(proof, SMF_DETAIL_UNIT_SLOT, relocation->type, relocation->symbol);
    return SMF_OK;
}

enum smf_status smf_unit_prove(const struct smf_arch *arch, const struct smf_record *record,
                               const struct smf_unit *unit, struct smf_diagnosis *why)
{
    struct smf_diagnosis unwanted;
    struct proof proof = {.arch = arch, .unit = unit, .why = why != NULL ? why : &unwanted};
    const struct smf_unit_text name = smf_record_export(record, 0).name;
    smf_fail_clear(proof.why);
    smf_fail_name(proof.why, name.bytes, name.size);
    if (unit->format != SMF_UNIT_CODE || unit->arch != arch->id)
        return smf_fail(proof.why, SMF_DETAIL_UNIT_ARCH, 0, unit->arch, arch->id);
    for (unsigned i = 0; i < record->export_count; i++)
        if ((smf_unit_export(unit, i) & (instruction_size(arch) - 1)) != 0) {
            proof.why->index = i;
            return smf_fail(proof.why, SMF_DETAIL_UNIT_FUNCTION,
                            (size_t)(unit->exports + 4 * (size_t)i - record->bytes), smf_unit_export(unit, i),
                            instruction_size(arch));
        }
    for (unsigned i = 0; i < unit->relocation_count; i++) {
        proof.relocation = smf_unit_relocation(unit, i);
        proof.why->index = i;
        proof.why->offset = (size_t)(unit->relocations - record->bytes) + 12 * (size_t)i;
        const enum smf_status status = prove_row(&proof);
        if (status != SMF_OK)
            return status;
    }
    proof.why->name[0] = '\0'; /* what fails next is another matter */
    return SMF_OK;
}
