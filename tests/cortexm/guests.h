/* SPDX-License-Identifier: MIT */
/*
 * guests.h - the firmware of the tests with real modules: port and loader over the board's pools, exports behind gates, and
 * modules of modules/ that run confined.
 */
#ifndef SMF_TESTS_GUESTS_H
#define SMF_TESTS_GUESTS_H

#include "smf/load.h"
#include "smf/port_mpu.h"

/* The files, in modules.S. */
#define FILE(name) extern const uint8_t module_##name[], module_##name##_end[]
FILE(worker);
FILE(closed);
FILE(distant);
FILE(pure);
FILE(wild);
#define BYTES(name) module_##name, (size_t)(module_##name##_end - module_##name)

#define REGIONS 40u /* books of each pool */

extern struct smf_mpu mpu;
extern const struct smf_port *port;
extern struct smf_loader loader;
extern struct smf_diagnosis why;
extern struct smf_gates gates;
extern uintptr_t logged;         /* what log_number() was called with last */
extern volatile uint32_t secret; /* of the firmware: SECRET                */
#define SECRET 0x5EC2E7
uintptr_t log_number(uintptr_t number);
enum { GATE_CLOSED, GATE_LOG, GATE_SECRET, GATE_FOUR };

/* All pools of the board, and its RAM, in which nothing else executes. */
struct smf_mpu_config whole_board(void);

/* Port, and loader with gates. */
void start(const struct smf_mpu_config *config);
/* Another loader over the same port. */
void start_loader(enum smf_status (*resolve)(void *, const struct smf_binding_request *, struct smf_binding_answer *),
                  void *context);
enum smf_status load(struct smf_module **module, const uint8_t *bytes, size_t size);
/* Nothing is reserved any more. */
void pools_are_empty(void);

/* A module that runs confined, on a stack from the port. */
struct guest {
    struct smf_module *module;
    struct smf_confined confined;
    struct smf_region stack;
};
enum smf_status confine(struct guest *guest, const uint8_t *bytes, size_t size);
void dismiss(struct guest *guest);

enum smf_status call(struct guest *guest, const char *name, uintptr_t a0, uintptr_t a1, uintptr_t *result,
                     struct smf_fault *fault);
uintptr_t must_return(struct guest *guest, const char *name, uintptr_t a0, uintptr_t a1);
/* The call ends in this fault; module and firmware are alive afterwards. */
struct smf_fault must_fault(struct guest *guest, const char *name, uintptr_t a0, enum smf_fault_kind kind);

#endif
