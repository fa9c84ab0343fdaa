/* SPDX-License-Identifier: MIT */
/*
 * same_memory.c - two modules that have to become the same in memory, byte for byte: one and the same code, stored in two
 * ways. For modules of any machine, loaded on paper, from bytes that can be addressed and by position.
 *
 *     same_memory PLAIN PACKED...      one line for each PACKED; exit status 1 if any differs or does not load
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smf/codecs.h"
#include "smf/host.h"
#include "support/paper.h"

/* Imports lie where the module can reach them, each at an address of its own; the module's hint says what they are. */
struct imports {
    uint64_t next;
    bool thumb;
};

static enum smf_status resolve(void *context, const struct smf_binding_request *request,
                               struct smf_binding_answer *answer)
{
    struct imports *imports = context;
    answer->address = imports->next;
    imports->next += 64;
    answer->address |= imports->thumb && request->hint != SMF_KIND_DATA;
    return SMF_OK;
}

/* What a module was in memory. */
struct memory {
    size_t count;
    struct smf_region regions[3]; /* bytes are copies */
};

static void copy(const struct smf_module *module, struct memory *memory)
{
    const struct smf_region *regions = smf_module_regions(module, &memory->count);
    for (size_t i = 0; i < memory->count; i++) {
        memory->regions[i] = regions[i];
        memory->regions[i].bytes = malloc(regions[i].size);
        memcpy(memory->regions[i].bytes, regions[i].bytes, regions[i].size);
    }
}

static void drop(struct memory *memory)
{
    for (size_t i = 0; i < memory->count; i++)
        free(memory->regions[i].bytes);
    memory->count = 0;
}

static uint32_t arch_of(const struct smf_source *source)
{
    static struct smf_image image;
    static struct smf_section sections[256];
    return smf_image_open(&image, source, sections, 256, NULL) == SMF_OK ? image.header.arch : UINT32_MAX;
}

/* Load one file `apart` or in the default layout; false after the line about it. */
static bool load(const char *path, const struct smf_source *source, bool apart, struct memory *memory)
{
    static uint8_t arena[1 << 22];
    static struct paper paper;
    struct smf_loader loader;
    struct smf_module *module;
    struct smf_diagnosis why = {0};
    char line[256];
    const struct smf_arch *arch = smf_arch_of((enum smf_arch_id)arch_of(source));
    struct imports imports = {.next = 0x30000000, .thumb = arch == &smf_arch_arm};
    paper_start(&paper);
    paper.base = 0x10000000;
    paper.gap = apart ? 0x3000 : 0;
    const struct smf_config config = {.port = &paper.port,
                                      .arena = arena,
                                      .arena_size = sizeof arena,
                                      .arch = arch,
                                      .resolve = resolve,
                                      .resolve_context = &imports,
                                      .checks = SMF_CHECK_HASH,
                                      .codecs = smf_codecs_host()};
    if (smf_loader_start(&loader, &config) != SMF_OK)
        return fprintf(stderr, "%s: no loader for it\n", path), false;
    const bool loaded = smf_load(&loader, source, &module, &why) == SMF_OK;
    if (loaded) {
        copy(module, memory);
    } else {
        smf_diagnosis_format(&why, line, sizeof line);
        fprintf(stderr, "%s: %s\n", path, line);
    }
    smf_loader_finish(&loader);
    paper_end(&paper);
    return loaded;
}

/* Bytes that were compared; 0 after the line about a difference. */
static size_t compare(const char *path, const struct memory *wanted, const struct memory *found)
{
    size_t bytes = 0;
    bool same = wanted->count == found->count;
    for (size_t i = 0; i < wanted->count && same; i++) {
        const struct smf_region *left = &wanted->regions[i], *right = &found->regions[i];
        same = left->address == right->address && left->size == right->size && left->access == right->access &&
               memcmp(left->bytes, right->bytes, left->size) == 0;
        bytes += left->size;
        if (!same)
            fprintf(stderr, "%s: region %zu differs\n", path, i);
    }
    return same ? bytes : 0;
}

static bool load_file(const char *path, bool by_position, bool apart, struct memory *memory)
{
    struct smf_file file;
    memory->count = 0;
    if ((by_position ? smf_file_open(&file, path) : smf_file_map(&file, path)) != SMF_OK)
        return fprintf(stderr, "%s: cannot be read\n", path), false;
    const bool loaded = load(path, &file.source, apart, memory);
    smf_file_close(&file);
    return loaded;
}

int main(int argc, char **argv)
{
    int wrong = argc < 3;
    for (int way = 0; way < 4; way++) {
        struct memory wanted, found;
        if (wrong || !load_file(argv[1], (way & 1) != 0, (way & 2) != 0, &wanted))
            return 1;
        for (int i = 2; i < argc; i++) {
            const size_t bytes =
                load_file(argv[i], (way & 1) != 0, (way & 2) != 0, &found) ? compare(argv[i], &wanted, &found) : 0;
            printf("%s: %zu bytes are the same\n", argv[i], bytes);
            wrong |= bytes == 0;
            drop(&found);
        }
        drop(&wanted);
    }
    return wrong;
}
