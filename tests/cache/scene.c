/* SPDX-License-Identifier: MIT */
/* scene.c - see scene.h. */
#include "scene.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/kit.h"

struct smf_cache *cache;
struct smf_diagnosis why;

static char folder[64];

static bool make_folder(void)
{
    static unsigned number;
    snprintf(folder, sizeof folder, "cache-%ld-%u", (long)getpid(), number++);
#ifdef _WIN32
    return mkdir(folder) == 0;
#else
    return mkdir(folder, 0700) == 0;
#endif
}

void scene_open(const struct smf_cache_options *options)
{
    CHECK(make_folder());
    CHECK_STATUS(smf_cache_start(&cache, options), SMF_OK);
}

void scene_close(void)
{
    char path[sizeof folder + 300];
    CHECK_EQUAL(scene_statistics().held, 0);
    CHECK_STATUS(smf_cache_finish(cache), SMF_OK);
    DIR *all = opendir(folder);
    for (struct dirent *one; all != NULL && (one = readdir(all)) != NULL;)
        if (snprintf(path, sizeof path, "%s/%s", folder, one->d_name) > 0 && one->d_name[0] != '.')
            (void)remove(path);
    if (all != NULL)
        closedir(all);
    CHECK(rmdir(folder) == 0);
}

const char *scene_path(const char *name)
{
    static char paths[8][sizeof folder + 64];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

uint8_t *scene_bytes(uint8_t tag, size_t data, size_t *size)
{
    static struct kit kit; /* used by one thread at a time */
    uint8_t note[256];
    uint8_t *payload = malloc(data);
    struct smf_module_note module = {
        .name = "m", .version = {tag, 0, 0}
    };
    CHECK(payload != NULL);
    if (payload == NULL)
        return NULL;
    memset(payload, tag, data);
    memset(&kit, 0, sizeof kit);
    kit_start(&kit, SMF_ARCH_X86_64);
    kit_section(&kit, ".text", SMF_SECTION_CODE, "\xC3\x90\x90\x90", 4, 16);
    kit_section(&kit, ".data", SMF_SECTION_DATA, payload, data, 1);
    kit_section(&kit, "note.module", SMF_SECTION_NOTE, note, smf_note_module_write(&module, note, sizeof note), 4);
    uint8_t *bytes = kit_finish(&kit, size);
    free(payload);
    return bytes;
}

void scene_file(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(scene_path(name), "wb");
    CHECK(file != NULL && fwrite(bytes, 1, size, file) == size);
    CHECK(file != NULL && fclose(file) == 0);
}

size_t scene_module(const char *name, uint8_t tag, size_t data)
{
    size_t size = 0;
    uint8_t *bytes = scene_bytes(tag, data, &size);
    scene_file(name, bytes, size);
    free(bytes);
    return size;
}

void scene_remove(const char *name) { CHECK(remove(scene_path(name)) == 0); }

void scene_settle(void) { nanosleep(&(struct timespec){.tv_nsec = 60000000}, NULL); }

struct smf_cached *scene_get(const char *name)
{
    struct smf_cached *entry = NULL;
    CHECK_STATUS(smf_cache_get(cache, scene_path(name), &entry, &why), SMF_OK);
    return entry;
}

enum smf_status scene_touch(const char *name)
{
    struct smf_cached *entry;
    const enum smf_status status = smf_cache_get(cache, scene_path(name), &entry, &why);
    CHECK((entry != NULL) == (status == SMF_OK) && (status == SMF_OK || why.status == status));
    smf_cache_put(cache, entry);
    return status;
}

int scene_tag(const struct smf_cached *entry)
{
    const uint8_t *bytes = NULL;
    size_t size = 0;
    const int tag = entry->note.version[0];
    if (smf_cached_section(entry, smf_cached_section_named(entry, ".data"), &bytes, &size, NULL) != SMF_OK)
        return -1;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != tag)
            return -1;
    return tag;
}

struct smf_cache_statistics scene_statistics(void)
{
    struct smf_cache_statistics statistics;
    smf_cache_statistics(cache, &statistics);
    return statistics;
}
