/* SPDX-License-Identifier: MIT */
/* world.c - see world.h. */
#include "system/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "support/kit.h"
#include "system/code.h"

enum { NAME_SIZE = 8, DATA_WORDS = 8 /* dM stands before them */ };

/* ---- Names ---- */

static char names[WORLD_NAMES][NAME_SIZE], modules[WORLD_MODULES][NAME_SIZE];

static void make_names(void)
{
    for (unsigned i = 0; i < WORLD_MODULES; i++) {
        snprintf(modules[i], NAME_SIZE, "m%u", i);
        snprintf(names[world_sum_of(i)], NAME_SIZE, "f%u", i);
        snprintf(names[world_constant_of(i)], NAME_SIZE, "c%u", i);
        snprintf(names[world_data_of(i)], NAME_SIZE, "d%u", i);
    }
    for (unsigned i = 0; i < WORLD_SHARED; i++)
        snprintf(names[WORLD_SHARED_FIRST + i], NAME_SIZE, "w%u", i);
    snprintf(names[WORLD_HOST_FUNCTION], NAME_SIZE, "host_f");
    snprintf(names[WORLD_HOST_DATA], NAME_SIZE, "host_d");
}

const char *world_name(unsigned name) { return names[name]; }
const char *world_module(unsigned module) { return modules[module]; }

static int SMF_MODULE_CALL host_function(void) { return WORLD_HOST_RETURNS; }
static int host_data[2] = {WORLD_HOST_HOLDS, WORLD_HOST_HOLDS + 1};

const struct smf_exports *world_host(void)
{
    static struct smf_export entries[2];
    static struct smf_exports table;
    static uint32_t buckets[4];
    entries[0] = (struct smf_export){"host_f", (uintptr_t)host_function, SMF_KIND_FUNCTION, 0};
    entries[1] = (struct smf_export){"host_d", (uintptr_t)host_data, SMF_KIND_DATA, 0};
    CHECK_STATUS(smf_exports_index(&table, entries, 2, buckets, 4), SMF_OK);
    return &table;
}

/* ---- What a file is about ---- */

uint32_t world_draw(struct world *world, uint32_t limit)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 17;
    world->random ^= world->random << 5;
    return (world->random >> 4) % limit;
}

const struct world_export *world_export_of(const struct world_file *file, unsigned name)
{
    for (uint32_t i = 0; i < file->export_count; i++)
        if (file->exports[i].name == name)
            return &file->exports[i];
    return NULL;
}

bool world_is_easy(const struct world_file *file)
{
    bool easy = !file->refuses && (file->interface == 0 || file->interface == WORLD_INTERFACE);
    for (uint32_t i = 0; i < file->export_count; i++)
        easy = easy && (file->exports[i].name < WORLD_HOST_FUNCTION || file->exports[i].weak);
    return easy;
}

static void add_export(struct world_file *file, unsigned name, bool weak, unsigned value)
{
    file->exports[file->export_count++] = (struct world_export){(uint16_t)name, weak, (int)value};
}

/* Versions after the first one may lack an export that somebody uses. */
static void draw_exports(struct world *world, struct world_file *file, unsigned module, unsigned version)
{
    const unsigned base = 1 + 16 * (module * WORLD_VERSIONS + version);
    if (version == 0 || world_draw(world, 24) != 0)
        add_export(file, world_sum_of(module), false, base);
    if (version == 0 || world_draw(world, 24) != 0)
        add_export(file, world_constant_of(module), false, base + 2);
    if (version == 0 || world_draw(world, 24) != 0)
        add_export(file, world_data_of(module), false, base + 4);
    if (module % 3 == 0 && world_draw(world, 4) != 0) /* others only import these */
        add_export(file, WORLD_SHARED_FIRST + world_draw(world, WORLD_SHARED), world_draw(world, 8) != 0, base + 6);
    if (module % 9 == 0 && world_draw(world, 16) == 0)
        add_export(file, WORLD_HOST_FUNCTION, world_draw(world, 2) != 0, base + 8);
}

static unsigned draw_name(struct world *world, unsigned module)
{
    const unsigned other = world_draw(world, WORLD_MODULES);
    switch (world_draw(world, 6)) {
    case 0:
        return other < module ? world_sum_of(other) : world_constant_of(other);
    case 1:
    case 2:
        return world_data_of(other);
    case 3:
        return module % 3 != 0 ? WORLD_SHARED_FIRST + world_draw(world, WORLD_SHARED) : world_constant_of(other);
    case 4:
        return module % 9 != 0 ? WORLD_HOST_FUNCTION + world_draw(world, 2) : world_constant_of(other);
    default:
        return world_constant_of(other);
    }
}

static uint8_t draw_ways(struct world *world, const struct world_import *import)
{
    static const uint8_t ways[] = {WORLD_BRANCH, WORLD_SLOT, WORLD_WORD, WORLD_CONSTANT_WORD};
    if (import->bare || (world_is_data(import->name) && import->weak)) /* an addend to nothing is no null pointer */
        return WORLD_SLOT;
    const unsigned first = import->weak || world_is_data(import->name); /* a branch to nothing goes nowhere */
    if (world_is_sum(import->name))                                     /* once, or the numbers of calls multiply */
        return ways[first + world_draw(world, 4 - first)];
    const unsigned drawn = 1 + world_draw(world, 15);
    return (uint8_t)(first != 0 && (drawn & ~1u) == 0 ? WORLD_SLOT : first != 0 ? drawn & ~1u : drawn);
}

static bool imports(const struct world_file *file, unsigned name)
{
    for (uint32_t i = 0; i < file->import_count; i++)
        if (file->imports[i].name == name)
            return true;
    return false;
}

static void draw_imports(struct world *world, struct world_file *file, unsigned module)
{
    const unsigned count = world_draw(world, WORLD_IMPORTS + 1);
    for (unsigned i = 0; i < count; i++) {
        struct world_import import = {.name = (uint16_t)draw_name(world, module)};
        const bool own = import.name < WORLD_SHARED_FIRST && import.name / 3u == module;
        if (own || imports(file, import.name))
            continue;
        const bool shared = import.name >= WORLD_SHARED_FIRST && import.name < WORLD_HOST_FUNCTION;
        import.weak = world_draw(world, shared ? 8 : 2) != 0;
        import.bare = !world_is_data(import.name) && world_draw(world, 8) == 0;
        import.ways = draw_ways(world, &import);
        file->imports[file->import_count++] = import;
    }
}

static void draw_needs(struct world *world, struct world_file *file, unsigned module)
{
    while (file->need_count < WORLD_NEEDS && world_draw(world, 4) == 0) {
        const unsigned other = world_draw(world, WORLD_MODULES);
        if (other == module || (file->need_count == 1 && file->needs[0] == other))
            break;
        file->needs[file->need_count++] = (uint16_t)other;
    }
    file->refuses = world_draw(world, 24) == 0;
    if (world_draw(world, 4) == 0)
        file->interface = world_draw(world, 8) == 0 ? WORLD_INTERFACE + 1 : WORLD_INTERFACE;
}

/* ---- Its bytes ---- */

enum { TEXT, GOT, CONSTANTS, DATA };                           /* sections, by index */
enum { LOCAL_GOT, LOCAL_CONSTANTS, LOCAL_DATA, FIRST_IMPORT }; /* symbols */

struct making {
    struct kit kit;
    struct code code;
    const struct smf_arch *arch;
    const struct world_file *file;
    unsigned stub_of[WORLD_IMPORTS], stub_count;
    unsigned export_at[WORLD_EXPORTS];
    struct {
        uint8_t way, import;
    } literals[CODE_LITERALS];
    uint8_t data[DATA_WORDS + WORLD_IMPORTS * 8], zeros[WORLD_IMPORTS * 8];
    uint32_t first_fixup; /* its record */
    uint8_t note[64], needs[128];
};

static bool has_stub(const struct world_import *import) { return !world_is_data(import->name) && !import->bare; }

static void use(struct making *making, uint32_t number, uint8_t way)
{
    const struct world_import *import = &making->file->imports[number];
    if ((import->ways & way) == 0)
        return;
    if (way == WORLD_BRANCH) {
        code_branch(&making->code, making->stub_of[number]);
        return;
    }
    const unsigned literal = world_is_data(import->name) ? code_read(&making->code) : code_through(&making->code);
    making->literals[literal].way = way;
    making->literals[literal].import = (uint8_t)number;
}

static void write_code(struct making *making)
{
    code_start(&making->code, making->arch);
    for (uint32_t i = 0; i < making->file->import_count; i++)
        if (has_stub(&making->file->imports[i]))
            making->stub_of[i] = making->stub_count++;
    for (uint32_t i = 0; i < making->file->export_count; i++) {
        const struct world_export *export = &making->file->exports[i];
        if (world_is_data(export->name))
            continue;
        making->export_at[i] = code_begin(&making->code, (uint32_t) export->value) | code_bit(making->arch);
        for (uint32_t import = 0; world_is_sum(export->name) && import < making->file->import_count; import++)
            for (uint8_t way = WORLD_BRANCH; way <= WORLD_CONSTANT_WORD; way = (uint8_t)(way << 1))
                use(making, import, way);
        code_end(&making->code);
    }
    if (making->code.size == 0) /* a Code section is never empty here */
        (void)code_begin(&making->code, 0);
    code_finish(&making->code, making->stub_count);
}

static void write_symbols(struct making *making)
{
    struct kit *kit = &making->kit;
    kit_local(kit, ".got", GOT, 0);
    kit_local(kit, ".data.rel.ro", CONSTANTS, 0);
    kit_local(kit, ".data", DATA, 0);
    for (uint32_t i = 0; i < making->file->import_count; i++) {
        const struct world_import *import = &making->file->imports[i];
        const enum smf_symbol_type type = world_is_data(import->name) ? SMF_SYMBOL_DATA : SMF_SYMBOL_FUNCTION;
        const enum smf_binding binding = import->weak ? SMF_BINDING_WEAK : SMF_BINDING_GLOBAL;
        const unsigned at = making->code.stub_at[making->stub_of[i]] | code_bit(making->arch);
        if (has_stub(import))
            kit_stub_import(kit, names[import->name], type, binding, at, making->arch->stub->size, 0);
        else
            kit_import(kit, names[import->name], type, binding);
    }
    for (uint32_t i = 0; i < making->file->export_count; i++) {
        const struct world_export *export = &making->file->exports[i];
        const bool data = world_is_data(export->name);
        const struct smf_write_symbol symbol = {.name = names[export->name],
                                                .section = data ? DATA : TEXT,
                                                .value = data ? 0 : making->export_at[i],
                                                .type = data ? SMF_SYMBOL_DATA : SMF_SYMBOL_FUNCTION,
                                                .binding = export->weak ? SMF_BINDING_WEAK : SMF_BINDING_GLOBAL};
        CHECK_STATUS(smf_writer_add_symbol(&kit->writer, &symbol, NULL), SMF_OK);
    }
}

/* Literals that hold addresses of one kind of word, sorted as the format asks: by symbol. */
static void write_literals(struct making *making, uint8_t way, uint32_t symbol, unsigned before)
{
    for (unsigned i = 0; i < making->code.literal_count; i++)
        if (making->literals[i].way == way)
            kit_relocation(&making->kit, TEXT, making->code.literal_at[i], making->arch->absolute, symbol,
                           before + making->literals[i].import * making->arch->pointer_size);
}

/* The fixups of stubs that name their slot, or (`paired`, RISC-V) the record that does. */
static void write_fixups(struct making *making, bool paired)
{
    const struct smf_stub *stub = making->arch->stub;
    if (!paired)
        making->first_fixup = making->kit.writer.relocation_count;
    for (uint32_t i = 0, number = 0; i < making->file->import_count; i++) {
        if (!has_stub(&making->file->imports[i]))
            continue;
        for (unsigned fixup = 0; fixup < stub->fixup_count; fixup++) {
            const uint64_t at = making->code.stub_at[number] + stub->fixups[fixup].offset;
            const unsigned type = stub->fixups[fixup].type;
            const bool pair = smf_arch_row(making->arch, type)->calc == SMF_CALC_PAIR;
            if (pair && paired) /* their partners follow each other in the same order */
                kit_relocation(&making->kit, TEXT, at, type, SMF_NO_SYMBOL, making->first_fixup + number);
            else if (!pair && !paired)
                kit_relocation(&making->kit, TEXT, at, type, LOCAL_GOT,
                               (int64_t)i * making->arch->pointer_size + stub->fixups[fixup].addend);
        }
        number++;
    }
}

static void write_words(struct making *making, uint8_t way, uint32_t section, unsigned before)
{
    for (uint32_t i = 0; i < making->file->import_count; i++) {
        const struct world_import *import = &making->file->imports[i];
        const int second = way != WORLD_SLOT && world_is_data(import->name) ? (int)sizeof(int) : 0;
        if (way == WORLD_SLOT || (import->ways & way) != 0)
            kit_relocation(&making->kit, section, before + i * making->arch->pointer_size, making->arch->absolute,
                           FIRST_IMPORT + i, second);
    }
}

static void write_notes(struct making *making, unsigned module)
{
    struct smf_dependency rows[WORLD_NEEDS + 1];
    struct smf_module_note note;
    uint32_t count = 0;
    memset(rows, 0, sizeof rows);
    memset(&note, 0, sizeof note);
    snprintf(note.name, sizeof note.name, "%s", modules[module]);
    for (; count < making->file->need_count; count++)
        snprintf(rows[count].name, sizeof rows[count].name, "%s", modules[making->file->needs[count]]);
    if (making->file->interface != 0) {
        snprintf(rows[count].name, sizeof rows[count].name, "host");
        rows[count++].interface_hash = making->file->interface;
    }
    const size_t size = smf_note_module_write(&note, making->note, sizeof making->note);
    kit_section(&making->kit, SMF_NOTE_MODULE, SMF_SECTION_NOTE, making->note, size, 4);
    if (count != 0) {
        const size_t needs = smf_note_dependencies_write(rows, count, making->needs, sizeof making->needs);
        CHECK(size <= sizeof making->note && needs <= sizeof making->needs);
        kit_section(&making->kit, SMF_NOTE_DEPS, SMF_SECTION_NOTE, making->needs, needs, 4);
    }
}

static void write_file(const struct world *world, const struct smf_arch *arch, unsigned module, struct world_file *file)
{
    static struct making making;
    const unsigned word = arch->pointer_size, words = WORLD_IMPORTS * word;
    memset(&making, 0, sizeof making);
    making.arch = arch;
    making.file = file;
    const struct world_export *own = world_export_of(file, world_data_of(module));
    put32(making.data, own != NULL ? (uint32_t)own->value : 0);
    put32(making.data + 4, own != NULL ? (uint32_t)own->value + 1 : 0);
    kit_start(&making.kit, (enum smf_arch_id)arch->id);
    if (world->reloadable[module])
        making.kit.writer.header.flags |= SMF_FLAG_RELOADABLE;
    write_code(&making);
    kit_section(&making.kit, ".text", SMF_SECTION_CODE, making.code.bytes, making.code.size, 16);
    kit_section(&making.kit, ".got", SMF_SECTION_RODATA, making.zeros, words, word);
    kit_section(&making.kit, ".data.rel.ro", SMF_SECTION_RODATA, making.zeros, words, word);
    kit_section(&making.kit, ".data", SMF_SECTION_DATA, making.data, DATA_WORDS + words, 8);
    write_notes(&making, module);
    write_symbols(&making);
    write_literals(&making, WORLD_SLOT, LOCAL_GOT, 0);
    write_fixups(&making, false);
    write_literals(&making, WORLD_CONSTANT_WORD, LOCAL_CONSTANTS, 0);
    write_literals(&making, WORLD_WORD, LOCAL_DATA, DATA_WORDS);
    write_fixups(&making, true);
    write_words(&making, WORLD_SLOT, GOT, 0);
    write_words(&making, WORLD_CONSTANT_WORD, CONSTANTS, 0);
    write_words(&making, WORLD_WORD, DATA, DATA_WORDS);
    file->bytes = kit_finish(&making.kit, &file->size);
}

void world_make(struct world *world, const struct smf_arch *arch, uint32_t seed)
{
    memset(world, 0, sizeof *world);
    world->random = seed;
    make_names();
    for (unsigned module = 0; module < WORLD_MODULES; module++) {
        world->reloadable[module] = world_draw(world, 8) != 0;
        for (unsigned version = 0; version < WORLD_VERSIONS; version++) {
            struct world_file *file = &world->files[module][version];
            draw_exports(world, file, module, version);
            draw_imports(world, file, module);
            draw_needs(world, file, module);
            write_file(world, arch, module, file);
        }
    }
}

void world_free(struct world *world)
{
    for (unsigned module = 0; module < WORLD_MODULES; module++)
        for (unsigned version = 0; version < WORLD_VERSIONS; version++)
            free(world->files[module][version].bytes);
}
