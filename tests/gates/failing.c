/* SPDX-License-Identifier: MIT */
/* failing.c - fails on purpose, each way a test can: shows that the runner notices (runner.sh). */
#include <signal.h>
#include <unistd.h>

#include "harness/tap.h"

static void passes(void) { CHECK_EQUAL(1 + 1, 2); }
static void fails(void) { CHECK_EQUAL(1 + 1, 3); }
static void crashes(void) { raise(SIGSEGV); }
static void hangs(void) { pause(); }

static const struct tap_case cases[] = {
    {"passes",  passes },
    {"fails",   fails  },
    {"crashes", crashes},
    {"hangs",   hangs  }
};
TAP_MAIN(cases)
