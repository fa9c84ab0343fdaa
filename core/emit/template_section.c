/* SPDX-License-Identifier: MIT */
/* template_section.c - sections that hold templates: TemplateCode in the form GTPL 2, and TemplateMeta. */
#include "emit/emit.h"
#include "smf/template_writer.h"

#define GTPL 0x4C505447u /* "GTPL" */
#define META 0x4154454Du /* "META" */

static void put32(struct sink *sink, uint32_t value)
{
    uint8_t bytes[4];
    smf_put32(bytes, value);
    smf_sink_put(sink, bytes, sizeof bytes);
}

/* Magic and u16 version. */
static void put_magic(struct sink *sink, uint32_t magic, uint16_t version)
{
    uint8_t bytes[6];
    smf_put32(bytes, magic);
    smf_put16(bytes + 4, version);
    smf_sink_put(sink, bytes, sizeof bytes);
}

static void put_text(struct sink *sink, const char *text)
{
    const size_t length = text_length(text);
    put32(sink, (uint32_t)length);
    smf_sink_put(sink, text, length);
}

static void put_templates(struct sink *sink, const struct smf_write_template *templates, uint32_t count,
                          uint32_t *offsets)
{
    put_magic(sink, GTPL, 2);
    put32(sink, count);
    for (uint32_t i = 0; i < count; i++) {
        put_text(sink, templates[i].name);
        if (offsets != NULL)
            offsets[i] = (uint32_t)sink->size;
        put32(sink, templates[i].record_size);
        smf_sink_put(sink, templates[i].record, templates[i].record_size);
    }
}

size_t smf_templates_write(const struct smf_write_template *templates, uint32_t count, uint32_t *offsets,
                           uint8_t *buffer, size_t capacity)
{
    struct sink sink = {0};
    put_templates(&sink, templates, count, offsets);
    if (buffer != NULL && sink.size <= capacity) {
        sink = (struct sink){.bytes = buffer};
        put_templates(&sink, templates, count, NULL);
    }
    return (size_t)sink.size;
}

/* ---- TemplateMeta ---- */

/* Its groups in the order of the file: functions, structs, enums, traits. Classes count as structs. */
static unsigned group_of(uint8_t kind)
{
    static const uint8_t groups[] = {0, 1, 1, 2, 3};
    return kind <= SMF_TEMPLATE_TRAIT ? groups[kind] : 0;
}

static void put_meta(struct sink *sink, const struct smf_write_meta_entry *entries, uint32_t count)
{
    uint32_t counts[4] = {0};
    for (uint32_t i = 0; i < count; i++)
        counts[group_of(entries[i].kind)]++;
    put_magic(sink, META, 1);
    for (unsigned group = 0; group < 4; group++)
        put32(sink, counts[group]);
    for (unsigned group = 0; group < 4; group++)
        for (uint32_t i = 0; i < count; i++)
            if (group_of(entries[i].kind) == group) {
                put_text(sink, entries[i].name);
                put32(sink, entries[i].specializations);
            }
}

size_t smf_template_meta_write(const struct smf_write_meta_entry *entries, uint32_t count, uint8_t *buffer,
                               size_t capacity)
{
    struct sink sink = {0};
    put_meta(&sink, entries, count);
    if (buffer != NULL && sink.size <= capacity) {
        sink = (struct sink){.bytes = buffer};
        put_meta(&sink, entries, count);
    }
    return (size_t)sink.size;
}
