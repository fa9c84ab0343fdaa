/* SPDX-License-Identifier: MIT */
/* access.h - whose memory support/faults.h is asked about on these boards. */
#ifndef SMF_TESTS_ACCESS_H
#define SMF_TESTS_ACCESS_H

#include "smf/port.h"

/* The port whose record decides; NULL: board_port(). */
extern const struct smf_port *access_port;

#endif
