/* SPDX-License-Identifier: MIT */
/*
 * stale.c - is the TLB told? The same three questions twice: with the port as it is, where each access faults, and
 * linked with no_flush.c (SMF_TESTS_NO_FLUSH), where each goes through by an old entry. So a port that forgets is found out.
 */
#include "baremetal/scene.h"

enum { PAGE = SMF_BAREMETAL_PAGE };
static struct scene scene;

#if defined(SMF_TESTS_NO_FLUSH)
enum { FAULTS = 0 };
#else
enum { FAULTS = 1 };
#endif

/* Start from a TLB that knows nothing of the region. */
static void forget(void)
{
#if defined(__aarch64__)
    __asm__ volatile("dsb ishst\n\ttlbi vmalle1\n\tdsb ish\n\tisb" : : : "memory");
#else
    uint64_t tables;
    __asm__ volatile("mov %%cr3, %0\n\tmov %0, %%cr3" : "=r"(tables) : : "memory");
#endif
}

static void a_write_after_sealing(void)
{
    scene_start(&scene, SCENE_ONE);
    forget();
    const struct smf_region region = scene_reserve(&scene, SMF_ACCESS_RO, PAGE);
    forget();
    CHECK(scene_works(&scene, GUARD_PRIVILEGED, GUARD_WRITE, region.address));
    scene_protect(&scene, &region, SMF_ACCESS_RO);
    CHECK_EQUAL(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_WRITE, region.address, true), FAULTS);
    forget();
    CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_WRITE, region.address, true));
    scene_release(&scene, &region);
    scene_finish(&scene);
}

static void a_call_after_unsealing(void)
{
    scene_start(&scene, SCENE_ONE);
    forget();
    const struct smf_region region = scene_reserve(&scene, SMF_ACCESS_RX, PAGE);
    forget();
    scene_write_code(region.bytes, 7);
    scene_protect(&scene, &region, SMF_ACCESS_RX);
    forget();
    CHECK_EQUAL(scene_call(&scene, GUARD_PRIVILEGED, region.address), 7);
    scene_protect(&scene, &region, SMF_ACCESS_RW);
    CHECK_EQUAL(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_EXECUTE, region.address, true), FAULTS);
    forget();
    CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_EXECUTE, region.address, true));
    scene_release(&scene, &region);
    scene_finish(&scene);
}

static void a_read_after_release(void)
{
    scene_start(&scene, SCENE_ONE);
    forget();
    const struct smf_region region = scene_reserve(&scene, SMF_ACCESS_RW, PAGE);
    CHECK(scene_works(&scene, GUARD_PRIVILEGED, GUARD_WRITE, region.address));
    scene_release(&scene, &region);
    CHECK_EQUAL(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_READ, region.address, false), FAULTS);
    forget();
    CHECK(scene_faults(&scene, GUARD_PRIVILEGED, GUARD_READ, region.address, false));
    scene_finish(&scene);
}

static const struct tap_case cases[] = {
    {"a_write_after_sealing",  a_write_after_sealing },
    {"a_call_after_unsealing", a_call_after_unsealing},
    {"a_read_after_release",   a_read_after_release  },
};
TAP_MAIN(cases)
