/* SPDX-License-Identifier: MIT */
/*
 * finder_posix.c - files beneath a folder, whatever others do to the links in it meanwhile.
 *
 * The way to a file is walked one component at a time, each from the folder that is open already, and no step follows a
 * link: where one stands, its text is read and walked in the same manner. So "is it inside?" is never asked of a path, which
 * somebody could change after the answer: `..` goes back to a folder that was opened on the way, and before the first there
 * is none.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "finder.h"
#include "host.h"

#ifndef O_PATH /* enough to go through a folder that may not be listed */
#define O_PATH O_RDONLY
#endif

enum { LINKS_MOST = 40, WAY_SIZE = 4096 };
enum { FOLDER_FLAGS = O_DIRECTORY | O_CLOEXEC };
enum { FILE_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY }; /* no waiting for the other end of a pipe */

const char *const smf_beneath_standard[] = {"/usr/lib/simple", "/usr/local/lib/simple", "/opt/simple/lib", NULL};

bool smf_beneath_plain(const char *component, size_t length)
{
    (void)component;
    (void)length;
    return true;
}

/* ---- Looking ---- */

static int64_t nanoseconds(struct timespec time) { return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec; }

static void look_at(const struct stat *status, struct smf_look *look)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    look->device = (uint64_t)status->st_dev;
    look->number = (uint64_t)status->st_ino;
    look->size = (uint64_t)status->st_size;
    look->written = nanoseconds(status->st_mtim);
    look->changed = nanoseconds(status->st_ctim);
    const int64_t last = look->written > look->changed ? look->written : look->changed;
    look->young =
        nanoseconds(now) - last < (int64_t)SMF_FINDER_YOUNG * 1000000000; /* also what comes from the future */
}

bool smf_beneath_look(const struct smf_file *file, struct smf_look *look)
{
    struct stat status;
    if (fstat(file->descriptor, &status) != 0)
        return false;
    look_at(&status, look);
    return true;
}

bool smf_beneath_identity(const char *path, uint64_t *device, uint64_t *number)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return false;
    *device = (uint64_t)status.st_dev;
    *number = (uint64_t)status.st_ino;
    return true;
}

/* ---- Walking ---- */

struct walk {
    int folders[SMF_FINDER_DEPTH_MAX + 1]; /* open, from the first on */
    size_t depth;                          /* of the last one         */
    unsigned links;
    char rest[WAY_SIZE]; /* what is left of the way */
};

static bool begin(struct walk *walk, const char *folder, const char *inside)
{
    walk->depth = 0;
    walk->links = 0;
    errno = ENAMETOOLONG;
    if (strlen(inside) >= sizeof walk->rest)
        return false;
    memcpy(walk->rest, inside, strlen(inside) + 1);
    walk->folders[0] = open(folder, O_PATH | FOLDER_FLAGS);
    return walk->folders[0] >= 0;
}

static void end(struct walk *walk)
{
    const int error = errno;
    for (size_t i = 0; i <= walk->depth; i++)
        close(walk->folders[i]);
    errno = error;
}

static int here(const struct walk *walk) { return walk->folders[walk->depth]; }

/* The next component goes to `name`, the rest stays; "" at the end. False: it is too long. */
static bool next(struct walk *walk, char *name, size_t size)
{
    const size_t skip = strspn(walk->rest, "/");
    const size_t length = strcspn(walk->rest + skip, "/");
    if (length >= size)
        return false;
    memcpy(name, walk->rest + skip, length);
    name[length] = '\0';
    const char *after = walk->rest + skip + length;
    memmove(walk->rest, after, strlen(after) + 1);
    return true;
}

/* A text of the way comes before the rest, once more or instead of a link: so often, and no more. */
static enum smf_status put(struct walk *walk, const char *way, size_t length, struct smf_diagnosis *why)
{
    const size_t rest = strlen(walk->rest);
    errno = ELOOP;
    if (++walk->links > LINKS_MOST || length + 1 + rest >= sizeof walk->rest)
        return smf_finder_status(why, SMF_ERR_IO);
    memmove(walk->rest + length + 1, walk->rest, rest + 1);
    memcpy(walk->rest, way, length);
    walk->rest[length] = '/';
    return SMF_OK;
}

/* The link `name` stands where the way goes. */
static enum smf_status follow(struct walk *walk, const char *name, struct smf_diagnosis *why)
{
    char way[WAY_SIZE];
    const ssize_t length = readlinkat(here(walk), name, way, sizeof way);
    if (length < 0)
        return errno == EINVAL || errno == ENOENT ? put(walk, name, strlen(name), why) /* it is none any more */
                                                  : smf_finder_status(why, SMF_ERR_IO);
    if (length > 0 && way[0] == '/')
        return smf_finder_fail(why, SMF_DETAIL_LEADS_OUT, name);
    return put(walk, way, (size_t)length, why);
}

/* Into a folder, or out of the last one. */
static enum smf_status enter(struct walk *walk, const char *name, struct smf_diagnosis *why)
{
    if (strcmp(name, "..") == 0) {
        if (walk->depth == 0)
            return smf_finder_fail(why, SMF_DETAIL_LEADS_OUT, name);
        close(walk->folders[walk->depth--]);
        return SMF_OK;
    }
    errno = ENAMETOOLONG;
    if (walk->depth == SMF_FINDER_DEPTH_MAX)
        return SMF_ERR_NOT_FOUND;
    const int folder = openat(here(walk), name, O_PATH | FOLDER_FLAGS | O_NOFOLLOW);
    if (folder >= 0) {
        walk->folders[++walk->depth] = folder;
        return SMF_OK;
    }
    if (errno == ENOTDIR || errno == ELOOP || errno == ENOENT) /* it is no folder any more */
        return put(walk, name, strlen(name), why);
    return errno == EACCES || errno == EPERM ? smf_finder_fail(why, SMF_DETAIL_NO_ENTRY, name)
                                             : smf_finder_status(why, SMF_ERR_IO);
}

/* errno of a name that is not there, or goes through what is no folder */
static bool absent(int error) { return error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG; }

/*
 * Go as far as the way goes: to the folder that it means (name ""), or to a `name` in the last folder that is neither folder nor link.
 * Between looking and opening others may put something else there: that is an error of opening, and then it is looked
 * at again.
 */
static enum smf_status go(struct walk *walk, char *name, size_t size, struct stat *status, struct smf_diagnosis *why)
{
    for (;;) {
        errno = ENAMETOOLONG;
        if (!next(walk, name, size))
            return SMF_ERR_NOT_FOUND;
        if (name[0] == '\0')
            return SMF_OK;
        if (strcmp(name, ".") == 0)
            continue;
        if (strcmp(name, "..") != 0 && fstatat(here(walk), name, status, AT_SYMLINK_NOFOLLOW) != 0) {
            if (absent(errno))
                return SMF_ERR_NOT_FOUND;
            return errno == EACCES ? smf_finder_fail(why, SMF_DETAIL_NO_ENTRY, name)
                                   : smf_finder_status(why, SMF_ERR_IO);
        }
        const bool folder = strcmp(name, "..") == 0 || S_ISDIR(status->st_mode);
        if (!folder && !S_ISLNK(status->st_mode))
            return walk->rest[strspn(walk->rest, "/")] == '\0' ? SMF_OK : SMF_ERR_NOT_FOUND;
        const enum smf_status step = folder ? enter(walk, name, why) : follow(walk, name, why);
        if (step != SMF_OK)
            return step;
    }
}

/* What was opened is a file of these bytes, or is closed again. */
static enum smf_status take(int descriptor, const char *name, struct smf_file *file, struct smf_look *look,
                            struct smf_diagnosis *why)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(descriptor);
        return smf_finder_fail(why, SMF_DETAIL_NO_FILE, name);
    }
    look_at(&status, look);
    smf_file_adopt(file, descriptor, look->size);
    return SMF_OK;
}

/* Any file, links followed. */
static enum smf_status open_path(const char *path, struct smf_file *file, struct smf_look *look,
                                 struct smf_diagnosis *why)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return absent(errno) ? SMF_ERR_NOT_FOUND : smf_finder_status(why, SMF_ERR_IO);
    if (!S_ISREG(status.st_mode)) /* opening a device may do something */
        return smf_finder_fail(why, SMF_DETAIL_NO_FILE, path);
    const int descriptor = open(path, FILE_FLAGS);
    if (descriptor < 0)
        return smf_finder_status(why, SMF_ERR_IO);
    return take(descriptor, path, file, look, why);
}

static enum smf_status open_file(struct walk *walk, struct smf_file *file, struct smf_look *look,
                                 struct smf_diagnosis *why)
{
    char name[256];
    struct stat status;
    for (;;) {
        const enum smf_status went = go(walk, name, sizeof name, &status, why);
        if (went != SMF_OK)
            return went;
        if (name[0] == '\0' || !S_ISREG(status.st_mode)) /* opening a device may do something */
            return smf_finder_fail(why, SMF_DETAIL_NO_FILE, name);
        const int descriptor = openat(here(walk), name, FILE_FLAGS | O_NOFOLLOW);
        if (descriptor >= 0)
            return take(descriptor, name, file, look, why);
        if (errno != ELOOP && errno != ENOENT)
            return smf_finder_status(why, SMF_ERR_IO);
        const enum smf_status again = put(walk, name, strlen(name), why); /* something else is there now */
        if (again != SMF_OK)
            return again;
    }
}

/* A folder of the search itself cannot be entered. */
static enum smf_status no_folder(const char *folder, struct smf_diagnosis *why)
{
    if (absent(errno))
        return SMF_ERR_NOT_FOUND;
    return errno == EACCES ? smf_finder_fail(why, SMF_DETAIL_NO_ENTRY, folder) : smf_finder_status(why, SMF_ERR_IO);
}

/* Leave `links` aside: a path of which every link may be followed; NULL: it is too long. */
static const char *whole(const char *folder, const char *inside, char path[WAY_SIZE])
{
    const int length = snprintf(path, WAY_SIZE, "%s/%s", folder, inside);
    return length >= 0 && length < WAY_SIZE ? path : NULL;
}

enum smf_status smf_beneath_open(const char *folder, const char *inside, bool links, struct smf_file *file,
                                 struct smf_look *look, struct smf_diagnosis *why)
{
    struct walk walk;
    if (folder == NULL)
        return open_path(inside, file, look, why);
    if (links)
        return whole(folder, inside, walk.rest) != NULL ? open_path(walk.rest, file, look, why) : SMF_ERR_NOT_FOUND;
    if (!begin(&walk, folder, inside))
        return no_folder(folder, why);
    const enum smf_status status = open_file(&walk, file, look, why);
    end(&walk);
    return status;
}

/* ---- Listing ---- */

/* What to list, opened to be read. */
static int open_folder(const char *folder, const char *inside, bool links, enum smf_status *status,
                       struct smf_diagnosis *why)
{
    struct walk walk;
    struct stat about;
    char name[256];
    int descriptor = -1;
    *status = SMF_OK;
    if (links) {
        errno = ENAMETOOLONG;
        if (whole(folder, inside, walk.rest) != NULL)
            descriptor = open(walk.rest, O_RDONLY | FOLDER_FLAGS);
    } else if (begin(&walk, folder, inside)) {
        *status = go(&walk, name, sizeof name, &about, why);
        if (*status == SMF_OK && name[0] != '\0')
            *status = SMF_ERR_NOT_FOUND;
        if (*status == SMF_OK)
            descriptor = openat(here(&walk), ".", O_RDONLY | FOLDER_FLAGS);
        end(&walk);
    }
    if (descriptor < 0 && *status == SMF_OK)
        *status = no_folder(inside[0] != '\0' ? inside : folder, why);
    return descriptor;
}

static bool is_folder(int descriptor, const char *name)
{
    struct stat status;
    return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

enum smf_status smf_beneath_list(const char *folder, const char *inside, bool links,
                                 bool (*each)(void *context, const char *name, bool is_folder), void *context,
                                 struct smf_diagnosis *why)
{
    enum smf_status status;
    const int descriptor = open_folder(folder, inside, links, &status, why);
    if (descriptor < 0)
        return status;
    DIR *list = fdopendir(descriptor);
    if (list == NULL) {
        close(descriptor);
        return smf_finder_status(why, SMF_ERR_NO_MEMORY);
    }
    const struct dirent *entry;
    while (errno = 0, status == SMF_OK && (entry = readdir(list)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            !each(context, entry->d_name, is_folder(descriptor, entry->d_name)))
            status = smf_finder_status(why, SMF_ERR_NO_MEMORY);
    if (status == SMF_OK && errno != 0)
        status = smf_finder_status(why, SMF_ERR_IO);
    const int error = errno;
    closedir(list);
    errno = error;
    return status;
}
