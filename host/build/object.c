/* SPDX-License-Identifier: MIT */
/* object.c - one ELF relocatable object: its sections and symbols. */
#include "build.h"

#include <string.h>

#define SHT_CREL 0x40000014u /* LLVM's compact form */

/* An object without an ELF file, for what the builder makes itself. */
bool build_make_own(struct build *build)
{
    if (build->own != NULL)
        return true;
    struct object *own = pool_take(&build->pool, sizeof *own);
    own->name = "(smf build)";
    build->own = own;
    PUSH(&build->pool, build->objects, build->object_count, build->object_capacity) = own;
    return true;
}

struct symbol *build_own_symbol(struct build *build, struct input *input, const char *name, uint64_t value)
{
    struct symbol *symbol = pool_take(&build->pool, sizeof *symbol);
    *symbol = (struct symbol){.name = name,
                              .object = build->own,
                              .section = input,
                              .value = value,
                              .place = PLACE_SECTION,
                              .type = STT_OBJECT,
                              .binding = STB_LOCAL,
                              .visibility = STV_HIDDEN};
    return symbol;
}

static bool read_section(struct build *build, struct object *object, Elf_Scn *section, const GElf_Shdr *header,
                         size_t names)
{
    struct input *input = &object->inputs[elf_ndxscn(section)];
    const char *name = elf_strptr(object->elf, names, header->sh_name);
    input->object = object;
    input->name = name == NULL ? "" : name;
    input->size = header->sh_size;
    input->alignment = header->sh_addralign == 0 ? 1 : header->sh_addralign;
    input->flags = header->sh_flags;
    input->type = header->sh_type;
    if ((input->alignment & (input->alignment - 1)) != 0 || input->alignment > SMF_ALIGNMENT_MAX)
        return build_fail_at(build, input, 0, "alignment %llu", (unsigned long long)input->alignment);
    if (input->size > BUILD_SIZE_MAX)
        return build_fail_at(build, input, 0, "size of %llu bytes", (unsigned long long)input->size);
    if (header->sh_type == SHT_NOBITS || header->sh_type == SHT_NULL || header->sh_size == 0)
        return true;
    const Elf_Data *data = elf_rawdata(section, NULL);
    if (data == NULL || data->d_buf == NULL || data->d_size != header->sh_size)
        return build_fail_at(build, input, 0, "cannot be read: %s", elf_errmsg(-1));
    input->bytes = pool_take(&build->pool, data->d_size);
    memcpy(input->bytes, data->d_buf, data->d_size);
    return true;
}

/* Each section has at most one section of relocations, in one of the two forms that we read. */
static bool note_relocations(struct build *build, struct object *object, size_t index, const GElf_Shdr *header)
{
    if (header->sh_type == SHT_RELR || header->sh_type == SHT_CREL)
        return build_fail_at(build, &object->inputs[index], 0, "compressed relocations (type 0x%x) are not supported",
                             (unsigned)header->sh_type);
    if (header->sh_type != SHT_REL && header->sh_type != SHT_RELA)
        return true;
    if (header->sh_info == 0 || header->sh_info >= object->input_count)
        return build_fail_at(build, &object->inputs[index], 0, "relocates section %u, which there is not",
                             (unsigned)header->sh_info);
    if (object->inputs[header->sh_info].relocations != 0)
        return build_fail_at(build, &object->inputs[index], 0, "a second section of relocations for section %u",
                             (unsigned)header->sh_info);
    object->inputs[header->sh_info].relocations = (uint32_t)index;
    return true;
}

static bool read_sections(struct build *build, struct object *object)
{
    size_t names = 0, count = 0;
    GElf_Ehdr file;
    if (gelf_getehdr(object->elf, &file) == NULL || elf_getshdrstrndx(object->elf, &names) != 0 ||
        elf_getshdrnum(object->elf, &count) != 0)
        return build_fail(build, object->name, "%s", elf_errmsg(-1));
    if (count == 0 && file.e_shoff != 0) /* libelf leaves out what lies behind the end */
        return build_fail(build, object->name, "its section table is cut off");
    object->inputs = pool_array(&build->pool, count, sizeof *object->inputs);
    object->input_count = count;
    if (count != 0)
        object->inputs[0] = (struct input){.object = object, .name = ""};
    for (Elf_Scn *section = elf_nextscn(object->elf, NULL); section != NULL;
         section = elf_nextscn(object->elf, section)) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == NULL)
            return build_fail(build, object->name, "%s", elf_errmsg(-1));
        if (build->options->debug && (header.sh_flags & SHF_COMPRESSED) != 0 && (header.sh_flags & SHF_ALLOC) == 0 &&
            (elf_compress(section, 0, 0) < 0 || gelf_getshdr(section, &header) == NULL))
            return build_fail(build, object->name, "section %zu: %s", elf_ndxscn(section), elf_errmsg(-1));
        if (!read_section(build, object, section, &header, names))
            return false;
        if (!note_relocations(build, object, elf_ndxscn(section), &header))
            return false;
    }
    return true;
}

/* Where a symbol lives; sections that are not taken leave it undefined. */
static bool locate_symbol(struct build *build, struct symbol *symbol, const GElf_Sym *entry, GElf_Word index)
{
    struct object *object = symbol->object;
    if (entry->st_shndx == SHN_UNDEF)
        return true;
    if (entry->st_shndx == SHN_ABS) {
        symbol->place = PLACE_ABSOLUTE;
        return true;
    }
    /* SHN_X86_64_LCOMMON is the large model's. */
    if (entry->st_shndx == SHN_COMMON || (build->machine == EM_X86_64 && entry->st_shndx == 0xFF02)) {
        symbol->place = PLACE_COMMON;
        return true;
    }
    const GElf_Word section = entry->st_shndx == SHN_XINDEX ? index : entry->st_shndx;
    if (section >= object->input_count || (entry->st_shndx >= SHN_LORESERVE && entry->st_shndx != SHN_XINDEX))
        return build_fail(build, object->name, "symbol '%s' is in section %u, which there is not", symbol->name,
                          (unsigned)section);
    symbol->section = &object->inputs[section];
    symbol->place = PLACE_SECTION;
    if (symbol->type == STT_SECTION)
        symbol->name = "";
    symbol->dropped = symbol->section->discarded;
    if (symbol->dropped && symbol->binding != STB_LOCAL)
        symbol->place = PLACE_UNDEFINED;
    return true;
}

static bool check_symbol(struct build *build, const struct symbol *symbol)
{
    const char *file = symbol->object->name;
    /* One that is undefined is refused with the relocation that names it. */
    if (symbol->type == STT_TLS && symbol->place != PLACE_UNDEFINED && symbol->name[0] != '$' && symbol->name[0] != '.')
        return build_fail(build, file, "'%s' is thread-local (STT_TLS): modules have no thread-local storage",
                          symbol->name);
    if (symbol->type == STT_GNU_IFUNC)
        return build_fail(build, file, "'%s' is an indirect function (STT_GNU_IFUNC): modules cannot have these",
                          symbol->name);
    if (symbol->place == PLACE_COMMON && (symbol->size > BUILD_SIZE_MAX || symbol->value > SMF_ALIGNMENT_MAX ||
                                          (symbol->value & (symbol->value - 1)) != 0))
        return build_fail(build, file, "COMMON '%s' of %llu bytes, alignment %llu", symbol->name,
                          (unsigned long long)symbol->size, (unsigned long long)symbol->value);
    if (symbol->binding != STB_LOCAL && symbol->name[0] == '\0')
        return build_fail(build, file, "a global symbol has no name");
    /* "$a" marks the start of Arm-state code (AAELF32, "Mapping symbols"). */
    if (build->machine == EM_ARM && symbol->place == PLACE_SECTION && symbol->section->taken &&
        strncmp(symbol->name, "$a", 2) == 0 && (symbol->name[2] == '\0' || symbol->name[2] == '.') &&
        (symbol->section->flags & SHF_EXECINSTR) != 0)
        return build_fail_at(build, symbol->section, symbol->value, "Arm-state code: compile with -mthumb");
    if (strcmp(symbol->name, "__gnu_lto_slim") == 0)
        return build_fail(build, file, "holds only the compiler's own code (LTO): compile with -fno-lto");
    return true;
}

/* SHT_SYMTAB_SHNDX of the table at `index`, or NULL. */
static Elf_Data *extended_indices(struct object *object, size_t index)
{
    for (Elf_Scn *section = elf_nextscn(object->elf, NULL); section != NULL;
         section = elf_nextscn(object->elf, section)) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) != NULL && header.sh_type == SHT_SYMTAB_SHNDX && header.sh_link == index)
            return elf_getdata(section, NULL);
    }
    return NULL;
}

static bool read_symbols(struct build *build, struct object *object)
{
    size_t table = 0;
    while (table < object->input_count && object->inputs[table].type != SHT_SYMTAB)
        table++;
    if (table == object->input_count)
        return true;
    Elf_Scn *section = elf_getscn(object->elf, table);
    GElf_Shdr header;
    Elf_Data *data = section == NULL ? NULL : elf_getdata(section, NULL);
    if (data == NULL || gelf_getshdr(section, &header) == NULL || header.sh_entsize == 0)
        return build_fail(build, object->name, "symbol table cannot be read: %s", elf_errmsg(-1));
    Elf_Data *extended = extended_indices(object, table);
    object->symbol_count = (size_t)(header.sh_size / header.sh_entsize);
    object->symbols = pool_array(&build->pool, object->symbol_count, sizeof *object->symbols);
    for (size_t i = 0; i < object->symbol_count; i++) {
        struct symbol *symbol = &object->symbols[i];
        GElf_Sym entry;
        GElf_Word index = 0;
        if (gelf_getsymshndx(data, extended, (int)i, &entry, &index) == NULL)
            return build_fail(build, object->name, "symbol %zu cannot be read: %s", i, elf_errmsg(-1));
        const char *name = elf_strptr(object->elf, header.sh_link, entry.st_name);
        *symbol = (struct symbol){.name = name == NULL ? "" : name,
                                  .object = object,
                                  .value = entry.st_value,
                                  .size = entry.st_size,
                                  .type = GELF_ST_TYPE(entry.st_info),
                                  .binding = GELF_ST_BIND(entry.st_info),
                                  .visibility = GELF_ST_VISIBILITY(entry.st_other)};
        if (!locate_symbol(build, symbol, &entry, index) || !check_symbol(build, symbol))
            return false;
    }
    return true;
}

static bool check_sections(struct build *build, struct object *object)
{
    for (size_t i = 1; i < object->input_count; i++) {
        struct input *input = &object->inputs[i];
        if ((input->flags & SHF_TLS) != 0 && input->size != 0 && !input->discarded)
            return build_fail_at(build, input, 0, "thread-local storage: modules have none");
    }
    return true;
}

bool build_read_object(struct build *build, Elf *elf, const char *name, bool helper)
{
    struct object *object = pool_take(&build->pool, sizeof *object);
    object->name = name;
    object->elf = elf;
    object->helper = helper;
    if (!build_check_machine(build, object) || !build_make_own(build) || !read_sections(build, object) ||
        !build_drop_groups(build, object))
        return false;
    for (size_t i = 1; i < object->input_count; i++)
        if (!build_select(build, &object->inputs[i]))
            return false;
    PUSH(&build->pool, build->objects, build->object_count, build->object_capacity) = object;
    build->report->object_count++;
    if (!read_symbols(build, object) || !check_sections(build, object) || !build_note_uses(build, object) ||
        !build_merge_symbols(build, object) || !build_read_relocations(build, object))
        return false;
    build_index_object(object);
    return true;
}
