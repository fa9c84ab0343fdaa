/* SPDX-License-Identifier: MIT */
/*
 * load.c - libFuzzer target over the whole load, from both kinds of source.
 *
 * It holds the invariants of docs/SECURITY.md against any bytes: nothing is
 * read outside of the source, nothing is written outside of the regions, a
 * load that fails leaves arena and port as before, smf_measure says exactly
 * what smf_load takes, both kinds of source give the same result, and what is
 * loaded can be looked up and goes away without a trace.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smf/hash.h"
#include "smf/smf.h"

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

enum { GUARD = 64, POOL_LIMIT = 1 << 22 };

/* A port over malloc, with guard bytes around each region and addresses of its own. */
struct fuzz_port {
    uint64_t base;
    unsigned live;
    uint8_t *blocks[3];
    size_t sizes[3];
};

static void check_guards(const struct fuzz_port *port, unsigned i)
{
    for (unsigned g = 0; g < GUARD; g++)
        MUST(port->blocks[i][g] == 0xA5 && port->blocks[i][GUARD + port->sizes[i] + g] == 0xA5);
}

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    struct fuzz_port *port = context;
    uint64_t address = port->base;
    MUST(port->live == 0 && count >= 1 && count <= 3);
    for (size_t i = 0; i < count; i++) {
        MUST(requests[i].size != 0 && requests[i].alignment != 0);
        MUST((requests[i].alignment & (requests[i].alignment - 1)) == 0);
        if (requests[i].size > POOL_LIMIT)
            return SMF_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        const uint64_t mask = (requests[i].alignment > 4096 ? requests[i].alignment : 4096) - 1;
        address = requests[i].address != 0 ? requests[i].address : (address + mask) & ~mask;
        port->sizes[i] = requests[i].size;
        port->blocks[i] = malloc(requests[i].size + 2 * GUARD);
        MUST(port->blocks[i] != NULL);
        memset(port->blocks[i], 0xA5, requests[i].size + 2 * GUARD);
        regions[i] =
            (struct smf_region){port->blocks[i] + GUARD, (uintptr_t)address, requests[i].size, requests[i].access};
        address += requests[i].size;
    }
    port->live = (unsigned)count;
    return SMF_OK;
}

static void release(void *context, const struct smf_region *regions, size_t count)
{
    struct fuzz_port *port = context;
    MUST(port->live == count);
    for (unsigned i = 0; i < count; i++) {
        MUST(regions[i].bytes == port->blocks[i] + GUARD);
        check_guards(port, i);
        free(port->blocks[i]);
    }
    port->live = 0;
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context;
    MUST(region->access == access);
    return SMF_OK;
}

/* Half of all names are there: near and far, functions and data. */
static enum smf_status resolve(void *context, const struct smf_binding_request *request,
                               struct smf_binding_answer *answer)
{
    const struct fuzz_port *port = context;
    const uint32_t hash = smf_hash_name(request->name);
    MUST(strlen(request->name) == request->length);
    if ((hash & 1) != 0)
        return SMF_ERR_NOT_FOUND;
    answer->address = (hash & 2) != 0 ? port->base + 0x100000 + (hash & 0xfff0) : 0x7f0000000000u + (hash & 0xffff1);
    answer->kind = (hash & 4) != 0 ? SMF_KIND_FUNCTION : (hash & 8) != 0 ? SMF_KIND_DATA : SMF_KIND_UNKNOWN;
    return SMF_OK;
}

struct positional {
    const uint8_t *bytes;
    uint64_t size;
};

static enum smf_status read_at(void *context, uint64_t offset, void *into, size_t size)
{
    const struct positional *from = context;
    MUST(size != 0 && offset <= from->size && size <= from->size - offset);
    memcpy(into, from->bytes + offset, size);
    return SMF_OK;
}

static uint64_t arena[1 << 15];

/* What one load came to, to compare two kinds of source. */
struct outcome {
    enum smf_status status;
    uint64_t contents;
};

static void look_around(const struct smf_module *module, const struct smf_needs *needs, struct outcome *outcome)
{
    size_t count = 0;
    const struct smf_region *regions = smf_module_regions(module, &count);
    const size_t placed = smf_module_regions_in_place(module);
    MUST(count == needs->region_count + placed);
    for (size_t i = 0; i < count; i++) {
        const struct smf_region_request *wanted = i < placed ? NULL : &needs->regions[i - placed];
        MUST(wanted == NULL || (regions[i].size == wanted->size && regions[i].access == wanted->access));
        outcome->contents = smf_hash64(outcome->contents, regions[i].bytes, regions[i].size);
    }
    for (uint32_t i = 0; i < smf_module_export_count(module) && i < 64; i++) {
        const char *name = NULL;
        struct smf_found found, again;
        MUST(smf_module_export(module, i, &name, &found) == SMF_OK);
        if (smf_find(module, name, &again) == SMF_OK)
            (void)smf_function(module, name);
        outcome->contents = smf_hash64(outcome->contents, name, strlen(name));
    }
    (void)smf_entry(module);
}

static struct outcome load(const struct smf_source *source, const struct smf_arch *arch, unsigned choice)
{
    struct fuzz_port state = {.base = (choice & 1) != 0    ? 0x10000000
                                      : sizeof(void *) > 4 ? 0x7ffff0000000
                                                           : 0x7fff0000};
    const struct smf_port port = {.context = &state,
                                  .granule = (choice & 2) != 0 ? 4096 : 1,
                                  .reserve = reserve,
                                  .release = release,
                                  .protect = protect};
    static const struct smf_codec *const codecs[] = {&smf_codec_lz4, NULL};
    const struct smf_config config = {.port = &port,
                                      .arena = arena,
                                      .arena_size = sizeof arena,
                                      .arch = arch,
                                      .resolve = resolve,
                                      .resolve_context = &state,
                                      .checks = (choice & 4) != 0 ? SMF_CHECK_SETTLED | SMF_CHECK_NAMES : 0,
                                      .in_place = (choice & 24) == 24 ? &smf_in_place_on_paper : NULL,
                                      .codecs = codecs};
    struct smf_loader loader;
    struct smf_needs needs;
    struct smf_module *module = NULL;
    struct smf_diagnosis why;
    struct outcome outcome = {SMF_OK, SMF_FNV64_BASIS};
    char line[256];
    MUST(smf_loader_start(&loader, &config) == SMF_OK);
    const enum smf_status measured = smf_measure(&loader, source, &needs, &why);
    const size_t largest = measured == SMF_OK ? needs.arena_largest : 0;
    outcome.status = smf_load(&loader, source, &module, &why);
    if (outcome.status == SMF_OK) {
        MUST(measured == SMF_OK && state.live == needs.region_count);
        look_around(module, &needs, &outcome);
        MUST(smf_unload(&loader, module) == SMF_OK);
    } else {
        MUST(why.status == outcome.status);
        MUST(smf_diagnosis_format(&why, line, sizeof line) > 0);
        for (const char *at = line; *at != '\0'; at++)
            MUST(*at >= ' ' && *at <= '~');
    }
    MUST(state.live == 0 && loader.module_count == 0);
    if (measured == SMF_OK) {
        MUST(smf_measure(&loader, source, &needs, &why) == SMF_OK);
        MUST(needs.arena_largest == largest);
    }
    smf_loader_finish(&loader);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The last byte chooses the surroundings; the rest is the file, in a block of its own size. */
    if (size < 2)
        return 0;
    const unsigned choice = data[size - 1];
    const size_t length = size - 1;
    uint8_t *copy = malloc(length);
    MUST(copy != NULL);
    memcpy(copy, data, length);
    struct positional positional = {copy, length};
    const struct smf_source memory = smf_source_memory(copy, length, (choice & 8) != 0 ? SMF_STAYS_FOR_MODULE : 0);
    const struct smf_source reader = {.size = length, .read_at = read_at, .context = &positional};
    static const uint8_t ids[] = {SMF_ARCH_X86_64, SMF_ARCH_AARCH64, SMF_ARCH_ARM, SMF_ARCH_RISCV64, SMF_ARCH_RISCV32};
    /* The family that the file names, wherever its header lies; a wrong one is SMF_ERR_ARCH and no fun. */
    const size_t header = length >= 128 && memcmp(copy + length - 128, "SMF", 4) == 0 ? length - 128 : 0;
    const unsigned named = length > header + 7 ? copy[header + 7] : 0;
    const struct smf_arch *arch = smf_arch_of(named);
    if (arch == NULL)
        arch = smf_arch_of(ids[named % sizeof ids]);
    if (arch->pointer_size > sizeof(void *)) {
        free(copy);
        return 0; /* modules of wider machines are loaded by those */
    }
    const struct outcome first = load(&memory, arch, choice);
    if ((choice & 24) == 24) { /* in place: a positional source is another matter */
        free(copy);
        return 0;
    }
    const struct outcome second = load(&reader, arch, choice);
    /* A file with two faults may show either first: names are read earlier where they have to be copied. */
    if ((first.status == SMF_OK) != (second.status == SMF_OK))
        fprintf(stderr, "memory: %s, positional: %s\n", smf_status_name(first.status), smf_status_name(second.status));
    MUST((first.status == SMF_OK) == (second.status == SMF_OK) && first.contents == second.contents);
    free(copy);
    return 0;
}
