/* SPDX-License-Identifier: MIT */
/*
 * hand.h - what one writes by hand where a template would be used: the algorithms of tests/generic/templates for one type. Included
 * once a type: ITEM is the type, LESS(a, b) compares two places, NAMED(word) makes names.
 */

static void NAMED(swap)(ITEM *a, ITEM *b)
{
    const ITEM held = *a;
    *a = *b;
    *b = held;
}

static void NAMED(sort_few)(ITEM *items, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && LESS(&items[k], &items[k - 1]); k--)
            NAMED(swap)(&items[k], &items[k - 1]);
}

static void NAMED(choose_pivot)(ITEM *first, size_t count)
{
    ITEM *const middle = &first[count / 2], *const last = &first[count - 1];
    if (LESS(middle, first))
        NAMED(swap)(middle, first);
    if (LESS(last, middle)) {
        NAMED(swap)(last, middle);
        if (LESS(middle, first))
            NAMED(swap)(middle, first);
    }
    NAMED(swap)(first, middle);
}

static size_t NAMED(divide)(ITEM *pivot, size_t count)
{
    size_t low = 0, high = count;
    NAMED(choose_pivot)(pivot, count);
    for (;;) {
        do
            low++;
        while (low < count && LESS(&pivot[low], pivot));
        do
            high--;
        while (LESS(pivot, &pivot[high]));
        if (low >= high)
            break;
        NAMED(swap)(&pivot[low], &pivot[high]);
    }
    NAMED(swap)(pivot, &pivot[high]);
    return high;
}

void NAMED(sort)(ITEM *items, size_t count)
{
    struct {
        ITEM *items;
        size_t count;
    } waiting[8 * sizeof(size_t)];
    size_t depth = 0;
    for (;;) {
        while (count > 12) {
            const size_t middle = NAMED(divide)(items, count), above = count - middle - 1;
            if (middle < above) {
                waiting[depth].items = items + middle + 1;
                waiting[depth++].count = above;
                count = middle;
            } else {
                waiting[depth].items = items;
                waiting[depth++].count = middle;
                items += middle + 1;
                count = above;
            }
        }
        NAMED(sort_few)(items, count);
        if (depth == 0)
            return;
        depth--;
        items = waiting[depth].items;
        count = waiting[depth].count;
    }
}

bool NAMED(push)(struct bench_vec *vec, const ITEM *item)
{
    if (vec->count == vec->capacity)
        return false;
    ((ITEM *)vec->items)[vec->count++] = *item;
    return true;
}
