/* SPDX-License-Identifier: MIT */
/* exec.c - executable memory by hand over a port on paper: what is refused, what goes wrong, what is given back. */
#include "smf/exec.h"

#include <string.h>

#include "harness/tap.h"
#include "support/paper.h"

enum { BLOCKS = 4, GRANULE = 4096 };

static struct paper paper;
static struct smf_exec exec;
static struct smf_exec_block blocks[BLOCKS];

/* ---- A port with parts, over the paper one: what each granule of one region is, and every call ---- */

static struct {
    enum smf_status (*protect)(void *, const struct smf_region *, enum smf_access);
    enum smf_access granules[16];
    uintptr_t base;
    size_t first, count; /* granules of the last protect */
    unsigned calls, synchronised;
    enum smf_status answer;
} parts;

static enum smf_status protect_parts(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context;
    parts.calls++;
    if (parts.answer != SMF_OK)
        return parts.answer;
    CHECK_EQUAL((region->address - parts.base) % GRANULE, 0);
    parts.first = (size_t)(region->address - parts.base) / GRANULE;
    parts.count = (region->size + GRANULE - 1) / GRANULE;
    for (size_t i = 0; i < parts.count; i++)
        parts.granules[parts.first + i] = access;
    return SMF_OK;
}

static enum smf_status query_parts(void *context, uintptr_t address, enum smf_access *access)
{
    (void)context;
    if (address - parts.base >= sizeof parts.granules / sizeof parts.granules[0] * GRANULE)
        return SMF_ERR_NOT_FOUND;
    *access = parts.granules[(address - parts.base) / GRANULE];
    return SMF_OK;
}

static void sync_parts(void *context, const struct smf_region *region)
{
    (void)context;
    CHECK_EQUAL(parts.granules[(region->address - parts.base) / GRANULE] == SMF_ACCESS_RX, 0);
    parts.synchronised++;
}

/* ---- Scene ---- */

static struct smf_exec_config config_of(void)
{
    return (struct smf_exec_config){.port = &paper.port, .blocks = blocks, .block_count = BLOCKS};
}

static void start(void)
{
    const struct smf_exec_config config = config_of();
    paper_start(&paper);
    paper.base = 0x40000000; /* also where addresses have 32 bits */
    CHECK_STATUS(smf_exec_start(&exec, &config), SMF_OK);
}

static void end(void)
{
    smf_exec_finish(&exec);
    paper_end(&paper);
}

static struct smf_region allocate(size_t size, enum smf_access access)
{
    struct smf_region region = {0};
    CHECK_STATUS(smf_exec_alloc(&exec, size, 0, access, &region), SMF_OK);
    return region;
}

static size_t live(void)
{
    struct smf_exec_totals totals;
    smf_exec_totals(&exec, &totals);
    CHECK_EQUAL(totals.regions, paper_live(&paper));
    return totals.regions;
}

static enum smf_access in_force(uintptr_t address)
{
    enum smf_access access = SMF_ACCESS_RWX;
    CHECK_STATUS(smf_exec_query(&exec, address, &access), SMF_OK);
    return access;
}

static struct smf_region with_parts(size_t size)
{
    start();
    const struct smf_region region = allocate(size, SMF_ACCESS_RX);
    memset(&parts, 0, sizeof parts); /* SMF_ACCESS_RW is 0 */
    parts.base = region.address;
    paper.port.can_split = true;
    paper.port.protect = protect_parts;
    paper.port.query = query_parts;
    paper.port.sync_code = sync_parts;
    return region;
}

/* ---- Cases ---- */

static void starting_needs_a_port_and_blocks(void)
{
    paper_start(&paper);
    for (unsigned missing = 0; missing < 6; missing++) {
        struct smf_exec_config config = config_of();
        struct smf_port port = paper.port;
        config.port = missing == 0 ? NULL : &port;
        port.reserve = missing == 1 ? NULL : port.reserve;
        port.release = missing == 2 ? NULL : port.release;
        port.protect = missing == 3 ? NULL : port.protect;
        config.blocks = missing == 4 ? NULL : blocks;
        config.block_count = missing == 5 ? 0 : BLOCKS;
        tap_variant("%u", missing);
        CHECK_STATUS(smf_exec_start(&exec, &config), SMF_ERR_ARGUMENT);
    }
    tap_variant("%s", "");
    paper_end(&paper);
}

static void a_region_is_zeroed_written_sealed_and_freed(void)
{
    static const uint8_t code[] = {1, 2, 3, 4};
    start();
    const struct smf_region region = allocate(5000, SMF_ACCESS_RX);
    CHECK_EQUAL(region.size, 5000);
    CHECK_EQUAL(region.address % GRANULE, 0);
    unsigned others = 0;
    for (size_t i = 0; i < region.size; i++)
        others += region.bytes[i] != 0;
    CHECK_EQUAL(others, 0);
    CHECK_EQUAL(in_force(region.address), SMF_ACCESS_RW);
    CHECK(!smf_exec_is_executable(&exec, region.address));
    CHECK_STATUS(smf_exec_write(&exec, region.address, 4996, code, 4), SMF_OK);
    CHECK_EQUAL(region.bytes[4999], 4);
    CHECK_STATUS(smf_exec_seal(&exec, region.address), SMF_OK);
    CHECK_EQUAL(in_force(region.address + 4999), SMF_ACCESS_RX);
    CHECK(smf_exec_is_executable(&exec, region.address + 4999));
    CHECK_STATUS(smf_exec_write(&exec, region.address, 0, code, 4), SMF_ERR_PROTECT);
    CHECK_STATUS(smf_exec_unseal(&exec, region.address), SMF_OK);
    CHECK(!smf_exec_is_executable(&exec, region.address));
    CHECK_STATUS(smf_exec_write(&exec, region.address, 0, code, 4), SMF_OK);
    CHECK_STATUS(smf_exec_seal(&exec, region.address), SMF_OK);
    CHECK_STATUS(smf_exec_free(&exec, region.address, 5000), SMF_OK);
    CHECK_EQUAL(live(), 0);
    end();
}

/* Each time: what was written last is synchronised before it can be executed. Data is not code. */
static void code_is_synchronised_after_its_last_write_and_before_it_runs(void)
{
    start();
    const struct smf_region code = allocate(100, SMF_ACCESS_RX), data = allocate(100, SMF_ACCESS_RO);
    CHECK_STATUS(smf_exec_seal(&exec, data.address), SMF_OK);
    CHECK_STATUS(smf_exec_seal(&exec, code.address), SMF_OK);
    CHECK_STATUS(smf_exec_unseal(&exec, code.address), SMF_OK);
    CHECK_STATUS(smf_exec_protect(&exec, code.address, 100, SMF_ACCESS_RX), SMF_OK);
    static const struct {
        enum paper_what what;
        enum smf_access access;
    } wanted[] = {
        {PAPER_RESERVE, SMF_ACCESS_RW},
        {PAPER_RESERVE, SMF_ACCESS_RW},
        {PAPER_PROTECT, SMF_ACCESS_RO},
        {PAPER_SYNC,    SMF_ACCESS_RW},
        {PAPER_PROTECT, SMF_ACCESS_RX},
        {PAPER_PROTECT, SMF_ACCESS_RW},
        {PAPER_SYNC,    SMF_ACCESS_RW},
        {PAPER_PROTECT, SMF_ACCESS_RX}
    };
    CHECK_EQUAL(paper.call_count, sizeof wanted / sizeof wanted[0]);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        tap_variant("call %u", (unsigned)i);
        CHECK_EQUAL(paper.calls[i].what, wanted[i].what);
        if (wanted[i].what == PAPER_PROTECT)
            CHECK_EQUAL(paper.calls[i].access, wanted[i].access);
        if (wanted[i].what == PAPER_SYNC)
            CHECK(paper.calls[i].address == code.address);
    }
    tap_variant("%s", "");
    end();
}

static void bad_requests_are_refused_and_cost_nothing(void)
{
    struct smf_region region = {.size = 77};
    start();
    CHECK_STATUS(smf_exec_alloc(&exec, 0, 0, SMF_ACCESS_RX, &region), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exec_alloc(&exec, 16, 3, SMF_ACCESS_RX, &region), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exec_alloc(&exec, 16, 0, (enum smf_access)4, &region), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exec_alloc(&exec, SIZE_MAX, 0, SMF_ACCESS_RX, &region), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(smf_exec_alloc(&exec, SIZE_MAX / 2, 0, SMF_ACCESS_RX, &region), SMF_ERR_NO_MEMORY);
    CHECK_EQUAL(live(), 0);
    CHECK_EQUAL(region.size, 77);
    for (unsigned i = 0; i < BLOCKS; i++)
        (void)allocate(16, SMF_ACCESS_RX);
    CHECK_STATUS(smf_exec_alloc(&exec, 16, 0, SMF_ACCESS_RX, &region), SMF_ERR_LIMIT);
    CHECK_EQUAL(live(), BLOCKS);
    end();
}

static void alignment_is_the_granule_or_what_was_asked_for(void)
{
    struct smf_region region;
    start();
    (void)allocate(16, SMF_ACCESS_RX);
    CHECK_EQUAL(paper.requests[0].alignment, GRANULE);
    CHECK_STATUS(smf_exec_alloc(&exec, 16, 1u << 16, SMF_ACCESS_RX, &region), SMF_OK);
    CHECK_EQUAL(region.address & 0xffff, 0);
    smf_exec_finish(&exec);
    paper.port.granule = 0;
    (void)allocate(16, SMF_ACCESS_RX);
    CHECK_EQUAL(paper.requests[0].alignment, 1);
    end();
}

static void what_is_freed_twice_or_in_part_is_not_found(void)
{
    start();
    const struct smf_region one = allocate(100, SMF_ACCESS_RX), two = allocate(100, SMF_ACCESS_RW);
    CHECK_STATUS(smf_exec_free(&exec, one.address, 99), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_exec_free(&exec, one.address, 101), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_exec_free(&exec, one.address + 1, 99), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_exec_free(&exec, 0, 100), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(live(), 2);
    CHECK_STATUS(smf_exec_free(&exec, one.address, 100), SMF_OK);
    CHECK_STATUS(smf_exec_free(&exec, one.address, 100), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(live(), 1);
    CHECK_EQUAL(in_force(two.address), SMF_ACCESS_RW);
    end();
    smf_exec_finish(&exec); /* a second time there is nothing left */
    CHECK_EQUAL(paper_live(&paper), 0);
}

static void writes_stay_inside_or_do_not_happen(void)
{
    static const uint8_t ones[200] = {1, 1, 1, 1};
    start();
    const struct smf_region region = allocate(100, SMF_ACCESS_RX);
    CHECK_STATUS(smf_exec_write(&exec, region.address, 0, ones, 101), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exec_write(&exec, region.address, 97, ones, 4), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exec_write(&exec, region.address, 101, ones, 0), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exec_write(&exec, region.address, SIZE_MAX, ones, 4), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exec_write(&exec, region.address, 4, ones, SIZE_MAX), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exec_write(&exec, region.address, 0, NULL, 1), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exec_write(&exec, region.address + 4, 0, ones, 4), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_exec_write(&exec, 0, 0, ones, 4), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(region.bytes[0] | region.bytes[97] | region.bytes[99], 0);
    CHECK_STATUS(smf_exec_write(&exec, region.address, 100, NULL, 0), SMF_OK);
    CHECK_STATUS(smf_exec_write(&exec, region.address, 96, ones, 4), SMF_OK);
    CHECK_EQUAL(region.bytes[95] | region.bytes[99] << 8, 0x100);
    end();
}

/* Every call of the port fails once: what fails leaves the count as it was. */
static void each_failure_of_the_port_is_passed_on(void)
{
    static const enum smf_status statuses[] = {SMF_ERR_NO_MEMORY, SMF_ERR_PROTECT, SMF_ERR_LIMIT};
    for (unsigned i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        struct smf_region region;
        tap_variant("%u", i);
        start();
        paper.fail_with = statuses[i];
        paper.fail_at = 1;
        CHECK_STATUS(smf_exec_alloc(&exec, 16, 0, SMF_ACCESS_RX, &region), statuses[i]);
        CHECK_EQUAL(live(), 0);
        const struct smf_region kept = allocate(16, SMF_ACCESS_RX), failing = allocate(16, SMF_ACCESS_RX);
        CHECK_STATUS(smf_exec_seal(&exec, kept.address), SMF_OK);
        paper.fail_at = paper.fallible + 1;
        CHECK_STATUS(smf_exec_seal(&exec, failing.address), statuses[i]);
        CHECK_EQUAL(live(), 1); /* as if it had never been there */
        CHECK_STATUS(smf_exec_free(&exec, failing.address, 16), SMF_ERR_NOT_FOUND);
        paper.fail_at = paper.fallible + 1;
        CHECK_STATUS(smf_exec_unseal(&exec, kept.address), statuses[i]);
        CHECK_EQUAL(in_force(kept.address), SMF_ACCESS_RX);
        paper.fail_at = paper.fallible + 1;
        CHECK_STATUS(smf_exec_protect(&exec, kept.address, 16, SMF_ACCESS_RO), statuses[i]);
        CHECK_EQUAL(in_force(kept.address), SMF_ACCESS_RX);
        CHECK_EQUAL(live(), 1);
        end();
    }
    tap_variant("%s", "");
}

static void a_port_that_lies_is_found_out(void)
{
    static const enum paper_lie lies[] = {PAPER_MISALIGNED, PAPER_SMALL, PAPER_NO_BYTES, PAPER_WRAPS};
    for (unsigned i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct smf_region region;
        tap_variant("%u", i);
        start();
        paper.lie = lies[i];
        CHECK_STATUS(smf_exec_alloc(&exec, 2 * GRANULE, 0, SMF_ACCESS_RX, &region), SMF_ERR_NO_MEMORY);
        CHECK_EQUAL(live(), 0);
        end();
    }
    tap_variant("%s", "");
}

static void addresses_of_nobody_are_not_found(void)
{
    enum smf_access access;
    int64_t result = 5;
    start();
    const struct smf_region region = allocate(100, SMF_ACCESS_RX);
    CHECK_STATUS(smf_exec_query(&exec, region.address - 1, &access), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_exec_query(&exec, region.address + 100, &access), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_exec_query(&exec, 0, &access), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_exec_seal(&exec, region.address + 4), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_exec_unseal(&exec, 0), SMF_ERR_NOT_FOUND);
    CHECK(!smf_exec_is_executable(&exec, 0));
    CHECK(smf_exec_function(&exec, 0) == NULL);
    CHECK_STATUS(smf_exec_call(&exec, 0, NULL, 0, &result), SMF_ERR_PROTECT);
    CHECK_STATUS(smf_exec_call(&exec, region.address, NULL, 0, &result), SMF_ERR_PROTECT); /* writable still */
    CHECK_STATUS(smf_exec_call(&exec, region.address, NULL, 1, &result), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exec_call(&exec, region.address, &result, 3, &result), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exec_call(&exec, region.address, NULL, 0, NULL), SMF_ERR_ARGUMENT);
    CHECK_EQUAL(result, 5);
    CHECK_STATUS(smf_exec_seal(&exec, region.address), SMF_OK);
    CHECK(((uintptr_t)smf_exec_function(&exec, region.address) & ~(uintptr_t)1) == region.address);
    end();
}

static void rwx_takes_two_words_and_a_port_that_can(void)
{
    for (unsigned given = 0; given < 8; given++) {
        struct smf_exec_config config = config_of();
        struct smf_region region;
        tap_variant("%u", given);
        paper_start(&paper);
        paper.base = 0x40000000;
        config.no_wx = (given & 1) != 0;
        config.allow_rwx = (given & 2) != 0;
        paper.port.can_rwx = (given & 4) != 0;
        CHECK_STATUS(smf_exec_start(&exec, &config), SMF_OK);
        const enum smf_status wanted = given == 7 ? SMF_OK : SMF_ERR_PROTECT;
        CHECK_STATUS(smf_exec_alloc(&exec, 100, 0, SMF_ACCESS_RWX, &region), wanted);
        CHECK_EQUAL(live(), given == 7);
        const struct smf_region other = allocate(100, SMF_ACCESS_RX);
        CHECK_STATUS(smf_exec_protect(&exec, other.address, 100, SMF_ACCESS_RWX), SMF_ERR_PROTECT);
        if (given == 7) {
            CHECK_EQUAL(in_force(region.address), SMF_ACCESS_RW);
            CHECK_STATUS(smf_exec_seal(&exec, region.address), SMF_OK);
            CHECK_EQUAL(in_force(region.address), SMF_ACCESS_RWX);
            CHECK(smf_exec_is_executable(&exec, region.address));
            const unsigned before = paper.call_count;
            CHECK_STATUS(smf_exec_write(&exec, region.address, 0, "x", 1), SMF_OK);
            CHECK_EQUAL(paper.call_count, before + 1);
            CHECK_EQUAL(paper.calls[before].what, PAPER_SYNC);
        }
        end();
    }
    tap_variant("%s", "");
}

static void bad_ranges_change_nothing(void)
{
    const struct smf_region region = with_parts(4 * GRANULE + 100);
    const uintptr_t at = region.address;
    CHECK_STATUS(smf_exec_protect(&exec, 0, 16, SMF_ACCESS_RX), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exec_protect(&exec, at, 0, SMF_ACCESS_RX), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exec_protect(&exec, at, SIZE_MAX, SMF_ACCESS_RX), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exec_protect(&exec, at + 5, region.size, SMF_ACCESS_RX), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exec_protect(&exec, UINTPTR_MAX - 10, 100, SMF_ACCESS_RX), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exec_protect(&exec, at, 16, (enum smf_access)9), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_exec_protect(&exec, at - GRANULE, 16, SMF_ACCESS_RX), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(parts.calls, 0);
    CHECK_EQUAL(in_force(at), SMF_ACCESS_RW);
    end();
}

static void only_granules_that_meet_the_range_change(void)
{
    static const struct {
        size_t offset, size, first, count;
    } ranges[] = {
        {0,               1,               0, 1},
        {GRANULE - 1,     1,               0, 1},
        {GRANULE - 1,     2,               0, 2},
        {GRANULE,         GRANULE,         1, 1},
        {GRANULE + 5,     2 * GRANULE,     1, 3},
        {4 * GRANULE,     100,             4, 1},
        {4 * GRANULE - 1, 101,             3, 2},
        {1,               4 * GRANULE + 1, 0, 5}
    };
    for (unsigned i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const struct smf_region region = with_parts(4 * GRANULE + 100);
        tap_variant("%u", i);
        CHECK_STATUS(smf_exec_protect(&exec, region.address + ranges[i].offset, ranges[i].size, SMF_ACCESS_RX), SMF_OK);
        CHECK_EQUAL(parts.first, ranges[i].first);
        CHECK_EQUAL(parts.count, ranges[i].count);
        CHECK_EQUAL(parts.synchronised, 1);
        for (size_t granule = 0; granule < 5; granule++) {
            const bool changed = granule - ranges[i].first < ranges[i].count;
            CHECK_EQUAL(in_force(region.address + granule * GRANULE), changed ? SMF_ACCESS_RX : SMF_ACCESS_RW);
        }
        end();
    }
    tap_variant("%s", "");
}

static struct {
    unsigned count;
    size_t sizes[8];
    enum smf_access accesses[8];
} lines;

static void take_line(void *context, const struct smf_region *region, enum smf_access access)
{
    CHECK(context == &lines);
    lines.sizes[lines.count % 8] = region->size;
    lines.accesses[lines.count++ % 8] = access;
}

static void parts_are_told_written_and_made_whole(void)
{
    const struct smf_region region = with_parts(4 * GRANULE + 100);
    const uintptr_t at = region.address;
    struct smf_exec_totals totals;
    CHECK_STATUS(smf_exec_protect(&exec, at + GRANULE, 2 * GRANULE, SMF_ACCESS_RX), SMF_OK);
    CHECK_STATUS(smf_exec_write(&exec, at, GRANULE - 1, "ab", 1), SMF_OK);
    CHECK_STATUS(smf_exec_write(&exec, at, GRANULE - 1, "ab", 2), SMF_ERR_PROTECT);
    CHECK_STATUS(smf_exec_write(&exec, at, 3 * GRANULE - 1, "ab", 2), SMF_ERR_PROTECT);
    CHECK_STATUS(smf_exec_write(&exec, at, 3 * GRANULE, "ab", 2), SMF_OK);
    memset(&lines, 0, sizeof lines);
    smf_exec_dump(&exec, take_line, &lines);
    CHECK_EQUAL(lines.count, 3);
    CHECK_EQUAL(lines.sizes[0], GRANULE);
    CHECK_EQUAL(lines.sizes[1], 2 * GRANULE);
    CHECK_EQUAL(lines.accesses[1], SMF_ACCESS_RX);
    CHECK_EQUAL(lines.sizes[2], GRANULE + 100);
    smf_exec_totals(&exec, &totals);
    CHECK_EQUAL(totals.executable, 1);
    CHECK_STATUS(smf_exec_unseal(&exec, at), SMF_OK);
    CHECK_EQUAL(parts.count, 5);
    lines.count = 0;
    smf_exec_dump(&exec, take_line, &lines);
    CHECK_EQUAL(lines.count, 1);
    smf_exec_totals(&exec, &totals);
    CHECK_EQUAL(totals.executable, 0);
    CHECK_EQUAL(totals.requested, 4 * GRANULE + 100);
    CHECK_EQUAL(totals.footprint, 5 * GRANULE);

    parts.answer = SMF_ERR_PROTECT; /* a part that fails: the record goes on to say what is */
    CHECK_STATUS(smf_exec_protect(&exec, at, 16, SMF_ACCESS_RX), SMF_ERR_PROTECT);
    parts.answer = SMF_OK;
    CHECK_EQUAL(in_force(at), SMF_ACCESS_RW);
    end();
}

/* Where nobody could say afterwards what a part is, there are none. */
static void without_parts_the_range_is_the_whole_region(void)
{
    for (unsigned missing = 0; missing < 2; missing++) {
        const struct smf_region region = with_parts(2 * GRANULE);
        tap_variant("%u", missing);
        if (missing == 0)
            paper.port.can_split = false;
        else
            paper.port.query = NULL;
        CHECK_STATUS(smf_exec_protect(&exec, region.address, GRANULE, SMF_ACCESS_RX), SMF_ERR_ARGUMENT);
        CHECK_STATUS(smf_exec_protect(&exec, region.address + GRANULE, GRANULE, SMF_ACCESS_RX), SMF_ERR_ARGUMENT);
        CHECK_EQUAL(parts.calls, 0);
        CHECK_STATUS(smf_exec_protect(&exec, region.address, 2 * GRANULE, SMF_ACCESS_RX), SMF_OK);
        CHECK_STATUS(smf_exec_protect(&exec, region.address, GRANULE + 1, SMF_ACCESS_RO), SMF_OK);
        CHECK_EQUAL(in_force(region.address), SMF_ACCESS_RO);
        end();
    }
    tap_variant("%s", "");
}

static const struct tap_case cases[] = {
    {"starting_needs_a_port_and_blocks",                             starting_needs_a_port_and_blocks              },
    {"a_region_is_zeroed_written_sealed_and_freed",                  a_region_is_zeroed_written_sealed_and_freed   },
    {"code_is_synchronised_after_its_last_write_and_before_it_runs",
     code_is_synchronised_after_its_last_write_and_before_it_runs                                                  },
    {"bad_requests_are_refused_and_cost_nothing",                    bad_requests_are_refused_and_cost_nothing     },
    {"alignment_is_the_granule_or_what_was_asked_for",               alignment_is_the_granule_or_what_was_asked_for},
    {"what_is_freed_twice_or_in_part_is_not_found",                  what_is_freed_twice_or_in_part_is_not_found   },
    {"writes_stay_inside_or_do_not_happen",                          writes_stay_inside_or_do_not_happen           },
    {"each_failure_of_the_port_is_passed_on",                        each_failure_of_the_port_is_passed_on         },
    {"a_port_that_lies_is_found_out",                                a_port_that_lies_is_found_out                 },
    {"addresses_of_nobody_are_not_found",                            addresses_of_nobody_are_not_found             },
    {"rwx_takes_two_words_and_a_port_that_can",                      rwx_takes_two_words_and_a_port_that_can       },
    {"bad_ranges_change_nothing",                                    bad_ranges_change_nothing                     },
    {"only_granules_that_meet_the_range_change",                     only_granules_that_meet_the_range_change      },
    {"parts_are_told_written_and_made_whole",                        parts_are_told_written_and_made_whole         },
    {"without_parts_the_range_is_the_whole_region",                  without_parts_the_range_is_the_whole_region   },
};
TAP_MAIN(cases)
