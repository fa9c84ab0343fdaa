/* SPDX-License-Identifier: MIT */
/*
 * objects.c - a module as a native object: the cached one, else the one that is
 * stored beside it, else one that an emitter makes. And the code of single functions.
 */
#include "base/bytes.h"
#include "smf/hash.h"
#include "system/text.h"
#include "system/units.h"

/* ---- Objects ---- */

static enum smf_status read_object(void *context, uint64_t offset, void *into, size_t size)
{
    const struct smf_source *source = &((const struct smf_provider_entry *)context)->supply.object;
    return source->read_at(source->context, offset, into, size);
}

/* The one that lies beside the module. */
static bool is_stored(const struct smf_provider_entry *module, struct smf_source *object)
{
    *object = module->supply.object;
    object->context = (void *)(uintptr_t)module;
    if (object->bytes == NULL && object->read_at != NULL)
        object->read_at = read_object;
    return object->size != 0 && (object->bytes != NULL || object->read_at != NULL);
}

/* The one that was emitted before, held once more; NULL if there is none of the module that is there now. */
static enum smf_status recall(struct smf_provider *provider, const char *name, struct smf_provider_entry **object,
                              struct smf_diagnosis *why)
{
    bool current = false;
    struct smf_provider_entry *entry = smf_entry_find(provider, name, true);
    *object = NULL;
    if (entry == NULL)
        return SMF_OK;
    enum smf_status status = smf_entry_is_current(provider, entry, &current, why);
    if (status == SMF_OK && current)
        status = smf_entry_prove(provider, entry, NEED_VALID, why);
    if (status != SMF_OK && why->detail != SMF_DETAIL_STALE)
        return status;
    if (status != SMF_OK || !current) { /* its module says more, or is made anew */
        provider->statistics.stale++;
        smf_entry_drop(provider, entry);
        return SMF_OK;
    }
    provider->statistics.objects.hits++;
    smf_entry_touch(provider, entry);
    entry->holds++;
    *object = entry;
    return SMF_OK;
}

/* Measured, then made. */
static enum smf_status emit(struct smf_provider *provider, const struct smf_emission *emission,
                            struct smf_provider_entry *object, struct smf_diagnosis *why)
{
    const struct smf_emitter *emitter = provider->config.emitter;
    size_t size = 0, made = 0;
    enum smf_status status = emitter->emit(emitter, emission, NULL, 0, &size, why);
    if (status != SMF_OK)
        return smf_provider_fail_as(provider->config.supplier_count, emission->module, status, why);
    if (size == 0)
        return smf_provider_fail(why, SMF_DETAIL_EMITTER, emission->module, 0, 0);
    object->object = smf_provider_take(provider, size, why);
    if (object->object == NULL)
        return why->status;
    status = emitter->emit(emitter, emission, object->object, size, &made, why);
    if (status != SMF_OK)
        return smf_provider_fail_as(provider->config.supplier_count, emission->module, status, why);
    if (made != size)
        return smf_provider_fail(why, SMF_DETAIL_EMITTER, emission->module, made, size);
    object->source = smf_source_memory(object->object, size, SMF_STAYS_FOR_MODULE);
    object->source.context = object;
    object->cost = size;
    return SMF_OK;
}

/* An object of what `module` exports, held. */
static enum smf_status make(struct smf_provider *provider, const struct smf_provider_entry *module,
                            struct smf_provider_entry **object, struct smf_diagnosis *why)
{
    struct smf_units units;
    struct smf_provider_entry *entry = smf_entry_make(provider, module->name, true, why);
    *object = entry;
    if (entry == NULL)
        return why->status;
    entry->holds = 1;
    entry->supply.revision = module->supply.revision;
    entry->supplier = module->supplier;
    entry->asked = module->asked;
    entry->others = module->others;
    entry->options = module->options;
    enum smf_status status = smf_units_gather(provider, module, &units, why);
    if (status == SMF_OK) {
        const struct smf_emission emission = {.module = module->name,
                                              .image = module->image,
                                              .units = units.units,
                                              .unit_count = units.count,
                                              .arch = (enum smf_arch_id)module->image->header.arch};
        status = emit(provider, &emission, entry, why);
    }
    smf_units_give(provider, &units);
    if (status != SMF_OK)
        smf_entry_release(provider, entry);
    else
        smf_entry_keep(provider, entry);
    return status;
}

static enum smf_status give_object(struct smf_provider *provider, const char *name, struct smf_source *object,
                                   struct smf_diagnosis *why)
{
    struct smf_provider_entry *made = NULL, *module;
    if (smf_text_is_empty(name))
        return smf_fail(why, SMF_DETAIL_ARGUMENT, 0, 0, 0);
    enum smf_status status = recall(provider, name, &made, why);
    if (status != SMF_OK)
        return status;
    if (made == NULL) {
        struct smf_source stored;
        status = smf_entry_acquire(provider, name, NEED_VALID, &module, why);
        if (status != SMF_OK)
            return status;
        if (is_stored(module, &stored)) { /* held through its module */
            *object = stored;
            return SMF_OK;
        }
        if (provider->config.emitter == NULL)
            status = smf_provider_fail(why, SMF_DETAIL_NO_OBJECT, name, 0, 0);
        else
            status = smf_entry_prove(provider, module, NEED_PIC | NEED_IMAGE, why);
        if (status == SMF_OK)
            status = make(provider, module, &made, why);
        smf_entry_release(provider, module);
        if (status != SMF_OK)
            return status;
        provider->statistics.objects.misses++;
    }
    *object = made->source;
    return SMF_OK;
}

enum smf_status smf_provider_object(struct smf_provider *provider, const char *name, struct smf_source *object,
                                    struct smf_diagnosis *why)
{
    why = smf_provider_enter(provider, why);
    const enum smf_status status = give_object(provider, name, object, why);
    provider->statistics.held += status == SMF_OK;
    smf_provider_leave(provider);
    return status;
}

/* ---- Code ---- */

/* What one call about the code of a module needs. */
static enum smf_status acquire(struct smf_provider *provider, const char *name, struct smf_provider_entry **module,
                               struct smf_diagnosis *why)
{
    return smf_entry_acquire(provider, name, NEED_VALID | NEED_PIC | NEED_IMAGE, module, why);
}

static enum smf_status walk(struct smf_provider *provider, const struct smf_provider_entry *module,
                            int (*each)(void *context, const struct smf_code_unit *unit), void *context, int *answer,
                            struct smf_diagnosis *why)
{
    struct smf_units units;
    const enum smf_status status = smf_units_gather(provider, module, &units, why);
    for (size_t i = 0; status == SMF_OK && i < units.count && *answer == 0; i++)
        *answer = each(context, &units.units[i]);
    smf_units_give(provider, &units);
    return status;
}

enum smf_status smf_provider_walk_code(struct smf_provider *provider, const char *name,
                                       int (*each)(void *context, const struct smf_code_unit *unit), void *context,
                                       int *answer, struct smf_diagnosis *why)
{
    struct smf_provider_entry *module;
    int answered = 0;
    why = smf_provider_enter(provider, why);
    enum smf_status status = acquire(provider, name, &module, why);
    if (status == SMF_OK) {
        status = walk(provider, module, each, context, &answered, why);
        smf_entry_release(provider, module);
    }
    if (answer != NULL)
        *answer = answered;
    smf_provider_leave(provider);
    return status;
}

/* The exported function of this name: the first. `buffer` has room for the name with its NUL. */
static enum smf_status find(struct smf_image *image, const struct smf_units *units, const char *wanted, char *buffer,
                            struct smf_code_unit *unit, struct smf_diagnosis *why)
{
    const size_t size = smf_text_size(wanted);
    for (uint32_t i = 0; i < image->header.symbol_count; i++) {
        struct smf_symbol symbol;
        const char *name;
        size_t length = 0;
        enum smf_status status = smf_image_symbol(image, i, &symbol, why);
        if (status == SMF_OK && smf_unit_place(units, image, &symbol, unit)) {
            status = smf_image_name(image, symbol.name, buffer, size, &name, &length, why);
            if (status == SMF_OK && length + 1 == size && memcmp(name, wanted, length) == 0) {
                unit->symbol = i;
                unit->name = wanted;
                return SMF_OK;
            }
        }
        if (status != SMF_OK && smf_unit_is_fatal(status))
            return status;
    }
    smf_fail_clear(why);
    return smf_provider_fail(why, SMF_DETAIL_NO_CODE, wanted, 0, 0);
}

/* The bytes of a unit; of a compressed section all have to be made first. */
static enum smf_status read_unit(struct smf_provider *provider, struct smf_image *image,
                                 const struct smf_code_unit *unit, void *buffer, struct smf_diagnosis *why)
{
    const struct smf_section *section = &image->sections[unit->section];
    if ((section->flags & SMF_SECTION_COMPRESSED) == 0)
        return smf_image_read(image, unit->section, unit->offset, buffer, unit->size, why);
    uint8_t *code = smf_provider_take_scratch(provider, section->virtual_size, why);
    if (code == NULL)
        return why->status;
    const enum smf_status status =
        smf_section_read(image, provider->config.codecs, unit->section, code, section->virtual_size, why);
    if (status == SMF_OK)
        memcpy(buffer, code + unit->offset, unit->size);
    smf_provider_give(provider, code);
    return status;
}

/* Not inline: what it has on the stack is not there while the module is found and opened. */
static __attribute__((noinline)) enum smf_status copy(struct smf_provider *provider,
                                                      const struct smf_provider_entry *module, const char *symbol,
                                                      struct smf_code_unit *unit, void *buffer, size_t capacity,
                                                      struct smf_diagnosis *why)
{
    struct smf_units units = {.count = 0};
    struct smf_code_unit found = {.size = 0};
    enum smf_status status = smf_units_survey(provider, module->image, &units, why);
    if (status == SMF_OK) {
        units.names = smf_provider_take_scratch(provider, smf_text_size(symbol), why);
        status = units.names != NULL ? find(module->image, &units, symbol, units.names, &found, why) : why->status;
    }
    if (status == SMF_OK && found.size == 0) {
        why->index = found.symbol;
        status = smf_provider_fail(why, SMF_DETAIL_UNREADABLE, symbol, found.offset, 0);
    }
    if (status == SMF_OK && buffer != NULL && found.size > capacity)
        status = smf_provider_fail(why, SMF_DETAIL_CODE_SPACE, symbol, found.size, capacity);
    if (status == SMF_OK && buffer != NULL) {
        found.bytes = buffer;
        status = read_unit(provider, module->image, &found, buffer, why);
    }
    if (status == SMF_OK)
        *unit = found;
    smf_units_give(provider, &units);
    return status;
}

enum smf_status smf_provider_code(struct smf_provider *provider, const char *name, const char *symbol,
                                  struct smf_code_unit *unit, void *buffer, size_t capacity, struct smf_diagnosis *why)
{
    struct smf_provider_entry *module;
    why = smf_provider_enter(provider, why);
    enum smf_status status =
        symbol != NULL ? acquire(provider, name, &module, why) : smf_fail(why, SMF_DETAIL_ARGUMENT, 0, 0, 0);
    if (status == SMF_OK) {
        status = copy(provider, module, symbol, unit, buffer, capacity, why);
        smf_entry_release(provider, module);
    }
    smf_provider_leave(provider);
    return status;
}
