/* SPDX-License-Identifier: MIT */
/*
 * board.h - what the boards of this folder have in common, as their programs see it.
 *
 * A board supplies start-up, a console, an exit status, a timer and the memory
 * that its linker script set aside; main() runs privileged (Cortex-M: thread mode;
 * RISC-V: M-mode; AArch64: EL1; x86-64: ring 0) with interrupts off.
 */
#ifndef SMF_BOARD_H
#define SMF_BOARD_H

#include <stddef.h>
#include <stdint.h>

#include "smf/port.h"

/* Console: one character; "\n" alone ends a line. */
void board_put(char character);

/* End the program; the emulator's exit status says it (board.cmake: SMF_BOARD_PASS is what it makes of 0). */
_Noreturn void board_exit(int status);

/* Instructions executed since some moment, exact under the emulator's -icount (board.cmake: SMF_BOARD_ICOUNT). */
uint64_t board_instructions(void);

/* A single interrupt after `microseconds`; the board calls the handler set here, in interrupt context. */
void board_timer_start(uint32_t microseconds);
void board_timer_stop(void);
extern void (*board_timer_handler)(void);

/*
 * Memory that linker-scripts/sections.ld reserves for modules: code, constants and data. Each starts and
 * ends as the board's protection unit wants a pool to (PMSAv7: a power of two, aligned to itself; pages; 32 bytes).
 */
extern uint8_t smf_code_start[], smf_code_end[];
extern uint8_t smf_rodata_start[], smf_rodata_end[];
extern uint8_t smf_data_start[], smf_data_end[];

/*
 * The port of this board over that memory, started at the first call; NULL if it could not start. The board's folder
 * defines it (board.cmake: SMF_BOARD_PORT_SOURCES); without, boards/common gives regions that nothing protects.
 */
const struct smf_port *board_port(void);

#endif
