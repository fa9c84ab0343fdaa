/* SPDX-License-Identifier: MIT */
/* notes.c - the payloads of note.module and note.deps (SPEC, "Notes"). Counted and, if there is room, written. */
#include "emit/emit.h"

static size_t bounded_length(const char *text, size_t room)
{
    size_t length = 0;
    while (length < room && text[length] != '\0')
        length++;
    return length;
}

/* A record of note.module: {u16 tag, u16 size, bytes, zeros to a multiple of 4}. */
static void put_record(struct sink *sink, uint16_t tag, const void *bytes, size_t size)
{
    uint8_t head[4];
    smf_put16(head, tag);
    smf_put16(head + 2, (uint16_t)size);
    smf_sink_put(sink, head, sizeof head);
    smf_sink_put(sink, bytes, size);
    smf_sink_align(sink, 4);
}

static void put_module(struct sink *sink, const struct smf_module_note *note)
{
    uint8_t bytes[6];
    put_record(sink, SMF_NOTE_TAG_NAME, note->name, bounded_length(note->name, sizeof note->name));
    for (size_t i = 0; i < 3; i++)
        smf_put16(bytes + 2 * i, note->version[i]);
    if ((note->version[0] | note->version[1] | note->version[2]) != 0)
        put_record(sink, SMF_NOTE_TAG_VERSION, bytes, 6);
    smf_put32(bytes, note->state_version);
    if (note->state_version != 0)
        put_record(sink, SMF_NOTE_TAG_STATE, bytes, 4);
    if (note->writer[0] != '\0')
        put_record(sink, SMF_NOTE_TAG_WRITER, note->writer, bounded_length(note->writer, sizeof note->writer));
}

size_t smf_note_module_write(const struct smf_module_note *note, uint8_t *buffer, size_t capacity)
{
    struct sink sink = {0};
    put_module(&sink, note);
    if (buffer != NULL && sink.size <= capacity) {
        sink = (struct sink){.bytes = buffer};
        put_module(&sink, note);
    }
    return (size_t)sink.size;
}

/* u32 count, then for each row {u32 length, name, u64 interface hash}, unaligned. */
static void put_dependencies(struct sink *sink, const struct smf_dependency *rows, uint32_t count)
{
    uint8_t number[8];
    smf_put32(number, count);
    smf_sink_put(sink, number, 4);
    for (uint32_t i = 0; i < count; i++) {
        const size_t length = bounded_length(rows[i].name, sizeof rows[i].name);
        smf_put32(number, (uint32_t)length);
        smf_sink_put(sink, number, 4);
        smf_sink_put(sink, rows[i].name, length);
        smf_put64(number, rows[i].interface_hash);
        smf_sink_put(sink, number, 8);
    }
}

size_t smf_note_dependencies_write(const struct smf_dependency *rows, uint32_t count, uint8_t *buffer, size_t capacity)
{
    struct sink sink = {0};
    put_dependencies(&sink, rows, count);
    if (buffer != NULL && sink.size <= capacity) {
        sink = (struct sink){.bytes = buffer};
        put_dependencies(&sink, rows, count);
    }
    return (size_t)sink.size;
}
