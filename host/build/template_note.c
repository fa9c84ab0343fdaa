/* SPDX-License-Identifier: MIT */
/*
 * template_note.c - note.sdn: which instances the module uses (possible), has built in (instantiations), and what its templates and
 * instances need of others (dependencies).
 */
#include "template.h"

#include <string.h>

#define TYPES_MAX 64u

struct rows {
    struct smf_write_sdn_row *items;
    size_t count, capacity;
};

const char *template_need_text(struct build *build, const struct template *template, unsigned index,
                               const struct smf_type *types)
{
    char text[1024];
    size_t length = 0;
    const char *need = template->needs[index].text;
    if (smf_types_substitute(need, strlen(need), template->parameters, template->parameter_count, types, text,
                             sizeof text, &length) != SMF_OK)
        return NULL;
    return pool_text(&build->pool, "%s", text);
}

static void add_dependency(struct build *build, struct rows *rows, const char *from, const char *to)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->items[i].table == SMF_SDN_DEPENDENCIES && strcmp(rows->items[i].cells[0], from) == 0 &&
            strcmp(rows->items[i].cells[1], to) == 0)
            return;
    PUSH(&build->pool, rows->items, rows->count, rows->capacity) = (struct smf_write_sdn_row){
        .table = SMF_SDN_DEPENDENCIES, .cells = {from, to, "inner_type"}
    };
}

/* Of the templates themselves, as they are written: "reverse<T>" needs "swap<T>". */
static void add_template_needs(struct build *build, const struct template *template, struct rows *rows)
{
    const char *own = template->exports[0].name, *list = template->parameters[0];
    for (unsigned i = 1; i < template->parameter_count; i++)
        list = pool_text(&build->pool, "%s, %s", list, template->parameters[i]);
    for (unsigned i = 0; i < template->need_count; i++)
        add_dependency(build, rows, pool_text(&build->pool, "%s<%s>", own, list), template->needs[i].text);
}

/* Of an instance whose template is here. */
static void add_use_needs(struct build *build, const struct template_use *use, struct rows *rows)
{
    struct smf_type room[TYPES_MAX];
    const struct smf_type *types = NULL;
    const struct template *template = template_find(build, use->base);
    size_t base = 0;
    if (template == NULL || smf_types_split(use->text, strlen(use->text), &base, room, TYPES_MAX, &types) != SMF_OK ||
        smf_types_count(types) != template->parameter_count)
        return;
    for (unsigned i = 0; i < template->need_count; i++) {
        struct template_use need;
        const char *text = template_need_text(build, template, i, types);
        if (text != NULL && template_split(build, use->file, text, &need))
            add_dependency(build, rows, use->mangled, need.mangled);
    }
}

static void add_use(struct build *build, const struct template_use *use, const char *module, struct rows *rows)
{
    struct smf_write_sdn_row row = {
        .table = SMF_SDN_POSSIBLE, .cells = {use->base, use->types, use->mangled, module, "true"}
    };
    if (use->built)
        row = (struct smf_write_sdn_row){
            .table = SMF_SDN_INSTANTIATIONS,
            .cells = {use->base, use->types, use->mangled, use->file, "", module, "compiled"}
        };
    PUSH(&build->pool, rows->items, rows->count, rows->capacity) = row;
}

void template_write_note(struct build *build)
{
    struct templates *all = build->templates;
    const char *module = build_module_name(build);
    struct rows rows = {0};
    for (unsigned built = 0; built < 2; built++)
        for (size_t i = 0; i < all->use_count; i++)
            if (all->uses[i].built == (built == 0))
                add_use(build, &all->uses[i], module, &rows);
    for (size_t i = 0; i < all->count; i++)
        add_template_needs(build, all->items[i], &rows);
    for (size_t i = 0; i < all->use_count; i++)
        add_use_needs(build, &all->uses[i], &rows);
    if (rows.count == 0)
        return;
    all->note_size = smf_sdn_write(rows.items, (uint32_t)rows.count, NULL, 0);
    all->note = pool_take(&build->pool, all->note_size);
    smf_sdn_write(rows.items, (uint32_t)rows.count, all->note, all->note_size);
}
