/* SPDX-License-Identifier: MIT */
/*
 * instructions.c - what one more instance takes, in instructions of the board's processor: of sort, for a type that has code of its
 * own (typed), for a struct of 24 bytes that has code for its size (fixed), and for one that has neither (general); through
 * the board's own port, sealed, and on a port that protects nothing. Under the emulator's -icount the numbers are exact and
 * repeat; tools/instructions makes a table of them.
 */
#include <string.h>

#include "harness/tap.h"
#include "scene.h"

static const struct {
    const char *shape, *type;
} kinds[] = {
    {"typed",   "i32"    },
    {"fixed",   "Point24"},
    {"general", "Triple" },
};

/* The counter's own part, taken off. */
static uint64_t since(uint64_t start)
{
    const uint64_t end = board_instructions(), nothing = board_instructions();
    const uint64_t own = board_instructions() - nothing;
    return end - start > own ? end - start - own : 0;
}

static uint64_t copy(size_t size)
{
    static uint8_t to[4096];
    const uint64_t start = board_instructions();
    memcpy(to, (const void *)smf_code_start, size <= sizeof to ? size : sizeof to);
    __asm__ volatile("" : : : "memory");
    return since(start);
}

/* Of the port's own calls: reserve, protect and release, so that what is the port's can be told from what is not. */
static struct smf_port counted;
static uint64_t in_port;

static enum smf_status count_reserve(void *context, const struct smf_region_request *requests, size_t count,
                                     struct smf_region *regions)
{
    const uint64_t start = board_instructions();
    const enum smf_status status = board_port()->reserve(context, requests, count, regions);
    in_port += since(start);
    return status;
}

static enum smf_status count_protect(void *context, const struct smf_region *region, enum smf_access access)
{
    const uint64_t start = board_instructions();
    const enum smf_status status = board_port()->protect(context, region, access);
    in_port += since(start);
    return status;
}

static void count_sync(void *context, const struct smf_region *region)
{
    const uint64_t start = board_instructions();
    board_port()->sync_code(context, region);
    in_port += since(start);
}

struct taken {
    uint64_t made, found, dropped;
    size_t size;
};

/* Make, find and drop one, over this port. */
static bool run(const struct smf_port *port, uint32_t asker, const struct smf_type *types, struct taken *taken)
{
    struct smf_instance instance = {0}, again = {0};
    struct smf_diagnosis why = {0};
    scene.mapper.config.port = port;
    in_port = 0;
    uint64_t start = board_instructions();
    const enum smf_status status = smf_instantiate(&scene.instantiator, asker, "sort", types, &instance, &why);
    taken->made = since(start);
    CHECK_STATUS(status, SMF_OK);
    if (status != SMF_OK)
        return false;
    CHECK(instance.made);
    start = board_instructions();
    CHECK_STATUS(smf_instantiate(&scene.instantiator, asker, "sort", types, &again, &why), SMF_OK);
    taken->found = since(start);
    CHECK(!again.made && again.address == instance.address && taken->found < taken->made);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, instance.name), SMF_OK);
    taken->size = instance.size;
    start = board_instructions();
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, again.name), SMF_OK);
    taken->dropped = since(start);
    return true;
}

/* Twice: with nothing between the mapper and the board's port, and with what counts the port's part. */
static void measure(uint32_t asker, const char *shape, const char *name)
{
    struct smf_type room[2];
    const struct smf_type *types = NULL;
    struct taken whole, parts;
    CHECK_STATUS(smf_types_parse(name, strlen(name), room, 2, &types), SMF_OK);
    if (!run(board_port(), asker, types, &whole) || !run(&counted, asker, types, &parts))
        return;
    CHECK(whole.made > in_port && whole.made < parts.made);
    tap_note("instance shape=%s bytes=%u made=%lu port=%lu memcpy=%lu found=%lu dropped=%lu", shape,
             (unsigned)whole.size, (unsigned long)(whole.made - in_port), (unsigned long)in_port,
             (unsigned long)copy(whole.size), (unsigned long)whole.found, (unsigned long)whole.dropped);
}

static void one_more_instance(void)
{
    CHECK(board_port() != NULL);
    if (board_port() == NULL)
        return;
    counted = *board_port();
    counted.reserve = count_reserve;
    counted.protect = counted.protect != NULL ? count_protect : NULL;
    counted.sync_code = counted.sync_code != NULL ? count_sync : NULL;
    scene_start();
    (void)scene_load(TEMPLATES);
    const struct smf_handle wide = scene_load(WIDE);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        tap_variant("shape=%s", kinds[i].shape);
        measure(wide.number, kinds[i].shape, kinds[i].type);
        CHECK_EQUAL(scene_instances(), 0);
    }
    scene.mapper.config.port = board_port();
    scene_finish();
}

static const struct tap_case cases[] = {
    {"one_more_instance", one_more_instance},
};
TAP_MAIN(cases)
