/* SPDX-License-Identifier: MIT */
/* attacks.S - see attacks.h. */
#if __riscv_xlen == 64
#define LOAD ld
#define STORE sd
#define WORD 8
#else
#define LOAD lw
#define STORE sw
#define WORD 4
#endif

    .option arch, +zicsr
    .option norelax

    .macro  attack name
    .globl  attack_\name
    .balign 4
attack_\name:
    .endm

    .section .rodata.attacks, "a", @progbits
    .balign 16
    .globl  attack_code, attack_code_end
attack_code:
    attack  add
    add     a0, a0, a1
    add     a2, a2, a3
    add     a0, a0, a2
    ret
    attack  read
    lw      a0, 0(a0)
    ret
    attack  read_byte
    lbu     a0, 0(a0)
    ret
    attack  write_byte
    lbu     a1, 0(a0)
    sb      a1, 0(a0)
    ret
    attack  write
    sw      a1, 0(a0)
    ret
    attack  jump
    addi    sp, sp, -16
    STORE   ra, 0(sp)
    jalr    a0
    LOAD    ra, 0(sp)
    addi    sp, sp, 16
    ret
    attack  counter
    rdcycle a0
    ret
    attack  csr
    csrr    a0, mstatus
    ret
    attack  csr_write
    csrw    pmpcfg0, a0
    ret
    attack  mret
    mret
    ret
    attack  sret
    sret
    ret
    attack  wfi
    wfi
    ret
    attack  fence
    sfence.vma
    ret
    attack  ebreak
    ebreak
    ret
    attack  float
    .word   0xE0040553 /* fmv.x.w a0, fs0: the assembler has no F here */
    ret
    attack  undefined
    .half   0, 0
    ret
    attack  hang
    j       attack_hang
    attack  hang_wild
    mv      sp, a0
    j       attack_hang
    attack  ecall
    mv      t0, a0
    mv      a0, a1
    mv      a1, a2
    mv      a2, a3
    mv      s1, ra
    lla     ra, 1f
    ecall
1:  mv      ra, s1
    ret
    attack  wild
    mv      sp, a0
    mv      t0, a1
    ecall
    ret
    attack  push
    mv      sp, a0
    STORE   ra, -16(sp)
    ret
    attack  overflow
    addi    sp, sp, -32
    STORE   ra, 24(sp)
    lla     t1, attack_overflow
    jalr    t1
    LOAD    ra, 24(sp)
    addi    sp, sp, 32
    ret
    attack  registers
    or      a0, gp, tp
    .irp    r, t0, t1, t2, t3, t4, t5, t6, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, a4, a5, a6, a7
    or      a0, a0, \r
    .endr
    ret
    attack  clobber
    .irp    r, gp, tp, t0, t1, t2, t3, t4, t5, t6, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
    mv      \r, a0
    .endr
    .irp    r, a1, a2, a3, a4, a5, a6, a7
    mv      \r, a0
    .endr
    ret
    .balign 16
attack_code_end:
