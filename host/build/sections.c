/* SPDX-License-Identifier: MIT */
/*
 * sections.c - which sections are taken, which kind each is, and where they
 * come to lie: FORMAT's one section for each kind, in the default layout.
 */
#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of an output section, in the file; Bss has none there. */
#define BYTES_MAX ((uint64_t)1 << 30)
#define BSS_MAX ((uint64_t)1 << 46)

/* Kinds in the order of the section table. */
enum kind { TEXT, RODATA, RELRO, GOT, FRAMES, DATA, PREINIT, INIT, FINI, BSS, KIND_COUNT };

static const struct {
    const char *name;
    enum smf_section_type type;
    uint32_t flags;
} kinds[KIND_COUNT] = {
    [TEXT] = {".text",          SMF_SECTION_CODE,   SMF_SECTION_READ | SMF_SECTION_EXEC },
    [RODATA] = {".rodata",        SMF_SECTION_RODATA, SMF_SECTION_READ                    },
    [RELRO] = {".data.rel.ro",   SMF_SECTION_RODATA, SMF_SECTION_READ                    },
    [GOT] = {".got",           SMF_SECTION_RODATA, SMF_SECTION_READ                    },
    [FRAMES] = {".eh_frame",      SMF_SECTION_RODATA, SMF_SECTION_READ                    },
    [DATA] = {".data",          SMF_SECTION_DATA,   SMF_SECTION_READ | SMF_SECTION_WRITE},
    [PREINIT] = {".preinit_array", SMF_SECTION_DATA,   SMF_SECTION_READ | SMF_SECTION_WRITE},
    [INIT] = {".init_array",    SMF_SECTION_DATA,   SMF_SECTION_READ | SMF_SECTION_WRITE},
    [FINI] = {".fini_array",    SMF_SECTION_DATA,   SMF_SECTION_READ | SMF_SECTION_WRITE},
    [BSS] = {".bss",           SMF_SECTION_BSS,    SMF_SECTION_READ | SMF_SECTION_WRITE},
};

/* ".data" and ".data.x" start with ".data". */
static bool starts(const char *name, const char *kind)
{
    const size_t length = strlen(kind);
    return strncmp(name, kind, length) == 0 && (name[length] == '\0' || name[length] == '.');
}

bool build_select(struct build *build, struct input *input)
{
    if ((input->flags & SHF_ALLOC) == 0 || input->discarded)
        return true;
    if ((input->flags & SHF_TLS) != 0)
        return true; /* refused when its symbols have been seen, so that one is named */
    switch (input->type) {
    case SHT_PROGBITS:
    case SHT_NOBITS:
    case SHT_INIT_ARRAY:
    case SHT_FINI_ARRAY:
    case SHT_PREINIT_ARRAY:
        break;
    case SHT_X86_64_UNWIND: /* also ARM_EXIDX: the same number for another machine */
        if (build->machine != EM_X86_64)
            return true;
        break;
    default: /* notes, groups, attributes */
        return true;
    }
    input->taken = !(build->machine == EM_ARM && starts(input->name, ".ARM.extab")) &&
                   !(build->bare && strcmp(input->name, ".eh_frame") == 0); /* it would need data relocations */
    if (input->taken && (input->flags & SHF_COMPRESSED) != 0)
        return build_fail_at(build, input, 0, "compressed");
    return true;
}

/* Read-only bytes that no record patches when they are loaded can stay where they are. */
bool build_patched(const struct input *input)
{
    if (input->set_patched)
        return true;
    for (size_t i = 0; i < input->record_count; i++)
        if (!input->records[i].dropped && input->records[i].row->calc != SMF_CALC_NONE)
            return true;
    return false;
}

static bool is_array(const char *name, const char *array, const char *old)
{
    return starts(name, array) || starts(name, old);
}

static enum kind kind_of(const struct input *input)
{
    if ((input->flags & SHF_EXECINSTR) != 0)
        return TEXT;
    if (input->type == SHT_PREINIT_ARRAY || starts(input->name, ".preinit_array"))
        return PREINIT;
    if (input->type == SHT_INIT_ARRAY || is_array(input->name, ".init_array", ".ctors"))
        return INIT;
    if (input->type == SHT_FINI_ARRAY || is_array(input->name, ".fini_array", ".dtors"))
        return FINI;
    if (strcmp(input->name, ".eh_frame") == 0)
        return FRAMES;
    if (input->type == SHT_NOBITS)
        return BSS;
    if (starts(input->name, ".data.rel.ro"))
        return RELRO;
    if ((input->flags & SHF_WRITE) != 0)
        return DATA;
    return build_patched(input) ? RELRO : RODATA;
}

struct output *build_output(struct build *build, const char *name)
{
    for (size_t i = 0; i < build->output_count; i++)
        if (strcmp(build->outputs[i]->name, name) == 0)
            return build->outputs[i];
    return NULL;
}

static struct output *add_output(struct build *build, const char *name, enum smf_section_type type, uint32_t flags)
{
    struct output *output = pool_take(&build->pool, sizeof *output);
    *output = (struct output){.name = name, .type = type, .flags = flags, .alignment = 1, .symbol = SMF_NO_SYMBOL};
    PUSH(&build->pool, build->outputs, build->output_count, build->output_capacity) = output;
    return output;
}

static void append(struct build *build, struct output *output, struct input *input)
{
    PUSH(&build->pool, output->inputs, output->input_count, output->input_capacity) = input;
    input->output = output;
}

/* A .keep section of its own: type Data, whatever it was, so that its bytes have a place in the file. */
static bool join_kept(struct build *build, struct input *input)
{
    if (strlen(input->name) > SMF_SECTION_NAME_SIZE)
        return build_fail_at(build, input, 0, "the name of a .keep section has at most %u bytes",
                             SMF_SECTION_NAME_SIZE);
    if ((input->flags & SHF_EXECINSTR) != 0)
        return build_fail_at(build, input, 0, "a .keep section holds data, not code");
    struct output *output = build_output(build, input->name);
    if (output == NULL)
        output = add_output(build, input->name, SMF_SECTION_DATA, SMF_SECTION_READ | SMF_SECTION_WRITE);
    append(build, output, input);
    return true;
}

bool build_kept(const char *name) { return strncmp(name, ".keep.", 6) == 0; }

/* ".init_array.00100" runs before ".init_array"; ".ctors.65435" is the same as ".init_array.00100". */
static void set_priority(struct input *input)
{
    const bool old = starts(input->name, ".ctors") || starts(input->name, ".dtors");
    const char *dot = strrchr(input->name, '.');
    const bool numbered = dot > input->name && dot[1] >= '0' && dot[1] <= '9';
    const unsigned long number = numbered ? strtoul(dot + 1, NULL, 10) : 65535;
    input->priority = (uint32_t)(numbered && old ? 65535 - number : number);
}

/* The words of .ctors and .dtors count from the end. */
static bool turn_round(struct build *build, struct input *input)
{
    const uint64_t size = build->arch->pointer_size;
    if ((!starts(input->name, ".ctors") && !starts(input->name, ".dtors")) || input->size == 0)
        return true;
    if (input->bytes == NULL || input->size % size != 0)
        return build_fail_at(build, input, 0, "is no array of pointers");
    for (size_t i = 0; i < input->record_count; i++)
        if (input->records[i].offset % size != 0)
            return build_fail_at(build, input, input->records[i].offset, "patches a part of a pointer");
    for (uint64_t low = 0, high = input->size; high - low >= 2 * size; low += size, high -= size) {
        uint8_t word[8];
        memcpy(word, input->bytes + low, size);
        memcpy(input->bytes + low, input->bytes + high - size, size);
        memcpy(input->bytes + high - size, word, size);
    }
    for (size_t i = 0; i < input->record_count; i++)
        input->records[i].offset = input->size - size - input->records[i].offset;
    return true;
}

static bool sort_array(struct build *build, struct output *output)
{
    for (size_t i = 0; i < output->input_count; i++) {
        struct input *input = output->inputs[i];
        set_priority(input);
        if (!turn_round(build, input))
            return false;
        size_t at = i;
        for (; at > 0 && output->inputs[at - 1]->priority > input->priority; at--)
            output->inputs[at] = output->inputs[at - 1];
        output->inputs[at] = input;
    }
    return true;
}

static bool join_kind(struct build *build, enum kind kind)
{
    struct output *output = add_output(build, kinds[kind].name, kinds[kind].type, kinds[kind].flags);
    for (size_t i = 0; i < build->object_count; i++)
        for (size_t k = 1; k < build->objects[i]->input_count; k++) {
            struct input *input = &build->objects[i]->inputs[k];
            if (!input->taken || build_kept(input->name) || kind_of(input) != kind ||
                (input->set != NULL && input->set != input))
                continue;
            append(build, output, input);
            for (struct input *next = input->set_next; next != NULL; next = next->set_next)
                append(build, output, next);
        }
    if (kind == FRAMES && build->frames_end != NULL)
        append(build, output, build->frames_end);
    if (kind == BSS)
        for (size_t i = 0; i < build->made_count; i++)
            append(build, output, build->made[i]);
    return (kind != PREINIT && kind != INIT && kind != FINI) || sort_array(build, output);
}

/* The entry's section comes first. */
static void put_entry_first(struct build *build)
{
    const struct global *global = build->entry == NULL ? NULL : build_find_global(build, build->entry);
    struct output *text = build->outputs[0];
    if (global == NULL || global->definition == NULL || global->definition->place != PLACE_SECTION)
        return;
    for (size_t i = 1; i < text->input_count; i++)
        if (text->inputs[i] == global->definition->section && text->inputs[i]->set == NULL) {
            memmove(&text->inputs[1], &text->inputs[0], i * sizeof *text->inputs);
            text->inputs[0] = global->definition->section;
            return;
        }
}

bool build_join(struct build *build)
{
    for (enum kind kind = TEXT; kind < BSS; kind++)
        if (!join_kind(build, kind))
            return false;
    for (size_t i = 0; i < build->object_count; i++)
        for (size_t k = 1; k < build->objects[i]->input_count; k++) {
            struct input *input = &build->objects[i]->inputs[k];
            if (input->taken && build_kept(input->name) && !join_kept(build, input))
                return false;
        }
    put_entry_first(build);
    return join_kind(build, BSS);
}

static uint64_t align(uint64_t value, uint64_t alignment) { return (value + alignment - 1) & ~(alignment - 1); }

static void lay_out(struct output *output)
{
    output->size = 0;
    for (size_t i = 0; i < output->input_count; i++) {
        struct input *input = output->inputs[i];
        if (input->alignment > output->alignment)
            output->alignment = input->alignment;
        input->offset = align(output->size, input->alignment);
        output->size = input->offset + input->size;
    }
}

/* Code, read-only and writable sections, each group at the next multiple of 4096. */
static void place_group(struct build *build, uint32_t access, uint64_t *address)
{
    const uint64_t start = align(*address, SMF_DEFAULT_GROUP_ALIGNMENT);
    uint64_t used = 0;
    for (size_t i = 0; i < build->output_count; i++) {
        struct output *output = build->outputs[i];
        if ((output->flags & (SMF_SECTION_EXEC | SMF_SECTION_WRITE)) != access)
            continue;
        used = align(used, output->alignment);
        output->address = start + used;
        used += output->size;
    }
    *address = start + used;
}

static void copy_bytes(struct build *build, struct output *output)
{
    output->bytes = pool_take(&build->pool, output->size);
    for (size_t i = 0; i < output->input_count; i++) {
        const struct input *input = output->inputs[i];
        if (input->bytes != NULL && input->size != 0)
            memcpy(output->bytes + input->offset, input->bytes, input->size);
    }
}

/* An empty section in which a name lies gets a byte, so that the name has a place. */
static void keep_named(const struct symbol *symbol)
{
    if (symbol->place == PLACE_SECTION && symbol->section->taken && symbol->section->output->size == 0 &&
        (symbol->type == STT_OBJECT || symbol->type == STT_FUNC || symbol->binding != STB_LOCAL))
        symbol->section->output->size = 1;
}

void build_lay_out(struct build *build, struct output *output)
{
    lay_out(output);
    copy_bytes(build, output);
}

/* Each input below the limit, so that the sum of them cannot wrap before it is looked at. */
static bool check_size(struct build *build, const struct output *output)
{
    const uint64_t limit = output->type == SMF_SECTION_BSS && build->arch->pointer_size == 8 ? BSS_MAX : BYTES_MAX;
    uint64_t size = 0;
    for (size_t i = 0; i < output->input_count; i++) {
        const struct input *input = output->inputs[i];
        if (input->size <= limit)
            size = align(size, input->alignment) + input->size;
        if (input->size > limit || size > limit)
            return build_fail_at(build, input, 0, "with its %llu bytes %s is larger than %llu",
                                 (unsigned long long)input->size, output->name, (unsigned long long)limit);
    }
    return true;
}

bool build_place(struct build *build)
{
    size_t kept = 0;
    for (size_t i = 0; i < build->output_count; i++) {
        if (!check_size(build, build->outputs[i]))
            return false;
        lay_out(build->outputs[i]);
    }
    for (size_t i = 0; i < build->object_count; i++)
        for (size_t k = 0; k < build->objects[i]->symbol_count; k++)
            keep_named(&build->objects[i]->symbols[k]);
    for (size_t i = 0; i < build->output_count; i++) {
        struct output *output = build->outputs[i];
        if (output->size != 0)
            build->outputs[kept++] = output;
    }
    build->output_count = kept;
    uint64_t address = 0;
    place_group(build, SMF_SECTION_EXEC, &address);
    place_group(build, 0, &address);
    place_group(build, SMF_SECTION_WRITE, &address);
    for (size_t i = 0; i < build->output_count; i++) {
        struct output *output = build->outputs[i];
        if (output->type == SMF_SECTION_BSS)
            continue;
        if (output->size > BUILD_BYTES_MAX)
            return build_fail(build, NULL, "section %s has %llu bytes", output->name, (unsigned long long)output->size);
        copy_bytes(build, output);
    }
    return true;
}
