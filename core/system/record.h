/* SPDX-License-Identifier: MIT */
/* record.h - private to core/system: the regions on record, and what is in force in their parts. */
#ifndef SMF_SYSTEM_RECORD_H
#define SMF_SYSTEM_RECORD_H

#include "smf/exec.h"

void smf_exec_lock(const struct smf_exec *exec);
void smf_exec_unlock(const struct smf_exec *exec);

/* The live region that holds `address`; NULL if none does. */
struct smf_exec_block *smf_exec_find(const struct smf_exec *exec, uintptr_t address);

/* What is in force at byte `offset` of a region: what the machine says, else the record. */
SMF_MUST_CHECK
enum smf_status smf_exec_ask(const struct smf_exec *exec, const struct smf_exec_block *block, size_t offset,
                             enum smf_access *access);

/*
 * From `offset` on, where does the access that is in force there end? At the region's end, or at the first granule that has another
 * one. A machine that does not know its own memory (query failed) is told as RW: not executable.
 */
size_t smf_exec_run_end(const struct smf_exec *exec, const struct smf_exec_block *block, size_t offset,
                        enum smf_access *access);

static inline bool smf_exec_executes(enum smf_access access)
{
    return access == SMF_ACCESS_RX || access == SMF_ACCESS_RWX;
}

#endif
