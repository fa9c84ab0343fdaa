/* SPDX-License-Identifier: MIT */
/* native.c - the table of the machine that this library is compiled for, and of no other. */
#include "smf/arch.h"

const struct smf_arch *smf_arch_native(void)
{
#if defined(__x86_64__) && !defined(__ILP32__) /* Windows has the pointers, and a long of 32 bits */
    return &smf_arch_x86_64;
#elif defined(__aarch64__) && defined(__LP64__) && !defined(__AARCH64EB__)
    return &smf_arch_aarch64;
#elif defined(__thumb2__) || (defined(__thumb__) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M')
    return &smf_arch_arm;
#elif defined(__riscv) && __riscv_xlen == 64
    return &smf_arch_riscv64;
#elif defined(__riscv) && __riscv_xlen == 32
    return &smf_arch_riscv32;
#else
    return NULL;
#endif
}
