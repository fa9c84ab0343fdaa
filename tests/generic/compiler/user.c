/* SPDX-License-Identifier: MIT */
/* user.c - asks for instances; the types are the host's. Nothing in it runs. */
#include <smf/instance.h>

struct point;

SMF_INSTANCE(sort_points, "sort<Point>", void, (struct point * items, size_t count));
SMF_INSTANCE(sort_longs, "sort<i64>", void, (long long *items, size_t count));
SMF_INSTANCE(reverse_points, "reverse<Point>", void, (struct point * items, size_t count));

void use(struct point *items, long long *numbers, size_t count);

void use(struct point *items, long long *numbers, size_t count)
{
    sort_points(items, count);
    reverse_points(items, count);
    sort_longs(numbers, count);
}
