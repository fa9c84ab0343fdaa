/* SPDX-License-Identifier: MIT */
/*
 * compile.c - a source as a module: built with smf_build() and kept in the
 * user's cache under a name made of what goes into it: the preprocessed text,
 * so that a changed header counts, too, the compiler's name and this program.
 */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "smf/build.h"
#include "smf/hash.h"

bool smf_command_is_source(const char *path)
{
    static const char *const suffixes[] = {".c", ".cc", ".cpp", ".cxx", ".C"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot != NULL && i < sizeof suffixes / sizeof suffixes[0]; i++)
        if (strcmp(dot, suffixes[i]) == 0)
            return true;
    return false;
}

static const char *compiler_of(const char *path)
{
    const char *cc = getenv("CC");
    const size_t length = strlen(path);
    if (cc != NULL && cc[0] != '\0')
        return cc;
    return length > 2 && strcmp(path + length - 2, ".c") == 0 ? "cc" : "c++";
}

/* This program, which links the module: another one may do it in another way. */
static uint64_t own_hash(void)
{
    struct stat own;
    if (stat("/proc/self/exe", &own) != 0)
        return SMF_FNV64_BASIS;
    const uint64_t identity[] = {(uint64_t)own.st_size, (uint64_t)own.st_mtime, (uint64_t)own.st_ino};
    return smf_hash64(SMF_FNV64_BASIS, identity, sizeof identity);
}

/* What compiles it, and where it lies. */
static uint64_t place_hash(const char *path)
{
    char text[4096];
    const char *compiler = compiler_of(path);
    uint64_t hash = smf_hash64(own_hash(), compiler, strlen(compiler) + 1);
    if (path[0] != '/' && getcwd(text, sizeof text) != NULL) /* the debug information names it */
        hash = smf_hash64(hash, text, strlen(text) + 1);
    return hash;
}

/* What the compiler makes of the file's #include and #define lines is hashed, too; false if it does not get that far. The headers of
 * this project are found as smf_build() finds them. */
static bool add_text(const char *path, uint64_t *hash)
{
    static const char command[] = "exec $1 -E ${3:+-idirafter} ${3:+\"$3\"} \"$2\" 2>/dev/null";
    int ends[2];
    char text[4096];
    const char *headers = smf_command_headers();
    if (pipe(ends) != 0)
        return false;
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl("/bin/sh", "sh", "-c", command, "sh", compiler_of(path), path, headers != NULL ? headers : "",
              (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    ssize_t count = 0;
    while (child > 0 && (count = read(ends[0], text, sizeof text)) > 0)
        *hash = smf_hash64(*hash, text, (size_t)count);
    close(ends[0]);
    int status = 1;
    const bool ended = child > 0 && waitpid(child, &status, 0) == child;
    return ended && count == 0 && status == 0;
}

/* The cache's folder, made if need be: $XDG_CACHE_HOME/smf or ~/.cache/smf. */
static bool folder(char *path, size_t size)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const bool given = cache != NULL && cache[0] == '/';
    if (!given && (home == NULL || home[0] != '/'))
        return false;
    int length = given ? snprintf(path, size, "%s", cache) : snprintf(path, size, "%s/.cache", home);
    if (length < 0 || (size_t)length + sizeof "/smf" > size)
        return false;
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return false;
    memcpy(path + length, "/smf", sizeof "/smf");
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* Built under a name of its own and then renamed: two at once do not meet, and nobody sees half a file. What a debugger
 * wants to know goes first: a module is never without it. */
static bool build(const char *path, const char *module)
{
    char temporary[4200], temporary_elf[4220], elf[4220];
    struct smf_build_report report;
    char name[64];
    const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
    snprintf(name, sizeof name, "%.*s", (int)(strrchr(base, '.') - base), base);
    snprintf(temporary, sizeof temporary, "%s.%ld", module, (long)getpid());
    snprintf(temporary_elf, sizeof temporary_elf, "%s.elf", temporary);
    snprintf(elf, sizeof elf, "%s.elf", module);
    const struct smf_build_options options = {.inputs = &path,
                                              .input_count = 1,
                                              .output = temporary,
                                              .name = name,
                                              .headers = smf_command_headers(),
                                              .layout = SMF_LAYOUT_P128,
                                              .debug = true};
    if (smf_build(&options, &report) != 0) {
        fprintf(stderr, "smf: %s\n", report.message);
        return false;
    }
    if (rename(temporary_elf, elf) == 0 && rename(temporary, module) == 0)
        return true;
    smf_command_unreadable(module);
    unlink(temporary_elf);
    unlink(temporary);
    return false;
}

bool smf_command_compile(const char *path, char *module, size_t size)
{
    char cache[4000];
    if (access(path, R_OK) != 0) {
        smf_command_unreadable(path);
        return false;
    }
    if (!folder(cache, sizeof cache)) {
        smf_command_fail(path, "no folder to keep its module in: neither $XDG_CACHE_HOME nor ~/.cache can be used");
        return false;
    }
    uint64_t hash = place_hash(path);
    const bool known = add_text(path, &hash);
    if (!known) /* the compiler most likely refuses it, and says why; if not, nobody else's module has this name */
        hash = smf_hash64(place_hash(path), path, strlen(path) + 1);
    snprintf(module, size, "%s/%016llx.smf", cache, (unsigned long long)hash);
    return (known && access(module, R_OK) == 0) || build(path, module);
}
