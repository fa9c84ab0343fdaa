/* SPDX-License-Identifier: MIT */
/* map.c - values by key: open addressing over two arrays, so that neither parameter needs the other's layout. */
#include <smf/generic.h>
#include <stdbool.h>

#include "map.h"

SMF_TEMPLATE("map_get<K: equal + hash, V>(*Map<K, V>, *K) -> *V");
SMF_TEMPLATE("map_put<K: copy + equal + hash, V: copy + drop>(*Map<K, V>, *K, *V) -> bool");
SMF_SHAPES("i64,i64 i32,i32");

smf_V *map_get(const struct map *map, const smf_K *key);
bool map_put(struct map *map, const smf_K *key, const smf_V *value);

/* The place of a key, or the free one where it would go; `capacity`: there is neither. */
static size_t find(const struct map *map, const smf_K *key)
{
    const size_t mask = map->capacity - 1, start = smf_hash(K, key) & mask;
    for (size_t tried = 0; tried < map->capacity; tried++) {
        const size_t at = (start + tried) & mask;
        if (!map->used[at] || smf_equal(K, smf_at(K, (smf_K *)map->keys, at), key))
            return at;
    }
    return map->capacity;
}

/* NULL: no such key. */
smf_V *map_get(const struct map *map, const smf_K *key)
{
    const size_t at = find(map, key);
    return at < map->capacity && map->used[at] ? smf_at(V, (smf_V *)map->values, at) : NULL;
}

/* Copies of both go in; an old value is dropped. False: full. */
bool map_put(struct map *map, const smf_K *key, const smf_V *value)
{
    const size_t at = find(map, key);
    if (at == map->capacity)
        return false;
    if (map->used[at]) {
        smf_drop(V, smf_at(V, (smf_V *)map->values, at));
    } else {
        smf_copy(K, smf_at(K, (smf_K *)map->keys, at), key);
        map->used[at] = 1;
        map->count++;
    }
    smf_copy(V, smf_at(V, (smf_V *)map->values, at), value);
    return true;
}
