/* SPDX-License-Identifier: MIT */
/* archive.c - take members out of archives until nothing is undefined that they have. */
#include "build.h"

#include <string.h>

/* A member that is taken once is not asked again: its names are defined then. */
static bool wanted(struct build *build, const struct archive *archive, const char *name)
{
    const struct global *global = build_find_global(build, name);
    /* Of the compiler's library only its arithmetic: an unwinder has to be one for all modules. */
    if (archive->helper && (strncmp(name, "__", 2) != 0 || strstr(name, "register_frame") != NULL))
        return false;
    return global != NULL && global->definition == NULL && global->referenced && global->strong;
}

static bool take_member(struct build *build, const struct archive *archive, size_t offset)
{
    Elf *member = elf_rand(archive->elf, offset) == offset ? elf_begin(-1, ELF_C_READ, archive->elf) : NULL;
    if (member == NULL)
        return build_fail(build, archive->name, "member at offset %zu: %s", offset, elf_errmsg(-1));
    PUSH(&build->pool, build->elves, build->elf_count, build->elf_capacity) = member;
    const Elf_Arhdr *header = elf_getarhdr(member);
    const char *name = pool_text(&build->pool, "%s(%s)", archive->name,
                                 header != NULL && header->ar_name != NULL ? header->ar_name : "?");
    if (elf_kind(member) != ELF_K_ELF)
        return build_fail(build, name, "not an ELF object");
    return build_read_object(build, member, name, archive->helper);
}

static bool search(struct build *build, const struct archive *archive, bool *taken)
{
    size_t count = 0;
    const Elf_Arsym *symbols = elf_getarsym(archive->elf, &count);
    if (symbols == NULL)
        return build_fail(build, archive->name, "archive without a symbol index: run ranlib on it");
    for (size_t i = 0; i + 1 < count; i++) /* the last one marks the end */
        if (symbols[i].as_name != NULL && wanted(build, archive, symbols[i].as_name)) {
            *taken = true;
            if (!take_member(build, archive, symbols[i].as_off))
                return false;
            if (wanted(build, archive, symbols[i].as_name))
                return build_fail(build, archive->name, "its index promises '%s', but no member defines it",
                                  symbols[i].as_name);
        }
    return true;
}

bool build_take_members(struct build *build)
{
    bool taken = true;
    while (taken) {
        taken = false;
        for (size_t i = 0; i < build->archive_count; i++)
            if (!search(build, &build->archives[i], &taken))
                return false;
    }
    return true;
}
