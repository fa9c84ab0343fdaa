/* SPDX-License-Identifier: MIT */
/*
 * again.c - a program that replaces a module by a newer version, for gdb.py: again OLD NEW. Both are loaded for a while; each
 * has MODULE.elf beside it, and exports outer().
 */
#include <stdio.h>
#include <stdlib.h>

#include "smf/debug.h"
#include "smf/host.h"
#include "smf/port_posix.h"

struct version {
    struct smf_file file;
    struct smf_loader loader;
    struct smf_module *module;
    struct smf_debug *debug;
    uint8_t arena[1 << 16];
};

static bool load(struct version *version, const char *path)
{
    char elf[4200];
    const struct smf_config config = {.port = smf_port_posix(),
                                      .arena = version->arena,
                                      .arena_size = sizeof version->arena,
                                      .resolve = smf_libc_resolve};
    if (smf_file_map(&version->file, path) != SMF_OK || smf_loader_start(&version->loader, &config) != SMF_OK ||
        smf_load(&version->loader, &version->file.source, &version->module, NULL) != SMF_OK)
        return false;
    snprintf(elf, sizeof elf, "%s.elf", path);
    const struct smf_debug_module what = {.module = version->module, .source = &version->file.source, .elf = elf};
    return smf_debug_add(&version->debug, &what) == SMF_OK && smf_debug_has_lines(version->debug);
}

static long call(const struct version *version, long number)
{
    long (*outer)(long) = (long (*)(long))smf_function(version->module, "outer");
    return outer != NULL ? outer(number) : -1;
}

static void unload(struct version *version)
{
    smf_debug_remove(version->debug);
    smf_loader_finish(&version->loader);
    smf_file_close(&version->file);
}

int main(int argc, char **argv)
{
    static struct version old, new;
    if (argc != 3 || !load(&old, argv[1]))
        return EXIT_FAILURE;
    const long first = call(&old, 1);
    if (!load(&new, argv[2]))
        return EXIT_FAILURE;
    const long second = call(&new, 2);
    unload(&old);
    const long third = call(&new, 3);
    unload(&new);
    printf("%ld %ld %ld\n", first, second, third);
    return EXIT_SUCCESS;
}
