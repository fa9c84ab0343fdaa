/* SPDX-License-Identifier: MIT */
/* guard.c - see guard.h: the part that C can say. */
#include "baremetal/guard.h"

#include <string.h>

/* From guard_*.S: read, write, jump and the gate, each in 32 bytes. */
enum { CODE_STEP = 32, GATE = 3 };
extern const uint8_t guard_code[], guard_code_end[];

#if defined(__aarch64__)
void guard_enter(struct guard_end *end, uintptr_t function, uint64_t first, uint64_t second, uintptr_t stack,
                 uintptr_t gate, uint64_t state);

static void enter(struct guard_end *end, uintptr_t function, uint64_t first, uint64_t second, uintptr_t stack,
                  uintptr_t gate, bool privileged)
{
    /* SPSR_EL1: interrupts masked; EL1 on SP_EL0, or EL0. */
    guard_enter(end, function, first, second, stack, gate, privileged ? 0x3c4 : 0x3c0);
}

uint64_t guard_cause(enum guard_level level, enum guard_action action, bool mapped)
{
    /* Exception classes 0x20 and 0x24, from the same level 0x21 and 0x25; level-3 permission or translation fault. */
    const uint64_t class = (action == GUARD_EXECUTE ? 0x20u : 0x24u) + (level == GUARD_PRIVILEGED ? 1 : 0);
    return class << 26 | 1 << 25 | (action == GUARD_WRITE ? 0x40u : 0) | (mapped ? 0x0f : 0x07);
}
#else
void guard_enter(struct guard_end *end, uintptr_t function, uint64_t first, uint64_t second, uintptr_t stack,
                 uintptr_t gate, uint64_t selectors);
extern const uint8_t guard_vectors[];

struct gate {
    uint16_t offset_low, selector;
    uint8_t stack, type;
    uint16_t offset_middle;
    uint32_t offset_high, zero;
};
struct __attribute__((packed)) table {
    uint16_t limit;
    uint64_t base;
};

static void lead(struct gate *gate, unsigned entry, uint8_t type)
{
    const uintptr_t offset = (uintptr_t)guard_vectors + entry * 16;
    *gate = (struct gate){.offset_low = (uint16_t)offset,
                          .offset_middle = (uint16_t)(offset >> 16),
                          .offset_high = (uint32_t)(offset >> 32),
                          .selector = 0x08,
                          .stack = 1,
                          .type = type};
}

static void enter(struct guard_end *end, uintptr_t function, uint64_t first, uint64_t second, uintptr_t stack,
                  uintptr_t gate, bool privileged)
{
    static struct gate gates[256] __attribute__((aligned(16)));
    struct table before;
    const struct table mine = {sizeof gates - 1, (uintptr_t)gates};
    __asm__ volatile("sidt %0" : "=m"(before));
    memcpy(gates, (const void *)before.base, sizeof gates);
    for (unsigned i = 0; i < 32; i++)
        lead(&gates[i], i, 0x8e);
    lead(&gates[0x80], 32, 0xee); /* ring 3 may use it */
    __asm__ volatile("lidt %0" : : "m"(mine));
    guard_enter(end, function, first, second, stack, gate, privileged ? 0x100008 : 0x1b0023);
    __asm__ volatile("lidt %0" : : "m"(before));
}

uint64_t guard_cause(enum guard_level level, enum guard_action action, bool mapped)
{
    return UINT64_C(14) << 32 | (mapped ? 1u : 0) | (action == GUARD_WRITE ? 2u : 0) |
           (level == GUARD_UNPRIVILEGED ? 4u : 0) | (action == GUARD_EXECUTE ? 0x10u : 0);
}
#endif

enum smf_status guard_user_start(struct smf_baremetal *baremetal, struct guard_user *user)
{
    const struct smf_port *port = &baremetal->port;
    const struct smf_region_request requests[2] = {
        {.size = SMF_BAREMETAL_PAGE, .alignment = 64, .access = SMF_ACCESS_RX},
        {.size = SMF_BAREMETAL_PAGE, .alignment = 64, .access = SMF_ACCESS_RW},
    };
    struct smf_region regions[2];
    enum smf_status status = port->reserve(port->context, requests, 2, regions);
    if (status != SMF_OK)
        return status;
    *user = (struct guard_user){regions[0], regions[1]};
    memcpy(user->code.bytes, guard_code, (size_t)(guard_code_end - guard_code));
    status = port->protect(port->context, &user->code, SMF_ACCESS_RX);
    port->sync_code(port->context, &user->code);
    if (status == SMF_OK)
        status = smf_baremetal_open(baremetal, &user->code, true);
    if (status == SMF_OK)
        status = smf_baremetal_open(baremetal, &user->stack, true);
    return status;
}

void guard_user_finish(struct smf_baremetal *baremetal, struct guard_user *user)
{
    const struct smf_region regions[2] = {user->code, user->stack};
    baremetal->port.release(baremetal->port.context, regions, 2);
}

struct guard_end guard_call(const struct guard_user *user, enum guard_level level, uintptr_t function, uint64_t first,
                            uint64_t second)
{
    static uint8_t stack[4096] __attribute__((aligned(16)));
    const bool privileged = level == GUARD_PRIVILEGED;
    const uintptr_t code = privileged ? (uintptr_t)guard_code : user->code.address;
    const uintptr_t top = privileged ? (uintptr_t)stack + sizeof stack : user->stack.address + user->stack.size;
    struct guard_end end = {0};
    enter(&end, function, first, second, top, code + GATE * CODE_STEP, privileged);
    return end;
}

struct guard_end guard_try(const struct guard_user *user, enum guard_level level, enum guard_action action,
                           uintptr_t address, uint32_t value)
{
    const uintptr_t code = level == GUARD_PRIVILEGED ? (uintptr_t)guard_code : user->code.address;
    return guard_call(user, level, code + (uintptr_t)action * CODE_STEP, address, value);
}
