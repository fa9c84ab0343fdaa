/* SPDX-License-Identifier: MIT */
/* scene.c - payloads and images (scene.h). */
#include "taker/scene.h"

#include <string.h>

#include "harness/tap.h"

void payload_u8(struct payload *payload, unsigned value)
{
    if (payload->size < sizeof payload->bytes)
        payload->bytes[payload->size++] = (uint8_t)value;
    else
        CHECK(payload->size < sizeof payload->bytes);
}

void payload_u16(struct payload *payload, unsigned value)
{
    payload_u8(payload, value & 0xFF);
    payload_u8(payload, value >> 8 & 0xFF);
}

void payload_u32(struct payload *payload, uint32_t value)
{
    payload_u16(payload, value & 0xFFFF);
    payload_u16(payload, value >> 16);
}

void payload_raw(struct payload *payload, const char *text)
{
    while (*text != '\0')
        payload_u8(payload, (uint8_t)*text++);
}

void payload_text(struct payload *payload, const char *text)
{
    payload_u32(payload, (uint32_t)strlen(text));
    payload_raw(payload, text);
}

void payload_list(struct payload *payload, unsigned count, const char *const *texts)
{
    payload_u32(payload, count);
    for (unsigned i = 0; i < count; i++)
        payload_text(payload, texts[i]);
}

void payload_magic(struct payload *payload, unsigned version, uint32_t count)
{
    payload_raw(payload, "GTPL");
    payload_u16(payload, version);
    payload_u32(payload, count);
}

void payload_record(struct payload *payload, unsigned kind, unsigned count, const char *const *parameters,
                    const uint16_t *bounds)
{
    size_t texts = 0;
    for (unsigned i = 0; i < count; i++)
        texts += 1 + strlen(parameters[i]);
    payload_raw(payload, "SMFT");
    payload_u8(payload, 1);
    payload_u8(payload, kind);
    payload_u8(payload, count);
    for (unsigned i = 0; i < 3; i++)
        payload_u8(payload, 0);
    payload_u16(payload, (unsigned)texts);
    for (unsigned i = 0; i < count; i++) {
        payload_u8(payload, (unsigned)strlen(parameters[i]));
        payload_raw(payload, parameters[i]);
    }
    for (unsigned i = 0, at = 0; i < count; i++) {
        payload_u16(payload, at);
        payload_u16(payload, bounds[i]);
        at += 1 + (unsigned)strlen(parameters[i]);
    }
}

void payload_whole(struct payload *payload, unsigned kind, const char *name, unsigned count,
                   const char *const *parameters)
{
    static const char *const lines[] = {"x: T", "return x"};
    payload_u8(payload, kind);
    payload_text(payload, name);
    payload_u8(payload, count);
    for (unsigned i = 0; i < count; i++)
        payload_text(payload, parameters[i]);
    payload_list(payload, 1, lines); /* parameters, fields, variants or methods */
    if (kind == SMF_TEMPLATE_FUNCTION) {
        payload_u8(payload, 1); /* returns something */
        payload_text(payload, "T");
    }
    if (kind == SMF_TEMPLATE_FUNCTION || kind == SMF_TEMPLATE_CLASS)
        payload_list(payload, 2, lines); /* body; methods */
    payload_u8(payload, 1);              /* is a template */
    if (kind == SMF_TEMPLATE_TRAIT)
        return;
    payload_u8(payload, 0); /* specializes nothing */
    payload_u32(payload, 1);
    payload_text(payload, "T");
    payload_text(payload, "any");
}

/* ---- Images ---- */

static enum smf_status read_at(void *context, uint64_t offset, void *into, size_t size)
{
    struct scene *scene = context;
    if (++scene->reads == scene->fail_at)
        return SMF_ERR_IO;
    memcpy(into, scene->file.bytes + offset, size);
    return SMF_OK;
}

void scene_open(struct scene *scene, enum scene_source kind)
{
    scene->reads = scene->fail_at = 0;
    scene->source = smf_source_memory(scene->file.bytes, scene->file.size,
                                      kind == SCENE_STAYS ? SMF_STAYS_FOR_MODULE : SMF_STAYS_FOR_LOAD);
    if (kind == SCENE_READ) {
        scene->source.bytes = NULL;
        scene->source.read_at = read_at;
        scene->source.context = scene;
    }
    CHECK_STATUS(smf_image_open(&scene->image, &scene->source, scene->sections, 12, &scene->why), SMF_OK);
}

void scene_make(struct scene *scene, const struct forge *what, enum scene_source kind)
{
    forge_make(what, &scene->file);
    scene_open(scene, kind);
}

void scene_end(struct scene *scene) { forge_free(&scene->file); }

void scene_template(struct scene *scene, unsigned index, unsigned parameters, uint64_t offset)
{
    const size_t at = scene->file.symbol_table + index * scene->file.symbol_stride;
    forge_put8(&scene->file, at + 40, (uint8_t)parameters);
    forge_put64(&scene->file, at + (scene->file.symbol_stride == 56 ? 48 : 44), offset);
}

static void make(struct scene *scene, const struct forge_section *sections, uint32_t count, enum scene_source kind)
{
    const struct forge forge = {.layout = FORGE_CANONICAL,
                                .sections = sections,
                                .section_count = count,
                                .arch = SMF_ARCH_X86_64,
                                .flags = SMF_FLAG_PIC};
    scene_make(scene, &forge, kind);
}

void scene_templates(struct scene *scene, const struct payload *payload, enum scene_source kind)
{
    const struct forge_section sections[] = {
        {.name = ".text",     .type = SMF_SECTION_CODE, .flags = 5, .alignment = 4, .bytes = "\xC3\xC3", .size = 2},
        {.name = "templates",
         .type = SMF_SECTION_TEMPLATE_CODE,
         .flags = 1,
         .alignment = 1,
         .bytes = payload->bytes,
         .size = payload->size                                                                                    }
    };
    make(scene, sections, 2, kind);
}

void scene_note(struct scene *scene, const char *text, bool sized, enum scene_source kind)
{
    const size_t size = strlen(text);
    const struct forge_section sections[] = {
        {.name = ".text",      .type = SMF_SECTION_CODE, .flags = 5, .alignment = 4, .bytes = "\xC3\xC3", .size = 2},
        {.name = SMF_NOTE_SDN,
         .type = SMF_SECTION_TEMPLATE_META,
         .flags = 1,
         .alignment = 1,
         .bytes = text,
         .size = size                                                                                              }
    };
    make(scene, sections, 2, kind);
    if (sized)
        return;
    forge_put64(&scene->file, scene->file.section_table + scene->file.section_stride + SMF_T_SIZE, 0);
    forge_put64(&scene->file, scene->file.section_table + scene->file.section_stride + SMF_T_VIRTUAL_SIZE, 0);
    scene_open(scene, kind);
}
