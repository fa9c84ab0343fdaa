/* SPDX-License-Identifier: MIT */
/*
 * packed.c - files that are compressed as a whole (C18): told by their first bytes, unpacked before anything else is asked,
 * counted as what comes out. Frames are made by hand, of blocks that are stored as they are.
 */
#include "scene.h"

#include <stdlib.h>
#include <string.h>

#include "smf/codecs.h"
#include "support/kit.h"

enum { DATA = 500 };

/* A frame around `size` bytes, that says it gives `said`; allocated. */
static uint8_t *pack(enum smf_packing packing, const uint8_t *bytes, size_t size, uint32_t said, size_t *packed)
{
    uint8_t *frame = malloc(size + 32), *at = frame;
    static const uint8_t lz4[] = {0x04, 0x22, 0x4D, 0x18, 0x60, 0x70, 0x73}; /* blocks of up to 4 MiB */
    static const uint8_t zstd[] = {0x28, 0xB5, 0x2F, 0xFD, 0xA0};            /* a size of 4 bytes */
    CHECK(frame != NULL && size < 100000);
    if (packing == SMF_PACKING_LZ4) {
        memcpy(at, lz4, sizeof lz4);
        put32(at + sizeof lz4, (uint32_t)size | 0x80000000u);
        at += sizeof lz4 + 4;
        memcpy(at, bytes, size);
        put32(at + size, 0);
        at += size + 4;
    } else {
        memcpy(at, zstd, sizeof zstd);
        put32(at + sizeof zstd, said);
        at += sizeof zstd + 4;
        *at++ = (uint8_t)(1 | size << 3); /* the last block, raw */
        *at++ = (uint8_t)(size >> 5);
        *at++ = (uint8_t)(size >> 13);
        memcpy(at, bytes, size);
        at += size;
    }
    *packed = (size_t)(at - frame);
    return frame;
}

/* What this host says to such frames: SMF_OK, or SMF_ERR_UNSUPPORTED without the library. */
static enum smf_status can(enum smf_packing packing)
{
    static const uint8_t text[] = "text";
    struct smf_unpacked unpacked;
    size_t size = 0;
    uint8_t *frame = pack(packing, text, sizeof text, sizeof text, &size);
    const enum smf_status status = smf_unpack(frame, size, 0, &unpacked, NULL);
    smf_unpack_free(&unpacked);
    free(frame);
    return status;
}

/* `act` with each packing that there is, and with what there is not: an error, and nothing in the cache. */
static void each(void (*act)(enum smf_packing packing, const uint8_t *frame, size_t packed, size_t size))
{
    static const enum smf_packing packings[] = {SMF_PACKING_ZSTD, SMF_PACKING_LZ4};
    size_t size = 0, packed = 0;
    uint8_t *bytes = scene_bytes(4, DATA, &size);
    for (size_t i = 0; i < 2; i++) {
        uint8_t *frame = pack(packings[i], bytes, size, (uint32_t)size, &packed);
        tap_variant("packing=%d", (int)packings[i]);
        if (can(packings[i]) == SMF_OK) {
            act(packings[i], frame, packed, size);
        } else {
            tap_note("this host has no library for packing %d", (int)packings[i]);
            scene_open(NULL);
            scene_file("a.smf", frame,
                       packed - 1); /* whole, it ends like a module: that is taken for one without libzstd */
            CHECK_STATUS(scene_touch("a.smf"), SMF_ERR_UNSUPPORTED);
            CHECK_EQUAL(smf_cache_count(cache), 0);
            scene_close();
        }
        free(frame);
    }
    tap_variant("%s", "");
    free(bytes);
}

static void check_unpacked(enum smf_packing packing, const uint8_t *frame, size_t packed, size_t size)
{
    (void)packing;
    scene_open(NULL);
    scene_file("a.smf", frame, packed);
    scene_settle();
    struct smf_cached *entry = scene_get("a.smf"), *again = scene_get("a.smf");
    CHECK(entry == again && entry->unpacked && !entry->mapped && entry->source.size == size);
    CHECK_EQUAL(scene_tag(entry), 4);
    CHECK_EQUAL(scene_statistics().bytes, size);
    CHECK_STATUS(smf_cache_enter(cache, "memory", frame, packed, NULL, NULL, &why), SMF_OK);
    smf_cache_put(cache, again);
    CHECK_STATUS(smf_cache_get(cache, "memory", &again, &why), SMF_OK);
    CHECK(again->entered && again->unpacked && again->revision == entry->revision && scene_tag(again) == 4);
    smf_cache_put(cache, again);
    smf_cache_put(cache, entry);
    scene_close();
}

static void check_limits(enum smf_packing packing, const uint8_t *frame, size_t packed, size_t size)
{
    (void)packing;
    scene_open(&(struct smf_cache_options){.max_bytes = size - 1});
    scene_file("a.smf", frame, packed);
    CHECK_STATUS(scene_touch("a.smf"), SMF_OK);
    CHECK_EQUAL(scene_statistics().uncached, 1);
    scene_close();
}

/* A few bytes that promise or give more than a file may have. */
static void check_bombs(enum smf_packing packing, const uint8_t *frame, size_t packed, size_t size)
{
    size_t small = 0;
    uint8_t *liar = pack(packing, frame, 10, 0xFFFFFFF0u, &small);
    scene_open(
        &(struct smf_cache_options){.max_file_bytes = packed}); /* the frame may be read, and gives a little less */
    scene_file("fits.smf", frame, packed);
    CHECK_STATUS(scene_touch("fits.smf"), SMF_OK);
    scene_close();
    scene_open(&(struct smf_cache_options){.max_file_bytes = size - 1});
    scene_file("large.smf", frame, packed);
    CHECK_STATUS(scene_touch("large.smf"), SMF_ERR_LIMIT);
    CHECK_STATUS(smf_cache_enter(cache, "large", frame, packed, NULL, NULL, &why), SMF_ERR_LIMIT);
    scene_file("liar.smf", liar, small);
    CHECK_STATUS(scene_touch("liar.smf"), packing == SMF_PACKING_ZSTD ? SMF_ERR_LIMIT : SMF_ERR_NOT_SMF);
    CHECK_EQUAL(smf_cache_count(cache), 0);
    scene_close();
    free(liar);
}

static void check_damage(enum smf_packing packing, const uint8_t *frame, size_t packed, size_t size)
{
    (void)packing;
    (void)size;
    scene_open(NULL);
    for (size_t cut = 4; cut < packed; cut += cut < 40 ? 1 : 97) {
        CHECK(smf_cache_enter(cache, "cut", frame, cut, NULL, NULL, &why) != SMF_OK);
        CHECK(why.status == SMF_ERR_DECOMPRESS || why.status == SMF_ERR_NOT_SMF);
    }
    CHECK_EQUAL(smf_cache_count(cache), 0);
    scene_close();
}

static void packed_files_are_unpacked(void) { each(check_unpacked); }
static void unpacked_bytes_count(void) { each(check_limits); }
static void bombs_are_refused(void) { each(check_bombs); }
static void damaged_frames_are_refused(void) { each(check_damage); }

static void unknown_kinds_are_errors(void)
{
    static const uint8_t gzip[200] = {0x1F, 0x8B, 8}, xz[200] = {0xFD, '7', 'z', 'X', 'Z'};
    scene_open(NULL);
    scene_file("a.smf", gzip, sizeof gzip);
    CHECK_STATUS(scene_touch("a.smf"), SMF_ERR_NOT_SMF);
    scene_file("a.smf", xz, sizeof xz);
    CHECK_STATUS(scene_touch("a.smf"), SMF_ERR_NOT_SMF);
    scene_close();
}

static const struct tap_case cases[] = {
    {"packed_files_are_unpacked",  packed_files_are_unpacked },
    {"unpacked_bytes_count",       unpacked_bytes_count      },
    {"bombs_are_refused",          bombs_are_refused         },
    {"damaged_frames_are_refused", damaged_frames_are_refused},
    {"unknown_kinds_are_errors",   unknown_kinds_are_errors  },
};
TAP_MAIN(cases)
