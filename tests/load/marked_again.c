/* SPDX-License-Identifier: MIT */
/* marked_again.c - the second file of "marked_twice". */
#include "smf/export.h"

static int once(void) { return 2; }
SMF_EXPORT(once);
