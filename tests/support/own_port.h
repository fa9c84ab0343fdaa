/* SPDX-License-Identifier: MIT */
/* own_port.h - the port of the process that a test runs in, whatever the system. */
#ifndef SMF_TESTS_OWN_PORT_H
#define SMF_TESTS_OWN_PORT_H

#if defined(SMF_TESTS_BOARD)
#include "board.h"
#define own_port board_port
#elif defined(_WIN32)
#include "smf/port_windows.h"
#define own_port smf_port_windows
#else
#include "smf/port_posix.h"
#define own_port smf_port_posix
#endif

#endif
