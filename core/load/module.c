/* SPDX-License-Identifier: MIT */
/* module.c - what can be asked of a loaded module: its exports, entry, regions; starting and stopping it. */
#include "load/index.h"
#include "load/steps.h"
#include "smf/hash.h"

/* A name that is looked for. */
struct question {
    const char *name;
    size_t size; /* with its NUL */
    uint32_t hash;
};

/* smf_hash_name() and the length in one pass. */
static struct question ask(const char *name)
{
    struct question question = {.name = name, .hash = SMF_FNV32_BASIS};
    const char *at = name;
    while (*at != '\0')
        question.hash = (question.hash ^ (uint8_t)*at++) * SMF_FNV32_PRIME;
    question.size = (size_t)(at - name) + 1;
    return question;
}

/* A symbol may stand for the end of its section, too. */
static bool lies_in(const struct smf_module *module, uintptr_t address)
{
    const struct smf_region *regions = smf_load_regions(module);
    for (unsigned i = 0; i < module->region_count; i++)
        if (address - regions[i].address <= regions[i].size)
            return true;
    return false;
}

/* A template is in no memory: its name is all that there is. */
static bool is_template(uint8_t flags, struct candidate *candidate)
{
    candidate->kind = SMF_KIND_UNKNOWN;
    candidate->address = 0;
    return (flags & SMF_SYMBOL_FLAG_TEMPLATE) != 0;
}

/* The record is read again: the load has proven it, but the source is somebody else's. */
static bool reread(const struct smf_module *module, uint32_t number, struct candidate *candidate)
{
    const uint8_t *at = module->symbols + (size_t)number * SMF_S56_SIZE;
    const uint32_t name = smf_get32(at + SMF_S_NAME), section = smf_get16(at + SMF_S56_SECTION);
    const bool function = at[SMF_S_TYPE] == SMF_SYMBOL_FUNCTION;
    const uint8_t flags = at[SMF_S_FLAGS];
    const size_t value = smf_get_size(at + SMF_S_VALUE);
    SMF_DECODED();
    if (name >= module->name_size)
        return false;
    candidate->name = module->names + name;
    candidate->room = module->name_size - name;
    candidate->address = value;
    candidate->kind = function ? SMF_KIND_FUNCTION : SMF_KIND_DATA;
    if (section == SMF_INDEX_ABSOLUTE)
        return !function;
    if (section >= module->section_count)
        return is_template(flags, candidate);
    candidate->address += smf_load_section_addresses(module)[section];
    return lies_in(module, candidate->address) || is_template(flags, candidate);
}

bool smf_load_candidate(const struct smf_module *module, uint32_t number, struct candidate *candidate)
{
    if (module->symbols != NULL)
        return reread(module, number, candidate);
    const struct export_entry *entry = &smf_load_entries(module)[number];
    const uint32_t name = entry->name & ~EXPORT_BITS;
    candidate->name = module->names + name;
    candidate->room = module->name_size - name;
    candidate->address = entry->address;
    candidate->kind = (entry->name & EXPORT_DATA) != 0 ? SMF_KIND_DATA : SMF_KIND_FUNCTION;
    if ((entry->name & EXPORT_TEMPLATE) != 0)
        candidate->kind = SMF_KIND_UNKNOWN;
    return true;
}

/* The hash of a name that ends before `room` bytes do. */
static uint32_t hash_within(const char *name, size_t room)
{
    uint32_t hash = SMF_FNV32_BASIS;
    for (size_t i = 0; i < room && name[i] != '\0'; i++)
        hash = (hash ^ (uint8_t)name[i]) * SMF_FNV32_PRIME;
    return hash;
}

/* It has a NUL, if the source is what it was. */
static bool ends_within(const char *name, size_t room)
{
    size_t i = 0;
    while (i < room && name[i] != '\0')
        i++;
    return i < room;
}

bool smf_load_offer(const struct smf_module *module, uint32_t number, struct smf_load_offer *offer)
{
    struct candidate candidate;
    if (!smf_load_candidate(module, number, &candidate))
        return false;
    offer->name = candidate.name;
    offer->room = candidate.room;
    offer->address = candidate.address;
    offer->kind = candidate.kind;
    if (module->symbols != NULL) {
        const uint8_t *at = module->symbols + (size_t)number * SMF_S56_SIZE;
        offer->hash = smf_get32(at + SMF_S_HASH);
        offer->weak = at[SMF_S_BINDING] == SMF_BINDING_WEAK;
    } else {
        offer->hash = hash_within(offer->name, offer->room);
        offer->weak = (smf_load_entries(module)[number].name & EXPORT_WEAK) != 0;
    }
    return true;
}

enum smf_status smf_find(const struct smf_module *module, const char *name, struct smf_found *found)
{
    if (module == NULL || name == NULL || found == NULL)
        return SMF_ERR_ARGUMENT;
    const struct question question = ask(name);
    const uint32_t heads = smf_load_head_count(module);
    uint32_t at = smf_load_get_link(module, question.hash & (heads - 1));
    struct candidate candidate;
    for (; at != 0; at = smf_load_get_link(module, heads + at - 1)) {
        /* Bounded by the names' end, whatever has become of a source that was to stay. */
        if (!smf_load_candidate(module, at - 1, &candidate) || candidate.kind == SMF_KIND_UNKNOWN ||
            question.size > candidate.room || memcmp(candidate.name, question.name, question.size) != 0)
            continue;
        found->address = candidate.address;
        found->kind = candidate.kind;
        return SMF_OK;
    }
    return SMF_ERR_NOT_FOUND;
}

void (*smf_function(const struct smf_module *module, const char *name))(void)
{
    struct smf_found found;
    if (smf_find(module, name, &found) != SMF_OK || found.kind != SMF_KIND_FUNCTION)
        return NULL;
    return (void (*)(void))(uintptr_t)found.address;
}

void (*smf_entry(const struct smf_module *module))(void)
{
    return module == NULL || module->entry == 0 ? NULL : (void (*)(void))(uintptr_t)module->entry;
}

const struct smf_region *smf_module_regions(const struct smf_module *module, size_t *count)
{
    *count = module == NULL ? 0 : module->region_count;
    return module == NULL ? NULL : smf_load_regions(module);
}

size_t smf_module_regions_in_place(const struct smf_module *module)
{
    return module == NULL ? 0 : module->source_count;
}

uint32_t smf_module_flags(const struct smf_module *module) { return module == NULL ? 0 : module->flags; }

uint32_t smf_module_export_count(const struct smf_module *module) { return module == NULL ? 0 : module->export_count; }

enum smf_status smf_module_export(const struct smf_module *module, uint32_t index, const char **name,
                                  struct smf_found *found)
{
    if (module == NULL || name == NULL || found == NULL)
        return SMF_ERR_ARGUMENT;
    if (index >= module->export_count)
        return SMF_ERR_NOT_FOUND;
    struct candidate candidate;
    if (!smf_load_candidate(module, index, &candidate) || !ends_within(candidate.name, candidate.room))
        return SMF_ERR_CHANGED;
    *name = candidate.name;
    found->address = candidate.address;
    found->kind = candidate.kind;
    return SMF_OK;
}

static uintptr_t function_at(const struct array *array, uint32_t index)
{
    /* Only modules of this machine are started. */
    const uintptr_t pointer = smf_load_get_pointer(sizeof(uintptr_t), array->bytes + (size_t)index * sizeof(uintptr_t));
    return pointer == UINTPTR_MAX ? 0 : pointer;
}

/*
 * x86-64 has two conventions, and a module may use either (SPEC, "abi"). One call fits both: System V, which leaves
 * the callee more registers, with four words on the stack, where a Microsoft callee has its home area.
 */
static void call(uintptr_t function)
{
#if defined(__x86_64__)
    typedef uintptr_t word;
    typedef void SMF_MODULE_CALL either(word, word, word, word, word, word, word, word, word, word);
    ((either *)function)(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
#else
    ((void (*)(void))function)();
#endif
}

static void run(const struct array *array, uint32_t index)
{
    const uintptr_t function = function_at(array, index);
    if (function != 0)
        call(function);
}

void smf_module_start(struct smf_module *module)
{
    if (module == NULL || (module->state & MODULE_STARTED) != 0)
        return;
    module->state |= MODULE_STARTED;
    const struct array *const arrays = smf_load_arrays(module);
    const unsigned count = module->array_count - (unsigned)module->has_fini;
    for (unsigned array = 0; array < count; array++)
        for (uint32_t i = 0; i < arrays[array].count; i++)
            run(&arrays[array], i);
}

void smf_module_stop(struct smf_module *module)
{
    if (module == NULL || (module->state & (MODULE_STARTED | MODULE_STOPPED)) != MODULE_STARTED)
        return;
    module->state |= MODULE_STOPPED;
    const struct array *const last = smf_load_arrays(module) + module->array_count - 1; /* .fini_array, if it has one */
    for (uint32_t i = module->has_fini ? last->count : 0; i != 0; i--)
        run(last, i - 1);
}
