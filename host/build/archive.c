/* SPDX-License-Identifier: MIT */
/* archive.c - take members out of archives until nothing is undefined that they have. */
#include "build.h"

#include <ar.h>
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

/* A member's header (ar(5)): 16 bytes name, 32 of dates and owners, 10 of size in decimal, two of magic. */
#define HEADER_SIZE 60u
#define NAME_SIZE 16u
#define SIZE_AT 48u
#define SIZE_DIGITS 10u

static uint64_t get_decimal(const uint8_t *digits, size_t count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count && digits[i] >= '0' && digits[i] <= '9'; i++)
        value = value * 10 + (uint64_t)(digits[i] - '0');
    return value;
}

/* "name/", or "/123": a place in the member "//", which holds the long names, each ended by "/\n". */
static const char *member_name(struct build *build, const struct archive *archive, const uint8_t *header)
{
    const uint8_t *start = header, *end = header + NAME_SIZE;
    if (header[0] == '/' && header[1] >= '0' && header[1] <= '9') {
        uint64_t at = 8; /* behind "!<arch>\n": the index comes first, the long names next */
        while (at + HEADER_SIZE <= archive->size && memcmp(archive->bytes + at, "// ", 3) != 0)
            at += HEADER_SIZE + (get_decimal(archive->bytes + at + SIZE_AT, SIZE_DIGITS) + 1) / 2 * 2;
        const uint64_t place = at + HEADER_SIZE + get_decimal(header + 1, NAME_SIZE - 1);
        if (place >= archive->size)
            return "?";
        start = archive->bytes + place;
        end = archive->bytes + archive->size;
    }
    const uint8_t *slash = memchr(start, '/', (size_t)(end - start));
    return pool_text(&build->pool, "%.*s", (int)((slash == NULL ? end : slash) - start), (const char *)start);
}

/* libelf gets a copy of the member: in archives members lie at even offsets only. */
static bool take_member(struct build *build, const struct archive *archive, size_t offset)
{
    const uint64_t size = offset > archive->size || archive->size - offset < HEADER_SIZE
                              ? 0
                              : get_decimal(archive->bytes + offset + SIZE_AT, SIZE_DIGITS);
    if (size == 0 || size > archive->size - offset - HEADER_SIZE)
        return build_fail(build, archive->name, "its index names a member at offset %zu, which there is not", offset);
    const char *name =
        pool_text(&build->pool, "%s(%s)", archive->name, member_name(build, archive, archive->bytes + offset));
    uint8_t *copy = pool_take(&build->pool, size);
    memcpy(copy, archive->bytes + offset + HEADER_SIZE, size);
    Elf *member = elf_memory((char *)copy, size);
    if (member != NULL)
        PUSH(&build->pool, build->elves, build->elf_count, build->elf_capacity) = member;
    if (member == NULL || elf_kind(member) != ELF_K_ELF)
        return build_fail(build, name, "not an ELF object");
    return build_read_object(build, member, name, archive->helper);
}

static bool search(struct build *build, const struct archive *archive, bool *taken)
{
    size_t count = 0;
    const Elf_Arsym *symbols = elf_getarsym(archive->elf, &count);
    if (symbols == NULL && archive->size <= SARMAG)
        return true; /* no members at all */
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
