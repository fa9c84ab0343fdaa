/* SPDX-License-Identifier: MIT */
/* pure.c - a template that is packed without its source. */
#include <smf/generic.h>

SMF_TEMPLATE("pure<T>(*T) -> usize");

size_t pure(const smf_T *item);

size_t pure(const smf_T *item)
{
    (void)item;
    return smf_sizeof(T);
}
