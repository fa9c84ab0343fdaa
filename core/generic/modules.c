/* SPDX-License-Identifier: MIT */
/* modules.c - modules come with templates and uses, and go with what was made of them; and where names lead. */
#include "base/bytes.h"
#include "base/fail.h"
#include "generic/engine.h"
#include "smf/hash.h"

struct smf_instantiator_module *smf_generic_module(const struct smf_instantiator *instantiator, uint32_t number)
{
    struct smf_instantiator_module *module = instantiator->modules;
    while (module != NULL && module->number != number)
        module = module->next;
    return module;
}

/* ---- Names ---- */

/* Beside a system, what only a taker knows: no version can be bound to that. */
static bool is_foreign(const struct smf_instantiator *instantiator, const struct smf_instantiator_module *module)
{
    return instantiator->system != NULL && module->loaded == NULL;
}

static bool is_loaded(const struct smf_instantiator *instantiator, uint32_t number)
{
    const struct smf_instantiator_module *module = number != 0 ? smf_generic_module(instantiator, number) : NULL;
    return module != NULL && module->loaded != NULL;
}

/* The chain has newer modules first. */
struct template *smf_generic_template(const struct smf_instantiator *instantiator, uint32_t asker, const char *name,
                                      size_t size, unsigned *index)
{
    const struct template_name *found = NULL;
    const struct node *node = smf_generic_first(instantiator, NODE_TEMPLATE, smf_generic_hash(name, size));
    for (; node != NULL; node = smf_generic_next(node)) {
        const struct template_name *entry = (const void *)node;
        const struct template *template = entry->template;
        if (entry->size != size || memcmp(entry->text, name, size) != 0)
            continue;
        const bool own = asker != 0 && template->module->number == asker;
        const bool better =
            found == NULL || found->template->record.bytes == NULL ||
            (is_foreign(instantiator, found->template->module) && !is_foreign(instantiator, template->module));
        if (own && template->record.bytes != NULL) {
            found = entry;
            break;
        }
        if ((own || !template->module->retired) && better && (found == NULL || template->record.bytes != NULL))
            found = entry;
    }
    if (found == NULL || (is_foreign(instantiator, found->template->module) && is_loaded(instantiator, asker)))
        return NULL;
    *index = (unsigned)(found - found->template->names);
    if (*index >= found->template->record.export_count)
        *index = 0;
    return found->template;
}

static bool find_in(const struct smf_instantiator_module *module, const char *name, struct smf_provided *provided)
{
    struct smf_found found;
    if (module->loaded == NULL || smf_find(module->loaded, name, &found) != SMF_OK)
        return false;
    *provided =
        (struct smf_provided){.address = (uintptr_t)found.address, .kind = found.kind, .module = module->number};
    return true;
}

enum smf_status smf_generic_provide(struct smf_instantiator *instantiator, uint32_t asker, const char *name, bool data,
                                    struct smf_provided *found)
{
    const struct smf_surroundings *around = &instantiator->config.around;
    *found = (struct smf_provided){.address = 0};
    if (around->find != NULL)
        return around->find(around->context, asker, name, data, found);
    const struct smf_instantiator_module *module = asker != 0 ? smf_generic_module(instantiator, asker) : NULL;
    if (module != NULL && find_in(module, name, found))
        return SMF_OK;
    for (module = instantiator->modules; module != NULL; module = module->next)
        if (!module->retired && find_in(module, name, found))
            return SMF_OK;
    return SMF_ERR_NOT_FOUND;
}

/* ---- Coming and going ---- */

static void give(struct smf_instantiator *instantiator, void *block)
{
    smf_arena_give(smf_generic_arena(instantiator), block);
}

void smf_generic_free_module(struct smf_instantiator *instantiator, struct smf_instantiator_module *module)
{
    while (module->brought != NULL) {
        void *chunk = module->brought;
        module->brought = *(void **)chunk;
        give(instantiator, chunk);
    }
    give(instantiator, module);
}

static void link_all(struct smf_instantiator *instantiator, struct smf_instantiator_module *module)
{
    for (struct template *template = module->templates; template != NULL; template = template->next) {
        for (uint32_t i = 0; i < template->name_count; i++)
            smf_generic_enter(instantiator, &template->names[i].node, NODE_TEMPLATE, template->names[i].node.hash);
        instantiator->statistics.templates++;
    }
    for (struct use *use = module->uses; use != NULL; use = use->next) {
        smf_generic_enter(instantiator, &use->node, NODE_USE, smf_hash_name(use->texts.mangled));
        instantiator->statistics.uses++;
    }
    module->next = instantiator->modules;
    instantiator->modules = module;
    instantiator->statistics.modules++;
}

/* Nothing that was made of it is left. */
static void drop_module(struct smf_instantiator *instantiator, struct smf_instantiator_module *module)
{
    struct smf_instantiator_module **at = &instantiator->modules;
    while (*at != module)
        at = &(*at)->next;
    *at = module->next;
    for (struct template *template = module->templates; template != NULL; template = template->next) {
        for (uint32_t i = 0; i < template->name_count; i++)
            smf_generic_leave(&template->names[i].node);
        instantiator->statistics.templates--;
    }
    for (struct use *use = module->uses; use != NULL; use = use->next) {
        smf_generic_untie(use);
        smf_generic_set_made(instantiator, use, false);
        smf_generic_leave(&use->node);
        instantiator->statistics.uses--;
    }
    instantiator->statistics.modules--;
    smf_generic_free_module(instantiator, module);
}

/* Was anything made of it, or for it? */
static bool is_busy(const struct smf_instantiator *instantiator, const struct smf_instantiator_module *module)
{
    for (const struct use *use = module->uses; use != NULL; use = use->next)
        if (use->bound)
            return true;
    for (const struct smf_made_instance *made = instantiator->instances; made != NULL; made = made->older)
        if (smf_generic_holds(made, module->number))
            return true;
    return false;
}

static bool is_named_alike(const struct smf_instantiator_module *one, const struct smf_instantiator_module *other)
{
    size_t at = 0;
    while (one->name[at] == other->name[at] && one->name[at] != '\0')
        at++;
    return one->name[at] == other->name[at];
}

/* Another module has a template of ours under the same name. */
static enum smf_status check_names(const struct smf_instantiator *instantiator,
                                   const struct smf_instantiator_module *module, struct smf_diagnosis *why)
{
    for (const struct template *template = module->templates; template != NULL; template = template->next)
        for (uint32_t i = 0; i < template->name_count && template->record.bytes != NULL; i++) {
            const struct template_name *name = &template->names[i];
            unsigned index;
            const struct template *other = smf_generic_template(instantiator, 0, name->text, name->size, &index);
            if (other == NULL || other->record.bytes == NULL || other->module->number == module->number ||
                is_named_alike(other->module, module))
                continue;
            smf_fail_name(why, name->text, name->size);
            return smf_fail(why, SMF_DETAIL_TEMPLATE_TWICE, 0, other->module->number, 0);
        }
    return SMF_OK;
}

static struct smf_instantiator_module *start_module(struct smf_instantiator *instantiator,
                                                    const struct smf_instantiator_item *item)
{
    size_t size = 0;
    while (item->name[size++] != '\0')
        ;
    struct smf_instantiator_module *module =
        smf_arena_take_scratch(smf_generic_arena(instantiator), sizeof *module + size);
    if (module == NULL)
        return NULL;
    *module = (struct smf_instantiator_module){.loaded = item->module, .number = item->number};
    memcpy(module->name, item->name, size);
    return module;
}

enum smf_status smf_instantiator_add(struct smf_instantiator *instantiator, const struct smf_instantiator_item *item,
                                     struct smf_diagnosis *why)
{
    if (instantiator == NULL || instantiator->buckets == NULL || item == NULL || item->number == 0 ||
        item->name == NULL || item->image == NULL)
        return SMF_ERR_ARGUMENT;
    if (why == NULL)
        why = &instantiator->unwanted;
    smf_fail_clear(why);
    struct smf_instantiator_module *old = smf_generic_module(instantiator, item->number);
    if (old != NULL && is_busy(instantiator, old)) {
        smf_generic_say_text(why, old->name);
        return smf_fail(why, SMF_DETAIL_MODULE_BUSY, 0, item->number, 0);
    }
    struct smf_instantiator_module *module = start_module(instantiator, item);
    if (module == NULL) {
        smf_generic_say_text(why, item->name);
        return smf_generic_no_arena(instantiator, why, sizeof *module);
    }
    enum smf_status status = smf_generic_gather(instantiator, module, item->image, why);
    if (status == SMF_OK)
        status = check_names(instantiator, module, why);
    if (status != SMF_OK) {
        if (why->name[0] == '\0')
            smf_generic_say_text(why, module->name);
        smf_generic_free_module(instantiator, module);
        return status;
    }
    if (old != NULL)
        drop_module(instantiator, old);
    link_all(instantiator, module);
    return SMF_OK;
}

/* Would it be made otherwise without the names of this module? Its template and its types it is asked for by themselves. */
static bool is_found_by_names_of(const struct smf_made_instance *made, const struct smf_instantiator_module *module)
{
    if (made->template->module == module || !smf_generic_holds(made, module->number))
        return false;
    for (unsigned i = 0; i < made->template->record.parameter_count; i++)
        if (made->types[i]->module == module->number)
            return false;
    return true;
}

void smf_instantiator_retire(struct smf_instantiator *instantiator, uint32_t number)
{
    struct smf_instantiator_module *module = instantiator != NULL ? smf_generic_module(instantiator, number) : NULL;
    if (module == NULL || module->retired)
        return;
    module->retired = true;
    for (struct smf_made_instance *made = instantiator->instances; made != NULL; made = made->older)
        made->stale = made->stale || is_found_by_names_of(made, module);
}

void smf_instantiator_remove(struct smf_instantiator *instantiator, uint32_t number)
{
    struct smf_instantiator_module *module = instantiator != NULL ? smf_generic_module(instantiator, number) : NULL;
    if (module == NULL)
        return;
    for (struct use *use = module->uses; use != NULL; use = use->next)
        smf_generic_untie(use);
    smf_generic_sweep(instantiator, number);
    drop_module(instantiator, module);
}
