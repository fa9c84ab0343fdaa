/* SPDX-License-Identifier: MIT */
/* writer.c - collecting a module, and writing it: check, count, compare with the buffer, write, hash. */
#include "emit/emit.h"
#include "smf/hash.h"

void smf_writer_start(struct smf_writer *writer, const struct smf_write_storage *storage)
{
    memset(writer, 0, sizeof *writer);
    writer->storage = *storage;
}

enum smf_status smf_writer_add_section(struct smf_writer *writer, const struct smf_write_section *section,
                                       uint32_t *index)
{
    if (writer->section_count >= writer->storage.section_capacity)
        return SMF_ERR_NO_SPACE;
    if (index != NULL)
        *index = writer->section_count;
    writer->storage.sections[writer->section_count++] = *section;
    return SMF_OK;
}

enum smf_status smf_writer_add_symbol(struct smf_writer *writer, const struct smf_write_symbol *symbol, uint32_t *index)
{
    if (writer->symbol_count >= writer->storage.symbol_capacity)
        return SMF_ERR_NO_SPACE;
    if (index != NULL)
        *index = writer->symbol_count;
    writer->storage.symbols[writer->symbol_count++] = *symbol;
    return SMF_OK;
}

enum smf_status smf_writer_add_relocation(struct smf_writer *writer, const struct smf_write_relocation *relocation)
{
    if (writer->relocation_count >= writer->storage.relocation_capacity)
        return SMF_ERR_NO_SPACE;
    writer->storage.relocations[writer->relocation_count++] = *relocation;
    return SMF_OK;
}

static void write_file(const struct emission *emission, enum smf_layout layout, struct sink *sink)
{
    if (layout == SMF_LAYOUT_P128)
        smf_canonical_write(emission, sink);
    else
        smf_older_write(emission, layout, sink);
}

/* module_hash: from the data to the end of the header, in which the field itself is still zero (SPEC, "Hashes"). */
static void put_hash(uint8_t *file, uint64_t size)
{
    uint8_t *header = file + size - SMF_P128_HEADER_SIZE;
    const uint32_t data = smf_get32(header + SMF_P128_DATA_OFFSET);
    smf_put64(header + SMF_P128_MODULE_HASH, smf_hash64(SMF_FNV64_BASIS, file + data, (size_t)size - data));
}

enum smf_status smf_writer_finish(const struct smf_writer *writer, enum smf_layout layout, uint8_t *buffer,
                                  size_t capacity, size_t *size, struct smf_diagnosis *why)
{
    struct smf_diagnosis own;
    struct emission emission = {.writer = writer, .why = why != NULL ? why : &own};
    struct sink count = {0};
    smf_fail_clear(emission.why);
    emission.why->stage = SMF_STAGE_WRITE;
    if (layout != SMF_LAYOUT_R72 && layout != SMF_LAYOUT_R96 && layout != SMF_LAYOUT_P128)
        return smf_fail(emission.why, SMF_DETAIL_WRITE_LAYOUT, 0, layout, SMF_LAYOUT_P128);
    enum smf_status status = smf_emit_check(&emission);
    if (status == SMF_OK)
        status = layout == SMF_LAYOUT_P128 ? smf_canonical_check(&emission) : smf_older_check(&emission, layout);
    if (status != SMF_OK)
        return status;
    write_file(&emission, layout, &count);
    if (count.too_large)
        return smf_fail(emission.why, SMF_DETAIL_WRITE_FILE_SIZE, 0, count.size, SIZE_MAX);
    *size = (size_t)count.size;
    if (buffer == NULL)
        return SMF_OK;
    if (count.size > capacity)
        return smf_fail(emission.why, SMF_DETAIL_WRITE_BUFFER, 0, count.size, capacity);
    struct sink sink = {.bytes = buffer};
    write_file(&emission, layout, &sink);
    if (layout == SMF_LAYOUT_P128 && !writer->header.no_hash)
        put_hash(buffer, sink.size);
    return SMF_OK;
}
