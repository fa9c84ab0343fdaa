/* SPDX-License-Identifier: MIT */
/* pool.c - memory handed out by port/common: where blocks lie, what is refused, and a model that must agree. */
#include "smf/pool.h"
#include "harness/tap.h"

#include <string.h>

enum { PAGE = 4096, POOL = 16 * PAGE, BOOKS = 64 };

static uint8_t memory[POOL] __attribute__((aligned(PAGE)));
static struct smf_pool_block books[BOOKS];

/* The pool runs somewhere else than it is written: only `address` counts for alignment and limits. */
static struct smf_pool started(uintptr_t address, size_t size, size_t books_max)
{
    struct smf_pool pool;
    CHECK_STATUS(smf_pool_start(&pool, memory, address, size, 1, books, books_max), SMF_OK);
    return pool;
}

static size_t taken(struct smf_pool *pool, size_t size, size_t alignment)
{
    size_t offset = SIZE_MAX;
    CHECK_STATUS(smf_pool_take(pool, size, alignment, 0, &offset), SMF_OK);
    return offset;
}

static void lowest_place_first_and_neighbours_coalesce(void)
{
    struct smf_pool pool = started(0x1000, 1024, BOOKS);
    CHECK_EQUAL(taken(&pool, 256, 1), 0);
    CHECK_EQUAL(taken(&pool, 256, 1), 256);
    CHECK_EQUAL(taken(&pool, 256, 1), 512);
    CHECK_EQUAL(smf_pool_largest(&pool, 1), 256);
    smf_pool_give(&pool, 256);
    CHECK_EQUAL(smf_pool_largest(&pool, 1), 256);
    smf_pool_give(&pool, 0);
    CHECK_EQUAL(smf_pool_largest(&pool, 1), 512);
    CHECK_EQUAL(taken(&pool, 512, 1), 0);
    smf_pool_give(&pool, 512);
    CHECK_EQUAL(taken(&pool, 512, 1), 512);
    smf_pool_give(&pool, 512);
    smf_pool_give(&pool, 0);
    CHECK_EQUAL(pool.block_count, 0);
    CHECK_EQUAL(taken(&pool, 1024, 1), 0);
}

static void what_is_not_a_block_is_not_given_back(void)
{
    struct smf_pool pool = started(0x1000, 1024, BOOKS);
    (void)taken(&pool, 100, 1);
    (void)taken(&pool, 100, 1);
    smf_pool_give(&pool, 50);
    smf_pool_give(&pool, 200);
    smf_pool_give(&pool, 5000);
    CHECK_EQUAL(pool.block_count, 2);
    smf_pool_give(&pool, 100);
    smf_pool_give(&pool, 100);
    CHECK_EQUAL(pool.block_count, 1);
    CHECK_EQUAL(pool.blocks[0].offset, 0);
}

static void alignment_is_of_the_address(void)
{
    struct smf_pool pool = started(0x1010, 1024, BOOKS);
    CHECK_EQUAL(taken(&pool, 16, 64), 0x30);  /* 0x1040 */
    CHECK_EQUAL(taken(&pool, 16, 256), 0xf0); /* 0x1100 */
    CHECK_EQUAL(taken(&pool, 16, 1), 0);      /* the gap before them is used */
    CHECK_EQUAL(taken(&pool, 33, 1), 0x40);   /* 32 bytes were left there: too few */
    CHECK_EQUAL(smf_pool_largest(&pool, 1), 1024 - 0x100);
    CHECK_EQUAL(smf_pool_largest(&pool, 512), 1024 - 0x1f0);
    size_t offset;
    CHECK_STATUS(smf_pool_take(&pool, 1, 4096, 0, &offset), SMF_ERR_NO_MEMORY); /* 0x2000 is the pool's end + 0xbf0 */
    CHECK_EQUAL(smf_pool_largest(&pool, 4096), 0);
    CHECK_STATUS(smf_pool_take(&pool, 1, (size_t)1 << (sizeof(size_t) * 8 - 1), 0, &offset), SMF_ERR_NO_MEMORY);
}

static void highest_is_the_last_byte(void)
{
    struct smf_pool pool = started(0x1000, 1024, BOOKS);
    size_t offset = 77;
    CHECK_STATUS(smf_pool_take(&pool, 256, 1, 0x10fe, &offset), SMF_ERR_NO_MEMORY);
    CHECK_EQUAL(offset, 77);
    CHECK_STATUS(smf_pool_take(&pool, 256, 1, 0x10ff, &offset), SMF_OK);
    CHECK_EQUAL(offset, 0);
    CHECK_STATUS(smf_pool_take(&pool, 256, 1, 0x10ff, &offset), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(smf_pool_take(&pool, 256, 1, 0x11ff, &offset), SMF_OK);
    CHECK_STATUS(smf_pool_take(&pool, 1, 1, 0xfff, &offset), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(smf_pool_take(&pool, 1, 1, UINTPTR_MAX, &offset), SMF_OK);
    CHECK_EQUAL(offset, 512);
}

static void exact_places(void)
{
    struct smf_pool pool = started(0x1000, 1024, BOOKS);
    CHECK_STATUS(smf_pool_take_at(&pool, 256, 256), SMF_OK);
    CHECK_STATUS(smf_pool_take_at(&pool, 256, 1), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(smf_pool_take_at(&pool, 511, 1), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(smf_pool_take_at(&pool, 255, 2), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(smf_pool_take_at(&pool, 0, 257), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(smf_pool_take_at(&pool, 1023, 2), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(smf_pool_take_at(&pool, 1024, 1), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(smf_pool_take_at(&pool, SIZE_MAX, 2), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(smf_pool_take_at(&pool, 600, SIZE_MAX), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(smf_pool_take_at(&pool, 600, 0), SMF_ERR_ARGUMENT);
    CHECK_EQUAL(pool.block_count, 1);
    CHECK_STATUS(smf_pool_take_at(&pool, 255, 1), SMF_OK);
    CHECK_STATUS(smf_pool_take_at(&pool, 512, 512), SMF_OK);
    CHECK_EQUAL(taken(&pool, 255, 1), 0);
    CHECK_EQUAL(smf_pool_largest(&pool, 1), 0);
}

static void full_books_are_a_limit(void)
{
    struct smf_pool pool = started(0x1000, 1024, 2);
    size_t offset = 77;
    (void)taken(&pool, 16, 1);
    (void)taken(&pool, 16, 1);
    CHECK_STATUS(smf_pool_take(&pool, 16, 1, 0, &offset), SMF_ERR_LIMIT);
    CHECK_EQUAL(offset, 77);
    CHECK_STATUS(smf_pool_take_at(&pool, 512, 16), SMF_ERR_LIMIT);
    CHECK_EQUAL(smf_pool_largest(&pool, 1), 0); /* nothing could be taken now */
    CHECK_STATUS(smf_pool_take(&pool, 2000, 1, 0, &offset), SMF_ERR_NO_MEMORY);
    smf_pool_give(&pool, 0);
    CHECK_EQUAL(smf_pool_largest(&pool, 1), 1024 - 32);
    CHECK_EQUAL(taken(&pool, 16, 1), 0);
}

static void wrong_starts_are_refused(void)
{
    struct smf_pool pool;
    CHECK_STATUS(smf_pool_start(&pool, memory, 0x1000, POOL, PAGE, books, 1), SMF_OK);
    CHECK_STATUS(smf_pool_start(&pool, memory, 0x1000, POOL, 0, books, 1), SMF_OK);
    CHECK_STATUS(smf_pool_start(&pool, NULL, 0x1000, POOL, 1, books, 1), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_pool_start(&pool, memory, 0x1000, 0, 1, books, 1), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_pool_start(&pool, memory, 0x1000, POOL, 1, NULL, 1), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_pool_start(&pool, memory, 0x1000, POOL, 1, books, 0), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_pool_start(&pool, memory, 0x1000, POOL, 48, books, 1), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_pool_start(&pool, memory, 0x1800, POOL, PAGE, books, 1), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_pool_start(&pool, memory, 0x1000, POOL - 1, PAGE, books, 1), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_pool_start(&pool, memory + 16, 0x1000, POOL - PAGE, PAGE, books, 1), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_pool_start(&pool, memory, UINTPTR_MAX - POOL + 1, POOL, PAGE, books, 1), SMF_OK);
    CHECK_STATUS(smf_pool_start(&pool, memory, UINTPTR_MAX - POOL + 2, POOL, 1, books, 1), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_pool_start(&pool, memory, 0x1000, SIZE_MAX, 1, books, 1), SMF_ERR_ARGUMENT);
}

static void a_pool_may_end_with_the_address_space(void)
{
    struct smf_pool pool;
    size_t offset;
    CHECK_STATUS(smf_pool_start(&pool, memory, UINTPTR_MAX - POOL + 1, POOL, PAGE, books, BOOKS), SMF_OK);
    CHECK_EQUAL(taken(&pool, POOL - 16, 1), 0);
    CHECK_EQUAL(smf_pool_largest(&pool, 1), 16);
    CHECK_STATUS(smf_pool_take(&pool, 1, 64, 0, &offset), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(smf_pool_take(&pool, 16, 16, UINTPTR_MAX, &offset), SMF_OK);
    CHECK_EQUAL(offset, POOL - 16);
}

static void wrong_requests_are_refused(void)
{
    struct smf_pool pool = started(0x1000, 1024, BOOKS);
    size_t offset = 77;
    CHECK_STATUS(smf_pool_take(&pool, 0, 1, 0, &offset), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_pool_take(&pool, 16, 0, 0, &offset), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_pool_take(&pool, 16, 24, 0, &offset), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_pool_take(&pool, SIZE_MAX, 1, 0, &offset), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(smf_pool_take(&pool, 1025, 1, 0, &offset), SMF_ERR_NO_MEMORY);
    CHECK_EQUAL(smf_pool_largest(&pool, 3), 0);
    CHECK_EQUAL(offset, 77);
    CHECK_EQUAL(pool.block_count, 0);
}

/* ---- Random operations against a model: one byte for each byte of the pool, the block's number or 0. ---- */

enum { MODEL = 600, START = 0x1008 };
static uint8_t model[MODEL];

static uint32_t state;
static uint32_t next(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)(state >> 8) * below) >> 24);
}

static int free_at(size_t offset, size_t size)
{
    for (size_t i = offset; i < offset + size; i++)
        if (i >= MODEL || model[i] != 0)
            return 0;
    return 1;
}

/* Where first fit must put it; MODEL: nowhere. */
static size_t place(size_t size, size_t alignment, uintptr_t highest)
{
    for (size_t at = 0; at + size <= MODEL; at++)
        if ((START + at) % alignment == 0 && free_at(at, size))
            return highest != 0 && START + at + size - 1 > highest ? MODEL : at;
    return MODEL;
}

static size_t model_largest(size_t alignment)
{
    size_t largest = 0;
    for (size_t at = 0; at < MODEL; at++)
        for (size_t size = largest + 1; (START + at) % alignment == 0 && at + size <= MODEL && free_at(at, size);
             size++)
            largest = size;
    return largest;
}

/* The books are sorted, apart, and say what the model says. */
static int books_agree(const struct smf_pool *pool)
{
    size_t used = 0, end = 0, marked = 0;
    for (size_t i = 0; i < pool->block_count; i++) {
        const struct smf_pool_block *block = &pool->blocks[i];
        if (block->offset < end || block->size == 0 || block->size > MODEL - block->offset)
            return 0;
        end = block->offset + block->size;
        for (size_t at = block->offset; at < end; at++)
            if (model[at] == 0 || model[at] != model[block->offset])
                return 0;
        used += block->size;
    }
    for (size_t i = 0; i < MODEL; i++)
        marked += model[i] != 0;
    return used == marked;
}

static void take_one(struct smf_pool *pool, uint8_t number)
{
    const size_t size = 1 + next(next(4) == 0 ? 200 : 40), alignment = (size_t)1 << next(7);
    const uintptr_t highest = next(3) == 0 ? START + next(MODEL) : 0;
    const size_t wanted = place(size, alignment, highest);
    size_t offset = MODEL;
    const enum smf_status status = smf_pool_take(pool, size, alignment, highest, &offset);
    CHECK_EQUAL(offset, wanted);
    CHECK_STATUS(status, wanted == MODEL ? SMF_ERR_NO_MEMORY : SMF_OK);
    if (status == SMF_OK && offset + size <= MODEL)
        memset(model + offset, number, size);
}

static void take_one_at(struct smf_pool *pool, uint8_t number)
{
    const size_t size = 1 + next(60), offset = next(MODEL + 20);
    const int fits = free_at(offset, size);
    const enum smf_status status = smf_pool_take_at(pool, offset, size);
    CHECK_STATUS(status, fits ? SMF_OK : SMF_ERR_NO_MEMORY);
    if (status == SMF_OK && fits)
        memset(model + offset, number, size);
}

static void give_one(struct smf_pool *pool)
{
    if (pool->block_count == 0)
        return;
    const struct smf_pool_block block = pool->blocks[next((uint32_t)pool->block_count)];
    smf_pool_give(pool, block.offset);
    memset(model + block.offset, 0, block.size);
}

static void random_operations_agree_with_a_model(void)
{
    for (uint32_t seed = 1; seed <= 40; seed++) {
        static struct smf_pool_block many[MODEL];
        struct smf_pool pool;
        tap_variant("seed=%u", (unsigned)seed);
        state = seed;
        memset(model, 0, sizeof model);
        CHECK_STATUS(smf_pool_start(&pool, memory, START, MODEL, 8, many, MODEL), SMF_OK);
        for (unsigned step = 0; step < 200; step++) {
            const uint8_t number = (uint8_t)(1 + step % 255);
            const uint32_t what = next(8);
            if (what < 4)
                take_one(&pool, number);
            else if (what == 4)
                take_one_at(&pool, number);
            else
                give_one(&pool);
            CHECK(books_agree(&pool));
            if (step % 8 == 0)
                CHECK_EQUAL(smf_pool_largest(&pool, 16), model_largest(16));
        }
        while (pool.block_count != 0)
            give_one(&pool);
        CHECK_EQUAL(smf_pool_largest(&pool, 1), MODEL);
    }
    tap_variant("%s", "");
}

static const struct tap_case cases[] = {
    {"lowest_place_first_and_neighbours_coalesce", lowest_place_first_and_neighbours_coalesce},
    {"what_is_not_a_block_is_not_given_back",      what_is_not_a_block_is_not_given_back     },
    {"alignment_is_of_the_address",                alignment_is_of_the_address               },
    {"highest_is_the_last_byte",                   highest_is_the_last_byte                  },
    {"exact_places",                               exact_places                              },
    {"full_books_are_a_limit",                     full_books_are_a_limit                    },
    {"wrong_starts_are_refused",                   wrong_starts_are_refused                  },
    {"a_pool_may_end_with_the_address_space",      a_pool_may_end_with_the_address_space     },
    {"wrong_requests_are_refused",                 wrong_requests_are_refused                },
    {"random_operations_agree_with_a_model",       random_operations_agree_with_a_model      },
};
TAP_MAIN(cases)
