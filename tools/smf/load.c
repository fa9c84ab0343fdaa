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
            return taken == 0 ? smf_command_unknown(argv[0], argv[*at])
                              : smf_command_misused(argv[0], "--lib and --path take a value");
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
    smf_places_end(&loaded->places);
    free(loaded->paths);
    loaded->paths = NULL;
}

/* All of a path of templates that need each other, where the diagnosis has only its start. */
static const char *whole_cycle(const struct smf_loaded *loaded, const struct smf_diagnosis *why)
{
    const char *path = why->status == SMF_ERR_CYCLE && loaded->workshop.arena != NULL
                           ? smf_instantiator_path(&loaded->workshop.instantiator)
                           : "";
    return strlen(path) >= sizeof why->name ? path : "";
}

enum { HINT = 160 };

/* A name like sort$Point is an instance's: who has not said where the template is learns that it can be said. */
static void hint_at_template(const struct smf_diagnosis *why, char hint[HINT])
{
    const char *types = strchr(why->name, '$');
    hint[0] = '\0';
    if (why->detail == SMF_DETAIL_NO_PROVIDER && types != NULL && types != why->name)
        snprintf(hint, HINT, "; if that is an instance, --lib has to name the module with template '%.*s'",
                 (int)(types - why->name), why->name);
}

char *smf_command_explain_load(struct smf_loaded *loaded, const struct smf_diagnosis *why)
{
    const struct smf_missing *missing = &loaded->missing;
    const char *also = "", *more = whole_cycle(loaded, why);
    char *line = smf_places_explain(&loaded->places, why), hint[HINT];
    hint_at_template(why, hint);
    if (*more != '\0')
        also = ": ";
    if (missing->names != NULL && why->status == SMF_ERR_UNRESOLVED) {
        also = "; nor have";
        more = missing->names + 1;
    }
    const size_t size = (line != NULL ? strlen(line) : 0) + strlen(also) + strlen(more) + strlen(hint) + 1;
    char *text = line != NULL ? malloc(size) : NULL;
    if (text != NULL)
        snprintf(text, size, "%s%s%s%s", line, also, more, hint);
    for (char *at = text; at != NULL && *at != '\0'; at++) /* names come from files */
        if (*at < ' ' || *at > '~')
            *at = '?';
    free(line);
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
    const char *failed = smf_finder_failed(&loaded->places.finder);
    char *text = smf_command_explain_load(loaded, why);
    if (failed == NULL)
        failed = smf_live_failed(&loaded->live);
    smf_command_fail(smf_command_shown(loaded, failed), "%s", text != NULL ? text : "no memory");
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

/* How FILE's functions are called; 0, or 1 after the line about it. */
static int find_convention(struct smf_loaded *loaded, const struct smf_command_path *path)
{
    struct smf_diagnosis why;
    struct smf_source source;
    struct smf_file file;
    struct smf_provider *provider = &loaded->places.provider;
    if (!path->by_name) {
        if (smf_command_open_file(&file, path->text) != 0)
            return 1;
        loaded->abi = smf_command_convention(&file.source);
        smf_file_close(&file);
        return 0;
    }
    if (smf_provider_bytes(provider, loaded->loading->file, &source, &why) != SMF_OK) {
        char *text = smf_places_explain(&loaded->places, &why);
        char *shown = smf_places_of(&loaded->places, loaded->loading->file);
        smf_command_fail(shown != NULL ? shown : loaded->loading->file, "%s", text != NULL ? text : "no memory");
        free(shown);
        free(text);
        return 1;
    }
    loaded->abi = smf_command_convention(&source);
    return smf_provider_give_back(provider, &source) == SMF_OK ? 0 : 1;
}

/* What uses of templates lead to in modules that do not run. */
static void nowhere(void) { abort(); }

static enum smf_status leave_open(void *context, struct smf_handle importer, const char *symbol,
                                  struct smf_system_made *made, struct smf_diagnosis *why)
{
    (void)context, (void)importer, (void)symbol, (void)why;
    *made = (struct smf_system_made){.address = (uintptr_t)nowhere};
    return SMF_OK;
}

/* Templates' functions call types' and are called by modules: all of them have to call as this process does. */
static bool has_templates(const struct smf_loaded *loaded)
{
#if defined(__x86_64__)
#ifdef _WIN32
    return loaded->abi == SMF_ABI_X86_64_MICROSOFT;
#else
    return loaded->abi != SMF_ABI_X86_64_MICROSOFT;
#endif
#else
    (void)loaded;
    return true;
#endif
}

static enum smf_status start_workshop(struct smf_loaded *loaded, struct smf_system_config *config)
{
    const struct smf_workshop_options tools = {.port = config->load.port, .config = loaded->loading->instantiator};
    if (!has_templates(loaded))
        return SMF_OK;
    const enum smf_status status = smf_workshop_start(&loaded->workshop, &tools);
    loaded->generics = loaded->workshop.generics;
    if (loaded->loading->unstarted)
        loaded->generics.make = leave_open;
    if (status == SMF_OK)
        config->generics = &loaded->generics;
    return status;
}

/* The system around the modules, which call the way that FILE's functions do. */
static int start(struct smf_loaded *loaded, const struct smf_loading *loading)
{
    if (find_convention(loaded, &loaded->paths[loading->library_count]) != 0)
        return 1;
    struct smf_live_options options = {.provider = loaded->places.open ? &loaded->places.provider : NULL,
                                       .perf_map = perf_map()};
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
    enum smf_status status = start_workshop(loaded, &options.system);
    if (status == SMF_OK)
        status = smf_live_start(&loaded->live, &options);
    if (status != SMF_OK)
        smf_workshop_finish(&loaded->workshop);
    return status == SMF_OK ? 0 : smf_command_fail(loading->file, "cannot start a system: %s", smf_status_name(status));
}

static bool is_there(const char *path)
{
    struct smf_file file;
    if (smf_file_open(&file, path) != SMF_OK)
        return errno != ENOENT && errno != ENOTDIR && errno != EISDIR;
    smf_file_close(&file);
    return true;
}

/* Does --lib mean a file? One without a slash says so by its end; one with a slash is one if it is there. */
static bool is_file(const char *library)
{
    const char *dot = strrchr(library, '.');
    if (dot != NULL && (strcmp(dot, ".smf") == 0 || strcmp(dot, ".sme") == 0 || strcmp(dot, ".lsm") == 0))
        return true;
    return smf_command_is_source(library) || (strpbrk(library, "/\\") != NULL && is_there(library));
}

static bool is_library(const char *path)
{
    struct smf_file file;
    if (smf_file_open(&file, path) != SMF_OK)
        return false;
    const bool is = smf_finder_is_library(&file.source);
    smf_file_close(&file);
    return is;
}

/* What each --lib is, and FILE: a file, a library, or a name. 0, or 1 after the line about it. */
static int sort_out(struct smf_loaded *loaded)
{
    const struct smf_loading *loading = loaded->loading;
    for (size_t i = 0; i < loading->library_count; i++) {
        struct smf_command_path *path = &loaded->paths[i];
        const char *library = loading->libraries[i];
        path->by_name = !is_file(library);
        if (!path->by_name && !smf_command_module_path(library, path->text, sizeof path->text))
            return 1;
        path->is_place = !path->by_name && is_library(path->text);
        if (path->is_place && smf_places_add(&loaded->places, path->text) != 0)
            return 1;
    }
    struct smf_command_path *own = &loaded->paths[loading->library_count];
    own->by_name = loaded->places.open && !smf_command_is_source(loading->file) && !is_there(loading->file);
    if (!own->by_name && !smf_command_module_path(loading->file, own->text, sizeof own->text))
        return 1;
    return smf_places_scan(&loaded->places);
}

/* Is each --lib there that is a name? 0, or 1 after the line about it. */
static int check_names(struct smf_loaded *loaded)
{
    const struct smf_loading *loading = loaded->loading;
    struct smf_finder_location location;
    for (size_t i = 0; i < loading->library_count; i++) {
        struct smf_diagnosis why;
        if (!loaded->paths[i].by_name ||
            smf_finder_locate(&loaded->places.finder, loading->libraries[i], &location, &why) == SMF_OK)
            continue;
        char *text = smf_places_explain(&loaded->places, &why);
        smf_command_fail(loading->libraries[i], "%s", text != NULL ? text : "no memory");
        free(text);
        return 1;
    }
    return 0;
}

/* All of it in one group, FILE last: what was loaded last is stopped first. */
static int load(struct smf_loaded *loaded, struct smf_live_item *items, struct smf_handle *handles)
{
    struct smf_diagnosis why;
    const struct smf_loading *loading = loaded->loading;
    size_t count = 0;
    for (size_t i = 0; i <= loading->library_count; i++) {
        const struct smf_command_path *path = &loaded->paths[i];
        const char *word = i < loading->library_count ? loading->libraries[i] : loading->file;
        if (!path->is_place)
            items[count++] =
                path->by_name ? (struct smf_live_item){NULL, word} : (struct smf_live_item){path->text, NULL};
    }
    const uint32_t flags = loading->unstarted ? 0 : SMF_LOAD_START;
    if (smf_live_load_items(&loaded->live, items, count, flags, handles, &why) != SMF_OK)
        return refuse(loaded, &why);
    if (loaded->live.perf_status != SMF_OK)
        smf_command_fail(loading->file, "is not in perf's map: %s",
                         loaded->live.perf_status == SMF_ERR_IO ? strerror(loaded->live.perf_error)
                                                                : smf_status_name(loaded->live.perf_status));
    loaded->handle = handles[count - 1];
    loaded->module = smf_system_module(&loaded->live.system, loaded->handle);
    return 0;
}

static void end(struct smf_loaded *loaded)
{
    smf_live_finish(&loaded->live);
    smf_workshop_finish(&loaded->workshop);
}

/* With its places open, which whoever calls ends. */
static int load_all(struct smf_loaded *loaded, struct smf_live_item *items, struct smf_handle *handles)
{
    if (sort_out(loaded) != 0 || check_names(loaded) != 0 || start(loaded, loaded->loading) != 0)
        return 1;
    const int status = load(loaded, items, handles);
    if (status != 0)
        end(loaded);
    return status;
}

int smf_command_load(struct smf_loaded *loaded, const struct smf_loading *loading)
{
    const size_t count = loading->library_count + 1;
    memset(loaded, 0, sizeof *loaded);
    if (smf_places_start(&loaded->places, loading->folders, loading->folder_count) != 0)
        return 1;
    loaded->loading = loading;
    loaded->paths = calloc(count, sizeof *loaded->paths);
    struct smf_live_item *items = calloc(count, sizeof *items);
    struct smf_handle *handles = calloc(count, sizeof *handles);
    int status = 1;
    if (loaded->paths != NULL && items != NULL && handles != NULL)
        status = load_all(loaded, items, handles);
    else
        smf_command_fail(loading->file, "no memory for %lu paths", (unsigned long)count);
    free(handles);
    free(items);
    if (status != 0)
        forget(loaded);
    return status;
}

void smf_command_unload(struct smf_loaded *loaded)
{
    end(loaded);
    forget(loaded);
}
