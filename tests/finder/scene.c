/* SPDX-License-Identifier: MIT */
/* scene.c - folders, files and libraries for the tests of the finder, on every system. */
#include "scene.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <dirent.h>

#include "smf/hash.h"

static int make_folder(const char *path)
{
#ifdef _WIN32
    return mkdir(path);
#else
    return mkdir(path, 0700);
#endif
}

static void hear(void *context, const char *path, const struct smf_diagnosis *why)
{
    struct scene *scene = context;
    scene->skipped_errno = errno;
    scene->skips++;
    snprintf(scene->skipped, sizeof scene->skipped, "%s", path);
    scene->skipped_why = *why;
}

void scene_start(struct scene *scene, uint32_t flags)
{
    static unsigned scenes;
    memset(scene, 0, sizeof *scene);
    do
        snprintf(scene->root, sizeof scene->root, "finder-%ld-%u", (long)getpid(), scenes++);
    while (make_folder(scene->root) != 0 && errno == EEXIST);
    scene->options = (struct smf_finder_options){.flags = flags, .skipped = hear, .skipped_context = scene};
    CHECK_STATUS(smf_finder_start(&scene->finder, &scene->options), SMF_OK);
}

/* Take away whatever this is. Folders of a scene are shallow. */
static void take_away(const char *path) /* NOLINT(misc-no-recursion) */
{
    char inner[600];
    struct dirent *entry;
    (void)chmod(path, 0700);
    if (remove(path) == 0)
        return;
    DIR *list = opendir(path);
    while (list != NULL && (entry = readdir(list)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        take_away(inner);
    }
    if (list != NULL)
        closedir(list);
    (void)rmdir(path);
}

void scene_end(struct scene *scene)
{
    smf_finder_close(&scene->finder);
    CHECK(scene->finder.libraries == NULL && scene->finder.folders == NULL && scene->finder.files == NULL);
    take_away(scene->root);
}

const char *at(const struct scene *scene, const char *name)
{
    static char paths[8][2048];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s%s%s", scene->root, name[0] != '\0' ? "/" : "", name);
    return path;
}

void put_folder(const struct scene *scene, const char *name)
{
    char path[2048];
    snprintf(path, sizeof path, "%s/%s/", scene->root, name);
    for (char *slash = path + strlen(scene->root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        (void)make_folder(path);
        *slash = '/';
    }
}

void put_bytes(const struct scene *scene, const char *name, const void *bytes, size_t size)
{
    char folder[1024];
    const char *slash = strrchr(name, '/');
    if (slash != NULL) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - name), name);
        put_folder(scene, folder);
    }
    FILE *file = fopen(at(scene, name), "wb");
    CHECK(file != NULL && fwrite(bytes, 1, size, file) == size);
    if (file != NULL)
        fclose(file);
}

void put_text(const struct scene *scene, const char *name, const char *text)
{
    put_bytes(scene, name, text, strlen(text));
}

static void put32(uint8_t *into, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        into[i] = (uint8_t)(value >> 8 * i);
}

static void put64(uint8_t *into, uint64_t value)
{
    put32(into, (uint32_t)value);
    put32(into + 4, (uint32_t)(value >> 32));
}

static uint64_t hash_of(const char *text, uint64_t wanted)
{
    uint64_t hash = SMF_FNV64_BASIS;
    if (wanted != 2)
        return wanted == 0 ? smf_hash64(hash, text, strlen(text)) : wanted == 1 ? 0 : wanted;
    for (const char *byte = text; *byte != '\0'; byte++)
        hash = (hash ^ (uint8_t)*byte) * 0x1000001B3u;
    return hash;
}

/* Apart from core/emit, from the table of the format: header, entries in the order given, payloads. */
void put_library(const struct scene *scene, const char *name, const struct stored *stored, size_t count)
{
    static uint8_t bytes[1 << 20];
    size_t end = 128 + 128 * count;
    memset(bytes, 0, end);
    memcpy(bytes, "LSMF\1", 5);
    put32(bytes + 8, (uint32_t)count);
    put64(bytes + 12, 128);
    put64(bytes + 20, 128 * count);
    put64(bytes + 28, end);
    for (size_t i = 0; i < count; i++) {
        uint8_t *entry = bytes + 128 + 128 * i;
        const char *texts[2] = {stored[i].text, stored[i].object};
        memcpy(entry, stored[i].name, strlen(stored[i].name));
        for (int k = 0; k < 2 && texts[k] != NULL; k++) {
            put64(entry + 64 + 16 * k, end);
            put64(entry + 72 + 16 * k, strlen(texts[k]));
            put64(entry + 96 + 8 * k, hash_of(texts[k], stored[i].hash));
            memcpy(bytes + end, texts[k], strlen(texts[k]));
            end += strlen(texts[k]);
        }
    }
    put64(bytes + 44, smf_hash64(SMF_FNV64_BASIS, bytes + 128, 128 * count));
    put64(bytes + 36, smf_hash64(SMF_FNV64_BASIS, bytes + 128, end - 128));
    put_bytes(scene, name, bytes, end);
}

void put_away(const struct scene *scene, const char *name) { take_away(at(scene, name)); }

void put_other(const struct scene *scene, const char *from, const char *to)
{
#ifdef _WIN32
    (void)remove(at(scene, to));
#endif
    CHECK_EQUAL(rename(at(scene, from), at(scene, to)), 0);
}

void add_folder(struct scene *scene, const char *name)
{
    CHECK_STATUS(smf_finder_add_folder(&scene->finder, at(scene, name)), SMF_OK);
}

void add_library(struct scene *scene, const char *name)
{
    CHECK_STATUS(smf_finder_add_library(&scene->finder, at(scene, name), &scene->why), SMF_OK);
}

void check_get(struct scene *scene, const char *name, const char *text, const char *place)
{
    struct smf_finder_location location;
    struct smf_supply *supply = &scene->supply;
    const enum smf_status status = smf_finder_get(&scene->finder, name, supply, &scene->why);
    tap_check(status == SMF_OK, __FILE__, __LINE__, "'%s': %s", name, smf_status_name(status));
    if (status != SMF_OK)
        return;
    CHECK_EQUAL(supply->source.size, strlen(text));
    tap_check(supply->source.size == strlen(text) && memcmp(supply->source.bytes, text, strlen(text)) == 0, __FILE__,
              __LINE__, "'%s' is '%.*s', wanted '%s'", name, (int)supply->source.size,
              (const char *)supply->source.bytes, text);
    CHECK(supply->revision != 0 && supply->source.stay == SMF_STAYS_FOR_MODULE);
    CHECK_TEXT(supply->place, at(scene, place));
    CHECK(smf_finder_has(&scene->finder, name));
    CHECK_STATUS(smf_finder_locate(&scene->finder, name, &location, NULL), SMF_OK);
    CHECK_TEXT(location.path, supply->place);
    CHECK_EQUAL(location.kind, supply->kind);
    CHECK_EQUAL(location.offset, supply->offset);
    CHECK_EQUAL(location.size, supply->source.size);
    smf_finder_give_back(&scene->finder, supply);
    CHECK(supply->token == NULL && supply->source.bytes == NULL);
}

void check_no(struct scene *scene, const char *name, enum smf_status status)
{
    struct smf_finder_location location;
    CHECK_STATUS(smf_finder_get(&scene->finder, name, &scene->supply, &scene->why), status);
    CHECK_STATUS(scene->why.status, status);
    CHECK(scene->supply.token == NULL && scene->supply.source.bytes == NULL);
    if (status == SMF_ERR_HASH) /* found without reading it */
        return;
    CHECK_STATUS(smf_finder_locate(&scene->finder, name, &location, &scene->why), status);
    CHECK_STATUS(scene->why.status, status);
    CHECK(!smf_finder_has(&scene->finder, name));
}

static int collect(void *context, const char *name)
{
    char *all = context;
    strcat(strcat(all, name), " ");
    return 0;
}

void check_list(struct scene *scene, const char *names)
{
    char all[4096] = "";
    CHECK_EQUAL(smf_finder_list(&scene->finder, collect, all), 0);
    CHECK_TEXT(all, names);
}
