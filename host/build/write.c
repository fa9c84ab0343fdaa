/* SPDX-License-Identifier: MIT */
/* write.c - hand everything to smf_writer, and put the file in its place in one step. */
#include "build.h"
#include "compress.h"
#include "debug.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "smf/writer.h"

static bool refuse(struct build *build, const struct smf_diagnosis *why)
{
    char line[256];
    smf_diagnosis_format(why, line, sizeof line);
    return build_fail(build, build->output_path, "%s", line);
}

static bool add_sections(struct build *build, struct smf_writer *writer)
{
    struct smf_diagnosis why = {0};
    for (size_t i = 0; i < build->output_count; i++) {
        const struct output *output = build->outputs[i];
        const bool bss = output->type == SMF_SECTION_BSS;
        const struct smf_write_section section = {.name = output->name,
                                                  .bytes = output->bytes,
                                                  .size = bss ? 0 : output->size,
                                                  .virtual_size = output->size,
                                                  .alignment = (uint32_t)output->alignment,
                                                  .flags = output->flags,
                                                  .type = output->type};
        if (smf_writer_add_section(writer, &section, NULL) != SMF_OK)
            return refuse(build, &why);
    }
    return true;
}

static bool add_note(struct build *build, struct smf_writer *writer, const char *name, const uint8_t *bytes,
                     size_t size)
{
    const struct smf_write_section section = {.name = name,
                                              .bytes = bytes,
                                              .size = size,
                                              .alignment = 8,
                                              .flags = SMF_SECTION_READ,
                                              .type = SMF_SECTION_NOTE};
    return smf_writer_add_section(writer, &section, NULL) == SMF_OK || build_fail(build, NULL, "too many sections");
}

/* The base name without what follows its last dot, unless the caller says another. */
const char *build_module_name(struct build *build)
{
    if (build->options->name != NULL)
        return build->options->name;
    const char *slash = strrchr(build->output_path, '/');
    char *name = pool_text(&build->pool, "%s", slash == NULL ? build->output_path : slash + 1);
    char *dot = strrchr(name, '.');
    if (dot != NULL && dot != name)
        *dot = '\0';
    return name;
}

static bool add_notes(struct build *build, struct smf_writer *writer)
{
    const struct smf_build_options *options = build->options;
    struct smf_module_note note = {.state_version = options->state_version};
    const char *name = build_module_name(build);
    if (name[0] == '\0' || strlen(name) >= sizeof note.name)
        return build_fail(build, NULL, "a module's name has 1 to %zu bytes: '%s'", sizeof note.name - 1, name);
    memcpy(note.name, name, strlen(name) + 1);
    memcpy(note.version, options->version, sizeof note.version);
    snprintf(note.writer, sizeof note.writer, "smf build %d.%d", SMF_API_VERSION_MAJOR, SMF_API_VERSION_MINOR);
    size_t size = smf_note_module_write(&note, NULL, 0);
    uint8_t *bytes = pool_take(&build->pool, size);
    smf_note_module_write(&note, bytes, size);
    if (!add_note(build, writer, SMF_NOTE_MODULE, bytes, size))
        return false;
    if (options->needs_count == 0)
        return true;
    struct smf_dependency *rows = pool_array(&build->pool, options->needs_count, sizeof *rows);
    for (size_t i = 0; i < options->needs_count; i++) {
        const char *needed = options->needs[i].name;
        if (needed[0] == '\0' || strlen(needed) >= sizeof rows[i].name)
            return build_fail(build, NULL, "a needed module's name has 1 to %zu bytes: '%s'", sizeof rows[i].name - 1,
                              needed);
        memcpy(rows[i].name, needed, strlen(needed) + 1);
        rows[i].interface_hash = options->needs[i].interface_hash;
    }
    size = smf_note_dependencies_write(rows, (uint32_t)options->needs_count, NULL, 0);
    bytes = pool_take(&build->pool, size);
    smf_note_dependencies_write(rows, (uint32_t)options->needs_count, bytes, size);
    return add_note(build, writer, SMF_NOTE_DEPS, bytes, size);
}

static struct smf_write_symbol import_of(const struct global *global)
{
    const struct symbol *stub = global->stub;
    return (struct smf_write_symbol){.name = global->name,
                                     .value = stub == NULL ? 0 : stub->section->offset + stub->value,
                                     .size = stub == NULL ? 0 : stub->size,
                                     .section = SMF_INDEX_UNDEFINED,
                                     .type = global->function ? SMF_SYMBOL_FUNCTION : SMF_SYMBOL_DATA,
                                     .binding = global->strong ? SMF_BINDING_GLOBAL : SMF_BINDING_WEAK,
                                     .flags = global->by_stub ? SMF_SYMBOL_FLAG_BY_STUB : 0};
}

static struct smf_write_symbol export_of(const struct global *global)
{
    const struct symbol *symbol = global->definition;
    const bool absolute = symbol->place == PLACE_ABSOLUTE;
    const bool code = !absolute && symbol->section->output->type == SMF_SECTION_CODE;
    const bool function = symbol->type == STT_FUNC || (symbol->type == STT_NOTYPE && code);
    return (struct smf_write_symbol){.name = global->name,
                                     .value = symbol->value + (absolute ? 0 : symbol->section->offset),
                                     .size = symbol->size,
                                     .section = absolute ? SMF_INDEX_ABSOLUTE : symbol->section->output->index,
                                     .type = absolute   ? SMF_SYMBOL_CONSTANT
                                             : function ? SMF_SYMBOL_FUNCTION
                                                        : SMF_SYMBOL_DATA,
                                     .binding = symbol->binding == STB_GLOBAL ? SMF_BINDING_GLOBAL : SMF_BINDING_WEAK};
}

static bool add_symbol(struct build *build, struct smf_writer *writer, const struct smf_write_symbol *symbol)
{
    return smf_writer_add_symbol(writer, symbol, NULL) == SMF_OK ||
           build_fail(build, NULL, "symbol '%s' cannot be written", symbol->name);
}

static bool add_symbols(struct build *build, struct smf_writer *writer)
{
    for (size_t i = 0; i < build->output_count; i++) {
        const struct output *output = build->outputs[i];
        const struct smf_write_symbol start = {.name = build->bare ? pool_text(&build->pool, "__smf_section_%zu", i)
                                                                   : output->name,
                                               .size = build->bare ? output->size : 0,
                                               .section = output->index,
                                               .type = build->bare ? SMF_SYMBOL_NONE : SMF_SYMBOL_DATA,
                                               .binding = SMF_BINDING_LOCAL};
        if (output->symbol != SMF_NO_SYMBOL && !add_symbol(build, writer, &start))
            return false;
    }
    for (size_t i = 0; i < build->global_count; i++) {
        const struct smf_write_symbol import = import_of(build->globals[i]);
        if (build->globals[i]->imported && !add_symbol(build, writer, &import))
            return false;
    }
    for (size_t i = 0; i < build->global_count; i++)
        if (build_exported(build->globals[i])) {
            const struct smf_write_symbol exported = export_of(build->globals[i]);
            if (!add_symbol(build, writer, &exported))
                return false;
        }
    return true;
}

/* x86-64's three oldest types have numbers of their own. */
static void number_type(const struct build *build, const struct record *record, struct smf_write_relocation *written)
{
    const uint16_t type = record->row->type;
    written->type = SMF_RELOCATION_PSABI;
    written->number = type;
    if (build->arch->id != SMF_ARCH_X86_64 || (type != 1 && type != 2 && type != 10))
        return;
    written->type = (uint8_t)(type == 10 ? SMF_RELOCATION_ABS32 : type);
    written->number = 0;
}

/* R72 and R96 know types 1 to 4, and on AArch64 5 to 9; several psABI types mean the same to them. */
static bool number_old_type(struct build *build, const struct output *output, const struct record *record,
                            struct smf_write_relocation *written)
{
    uint16_t type = record->row->type;
    if (build->arch->id == SMF_ARCH_X86_64 && (type == 41 || type == 42)) /* GOTPCRELX, REX_GOTPCRELX */
        type = 9;
    if (build->arch->id == SMF_ARCH_AARCH64) {
        if (type == 282) /* JUMP26 is CALL26 */
            type = 283;
        else if (type == 312)
            type = SMF_HOWTO_GOT_PAGEOFF12;
        else if (type == 277 || type == 278 || (type >= 284 && type <= 286) || type == 299)
            type = SMF_HOWTO_PAGEOFF12;
    }
    const unsigned last = build->arch->id == SMF_ARCH_AARCH64 ? SMF_RELOCATION_GOT_PAGEOFF12 : SMF_RELOCATION_GOTPCREL;
    for (unsigned i = 1; i <= last; i++)
        if (build->arch->r_types[i] == type) {
            written->type = (uint8_t)i;
            return true;
        }
    return build_fail(build, NULL, "%s+0x%llx: this layout cannot say %s against '%s'", output->name,
                      (unsigned long long)record->offset, build_type_name(build, record->row->type),
                      record->target != NULL ? record->target->name : build_symbol_name(record->symbol));
}

static bool add_relocations(struct build *build, struct smf_writer *writer)
{
    for (size_t i = 0; i < build->output_count; i++) {
        const struct output *output = build->outputs[i];
        for (size_t r = 0; r < output->record_count; r++) {
            const struct record *record = output->records[r];
            struct smf_write_relocation written = {.offset = record->offset,
                                                   .addend = record->addend,
                                                   .section = output->index,
                                                   .symbol = build_record_symbol(record),
                                                   .settled = record->settled};
            if (record->row->calc == SMF_CALC_PAIR) {
                written.symbol = SMF_NO_SYMBOL;
                written.addend = record->pair->order;
            }
            if (build->bare && !number_old_type(build, output, record, &written))
                return false;
            if (!build->bare)
                number_type(build, record, &written);
            if (smf_writer_add_relocation(writer, &written) != SMF_OK)
                return build_fail(build, NULL, "too many relocations");
        }
    }
    return true;
}

/* PIC: no record asks for low addresses (D3); slots and stubs are all laid out here. */
static uint32_t pic_flag(const struct build *build)
{
    for (size_t i = 0; i < build->output_count; i++)
        for (size_t r = 0; r < build->outputs[i]->record_count; r++)
            if ((build->outputs[i]->records[r]->row->flags & SMF_ROW_LOW) != 0)
                return 0;
    return SMF_FLAG_PIC;
}

static bool set_entry(struct build *build, struct smf_write_header *header)
{
    const struct global *global = build->entry == NULL ? NULL : build_find_global(build, build->entry);
    const struct symbol *symbol = global == NULL ? NULL : global->definition;
    if (symbol == NULL || symbol->place != PLACE_SECTION || symbol->section->output->type != SMF_SECTION_CODE)
        return build->options->entry == NULL ||
               build_fail(build, NULL, "the entry '%s' is not defined as a function", build->entry);
    header->flags |= SMF_FLAG_EXECUTABLE;
    header->entry_point = symbol->section->offset + symbol->value;
    return true;
}

static bool set_platform(struct build *build, struct smf_write_header *header)
{
    static const char *const names[] = {"any", "linux", "windows", "macos", "freebsd", "none"};
    const char *wanted = build->options->platform;
    const bool microsoft = build->machine == EM_X86_64 && build->abi == SMF_ABI_X86_64_MICROSOFT;
    header->platform = microsoft                     ? SMF_PLATFORM_WINDOWS
                       : build->machine == EM_X86_64 ? SMF_PLATFORM_LINUX
                       : build->machine == EM_ARM    ? SMF_PLATFORM_NONE
                                                     : SMF_PLATFORM_ANY;
    for (unsigned i = 0; wanted != NULL && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(wanted, names[i]) == 0) {
            header->platform = (enum smf_platform)i;
            return true;
        }
    return wanted == NULL ||
           build_fail(build, NULL, "platform '%s' is none of linux windows macos freebsd none any", wanted);
}

static bool fill_header(struct build *build, struct smf_write_header *header)
{
    const struct smf_build_options *options = build->options;
    header->arch = (enum smf_arch_id)build->arch->id;
    header->flags =
        pic_flag(build) | (options->reloadable ? SMF_FLAG_RELOADABLE : 0) | (options->debug ? SMF_FLAG_DEBUG_INFO : 0);
    header->abi = build->abi;
    header->cpu = build->cpu;
    header->source_hash = build->source_hash;
    memcpy(header->options, build->compile_options, sizeof header->options);
    if (build->source_hash != 0)
        header->options[10] = build->arch->id;
    header->stub = options->stub;
    header->stub_size = options->stub_size;
    return set_platform(build, header) && set_entry(build, header);
}

static bool write_bytes(int descriptor, const uint8_t *bytes, size_t size)
{
    size_t written = 0;
    while (written < size) {
        const ssize_t step = write(descriptor, bytes + written, size - written);
        if (step <= 0)
            return false;
        written += (size_t)step;
    }
    return true;
}

/* A device or a pipe is written to; to put a file in its place would take it away from everybody. */
static bool put_into(struct build *build, const uint8_t *bytes, size_t size)
{
    const int descriptor = open(build->output_path, O_WRONLY);
    const bool written = descriptor >= 0 && write_bytes(descriptor, bytes, size);
    if ((descriptor >= 0 && close(descriptor) != 0) | !written)
        return build_fail(build, build->output_path, "%s", strerror(errno));
    return true;
}

/* A new file beside the old one, then one rename: nobody sees half a module. */
static bool put_file(struct build *build, const uint8_t *bytes, size_t size)
{
    struct stat old;
    if (stat(build->output_path, &old) == 0 && !S_ISREG(old.st_mode))
        return put_into(build, bytes, size);
    char *path = pool_text(&build->pool, "%s.XXXXXX", build->output_path);
    const int descriptor = mkstemp(path);
    if (descriptor < 0)
        return build_fail(build, build->output_path, "%s", strerror(errno));
    const bool written = write_bytes(descriptor, bytes, size);
    const mode_t mask = umask(0);
    umask(mask);
    const mode_t mode = (build->options->stub_size != 0 ? 0777 : 0666) & ~mask;
    const bool written_out = written && fchmod(descriptor, mode) == 0;
    if ((close(descriptor) != 0) | !written_out || rename(path, build->output_path) != 0) {
        build_fail(build, build->output_path, "%s", strerror(errno));
        unlink(path);
        return false;
    }
    return true;
}

bool build_write(struct build *build)
{
    const uint32_t sections = (uint32_t)build->output_count + 2 + build_template_sections(build),
                   symbols = build->report->symbol_count + build_template_symbols(build),
                   relocations = build->report->relocation_count;
    const struct smf_write_storage storage = {.sections = pool_array(&build->pool, sections, sizeof *storage.sections),
                                              .symbols = pool_array(&build->pool, symbols, sizeof *storage.symbols),
                                              .relocations =
                                                  pool_array(&build->pool, relocations, sizeof *storage.relocations),
                                              .section_capacity = sections,
                                              .symbol_capacity = symbols,
                                              .relocation_capacity = relocations};
    struct smf_writer writer;
    struct smf_diagnosis why = {0};
    smf_writer_start(&writer, &storage);
    if (!fill_header(build, &writer.header) || !add_sections(build, &writer) ||
        (!build->bare && !add_notes(build, &writer)) || !build_add_template_sections(build, &writer) ||
        !add_symbols(build, &writer) || !build_add_template_symbols(build, &writer) ||
        !add_relocations(build, &writer) || !build_compress(build, &writer))
        return false;
    size_t size = 0;
    if (smf_writer_finish(&writer, build->options->layout, NULL, 0, &size, &why) != SMF_OK)
        return refuse(build, &why);
    uint8_t *bytes = pool_take(&build->pool, size);
    if (smf_writer_finish(&writer, build->options->layout, bytes, size, &size, &why) != SMF_OK)
        return refuse(build, &why);
    build->report->size = size;
    uint64_t hash = 0; /* where the writer put it */
    if (!build->bare)
        memcpy(&hash, bytes + size - SMF_P128_HEADER_SIZE + SMF_P128_MODULE_HASH, sizeof hash);
    if (build->options->debug && !build_write_debug(build, hash))
        return false;
    return put_file(build, bytes, size);
}
