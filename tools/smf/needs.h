/* SPDX-License-Identifier: MIT */
/* needs.h - what `smf build --needs` says. */
#ifndef SMF_TOOLS_NEEDS_H
#define SMF_TOOLS_NEEDS_H

#include "smf/build.h"

/* NAME, NAME=HASH or NAME=@FILE; `text` is cut, and holds the name as long as `need` is used. 0, or the exit status after
 * one line. */
int smf_needs_read(char *text, struct smf_build_need *need);

#endif
