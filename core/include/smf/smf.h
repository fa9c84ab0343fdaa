/* SPDX-License-Identifier: MIT */
/* smf/smf.h - everything that a program which loads modules needs. Since 0.1. */
#ifndef SMF_SMF_H
#define SMF_SMF_H

#include "smf/load.h"

#endif
