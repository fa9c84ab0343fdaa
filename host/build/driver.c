/* SPDX-License-Identifier: MIT */
/*
 * driver.c - C and C++ sources through the user's compiler driver, and the
 * helper library that this driver would link (libgcc).
 */
#include "build.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spawn.h"
#include "temporary.h"

/* Bytes 8 to 11 of the compile options (SPEC, "Header"). */
enum { BACKEND_C = 3, OPTION_DEBUG = 1, OPTION_RELEASE = 4 };

static const char *suffix_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    return dot == NULL || (slash != NULL && dot < slash) ? "" : dot;
}

static bool is_cplusplus(const char *path)
{
    static const char *const suffixes[] = {".cc", ".cpp", ".cxx", ".C", ".c++"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        if (strcmp(suffix_of(path), suffixes[i]) == 0)
            return true;
    return false;
}

bool build_is_source(const char *path)
{
    const char *suffix = suffix_of(path);
    return is_cplusplus(path) || strcmp(suffix, ".c") == 0 || strcmp(suffix, ".s") == 0 || strcmp(suffix, ".S") == 0;
}

static void add(struct build *build, struct arguments *list, const char *word)
{
    PUSH(&build->pool, list->words, list->count, list->capacity) = (char *)(uintptr_t)word;
}

/* Words of a command line: blanks part them, '...' and "..." keep blanks. */
static void add_words(struct build *build, struct arguments *list, const char *text)
{
    while (text != NULL && *text != '\0') {
        while (isspace((unsigned char)*text))
            text++;
        if (*text == '\0')
            return;
        char *word = pool_take(&build->pool, strlen(text) + 1);
        size_t length = 0;
        for (char quote = '\0'; *text != '\0' && (quote != '\0' || !isspace((unsigned char)*text)); text++) {
            if (quote == '\0' ? *text == '\'' || *text == '"' : *text == quote)
                quote = quote == '\0' ? *text : '\0';
            else
                word[length++] = *text;
        }
        add(build, list, word);
    }
}

static bool has_word(const struct arguments *list, const char *start)
{
    for (size_t i = 0; i < list->count; i++)
        if (strncmp(list->words[i], start, strlen(start)) == 0)
            return true;
    return false;
}

static const char *driver_text(const struct build *build, bool cplusplus)
{
    const char *set = build->options->cc != NULL ? build->options->cc : getenv("CC");
    return set != NULL && set[0] != '\0' ? set : cplusplus ? "c++" : "cc";
}

/* What the driver compiles for, e.g. "aarch64-linux-gnu"; "" if it does not say. */
static const char *machine_of(struct build *build, const struct arguments *driver)
{
    struct arguments list = {0};
    for (size_t i = 0; i < driver->count; i++)
        add(build, &list, driver->words[i]);
    add(build, &list, "-dumpmachine");
    add(build, &list, NULL);
    char *answer = pool_take(&build->pool, 128);
    if (spawn_wait(list.words, answer, 128) != 0)
        answer[0] = '\0';
    answer[strcspn(answer, "\n")] = '\0';
    return answer;
}

static bool said_code_model(const struct arguments *list)
{
    static const char *const starts[] = {"-fpic",    "-fPIC",    "-fpie",    "-fPIE",     "-fno-pic",
                                         "-fno-PIC", "-fno-pie", "-fno-PIE", "-mcmodel=", "-mpic-data"};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (has_word(list, starts[i]))
            return true;
    return false;
}

/* -g, -g0 to -g3, -ggdb, -gdwarf: not -gz. */
static bool has_debug(const struct arguments *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *word = list->words[i];
        if (strcmp(word, "-g") == 0 || (strncmp(word, "-g", 2) == 0 && isdigit((unsigned char)word[2])) ||
            strncmp(word, "-ggdb", 5) == 0 || strncmp(word, "-gdwarf", 7) == 0)
            return true;
    }
    return false;
}

/* Position-independent unless the caller's flags say how addresses are made. */
static void add_defaults(struct build *build, struct arguments *list, const char *machine)
{
    if (!said_code_model(list)) {
        if (strncmp(machine, "x86_64", 6) == 0 || strncmp(machine, "aarch64", 7) == 0)
            add(build, list, "-fPIC");
        else if (strncmp(machine, "riscv", 5) == 0)
            add(build, list, "-mcmodel=medany");
    }
    if (!has_word(list, "-O"))
        add(build, list, "-O2");
    if (build->options->debug && !has_debug(list))
        add(build, list, "-g");
}

/* FNV-1a-64 of the driver's words, then backend, optimisation and flags; arch is added when it is known. */
void build_note_options(struct build *build, const struct arguments *list)
{
    uint64_t hash = SMF_FNV64_BASIS;
    uint8_t level = 0;
    for (size_t i = 0; i < list->count; i++) {
        const char *word = list->words[i];
        hash = smf_hash64(hash, word, strlen(word) + 1);
        if (strncmp(word, "-O", 2) == 0)
            level = isdigit((unsigned char)word[2]) ? (uint8_t)(word[2] - '0') : word[2] == '\0' ? 1 : 2;
    }
    for (unsigned i = 0; i < 8; i++)
        build->compile_options[i] = (uint8_t)(hash >> 8 * i);
    build->compile_options[8] = BACKEND_C;
    build->compile_options[9] = level;
    build->compile_options[11] =
        (uint8_t)((build->options->debug ? OPTION_DEBUG : 0) | (level != 0 ? OPTION_RELEASE : 0));
}

bool build_make_temporary(struct build *build)
{
    if (build->temporary != NULL)
        return true;
    const char *where = getenv("TMPDIR");
    char *path = pool_text(&build->pool, "%s/smf-build-XXXXXX", where != NULL && where[0] != '\0' ? where : "/tmp");
    if (mkdtemp(path) == NULL)
        return build_fail(build, path, "cannot be made");
    build->temporary = path;
    build->temporary_object = pool_text(&build->pool, "%s/object.o", path);
    return true;
}

void build_remove_temporary(struct build *build)
{
    if (build->temporary == NULL)
        return;
    temporary_remove(build->temporary);
    build->temporary = NULL;
}

void build_add_headers(struct build *build, struct arguments *list)
{
    if (build->options->headers == NULL)
        return;
    add(build, list, "-idirafter");
    add(build, list, build->options->headers);
}

void build_add_word(struct build *build, struct arguments *list, const char *word) { add(build, list, word); }
bool build_has_word(const struct arguments *list, const char *start) { return has_word(list, start); }

bool build_find_driver(struct build *build, const char *source, struct arguments *list, const char **machine)
{
    *list = (struct arguments){0};
    add_words(build, list, driver_text(build, is_cplusplus(source)));
    add_words(build, list, build->options->cflags);
    if (list->count == 0)
        return build_fail(build, source, "the compiler's name is empty");
    *machine = machine_of(build, list);
    if (!build_find_convention(build, source, list, *machine))
        return false;
    build->driver = *list;
    return true;
}

bool build_compile(struct build *build, const char *source, const char **object)
{
    struct arguments list;
    const char *machine;
    if (!build_find_driver(build, source, &list, &machine))
        return false;
    struct arguments command = {0};
    for (size_t i = 0; i < list.count; i++)
        add(build, &command, list.words[i]);
    add_defaults(build, &command, machine);
    build_note_options(build, &command);
    build_add_headers(build, &command); /* where they lie is no property of the module */
    if (!build_make_temporary(build))
        return false;
    add(build, &command, "-c");
    add(build, &command, source[0] == '-' ? pool_text(&build->pool, "./%s", source) : source);
    add(build, &command, "-o");
    add(build, &command, build->temporary_object);
    add(build, &command, NULL);
    const int status = spawn_wait(command.words, NULL, 0);
    if (status < 0)
        return build_fail(build, source, "%s cannot be run: %s", command.words[0], strerror(-status));
    if (status != 0)
        return build_fail(build, source, "%s failed (exit status %d)", command.words[0], status);
    *object = build->temporary_object;
    return true;
}

bool build_ask_driver(struct build *build)
{
    struct arguments list = {0};
    add_words(build, &list, driver_text(build, false));
    add_words(build, &list, build->options->cflags);
    return list.count == 0 || build_find_convention(build, NULL, &list, machine_of(build, &list));
}

/* --- The helper library --------------------------------------------------------------------------- */

/* Flags that choose among a RISC-V driver's libraries. */
static void add_riscv_flags(struct build *build, struct arguments *list)
{
    static const char letters[] = "imafdc";
    static const char *const abis[] = {"", "f", "d", "q"};
    char extensions[sizeof letters] = "";
    size_t count = 0;
    for (size_t i = 0; i + 1 < sizeof letters; i++)
        if ((build->cpu >> (letters[i] - 'a') & 1) != 0)
            extensions[count++] = letters[i];
    const bool wide = build->arch->pointer_size == 8;
    add(build, list, pool_text(&build->pool, "-march=rv%d%s", wide ? 64 : 32, count != 0 ? extensions : "imac"));
    add(build, list, pool_text(&build->pool, "-mabi=%s%s", wide ? "lp64" : "ilp32", abis[build->abi >> 1 & 3]));
}

static void add_arm_flags(struct build *build, struct arguments *list)
{
    static const struct {
        uint8_t arch;
        const char *name;
    } names[] = {
        {11, "armv6s-m"      },
        {12, "armv6s-m"      },
        {10, "armv7-m"       },
        {13, "armv7e-m"      },
        {16, "armv8-m.base"  },
        {17, "armv8-m.main"  },
        {21, "armv8.1-m.main"}
    };
    const bool hard = build->abi == SMF_ABI_ARM_HARD_FLOAT;
    add(build, list, "-mthumb");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].arch == (build->cpu & 0xFF))
            add(build, list, pool_text(&build->pool, "-march=%s%s", names[i].name, hard ? "+fp" : ""));
    add(build, list, hard ? "-mfloat-abi=hard" : "-mfloat-abi=soft");
}

/* The usual driver of a machine, for objects that came without one. */
static void add_usual_driver(struct build *build, struct arguments *list)
{
    switch (build->machine) {
    case EM_X86_64:
        add(build, list, smf_arch_native() == build->arch ? "cc" : "x86_64-linux-gnu-gcc");
        break;
    case EM_AARCH64:
        add(build, list, smf_arch_native() == build->arch ? "cc" : "aarch64-linux-gnu-gcc");
        break;
    case EM_RISCV:
        add(build, list, "riscv64-unknown-elf-gcc");
        add_riscv_flags(build, list);
        break;
    default:
        add(build, list, "arm-none-eabi-gcc");
        add_arm_flags(build, list);
    }
}

static bool right_machine(struct build *build, const struct arguments *driver)
{
    static const char *const starts[] = {"x86_64", "aarch64", "", "arm", "riscv", "riscv"};
    const char *machine = machine_of(build, driver), *start = starts[build->arch->id];
    return strncmp(machine, start, strlen(start)) == 0 ||
           (build->machine == EM_ARM && strncmp(machine, "thumb", 5) == 0);
}

bool build_helper_library(struct build *build, const char **path)
{
    struct arguments list = build->driver;
    *path = NULL;
    if (list.count == 0) {
        add_words(build, &list, driver_text(build, false));
        add_words(build, &list, build->options->cflags);
    }
    if (list.count == 0 || !right_machine(build, &list)) {
        list = (struct arguments){0};
        add_usual_driver(build, &list);
    }
    struct arguments command = {0};
    for (size_t i = 0; i < list.count; i++)
        add(build, &command, list.words[i]);
    add(build, &command, "-print-libgcc-file-name");
    add(build, &command, NULL);
    char *answer = pool_take(&build->pool, 4096);
    if (spawn_wait(command.words, answer, 4096) != 0)
        return true; /* no such driver here: what it would supply stays an import */
    answer[strcspn(answer, "\n")] = '\0';
    if (strchr(answer, '/') != NULL && access(answer, R_OK) == 0)
        *path = answer;
    return true;
}
