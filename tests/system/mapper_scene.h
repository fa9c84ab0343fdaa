/* SPDX-License-Identifier: MIT */
/* mapper_scene.h - a mapper over the port on paper, and looks at it that check it against the port. One per program. */
#ifndef SMF_TESTS_MAPPER_SCENE_H
#define SMF_TESTS_MAPPER_SCENE_H

#include <string.h>

#include "harness/tap.h"
#include "smf/mapper.h"
#include "support/paper.h"

enum { GRANULE = 4096, ROOM = 1 << 14 };

static struct paper paper;
static struct smf_mapper mapper;
static uint64_t arena[ROOM / 8];
static const uint8_t code[] = {0x90, 0xC3, 1, 2, 3, 4};
static const uint8_t other_code[] = {0x91, 0xC4, 4, 3, 2};
static const struct smf_mapper_policy *const jit = &smf_mapper_jit, *const loader = &smf_mapper_loader;

static inline struct smf_mapper_config config_of(size_t arena_size)
{
    return (struct smf_mapper_config){.port = &paper.port, .arena = arena, .arena_size = arena_size, .bucket_count = 8};
}

static inline void start(void)
{
    const struct smf_mapper_config config = config_of(sizeof arena);
    paper_start(&paper);
    CHECK_STATUS(smf_mapper_start(&mapper, &config), SMF_OK);
}

static inline void end(void)
{
    smf_mapper_finish(&mapper);
    paper_end(&paper);
}

static inline struct smf_mapper_statistics look(void)
{
    struct smf_mapper_statistics statistics;
    smf_mapper_get_statistics(&mapper, &statistics);
    CHECK_EQUAL(statistics.region_count, paper_live(&paper));
    paper_check(&paper);
    return statistics;
}

/* Everything but the generation, which never goes back. */
static inline void compare(const struct smf_mapper_statistics *before)
{
    const struct smf_mapper_statistics now = look();
    CHECK_EQUAL(now.mapped_symbols, before->mapped_symbols);
    CHECK_EQUAL(now.owner_count, before->owner_count);
    CHECK_EQUAL(now.total_bytes, before->total_bytes);
    CHECK_EQUAL(now.region_count, before->region_count);
    CHECK_EQUAL(now.arena_largest, before->arena_largest);
    CHECK(now.generation >= before->generation);
}

static inline uintptr_t map(const struct smf_mapper_policy *policy, const char *owner, const char *symbol)
{
    uintptr_t address = 0;
    CHECK_STATUS(smf_mapper_map(&mapper, policy, owner, symbol, code, sizeof code, 0, &address), SMF_OK);
    CHECK(address != 0);
    return address;
}

static inline enum smf_status try(const struct smf_mapper_policy *policy, const char *owner, const char *symbol)
{
    return smf_mapper_map(&mapper, policy, owner, symbol, other_code, sizeof other_code, 0, NULL);
}

static inline struct smf_mapper_record record_of(const char *symbol)
{
    struct smf_mapper_record record = {.owner = "", .symbol = ""};
    CHECK_STATUS(smf_mapper_get_record(&mapper, symbol, &record), SMF_OK);
    CHECK_TEXT(record.symbol, symbol);
    CHECK_EQUAL(record.address, smf_mapper_lookup(&mapper, symbol));
    return record;
}

static inline bool holds(uintptr_t address, const uint8_t *bytes, size_t size)
{
    const uint8_t *at = paper_at(&paper, address, size);
    return at != NULL && memcmp(at, bytes, size) == 0;
}

#endif
