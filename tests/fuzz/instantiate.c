/* SPDX-License-Identifier: MIT */
/*
 * instantiate.c - libFuzzer target over making instances: the input is a TemplateCode section and the note.sdn of a module that uses it
 * (u16: bytes of the section), and the machine that the code is for; pools lie on paper.
 *
 * Whatever the bytes: no write outside of the pool, none after sealing, no question with a name that does not end; what is made lies in the pool
 * and can be found, named and dropped; a call that fails leaves instances, regions and memory as they were; nothing is left
 * when the modules have gone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smf/hash.h"
#include "smf/instantiator.h"

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* ---- A port on paper: blocks of malloc, so that a sanitizer sees what leaves them; addresses of another machine ---- */

enum { REGIONS = 64, ROOM = 1 << 20 };

static struct {
    struct smf_region region;
    uint64_t sealed; /* hash of what it held then, or 0 */
} regions[REGIONS];
static uint64_t base;
static unsigned live;

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *into)
{
    (void)context;
    MUST(count == 1 && requests->size != 0 && requests->access == SMF_ACCESS_RX);
    MUST(requests->alignment != 0 && (requests->alignment & (requests->alignment - 1)) == 0);
    for (unsigned i = 0; i < REGIONS && requests->size <= ROOM && requests->alignment <= ROOM; i++)
        if (regions[i].region.bytes == NULL) {
            uint8_t *bytes = malloc(requests->size);
            MUST(bytes != NULL);
            *into = (struct smf_region){.bytes = bytes,
                                        .address = (uintptr_t)(base + (uint64_t)i * ROOM),
                                        .size = requests->size,
                                        .access = SMF_ACCESS_RX};
            regions[i].region = *into;
            regions[i].sealed = 0;
            live++;
            return SMF_OK;
        }
    return SMF_ERR_NO_MEMORY;
}

static unsigned number_of(const struct smf_region *region)
{
    for (unsigned i = 0; i < REGIONS; i++)
        if (regions[i].region.bytes == region->bytes && region->bytes != NULL &&
            regions[i].region.address == region->address && regions[i].region.size == region->size)
            return i;
    fprintf(stderr, "broken: a region that is not out\n");
    abort();
}

static uint64_t contents(unsigned number)
{
    return smf_hash64(SMF_FNV64_BASIS, regions[number].region.bytes, regions[number].region.size) | 1;
}

static void release(void *context, const struct smf_region *list, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        const unsigned number = number_of(&list[i]);
        MUST(regions[number].sealed == 0 || regions[number].sealed == contents(number));
        free(regions[number].region.bytes);
        regions[number].region.bytes = NULL;
        live--;
    }
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context;
    const unsigned number = number_of(region);
    MUST(access == SMF_ACCESS_RX && regions[number].sealed == 0);
    regions[number].sealed = contents(number);
    return SMF_OK;
}

static void sync_code(void *context, const struct smf_region *region) { (void)context, (void)number_of(region); }

static const struct smf_port port = {
    .granule = 16, .reserve = reserve, .release = release, .protect = protect, .sync_code = sync_code};

/* ---- What stands around: types of every kind, and a function under every name but a few ---- */

static const struct smf_arch *arch;

static const struct {
    const char *name;
    uint32_t size;
    uint8_t alignment_log2, kind, operations; /* a bit each: copy, drop, compare, equal, hash */
} types[] = {
    {"Point", 24,         3, SMF_DESCRIPTOR_PLAIN,  0x1C},
    {"Odd",   20,         2, SMF_DESCRIPTOR_PLAIN,  0x1C},
    {"Name",  16,         3, SMF_DESCRIPTOR_OPAQUE, 0x1F},
    {"Bare",  1,          0, SMF_DESCRIPTOR_PLAIN,  0   },
    {"Large", 0x7FFFFFFF, 0, SMF_DESCRIPTOR_PLAIN,  0x1C},
};

static const uint8_t *describe(const char *name)
{
    static uint8_t bytes[56];
    for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].name, name) != 0)
            continue;
        memset(bytes, 0, sizeof bytes);
        for (unsigned k = 0; k < 4; k++)
            bytes[k] = (uint8_t)(types[i].size >> 8 * k);
        bytes[4] = SMF_TYPE_VERSION;
        bytes[5] = types[i].alignment_log2;
        bytes[6] = types[i].kind;
        for (unsigned k = 0; k < 5; k++)
            if ((types[i].operations >> k & 1) != 0)
                bytes[8 + k * arch->pointer_size + 1] = (uint8_t)(0x10 + k); /* 0x1000, 0x1100, .. */
        return bytes;
    }
    return NULL;
}

static enum smf_status find(void *context, uint32_t asker, const char *name, bool data, struct smf_provided *found)
{
    (void)context, (void)asker;
    const size_t length = strlen(name);
    const uint8_t *bytes = data ? describe(name) : NULL;
    if (length == 0 || (data && bytes == NULL) || (!data && name[length - 1] == '0'))
        return SMF_ERR_NOT_FOUND;
    *found = (struct smf_provided){.address = (uintptr_t)(data ? 0x8000 : base + 0x800000 + length * 4),
                                   .kind = data ? SMF_KIND_DATA : SMF_KIND_FUNCTION,
                                   .module = data ? 2 : 0,
                                   .bytes = bytes,
                                   .room = data ? 56 : 0};
    return SMF_OK;
}

/* ---- The instantiator ---- */

static struct smf_mapper mapper;
static struct smf_instantiator instantiator;
static uint64_t arena[1 << 14], names[1 << 11];

struct state {
    struct smf_instantiator_statistics made;
    struct smf_mapper_statistics mapped;
    unsigned live;
};

static struct state now(void)
{
    struct state state;
    memset(&state, 0, sizeof state);
    smf_instantiator_get_statistics(&instantiator, &state.made);
    smf_mapper_get_statistics(&mapper, &state.mapped);
    state.live = live;
    MUST(state.mapped.region_count == live && state.made.instances - state.made.shared == live);
    return state;
}

static void must_be_as(const struct state *before)
{
    const struct state after = now();
    MUST(after.live == before->live && after.made.instances == before->made.instances);
    MUST(after.made.shared == before->made.shared && after.made.code_bytes == before->made.code_bytes);
    MUST(after.made.modules == before->made.modules && after.made.templates == before->made.templates);
    MUST(after.made.uses == before->made.uses);
    MUST(after.made.arena_largest == before->made.arena_largest);
    MUST(after.mapped.arena_largest == before->mapped.arena_largest);
}

static void heard(enum smf_status status, const struct smf_diagnosis *why)
{
    char line[256];
    MUST(why->status == status && smf_diagnosis_format(why, line, sizeof line) > 0);
}

/* What was made lies in one sealed region, and is found by its name. */
static void look_at(const struct smf_instance *instance)
{
    struct smf_instance found;
    unsigned number = REGIONS;
    for (unsigned i = 0; i < REGIONS; i++)
        if (regions[i].region.bytes != NULL && instance->code >= regions[i].region.address &&
            instance->code - regions[i].region.address + instance->size <= regions[i].region.size)
            number = i;
    MUST(number < REGIONS && regions[number].sealed == contents(number));
    MUST(instance->address >= instance->code && instance->address - instance->code <= instance->size);
    MUST(instance->hold_count >= 1 && instance->users >= 1 && instance->name[0] != '\0');
    MUST(smf_instantiator_find(&instantiator, instance->name, &found) == SMF_OK);
}

static void ask(const char *template, const char *text)
{
    struct smf_type room[16];
    const struct smf_type *list = NULL;
    struct smf_instance instance;
    struct smf_diagnosis why = {0};
    const struct state before = now();
    MUST(smf_types_parse(text, strlen(text), room, 16, &list) == SMF_OK);
    const enum smf_status status = smf_instantiate(&instantiator, 2, template, list, &instance, &why);
    if (status == SMF_OK) {
        look_at(&instance);
        return;
    }
    heard(status, &why);
    must_be_as(&before);
}

/* ---- One input ---- */

struct input {
    struct smf_source source;
    struct smf_section sections[2];
    struct smf_image image;
};

static void open_input(struct input *input, const uint8_t *bytes, size_t size, size_t split, enum smf_stay stay)
{
    memset(input, 0, sizeof *input);
    input->source = smf_source_memory(bytes, size, stay);
    input->sections[0] = (struct smf_section){.size = split, .virtual_size = split, .type = SMF_SECTION_TEMPLATE_CODE};
    input->sections[1] = (struct smf_section){.offset = split,
                                              .size = size - split,
                                              .virtual_size = size - split,
                                              .type = SMF_SECTION_TEMPLATE_META,
                                              .name = SMF_NOTE_SDN};
    input->image.source = &input->source;
    input->image.sections = input->sections;
    input->image.size = size;
    input->image.header.section_count = 2;
    input->image.records.source = &input->source;
}

enum { USES = 16, TEXT = 128 };
static struct {
    char names[USES][TEXT];
    unsigned count;
} listed;

static bool list(void *context, const struct smf_use *use)
{
    (void)context;
    MUST(use->mangled != NULL && use->base != NULL && use->type_args != NULL && !use->made);
    if (strlen(use->mangled) < TEXT)
        strcpy(listed.names[listed.count++], use->mangled); /* NOLINT: it fits */
    return listed.count < USES;
}

static void ask_for_uses(void)
{
    listed.count = 0;
    (void)smf_instantiator_uses(&instantiator, 0, false, list, NULL);
    for (unsigned i = 0; i < listed.count; i++) {
        struct smf_instance instance;
        struct smf_diagnosis why = {0};
        const struct state before = now();
        const enum smf_status status = smf_instantiate_symbol(&instantiator, 2, listed.names[i], &instance, &why);
        if (status == SMF_OK) {
            look_at(&instance);
            MUST(smf_instantiate_symbol(&instantiator, 2, listed.names[i], &instance, &why) == SMF_OK);
            MUST(!instance.made && instance.users >= 2);
            continue;
        }
        heard(status, &why);
        must_be_as(&before);
    }
}

static void ask_for_templates(struct smf_image *image)
{
    static const char *const lists[] = {"i32",        "f64",        "Point",      "Odd",        "Name",
                                        "Large",      "*Point",     "i32, Point", "Name, Name", "Nobody",
                                        "Odd, Large", "Point, f32", "Bare"};
    struct smf_templates section;
    struct smf_template entry;
    char name[TEXT];
    size_t cursor = 0;
    if (smf_templates_open(&section, image, 0, NULL) != SMF_OK)
        return;
    for (uint32_t i = 0; i < section.count && i < 8; i++) {
        MUST(smf_templates_next(&section, &cursor, &entry, NULL) == SMF_OK);
        if (entry.name.size >= TEXT)
            continue;
        memcpy(name, (const uint8_t *)image->source->bytes + entry.name.offset, entry.name.size);
        name[entry.name.size] = '\0';
        for (unsigned k = 0; k < sizeof lists / sizeof lists[0]; k++)
            ask(name, lists[k]);
    }
}

static void run(struct input *input)
{
    struct smf_diagnosis why = {0};
    const struct smf_instantiator_item item = {.number = 1, .name = "input", .image = &input->image};
    const struct state before = now();
    const enum smf_status status = smf_instantiator_add(&instantiator, &item, &why);
    if (status != SMF_OK) {
        heard(status, &why);
        must_be_as(&before);
        return;
    }
    ask_for_templates(&input->image);
    ask_for_uses();
    smf_instantiator_retire(&instantiator, 1);
    struct smf_instance instance;
    MUST(smf_instantiate_symbol(&instantiator, 0, "nobody$i32", &instance, &why) != SMF_OK);
    smf_instantiator_remove(&instantiator, 1);
    must_be_as(&before);
}

static void start(unsigned choice)
{
    static const struct smf_arch *const machines[] = {&smf_arch_x86_64, &smf_arch_aarch64, &smf_arch_arm,
                                                      &smf_arch_riscv64, &smf_arch_riscv32};
    arch = machines[choice % 8 < 5 ? choice % 8 : 0];
    if (arch->pointer_size > sizeof(void *))
        arch = &smf_arch_riscv32;
    base = arch->pointer_size == 8 ? UINT64_C(0x4000000000) : 0x20000000u;
    const struct smf_mapper_config mapping = {
        .port = &port, .arena = names, .arena_size = sizeof names, .bucket_count = 16};
    struct smf_instantiator_config config = smf_instantiator_defaults();
    config.arch = arch;
    config.features = arch->id == SMF_ARCH_ARM || arch->id == SMF_ARCH_RISCV64 || arch->id == SMF_ARCH_RISCV32 ? 1 : 0;
    config.mapper = &mapper;
    config.arena = arena;
    config.arena_size = choice % 8 == 5 ? 6000 : sizeof arena; /* too little for most */
    config.max_depth = choice % 8 == 6 ? 1 : 8;
    config.max_instances = choice % 8 == 7 ? 2 : 0;
    config.update_notes = (choice & 8) != 0;
    config.around = (struct smf_surroundings){.find = find};
    MUST(smf_mapper_start(&mapper, &mapping) == SMF_OK);
    MUST(smf_instantiator_start(&instantiator, &config) == SMF_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct input input;
    if (size < 4)
        return 0;
    const unsigned choice = data[size - 1];
    const size_t length = size - 3, wanted = (size_t)data[0] | (size_t)data[1] << 8;
    const size_t split = wanted < length ? wanted : length;
    uint8_t *copy = malloc(length);
    MUST(copy != NULL);
    memcpy(copy, data + 2, length);
    open_input(&input, copy, length, split, (choice & 8) != 0 ? SMF_STAYS_FOR_LOAD : SMF_STAYS_FOR_MODULE);
    start(choice);
    run(&input);
    run(&input); /* and once more, in what the first one left */
    smf_instantiator_finish(&instantiator);
    smf_mapper_finish(&mapper);
    MUST(live == 0);
    free(copy);
    return 0;
}
