/* SPDX-License-Identifier: MIT */
/* rows.c - tells coverage.py what the library knows: "<arch> <number> <row|none> <name>" for each number. */
#include <stdio.h>

#include "smf/arch.h"

static const struct {
    const char *name;
    const struct smf_arch *arch;
} arches[] = {
    {"x86_64",  &smf_arch_x86_64 },
    {"aarch64", &smf_arch_aarch64},
    {"arm",     &smf_arch_arm    },
    {"riscv64", &smf_arch_riscv64},
    {"riscv32", &smf_arch_riscv32},
};

int main(void)
{
    for (size_t i = 0; i < sizeof arches / sizeof arches[0]; i++)
        for (uint32_t type = 0; type < 2048; type++) {
            const char *name = smf_howto_name(arches[i].arch, type);
            const struct smf_howto *howto = smf_arch_row(arches[i].arch, type);
            if (name != NULL || howto != NULL)
                printf("%s %u %s %s\n", arches[i].name, (unsigned)type, howto == NULL ? "none" : "row",
                       name == NULL ? "?" : name);
        }
    return 0;
}
