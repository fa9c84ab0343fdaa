/* SPDX-License-Identifier: MIT */
/* machine.h - private to port/baremetal: what differs by processor. One machine_*.c and one flush_*.c implement it. */
#ifndef SMF_BAREMETAL_MACHINE_H
#define SMF_BAREMETAL_MACHINE_H

#include "smf/port_baremetal.h"

/* Does the processor use page tables as port_baremetal.h wants it? Else fills in value (have) and expected (need). */
SMF_MUST_CHECK
bool smf_machine_ready(unsigned memory_type, struct smf_diagnosis *why);

/* A valid entry for a page; SMF_ACCESS_RWX does not exist. `open`: for unprivileged code too. */
uint64_t smf_machine_entry(uint64_t physical, enum smf_access access, bool open, unsigned memory_type);

/* What an entry allows privileged code; false if it maps nothing. */
bool smf_machine_access(uint64_t entry, enum smf_access *access);
/* Whether it is open to unprivileged code. */
bool smf_machine_is_open(uint64_t entry);

/* Would the processor reach `physical` at `address` now? Where it cannot be asked: true. */
bool smf_machine_leads(uintptr_t address, uint64_t physical);

/* Entries of `count` pages from `address` on were written: from now on every access on this processor goes by them. */
void smf_machine_flush(uintptr_t address, size_t count);

void smf_machine_sync_code(void *context, const struct smf_region *region);

/* Interrupts off, and back to what they were. */
uintptr_t smf_machine_mask(void);
void smf_machine_unmask(uintptr_t before);

#endif
