/* SPDX-License-Identifier: MIT */
/*
 * taker_maker.c - the instantiator as a taker sees it (smf/taker.h): modules that it did not know are
 * added when they are asked of, and what was made is handed out with the place where it runs.
 */
#include "generic/taker_maker.h"
#include "base/bytes.h"
#include "base/fail.h"
#include "generic/engine.h"
#include "system/text.h"

/* ---- Modules ---- */

static bool is_entry(struct smf_image *image, const struct template *template, const struct smf_template *entry,
                     struct smf_diagnosis *why)
{
    bool same = false;
    for (uint32_t i = 0; i < template->name_count && !same; i++)
        if (smf_span_is(image, &entry->name, template->names[i].text, template->names[i].size, &same, why) != SMF_OK)
            return false;
    return same && template->record.bytes != NULL &&
           smf_span_is(image, &entry->body, (const char *)template->record.bytes, template->record.size, &same, why) ==
               SMF_OK &&
           same;
}

/* Records of one section that the module has; UINT32_MAX: not all of them, or they cannot be read. */
static uint32_t count_same(const struct smf_instantiator_module *module, struct smf_image *image, uint32_t section,
                           struct smf_diagnosis *why)
{
    struct smf_templates templates;
    struct smf_template entry;
    size_t cursor = 0;
    uint32_t count = 0;
    enum smf_status status = smf_templates_open(&templates, image, section, why);
    while (status == SMF_OK && (status = smf_templates_next(&templates, &cursor, &entry, why)) == SMF_OK) {
        const struct template *template = entry.record ? module->templates : NULL;
        while (template != NULL && !is_entry(image, template, &entry, why))
            template = template->next;
        if (entry.record && template == NULL)
            return UINT32_MAX;
        count += entry.record;
    }
    return status == SMF_ERR_NOT_FOUND ? count : UINT32_MAX;
}

/* Has the module all records of this image, and no others? */
static bool is_same(struct smf_instantiator *instantiator, const struct smf_instantiator_module *module,
                    struct smf_image *image)
{
    uint32_t count = 0;
    for (const struct template *template = module->templates; template != NULL; template = template->next)
        count += template->record.bytes != NULL;
    uint32_t section = smf_templates_section(image, 0);
    for (; section != SMF_NO_SYMBOL; section = smf_templates_section(image, section + 1)) {
        const uint32_t some = count_same(module, image, section, &instantiator->unwanted);
        if (some > count)
            return false;
        count -= some;
    }
    return count == 0;
}

/* Has the module this template, with these bytes, and, if it needs others, these with theirs? An opaque one has none that could be
 * compared. */
static bool has(struct smf_instantiator *instantiator, const struct smf_instantiator_module *module,
                const struct smf_instantiation *what)
{
    const size_t size = smf_text_size(what->base) - 1;
    for (const struct template *template = module->templates; template != NULL; template = template->next)
        for (uint32_t i = 0; i < template->name_count; i++) {
            const struct template_name *name = &template->names[i];
            if (name->size != size || memcmp(name->text, what->base, size) != 0)
                continue;
            const struct smf_record *record = &template->record;
            if (record->bytes == NULL)
                return !what->generic->record;
            return record->size == what->generic->body.size && memcmp(record->bytes, what->body, record->size) == 0 &&
                   (record->need_count == 0 || is_same(instantiator, module, what->image));
        }
    return false;
}

/* A number that no module has, from above: handles of a system come from below. */
static uint32_t free_number(const struct smf_instantiator *instantiator)
{
    uint32_t number = UINT32_MAX;
    while (smf_generic_module(instantiator, number) != NULL)
        number--;
    return number;
}

/* What was added under this name before has changed: it goes, or only its names if something was made of it. */
static void replace(struct smf_instantiator *instantiator, const char *name)
{
    struct smf_instantiator_module *module = instantiator->modules, *next;
    for (; module != NULL; module = next) {
        next = module->next;
        if (module->loaded != NULL || !smf_text_is_same(module->name, name))
            continue;
        const struct smf_made_instance *instance = instantiator->instances;
        while (instance != NULL && !smf_generic_holds(instance, module->number))
            instance = instance->older;
        if (instance != NULL) /* also one that has been retired: nobody else would free it */
            smf_instantiator_retire(instantiator, module->number);
        else
            smf_instantiator_remove(instantiator, module->number);
    }
}

/* The module's image, whose source nobody promises to keep: what is needed of it is copied. */
static enum smf_status add(struct smf_instantiator *instantiator, const struct smf_instantiation *what,
                           uint32_t *number, struct smf_diagnosis *why)
{
    const struct smf_source *source = what->image->source;
    struct smf_source passing = *source;
    replace(instantiator, what->module);
    *number = free_number(instantiator);
    const struct smf_instantiator_item item = {.number = *number, .name = what->module, .image = what->image};
    passing.stay = SMF_STAYS_FOR_LOAD;
    what->image->source = &passing;
    const enum smf_status status = smf_instantiator_add(instantiator, &item, why);
    what->image->source = source;
    return status;
}

/* The number of the module that the template is of. */
static enum smf_status find_module(struct smf_instantiator *instantiator, const struct smf_instantiation *what,
                                   uint32_t *number, struct smf_diagnosis *why)
{
    const struct smf_instantiator_module *module = instantiator->modules;
    while (module != NULL &&
           (module->retired || !smf_text_is_same(module->name, what->module) || !has(instantiator, module, what)))
        module = module->next;
    if (module == NULL)
        return add(instantiator, what, number, why);
    *number = module->number;
    return SMF_OK;
}

/* ---- Making ---- */

/* The instance's bytes, as they lie where they run. */
static enum smf_status hand_out(const struct smf_instantiator *instantiator, const struct smf_instance *instance,
                                struct smf_room *room)
{
    const bool thumb = instantiator->config.arch != NULL && instantiator->config.arch->id == SMF_ARCH_ARM;
    uint8_t *bytes = room->take(room, instance->size);
    if (bytes == NULL)
        return SMF_ERR_NO_ARENA;
    memcpy(bytes, (const void *)instance->code, instance->size);
    room->address = instance->address;
    room->offset = (instance->address & ~(uintptr_t)thumb) - instance->code;
    return SMF_OK;
}

static enum smf_status make_instance(const struct smf_taker_maker *maker, const struct smf_instantiation *what,
                                     struct smf_room *room, struct smf_diagnosis *why)
{
    struct smf_instantiator *instantiator = maker->context;
    struct smf_instance instance;
    uint32_t number = 0;
    enum smf_status status = find_module(instantiator, what, &number, why);
    if (status == SMF_OK)
        status = smf_instantiate(instantiator, number, what->base, what->types, &instance, why);
    if (status != SMF_OK)
        return status;
    status = hand_out(instantiator, &instance, room);
    if (status != SMF_OK)
        maker->release(maker, instance.name, instance.address);
    return status;
}

/* Was it made for these types? What stands before them may be the template's own name, which is no function's. */
static bool is_made_for(const struct smf_made_instance *made, unsigned index, const char *name)
{
    const char *types = made->names[index].text + smf_record_export(&made->template->record, index).name.size;
    const size_t size = smf_generic_length(types), whole = smf_generic_length(name);
    return whole >= size && smf_text_is_same(name + (whole - size), types);
}

/* A name may be an older version's, too, and code may be shared: so both have to be right. */
static bool is_meant(const struct smf_made_instance *made, const char *name, uintptr_t address)
{
    for (unsigned i = 0; made->callers != 0 && i < made->template->record.export_count; i++)
        if (smf_generic_function(made, i) == address && is_made_for(made, i, name))
            return true;
    return false;
}

/* It may have gone with a module that it was made of. */
static void release(const struct smf_taker_maker *maker, const char *name, uintptr_t address)
{
    struct smf_instantiator *instantiator = maker->context;
    struct smf_made_instance *made = instantiator->instances;
    while (made != NULL && !is_meant(made, name, address))
        made = made->older;
    if (made != NULL)
        smf_generic_let_go(instantiator, made);
}

struct smf_taker_maker smf_instantiator_taker_maker(struct smf_instantiator *instantiator)
{
    return (struct smf_taker_maker){smf_generic_infer, make_instance, release, instantiator};
}
