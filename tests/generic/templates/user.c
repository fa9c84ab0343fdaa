/* SPDX-License-Identifier: MIT */
/* user.c - uses templates for types that their author never saw: a Point of 24 bytes, a Name that is copied and dropped, and numbers. */
#include <smf/instance.h>
#include <stdbool.h>

#include "map.h"
#include "vec.h"

struct point {
    double x, y;
    long long id;
};

static int compare_points(const void *a, const void *b)
{
    const struct point *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

static int equal_points(const void *a, const void *b) { return compare_points(a, b) == 0; }

static size_t hash_point(const void *value) { return (size_t)((const struct point *)value)->id * 2654435761u; }

/* One that counts how many of it there are. */
struct name {
    const char *text;
    int *alive;
};

static void copy_name(void *to, const void *from)
{
    struct name *copy = to;
    *copy = *(const struct name *)from;
    ++*copy->alive;
}

static void drop_name(void *value) { --*((struct name *)value)->alive; }

SMF_TYPE(Point, struct point, .compare = compare_points, .equal = equal_points, .hash = hash_point);
SMF_TYPE_OPAQUE(Name, struct name, .copy = copy_name, .drop = drop_name);

SMF_INSTANCE(sort_points, "sort<Point>", void, (struct point * items, size_t count));
SMF_INSTANCE(reverse_points, "reverse<Point>", void, (struct point * items, size_t count));
SMF_INSTANCE(get_name, "map_get<Point, Name>", struct name *, (const struct map *map, const struct point *key));
SMF_INSTANCE(put_name, "map_put<Point, Name>", bool,
             (struct map * map, const struct point *key, const struct name *value));
SMF_INSTANCE(push_name, "vec_push<Name>", bool, (struct vec * vec, const struct name *item));
SMF_INSTANCE(clear_names, "vec_clear<Name>", void, (struct vec * vec));
SMF_INSTANCE(sort_longs, "sort<i64>", void, (long long *items, size_t count));
SMF_INSTANCE(sum_doubles, "sum<f64>", double, (const double *items, size_t count));

/* Each answers 0, or the number of what is wrong. */
int check_sort(void);
int check_map(void);
int check_vec(void);
int check_numbers(void);

int check_sort(void)
{
    struct point points[40];
    for (int i = 0; i < 40; i++)
        points[i] = (struct point){.x = i, .id = i * 17 % 40};
    sort_points(points, 40);
    for (int i = 0; i < 40; i++)
        if (points[i].id != i || (long long)points[i].x * 17 % 40 != i)
            return 1;
    reverse_points(points, 40);
    for (int i = 0; i < 40; i++)
        if (points[i].id != 39 - i)
            return 2;
    return 0;
}

int check_map(void)
{
    struct point keys[16];
    struct name values[16];
    uint8_t used[16] = {0};
    struct map map = {keys, values, used, 0, 16};
    int alive = 0;
    for (int i = 0; i < 16; i++) {
        const struct point key = {.id = i * 1000};
        const struct name value = {"first", &alive};
        if (!put_name(&map, &key, &value))
            return 1;
    }
    const struct point third = {.id = 3000}, none = {.id = 5};
    const struct name second = {"second", &alive};
    if (put_name(&map, &none, &second) || alive != 16)
        return 2;
    if (!put_name(&map, &third, &second) || alive != 16 || map.count != 16)
        return 3;
    const struct name *found = get_name(&map, &third);
    if (found == NULL || found->text[0] != 's' || get_name(&map, &none) != NULL)
        return 4;
    return 0;
}

int check_vec(void)
{
    struct name items[3];
    struct vec vec = {items, 0, 3};
    int alive = 0;
    const struct name one = {"one", &alive};
    for (int i = 0; i < 3; i++)
        if (!push_name(&vec, &one))
            return 1;
    if (push_name(&vec, &one) || alive != 3)
        return 2;
    clear_names(&vec);
    return alive == 0 ? 0 : 3;
}

int check_numbers(void)
{
    long long numbers[100];
    double halves[8];
    for (int i = 0; i < 100; i++)
        numbers[i] = i * 37 % 100 - 50;
    sort_longs(numbers, 100);
    for (int i = 0; i < 100; i++)
        if (numbers[i] != i - 50)
            return 1;
    for (int i = 0; i < 8; i++)
        halves[i] = 0.5 * i;
    return sum_doubles(halves, 8) == 14.0 ? 0 : 2;
}
