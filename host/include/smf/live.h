/* SPDX-License-Identifier: MIT */
/*
 * smf/live.h - a system (smf/system.h) whose modules are files: the C library
 * is the last provider, what a module needs is looked for in folders, and a file
 * may be rewritten while its module runs. Since 0.1.
 *
 *     struct smf_live_options options = {.system.load.port = smf_port_posix(), .system.hot_reload = true};
 *     const char *path = "app.smf";
 *     ... smf_live_start(&live, &options) == SMF_OK
 *     ... smf_live_load(&live, &path, 1, SMF_LOAD_START, &app, &why) == SMF_OK
 *     ... smf_system_function(&live.system, "step") ...
 *     ... smf_live_reload(&live, app, NULL, 0, &app, &why) ...
 *     smf_live_finish(&live);
 *
 * A file is read once, into memory of its own (malloc) that stays until its
 * version is released. So the loader meets the same bytes whenever it looks,
 * names of exports need not be copied, and neither a rewrite in place nor a
 * truncation can reach the version that runs, as they reach a mapping; nor is the
 * file held, which Windows would not let anybody replace. A reload reads it again. A
 * file that is being written while it is read gives mixed bytes: SMF_CHECK_HASH in
 * `system.load.checks` refuses these.
 *
 * A file may be compressed as a whole (smf/codecs.h): it is unpacked, to at most SMF_UNPACK_LIMIT bytes.
 *
 * Threads: the calls below belong to one thread at a time; those of smf/system.h are what they are there.
 */
#ifndef SMF_LIVE_H
#define SMF_LIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "smf/host.h"
#include "smf/provider.h"
#include "smf/system.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of arena when the options do not say. It cannot grow; what is not used takes no memory where the system gives it
 * page by page. */
#ifndef SMF_LIVE_ARENA
#define SMF_LIVE_ARENA ((size_t)(sizeof(void *) > 4 ? 256u : 32u) << 20)
#endif

/* Zero it, then set system.load.port. */
struct smf_live_options {
    /*
     * As for smf_system_start(). What is 0 is filled in: load.platform with this one; load.arena with memory of its own,
     * load.arena_size bytes or SMF_LIVE_ARENA, or the largest part of that by halves that there is (at least 1 MiB);
     * load.codecs with smf_codecs_host(); load.resolve with smf_libc_resolve, or for load.abi SMF_ABI_X86_64_MICROSOFT with smf_libc_resolve_microsoft; start
     * and stop with smf_libc_start and smf_libc_stop, with all files of <stdio.h> flushed after the stop, whose buffers
     * may lie in a module. open, close and source_context are smf_live's own and must be NULL.
     */
    struct smf_system_config system;

    /* Where NAME.smf is looked for, in this order, when a module needs NAME and it is not loaded. Nowhere else: without
     * folders every need has to be loaded first. Borrowed until smf_live_finish(). */
    const char *const *folders;
    size_t folder_count;
    /* Asked by name for what no folder has: for modules in libraries and whatever else has suppliers (smf/finder.h is
     * one). Its bytes are used where they are, if they stay for a module, and held until the version is released; others are read into
     * memory. Borrowed until smf_live_finish(). NULL: nobody is. */
    struct smf_provider *provider;

    /* gdb is told of each module before it starts (smf/debug.h), with FILE.elf if that belongs to it. */
    bool hidden_from_debuggers;
    /* Folder in which perf's map gets the functions of each, "" for the usual one; NULL: none. Borrowed. */
    const char *perf_map;
};

struct smf_live_copy; /* private */
struct smf_live_place;

/* Storage is the caller's; may not move. */
struct smf_live {
    struct smf_system system; /* for every call of smf/system.h but start and finish */
    struct smf_live_options options;
    void *arena; /* its own, or NULL                                   */
    uintptr_t last_mark;
    struct smf_live_copy *copies;  /* bytes of files that somebody uses                  */
    struct smf_live_place *places; /* which file a name is                               */
    char *failed;                  /* smf_live_failed()                                  */
    struct smf_diagnosis unread;   /* why the file of a need could not be unpacked       */
    enum smf_status perf_status;   /* of the first module that could not be in perf's map ... */
    int perf_error;                /* ... with errno for SMF_ERR_IO; for reading         */
};

/* SMF_ERR_ARGUMENT: open, close or source_context are set, or as smf_system_start(). SMF_ERR_NO_MEMORY: no arena. */
SMF_MUST_CHECK
enum smf_status smf_live_start(struct smf_live *live, const struct smf_live_options *options);

/* Stop and release all modules; nothing may be running in them. */
void smf_live_finish(struct smf_live *live);

/*
 * Load the files `paths` as one group, as smf_system_load_all(): they may import from each other in circles, in any
 * order. A module's name is the one in its note.module, else its file's without folders and without what follows the
 * last dot. SMF_ERR_IO with errno: a file cannot be read (`why` says nothing more). SMF_ERR_NO_MEMORY.
 */
SMF_MUST_CHECK
enum smf_status smf_live_load(struct smf_live *live, const char *const *paths, size_t count, uint32_t flags,
                              struct smf_handle *handles, struct smf_diagnosis *why);

/* One module of a group: a file, or with `path` NULL a name, under which it is then loaded. */
struct smf_live_item {
    const char *path, *name; /* with a path, the name is not looked at */
};

/* The same for files and names. SMF_ERR_NOT_FOUND: neither the folders nor the provider have the name;
 * options.provider->opened says why it gave none. */
SMF_MUST_CHECK
enum smf_status smf_live_load_items(struct smf_live *live, const struct smf_live_item *items, size_t count,
                                    uint32_t flags, struct smf_handle *handles, struct smf_diagnosis *why);

/*
 * Replace a version by what its file holds now, as smf_system_reload(); `path` (NULL: the file that it came from) is
 * where that is from now on, if this succeeds. What the provider gave is asked of it again. SMF_ERR_NOT_FOUND: a stale handle,
 * or it came from nowhere and no file is named. SMF_ERR_IO, SMF_ERR_NO_MEMORY as above.
 */
SMF_MUST_CHECK
enum smf_status smf_live_reload(struct smf_live *live, struct smf_handle handle, const char *path, uint32_t flags,
                                struct smf_handle *newer, struct smf_diagnosis *why);

/* The file that the last load or reload failed for, given or found, of a library as "LIBRARY(NAME)"; NULL: for no single
 * one. Good until the next. */
const char *smf_live_failed(const struct smf_live *live);

/* The file that the module of this name came from, or the library or other place of the provider's; NULL if none has. Good until
 * it is reloaded. */
const char *smf_live_path(struct smf_live *live, const char *name);

/* Would a reload find other bytes? What came from a file may always have others; of what the provider gave its revision says it.
 * True, too, if nobody knows. */
bool smf_live_may_differ(struct smf_live *live, const char *name);

/*
 * Which file is meant by NAME: the first FOLDER/NAME.smf that there is, written to `path`. SMF_ERR_NOT_FOUND for a name
 * without a file, and for every name that could lead out of the folders or means a folder: "", and those with a `/`, `\`,
 * `:` or "..". SMF_ERR_NO_SPACE.
 */
SMF_MUST_CHECK
enum smf_status smf_live_find(const struct smf_live *live, const char *name, char *path, size_t size);

#ifdef __cplusplus
}
#endif

#endif
