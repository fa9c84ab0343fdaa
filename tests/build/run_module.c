/* SPDX-License-Identifier: MIT */
/*
 * run_module.c - load a module into this process and call functions of it: the
 * other half of the comparison with the same objects linked normally.
 *
 *     run_module FILE.smf FUNCTION...     each int (*)(void)
 *
 * Imports come from this program and, through dlsym, from the C and C++
 * libraries. .eh_frame is registered, so that exceptions pass through.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smf/load.h"
#include "smf/port_posix.h"

int corpus_imported(int x);
extern int corpus_number;
int corpus_imported(int x) { return 3 * x + 1; }
int corpus_number = 42;

extern void __register_frame(void *frames);
extern void __deregister_frame(void *frames);

#if defined(LINKED) /* the same, with the corpus linked into this program by the GNU linker */

int calls_run(void), data_run(void), numbers_run(void), labels_run(void), classes_run(void), templates_run(void),
    throws_run(void);

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*function)(void);
    } functions[] = {
        {"calls_run",     calls_run    },
        {"data_run",      data_run     },
        {"numbers_run",   numbers_run  },
        {"labels_run",    labels_run   },
        {"classes_run",   classes_run  },
        {"templates_run", templates_run},
        {"throws_run",    throws_run   }
    };
    for (int i = 2; i < argc; i++)
        for (size_t k = 0; k < sizeof functions / sizeof functions[0]; k++)
            if (strcmp(argv[i], functions[k].name) == 0) {
                printf("%s: %d\n", argv[i], functions[k].function());
                fflush(stdout);
            }
    return 0;
}

#else

static uint8_t arena[1 << 22];

/* What a module wants done when it stops: a destructor after it is gone would be a call into nothing. */
static struct {
    void (*function)(void *);
    void *argument;
} endings[64];
static unsigned ending_count;

static int at_stop(void (*function)(void *), void *argument, void *handle)
{
    (void)handle;
    if (ending_count == sizeof endings / sizeof endings[0])
        return 1;
    endings[ending_count].function = function;
    endings[ending_count++].argument = argument;
    return 0;
}

static void run_endings(void)
{
    while (ending_count > 0) {
        ending_count--;
        endings[ending_count].function(endings[ending_count].argument);
    }
}

static enum smf_status resolve(void *context, const struct smf_binding_request *request,
                               struct smf_binding_answer *answer)
{
    (void)context;
    void *const address = strcmp(request->name, "corpus_imported") == 0 ? NULL : dlsym(RTLD_DEFAULT, request->name);
    answer->address = (uint64_t)(uintptr_t)address;
    if (strcmp(request->name, "corpus_imported") == 0)
        answer->address = (uint64_t)(uintptr_t)corpus_imported;
    else if (strcmp(request->name, "__cxa_atexit") == 0)
        answer->address = (uint64_t)(uintptr_t)at_stop;
    else if (strcmp(request->name, "corpus_number") == 0)
        answer->address = (uint64_t)(uintptr_t)&corpus_number;
    return answer->address == 0 ? SMF_ERR_NOT_FOUND : SMF_OK;
}

static void tell_missing(void *context, const char *name)
{
    (void)context;
    fprintf(stderr, "missing: %s\n", name);
}

static void *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        return NULL;
    *size = (size_t)ftell(file);
    rewind(file);
    void *bytes = malloc(*size);
    if (bytes == NULL || fread(bytes, 1, *size, file) != *size)
        return NULL;
    fclose(file);
    return bytes;
}

/* Where .eh_frame came to lie: read-only sections keep file order in their region (DESIGN, D6). */
static void *find_frames(const struct smf_module *module, const struct smf_source *source)
{
    static struct smf_section sections[64];
    static struct smf_image image;
    struct smf_diagnosis why;
    size_t count = 0;
    const struct smf_region *regions = smf_module_regions(module, &count);
    if (smf_image_open(&image, source, sections, 64, &why) != SMF_OK)
        return NULL;
    uint64_t offset = 0;
    for (uint32_t i = 0; i < image.header.section_count; i++) {
        if (sections[i].type != SMF_SECTION_RODATA)
            continue;
        offset = (offset + sections[i].alignment - 1) & ~(uint64_t)(sections[i].alignment - 1);
        if (strcmp(sections[i].name, ".eh_frame") == 0)
            for (size_t k = 0; k < count; k++)
                if (regions[k].access == SMF_ACCESS_RO)
                    return regions[k].bytes + offset;
        offset += sections[i].virtual_size;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    size_t size = 0;
    void *bytes = argc < 2 ? NULL : read_file(argv[1], &size);
    if (bytes == NULL)
        return 2;
    struct smf_loader loader;
    static const struct smf_codec *const codecs[] = {&smf_codec_lz4, NULL};
    const struct smf_config config = {.port = smf_port_posix(),
                                      .arena = arena,
                                      .arena_size = sizeof arena,
                                      .resolve = resolve,
                                      .missing = tell_missing,
                                      .codecs = codecs,
                                      .checks = SMF_CHECK_HASH};
    const struct smf_source source = smf_source_memory(bytes, size, SMF_STAYS_FOR_MODULE);
    struct smf_module *module = NULL;
    struct smf_diagnosis why = {0};
    char line[256];
    if (smf_loader_start(&loader, &config) != SMF_OK || smf_load(&loader, &source, &module, &why) != SMF_OK) {
        smf_diagnosis_format(&why, line, sizeof line);
        fprintf(stderr, "%s: %s\n", argv[1], line);
        return 1;
    }
    void *frames = find_frames(module, &source);
    if (frames != NULL)
        __register_frame(frames);
    smf_module_start(module);
    for (int i = 2; i < argc; i++) {
        int (*const function)(void) = (int (*)(void))smf_function(module, argv[i]);
        if (function == NULL)
            return fprintf(stderr, "%s: no function %s\n", argv[1], argv[i]), 1;
        printf("%s: %d\n", argv[i], function());
        fflush(stdout);
    }
    run_endings();
    smf_module_stop(module);
    if (frames != NULL)
        __deregister_frame(frames);
    smf_loader_finish(&loader);
    free(bytes);
    return 0;
}

#endif
