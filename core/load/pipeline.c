/* SPDX-License-Identifier: MIT */
/*
 * pipeline.c - a load from start to end, and the one place where it is undone.
 *
 * NOTICE: every stage returns a status and cleans nothing up. unwind() gives
 * back regions, the kept block and scratch, whatever stage failed; a load that
 * succeeds gives back scratch only.
 */
#include "load/index.h"
#include "load/steps.h"

struct smf_arena *smf_load_arena(struct smf_loader *loader)
{
    _Static_assert(sizeof loader->arena == sizeof(struct smf_arena), "smf_loader.arena is a struct smf_arena");
    return (struct smf_arena *)(void *)&loader->arena;
}

enum smf_status smf_load_fail(struct load *load, enum smf_detail detail, size_t value, size_t expected)
{
    return smf_fail(load->why, detail, 0, value, expected);
}

enum smf_status smf_load_progress(struct load *load)
{
    const struct smf_config *config = &load->loader->config;
    if (config->progress == NULL || config->progress(config->progress_context) == 0)
        return SMF_OK;
    return smf_load_fail(load, SMF_DETAIL_CANCELLED, 0, 0);
}

enum smf_status smf_load_progress_at(struct load *load, uint32_t index)
{
    return ((index + 1) & (SMF_PROGRESS_RECORDS - 1)) == 0 ? smf_load_progress(load) : SMF_OK;
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

static enum smf_status no_room(struct smf_loader *loader, size_t size, struct smf_diagnosis *why)
{
    return smf_fail(why, SMF_DETAIL_NO_ARENA, 0, size, smf_arena_largest(smf_load_arena(loader)));
}

/* Scratch block `number` of one load; the first is the load itself. */
static enum smf_status take_scratch(struct load *load, unsigned number, size_t size)
{
    load->scratch[number] = smf_arena_take_scratch(smf_load_arena(load->loader), size);
    load->scratch_size[number] = size;
    return load->scratch[number] != NULL ? SMF_OK : no_room(load->loader, size, load->why);
}

/* ---- Stages that are about the arena ---- */

static enum smf_status open_image(struct load *load)
{
    uint32_t count = 0;
    enum smf_status status = smf_image_count_sections(&load->image, load->source, &count, load->why);
    if (status == SMF_OK)
        status = take_scratch(load, 1, count * (sizeof(struct smf_section) + sizeof(struct place)));
    if (status != SMF_OK)
        return status;
    struct smf_section *sections = load->scratch[1];
    load->places = (struct place *)(void *)(sections + count);
    return smf_image_open(&load->image, load->source, sections, count, load->why);
}

static enum smf_status check_file(struct load *load)
{
    const uint32_t checks = load->loader->config.checks & (SMF_CHECK_HASH | SMF_CHECK_NAMES);
    return checks != 0 ? smf_load_check_file(load, checks) : SMF_OK;
}

/* Scratch whose size only the symbols tell. The tables lie in the file, so counts are small: no sum wraps. */
static enum smf_status take_tables(struct load *load)
{
    const size_t extras = load->counts_records ? load->image.header.symbol_count : 0;
    const size_t origins = load->loader->config.rebinding != NULL ? load->undefined_count : 0;
    const size_t size = load->undefined_count * sizeof(struct bound) + origins * sizeof(struct origin) +
                        extras * sizeof(struct extra) + load->import_name_size;
    if (size == 0)
        return SMF_OK; /* nothing follows a table that is not there, not even at offset 0 */
    const enum smf_status status = take_scratch(load, 2, size);
    struct origin *first = load->scratch[2]; /* the widest comes first */
    load->bounds = (struct bound *)(void *)(first + origins);
    struct extra *all = (struct extra *)(void *)(load->bounds + load->undefined_count);
    load->origins = origins != 0 ? first : NULL;
    load->extras = extras != 0 ? all : NULL;
    load->name = (char *)(all + extras);
    return status;
}

static enum smf_status size_kept(struct load *load)
{
    struct smf_module *module = load->module;
    const size_t links = ((size_t)1 << module->head_bits) + load->export_count;
    if (load->export_count >= EXPORT_DATA / 2)
        return smf_load_fail(load, SMF_DETAIL_NO_ARENA, load->export_count, EXPORT_DATA / 2);
    module->wide = load->export_count >= UINT16_MAX;
    module->region_count = (uint8_t)(module->source_count + load->region_count);
    load->links_at =
        sizeof *module + module->region_count * sizeof(struct smf_region) + module->array_count * sizeof(struct array);
    if (load->rereads) {
        load->links_at += module->section_count * sizeof(uintptr_t);
    } else {
        load->links_at += load->export_count * sizeof(struct export_entry);
        module->section_count = 0; /* whose addresses are kept */
    }
    load->kept_size =
        load->links_at + links * (module->wide ? sizeof(uint32_t) : sizeof(uint16_t)) + load->export_name_size;
    return SMF_OK;
}

static enum smf_status take_module(struct load *load)
{
    const struct smf_image *image = &load->image;
    const char *const bytes = load->source->bytes;
    struct smf_module *module = smf_arena_take(smf_load_arena(load->loader), load->kept_size);
    if (module == NULL)
        return no_room(load->loader, load->kept_size, load->why);
    *module = load->record;
    load->module = module;
    module->flags = image->header.flags;
    module->links = (uint8_t *)module + load->links_at;
    module->names = (const char *)module + (load->kept_size - load->export_name_size);
    module->name_size = load->export_name_size;
    if (!load->copies_names) {
        module->names = bytes + image->string_table;
        module->name_size = image->string_size;
    }
    if (load->rereads)
        module->symbols = (const uint8_t *)bytes + image->symbol_table +
                          (size_t)(image->header.symbol_count - image->header.exported_count) * SMF_S56_SIZE;
    for (unsigned i = 0; i < module->source_count; i++)
        smf_load_regions(module)[i] = load->source_regions[i];
    return SMF_OK;
}

typedef enum smf_status stage_function(struct load *load);

/* Exports of canonical files are known as soon as there are addresses, and others of a group may import them; those of
 * older files may turn out to be imports. */
static enum smf_status early_exports(struct load *load)
{
    return load->image.header.canonical ? smf_load_exports(load) : SMF_OK;
}

static enum smf_status late_exports(struct load *load)
{
    return load->image.header.canonical ? SMF_OK : smf_load_exports(load);
}

/* Everything that smf_measure() needs to know comes before the first byte that stays. */
enum { MEASURED = 8, SETTLED = 11, CONNECTED = 14, STAGES = 17 };
static const struct {
    stage_function *run;
    enum smf_stage stage;
} stages[STAGES] = {
    {open_image,        SMF_STAGE_HEADER  },
    {smf_load_header,   SMF_STAGE_HEADER  },
    {check_file,        SMF_STAGE_TABLES  },
    {smf_load_tables,   SMF_STAGE_TABLES  },
    {take_tables,       SMF_STAGE_TABLES  },
    {smf_load_extras,   SMF_STAGE_TABLES  },
    {smf_load_layout,   SMF_STAGE_LAYOUT  },
    {size_kept,         SMF_STAGE_LAYOUT  },
    {take_module,       SMF_STAGE_PLACE   },
    {smf_load_place,    SMF_STAGE_PLACE   },
    {early_exports,     SMF_STAGE_BIND    },
    {smf_load_bind,     SMF_STAGE_BIND    },
    {late_exports,      SMF_STAGE_BIND    },
    {smf_load_relocate, SMF_STAGE_RELOCATE},
    {smf_load_later,    SMF_STAGE_BIND    },
    {smf_load_finish,   SMF_STAGE_SEAL    },
    {smf_load_seal,     SMF_STAGE_SEAL    },
};

static enum smf_status run_stages(struct load *load, unsigned first, unsigned end)
{
    enum smf_status status = SMF_OK;
    for (unsigned i = first; i < end && status == SMF_OK; i++) {
        load->why->stage = stages[i].stage;
        load->why->index = 0;
        load->why->name[0] = '\0';
        status = stages[i].run(load);
    }
    return status;
}

/* Give back what a module has: its port's regions, then its block. */
static void release(struct smf_loader *loader, struct smf_module *module)
{
    const struct smf_port *port = loader->config.port;
    const unsigned count = (unsigned)module->region_count - module->source_count;
    if (count != 0)
        port->release(port->context, smf_load_regions(module) + module->source_count, count);
    smf_arena_give(smf_load_arena(loader), module);
}

/* The one unwinding. Scratch in reverse order, so that nested loads leave no holes. */
static void unwind(struct load *load)
{
    struct smf_loader *loader = load->loader;
    if (load->module != &load->record) {
        if (!load->reserved)
            load->module->region_count = load->module->source_count;
        release(loader, load->module);
    }
}

void smf_load_end(struct load *load, bool keep)
{
    struct smf_loader *loader = load->loader;
    if (keep) {
        load->module->next = loader->modules;
        loader->modules = load->module;
        loader->module_count++;
    } else {
        unwind(load);
    }
    for (unsigned i = 3; i-- != 0;)
        smf_arena_give(smf_load_arena(loader), load->scratch[i]);
}

/* A loader that was zeroed and never started has no port. */
static bool is_started(const struct smf_loader *loader) { return loader != NULL && loader->config.port != NULL; }

enum smf_status smf_load_begin(struct smf_loader *loader, const struct smf_source *source, struct smf_diagnosis *why,
                               struct load **begun)
{
    why = why != NULL ? why : &loader->unwanted;
    smf_fail_clear(why);
    why->stage = SMF_STAGE_HEADER;
    struct load *load = smf_arena_take_scratch(smf_load_arena(loader), sizeof *load);
    if (load == NULL)
        return no_room(loader, sizeof *load, why);
    memset(load, 0, offsetof(struct load, records));
    load->loader = loader;
    load->arch = loader->config.arch;
    load->source = source;
    load->why = why;
    load->module = &load->record;
    load->target.index = SMF_NO_SYMBOL;
    load->scratch[0] = load;
    load->scratch_size[0] = sizeof *load;
    const enum smf_status status = run_stages(load, 0, MEASURED);
    if (status == SMF_OK)
        *begun = load;
    else
        smf_load_end(load, false);
    return status;
}

struct smf_image *smf_load_image(struct load *load) { return &load->image; }

uint32_t smf_load_export_limit(const struct load *load) { return load->export_count; }

enum smf_status smf_load_settle(struct load *load) { return run_stages(load, MEASURED, SETTLED); }

struct smf_module *smf_load_module(const struct load *load)
{
    return load->module == &load->record ? NULL : load->module;
}

enum smf_status smf_load_connect(struct load *load) { return run_stages(load, SETTLED, CONNECTED); }

enum smf_status smf_load_complete(struct load *load) { return run_stages(load, CONNECTED, STAGES); }

static enum smf_status refuse_arguments(struct smf_diagnosis *why)
{
    if (why == NULL)
        return SMF_ERR_ARGUMENT;
    smf_fail_clear(why);
    return smf_fail(why, SMF_DETAIL_ARGUMENT, 0, 0, 0);
}

static bool may_begin(const struct smf_loader *loader, const struct smf_source *source, const void *result)
{
    return is_started(loader) && source != NULL && (source->bytes != NULL || source->read_at != NULL) && result != NULL;
}

enum smf_status smf_load(struct smf_loader *loader, const struct smf_source *source, struct smf_module **module,
                         struct smf_diagnosis *why)
{
    struct load *load;
    if (!may_begin(loader, source, module))
        return refuse_arguments(why);
    lock(loader);
    enum smf_status status = smf_load_begin(loader, source, why, &load);
    if (status == SMF_OK) {
        status = run_stages(load, MEASURED, STAGES);
        if (status == SMF_OK)
            *module = load->module;
        smf_load_end(load, status == SMF_OK);
    }
    unlock(loader);
    return status;
}

static void describe(const struct load *load, struct smf_needs *needs)
{
    memset(needs, 0, sizeof *needs);
    needs->arena_kept = smf_arena_block_size(load->kept_size);
    for (unsigned i = 0; i < 3; i++)
        if (load->scratch_size[i] != 0)
            needs->arena_scratch += smf_arena_block_size(load->scratch_size[i]);
    needs->slot_count = load->slot_count;
    needs->stub_count = load->stub_count;
    needs->region_count = load->region_count;
    for (unsigned i = 0; i < (unsigned)load->module->source_count - load->keep_count; i++)
        needs->in_place_bytes += load->source_regions[i].size;
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
    struct load *load;
    if (!may_begin(loader, source, needs))
        return refuse_arguments(why);
    lock(loader);
    const enum smf_status status = smf_load_begin(loader, source, why, &load);
    if (status == SMF_OK) {
        describe(load, needs);
        smf_load_end(load, false);
        needs->arena_largest = smf_arena_largest(smf_load_arena(loader)); /* the load has given everything back */
    }
    unlock(loader);
    return status;
}

static bool is_complete(const struct smf_config *config, const struct smf_arch *arch)
{
    const struct smf_port *port = config->port;
    return port != NULL && port->reserve != NULL && port->release != NULL && port->protect != NULL &&
           (port->granule & (port->granule - 1)) == 0 && arch != NULL && arch->pointer_size <= sizeof(uintptr_t);
}

enum smf_status smf_loader_start(struct smf_loader *loader, const struct smf_config *config)
{
    if (loader == NULL || config == NULL)
        return SMF_ERR_ARGUMENT;
    const struct smf_arch *arch = config->arch != NULL ? config->arch : smf_arch_native();
    if (!is_complete(config, arch))
        return SMF_ERR_ARGUMENT;
    loader->config = *config;
    loader->config.arch = arch;
    loader->modules = NULL;
    loader->module_count = 0;
    smf_arena_start(smf_load_arena(loader), config->arena, config->arena_size);
    return SMF_OK;
}

/* Take a module out of the list, newest first without one. */
static bool remove(struct smf_loader *loader, const struct smf_module *module)
{
    /* A stale pointer is compared, never followed. */
    for (struct smf_module **link = &loader->modules; *link != NULL; link = &(*link)->next) {
        struct smf_module *const found = *link;
        if (module != NULL && found != module)
            continue;
        *link = found->next;
        loader->module_count--;
        release(loader, found);
        return true;
    }
    return false;
}

void smf_load_release(struct smf_loader *loader, struct smf_module *module) { remove(loader, module); }

enum smf_status smf_unload(struct smf_loader *loader, struct smf_module *module)
{
    if (!is_started(loader) || module == NULL)
        return SMF_ERR_ARGUMENT;
    lock(loader);
    const bool removed = remove(loader, module);
    unlock(loader);
    return removed ? SMF_OK : SMF_ERR_ARGUMENT;
}

void smf_loader_finish(struct smf_loader *loader)
{
    if (!is_started(loader))
        return;
    lock(loader);
    while (remove(loader, NULL))
        ;
    unlock(loader);
}
