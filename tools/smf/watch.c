/* SPDX-License-Identifier: MIT */
/*
 * watch.c - `smf watch`: a module at work while its file changes. Each change is
 * a reload; one that fails leaves the version before it at work, and is tried again
 * when something changes next, because another module may have been what was missing.
 */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "changes.h"

static const char help[] =
    "usage: smf watch [OPTION]... FILE|NAME [SYMBOL [ARGUMENT...]]\n"
    "Load FILE like smf run and call its function SYMBOL with up to 8 integers of 64 bits, or its entry without\n"
    "SYMBOL; print what it returns. Then wait, reload what changes on disk while its state is kept (.keep sections,\n"
    "smf_state_give and smf_state_take), and call again. Whatever cannot be loaded is named in one line, and the\n"
    "version before it goes on. SIGINT or SIGTERM: everything is stopped and unloaded; the exit status is 0.\n"
    "  --lib FILE|NAME  load this module, too, as with smf run; it and whatever else is loaded is watched\n"
    "  --lib LIBRARY    look for modules here; of a library that changes, those are reloaded that have changed\n"
    "  --path FOLDER    look for modules here, as with smf run\n"
    "  --source FILE    run the command of --build when FILE changes (may be repeated)\n"
    "  --build COMMAND  makes FILE; run by the shell at the start and when a --source changes\n"
    "  --every MS       call again every MS milliseconds, too\n"
    "  --poll           look at the files only; else the system is asked to tell of changes, where it does (Linux)\n"
    "  --interval MS    look at them every MS milliseconds: 1000 where the system tells, else 200\n"
    "  --once N         end after N changes that were taken over\n"
    "FILE may be a source: it is compiled when it changes itself, its headers are not watched.\n";

/* One module of the system that came from a file. */
struct watched {
    char *name;
    const char *path; /* that is watched: of a source, not of what it is compiled to; changes' */
    const char *file; /* as the user calls it                                                  */
    char *wrong;      /* why it could not be reloaded, with `blamed`, or NULL                  */
    char *blamed;     /* the file that it is about, if that is another one                     */
    bool pending;     /* has changed, or could not be reloaded                                 */
};

struct watch {
    struct smf_loading loading;
    struct smf_loaded loaded;
    struct smf_changes changes;
    struct watched *modules;
    size_t count;
    const char **sources; /* --source: the first ones in `changes` */
    size_t source_count;
    const char *build, *symbol;
    int64_t numbers[SMF_COMMAND_ARGUMENTS];
    bool poll;
    int every;                       /* milliseconds, -1 never */
    unsigned interval, once, rounds; /* 0: default, no end     */
};

/* ---- Arguments ---- */

static bool parse_count(const char *text, unsigned *count)
{
    char *end = NULL;
    errno = 0;
    const unsigned long number = strtoul(text, &end, 10);
    *count = (unsigned)number;
    return text[0] >= '1' && text[0] <= '9' && *end == '\0' && errno == 0 && number <= 1000000000;
}

/* One option of its own, at argv[*at]; the exit status, or 0. */
static int take(struct watch *watch, int argc, char **argv, int *at)
{
    const char *word = argv[*at], *value = *at + 1 < argc ? argv[*at + 1] : NULL;
    unsigned every = 0;
    ++*at;
    if (strcmp(word, "--poll") == 0) {
        watch->poll = true;
        return 0;
    }
    const bool count = strcmp(word, "--every") == 0 || strcmp(word, "--interval") == 0 || strcmp(word, "--once") == 0;
    if (!count && strcmp(word, "--source") != 0 && strcmp(word, "--build") != 0)
        return smf_command_unknown("watch", word);
    if (value == NULL)
        return smf_command_misused("watch", "a value is missing");
    ++*at;
    if (strcmp(word, "--source") == 0)
        watch->sources[watch->source_count++] = value;
    else if (strcmp(word, "--build") == 0)
        watch->build = value;
    else if (!parse_count(value, word[2] == 'e' ? &every : word[2] == 'i' ? &watch->interval : &watch->once))
        return smf_command_misused("watch", "--every, --interval and --once take a number from 1 to 1000000000");
    if (every != 0)
        watch->every = (int)every;
    return 0;
}

static int parse(struct watch *watch, int argc, char **argv)
{
    int at = 1;
    while (at < argc && argv[at][0] == '-') {
        if (strcmp(argv[at], "--") == 0) {
            at++;
            break;
        }
        const int taken = smf_command_take_loading(&watch->loading, argc, argv, &at);
        const int status = taken == 0  ? take(watch, argc, argv, &at)
                           : taken < 0 ? smf_command_misused("watch", "--lib and --path take a value")
                                       : 0;
        if (status != 0)
            return status;
    }
    if (at >= argc)
        return smf_command_misused("watch", "FILE is missing");
    if ((watch->build != NULL) != (watch->source_count != 0))
        return smf_command_misused("watch", "--build and --source go together");
    watch->loading.file = argv[at];
    watch->symbol = at + 1 < argc ? argv[at + 1] : NULL;
    return at + 2 < argc ? smf_command_parse_numbers("watch", argc - at - 2, argv + at + 2, watch->numbers) : 0;
}

/* ---- What is watched ---- */

static char *copy_text(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

static struct watched *find(struct watch *watch, const char *name)
{
    for (size_t i = 0; i < watch->count; i++)
        if (strcmp(watch->modules[i].name, name) == 0)
            return &watch->modules[i];
    return NULL;
}

/* For smf_system_walk(): one module that may not be watched yet. What there is no memory for is not watched. */
static void add(void *context, struct smf_handle handle, const char *name)
{
    struct watch *watch = context;
    const char *path = smf_live_path(&watch->loaded.live, name);
    (void)handle;
    if (path == NULL || find(watch, name) != NULL)
        return;
    const char *file = smf_command_shown(&watch->loaded, path);
    const char *looked_at = smf_command_is_source(file) ? file : path;
    struct watched *modules = realloc(watch->modules, (watch->count + 1) * sizeof *modules);
    if (modules == NULL)
        return;
    watch->modules = modules;
    char *copy = copy_text(name);
    if (copy == NULL || !smf_changes_add(&watch->changes, looked_at)) {
        free(copy);
        return;
    }
    size_t at = 0;
    while (strcmp(watch->changes.files[at].path, looked_at) != 0)
        at++;
    looked_at = watch->changes.files[at].path; /* this one stays */
    modules[watch->count++] =
        (struct watched){.name = copy, .path = looked_at, .file = file == path ? looked_at : file};
}

static void watch_all(struct watch *watch) { smf_system_walk(&watch->loaded.live.system, add, watch); }

/* ---- At work ---- */

/* Run --build: its output goes to standard error, where it does not mix with results. */
static void run_build(struct watch *watch)
{
    const size_t size = strlen(watch->build) + 16;
    char *command = malloc(size);
    if (command == NULL)
        return;
    snprintf(command, size, "( %s ) 1>&2", watch->build);
    fflush(NULL);
    const int status = system(command); /* the user's own command: NOLINT(cert-env33-c) */
    free(command);
    if (status != 0)
        smf_command_fail(watch->loading.file, "--build failed: %s", watch->build);
}

static int call(struct watch *watch)
{
    int status = 0;
    struct smf_loaded *loaded = &watch->loaded;
    char *arguments[] = {(char *)(uintptr_t)watch->loading.file, NULL};
    loaded->module = smf_system_module(&loaded->live.system, loaded->handle);
    if (watch->symbol != NULL)
        status = smf_command_call_symbol(loaded, watch->loading.file, watch->symbol, watch->numbers);
    else if (smf_entry(loaded->module) != NULL)
        printf("%d\n", smf_command_call_main(loaded, smf_entry(loaded->module), 1, arguments));
    else
        status = smf_command_fail(watch->loading.file, "has no entry point: say which SYMBOL to call");
    fflush(stdout);
    return status;
}

static void calm(struct watched *module)
{
    free(module->wrong);
    free(module->blamed);
    module->wrong = module->blamed = NULL;
}

/* One module from its file. What is wrong is kept until it is said. */
static bool reload(struct watch *watch, struct watched *module)
{
    char path[4096];
    struct smf_handle handle;
    struct smf_diagnosis why;
    struct smf_version_information about;
    struct smf_live *live = &watch->loaded.live;
    calm(module);
    if (!smf_command_module_path(module->path, path, sizeof path) ||
        smf_system_find(&live->system, module->name, &handle) != SMF_OK)
        return false; /* a source that does not compile: its compiler says so */
    const bool own = handle.number == watch->loaded.handle.number;
    if (!smf_live_may_differ(live, module->name)) {
        module->pending = false; /* another module of its library */
        return false;
    }
    const char *made = smf_command_is_source(module->path) ? path : NULL; /* NULL: from where it came */
    if (smf_live_reload(live, handle, made, 0, &handle, &why) != SMF_OK) {
        module->wrong = smf_command_explain_load(&watch->loaded, &why);
        if (smf_live_failed(live) != NULL && strcmp(smf_live_failed(live), path) != 0) /* what it needs now */
            module->blamed = copy_text(smf_live_failed(live));
        return false;
    }
    if (own)
        watch->loaded.handle = handle;
    if (smf_system_information(&live->system, handle, &about) == SMF_OK)
        fprintf(stderr, "smf: %s: reloaded, version %lu\n", module->file, (unsigned long)about.load);
    return true;
}

/* Everything that has changed, in an order that works: what fails is tried again after others. How many succeeded. */
static unsigned reload_all(struct watch *watch)
{
    unsigned done = 0;
    (void)smf_places_scan(&watch->loaded.places); /* there may be more libraries by now */
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < watch->count; i++) {
            struct watched *module = &watch->modules[i];
            if (!module->pending || !reload(watch, module))
                continue;
            module->pending = false;
            done++;
            again = true;
        }
    }
    for (size_t i = 0; i < watch->count; i++)
        if (watch->modules[i].wrong != NULL)
            smf_command_fail(watch->modules[i].blamed != NULL ? watch->modules[i].blamed : watch->modules[i].file, "%s",
                             watch->modules[i].wrong);
    watch_all(watch); /* what they need now may be new */
    return done;
}

/* Files have changed: true if a module has to be looked at. */
static bool note_changes(struct watch *watch)
{
    bool build = false, reload_some = false;
    for (size_t i = 0; i < watch->changes.count; i++) {
        struct smf_change *file = &watch->changes.files[i];
        if (!file->changed)
            continue;
        file->changed = false;
        build |= i < watch->source_count;
        for (size_t k = 0; k < watch->count; k++)
            if (strcmp(watch->modules[k].path, file->path) == 0)
                watch->modules[k].pending = reload_some = true;
    }
    if (build)
        run_build(watch); /* what it makes is seen to change */
    return reload_some;
}

static int serve(struct watch *watch)
{
    watch_all(watch);
    const int status = call(watch);
    if (status != 0)
        return status;
    while (!smf_changes_ended() && (watch->once == 0 || watch->rounds < watch->once)) {
        const bool changed = smf_changes_wait(&watch->changes, watch->every);
        if (smf_changes_ended())
            break;
        if (changed ? note_changes(watch) && reload_all(watch) != 0 : watch->every >= 0) {
            watch->rounds += changed;
            (void)call(watch); /* SYMBOL may be gone: it says so, and may come back */
        }
    }
    return 0;
}

static int start(struct watch *watch)
{
    smf_changes_catch_end();
    smf_changes_start(&watch->changes, watch->poll, watch->interval);
    for (size_t i = 0; i < watch->source_count; i++)
        if (!smf_changes_add(&watch->changes, watch->sources[i]))
            return smf_command_fail(watch->sources[i], "no memory");
    if (watch->build != NULL)
        run_build(watch);
    /* Before they are read: no change falls between. A --lib that is a name is watched when it is known where it lies. */
    const struct smf_loading *loading = &watch->loading;
    bool added = smf_changes_add(&watch->changes, loading->file);
    for (size_t i = 0; i < loading->library_count && added; i++)
        added = smf_changes_add(&watch->changes, loading->libraries[i]);
    if (!added)
        return smf_command_fail(loading->file, "no memory");
    watch->loading.hot_reload = true;
#ifdef SMF_TOOLS_CHECK_HASH
    watch->loading.checks = SMF_CHECK_HASH; /* bytes of a file that was being written */
#endif
    if (smf_command_load(&watch->loaded, &watch->loading) != 0)
        return 1;
    const int status = serve(watch);
    smf_command_unload(&watch->loaded);
    return status;
}

int smf_command_watch(int argc, char **argv)
{
    struct watch watch = {.every = -1};
    if (smf_command_help(argc, argv, help))
        return 0;
    if (!smf_command_start_loading(&watch.loading, argc))
        return 1;
    watch.sources = calloc((size_t)argc + 1, sizeof *watch.sources);
    int status = watch.sources != NULL ? parse(&watch, argc, argv) : smf_command_fail("arguments", "no memory");
    if (status == 0) {
        status = start(&watch);
        smf_changes_end(&watch.changes);
    }
    for (size_t i = 0; i < watch.count; i++) {
        calm(&watch.modules[i]);
        free(watch.modules[i].name);
    }
    free(watch.modules);
    free(watch.sources);
    smf_command_end_loading(&watch.loading);
    return status;
}
