/* SPDX-License-Identifier: MIT */
/*
 * window.c - how long interrupts stay masked while pointers in sealed memory are stored: counted in instructions, under
 * -icount, from before the call to behind it, so a little more than the window itself.
 */
#include "baremetal/scene.h"

#include "board.h"

enum { PAGE = SMF_BAREMETAL_PAGE, MOST = 400 };
static struct scene scene;

static uint64_t instructions_of(const struct smf_region *region, const struct smf_store *stores, size_t count)
{
    const uint64_t before = board_instructions();
    const uint64_t between = board_instructions();
    scene.port->store(scene.port->context, region, stores, count);
    return board_instructions() - between - (between - before);
}

static void eight_stores_into_a_page(void)
{
    struct smf_store stores[SMF_STORES_MAX];
    scene_start(&scene, SCENE_THREE);
    const struct smf_region region = scene_reserve(&scene, SMF_ACCESS_RO, PAGE);
    scene_protect(&scene, &region, SMF_ACCESS_RO);
    for (unsigned i = 0; i < SMF_STORES_MAX; i++)
        stores[i] = (struct smf_store){.offset = i * 64, .value = i};
    const uint64_t one = instructions_of(&region, stores, 1), all = instructions_of(&region, stores, SMF_STORES_MAX);
    tap_note("instructions: 1 store %u, %u stores %u", (unsigned)one, SMF_STORES_MAX, (unsigned)all);
    CHECK(one > SMF_STORES_MAX && one < all); /* it does count */
    CHECK(all < MOST);
    scene_release(&scene, &region);
    scene_finish(&scene);
}

static const struct tap_case cases[] = {
    {"eight_stores_into_a_page", eight_stores_into_a_page},
};
TAP_MAIN(cases)
