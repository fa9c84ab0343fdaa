/* SPDX-License-Identifier: MIT */
/*
 * verify.c - `smf verify`: the pipeline itself, for the file's own architecture,
 * into memory that only pretends to lie somewhere. Imports are answered with
 * addresses beside the module, so whatever is found does not depend on what a
 * host exports or where it has room.
 */
#include "shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smf/hash.h"

static const char help[] =
    "usage: smf verify FILE...\n"
    "Every check that loading makes and that does not depend on the host's exports or on addresses, for any\n"
    "architecture: layout, tables, names and their hashes, relocations, notes, module_hash; and what loading leaves\n"
    "alone: templates with code for any architecture, TemplateMeta, note.sdn. Says what is wrong and\n"
    "where, one line for each FILE; exit status 1 if any is bad. Of a library: its entries and hashes, and all this "
    "for\n"
    "each module in it, with a line for each one that is bad.\n";

/* Where a module would lie: low enough for every field, a multiple of every page size. */
#define BASE 0x10000000u
#define GROUP ((uint64_t)SMF_DEFAULT_GROUP_ALIGNMENT)

/* A port whose addresses are made up. */
struct paper {
    uint8_t *bytes[3];
    uint64_t end; /* the first address behind the module: where imports are */
    uint32_t imports;
    bool thumb;
};

static void release(void *context, const struct smf_region *regions, size_t count)
{
    struct paper *paper = context;
    (void)regions;
    for (size_t i = 0; i < count; i++) {
        free(paper->bytes[i]);
        paper->bytes[i] = NULL;
    }
}

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    struct paper *paper = context;
    uint64_t address = BASE;
    for (size_t i = 0; i < count; i++) {
        const uint64_t alignment = requests[i].alignment > GROUP ? requests[i].alignment : GROUP;
        address = (address + alignment - 1) & ~(alignment - 1);
        if (requests[i].address != 0) /* prelinked */
            address = requests[i].address;
        paper->bytes[i] = calloc(1, requests[i].size);
        regions[i] = (struct smf_region){paper->bytes[i], address, requests[i].size, requests[i].access};
        if (paper->bytes[i] == NULL) {
            release(context, regions, i);
            return SMF_ERR_NO_MEMORY;
        }
        address += requests[i].size;
    }
    paper->end = (address + GROUP - 1) & ~(GROUP - 1);
    return SMF_OK;
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context;
    (void)region;
    (void)access;
    return SMF_OK;
}

/* Beside the module, each at an address of its own, aligned for any access; the module's hint says what it is. */
static enum smf_status resolve(void *context, const struct smf_binding_request *request,
                               struct smf_binding_answer *answer)
{
    struct paper *paper = context;
    answer->address = paper->end + (uint64_t)(paper->imports++ & 1023u) * 64;
    if (paper->thumb && request->hint != SMF_KIND_DATA)
        answer->address |= 1;
    return SMF_OK;
}

/* What a load made of the module's memory, as a number to compare. */
static uint64_t contents(const struct smf_module *module)
{
    size_t count;
    const struct smf_region *regions = smf_module_regions(module, &count);
    uint64_t hash = SMF_FNV64_BASIS;
    for (size_t i = 0; i < count; i++)
        hash = smf_hash64(hash, regions[i].bytes, regions[i].size);
    return hash;
}

static enum smf_status load(struct smf_opened *opened, const struct smf_arch *arch, void *arena, size_t size,
                            uint32_t checks, uint64_t *loaded, struct smf_diagnosis *why)
{
    struct paper paper = {.thumb = arch->id == SMF_ARCH_ARM};
    const bool prelinked = (opened->image.header.flags & SMF_FLAG_PRELINKED) != 0 && opened->image.header.canonical;
    const struct smf_port port = {
        .context = &paper, .granule = 1, .reserve = reserve, .release = release, .protect = protect};
    const struct smf_config config = {.port = &port,
                                      .arena = arena,
                                      .arena_size = size,
                                      .arch = arch,
                                      .resolve = resolve,
                                      .resolve_context = &paper,
                                      .checks = checks,
                                      .codecs = smf_codecs_host(),
                                      .in_place = prelinked ? &smf_in_place_on_paper : NULL};
    struct smf_loader loader;
    struct smf_module *module;
    memset(why, 0, sizeof *why);
    enum smf_status status = smf_loader_start(&loader, &config);
    if (status != SMF_OK)
        return why->status = status;
    struct smf_source source = opened->source;
    void *bytes = NULL;
    if (prelinked && source.bytes == NULL) { /* what stays in place needs bytes that can be addressed */
        bytes = malloc((size_t)source.size);
        if (bytes == NULL)
            return why->status = SMF_ERR_NO_MEMORY;
        if (!smf_command_read(&source, 0, bytes, (size_t)source.size)) {
            free(bytes);
            return why->status = SMF_ERR_IO;
        }
        source = smf_source_memory(bytes, (size_t)source.size, SMF_STAYS_FOR_MODULE);
    }
    status = smf_load(&loader, &source, &module, why);
    if (status == SMF_OK)
        *loaded = contents(module);
    smf_loader_finish(&loader);
    free(bytes);
    return status;
}

/* Compressed sections that are not loaded: whether they hold what they promise. */
static enum smf_status check_packed(struct smf_image *image, struct smf_diagnosis *why)
{
    enum smf_status status = SMF_OK;
    for (uint32_t i = 0; i < image->header.section_count && status == SMF_OK; i++) {
        const struct smf_section *section = &image->sections[i];
        if ((section->flags & SMF_SECTION_COMPRESSED) == 0 || section->type != SMF_SECTION_DEBUG)
            continue;
        void *bytes = malloc(section->virtual_size);
        status = bytes != NULL ? smf_section_read(image, smf_codecs_host(), i, bytes, section->virtual_size, why)
                               : (why->status = SMF_ERR_NO_MEMORY);
        free(bytes);
    }
    return status;
}

/* What loading does not look at: every record of every section, notes. */
static enum smf_status check_rest(struct smf_image *image, struct smf_diagnosis *why)
{
    struct smf_module_note note;
    struct smf_relocation relocation;
    struct smf_symbol symbol;
    uint32_t count;
    memset(why, 0, sizeof *why);
    enum smf_status status = smf_image_module_note(image, &note, why);
    if (status == SMF_OK)
        status = smf_image_dependency_count(image, &count, why);
    if (status == SMF_OK)
        status = check_packed(image, why);
    for (uint32_t i = 0; i < image->header.symbol_count && status == SMF_OK; i++)
        status = smf_image_symbol(image, i, &symbol, why);
    for (uint32_t i = 0; i < image->header.section_count; i++)
        for (uint32_t j = 0; j < smf_image_relocation_count(image, i) && status == SMF_OK; j++)
            status = smf_image_relocation(image, i, j, &relocation, why);
    return status;
}

/* The arena's size is the caller's guess: double it as long as it is too small. `*honest`: are settled records as
 * they would be if they were applied now? */
static enum smf_status check(struct smf_opened *opened, const struct smf_arch *arch, bool *honest,
                             struct smf_diagnosis *why)
{
    const uint32_t checks = SMF_CHECK_HASH | SMF_CHECK_NAMES;
    uint64_t skipped = 0, applied = 0;
    enum { FIRST = 1 << 16, LAST = 1 << 30 };
    enum smf_status status = SMF_ERR_NO_ARENA;
    for (size_t size = FIRST; status == SMF_ERR_NO_ARENA && size <= LAST; size *= 2) {
        void *arena = malloc(size);
        if (arena == NULL)
            break;
        status = load(opened, arch, arena, size, checks | SMF_CHECK_SETTLED, &applied, why);
        if (status == SMF_OK)
            status = load(opened, arch, arena, size, checks, &skipped, why);
        free(arena);
    }
    *honest = applied == skipped;
    return status == SMF_OK ? check_rest(&opened->image, why) : status;
}

int smf_command_check(struct smf_opened *opened, const char *shown)
{
    struct smf_diagnosis why;
    bool honest = false;
    const unsigned id = opened->image.header.arch;
    const struct smf_arch *arch = smf_arch_of(id);
    if (arch == NULL)
        return smf_command_fail(shown, "architecture %u has no relocation rows here", id);
    if (check(opened, arch, &honest, &why) != SMF_OK)
        return smf_command_refuse(shown, &why);
    if (!honest)
        return smf_command_fail(shown, "settled relocations do not stand in the bytes as they should");
    return smf_command_check_templates(&opened->image, shown);
}

static int verify(const char *path)
{
    static const char *const layouts[] = {"R72", "R96", "P128"};
    static struct smf_shelf shelf;
    struct smf_opened opened;
    int result = smf_shelf_open(&shelf, path);
    if (result == 0) {
        result = smf_shelf_verify(&shelf, true);
        smf_shelf_close(&shelf);
        return result;
    }
    if (result > 0 || (result = smf_command_open(&opened, path)) != 0)
        return result;
    const struct smf_header *header = &opened.image.header;
    result = smf_command_check(&opened, path);
    if (result == 0) {
        smf_command_print_name(path);
        printf(": good (%s, %u sections, %u symbols%s)\n", header->canonical ? "canonical" : layouts[header->layout],
               header->section_count, header->symbol_count, header->module_hash == 0 ? ", no hash recorded" : "");
    }
    smf_command_close(&opened);
    return result;
}

int smf_command_verify(int argc, char **argv)
{
    int result = 0;
    if (smf_command_help(argc, argv, help))
        return 0;
    if (argc < 2)
        return smf_command_misused("verify", "FILE is missing");
    for (int i = 1; i < argc; i++)
        if (argv[i][0] == '-')
            return smf_command_unknown("verify", argv[i]);
    for (int i = 1; i < argc; i++)
        if (verify(argv[i]) != 0)
            result = 1;
    return result;
}
