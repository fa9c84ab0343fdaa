/* SPDX-License-Identifier: MIT */
/* pong.c - needs ping, which needs pong: the other half of the circle. */
#include <smf/generic.h>

SMF_TEMPLATE("pong<T>(*T)");
SMF_NEEDS(ping_T, "ping<T>");

void pong(smf_T *item);
extern void ping_T(smf_T *item);

void pong(smf_T *item) { ping_T(smf_at(T, item, 1)); }
