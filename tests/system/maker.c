/* SPDX-License-Identifier: MIT */
/* maker.c - see maker.h. */
#include "system/maker.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "system/graph.h" /* the lock is held: no calls */

struct maker maker;

static void note(const char *format, ...)
{
    const size_t used = strlen(maker.log);
    va_list list;
    va_start(list, format);
    vsnprintf(maker.log + used, sizeof maker.log - used, format, list);
    va_end(list);
}

static const char *name_of(uint32_t number)
{
    for (unsigned i = 0; i < MAKER_VERSIONS; i++)
        if (number != 0 && maker.versions[i].number == number)
            return maker.versions[i].name;
    return "nobody";
}

static bool is_there(uint32_t number) { return strcmp(name_of(number), "nobody") != 0; }

static enum smf_status refuse(enum smf_status status, const char *name, struct smf_diagnosis *why)
{
    if (maker.says_nothing)
        return status;
    why->status = status;
    snprintf(why->name, sizeof why->name, "%s", name);
    return status;
}

static bool fails(void)
{
    if (maker.each != NULL)
        maker.each();
    return ++maker.fallible == maker.fail_at;
}

static enum smf_status add(void *context, struct smf_system *system, struct smf_handle handle, const char *name,
                           struct smf_image *image, struct smf_module *module, struct smf_diagnosis *why)
{
    CHECK(context == &maker && system == &scene.system && module != NULL && image->header.section_count != 0);
    CHECK(why->status == SMF_OK && handle.number != 0 && !is_there(handle.number));
    size_t count;
    CHECK(smf_module_regions(module, &count) != NULL && count != 0);
    note("add %s#%u;", name, (unsigned)handle.number);
    if (fails())
        return refuse(maker.fail_with, name, why);
    unsigned at = 0;
    while (at + 1 < MAKER_VERSIONS && maker.versions[at].number != 0)
        at++;
    maker.system = system;
    maker.versions[at].number = handle.number;
    maker.versions[at].retired = false;
    snprintf(maker.versions[at].name, sizeof maker.versions[at].name, "%s", name);
    return SMF_OK;
}

static bool can(void *context, struct smf_handle importer, const char *symbol)
{
    CHECK(context == &maker && is_there(importer.number));
    maker.can++;
    return strchr(symbol, '$') != NULL;
}

/* The newest version that is not retired and has this name, up to its end or `end`. */
static uint32_t find_version(const char *name, size_t length)
{
    uint32_t newest = 0;
    for (unsigned i = 0; i < MAKER_VERSIONS; i++)
        if (maker.versions[i].number > newest && !maker.versions[i].retired &&
            strlen(maker.versions[i].name) == length && memcmp(maker.versions[i].name, name, length) == 0)
            newest = maker.versions[i].number;
    return newest;
}

/* As an instantiator reads a descriptor: the pointer in it is relocated. */
static enum smf_status find_type(struct smf_handle importer, const char *name, uint32_t *module)
{
    struct smf_provided found;
    const enum smf_status status = smf_system_provide(maker.system, importer, name, true, &found);
    if (status != SMF_OK)
        return status;
    const unsigned size = scene.arch->pointer_size;
    CHECK(found.kind == SMF_KIND_DATA && found.bytes != NULL && found.room >= size);
    const uint64_t pointer = size == 8 ? get64(found.bytes) : get32(found.bytes);
    const struct smf_version *its = smf_version_of(maker.system, (struct smf_handle){found.module});
    size_t count;
    CHECK_EQUAL(pointer, smf_module_regions(its->module, &count)[0].address + 16);
    *module = found.module;
    return SMF_OK;
}

static unsigned find_instance(const char *symbol, uint32_t importer)
{
    unsigned at = 0;
    while (at < MAKER_INSTANCES && (maker.instances[at].address == 0 || maker.instances[at].importer != importer ||
                                    strcmp(maker.instances[at].symbol, symbol) != 0))
        at++;
    return at;
}

static enum smf_status give(unsigned at, struct smf_system_made *made)
{
    made->address = (uintptr_t)maker.instances[at].address;
    made->holds = maker.instances[at].holds;
    made->hold_count = maker.instances[at].hold_count;
    return SMF_OK;
}

static enum smf_status make_of(struct smf_handle importer, const char *symbol, size_t length, const char *type,
                               struct smf_system_made *made, struct smf_diagnosis *why)
{
    const uint32_t library = find_version(symbol, length);
    uint32_t owner = 0;
    unsigned at = find_instance(symbol, importer.number);
    if (at < MAKER_INSTANCES)
        return give(at, made);
    if (library == 0)
        return refuse(SMF_ERR_NOT_FOUND, symbol, why);
    if (find_type(importer, type, &owner) != SMF_OK)
        return refuse(SMF_ERR_TYPE, type, why);
    at = 0;
    while (at + 1 < MAKER_INSTANCES && maker.instances[at].address != 0)
        at++;
    snprintf(maker.instances[at].symbol, sizeof maker.instances[at].symbol, "%s", symbol);
    maker.instances[at].importer = importer.number;
    maker.instances[at].address = scene.paper.base + 0x100000 + 16 * (uint64_t)++maker.made;
    maker.instances[at].hold_count = owner != library ? 2 : 1;
    maker.instances[at].holds[0].number = library;
    maker.instances[at].holds[1].number = owner;
    if (maker.holds_stale)
        maker.instances[at].holds[maker.instances[at].hold_count++].number = 999;
    return give(at, made);
}

static enum smf_status make(void *context, struct smf_handle importer, const char *symbol, struct smf_system_made *made,
                            struct smf_diagnosis *why)
{
    CHECK(context == &maker && why->status == SMF_OK && (importer.number == 0 || is_there(importer.number)));
    const char *dollar = strchr(symbol, '$');
    if (dollar == NULL)
        return SMF_ERR_NOT_FOUND;
    note("make %s#%u %s;", name_of(importer.number), (unsigned)importer.number, symbol);
    if (fails())
        return refuse(maker.fail_with, symbol, why);
    return make_of(importer, symbol, (size_t)(dollar - symbol), dollar + 1, made, why);
}

/* `types` is only passed through. */
static enum smf_status make_generic(void *context, const char *name, const struct smf_type *types,
                                    struct smf_system_made *made, struct smf_diagnosis *why)
{
    CHECK(context == &maker && why->status == SMF_OK && types == (const struct smf_type *)(void *)&maker);
    note("generic %s;", name);
    if (fails())
        return refuse(maker.fail_with, name, why);
    return make_of((struct smf_handle){0}, name, strlen(name), "Point", made, why);
}

static void retire(void *context, struct smf_handle handle)
{
    CHECK(context == &maker && is_there(handle.number));
    note("retire %s#%u;", name_of(handle.number), (unsigned)handle.number);
    for (unsigned i = 0; i < MAKER_VERSIONS; i++)
        if (maker.versions[i].number == handle.number) {
            CHECK(!maker.versions[i].retired);
            maker.versions[i].retired = true;
        }
}

static bool is_made_of(unsigned at, uint32_t number)
{
    for (uint32_t i = 0; i < maker.instances[at].hold_count; i++)
        if (maker.instances[at].holds[i].number == number)
            return true;
    return false;
}

/* Its memory is still there; who is bound to what was made of it is not, or goes with it, or was never live. */
static void remove_version(void *context, struct smf_handle handle)
{
    CHECK(context == &maker && is_there(handle.number));
    note("remove %s#%u;", name_of(handle.number), (unsigned)handle.number);
    size_t count;
    const struct smf_version *version = smf_version_of(&scene.system, handle);
    CHECK(version != NULL && paper_at(&scene.paper, smf_module_regions(version->module, &count)[0].address, 1) != NULL);
    for (unsigned i = 0; i < MAKER_INSTANCES; i++) {
        if (maker.instances[i].address == 0 ||
            (!is_made_of(i, handle.number) && maker.instances[i].importer != handle.number))
            continue;
        const struct smf_version *who = smf_version_of(&scene.system, (struct smf_handle){maker.instances[i].importer});
        CHECK(who == NULL || who->state != VERSION_LIVE);
        maker.instances[i].address = 0;
    }
    for (unsigned i = 0; i < MAKER_VERSIONS; i++)
        if (maker.versions[i].number == handle.number)
            maker.versions[i].number = 0;
}

void maker_start(const struct smf_arch *arch)
{
    memset(&maker, 0, sizeof maker);
    maker.generics = (struct smf_system_generics){.rules = &smf_system_generics_rules,
                                                  .add = add,
                                                  .can = can,
                                                  .make = make,
                                                  .make_generic = make_generic,
                                                  .retire = retire,
                                                  .remove = remove_version,
                                                  .context = &maker};
    maker.fail_with = SMF_ERR_BOUND;
    scene_start(arch);
    scene.config.generics = &maker.generics;
}

void maker_end(void)
{
    maker.fail_at = 0;
    scene_end();
    CHECK_EQUAL(maker_count(), 0);
    for (unsigned i = 0; i < MAKER_VERSIONS; i++)
        CHECK_EQUAL(maker.versions[i].number, 0);
}

void maker_shelve_library(const char *name)
{
    static const uint8_t record[16];
    char help[40];
    snprintf(help, sizeof help, "%s_help", name);
    scene_begin();
    const uint32_t section = kit_section(&scene.kit, "templates", SMF_SECTION_TEMPLATE_CODE, record, sizeof record, 8);
    const struct smf_write_symbol symbol = {.name = "sort",
                                            .section = section,
                                            .type = SMF_SYMBOL_FUNCTION,
                                            .binding = SMF_BINDING_GLOBAL,
                                            .flags = SMF_SYMBOL_FLAG_TEMPLATE};
    CHECK_STATUS(smf_writer_add_symbol(&scene.kit.writer, &symbol, NULL), SMF_OK);
    scene_export(help, SMF_KIND_FUNCTION, 8);
    scene_shelve(name);
}

void maker_describe_user(const char *name, const char *symbol)
{
    static char run[40];
    snprintf(run, sizeof run, "%s_run", name);
    scene_begin();
    const uint32_t own = kit_local(&scene.kit, ".text", SCENE_TEXT, 0);
    if (symbol != NULL)
        scene_import(symbol, SMF_KIND_FUNCTION, 0);
    kit_relocation(&scene.kit, SCENE_DATA, 0, scene.arch->absolute, own, 16);
    scene_export(run, SMF_KIND_FUNCTION, 8);
    scene_export_weak("Point", SMF_KIND_DATA, 0);
}

void maker_shelve_user(const char *name, const char *symbol)
{
    maker_describe_user(name, symbol);
    scene_shelve(name);
}

uint64_t maker_address(const char *symbol, struct smf_handle importer)
{
    const unsigned at = find_instance(symbol, importer.number);
    return at < MAKER_INSTANCES ? maker.instances[at].address : 0;
}

unsigned maker_count(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < MAKER_INSTANCES; i++)
        count += maker.instances[i].address != 0;
    return count;
}

void maker_forget_log(void) { maker.log[0] = '\0'; }
