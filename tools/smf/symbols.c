/* SPDX-License-Identifier: MIT */
/* symbols.c - `smf symbols`: where the names of a module lie that is loaded somewhere else, for gdb or for people. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "smf/arch.h"

static const char help[] =
    "usage: smf symbols [--gdb] --base code=ADDRESS[,rodata=ADDRESS][,data=ADDRESS] [--elf ELF] FILE\n"
    "Where the functions and objects of a module lie whose regions begin at these addresses, which the program that\n"
    "loaded it knows from smf_module_regions(). A prelinked FILE knows most of them itself.\n"
    "  --gdb      the command for gdb that loads ELF for these addresses, instead of a table: address, size, name\n"
    "  --elf ELF  what smf build -g has written beside the module; default: FILE.elf\n"
    "Without ELF the table has exports and stubs of imports only.\n";

struct symbols {
    const char *path, *elf;
    bool gdb, elf_given;
    struct smf_bases bases;
    struct smf_opened opened;
    uint64_t *addresses;
    struct smf_debug_symbols found;
};

static bool in_memory(const struct smf_section *section)
{
    return section->type >= SMF_SECTION_CODE && section->type <= SMF_SECTION_BSS && section->virtual_size != 0;
}

static int base_of(const struct smf_section *section)
{
    return section->type == SMF_SECTION_CODE     ? BASE_CODE
           : section->type == SMF_SECTION_RODATA ? BASE_RODATA
                                                 : BASE_DATA;
}

static const char *const base_words[BASES] = {"code", "rodata", "data"};

/* An address where the loader puts no such section, or no machine has memory. */
static int check_address(const struct symbols *symbols, uint32_t index)
{
    const struct smf_section *section = &symbols->opened.image.sections[index];
    const struct smf_arch *arch = smf_arch_of(symbols->opened.image.header.arch);
    const uint64_t address = symbols->addresses[index];
    const uint64_t last = arch != NULL && arch->pointer_size == 4 ? UINT32_MAX : UINT64_MAX;
    if (address > last || section->virtual_size - 1 > last - address)
        return smf_command_fail(symbols->path, "%s would end after the last address", section->name);
    if (symbols->opened.image.header.canonical && (address & (section->alignment - 1)) != 0)
        return smf_command_fail(symbols->path, "0x%" PRIx64 " is no multiple of %" PRIu32 ", as %s needs",
                                symbols->bases.address[base_of(section)], section->alignment, section->name);
    return 0;
}

static int find_addresses(struct symbols *symbols)
{
    const struct smf_image *image = &symbols->opened.image;
    const struct smf_bases *given = &symbols->bases;
    const struct smf_debug_bases bases = {
        .code = given->given[BASE_CODE] ? given->address[BASE_CODE] : SMF_DEBUG_NOWHERE,
        .rodata = given->given[BASE_RODATA] ? given->address[BASE_RODATA] : SMF_DEBUG_NOWHERE,
        .data = given->given[BASE_DATA] ? given->address[BASE_DATA] : SMF_DEBUG_NOWHERE};
    symbols->addresses = calloc((size_t)image->header.section_count + 1, sizeof *symbols->addresses);
    if (symbols->addresses == NULL)
        return smf_command_fail(symbols->path, "no memory");
    if (smf_debug_place(&symbols->opened.image, &bases, symbols->addresses) != SMF_OK)
        return smf_command_fail(symbols->path, "%s is wrong", SMF_NOTE_PRELINK);
    for (uint32_t i = 0; i < image->header.section_count; i++)
        if (symbols->addresses[i] != SMF_DEBUG_NOWHERE && in_memory(&image->sections[i]) &&
            check_address(symbols, i) != 0)
            return 1;
    return 0;
}

/* What is wrong with ELF. */
static int refuse_elf(const struct symbols *symbols, enum smf_status status)
{
    switch (status) {
    case SMF_ERR_IO:
        return smf_command_fail(symbols->elf, "%s; smf build -g writes it", strerror(errno));
    case SMF_ERR_HASH:
        return smf_command_fail(symbols->elf, "belongs to another build of %s; smf build -g writes both",
                                symbols->path);
    case SMF_ERR_FORMAT:
        return smf_command_fail(symbols->elf, "is no file that smf build -g writes");
    case SMF_ERR_NO_MEMORY:
        return smf_command_fail(symbols->path, "no memory");
    default:
        return smf_command_fail(symbols->path, "%s", smf_status_name(status));
    }
}

static enum smf_status read_symbols(struct symbols *symbols, const char *elf)
{
    const enum smf_status status =
        smf_debug_symbols_read(&symbols->found, &symbols->opened.image, symbols->addresses, elf);
    if (status != SMF_OK) {
        const int error = errno;
        smf_debug_symbols_free(&symbols->found);
        errno = error;
    }
    return status;
}

/* In quotes, as gdb takes words apart. */
static void print_quoted(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    putchar('"');
}

static int print_gdb(struct symbols *symbols)
{
    const struct smf_image *image = &symbols->opened.image;
    const enum smf_status status = read_symbols(symbols, symbols->elf);
    bool missing[BASES] = {false};
    if (status != SMF_OK && status != SMF_ERR_UNSUPPORTED) /* without libelf nobody can tell */
        return refuse_elf(symbols, status);
    if (strpbrk(symbols->elf, "\r\n") != NULL)
        return smf_command_fail(symbols->elf, "gdb takes no file with such a name");
    fputs("add-symbol-file ", stdout);
    print_quoted(symbols->elf);
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        if (!in_memory(&image->sections[i]))
            continue;
        if (symbols->addresses[i] == SMF_DEBUG_NOWHERE)
            missing[base_of(&image->sections[i])] = true;
        else
            printf(" -s %s 0x%" PRIx64, image->sections[i].name, symbols->addresses[i]);
    }
    putchar('\n');
    for (int base = 0; base < BASES; base++)
        if (missing[base])
            printf("# gdb looks for %s in the wrong place: --base lacks %s=ADDRESS\n", base_words[base],
                   base_words[base]);
    return 0;
}

static int print_table(struct symbols *symbols)
{
    const struct smf_arch *arch = smf_arch_of(symbols->opened.image.header.arch);
    const int digits = arch != NULL && arch->pointer_size == 4 ? 8 : 16;
    enum smf_status status = read_symbols(symbols, symbols->elf);
    const bool whole = status == SMF_OK;
    if (!whole && symbols->elf_given)
        return refuse_elf(symbols, status);
    if (!whole)
        status = read_symbols(symbols, NULL);
    if (status != SMF_OK)
        return refuse_elf(symbols, status);
    printf("%-*s %10s  name\n", digits + 2, "address", "size");
    for (size_t i = 0; i < symbols->found.count; i++) {
        const struct smf_debug_symbol *symbol = &symbols->found.list[i];
        printf("0x%0*" PRIx64 " %#10" PRIx64 "  ", digits, symbol->address, symbol->size);
        smf_command_print_name(symbol->name);
        putchar('\n');
    }
    if (!whole)
        puts("exports and stubs only: smf build -g writes what names the others");
    return 0;
}

static int list(struct symbols *symbols)
{
    char beside[4200];
    int status = smf_command_open(&symbols->opened, symbols->path);
    if (status != 0)
        return status;
    if (symbols->elf == NULL) {
        snprintf(beside, sizeof beside, "%s.elf", symbols->path);
        symbols->elf = beside;
    }
    const bool known =
        (symbols->opened.image.header.flags & SMF_FLAG_PRELINKED) != 0 || symbols->bases.given[BASE_CODE];
    if (!known)
        status = smf_command_misused("symbols", "--base code=ADDRESS is needed");
    else if ((status = find_addresses(symbols)) == 0)
        status = symbols->gdb ? print_gdb(symbols) : print_table(symbols);
    smf_debug_symbols_free(&symbols->found);
    free(symbols->addresses);
    smf_command_close(&symbols->opened);
    return status;
}

int smf_command_symbols(int argc, char **argv)
{
    struct symbols symbols = {0};
    if (smf_command_help(argc, argv, help))
        return 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--gdb") == 0)
            symbols.gdb = true;
        else if (strcmp(argv[i], "--elf") == 0 && i + 1 < argc) {
            symbols.elf = argv[++i];
            symbols.elf_given = true;
        } else if (strcmp(argv[i], "--base") == 0 && i + 1 < argc) {
            if (!smf_command_bases(argv[++i], &symbols.bases))
                return smf_command_misused("symbols", "--base takes code=ADDRESS[,rodata=ADDRESS][,data=ADDRESS]");
        } else if (argv[i][0] == '-' || symbols.path != NULL)
            return smf_command_misused("symbols", "one FILE, --gdb, --elf ELF and --base are all it takes");
        else
            symbols.path = argv[i];
    }
    if (symbols.path == NULL)
        return smf_command_misused("symbols", "FILE is missing");
    return list(&symbols);
}
