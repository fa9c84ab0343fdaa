/* SPDX-License-Identifier: MIT */
/*
 * smf/view.h - files and plain memory as bytes at an address: mapped, read with
 * checked bounds, flushed, locked, advised on. Since 0.1. Hosted systems only.
 *
 * The same on POSIX and on Windows: the constants are ours and are translated,
 * and a failure keeps the system's own code beside our status. Views hold data:
 * none is ever executable, whatever is asked. Code gets memory from a port.
 *
 * A view belongs to one thread at a time. A file that another process cuts
 * short while it is mapped makes reading what is gone a fault of this one (SIGBUS;
 * Windows refuses to cut it): files of strangers are better read by position.
 */
#ifndef SMF_VIEW_H
#define SMF_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a view may be used; any sum. 0: read-only and private, which is what data should be. */
#define SMF_VIEW_WRITE 2u  /* bytes may be written; without SHARED the file keeps its own (copy on write)   */
#define SMF_VIEW_SHARED 1u /* what is written reaches the file, and what others write is seen               */

/* A view. Storage is the caller's; bytes and size are for reading, the rest is the port's. */
struct smf_view {
    uint8_t *bytes; /* writable only with SMF_VIEW_WRITE; NULL: no view                            */
    size_t size;    /* bytes, as asked for: reading past it, to the end of a page, is not promised */
    unsigned flags;
    uint32_t error; /* errno or GetLastError() of the newest call with this view that failed; 0 when the call
                       was refused before the system was asked                                      */
    void *start;    /* of the pages                                                                */
    size_t span;    /* of the pages, from `start`                                                  */
    void *file;     /* Windows: the open file of a view that is written through                    */
};

/*
 * Map `size` bytes of the file at `path` (UTF-8) from `offset` on, a multiple of smf_view_page_size(); size 0: all to
 * the end. The file is not kept open by name: it may be renamed or deleted where the system allows it.
 * The view is all of it or nothing:
 *   SMF_ERR_EMPTY      the file has no bytes
 *   SMF_ERR_ARGUMENT   unknown flags (there is none for executable memory), an offset that is no multiple of the page
 *   SMF_ERR_TRUNCATED  the file ends before offset + size, or at offset
 *   SMF_ERR_NOT_FOUND  no such file;  SMF_ERR_PROTECT  not allowed;  SMF_ERR_NO_MEMORY  no room at this size
 *   SMF_ERR_IO         anything else, such as what is no regular file
 */
SMF_MUST_CHECK
enum smf_status smf_view_map(struct smf_view *view, const char *path, unsigned flags, uint64_t offset, size_t size);

/* `size` (> 0) zeroed writable bytes of this process alone. SMF_ERR_ARGUMENT, SMF_ERR_NO_MEMORY. */
SMF_MUST_CHECK
enum smf_status smf_view_map_anonymous(struct smf_view *view, size_t size);

/* Unmap. Again, or for a view that was zeroed and never mapped: nothing happens. */
void smf_view_unmap(struct smf_view *view);

/* The bytes [offset, offset + size) where they lie; NULL if they are not all inside. */
const uint8_t *smf_view_bytes(const struct smf_view *view, uint64_t offset, size_t size);

/* Copy these bytes, all or none. SMF_ERR_TRUNCATED: not all inside. */
SMF_MUST_CHECK
enum smf_status smf_view_read(const struct smf_view *view, uint64_t offset, void *into, size_t size);

/*
 * Copy the text at `offset` into `into`, with a NUL. It ends at its NUL; after `limit` bytes of the view, if limit is
 * not 0; at the end of the view; or where `capacity` bytes are full. `*length` is what it takes in `into`, without the NUL.
 * `*truncated` says that no NUL ended it. Either may be NULL. What is no UTF-8 becomes U+FFFD, once for each byte
 * that cannot go on; a character is never cut in `into`.
 * SMF_ERR_ARGUMENT: capacity 0. SMF_ERR_TRUNCATED: offset past the last byte.
 */
SMF_MUST_CHECK
enum smf_status smf_view_read_text(const struct smf_view *view, uint64_t offset, size_t limit, char *into,
                                   size_t capacity, size_t *length, bool *truncated);

/* Write what was changed in [offset, offset + size) back to the file of a SHARED view: when it returns if `wait`, else
 * soon. Other views have nothing to write: SMF_OK. SMF_ERR_TRUNCATED: not inside. SMF_ERR_IO. */
SMF_MUST_CHECK
enum smf_status smf_view_sync(struct smf_view *view, uint64_t offset, size_t size, bool wait);

/* What the process is about to do. Only ever a hint: no advice changes a byte. */
enum smf_view_advice {
    SMF_VIEW_NORMAL = 0,
    SMF_VIEW_RANDOM = 1,
    SMF_VIEW_SEQUENTIAL = 2,
    SMF_VIEW_WILL_NEED = 3,
    SMF_VIEW_DONT_NEED = 4
};

/* Advise on [offset, offset + size), widened to pages. Windows knows WILL_NEED; the others are accepted and do nothing
 * there. SMF_ERR_TRUNCATED: not inside. SMF_ERR_ARGUMENT: no such advice. SMF_ERR_IO: the system refused. */
SMF_MUST_CHECK
enum smf_status smf_view_advise(struct smf_view *view, uint64_t offset, size_t size, enum smf_view_advice advice);

/* Keep the pages of the view in memory, or let them go again. The system may refuse (a limit of the process): then
 * SMF_ERR_LIMIT, and the view works as before. Never rely on it. */
SMF_MUST_CHECK
enum smf_status smf_view_lock(struct smf_view *view);
SMF_MUST_CHECK
enum smf_status smf_view_unlock(struct smf_view *view);

/* Bytes of a page here. */
size_t smf_view_page_size(void);

/* Bytes of a regular file: 0 for an empty one. `error` may be NULL: the system's code. Status as in smf_view_map(). */
SMF_MUST_CHECK
enum smf_status smf_view_file_size(const char *path, uint64_t *size, uint32_t *error);

/* Read `size` bytes of a regular file from `offset` on, without mapping it: all or SMF_ERR_TRUNCATED. For files of
 * strangers, and for pieces too small to map. `error` and status as above; what was read before a failure stays. */
SMF_MUST_CHECK
enum smf_status smf_view_read_file(const char *path, uint64_t offset, void *into, size_t size, uint32_t *error);

/* --- In the background ----------------------------------------------------------------------------- */

/* A thread of the system. Storage is the caller's and must not move until it is joined; fields are the port's. */
struct smf_thread {
    void (*run)(void *argument);
    void *argument;
    uintptr_t handle;
    bool started;
};

/* Run `run(argument)` in a thread of its own. SMF_ERR_LIMIT: the system gives no more. */
SMF_MUST_CHECK
enum smf_status smf_thread_start(struct smf_thread *thread, void (*run)(void *argument), void *argument);

/* Wait until it has returned. Again, or for one that is zeroed or did not start: nothing happens. Not from itself. */
void smf_thread_join(struct smf_thread *thread);

/* A file to be mapped while the caller does something else, its bytes brought into memory. Zero it, fill in what
 * smf_view_map() is told; `path` must stay until the wait. */
struct smf_view_job {
    const char *path;
    unsigned flags;
    uint64_t offset;
    size_t size;
    struct smf_view view;   /* after the wait: the caller's to unmap */
    enum smf_status status; /* of smf_view_map()                     */
    struct smf_thread thread;
};

/* SMF_ERR_LIMIT: no thread; nothing was started. */
SMF_MUST_CHECK
enum smf_status smf_view_map_start(struct smf_view_job *job);

/* Wait for the job; the status of its map. Again: the same answer. */
SMF_MUST_CHECK
enum smf_status smf_view_map_wait(struct smf_view_job *job);

#ifdef __cplusplus
}
#endif

#endif
