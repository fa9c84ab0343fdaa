/* SPDX-License-Identifier: MIT */
/* ping.c - needs pong, which needs ping: a circle, which the loader refuses with its path. */
#include <smf/generic.h>

SMF_TEMPLATE("ping<T>(*T)");
SMF_NEEDS(pong_T, "pong<T>");

void ping(smf_T *item);
extern void pong_T(smf_T *item);

void ping(smf_T *item) { pong_T(smf_at(T, item, 1)); }
