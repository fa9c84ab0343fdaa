/* SPDX-License-Identifier: MIT */
/* load.c - a module into this process: the system's own port, the C library as its provider. */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include "smf/port_windows.h"
#else
#include "smf/port_posix.h"
#endif

/* The first missing name is in the diagnosis; the others are listed behind it. */
static void note_missing(void *context, const char *name)
{
    struct smf_missing *missing = context;
    if (missing->count++ == 0)
        return;
    const size_t length = strlen(name), size = missing->size + length + sizeof ", ''";
    char *names = realloc(missing->names, size);
    if (names == NULL)
        return;
    missing->names = names;
    missing->size += (size_t)sprintf(names + missing->size, ", '%s'", name);
}

static int refuse(const struct smf_loaded *loaded, const char *path, const struct smf_diagnosis *why)
{
    char line[512];
    if (loaded->missing.names == NULL || why->status != SMF_ERR_UNRESOLVED)
        return smf_command_refuse(path, why);
    for (char *at = loaded->missing.names; *at != '\0'; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    smf_diagnosis_format(why, line, sizeof line);
    return smf_command_fail(path, "%s; nor have%s", line, loaded->missing.names + 1);
}

/* How large the arena has to be only the file can tell: try, and double it as long as it is too small. */
static enum smf_status load(struct smf_loaded *loaded, struct smf_diagnosis *why)
{
    enum { FIRST = 1 << 16, LAST = 1 << 30 };
    struct smf_config config = {
        .abi = loaded->abi, .resolve = smf_libc_resolve, .missing = note_missing, .missing_context = &loaded->missing};
#if defined(_WIN32)
    config.port = smf_port_windows();
    config.platform = SMF_PLATFORM_WINDOWS;
#else
    config.port = smf_port_posix();
#endif
#ifdef __linux__
    config.platform = SMF_PLATFORM_LINUX;
#endif
#ifdef __x86_64__
    if (loaded->abi == SMF_ABI_X86_64_MICROSOFT)
        config.resolve = smf_libc_resolve_microsoft;
#endif
    memset(why, 0, sizeof *why);
    for (size_t size = FIRST; size <= LAST; size *= 2) {
        loaded->arena = malloc(size);
        if (loaded->arena == NULL)
            break;
        config.arena = loaded->arena;
        config.arena_size = size;
        enum smf_status status = smf_loader_start(&loaded->loader, &config);
        if (status == SMF_OK)
            status = smf_load(&loaded->loader, &loaded->file.source, &loaded->module, why);
        if (status != SMF_ERR_NO_ARENA)
            return why->status = status;
        free(loaded->arena);
    }
    loaded->arena = NULL;
    return why->status = SMF_ERR_NO_ARENA;
}

/* Debuggers and profilers are told before the module runs. What cannot be told is no reason not to run it. */
static void announce(struct smf_loaded *loaded, const char *path, const char *from)
{
    const char *wanted = getenv("SMF_PERF_MAP");
    char elf[4200];
    const int length = snprintf(elf, sizeof elf, "%s.elf", from);
    const struct smf_debug_module what = {.module = loaded->module,
                                          .source = &loaded->file.source,
                                          .elf = length > 0 && (size_t)length < sizeof elf ? elf : NULL};
    if (smf_debug_add(&loaded->debug, &what) != SMF_OK)
        loaded->debug = NULL;
    if (wanted == NULL || wanted[0] == '\0' || strcmp(wanted, "0") == 0)
        return;
    const enum smf_status status = smf_perf_map_add(&what, strchr(wanted, '/') != NULL ? wanted : NULL);
    if (status != SMF_OK)
        smf_command_fail(path, "is not in perf's map: %s",
                         status == SMF_ERR_IO ? strerror(errno) : smf_status_name(status));
}

static void put_back(struct smf_loaded *loaded)
{
    free(loaded->arena);
    free(loaded->missing.names);
    smf_file_close(&loaded->file);
}

int smf_command_load(struct smf_loaded *loaded, const char *path)
{
    char compiled[4096];
    const char *from = path;
    struct smf_diagnosis why;
    memset(loaded, 0, sizeof *loaded);
    if (smf_command_is_source(path)) {
        if (!smf_command_compile(path, compiled, sizeof compiled))
            return 1;
        from = compiled;
    }
    if (smf_file_map(&loaded->file, from) != SMF_OK)
        return smf_command_unreadable(from);
    loaded->abi = smf_command_convention(&loaded->file.source);
    if (load(loaded, &why) != SMF_OK) {
        refuse(loaded, path, &why);
        put_back(loaded);
        return 1;
    }
    announce(loaded, path, from);
    if (smf_libc_start(loaded->module, &loaded->file.source) == SMF_OK)
        return 0;
    smf_debug_remove(loaded->debug);
    smf_loader_finish(&loaded->loader);
    put_back(loaded);
    return smf_command_fail(path, "no memory to start the module");
}

void smf_command_unload(struct smf_loaded *loaded)
{
    smf_libc_stop(loaded->module);
    fflush(NULL); /* a buffer may lie in the module */
    smf_debug_remove(loaded->debug);
    smf_loader_finish(&loaded->loader);
    put_back(loaded);
}
