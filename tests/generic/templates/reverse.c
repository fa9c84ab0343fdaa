/* SPDX-License-Identifier: MIT */
/* reverse.c - a template that calls another: swap_T is swap<T> for the T that reverse is made for. */
#include <smf/generic.h>

SMF_TEMPLATE("reverse<T>(*T, usize)");
SMF_NEEDS(swap_T, "swap<T>");

void reverse(smf_T *items, size_t count);
extern void swap_T(smf_T *a, smf_T *b);

void reverse(smf_T *items, size_t count)
{
    for (size_t i = 0; i < count / 2; i++)
        swap_T(smf_at(T, items, i), smf_at(T, items, count - 1 - i));
}
