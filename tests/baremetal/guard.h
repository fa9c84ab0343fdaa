/* SPDX-License-Identifier: MIT */
/*
 * guard.h - do something that may fault, privileged or not, and see what the processor said about it.
 *
 * A guarded call runs on a stack of its own and with exception vectors of its own; whatever it does, the test goes on.
 * Code that runs unprivileged, and its stack, must be open to unprivileged code: guard_user() makes both with a port.
 */
#ifndef SMF_TESTS_GUARD_H
#define SMF_TESTS_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "smf/port_baremetal.h"

/* How a guarded call ended. */
struct guard_end {
    uint64_t cause;       /* AArch64: ESR_EL1. x86-64: vector << 32 | error code. GUARD_RETURNED: no fault */
    uint64_t address;     /* FAR_EL1, CR2                                                                  */
    uint64_t instruction; /* ELR_EL1, RIP                                                                  */
    uint64_t value;       /* what the function returned                                                    */
};
#if defined(__aarch64__)
#define GUARD_RETURNED UINT64_C(0x56000000) /* SVC #0 */
#else
#define GUARD_RETURNED (UINT64_C(0x80) << 32) /* INT 0x80 */
#endif

/* What is tried. */
enum guard_action { GUARD_READ, GUARD_WRITE, GUARD_EXECUTE };

/* At which level. */
enum guard_level { GUARD_PRIVILEGED, GUARD_UNPRIVILEGED };

/* Room for unprivileged code: an RX region with the guard's own code, an RW region as its stack; both open. */
struct guard_user {
    struct smf_region code, stack;
};
SMF_MUST_CHECK
enum smf_status guard_user_start(struct smf_baremetal *baremetal, struct guard_user *user);
void guard_user_finish(struct smf_baremetal *baremetal, struct guard_user *user);

/* Call the code at `function` with two arguments. `user` is needed for GUARD_UNPRIVILEGED. */
struct guard_end guard_call(const struct guard_user *user, enum guard_level level, uintptr_t function, uint64_t first,
                            uint64_t second);

/* Read or write the 32-bit word at `address` (what is written is `value`), or call what is there. */
struct guard_end guard_try(const struct guard_user *user, enum guard_level level, enum guard_action action,
                           uintptr_t address, uint32_t value);

/* The cause of a fault at a page that is mapped and does not allow the action, or at one that is not mapped. */
uint64_t guard_cause(enum guard_level level, enum guard_action action, bool mapped);

#endif
