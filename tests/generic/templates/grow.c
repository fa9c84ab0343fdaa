/* SPDX-License-Identifier: MIT */
/* grow.c - needs itself for a larger type each time: there is no end, and the loader stops at its depth. */
#include <smf/generic.h>

SMF_TEMPLATE("grow<T>(*T)");
SMF_NEEDS(grow_pointer, "grow<*T>");

void grow(smf_T *item);
extern void grow_pointer(smf_T **item);

void grow(smf_T *item) { grow_pointer(&item); }
