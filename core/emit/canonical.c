/* SPDX-License-Identifier: MIT */
/*
 * canonical.c - canonical SMF 1.1 (SPEC): [stub] payloads in table order,
 * section table, symbols, strings, padding to 8, header at the very end.
 * Reloc sections, one for each patched section, follow the caller's.
 */
#include "emit/emit.h"
#include "smf/hash.h"

static enum smf_status check_sections(struct emission *emission)
{
    const struct smf_writer *writer = emission->writer;
    for (uint32_t i = 0; i < writer->section_count; i++) {
        const struct smf_write_section *section = &writer->storage.sections[i];
        switch (section->type) {
        case SMF_SECTION_CODE:
        case SMF_SECTION_DATA:
        case SMF_SECTION_RODATA:
        case SMF_SECTION_BSS:
        case SMF_SECTION_NOTE:
        case SMF_SECTION_DEBUG:
        case SMF_SECTION_TEMPLATE_CODE:
        case SMF_SECTION_TEMPLATE_META:
        case SMF_SECTION_DRIVER_MANIFEST:
        case SMF_SECTION_LAUNCH_META:
        case SMF_SECTION_ASPECT_DIRECTORY:
            continue;
        default: /* tables are made by the writer; the others have no number in the P family */
            emission->why->index = i;
            return smf_fail(emission->why, SMF_DETAIL_WRITE_SECTION_TYPE, 0, section->type, 0);
        }
    }
    return SMF_OK;
}

/* Local, undefined, exported: the order of the table. */
static unsigned rank(const struct smf_write_symbol *symbol)
{
    if (symbol->section == SMF_INDEX_UNDEFINED)
        return 1;
    return symbol->binding == SMF_BINDING_LOCAL ? 0 : 2;
}

/* An import's value and size are its stub; there is none without a size (DESIGN D1). */
static enum smf_status check_stub(const struct emission *emission, const struct smf_write_symbol *symbol)
{
    const struct smf_writer *writer = emission->writer;
    const uint64_t code =
        emission->first_code != SMF_NO_SYMBOL ? contents_of(&writer->storage.sections[emission->first_code]) : 0;
    if (symbol->size == 0
            ? symbol->value == 0
            : smf_within(smf_word(offset_of(writer, symbol->value)), smf_word(symbol->size), smf_word(code)))
        return SMF_OK;
    return smf_fail(emission->why, SMF_DETAIL_WRITE_SYMBOL_VALUE, 0, symbol->value, code);
}

static enum smf_status check_symbols(struct emission *emission)
{
    const struct smf_writer *writer = emission->writer;
    unsigned last = 0;
    for (uint32_t i = 0; i < writer->symbol_count; i++) {
        const struct smf_write_symbol *symbol = &writer->storage.symbols[i];
        emission->why->index = i;
        if (rank(symbol) < last)
            return smf_fail(emission->why, SMF_DETAIL_WRITE_SYMBOL_ORDER, 0, rank(symbol), last);
        last = rank(symbol);
        const bool constant = symbol->section == SMF_INDEX_ABSOLUTE;
        if (constant ? symbol->type != SMF_SYMBOL_CONSTANT : symbol->type >= SMF_SYMBOL_CONSTANT)
            return smf_fail(emission->why, SMF_DETAIL_WRITE_SYMBOL_TYPE, 0, symbol->type, SMF_SYMBOL_CONSTANT);
        if (last != 1)
            continue;
        if (symbol->type > SMF_SYMBOL_DATA)
            return smf_fail(emission->why, SMF_DETAIL_WRITE_SYMBOL_TYPE, 0, symbol->type, SMF_SYMBOL_DATA);
        const enum smf_status status = check_stub(emission, symbol);
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}

/* Types 1, 2 and 5 stand for their psABI numbers on x86-64; everything else is written by number. */
static uint8_t written_type(const struct smf_writer *writer, const struct smf_write_relocation *relocation)
{
    const bool x86 = writer->header.arch == SMF_ARCH_X86_64;
    if (relocation->type != SMF_RELOCATION_PSABI) {
        const bool known = relocation->type == SMF_RELOCATION_ABS64 || relocation->type == SMF_RELOCATION_PC32 ||
                           relocation->type == SMF_RELOCATION_ABS32;
        return x86 && known ? relocation->type : SMF_RELOCATION_NONE;
    }
    if (x86 && relocation->number == 1) /* R_X86_64_64 */
        return SMF_RELOCATION_ABS64;
    if (x86 && relocation->number == 2) /* R_X86_64_PC32 */
        return SMF_RELOCATION_PC32;
    if (x86 && relocation->number == 10) /* R_X86_64_32 */
        return SMF_RELOCATION_ABS32;
    return SMF_RELOCATION_PSABI;
}

/* Code sections first, then the others, each in table order and once. */
static uint64_t group_key(const struct smf_writer *writer, uint32_t section)
{
    return (writer->storage.sections[section].type == SMF_SECTION_CODE ? 0 : (uint64_t)1 << 32) | section;
}

static enum smf_status check_relocations(struct emission *emission)
{
    const struct smf_writer *writer = emission->writer;
    const struct smf_write_relocation *relocations = writer->storage.relocations;
    for (uint32_t i = 0; i < writer->relocation_count; i++) {
        emission->why->index = i;
        const bool first = i == 0 || relocations[i].section != relocations[i - 1].section;
        if (i != 0 && first &&
            group_key(writer, relocations[i].section) < group_key(writer, relocations[i - 1].section))
            return smf_fail(emission->why, SMF_DETAIL_WRITE_GROUP_ORDER, 0, relocations[i].section,
                            relocations[i - 1].section);
        if (!first && relocations[i - 1].settled && !relocations[i].settled)
            return smf_fail(emission->why, SMF_DETAIL_WRITE_SETTLED_ORDER, 0, i, i - 1);
        if (written_type(writer, &relocations[i]) == SMF_RELOCATION_NONE)
            return smf_fail(emission->why, SMF_DETAIL_WRITE_RELOCATION_TYPE, 0, relocations[i].type,
                            SMF_RELOCATION_PSABI);
        emission->relocation_sections += first;
    }
    return SMF_OK;
}

enum smf_status smf_canonical_check(struct emission *emission)
{
    const struct smf_writer *writer = emission->writer;
    enum smf_status status = check_sections(emission);
    if (status == SMF_OK)
        status = check_symbols(emission);
    if (status == SMF_OK)
        status = check_relocations(emission);
    if (status != SMF_OK)
        return status;
    emission->why->index = 0;
    const uint32_t sections = writer->section_count + emission->relocation_sections;
    if (sections > SMF_SECTIONS_MAX)
        return smf_fail(emission->why, SMF_DETAIL_WRITE_SECTION_COUNT, 0, sections, SMF_SECTIONS_MAX);
    if (writer->header.stub_size > UINT32_MAX - SMF_ALIGNMENT_MAX)
        return smf_fail(emission->why, SMF_DETAIL_WRITE_STUB, 0, writer->header.stub_size,
                        UINT32_MAX - SMF_ALIGNMENT_MAX);
    return SMF_OK;
}

static void write_payloads(const struct emission *emission, struct sink *sink)
{
    const struct smf_writer *writer = emission->writer;
    const struct smf_write_relocation *relocations = writer->storage.relocations;
    for (uint32_t i = 0; i < writer->section_count; i++) {
        const struct smf_write_section *section = &writer->storage.sections[i];
        if (section->size == 0)
            continue;
        smf_sink_align(sink, alignment_of(section));
        smf_sink_put(sink, section->bytes, section->size);
    }
    if (writer->relocation_count != 0)
        smf_sink_align(sink, 8);
    for (uint32_t i = 0; i < writer->relocation_count; i++) {
        const uint8_t type = written_type(writer, &relocations[i]);
        const uint16_t number = type == SMF_RELOCATION_PSABI ? relocations[i].number : 0;
        smf_emit_relocation(sink, &relocations[i], relocations[i].offset, type, number);
    }
}

static void write_relocation_sections(const struct emission *emission, struct sink *sink, uint64_t at)
{
    const struct smf_writer *writer = emission->writer;
    for (uint32_t i = 0; i < writer->relocation_count;) {
        const uint32_t count = smf_emit_group(writer, i);
        struct section_entry entry = {.name = ".rel",
                                      .size = (uint64_t)count * SMF_RELOCATION_SIZE,
                                      .flags = SMF_SECTION_READ,
                                      .alignment = 8,
                                      .link = writer->storage.relocations[i].section + 1,
                                      .type = SMF_SECTION_RELOC};
        entry.virtual_size = entry.size;
        entry.offset = smf_emit_place(&at, entry.size, entry.alignment);
        for (const uint32_t end = i + count; i < end; i++)
            entry.settled += writer->storage.relocations[i].settled;
        smf_emit_section(sink, &entry, SMF_T64_SIZE);
    }
}

static void write_section_table(const struct emission *emission, struct sink *sink)
{
    const struct smf_writer *writer = emission->writer;
    uint64_t at = 0;
    for (uint32_t i = 0; i < writer->section_count; i++) {
        const struct smf_write_section *section = &writer->storage.sections[i];
        struct section_entry entry = {.name = section->name,
                                      .size = section->size,
                                      .virtual_size = memory_of(section),
                                      .flags = section->flags,
                                      .alignment = alignment_of(section),
                                      .type = (uint8_t)section->type};
        entry.offset = smf_emit_place(&at, entry.size, entry.alignment);
        smf_emit_section(sink, &entry, SMF_T64_SIZE);
    }
    write_relocation_sections(emission, sink, at);
}

static void write_symbols(const struct smf_writer *writer, struct sink *sink)
{
    uint32_t name = 1; /* the string table starts with a NUL */
    for (uint32_t i = 0; i < writer->symbol_count; i++) {
        const struct smf_write_symbol *symbol = &writer->storage.symbols[i];
        const struct symbol_entry entry = {.value = symbol->value,
                                           .size = symbol->size,
                                           .name = name,
                                           .hash = smf_hash_name(symbol->name),
                                           .version = 1,
                                           .section = (uint16_t)symbol->section,
                                           .type = (uint8_t)symbol->type,
                                           .binding = (uint8_t)symbol->binding,
                                           .visibility = 1,
                                           .flags = (uint8_t)symbol->flags,
                                           .template_offset = symbol->template_offset,
                                           .template_parameters = symbol->template_parameters};
        smf_emit_symbol(sink, &entry, SMF_S56_SIZE);
        name += (uint32_t)text_length(symbol->name) + 1;
    }
}

/* Offsets in the header count from the end of the stub. */
static void write_header(const struct emission *emission, struct sink *sink, uint64_t base, uint64_t section_table,
                         uint64_t symbol_table)
{
    const struct smf_writer *writer = emission->writer;
    const struct smf_write_header *header = &writer->header;
    uint8_t at[SMF_P128_HEADER_SIZE];
    uint32_t flags = header->flags | SMF_FLAG_CANONICAL | (base != 0 ? SMF_FLAG_HAS_STUB : 0u);
    for (uint32_t i = 0; i < writer->section_count; i++)
        if (same_text(writer->storage.sections[i].name, SMF_NOTE_SDN))
            flags |= SMF_FLAG_NOTE_SDN;
    memset(at, 0, sizeof at);
    smf_put32(at + SMF_H_MAGIC, SMF_MAGIC);
    at[SMF_H_MAJOR] = SMF_FORMAT_MAJOR;
    at[SMF_H_MINOR] = SMF_FORMAT_MINOR;
    at[SMF_H_PLATFORM] = (uint8_t)header->platform;
    at[SMF_H_ARCH] = (uint8_t)header->arch;
    smf_put32(at + SMF_H_FLAGS, flags);
    at[SMF_P128_COMPRESSION] = header->compression;
    at[SMF_P128_COMPRESSION + 1] = header->level;
    smf_put32(at + SMF_P128_SECTION_COUNT, writer->section_count + emission->relocation_sections);
    smf_put64(at + SMF_P128_SECTION_TABLE, section_table - base);
    smf_put64(at + SMF_P128_SYMBOL_TABLE, symbol_table - base);
    smf_put32(at + SMF_P128_SYMBOL_COUNT, writer->symbol_count);
    smf_put32(at + SMF_P128_EXPORTED_COUNT, emission->exported_count);
    smf_put64(at + SMF_P128_ENTRY_POINT, header->entry_point);
    smf_put32(at + SMF_P128_STUB_SIZE, (uint32_t)base);
    smf_put32(at + SMF_P128_DATA_OFFSET, (uint32_t)base);
    smf_put64(at + SMF_P128_SOURCE_HASH, header->source_hash);
    memcpy(at + SMF_P128_OPTIONS, header->options, sizeof header->options);
    smf_put32(at + SMF_P128_ABI, header->abi);
    smf_put32(at + SMF_P128_CPU, header->cpu);
    smf_sink_put(sink, at, sizeof at);
}

void smf_canonical_write(const struct emission *emission, struct sink *sink)
{
    smf_emit_stub(sink, emission);
    const uint64_t base = sink->size;
    write_payloads(emission, sink);
    smf_sink_align(sink, 8);
    const uint64_t section_table = sink->size;
    write_section_table(emission, sink);
    const uint64_t symbol_table = sink->size;
    write_symbols(emission->writer, sink);
    smf_sink_fill(sink, 0, 1);
    smf_emit_names(sink, emission->writer);
    smf_sink_align(sink, 8);
    write_header(emission, sink, base, section_table, symbol_table);
}
