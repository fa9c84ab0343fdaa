/* SPDX-License-Identifier: MIT */
/* json.c - `smf inspect --json`: one object (RFC 8259), one line for each section, symbol and relocation. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "inspect.h"

/* Bytes of the UTF-8 sequence at `at` (RFC 3629: no surrogates, nothing longer than need be), 0 if it is none. */
static size_t utf8(const uint8_t *at)
{
    static const struct {
        uint8_t first, last, low, high, size; /* of the first byte; of the second; of all */
    } forms[] = {
        {0xC2, 0xDF, 0x80, 0xBF, 2},
        {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3},
        {0xED, 0xED, 0x80, 0x9F, 3},
        {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4},
        {0xF1, 0xF3, 0x80, 0xBF, 4},
        {0xF4, 0xF4, 0x80, 0x8F, 4}
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (at[0] < forms[i].first || at[0] > forms[i].last || at[1] < forms[i].low || at[1] > forms[i].high)
            continue;
        for (size_t more = 2; more < forms[i].size; more++)
            if (at[more] < 0x80 || at[more] > 0xBF)
                return 0;
        return forms[i].size;
    }
    return 0;
}

/* A string: control characters and quotes escaped, bytes that are no UTF-8 as the text \xNN. */
void smf_json_string(const char *text)
{
    putchar('"');
    for (const uint8_t *at = (const uint8_t *)text; *at != '\0';) {
        const size_t size = *at >= 0x80 ? utf8(at) : 1;
        if (size == 0)
            printf("\\\\x%02x", *at);
        else if (*at == '"' || *at == '\\')
            printf("\\%c", *at);
        else if (*at < 0x20 || *at == 0x7F)
            printf("\\u%04x", *at);
        else
            fwrite(at, 1, size, stdout);
        at += size != 0 ? size : 1;
    }
    putchar('"');
}

static void put_word(const char *key, const char *word)
{
    printf("\"%s\": ", key);
    if (word != NULL)
        smf_json_string(word);
    else
        fputs("null", stdout);
}

void smf_json_word(const char *key, const char *word) { put_word(key, word); }

static void put_index(const char *key, uint32_t index)
{
    if (index != SMF_NO_SYMBOL)
        printf("\"%s\": %" PRIu32, key, index);
    else
        printf("\"%s\": null", key);
}

/* Hashes are not numbers: readers keep 53 bits of these. */
static void put_hash(const char *key, uint64_t hash)
{
    if (hash != 0)
        printf("  \"%s\": \"0x%016" PRIx64 "\",\n", key, hash);
    else
        printf("  \"%s\": null,\n", key);
}

static void put_header(const struct smf_inspected *inspected)
{
    const struct smf_header *header = &inspected->opened.image.header;
    const bool r80 = header->layout == SMF_LAYOUT_R72 && header->header_size > SMF_R72_HEADER_SIZE;
    const char *separator = "";
    printf("{\n  \"layout\": \"%s\",\n  \"version\": \"%u.%u\",\n  ", r80 ? "R80" : smf_word_layout(header->layout),
           header->major, header->minor);
    put_word("platform", smf_word_platform(header->platform));
    printf(",\n  ");
    put_word("arch", smf_word_arch(header->arch));
    printf(",\n  \"flags\": [");
    for (unsigned bit = 0; bit < 32; bit++) {
        const char *word = smf_word_header_flag(header, bit);
        if ((header->flags >> bit & 1) == 0)
            continue;
        if (word != NULL)
            printf("%s\"%s\"", separator, word);
        else
            printf("%s\"0x%lx\"", separator, 1ul << bit);
        separator = ", ";
    }
    printf("],\n  ");
    put_word("packed", smf_word_packing(inspected->opened.file.packing));
    printf(",\n  ");
    put_word("compression", smf_word_compression(header->compression));
    printf(",\n  \"canonical\": %s,\n  \"abi\": %" PRIu32 ",\n  \"cpu\": %" PRIu32 ",\n",
           header->canonical ? "true" : "false", header->abi, header->cpu);
}

static bool put_module(struct smf_inspected *inspected)
{
    static struct smf_dependency row;
    const struct smf_module_note *note = &inspected->note;
    const struct smf_header *header = &inspected->opened.image.header;
    uint64_t cursor = 0;
    if (note->name[0] != '\0') {
        printf("  \"module\": {");
        put_word("name", note->name);
        printf(", \"version\": \"%u.%u.%u\"},\n", note->version[0], note->version[1], note->version[2]);
    } else {
        printf("  \"module\": null,\n");
    }
    printf("  \"needs\": [");
    for (uint32_t i = 0; i < inspected->needs_count; i++) {
        if (smf_image_dependency(&inspected->opened.image, &cursor, &row, NULL) != SMF_OK)
            return false;
        fputs(i != 0 ? ", " : "", stdout);
        smf_json_string(row.name);
    }
    printf("],\n  \"needs_interfaces\": [");
    cursor = 0;
    for (uint32_t i = 0; i < inspected->needs_count; i++) {
        if (smf_image_dependency(&inspected->opened.image, &cursor, &row, NULL) != SMF_OK)
            return false;
        fputs(i != 0 ? ", " : "", stdout);
        if (row.interface_hash != 0)
            printf("\"0x%016" PRIx64 "\"", row.interface_hash);
        else
            fputs("null", stdout);
    }
    printf("],\n");
    put_hash("interface", inspected->interface_hash);
    if ((header->flags & SMF_FLAG_EXECUTABLE) != 0)
        printf("  \"entry\": %" PRIu64 ",\n", header->entry_point);
    else
        printf("  \"entry\": null,\n");
    printf("  \"stub_size\": %" PRIu32 ",\n", header->stub_size);
    put_hash("module_hash", header->module_hash);
    put_hash("source_hash", header->source_hash);
    return true;
}

static void put_sections(const struct smf_image *image)
{
    printf("  \"sections\": [");
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        const struct smf_section *section = &image->sections[i];
        const char *separator = "";
        printf("%s\n    {", i != 0 ? "," : "");
        put_word("name", section->name);
        printf(", ");
        put_word("type", smf_word_section(section->type));
        printf(", \"flags\": [");
        for (unsigned bit = 0; bit < 4; bit++)
            if ((section->flags >> bit & 1) != 0) {
                printf("%s\"%s\"", separator, smf_word_section_flag(bit));
                separator = ", ";
            }
        printf("], \"offset\": %" PRIu64 ", \"size\": %" PRIu64 ", \"virtual_size\": %" PRIu64
               ", \"alignment\": %" PRIu32 ", ",
               section->offset, section->size, section->virtual_size, section->alignment);
        const bool links = section->type == SMF_SECTION_RELOC && image->header.canonical;
        put_index("link", links ? section->link : SMF_NO_SYMBOL);
        putchar('}');
    }
    printf("\n  ],\n");
}

static bool put_symbols(struct smf_inspected *inspected)
{
    const struct smf_image *image = &inspected->opened.image;
    struct smf_inspected_symbol one;
    printf("  \"symbols\": [");
    for (uint32_t i = 0; i < image->header.symbol_count; i++) {
        if (!smf_inspect_symbol(inspected, i, &one))
            return false;
        printf("%s\n    {", i != 0 ? "," : "");
        put_word("name", one.name);
        printf(", ");
        put_word("type", smf_word_symbol(one.symbol.type));
        printf(", ");
        put_word("binding", smf_word_binding(one.symbol.binding));
        printf(", ");
        if (one.symbol.place == SMF_PLACE_ABSOLUTE)
            put_word("section", "absolute");
        else
            put_index("section", smf_inspect_place(image, &one.symbol));
        const bool import = one.symbol.place == SMF_PLACE_UNDEFINED; /* value and size are its stub's */
        printf(", \"value\": %" PRIu64 ", \"size\": %" PRIu64 "}", one.symbol.value,
               import ? one.symbol.stub_size : one.symbol.size);
    }
    printf("\n  ],\n");
    return true;
}

static bool put_relocations(struct smf_inspected *inspected)
{
    struct smf_image *image = &inspected->opened.image;
    struct smf_relocation relocation;
    const char *separator = "";
    printf("  \"relocations\": [");
    for (uint32_t i = 0; i < image->header.section_count; i++)
        for (uint32_t j = 0; j < smf_image_relocation_count(image, i); j++) {
            int64_t number;
            if (smf_image_relocation(image, i, j, &relocation, NULL) != SMF_OK)
                return false;
            const char *word = smf_word_relocation(&image->header, &relocation, &number);
            printf("%s\n    {", separator);
            put_index("section", smf_inspect_patched(image, i));
            printf(", \"offset\": %" PRIu64 ", ", relocation.offset);
            put_index("symbol", relocation.symbol);
            printf(", ");
            put_word("type", word);
            printf(", \"number\": %" PRId64 ", \"addend\": %" PRId64 "}", number >= 0 ? number : relocation.type,
                   relocation.addend);
            separator = ",";
        }
    printf("\n  ],\n");
    return true;
}

/* Sections of notes by name and size: their contents belong to other programs, or stand above and below. */
static void put_notes(const struct smf_image *image)
{
    const char *separator = "";
    printf("  \"notes\": [");
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        const struct smf_section *section = &image->sections[i];
        if (section->type != SMF_SECTION_NOTE && strcmp(section->name, SMF_NOTE_SDN) != 0)
            continue;
        printf("%s{", separator);
        put_word("name", section->name);
        printf(", \"section\": %" PRIu32 ", \"size\": %" PRIu64 "}", i, section->size);
        separator = ", ";
    }
    putchar(']');
}

bool smf_inspect_json(struct smf_inspected *inspected)
{
    put_header(inspected);
    if (!put_module(inspected))
        return false;
    put_sections(&inspected->opened.image);
    if (!put_symbols(inspected) || !put_relocations(inspected))
        return false;
    put_notes(&inspected->opened.image);
    smf_inspect_json_generics(inspected);
    puts("\n}");
    return true;
}
