/* SPDX-License-Identifier: MIT */
/*
 * scene.h - a folder of module files for tests of the cache, and a cache over it.
 *
 *     scene_open(&(struct smf_cache_options){.max_files = 2});
 *     scene_module("a.smf", 1, 500);
 *     struct smf_cached *entry = scene_get("a.smf");
 *     ... smf_cache_put(cache, entry);
 *     scene_close();
 */
#ifndef SMF_TESTS_CACHE_SCENE_H
#define SMF_TESTS_CACHE_SCENE_H

#include "harness/tap.h"
#include "smf/cache.h"

extern struct smf_cache *cache; /* of the scene */
extern struct smf_diagnosis why;

/* A folder of its own, empty, and a cache. */
void scene_open(const struct smf_cache_options *options);

/* Checks that nothing is held, ends the cache, removes the folder. */
void scene_close(void);

/* FOLDER/NAME; good until 8 more were asked for. */
const char *scene_path(const char *name);

/* A module named m, of version `tag`, with a Data section of `data` bytes that all are `tag`: allocated; free() it. */
uint8_t *scene_bytes(uint8_t tag, size_t data, size_t *size);

/* Such a module as a file, written over what is there. Its size in bytes. */
size_t scene_module(const char *name, uint8_t tag, size_t data);
void scene_file(const char *name, const void *bytes, size_t size);
void scene_remove(const char *name);

/* Make all files older than any clock's tick, so that times alone tell versions apart. */
void scene_settle(void);

/* Get, put, or both, of FOLDER/NAME. get: NULL if it fails, which is a failed check. */
struct smf_cached *scene_get(const char *name);
enum smf_status scene_touch(const char *name);

/* The tag of a held module, if its bytes are one of scene_bytes() throughout; else -1. */
int scene_tag(const struct smf_cached *entry);

struct smf_cache_statistics scene_statistics(void);

#endif
