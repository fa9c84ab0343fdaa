/* SPDX-License-Identifier: MIT */
/*
 * hostile.c - modules of `smf build --compress` whose compressed sections are damaged: cut, bent, of other sizes, said to be
 * packed otherwise. Loaded on paper from both kinds of source: an error or a module, never a byte outside of its memory,
 * and nothing left behind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "harness/tap.h"
#include "smf/codecs.h"
#include "smf/format.h"
#include "smf/host.h"
#include "support/paper.h"

/* A module without its hash, and where its compressed sections are. */
struct victim {
    uint8_t *bytes;
    size_t size;
    uint32_t count;
    struct smf_section sections[64];
    size_t table;
    uint8_t method;
};

static bool open_victim(struct victim *victim, const char *path)
{
    static struct smf_image image;
    struct smf_file file;
    CHECK_STATUS(smf_file_map(&file, path), SMF_OK);
    victim->size = (size_t)file.source.size;
    victim->bytes = malloc(victim->size);
    memcpy(victim->bytes, file.source.bytes, victim->size);
    smf_file_close(&file);
    memset(victim->bytes + victim->size - SMF_P128_HEADER_SIZE + SMF_P128_MODULE_HASH, 0, 8);
    const struct smf_source source = smf_source_memory(victim->bytes, victim->size, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_image_open(&image, &source, victim->sections, 64, NULL), SMF_OK);
    victim->count = image.header.section_count;
    victim->table = image.section_table;
    victim->method = image.header.compression;
    unsigned packed = 0;
    for (uint32_t i = 0; i < victim->count; i++)
        packed += (victim->sections[i].flags & SMF_SECTION_COMPRESSED) != 0;
    CHECK(packed >= 2);
    return packed >= 2;
}

static enum smf_status resolve(void *context, const struct smf_binding_request *request,
                               struct smf_binding_answer *answer)
{
    (void)context;
    (void)request;
    answer->address = 0x30000000;
    return SMF_OK;
}

static enum smf_status read_at(void *context, uint64_t offset, void *into, size_t size)
{
    memcpy(into, (const uint8_t *)context + offset, size);
    return SMF_OK;
}

/* One load; what it says. The paper port looks at its guards, and that nothing stays out. */
static enum smf_status load(const struct victim *victim, bool by_position, struct smf_diagnosis *why)
{
    static uint8_t arena[1 << 16];
    static struct paper paper;
    struct smf_loader loader;
    struct smf_module *module;
    struct smf_source source = smf_source_memory(victim->bytes, victim->size, SMF_STAYS_FOR_LOAD);
    if (by_position)
        source = (struct smf_source){.size = victim->size, .read_at = read_at, .context = victim->bytes};
    paper_start(&paper);
    paper.base = 0x10000000;
    const struct smf_config config = {.port = &paper.port,
                                      .arena = arena,
                                      .arena_size = sizeof arena,
                                      .resolve = resolve,
                                      .codecs = smf_codecs_host()};
    CHECK_STATUS(smf_loader_start(&loader, &config), SMF_OK);
    const enum smf_status status = smf_load(&loader, &source, &module, why);
    CHECK_EQUAL(paper_live(&paper) != 0, status == SMF_OK);
    smf_loader_finish(&loader);
    paper_end(&paper);
    return status;
}

/* Damaged bytes: found by the codec, by what the section turns out to be, or not at all; the same from both sources. */
static bool found(const struct victim *victim, enum smf_status wanted)
{
    struct smf_diagnosis why[2];
    const enum smf_status status = load(victim, false, &why[0]);
    CHECK_STATUS(load(victim, true, &why[1]), status);
    if (status != SMF_OK)
        CHECK_STATUS(why[0].status, status);
    if (wanted != SMF_OK)
        CHECK_STATUS(status, wanted);
    return status != SMF_OK;
}

static uint8_t *entry(const struct victim *victim, uint32_t section)
{
    return victim->bytes + victim->table + (size_t)section * SMF_T64_SIZE;
}

static void bend(struct victim *victim, const struct smf_section *section, unsigned tally[2])
{
    for (size_t at = section->offset; at < section->offset + section->size; at++) {
        const uint8_t mask = (uint8_t)(1u << (at & 7));
        victim->bytes[at] ^= mask;
        tally[found(victim, SMF_OK)]++;
        victim->bytes[at] ^= mask;
    }
}

/* Stored sizes below the real one: cut at every byte. One that is 0 says that there is nothing at all. */
static void cut(struct victim *victim, uint32_t index)
{
    const size_t size = victim->sections[index].size;
    for (size_t shorter = 1; shorter < size; shorter++) {
        smf_put64(entry(victim, index) + SMF_T_SIZE, shorter);
        CHECK(found(victim, SMF_ERR_DECOMPRESS));
    }
    smf_put64(entry(victim, index) + SMF_T_SIZE, size + 1); /* trailing: a byte that is not the section's */
    CHECK(found(victim, SMF_OK));
    smf_put64(entry(victim, index) + SMF_T_SIZE, size);
}

static void lie(struct victim *victim, uint32_t index)
{
    static const int64_t by[] = {-1, 1, -8, 8, 4096, 1 << 22};
    const size_t real = victim->sections[index].virtual_size;
    for (size_t i = 0; i < sizeof by / sizeof by[0]; i++) {
        if (by[i] < 0 && real <= (uint64_t)-by[i])
            continue;
        smf_put64(entry(victim, index) + SMF_T_VIRTUAL_SIZE, real + (uint64_t)by[i]);
        CHECK(found(victim, SMF_OK));
    }
    smf_put64(entry(victim, index) + SMF_T_VIRTUAL_SIZE, (uint64_t)1 << 40); /* a bomb that says so */
    CHECK(found(victim, SMF_OK));
    smf_put64(entry(victim, index) + SMF_T_VIRTUAL_SIZE, real);
}

static void attack(const char *path)
{
    static struct victim victim;
    unsigned tally[2] = {0, 0};
    if (!open_victim(&victim, path))
        return;
    CHECK(!found(&victim, SMF_OK));
    for (uint32_t i = 0; i < victim.count; i++)
        if ((victim.sections[i].flags & SMF_SECTION_COMPRESSED) != 0) {
            bend(&victim, &victim.sections[i], tally);
            cut(&victim, i);
            lie(&victim, i);
        }
    CHECK(!found(&victim, SMF_OK)); /* everything is as it was */
    tap_note("%s: %u of %u bent bytes were found without a hash", path, tally[1], tally[0] + tally[1]);
    CHECK(tally[1] != 0);
    uint8_t *method = victim.bytes + victim.size - SMF_P128_HEADER_SIZE + SMF_P128_COMPRESSION;
    *method = SMF_COMPRESSION_LZ4 + SMF_COMPRESSION_ZSTD - victim.method; /* the other one */
    CHECK(found(&victim, SMF_ERR_DECOMPRESS));
    free(victim.bytes);
}

static void damaged_lz4_sections(void) { attack("hostile_lz4.smf"); }
static void damaged_zstd_sections(void) { attack("hostile_zstd.smf"); }

static const struct tap_case cases[] = {
    {"damaged_lz4_sections",  damaged_lz4_sections },
    {"damaged_zstd_sections", damaged_zstd_sections},
};
TAP_MAIN(cases)
