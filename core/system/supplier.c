/* SPDX-License-Identifier: MIT */
/* supplier.c - a ready-made supplier: a table of modules in memory. */
#include "smf/supplier.h"

#include "system/text.h"

static const struct smf_memory_module *find_in_table(const struct smf_supplier *supplier, const char *name)
{
    const struct smf_memory_modules *table = supplier->context;
    for (size_t i = 0; i < table->count; i++)
        if (smf_text_is_same(table->modules[i].name, name))
            return &table->modules[i];
    return NULL;
}

static enum smf_status memory_find(const struct smf_supplier *supplier, const char *name, struct smf_supply *supply,
                                   struct smf_diagnosis *why)
{
    const struct smf_memory_module *module = find_in_table(supplier, name);
    (void)why;
    if (module == NULL)
        return SMF_ERR_NOT_FOUND;
    supply->source = module->source;
    supply->kind = SMF_ORIGIN_MEMORY;
    supply->place = supplier->title;
    return SMF_OK;
}

static enum smf_status memory_look(const struct smf_supplier *supplier, const char *name, uint64_t *revision)
{
    *revision = 0;
    return find_in_table(supplier, name) != NULL ? SMF_OK : SMF_ERR_NOT_FOUND;
}

static int memory_list(const struct smf_supplier *supplier, int (*each)(void *context, const char *name), void *context)
{
    const struct smf_memory_modules *table = supplier->context;
    int answer = 0;
    for (size_t i = 0; i < table->count && answer == 0; i++)
        answer = each(context, table->modules[i].name);
    return answer;
}

struct smf_supplier smf_memory_supplier(const char *title, struct smf_memory_modules *modules)
{
    return (struct smf_supplier){
        .title = title, .find = memory_find, .look = memory_look, .list = memory_list, .context = modules};
}
