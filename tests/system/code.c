/* SPDX-License-Identifier: MIT */
/* code.c - see code.h. Instructions are numbers out of the machines' manuals, checked with an assembler. */
#include "system/code.h"

#include <string.h>

#include "harness/tap.h"
#include "smf/format.h"
#include "support/kit.h"

/* Pieces of functions. `use` is where in a piece the displacement of its literal, or its branch, lies. */
struct piece {
    uint8_t size, use;
    uint8_t bytes[28];
};

struct machine {
    enum smf_arch_id id;
    struct piece begin, branch, through, read, end;
};

/* clang-format off */
static const struct machine machines[] = {
    {SMF_ARCH_X86_64,
     {6, 2, {0x53, 0xBB}},                                          /* push rbx; mov ebx, constant      */
     {7, 1, {0xE8, 0, 0, 0, 0, 0x01, 0xC3}},                        /* call stub; add ebx, eax          */
     {19, 3, {0x48, 0x8B, 0x05, 0, 0, 0, 0, 0x48, 0x8B, 0x00,       /* mov rax, literal; mov rax, [rax] */
              0x48, 0x85, 0xC0, 0x74, 0x04, 0xFF, 0xD0, 0x01, 0xC3}}, /* test; je; call rax; add ebx, eax */
     {17, 3, {0x48, 0x8B, 0x05, 0, 0, 0, 0, 0x48, 0x8B, 0x00,
              0x48, 0x85, 0xC0, 0x74, 0x02, 0x03, 0x18}},           /* add ebx, [rax]                   */
     {4, 0, {0x89, 0xD8, 0x5B, 0xC3}}},                             /* mov eax, ebx; pop rbx; ret       */
    {SMF_ARCH_AARCH64,
     {16, 8, {0xFD, 0x7B, 0xBE, 0xA9, 0xF3, 0x0B, 0x00, 0xF9,       /* stp x29, x30; str x19            */
              0x13, 0x00, 0x80, 0x52, 0x13, 0x00, 0xA0, 0x72}},     /* movz w19; movk w19               */
     {8, 0, {0x00, 0x00, 0x00, 0x94, 0x73, 0x02, 0x00, 0x0B}},      /* bl; add w19, w19, w0             */
     {20, 0, {0x09, 0x00, 0x00, 0x58, 0x29, 0x01, 0x40, 0xF9,       /* ldr x9, literal; ldr x9, [x9]    */
              0x69, 0x00, 0x00, 0xB4, 0x20, 0x01, 0x3F, 0xD6,       /* cbz x9; blr x9                   */
              0x73, 0x02, 0x00, 0x0B}},
     {20, 0, {0x09, 0x00, 0x00, 0x58, 0x29, 0x01, 0x40, 0xF9,
              0x69, 0x00, 0x00, 0xB4, 0x29, 0x01, 0x40, 0xB9,       /* ldr w9, [x9]                     */
              0x73, 0x02, 0x09, 0x0B}},                             /* add w19, w19, w9                 */
     {16, 0, {0xE0, 0x03, 0x13, 0x2A, 0xF3, 0x0B, 0x40, 0xF9,       /* mov w0, w19; ldr x19             */
              0xFD, 0x7B, 0xC2, 0xA8, 0xC0, 0x03, 0x5F, 0xD6}}},    /* ldp x29, x30; ret                */
    {SMF_ARCH_RISCV64,
     {20, 12, {0x13, 0x01, 0x01, 0xFF, 0x23, 0x34, 0x11, 0x00,      /* addi sp, sp, -16; sd ra          */
               0x23, 0x30, 0x81, 0x00, 0x37, 0x04, 0x00, 0x00,      /* sd s0; lui s0                    */
               0x1B, 0x04, 0x04, 0x00}},                            /* addiw s0, s0                     */
     {8, 0, {0xEF, 0x00, 0x00, 0x00, 0x33, 0x04, 0xA4, 0x00}},      /* jal ra; add s0, s0, a0           */
     {24, 4, {0x97, 0x02, 0x00, 0x00, 0x83, 0xB2, 0x02, 0x00,       /* auipc t0, 0; ld t0, literal(t0)  */
              0x83, 0xB2, 0x02, 0x00, 0x63, 0x86, 0x02, 0x00,       /* ld t0, 0(t0); beqz t0            */
              0xE7, 0x80, 0x02, 0x00, 0x33, 0x04, 0xA4, 0x00}},     /* jalr t0; add s0, s0, a0          */
     {24, 4, {0x97, 0x02, 0x00, 0x00, 0x83, 0xB2, 0x02, 0x00,
              0x83, 0xB2, 0x02, 0x00, 0x63, 0x86, 0x02, 0x00,
              0x83, 0xA2, 0x02, 0x00, 0x33, 0x04, 0x54, 0x00}},     /* lw t0, 0(t0); add s0, s0, t0     */
     {20, 0, {0x13, 0x05, 0x04, 0x00, 0x03, 0x34, 0x01, 0x00,       /* mv a0, s0; ld s0                 */
              0x83, 0x30, 0x81, 0x00, 0x13, 0x01, 0x01, 0x01,       /* ld ra; addi sp, sp, 16           */
              0x67, 0x80, 0x00, 0x00}}},                            /* ret                              */
    {SMF_ARCH_RISCV32,                                              /* the same with sw, addi and lw    */
     {20, 12, {0x13, 0x01, 0x01, 0xFF, 0x23, 0x24, 0x11, 0x00,
               0x23, 0x20, 0x81, 0x00, 0x37, 0x04, 0x00, 0x00,
               0x13, 0x04, 0x04, 0x00}},
     {8, 0, {0xEF, 0x00, 0x00, 0x00, 0x33, 0x04, 0xA4, 0x00}},
     {24, 4, {0x97, 0x02, 0x00, 0x00, 0x83, 0xA2, 0x02, 0x00,
              0x83, 0xA2, 0x02, 0x00, 0x63, 0x86, 0x02, 0x00,
              0xE7, 0x80, 0x02, 0x00, 0x33, 0x04, 0xA4, 0x00}},
     {24, 4, {0x97, 0x02, 0x00, 0x00, 0x83, 0xA2, 0x02, 0x00,
              0x83, 0xA2, 0x02, 0x00, 0x63, 0x86, 0x02, 0x00,
              0x83, 0xA2, 0x02, 0x00, 0x33, 0x04, 0x54, 0x00}},
     {20, 0, {0x13, 0x05, 0x04, 0x00, 0x03, 0x24, 0x01, 0x00,
              0x83, 0x20, 0x81, 0x00, 0x13, 0x01, 0x01, 0x01,
              0x67, 0x80, 0x00, 0x00}}},
    {SMF_ARCH_ARM,                                                  /* Thumb-2; every piece is whole words */
     {12, 4, {0x10, 0xB5, 0x00, 0xBF, 0x40, 0xF2, 0x00, 0x04,       /* push {r4, lr}; nop; movw r4      */
              0xC0, 0xF2, 0x00, 0x04}},                             /* movt r4                          */
     {8, 0, {0x00, 0xF0, 0x00, 0xF8, 0x04, 0x44, 0x00, 0xBF},       /* bl; add r4, r0; nop              */
     },
     {12, 0, {0xDF, 0xF8, 0x00, 0x30, 0x1B, 0x68, 0x0B, 0xB1,       /* ldr.w r3, literal; ldr r3, [r3]; cbz r3 */
              0x98, 0x47, 0x04, 0x44}},                             /* blx r3; add r4, r0               */
     {12, 0, {0xDF, 0xF8, 0x00, 0x30, 0x1B, 0x68, 0x0B, 0xB1,
              0x1B, 0x68, 0x1C, 0x44}},                             /* ldr r3, [r3]; add r4, r3         */
     {4, 0, {0x20, 0x46, 0x10, 0xBD}}},                             /* mov r0, r4; pop {r4, pc}         */
};
/* clang-format on */

static const struct machine *machine_of(const struct smf_arch *arch)
{
    for (size_t i = 0; arch != NULL && i < sizeof machines / sizeof machines[0]; i++)
        if (machines[i].id == (enum smf_arch_id)arch->id)
            return &machines[i];
    return NULL;
}

int code_knows(const struct smf_arch *arch) { return machine_of(arch) != NULL; }

unsigned code_bit(const struct smf_arch *arch) { return arch->id == SMF_ARCH_ARM; }

void code_start(struct code *code, const struct smf_arch *arch)
{
    memset(code, 0, sizeof *code);
    code->arch = arch;
}

/* Append a piece; where its `use` lies. */
static unsigned append(struct code *code, const struct piece *piece)
{
    const unsigned at = code->size;
    CHECK(at + piece->size <= CODE_SIZE);
    if (at + piece->size <= CODE_SIZE) {
        memcpy(code->bytes + at, piece->bytes, piece->size);
        code->size += piece->size;
    }
    return at + piece->use;
}

static void set(uint8_t *at, uint32_t bits) { put32(at, get32(at) | bits); }

/* MOVW and MOVT: imm4, i, imm3, imm8. */
static uint32_t thumb_move(uint32_t value)
{
    return (value >> 12 & 15) | (value >> 11 & 1) << 10 | (value >> 8 & 7) << 28 | (value & 255) << 16;
}

static void set_constant(const struct smf_arch *arch, uint8_t *at, uint32_t value)
{
    switch (arch->id) {
    case SMF_ARCH_X86_64:
        put32(at, value);
        break;
    case SMF_ARCH_AARCH64:
        set(at, (value & 0xFFFF) << 5);
        set(at + 4, value >> 16 << 5);
        break;
    case SMF_ARCH_ARM:
        set(at, thumb_move(value & 0xFFFF));
        set(at + 4, thumb_move(value >> 16));
        break;
    default: /* ADDI extends its sign */
        set(at, (value + 0x800) & 0xFFFFF000);
        set(at + 4, value << 20);
    }
}

/* Every function starts at a multiple of 16. */
unsigned code_begin(struct code *code, uint32_t constant)
{
    code->size = (code->size + 15) & ~15u;
    const unsigned start = code->size;
    const unsigned use = append(code, &machine_of(code->arch)->begin);
    set_constant(code->arch, code->bytes + use, constant);
    return start;
}

void code_branch(struct code *code, unsigned stub)
{
    CHECK(code->branch_count < CODE_BRANCHES);
    code->branch_use[code->branch_count] = append(code, &machine_of(code->arch)->branch);
    code->branch_stub[code->branch_count++] = stub;
}

static unsigned literal(struct code *code, const struct piece *piece)
{
    CHECK(code->literal_count < CODE_LITERALS);
    code->literal_use[code->literal_count] = append(code, piece);
    return code->literal_count++;
}

unsigned code_through(struct code *code) { return literal(code, &machine_of(code->arch)->through); }
unsigned code_read(struct code *code) { return literal(code, &machine_of(code->arch)->read); }
void code_end(struct code *code) { append(code, &machine_of(code->arch)->end); }

/* All distances are forward, and short. */
static void aim_branch(const struct smf_arch *arch, uint8_t *at, uint32_t distance)
{
    switch (arch->id) {
    case SMF_ARCH_X86_64:
        put32(at, distance - 4);
        break;
    case SMF_ARCH_AARCH64:
        set(at, distance >> 2);
        break;
    case SMF_ARCH_ARM: /* BL: J1 and J2 are set for a distance without high bits */
        set(at, (distance - 4) >> 12 | ((distance - 4) >> 1 & 0x7FF) << 16 | 0x28000000);
        break;
    default:
        set(at, (distance >> 1 & 0x3FF) << 21 | (distance >> 11 & 1) << 20 | (distance >> 12 & 255) << 12);
    }
}

static void aim_literal(const struct smf_arch *arch, uint8_t *at, uint32_t distance)
{
    switch (arch->id) {
    case SMF_ARCH_X86_64:
        put32(at, distance - 4);
        break;
    case SMF_ARCH_AARCH64:
        set(at, distance >> 2 << 5);
        break;
    case SMF_ARCH_ARM:
        set(at, (distance - 4) << 16);
        break; /* the LDR stands at a multiple of 4 */
    default:
        set(at, (distance + 4) << 20); /* from the AUIPC before it */
    }
}

void code_finish(struct code *code, unsigned stubs)
{
    const struct smf_stub *shape = code->arch->stub;
    CHECK(stubs <= CODE_STUBS);
    code->size = (code->size + 15) & ~15u;
    for (unsigned i = 0; i < code->literal_count; i++) {
        code->literal_at[i] = code->size;
        code->size += code->arch->pointer_size;
        aim_literal(code->arch, code->bytes + code->literal_use[i], code->literal_at[i] - code->literal_use[i]);
    }
    for (unsigned i = 0; i < stubs; i++) {
        code->size = (code->size + shape->alignment - 1) & ~(unsigned)(shape->alignment - 1);
        code->stub_at[i] = code->size;
        CHECK(code->size + shape->size <= CODE_SIZE);
        memcpy(code->bytes + code->size, shape->code,
               shape->size < sizeof shape->code ? shape->size : sizeof shape->code);
        code->size += shape->size;
    }
    for (unsigned i = 0; i < code->branch_count; i++)
        aim_branch(code->arch, code->bytes + code->branch_use[i],
                   code->stub_at[code->branch_stub[i]] - code->branch_use[i]);
}
