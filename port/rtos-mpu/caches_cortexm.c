/* SPDX-License-Identifier: MIT */
/*
 * caches_cortexm.c - code that was written as data, told to a processor that has caches: Cortex-M7, M55, M85.
 *
 * Armv7-M ARM B2.2.7: clean the data cache to the point of unification, then invalidate the instruction
 * cache and the branch predictor, with barriers in between. Processors without caches say so in CLIDR.
 */
#include "mpu.h"

/* Words from the start of the system control block: Armv7-M ARM B3.2 and B4.8, Armv8-M the same. */
enum { CLIDR = 0x78 / 4, CTR = 0x7c / 4, ICIMVAU = 0x258 / 4, DCCMVAU = 0x264 / 4, BPIALL = 0x278 / 4 };
#define LEVEL_1_TYPE 7u

static void wait(void)
{
#if defined(__arm__)
    __asm__ volatile("dsb\n\tisb" : : : "memory");
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* on paper: the order is all there is */
#endif
}

/* Every line that holds a byte of the range, by its address. CTR says log2 of a line's words. */
static void each_line(volatile uint32_t *operation, uintptr_t start, size_t size, uint32_t words_log2)
{
    const uintptr_t line = (uintptr_t)4 << (words_log2 & 15);
    const uintptr_t first = start & ~(line - 1), last = (start + (size - 1)) & ~(line - 1);
    for (uintptr_t at = first; size != 0; at += line) {
        *operation = (uint32_t)at;
        if (at == last)
            return;
    }
}

void smf_mpu_sync(volatile uint32_t *control_block, const struct smf_region *region)
{
    wait(); /* what was written is where the caches see it */
    if ((control_block[CLIDR] & LEVEL_1_TYPE) == 0)
        return;
    const uint32_t type = control_block[CTR];
    each_line(&control_block[DCCMVAU], (uintptr_t)region->bytes, region->size, type >> 16);
    wait();
    each_line(&control_block[ICIMVAU], region->address, region->size, type);
    control_block[BPIALL] = 0;
}
