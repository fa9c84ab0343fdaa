/* SPDX-License-Identifier: MIT */
/*
 * older.c - R72/T56/S40 and R96/T56/S56 for tools that read only those: header
 * first (R96 behind a stub: last), section table, payloads, symbols, strings.
 * As in the files that exist, payloads are not aligned and the string table
 * has no leading NUL. Offsets of symbols, relocations and the entry point
 * count from the start of all Code sections, packed.
 *
 * Undefined and "defined at 0, size 0" look the same in these layouts unless
 * some symbol has visibility 1, which then marks definitions (SPEC, "Undefined
 * symbols"): so definitions get it as soon as there are imports.
 */
#include "emit/emit.h"
#include "smf/hash.h"

/* Where section `index` starts among the packed Code sections. */
static uint64_t code_start(const struct smf_writer *writer, uint32_t index)
{
    uint64_t start = 0;
    for (uint32_t i = 0; i < index; i++)
        if (writer->storage.sections[i].type == SMF_SECTION_CODE)
            start += memory_of(&writer->storage.sections[i]);
    return start;
}

/* The R family's number of a section type; 0: it has none, or the writer makes this table itself. */
static uint8_t type_in_file(const struct smf_write_section *section)
{
    switch (section->type) {
    case SMF_SECTION_TYPEINFO:
        return 9;
    case SMF_SECTION_RELOC:
    case SMF_SECTION_STRTAB:
    case SMF_SECTION_SYMTAB:
    case SMF_SECTION_NOTE:
        return 0;
    default:
        return section->type <= SMF_SECTION_ASPECT_DIRECTORY ? (uint8_t)section->type : 0;
    }
}

static enum smf_status check_sections(struct emission *emission)
{
    const struct smf_writer *writer = emission->writer;
    uint64_t code = 0;
    for (uint32_t i = 0; i < writer->section_count; i++) {
        const struct smf_write_section *section = &writer->storage.sections[i];
        emission->why->index = i;
        if (is_compressed(section)) /* R96 has the number, and no reader of it the methods */
            return smf_fail(emission->why, SMF_DETAIL_WRITE_COMPRESSED, 0, writer->header.compression, 0);
        if (type_in_file(section) == 0)
            return smf_fail(emission->why, SMF_DETAIL_WRITE_SECTION_TYPE, 0, section->type, 0);
        if (section->type != SMF_SECTION_CODE)
            continue;
        if ((code & (alignment_of(section) - 1)) != 0) /* readers pack code without gaps */
            return smf_fail(emission->why, SMF_DETAIL_WRITE_OLD_PACKING, 0, code, alignment_of(section));
        if (memory_of(section) > UINT64_MAX - code)
            return smf_fail(emission->why, SMF_DETAIL_WRITE_FILE_SIZE, 0, memory_of(section), UINT64_MAX);
        code += memory_of(section);
    }
    return SMF_OK;
}

/* `__smf_section_N`: Local, None, at the start of the section, as large as it. Readers count them: the k-th one means
 * the k-th Code, Data, RoData or Bss section, which `*next` is. */
static bool names_section(const struct smf_writer *writer, const struct smf_write_symbol *symbol, uint32_t *next)
{
    static const char prefix[] = "__smf_section_";
    const struct smf_write_section *sections = writer->storage.sections;
    unsigned at = 0;
    while (prefix[at] != '\0' && symbol->name[at] == prefix[at])
        at++;
    if (prefix[at] != '\0' || symbol->binding != SMF_BINDING_LOCAL || symbol->value != 0)
        return false;
    while (*next < writer->section_count && !is_loaded(&sections[*next]))
        ++*next;
    return symbol->section == (*next)++ && symbol->size == memory_of(&sections[symbol->section]);
}

static enum smf_status check_symbols(struct emission *emission)
{
    const struct smf_writer *writer = emission->writer;
    uint32_t next = 0;
    for (uint32_t i = 0; i < writer->symbol_count; i++) {
        const struct smf_write_symbol *symbol = &writer->storage.symbols[i];
        const bool undefined = symbol->section == SMF_INDEX_UNDEFINED;
        struct smf_diagnosis *why = emission->why;
        why->index = i;
        if (symbol->type > SMF_SYMBOL_NONE)
            return smf_fail(why, SMF_DETAIL_WRITE_SYMBOL_TYPE, 0, symbol->type, SMF_SYMBOL_NONE);
        if ((symbol->flags & SMF_SYMBOL_FLAG_BY_STUB) != 0 || (undefined && (symbol->value | symbol->size) != 0))
            return smf_fail(why, SMF_DETAIL_WRITE_OLD_STUB, 0, symbol->value, 0);
        if (undefined)
            continue;
        const bool template = (symbol->template_offset | symbol->template_parameters) != 0;
        if (template || (symbol->type == SMF_SYMBOL_NONE
                             ? !names_section(writer, symbol, &next)
                             : symbol->section == SMF_INDEX_ABSOLUTE ||
                                   writer->storage.sections[symbol->section].type != SMF_SECTION_CODE)) {
            smf_fail_name(why, symbol->name, text_length(symbol->name));
            return smf_fail(why, SMF_DETAIL_WRITE_OLD_SYMBOL, 0, symbol->section, 0);
        }
    }
    return SMF_OK;
}

static enum smf_status check_relocations(struct emission *emission)
{
    const struct smf_writer *writer = emission->writer;
    const unsigned last =
        writer->header.arch == SMF_ARCH_AARCH64 ? SMF_RELOCATION_GOT_PAGEOFF12 : SMF_RELOCATION_GOTPCREL;
    for (uint32_t i = 0; i < writer->relocation_count; i++) {
        const struct smf_write_relocation *relocation = &writer->storage.relocations[i];
        struct smf_diagnosis *why = emission->why;
        why->index = i;
        if (writer->storage.sections[relocation->section].type != SMF_SECTION_CODE)
            return smf_fail(why, SMF_DETAIL_WRITE_OLD_PATCHED, 0, relocation->section, 0);
        if (relocation->settled)
            return smf_fail(why, SMF_DETAIL_WRITE_OLD_SETTLED, 0, i, 0);
        if (relocation->type == SMF_RELOCATION_NONE || relocation->type > last)
            return smf_fail(why, SMF_DETAIL_WRITE_OLD_RELOCATION, 0, relocation->type, last);
        if (relocation->symbol == SMF_NO_SYMBOL)
            return smf_fail(why, SMF_DETAIL_WRITE_NAMED, 0, relocation->symbol, writer->symbol_count);
    }
    emission->relocation_sections = writer->relocation_count != 0;
    return SMF_OK;
}

enum smf_status smf_older_check(struct emission *emission, enum smf_layout layout)
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
    const size_t stub = writer->header.stub_size, most = UINT32_MAX - SMF_ALIGNMENT_MAX;
    if (stub > (layout == SMF_LAYOUT_R96 ? most : 0))
        return smf_fail(emission->why, SMF_DETAIL_WRITE_STUB, 0, stub, layout == SMF_LAYOUT_R96 ? most : 0);
    return SMF_OK;
}

/* Payloads follow the section table without gaps; `at` is where they start. */
static void write_section_table(const struct emission *emission, struct sink *sink, uint64_t at)
{
    const struct smf_writer *writer = emission->writer;
    for (uint32_t i = 0; i < writer->section_count; i++) {
        const struct smf_write_section *section = &writer->storage.sections[i];
        struct section_entry entry = {.name = section->name,
                                      .size = section->size,
                                      .virtual_size = memory_of(section),
                                      .flags = section->flags,
                                      .alignment = alignment_of(section),
                                      .type = type_in_file(section)};
        entry.offset = smf_emit_place(&at, entry.size, 1);
        smf_emit_section(sink, &entry, SMF_T56_SIZE);
    }
    if (emission->relocation_sections != 0) {
        struct section_entry entry = {.name = ".rela",
                                      .size = (uint64_t)writer->relocation_count * SMF_RELOCATION_SIZE,
                                      .flags = SMF_SECTION_READ,
                                      .alignment = 8,
                                      .type = SMF_SECTION_RELOC};
        entry.virtual_size = entry.size;
        entry.offset = smf_emit_place(&at, entry.size, 1);
        smf_emit_section(sink, &entry, SMF_T56_SIZE);
    }
}

static void write_payloads(const struct smf_writer *writer, struct sink *sink)
{
    const struct smf_write_relocation *relocations = writer->storage.relocations;
    uint64_t start = 0;
    for (uint32_t i = 0; i < writer->section_count; i++)
        smf_sink_put(sink, writer->storage.sections[i].bytes, writer->storage.sections[i].size);
    for (uint32_t i = 0; i < writer->relocation_count; i++) {
        if (i == 0 || relocations[i].section != relocations[i - 1].section)
            start = code_start(writer, relocations[i].section);
        smf_emit_relocation(sink, &relocations[i], start + relocations[i].offset, relocations[i].type, 0);
    }
}

static void write_symbols(const struct emission *emission, struct sink *sink, uint8_t stride)
{
    const struct smf_writer *writer = emission->writer;
    uint64_t start = 0;
    uint32_t name = 0, last = SMF_NO_SYMBOL;
    for (uint32_t i = 0; i < writer->symbol_count; i++) {
        const struct smf_write_symbol *symbol = &writer->storage.symbols[i];
        const bool defined = symbol->section != SMF_INDEX_UNDEFINED;
        if (symbol->section != last) {
            const bool code = defined && writer->storage.sections[symbol->section].type == SMF_SECTION_CODE;
            start = code ? code_start(writer, symbol->section) : 0;
            last = symbol->section;
        }
        const struct symbol_entry entry = {.value = start + symbol->value,
                                           .size = symbol->size,
                                           .name = name,
                                           .hash = smf_hash_name(symbol->name),
                                           .type = (uint8_t)(symbol->type == SMF_SYMBOL_NONE ? 0 : symbol->type + 1),
                                           .binding = (uint8_t)symbol->binding,
                                           .visibility = defined && emission->undefined_count != 0,
                                           .flags = (uint8_t)symbol->flags};
        smf_emit_symbol(sink, &entry, stride);
        name += (uint32_t)text_length(symbol->name) + 1;
    }
}

/* Offsets in the header count from the end of the stub. */
struct tables {
    uint64_t base, sections, symbols;
};

static void write_header(const struct emission *emission, enum smf_layout layout, struct sink *sink,
                         const struct tables *tables)
{
    const struct smf_writer *writer = emission->writer;
    const bool r96 = layout == SMF_LAYOUT_R96;
    uint8_t at[SMF_R96_HEADER_SIZE];
    memset(at, 0, sizeof at);
    smf_put32(at + SMF_H_MAGIC, SMF_MAGIC);
    at[SMF_H_MINOR] = 1; /* 0.1, as these files say it */
    at[SMF_H_PLATFORM] = (uint8_t)writer->header.platform;
    at[SMF_H_ARCH] = (uint8_t)writer->header.arch;
    smf_put32(at + SMF_H_FLAGS, writer->header.flags | (tables->base != 0 ? SMF_FLAG_HAS_STUB : 0u));
    smf_put32(at + (r96 ? SMF_R96_SECTION_COUNT : SMF_R72_SECTION_COUNT),
              writer->section_count + emission->relocation_sections);
    smf_put64(at + (r96 ? SMF_R96_SECTION_TABLE : SMF_R72_SECTION_TABLE), tables->sections);
    smf_put64(at + (r96 ? SMF_R96_SYMBOL_TABLE : SMF_R72_SYMBOL_TABLE), tables->symbols);
    smf_put32(at + (r96 ? SMF_R96_SYMBOL_COUNT : SMF_R72_SYMBOL_COUNT), writer->symbol_count);
    smf_put32(at + (r96 ? SMF_R96_EXPORTED_COUNT : SMF_R72_EXPORTED_COUNT), emission->exported_count);
    smf_put64(at + (r96 ? SMF_R96_ENTRY_POINT : SMF_R72_ENTRY_POINT), writer->header.entry_point);
    smf_put64(at + (r96 ? SMF_R96_SOURCE_HASH : SMF_R72_SOURCE_HASH), writer->header.source_hash);
    if (r96) {
        smf_put32(at + SMF_R96_STUB_SIZE, (uint32_t)tables->base);
        smf_put32(at + SMF_R96_DATA_OFFSET, (uint32_t)tables->base);
    }
    smf_sink_put(sink, at, r96 ? SMF_R96_HEADER_SIZE : SMF_R72_HEADER_SIZE);
}

void smf_older_write(const struct emission *emission, enum smf_layout layout, struct sink *sink)
{
    const struct smf_writer *writer = emission->writer;
    const uint8_t stride = layout == SMF_LAYOUT_R96 ? SMF_S56_SIZE : SMF_S40_SIZE;
    smf_emit_stub(sink, emission);
    struct tables tables = {.base = sink->size};
    if (tables.base == 0)
        tables.sections = layout == SMF_LAYOUT_R96 ? SMF_R96_HEADER_SIZE : SMF_R72_HEADER_SIZE;
    const uint64_t payloads =
        tables.sections + (uint64_t)(writer->section_count + emission->relocation_sections) * SMF_T56_SIZE;
    tables.symbols = payloads + (uint64_t)writer->relocation_count * SMF_RELOCATION_SIZE;
    for (uint32_t i = 0; i < writer->section_count; i++)
        tables.symbols += writer->storage.sections[i].size;
    if (tables.base == 0)
        write_header(emission, layout, sink, &tables);
    write_section_table(emission, sink, payloads);
    write_payloads(writer, sink);
    write_symbols(emission, sink, stride);
    smf_emit_names(sink, writer);
    if (tables.base != 0)
        write_header(emission, layout, sink, &tables);
}
