/* SPDX-License-Identifier: MIT */
/* checks.c - names, versions, numbers, and what functions return: the system's against the model's; see soak.h. */
#include "system/soak.h"

#include <string.h>

#include "base/arena.h"

/* ---- Calls ---- */

static int call(uint64_t address) { return ((int(SMF_MODULE_CALL *)(void))(uintptr_t)address)(); }

/* What a name of a version gives, called or read. */
static void check_value(int version, unsigned name, uint64_t address)
{
    const int wanted = model_value(&soak.model, version, name);
    const int found = world_is_data(name) ? *(const int *)(uintptr_t)address : call(address);
    EXPECT(found == wanted, "%s of %s, file %u, gives %d, wanted %d", world_name(name),
           world_module(soak.model.versions[version].module), soak.model.versions[version].file, found, wanted);
}

static void check_values(int version)
{
    const struct world_file *file = model_file(&soak.model, version);
    const struct smf_module *module = smf_system_module(&soak.system, handle_of(version));
    EXPECT(module != NULL, "no module behind handle %u", soak.model.versions[version].handle);
    for (uint32_t i = 0; module != NULL && i < file->export_count; i++) {
        struct smf_found found;
        const enum smf_status status = smf_find(module, world_name(file->exports[i].name), &found);
        EXPECT(status == SMF_OK, "%s: %s", world_name(file->exports[i].name), smf_status_name(status));
        if (status == SMF_OK)
            check_value(version, file->exports[i].name, found.address);
    }
}

static void check_name(unsigned name)
{
    struct smf_resolved resolved;
    const int wanted = model_lookup(&soak.model, name);
    const enum smf_status status = smf_system_resolve(&soak.system, world_name(name), &resolved);
    EXPECT(status == (wanted == MODEL_NONE ? SMF_ERR_NOT_FOUND : SMF_OK), "%s: %s, wanted %d", world_name(name),
           smf_status_name(status), wanted);
    if (soak.wrong || wanted == MODEL_NONE)
        return;
    const uint32_t number = wanted == MODEL_HOST ? 0 : handle_of(wanted).number;
    EXPECT(resolved.handle.number == number, "%s means version %u, wanted %u", world_name(name), resolved.handle.number,
           number);
    EXPECT(resolved.kind == (world_is_data(name) ? SMF_KIND_DATA : SMF_KIND_FUNCTION), "%s is of kind %d",
           world_name(name), resolved.kind);
    if (!soak.wrong && wanted != MODEL_HOST)
        check_value(wanted, name, resolved.address);
}

/* ---- Questions ---- */

static void count_one(void *context, struct smf_handle handle, const char *name)
{
    (void)handle;
    (void)name;
    ++*(uint32_t *)context;
}

static void check_version(int number)
{
    const struct model_version *version = &soak.model.versions[number];
    struct smf_version_information information;
    uint32_t needs = 0, dependents = 0;
    const enum smf_status status = smf_system_information(&soak.system, handle_of(number), &information);
    const char *name = world_module(version->module);
    EXPECT(status == SMF_OK, "%s, version %u: %s", name, version->handle, smf_status_name(status));
    if (status != SMF_OK)
        return;
    EXPECT(strcmp(information.name, name) == 0, "%s is called %s", name, information.name);
    EXPECT(information.live == (version->state == MODEL_LIVE), "%s: live is %d", name, information.live);
    EXPECT(information.load == version->loads, "%s: load %u, wanted %u", name, information.load, version->loads);
    EXPECT(information.references == version->references, "%s: %u references", name, information.references);
    EXPECT(information.started == version->started && (soak.started[number] != NULL) == version->started,
           "%s: started is %d and %d, wanted %d", name, information.started, soak.started[number] != NULL,
           version->started);
    EXPECT((int)information.needs == model_needs(&soak.model, number), "%s: %u needs, wanted %d", name,
           information.needs, model_needs(&soak.model, number));
    EXPECT((int)information.dependents == model_dependents(&soak.model, number), "%s: %u dependents, wanted %d", name,
           information.dependents, model_dependents(&soak.model, number));
    EXPECT(smf_system_needs(&soak.system, handle_of(number), count_one, &needs) == SMF_OK && needs == information.needs,
           "%s: %u needs are named", name, needs);
    EXPECT(smf_system_dependents(&soak.system, handle_of(number), count_one, &dependents) == SMF_OK &&
               dependents == information.dependents,
           "%s: %u dependents are named", name, dependents);
}

static void check_statistics(void)
{
    struct smf_system_statistics found, wanted;
    smf_system_statistics(&soak.system, &found);
    model_statistics(&soak.model, &wanted);
#define SAME(field) EXPECT(found.field == wanted.field, #field " is %u, wanted %u", found.field, wanted.field)
    soak.live_sum += found.modules;
    SAME(modules);
    SAME(retired);
    SAME(exports);
    SAME(references);
    SAME(bindings);
    SAME(readers);
    SAME(loads);
    SAME(reloads);
    SAME(released);
    SAME(unsealed);
#undef SAME
}

/* The arena's free bytes: take all blocks, the largest first, and give them back. */
static void measure_fragmentation(void)
{
    struct smf_arena arena;
    memcpy(&arena, &soak.system.loader.arena, sizeof arena);
    void *blocks[MOST_BLOCKS];
    size_t sum = 0, largest = 0;
    unsigned count = 0;
    for (; count < MOST_BLOCKS; count++) {
        const size_t size = smf_arena_largest(&arena);
        blocks[count] = size != 0 ? smf_arena_take(&arena, size) : NULL;
        if (blocks[count] == NULL)
            break;
        largest = largest != 0 ? largest : size;
        sum += size;
    }
    while (count != 0)
        smf_arena_give(&arena, blocks[--count]);
    const unsigned percent = sum != 0 ? (unsigned)(largest / (sum / 100 + 1)) : 100;
    soak.worst_percent = percent < soak.worst_percent ? percent : soak.worst_percent;
    for (int access = SMF_ACCESS_RW; soak.real->available != NULL && access <= SMF_ACCESS_RX; access++) {
        const size_t gap = soak.real->available(soak.real->context, (enum smf_access)access);
        soak.least_gap = gap < soak.least_gap ? gap : soak.least_gap;
    }
}

void soak_check(bool every_name)
{
    check_statistics();
    for (int i = 0; i < MODEL_VERSIONS && !soak.wrong; i++)
        if (soak.model.versions[i].state == MODEL_LIVE || soak.model.versions[i].state == MODEL_RETIRED) {
            check_values(i);
            const bool asked = every_name || draw(8) == 0;
            if (asked || soak.told)
                check_version(i);
        }
    for (unsigned i = 0; i < WORLD_NAMES && !soak.wrong; i++)
        if (every_name || draw(16) == 0)
            check_name(i);
    for (unsigned i = 0; i < WORLD_MODULES && every_name && !soak.wrong; i++) {
        struct smf_handle handle = {0};
        const int live = model_live(&soak.model, i);
        const enum smf_status status = smf_system_find(&soak.system, world_module(i), &handle);
        EXPECT((status == SMF_OK) == (live != MODEL_NONE) &&
                   (live == MODEL_NONE || handle.number == handle_of(live).number),
               "%s is %s, %u", world_module(i), smf_status_name(status), handle.number);
    }
    if (every_name)
        measure_fragmentation();
}
