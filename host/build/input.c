/* SPDX-License-Identifier: MIT */
/* input.c - open the inputs: sources are compiled, objects read, archives kept until names are missing. */
#include "build.h"

#include <ar.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* In the pool: libelf works on it, and nothing stays open. */
uint8_t *build_read_file(struct build *build, const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    struct stat status;
    if (file == NULL || fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode)) {
        build_fail(build, path, "%s", file == NULL ? strerror(errno) : "not a regular file");
        if (file != NULL)
            fclose(file);
        return NULL;
    }
    *size = (size_t)status.st_size;
    uint8_t *bytes = pool_take(&build->pool, *size + 1);
    const size_t got = fread(bytes, 1, *size, file);
    fclose(file);
    if (got != *size) {
        build_fail(build, path, "read %zu bytes of %zu", got, *size);
        return NULL;
    }
    return bytes;
}

bool build_open_elf(struct build *build, const char *path, const char *name, Elf **elf)
{
    size_t size = 0;
    uint8_t *bytes = build_read_file(build, path, &size);
    *elf = bytes == NULL || size == 0 ? NULL : elf_memory((char *)bytes, size);
    if (*elf != NULL)
        PUSH(&build->pool, build->elves, build->elf_count, build->elf_capacity) = *elf;
    return *elf != NULL && elf_kind(*elf) == ELF_K_ELF ? true : build_fail(build, name, "no ELF object was made");
}

static bool read_object(struct build *build, Elf *elf, const char *name, bool helper)
{
    bool taken = false;
    if (!helper && !build_take_template_object(build, elf, name, &taken))
        return false;
    return taken || build_read_object(build, elf, name, helper);
}

static bool read_elf(struct build *build, const char *path, const char *name, bool helper)
{
    size_t size = 0;
    uint8_t *bytes = build_read_file(build, path, &size);
    if (bytes == NULL)
        return false;
    Elf *elf = size == 0 ? NULL : elf_memory((char *)bytes, size);
    const Elf_Kind kind = elf == NULL ? ELF_K_NONE : elf_kind(elf);
    if (elf != NULL)
        PUSH(&build->pool, build->elves, build->elf_count, build->elf_capacity) = elf;
    if (kind == ELF_K_ELF)
        return read_object(build, elf, name, helper);
    if (size >= SARMAG && memcmp(bytes, "!<thin>\n", SARMAG) == 0)
        return build_fail(build, name,
                          "a thin archive: its members lie elsewhere; name them, or make it without ar's T");
    if (size >= 4 && (memcmp(bytes, "BC\xC0\xDE", 4) == 0 || memcmp(bytes, "\xDE\xC0\x17\x0B", 4) == 0))
        return build_fail(build, name, "holds only the compiler's own code (LLVM bitcode, LTO): compile with -fno-lto");
    if (kind != ELF_K_AR)
        return build_fail(build, name, "neither an ELF object, an archive nor a C or C++ source");
    PUSH(&build->pool, build->archives, build->archive_count, build->archive_capacity) =
        (struct archive){.name = name, .elf = elf, .bytes = bytes, .size = size, .helper = helper};
    return true;
}

static const char *hash_source(struct build *build, const char *path)
{
    size_t size = 0;
    const uint8_t *bytes = build_read_file(build, path, &size);
    if (bytes != NULL)
        build->source_hash = smf_hash64(build->source_hash == 0 ? SMF_FNV64_BASIS : build->source_hash, bytes, size);
    return (const char *)bytes;
}

static bool read_source(struct build *build, const char *path)
{
    const char *text = hash_source(build, path), *object = NULL;
    bool taken = false;
    if (text == NULL || !build_take_template_source(build, path, text, &taken))
        return false;
    return taken || (build_compile(build, path, &object) && read_elf(build, object, path, false));
}

/* The module must not take the place of what it is made of. */
static bool check_output(struct build *build)
{
    struct stat output, input;
    if (stat(build->output_path, &output) != 0)
        return true;
    for (size_t i = 0; i < build->options->input_count; i++)
        if (stat(build->options->inputs[i], &input) == 0 && input.st_dev == output.st_dev &&
            input.st_ino == output.st_ino)
            return build_fail(build, build->options->inputs[i], "is an input and the output, too");
    return true;
}

bool build_read_inputs(struct build *build)
{
    if (elf_version(EV_CURRENT) == EV_NONE)
        return build_fail(build, NULL, "libelf: %s", elf_errmsg(-1));
    if (!check_output(build))
        return false;
    for (size_t i = 0; i < build->options->input_count; i++) {
        const char *path = build->options->inputs[i];
        build->said_abi = 0;
        if (build_is_source(path) ? !read_source(build, path) : !read_elf(build, path, path, false))
            return false;
    }
    build->said_abi = 0;
    return true;
}

bool build_read_helpers(struct build *build)
{
    const char *path = NULL;
    if (!build_helper_library(build, &path))
        return false;
    return path == NULL || read_elf(build, path, path, true);
}
