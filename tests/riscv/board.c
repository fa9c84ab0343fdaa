/* SPDX-License-Identifier: MIT */
/*
 * board.c - the port that this board gives to everybody: regions of every kind, and what modules may
 * do with them in each state.
 */
#include "board.h"

#include <string.h>

#include "harness/tap.h"
#include "support/faults.h"

static const struct smf_port *port;

static void the_port_starts(void)
{
    port = board_port();
    CHECK(port != NULL && board_port() == port);
}

static struct smf_region reserve(enum smf_access access, size_t size)
{
    const struct smf_region_request request = {.size = size, .alignment = 16, .access = access};
    static const uint8_t returns[] = {0x82, 0x80, 0x82, 0x80}; /* c.jr ra, twice */
    struct smf_region region = {0};
    CHECK_STATUS(port->reserve(port->context, &request, 1, &region), SMF_OK);
    memcpy(region.bytes, returns, sizeof returns);
    memcpy(region.bytes + size - sizeof returns, returns, sizeof returns);
    port->sync_code(port->context, &region);
    return region;
}

/* What U-mode may do, at both ends. */
static void check(const struct smf_region *region, bool read, bool write, bool execute)
{
    const uintptr_t ends[] = {region->address, region->address + region->size - 4};
    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQUAL(!access_faults(ACCESS_READ, ends[i]), read);
        CHECK_EQUAL(!access_faults(ACCESS_WRITE, ends[i]), write);
        CHECK_EQUAL(!access_faults(ACCESS_EXECUTE, ends[i]), execute);
    }
    CHECK(access_faults(ACCESS_READ, region->address - 4));
}

static void each_access_is_what_it_says(void)
{
    the_port_starts();
    static const struct {
        enum smf_access access;
        bool write, execute;
    } lines[] = {
        {SMF_ACCESS_RW, true,  false},
        {SMF_ACCESS_RO, false, false},
        {SMF_ACCESS_RX, false, true }
    };
    for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++)
        for (size_t size = 16; size <= 400; size += 96) {
            tap_variant("access %u, %u bytes", (unsigned)lines[i].access, (unsigned)size);
            const struct smf_region region = reserve(lines[i].access, size);
            check(&region, true, true, false);
            CHECK_STATUS(port->protect(port->context, &region, lines[i].access), SMF_OK);
            check(&region, true, lines[i].write, lines[i].execute);
            CHECK_STATUS(port->protect(port->context, &region, SMF_ACCESS_RWX), SMF_ERR_PROTECT);
            check(&region, true, lines[i].write, lines[i].execute);
            CHECK_STATUS(port->protect(port->context, &region, SMF_ACCESS_RW), SMF_OK);
            check(&region, true, true, false);
            port->release(port->context, &region, 1);
            check(&region, false, false, false);
        }
}

static void neighbours_keep_their_own(void)
{
    the_port_starts();
    const struct smf_region code = reserve(SMF_ACCESS_RX, 48), other = reserve(SMF_ACCESS_RX, 48);
    CHECK_EQUAL(other.address, code.address + 48);
    CHECK_STATUS(port->protect(port->context, &code, SMF_ACCESS_RX), SMF_OK);
    CHECK(!access_faults(ACCESS_EXECUTE, code.address + 44));
    CHECK(access_faults(ACCESS_EXECUTE, other.address));
    CHECK(access_faults(ACCESS_WRITE, code.address + 44));
    CHECK(!access_faults(ACCESS_WRITE, other.address));
    struct smf_region part = other;
    part.address += 16;
    CHECK_STATUS(port->protect(port->context, &part, SMF_ACCESS_RX), SMF_ERR_PROTECT);
    port->release(port->context, &code, 1);
    port->release(port->context, &other, 1);
}

static void exact_addresses_are_given_or_refused(void)
{
    the_port_starts();
    struct smf_region region, again;
    struct smf_region_request request = {
        .size = 64, .alignment = 16, .access = SMF_ACCESS_RX, .address = (uintptr_t)smf_code_start + 4096};
    CHECK_STATUS(port->reserve(port->context, &request, 1, &region), SMF_OK);
    CHECK_EQUAL(region.address, request.address);
    CHECK_STATUS(port->reserve(port->context, &request, 1, &again), SMF_ERR_NO_MEMORY);
    request.address = (uintptr_t)smf_code_end;
    CHECK_STATUS(port->reserve(port->context, &request, 1, &again), SMF_ERR_NO_MEMORY);
    request.address = (uintptr_t)smf_code_start + 8; /* no multiple of the alignment */
    CHECK_STATUS(port->reserve(port->context, &request, 1, &again), SMF_ERR_NO_MEMORY);
    request.address = (uintptr_t)smf_code_start + 8192;
    request.highest = request.address + 62;
    CHECK_STATUS(port->reserve(port->context, &request, 1, &again), SMF_ERR_NO_MEMORY);
    request.highest++;
    CHECK_STATUS(port->reserve(port->context, &request, 1, &again), SMF_OK);
    port->release(port->context, &again, 1);
    port->release(port->context, &region, 1);
    CHECK_EQUAL(port->available(port->context, SMF_ACCESS_RX), (size_t)(smf_code_end - smf_code_start));
}

static const struct tap_case cases[] = {
    {"the_port_starts",                      the_port_starts                     },
    {"each_access_is_what_it_says",          each_access_is_what_it_says         },
    {"neighbours_keep_their_own",            neighbours_keep_their_own           },
    {"exact_addresses_are_given_or_refused", exact_addresses_are_given_or_refused}
};
TAP_MAIN(cases)
