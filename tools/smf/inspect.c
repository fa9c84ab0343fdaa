/* SPDX-License-Identifier: MIT */
/* inspect.c - `smf inspect`: what is in a file, for people; json.c has it for programs. */
#include "inspect.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shelf.h"

static const char help[] =
    "usage: smf inspect [--json] [--module NAME] FILE\n"
    "Header, sections, symbols, relocations and notes of a module; its templates with their functions, what they need\n"
    "and their units (the shape of types that each is for, its machine, size, holes and relocations); what note.sdn\n"
    "lists: instances that it uses and that are built in, and what depends on what. A template that no code can be\n"
    "made of is said to be opaque, and why. --json: one object with the same in lower-case\n"
    "words; 64-bit hashes are strings; bytes of names that are not UTF-8 appear as \\xNN. Values of symbols and\n"
    "offsets of relocations count as in the file: from their section, or in older layouts from the first code.\n"
    "Of a library: its header and what is in it; --module NAME: that module of it, as if it were a file.\n";

static char name_buffer[SMF_NAME_MAX + 1];

bool smf_inspect_symbol(struct smf_inspected *inspected, uint32_t index, struct smf_inspected_symbol *symbol)
{
    struct smf_image *image = &inspected->opened.image;
    return smf_image_symbol(image, index, &symbol->symbol, NULL) == SMF_OK &&
           smf_image_name(image, symbol->symbol.name, name_buffer, sizeof name_buffer, &symbol->name, &symbol->length,
                          NULL) == SMF_OK;
}

/* The Code section that has this offset of the packed code area; the end of all belongs to the last one. */
static uint32_t code_section(const struct smf_image *image, uint64_t offset)
{
    uint32_t found = SMF_NO_SYMBOL;
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        const struct smf_section *section = &image->sections[i];
        if (section->type != SMF_SECTION_CODE)
            continue;
        if (offset > section->virtual_size) {
            offset -= section->virtual_size;
            continue;
        }
        found = i;
        if (offset < section->virtual_size)
            break;
        offset = 0;
    }
    return found;
}

uint32_t smf_inspect_place(const struct smf_image *image, const struct smf_symbol *symbol)
{
    if (symbol->place == SMF_PLACE_SECTION)
        return symbol->section;
    return symbol->place == SMF_PLACE_CODE_AREA ? code_section(image, symbol->value) : SMF_NO_SYMBOL;
}

uint32_t smf_inspect_patched(const struct smf_image *image, uint32_t reloc)
{
    if (image->header.canonical)
        return image->sections[reloc].link;
    for (uint32_t i = image->first_code + 1; i < image->header.section_count; i++)
        if (image->sections[i].type == SMF_SECTION_CODE)
            return SMF_NO_SYMBOL;
    return image->first_code;
}

/* Read everything once through the doors: what is printed later has been proven. */
static enum smf_status prove(struct smf_inspected *inspected, struct smf_diagnosis *why)
{
    struct smf_image *image = &inspected->opened.image;
    struct smf_relocation relocation;
    struct smf_symbol symbol;
    const char *name;
    size_t length;
    memset(why, 0, sizeof *why);
    enum smf_status status = smf_image_module_note(image, &inspected->note, why);
    if (status == SMF_OK)
        status = smf_image_dependency_count(image, &inspected->needs_count, why);
    if (status == SMF_OK)
        status = smf_command_interface(image, &inspected->interface_hash, why);
    for (uint32_t i = 0; i < image->header.symbol_count && status == SMF_OK; i++) {
        status = smf_image_symbol(image, i, &symbol, why);
        if (status == SMF_OK)
            status = smf_image_name(image, symbol.name, name_buffer, sizeof name_buffer, &name, &length, why);
    }
    for (uint32_t i = 0; i < image->header.section_count && status == SMF_OK; i++)
        for (uint32_t j = 0; j < smf_image_relocation_count(image, i) && status == SMF_OK; j++)
            status = smf_image_relocation(image, i, j, &relocation, why);
    return status == SMF_OK ? smf_generics_read(&inspected->generics, image, why) : status;
}

static const char *word_or_unknown(const char *word) { return word != NULL ? word : "?"; }

/* What the compressed sections take in the file and in memory. */
static void print_compression(const struct smf_image *image)
{
    uint64_t stored = 0, real = 0;
    for (uint32_t i = 0; i < image->header.section_count; i++)
        if ((image->sections[i].flags & SMF_SECTION_COMPRESSED) != 0) {
            stored += image->sections[i].size;
            real += image->sections[i].virtual_size;
        }
    if (image->header.compression != SMF_COMPRESSION_NONE)
        printf("\nsections  %s, %" PRIu64 " bytes for %" PRIu64,
               word_or_unknown(smf_word_compression(image->header.compression)), stored, real);
}

static void print_header(const struct smf_inspected *inspected)
{
    const struct smf_header *header = &inspected->opened.image.header;
    const struct smf_file *file = &inspected->opened.file;
    if (file->packing != SMF_PACKING_NONE)
        printf("packed    %s, %" PRIu64 " bytes for %" PRIu64 "\n", word_or_unknown(smf_word_packing(file->packing)),
               file->packed_size, file->source.size);
    printf("layout    %s%s, version %u.%u\n", smf_word_layout(header->layout), header->canonical ? " canonical" : "",
           header->major, header->minor);
    printf("for       %s, %s", word_or_unknown(smf_word_arch(header->arch)),
           word_or_unknown(smf_word_platform(header->platform)));
    if (header->abi != 0)
        printf(", abi 0x%" PRIx32, header->abi);
    if (header->cpu != 0)
        printf(", cpu 0x%" PRIx32, header->cpu);
    printf("\nflags    ");
    for (unsigned bit = 0; bit < 32; bit++) {
        const char *word = smf_word_header_flag(header, bit);
        if ((header->flags >> bit & 1) != 0 && word != NULL)
            printf(" %s", word);
        else if ((header->flags >> bit & 1) != 0)
            printf(" 0x%lx", 1ul << bit);
    }
    if ((header->flags & SMF_FLAG_EXECUTABLE) != 0)
        printf("\nentry     0x%" PRIx64, header->entry_point);
    print_compression(&inspected->opened.image);
    if (header->base != 0)
        printf("\nstub      %" PRIu64 " bytes", header->base);
    if (header->module_hash != 0)
        printf("\nhash      0x%016" PRIx64, header->module_hash);
    if (header->source_hash != 0)
        printf("\nsources   0x%016" PRIx64, header->source_hash);
    putchar('\n');
}

static void print_module(struct smf_inspected *inspected)
{
    const struct smf_module_note *note = &inspected->note;
    if (note->name[0] != '\0') {
        printf("module    ");
        smf_command_print_name(note->name);
        printf(" %u.%u.%u", note->version[0], note->version[1], note->version[2]);
        if (note->state_version != 0)
            printf(", state %" PRIu32, note->state_version);
        if (note->writer[0] != '\0') {
            printf(", written by ");
            smf_command_print_name(note->writer);
        }
        putchar('\n');
    }
    printf("interface 0x%016" PRIx64 "\n", inspected->interface_hash);
    uint64_t cursor = 0;
    static struct smf_dependency row;
    for (uint32_t i = 0; i < inspected->needs_count; i++)
        if (smf_image_dependency(&inspected->opened.image, &cursor, &row, NULL) == SMF_OK) {
            printf("needs     ");
            smf_command_print_name(row.name);
            if (row.interface_hash != 0)
                printf(", interface 0x%016" PRIx64, row.interface_hash);
            putchar('\n');
        }
}

static void print_sections(const struct smf_image *image)
{
    printf("\n%u sections\n    # %-16s %-14s %-5s %10s %10s %10s %7s\n", image->header.section_count, "name", "type",
           "flags", "offset", "size", "memory", "align");
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        const struct smf_section *section = &image->sections[i];
        const char flags[] = {
            section->flags & SMF_SECTION_READ ? 'r' : '-', section->flags & SMF_SECTION_WRITE ? 'w' : '-',
            section->flags & SMF_SECTION_EXEC ? 'x' : '-', section->flags & SMF_SECTION_COMPRESSED ? 'z' : '-', '\0'};
        printf("%5u %-16s %-14s %-5s %#10" PRIx64 " %#10" PRIx64 " %#10" PRIx64 " %7" PRIu32, i, section->name,
               word_or_unknown(smf_word_section(section->type)), flags, section->offset, section->size,
               section->virtual_size, section->alignment);
        if (section->type == SMF_SECTION_RELOC && image->header.canonical)
            printf("  of %s, %" PRIu32 " settled", image->sections[section->link].name, section->settled);
        putchar('\n');
    }
}

static bool print_symbols(struct smf_inspected *inspected)
{
    const struct smf_image *image = &inspected->opened.image;
    struct smf_inspected_symbol one;
    printf("\n%" PRIu32 " symbols, %" PRIu32 " exported\n    # %-8s %-6s %10s %8s %-16s %s\n",
           image->header.symbol_count, image->header.exported_count, "type", "bind", "value", "size", "where", "name");
    for (uint32_t i = 0; i < image->header.symbol_count; i++) {
        if (!smf_inspect_symbol(inspected, i, &one))
            return false;
        const struct smf_symbol *symbol = &one.symbol;
        const uint32_t place = smf_inspect_place(image, symbol);
        printf("%5" PRIu32 " %-8s %-6s %#10" PRIx64 " %#8" PRIx64 " %-16s ", i,
               word_or_unknown(smf_word_symbol(symbol->type)), word_or_unknown(smf_word_binding(symbol->binding)),
               symbol->value, symbol->place == SMF_PLACE_UNDEFINED ? symbol->stub_size : symbol->size,
               place != SMF_NO_SYMBOL                 ? image->sections[place].name
               : symbol->place == SMF_PLACE_ABSOLUTE  ? "absolute"
               : symbol->place == SMF_PLACE_UNDEFINED ? symbol->stub_size != 0 ? "undefined, stub" : "undefined"
               : symbol->place == SMF_PLACE_EITHER    ? "import or 0"
                                                      : "unknown");
        smf_command_print_name(one.name);
        printf("%s\n", (symbol->flags & SMF_SYMBOL_FLAG_BY_STUB) != 0 ? " (by stub)" : "");
    }
    return true;
}

static bool print_relocations(struct smf_inspected *inspected)
{
    struct smf_image *image = &inspected->opened.image;
    struct smf_inspected_symbol symbol;
    struct smf_relocation relocation;
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        const uint32_t count = smf_image_relocation_count(image, i), patched = smf_inspect_patched(image, i);
        if (count == 0)
            continue;
        printf("\n%" PRIu32 " relocations of %s\n", count,
               patched != SMF_NO_SYMBOL ? image->sections[patched].name : "all code");
        for (uint32_t j = 0; j < count; j++) {
            int64_t number;
            if (smf_image_relocation(image, i, j, &relocation, NULL) != SMF_OK)
                return false;
            const char *word = smf_word_relocation(&image->header, &relocation, &number);
            printf("%#10" PRIx64 " ", relocation.offset);
            if (word != NULL)
                printf("%-28s", word);
            else
                printf("type %-23u", relocation.type == SMF_RELOCATION_PSABI ? relocation.number : relocation.type);
            if (relocation.symbol != SMF_NO_SYMBOL) {
                if (!smf_inspect_symbol(inspected, relocation.symbol, &symbol))
                    return false;
                putchar(' ');
                smf_command_print_name(symbol.name);
            }
            const bool minus = relocation.addend < 0;
            printf(" %c 0x%" PRIx64 "%s\n", minus ? '-' : '+',
                   minus ? -(uint64_t)relocation.addend : (uint64_t)relocation.addend,
                   j >= count - image->sections[i].settled ? " (settled)" : "");
        }
    }
    return true;
}

static bool print(struct smf_inspected *inspected)
{
    print_header(inspected);
    print_module(inspected);
    print_sections(&inspected->opened.image);
    if (!print_symbols(inspected) || !print_relocations(inspected))
        return false;
    smf_inspect_print_generics(inspected);
    return true;
}

/* Open what is to be looked at, or look at all of a library: *done. 0, or the exit status. */
static int open_inspected(struct smf_inspected *inspected, struct smf_shelf *shelf, const char *path,
                          const char *module, bool json, bool *done)
{
    struct smf_library_entry entry;
    int result = smf_shelf_open(shelf, path);
    *done = result == 0 && module == NULL;
    if (*done)
        result = smf_shelf_inspect(shelf, json);
    else if (result == 0)
        result = smf_shelf_find(shelf, module, &entry) != 0 ? 1 : smf_shelf_module(shelf, &entry, &inspected->opened);
    else if (result < 0 && module != NULL)
        return smf_command_refuse(path, &shelf->why);
    else if (result < 0)
        return smf_command_open(&inspected->opened, path);
    else
        return result;
    if (result != 0 || *done)
        smf_shelf_close(shelf);
    return result;
}

int smf_command_inspect(int argc, char **argv)
{
    static struct smf_inspected inspected;
    static struct smf_shelf shelf;
    struct smf_shelf_name shown;
    struct smf_diagnosis why;
    const char *path = NULL, *module = NULL;
    bool json = false;
    if (smf_command_help(argc, argv, help))
        return 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (strcmp(argv[i], "--module") == 0 && i + 1 < argc)
            module = argv[++i];
        else if (path != NULL || argv[i][0] == '-')
            return argv[i][0] != '-'                  ? smf_command_misused("inspect", "one FILE only")
                   : strcmp(argv[i], "--module") == 0 ? smf_command_misused("inspect", "a name must follow --module")
                                                      : smf_command_unknown("inspect", argv[i]);
        else
            path = argv[i];
    }
    if (path == NULL)
        return smf_command_misused("inspect", "FILE is missing");
    bool done;
    int result = open_inspected(&inspected, &shelf, path, module, json, &done);
    if (result != 0 || done)
        return result;
    const char *what = module != NULL ? smf_shelf_name(path, module, &shown) : path;
    if (prove(&inspected, &why) != SMF_OK)
        result = smf_command_refuse(what, &why);
    else if (!(json ? smf_inspect_json(&inspected) : print(&inspected)))
        result = smf_command_fail(what, "changed while it was read");
    smf_generics_forget(&inspected.generics);
    smf_command_close_image(&inspected.opened);
    smf_file_close(module != NULL ? &shelf.file : &inspected.opened.file);
    return result;
}
