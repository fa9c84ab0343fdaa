/* SPDX-License-Identifier: MIT */
/* faults.c - what port/baremetal promises about access, provoked: each fault arrives, with its cause, and the program goes on. */
#include "baremetal/scene.h"

#include <string.h>

#include "board.h"

enum { PAGE = SMF_BAREMETAL_PAGE };
static struct scene scene;

static const enum guard_level levels[2] = {GUARD_PRIVILEGED, GUARD_UNPRIVILEGED};

/* A region that unprivileged code may use too, with a function that returns 7 at its start. */
static struct smf_region opened(enum smf_access access)
{
    struct smf_region region = scene_reserve(&scene, access, PAGE + 100);
    scene_write_code(region.bytes, 7);
    scene_write_code(region.bytes + PAGE, 8);
    CHECK_STATUS(smf_baremetal_open(&scene.baremetal, &region, true), SMF_OK);
    return region;
}

static void unsealed_memory_is_written_and_not_executed(void)
{
    scene_start(&scene, SCENE_THREE);
    for (unsigned kind = SMF_ACCESS_RW; kind <= SMF_ACCESS_RX; kind++) {
        const struct smf_region region = opened((enum smf_access)kind);
        for (unsigned i = 0; i < 2; i++) {
            CHECK(scene_works(&scene, levels[i], GUARD_READ, region.address));
            CHECK(scene_faults(&scene, levels[i], GUARD_EXECUTE, region.address, true));
            CHECK(scene_faults(&scene, levels[i], GUARD_EXECUTE, region.address + PAGE, true));
            CHECK(scene_works(&scene, levels[i], GUARD_WRITE, region.address + PAGE));
        }
        scene_release(&scene, &region);
    }
    scene_finish(&scene);
}

static void sealed_code_is_executed_and_not_written(void)
{
    scene_start(&scene, SCENE_THREE);
    const struct smf_region region = opened(SMF_ACCESS_RX);
    scene_protect(&scene, &region, SMF_ACCESS_RX);
    for (unsigned i = 0; i < 2; i++) {
        CHECK(scene_faults(&scene, levels[i], GUARD_WRITE, region.address, true));
        CHECK(scene_faults(&scene, levels[i], GUARD_WRITE, region.address + PAGE, true));
        CHECK(scene_works(&scene, levels[i], GUARD_READ, region.address));
    }
    CHECK_EQUAL(scene_call(&scene, GUARD_UNPRIVILEGED, region.address), 7);
    CHECK_EQUAL(scene_call(&scene, GUARD_UNPRIVILEGED, region.address + PAGE), 8);
#if defined(__aarch64__) /* PXN; x86-64 has SMEP for it, which not every processor has */
    CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_EXECUTE, region.address, true));
#endif
    CHECK_STATUS(smf_baremetal_open(&scene.baremetal, &region, false), SMF_OK);
    CHECK_EQUAL(scene_call(&scene, GUARD_PRIVILEGED, region.address), 7);
    CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_WRITE, region.address, true));
    CHECK(scene_faults(&scene, GUARD_UNPRIVILEGED, GUARD_EXECUTE, region.address, true));
    scene_release(&scene, &region);
    scene_finish(&scene);
}

static void constants_are_only_read(void)
{
    scene_start(&scene, SCENE_THREE);
    const struct smf_region region = opened(SMF_ACCESS_RO);
    scene_protect(&scene, &region, SMF_ACCESS_RO);
    for (unsigned i = 0; i < 2; i++) {
        CHECK(scene_works(&scene, levels[i], GUARD_READ, region.address));
        CHECK(scene_faults(&scene, levels[i], GUARD_WRITE, region.address, true));
        CHECK(scene_faults(&scene, levels[i], GUARD_EXECUTE, region.address, true));
    }
    scene_release(&scene, &region);
    scene_finish(&scene);
}

static void what_is_not_reserved_is_not_there(void)
{
    scene_start(&scene, SCENE_THREE);
    for (unsigned kind = SMF_ACCESS_RW; kind <= SMF_ACCESS_RX; kind++) {
        const struct smf_region region = opened((enum smf_access)kind);
        scene_protect(&scene, &region, (enum smf_access)kind);
        CHECK(scene_works(&scene, GUARD_UNPRIVILEGED, GUARD_READ, region.address));
        const uintptr_t behind = region.address + 2 * PAGE;
        for (unsigned i = 0; i < 2; i++) {
            CHECK(scene_faults(&scene, levels[i], GUARD_READ, behind, false));
            CHECK(scene_faults(&scene, levels[i], GUARD_WRITE, behind, false));
            CHECK(scene_faults(&scene, levels[i], GUARD_EXECUTE, behind, false));
        }
        scene_release(&scene, &region);
        for (unsigned i = 0; i < 2; i++) {
            CHECK(scene_faults(&scene, levels[i], GUARD_READ, region.address, false));
            CHECK(scene_faults(&scene, levels[i], GUARD_WRITE, region.address + PAGE, false));
            CHECK(scene_faults(&scene, levels[i], GUARD_EXECUTE, region.address, false));
        }
    }
    scene_finish(&scene);
}

static void unprivileged_code_sees_what_is_open_to_it(void)
{
    scene_start(&scene, SCENE_THREE);
    const struct smf_region mine = opened(SMF_ACCESS_RW), other = scene_reserve(&scene, SMF_ACCESS_RW, PAGE);
    CHECK(scene_works(&scene, GUARD_UNPRIVILEGED, GUARD_WRITE, mine.address));
    CHECK(scene_faults(&scene, GUARD_UNPRIVILEGED, GUARD_READ, other.address, true));
    CHECK(scene_faults(&scene, GUARD_UNPRIVILEGED, GUARD_WRITE, other.address, true));
    CHECK(scene_works(&scene, GUARD_PRIVILEGED, GUARD_WRITE, other.address));
    CHECK(scene_faults(&scene, GUARD_UNPRIVILEGED, GUARD_READ, (uintptr_t)&scene, true)); /* the program's own data */
    CHECK(scene_faults(&scene, GUARD_UNPRIVILEGED, GUARD_WRITE, (uintptr_t)&scene, true));
    CHECK(scene_faults(&scene, GUARD_UNPRIVILEGED, GUARD_EXECUTE, (uintptr_t)guard_try, true));
    scene_protect(&scene, &mine, SMF_ACCESS_RO); /* still open */
    CHECK(scene_works(&scene, GUARD_UNPRIVILEGED, GUARD_READ, mine.address));
    CHECK_STATUS(smf_baremetal_open(&scene.baremetal, &mine, false), SMF_OK);
    CHECK(scene_faults(&scene, GUARD_UNPRIVILEGED, GUARD_READ, mine.address, true));
    scene_release(&scene, &mine);
    scene_release(&scene, &other);
    CHECK_STATUS(smf_baremetal_open(&scene.baremetal, &mine, true), SMF_ERR_NOT_FOUND);
    /* Closed again for the next owner. */
    const struct smf_region next = scene_reserve(&scene, SMF_ACCESS_RW, PAGE);
    CHECK_EQUAL(next.address, mine.address);
    CHECK(scene_faults(&scene, GUARD_UNPRIVILEGED, GUARD_READ, next.address, true));
    scene_release(&scene, &next);
    scene_finish(&scene);
}

/* The program itself: start-up has protected it with the same entries. */
static void the_firmware_is_protected_as_well(void)
{
    static const uint32_t constant = 42;
    static uint32_t variable;
    scene_start(&scene, SCENE_ONE);
    CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_WRITE, (uintptr_t)scene_works, true));
    CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_WRITE, (uintptr_t)&constant, true));
    CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_EXECUTE, (uintptr_t)&constant, true));
    CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_EXECUTE, (uintptr_t)&variable, true));
    CHECK(scene_works(&scene, GUARD_PRIVILEGED, GUARD_WRITE, (uintptr_t)&variable));
    scene_finish(&scene);
}

/* Writable, executable, writable, ... a hundred times: the right code runs each time, and 400 faults arrive. */
static void a_page_flips_a_hundred_times(void)
{
    unsigned right = 0, faults = 0;
    scene_start(&scene, SCENE_ONE);
    const struct smf_region region = scene_reserve(&scene, SMF_ACCESS_RX, PAGE);
    for (unsigned i = 0; i < 100; i++) {
        scene_protect(&scene, &region, SMF_ACCESS_RW);
        CHECK_STATUS(smf_baremetal_open(&scene.baremetal, &region, true), SMF_OK);
        scene_write_code(region.bytes, 100 + i);
        faults += scene_faults(&scene, GUARD_UNPRIVILEGED, GUARD_EXECUTE, region.address, true);
        faults += scene_faults(&scene, GUARD_PRIVILEGED, GUARD_EXECUTE, region.address, true);
        scene_protect(&scene, &region, SMF_ACCESS_RX);
        right += scene_call(&scene, GUARD_UNPRIVILEGED, region.address) == 100 + i;
        faults += scene_faults(&scene, GUARD_UNPRIVILEGED, GUARD_WRITE, region.address, true);
        faults += scene_faults(&scene, GUARD_PRIVILEGED, GUARD_WRITE, region.address, true);
        CHECK_STATUS(smf_baremetal_open(&scene.baremetal, &region, false), SMF_OK);
        right += scene_call(&scene, GUARD_PRIVILEGED, region.address) == 100 + i;
    }
    CHECK_EQUAL(right, 200);
    CHECK_EQUAL(faults, 400);
    scene_release(&scene, &region);
    scene_finish(&scene);
}

static enum smf_access access_at(uintptr_t address)
{
    enum smf_access access = SMF_ACCESS_RWX;
    CHECK_STATUS(scene.port->query(scene.port->context, address, &access), SMF_OK);
    return access;
}

static void query_tells_what_the_entry_says(void)
{
    enum smf_access access;
    scene_start(&scene, SCENE_THREE);
    const struct smf_region region = opened(SMF_ACCESS_RX);
    CHECK_EQUAL(access_at(region.address), SMF_ACCESS_RW);
    scene_protect(&scene, &region, SMF_ACCESS_RX);
    CHECK_EQUAL(access_at(region.address), SMF_ACCESS_RX);
    CHECK_EQUAL(access_at(region.address + PAGE + 99), SMF_ACCESS_RX);
    scene_protect(&scene, &region, SMF_ACCESS_RO);
    CHECK_EQUAL(access_at(region.address + 5), SMF_ACCESS_RO);
    CHECK_STATUS(scene.port->query(scene.port->context, region.address + 2 * PAGE, &access), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(scene.port->query(scene.port->context, (uintptr_t)&scene, &access), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(scene.port->query(scene.port->context, UINTPTR_MAX, &access), SMF_ERR_NOT_FOUND);
    /* Live: an entry that somebody else wrote is seen as it is. */
    const size_t page = (region.address - scene.baremetal.pools[0].address) / PAGE;
    uint64_t *entry = &scene.baremetal.config.code.entries[page];
    const uint64_t before = *entry;
    *entry = smf_baremetal_entry(scene.baremetal.config.code.physical + page * PAGE, SMF_ACCESS_RX, 0);
    CHECK_EQUAL(access_at(region.address), SMF_ACCESS_RX);
    CHECK_EQUAL(access_at(region.address + PAGE), SMF_ACCESS_RO);
    *entry = before;
    scene_release(&scene, &region);
    CHECK_STATUS(scene.port->query(scene.port->context, region.address, &access), SMF_ERR_NOT_FOUND);
    scene_finish(&scene);
}

static void a_part_of_a_region_has_its_own_access(void)
{
    scene_start(&scene, SCENE_ONE);
    CHECK(scene.port->can_split);
    const struct smf_region region = opened(SMF_ACCESS_RX);
    const struct smf_region second = {region.bytes + PAGE, region.address + PAGE, 100, SMF_ACCESS_RX};
    scene_protect(&scene, &second, SMF_ACCESS_RX);
    CHECK(scene_faults(&scene, GUARD_UNPRIVILEGED, GUARD_EXECUTE, region.address, true));
    CHECK(scene_works(&scene, GUARD_UNPRIVILEGED, GUARD_READ, region.address));
    CHECK_EQUAL(scene_call(&scene, GUARD_UNPRIVILEGED, region.address + PAGE), 8);
    CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_WRITE, region.address + PAGE, true));
    scene_release(&scene, &region);
    scene_finish(&scene);
}

static void refused_protections_change_nothing(void)
{
    scene_start(&scene, SCENE_ONE);
    const struct smf_port *port = scene.port;
    const struct smf_region region = opened(SMF_ACCESS_RX);
    struct smf_region wrong = region;
    CHECK_STATUS(port->protect(port->context, &region, SMF_ACCESS_RWX), SMF_ERR_PROTECT);
    wrong.size = 3 * PAGE; /* the third page is nobody's */
    CHECK_STATUS(port->protect(port->context, &wrong, SMF_ACCESS_RX), SMF_ERR_PROTECT);
    wrong.size = SIZE_MAX;
    CHECK_STATUS(port->protect(port->context, &wrong, SMF_ACCESS_RX), SMF_ERR_PROTECT);
    wrong.size = 0;
    CHECK_STATUS(port->protect(port->context, &wrong, SMF_ACCESS_RX), SMF_ERR_PROTECT);
    wrong.size = 100;
    wrong.address += 64;
    CHECK_STATUS(port->protect(port->context, &wrong, SMF_ACCESS_RX), SMF_ERR_PROTECT);
    CHECK_EQUAL(access_at(region.address), SMF_ACCESS_RW);
    CHECK_EQUAL(access_at(region.address + PAGE), SMF_ACCESS_RW);
    const struct smf_region_request both = {.size = 16, .alignment = 1, .access = SMF_ACCESS_RWX};
    CHECK_STATUS(port->reserve(port->context, &both, 1, &wrong), SMF_ERR_PROTECT);
    scene_release(&scene, &region);
    scene_finish(&scene);
}

/* Pointers into constants, over two pages: the old or the new value, and no window stays open. */
static void stores_go_through_a_window(void)
{
    scene_start(&scene, SCENE_THREE);
    const struct smf_region region = scene_reserve(&scene, SMF_ACCESS_RO, 2 * PAGE);
    memset(region.bytes, 0, 2 * PAGE);
    scene_protect(&scene, &region, SMF_ACCESS_RO);
    const struct smf_store stores[4] = {
        {0,            11},
        {PAGE - 8,     12},
        {PAGE,         13},
        {2 * PAGE - 8, 14}
    };
    scene.port->store(scene.port->context, &region, stores, 4);
    for (unsigned i = 0; i < 4; i++) {
        uintptr_t value;
        memcpy(&value, region.bytes + stores[i].offset, sizeof value);
        CHECK_EQUAL(value, stores[i].value);
    }
    CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_WRITE, region.address, true));
    CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_WRITE, region.address + PAGE, true));
    CHECK_EQUAL(access_at(region.address), SMF_ACCESS_RO);
    scene_release(&scene, &region);
    scene_finish(&scene);
}

/* What the port relies on, taken away: then the same accesses go through, so the tests above can fail. */
static void without_the_processors_help_nothing_faults(void)
{
    scene_start(&scene, SCENE_ONE);
    const struct smf_region region = scene_reserve(&scene, SMF_ACCESS_RX, PAGE);
    scene_write_code(region.bytes, 7);
    uint64_t *entry = &scene.baremetal.config.code.entries[(region.bytes - smf_code_start) / PAGE];
    CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_EXECUTE, region.address, true));
    const uint64_t before = *entry;
#if defined(__aarch64__)
    *entry = before & ~(UINT64_C(3) << 53); /* no PXN, no UXN */
    __asm__ volatile("dsb ishst\n\ttlbi vmalle1\n\tdsb ish\n\tisb" : : : "memory");
#else
    *entry = before & ~(UINT64_C(1) << 63); /* no NX */
    __asm__ volatile("invlpg (%0)" : : "r"(region.address) : "memory");
#endif
    CHECK_EQUAL(scene_call(&scene, GUARD_PRIVILEGED, region.address), 7);
    CHECK_EQUAL(access_at(region.address), SMF_ACCESS_RWX);
    *entry = before;
    scene_protect(&scene, &region, SMF_ACCESS_RX);
    CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_WRITE, region.address, true));
#if !defined(__aarch64__)
    uint64_t control;
    __asm__ volatile("mov %%cr0, %0" : "=r"(control));
    __asm__ volatile("mov %0, %%cr0" : : "r"(control & ~UINT64_C(0x10000)) : "memory"); /* no WP */
    CHECK(scene_works(&scene, GUARD_PRIVILEGED, GUARD_WRITE, region.address));
    CHECK_STATUS(smf_baremetal_open(&scene.baremetal, &region, true), SMF_OK);
    CHECK(scene_faults(&scene, GUARD_UNPRIVILEGED, GUARD_WRITE, region.address, true)); /* ring 3 never may */
    __asm__ volatile("mov %0, %%cr0" : : "r"(control) : "memory");
    CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_WRITE, region.address, true));
#endif
    scene_release(&scene, &region);
    scene_finish(&scene);
}

static const struct tap_case cases[] = {
    {"unsealed_memory_is_written_and_not_executed", unsealed_memory_is_written_and_not_executed},
    {"sealed_code_is_executed_and_not_written",     sealed_code_is_executed_and_not_written    },
    {"constants_are_only_read",                     constants_are_only_read                    },
    {"what_is_not_reserved_is_not_there",           what_is_not_reserved_is_not_there          },
    {"unprivileged_code_sees_what_is_open_to_it",   unprivileged_code_sees_what_is_open_to_it  },
    {"the_firmware_is_protected_as_well",           the_firmware_is_protected_as_well          },
    {"a_page_flips_a_hundred_times",                a_page_flips_a_hundred_times               },
    {"query_tells_what_the_entry_says",             query_tells_what_the_entry_says            },
    {"a_part_of_a_region_has_its_own_access",       a_part_of_a_region_has_its_own_access      },
    {"refused_protections_change_nothing",          refused_protections_change_nothing         },
    {"stores_go_through_a_window",                  stores_go_through_a_window                 },
    {"without_the_processors_help_nothing_faults",  without_the_processors_help_nothing_faults },
};
TAP_MAIN(cases)
