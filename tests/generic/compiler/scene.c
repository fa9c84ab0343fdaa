/* SPDX-License-Identifier: MIT */
/* scene.c - see scene.h. */
#include "generic/compiler/scene.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "smf/port_posix.h"

struct scene scene;

/* ---- What modules find around them ---- */

static int compare_points(const void *a, const void *b)
{
    const struct point *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

static const struct smf_type_descriptor point = {.size = sizeof(struct point),
                                                 .version = SMF_TYPE_VERSION,
                                                 .alignment_log2 = SMF_TYPE_ALIGN_LOG2(struct point),
                                                 .kind = SMF_DESCRIPTOR_PLAIN,
                                                 .compare = compare_points};
static const struct smf_host_type types[] = {
    {"Point", &point}
};

static enum smf_status find(void *context, uint32_t asker, const char *name, bool data, struct smf_provided *found)
{
    static const struct {
        const char *name;
        void *(*function)(void *, const void *, size_t);
    } functions[] = {
        {"memcpy",  memcpy },
        {"memmove", memmove}
    };
    (void)context;
    (void)asker;
    for (size_t i = 0; i < sizeof functions / sizeof functions[0] && !data; i++)
        if (strcmp(functions[i].name, name) == 0) {
            *found = (struct smf_provided){.address = (uintptr_t)functions[i].function, .kind = SMF_KIND_FUNCTION};
            return SMF_OK;
        }
    return SMF_ERR_NOT_FOUND;
}

/* ---- Modules ---- */

static void open_file(struct scene_file *file, const char *path)
{
    file->bytes = (uint8_t *)scene_read(path, &file->size);
    CHECK(file->bytes != NULL);
    if (file->bytes == NULL)
        return;
    file->source = smf_source_memory(file->bytes, file->size, SMF_STAYS_FOR_MODULE);
    CHECK_STATUS(smf_image_open(&file->image, &file->source, file->sections, 16, &scene.why), SMF_OK);
}

void scene_start(void)
{
    scene.config = smf_instantiator_defaults();
    scene.config.mapper = &scene.mapper;
    scene.config.arena = scene.arena;
    scene.config.arena_size = sizeof scene.arena;
    scene.config.types = types;
    scene.config.type_count = sizeof types / sizeof types[0];
    scene.config.around = (struct smf_surroundings){.find = find};
}

void scene_add(uint32_t number)
{
    static const char *const names[] = {"", "library", "user", "pure"};
    const struct smf_instantiator_item item = {
        .number = number, .name = names[number], .image = &scene.files[number].image};
    CHECK_STATUS(smf_instantiator_add(&scene.instantiator, &item, &scene.why), SMF_OK);
}

void scene_open(void)
{
    const struct smf_mapper_config config = {
        .port = smf_port_posix(), .arena = scene.mapper_arena, .arena_size = sizeof scene.mapper_arena};
    CHECK_STATUS(smf_mapper_start(&scene.mapper, &config), SMF_OK);
    CHECK_STATUS(smf_instantiator_start(&scene.instantiator, &scene.config), SMF_OK);
    open_file(&scene.files[SCENE_LIBRARY], "compiler_library.smf");
    open_file(&scene.files[SCENE_USER], "compiler_user.smf");
    open_file(&scene.files[SCENE_PURE], "compiler_pure.smf");
    scene_add(SCENE_LIBRARY);
    scene_add(SCENE_USER);
    scene_add(SCENE_PURE);
}

void scene_end(void)
{
    smf_instantiator_finish(&scene.instantiator);
    smf_mapper_finish(&scene.mapper);
    for (unsigned i = 0; i < SCENE_MODULES; i++) {
        free(scene.files[i].bytes);
        scene.files[i].bytes = NULL;
    }
}

/* ---- Files ---- */

const char *scene_path(const char *name)
{
    static char path[512];
    if (scene.folder[0] == '\0') {
        const char *where = getenv("TMPDIR");
        snprintf(scene.folder, sizeof scene.folder, "%s/smf-test-XXXXXX", where != NULL ? where : "/tmp");
        CHECK(mkdtemp(scene.folder) != NULL);
    }
    snprintf(path, sizeof path, "%s%s%s", scene.folder, name[0] == '\0' ? "" : "/", name);
    return path;
}

static void remove_all(const char *folder)
{
    DIR *list = opendir(folder);
    for (const struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
        char path[1024];
        struct stat found;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (lstat(path, &found) == 0 && S_ISDIR(found.st_mode))
            remove_all(path);
        else
            unlink(path);
    }
    if (list != NULL)
        closedir(list);
    rmdir(folder);
}

void scene_forget(void)
{
    if (scene.folder[0] != '\0')
        remove_all(scene.folder);
    scene.folder[0] = '\0';
}

unsigned scene_count_files(const char *folder, const char *end, char *last, size_t size)
{
    unsigned count = 0;
    DIR *list = opendir(folder);
    for (const struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
        const size_t length = strlen(entry->d_name), wanted = strlen(end);
        if (entry->d_name[0] == '.' || length < wanted || strcmp(entry->d_name + length - wanted, end) != 0)
            continue;
        count++;
        if (last != NULL)
            snprintf(last, size, "%s/%s", folder, entry->d_name);
    }
    if (list != NULL)
        closedir(list);
    return count;
}

char *scene_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    if (file == NULL)
        return NULL;
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    fseek(file, 0, SEEK_SET);
    bytes = malloc(*size + 1);
    if (bytes != NULL) {
        *size = fread(bytes, 1, *size, file);
        bytes[*size] = '\0';
    }
    fclose(file);
    return bytes;
}

void scene_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    if (file == NULL)
        return;
    CHECK_EQUAL(fwrite(bytes, 1, size, file), size);
    CHECK_EQUAL(fclose(file), 0);
}
