/* SPDX-License-Identifier: MIT */
/* scene.c - see scene.h. */
#include "conformance/scene.h"

#include <string.h>

#include "harness/tap.h"
#include "support/holds.h"

struct scene scene;

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    uint64_t address = scene.base;
    (void)context;
    if (scene.reserves != SMF_OK)
        return scene.reserves;
    memset(scene.memory, 0xA5, sizeof scene.memory);
    for (size_t i = 0; i < count; i++, address += scene.step)
        regions[i] = (struct smf_region){scene.memory + (size_t)(address - scene.base), (uintptr_t)address,
                                         requests[i].size, requests[i].access};
    scene.live += (unsigned)count;
    return SMF_OK;
}

static void release(void *context, const struct smf_region *regions, size_t count)
{
    (void)context;
    (void)regions;
    scene.live -= (unsigned)count;
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context;
    scene.protects++;
    if (scene.protect_answers != SMF_OK)
        return scene.protect_answers;
    scene.writable_again += access != region->access || access == SMF_ACCESS_RWX;
    return SMF_OK;
}

const struct smf_port scene_port = {.granule = PAGE, .reserve = reserve, .release = release, .protect = protect};

enum smf_status scene_resolve(void *context, const struct smf_binding_request *request,
                              struct smf_binding_answer *answer)
{
    (void)context;
    scene.asked++;
    CHECK_TEXT(request->name, "outside");
    answer->address = scene.address;
    answer->kind = scene.kind;
    return scene.nobody ? SMF_ERR_NOT_FOUND : scene.resolver_answers;
}

static void missing(void *context, const char *name)
{
    (void)context;
    (void)name;
    scene.missed++;
}

void scene_begin(uint8_t arch)
{
    memset(&scene, 0, sizeof scene);
    scene.arch = arch;
    scene.flags = SMF_FLAG_PIC;
    scene.base = 0x10000;
    scene.step = PAGE;
    scene.address = 0x20000;
    scene.kind = SMF_KIND_FUNCTION;
    scene.symbols[S_TEXT] = (struct forge_symbol){.name = ".text", .type = SMF_SYMBOL_DATA, .section = TEXT};
    scene.symbols[S_DATA] = (struct forge_symbol){.name = ".data", .type = SMF_SYMBOL_DATA, .section = DATA};
    scene.symbols[S_IMPORT] = (struct forge_symbol){
        .name = "outside", .type = SMF_SYMBOL_FUNCTION, .binding = SMF_BINDING_GLOBAL, .section = SMF_INDEX_UNDEFINED};
    scene.symbols[S_CODE] = (struct forge_symbol){
        .name = "code", .type = SMF_SYMBOL_FUNCTION, .binding = SMF_BINDING_GLOBAL, .section = TEXT};
    scene.symbols[S_TABLE] =
        (struct forge_symbol){.name = "table", .type = SMF_SYMBOL_DATA, .binding = SMF_BINDING_GLOBAL, .section = DATA};
}

void scene_record(unsigned section, uint64_t offset, uint16_t number, uint32_t symbol, int64_t addend)
{
    scene.records[section][scene.counts[section]++] = (struct forge_relocation){
        .offset = offset, .addend = addend, .symbol = symbol, .number = number, .type = SMF_RELOCATION_PSABI};
}

static void describe(uint8_t bytes[2][96])
{
    const struct forge_section sections[SECTIONS] = {
        {.name = ".text",
         .type = SMF_SECTION_CODE,
         .flags = 5,
         .bytes = scene.text,
         .size = TEXT_SIZE,
         .alignment = 16                                                                                                 },
        {.name = ".data", .type = SMF_SECTION_DATA,  .flags = 3, .bytes = scene.data, .size = DATA_SIZE, .alignment = 8  },
        {.name = ".rel",  .type = SMF_SECTION_RELOC, .flags = 1, .bytes = bytes[0],   .alignment = 8,    .link = 1 + TEXT},
        {.name = ".rel",  .type = SMF_SECTION_RELOC, .flags = 1, .bytes = bytes[1],   .alignment = 8,    .link = 1 + DATA},
    };
    for (unsigned i = 0; i < SECTIONS; i++)
        if (scene.sections[i].name == NULL)
            scene.sections[i] = sections[i];
    for (unsigned i = 0; i < 2; i++) {
        forge_relocations(scene.records[i], scene.counts[i], bytes[i]);
        scene.sections[REL_TEXT + i].size = 24 * scene.counts[i];
        scene.sections[REL_TEXT + i].settled = scene.settled[i];
    }
}

void scene_forge(struct forged *file)
{
    uint8_t bytes[2][96];
    describe(bytes);
    forge_make(&(struct forge){.layout = FORGE_CANONICAL,
                               .sections = scene.sections,
                               .section_count = SECTIONS,
                               .symbols = scene.symbols,
                               .symbol_count = SYMBOLS,
                               .exported_count = 2,
                               .flags = scene.flags,
                               .abi = 7,
                               .cpu = 4,
                               .platform = SMF_PLATFORM_LINUX,
                               .arch = scene.arch},
               file);
}

void scene_configure(void)
{
    scene.config.port = &scene_port;
    scene.config.arena = scene.arena;
    scene.config.arena_size = scene.config.arena_size != 0 ? scene.config.arena_size : sizeof scene.arena;
    scene.config.arch = scene.config.arch != NULL ? scene.config.arch : smf_arch_of(scene.arch);
    must_hold(scene.config.arch);
    scene.config.resolve = scene_resolve;
    scene.config.missing = missing;
}

enum smf_status scene_load(void)
{
    struct forged file;
    scene_forge(&file);
    const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
    scene_configure();
    CHECK_STATUS(smf_loader_start(&scene.loader, &scene.config), SMF_OK);
    const enum smf_status status = smf_load(&scene.loader, &source, &scene.module, &scene.why);
    forge_free(&file);
    return status;
}

uint64_t scene_word(unsigned section, unsigned offset, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = size; i-- != 0;)
        value = value << 8 | scene.memory[section * scene.step + offset + i];
    return value;
}
