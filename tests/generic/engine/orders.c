/* SPDX-License-Identifier: MIT */
/*
 * orders.c - modules come, are retired and go, and instances are bound, made and dropped, in orders that nobody thought of, while
 * some calls fail: after each step what counts is counted anew, and a call that failed has changed nothing.
 */
#include "generic/engine.h" /* what is counted is what there is, not what is said */
#include "generic/engine/scene.h"

enum { MODULES = 12, STEPS = 2500, ROWS = 5 };
enum { LIB, HELPER, USER, KINDS };

static const uint8_t term_t[] = {0}, term_pointer[] = {SMF_TERM_POINTER, 0};
static struct simple sort, swap, same;
static unsigned images[KINDS];
static uint32_t seed;

static const struct smf_write_sdn_row rows[ROWS] = {
    {SMF_SDN_POSSIBLE, {"sort", "Point", "sort$Point", "user", "true"}},
    {SMF_SDN_POSSIBLE, {"sorted", "i64", "sorted$i64", "user", "true"}},
    {SMF_SDN_POSSIBLE, {"same", "*Point", "of_points", "user", "true"}},
    {SMF_SDN_POSSIBLE, {"same", "text", "same$text", "user", "true"}  },
    {SMF_SDN_POSSIBLE, {"swap", "Point", "swap$Point", "user", "true"}},
};

static unsigned any(unsigned count)
{
    seed = seed * 1664525u + 1013904223u;
    return (unsigned)((uint64_t)(seed >> 8) * count >> 24);
}

/* ---- What stands around: only what is there ---- */

static enum smf_status find(void *context, uint32_t asker, const char *name, bool data, struct smf_provided *found)
{
    const struct scene_name *best = NULL;
    (void)context;
    if (++scene.asked == scene.refuse_at)
        return SMF_ERR_IO;
    for (unsigned i = 0; i < scene.name_count; i++) {
        const struct scene_name *entry = &scene.names[i];
        const struct smf_instantiator_module *module =
            entry->module != 0 ? smf_generic_module(&scene.instantiator, entry->module) : NULL;
        if (entry->data != data || strcmp(entry->name, name) != 0 || (entry->module != 0 && module == NULL) ||
            (module != NULL && module->retired && entry->module != asker))
            continue;
        if (best == NULL || entry->module == asker)
            best = entry;
    }
    if (best == NULL)
        return SMF_ERR_NOT_FOUND;
    *found = (struct smf_provided){.address = best->address,
                                   .kind = data ? SMF_KIND_DATA : SMF_KIND_FUNCTION,
                                   .module = best->module,
                                   .bytes = data ? best->bytes : NULL,
                                   .room = data ? sizeof best->bytes : 0};
    return SMF_OK;
}

static unsigned image_of(const struct simple *one, const struct simple *other, unsigned row_count)
{
    const struct smf_write_record *const list[] = {one != NULL ? &one->record : NULL,
                                                   other != NULL ? &other->record : NULL};
    return scene_image(&(struct template_module){.records = list,
                                                 .record_count = (one != NULL) + (unsigned)(other != NULL),
                                                 .rows = rows,
                                                 .row_count = row_count,
                                                 .arch = scene.config.arch->id});
}

static void open(void)
{
    scene_start(scene_machine());
    scene.config.around.find = find;
    scene.config.max_instances = 14;
    simple_start(&swap, "swap", 1);
    simple_start(&sort, "sort", 1);
    simple_start(&same, "same", 1);
    simple_export(&sort, "sorted", 32);
    simple_export(&same, "as_well", 64);
    simple_word(&swap, 0, (struct smf_write_unit_symbol){.kind = SMF_UNIT_IMPORT, .name = "helper", .slot = true});
    simple_need(&sort, "swap", term_t, 1);
    simple_need(&sort, "as_well", term_pointer, 2);
    simple_word(&sort, 0, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NEED, .what = 0, .called = true});
    simple_word(&sort, 8, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NEED, .what = 1});
    simple_word(&sort, 16, (struct smf_write_unit_symbol){.kind = SMF_UNIT_NUMBER, .what = SMF_UNIT_SIZE});
    scene_plain(0, "string", 8, 2);
    for (uint32_t number = 1; number <= MODULES; number++) {
        if (number % KINDS == USER && number % 2 == 0)
            scene_plain(number, "Point", 4 * number, 2);
        if (number % KINDS == HELPER)
            scene_function(number, "helper", 0x4000 + 0x100 * number);
    }
    images[LIB] = image_of(&sort, NULL, 0);
    images[HELPER] = image_of(&swap, &same, 0);
    images[USER] = image_of(NULL, NULL, ROWS);
    scene_open();
}

/* ---- What there is ---- */

static unsigned count_rows(const struct smf_made_instance *made)
{
    unsigned count = 0;
    for (const struct use *use = made->rows; use != NULL; use = use->next_row) {
        CHECK(use->instance == made && *use->row_at == use);
        CHECK(smf_generic_module(&scene.instantiator, use->module->number) == use->module);
        count += use->bound;
    }
    return count;
}

static unsigned count_needing(const struct smf_made_instance *made)
{
    unsigned count = 0;
    const struct smf_made_instance *other = scene.instantiator.instances;
    for (; other != NULL; other = other->older)
        for (unsigned i = 0; i < other->need_count; i++)
            count += other->needs[i] == made;
    return count;
}

static void check_instance(const struct smf_made_instance *made)
{
    CHECK_EQUAL(made->users, made->callers + count_rows(made) + count_needing(made));
    CHECK(made->users != 0);
    CHECK(smf_generic_holds(made, made->template->module->number));
    for (unsigned i = 0; i < made->hold_count; i++)
        CHECK(smf_generic_module(&scene.instantiator, made->holds[i]) != NULL);
    for (unsigned i = 0; i < made->need_count; i++)
        for (unsigned k = 0; k < made->needs[i]->hold_count; k++)
            CHECK(smf_generic_holds(made, made->needs[i]->holds[k]));
    for (size_t i = 0; i < export_count(made); i++)
        CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, made->names[i].mapped),
                    i == 0 ? made->address : smf_generic_function(made, i));
}

static void check_types(void)
{
    uint32_t types = 0;
    for (const struct type *type = scene.instantiator.pointer_types; type != NULL; type = type->older, types++) {
        uint32_t users = 0;
        const struct smf_made_instance *made = scene.instantiator.instances;
        for (; made != NULL; made = made->older)
            for (unsigned i = 0; i < made->template->record.parameter_count; i++)
                users += made->types[i] == type;
        CHECK_EQUAL(type->users, users);
        CHECK(users != 0);
        CHECK(type->module == 0 || smf_generic_module(&scene.instantiator, type->module) != NULL);
    }
    CHECK_EQUAL(scene_statistics().types, types);
}

/* Codes, each once: those that are shared by the newest of their instances. */
static void check_code(void)
{
    struct smf_mapper_statistics mapper;
    size_t bytes = 0, codes = 0, instances = 0, names = 0;
    for (const struct smf_made_instance *made = scene.instantiator.instances; made != NULL; made = made->older) {
        const struct smf_made_instance *newer = scene.instantiator.instances;
        while (newer != made && newer->address != made->address)
            newer = newer->older;
        bytes += newer == made ? made->size : 0;
        codes += newer == made;
        names += export_count(made) + (newer == made && made->shared != NULL);
        instances++;
    }
    smf_mapper_get_statistics(&scene.mapper, &mapper);
    CHECK_EQUAL(mapper.region_count, codes);
    CHECK_EQUAL(mapper.mapped_symbols, names);
    const struct smf_instantiator_statistics statistics = scene_statistics();
    CHECK_EQUAL(statistics.instances, instances);
    CHECK_EQUAL(statistics.shared, instances - codes);
    CHECK_EQUAL(statistics.code_bytes, bytes);
}

static bool is_right(void *context, const struct smf_use *use)
{
    (void)context;
    CHECK(use->made);
    return true;
}

static void check_all(void)
{
    uint32_t uses = 0, modules = 0;
    for (const struct smf_made_instance *made = scene.instantiator.instances; made != NULL; made = made->older)
        check_instance(made);
    check_types();
    check_code();
    for (const struct smf_instantiator_module *module = scene.instantiator.modules; module != NULL;
         module = module->next) {
        modules++;
        for (const struct use *use = module->uses; use != NULL; use = use->next, uses++)
            CHECK_EQUAL(use->texts.made, use->instance != NULL);
    }
    CHECK_EQUAL(scene_statistics().uses, uses);
    CHECK_EQUAL(scene_statistics().modules, modules);
    smf_instantiator_uses(&scene.instantiator, 0, true, is_right, NULL);
}

/* ---- Steps ---- */

static enum smf_status bind(uint32_t importer, const char *symbol)
{
    const struct smf_system_generics generics = smf_instantiator_generics(&scene.instantiator);
    const struct smf_handle handle = {importer};
    struct smf_system_made made;
    if (!generics.can(generics.context, handle, symbol))
        return SMF_OK;
    return generics.make(generics.context, handle, symbol, &made, &scene.why);
}

static enum smf_status drop_any(void)
{
    const struct smf_made_instance *made = scene.instantiator.instances;
    for (unsigned i = any(8); made != NULL && made->older != NULL && i != 0; i--)
        made = made->older;
    if (made == NULL)
        return SMF_OK;
    const struct made_name *name = &made->names[any((unsigned)export_count(made))];
    return smf_instantiator_drop(&scene.instantiator, any(2) != 0 ? name->mapped : name->text);
}

static enum smf_status step(void)
{
    static const char *const templates[] = {"sort", "sorted", "same", "as_well", "swap"};
    static const char *const types[] = {"i64", "u8", "Point", "*Point", "text"};
    static const char *const names[] = {"lib", "helper", "user"};
    const uint32_t number = 1 + any(MODULES);
    const bool there = smf_generic_module(&scene.instantiator, number) != NULL;
    const uint32_t asker = there ? number : 0;
    switch (any(10)) {
    case 0:
    case 1:
    case 2:
        return scene_add_image(number, names[number % KINDS], images[number % KINDS]);
    case 3:
        if (any(3) == 0)
            smf_instantiator_remove(&scene.instantiator, number);
        else
            smf_instantiator_retire(&scene.instantiator, number);
        return SMF_OK;
    case 4:
        return drop_any();
    case 5:
    case 6:
        return scene_make(asker, templates[any(5)], types[any(5)]);
    case 7:
        return scene_symbol(asker, rows[any(ROWS)].cells[2]);
    default:
        return bind(asker, rows[any(ROWS)].cells[2]);
    }
}

static void check_order(uint32_t from, unsigned *good, unsigned *bad)
{
    struct scene_state before;
    open();
    seed = from;
    for (unsigned i = 0; i < STEPS; i++) {
        tap_variant("seed=%u step=%u", from, i);
        scene.paper.fail_with = SMF_ERR_NO_MEMORY;
        scene.paper.fail_at = any(6) == 0 ? scene.paper.fallible + 1 + any(6) : 0;
        scene.refuse_at = any(12) == 0 ? scene.asked + 1 + any(4) : 0;
        scene_look(&before);
        const enum smf_status status = step();
        if (status != SMF_OK)
            scene_compare(&before);
        *(status == SMF_OK ? good : bad) += 1;
        check_all();
    }
    for (uint32_t number = 1; number <= MODULES; number++) {
        smf_instantiator_remove(&scene.instantiator, number);
        check_all();
    }
    CHECK_EQUAL(scene_statistics().instances + scene_statistics().modules, 0);
    CHECK(scene.instantiator.made_uses == NULL && scene.instantiator.pointer_types == NULL);
    CHECK_EQUAL(paper_live(&scene.paper), 0);
    scene_end();
}

static void what_counts_is_right_in_any_order(void)
{
    unsigned good = 0, bad = 0;
    for (uint32_t from = 1; from <= 4; from++)
        check_order(from, &good, &bad);
    tap_variant("%s", "");
    CHECK(good > STEPS && bad > STEPS / 2);
}

static const struct tap_case cases[] = {
    {"what_counts_is_right_in_any_order", what_counts_is_right_in_any_order},
};
TAP_MAIN(cases)
