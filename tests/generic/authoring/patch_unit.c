/* SPDX-License-Identifier: MIT */
/*
 * patch_unit.c - fill the holes of one unit's code, with the core's rows and nothing else, for a comparison with GNU ld.
 *
 * patch_unit ARCH BASE CODE OUT VALUE:SLOT...   for each symbol its value, and where a word holds it (0: nowhere). CODE: u32 size, u32
 * relocations, the bytes, 12 bytes a relocation.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smf/arch.h"
#include "smf/unit.h"

#define ROOM 0x10000u

static uint8_t bytes[ROOM];
static uint32_t size, count;

struct relocation {
    uint32_t offset;
    uint16_t type, symbol;
    int32_t addend;
};

static int fail(const char *what)
{
    fprintf(stderr, "patch_unit: %s\n", what);
    return 1;
}

static struct relocation relocation_at(uint32_t index)
{
    struct relocation found;
    memcpy(&found, bytes + 8 + size + (size_t)index * 12, 12);
    return found;
}

static int read_code(const char *path)
{
    FILE *file = fopen(path, "rb");
    const size_t got = file == NULL ? 0 : fread(bytes, 1, ROOM, file);
    if (file != NULL)
        fclose(file);
    if (got < 8)
        return fail("no code");
    memcpy(&size, bytes, 4);
    memcpy(&count, bytes + 4, 4);
    return got == 8 + (size_t)size + 12 * (size_t)count ? 0 : fail("the sizes are wrong");
}

/* S, A and P of a relocation; of a pair those of its high half. */
static int find_operands(const struct smf_arch *arch, struct relocation at, uint64_t base, char **values,
                         int value_count, struct smf_operands *operands)
{
    if (at.symbol == SMF_UNIT_PAIR) {
        const uint32_t high = (uint32_t)at.addend;
        uint32_t i = 0;
        while (i < count && (relocation_at(i).offset != high || relocation_at(i).symbol == SMF_UNIT_PAIR))
            i++;
        if (i == count)
            return fail("no high half");
        return find_operands(arch, relocation_at(i), base, values, value_count, operands);
    }
    const struct smf_howto *row = smf_arch_row(arch, at.type);
    *operands = (struct smf_operands){.s = (uintptr_t)base, .a = at.addend, .p = (uintptr_t)base + at.offset};
    if (row == NULL || (at.symbol != SMF_UNIT_SELF && at.symbol >= value_count))
        return fail("a relocation without a row or a symbol");
    if (at.symbol == SMF_UNIT_SELF)
        return 0;
    const char *slot = strchr(values[at.symbol], ':');
    operands->s = (uintptr_t)strtoull(values[at.symbol], NULL, 10);
    if ((row->flags & SMF_ROW_SLOT) != 0)
        operands->s = (uintptr_t)strtoull(slot + 1, NULL, 10);
    return 0;
}

int main(int argc, char **argv)
{
    const struct smf_arch *arch = argc < 5 ? NULL : smf_arch_of((unsigned)atoi(argv[1]));
    if (arch == NULL || read_code(argv[3]) != 0)
        return fail("usage: patch_unit ARCH BASE CODE OUT VALUE:SLOT...");
    const uint64_t base = strtoull(argv[2], NULL, 10);
    for (uint32_t i = 0; i < count; i++) {
        const struct relocation at = relocation_at(i);
        struct smf_operands operands;
        struct smf_diagnosis why = {0};
        if (find_operands(arch, at, base, argv + 5, argc - 5, &operands) != 0)
            return 1;
        if (smf_howto_apply(arch, smf_arch_row(arch, at.type), &operands, bytes + 8 + at.offset, &why) != SMF_OK)
            return fail("a value does not fit");
    }
    FILE *out = fopen(argv[4], "wb");
    const int written = out != NULL && fwrite(bytes + 8, 1, size, out) == size;
    return out != NULL && fclose(out) == 0 && written ? 0 : fail("cannot write");
}
