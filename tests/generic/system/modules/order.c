/* SPDX-License-Identifier: MIT */
/* order.c - a template whose answer says which version of the library it is of, and what the type's module answered. */
#include <smf/generic.h>

SMF_TEMPLATE("order<T: compare>(*T, *T) -> i32");

extern int host_base(void);

int order(const smf_T *a, const smf_T *b);

int order(const smf_T *a, const smf_T *b) { return 10000 * TAG + host_base() + smf_compare(T, a, b); }
