/* SPDX-License-Identifier: MIT */
/* Tests of port/posix against the process's own memory map (/proc/self/maps), read at each step. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/tap.h"
#include "smf/port_posix.h"

static size_t page;

/* What the map says about one address: "rw-p", "" when nothing is mapped there. */
static const char *access_at(uint64_t address)
{
    static char found[5];
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    found[0] = '\0';
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        unsigned long long from, to;
        char access[5];
        if (sscanf(line, "%llx-%llx %4s", &from, &to, access) == 3 && address >= from && address < to)
            memcpy(found, access, sizeof found);
    }
    if (maps != NULL)
        fclose(maps);
    return found;
}

/* qemu-user shows neighbours that are the same to its host, read-only and executable, as one: there only w counts. */
static void check_access(const char *found, const char *wanted)
{
#ifdef SMF_TESTS_EMULATED
    CHECK_EQUAL(strlen(found), strlen(wanted));
    CHECK(found[0] == '\0' || found[1] == wanted[1]);
#else
    CHECK_TEXT(found, wanted);
#endif
}

/* Mappings that can be written and executed, in the whole process. */
static unsigned writable_and_executable(void)
{
    char line[512];
    unsigned count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    CHECK(maps != NULL);
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        char access[5];
        if (sscanf(line, "%*s %4s", access) == 1)
            count += access[1] == 'w' && access[2] == 'x';
    }
    if (maps != NULL)
        fclose(maps);
    return count;
}

static const struct smf_region_request three[] = {
    {5000, 16, SMF_ACCESS_RX, 0, 0},
    {100,  8,  SMF_ACCESS_RO, 0, 0},
    {9000, 64, SMF_ACCESS_RW, 0, 0}
};

static void seal(const struct smf_port *port, const struct smf_region *regions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        CHECK_STATUS(port->protect(port->context, &regions[i], regions[i].access), SMF_OK);
}

static uint64_t up(uint64_t value, uint64_t alignment) { return (value + alignment - 1) & ~(alignment - 1); }

static void regions_are_writable_until_sealed_and_never_both(void)
{
    const struct smf_port *port = smf_port_posix();
    const unsigned before = writable_and_executable(); /* a sanitizer's or an emulator's own */
    struct smf_region regions[3];
    CHECK_STATUS(port->reserve(port->context, three, 3, regions), SMF_OK);
    for (unsigned i = 0; i < 3; i++) {
        check_access(access_at(regions[i].address), "rw-p");
        check_access(access_at(regions[i].address + regions[i].size - 1), "rw-p");
        memset(regions[i].bytes, 0x5A, regions[i].size);
    }
    CHECK_EQUAL(writable_and_executable(), before);
    seal(port, regions, 3);
    check_access(access_at(regions[0].address + 4999), "r-xp");
#ifndef SMF_TESTS_EMULATED /* qemu-user lists neighbours that its host maps alike, code and constants, as one */
    check_access(access_at(regions[1].address), "r--p");
#endif
    check_access(access_at(regions[2].address + 8999), "rw-p");
    CHECK_EQUAL(writable_and_executable(), before);
    const struct smf_region gone[3] = {regions[0], regions[1], regions[2]};
    port->release(port->context, regions, 3);
    for (unsigned i = 0; i < 3; i++)
        check_access(access_at(gone[i].address), "");
    CHECK_EQUAL(writable_and_executable(), before);
}

static void regions_lie_as_in_the_default_layout(void)
{
    const struct smf_port *port = smf_port_posix();
    struct smf_region regions[3];
    CHECK_STATUS(port->reserve(port->context, three, 3, regions), SMF_OK);
    CHECK_EQUAL(regions[0].address % page, 0);
    CHECK_EQUAL(regions[1].address - regions[0].address, up(5000, page));
    CHECK_EQUAL(regions[2].address - regions[1].address, page);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(regions[i].address == (uintptr_t)regions[i].bytes);
        CHECK_EQUAL(regions[i].size, three[i].size);
        CHECK_EQUAL(regions[i].access, three[i].access);
    }
    port->release(port->context, regions, 3);
}

static void large_alignment_is_kept_and_nothing_stays_mapped_around(void)
{
    const struct smf_port *port = smf_port_posix();
    const struct smf_region_request requests[] = {
        {100, 1 << 21, SMF_ACCESS_RX, 0, 0},
        {100, 1 << 16, SMF_ACCESS_RW, 0, 0}
    };
    struct smf_region regions[2];
    CHECK_STATUS(port->reserve(port->context, requests, 2, regions), SMF_OK);
    CHECK_EQUAL(regions[0].address % (1 << 21), 0);
    CHECK_EQUAL(regions[1].address - regions[0].address, 1 << 16);
    check_access(access_at(regions[1].address + page), "");
    port->release(port->context, regions, 2);
    check_access(access_at(regions[0].address), "");
    check_access(access_at(regions[1].address), "");
}

static void highest_address_is_honoured(void)
{
    const struct smf_port *port = smf_port_posix();
    static const uint64_t highest[] = {0x7fffffff, 0x3fffffff, 0xffffffff};
    for (unsigned i = 0; i < 3; i++) {
        const struct smf_region_request requests[] = {
            {5000,    16, SMF_ACCESS_RX, highest[i], 0},
            {1 << 20, 16, SMF_ACCESS_RW, 0x7fffffff, 0}
        };
        struct smf_region regions[2], more[2];
        CHECK_STATUS(port->reserve(port->context, requests, 2, regions), SMF_OK);
        CHECK_STATUS(port->reserve(port->context, requests, 2, more), SMF_OK);
        CHECK(regions[0].address + 4999 <= highest[i] && more[0].address + 4999 <= highest[i]);
        CHECK(regions[1].address + ((1 << 20) - 1) <= 0x7fffffff && more[1].address + ((1 << 20) - 1) <= 0x7fffffff);
        port->release(port->context, more, 2);
        port->release(port->context, regions, 2);
    }
}

/* Below the lowest address that the system gives to programs (vm.mmap_min_addr) there is never room. */
static void a_reserve_that_fails_leaves_nothing_mapped(void)
{
    const struct smf_port *port = smf_port_posix();
    const struct smf_region_request low[] = {
        {1 << 20, 16, SMF_ACCESS_RX, 0xffff, 0}
    };
    const struct smf_region_request huge[] = {
        {100,        16, SMF_ACCESS_RX, 0, 0},
        {0x7fffff00, 16, SMF_ACCESS_RW, 0, 0}
    };
    const struct smf_region_request wrapping[] = {
        {SIZE_MAX - 10, 16, SMF_ACCESS_RX, 0, 0}
    };
    struct smf_region regions[2] = {
        {NULL, 0, 0, SMF_ACCESS_RW},
        {NULL, 0, 0, SMF_ACCESS_RW}
    };
    char before[64], after[64];
    snprintf(before, sizeof before, "%s", "");
    FILE *statm = fopen("/proc/self/statm", "r");
    CHECK(statm != NULL && fgets(before, sizeof before, statm) != NULL);
    rewind(statm);
    CHECK_STATUS(port->reserve(port->context, low, 1, regions), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(port->reserve(port->context, huge, 2, regions), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(port->reserve(port->context, wrapping, 1, regions), SMF_ERR_NO_MEMORY);
    CHECK(fgets(after, sizeof after, statm) != NULL);
    fclose(statm);
    CHECK_EQUAL(atol(after), atol(before)); /* pages of the whole process */
    CHECK(regions[0].bytes == NULL);
}

static void rwx_only_where_it_was_asked_for(void)
{
    const struct smf_port *port = smf_port_posix();
    const unsigned before = writable_and_executable();
    const struct smf_region_request request = {100, 16, SMF_ACCESS_RWX, 0, 0};
    struct smf_region region, other;
    CHECK(port->can_rwx);
    CHECK_STATUS(port->reserve(port->context, &request, 1, &region), SMF_OK);
    check_access(access_at(region.address), "rw-p");
    CHECK_STATUS(port->protect(port->context, &region, SMF_ACCESS_RWX), SMF_OK);
    check_access(access_at(region.address), "rwxp");
    CHECK_EQUAL(writable_and_executable(), before + 1);
    port->release(port->context, &region, 1);
    CHECK_EQUAL(writable_and_executable(), before);
    CHECK_STATUS(port->reserve(port->context, three, 1, &other), SMF_OK);
    CHECK_STATUS(port->protect(port->context, &other, SMF_ACCESS_RWX), SMF_ERR_PROTECT);
    check_access(access_at(other.address), "rw-p");
    port->release(port->context, &other, 1);
}

static void parts_change_alone_and_are_told_from_the_map(void)
{
    struct smf_posix_pool pool;
    const struct smf_port *const ports[2] = {smf_port_posix(),
                                             smf_port_posix_pool_start(&pool, 16 * page, SMF_POSIX_POOL_SEALED)};
    for (unsigned i = 0; i < 2; i++) {
        const struct smf_port *port = ports[i];
        const struct smf_region_request request = {3 * page + 7, 16, SMF_ACCESS_RX, 0, 0};
        struct smf_region region, part;
        enum smf_access access = SMF_ACCESS_RWX;
        tap_variant("port=%u", i);
        CHECK_STATUS(port->reserve(port->context, &request, 1, &region), SMF_OK);
        part = (struct smf_region){region.bytes + page, region.address + page, page, SMF_ACCESS_RX};
        CHECK(port->can_split);
        CHECK_STATUS(port->protect(port->context, &part, SMF_ACCESS_RO), SMF_OK);
        check_access(access_at(region.address + page - 1), "rw-p");
        check_access(access_at(region.address + page), "r--p");
        check_access(access_at(region.address + 2 * page - 1), "r--p");
        check_access(access_at(region.address + 2 * page), "rw-p");
        CHECK_STATUS(port->query(port->context, part.address + 5, &access), SMF_OK);
        CHECK_EQUAL(access, SMF_ACCESS_RO);
        CHECK_STATUS(port->protect(port->context, &part, SMF_ACCESS_RW), SMF_OK);
        CHECK_STATUS(port->query(port->context, part.address + 5, &access), SMF_OK);
        CHECK_EQUAL(access, SMF_ACCESS_RW);
        port->release(port->context, &region, 1);
        CHECK_STATUS(port->query(port->context, part.address, &access), SMF_ERR_NOT_FOUND);
        CHECK_STATUS(port->query(port->context, (uintptr_t)&page, &access), SMF_ERR_NOT_FOUND); /* not the port's */
    }
    tap_variant("%s", "");
    smf_port_posix_pool_finish(&pool);
}

/* What another owner has is never mapped over; and what was mapped before that was found is gone again. */
static void exact_addresses_are_given_or_nothing(void)
{
    const struct smf_port *port = smf_port_posix();
    const struct smf_region_request first = {4 * page, 16, SMF_ACCESS_RX, 0, 0};
    struct smf_region region, exact[2];
    CHECK_STATUS(port->reserve(port->context, &first, 1, &region), SMF_OK);
    const uintptr_t at = region.address;
    struct smf_region_request two[] = {
        {page, 16, SMF_ACCESS_RX, 0, at + 4 * page},
        {page, 16, SMF_ACCESS_RW, 0, at + 3 * page}
    };
    memset(region.bytes, 0x5A, 4 * page);
    CHECK_STATUS(port->reserve(port->context, &two[1], 1, exact), SMF_ERR_NO_MEMORY);
    two[0].address = at + 1;
    CHECK_STATUS(port->reserve(port->context, two, 1, exact), SMF_ERR_NO_MEMORY);
    CHECK_EQUAL(region.bytes[3 * page], 0x5A);
    port->release(port->context, &region, 1);

    two[0].address = at;
    two[1].address = at + page;
    two[1].highest = at + 2 * page - 2; /* its last byte lies above */
    CHECK_STATUS(port->reserve(port->context, two, 2, exact), SMF_ERR_NO_MEMORY);
    check_access(access_at(at), "");
    two[1].highest++;
    CHECK_STATUS(port->reserve(port->context, two, 2, exact), SMF_OK);
    CHECK(exact[0].address == at && exact[1].address == at + page);
    memset(exact[0].bytes, 1, page);
    memset(exact[1].bytes, 2, page);
    seal(port, exact, 2);
    check_access(access_at(at), "r-xp");
    check_access(access_at(at + page), "rw-p");
    port->release(port->context, exact, 2);
    check_access(access_at(at), "");
    check_access(access_at(at + page), "");
}

static void a_pool_gives_exact_addresses_too(void)
{
    struct smf_posix_pool pool;
    const struct smf_port *port = smf_port_posix_pool_start(&pool, 16 * page, SMF_POSIX_POOL_SEALED);
    const uintptr_t base = (uintptr_t)pool.bytes;
    struct smf_region_request two[] = {
        {page, 1, SMF_ACCESS_RX, 0, base + 9 * page},
        {page, 1, SMF_ACCESS_RW, 0, base + 2 * page}
    };
    struct smf_region regions[2], other;
    CHECK_EQUAL(port->available(port->context, SMF_ACCESS_RX), 16 * page);
    CHECK_STATUS(port->reserve(port->context, two, 2, regions), SMF_OK);
    CHECK(regions[0].address == base + 9 * page && regions[1].address == base + 2 * page);
    CHECK_EQUAL(port->available(port->context, SMF_ACCESS_RX), 6 * page);
    static const long refused[] = {8, 9, 2, 1, 15, -1, 16};
    for (unsigned i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const struct smf_region_request request = {page + 1, 1, SMF_ACCESS_RX, 0, base + (uintptr_t)refused[i] * page};
        tap_variant("page=%ld", refused[i]);
        CHECK_STATUS(port->reserve(port->context, &request, 1, &other), SMF_ERR_NO_MEMORY);
    }
    tap_variant("%s", "");
    two[0].address = base + 4 * page; /* free, but the second is taken: the first goes back */
    CHECK_STATUS(port->reserve(port->context, two, 2, regions), SMF_ERR_NO_MEMORY);
    CHECK_EQUAL(port->available(port->context, SMF_ACCESS_RX), 6 * page);
    CHECK(regions[0].address == base + 9 * page);
    port->release(port->context, regions, 2);
    CHECK(pool.ranges == NULL);
    smf_port_posix_pool_finish(&pool);
}

static void time_never_runs_backwards(void)
{
    const struct smf_port *port = smf_port_posix();
    uint64_t before = port->now(port->context);
    const uint64_t start = before;
    while (before - start < 2000) {
        const uint64_t next = port->now(port->context);
        CHECK(next >= before);
        before = next;
    }
}

static void lock_may_be_taken_again(void)
{
    const struct smf_port *port = smf_port_posix();
    CHECK(port == smf_port_posix());
    CHECK_EQUAL(port->granule, page);
    port->lock(port->context);
    port->lock(port->context);
    port->unlock(port->context);
    port->unlock(port->context);
}

static void pool_gives_first_fit_and_takes_back(void)
{
    struct smf_posix_pool pool;
    const struct smf_port *port = smf_port_posix_pool_start(&pool, 16 * page, SMF_POSIX_POOL_SEALED);
    const struct smf_region_request two[] = {
        {page + 1, 16, SMF_ACCESS_RX, 0, 0},
        {1,        16, SMF_ACCESS_RW, 0, 0}
    };
    const struct smf_region_request one = {1, 1, SMF_ACCESS_RO, 0, 0}, most = {14 * page, 1, SMF_ACCESS_RW, 0, 0};
    struct smf_region a[2], b[2], c[2], d;
    CHECK(port != NULL);
    CHECK_STATUS(port->reserve(port->context, two, 2, a), SMF_OK);
    CHECK_STATUS(port->reserve(port->context, two, 2, b), SMF_OK);
    CHECK_STATUS(port->reserve(port->context, &one, 1, c), SMF_OK);
    CHECK_EQUAL(a[0].bytes - pool.bytes, 0);
    CHECK_EQUAL(a[1].bytes - pool.bytes, 2 * page);
    CHECK_EQUAL(b[0].bytes - pool.bytes, 3 * page);
    CHECK_EQUAL(c[0].bytes - pool.bytes, 6 * page);
    CHECK_STATUS(port->reserve(port->context, &most, 1, &d), SMF_ERR_NO_MEMORY);
    seal(port, a, 2);
    seal(port, b, 2);
    seal(port, c, 1);
    check_access(access_at(b[0].address + page), "r-xp");
    check_access(access_at(b[1].address), "rw-p");
    check_access(access_at(c[0].address), "r--p");
    port->release(port->context, b, 2);
    check_access(access_at(b[0].address), "rw-p");
    check_access(access_at(c[0].address), "r--p");
    CHECK_STATUS(port->reserve(port->context, two, 2, b), SMF_OK);
    CHECK_EQUAL(b[0].bytes - pool.bytes, 3 * page);
    memset(b[0].bytes, 1, page + 1);
    port->release(port->context, a, 2);
    port->release(port->context, c, 1);
    port->release(port->context, b, 2);
    CHECK(pool.ranges == NULL);
    CHECK_STATUS(port->reserve(port->context, &most, 1, &d), SMF_OK);
    CHECK_EQUAL(d.bytes - pool.bytes, 0);
    memset(d.bytes, 1, 14 * page);
    port->release(port->context, &d, 1);
    smf_port_posix_pool_finish(&pool);
    check_access(access_at(a[0].address), "");
}

static void pool_keeps_alignment_and_highest(void)
{
    struct smf_posix_pool pool;
    const struct smf_port *port = smf_port_posix_pool_start(&pool, 1 << 20, SMF_POSIX_POOL_SEALED);
    const struct smf_region_request small = {1, 1, SMF_ACCESS_RW, 0, 0}, aligned = {1, 1 << 18, SMF_ACCESS_RW, 0, 0},
                                    low = {1, 1, SMF_ACCESS_RX, 0xffff, 0};
    struct smf_region a, b, c;
    CHECK_STATUS(port->reserve(port->context, &small, 1, &a), SMF_OK);
    CHECK_STATUS(port->reserve(port->context, &aligned, 1, &b), SMF_OK);
    CHECK_EQUAL(b.address % (1 << 18), 0);
    CHECK_STATUS(port->reserve(port->context, &low, 1, &c), SMF_ERR_NO_MEMORY);
    port->release(port->context, &b, 1);
    port->release(port->context, &a, 1);
    smf_port_posix_pool_finish(&pool);
}

static void sealed_pool_is_never_writable_and_executable(void)
{
    const unsigned before = writable_and_executable();
    struct smf_posix_pool pool;
    struct smf_region regions[3];
    const struct smf_port *port = smf_port_posix_pool_start(&pool, 1 << 20, SMF_POSIX_POOL_SEALED);
    CHECK_EQUAL(writable_and_executable(), before);
    CHECK_STATUS(port->reserve(port->context, three, 3, regions), SMF_OK);
    CHECK_EQUAL(writable_and_executable(), before);
    seal(port, regions, 3);
    CHECK_EQUAL(writable_and_executable(), before);
    port->release(port->context, regions, 3);
    CHECK_EQUAL(writable_and_executable(), before);
    smf_port_posix_pool_finish(&pool);
}

static void the_other_pool_is_both_because_it_was_asked_to(void)
{
    const unsigned before = writable_and_executable();
    struct smf_posix_pool pool;
    struct smf_region regions[3];
    const struct smf_port *port = smf_port_posix_pool_start(&pool, 1 << 20, SMF_POSIX_POOL_ALWAYS_RWX);
    CHECK_STATUS(port->reserve(port->context, three, 3, regions), SMF_OK);
    seal(port, regions, 3);
    for (unsigned i = 0; i < 3; i++)
        check_access(access_at(regions[i].address), "rwxp");
    port->release(port->context, regions, 3);
    smf_port_posix_pool_finish(&pool);
    CHECK_EQUAL(writable_and_executable(), before);
    CHECK(smf_port_posix_pool_start(&pool, 0, SMF_POSIX_POOL_SEALED) == NULL);
    CHECK(smf_port_posix_pool_start(&pool, SIZE_MAX, SMF_POSIX_POOL_SEALED) == NULL);
}

static const struct tap_case cases[] = {
    {"regions_are_writable_until_sealed_and_never_both",        regions_are_writable_until_sealed_and_never_both},
    {"regions_lie_as_in_the_default_layout",                    regions_lie_as_in_the_default_layout            },
    {"large_alignment_is_kept_and_nothing_stays_mapped_around",
     large_alignment_is_kept_and_nothing_stays_mapped_around                                                    },
    {"highest_address_is_honoured",                             highest_address_is_honoured                     },
    {"a_reserve_that_fails_leaves_nothing_mapped",              a_reserve_that_fails_leaves_nothing_mapped      },
    {"rwx_only_where_it_was_asked_for",                         rwx_only_where_it_was_asked_for                 },
    {"parts_change_alone_and_are_told_from_the_map",            parts_change_alone_and_are_told_from_the_map    },
    {"exact_addresses_are_given_or_nothing",                    exact_addresses_are_given_or_nothing            },
    {"a_pool_gives_exact_addresses_too",                        a_pool_gives_exact_addresses_too                },
    {"time_never_runs_backwards",                               time_never_runs_backwards                       },
    {"lock_may_be_taken_again",                                 lock_may_be_taken_again                         },
    {"pool_gives_first_fit_and_takes_back",                     pool_gives_first_fit_and_takes_back             },
    {"pool_keeps_alignment_and_highest",                        pool_keeps_alignment_and_highest                },
    {"sealed_pool_is_never_writable_and_executable",            sealed_pool_is_never_writable_and_executable    },
    {"the_other_pool_is_both_because_it_was_asked_to",          the_other_pool_is_both_because_it_was_asked_to  },
};

int main(int argc, char **argv)
{
    page = (size_t)sysconf(_SC_PAGESIZE);
    return tap_main(cases, sizeof cases / sizeof cases[0], argc, argv);
}
