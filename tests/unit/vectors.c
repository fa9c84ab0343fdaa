/* SPDX-License-Identifier: MIT */
/*
 * Replays tests/vectors/<arch>.inc, which oracle.py made with the GNU linkers:
 * each relocation of a small section through smf_howto_apply, then the bytes.
 */
#include <stdio.h>
#include <string.h>

#include "harness/tap.h"
#include "smf/arch.h"
#include "support/holds.h"

enum verdict {
    REFUSED, /* the linker says no, or leads the branch to a stub of its own */
    AGREES,  /* the same bytes                                              */
    DIFFERS  /* the linker drops bits in silence and we refuse: differs() in oracle.py says where and why */
};

static const struct vector {
    const struct smf_arch *arch;
    uint64_t address, got;
    const char *before, *after; /* hexadecimal */
    enum verdict verdict;
    unsigned count;
    struct {
        uint16_t type;
        uint16_t offset; /* P = address + offset */
        uint64_t s;
        int64_t a;
        uint16_t pair; /* index of the HI20 record that a PAIR row belongs to */
    } records[4];
} vectors[] = {
/* clang-format off */
#include "vectors/x86_64.inc"
#include "vectors/aarch64.inc"
#include "vectors/arm.inc"
#include "vectors/riscv64.inc"
#include "vectors/riscv32.inc"
    /* clang-format on */
};
#define VECTOR_COUNT (sizeof vectors / sizeof vectors[0])

static uint8_t digit(char letter) { return (uint8_t)(letter <= '9' ? letter - '0' : letter - 'a' + 10); }

static size_t from_hexadecimal(const char *text, uint8_t *bytes)
{
    size_t count = 0;
    for (; text[0] != '\0'; text += 2)
        bytes[count++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
    return count;
}

/* What the linker would have found in place (REL): the addend is read, checked against the vector's, and taken out. */
static void take_addend(const struct smf_howto *howto, uint8_t *at, int64_t wanted)
{
    CHECK_EQUAL(smf_howto_addend(howto, at, true), wanted);
}

static enum smf_status apply(const struct vector *vector, unsigned i, uint8_t *bytes, struct smf_diagnosis *why)
{
    const struct smf_howto *howto = smf_arch_row(vector->arch, vector->records[i].type);
    if (howto == NULL) {
        tap_check(0, __FILE__, __LINE__, "type %u has no row", vector->records[i].type);
        return SMF_ERR_RELOC_TYPE;
    }
    const unsigned from = howto->calc == SMF_CALC_PAIR ? vector->records[i].pair : i;
    const struct smf_operands operands = {.s = vector->records[from].s,
                                          .a = vector->records[from].a,
                                          .p = vector->address + vector->records[from].offset,
                                          .got = vector->got};
    uint8_t *at = bytes + vector->records[i].offset;
    if (vector->arch == &smf_arch_arm)
        take_addend(howto, at, vector->records[i].a);
    return smf_howto_apply(vector->arch, howto, &operands, at, why);
}

static void check_bytes(const struct vector *vector, const uint8_t *bytes, size_t size)
{
    char found[129];
    for (size_t i = 0; i < size; i++)
        snprintf(found + 2 * i, 3, "%02x", bytes[i]);
    tap_check(strcmp(found, vector->after) == 0, __FILE__, __LINE__, "type %u S=0x%llx: %s, wanted %s",
              vector->records[0].type, (unsigned long long)vector->records[0].s, found, vector->after);
}

static void replay(const struct vector *vector)
{
    uint8_t bytes[64];
    struct smf_diagnosis why;
    enum smf_status status = SMF_OK;
    const size_t size = from_hexadecimal(vector->before, bytes);
    for (unsigned i = 0; i < vector->count; i++) {
        const enum smf_status one = apply(vector, i, bytes, &why);
        status = one == SMF_OK ? status : one;
    }
    tap_check(status == (vector->verdict == AGREES ? SMF_OK : SMF_ERR_RELOC_RANGE), __FILE__, __LINE__,
              "type %u S=0x%llx: %s where the linker's verdict is %d", vector->records[0].type,
              (unsigned long long)vector->records[0].s, smf_status_name(status), vector->verdict);
    if (vector->verdict == AGREES && status == SMF_OK)
        check_bytes(vector, bytes, size);
}

static void replay_all_of(const struct smf_arch *arch)
{
    if (!case_holds(arch))
        return;
    unsigned counts[3] = {0, 0, 0};
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        if (vectors[i].arch != arch)
            continue;
        tap_variant("vector=%zu", i);
        replay(&vectors[i]);
        counts[vectors[i].verdict]++;
    }
    tap_note("%u agree, %u refused by both, %u refused by us alone", counts[AGREES], counts[REFUSED], counts[DIFFERS]);
    CHECK(counts[AGREES] > 100 && counts[REFUSED] > 20);
}

static void x86_64(void) { replay_all_of(&smf_arch_x86_64); }
static void aarch64(void) { replay_all_of(&smf_arch_aarch64); }
static void arm(void) { replay_all_of(&smf_arch_arm); }
static void riscv64(void) { replay_all_of(&smf_arch_riscv64); }
static void riscv32(void) { replay_all_of(&smf_arch_riscv32); }

/* Rows that no vector can have, and why. */
static const struct {
    const struct smf_arch *arch;
    uint16_t type;
    const char *reason;
} exempt[] = {
    {&smf_arch_aarch64, 256, "GNU as writes NONE as 0"                         },
    {&smf_arch_aarch64, 315, "binutils 2.40 and lld 14 do not know GOTPCREL32" },
    {&smf_arch_riscv64, 41,  "binutils 2.40 and lld 14 do not know GOT32_PCREL"},
    {&smf_arch_riscv32, 41,  "the same"                                        },
    {&smf_arch_riscv64, 43,  "ALIGN: the builder settles it, nothing is stored"},
    {&smf_arch_riscv32, 43,  "the same"                                        },
    {&smf_arch_riscv64, 51,  "RELAX: the builder drops it, nothing is stored"  },
    {&smf_arch_riscv32, 51,  "the same"                                        },
    {&smf_arch_riscv64, 59,  "binutils 2.40 and lld 14 do not know PLT32"      },
    {&smf_arch_riscv32, 59,  "the same"                                        },
};

static const char *reason_of(const struct smf_arch *arch, unsigned type)
{
    for (size_t i = 0; i < sizeof exempt / sizeof exempt[0]; i++)
        if (exempt[i].arch == arch && exempt[i].type == type)
            return exempt[i].reason;
    return NULL;
}

/* How many vectors of this verdict have the type; UINT32_MAX + verdict: any. */
static unsigned count(const struct smf_arch *arch, unsigned type, enum verdict verdict)
{
    unsigned found = 0;
    for (size_t i = 0; i < VECTOR_COUNT; i++)
        for (unsigned k = 0; k < vectors[i].count; k++)
            found += vectors[i].arch == arch && vectors[i].records[k].type == type && vectors[i].verdict == verdict;
    return found;
}

static const struct smf_arch *const arches[] = {&smf_arch_x86_64, &smf_arch_aarch64, &smf_arch_arm, &smf_arch_riscv64,
                                                &smf_arch_riscv32};

static void every_row_has_a_vector_or_a_reason(void)
{
    for (size_t i = 0; i < sizeof arches / sizeof arches[0]; i++)
        for (unsigned k = 0; k < arches[i]->row_count; k++) {
            const unsigned type = arches[i]->rows[k].type;
            const unsigned agree = count(arches[i], type, AGREES);
            tap_check((agree != 0) != (reason_of(arches[i], type) != NULL), __FILE__, __LINE__,
                      "arch %u type %u: %u vectors, exempt because: %s", arches[i]->id, type, agree,
                      reason_of(arches[i], type) == NULL ? "(no reason)" : reason_of(arches[i], type));
        }
}

/* Each branch type that can be out of reach has vectors on both sides of its limit. */
static void every_branch_has_both_sides_of_its_reach(void)
{
    for (size_t i = 0; i < sizeof arches / sizeof arches[0]; i++)
        for (unsigned k = 0; k < arches[i]->row_count; k++) {
            const struct smf_howto *howto = &arches[i]->rows[k];
            const bool far = howto->fit == SMF_FIT_ANY || (arches[i]->pointer_size == 4 && howto->width == 32);
            if ((howto->flags & SMF_ROW_BRANCH) == 0 || far || reason_of(arches[i], howto->type) != NULL)
                continue;
            tap_check(count(arches[i], howto->type, AGREES) >= 3 && count(arches[i], howto->type, REFUSED) >= 3,
                      __FILE__, __LINE__, "arch %u type %u", arches[i]->id, howto->type);
        }
}

static const struct tap_case cases[] = {
    {"x86_64",                                   x86_64                                  },
    {"aarch64",                                  aarch64                                 },
    {"arm",                                      arm                                     },
    {"riscv64",                                  riscv64                                 },
    {"riscv32",                                  riscv32                                 },
    {"every_row_has_a_vector_or_a_reason",       every_row_has_a_vector_or_a_reason      },
    {"every_branch_has_both_sides_of_its_reach", every_branch_has_both_sides_of_its_reach},
};
TAP_MAIN(cases)
