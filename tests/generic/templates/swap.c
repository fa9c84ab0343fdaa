/* SPDX-License-Identifier: MIT */
/* swap.c - the smallest template: two values change places. */
#include <smf/generic.h>

SMF_TEMPLATE("swap<T>(*T, *T)");

void swap(smf_T *a, smf_T *b);

void swap(smf_T *a, smf_T *b) { smf_swap(T, a, b); }
