/* SPDX-License-Identifier: MIT */
/*
 * board_pages.h - boards with page tables (AArch64, x86-64): where the level-3 entries are.
 *
 * Start-up maps the program as its linker script says (code RX, constants RO, data RW, pages of 4 KiB), and leaves the
 * memory for modules unmapped. port/baremetal is handed the entries of that memory.
 */
#ifndef SMF_BOARD_PAGES_H
#define SMF_BOARD_PAGES_H

#include <stdint.h>

/* The level-3 entry that maps the RAM page of `address` (RAM is mapped where it lies). Entries of pages that follow each other do too. */
uint64_t *board_page(const void *address);

/*
 * Addresses far from everything else, and without memory: 512 pages at 128 GiB, more than any branch or PC-relative access
 * reaches. Returns the first address; `*entries` are the 512 level-3 entries, all empty.
 */
uintptr_t board_far(uint64_t **entries);

#endif
