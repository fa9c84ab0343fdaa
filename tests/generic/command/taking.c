/* SPDX-License-Identifier: MIT */
/*
 * taking.c - a taker over an instantiator (smf_instantiator_taker_maker): templates become code that runs, types are
 * inferred from what the note says, what fails leaves nothing, and what is let go goes.
 */
#include <string.h>

#include "harness/tap.h"
#include "smf/instantiator.h"
#include "support/own_port.h"
#include "support/template_forge.h"

static uint64_t taker_memory[2048], instantiator_memory[2560], mapper_memory[512];
static struct smf_mapper mapper;
static struct smf_instantiator instantiator;
static struct smf_taker_maker maker;
static struct smf_taker taker;
static struct smf_taker_config config;
static struct smf_taken taken;
static struct smf_diagnosis why;

/* ---- Modules ---- */

struct file {
    struct forged forged;
    struct smf_source source;
    struct smf_section sections[12];
    struct smf_image image;
};
static struct file module, other;

/* A template of another compiler: listed by name, opaque. */
static const uint8_t foreign[] = "\1\0\0\0"
                                 "\4\0\0\0fold"
                                 "\6\0\0\0a body";
static const struct forge_section foreign_section = {.name = "others",
                                                     .type = SMF_SECTION_TEMPLATE_CODE,
                                                     .flags = 1,
                                                     .alignment = 1,
                                                     .bytes = foreign,
                                                     .size = sizeof foreign - 1};

#define HINT(type, expression, context)                                                                                \
    {                                                                                                                  \
        SMF_SDN_TYPE_INFERENCES, { type, expression, context, "a.c", "1" }                                             \
    }

static void write_module(struct file *file, const struct smf_write_record *const *records, unsigned count,
                         const struct smf_write_sdn_row *rows, unsigned row_count, enum smf_stay stay)
{
    const struct template_module what = {.records = records,
                                         .record_count = count,
                                         .rows = rows,
                                         .row_count = row_count,
                                         .sections = &foreign_section,
                                         .section_count = 1,
                                         .arch = smf_arch_native()->id};
    forge_template_module(&what, &file->forged);
    file->source = smf_source_memory(file->forged.bytes, file->forged.size, stay);
    CHECK_STATUS(smf_image_open(&file->image, &file->source, file->sections, 12, &why), SMF_OK);
}

static const struct smf_write_record *const everything[] = {&forge_size_of, &forge_swap, &forge_chain};

static void start(void)
{
    const struct smf_mapper_config mapping = {
        .port = own_port(), .arena = mapper_memory, .arena_size = sizeof mapper_memory};
    struct smf_instantiator_config making = smf_instantiator_defaults();
    CHECK_STATUS(smf_mapper_start(&mapper, &mapping), SMF_OK);
    making.arch = smf_arch_native();
    making.features = forge_features;
    making.mapper = &mapper;
    making.arena = instantiator_memory;
    making.arena_size = sizeof instantiator_memory;
    CHECK_STATUS(smf_instantiator_start(&instantiator, &making), SMF_OK);
    maker = smf_instantiator_taker_maker(&instantiator);
    config = smf_taker_defaults();
    config.arena = taker_memory;
    config.arena_size = sizeof taker_memory;
    config.instantiator = &maker;
    CHECK_STATUS(smf_taker_start(&taker, &config), SMF_OK);
}

static void begin(const struct smf_write_sdn_row *rows, unsigned row_count)
{
    write_module(&module, everything, 3, rows, row_count, SMF_STAYS_FOR_LOAD);
    start();
}

static struct smf_instantiator_statistics now(void)
{
    struct smf_instantiator_statistics statistics;
    smf_instantiator_get_statistics(&instantiator, &statistics);
    return statistics;
}

static void end(void)
{
    smf_taker_finish(&taker);
    CHECK_EQUAL(now().instances, 0); /* nobody uses one any more */
    smf_instantiator_finish(&instantiator);
    smf_mapper_finish(&mapper);
    forge_free(&module.forged);
}

/* ---- Taking ---- */

static enum smf_status take(const char *name) { return smf_taker_take(&taker, "m", &module.image, name, &taken, &why); }

static enum smf_status take_with(const char *name, const char *text)
{
    static struct smf_type room[8];
    const struct smf_type *types;
    CHECK_STATUS(smf_types_parse(text, strlen(text), room, 8, &types), SMF_OK);
    return smf_taker_take_with_types(&taker, "m", &module.image, name, types, &taken, &why);
}

static void give_back(void) { smf_taker_give_back(&taker, &taken); }

static size_t call(void) { return ((size_t(*)(void))taken.address)(); }

/* It is code, its bytes are those that run, and it says this size. */
static void check_size_of(const char *symbol, size_t size)
{
    CHECK_EQUAL(taken.kind, SMF_TAKEN_CODE);
    CHECK_TEXT(taken.symbol, symbol);
    CHECK(taken.made && taken.address != 0 && taken.offset < taken.size && !taken.in_place);
    if (taken.kind != SMF_TAKEN_CODE || taken.address == 0)
        return;
    const bool thumb = smf_arch_native()->id == SMF_ARCH_ARM;
    const uint8_t *runs = (const uint8_t *)(taken.address & ~(uintptr_t)thumb);
    CHECK(memcmp((const uint8_t *)taken.bytes + taken.offset, runs, taken.size - taken.offset) == 0);
    CHECK_EQUAL(call(), size);
    give_back();
}

/* O6: with types, as arguments and in the name; from the cache the second time. */
static void instances_for_given_types(void)
{
    begin(NULL, 0);
    for (unsigned time = 0; time < 2; time++) {
        CHECK_STATUS(take_with("size_of", "i64"), SMF_OK);
        check_size_of("size_of$i64", 8);
        CHECK_STATUS(take("size_of<u16>"), SMF_OK);
        check_size_of("size_of$u16", 2);
    }
    CHECK(now().made == 2 && now().instances == 2 && now().modules == 1);
    end();
}

/* What it needs is made with it. */
static void instances_that_need_others(void)
{
    begin(NULL, 0);
    CHECK_STATUS(take("chain<i32>"), SMF_OK);
    check_size_of("chain$i32", 4);
    CHECK_EQUAL(now().instances, 2);
    smf_taker_clear(&taker);
    CHECK_EQUAL(now().instances, 0);
    end();
}

/* O6: what is refused says so, with what was asked and what there is, and leaves nothing. */
static void what_cannot_be_made(void)
{
    begin(NULL, 0);
    CHECK_STATUS(take_with("size_of", "i64, i64"), SMF_ERR_ARITY);
    CHECK(why.value == 2 && why.expected == 1 && taken.kind == SMF_TAKEN_ERROR);
    CHECK_STATUS(take("swap<i32, u8>"), SMF_ERR_ARITY);
    CHECK_STATUS(take("size_of<Point>"), SMF_ERR_TYPE); /* nobody describes it */
    CHECK(strstr(why.name, "Point") != NULL);
    CHECK_STATUS(take_with("fold", "i64"), SMF_ERR_OPAQUE);
    CHECK(strstr(why.name, "fold") != NULL);
    CHECK_STATUS(take_with("none", "i64"), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(taken.kind, SMF_TAKEN_NOT_FOUND);
    CHECK(now().instances == 0 && taker.statistics.held == 0);
    end();
}

/* ---- O3: types by what uses the template ---- */

/* One note, and what comes of size_of or swap. NULL: it stays a template. */
struct inferring {
    const char *name, *symbol;
    struct smf_write_sdn_row rows[4];
};

static void check_inferred(const struct inferring *what)
{
    unsigned count = 0;
    while (count < 4 && what->rows[count].cells[0] != NULL)
        count++;
    begin(what->rows, count);
    CHECK_STATUS(take(what->name), SMF_OK);
    tap_check(taken.kind == (what->symbol != NULL ? SMF_TAKEN_CODE : SMF_TAKEN_TEMPLATE) &&
                  strcmp(taken.symbol, what->symbol != NULL ? what->symbol : what->name) == 0,
              __FILE__, __LINE__, "%s became %s", what->name, taken.symbol);
    CHECK(what->symbol == NULL || taken.address != 0);
    give_back();
    end();
}

static void types_from_hints(void)
{
    static const struct inferring all[] = {
        {"size_of", "size_of$u8",  {HINT("u8", "size_of", "call_site")}                                                                        },
        {"size_of", "size_of$i64", {HINT("i64", "size_of<T>", "constraint T")}                                                                 },
        {"size_of", "size_of$f64", {HINT("u8", "size_of", "assignment"), HINT("f64", "size_of()", "call_site")}                                },
        {"size_of", "size_of$u16", {HINT("u8", "size_of", "somewhere"), HINT("u16", "size_of", "return T")}                                    },
        {"size_of", "size_of$u32", {HINT("u32", "size_of", "equals T")}                                                                        },
        {"size_of", "size_of$i8",  {HINT("i8", "size_of", "type_var T")}                                                                       },
        {"size_of", "size_of$i16", {HINT("i8", "size_of", "type_var T"), HINT("i16", "size_of", "call_site T")}                                },
        {"swap",    "swap$i32",    {HINT("*i32", "swap(a, b)", "call_site 0")}                                                                 },
        {"swap",
         "swap$i32",               {HINT("*i32", "swap", "call_site 0"), HINT("*i32", "swap", "call_site 1"), HINT("u8", "swap", "type_var T")}},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        check_inferred(&all[i]);
}

static void what_stays_a_template(void)
{
    static const struct inferring all[] = {
        {"size_of", NULL, {{0}}                                                                          },
        {"size_of", NULL, {HINT("u8", "size_of_it", "call_site")}                                        },
        {"size_of", NULL, {HINT("u8", "size_of", "equals U"), HINT("Ordered", "size_of", "implements T")}},
        {"size_of", NULL, {HINT("i64, u8", "size_of", "call_site"), HINT("<", "size_of", "call_site")}   },
        {"fold",    NULL, {HINT("u8", "fold", "call_site")}                                              },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        check_inferred(&all[i]);
}

/* Names of types that are inferred outlive the note's texts; what contradicts itself is told. */
static void what_hints_cannot_say(void)
{
    static const struct smf_write_sdn_row rows[] = {
        HINT("Point", "size_of", "call_site"), HINT("*i32", "swap", "call_site 0"), HINT("*u8", "swap", "call_site 1")};
    begin(rows, 3);
    CHECK_STATUS(take("size_of"), SMF_ERR_TYPE);
    CHECK(strstr(why.name, "Point") != NULL);
    CHECK_STATUS(take("swap"), SMF_ERR_MISMATCH);
    CHECK_EQUAL(why.detail, SMF_DETAIL_INFER_MISMATCH);
    CHECK_TEXT(why.name, "swap: argument 2: expected *i32, found *u8");
    config.allow_deferred = false;
    smf_taker_finish(&taker);
    CHECK_STATUS(smf_taker_start(&taker, &config), SMF_OK);
    CHECK_STATUS(take("chain"), SMF_ERR_TYPE);
    CHECK_EQUAL(why.detail, SMF_DETAIL_NOT_INFERRED);
    end();
}

/* ---- Modules that change ---- */

static void modules_are_known_by_their_templates(void)
{
    static const struct smf_write_record *const less[] = {&forge_size_of};
    static struct smf_write_record changed;
    static const struct smf_write_record *const newer[] = {&changed};
    begin(NULL, 0);
    CHECK_STATUS(take("size_of<i64>"), SMF_OK);
    const uintptr_t first = taken.address;
    give_back();
    write_module(&other, less, 1, NULL, 0, SMF_STAYS_FOR_LOAD); /* the same template: the same code */
    smf_taker_forget(&taker, "other");
    CHECK_STATUS(smf_taker_take(&taker, "m", &other.image, "size_of<i64>", &taken, &why), SMF_OK);
    CHECK_EQUAL(taken.address, first);
    give_back();
    CHECK_EQUAL(now().modules, 1);
    forge_free(&other.forged);
    changed = forge_size_of;
    changed.unit_count = 5;
    changed.need_count = 0;
    changed.parameters = &(const struct smf_write_parameter){"Element", 0};
    write_module(&other, newer, 1, NULL, 0, SMF_STAYS_FOR_LOAD);
    smf_taker_forget(&taker, "m"); /* nothing was made of the old one any more: it goes */
    CHECK_STATUS(smf_taker_take(&taker, "m", &other.image, "size_of<i64>", &taken, &why), SMF_OK);
    CHECK(now().modules == 1 && now().instances == 1);
    check_size_of("size_of$i64", 8);
    forge_free(&other.forged);
    end();
}

/* An instance that is in use goes on when its module has changed. */
static void a_changed_module_keeps_what_is_used(void)
{
    static struct smf_write_record changed;
    static const struct smf_write_record *const newer[] = {&changed};
    struct smf_taken held;
    begin(NULL, 0);
    CHECK_STATUS(take("size_of<i64>"), SMF_OK);
    held = taken;
    changed = forge_size_of;
    changed.parameters = &(const struct smf_write_parameter){"Element", 0};
    write_module(&other, newer, 1, NULL, 0, SMF_STAYS_FOR_LOAD);
    smf_taker_forget(&taker, "m");
    CHECK_STATUS(smf_taker_take(&taker, "m", &other.image, "size_of<i64>", &taken, &why), SMF_OK);
    CHECK(taken.address != held.address && now().instances == 2);
    CHECK_EQUAL(call(), 8);
    give_back();
    taken = held;
    CHECK_EQUAL(call(), 8);
    CHECK_EQUAL(now().modules, 2);
    give_back();
    forge_free(&other.forged);
    changed.parameters = &(const struct smf_write_parameter){"Item", 0};
    write_module(&other, newer, 1, NULL, 0, SMF_STAYS_FOR_LOAD);
    smf_taker_forget(&taker, "m");
    CHECK_STATUS(smf_taker_take(&taker, "m", &other.image, "size_of<i64>", &taken, &why), SMF_OK);
    CHECK_EQUAL(now().modules, 1); /* what was kept for an instance goes with the next change */
    give_back();
    forge_free(&other.forged);
    end();
}

/* The template is what it was, but what it needs is not. */
static void modules_are_known_by_what_is_needed(void)
{
    static struct smf_write_record changed;
    static const struct smf_write_record *const newer[] = {&changed, &forge_chain}, *const less[] = {&forge_chain};
    begin(NULL, 0);
    CHECK_STATUS(take("chain<i64>"), SMF_OK);
    const struct smf_taken older = taken;
    write_module(&other, everything, 3, NULL, 0, SMF_STAYS_FOR_LOAD);
    smf_taker_forget(&taker, "m");
    CHECK_STATUS(smf_taker_take(&taker, "m", &other.image, "chain<i64>", &taken, &why), SMF_OK);
    CHECK_EQUAL(taken.address, older.address); /* all is the same */
    give_back();
    forge_free(&other.forged);
    changed = forge_size_of;
    changed.parameters = &(const struct smf_write_parameter){"Element", 0};
    write_module(&other, newer, 2, NULL, 0, SMF_STAYS_FOR_LOAD);
    smf_taker_forget(&taker, "m");
    CHECK_STATUS(smf_taker_take(&taker, "m", &other.image, "chain<i64>", &taken, &why), SMF_OK);
    CHECK(taken.address != older.address && now().instances == 4);
    check_size_of("chain$i64", 8);
    forge_free(&other.forged);
    write_module(&other, less, 1, NULL, 0, SMF_STAYS_FOR_LOAD);
    smf_taker_forget(&taker, "m");
    CHECK_STATUS(smf_taker_take(&taker, "m", &other.image, "chain<i64>", &taken, &why), SMF_ERR_UNRESOLVED);
    forge_free(&other.forged);
    taken = older;
    give_back();
    end();
}

/* An older version's instance and a newer one's have the same name. */
static void what_is_let_go_is_what_was_taken(void)
{
    static struct smf_write_record changed;
    static const struct smf_write_record *const newer[] = {&changed};
    struct smf_taken older, kept;
    struct smf_instance left;
    begin(NULL, 0);
    CHECK_STATUS(take("size_of<i64>"), SMF_OK);
    older = taken;
    changed = forge_size_of;
    changed.parameters = &(const struct smf_write_parameter){"Element", 0};
    write_module(&other, newer, 1, NULL, 0, SMF_STAYS_FOR_LOAD);
    smf_taker_forget(&taker, "m");
    CHECK_STATUS(smf_taker_take(&taker, "m", &other.image, "size_of<i64>", &kept, &why), SMF_OK);
    CHECK_EQUAL(now().instances, 2);
    smf_taker_give_back(&taker, &older);
    CHECK_EQUAL(now().instances, 1);
    CHECK_STATUS(smf_instantiator_find(&instantiator, "size_of$i64", &left), SMF_OK);
    CHECK_EQUAL(left.address, kept.address);
    smf_taker_give_back(&taker, &kept);
    forge_free(&other.forged);
    end();
}

/* The entry of a template may have a name that none of its functions has: the instance is called as the first one is. */
static void templates_by_their_own_name(void)
{
    static const uint8_t entry[] = {7, 0, 0, 0, 's', 'i', 'z', 'e', '_', 'o', 'f'};
    begin(NULL, 0);
    uint8_t *bytes = module.forged.bytes;
    while (bytes < module.forged.bytes + module.forged.size && memcmp(bytes, entry, sizeof entry) != 0)
        bytes++;
    memcpy(bytes + 4, "measure", 7);
    CHECK_STATUS(take("measure<i64>"), SMF_OK);
    CHECK_STATUS(smf_instantiator_find(&instantiator, "size_of$i64", &(struct smf_instance){.name = NULL}), SMF_OK);
    check_size_of("measure$i64", 8);
    end();
}

/* ---- What fails leaves nothing ---- */

static void an_arena_of_every_size(void)
{
    static const struct smf_write_sdn_row rows[] = {HINT("*i32", "swap", "call_site 0"),
                                                    HINT("i64", "size_of", "call_site")};
    write_module(&module, everything, 3, rows, 2, SMF_STAYS_FOR_LOAD);
    unsigned made = 0, refused = 0;
    for (size_t size = 1024; size <= sizeof instantiator_memory; size += 256) {
        start();
        smf_instantiator_finish(&instantiator);
        struct smf_instantiator_config making = instantiator.config;
        making.arena_size = size;
        if (smf_instantiator_start(&instantiator, &making) != SMF_OK) {
            CHECK(size < 2048);
        } else {
            for (unsigned i = 0; i < 2; i++) {
                const enum smf_status status = take(i == 0 ? "swap" : "size_of");
                CHECK(status == SMF_OK || status == SMF_ERR_NO_ARENA);
                *(status == SMF_OK ? &made : &refused) += 1;
                CHECK_EQUAL(now().instances, status == SMF_OK);
                give_back();
                smf_taker_clear(&taker);
                CHECK_EQUAL(now().instances, 0);
            }
        }
        smf_taker_finish(&taker);
        smf_instantiator_finish(&instantiator);
        smf_mapper_finish(&mapper);
    }
    CHECK(made != 0 && refused != 0);
    forge_free(&module.forged);
}

/* A source that is read by position, of which one read fails. */
static unsigned reads, fail_at;
static enum smf_status read_module(void *context, uint64_t offset, void *into, size_t size)
{
    const struct forged *forged = context;
    if (++reads == fail_at)
        return SMF_ERR_IO;
    memcpy(into, forged->bytes + offset, size);
    return SMF_OK;
}

static void each_read_fails(void)
{
    static const struct smf_write_sdn_row rows[] = {HINT("*i32", "swap", "call_site 0"),
                                                    HINT("i64", "size_of", "call_site")};
    begin(rows, 2);
    module.source = (struct smf_source){.read_at = read_module, .context = &module.forged, .size = module.forged.size};
    fail_at = reads = 0;
    CHECK_STATUS(smf_image_open(&module.image, &module.source, module.sections, 12, &why), SMF_OK);
    const unsigned opened = reads;
    unsigned failed = 0;
    bool done = false;
    for (unsigned n = 1; !done && n < 1000; n++) {
        fail_at = reads + n;
        const enum smf_status first = take("swap"), second = first == SMF_OK ? SMF_OK : take("swap");
        CHECK(first == SMF_OK || first == SMF_ERR_IO);
        CHECK_STATUS(second, SMF_OK); /* it was only once */
        failed += first != SMF_OK;
        done = first == SMF_OK;
        CHECK_TEXT(taken.symbol, "swap$i32");
        give_back();
        smf_taker_clear(&taker);
        CHECK_EQUAL(now().instances, 0);
        for (uint32_t number = UINT32_MAX; number > UINT32_MAX - 4; number--)
            smf_instantiator_remove(&instantiator, number);
        CHECK_EQUAL(now().modules, 0);
        fail_at = 0;
        CHECK_STATUS(smf_image_open(&module.image, &module.source, module.sections, 12, &why), SMF_OK);
    }
    CHECK(done && failed > 4 && opened != 0);
    end();
}

/* The taker has no room for the bytes: the instance goes again. */
static void no_room_for_the_bytes(void)
{
    begin(NULL, 0);
    unsigned refused = 0;
    for (size_t size = 640; size < 4096; size += 16) {
        smf_taker_finish(&taker);
        config.arena_size = size;
        if (smf_taker_start(&taker, &config) != SMF_OK)
            continue;
        const enum smf_status status = take("size_of<i64>");
        CHECK(status == SMF_OK || status == SMF_ERR_NO_ARENA);
        CHECK_EQUAL(now().instances, status == SMF_OK);
        refused += status != SMF_OK;
        give_back();
        if (status == SMF_OK)
            break;
    }
    CHECK(refused != 0);
    end();
}

static const struct tap_case cases[] = {
    {"instances_for_given_types",            instances_for_given_types           },
    {"instances_that_need_others",           instances_that_need_others          },
    {"what_cannot_be_made",                  what_cannot_be_made                 },
    {"types_from_hints",                     types_from_hints                    },
    {"what_stays_a_template",                what_stays_a_template               },
    {"what_hints_cannot_say",                what_hints_cannot_say               },
    {"modules_are_known_by_their_templates", modules_are_known_by_their_templates},
    {"a_changed_module_keeps_what_is_used",  a_changed_module_keeps_what_is_used },
    {"modules_are_known_by_what_is_needed",  modules_are_known_by_what_is_needed },
    {"what_is_let_go_is_what_was_taken",     what_is_let_go_is_what_was_taken    },
    {"templates_by_their_own_name",          templates_by_their_own_name         },
    {"an_arena_of_every_size",               an_arena_of_every_size              },
    {"no_room_for_the_bytes",                no_room_for_the_bytes               },
    {"each_read_fails",                      each_read_fails                     },
};
TAP_MAIN(cases)
