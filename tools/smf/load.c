/* SPDX-License-Identifier: MIT */
/* load.c - modules into this process: the system's own port, the C library as their last provider, files by name. */
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

bool smf_command_start_loading(struct smf_loading *loading, int argc)
{
    memset(loading, 0, sizeof *loading);
    loading->libraries = calloc((size_t)argc + 1, sizeof *loading->libraries);
    loading->folders = calloc((size_t)argc + 1, sizeof *loading->folders);
    if (loading->libraries != NULL && loading->folders != NULL)
        return true;
    smf_command_end_loading(loading);
    return smf_command_fail("arguments", "no memory") == 0;
}

void smf_command_end_loading(struct smf_loading *loading)
{
    free(loading->libraries);
    free(loading->folders);
    memset(loading, 0, sizeof *loading);
}

int smf_command_take_loading(struct smf_loading *loading, int argc, char **argv, int *at)
{
    const bool library = strcmp(argv[*at], "--lib") == 0;
    if (!library && strcmp(argv[*at], "--path") != 0)
        return 0;
    if (*at + 1 >= argc)
        return -1;
    const char *value = argv[*at + 1];
    *at += 2;
    if (library)
        loading->libraries[loading->library_count++] = value;
    else
        loading->folders[loading->folder_count++] = value;
    return 1;
}

int smf_command_parse_loading(struct smf_loading *loading, int argc, char **argv, int *at)
{
    *at = 1;
    while (*at < argc && argv[*at][0] == '-') {
        if (strcmp(argv[*at], "--") == 0) {
            ++*at;
            break;
        }
        const int taken = smf_command_take_loading(loading, argc, argv, at);
        if (taken <= 0)
            return smf_command_misused(argv[0], taken == 0 ? "unknown option" : "--lib and --path take a value");
    }
    if (*at >= argc)
        return smf_command_misused(argv[0], "FILE is missing");
    loading->file = argv[*at];
    return 0;
}

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

static void forget_missing(struct smf_loaded *loaded)
{
    free(loaded->missing.names);
    memset(&loaded->missing, 0, sizeof loaded->missing);
}

static void forget(struct smf_loaded *loaded)
{
    forget_missing(loaded);
    free(loaded->paths);
    loaded->paths = NULL;
}

char *smf_command_explain_load(struct smf_loaded *loaded, const struct smf_diagnosis *why)
{
    char line[512];
    const struct smf_missing *missing = &loaded->missing;
    const char *also = "", *names = "";
    if (why->status == SMF_ERR_IO && why->detail == SMF_DETAIL_NONE)
        snprintf(line, sizeof line, "%s", strerror(errno));
    else
        smf_diagnosis_format(why, line, sizeof line);
    if (missing->names != NULL && why->status == SMF_ERR_UNRESOLVED) {
        also = "; nor have";
        names = missing->names + 1;
        for (char *at = missing->names; *at != '\0'; at++)
            if (*at < ' ' || *at > '~')
                *at = '?';
    }
    const size_t size = strlen(line) + strlen(also) + strlen(names) + 1;
    char *text = malloc(size);
    if (text != NULL)
        snprintf(text, size, "%s%s%s", line, also, names);
    forget_missing(loaded);
    return text;
}

const char *smf_command_shown(const struct smf_loaded *loaded, const char *path)
{
    const struct smf_loading *loading = loaded->loading;
    for (size_t i = 0; i < loading->library_count && path != NULL; i++)
        if (strcmp(path, loaded->paths[i].text) == 0)
            return loading->libraries[i];
    return path != NULL && strcmp(path, loaded->paths[loading->library_count].text) != 0 ? path : loading->file;
}

static int refuse(struct smf_loaded *loaded, const struct smf_diagnosis *why)
{
    char *text = smf_command_explain_load(loaded, why);
    smf_command_fail(smf_command_shown(loaded, smf_live_failed(&loaded->live)), "%s",
                     text != NULL ? text : "no memory");
    free(text);
    return 1;
}

bool smf_command_module_path(const char *file, char *path, size_t size)
{
    if (smf_command_is_source(file))
        return smf_command_compile(file, path, size);
    if (strlen(file) >= size) {
        errno = ENAMETOOLONG;
        smf_command_unreadable(file);
        return false;
    }
    memcpy(path, file, strlen(file) + 1);
    return true;
}

/* The folder of perf's map that the user wants: SMF_PERF_MAP=1, or =FOLDER with a slash. */
static const char *perf_map(void)
{
    const char *wanted = getenv("SMF_PERF_MAP");
    if (wanted == NULL || wanted[0] == '\0' || strcmp(wanted, "0") == 0)
        return NULL;
    return strchr(wanted, '/') != NULL ? wanted : "";
}

/* The system around the modules, which call the way that FILE's functions do. */
static int start(struct smf_loaded *loaded, const struct smf_loading *loading, const char *path)
{
    struct smf_file file;
    if (smf_command_open_file(&file, path) != 0)
        return 1;
    loaded->abi = smf_command_convention(&file.source);
    smf_file_close(&file);
    struct smf_live_options options = {
        .folders = loading->folders, .folder_count = loading->folder_count, .perf_map = perf_map()};
    options.system.hot_reload = loading->hot_reload;
    options.system.load.abi = loaded->abi;
    options.system.load.checks = loading->checks;
    options.system.load.missing = note_missing;
    options.system.load.missing_context = &loaded->missing;
#ifdef _WIN32
    options.system.load.port = smf_port_windows();
#else
    options.system.load.port = smf_port_posix();
#endif
    const enum smf_status status = smf_live_start(&loaded->live, &options);
    return status == SMF_OK ? 0 : smf_command_fail(loading->file, "cannot start a system: %s", smf_status_name(status));
}

/* Is it a file, or a name to be looked for? */
static bool is_file(const char *library)
{
    const char *dot = strrchr(library, '.');
    return strpbrk(library, "/\\") != NULL || (dot != NULL && strcmp(dot, ".smf") == 0) ||
           smf_command_is_source(library);
}

/* The module that --lib means. */
static bool find_library(struct smf_loaded *loaded, const char *library, char *path, size_t size)
{
    if (is_file(library))
        return smf_command_module_path(library, path, size);
    const enum smf_status status = smf_live_find(&loaded->live, library, path, size);
    if (status != SMF_OK)
        smf_command_fail(library,
                         status == SMF_ERR_NOT_FOUND ? "no folder of --path has %s.smf" : "%s: its path is too long",
                         library);
    return status == SMF_OK;
}

/* All of it in one group, FILE last: what was loaded last is stopped first. */
static int load(struct smf_loaded *loaded, const char **list, struct smf_handle *handles)
{
    struct smf_diagnosis why;
    const struct smf_loading *loading = loaded->loading;
    const size_t count = loading->library_count;
    for (size_t i = 0; i <= count; i++) {
        struct smf_command_path *path = &loaded->paths[i];
        if (i < count && !find_library(loaded, loading->libraries[i], path->text, sizeof path->text))
            return 1;
        list[i] = path->text;
    }
    if (smf_live_load(&loaded->live, list, count + 1, SMF_LOAD_START, handles, &why) != SMF_OK)
        return refuse(loaded, &why);
    if (loaded->live.perf_status != SMF_OK)
        smf_command_fail(loading->file, "is not in perf's map: %s",
                         loaded->live.perf_status == SMF_ERR_IO ? strerror(loaded->live.perf_error)
                                                                : smf_status_name(loaded->live.perf_status));
    loaded->handle = handles[count];
    loaded->module = smf_system_module(&loaded->live.system, loaded->handle);
    return 0;
}

int smf_command_load(struct smf_loaded *loaded, const struct smf_loading *loading)
{
    const size_t count = loading->library_count + 1;
    memset(loaded, 0, sizeof *loaded);
    loaded->loading = loading;
    loaded->paths = calloc(count, sizeof *loaded->paths);
    const char **list = calloc(count, sizeof *list);
    struct smf_handle *handles = calloc(count, sizeof *handles);
    int status = 1;
    if (loaded->paths != NULL && list != NULL && handles != NULL) {
        char *own = loaded->paths[count - 1].text;
        if (smf_command_module_path(loading->file, own, sizeof loaded->paths->text) &&
            start(loaded, loading, own) == 0) {
            status = load(loaded, list, handles);
            if (status != 0)
                smf_live_finish(&loaded->live);
        }
    } else {
        smf_command_fail(loading->file, "no memory for %lu paths", (unsigned long)count);
    }
    free(handles);
    free(list);
    if (status != 0)
        forget(loaded);
    return status;
}

void smf_command_unload(struct smf_loaded *loaded)
{
    smf_live_finish(&loaded->live);
    forget(loaded);
}
