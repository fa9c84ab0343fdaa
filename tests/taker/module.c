/* SPDX-License-Identifier: MIT */
/* module.c - a module with an object of every kind (module.h). */
#include "taker/module.h"

#include <string.h>

#include "harness/tap.h"

enum { TEXT, DATA, BSS, TEMPLATES, NOTE, SECTIONS };

static const char note[] = "type_inferences |id, inferred_type, expr, context, from_file, from_loc|\n"
                           "    0, \"i64\", \"make\", \"type_var T\", \"a.spl\", \"a.spl:1:1\"\n"
                           "    1, \"Ordered\", \"make<T>\", \"implements T\", \"a.spl\", \"a.spl:1:1\"\n"
                           "    2, \"i64\", \"make(1)\", \"call_site\", \"b.spl\", \"b.spl:7:1\"\n"
                           "    3, \"u8\", \"pair(c)\", \"call_site\", \"b.spl\", \"b.spl:8:1\"\n"
                           "    4, \"\", \"absent\", \"call_site\", \"b.spl\", \"b.spl:9:1\"\n# END_NOTE\n";

static struct forge_symbol export_of(const char *name, uint16_t section, uint64_t value, uint64_t size, uint8_t type)
{
    return (struct forge_symbol){.name = name,
                                 .value = value,
                                 .size = size,
                                 .section = section,
                                 .type = type,
                                 .binding = SMF_BINDING_GLOBAL,
                                 .visibility = 1};
}

static void put_templates(struct payload *payload, uint64_t *offsets)
{
    payload_magic(payload, 2, 2);
    payload_text(payload, "sort");
    offsets[0] = payload->size;
    payload_u32(payload, 12 + 4 + 8);
    payload_record(payload, SMF_TEMPLATE_FUNCTION, 2, (const char *const[]){"T", "U"},
                   (const uint16_t[]){SMF_BOUND_COMPARE, 0});
    payload_text(payload, "pair");
    offsets[1] = payload->size;
    payload_u32(payload, 12 + 2 + 4);
    payload_record(payload, SMF_TEMPLATE_STRUCT, 1, (const char *const[]){"T"}, (const uint16_t[]){0});
}

void module_make(struct scene *scene, unsigned first, enum scene_source kind)
{
    static struct payload templates;
    uint8_t text[24];
    uint64_t offsets[2];
    templates.size = 0;
    put_templates(&templates, offsets);
    for (unsigned i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(first + i);
    const struct forge_section sections[SECTIONS] = {
        [TEXT] = {.name = ".text",      .type = SMF_SECTION_CODE, .flags = 5,   .alignment = 4,                           .bytes = text,  .size = 24        },
        [DATA] = {.name = ".data",
                  .type = SMF_SECTION_DATA,
                  .flags = 3,
                  .alignment = 1,
                  .bytes = "0123456",
                  .size = 7,
                  .virtual_size = 9},
        [BSS] = {.name = ".bss",                    .type = SMF_SECTION_BSS,                               .flags = 3, .alignment = 1, .virtual_size = 16},
        [TEMPLATES] = {.name = "templates",
                  .type = SMF_SECTION_TEMPLATE_CODE,
                  .flags = 1,
                  .alignment = 1,
                  .bytes = templates.bytes,
                  .size = templates.size},
        [NOTE] = {.name = SMF_NOTE_SDN,
                  .type = SMF_SECTION_TEMPLATE_META,
                  .flags = 1,
                  .alignment = 1,
                  .bytes = note,
                  .size = sizeof note - 1                                                                                                                    },
    };
    struct forge_symbol symbols[1 + OBJECTS] = {
        export_of("absent", 0xFFFF, 0, 0, SMF_SYMBOL_FUNCTION), /* an import */
        export_of("add", TEXT, 0, 4, SMF_SYMBOL_FUNCTION),
        export_of("sub", TEXT, 4, 0, SMF_SYMBOL_FUNCTION),
        export_of("mul", TEXT, 16, 0, SMF_SYMBOL_FUNCTION),
        export_of("datum", DATA, 3, 6, SMF_SYMBOL_DATA),
        export_of("zeros", BSS, 8, 5, SMF_SYMBOL_DATA),
        export_of("fixed", 0xFFFE, 77, 0, SMF_SYMBOL_CONSTANT),
        export_of("make", TEXT, 8, 4, SMF_SYMBOL_FUNCTION),
        export_of("sort", TEMPLATES, offsets[0], 4, SMF_SYMBOL_FUNCTION),
        export_of("pair", TEMPLATES, offsets[1], 4, SMF_SYMBOL_TYPE),
        export_of("pair$bool", TEXT, 12, 2, SMF_SYMBOL_FUNCTION),
        export_of("lost", TEXT, 0, 0, SMF_SYMBOL_FUNCTION),
    };
    symbols[1 + OBJECT_SORT].flags = symbols[1 + OBJECT_PAIR].flags = symbols[1 + OBJECT_LOST].flags =
        SMF_SYMBOL_FLAG_TEMPLATE;
    const struct forge forge = {.layout = FORGE_CANONICAL,
                                .sections = sections,
                                .section_count = SECTIONS,
                                .symbols = symbols,
                                .symbol_count = 1 + OBJECTS,
                                .exported_count = OBJECTS,
                                .arch = SMF_ARCH_X86_64,
                                .flags = SMF_FLAG_PIC};
    scene_make(scene, &forge, kind);
    scene_template(scene, 1 + OBJECT_SORT, 2, offsets[0]);
    scene_template(scene, 1 + OBJECT_PAIR, 1, offsets[1]);
    scene_open(scene, kind);
}

/* ---- The maker ---- */

static void remember(struct maker *maker, const struct smf_instantiation *what)
{
    const size_t size = what->generic->body.size < sizeof maker->body ? what->generic->body.size : sizeof maker->body;
    memcpy(maker->body, what->body, size);
    maker->base[0] = '\0';
    if (strlen(what->base) < sizeof maker->base)
        strcpy(maker->base, what->base);
}

static enum smf_status infer(const struct smf_taker_maker *instantiator, const struct smf_instantiation *what,
                             struct smf_type *room, size_t capacity, const struct smf_type **types,
                             struct smf_diagnosis *why)
{
    struct maker *maker = instantiator->context;
    struct smf_hints hints;
    (void)room;
    CHECK(what->types == NULL && what->name == NULL && what->note->present && capacity == SMF_TAKER_TYPES_MAX);
    if (++maker->inferred + maker->made == maker->fail_at)
        return maker->fail_with;
    const enum smf_status status = smf_hints_count(what->note, what->base, strlen(what->base), &hints, why);
    if (status != SMF_OK)
        return status;
    remember(maker, what);
    *types = hints.usages != 0 ? maker->types : NULL;
    return *types != NULL ? SMF_OK : SMF_ERR_NOT_FOUND;
}

static enum smf_status instantiate(const struct smf_taker_maker *instantiator, const struct smf_instantiation *what,
                                   struct smf_room *room, struct smf_diagnosis *why)
{
    struct maker *maker = instantiator->context;
    (void)why;
    if (maker->inferred + ++maker->made == maker->fail_at)
        return maker->fail_with;
    remember(maker, what);
    if (maker->makes_nothing)
        return SMF_OK;
    char *bytes = room->take(room, strlen(what->name));
    if (bytes == NULL)
        return SMF_ERR_NO_ARENA;
    memcpy(bytes, what->name, strlen(what->name));
    CHECK(room->address == 0 && room->offset == 0);
    room->address = maker->address;
    room->offset = maker->offset;
    CHECK(!maker->asks_twice || room->take(room, 1) == NULL);
    return SMF_OK;
}

static void release(const struct smf_taker_maker *instantiator, const char *name, uintptr_t address)
{
    struct maker *maker = instantiator->context;
    maker->released++;
    CHECK(address == maker->address || maker->makes_nothing);
    maker->gone[0] = '\0';
    if (strlen(name) < sizeof maker->gone)
        strcpy(maker->gone, name);
}

void maker_start(struct maker *maker)
{
    static const struct smf_type u8 = {.kind = SMF_TYPE_INT, .bits = 8};
    memset(maker, 0, sizeof *maker);
    maker->instantiator = (struct smf_taker_maker){infer, instantiate, release, maker};
    maker->types = &u8;
    maker->fail_with = SMF_ERR_FORMAT;
}
