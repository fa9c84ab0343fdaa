/* SPDX-License-Identifier: MIT */
/*
 * check.c - what every layout asks of a module before a byte is written. The
 * caller's records are data of a tool, not of a file, but a mistake in them
 * must not become a file that no reader takes.
 */
#include "emit/emit.h"

static enum smf_status check_header(struct emission *emission)
{
    const struct smf_write_header *header = &emission->writer->header;
    const uint32_t known =
        SMF_FLAG_EXECUTABLE | SMF_FLAG_RELOADABLE | SMF_FLAG_DEBUG_INFO | SMF_FLAG_PIC | SMF_FLAG_PRELINKED;
    if (header->platform > SMF_PLATFORM_NONE)
        return smf_fail(emission->why, SMF_DETAIL_WRITE_PLATFORM, 0, header->platform, SMF_PLATFORM_NONE);
    if (header->arch > SMF_ARCH_WASM64)
        return smf_fail(emission->why, SMF_DETAIL_WRITE_ARCH, 0, header->arch, SMF_ARCH_WASM64);
    if (header->compression > SMF_COMPRESSION_LZ4)
        return smf_fail(emission->why, SMF_DETAIL_WRITE_COMPRESSION, 0, header->compression, SMF_COMPRESSION_LZ4);
    if ((header->flags & ~known) != 0)
        return smf_fail(emission->why, SMF_DETAIL_WRITE_FLAGS, 0, header->flags, known);
    if (header->stub_size != 0 && header->stub == NULL)
        return smf_fail(emission->why, SMF_DETAIL_WRITE_BYTES, 0, header->stub_size, 0);
    return SMF_OK;
}

/* The length of a section name of 1 to 16 printable characters, else 0. */
static unsigned name_length(const char *name)
{
    unsigned length = 0;
    for (; name != NULL && name[length] != '\0'; length++)
        if (length == SMF_SECTION_NAME_SIZE || name[length] < ' ' || name[length] > '~')
            return 0;
    return length;
}

/* W^X, and writable only what is data: what readers demand of the flags of a type. */
static bool flags_fit(const struct smf_write_section *section)
{
    const uint32_t flags = section->flags & ~SMF_SECTION_COMPRESSED;
    switch (section->type) {
    case SMF_SECTION_CODE:
        return flags == (SMF_SECTION_READ | SMF_SECTION_EXEC);
    case SMF_SECTION_DATA:
    case SMF_SECTION_BSS:
        return flags == (SMF_SECTION_READ | SMF_SECTION_WRITE);
    case SMF_SECTION_RODATA:
        return flags == SMF_SECTION_READ;
    default:
        return (flags & ~SMF_SECTION_READ) == 0;
    }
}

/* [T15]: a method for all of them, contents that a loader or a debugger reads, and both sizes. */
static enum smf_status check_compressed(struct emission *emission, const struct smf_write_section *section)
{
    const uint8_t method = emission->writer->header.compression;
    if (method == SMF_COMPRESSION_NONE ||
        (section->type != SMF_SECTION_DEBUG && (!is_loaded(section) || section->type == SMF_SECTION_BSS)))
        return smf_fail(emission->why, SMF_DETAIL_WRITE_COMPRESSED, 0, method, 0);
    if (section->size == 0 || section->virtual_size == 0)
        return smf_fail(emission->why, SMF_DETAIL_WRITE_SIZE, 0, section->virtual_size, section->size);
    return SMF_OK;
}

static enum smf_status check_section(struct emission *emission, uint32_t index)
{
    const struct smf_write_section *section = &emission->writer->storage.sections[index];
    struct smf_diagnosis *why = emission->why;
    const unsigned length = name_length(section->name);
    why->index = index;
    if (length == 0)
        return smf_fail(why, SMF_DETAIL_WRITE_SECTION_NAME, 0, 0, SMF_SECTION_NAME_SIZE);
    smf_fail_name(why, section->name, length);
    const enum smf_status packed = is_compressed(section) ? check_compressed(emission, section) : SMF_OK;
    if (packed != SMF_OK)
        return packed;
    if (!flags_fit(section))
        return smf_fail(why, SMF_DETAIL_WRITE_SECTION_FLAGS, 0, section->flags, section->type);
    const uint32_t alignment = alignment_of(section);
    if ((alignment & (alignment - 1)) != 0 || alignment > SMF_ALIGNMENT_MAX)
        return smf_fail(why, SMF_DETAIL_WRITE_ALIGNMENT, 0, alignment, SMF_ALIGNMENT_MAX);
    if (section->type == SMF_SECTION_BSS && (section->size != 0 || section->bytes != NULL))
        return smf_fail(why, SMF_DETAIL_WRITE_BSS, 0, section->size, 0);
    if (memory_of(section) < section->size && !is_compressed(section))
        return smf_fail(why, SMF_DETAIL_WRITE_SIZE, 0, section->virtual_size, section->size);
    if (section->size != 0 && section->bytes == NULL)
        return smf_fail(why, SMF_DETAIL_WRITE_BYTES, 0, section->size, 0);
    /* Without memory, pairs are all there is; modules have a dozen sections, for a merging linker made them. */
    for (uint32_t i = 0; i < index; i++)
        if (same_text(emission->writer->storage.sections[i].name, section->name))
            return smf_fail(why, SMF_DETAIL_WRITE_SECTION_TWICE, 0, index, i);
    if (section->type == SMF_SECTION_CODE && emission->first_code == SMF_NO_SYMBOL)
        emission->first_code = index;
    if (alignment > emission->alignment)
        emission->alignment = alignment;
    why->name[0] = '\0';
    return SMF_OK;
}

static enum smf_status check_entry(struct emission *emission)
{
    const struct smf_writer *writer = emission->writer;
    const uint64_t entry = writer->header.entry_point;
    const bool executable = (writer->header.flags & SMF_FLAG_EXECUTABLE) != 0;
    const uint64_t code =
        emission->first_code != SMF_NO_SYMBOL ? memory_of(&writer->storage.sections[emission->first_code]) : 0;
    if (executable ? offset_of(writer, entry) >= code : entry != 0)
        return smf_fail(emission->why, SMF_DETAIL_WRITE_ENTRY, 0, entry, executable ? code : 0);
    return SMF_OK;
}

static enum smf_status check_name(struct emission *emission, const char *name)
{
    size_t length = 0;
    while (name != NULL && name[length] != '\0' && length <= SMF_NAME_MAX)
        length++;
    if (length == 0)
        return smf_fail(emission->why, SMF_DETAIL_WRITE_SYMBOL_NAME, 0, 0, 1);
    smf_fail_name(emission->why, name, length);
    if (length > SMF_NAME_MAX)
        return smf_fail(emission->why, SMF_DETAIL_WRITE_NAME_LENGTH, 0, length, SMF_NAME_MAX);
    if (length + 2 > UINT32_MAX - emission->string_size)
        return smf_fail(emission->why, SMF_DETAIL_WRITE_STRINGS, 0, length, UINT32_MAX);
    emission->string_size += (uint32_t)length + 1;
    return SMF_OK;
}

static enum smf_status check_symbol(struct emission *emission, uint32_t index)
{
    const struct smf_writer *writer = emission->writer;
    const struct smf_write_symbol *symbol = &writer->storage.symbols[index];
    struct smf_diagnosis *why = emission->why;
    why->index = index;
    const enum smf_status status = check_name(emission, symbol->name);
    if (status != SMF_OK)
        return status;
    const bool undefined = symbol->section == SMF_INDEX_UNDEFINED;
    const uint32_t flags = SMF_SYMBOL_FLAG_BY_STUB | 0x3Fu;
    if (!undefined && symbol->section != SMF_INDEX_ABSOLUTE && symbol->section >= writer->section_count)
        return smf_fail(why, SMF_DETAIL_WRITE_SYMBOL_SECTION, 0, symbol->section, writer->section_count);
    if (symbol->binding > SMF_BINDING_WEAK || (undefined && symbol->binding == SMF_BINDING_LOCAL))
        return smf_fail(why, SMF_DETAIL_WRITE_BINDING, 0, symbol->binding, SMF_BINDING_WEAK);
    const bool template = (symbol->flags & SMF_SYMBOL_FLAG_TEMPLATE) != 0;
    if ((symbol->flags & ~flags) != 0 || (!undefined && (symbol->flags & SMF_SYMBOL_FLAG_BY_STUB) != 0) ||
        (!template && (symbol->template_offset | symbol->template_parameters) != 0))
        return smf_fail(why, SMF_DETAIL_WRITE_SYMBOL_FLAGS, 0, symbol->flags, flags);
    if (symbol->section < writer->section_count) {
        const uint64_t size = memory_of(&writer->storage.sections[symbol->section]);
        if (offset_of(writer, symbol->value) > size)
            return smf_fail(why, SMF_DETAIL_WRITE_SYMBOL_VALUE, 0, symbol->value, size);
    }
    emission->undefined_count += undefined;
    emission->exported_count += !undefined && symbol->binding != SMF_BINDING_LOCAL;
    why->name[0] = '\0';
    return SMF_OK;
}

static enum smf_status check_relocation(struct emission *emission, uint32_t index)
{
    const struct smf_writer *writer = emission->writer;
    const struct smf_write_relocation *relocation = &writer->storage.relocations[index];
    struct smf_diagnosis *why = emission->why;
    why->index = index;
    if (relocation->section >= writer->section_count)
        return smf_fail(why, SMF_DETAIL_WRITE_PATCHED, 0, relocation->section, writer->section_count);
    const struct smf_write_section *section = &writer->storage.sections[relocation->section];
    if (section->type != SMF_SECTION_CODE && section->type != SMF_SECTION_DATA && section->type != SMF_SECTION_RODATA &&
        section->type != SMF_SECTION_DEBUG)
        return smf_fail(why, SMF_DETAIL_WRITE_PATCHED, 0, relocation->section, section->type);
    if (relocation->offset >= contents_of(section))
        return smf_fail(why, SMF_DETAIL_WRITE_PLACE, 0, relocation->offset, contents_of(section));
    if (relocation->symbol >= writer->symbol_count && relocation->symbol != SMF_NO_SYMBOL)
        return smf_fail(why, SMF_DETAIL_WRITE_NAMED, 0, relocation->symbol, writer->symbol_count);
    if (relocation->type != SMF_RELOCATION_PSABI && relocation->number != 0)
        return smf_fail(why, SMF_DETAIL_WRITE_NUMBER, 0, relocation->number, 0);
    return SMF_OK;
}

enum smf_status smf_emit_check(struct emission *emission)
{
    const struct smf_writer *writer = emission->writer;
    emission->first_code = SMF_NO_SYMBOL;
    emission->alignment = 16;
    enum smf_status status = check_header(emission);
    if (status == SMF_OK && (writer->section_count == 0 || writer->section_count > SMF_SECTIONS_MAX))
        status = smf_fail(emission->why, SMF_DETAIL_WRITE_SECTION_COUNT, 0, writer->section_count, SMF_SECTIONS_MAX);
    for (uint32_t i = 0; i < writer->section_count && status == SMF_OK; i++)
        status = check_section(emission, i);
    if (status == SMF_OK)
        status = check_entry(emission);
    for (uint32_t i = 0; i < writer->symbol_count && status == SMF_OK; i++)
        status = check_symbol(emission, i);
    for (uint32_t i = 0; i < writer->relocation_count && status == SMF_OK; i++)
        status = check_relocation(emission, i);
    if (status == SMF_OK)
        emission->why->index = 0;
    return status;
}
