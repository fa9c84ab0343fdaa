/* SPDX-License-Identifier: MIT */
/*
 * access.c - support/faults.h on these boards: would a module be refused this access? It is tried in U-mode, where
 * the memory around the address is open as the port has it on record.
 */
#include <string.h>

#include "access.h"
#include "attacks.h"
#include "board.h"
#include "smf/confined.h"
#include "support/faults.h"

enum { ROOM = 512 }; /* for attack_code, and for a stack */

const struct smf_port *access_port;

static uint8_t stage[ROOM] __attribute__((aligned(ROOM))), stack[ROOM] __attribute__((aligned(ROOM)));

/* What the port says around `address`: the granules that have the access that it has. */
static bool surround(const struct smf_port *port, uintptr_t address, struct smf_region *region)
{
    const uintptr_t granule = port->granule;
    enum smf_access access;
    uintptr_t start = address & ~(granule - 1), end = start + granule;
    if (port->query(port->context, address, &region->access) != SMF_OK)
        return false;
    while (address - start < ROOM && port->query(port->context, start - granule, &access) == SMF_OK &&
           access == region->access)
        start -= granule;
    while (end - address < ROOM && port->query(port->context, end, &access) == SMF_OK && access == region->access)
        end += granule;
    region->address = start;
    region->bytes = (uint8_t *)start; /* NOLINT */
    region->size = end - start;
    return true;
}

bool access_faults(enum access_kind kind, uintptr_t address)
{
    static const uint8_t *const attacks[] = {
        [ACCESS_READ] = attack_read_byte, [ACCESS_WRITE] = attack_write_byte, [ACCESS_EXECUTE] = attack_jump};
    const struct smf_port *port = access_port != NULL ? access_port : board_port();
    const uintptr_t arguments[] = {address};
    struct smf_confined confined = {.regions = {{stage, (uintptr_t)stage, ROOM, SMF_ACCESS_RX}}, .region_count = 1};
    struct smf_fault fault = {0};
    memcpy(stage, attack_code, (size_t)(attack_code_end - attack_code));
    __asm__ volatile("fence rw, rw\n .word 0x0000100F" ::: "memory"); /* fence.i */
    if (surround(port, address, &confined.regions[1]))
        confined.region_count++;
    confined.regions[confined.region_count++] = (struct smf_region){stack, (uintptr_t)stack, ROOM, SMF_ACCESS_RW};
    void (*const function)(void) = (void (*)(void))((uintptr_t)stage + (uintptr_t)(attacks[kind] - attack_code));
    return smf_call_confined(&confined, function, arguments, 1, NULL, &fault) == SMF_ERR_FAULT && fault.has_address &&
           fault.address == address;
}
