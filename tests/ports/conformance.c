/* SPDX-License-Identifier: MIT */
/* The promises of smf/port.h, one case for each, tried on the port of the system or board that this runs on. */
#include "conformance/conformance.h"
#include "harness/tap.h"
#include "support/own_port.h"

#ifndef SMF_TESTS_BOARD
#include "support/faults.h"

/* What cannot be executed, or is there to be called, begins with a return. */
static bool faults(enum smf_port_try kind, uintptr_t address)
{
    static const enum access_kind kinds[] = {ACCESS_READ, ACCESS_WRITE, ACCESS_EXECUTE};
    return access_faults(kinds[kind], address);
}
#endif

static struct smf_port_check check = {
#if defined(SMF_TESTS_BOARD)
    .faults = NULL, /* the boards' own tests provoke them, with their guarded calls */
#else
    .faults = faults,
#if defined(SMF_TESTS_EMULATED) && !defined(_WIN32) /* qemu-user; wine tells them apart */
    .query_is_coarse = true,
#endif
#endif
};

#ifdef SMF_TESTS_POOL
static struct smf_posix_pool pool;

static const struct smf_port *tried_port(void)
{
    check.finite = true;
    return pool.bytes != NULL ? &pool.port : smf_port_posix_pool_start(&pool, 200 * 1024, SMF_POSIX_POOL_SEALED);
}
#else
#define tried_port own_port
#endif

static void promise(enum smf_port_promise number)
{
    check.port = tried_port();
    CHECK(check.port != NULL);
    if (check.port == NULL)
        return;
    const enum smf_promise_result result = smf_port_check_promise(&check, number);
    if (result == SMF_PROMISE_NOT_TRIED)
        tap_skip(check.why);
    tap_check(result != SMF_PROMISE_BROKEN, __FILE__, __LINE__, "%s", check.why != NULL ? check.why : "");
}

#define CASE(constant, function, name)                                                                                 \
    static void name(void) { promise(SMF_PROMISE_##constant); }
SMF_PORT_PROMISES(CASE)

#define ENTRY(constant, function, name) {#name, name},
static const struct tap_case cases[] = {SMF_PORT_PROMISES(ENTRY)};

TAP_MAIN(cases)
