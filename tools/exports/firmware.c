/* SPDX-License-Identifier: MIT */
/*
 * firmware.c - symbols out of a linked firmware: what it defines for everybody, and what of that is a function or an
 * object. Only names and kinds are taken: addresses are the linker's, when it links the table in.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exports.h"

struct found {
    const char *name; /* libelf's, as long as the file is open */
    unsigned type;    /* STT_... */
};

struct firmware {
    const char *path;
    Elf *elf;
    int file;
    struct found *symbols; /* sorted by name */
    size_t count;
};

static bool is_function(unsigned type) { return type == STT_FUNC || type == STT_GNU_IFUNC; }
static bool is_object(unsigned type) { return type == STT_OBJECT; }

static void open_firmware(struct firmware *firmware, const char *path)
{
    GElf_Ehdr header;
    *firmware = (struct firmware){.path = path, .file = open(path, O_RDONLY)};
    if (firmware->file < 0)
        fail(path, 0, "%s", strerror(errno));
    if (elf_version(EV_CURRENT) == EV_NONE)
        fail(path, 0, "libelf: %s", elf_errmsg(-1));
    firmware->elf = elf_begin(firmware->file, ELF_C_READ, NULL);
    if (firmware->elf == NULL)
        fail(path, 0, "%s", elf_errmsg(-1));
    if (elf_kind(firmware->elf) != ELF_K_ELF)
        fail(path, 0, "not an ELF file");
    if (gelf_getehdr(firmware->elf, &header) == NULL)
        fail(path, 0, "%s", elf_errmsg(-1));
    if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
        fail(path, 0, "not linked: an executable is wanted");
}

static void close_firmware(struct firmware *firmware)
{
    free(firmware->symbols);
    elf_end(firmware->elf);
    close(firmware->file);
}

static Elf_Scn *find_table(const struct firmware *firmware, GElf_Shdr *header)
{
    for (Elf_Scn *section = NULL; (section = elf_nextscn(firmware->elf, section)) != NULL;)
        if (gelf_getshdr(section, header) != NULL && header->sh_type == SHT_SYMTAB && header->sh_entsize != 0)
            return section;
    fail(firmware->path, 0, "has no table of symbols: take the file before it is stripped");
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct found *)left)->name, ((const struct found *)right)->name);
}

/* Hidden symbols stay global with GNU ld and become local with lld: either way they are not for others. */
static bool is_for_everybody(const GElf_Sym *symbol)
{
    const unsigned binding = GELF_ST_BIND(symbol->st_info), visibility = GELF_ST_VISIBILITY(symbol->st_other);
    return symbol->st_shndx != SHN_UNDEF && visibility != STV_HIDDEN && visibility != STV_INTERNAL &&
           (binding == STB_GLOBAL || binding == STB_WEAK || binding == STB_GNU_UNIQUE);
}

static void read_symbols(struct firmware *firmware)
{
    GElf_Shdr header;
    Elf_Scn *const section = find_table(firmware, &header);
    Elf_Data *const data = elf_getdata(section, NULL);
    const size_t count = data == NULL ? 0 : data->d_size / header.sh_entsize;
    firmware->symbols = calloc(count + 1, sizeof firmware->symbols[0]);
    if (data == NULL || firmware->symbols == NULL)
        fail(firmware->path, 0, "%s", data == NULL ? elf_errmsg(-1) : "out of memory");
    for (size_t i = 1; i < count; i++) {
        GElf_Sym symbol;
        if (gelf_getsym(data, (int)i, &symbol) == NULL)
            fail(firmware->path, 0, "%s", elf_errmsg(-1));
        if (!is_for_everybody(&symbol))
            continue;
        const char *const name = elf_strptr(firmware->elf, header.sh_link, symbol.st_name);
        if (name == NULL)
            fail(firmware->path, 0, "%s", elf_errmsg(-1));
        firmware->symbols[firmware->count++] = (struct found){name, GELF_ST_TYPE(symbol.st_info)};
    }
    qsort(firmware->symbols, firmware->count, sizeof firmware->symbols[0], by_name);
}

/* What the firmware says about a symbol that a list names. One of a linker script has no type: the list's word counts. */
static void settle(const struct firmware *firmware, struct symbol *symbol)
{
    const struct found key = {.name = symbol->name};
    const struct found *const found =
        bsearch(&key, firmware->symbols, firmware->count, sizeof firmware->symbols[0], by_name);
    if (found == NULL)
        fail(symbol->file, symbol->line, "%s defines no global symbol %s", firmware->path, symbol->name);
    if (found->type == STT_NOTYPE && symbol->kind_said && symbol->data)
        return;
    if (!is_function(found->type) && !is_object(found->type))
        fail(symbol->file, symbol->line, "%s is neither a function nor an object in %s", symbol->name, firmware->path);
    if (symbol->kind_said && symbol->data != is_object(found->type))
        fail(symbol->file, symbol->line, "%s is %s in %s", symbol->name,
             is_object(found->type) ? "an object" : "a function", firmware->path);
    symbol->data = is_object(found->type);
    if (symbol->data && symbol->confined)
        fail(symbol->file, symbol->line, "confined modules can be offered functions only");
}

static bool is_listed(const struct list *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list->symbols[i].name, name) == 0)
            return true;
    return false;
}

/* The first pattern that matches the name; `matched` counts for each. */
static bool matches(const char *name, const char *const *patterns, size_t pattern_count, size_t *matched)
{
    bool found = false;
    for (size_t i = 0; i < pattern_count; i++)
        if (fnmatch(patterns[i], name, 0) == 0) {
            matched[i]++;
            found = true;
        }
    return found;
}

static void add_matching(struct list *list, const struct firmware *firmware, const char *const *patterns,
                         size_t pattern_count, const char *table)
{
    const size_t listed = list->count;
    size_t *const matched = calloc(pattern_count + 1, sizeof matched[0]);
    if (matched == NULL)
        fail(firmware->path, 0, "out of memory");
    for (size_t i = 0; i < firmware->count; i++) {
        const struct found *const found = &firmware->symbols[i];
        struct symbol symbol = {.file = firmware->path, .data = is_object(found->type)};
        if ((!is_function(found->type) && !is_object(found->type)) || !is_symbol(found->name) ||
            strcmp(found->name, table) == 0 || !matches(found->name, patterns, pattern_count, matched) ||
            is_listed(list, listed, found->name))
            continue;
        symbol.name = (char *)(uintptr_t)found->name; /* copied */
        list_add(list, &symbol);
    }
    for (size_t i = 0; i < pattern_count; i++)
        if (matched[i] == 0)
            fail(firmware->path, 0, "no global function or object matches '%s'", patterns[i]);
    free(matched);
}

void firmware_select(struct list *list, const char *path, const char *const *patterns, size_t pattern_count,
                     const char *table)
{
    struct firmware firmware;
    open_firmware(&firmware, path);
    read_symbols(&firmware);
    for (size_t i = 0; i < list->count; i++)
        settle(&firmware, &list->symbols[i]);
    add_matching(list, &firmware, patterns, pattern_count, table);
    close_firmware(&firmware);
}
