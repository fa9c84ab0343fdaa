/* SPDX-License-Identifier: MIT */
/*
 * firmware.c - a firmware that carries a module (hello.c) in its flash, loads it into the memory that its linker script
 * set aside, and calls into it. `tools/demo --board qemu-mps2-an385` builds and runs it.
 */
#include <stdio.h>

#include "board.h"
#include "smf/smf.h"

extern const uint8_t hello_module[], hello_module_end[]; /* smf_embed() */

static uint8_t arena[8192]; /* what the loader keeps of its modules */

static struct smf_export offers[] = {
    {"printf", (uintptr_t)printf, SMF_KIND_FUNCTION, 0},
};

static int fail(const char *what, const struct smf_diagnosis *why)
{
    char line[200];
    smf_diagnosis_format(why, line, sizeof line);
    printf("%s: %s\n", what, line);
    return 1;
}

static void show(const struct smf_module *module)
{
    static const char *const names[] = {"data", "constants", "code", "code"};
    size_t count;
    const struct smf_region *const regions = smf_module_regions(module, &count);
    for (size_t i = 0; i < count; i++)
        printf("  %-9s at 0x%lx, %lu bytes\n", names[regions[i].access], (unsigned long)regions[i].address,
               (unsigned long)regions[i].size);
}

int main(void)
{
    const struct smf_source source =
        smf_source_memory(hello_module, (size_t)(hello_module_end - hello_module), SMF_STAYS_FOR_MODULE);
    struct smf_exports table;
    uint32_t buckets[2];
    struct smf_loader loader;
    struct smf_module *module;
    struct smf_diagnosis why = {0};
    const struct smf_config config = {.port = board_port(),
                                      .arena = arena,
                                      .arena_size = sizeof arena,
                                      .resolve = smf_exports_resolve,
                                      .resolve_context = &table};

    if (smf_exports_index(&table, offers, 1, buckets, 2) != SMF_OK || smf_loader_start(&loader, &config) != SMF_OK)
        return 1;
    printf("the module's file: %lu bytes at 0x%lx\n", (unsigned long)source.size,
           (unsigned long)(uintptr_t)source.bytes);
    const uint64_t start = board_instructions();
    if (smf_load(&loader, &source, &module, &why) != SMF_OK)
        return fail("load", &why);
    printf("loaded by %lu instructions\n", (unsigned long)(board_instructions() - start));
    show(module);
    long (*const greet)(long) = (long (*)(long))smf_function(module, "greet");
    if (greet == NULL)
        return 1;
    printf("  greet     at 0x%lx, called by main() at 0x%lx\n", (unsigned long)(uintptr_t)greet,
           (unsigned long)(uintptr_t)main);
    const long said = greet(2);
    printf("greet(2) is %ld\n", said);
    return smf_unload(&loader, module) == SMF_OK && said == 2 ? 0 : 1;
}
