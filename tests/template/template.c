/* SPDX-License-Identifier: MIT */
/*
 * template.c - the port that is meant to be copied keeps what a machine without protection can keep, and says of
 * everything else that it was not tried.
 *
 * Its memory: on hosts a mapping that can be written and executed, on boards the pool for code, before any port has
 * protected it. Where start-up maps that pool only on demand (page tables) nothing is executed.
 */
#include <stdlib.h>
#include <string.h>

#include "conformance/conformance.h"
#include "harness/tap.h"
#include "smf/port_template.h"
#if defined(SMF_TESTS_BOARD)
#include "board.h"
#elif !defined(_WIN32)
#include <sys/mman.h>
#endif

enum { SIZE = 1 << 14, BOOKS = 48 };

static struct smf_template template_port;
static struct smf_pool_block blocks[BOOKS];
static int depth;
static uint64_t ticks;

static void lock(void *context) { *(int *)context += 1; }
static void unlock(void *context) { *(int *)context -= 1; }
static uint64_t now(void *context)
{
    (void)context;
    return ++ticks;
}

static void sync_code(void *context, const struct smf_region *region)
{
    (void)context;
#if defined(__riscv) && defined(SMF_TESTS_BOARD)
    __asm__ volatile("fence rw, rw\n .word 0x0000100F" ::: "memory"); /* fence.i */
#elif defined(__arm__)
    (void)region;
    __asm__ volatile("dsb\n isb" ::: "memory");
#endif
#if !defined(SMF_TESTS_BOARD)
    __builtin___clear_cache((char *)region->bytes, (char *)region->bytes + region->size);
#endif
    (void)region;
}

/* Memory that can be executed, if there is such. */
static void *find_memory(bool *executes)
{
    static uint8_t plain[SIZE] __attribute__((aligned(64)));
    *executes = true;
#if defined(SMF_TESTS_BOARD)
#if !defined(__aarch64__) && !defined(__x86_64__)
    CHECK((size_t)(smf_code_end - smf_code_start) >= SIZE);
    return smf_code_start;
#endif
#elif !defined(_WIN32)
    static void *mapped;
    if (mapped == NULL)
        mapped = mmap(NULL, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped != MAP_FAILED)
        return mapped;
#endif
    *executes = false;
    return plain;
}

static struct smf_template_config config_of(bool *executes)
{
    return (struct smf_template_config){.bytes = find_memory(executes),
                                        .size = SIZE,
                                        .blocks = blocks,
                                        .block_max = BOOKS,
                                        .context = &depth,
                                        .sync_code = sync_code,
                                        .lock = lock,
                                        .unlock = unlock,
                                        .now = now};
}

static const struct smf_port *start(bool *executes)
{
    const struct smf_template_config config = config_of(executes);
    const struct smf_port *port = NULL;
    CHECK_STATUS(smf_template_start(&template_port, &config, &port), SMF_OK);
    return port;
}

/* What protection would be needed for: said, not passed. */
static bool needs_protection(enum smf_port_promise promise)
{
    return promise == SMF_PROMISE_QUERY || promise == SMF_PROMISE_FAULTS || promise == SMF_PROMISE_PARTS;
}

static void every_promise_that_it_makes_is_kept(void)
{
    bool executes;
    struct smf_port_check check = {.port = start(&executes), .finite = true};
    check.cannot_call = !executes;
    unsigned kept = 0;
    for (unsigned i = 0; i < SMF_PROMISES; i++) {
        const enum smf_port_promise promise = (enum smf_port_promise)i;
        tap_variant("%s", smf_port_promise_name(promise));
        const enum smf_promise_result result = smf_port_check_promise(&check, promise);
        if (result != SMF_PROMISE_KEPT)
            tap_note("%s: %s", smf_port_promise_name(promise), check.why);
        CHECK(result != SMF_PROMISE_BROKEN);
        if (needs_protection(promise))
            CHECK_EQUAL(result, SMF_PROMISE_NOT_TRIED);
        kept += result == SMF_PROMISE_KEPT;
        CHECK_EQUAL(depth, 0);
    }
    tap_variant("%s", "");
    CHECK(kept >= 14);
    tap_note("%u of %u promises are kept, the others need protection or memory that executes", kept,
             (unsigned)SMF_PROMISES);
    CHECK_EQUAL(template_port.pool.block_count, 0);
}

static void bad_configurations_are_refused(void)
{
    bool executes;
    static struct smf_template unused;
    const struct smf_template_config good = config_of(&executes);
    for (unsigned i = 0; i < 6; i++) {
        struct smf_template_config config = good;
        const struct smf_port *port = NULL;
        config.bytes = i == 0 ? NULL : config.bytes;
        config.size = i == 1 ? 0 : config.size;
        config.blocks = i == 2 ? NULL : config.blocks;
        config.block_max = i == 3 ? 0 : config.block_max;
        config.lock = i == 4 ? NULL : config.lock;
        config.unlock = i == 5 ? NULL : config.unlock;
        tap_variant("%u", i);
        CHECK_STATUS(smf_template_start(&unused, &config, &port), SMF_ERR_ARGUMENT);
        CHECK(port == NULL);
    }
    tap_variant("%s", "");
}

static void what_is_not_given_is_not_in_the_table(void)
{
    bool executes;
    const struct smf_port *port = start(&executes);
    CHECK(port->sync_code != NULL && port->lock != NULL && port->unlock != NULL && port->now != NULL);
    const struct smf_template_config config = {
        .bytes = template_port.config.bytes, .size = SIZE, .blocks = blocks, .block_max = BOOKS};
    CHECK_STATUS(smf_template_start(&template_port, &config, &port), SMF_OK);
    CHECK(port->sync_code == NULL && port->lock == NULL && port->unlock == NULL && port->now == NULL);
    CHECK(port->query == NULL && port->granule == 0 && port->can_rwx);
}

/* The address of a region that is out, outside of the pool, misaligned, above `highest`: nothing changes. */
static void exact_addresses_keep_to_the_pool(void)
{
    bool executes;
    const struct smf_port *port = start(&executes);
    const uintptr_t base = (uintptr_t)template_port.config.bytes;
    const struct smf_region_request wanted[] = {
        {64, 1,  SMF_ACCESS_RW, 0,          base - 64       },
        {64, 1,  SMF_ACCESS_RW, 0,          base + SIZE     },
        {64, 1,  SMF_ACCESS_RW, 0,          base + SIZE - 63},
        {64, 32, SMF_ACCESS_RW, 0,          base + 16       },
        {64, 1,  SMF_ACCESS_RW, base + 126, base + 64       },
        {64, 1,  SMF_ACCESS_RW, base + 63,  base + 64       }
    };
    struct smf_region region;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        tap_variant("%u", (unsigned)i);
        CHECK_STATUS(port->reserve(port->context, &wanted[i], 1, &region), SMF_ERR_NO_MEMORY);
        CHECK_EQUAL(port->available(port->context, SMF_ACCESS_RX), SIZE);
    }
    tap_variant("%s", "");
    const struct smf_region_request good = {64, 32, SMF_ACCESS_RW, base + 127, base + 64};
    CHECK_STATUS(port->reserve(port->context, &good, 1, &region), SMF_OK);
    CHECK(region.address == base + 64);
    port->release(port->context, &region, 1);
    CHECK_STATUS(port->reserve(port->context, &good, 0, &region), SMF_ERR_ARGUMENT);
    CHECK_STATUS(port->reserve(port->context, &good, 4, &region), SMF_ERR_ARGUMENT);
}

static const struct tap_case cases[] = {
    {"every_promise_that_it_makes_is_kept",   every_promise_that_it_makes_is_kept  },
    {"bad_configurations_are_refused",        bad_configurations_are_refused       },
    {"what_is_not_given_is_not_in_the_table", what_is_not_given_is_not_in_the_table},
    {"exact_addresses_keep_to_the_pool",      exact_addresses_keep_to_the_pool     },
};
TAP_MAIN(cases)
