/* SPDX-License-Identifier: MIT */
/*
 * cities.c - a module that uses templates (sort.c, map.c) for types that their author never saw.
 *
 *     smf build -o cities.smf examples/cities.c
 *     smf run --lib algorithms.smf cities.smf
 */
#include <smf/instance.h>
#include <stdbool.h>
#include <stdio.h>

#include "map.h"

struct name {
    char text[12];
};
struct city {
    struct name name;
    int32_t latitude, longitude; /* hundredths of a degree */
    uint32_t people;             /* thousands               */
};

int cities(void);

static int more_people_first(const void *a, const void *b)
{
    const uint32_t left = ((const struct city *)a)->people, right = ((const struct city *)b)->people;
    return (left < right) - (left > right);
}

static int is_same_name(const void *a, const void *b)
{
    const char *left = a, *right = b;
    for (size_t i = 0; i < sizeof(struct name); i++)
        if (left[i] != right[i])
            return 0;
    return 1;
}

static size_t hash_of_name(const void *name)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < sizeof(struct name); i++)
        hash = (hash ^ (uint8_t)((const char *)name)[i]) * 16777619u;
    return hash;
}

SMF_TYPE(City, struct city, .compare = more_people_first);
SMF_TYPE(Name, struct name, .equal = is_same_name, .hash = hash_of_name);
SMF_INSTANCE(sort_cities, "sort<City>", void, (struct city *, size_t));
SMF_INSTANCE(map_put, "map_put<Name, City>", bool, (struct map *, const struct name *, const struct city *));
SMF_INSTANCE(map_get, "map_get<Name, City>", struct city *, (const struct map *, const struct name *));

static struct city places[] = {
    {{"Basel"},    4756,  759,   173 },
    {{"Quito"},    -22,   -7852, 1763},
    {{"Nairobi"},  -129,  3682,  4397},
    {{"Tromso"},   6965,  1896,  78  },
    {{"Adelaide"}, -3493, 13860, 1387},
};

/* The place of Tromso in the order of people, from 1 on; 0: something is wrong. */
int cities(void)
{
    static struct name keys[8];
    static struct city values[8];
    static uint8_t used[8];
    struct map map = {keys, values, used, 8};
    const struct name wanted = {"Tromso"};
    int place = 0;
    sort_cities(places, sizeof places / sizeof places[0]);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        printf("%-9s %5lu thousand\n", places[i].name.text, (unsigned long)places[i].people);
        if (!map_put(&map, &places[i].name, &places[i]))
            return 0;
        place = places[i].name.text[0] == 'T' ? (int)i + 1 : place;
    }
    const struct city *found = map_get(&map, &wanted);
    if (found == NULL || found->latitude != 6965)
        return 0;
    printf("Tromso lies at %ld.%02ld degrees north\n", (long)found->latitude / 100, (long)found->latitude % 100);
    return place;
}

int main(void) { return cities() != 0 ? 0 : 1; }
