/* SPDX-License-Identifier: MIT */
/*
 * pipeline.c - a load from start to end, and the one place where it is undone.
 *
 * NOTICE: every stage returns a status and cleans nothing up. unwind() gives
 * back regions, the kept block and scratch, whatever stage failed; a load that
 * succeeds gives back scratch only.
 */
#include "load/load.h"

/* Blocks of one load in the arena. */
struct blocks {
    struct load *load;
    void *sections, *tables;
};

static struct smf_arena *arena_of(struct smf_loader *loader)
{
    _Static_assert(sizeof loader->arena == sizeof(struct smf_arena), "smf_loader.arena is a struct smf_arena");
    return (struct smf_arena *)(void *)&loader->arena;
}

enum smf_status smf_load_progress(struct load *load)
{
    const struct smf_config *config = &load->loader->config;
    if (config->progress == NULL || config->progress(config->progress_context) == 0)
        return SMF_OK;
    return smf_fail(load->why, SMF_DETAIL_CANCELLED, 0, 0, 0);
}

static void lock(const struct smf_loader *loader)
{
    if (loader->config.port->lock != NULL)
        loader->config.port->lock(loader->config.port->context);
}

static void unlock(const struct smf_loader *loader)
{
    if (loader->config.port->unlock != NULL)
        loader->config.port->unlock(loader->config.port->context);
}

static enum smf_status take_scratch(struct smf_loader *loader, size_t size, void **block, struct smf_diagnosis *why)
{
    *block = smf_arena_take_scratch(arena_of(loader), size);
    if (*block == NULL)
        return smf_fail(why, SMF_DETAIL_NO_ARENA, 0, size, smf_arena_largest(arena_of(loader)));
    return SMF_OK;
}

/* Scratch for one load: the state, then what depends on the number of sections. */
static enum smf_status open_image(struct smf_loader *loader, const struct smf_source *source, struct blocks *blocks,
                                  struct smf_diagnosis *why)
{
    void *memory = NULL;
    uint32_t count = 0;
    enum smf_status status = take_scratch(loader, sizeof(struct load), &memory, why);
    if (status != SMF_OK)
        return status;
    struct load *load = blocks->load = memory;
    memset(load, 0, offsetof(struct load, records));
    load->loader = loader;
    load->arch = loader->config.arch;
    load->source = source;
    load->why = why;
    load->target.index = SMF_NO_SYMBOL;
    load->scratch_size[0] = sizeof(struct load);
    status = smf_image_count_sections(&load->image, source, &count, why);
    if (status != SMF_OK)
        return status;
    load->scratch_size[1] = count * (sizeof(struct smf_section) + sizeof(struct place));
    status = take_scratch(loader, load->scratch_size[1], &blocks->sections, why);
    if (status != SMF_OK)
        return status;
    struct smf_section *sections = blocks->sections;
    load->places = (struct place *)(void *)(sections + count);
    return smf_image_open(&load->image, source, sections, count, why);
}

static enum smf_status check_file(struct load *load)
{
    const uint32_t checks = load->loader->config.checks;
    enum smf_status status = SMF_OK;
    if ((checks & SMF_CHECK_HASH) != 0)
        status = smf_image_check_hash(&load->image, load->why);
    if (status == SMF_OK && (checks & SMF_CHECK_NAMES) != 0)
        status = smf_image_check_names(&load->image, load->why);
    return status;
}

/* Scratch whose size only the symbols tell. Sizes of 32-bit machines: the tables lie in the file, so counts are small. */
static enum smf_status take_tables(struct load *load, struct blocks *blocks)
{
    const uint64_t extras = load->counts_records ? load->image.header.symbol_count : 0;
    const uint64_t size = load->undefined_count * (uint64_t)sizeof(struct bound) +
                          extras * (uint64_t)sizeof(struct extra) + load->import_name_size;
    if (size > SIZE_MAX / 2)
        return smf_fail(load->why, SMF_DETAIL_NO_ARENA, 0, size, SIZE_MAX / 2);
    load->scratch_size[2] = (size_t)size;
    if (size == 0)
        return SMF_OK;
    const enum smf_status status = take_scratch(load->loader, (size_t)size, &blocks->tables, load->why);
    if (status != SMF_OK)
        return status;
    load->bounds = blocks->tables;
    struct extra *all = (struct extra *)(void *)(load->bounds + load->undefined_count);
    if (extras != 0) {
        load->extras = all;
        memset(load->extras, 0, (size_t)extras * sizeof(struct extra));
    }
    load->name = (char *)(all + extras);
    return SMF_OK;
}

static enum smf_status size_kept(struct load *load)
{
    const uint64_t size = sizeof(struct smf_module) + load->export_count * (uint64_t)sizeof(struct export_entry) +
                          load->head_count * (uint64_t)sizeof(uint32_t) + load->export_name_size;
    if (size > SIZE_MAX / 2 || load->export_count >= EXPORT_DATA - 1)
        return smf_fail(load->why, SMF_DETAIL_NO_ARENA, 0, size, SIZE_MAX / 2);
    load->kept_size = (size_t)size;
    return SMF_OK;
}

/* Which file it is, and whether this machine may run it. */
static enum smf_status prepare_header(struct smf_loader *loader, const struct smf_source *source, struct blocks *blocks,
                                      struct smf_diagnosis *why)
{
    why->stage = SMF_STAGE_HEADER;
    const enum smf_status status = open_image(loader, source, blocks, why);
    if (status != SMF_OK)
        return status;
    why->index = 0;
    return smf_load_header(blocks->load);
}

static enum smf_status prepare_tables(struct load *load, struct blocks *blocks)
{
    load->why->stage = SMF_STAGE_TABLES;
    enum smf_status status = check_file(load);
    if (status == SMF_OK)
        status = smf_load_tables(load);
    if (status == SMF_OK)
        status = take_tables(load, blocks);
    if (status == SMF_OK)
        status = smf_load_extras(load);
    return status;
}

/* Everything that smf_measure() needs to know: the first three stages. */
static enum smf_status prepare(struct smf_loader *loader, const struct smf_source *source, struct blocks *blocks,
                               struct smf_diagnosis *why)
{
    enum smf_status status = prepare_header(loader, source, blocks, why);
    if (status == SMF_OK)
        status = prepare_tables(blocks->load, blocks);
    if (status != SMF_OK)
        return status;
    why->stage = SMF_STAGE_LAYOUT;
    why->index = 0;
    status = smf_load_layout(blocks->load);
    return status == SMF_OK ? size_kept(blocks->load) : status;
}

static enum smf_status take_module(struct load *load)
{
    struct smf_module *module = smf_arena_take(arena_of(load->loader), load->kept_size);
    if (module == NULL)
        return smf_fail(load->why, SMF_DETAIL_NO_ARENA, 0, load->kept_size, smf_arena_largest(arena_of(load->loader)));
    memset(module, 0, sizeof *module);
    load->module = module;
    module->loader = load->loader;
    module->exports = (struct export_entry *)(void *)(module + 1);
    module->heads = (uint32_t *)(void *)(module->exports + load->export_count);
    module->head_mask = load->head_count - 1;
    module->names = load->copies_names ? (const char *)(module->heads + load->head_count)
                                       : (const char *)load->source->bytes + load->image.string_table;
    module->name_size = load->copies_names ? load->export_name_size : (size_t)load->image.string_size;
    module->flags = load->image.header.flags;
    module->pointer_size = load->arch->pointer_size;
    return SMF_OK;
}

typedef enum smf_status stage_function(struct load *load);

static const struct {
    stage_function *run;
    enum smf_stage stage;
} stages[] = {
    {take_module,       SMF_STAGE_PLACE   },
    {smf_load_place,    SMF_STAGE_PLACE   },
    {smf_load_bind,     SMF_STAGE_BIND    },
    {smf_load_exports,  SMF_STAGE_BIND    },
    {smf_load_relocate, SMF_STAGE_RELOCATE},
    {smf_load_finish,   SMF_STAGE_SEAL    },
    {smf_load_seal,     SMF_STAGE_SEAL    },
};

static enum smf_status run_stages(struct load *load)
{
    enum smf_status status = SMF_OK;
    for (size_t i = 0; i < sizeof stages / sizeof stages[0] && status == SMF_OK; i++) {
        load->why->stage = stages[i].stage;
        load->why->index = 0;
        load->why->name[0] = '\0';
        status = stages[i].run(load);
    }
    return status;
}

/* The one unwinding. Scratch in reverse order, so that nested loads leave no holes. */
static void unwind(struct smf_loader *loader, struct blocks *blocks, bool keep)
{
    struct load *load = blocks->load;
    const struct smf_port *port = loader->config.port;
    if (load != NULL && !keep) {
        if (load->reserved)
            port->release(port->context, load->regions, load->region_count);
        smf_arena_give(arena_of(loader), load->module);
    }
    smf_arena_give(arena_of(loader), blocks->tables);
    smf_arena_give(arena_of(loader), blocks->sections);
    smf_arena_give(arena_of(loader), blocks->load);
}

static struct smf_module *commit(struct load *load)
{
    struct smf_module *module = load->module;
    module->region_count = load->region_count;
    for (unsigned i = 0; i < load->region_count; i++)
        module->regions[i] = load->regions[i];
    module->next = load->loader->modules;
    load->loader->modules = module;
    load->loader->module_count++;
    return module;
}

static bool is_readable(const struct smf_source *source)
{
    return source != NULL && (source->bytes != NULL || source->read_at != NULL);
}

static enum smf_status refuse_arguments(struct smf_diagnosis *why)
{
    if (why == NULL)
        return SMF_ERR_ARGUMENT;
    smf_fail_clear(why);
    return smf_fail(why, SMF_DETAIL_ARGUMENT, 0, 0, 0);
}

/* A loader that was zeroed and never started has no port. */
static bool is_started(const struct smf_loader *loader) { return loader != NULL && loader->config.port != NULL; }

enum smf_status smf_load(struct smf_loader *loader, const struct smf_source *source, struct smf_module **module,
                         struct smf_diagnosis *why)
{
    struct blocks blocks = {0};
    if (!is_started(loader) || !is_readable(source) || module == NULL)
        return refuse_arguments(why);
    lock(loader);
    why = why != NULL ? why : &loader->unwanted;
    smf_fail_clear(why);
    enum smf_status status = prepare(loader, source, &blocks, why);
    if (status == SMF_OK)
        status = run_stages(blocks.load);
    if (status == SMF_OK)
        *module = commit(blocks.load);
    unwind(loader, &blocks, status == SMF_OK);
    unlock(loader);
    return status;
}

static void describe(struct load *load, struct smf_needs *needs)
{
    memset(needs, 0, sizeof *needs);
    needs->arena_kept = smf_arena_block_size(load->kept_size);
    for (unsigned i = 0; i < 3; i++)
        if (load->scratch_size[i] != 0)
            needs->arena_scratch += smf_arena_block_size(load->scratch_size[i]);
    needs->slot_count = load->slot_count;
    needs->stub_count = load->stub_count;
    needs->region_count = load->region_count;
    for (unsigned i = 0; i < load->region_count; i++) {
        const size_t footprint = smf_port_footprint(load->loader->config.port, load->requests[i].size);
        needs->regions[i] = load->requests[i];
        needs->region_bytes += footprint;
        needs->region_waste += footprint - load->requests[i].size;
    }
}

enum smf_status smf_measure(struct smf_loader *loader, const struct smf_source *source, struct smf_needs *needs,
                            struct smf_diagnosis *why)
{
    struct blocks blocks = {0};
    if (!is_started(loader) || !is_readable(source) || needs == NULL)
        return refuse_arguments(why);
    lock(loader);
    why = why != NULL ? why : &loader->unwanted;
    smf_fail_clear(why);
    const size_t largest = smf_arena_largest(arena_of(loader));
    const enum smf_status status = prepare(loader, source, &blocks, why);
    if (status == SMF_OK) {
        describe(blocks.load, needs);
        needs->arena_largest = largest;
    }
    unwind(loader, &blocks, false);
    unlock(loader);
    return status;
}

static bool is_complete(const struct smf_config *config)
{
    const struct smf_port *port = config->port;
    return port != NULL && port->reserve != NULL && port->release != NULL && port->protect != NULL &&
           (port->granule & (port->granule - 1)) == 0 && config->arch != NULL &&
           config->arch->pointer_size <= sizeof(SMF_ADDRESS);
}

enum smf_status smf_loader_start(struct smf_loader *loader, const struct smf_config *config)
{
    if (loader == NULL || config == NULL)
        return SMF_ERR_ARGUMENT;
    struct smf_config complete = *config;
    if (complete.arch == NULL)
        complete.arch = smf_arch_native();
    if (!is_complete(&complete))
        return SMF_ERR_ARGUMENT;
    loader->config = complete;
    loader->modules = NULL;
    loader->module_count = 0;
    smf_arena_start(arena_of(loader), complete.arena, complete.arena_size);
    return SMF_OK;
}

static void release(struct smf_loader *loader, struct smf_module **link)
{
    struct smf_module *module = *link;
    const struct smf_port *port = loader->config.port;
    *link = module->next;
    loader->module_count--;
    if (module->region_count != 0)
        port->release(port->context, module->regions, module->region_count);
    smf_arena_give(arena_of(loader), module);
}

enum smf_status smf_unload(struct smf_loader *loader, struct smf_module *module)
{
    enum smf_status status = SMF_ERR_ARGUMENT;
    if (!is_started(loader) || module == NULL)
        return status;
    lock(loader);
    /* A stale pointer is compared, never followed. */
    for (struct smf_module **link = &loader->modules; *link != NULL; link = &(*link)->next)
        if (*link == module) {
            release(loader, link);
            status = SMF_OK;
            break;
        }
    unlock(loader);
    return status;
}

void smf_loader_finish(struct smf_loader *loader)
{
    if (!is_started(loader))
        return;
    lock(loader);
    while (loader->modules != NULL)
        release(loader, &loader->modules);
    unlock(loader);
}
