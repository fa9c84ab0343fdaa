/* SPDX-License-Identifier: MIT */
/*
 * sort.c - a template: sort items of any type that can be compared (heap sort: in place, no recursion).
 *
 *     smf build -o algorithms.smf examples/sort.c examples/map.c
 *     smf inspect algorithms.smf
 *     smf instantiate algorithms.smf 'sort<i64>'
 */
#include <smf/generic.h>

SMF_TEMPLATE("sort<T: compare>(*T, usize)");

/* Let the item at `root` sink until no item below it is larger. */
static void sink(smf_T *items, size_t root, size_t count)
{
    for (size_t below; (below = 2 * root + 1) < count; root = below) {
        if (below + 1 < count && smf_less(T, smf_at(T, items, below), smf_at(T, items, below + 1)))
            below++;
        if (!smf_less(T, smf_at(T, items, root), smf_at(T, items, below)))
            return;
        smf_swap(T, smf_at(T, items, root), smf_at(T, items, below));
    }
}

void sort(smf_T *items, size_t count)
{
    for (size_t root = count / 2; root-- != 0;)
        sink(items, root, count);
    while (count > 1) {
        count--;
        smf_swap(T, items, smf_at(T, items, count));
        sink(items, 0, count);
    }
}
