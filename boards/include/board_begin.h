/* SPDX-License-Identifier: MIT */
/*
 * board_begin.h - between a board's start-up and what all boards share (boards/common).
 */
#ifndef SMF_BOARD_BEGIN_H
#define SMF_BOARD_BEGIN_H

#include <stddef.h>

/*
 * The end of start-up: memory is copied and zeroed, the stack is set, board_put() works. Starts the C library, calls
 * main() with the words of the command line, and board_exit() with its status.
 */
_Noreturn void board_begin(void);

/* The board's: the program's name and arguments as one line that ends in NUL, `room` bytes; "" if there is none. */
void board_command_line(char *into, size_t room);

/* The C library's part (boards/common): its memory for a thread. */
void board_libc_start(void);

#endif
