/* SPDX-License-Identifier: MIT */
/*
 * smf/persist.h - what was instantiated for a module, remembered beside its file from one run to the next. Since 0.1.
 *
 *     struct smf_persist persist;
 *     ... smf_persist_start(&persist, "app.smf") == SMF_OK                       app.smf.jit.note.sdn
 *     ... smf_persist_read(&persist, &why) == SMF_OK
 *     ... smf_persist_restore(&persist, &instantiator, number, &why) ...         after the module was added, or reloaded
 *     ... the module runs, instances are made ...
 *     ... smf_persist_update(&persist, &instantiator, number, &why) ...
 *     smf_persist_release(&persist, &instantiator);
 *     smf_persist_finish(&persist);
 *
 * The module's own note.sdn is never changed: it is under the module's hash, and may lie in a library, or in flash. The sidecar
 * has one line for each instance, fields parted by `|`:
 *
 *     I|0|sort|Point|sort$Point|app.smf|app.smf:0:0|jit_obj|jit_compiled
 *
 * the letter, id, template, type arguments, mangled name, file, place in it, object, status: the columns of `instantiations`.
 * In a field `\\`, `\|`, `\n` and `\r` stand for what they would otherwise be. Only names are remembered, no code: it is made again from
 * the module's own units, in microseconds, so a sidecar that lies can ask for what the module lists, and for nothing else.
 *
 * A line that is damaged is counted and left out: other fields than nine, an escape that is none, no end of line (a write
 * that another program tore), an empty mangled name. Lines that begin with # are comments, empty ones nothing. Of two lines with one mangled
 * name the first one counts.
 *
 * Writing. The file is replaced in one step: written beside it, brought to the disk, renamed. What others have written meanwhile is read first
 * and kept, under a lock on the folder, so that two processes lose nothing of each other's. A failure to write is what
 * upstream calls UpdateFailed: nothing is lost but the memory, all code stays usable, and persist.failed_updates counts it.
 *
 * Threads: a persist belongs to one thread at a time.
 */
#ifndef SMF_PERSIST_H
#define SMF_PERSIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/instantiator.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SMF_PERSIST_SUFFIX ".jit.note.sdn"

/* Longest sidecar that is read or written, in bytes. */
#define SMF_PERSIST_SIZE_MAX 0x1000000u

struct smf_persist_row {
    const char *base;      /* template                          */
    const char *type_args; /* "Point", "text, i64"              */
    const char *mangled;   /* never empty                       */
    const char *file, *location, *object, *status;
};

struct smf_persist_entry; /* private */

/* Fields are for reading. */
struct smf_persist {
    char *module, *path; /* of the module, of its sidecar */
    struct smf_persist_entry *entries;
    size_t count;            /* rows that stand                                        */
    uint32_t malformed;      /* lines that the last reading left out                   */
    uint32_t repeated;       /* lines of a name that it had met                        */
    uint32_t restored;       /* instances that the last smf_persist_restore() has made, or found */
    uint32_t stale;          /* rows that it took away: the module lists them no more  */
    uint32_t failed_updates; /* writes that failed                                     */
    size_t used, capacity;   /* of `entries`                                           */
    size_t *places;          /* of entries by name, twice `capacity` of them           */
};

/* SMF_ERR_NO_MEMORY, SMF_ERR_ARGUMENT. */
SMF_MUST_CHECK
enum smf_status smf_persist_start(struct smf_persist *persist, const char *module);
void smf_persist_finish(struct smf_persist *persist);

/* Add the rows of the sidecar to those that are there. No sidecar: none. SMF_ERR_IO, SMF_ERR_PROTECT (errno says why), SMF_ERR_LIMIT,
 * SMF_ERR_NO_MEMORY; `why` may be NULL, here and below. */
SMF_MUST_CHECK
enum smf_status smf_persist_read(struct smf_persist *persist, struct smf_diagnosis *why);

/* One row more, copied; file, location, object and status may be NULL: this module's, jit_obj, jit_compiled. A mangled name
 * that is there: nothing. */
SMF_MUST_CHECK
enum smf_status smf_persist_add(struct smf_persist *persist, const struct smf_persist_row *row);

/* Row `index`, below count; in the order in which they came. */
struct smf_persist_row smf_persist_get(const struct smf_persist *persist, size_t index);

/* Replace the sidecar. SMF_ERR_PROTECT, SMF_ERR_IO, SMF_ERR_BUSY (another process has the folder locked), SMF_ERR_LIMIT, SMF_ERR_NO_MEMORY. */
SMF_MUST_CHECK
enum smf_status smf_persist_write(struct smf_persist *persist, struct smf_diagnosis *why);

/* Add what an instantiator has made of a module's uses, and write if that was anything new. Fails as
 * smf_persist_write(); the rows stay, for the next time. */
SMF_MUST_CHECK
enum smf_status smf_persist_update(struct smf_persist *persist, const struct smf_instantiator *instantiator,
                                   uint32_t number, struct smf_diagnosis *why);

/*
 * Make every row again of a module that was added as `number`: its row of `possible` is marked and its symbol resolves. Whoever
 * restores is a user of them until smf_persist_release(). Rows that the module does not list any more are taken away. All are tried;
 * the status is that of the first that failed otherwise, and its row stays.
 */
SMF_MUST_CHECK
enum smf_status smf_persist_restore(struct smf_persist *persist, struct smf_instantiator *instantiator, uint32_t number,
                                    struct smf_diagnosis *why);
void smf_persist_release(struct smf_persist *persist, struct smf_instantiator *instantiator);

#ifdef __cplusplus
}
#endif

#endif
