/* SPDX-License-Identifier: MIT */
/* picolibc.c - what picolibc wants of a board: streams, memory for its one thread, an end. */
#include <picolibc.h>
#include <picotls.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "board.h"
#include "board_begin.h"

extern char __tls_base[];

static int put(char character, FILE *stream)
{
    (void)stream;
    board_put(character);
    return 0;
}

static FILE console = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdin = &console;
FILE *const stdout = &console;
FILE *const stderr = &console;

void board_libc_start(void) { _set_tls(__tls_base); }

void _exit(int status) { board_exit(status); }

/* No signals here. */
void abort(void) { board_exit(134); }
