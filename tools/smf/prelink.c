/* SPDX-License-Identifier: MIT */
/* prelink.c - `smf prelink`: a file for fixed addresses, executed where it lies (SPEC, "note.prelink"). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relink.h"

static const char help[] =
    "usage: smf prelink --base code=ADDRESS[,data=ADDRESS][,rodata=ADDRESS] -o OUT FILE\n"
    "Relocate a canonical module for fixed addresses: its code is then executed where the file lies, in flash.\n"
    "code is the address at which the .text of OUT will lie: the address of OUT itself, if .text is its first "
    "section.\n"
    "data is where the loader's port will reserve .data and .bss; rodata where it will reserve what is read-only and\n"
    "filled in at load, the slots of imports above all. Constants that need nothing from others stay beside the code.\n"
    "Imports are bound at load as ever. Such a file loads at these addresses only, with config.in_place.\n";

/* ---- From the image to the writer ---- */

/* A prelinked file has no compressed sections: they could not stay where they lie. */
static int read_sections(struct relink *relink, struct smf_diagnosis *why)
{
    uint32_t written = 0;
    for (uint32_t i = 0; i < relink->image->header.section_count; i++) {
        struct smf_section *section = &relink->image->sections[i];
        struct relinked *relinked = &relink->sections[i];
        if (section->type == SMF_SECTION_RELOC)
            continue;
        relinked->index = written++;
        if (section->size == 0)
            continue;
        const bool compressed = (section->flags & SMF_SECTION_COMPRESSED) != 0;
        const size_t size = compressed ? section->virtual_size : section->size;
        relinked->bytes = malloc(size);
        if (relinked->bytes == NULL)
            return smf_command_fail(relink->path, "no memory");
        if ((compressed ? smf_section_read(relink->image, smf_codecs_host(), i, relinked->bytes, size, why)
                        : smf_image_read(relink->image, i, 0, relinked->bytes, size, why)) != SMF_OK)
            return smf_command_refuse(relink->path, why);
        section->size = size;
        section->flags &= (uint8_t)~SMF_SECTION_COMPRESSED;
    }
    return 0;
}

static enum smf_status add_sections(struct relink *relink)
{
    enum smf_status status = SMF_OK;
    for (uint32_t i = 0; i < relink->image->header.section_count && status == SMF_OK; i++) {
        const struct smf_section *section = &relink->image->sections[i];
        if (section->type == SMF_SECTION_RELOC)
            continue;
        const struct smf_write_section written = {.name = section->name,
                                                  .bytes = relink->sections[i].bytes,
                                                  .size = section->size,
                                                  .virtual_size = section->virtual_size,
                                                  .alignment = section->alignment,
                                                  .flags = section->flags,
                                                  .type = (enum smf_section_type)section->type};
        status = smf_writer_add_section(&relink->writer, &written, NULL);
    }
    const struct smf_write_section note = {.name = SMF_NOTE_PRELINK,
                                           .bytes = relink->note,
                                           .size = relink->note_size,
                                           .alignment = 8,
                                           .flags = SMF_SECTION_READ,
                                           .type = SMF_SECTION_NOTE};
    return status == SMF_OK ? smf_writer_add_section(&relink->writer, &note, NULL) : status;
}

static enum smf_status add_symbol(struct relink *relink, uint32_t index, char **names, struct smf_diagnosis *why)
{
    struct smf_symbol symbol;
    const char *name;
    size_t length;
    enum smf_status status = smf_image_symbol(relink->image, index, &symbol, why);
    if (status == SMF_OK)
        status = smf_image_name(relink->image, symbol.name, *names, SMF_NAME_MAX + 1, &name, &length, why);
    if (status != SMF_OK)
        return status;
    if (name != *names)
        memcpy(*names, name, length + 1);
    const bool undefined = symbol.place == SMF_PLACE_UNDEFINED;
    const struct smf_write_symbol written = {.name = *names,
                                             .value = symbol.value,
                                             .size = undefined ? symbol.stub_size : symbol.size,
                                             .section = undefined ? SMF_INDEX_UNDEFINED
                                                        : symbol.place == SMF_PLACE_ABSOLUTE
                                                            ? SMF_INDEX_ABSOLUTE
                                                            : relink->sections[symbol.section].index,
                                             .type = (enum smf_symbol_type)symbol.type,
                                             .binding = (enum smf_binding)symbol.binding,
                                             .flags = symbol.flags};
    *names += length + 1;
    return smf_writer_add_symbol(&relink->writer, &written, NULL);
}

static enum smf_status set_header(struct relink *relink, const struct smf_source *source, struct smf_diagnosis *why)
{
    const struct smf_header *from = &relink->image->header;
    struct smf_write_header *to = &relink->writer.header;
    uint8_t header[SMF_P128_HEADER_SIZE];
    (void)why;
    to->platform = (enum smf_platform)from->platform;
    to->arch = (enum smf_arch_id)from->arch;
    to->flags = (from->flags & (SMF_FLAG_EXECUTABLE | SMF_FLAG_RELOADABLE | SMF_FLAG_DEBUG_INFO | SMF_FLAG_PIC)) |
                SMF_FLAG_PRELINKED;
    to->entry_point = from->entry_point;
    to->abi = from->abi;
    to->cpu = from->cpu;
    to->source_hash = from->source_hash;
    if (!smf_command_read(source, from->position, header, sizeof header))
        return SMF_ERR_IO;
    memcpy(to->options, header + 88, sizeof to->options);
    return SMF_OK;
}

static int write_file(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    bool good = file != NULL && fwrite(bytes, 1, size, file) == size;
    if (file != NULL)
        good = fclose(file) == 0 && good;
    if (good)
        return 0;
    const int status = smf_command_unreadable(path);
    if (file != NULL)
        remove(path);
    return status;
}

static int finish(struct relink *relink, const char *output, struct smf_diagnosis *why)
{
    size_t size = 0;
    enum smf_status status = smf_writer_finish(&relink->writer, SMF_LAYOUT_P128, NULL, 0, &size, why);
    if (status != SMF_OK)
        return smf_command_refuse(relink->path, why);
    uint8_t *bytes = malloc(size);
    if (bytes == NULL)
        return smf_command_fail(relink->path, "no memory for %lu bytes", (unsigned long)size);
    status = smf_writer_finish(&relink->writer, SMF_LAYOUT_P128, bytes, size, &size, why);
    const int result = status == SMF_OK ? write_file(output, bytes, size) : smf_command_refuse(relink->path, why);
    free(bytes);
    return result;
}

/* Storage for the writer: as many of everything as the input has, and one section more. */
static bool take_storage(struct relink *relink, struct smf_write_storage *storage, uint64_t strings)
{
    const struct smf_header *header = &relink->image->header;
    storage->section_capacity = header->section_count + 1;
    storage->symbol_capacity = header->symbol_count;
    for (uint32_t i = 0; i < header->section_count; i++)
        storage->relocation_capacity += smf_image_relocation_count(relink->image, i);
    storage->sections = calloc(storage->section_capacity, sizeof *storage->sections);
    storage->symbols = calloc((size_t)storage->symbol_capacity + 1, sizeof *storage->symbols);
    storage->relocations = calloc((size_t)storage->relocation_capacity + 1, sizeof *storage->relocations);
    relink->sections = calloc((size_t)header->section_count + 1, sizeof *relink->sections);
    relink->note = calloc((size_t)header->section_count + 1, 16);
    relink->names = malloc(strings);
    return storage->sections != NULL && storage->symbols != NULL && storage->relocations != NULL &&
           relink->sections != NULL && relink->note != NULL && relink->names != NULL;
}

static int convert(struct relink *relink, const struct smf_source *source, const char *output)
{
    struct smf_diagnosis why = {0};
    int result = read_sections(relink, &why);
    if (result == 0)
        result = smf_relink(relink);
    if (result != 0)
        return result;
    enum smf_status status = set_header(relink, source, &why);
    if (status == SMF_OK)
        status = add_sections(relink);
    char *names = relink->names;
    for (uint32_t i = 0; i < relink->image->header.symbol_count && status == SMF_OK; i++)
        status = add_symbol(relink, i, &names, &why);
    if (status != SMF_OK)
        return smf_command_refuse(relink->path, &why);
    return finish(relink, output, &why);
}

/* Each name may be as long as the longest that there can be, and symbols may share one. */
static int names_size(const struct relink *relink, uint64_t *size)
{
    *size = SMF_NAME_MAX + 1;
    for (uint32_t i = 0; i < relink->image->header.symbol_count; i++) {
        struct smf_symbol symbol;
        struct smf_diagnosis why = {0};
        char name[SMF_NAME_MAX + 1];
        const char *text;
        size_t length;
        enum smf_status status = smf_image_symbol(relink->image, i, &symbol, &why);
        if (status == SMF_OK)
            status = smf_image_name(relink->image, symbol.name, name, sizeof name, &text, &length, &why);
        if (status != SMF_OK)
            return smf_command_refuse(relink->path, &why);
        *size += length + 1;
    }
    return 0;
}

static int prelink(const char *path, const struct smf_bases *bases, const char *output)
{
    struct smf_opened opened;
    struct smf_write_storage storage = {0};
    uint64_t strings;
    int result = smf_command_open(&opened, path);
    if (result != 0)
        return result;
    const struct smf_header *header = &opened.image.header;
    struct relink relink = {.path = path, .image = &opened.image, .arch = smf_arch_of(header->arch), .bases = bases};
    if (relink.arch == NULL || !header->canonical || header->stub_size != 0 ||
        (header->flags & SMF_FLAG_PRELINKED) != 0)
        result = smf_command_fail(path, "only a canonical file without a stub that is not prelinked can be");
    else if ((result = names_size(&relink, &strings)) == 0 && !take_storage(&relink, &storage, strings))
        result = smf_command_fail(path, "no memory");
    if (result == 0) {
        smf_writer_start(&relink.writer, &storage);
        result = convert(&relink, &opened.file.source, output);
    }
    for (uint32_t i = 0; relink.sections != NULL && i < header->section_count; i++)
        free(relink.sections[i].bytes);
    free(relink.sections);
    free(relink.note);
    free(relink.names);
    free(storage.sections);
    free(storage.symbols);
    free(storage.relocations);
    smf_command_close(&opened);
    return result;
}

int smf_command_prelink(int argc, char **argv)
{
    const char *input = NULL, *output = NULL;
    struct smf_bases bases = {0};
    if (smf_command_help(argc, argv, help))
        return 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-o") == 0 && i + 1 < argc)
            output = argv[++i];
        else if (strcmp(argv[i], "--base") == 0 && i + 1 < argc) {
            if (!smf_command_bases(argv[++i], &bases) || !bases.given[BASE_CODE])
                return smf_command_misused("prelink", "--base takes code=ADDRESS[,data=ADDRESS][,rodata=ADDRESS]");
        } else if (argv[i][0] == '-' || input != NULL)
            return smf_command_misused("prelink", "one FILE, -o OUT and --base are all it takes");
        else
            input = argv[i];
    }
    if (input == NULL || output == NULL || !bases.given[BASE_CODE])
        return smf_command_misused("prelink", "FILE, -o OUT and --base code=ADDRESS are needed");
    return prelink(input, &bases, output);
}
