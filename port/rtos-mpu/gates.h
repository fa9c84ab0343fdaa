/* SPDX-License-Identifier: MIT */
/* gates.h - what resolving an import to a gate and passing one agree on. */
#ifndef SMF_GATES_H
#define SMF_GATES_H

#include "smf/confined.h"

/* Where the stub of gate `number` (below SMF_GATES_MAX) is: the processor's own file says. Thumb bit set on Arm. */
uintptr_t smf_gate_address(uint32_t number);

/* A function, and marked as open to confined modules. */
static inline bool smf_gate_is_open(const struct smf_export *entry)
{
    return entry->kind == (SMF_KIND_FUNCTION | SMF_EXPORT_CONFINED);
}

#endif
