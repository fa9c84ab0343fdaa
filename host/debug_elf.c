/* SPDX-License-Identifier: MIT */
/*
 * debug_elf.c - OUT.elf, which `smf build -g` writes beside OUT.smf (host/build/debug_write.c): a relocatable
 * ELF file of the module's sections, by the same names, its symbols and its DWARF.
 *
 * gdb applies the relocations of such a file itself, for the addresses in its section headers. Filling those in is
 * all that it takes to make a file for gdb's JIT interface. The file is anybody's: libelf proves what is read.
 */
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "debug.h"
#include "smf/host.h"

struct elf_file {
    struct debug_object object;
    Elf *elf;
    GElf_Ehdr header;
    size_t names; /* index of the table of section names */
    size_t count; /* of sections */
};

static enum smf_status read_file(struct debug_object *object, const char *path)
{
    struct smf_file file;
    if (smf_file_open(&file, path) != SMF_OK)
        return SMF_ERR_IO;
    enum smf_status status = SMF_ERR_FORMAT;
    object->size = (size_t)file.source.size;
    if (object->size >= EI_NIDENT && object->size == file.source.size) {
        object->bytes = malloc(object->size);
        status = object->bytes == NULL ? SMF_ERR_NO_MEMORY
                                       : file.source.read_at(file.source.context, 0, object->bytes, object->size);
    }
    const int error = errno;
    smf_file_close(&file);
    errno = error;
    return status;
}

static void close_file(struct elf_file *file)
{
    if (file->elf != NULL)
        elf_end(file->elf);
    free(file->object.bytes);
}

/* Section `index`: its header and name. */
static bool section_of(const struct elf_file *file, size_t index, GElf_Shdr *header, const char **name)
{
    Elf_Scn *section = elf_getscn(file->elf, index);
    if (section == NULL || gelf_getshdr(section, header) == NULL)
        return false;
    *name = elf_strptr(file->elf, file->names, header->sh_name);
    return *name != NULL;
}

/* The ELF note "SMF", type 1: the module's hash. */
static bool has_hash(const struct elf_file *file, size_t index, uint64_t hash)
{
    static const uint8_t start[] = {4, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 'S', 'M', 'F', 0};
    const Elf_Data *data = elf_rawdata(elf_getscn(file->elf, index), NULL);
    if (data == NULL || data->d_size < sizeof start + sizeof hash || memcmp(data->d_buf, start, sizeof start) != 0)
        return false;
    const uint8_t *bytes = data->d_buf;
    uint64_t found = 0;
    for (unsigned i = 0; i < sizeof found; i++)
        found |= (uint64_t)bytes[sizeof start + i] << 8 * i;
    return hash != 0 && found == hash;
}

/* Every section of the image that is not empty is there in the same size. */
static bool has_sizes(const struct elf_file *file, const struct smf_image *image)
{
    uint32_t wanted = 0, found = 0;
    for (uint32_t i = 0; i < image->header.section_count; i++)
        wanted += image->sections[i].type >= SMF_SECTION_CODE && image->sections[i].type <= SMF_SECTION_BSS &&
                  image->sections[i].virtual_size != 0;
    for (size_t i = 1; i < file->count; i++) {
        GElf_Shdr header;
        const char *name;
        if (!section_of(file, i, &header, &name))
            return false;
        const uint32_t section = (header.sh_flags & SHF_ALLOC) != 0 && header.sh_size != 0
                                     ? smf_image_find_section(image, name)
                                     : SMF_NO_SYMBOL;
        found += section != SMF_NO_SYMBOL && image->sections[section].virtual_size == header.sh_size &&
                 image->sections[section].alignment == header.sh_addralign;
    }
    return wanted == found;
}

static enum smf_status check(const struct elf_file *file, const struct smf_image *image)
{
    GElf_Shdr header;
    const char *name;
    if ((image->header.flags & SMF_FLAG_PRELINKED) != 0)
        return has_sizes(file, image) ? SMF_OK : SMF_ERR_HASH;
    for (size_t i = 1; i < file->count; i++)
        if (section_of(file, i, &header, &name) && strcmp(name, ".note.smf") == 0)
            return has_hash(file, i, image->header.module_hash) ? SMF_OK : SMF_ERR_HASH;
    return SMF_ERR_FORMAT;
}

/* Open OUT.elf of this image. Close it, whatever the answer is. */
static enum smf_status open_file(struct elf_file *file, const struct smf_image *image, const char *path)
{
    memset(file, 0, sizeof *file);
    const enum smf_status status = read_file(&file->object, path);
    if (status != SMF_OK)
        return status;
    elf_version(EV_CURRENT);
    file->elf = elf_memory((char *)file->object.bytes, file->object.size);
    if (file->elf == NULL || elf_kind(file->elf) != ELF_K_ELF || gelf_getehdr(file->elf, &file->header) == NULL ||
        file->header.e_type != ET_REL || elf_getshdrnum(file->elf, &file->count) != 0 ||
        elf_getshdrstrndx(file->elf, &file->names) != 0)
        return SMF_ERR_FORMAT;
    return check(file, image);
}

/* ---- For gdb ---- */

static enum smf_status fill_in(struct elf_file *file, const struct debug_image *image)
{
    if (gelf_getclass(file->elf) != ELFCLASS64 || file->header.e_shoff > file->object.size ||
        (file->object.size - file->header.e_shoff) / sizeof(Elf64_Shdr) < file->count)
        return SMF_ERR_FORMAT;
    for (size_t i = 1; i < file->count; i++) {
        GElf_Shdr header;
        const char *name;
        if (!section_of(file, i, &header, &name))
            return SMF_ERR_FORMAT;
        const uint32_t section =
            (header.sh_flags & SHF_ALLOC) != 0 ? smf_image_find_section(&image->image, name) : SMF_NO_SYMBOL;
        if (section == SMF_NO_SYMBOL || image->addresses[section] == SMF_DEBUG_NOWHERE)
            continue;
        const Elf64_Addr address = image->addresses[section];
        memcpy(file->object.bytes + file->header.e_shoff + i * sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_addr),
               &address, sizeof address);
    }
    return SMF_OK;
}

enum smf_status smf_debug_elf_object(struct debug_object *object, const struct debug_image *image, const char *elf)
{
    struct elf_file file;
    enum smf_status status = open_file(&file, &image->image, elf);
    if (status == SMF_OK)
        status = fill_in(&file, image);
    if (status == SMF_OK) {
        *object = file.object;
        file.object.bytes = NULL;
    }
    close_file(&file);
    return status;
}

/* ---- Symbols ---- */

static enum smf_status add_symbol(struct smf_debug_symbols *symbols, const struct smf_image *image,
                                  const uint64_t *addresses, const struct elf_file *file, size_t names,
                                  const GElf_Sym *from)
{
    GElf_Shdr header;
    const char *section;
    const unsigned type = GELF_ST_TYPE(from->st_info);
    if ((type != STT_FUNC && type != STT_OBJECT) || from->st_shndx == SHN_UNDEF || from->st_shndx >= SHN_LORESERVE)
        return SMF_OK;
    struct smf_debug_symbol symbol = {
        .size = from->st_size, .name = elf_strptr(file->elf, names, from->st_name), .function = type == STT_FUNC};
    if (symbol.name == NULL || !section_of(file, from->st_shndx, &header, &section))
        return SMF_ERR_FORMAT;
    symbol.section = smf_image_find_section(image, section);
    if (symbol.section == SMF_NO_SYMBOL || addresses[symbol.section] == SMF_DEBUG_NOWHERE)
        return SMF_OK;
    const bool thumb = file->header.e_machine == EM_ARM && symbol.function;
    symbol.address = addresses[symbol.section] + (from->st_value & ~(uint64_t)thumb);
    return smf_debug_symbols_add(symbols, &symbol, "");
}

static enum smf_status read_symbols(struct smf_debug_symbols *symbols, const struct smf_image *image,
                                    const uint64_t *addresses, const struct elf_file *file)
{
    for (size_t i = 1; i < file->count; i++) {
        GElf_Shdr header;
        const char *name;
        GElf_Sym symbol;
        if (!section_of(file, i, &header, &name))
            return SMF_ERR_FORMAT;
        if (header.sh_type != SHT_SYMTAB)
            continue;
        Elf_Data *data = elf_getdata(elf_getscn(file->elf, i), NULL);
        for (int k = 1; data != NULL && gelf_getsym(data, k, &symbol) != NULL; k++) {
            const enum smf_status status = add_symbol(symbols, image, addresses, file, header.sh_link, &symbol);
            if (status != SMF_OK)
                return status;
        }
    }
    return SMF_OK;
}

enum smf_status smf_debug_elf_symbols(struct smf_debug_symbols *symbols, struct smf_image *image,
                                      const uint64_t *addresses, const char *elf)
{
    struct elf_file file;
    enum smf_status status = open_file(&file, image, elf);
    if (status == SMF_OK)
        status = read_symbols(symbols, image, addresses, &file);
    close_file(&file);
    return status;
}
