/* SPDX-License-Identifier: MIT */
/*
 * interrupted.h - what is asked of a system whose modules are called from where nobody can wait: a signal handler, or an
 * interrupt on a board, above the thread that reloads. signal.c and interrupt.c say when.
 */
#ifndef SMF_TESTS_INTERRUPTED_H
#define SMF_TESTS_INTERRUPTED_H

#include "smf/port.h"

/* From the handler, at any moment: calls modules and looks at what comes back. */
void interrupted_call(void);

/* Where the calls come from. `go_on`: until then modules are reloaded, at least; NULL: `reloads` are enough. */
struct interruption {
    void (*start)(void);
    void (*stop)(void);
    int (*go_on)(void);
    unsigned reloads;
};

/* Load modules over `port`, reload them while the calls come, and check what those saw. */
void interrupted_run(const struct smf_port *port, const struct interruption *interruption);

#endif
