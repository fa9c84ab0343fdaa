/* SPDX-License-Identifier: MIT */
/* Tests of port/conformance: a port that breaks one promise at a time is caught by the check of that promise. */
#include <string.h>

#include "conformance/conformance.h"
#include "harness/tap.h"
#include "smf/port_posix.h"

enum { POOL = 200 * 1024 };

static struct smf_posix_pool pool; /* the honest one behind */
static struct smf_port liar;
static unsigned count; /* calls of the lying function */

static const struct smf_port *honest(void)
{
    return pool.bytes != NULL ? &pool.port : smf_port_posix_pool_start(&pool, POOL, SMF_POSIX_POOL_SEALED);
}

static bool fault(enum smf_port_try kind, uintptr_t address)
{
    enum smf_access access;
    if (pool.port.query(&pool, address, &access) != SMF_OK)
        return true;
    return kind == SMF_TRY_WRITE ? access != SMF_ACCESS_RW : kind == SMF_TRY_EXECUTE && access != SMF_ACCESS_RX;
}

static bool never_faults(enum smf_port_try kind, uintptr_t address)
{
    (void)kind, (void)address;
    return false;
}

static enum smf_promise_result run(enum smf_port_promise promise, bool (*faults)(enum smf_port_try, uintptr_t))
{
    struct smf_port_check check = {.port = &liar, .faults = faults, .finite = true};
#ifdef SMF_TESTS_EMULATED
    check.query_is_coarse = true;
#endif
    const size_t before = pool.port.available(&pool, SMF_ACCESS_RW);
    const enum smf_promise_result result = smf_port_check_promise(&check, promise);
    CHECK((check.why == NULL) == (result == SMF_PROMISE_KEPT));
    tap_note("%s: %s", smf_port_promise_name(promise), check.why != NULL ? check.why : "kept");
    if (result != SMF_PROMISE_BROKEN)
        CHECK_EQUAL(pool.port.available(&pool, SMF_ACCESS_RW), before);
    return result;
}

/* Tell the lie afresh over an empty pool, and see it. */
static void caught(enum smf_port_promise promise) { CHECK_EQUAL(run(promise, fault), SMF_PROMISE_BROKEN); }

static void start(void)
{
    if (pool.bytes != NULL)
        smf_port_posix_pool_finish(&pool);
    memset(&pool, 0, sizeof pool);
    liar = *honest();
    count = 0;
}

static void store_honestly(void *context, const struct smf_region *region, const struct smf_store *stores, size_t n)
{
    CHECK_STATUS(pool.port.protect(context, region, SMF_ACCESS_RW), SMF_OK);
    for (size_t i = 0; i < n; i++)
        memcpy(region->bytes + stores[i].offset, &stores[i].value, sizeof stores[i].value);
    CHECK_STATUS(pool.port.protect(context, region, SMF_ACCESS_RO), SMF_OK);
}

static void an_honest_port_is_believed(void)
{
    for (unsigned i = 0; i < SMF_PROMISES; i++) {
        start();
        liar.store = store_honestly;
        CHECK_EQUAL(run((enum smf_port_promise)i, fault), SMF_PROMISE_KEPT);
    }
}

static void what_a_port_has_not_is_not_tried(void)
{
    static const enum smf_port_promise optional[] = {SMF_PROMISE_QUERY,     SMF_PROMISE_PARTS, SMF_PROMISE_STORE,
                                                     SMF_PROMISE_AVAILABLE, SMF_PROMISE_LOCK,  SMF_PROMISE_NOW,
                                                     SMF_PROMISE_FAULTS};
    start();
    liar.query = NULL, liar.available = NULL, liar.lock = NULL, liar.unlock = NULL, liar.now = NULL;
    liar.can_split = false;
    for (unsigned i = 0; i < sizeof optional / sizeof optional[0]; i++)
        CHECK_EQUAL(run(optional[i], NULL), SMF_PROMISE_NOT_TRIED);
}

static void facts(void)
{
    start();
    liar.granule = 4097;
    caught(SMF_PROMISE_FACTS);
    start();
    liar.parts = 8;
    caught(SMF_PROMISE_FACTS);
    start();
    liar.unlock = NULL;
    caught(SMF_PROMISE_FACTS);
    start();
    liar.protect = NULL;
    caught(SMF_PROMISE_FACTS);
}

/* Lies of reserve: made of what the honest pool answers. */
static enum { SMALL, NO_BYTES, MISALIGNED, SHARED, HIGH, ELSEWHERE, TAKEN, KEEPS, STATUS, SCRIBBLES } lie;

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t n,
                               struct smf_region *regions)
{
    static struct smf_region last;
    struct smf_region_request asked[3];
    memcpy(asked, requests, n * sizeof asked[0]);
    for (size_t i = 0; i < n; i++) {
        asked[i].highest = lie == HIGH ? 0 : asked[i].highest;
        asked[i].address = lie == ELSEWHERE || lie == TAKEN ? 0 : asked[i].address;
    }
    enum smf_status status = pool.port.reserve(context, asked, n, regions);
    if (lie == ELSEWHERE && requests[0].address != 0 && count++ == 0) { /* honest about what is taken */
        pool.port.release(context, regions, n);
        return SMF_ERR_NO_MEMORY;
    }
    if (status != SMF_OK && lie == KEEPS && n == 3)
        (void)!pool.port.reserve(context, asked, 1, &last); /* what it had begun with */
    if (status != SMF_OK)
        return lie == STATUS ? SMF_ERR_LIMIT : status;
    regions[0].size -= lie == SMALL;
    regions[0].bytes = lie == NO_BYTES ? NULL : regions[0].bytes;
    if (lie == MISALIGNED)
        regions[0].address++;
    if (lie == ELSEWHERE && requests[0].address != 0)
        regions[0].address += 4096;
    if (lie == SHARED && n > 1)
        regions[1].address = regions[0].address + regions[0].size;
    if (lie == SCRIBBLES && count++ != 0)
        last.bytes[3] ^= 1;
    last = regions[0];
    return SMF_OK;
}

static void lies(unsigned which, enum smf_port_promise promise)
{
    start();
    lie = which;
    liar.reserve = reserve;
    caught(promise);
}

static void places(void)
{
    lies(SMALL, SMF_PROMISE_REGIONS);
    lies(NO_BYTES, SMF_PROMISE_REGIONS);
    lies(MISALIGNED, SMF_PROMISE_ALIGNMENT);
    lies(SHARED, SMF_PROMISE_GRANULES);
    start();
    liar.reach = 4096; /* and the third region lies two pages away */
    caught(SMF_PROMISE_GRANULES);
    lies(HIGH, SMF_PROMISE_HIGHEST);
    lies(STATUS, SMF_PROMISE_HIGHEST);
    lies(TAKEN, SMF_PROMISE_ADDRESS);
    lies(ELSEWHERE, SMF_PROMISE_ADDRESS);
    lies(SCRIBBLES, SMF_PROMISE_EXHAUSTION);
    lies(STATUS, SMF_PROMISE_EXHAUSTION);
    lies(STATUS, SMF_PROMISE_ALL_OR_NONE);
    lies(KEEPS, SMF_PROMISE_ALL_OR_NONE);
}

static void forget(void *context, const struct smf_region *regions, size_t n)
{
    if (++count % 50 != 0)
        pool.port.release(context, regions, n);
}

static void memory_that_does_not_come_back(void)
{
    start();
    liar.release = forget;
    caught(SMF_PROMISE_REUSE);
}

static enum smf_status protect_wrongly(void *context, const struct smf_region *region, enum smf_access access)
{
    const enum smf_status status = pool.port.protect(context, region, SMF_ACCESS_RW);
    if (access != SMF_ACCESS_RW && status == SMF_OK)
        region->bytes[0] ^= 1;
    return status != SMF_OK ? status : pool.port.protect(context, region, access);
}

static enum smf_status protect_nothing(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context, (void)region, (void)access;
    return SMF_OK;
}

static enum smf_status protect_whole(void *context, const struct smf_region *region, enum smf_access access)
{
    struct smf_region more = *region;
    if (region->size == liar.granule)
        more.size += liar.granule;
    return pool.port.protect(context, &more, access);
}

static void protection(void)
{
    start();
    liar.protect = protect_wrongly;
    caught(SMF_PROMISE_PROTECT);
    start();
    liar.protect = protect_nothing;
    caught(SMF_PROMISE_QUERY);
    start();
    liar.protect = protect_nothing;
    caught(SMF_PROMISE_FAULTS);
    start();
    liar.protect = protect_whole;
    caught(SMF_PROMISE_PARTS);
    start();
    CHECK_EQUAL(run(SMF_PROMISE_FAULTS, never_faults), SMF_PROMISE_BROKEN);
    start();
    liar.can_rwx = false;
    caught(SMF_PROMISE_RWX);
}

static enum smf_status query_anything(void *context, uintptr_t address, enum smf_access *access)
{
    (void)context, (void)address;
    *access = SMF_ACCESS_RW;
    return SMF_OK;
}

static void store_too_few(void *context, const struct smf_region *region, const struct smf_store *stores, size_t n)
{
    store_honestly(context, region, stores, n > 1 ? n - 1 : n);
}

static void store_open(void *context, const struct smf_region *region, const struct smf_store *stores, size_t n)
{
    store_honestly(context, region, stores, n);
    CHECK_STATUS(pool.port.protect(context, region, SMF_ACCESS_RW), SMF_OK);
}

static size_t available_more(void *context, enum smf_access access) { return pool.port.available(context, access) + 1; }
static size_t available_less(void *context, enum smf_access access) { return pool.port.available(context, access) - 1; }

static uint64_t now(void *context)
{
    (void)context;
    return 1000 - count++ % 500;
}

static void optional_calls(void)
{
    start();
    liar.query = query_anything;
    caught(SMF_PROMISE_QUERY);
    start();
    liar.store = store_too_few;
    caught(SMF_PROMISE_STORE);
    start();
    liar.store = store_open;
    caught(SMF_PROMISE_STORE);
    start();
    liar.available = available_more;
    caught(SMF_PROMISE_AVAILABLE);
    start();
    liar.available = available_less;
    caught(SMF_PROMISE_AVAILABLE);
    start();
    liar.now = now;
    caught(SMF_PROMISE_NOW);
}

static const struct tap_case cases[] = {
    {"an_honest_port_is_believed",       an_honest_port_is_believed      },
    {"what_a_port_has_not_is_not_tried", what_a_port_has_not_is_not_tried},
    {"facts",                            facts                           },
    {"places",                           places                          },
    {"memory_that_does_not_come_back",   memory_that_does_not_come_back  },
    {"protection",                       protection                      },
    {"optional_calls",                   optional_calls                  },
};

TAP_MAIN(cases)
