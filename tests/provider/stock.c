/* SPDX-License-Identifier: MIT */
/* stock.c - see stock.h. */
#include "provider/stock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

struct stock stock;

static bool fails(unsigned what) { return ++stock.seen[what] == stock.fail_at[what]; }

/* ---- The shelves ---- */

static struct stock_shelf *shelf_of(const struct smf_supplier *supplier) { return supplier->context; }

static struct stock_file *find_file(struct stock_shelf *shelf, const char *name)
{
    for (unsigned i = 0; i < shelf->count; i++)
        if (shelf->files[i].bytes != NULL && strcmp(shelf->files[i].name, name) == 0)
            return &shelf->files[i];
    return NULL;
}

static enum smf_status read_file(void *context, uint64_t offset, void *into, size_t size)
{
    const struct stock_file *file = context;
    if (fails(FAIL_READ))
        return SMF_ERR_IO;
    CHECK(size != 0 && offset <= file->size && size <= file->size - offset);
    memcpy(into, file->bytes + offset, size);
    return SMF_OK;
}

static enum smf_status read_object(void *context, uint64_t offset, void *into, size_t size)
{
    const struct stock_file *file = context;
    CHECK(offset <= file->object_size && size <= file->object_size - offset);
    memcpy(into, (const uint8_t *)file->object + offset, size);
    return SMF_OK;
}

static struct smf_source source_of(struct stock_file *file, bool positional, bool object)
{
    const void *bytes = object ? file->object : file->bytes;
    const size_t size = object ? file->object_size : file->size;
    if (!positional)
        return smf_source_memory(bytes, size, SMF_STAYS_FOR_MODULE);
    return (struct smf_source){.size = size, .read_at = object ? read_object : read_file, .context = file};
}

static uint64_t revision_of(struct stock_shelf *shelf, struct stock_file *file)
{
    if (shelf->drifts)
        file->revision += 1000;
    return file->revision;
}

static enum smf_status find(const struct smf_supplier *supplier, const char *name, struct smf_supply *supply,
                            struct smf_diagnosis *why)
{
    struct stock_shelf *shelf = shelf_of(supplier);
    struct stock_file *file = find_file(shelf, name);
    CHECK(supply->source.size == 0 && supply->token == NULL && stock.depth == 1);
    shelf->finds++;
    if (fails(FAIL_FIND))
        return smf_fail(why, SMF_DETAIL_READ, 0, 1, 0);
    if (file == NULL || shelf->gone_on_find)
        return SMF_ERR_NOT_FOUND;
    supply->source = source_of(file, shelf->positional, false);
    if (file->object_size != 0)
        supply->object = source_of(file, shelf->positional, true);
    supply->kind = SMF_ORIGIN_LIBRARY;
    supply->place = supplier->title;
    supply->offset = 64;
    supply->revision = revision_of(shelf, file);
    supply->token = supply; /* it stays where it is */
    shelf->out++;
    return SMF_OK;
}

static enum smf_status look(const struct smf_supplier *supplier, const char *name, uint64_t *revision)
{
    struct stock_shelf *shelf = shelf_of(supplier);
    struct stock_file *file = find_file(shelf, name);
    CHECK_EQUAL(stock.depth, 1);
    shelf->looks++;
    if (fails(FAIL_LOOK))
        return SMF_ERR_IO;
    if (file == NULL)
        return SMF_ERR_NOT_FOUND;
    *revision = revision_of(shelf, file);
    return SMF_OK;
}

static void give_back(const struct smf_supplier *supplier, struct smf_supply *supply)
{
    CHECK(supply->token == supply);
    shelf_of(supplier)->out--;
}

static int list(const struct smf_supplier *supplier, int (*each)(void *context, const char *name), void *context)
{
    const struct stock_shelf *shelf = shelf_of(supplier);
    int answer = 0;
    for (unsigned i = 0; i < shelf->count && answer == 0; i++)
        if (shelf->files[i].bytes != NULL)
            answer = each(context, shelf->files[i].name);
    return answer;
}

/* ---- Hooks ---- */

/* An object is all units, each its bytes and the length of its name. */
static enum smf_status emit(const struct smf_emitter *emitter, const struct smf_emission *emission, void *into,
                            size_t capacity, size_t *size, struct smf_diagnosis *why)
{
    uint8_t *at = into;
    size_t made = 0;
    CHECK(emitter == &stock.emitter && emission->unit_count != 0 && emission->image != NULL);
    if (fails(FAIL_EMIT))
        return smf_fail(why, SMF_DETAIL_READ, 0, 1, 0);
    for (size_t i = 0; i < emission->unit_count; i++) {
        const struct smf_code_unit *unit = &emission->units[i];
        CHECK(unit->size != 0 && unit->arch == emission->arch);
        if (at != NULL) {
            CHECK(capacity >= made + unit->size + 1);
            memcpy(at + made, unit->bytes, unit->size);
            at[made + unit->size] = (uint8_t)strlen(unit->name);
        }
        made += unit->size + 1;
    }
    stock.emitted += at != NULL;
    stock.emitted_units = emission->unit_count;
    *size = made;
    return SMF_OK;
}

static enum smf_status expected(void *context, const char *name, uint64_t *hash)
{
    CHECK(context == &stock && name != NULL);
    if (fails(FAIL_EXPECTED))
        return SMF_ERR_IO;
    *hash = stock.expected;
    return stock.expected != 0 ? SMF_OK : SMF_ERR_NOT_FOUND;
}

static enum smf_status regenerate(void *context, const char *name, const struct smf_compile_options *found,
                                  struct smf_diagnosis *why)
{
    const struct stock_recipe recipe = {.value = 0x77, .hash = stock.expected, .backend = found->backend};
    CHECK(context == &stock);
    (void)why;
    if (fails(FAIL_REGENERATE))
        return SMF_ERR_NO_MEMORY;
    stock.regenerated++;
    stock_make(0, name, &recipe);
    return SMF_OK;
}

static void lock(void *context)
{
    CHECK(context == &stock);
    CHECK_EQUAL(++stock.depth, 1);
}

static void unlock(void *context)
{
    CHECK(context == &stock);
    CHECK_EQUAL(--stock.depth, 0);
}

/* ---- The provider ---- */

void stock_start(void)
{
    static const char *const titles[SHELVES] = {"shelf one", "shelf two", "shelf three"};
    memset(&stock, 0, sizeof stock);
    for (unsigned i = 0; i < SHELVES; i++)
        stock.suppliers[i] = (struct smf_supplier){.title = titles[i],
                                                   .find = find,
                                                   .look = look,
                                                   .give_back = give_back,
                                                   .list = list,
                                                   .context = &stock.shelves[i]};
    stock.emitter = (struct smf_emitter){.emit = emit};
    stock.config = (struct smf_provider_config){
        .suppliers = stock.suppliers,
        .supplier_count = 2,
        .arena = stock.arena,
        .arena_size = sizeof stock.arena,
        .enable_cache = true,
        .modules = {8, UINT64_MAX},
        .objects = {8, UINT64_MAX},
        .emitter = &stock.emitter,
        .expected = expected,
        .regenerate = regenerate,
        .validate_context = &stock,
        .lock = lock,
        .unlock = unlock,
        .lock_context = &stock
    };
}

void stock_open(void) { CHECK_STATUS(smf_provider_start(&stock.provider, &stock.config), SMF_OK); }

unsigned stock_out(void)
{
    unsigned out = 0;
    for (unsigned i = 0; i < SHELVES; i++)
        out += stock.shelves[i].out;
    return out;
}

void stock_end(void)
{
    if (stock.provider.named != NULL) {
        const struct smf_provider_statistics statistics = stock_statistics();
        CHECK_EQUAL(statistics.held, 0);
        CHECK_EQUAL(statistics.supplies, stock_out());
    }
    smf_provider_finish(&stock.provider);
    CHECK_EQUAL(stock_out(), 0);
    CHECK_EQUAL(stock.depth, 0);
    for (unsigned i = 0; i < SHELVES; i++)
        for (unsigned k = 0; k < stock.shelves[i].count; k++)
            free(stock.shelves[i].files[k].bytes);
    memset(stock.shelves, 0, sizeof stock.shelves);
}

/* ---- Files ---- */

struct stock_file *stock_file(unsigned shelf, const char *name) { return find_file(&stock.shelves[shelf], name); }

/* Bytes that somebody holds stay until the end: an older version's lie under a name that nobody asks for. */
static void put(unsigned number, const char *name, uint8_t *bytes, size_t size)
{
    static uint64_t revision;
    struct stock_shelf *shelf = &stock.shelves[number];
    struct stock_file *file = find_file(shelf, name);
    if (file != NULL)
        file->name[0] = '\0';
    CHECK(shelf->count < SHELF_FILES);
    file = &shelf->files[shelf->count++];
    snprintf(file->name, sizeof file->name, "%s", name);
    file->bytes = bytes;
    file->size = size;
    file->revision = ++revision;
}

void stock_put_bytes(unsigned shelf, const char *name, const void *bytes, size_t size)
{
    uint8_t *copy = malloc(size);
    CHECK(copy != NULL);
    if (copy == NULL)
        return;
    memcpy(copy, bytes, size);
    put(shelf, name, copy, size);
}

static void add_function(struct kit *kit, const char *name, uint64_t offset, uint64_t size)
{
    const struct smf_write_symbol symbol = {.name = name,
                                            .value = offset | (kit->writer.header.arch == SMF_ARCH_ARM),
                                            .size = size,
                                            .type = SMF_SYMBOL_FUNCTION,
                                            .binding = SMF_BINDING_GLOBAL};
    CHECK_STATUS(smf_writer_add_symbol(&kit->writer, &symbol, NULL), SMF_OK);
}

/* The same 64 bytes as one LZ4 block: one, 58 like it, and the last five. */
static void add_compressed(struct kit *kit, uint8_t value)
{
    static uint8_t block[11];
    const uint8_t bytes[11] = {0x1F, value, 1, 0, 58 - 4 - 15, 0x50, value, value, value, value, value};
    const struct smf_write_section section = {.name = ".text",
                                              .bytes = block,
                                              .size = sizeof block,
                                              .virtual_size = 64,
                                              .alignment = 16,
                                              .flags = SMF_SECTION_READ | SMF_SECTION_EXEC | SMF_SECTION_COMPRESSED,
                                              .type = SMF_SECTION_CODE};
    memcpy(block, bytes, sizeof block);
    kit->writer.header.compression = SMF_COMPRESSION_LZ4;
    CHECK_STATUS(smf_writer_add_section(&kit->writer, &section, NULL), SMF_OK);
}

static void add_with_tail(struct kit *kit, const uint8_t *code)
{
    const struct smf_write_section section = {.name = ".text",
                                              .bytes = code,
                                              .size = 64,
                                              .virtual_size = 128,
                                              .alignment = 16,
                                              .flags = SMF_SECTION_READ | SMF_SECTION_EXEC,
                                              .type = SMF_SECTION_CODE};
    CHECK_STATUS(smf_writer_add_section(&kit->writer, &section, NULL), SMF_OK);
}

void stock_make(unsigned shelf, const char *name, const struct stock_recipe *recipe)
{
    static struct kit kit;
    static uint8_t code[64], note[96], deps[320];
    struct smf_module_note module = {
        .version = {1, 2, 3}
    };
    struct smf_dependency need = {.interface_hash = 0};
    char second[40];
    size_t size;
    kit_start(&kit, (enum smf_arch_id)kit_machine()->id);
    if (recipe->fixed)
        kit.writer.header.flags &= ~SMF_FLAG_PIC;
    put64(kit.writer.header.options, recipe->hash != 0 ? recipe->hash : recipe->backend != 0 ? 0x1122 : 0);
    kit.writer.header.options[8] = recipe->backend;
    memset(code, recipe->value, sizeof code);
    if (recipe->compressed)
        add_compressed(&kit, recipe->value);
    else if (recipe->tail)
        add_with_tail(&kit, code);
    else
        kit_section(&kit, ".text", SMF_SECTION_CODE, code, sizeof code, 16);
    kit_section(&kit, ".data", SMF_SECTION_DATA, note, 16, 8);
    snprintf(module.name, sizeof module.name, "%s", name);
    kit_section(&kit, SMF_NOTE_MODULE, SMF_SECTION_NOTE, note, smf_note_module_write(&module, note, sizeof note), 8);
    if (recipe->needs != NULL) {
        snprintf(need.name, sizeof need.name, "%s", recipe->needs);
        kit_section(&kit, SMF_NOTE_DEPS, SMF_SECTION_NOTE, deps,
                    smf_note_dependencies_write(&need, 1, deps, sizeof deps), 8);
    }
    kit_local(&kit, ".data", 1, 0);
    if (recipe->relocations)
        kit_relocation(&kit, 1, 0, kit_machine()->absolute, 0, 0);
    snprintf(second, sizeof second, "%s_second", name);
    if (!recipe->silent) {
        add_function(&kit, name, 0, recipe->unreadable ? 0 : 16);
        add_function(&kit, second, recipe->tail ? 64 : 16, 8);
    }
    uint8_t *bytes = kit_finish(&kit, &size);
    put(shelf, name, bytes, size);
}

void stock_put(unsigned shelf, const char *name, uint8_t value)
{
    stock_make(shelf, name, &(const struct stock_recipe){.value = value});
}

void stock_put_object(unsigned shelf, const char *name, const void *object, size_t size)
{
    struct stock_file *file = stock_file(shelf, name);
    CHECK(file != NULL);
    if (file == NULL)
        return;
    file->object = object;
    file->object_size = size;
}

void stock_remove(unsigned shelf, const char *name)
{
    struct stock_file *file = stock_file(shelf, name);
    CHECK(file != NULL);
    if (file != NULL)
        file->name[0] = '\0';
}

/* ---- Calls ---- */

const char *stock_line(void)
{
    static char line[240];
    smf_diagnosis_format(&stock.why, line, sizeof line);
    return line;
}

static void check(enum smf_status status, enum smf_status wanted)
{
    if (status != wanted)
        tap_note("%s", stock_line());
    CHECK_STATUS(status, wanted);
}

struct smf_source stock_bytes(const char *name, enum smf_status wanted)
{
    struct smf_source source = {.size = 0};
    check(smf_provider_bytes(&stock.provider, name, &source, &stock.why), wanted);
    CHECK((source.size != 0) == (wanted == SMF_OK));
    return source;
}

struct smf_image *stock_reader(const char *name, enum smf_status wanted)
{
    struct smf_image *image = NULL;
    check(smf_provider_reader(&stock.provider, name, &image, &stock.why), wanted);
    CHECK((image != NULL) == (wanted == SMF_OK));
    return image;
}

struct smf_source stock_object(const char *name, enum smf_status wanted)
{
    struct smf_source source = {.size = 0};
    check(smf_provider_object(&stock.provider, name, &source, &stock.why), wanted);
    CHECK((source.size != 0) == (wanted == SMF_OK));
    return source;
}

void stock_give_back(const struct smf_source *source)
{
    CHECK_STATUS(smf_provider_give_back(&stock.provider, source), SMF_OK);
}

struct smf_provider_statistics stock_statistics(void)
{
    struct smf_provider_statistics statistics;
    smf_provider_get_statistics(&stock.provider, &statistics);
    return statistics;
}

int stock_value(const char *name)
{
    struct smf_code_unit unit;
    uint8_t code[64];
    if (smf_provider_code(&stock.provider, name, name, &unit, code, sizeof code, &stock.why) != SMF_OK)
        return -1;
    CHECK_EQUAL(unit.size, 16);
    for (size_t i = 1; i < unit.size; i++)
        CHECK_EQUAL(code[i], code[0]);
    return code[0];
}

int stock_value_of(const struct smf_source *source)
{
    static struct smf_image image;
    static struct smf_section sections[8];
    uint8_t byte = 0;
    CHECK_STATUS(smf_image_open(&image, source, sections, 8, NULL), SMF_OK);
    CHECK_STATUS(smf_image_read(&image, 0, 0, &byte, 1, NULL), SMF_OK);
    return byte;
}
