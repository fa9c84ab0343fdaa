/* SPDX-License-Identifier: MIT */
/* borrower.c - uses a template for a type that another module describes, and for one of the machine's. */
#include <smf/instance.h>

struct point;

SMF_INSTANCE(order_points, "order<Point>", int, (const struct point *a, const struct point *b));
SMF_INSTANCE(order_longs, "order<i64>", int, (const long long *a, const long long *b));

int borrower_order(const void *a, const void *b);
int borrower_longs(long long a, long long b);

int borrower_order(const void *a, const void *b) { return order_points(a, b); }
int borrower_longs(long long a, long long b) { return order_longs(&a, &b); }
