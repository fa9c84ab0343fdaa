/* SPDX-License-Identifier: MIT */
/* debug.h - private to host: what the files about debuggers share. */
#ifndef SMF_HOST_DEBUG_PRIVATE_H
#define SMF_HOST_DEBUG_PRIVATE_H

#include "smf/debug.h"

/* An image with the addresses of its sections (debug_image.c). */
struct debug_image {
    struct smf_image image;
    struct smf_section *sections;
    uint64_t *addresses;
};

/* Open the image of a loaded module. Close it, whatever the answer is. */
enum smf_status smf_debug_image_open(struct debug_image *image, const struct smf_debug_module *what);
void smf_debug_image_close(struct debug_image *image);

/* A file in memory, for a debugger. */
struct debug_object {
    uint8_t *bytes; /* from malloc() */
    size_t size;
};

/* OUT.elf of this image with the addresses of its sections filled in (debug_elf.c, no_elf.c): as smf_debug_symbols_read(). */
enum smf_status smf_debug_elf_object(struct debug_object *object, const struct debug_image *image, const char *elf);

/* A file of the image's own symbols and the module's .eh_frame (debug_object.c). */
enum smf_status smf_debug_own_object(struct debug_object *object, struct debug_image *image,
                                     const struct smf_module *module);

/* Add a symbol to a list that grows (debug_symbols.c); the name is copied. */
enum smf_status smf_debug_symbols_add(struct smf_debug_symbols *symbols, const struct smf_debug_symbol *symbol,
                                      const char *suffix);

/* Add the functions and objects of OUT.elf. */
enum smf_status smf_debug_elf_symbols(struct smf_debug_symbols *symbols, struct smf_image *image,
                                      const uint64_t *addresses, const char *elf);

#endif
