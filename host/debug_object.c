/* SPDX-License-Identifier: MIT */
/*
 * debug_object.c - an ELF file of a module that has no OUT.elf, for gdb: its sections where they lie, without their
 * bytes; its exports and stubs as symbols; and .eh_frame as it is in memory, by which gdb unwinds code without frame
 * pointers. Header, section headers, .eh_frame, .symtab, .strtab, .shstrtab, in this order.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "debug.h"

enum { TABLES = 3 }; /* .symtab, .strtab, .shstrtab */

struct writer {
    const struct smf_image *image;
    const uint64_t *addresses;
    struct smf_debug_symbols symbols;
    uint16_t *index; /* ELF index of a section of the image; 0: none */
    uint16_t count;  /* of ELF sections, the empty first one included */
    const uint8_t *frames;
    uint64_t frames_size;
    size_t strings, names; /* sizes */
    uint8_t *bytes;
};

static bool in_memory(const struct writer *writer, uint32_t section)
{
    return writer->addresses[section] != SMF_DEBUG_NOWHERE && writer->image->sections[section].virtual_size != 0;
}

/* The module's own copy of .eh_frame, which is relocated. */
static void find_frames(struct writer *writer, const struct smf_module *module)
{
    size_t count;
    const struct smf_region *regions = smf_module_regions(module, &count);
    const uint32_t frames = smf_image_find_section(writer->image, ".eh_frame");
    if (frames == SMF_NO_SYMBOL || !in_memory(writer, frames))
        return;
    const uint64_t size = writer->image->sections[frames].virtual_size;
    for (size_t i = 0; i < count; i++) {
        const uint64_t inside = writer->addresses[frames] - regions[i].address;
        if (inside < regions[i].size && size <= regions[i].size - inside) {
            writer->frames = regions[i].bytes + inside;
            writer->frames_size = size;
        }
    }
}

static bool measure(struct writer *writer)
{
    writer->count = 1;
    writer->names = sizeof "\0.symtab\0.strtab\0.shstrtab"; /* the last NUL, too */
    writer->strings = 1;
    writer->index = calloc((size_t)writer->image->header.section_count + 1, sizeof *writer->index);
    if (writer->index == NULL)
        return false;
    for (uint32_t i = 0; i < writer->image->header.section_count; i++)
        if (in_memory(writer, i) && writer->count < SHN_LORESERVE - TABLES - 1) {
            writer->index[i] = writer->count++;
            writer->names += strlen(writer->image->sections[i].name) + 1;
        }
    for (size_t i = 0; i < writer->symbols.count; i++)
        writer->strings += strlen(writer->symbols.list[i].name) + 1;
    return true;
}

static void put_header(struct writer *writer)
{
    Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_EXEC,
        .e_version = EV_CURRENT,
        .e_shoff = sizeof header,
        .e_ehsize = sizeof header,
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = (Elf64_Half)(writer->count + TABLES),
        .e_shstrndx = (Elf64_Half)(writer->count + TABLES - 1)
    };
#if defined(__x86_64__)
    header.e_machine = EM_X86_64;
#elif defined(__aarch64__)
    header.e_machine = EM_AARCH64;
#else
    header.e_machine = EM_RISCV;
    header.e_flags = writer->image->header.abi; /* the same bits (SPEC, "abi") */
#endif
    memcpy(writer->bytes, &header, sizeof header);
}

static void put_section(struct writer *writer, unsigned index, const Elf64_Shdr *header)
{
    memcpy(writer->bytes + sizeof(Elf64_Ehdr) + index * sizeof *header, header, sizeof *header);
}

/* A name into .shstrtab, of which `*used` bytes are written. */
static Elf64_Word put_name(struct writer *writer, const Elf64_Shdr *table, size_t *used, const char *name)
{
    const size_t at = *used, size = strlen(name) + 1;
    memcpy(writer->bytes + table->sh_offset + at, name, size);
    *used += size;
    return (Elf64_Word)at;
}

static void put_sections(struct writer *writer, const Elf64_Shdr *names, size_t *used)
{
    for (uint32_t i = 0; i < writer->image->header.section_count; i++) {
        const struct smf_section *section = &writer->image->sections[i];
        if (writer->index[i] == 0)
            continue;
        Elf64_Shdr header = {.sh_name = put_name(writer, names, used, section->name),
                             .sh_type = SHT_NOBITS,
                             .sh_flags = SHF_ALLOC | ((section->flags & SMF_SECTION_EXEC) != 0 ? SHF_EXECINSTR : 0u) |
                                         ((section->flags & SMF_SECTION_WRITE) != 0 ? SHF_WRITE : 0u),
                             .sh_addr = writer->addresses[i],
                             .sh_offset = sizeof(Elf64_Ehdr),
                             .sh_size = section->virtual_size,
                             .sh_addralign = section->alignment};
        if (writer->frames != NULL && strcmp(section->name, ".eh_frame") == 0) {
            header.sh_type = SHT_PROGBITS;
            header.sh_offset += (size_t)(writer->count + TABLES) * sizeof header;
            memcpy(writer->bytes + header.sh_offset, writer->frames, writer->frames_size);
        }
        put_section(writer, writer->index[i], &header);
    }
}

static void put_symbols(struct writer *writer, const Elf64_Shdr *table, const Elf64_Shdr *strings)
{
    size_t used = 1; /* the empty name; the first symbol stays zero */
    for (size_t i = 0; i < writer->symbols.count; i++) {
        const struct smf_debug_symbol *symbol = &writer->symbols.list[i];
        const size_t size = strlen(symbol->name) + 1;
        const Elf64_Sym written = {.st_name = (Elf64_Word)used,
                                   .st_info = ELF64_ST_INFO(STB_GLOBAL, symbol->function ? STT_FUNC : STT_OBJECT),
                                   .st_shndx = writer->index[symbol->section],
                                   .st_value = symbol->address,
                                   .st_size = symbol->size};
        memcpy(writer->bytes + strings->sh_offset + used, symbol->name, size);
        memcpy(writer->bytes + table->sh_offset + (i + 1) * sizeof written, &written, sizeof written);
        used += size;
    }
}

static enum smf_status write_object(struct writer *writer, struct debug_object *object)
{
    const unsigned count = writer->count;
    size_t used = 1;
    const uint64_t frames_end = sizeof(Elf64_Ehdr) + (count + TABLES) * sizeof(Elf64_Shdr) + writer->frames_size;
    Elf64_Shdr table = {.sh_type = SHT_SYMTAB,
                        .sh_offset = (frames_end + 7) & ~(uint64_t)7,
                        .sh_size = (writer->symbols.count + 1) * sizeof(Elf64_Sym),
                        .sh_link = count + 1,
                        .sh_info = 1,
                        .sh_addralign = 8,
                        .sh_entsize = sizeof(Elf64_Sym)};
    Elf64_Shdr strings = {.sh_type = SHT_STRTAB,
                          .sh_offset = table.sh_offset + table.sh_size,
                          .sh_size = writer->strings,
                          .sh_addralign = 1};
    Elf64_Shdr names = {.sh_type = SHT_STRTAB,
                        .sh_offset = strings.sh_offset + strings.sh_size,
                        .sh_size = writer->names,
                        .sh_addralign = 1};
    object->size = (size_t)(names.sh_offset + names.sh_size);
    object->bytes = writer->bytes = calloc(1, object->size);
    if (object->bytes == NULL)
        return SMF_ERR_NO_MEMORY;
    put_header(writer);
    put_sections(writer, &names, &used);
    put_symbols(writer, &table, &strings);
    table.sh_name = put_name(writer, &names, &used, ".symtab");
    strings.sh_name = put_name(writer, &names, &used, ".strtab");
    names.sh_name = put_name(writer, &names, &used, ".shstrtab");
    put_section(writer, count, &table);
    put_section(writer, count + 1, &strings);
    put_section(writer, count + 2, &names);
    return SMF_OK;
}

enum smf_status smf_debug_own_object(struct debug_object *object, struct debug_image *image,
                                     const struct smf_module *module)
{
    struct writer writer = {.image = &image->image, .addresses = image->addresses};
    enum smf_status status = smf_debug_symbols_read(&writer.symbols, &image->image, image->addresses, NULL);
    if (status == SMF_OK) {
        find_frames(&writer, module);
        status = measure(&writer) ? write_object(&writer, object) : SMF_ERR_NO_MEMORY;
    }
    free(writer.index);
    smf_debug_symbols_free(&writer.symbols);
    return status;
}
