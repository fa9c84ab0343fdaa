/* SPDX-License-Identifier: MIT */
/*
 * sort.c - quicksort with the median of three, insertion sort for few items. Not stable. No recursion: the larger half
 * waits, so that 64 places are enough for every count.
 */
#include <smf/generic.h>

SMF_TEMPLATE("sort<T: compare>(*T, usize)");
SMF_SHAPES("plain:24:8");

enum { FEW = 12, WAITING = 8 * sizeof(size_t) };

struct part {
    smf_T *items;
    size_t count;
};

void sort(smf_T *items, size_t count);

static void sort_few(smf_T *items, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && smf_less(T, smf_at(T, items, k), smf_at(T, items, k - 1)); k--)
            smf_swap(T, smf_at(T, items, k), smf_at(T, items, k - 1));
}

/* The median of the first, middle and last item comes first, and the last is no smaller. */
static void choose_pivot(smf_T *first, size_t count)
{
    smf_T *middle = smf_at(T, first, count / 2), *last = smf_at(T, first, count - 1);
    if (smf_less(T, middle, first))
        smf_swap(T, middle, first);
    if (smf_less(T, last, middle)) {
        smf_swap(T, last, middle);
        if (smf_less(T, middle, first))
            smf_swap(T, middle, first);
    }
    smf_swap(T, first, middle);
}

/* Smaller items go before the pivot, the first one; the place where it ends up. */
static size_t divide(smf_T *pivot, size_t count)
{
    size_t low = 0, high = count;
    choose_pivot(pivot, count);
    for (;;) {
        do
            low++;
        while (low < count && smf_less(T, smf_at(T, pivot, low), pivot));
        do
            high--;
        while (smf_less(T, pivot, smf_at(T, pivot, high)));
        if (low >= high)
            break;
        smf_swap(T, smf_at(T, pivot, low), smf_at(T, pivot, high));
    }
    smf_swap(T, pivot, smf_at(T, pivot, high));
    return high;
}

void sort(smf_T *items, size_t count)
{
    struct part waiting[WAITING];
    size_t depth = 0;
    for (;;) {
        while (count > FEW) {
            const size_t middle = divide(items, count);
            const struct part below = {items, middle}, above = {smf_at(T, items, middle + 1), count - middle - 1};
            const struct part now = below.count < above.count ? below : above;
            waiting[depth++] = below.count < above.count ? above : below;
            items = now.items;
            count = now.count;
        }
        sort_few(items, count);
        if (depth == 0)
            return;
        depth--;
        items = waiting[depth].items;
        count = waiting[depth].count;
    }
}
