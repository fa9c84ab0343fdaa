/* SPDX-License-Identifier: MIT */
/* invariants.c - promises of docs/SECURITY.md, and the rules of SPEC.md that are about trust. */
#include <string.h>

#include "conformance/scene.h"
#include "harness/tap.h"

static struct pieces {
    const struct forged *file;
    size_t watched; /* this byte reads as 0xEE from its second reading on; 0: none */
    unsigned readings;
    uint64_t bytes; /* read, all in all */
} pieces;

static enum smf_status read_at(void *context, uint64_t offset, void *into, size_t size)
{
    (void)context;
    memcpy(into, pieces.file->bytes + offset, size);
    pieces.bytes += size;
    if (pieces.watched >= offset && pieces.watched < offset + size && pieces.readings++ != 0)
        ((uint8_t *)into)[pieces.watched - offset] = 0xEE;
    return SMF_OK;
}

static enum smf_status load_pieces(const struct forged *file, size_t watched)
{
    static uint64_t arena[1 << 16];
    const struct smf_source source = {.size = file->size, .read_at = read_at};
    pieces = (struct pieces){.file = file, .watched = watched};
    scene_configure();
    scene.config.arena = arena;
    scene.config.arena_size = sizeof arena;
    CHECK_STATUS(smf_loader_start(&scene.loader, &scene.config), SMF_OK);
    return smf_load(&scene.loader, &source, &scene.module, &scene.why);
}

static void what_is_read_twice_is_checked_twice(void)
{
    /* SPEC [L2]: without PIC records are read to count and to apply; the second time, a byte of one differs. */
    static const struct {
        unsigned byte;
        enum smf_status status;
    } changes[] = {
        {1,  SMF_ERR_RELOC_RECORD}, /* the place   */
        {9,  SMF_ERR_RELOC_RECORD}, /* the symbol  */
        {12, SMF_ERR_RELOC_TYPE  },
        {13, SMF_ERR_RELOC_TYPE  },
        {15, SMF_ERR_RELOC_RECORD}
    };
    for (unsigned i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct forged file;
        scene_begin(SMF_ARCH_X86_64);
        scene_record(DATA, 0, X86_64_64, S_IMPORT, 0);
        scene.flags = 0;
        scene_forge(&file);
        CHECK_STATUS(load_pieces(&file, 0), SMF_OK);
        smf_loader_finish(&scene.loader);
        CHECK_STATUS(load_pieces(&file, file.payloads[REL_DATA] + changes[i].byte), changes[i].status);
        CHECK_EQUAL(scene.live, 0);
        forge_free(&file);
    }
}

/* Bytes that are read of the source for `count` imports, each used once. */
static uint64_t bytes_read_for(unsigned count)
{
    static struct forge_symbol symbols[1 + 1024];
    static struct forge_relocation records[1024];
    static uint8_t bytes[1024 * 24], data[1024 * 8];
    struct forged file;
    scene_begin(SMF_ARCH_X86_64);
    symbols[0] = scene.symbols[S_DATA];
    symbols[0].section = 0;
    for (unsigned i = 0; i < count; i++) {
        symbols[1 + i] = scene.symbols[S_IMPORT];
        records[i] = (struct forge_relocation){
            .offset = 8 * (uint64_t)i, .symbol = 1 + i, .number = X86_64_64, .type = SMF_RELOCATION_PSABI};
    }
    forge_relocations(records, count, bytes);
    const struct forge_section some[] = {
        {.name = ".data",
         .type = SMF_SECTION_DATA,
         .flags = 3,
         .bytes = data,
         .size = 8 * (uint64_t)count,
         .alignment = 8},
        {.name = ".rel",
         .type = SMF_SECTION_RELOC,
         .flags = 1,
         .bytes = bytes,
         .size = 24 * (uint64_t)count,
         .link = 1     },
    };
    forge_make(&(struct forge){.layout = FORGE_CANONICAL,
                               .sections = some,
                               .section_count = 2,
                               .symbols = symbols,
                               .symbol_count = 1 + count},
               &file);
    CHECK_STATUS(load_pieces(&file, 0), SMF_OK);
    CHECK_EQUAL(scene.asked, count);
    smf_loader_finish(&scene.loader);
    forge_free(&file);
    return pieces.bytes;
}

static void work_grows_with_the_file(void)
{
    /* SPEC [L3] */
    const uint64_t few = bytes_read_for(256), many = bytes_read_for(1024);
    CHECK(many < 5 * few);
}

/* Load with every kind of failure from outside: all that was taken is back. SECURITY I3. */
static int cancel(void *context)
{
    (void)context;
    return 1;
}

static void a_failure_leaves_nothing(void)
{
    static const enum smf_status wanted[] = {SMF_ERR_NO_MEMORY, SMF_ERR_PROTECT, SMF_ERR_BUSY, SMF_ERR_CANCELLED,
                                             SMF_ERR_UNRESOLVED};
    for (unsigned i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        struct smf_needs before, after;
        struct forged file;
        scene_begin(SMF_ARCH_X86_64);
        scene_record(DATA, 0, X86_64_64, S_IMPORT, 0);
        scene_forge(&file);
        const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
        scene_configure();
        scene.reserves = i == 0 ? SMF_ERR_NO_MEMORY : SMF_OK;
        scene.protect_answers = i == 1 ? SMF_ERR_PROTECT : SMF_OK;
        scene.resolver_answers = i == 2 ? SMF_ERR_BUSY : SMF_OK;
        scene.nobody = i == 4;
        CHECK_STATUS(smf_loader_start(&scene.loader, &scene.config), SMF_OK);
        CHECK_STATUS(smf_measure(&scene.loader, &source, &before, &scene.why), SMF_OK);
        scene.loader.config.progress = i == 3 ? cancel : NULL;
        scene.module = (struct smf_module *)&scene;
        CHECK_STATUS(smf_load(&scene.loader, &source, &scene.module, &scene.why), wanted[i]);
        scene.loader.config.progress = NULL;
        CHECK_STATUS(smf_measure(&scene.loader, &source, &after, &scene.why), SMF_OK);
        CHECK_EQUAL(after.arena_largest, before.arena_largest);
        CHECK_EQUAL(scene.live, 0);
        CHECK_EQUAL(scene.loader.module_count, 0);
        CHECK(scene.module == (struct smf_module *)&scene);
        forge_free(&file);
    }
}

static void measure_says_what_load_takes(void)
{
    /* SECURITY I12: an arena of exactly that is enough, and one with 16 bytes less is not. Nobody is asked. */
    struct smf_needs needs;
    struct forged file;
    scene_begin(SMF_ARCH_X86_64);
    scene_record(DATA, 0, X86_64_64, S_IMPORT, 0);
    scene_forge(&file);
    const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
    scene_configure();
    CHECK_STATUS(smf_loader_start(&scene.loader, &scene.config), SMF_OK);
    CHECK_STATUS(smf_measure(&scene.loader, &source, &needs, &scene.why), SMF_OK);
    CHECK_EQUAL(scene.asked, 0);
    CHECK_EQUAL(scene.live, 0);
    for (size_t less = 0; less < 32; less += 16) {
        scene.config.arena_size = needs.arena_kept + needs.arena_scratch - less;
        CHECK_STATUS(smf_loader_start(&scene.loader, &scene.config), SMF_OK);
        CHECK_STATUS(smf_load(&scene.loader, &source, &scene.module, &scene.why), less ? SMF_ERR_NO_ARENA : SMF_OK);
    }
    forge_free(&file);
}

static void stale_handles_are_refused(void)
{
    /* SECURITY I16: what is no module is compared, and not followed. */
    scene_begin(SMF_ARCH_X86_64);
    CHECK_STATUS(scene_load(), SMF_OK);
    struct smf_module *module = scene.module;
    CHECK_STATUS(smf_unload(&scene.loader, module), SMF_OK);
    CHECK_EQUAL(scene.live, 0);
    CHECK_STATUS(smf_unload(&scene.loader, module), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_unload(&scene.loader, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_unload(&scene.loader, (struct smf_module *)(uintptr_t)1), SMF_ERR_ARGUMENT);
}

static const struct tap_case cases[] = {
    {"what_is_read_twice_is_checked_twice", what_is_read_twice_is_checked_twice},
    {"work_grows_with_the_file",            work_grows_with_the_file           },
    {"a_failure_leaves_nothing",            a_failure_leaves_nothing           },
    {"measure_says_what_load_takes",        measure_says_what_load_takes       },
    {"stale_handles_are_refused",           stale_handles_are_refused          },
};
TAP_MAIN(cases)
