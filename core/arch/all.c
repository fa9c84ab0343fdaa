/* SPDX-License-Identifier: MIT */
/* all.c - the table of any id. In an object of its own: who does not call it links only what it names. */
#include "smf/arch.h"
#include "smf/format.h"

const struct smf_arch *smf_arch_of(unsigned id)
{
    switch (id) {
    case SMF_ARCH_X86_64:
        return &smf_arch_x86_64;
    case SMF_ARCH_AARCH64:
        return &smf_arch_aarch64;
    case SMF_ARCH_ARM:
        return &smf_arch_arm;
    case SMF_ARCH_RISCV64:
        return &smf_arch_riscv64;
    case SMF_ARCH_RISCV32:
        return &smf_arch_riscv32;
    default:
        return NULL;
    }
}
