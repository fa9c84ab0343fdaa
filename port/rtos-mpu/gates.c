/* SPDX-License-Identifier: MIT */
/* gates.c - imports of confined modules become gates: see smf/confined.h. */
#include "gates.h"

/* Both end in a NUL. */
static bool same(const char *left, const char *right)
{
    while (*left != '\0' && *left == *right)
        left++, right++;
    return *left == *right;
}

/*
 * Existence first, by the table's own index; the number afterwards, among the few that have a gate.
 * Aliases have one address, so the name decides.
 */
enum smf_status smf_gates_resolve(void *context, const struct smf_binding_request *request,
                                  struct smf_binding_answer *answer)
{
    const struct smf_gates *gates = context;
    const struct smf_exports *exports = gates->exports;
    struct smf_binding_answer found = {0};
    /* The table is only read: the resolver takes its context as it takes everybody's. */
    const enum smf_status status = smf_exports_resolve((void *)(uintptr_t)exports, request, &found);
    if (status != SMF_OK)
        return status;
    for (uint32_t i = 0; i < exports->count && i < SMF_GATES_MAX; i++)
        if (exports->entries[i].address == found.address && same(exports->entries[i].name, request->name) &&
            smf_gate_is_open(&exports->entries[i])) {
            *answer = (struct smf_binding_answer){.address = smf_gate_address(i), .kind = SMF_KIND_FUNCTION};
            return SMF_OK;
        }
    return SMF_ERR_NOT_OPEN;
}
