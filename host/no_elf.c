/* SPDX-License-Identifier: MIT */
/* no_elf.c - in place of debug_elf.c where there is no libelf: modules are known by their own symbols alone. */
#include "debug.h"

enum smf_status smf_debug_elf_object(struct debug_object *object, const struct debug_image *image, const char *elf)
{
    (void)object;
    (void)image;
    (void)elf;
    return SMF_ERR_UNSUPPORTED;
}

enum smf_status smf_debug_elf_symbols(struct smf_debug_symbols *symbols, struct smf_image *image,
                                      const uint64_t *addresses, const char *elf)
{
    (void)symbols;
    (void)image;
    (void)addresses;
    (void)elf;
    return SMF_ERR_UNSUPPORTED;
}
