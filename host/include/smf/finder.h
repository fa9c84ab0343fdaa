/* SPDX-License-Identifier: MIT */
/*
 * smf/finder.h - modules by name on a host: out of folders and out of libraries.
 * Since 0.1.
 *
 *     struct smf_finder finder;
 *     ... smf_finder_start(&finder, NULL) == SMF_OK
 *     ... smf_finder_add_folder(&finder, "modules") == SMF_OK
 *     ... smf_finder_scan(&finder) == SMF_OK
 *     ... smf_finder_get(&finder, "std/io/mod", &supply, &why) == SMF_OK
 *     ... supply.source ...
 *     smf_finder_give_back(&finder, &supply);
 *     smf_finder_close(&finder);
 *
 * Order; the first that has the name wins:
 *
 *  1. with SMF_FINDER_PATHS, the file that the name is the path of;
 *  2. libraries that were added, in the order in which they were;
 *  3. for each folder, in the order in which they were added: its files NAME (if that ends in .smf, .sme or .lsm), NAME.smf,
 *     NAME.sme, NAME.lsm; then the libraries that a scan found in it, ordered by their path in it, bytewise.
 *
 * What a file is, its bytes say, not the end of its name: a library that is called x.smf is no module `x`, and a module
 * that is called x.lsm is one. A folder, a pipe or a device of the right name is no file: the search goes on. A file that
 * is there and cannot be read, or is empty, ends the search: the next one would be another module than the one that was meant.
 * So does an added library that cannot be read any more; a scanned one is passed over.
 *
 * Names: components with a `/` between them, none of them empty, "." or ".."; no backslash, no colon, no control
 * character; on Windows no component that means a device there (NUL, COM1) and none that ends in a blank or a dot.
 * Nobody has any other name (SMF_ERR_NOT_FOUND). A name never leads out of a folder: symbolic links on the way are
 * followed step by step, each from the folder that is already open, as long as they stay inside; one that leads out, or
 * is absolute, is passed over and told of (SMF_FINDER_LINKS follows it). On Windows, where there are no such steps, the
 * file is opened first and then asked where it lies. The folder itself and the path of an added library may be links.
 *
 * Bytes are read into memory of their own (malloc), for the reasons that smf/live.h gives; they stay until they are
 * given back, whatever becomes of the file. A file that changes while it is read is read again, and again, and then
 * refused (SMF_ERR_CHANGED): its times say so, and of one that was just written a second read. The hash that a library has recorded for a module is compared with what was read.
 *
 * A file that is compressed as a whole (smf/codecs.h) gives what comes out of it. A library that is, is not looked into.
 *
 * A revision is a hash of the bytes, of module and object. The bytes are read again for it only if size, times or number of the file
 * have changed since, or if it was written less than SMF_FINDER_YOUNG seconds before it was read, because then a second write
 * may have left the same time. So two writes within one tick of the clock are told apart, and a module of a library keeps
 * its revision when another one is replaced.
 *
 * Libraries stay open and are shared by all their modules. One that changes on disk is opened anew before the next answer. (On
 * Windows an open library cannot be replaced: smf_finder_rest() closes all until they are asked for something.)
 *
 * Its supplier takes no name for a path, whatever the flags say: it is asked for what modules say that they need.
 *
 * Threads: calls with one finder, through its supplier, too, belong to one thread at a time.
 */
#ifndef SMF_FINDER_H
#define SMF_FINDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/host.h"
#include "smf/supplier.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Seconds during which a file that was written may be written again without another time. Clocks of file systems have steps of
 * 2 seconds at most. */
#define SMF_FINDER_YOUNG 2

/* Longest name, in bytes. */
#define SMF_FINDER_NAME_MAX 1023

/* smf_finder_options.flags */
#define SMF_FINDER_PATHS                                                                                               \
    1u /* a name that is the path of a file, from anywhere, means that file: for names of the user   */
#define SMF_FINDER_LINKS                                                                                               \
    2u /* symbolic links may lead out of a folder                                                    */
#define SMF_FINDER_STANDARD                                                                                            \
    4u /* /usr/lib/simple, /usr/local/lib/simple, /opt/simple/lib, after all other folders. Not on Windows */
#define SMF_FINDER_NO_OBJECTS                                                                                          \
    8u /* give modules without the objects beside them: half of the memory, when nobody links         */

struct smf_cache; /* smf/cache.h */

struct smf_finder_options {
    uint32_t flags;
    /*
     * Files are had through this cache instead of being read: shared with whoever else uses it, within its limits, and not
     * copied, modules of libraries neither. It has to outlive all that was got. It opens files by their paths and so follows
     * links that somebody has put there since the finder looked: only with SMF_FINDER_LINKS. Its revisions are those of files;
     * it says what it says about files that it cannot give (a module is proven on the way). NULL: none.
     */
    struct smf_cache *cache;
    /*
     * Told of what was passed over, while searching, scanning or listing: a path, and why. For SMF_ERR_IO without a detail
     * errno says it. May be NULL.
     */
    void (*skipped)(void *context, const char *path, const struct smf_diagnosis *why);
    void *skipped_context;
};

struct smf_finder_folder; /* private */
struct smf_finder_library;
struct smf_finder_file;

/* A finder. Storage is the caller's and may not move; fields are the finder's. */
struct smf_finder {
    struct smf_finder_options options;
    struct smf_finder_folder *folders;
    struct smf_finder_library *libraries; /* added ones, then scanned ones in their order */
    struct smf_finder_file *files;        /* what is known of files: revisions            */
    char *places;                         /* smf_finder_places()                          */
    char *located;                        /* smf_finder_locate()                          */
    char *failed;                         /* smf_finder_failed()                          */
};

/* Where a module lies. */
struct smf_finder_location {
    enum smf_origin_kind kind;           /* SMF_ORIGIN_FILE or SMF_ORIGIN_LIBRARY                     */
    const char *path;                    /* of the file or library; good until the next call          */
    uint64_t offset, size;               /* of the module in it, as stored                            */
    uint64_t object_offset, object_size; /* of the object stored beside it in a library; size 0: none */
};

/* `options` may be NULL: all 0. SMF_ERR_ARGUMENT: a cache without SMF_FINDER_LINKS. SMF_ERR_NO_MEMORY, with SMF_FINDER_STANDARD
 * only. */
SMF_MUST_CHECK
enum smf_status smf_finder_start(struct smf_finder *finder, const struct smf_finder_options *options);

/* Close all libraries. What was got and not given back stays good, and is then given back with finder NULL. */
void smf_finder_close(struct smf_finder *finder);

/* Look here, too, from now on. It need not be there yet; the same folder again, under whatever path, adds nothing.
 * SMF_ERR_ARGUMENT: "". SMF_ERR_NO_MEMORY. */
SMF_MUST_CHECK
enum smf_status smf_finder_add_folder(struct smf_finder *finder, const char *path);

/* Open this library; the same one again adds nothing. SMF_ERR_IO with errno, what smf_library_open() says, SMF_ERR_NO_MEMORY. */
SMF_MUST_CHECK
enum smf_status smf_finder_add_library(struct smf_finder *finder, const char *path, struct smf_diagnosis *why);

/*
 * Go through the folders and all folders in them, and open each library: a file that ends in .smf, .sme or .lsm whose bytes begin as
 * one. Those of an earlier scan stay open if they are still there. Folders that are links are not entered, and
 * none deeper than SMF_FINDER_DEPTH_MAX. What cannot be read is passed over and told. SMF_ERR_NO_MEMORY: as it was before.
 */
SMF_MUST_CHECK
enum smf_status smf_finder_scan(struct smf_finder *finder);
#define SMF_FINDER_DEPTH_MAX 32

/* The module of this name. SMF_ERR_NOT_FOUND with the name in `why`; what reading says; SMF_ERR_HASH; SMF_ERR_NO_MEMORY. */
SMF_MUST_CHECK
enum smf_status smf_finder_get(struct smf_finder *finder, const char *name, struct smf_supply *supply,
                               struct smf_diagnosis *why);

/* The same, of which supply->object is wanted: SMF_ERR_NOT_FOUND, too, for a module without one, as each is that lies in
 * a file of its own. With SMF_FINDER_NO_OBJECTS, too. */
SMF_MUST_CHECK
enum smf_status smf_finder_get_object(struct smf_finder *finder, const char *name, struct smf_supply *supply,
                                      struct smf_diagnosis *why);

/* Free what was got; the supply is zeroed. */
void smf_finder_give_back(struct smf_finder *finder, struct smf_supply *supply);

/* Is there one? As locate, without saying where. */
bool smf_finder_has(struct smf_finder *finder, const char *name);

/* Where it lies, without reading it. As smf_finder_get() otherwise. */
SMF_MUST_CHECK
enum smf_status smf_finder_locate(struct smf_finder *finder, const char *name, struct smf_finder_location *location,
                                  struct smf_diagnosis *why);

/*
 * Every name that there is, once each, in the order of the search; a file's is its path in its folder without the last
 * ending. Stops at the first that `each` answers non-zero, and answers that; else 0, or SMF_ERR_NO_MEMORY.
 * `each` may not call the finder.
 */
int smf_finder_list(struct smf_finder *finder, int (*each)(void *context, const char *name), void *context);

/* Every place where a name is looked for, in order, with ", " between them; "" without any; NULL: no memory. Good until
 * the next call. */
const char *smf_finder_places(struct smf_finder *finder);

/* The file or library that the last search failed for; NULL: it did not, or for no single one. Good until the next. */
const char *smf_finder_failed(const struct smf_finder *finder);

/* Close all libraries for the time being. */
void smf_finder_rest(struct smf_finder *finder);

/* The finder as a place for a provider (smf/provider.h). `title` and `finder` are borrowed as long as it is used. */
struct smf_supplier smf_finder_supplier(const char *title, struct smf_finder *finder);

/* Do these bytes begin as a library? Looks at the first four. */
bool smf_finder_is_library(const struct smf_source *source);

#ifdef __cplusplus
}
#endif

#endif
