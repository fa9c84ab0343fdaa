/* SPDX-License-Identifier: MIT */
/*
 * frames.c - C++ exceptions through a module: its .eh_frame is made known to
 * the unwinder, which otherwise asks only the dynamic linker.
 *
 * Where the section lies follows from the image: read-only sections in file
 * order from the start of the RO region (DESIGN D6). Canonical files end it
 * with four zero bytes, as __register_frame wants it.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

static uint64_t align_up(uint64_t value, uint64_t alignment) { return (value + alignment - 1) & ~(alignment - 1); }

/* Offset of .eh_frame among the read-only sections; false without one. */
static bool find_section(const struct smf_image *image, uint64_t *offset)
{
    const uint32_t frames = smf_image_find_section(image, ".eh_frame");
    uint64_t at = 0;
    if (!image->header.canonical || frames == SMF_NO_SYMBOL || image->sections[frames].type != SMF_SECTION_RODATA ||
        image->sections[frames].size < 4)
        return false;
    for (uint32_t i = 0; i <= frames; i++) {
        if (image->sections[i].type != SMF_SECTION_RODATA)
            continue;
        *offset = at = align_up(at, image->sections[i].alignment);
        at += image->sections[i].virtual_size;
    }
    return true;
}

static bool find_offset(const struct smf_source *source, uint64_t *offset)
{
    struct smf_section *sections = NULL;
    struct smf_image *image = malloc(sizeof *image);
    uint32_t count = 0;
    bool found = false;
    if (image != NULL && smf_image_count_sections(image, source, &count, NULL) == SMF_OK)
        sections = calloc((size_t)count + 1, sizeof *sections);
    if (sections != NULL && smf_image_open(image, source, sections, count, NULL) == SMF_OK)
        found = find_section(image, offset);
    free(sections);
    free(image);
    return found;
}

/* libgcc's and libunwind's; NULL as long as no library that throws is there. */
typedef void tell_unwinder(const void *frames);
static tell_unwinder *unwinder(const char *name)
{
    void *found = dlsym(RTLD_DEFAULT, name);
    tell_unwinder *function = NULL;
    if (found != NULL)
        memcpy(&function, &found, sizeof function);
    return function;
}

const void *smf_frames_register(const struct smf_module *module, const struct smf_source *source)
{
    size_t count;
    uint64_t offset = 0;
    const struct smf_region *regions = smf_module_regions(module, &count);
    tell_unwinder *tell = unwinder("__register_frame");
    if (tell == NULL || source == NULL || !find_offset(source, &offset))
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (regions[i].access != SMF_ACCESS_RO || offset >= regions[i].size)
            continue;
        const void *frames = regions[i].bytes + offset;
        tell(frames);
        return frames;
    }
    return NULL;
}

void smf_frames_unregister(const void *frames)
{
    tell_unwinder *tell = unwinder("__deregister_frame");
    if (frames != NULL && tell != NULL)
        tell(frames);
}
