/* SPDX-License-Identifier: MIT */
/* user.c - uses templates for a type of its own, whose comparison says which version of which user it belongs to. */
#include <smf/instance.h>

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

struct point {
    int x, y, z[SIZE];
};

static int compare_points(const void *a, const void *b)
{
    return 10 * TAG + (((const struct point *)a)->x > ((const struct point *)b)->x);
}

#ifdef INCOMPARABLE
SMF_TYPE(Point, struct point, .equal = compare_points);
#else
SMF_TYPE(Point, struct point, .compare = compare_points);
#endif
SMF_INSTANCE(order_points, "order<Point>", int, (const struct point *a, const struct point *b));

int JOIN(NAME, _order)(void);
int JOIN(NAME, _order)(void)
{
    const struct point a = {.x = 2}, b = {.x = 1};
    return order_points(&a, &b);
}

#ifdef UNKNOWN
SMF_INSTANCE(nowhere_points, "nowhere<Point>", int, (const struct point *a));
int JOIN(NAME, _nowhere)(void);
int JOIN(NAME, _nowhere)(void)
{
    const struct point a = {.x = 2};
    return nowhere_points(&a);
}
#endif

#ifdef USES_TWICE
SMF_INSTANCE(twice_points, "twice<Point>", int, (const struct point *a, const struct point *b));
int JOIN(NAME, _twice)(void);
int JOIN(NAME, _twice)(void)
{
    const struct point a = {.x = 2}, b = {.x = 1};
    return twice_points(&a, &b);
}
#endif
