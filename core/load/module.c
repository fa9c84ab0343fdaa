/* SPDX-License-Identifier: MIT */
/* module.c - what can be asked of a loaded module: its exports, entry, regions; starting and stopping it. */
#include "load/load.h"
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

/* Is it the one at `offset`? Bounded by the names' end, whatever has become of a source that was to stay. */
static bool is_named(const struct smf_module *module, uint32_t offset, const struct question *question)
{
    return smf_within(offset, question->size, module->name_size) &&
           memcmp(module->names + offset, question->name, question->size) == 0;
}

static void tell(const struct export_entry *entry, struct smf_found *found)
{
    found->address = entry->address;
    found->kind = (entry->next & EXPORT_DATA) != 0 ? SMF_KIND_DATA : SMF_KIND_FUNCTION;
}

enum smf_status smf_find(const struct smf_module *module, const char *name, struct smf_found *found)
{
    if (module == NULL || name == NULL || found == NULL)
        return SMF_ERR_ARGUMENT;
    const struct question question = ask(name);
    uint32_t at = module->heads[question.hash & module->head_mask];
    while (at != 0) {
        const struct export_entry *entry = &module->exports[at - 1];
        if (is_named(module, entry->name, &question)) {
            tell(entry, found);
            return SMF_OK;
        }
        at = entry->next & ~EXPORT_DATA;
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
    if (module == NULL) {
        *count = 0;
        return NULL;
    }
    *count = module->region_count;
    return module->regions;
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
    *name = smf_load_export_name(module, &module->exports[index]);
    tell(&module->exports[index], found);
    return SMF_OK;
}

static uintptr_t function_at(const struct smf_module *module, unsigned array, uint32_t index)
{
    const uint8_t *at = module->arrays[array].bytes + (size_t)index * module->pointer_size;
    const uint64_t pointer = module->pointer_size == 8 ? smf_get64(at) : smf_get32(at);
    const uint64_t ones = module->pointer_size == 8 ? UINT64_MAX : UINT32_MAX;
    return pointer == ones ? 0 : (uintptr_t)pointer;
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

static void run(const struct smf_module *module, unsigned array, uint32_t index)
{
    const uintptr_t function = function_at(module, array, index);
    if (function != 0)
        call(function);
}

void smf_module_start(struct smf_module *module)
{
    if (module == NULL || module->started != 0)
        return;
    module->started = 1;
    for (unsigned array = ARRAY_PREINIT; array <= ARRAY_INIT; array++)
        for (uint32_t i = 0; i < module->arrays[array].count; i++)
            run(module, array, i);
}

void smf_module_stop(struct smf_module *module)
{
    if (module == NULL || module->started == 0 || module->stopped != 0)
        return;
    module->stopped = 1;
    for (uint32_t i = module->arrays[ARRAY_FINI].count; i != 0; i--)
        run(module, ARRAY_FINI, i - 1);
}
