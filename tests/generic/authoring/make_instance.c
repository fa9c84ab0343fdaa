/* SPDX-License-Identifier: MIT */
/*
 * make_instance.c - what the instantiator makes of a module's template, for any machine, on memory that is only written to.
 *
 * make_instance ARCH FEATURES MODULE TEMPLATE PARAMETERS SIZE ALIGNMENT_LOG2 KIND OUT NAME:ADDRESS...
 *
 * All parameters are one type of SIZE, ALIGNMENT_LOG2 and KIND (smf/instance.h). NAME is one of its operations, or an import. OUT gets the
 * bytes; the address of the code is printed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "generic/engine/scene.h"

enum { ROOM = 1 << 20 };

static uint8_t file[ROOM];

static int fail(const char *what)
{
    char line[256] = "";
    smf_diagnosis_format(&scene.why, line, sizeof line);
    fprintf(stderr, "make_instance: %s: %s\n", what, line);
    return 1;
}

static size_t read_file(const char *path)
{
    FILE *from = fopen(path, "rb");
    const size_t size = from == NULL ? 0 : fread(file, 1, ROOM, from);
    if (from != NULL)
        fclose(from);
    return size;
}

/* "compare:1024" is an operation, any other name a function that can be imported. */
static void take_name(char *word, struct scene_type *type)
{
    static const char *const operations[] = {"copy", "drop", "compare", "equal", "hash"};
    char *colon = strchr(word, ':');
    const uintptr_t address = (uintptr_t)strtoull(colon + 1, NULL, 10);
    *colon = '\0';
    for (unsigned i = 0; i < sizeof operations / sizeof operations[0]; i++)
        if (strcmp(operations[i], word) == 0) {
            type->operations[i] = address;
            return;
        }
    scene_function(0, word, address);
}

static int put_file(const char *path)
{
    FILE *to = fopen(path, "wb");
    const bool written = to != NULL && fwrite(scene_code(&scene.made), 1, scene.made.size, to) == scene.made.size;
    return to != NULL && fclose(to) == 0 && written ? 0 : fail("cannot write");
}

static int make(char **words, int count)
{
    struct scene_type type = {.size = (uint32_t)atoi(words[6]),
                              .version = SMF_TYPE_VERSION,
                              .alignment_log2 = (uint8_t)atoi(words[7]),
                              .kind = (uint8_t)atoi(words[8])};
    const size_t size = read_file(words[3]);
    uint32_t sections = 0;
    for (int i = 10; i < count; i++)
        take_name(words[i], &type);
    scene_type(0, "X", &type);
    scene.sources[0] = smf_source_memory(file, size, scene.stay);
    if (smf_image_count_sections(&scene.images[0], &scene.sources[0], &sections, &scene.why) != SMF_OK ||
        smf_image_open(&scene.images[0], &scene.sources[0], scene.sections[0], 8, &scene.why) != SMF_OK ||
        scene_add_image(1, "lib", 0) != SMF_OK)
        return fail(words[3]);
    if (scene_make(0, words[4], strcmp(words[5], "2") == 0 ? "X, X" : "X") != SMF_OK)
        return fail(words[4]);
    printf("%llu\n", (unsigned long long)scene.made.code);
    return put_file(words[9]);
}

int main(int argc, char **argv)
{
    const struct smf_arch *arch = argc < 10 ? NULL : smf_arch_of((unsigned)atoi(argv[1]));
    if (arch == NULL)
        return fail("usage: ARCH FEATURES MODULE TEMPLATE PARAMETERS SIZE ALIGNMENT_LOG2 KIND OUT NAME:ADDRESS...");
    scene_start(arch);
    scene.config.features = (uint8_t)atoi(argv[2]);
    scene_open();
    const int status = make(argv, argc);
    scene_end();
    return status;
}
