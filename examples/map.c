/* SPDX-License-Identifier: MIT */
/* map.c - a template with two parameters: a map from K to V by open addressing, in memory of the caller. */
#include "map.h"

#include <smf/generic.h>
#include <stdbool.h>

SMF_TEMPLATE("map_put<K: equal + hash, V>(*Map<K, V>, *K, *V) -> bool");
SMF_TEMPLATE("map_get<K: equal + hash, V>(*Map<K, V>, *K) -> *V");
SMF_SHAPES("i32,any i64,any any,any");

/* Where the key is, or would be put: the first place from its hash on that holds it or nothing. */
static bool find(const struct map *map, const smf_K *key, size_t *at)
{
    size_t i = smf_hash(K, key) & (map->capacity - 1);
    for (size_t tried = 0; tried < map->capacity; tried++, i = (i + 1) & (map->capacity - 1)) {
        *at = i;
        if (map->used[i] == 0 || smf_equal(K, smf_at(K, (smf_K *)map->keys, i), key))
            return true;
    }
    return false;
}

/* False: it is full. `capacity` is a power of two. */
bool map_put(struct map *map, const smf_K *key, const smf_V *value)
{
    size_t at;
    if (!find(map, key, &at))
        return false;
    smf_move(K, smf_at(K, (smf_K *)map->keys, at), key);
    smf_move(V, smf_at(V, (smf_V *)map->values, at), value);
    map->used[at] = 1;
    return true;
}

/* NULL: there is no such key. */
smf_V *map_get(const struct map *map, const smf_K *key)
{
    size_t at;
    return find(map, key, &at) && map->used[at] != 0 ? smf_at(V, (smf_V *)map->values, at) : NULL;
}
