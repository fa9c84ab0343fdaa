/* SPDX-License-Identifier: MIT */
/*
 * convention.c - which of x86-64's two calling conventions code uses: the
 * header's abi. ELF objects do not say it. What does: the compiler driver and
 * its flags, for sources; the producer that debug information and -frecord-gcc-switches
 * leave, for objects; else the flags given for the whole build; else System V.
 */
#include "build.h"

#include <string.h>

#include "spawn.h"

static bool has_text(const char *text, const char *word) { return strstr(text, word) != NULL; }

/* gcc has the flag. clang 14 ignores it without a word, and has a target for this convention. */
static bool refuse_clang(struct build *build, const char *source, const struct arguments *driver)
{
    struct arguments list = {0};
    for (size_t i = 0; i < driver->count; i++)
        PUSH(&build->pool, list.words, list.count, list.capacity) = driver->words[i];
    PUSH(&build->pool, list.words, list.count, list.capacity) = (char *)(uintptr_t) "--version";
    PUSH(&build->pool, list.words, list.count, list.capacity) = NULL;
    char *answer = pool_take(&build->pool, 256);
    if (spawn_wait(list.words, answer, 256) != 0 || !has_text(answer, "clang"))
        return true;
    return build_fail(build, source,
                      "clang ignores -mabi=ms: use gcc, or clang --target=x86_64-pc-windows-gnu-elf without it");
}

bool build_find_convention(struct build *build, const char *source, const struct arguments *driver, const char *machine)
{
    const char *chosen = "";
    for (size_t i = 0; i < driver->count; i++)
        if (strncmp(driver->words[i], "-mabi=", 6) == 0)
            chosen = driver->words[i] + 6;
    build->said_abi = 0;
    if (strncmp(machine, "x86_64", 6) != 0)
        return true; /* the flag means something else there */
    const bool microsoft = strcmp(chosen, "ms") == 0;
    if (microsoft && !refuse_clang(build, source, driver))
        return false;
    build->said_abi = microsoft || has_text(machine, "windows") ? SMF_ABI_X86_64_MICROSOFT : SMF_ABI_X86_64_SYSTEM_V;
    return true;
}

/* Is this in a section of strings? Compressed ones say nothing. */
static bool section_has(Elf_Scn *section, const char *word)
{
    const Elf_Data *data = elf_rawdata(section, NULL);
    return data != NULL && data->d_buf != NULL && memmem(data->d_buf, data->d_size, word, strlen(word)) != NULL;
}

uint32_t build_recorded_convention(const struct object *object)
{
    static const char *const names[] = {".debug_str", ".GCC.command.line"};
    size_t strings;
    bool gcc = false;
    if (elf_getshdrstrndx(object->elf, &strings) != 0)
        return 0;
    for (Elf_Scn *section = elf_nextscn(object->elf, NULL); section != NULL;
         section = elf_nextscn(object->elf, section)) {
        GElf_Shdr entry;
        const char *name =
            gelf_getshdr(section, &entry) != NULL ? elf_strptr(object->elf, strings, entry.sh_name) : NULL;
        for (size_t i = 0; name != NULL && i < sizeof names / sizeof names[0]; i++) {
            if (strcmp(name, names[i]) != 0)
                continue;
            if (section_has(section, "-mabi=ms"))
                return SMF_ABI_X86_64_MICROSOFT;
            gcc = gcc || section_has(section, "GNU C"); /* which names all its flags */
        }
    }
    return gcc ? SMF_ABI_X86_64_SYSTEM_V : 0;
}

bool build_settle_convention(struct build *build)
{
    if (build->machine != EM_X86_64 || build->abi_known)
        return true;
    if (build->said_abi == 0 && !build_ask_driver(build))
        return false;
    build->abi = build->said_abi != 0 ? build->said_abi : SMF_ABI_X86_64_SYSTEM_V;
    build->abi_known = true;
    return true;
}

bool build_check_helper(struct build *build, const struct object *object)
{
    if (!object->helper || build->machine != EM_X86_64 || build->abi != SMF_ABI_X86_64_MICROSOFT)
        return true;
    return build_fail(build, object->name,
                      "is needed, is made for System V calls, and the module's are Microsoft's: do without it "
                      "(--no-helpers leaves what it has to the host)");
}
