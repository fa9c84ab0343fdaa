/* SPDX-License-Identifier: MIT */
/* live.c - a system over the C library and over files: what it is configured with, and its groups of files. */
#include "live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_LEAST = 1 << 20 };

static enum smf_status start_module(void *context, struct smf_module *module, const struct smf_source *source)
{
    (void)context;
    return smf_libc_start(module, source);
}

static void stop_module(void *context, struct smf_module *module)
{
    (void)context;
    smf_libc_stop(module);
    fflush(NULL); /* a buffer may lie in the module */
}

/* What the folders have under this name; for a name that they have not, the provider. */
static const struct smf_live_copy *look_for(struct smf_live *live, const char *name, enum smf_status *status)
{
    char found[4096];
    *status = smf_live_find(live, name, found, sizeof found);
    if (*status == SMF_ERR_NOT_FOUND && live->options.provider != NULL)
        return smf_live_supply(live, name, &live->unread, status);
    if (*status != SMF_OK)
        return NULL;
    const struct smf_live_copy *copy = smf_live_read(live, found, name, &live->unread, status);
    if (copy == NULL)
        smf_live_blame(live, found); /* not the one that needs it */
    return copy;
}

/* A module by its name: where it came from last, else where it is found. NULL: see `*status`. Under the lock. */
static const struct smf_live_copy *fetch_name(struct smf_live *live, const char *name, enum smf_status *status)
{
    const char *path = smf_live_place_of(live, name);
    if (path == NULL)
        return look_for(live, name, status);
    if (smf_live_is_given(live, name))
        return smf_live_supply(live, name, &live->unread, status);
    const struct smf_live_copy *copy = smf_live_read(live, path, name, &live->unread, status);
    if (copy == NULL)
        smf_live_blame(live, path);
    return copy;
}

/* A module that is needed, or is to be loaded by its name. */
static enum smf_status open_name(void *context, const char *name, struct smf_source *source)
{
    enum smf_status status = SMF_OK;
    struct smf_live *live = context;
    const struct smf_live_copy *copy = fetch_name(live, name, &status);
    if (copy == NULL)
        return status;
    struct smf_live_place *place = smf_live_new_place(name, copy->path, copy->given);
    if (place == NULL) {
        smf_live_drop(live, &copy->source);
        return SMF_ERR_NO_MEMORY;
    }
    *source = copy->source;
    smf_live_set_place(live, place);
    return SMF_OK;
}

static void close_source(void *context, const char *name, const struct smf_source *source)
{
    (void)name;
    smf_live_drop(context, source);
}

static void hear(void *context, enum smf_event event, struct smf_handle handle, const char *name,
                 struct smf_module *module)
{
    struct smf_live *live = context;
    const struct smf_system_config *config = &live->options.system;
    if (event == SMF_EVENT_LOADED)
        smf_live_announce(live, name, module);
    if (event == SMF_EVENT_FAILED)
        smf_live_blame_name(live, name);
    if (config->event != NULL)
        config->event(config->event_context, event, handle, name, module);
    if (event == SMF_EVENT_RELEASING || event == SMF_EVENT_FAILED)
        smf_live_withdraw(live, module);
}

/* Fill in what is 0; the arena is still missing. */
static void complete(struct smf_live *live, struct smf_system_config *config)
{
#if defined(__linux__)
    const enum smf_platform own = SMF_PLATFORM_LINUX;
#elif defined(_WIN32)
    const enum smf_platform own = SMF_PLATFORM_WINDOWS;
#else
    const enum smf_platform own = SMF_PLATFORM_ANY;
#endif
    if (config->load.platform == 0)
        config->load.platform = own;
    if (config->load.resolve == NULL)
        config->load.resolve = smf_libc_resolve;
#if defined(__x86_64__)
    if (config->load.resolve == smf_libc_resolve && config->load.abi == SMF_ABI_X86_64_MICROSOFT)
        config->load.resolve = smf_libc_resolve_microsoft;
#endif
    if (config->load.codecs == NULL)
        config->load.codecs = smf_codecs_host();
    if (config->start == NULL)
        config->start = start_module;
    if (config->stop == NULL)
        config->stop = stop_module;
    config->open = open_name;
    config->close = close_source;
    config->source_context = live;
    config->event = hear;
    config->event_context = live;
}

enum smf_status smf_live_start(struct smf_live *live, const struct smf_live_options *options)
{
    struct smf_system_config config = options->system;
    if (config.open != NULL || config.close != NULL || config.source_context != NULL || config.load.port == NULL)
        return SMF_ERR_ARGUMENT;
    memset(live, 0, sizeof *live);
    live->options = *options;
    complete(live, &config);
    if (config.load.arena == NULL) {
        if (config.load.arena_size == 0)
            config.load.arena_size = SMF_LIVE_ARENA;
        while ((live->arena = malloc(config.load.arena_size)) == NULL && config.load.arena_size / 2 >= ARENA_LEAST)
            config.load.arena_size /= 2;
        if (live->arena == NULL)
            return SMF_ERR_NO_MEMORY;
        config.load.arena = live->arena;
    }
    const enum smf_status status = smf_system_start(&live->system, &config);
    if (status != SMF_OK)
        free(live->arena);
    return status;
}

void smf_live_finish(struct smf_live *live)
{
    smf_system_finish(&live->system);
    smf_live_forget(live);
    free(live->arena);
    live->arena = NULL;
}

/* Loads under way: what is in the lists already, and what will be. */
struct group {
    const struct smf_live_item *wanted;
    size_t count;
    struct smf_source *sources;
    struct smf_live_place **places;
    struct smf_system_item *items;
};

/* Read file number `i` of the group; a name the system asks for itself. */
static enum smf_status fetch(struct smf_live *live, struct group *group, size_t i, struct smf_diagnosis *why)
{
    enum smf_status status;
    const char *path = group->wanted[i].path;
    if (path == NULL) {
        group->items[i] = (struct smf_system_item){group->wanted[i].name, NULL};
        return SMF_OK;
    }
    const struct smf_live_copy *copy = smf_live_read(live, path, NULL, why, &status);
    if (copy == NULL)
        return status;
    group->sources[i] = copy->source;
    group->places[i] = smf_live_new_place(copy->name, path, false);
    if (group->places[i] == NULL)
        return SMF_ERR_NO_MEMORY;
    group->items[i] = (struct smf_system_item){smf_live_place_name(group->places[i]), &group->sources[i]};
    return SMF_OK;
}

/* After it: what the files are called now, or of a failure bytes that the system has not let go already. */
static void settle(struct smf_live *live, struct group *group, enum smf_status status)
{
    smf_live_lock(live);
    for (size_t i = 0; i < group->count; i++) {
        if (status == SMF_OK) {
            if (group->places[i] != NULL)
                smf_live_set_place(live, group->places[i]);
            continue;
        }
        if (group->sources[i].bytes != NULL)
            smf_live_drop(live, &group->sources[i]);
        smf_live_free_place(group->places[i]);
    }
    smf_live_unlock(live);
}

static enum smf_status load(struct smf_live *live, struct group *group, uint32_t flags, struct smf_handle *handles,
                            struct smf_diagnosis *why)
{
    enum smf_status status = SMF_OK;
    smf_live_lock(live);
    for (size_t i = 0; i < group->count && status == SMF_OK; i++) {
        status = fetch(live, group, i, why);
        if (status != SMF_OK)
            smf_live_blame(live, group->wanted[i].path);
    }
    smf_live_unlock(live);
    if (status == SMF_OK)
        status = smf_system_load_all(&live->system, group->items, group->count, flags, handles, why);
    const int error = errno;
    settle(live, group, status);
    errno = error;
    return status;
}

static void begin(struct smf_live *live, struct smf_diagnosis *why)
{
    memset(why, 0, sizeof *why);
    memset(&live->unread, 0, sizeof live->unread);
    free(live->failed);
    live->failed = NULL;
}

/* The system knows no more than that there is no source; of a file that is packed more is known. */
static enum smf_status tell(const struct smf_live *live, enum smf_status status, struct smf_diagnosis *why)
{
    if (status != SMF_OK && live->unread.status == status)
        *why = live->unread;
    return why->status = status;
}

enum smf_status smf_live_load_items(struct smf_live *live, const struct smf_live_item *items, size_t count,
                                    uint32_t flags, struct smf_handle *handles, struct smf_diagnosis *why)
{
    struct smf_diagnosis own_why;
    why = why != NULL ? why : &own_why;
    begin(live, why);
    struct group group = {.wanted = items,
                          .count = count,
                          .sources = calloc(count + 1, sizeof *group.sources),
                          .places = calloc(count + 1, sizeof(struct smf_live_place *)),
                          .items = calloc(count + 1, sizeof *group.items)};
    enum smf_status status = SMF_ERR_NO_MEMORY;
    smf_live_prune(live);
    if (group.sources != NULL && group.places != NULL && group.items != NULL)
        status = load(live, &group, flags, handles, why);
    const int error = errno;
    if (status != SMF_OK)
        smf_live_prune(live); /* needs that were found and not loaded */
    free(group.items);
    free(group.places);
    free(group.sources);
    errno = error;
    return tell(live, status, why);
}

enum smf_status smf_live_load(struct smf_live *live, const char *const *paths, size_t count, uint32_t flags,
                              struct smf_handle *handles, struct smf_diagnosis *why)
{
    struct smf_diagnosis own_why;
    why = why != NULL ? why : &own_why;
    struct smf_live_item *items = calloc(count + 1, sizeof *items);
    if (items == NULL) {
        begin(live, why);
        return why->status = SMF_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++)
        items[i].path = paths[i];
    const enum smf_status status = smf_live_load_items(live, items, count, flags, handles, why);
    const int error = errno;
    free(items);
    errno = error;
    return status;
}

enum smf_status smf_live_reload(struct smf_live *live, struct smf_handle handle, const char *path, uint32_t flags,
                                struct smf_handle *newer, struct smf_diagnosis *why)
{
    struct smf_diagnosis own_why;
    struct smf_version_information about;
    why = why != NULL ? why : &own_why;
    begin(live, why);
    enum smf_status status = smf_system_information(&live->system, handle, &about);
    if (status != SMF_OK)
        return why->status = status;
    smf_live_lock(live);
    const bool given = path == NULL && smf_live_is_given(live, about.name);
    if (path == NULL)
        path = smf_live_place_of(live, about.name);
    const struct smf_live_copy *copy = NULL;
    status = SMF_ERR_NOT_FOUND;
    if (path != NULL)
        copy = given ? smf_live_supply(live, about.name, why, &status)
                     : smf_live_read(live, path, about.name, why, &status);
    struct smf_live_place *place = copy != NULL ? smf_live_new_place(about.name, copy->path, given) : NULL;
    if (copy != NULL && place == NULL) {
        smf_live_drop(live, &copy->source);
        copy = NULL;
        status = SMF_ERR_NO_MEMORY;
    }
    if (copy == NULL && path != NULL)
        smf_live_blame(live, path);
    const struct smf_source source = copy != NULL ? copy->source : (struct smf_source){0};
    smf_live_unlock(live);
    if (copy != NULL)
        status = smf_system_reload(&live->system, handle, &source, flags, newer, why);
    const int error = errno;
    smf_live_lock(live);
    if (status == SMF_OK) {
        smf_live_set_place(live, place);
    } else {
        smf_live_drop(live, &source);
        smf_live_free_place(place);
    }
    smf_live_unlock(live);
    errno = error;
    return tell(live, status, why);
}
