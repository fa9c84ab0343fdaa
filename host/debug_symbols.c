/* SPDX-License-Identifier: MIT */
/* debug_symbols.c - the symbols of a module with their addresses: of the image alone, or of OUT.elf (debug_elf.c). */
#include <stdlib.h>
#include <string.h>

#include "debug.h"

/* Names lie in blocks that never move. */
struct smf_debug_names {
    struct smf_debug_names *next;
    size_t used, size;
    char text[];
};
enum { BLOCK = 16384 };

/* `name` and `suffix`, one behind the other. */
static const char *copy_name(struct smf_debug_symbols *symbols, const char *name, const char *suffix)
{
    const size_t first = strlen(name), second = strlen(suffix) + 1;
    struct smf_debug_names *block = symbols->names;
    if (block == NULL || block->size - block->used < first + second) {
        const size_t size = first + second > BLOCK ? first + second : BLOCK;
        block = malloc(sizeof *block + size);
        if (block == NULL)
            return NULL;
        block->next = symbols->names;
        block->used = 0;
        block->size = size;
        symbols->names = block;
    }
    char *copy = block->text + block->used;
    memcpy(copy, name, first);
    memcpy(copy + first, suffix, second);
    block->used += first + second;
    return copy;
}

enum smf_status smf_debug_symbols_add(struct smf_debug_symbols *symbols, const struct smf_debug_symbol *symbol,
                                      const char *suffix)
{
    if (symbols->count == symbols->capacity) {
        const size_t more = symbols->capacity == 0 ? 64 : symbols->capacity * 2;
        void *grown = more > SIZE_MAX / sizeof *symbol ? NULL : realloc(symbols->list, more * sizeof *symbol);
        if (grown == NULL)
            return SMF_ERR_NO_MEMORY;
        symbols->list = grown;
        symbols->capacity = more;
    }
    const char *name = copy_name(symbols, symbol->name, suffix);
    if (name == NULL)
        return SMF_ERR_NO_MEMORY;
    symbols->list[symbols->count] = *symbol;
    symbols->list[symbols->count++].name = name;
    return SMF_OK;
}

/* Where a symbol of the image lies, and how much of it there is; false: nowhere that is known. */
static bool place(const struct smf_image *image, const uint64_t *addresses, const struct smf_symbol *from,
                  struct smf_debug_symbol *symbol)
{
    const bool stub = from->place == SMF_PLACE_UNDEFINED && from->stub_size != 0;
    if (from->place == SMF_PLACE_SECTION)
        symbol->section = from->section;
    else if (stub || from->place == SMF_PLACE_CODE_AREA)
        symbol->section = image->first_code;
    else
        return false;
    if (symbol->section == SMF_NO_SYMBOL || addresses[symbol->section] == SMF_DEBUG_NOWHERE)
        return false;
    symbol->function = stub || from->type == SMF_SYMBOL_FUNCTION;
    symbol->size = stub ? from->stub_size : from->size;
    const bool thumb = image->header.arch == SMF_ARCH_ARM && symbol->function;
    symbol->address = addresses[symbol->section] + (from->value & ~(uint64_t)thumb);
    return true;
}

/* Exports, stubs and what else has a name of its own: not the symbols of sections. */
static enum smf_status read_image(struct smf_debug_symbols *symbols, struct smf_image *image, const uint64_t *addresses)
{
    char buffer[SMF_NAME_MAX + 1];
    for (uint32_t i = 0; i < image->header.symbol_count; i++) {
        struct smf_symbol from;
        struct smf_debug_symbol symbol;
        size_t length;
        enum smf_status status = smf_image_symbol(image, i, &from, NULL);
        if (status != SMF_OK)
            return status;
        if (!place(image, addresses, &from, &symbol))
            continue;
        status = smf_image_name(image, from.name, buffer, sizeof buffer, &symbol.name, &length, NULL);
        if (status == SMF_OK && from.binding == SMF_BINDING_LOCAL &&
            strcmp(symbol.name, image->sections[symbol.section].name) == 0)
            continue;
        if (status == SMF_OK)
            status = smf_debug_symbols_add(symbols, &symbol, from.place == SMF_PLACE_UNDEFINED ? "@plt" : "");
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}

static int compare(const void *left, const void *right)
{
    const struct smf_debug_symbol *a = left, *b = right;
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return strcmp(a->name, b->name); /* so that the same input gives the same list */
}

/* Functions written in assembly often have no size. */
static void size_functions(struct smf_debug_symbols *symbols, const struct smf_image *image, const uint64_t *addresses)
{
    uint64_t next = 0;
    uint32_t section = SMF_NO_SYMBOL;
    for (size_t i = symbols->count; i-- > 0;) {
        struct smf_debug_symbol *symbol = &symbols->list[i];
        if (symbol->section != section) {
            section = symbol->section;
            next = addresses[section] + image->sections[section].virtual_size;
        } else if (symbols->list[i + 1].address != symbol->address) {
            next = symbols->list[i + 1].address;
        }
        if (symbol->function && symbol->size == 0 && next > symbol->address)
            symbol->size = next - symbol->address;
    }
}

enum smf_status smf_debug_symbols_read(struct smf_debug_symbols *symbols, struct smf_image *image,
                                       const uint64_t *addresses, const char *elf)
{
    memset(symbols, 0, sizeof *symbols);
    const enum smf_status status =
        elf != NULL ? smf_debug_elf_symbols(symbols, image, addresses, elf) : read_image(symbols, image, addresses);
    if (status != SMF_OK || symbols->count == 0)
        return status;
    qsort(symbols->list, symbols->count, sizeof symbols->list[0], compare);
    size_functions(symbols, image, addresses);
    return SMF_OK;
}

void smf_debug_symbols_free(struct smf_debug_symbols *symbols)
{
    while (symbols->names != NULL) {
        struct smf_debug_names *next = symbols->names->next;
        free(symbols->names);
        symbols->names = next;
    }
    free(symbols->list);
    memset(symbols, 0, sizeof *symbols);
}
