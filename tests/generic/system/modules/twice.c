/* SPDX-License-Identifier: MIT */
/* twice.c - a template that needs another one, and a function of its own library. */
#include <smf/generic.h>

SMF_TEMPLATE("twice<T: compare>(*T, *T) -> i32");
SMF_NEEDS(order_T, "order<T>");

extern int order_T(const smf_T *a, const smf_T *b);
extern int library_tag(void);

int twice(const smf_T *a, const smf_T *b);

int twice(const smf_T *a, const smf_T *b) { return 2 * order_T(a, b) + 1000000 * library_tag(); }
