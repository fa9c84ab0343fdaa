/* SPDX-License-Identifier: MIT */
/* sink.c - bytes on their way out, and the entries that all layouts have in common. */
#include "emit/emit.h"
#include "smf/hash.h"

/* Room for `size` more bytes: where they go, NULL if they are only counted. */
static uint8_t *take(struct sink *sink, uint64_t size)
{
    uint8_t *at = sink->bytes != NULL ? sink->bytes + sink->size : NULL;
    if (size > SIZE_MAX - sink->size) {
        sink->too_large = true;
        sink->size = SIZE_MAX;
    } else {
        sink->size += size;
    }
    return at;
}

void smf_sink_put(struct sink *sink, const void *bytes, uint64_t size)
{
    uint8_t *at = take(sink, size);
    if (at != NULL && size != 0)
        memcpy(at, bytes, (size_t)size);
}

void smf_sink_fill(struct sink *sink, uint8_t value, uint64_t size)
{
    uint8_t *at = take(sink, size);
    if (at != NULL)
        memset(at, value, (size_t)size);
}

void smf_sink_align(struct sink *sink, uint64_t alignment) { smf_sink_fill(sink, 0, -sink->size & (alignment - 1)); }

uint64_t smf_emit_place(uint64_t *at, uint64_t size, uint32_t alignment)
{
    if (size == 0)
        return 0;
    /* A sum that wraps is noticed by the sink, which counts the same bytes; the offset is then never used. */
    const uint64_t offset = smf_align_up64(*at, alignment);
    *at = offset + size;
    return offset;
}

void smf_emit_section(struct sink *sink, const struct section_entry *entry, uint8_t stride)
{
    uint8_t at[SMF_T64_SIZE];
    memset(at, 0, sizeof at);
    at[SMF_T_TYPE] = entry->type;
    smf_put32(at + SMF_T_FLAGS, entry->flags);
    smf_put64(at + SMF_T_OFFSET, entry->offset);
    smf_put64(at + SMF_T_SIZE, entry->size);
    smf_put64(at + SMF_T_VIRTUAL_SIZE, entry->virtual_size);
    smf_put64(at + SMF_T_ALIGNMENT, entry->alignment);
    for (unsigned i = 0; i < SMF_SECTION_NAME_SIZE && entry->name[i] != '\0'; i++)
        at[SMF_T_NAME + i] = (uint8_t)entry->name[i];
    smf_put32(at + SMF_T64A_LINK, entry->link);
    smf_put32(at + SMF_T64A_SETTLED, entry->settled);
    smf_sink_put(sink, at, stride);
}

void smf_emit_symbol(struct sink *sink, const struct symbol_entry *entry, uint8_t stride)
{
    uint8_t at[SMF_S56_SIZE];
    memset(at, 0, sizeof at);
    smf_put32(at + SMF_S_NAME, entry->name);
    smf_put32(at + SMF_S_HASH, entry->hash);
    at[SMF_S_TYPE] = entry->type;
    at[SMF_S_BINDING] = entry->binding;
    at[SMF_S_VISIBILITY] = entry->visibility;
    at[SMF_S_FLAGS] = entry->flags;
    smf_put64(at + SMF_S_VALUE, entry->value);
    smf_put64(at + SMF_S_SIZE, entry->size);
    smf_put32(at + SMF_S_VERSION, entry->version);
    at[SMF_S56_PARAMETERS] = entry->template_parameters;
    smf_put16(at + SMF_S56_SECTION, entry->section);
    smf_put64(at + SMF_S56_TEMPLATE, entry->template_offset);
    smf_sink_put(sink, at, stride);
}

void smf_emit_relocation(struct sink *sink, const struct smf_write_relocation *relocation, uint64_t offset,
                         uint8_t type, uint16_t number)
{
    uint8_t at[SMF_RELOCATION_SIZE];
    memset(at, 0, sizeof at);
    smf_put64(at + SMF_R_OFFSET, offset);
    smf_put32(at + SMF_R_SYMBOL, relocation->symbol);
    at[SMF_R_TYPE] = type;
    smf_put16(at + SMF_R_NUMBER, number);
    smf_put64(at + SMF_R_ADDEND, (uint64_t)relocation->addend);
    smf_sink_put(sink, at, sizeof at);
}

void smf_emit_names(struct sink *sink, const struct smf_writer *writer)
{
    for (uint32_t i = 0; i < writer->symbol_count; i++) {
        const char *name = writer->storage.symbols[i].name;
        smf_sink_put(sink, name, text_length(name) + 1);
    }
}

/* Made longer until the module behind it is aligned: a line of text by blanks before its end, else by zeros. */
void smf_emit_stub(struct sink *sink, const struct emission *emission)
{
    const struct smf_write_header *header = &emission->writer->header;
    const uint8_t *stub = header->stub;
    const uint64_t size = header->stub_size, padding = -size & (emission->alignment - 1);
    if (size == 0)
        return;
    const bool line = stub[size - 1] == '\n';
    smf_sink_put(sink, stub, line ? size - 1 : size);
    smf_sink_fill(sink, line ? ' ' : 0, padding);
    if (line)
        smf_sink_put(sink, "\n", 1);
}

uint32_t smf_emit_group(const struct smf_writer *writer, uint32_t first)
{
    const struct smf_write_relocation *relocations = writer->storage.relocations;
    uint32_t count = 0;
    while (first + count < writer->relocation_count && relocations[first + count].section == relocations[first].section)
        count++;
    return count;
}
