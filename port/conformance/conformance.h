/* SPDX-License-Identifier: MIT */
/*
 * conformance.h - does a port keep the promises of smf/port.h?
 *
 * The same source for every port, freestanding: on a host, on a board. Each promise is tried
 * by itself, through the port's table only; what a check reserves it releases.
 *
 *     struct smf_port_check check = {.port = my_port(), .faults = my_faults};
 *     for (unsigned i = 0; i < SMF_PROMISES; i++)
 *         if (smf_port_check_promise(&check, i) == SMF_PROMISE_BROKEN)
 *             print(smf_port_promise_name(i), check.why);
 */
#ifndef SMF_PORT_CONFORMANCE_H
#define SMF_PORT_CONFORMANCE_H

#include "smf/port.h"

/* One line for each promise: the constant, the function behind it, what the check is called. */
#define SMF_PORT_PROMISES(X)                                                                                           \
    X(FACTS, facts, facts_agree_with_each_other)                                                                       \
    X(REGIONS, regions, regions_are_what_was_asked_for)                                                                \
    X(ALIGNMENT, alignment, alignment_is_honoured)                                                                     \
    X(GRANULES, granules, regions_share_no_granule_and_lie_within_reach)                                               \
    X(HIGHEST, highest, highest_address_is_honoured)                                                                   \
    X(ADDRESS, address, exact_address_or_no_memory)                                                                    \
    X(WRITABLE, writable, contents_are_writable_until_sealed)                                                          \
    X(ALL_OR_NONE, all_or_none, reserve_is_all_or_none)                                                                \
    X(EXHAUSTION, exhaustion, exhaustion_leaves_everything_intact)                                                     \
    X(REUSE, reuse, released_memory_comes_back)                                                                        \
    X(PROTECT, protect, protect_keeps_contents)                                                                        \
    X(RWX, rwx, both_only_where_the_port_can)                                                                          \
    X(QUERY, query, query_tells_what_is_in_force)                                                                      \
    X(FAULTS, faults, sealed_memory_faults)                                                                            \
    X(PARTS, parts, parts_are_protected_alone)                                                                         \
    X(STORE, store, store_changes_sealed_pointers_only)                                                                \
    X(AVAILABLE, available, available_is_what_reserve_gives)                                                           \
    X(CODE, code, fresh_code_runs)                                                                                     \
    X(LOCK, lock, lock_is_recursive)                                                                                   \
    X(NOW, now, time_never_runs_backwards)

enum smf_port_promise {
#define SMF_PORT_PROMISE_ENTRY(constant, function, name) SMF_PROMISE_##constant,
    SMF_PORT_PROMISES(SMF_PORT_PROMISE_ENTRY)
#undef SMF_PORT_PROMISE_ENTRY
        SMF_PROMISES
};

enum smf_port_try { SMF_TRY_READ, SMF_TRY_WRITE, SMF_TRY_EXECUTE };

struct smf_port_check {
    const struct smf_port *port; /* required */

    /* Provoke an access of the kind that modules make, and say whether a fault arrived. A write stores the byte that
     * is there; what is executed returns if it can. NULL: faults are not provoked. */
    bool (*faults)(enum smf_port_try kind, uintptr_t address);

    /* The port's memory ends after a few dozen regions of a few granules: the checks use it up. */
    bool finite;

    /* Where query cannot tell RO from RX (an emulator that shows its host's pages). */
    bool query_is_coarse;

    /* The caller cannot run what lies in a region: it was reserved for another machine. */
    bool cannot_call;

    const char *why; /* out: what was not kept, or why it was not tried */
};

enum smf_promise_result { SMF_PROMISE_KEPT, SMF_PROMISE_BROKEN, SMF_PROMISE_NOT_TRIED };

/* Try one promise. Nothing stays reserved. A lock that is not recursive makes the check of it hang. */
enum smf_promise_result smf_port_check_promise(struct smf_port_check *check, enum smf_port_promise promise);

const char *smf_port_promise_name(enum smf_port_promise promise);

#endif
