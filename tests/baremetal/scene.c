/* SPDX-License-Identifier: MIT */
/* scene.c - see scene.h. */
#include "baremetal/scene.h"

#include <string.h>

#include "board.h"
#include "board_pages.h"

enum { BOOKS = 64 };
static struct smf_pool_block books[3][BOOKS];

static struct smf_baremetal_memory memory(uint8_t *start, const uint8_t *end, unsigned number)
{
    return (struct smf_baremetal_memory){.bytes = start,
                                         .size = (size_t)(end - start),
                                         .entries = board_page(start),
                                         .physical = (uintptr_t)start,
                                         .blocks = books[number],
                                         .block_max = BOOKS};
}

struct smf_baremetal_config scene_config(enum scene_pools pools)
{
    static uint8_t plain[65536] __attribute__((aligned(64)));
    struct smf_baremetal_config config = {.code = memory(smf_code_start, smf_code_end, 0)};
    if (pools == SCENE_THREE) {
        config.rodata = memory(smf_rodata_start, smf_rodata_end, 1);
        config.data = memory(smf_data_start, smf_data_end, 2);
    } else if (pools == SCENE_FAR) {
        config.code.bytes = (void *)board_far(&config.code.entries); /* NOLINT: an address from nowhere is the point */
    } else if (pools == SCENE_PLAIN) {
        config.code = memory(plain, plain + sizeof plain, 0);
        config.code.entries = NULL;
    }
    return config;
}

void scene_start(struct scene *scene, enum scene_pools pools)
{
    const struct smf_baremetal_config config = scene_config(pools);
    struct smf_diagnosis why;
    memset(scene, 0, sizeof *scene);
    scene->protects = pools != SCENE_PLAIN;
    CHECK_STATUS(smf_baremetal_start(&scene->baremetal, &config, &scene->port, &why), SMF_OK);
    if (scene->protects)
        CHECK_STATUS(guard_user_start(&scene->baremetal, &scene->user), SMF_OK);
}

void scene_finish(struct scene *scene)
{
    if (scene->protects)
        guard_user_finish(&scene->baremetal, &scene->user);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQUAL(scene->baremetal.pools[i].block_count, 0);
    smf_baremetal_finish(&scene->baremetal);
}

struct smf_region scene_reserve(struct scene *scene, enum smf_access access, size_t size)
{
    const struct smf_region_request request = {.size = size, .alignment = 16, .access = access};
    struct smf_region region = {0};
    CHECK_STATUS(scene->port->reserve(scene->port->context, &request, 1, &region), SMF_OK);
    return region;
}

void scene_release(struct scene *scene, const struct smf_region *region)
{
    scene->port->release(scene->port->context, region, 1);
}

void scene_protect(struct scene *scene, const struct smf_region *region, enum smf_access access)
{
    CHECK_STATUS(scene->port->protect(scene->port->context, region, access), SMF_OK);
    if (access == SMF_ACCESS_RX)
        scene->port->sync_code(scene->port->context, region);
}

void scene_write_code(uint8_t *bytes, unsigned value)
{
#if defined(__aarch64__)
    const uint32_t code[2] = {0x52800000u | value << 5, 0xd65f03c0u}; /* mov w0, #value; ret */
    memcpy(bytes, code, sizeof code);
#else
    const uint8_t code[6] = {0xb8, (uint8_t)value, (uint8_t)(value >> 8), 0, 0, 0xc3}; /* mov $value, %eax; ret */
    memcpy(bytes, code, sizeof code);
#endif
}

bool scene_faults(struct scene *scene, enum guard_level level, enum guard_action action, uintptr_t address, bool mapped)
{
    const struct guard_end end = guard_try(&scene->user, level, action, address, 0);
    return end.cause == guard_cause(level, action, mapped) && end.address == address &&
           (action != GUARD_EXECUTE || end.instruction == address);
}

bool scene_works(struct scene *scene, enum guard_level level, enum guard_action action, uintptr_t address)
{
    return guard_try(&scene->user, level, action, address, 0).cause == GUARD_RETURNED;
}

unsigned scene_call(struct scene *scene, enum guard_level level, uintptr_t address)
{
    const struct guard_end end = guard_try(&scene->user, level, GUARD_EXECUTE, address, 0);
    return end.cause == GUARD_RETURNED ? (unsigned)end.value & 0xffff : 65536;
}
