/* SPDX-License-Identifier: MIT */
/* sum.c - arithmetic on T: numbers only, so there is code for numbers only; for other types the loader says why not. */
#include <smf/generic.h>

SMF_TEMPLATE("sum<T: number>(*T, usize) -> T");
SMF_SHAPES("u8 i16");

smf_T sum(const smf_T *items, size_t count);

smf_T sum(const smf_T *items, size_t count)
{
    smf_T total = 0;
    for (size_t i = 0; i < count; i++)
        total = (smf_T)(total + items[i]);
    return total;
}
