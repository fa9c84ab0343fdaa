/* SPDX-License-Identifier: MIT */
/* scene.c - see scene.h. */
#include "generic/engine/scene.h"

struct scene scene;

const struct smf_arch *scene_machine(void) { return sizeof(void *) == 8 ? &smf_arch_x86_64 : &smf_arch_riscv32; }

static enum smf_status find(void *context, uint32_t asker, const char *name, bool data, struct smf_provided *found)
{
    struct scene *what = context;
    const struct scene_name *best = NULL;
    what->asked++;
    if (what->asked == what->refuse_at)
        return what->refuse_with;
    for (unsigned i = 0; i < what->name_count; i++) {
        const struct scene_name *entry = &what->names[i];
        if (entry->data == data && strcmp(entry->name, name) == 0 && (best == NULL || entry->module == asker))
            best = entry;
    }
    if (best == NULL)
        return SMF_ERR_NOT_FOUND;
    *found = (struct smf_provided){.address = best->address,
                                   .kind = data ? SMF_KIND_DATA : SMF_KIND_FUNCTION,
                                   .module = best->module,
                                   .bytes = data ? best->bytes : NULL,
                                   .room = data ? sizeof best->bytes : 0};
    return SMF_OK;
}

void scene_start(const struct smf_arch *arch)
{
    memset(&scene, 0, sizeof scene);
    paper_start(&scene.paper);
    if (arch->pointer_size == 4)
        scene.paper.base = 0x20000000;
    scene.stay = SMF_STAYS_FOR_MODULE;
    scene.config = smf_instantiator_defaults();
    scene.config.arch = arch;
    scene.config.features = arch->id == SMF_ARCH_ARM ? 1 : 0;
    scene.config.mapper = &scene.mapper;
    scene.config.arena = scene.arena;
    scene.config.arena_size = sizeof scene.arena;
    scene.config.around = (struct smf_surroundings){.find = find, .context = &scene};
}

void scene_open(void)
{
    const struct smf_mapper_config config = {.port = &scene.paper.port,
                                             .arena = scene.mapper_arena,
                                             .arena_size = sizeof scene.mapper_arena,
                                             .bucket_count = 16};
    CHECK_STATUS(smf_mapper_start(&scene.mapper, &config), SMF_OK);
    CHECK_STATUS(smf_instantiator_start(&scene.instantiator, &scene.config), SMF_OK);
}

void scene_end(void)
{
    struct smf_mapper_statistics statistics;
    smf_instantiator_finish(&scene.instantiator);
    smf_mapper_get_statistics(&scene.mapper, &statistics);
    CHECK_EQUAL(statistics.region_count, 0);
    smf_mapper_finish(&scene.mapper);
    paper_end(&scene.paper);
    for (unsigned i = 0; i < scene.file_count; i++)
        forge_free(&scene.files[i]);
}

/* ---- Names ---- */

static struct scene_name *add_name(uint32_t module, const char *name, uintptr_t address, bool data)
{
    CHECK(scene.name_count < SCENE_NAMES);
    struct scene_name *entry = &scene.names[scene.name_count++];
    *entry = (struct scene_name){.module = module, .name = name, .address = address, .data = data};
    return entry;
}

void scene_function(uint32_t module, const char *name, uintptr_t address) { add_name(module, name, address, false); }

static void put(uint8_t *at, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

struct scene_name *scene_type(uint32_t module, const char *name, const struct scene_type *type)
{
    const unsigned pointer = scene.config.arch->pointer_size;
    struct scene_name *entry = add_name(module, name, 0x1000 + 0x100 * (uintptr_t)scene.name_count, true);
    put(entry->bytes, type->size, 4);
    entry->bytes[4] = type->version;
    entry->bytes[5] = type->alignment_log2;
    entry->bytes[6] = type->kind;
    entry->bytes[7] = type->reserved;
    for (unsigned i = 0; i < 6; i++)
        put(entry->bytes + 8 + i * pointer, type->operations[i], pointer);
    return entry;
}

void scene_plain(uint32_t module, const char *name, uint32_t size, uint8_t alignment_log2)
{
    scene_type(
        module, name,
        &(struct scene_type){
            .size = size, .version = SMF_TYPE_VERSION, .alignment_log2 = alignment_log2, .kind = SMF_DESCRIPTOR_PLAIN});
}

/* ---- Modules ---- */

unsigned scene_image(const struct template_module *module)
{
    const unsigned number = scene.file_count++;
    uint32_t count = 0;
    CHECK(number < SCENE_MODULES);
    forge_template_module(module, &scene.files[number]);
    scene.sources[number] = smf_source_memory(scene.files[number].bytes, scene.files[number].size, scene.stay);
    CHECK_STATUS(smf_image_count_sections(&scene.images[number], &scene.sources[number], &count, &scene.why), SMF_OK);
    CHECK_STATUS(smf_image_open(&scene.images[number], &scene.sources[number], scene.sections[number], 8, &scene.why),
                 SMF_OK);
    return number;
}

enum smf_status scene_add_image(uint32_t number, const char *name, unsigned image)
{
    const struct smf_instantiator_item item = {.number = number, .name = name, .image = &scene.images[image]};
    return smf_instantiator_add(&scene.instantiator, &item, &scene.why);
}

enum smf_status scene_add(uint32_t number, const char *name, const struct smf_write_record *const *records,
                          unsigned record_count, const struct smf_write_sdn_row *rows, unsigned row_count)
{
    const struct template_module module = {.records = records,
                                           .record_count = record_count,
                                           .rows = rows,
                                           .row_count = row_count,
                                           .arch = scene.config.arch->id};
    return scene_add_image(number, name, scene_image(&module));
}

/* ---- Asking ---- */

enum smf_status scene_make(uint32_t asker, const char *name, const char *types)
{
    struct smf_type room[16];
    const struct smf_type *list = NULL;
    CHECK_STATUS(smf_types_parse(types, strlen(types), room, 16, &list), SMF_OK);
    return smf_instantiate(&scene.instantiator, asker, name, list, &scene.made, &scene.why);
}

enum smf_status scene_symbol(uint32_t asker, const char *symbol)
{
    return smf_instantiate_symbol(&scene.instantiator, asker, symbol, &scene.made, &scene.why);
}

struct smf_instantiator_statistics scene_statistics(void)
{
    struct smf_instantiator_statistics statistics;
    smf_instantiator_get_statistics(&scene.instantiator, &statistics);
    return statistics;
}

void scene_look(struct scene_state *state)
{
    state->statistics = scene_statistics();
    smf_mapper_get_statistics(&scene.mapper, &state->mapper);
    state->live = paper_live(&scene.paper);
    paper_check(&scene.paper);
}

void scene_compare(const struct scene_state *before)
{
    struct scene_state now;
    scene_look(&now);
    CHECK_EQUAL(now.live, before->live);
    CHECK_EQUAL(now.mapper.mapped_symbols, before->mapper.mapped_symbols);
    CHECK_EQUAL(now.mapper.region_count, before->mapper.region_count);
    CHECK_EQUAL(now.mapper.total_bytes, before->mapper.total_bytes);
    CHECK_EQUAL(now.mapper.owner_count, before->mapper.owner_count);
    CHECK_EQUAL(now.mapper.arena_largest, before->mapper.arena_largest);
    CHECK_EQUAL(now.statistics.modules, before->statistics.modules);
    CHECK_EQUAL(now.statistics.templates, before->statistics.templates);
    CHECK_EQUAL(now.statistics.uses, before->statistics.uses);
    CHECK_EQUAL(now.statistics.types, before->statistics.types);
    CHECK_EQUAL(now.statistics.instances, before->statistics.instances);
    CHECK_EQUAL(now.statistics.shared, before->statistics.shared);
    CHECK_EQUAL(now.statistics.made, before->statistics.made);
    CHECK_EQUAL(now.statistics.found, before->statistics.found);
    CHECK_EQUAL(now.statistics.code_bytes, before->statistics.code_bytes);
    CHECK_EQUAL(now.statistics.arena_largest, before->statistics.arena_largest);
}

uint8_t *scene_code(const struct smf_instance *instance)
{
    uint8_t *bytes = paper_at(&scene.paper, instance->code, instance->size);
    static uint8_t nothing[4096];
    CHECK(bytes != NULL);
    return bytes != NULL ? bytes : nothing;
}

/* ---- Templates ---- */

static const uint8_t no_arguments[] = {SMF_TERM_FUNCTION, 0, SMF_TERM_VOID};

void simple_export(struct simple *simple, const char *name, uint32_t offset)
{
    const unsigned number = simple->record.export_count++;
    simple->exports[number] = (struct smf_write_item){name, no_arguments, sizeof no_arguments};
    simple->at[number] = offset | (simple->unit.arch == SMF_ARCH_ARM);
}

void simple_start(struct simple *simple, const char *name, unsigned parameters)
{
    static const char names[][2] = {"T", "U", "V", "W", "X", "Y", "Z", "A"};
    memset(simple, 0, sizeof *simple);
    for (unsigned i = 0; i < parameters; i++)
        simple->parameters[i].name = names[i];
    simple->unit = (struct smf_write_unit){.shapes = simple->shapes,
                                           .exports = simple->at,
                                           .symbols = simple->symbols,
                                           .relocations = simple->relocations,
                                           .code = simple->code,
                                           .size = sizeof simple->code,
                                           .format = SMF_UNIT_CODE,
                                           .arch = scene.config.arch->id,
                                           .alignment_log2 = 4};
    simple->record = (struct smf_write_record){.parameters = simple->parameters,
                                               .exports = simple->exports,
                                               .needs = simple->needs,
                                               .units = &simple->unit,
                                               .parameter_count = (uint8_t)parameters,
                                               .unit_count = 1};
    simple_export(simple, name, 0);
}

void simple_need(struct simple *simple, const char *name, const uint8_t *term, size_t size)
{
    simple->needs[simple->record.need_count++] = (struct smf_write_item){name, term, (uint8_t)size};
}

uint16_t simple_symbol(struct simple *simple, struct smf_write_unit_symbol symbol)
{
    simple->symbols[simple->unit.symbol_count] = symbol;
    return simple->unit.symbol_count++;
}

void simple_relocation(struct simple *simple, uint32_t offset, unsigned type, uint16_t symbol, int32_t addend)
{
    simple->relocations[simple->unit.relocation_count++] =
        (struct smf_unit_relocation){.offset = offset, .addend = addend, .type = (uint16_t)type, .symbol = symbol};
}

void simple_word(struct simple *simple, uint32_t offset, struct smf_write_unit_symbol symbol)
{
    simple_relocation(simple, offset, scene.config.arch->absolute, simple_symbol(simple, symbol), 0);
}

uintptr_t simple_read(const struct smf_instance *instance, uint32_t offset)
{
    const uint8_t *at = scene_code(instance) + offset;
    uintptr_t value = 0;
    for (unsigned i = scene.config.arch->pointer_size; i-- != 0;)
        value = (value << 4 << 4) | at[i];
    return value;
}

enum smf_status simple_add(uint32_t number, const char *name, const struct simple *simple)
{
    const struct smf_write_record *const list[] = {&simple->record};
    return scene_add(number, name, list, 1, NULL, 0);
}
