/* SPDX-License-Identifier: MIT */
/* Unit tests of core/base: arena, window, diagnosis. */
#include <string.h>

#include "base/arena.h"
#include "base/fail.h"
#include "base/window.h"
#include "harness/tap.h"
#include "smf/format.h"
#include "smf/hash.h"
#include "smf/port.h"

static uint64_t memory[512];

static void arena_first_fit_from_the_bottom(void)
{
    struct smf_arena arena;
    smf_arena_start(&arena, (uint8_t *)memory + 3, sizeof memory - 3);
    const size_t whole = smf_arena_largest(&arena);
    uint8_t *a = smf_arena_take(&arena, 100), *b = smf_arena_take(&arena, 50), *c = smf_arena_take(&arena, 10);
    CHECK(a < b && b < c);
    CHECK_EQUAL((uintptr_t)a % SMF_ARENA_ALIGNMENT, 0);
    smf_arena_give(&arena, b);
    CHECK(smf_arena_take(&arena, 40) == b);
    smf_arena_give(&arena, a);
    smf_arena_give(&arena, c);
    smf_arena_give(&arena, b);
    CHECK_EQUAL(smf_arena_largest(&arena), whole);
}

static void arena_scratch_comes_from_the_top(void)
{
    struct smf_arena arena;
    smf_arena_start(&arena, memory, sizeof memory);
    const size_t whole = smf_arena_largest(&arena);
    uint8_t *hole = smf_arena_take(&arena, 64), *low = smf_arena_take(&arena, 64);
    smf_arena_give(&arena, hole); /* large enough, and not the highest */
    uint8_t *outer = smf_arena_take_scratch(&arena, 64), *inner = smf_arena_take_scratch(&arena, 64);
    CHECK(low < inner && inner < outer);
    memset(inner, 0xAA, 64);
    memset(outer, 0x55, 64);
    smf_arena_give(&arena, inner);
    smf_arena_give(&arena, outer);
    smf_arena_give(&arena, low);
    CHECK_EQUAL(smf_arena_largest(&arena), whole);
}

/* What an arena is: offsets and sizes of its blocks in order, walked from the bottom for every wish. */
struct model {
    struct {
        size_t offset, size;
        bool used;
    } blocks[200];
    unsigned count;
};

/* Cut `block` in two at `size`. */
static void model_cut(struct model *model, unsigned block, size_t size)
{
    memmove(&model->blocks[block + 1], &model->blocks[block], (model->count++ - block) * sizeof model->blocks[0]);
    model->blocks[block].size = size;
    model->blocks[block + 1].offset += size;
    model->blocks[block + 1].size -= size;
}

/* The offset of a block, SIZE_MAX: there is no room. */
static size_t model_take(struct model *model, size_t size, bool high)
{
    const size_t need = smf_arena_block_size(size);
    unsigned found = model->count;
    for (unsigned i = 0; i < model->count && (high || found == model->count); i++)
        if (!model->blocks[i].used && model->blocks[i].size >= need)
            found = i;
    if (found == model->count)
        return SIZE_MAX;
    const size_t rest = model->blocks[found].size - need;
    if (rest >= SMF_ARENA_HEADER) {
        model_cut(model, found, high ? rest : need);
        found += high;
    }
    model->blocks[found].used = true;
    return model->blocks[found].offset;
}

static void model_give(struct model *model, size_t offset)
{
    unsigned at = 0;
    while (model->blocks[at].offset != offset)
        at++;
    model->blocks[at].used = false;
    for (unsigned i = at != 0 ? at - 1 : 0; i <= at && i + 1 < model->count;)
        if (!model->blocks[i].used && !model->blocks[i + 1].used) {
            model->blocks[i].size += model->blocks[i + 1].size;
            memmove(&model->blocks[i + 1], &model->blocks[i + 2], (--model->count - i - 1) * sizeof model->blocks[0]);
        } else
            i++;
}

/* Where blocks come from does not depend on what is remembered of the arena: 20,000 wishes against the model. */
static void arena_wishes_are_met_by_the_first_block_that_fits(void)
{
    static struct model model;
    static uint8_t *taken[64];
    struct smf_arena arena;
    uint32_t random = 1;
    smf_arena_start(&arena, memory, sizeof memory);
    model.count = 1;
    model.blocks[0].size = sizeof memory;
    model.blocks[0].used = false;
    for (unsigned step = 0; step < 20000; step++) {
        random = random * 1664525 + 1013904223;
        uint8_t **one = &taken[random >> 26];
        if (*one != NULL) {
            model_give(&model, (size_t)(*one - (uint8_t *)memory) - SMF_ARENA_HEADER);
            smf_arena_give(&arena, *one);
            *one = NULL;
            continue;
        }
        const bool high = (random >> 25 & 1) != 0;
        const size_t size = random >> 8 & (random >> 20 & 1 ? 0x1FF : 0x3F), wanted = model_take(&model, size, high);
        *one = high ? smf_arena_take_scratch(&arena, size) : smf_arena_take(&arena, size);
        const size_t offset = *one != NULL ? (size_t)(*one - (uint8_t *)memory) - SMF_ARENA_HEADER : SIZE_MAX;
        if (offset != wanted) {
            CHECK_EQUAL(offset, wanted);
            return;
        }
    }
    for (unsigned i = 0; i < 64; i++)
        smf_arena_give(&arena, taken[i]);
    CHECK_EQUAL(smf_arena_largest(&arena), sizeof memory - SMF_ARENA_HEADER);
}

static void arena_too_small_or_too_large_a_wish(void)
{
    struct smf_arena arena;
    smf_arena_start(&arena, NULL, 100);
    CHECK(smf_arena_take(&arena, 1) == NULL);
    smf_arena_start(&arena, memory, 7);
    CHECK(smf_arena_take(&arena, 1) == NULL);
    smf_arena_start(&arena, memory, 64);
    CHECK(smf_arena_take(&arena, SIZE_MAX) == NULL);
    CHECK(smf_arena_take(&arena, SIZE_MAX - 8) == NULL);
    CHECK(smf_arena_take(&arena, 49) == NULL);
    CHECK(smf_arena_take(&arena, 48) != NULL);
    CHECK(smf_arena_take_scratch(&arena, 0) == NULL);
}

static unsigned reads;
static enum smf_status read_at(void *context, uint64_t offset, void *into, size_t size)
{
    reads++;
    memcpy(into, (const char *)context + offset, size);
    return SMF_OK;
}

static void window_reads_whole_buffers_and_stays_in_bounds(void)
{
    char bytes[600];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    const struct smf_source source = {.size = sizeof bytes, .read_at = read_at, .context = bytes};
    struct smf_window window;
    struct smf_diagnosis why;
    const uint8_t *at;
    smf_window_start(&window, &source);
    reads = 0;
    for (unsigned offset = 0; offset < 256; offset += 4) {
        at = smf_window_at(&window, offset, 4, &why);
        CHECK(at != NULL && at[0] == offset);
    }
    CHECK_EQUAL(reads, 256 / SMF_WINDOW_SIZE);
    CHECK(smf_window_at(&window, 597, 3, &why) != NULL);
    CHECK(smf_window_at(&window, 597, 4, &why) == NULL);
    CHECK_EQUAL(why.detail, SMF_DETAIL_PAST_END);
    CHECK(smf_window_at(&window, SIZE_MAX, 2, &why) == NULL);
    CHECK_STATUS(why.status, SMF_ERR_TRUNCATED);
}

static void diagnosis_is_one_line_and_always_terminated(void)
{
    struct smf_diagnosis why;
    char line[160], small[8];
    smf_fail_clear(&why);
    smf_fail(&why, SMF_DETAIL_PAST_END, 0x20, 0x80, 0x30);
    why.stage = SMF_STAGE_HEADER;
    smf_fail_name(&why, "na\x1bme", 5);
    const size_t length = smf_diagnosis_format(&why, line, sizeof line);
    CHECK_TEXT(line, "needs 0x80 bytes here, the file ends at 0x30, 'na?me' (header, index 0, offset 0x20)");
    CHECK_EQUAL(length, strlen(line));
    CHECK_EQUAL(smf_diagnosis_format(&why, small, sizeof small), length);
    CHECK_EQUAL(strlen(small), sizeof small - 1);
    smf_diagnosis_format(&why, small, 0);
    CHECK_TEXT(smf_status_name(SMF_ERR_UNSUPPORTED), "SMF_ERR_UNSUPPORTED");
    CHECK_TEXT(smf_status_name((enum smf_status) - 63), "SMF_ERR_?");
    CHECK_TEXT(smf_status_name((enum smf_status)1), "SMF_ERR_?");
}

static void diagnosis_cuts_a_long_name(void)
{
    struct smf_diagnosis why;
    char name[200];
    memset(name, 'x', sizeof name);
    smf_fail_name(&why, name, sizeof name);
    CHECK_EQUAL(strlen(why.name), SMF_DIAGNOSIS_NAME_SIZE - 1);
    CHECK_EQUAL(why.name[SMF_DIAGNOSIS_NAME_SIZE - 2], '~');
}

static void hashes_are_those_of_the_specification(void)
{
    CHECK_EQUAL(smf_hash_name(""), 0x811C9DC5);
    CHECK_EQUAL(smf_hash_name("a"), 0xE40C292C);
    CHECK_EQUAL(smf_hash_name("main"), 0xEA90E208);
    CHECK_EQUAL(smf_hash32(SMF_FNV32_BASIS, "foobar", 6), 0xBF9CF968);
    CHECK_EQUAL(smf_hash64(SMF_FNV64_BASIS, "main", 4), 0x1F5962A2CE9803C8);
}

static void regions_cost_what_the_facts_say(void)
{
    const struct smf_port none = {0}, pages = {.granule = 4096}, limits = {.granule = 32};
    const struct smf_port napot = {.granule = 8, .power_of_two = true};
    const struct smf_port pmsav7 = {.granule = 32, .power_of_two = true, .parts = 8};
    CHECK_EQUAL(smf_port_footprint(&none, 5), 5);
    CHECK_EQUAL(smf_port_footprint(&pages, 1), 4096);
    CHECK_EQUAL(smf_port_footprint(&pages, 4097), 8192);
    CHECK_EQUAL(smf_port_footprint(&limits, 96), 96);
    CHECK_EQUAL(smf_port_footprint(&limits, 97), 128);
    CHECK_EQUAL(smf_port_footprint(&napot, 5), 8);
    CHECK_EQUAL(smf_port_footprint(&napot, 1025), 2048);
    CHECK_EQUAL(smf_port_footprint(&pmsav7, 20), 32);
    CHECK_EQUAL(smf_port_footprint(&pmsav7, 33), 64); /* parts of 64 bytes would be smaller than a region can be */
    CHECK_EQUAL(smf_port_footprint(&pmsav7, 257), 320);
    CHECK_EQUAL(smf_port_footprint(&pmsav7, 5000), 5120);
    CHECK_EQUAL(smf_port_footprint(&pages, SIZE_MAX - 5), SIZE_MAX);
    CHECK_EQUAL(smf_port_footprint(&napot, SIZE_MAX - 5), SIZE_MAX);
}

static const struct tap_case cases[] = {
    {"arena_first_fit_from_the_bottom",                   arena_first_fit_from_the_bottom                  },
    {"arena_scratch_comes_from_the_top",                  arena_scratch_comes_from_the_top                 },
    {"arena_wishes_are_met_by_the_first_block_that_fits", arena_wishes_are_met_by_the_first_block_that_fits},
    {"arena_too_small_or_too_large_a_wish",               arena_too_small_or_too_large_a_wish              },
    {"window_reads_whole_buffers_and_stays_in_bounds",    window_reads_whole_buffers_and_stays_in_bounds   },
    {"diagnosis_is_one_line_and_always_terminated",       diagnosis_is_one_line_and_always_terminated      },
    {"diagnosis_cuts_a_long_name",                        diagnosis_cuts_a_long_name                       },
    {"regions_cost_what_the_facts_say",                   regions_cost_what_the_facts_say                  },
    {"hashes_are_those_of_the_specification",             hashes_are_those_of_the_specification            },
};
TAP_MAIN(cases)
