/* SPDX-License-Identifier: MIT */
/* debug_write.c - the relocatable ELF file that a debugger reads. */
#include "debug.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A table of names that grows. */
struct names {
    char *bytes;
    size_t size, capacity;
};

struct elf_file {
    struct build *build;
    Elf *elf;
    struct names sections, strings;
    GElf_Sym *symbols;
    size_t symbol_count, symbol_capacity;
    size_t local_count;
    Elf_Scn *table; /* symbol table */
};

static size_t add_name(struct build *build, struct names *names, const char *name)
{
    if (names->size == 0)
        PUSH(&build->pool, names->bytes, names->size, names->capacity) = '\0';
    const size_t offset = names->size;
    do
        PUSH(&build->pool, names->bytes, names->size, names->capacity) = *name;
    while (*name++ != '\0');
    return offset;
}

static Elf_Scn *add_section(struct elf_file *file, const GElf_Shdr *wanted, const char *name, void *bytes,
                            uint64_t size, Elf_Type type)
{
    Elf_Scn *section = elf_newscn(file->elf);
    Elf_Data *data = section == NULL ? NULL : elf_newdata(section);
    GElf_Shdr header;
    if (data == NULL || gelf_getshdr(section, &header) == NULL)
        return NULL;
    header.sh_name = (GElf_Word)add_name(file->build, &file->sections, name);
    header.sh_type = wanted->sh_type;
    header.sh_flags = wanted->sh_flags;
    header.sh_link = wanted->sh_link;
    header.sh_info = wanted->sh_info;
    header.sh_entsize = wanted->sh_entsize;
    header.sh_addralign = wanted->sh_addralign;
    *data = (Elf_Data){
        .d_buf = bytes, .d_type = type, .d_version = EV_CURRENT, .d_size = size, .d_align = wanted->sh_addralign};
    return gelf_update_shdr(section, &header) == 0 ? NULL : section;
}

/* A section of the module, or a joined debug section, and its symbol. */
static bool add_output(struct elf_file *file, struct output *output)
{
    const bool debug = output->type == SMF_SECTION_DEBUG;
    const GElf_Shdr header = {
        .sh_type = output->type == SMF_SECTION_BSS ? SHT_NOBITS : SHT_PROGBITS,
        .sh_flags = debug ? 0
                          : SHF_ALLOC | ((output->flags & SMF_SECTION_WRITE) != 0 ? (GElf_Xword)SHF_WRITE : 0) |
                                ((output->flags & SMF_SECTION_EXEC) != 0 ? (GElf_Xword)SHF_EXECINSTR : 0),
        .sh_addralign = output->alignment};
    Elf_Scn *section = add_section(file, &header, output->name, output->bytes, output->size, ELF_T_BYTE);
    if (section == NULL)
        return false;
    output->elf_index = (uint32_t)elf_ndxscn(section);
    output->elf_symbol = (uint32_t)file->symbol_count;
    PUSH(&file->build->pool, file->symbols, file->symbol_count, file->symbol_capacity) =
        (GElf_Sym){.st_info = GELF_ST_INFO(STB_LOCAL, STT_SECTION), .st_shndx = (GElf_Section)output->elf_index};
    return true;
}

static void add_symbol(struct elf_file *file, const struct symbol *symbol, unsigned binding)
{
    const struct output *output = symbol->section->output;
    PUSH(&file->build->pool, file->symbols, file->symbol_count, file->symbol_capacity) =
        (GElf_Sym){.st_name = (GElf_Word)add_name(file->build, &file->strings, symbol->name),
                   .st_info = (unsigned char)GELF_ST_INFO(binding, symbol->type),
                   .st_shndx = (GElf_Section)output->elf_index,
                   .st_value = symbol->section->offset + symbol->value,
                   .st_size = symbol->size};
}

static bool in_memory(const struct symbol *symbol)
{
    return symbol != NULL && symbol->place == PLACE_SECTION && symbol->section->taken &&
           symbol->section->output->size != 0;
}

/* What people look for, and Arm's and RISC-V's mapping symbols. Stubs are named after what they call. */
static void add_symbols(struct elf_file *file)
{
    struct build *build = file->build;
    for (size_t i = 0; i < build->object_count; i++)
        for (size_t k = 1; k < build->objects[i]->symbol_count; k++) {
            const struct symbol *symbol = &build->objects[i]->symbols[k];
            if (symbol->binding == STB_LOCAL && in_memory(symbol) &&
                (symbol->type == STT_FUNC || symbol->type == STT_OBJECT || symbol->name[0] == '$'))
                add_symbol(file, symbol, STB_LOCAL);
        }
    for (size_t i = 0; i < build->global_count; i++) {
        const struct symbol *stub = build->globals[i]->stub;
        if (stub != NULL) {
            struct symbol named = *stub;
            named.type = STT_FUNC;
            named.name = pool_text(&build->pool, "%s@plt", stub->name);
            add_symbol(file, &named, STB_LOCAL);
        }
    }
    file->local_count = file->symbol_count;
    for (size_t i = 0; i < build->global_count; i++) {
        const struct symbol *symbol = build->globals[i]->definition;
        if (in_memory(symbol) && symbol->global != NULL)
            add_symbol(file, symbol, symbol->binding == STB_WEAK ? STB_WEAK : STB_GLOBAL);
    }
}

static bool add_table(struct elf_file *file)
{
    struct build *build = file->build;
    const int class = gelf_getclass(file->elf);
    const GElf_Shdr names = {.sh_type = SHT_STRTAB, .sh_addralign = 1};
    add_name(build, &file->strings, "");
    Elf_Scn *strings = add_section(file, &names, ".strtab", file->strings.bytes, file->strings.size, ELF_T_BYTE);
    if (strings == NULL)
        return false;
    const size_t entry = gelf_fsize(file->elf, ELF_T_SYM, 1, EV_CURRENT);
    const GElf_Shdr header = {.sh_type = SHT_SYMTAB,
                              .sh_link = (GElf_Word)elf_ndxscn(strings),
                              .sh_info = (GElf_Word)file->local_count,
                              .sh_entsize = entry,
                              .sh_addralign = class == ELFCLASS64 ? 8 : 4};
    const size_t size = entry * file->symbol_count;
    file->table = add_section(file, &header, ".symtab", pool_take(&build->pool, size), size, ELF_T_SYM);
    Elf_Data *data = file->table == NULL ? NULL : elf_getdata(file->table, NULL);
    for (size_t i = 0; data != NULL && i < file->symbol_count; i++)
        if (gelf_update_sym(data, (int)i, &file->symbols[i]) == 0)
            return false;
    return data != NULL;
}

/* Records against sections only: what the debugger needs to know of memory. */
static bool add_relocations(struct elf_file *file, const struct output *output)
{
    struct build *build = file->build;
    size_t count = 0;
    for (size_t i = 0; i < output->record_count; i++)
        count += output->records[i]->target != NULL;
    if (count == 0)
        return true;
    const size_t entry = gelf_fsize(file->elf, ELF_T_RELA, 1, EV_CURRENT);
    const GElf_Shdr header = {.sh_type = SHT_RELA,
                              .sh_flags = SHF_INFO_LINK,
                              .sh_link = (GElf_Word)elf_ndxscn(file->table),
                              .sh_info = output->elf_index,
                              .sh_entsize = entry,
                              .sh_addralign = gelf_getclass(file->elf) == ELFCLASS64 ? 8 : 4};
    const char *name = pool_text(&build->pool, ".rela%s", output->name);
    Elf_Scn *section =
        add_section(file, &header, name, pool_take(&build->pool, count * entry), count * entry, ELF_T_RELA);
    Elf_Data *data = section == NULL ? NULL : elf_getdata(section, NULL);
    int at = 0;
    for (size_t i = 0; data != NULL && i < output->record_count; i++) {
        const struct record *record = output->records[i];
        if (record->target == NULL)
            continue;
        GElf_Rela rela = {.r_offset = record->offset,
                          .r_info = GELF_R_INFO((GElf_Xword)record->target->elf_symbol, record->row->type),
                          .r_addend = record->addend};
        if (gelf_update_rela(data, at++, &rela) == 0)
            return false;
    }
    return data != NULL;
}

/* An ELF note: name "SMF", type 1, the module's hash. */
static bool add_note(struct elf_file *file, uint64_t hash)
{
    const uint32_t words[] = {4, 8, 1, 0x00464D53, (uint32_t)hash, (uint32_t)(hash >> 32)};
    uint8_t *bytes = pool_take(&file->build->pool, sizeof words);
    memcpy(bytes, words, sizeof words);
    const GElf_Shdr header = {.sh_type = SHT_NOTE, .sh_addralign = 4};
    return add_section(file, &header, ".note.smf", bytes, sizeof words, ELF_T_BYTE) != NULL;
}

static bool add_header(struct elf_file *file)
{
    struct build *build = file->build;
    GElf_Ehdr header;
    if (gelf_newehdr(file->elf, build->arch->pointer_size == 8 ? ELFCLASS64 : ELFCLASS32) == NULL ||
        gelf_getehdr(file->elf, &header) == NULL)
        return false;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_REL;
    header.e_machine = (GElf_Half)build->machine;
    header.e_flags = build->elf_flags;
    header.e_version = EV_CURRENT;
    return gelf_update_ehdr(file->elf, &header) != 0;
}

static bool fill(struct elf_file *file, uint64_t hash)
{
    struct build *build = file->build;
    if (!add_header(file))
        return false;
    PUSH(&build->pool, file->symbols, file->symbol_count, file->symbol_capacity) = (GElf_Sym){0};
    for (size_t i = 0; i < build->output_count; i++)
        if (!add_output(file, build->outputs[i]))
            return false;
    for (size_t i = 0; i < build->debug_count; i++)
        if (!add_output(file, build->debug[i]))
            return false;
    add_symbols(file);
    if (!add_table(file))
        return false;
    for (size_t i = 0; i < build->output_count; i++)
        if (strcmp(build->outputs[i]->name, ".eh_frame") == 0 && !add_relocations(file, build->outputs[i]))
            return false;
    for (size_t i = 0; i < build->debug_count; i++)
        if (!add_relocations(file, build->debug[i]))
            return false;
    if (!add_note(file, hash))
        return false;
    const GElf_Shdr names = {.sh_type = SHT_STRTAB, .sh_addralign = 1};
    add_name(build, &file->sections, ".shstrtab");
    const size_t last = file->sections.size; /* the section's own name comes first, so that the table is complete */
    Elf_Scn *section = add_section(file, &names, ".shstrtab", file->sections.bytes, last, ELF_T_BYTE);
    Elf_Data *data = section == NULL ? NULL : elf_getdata(section, NULL);
    GElf_Ehdr header;
    if (data == NULL || gelf_getehdr(file->elf, &header) == NULL)
        return false;
    data->d_buf = file->sections.bytes;
    data->d_size = file->sections.size;
    header.e_shstrndx = (GElf_Half)elf_ndxscn(section);
    return gelf_update_ehdr(file->elf, &header) != 0 && elf_update(file->elf, ELF_C_WRITE) > 0;
}

bool build_write_debug(struct build *build, uint64_t module_hash)
{
    const char *path = pool_text(&build->pool, "%s.elf", build->output_path);
    char *temporary = pool_text(&build->pool, "%s.XXXXXX", path);
    const int descriptor = mkstemp(temporary);
    if (descriptor < 0)
        return build_fail(build, path, "%s", strerror(errno));
    struct elf_file file = {.build = build, .elf = elf_begin(descriptor, ELF_C_WRITE, NULL)};
    const bool filled = file.elf != NULL && fill(&file, module_hash);
    const char *why = filled ? "" : elf_errmsg(-1);
    if (file.elf != NULL)
        elf_end(file.elf);
    const mode_t mask = umask(0);
    umask(mask);
    const bool moded = fchmod(descriptor, 0666 & ~mask) == 0;
    if ((close(descriptor) != 0) | !moded | !filled || rename(temporary, path) != 0) {
        unlink(temporary);
        return build_fail(build, path, "%s", filled ? strerror(errno) : why);
    }
    return true;
}
