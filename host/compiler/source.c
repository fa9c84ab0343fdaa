/* SPDX-License-Identifier: MIT */
/*
 * source.c - a unit of C source and the shapes of its types go in, a record with one unit of machine code comes out: from the
 * folder if it was made before, else of what the compiler makes of it.
 */
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/template_one.h"
#include "compiler.h"
#include "files.h"
#include "folder.h"

/* smf/generic.h, embedded: hosts that compile need not have it installed. */
extern const uint8_t smf_generic_header[], smf_generic_header_end[];

/* Raised when records made here change for the same input. */
enum { MAKER_VERSION = 1, IDENTITY = 512, DEFINITIONS = 3 * SMF_TEMPLATE_PARAMETERS_MAX, DEFINITION = 320 };

/* Instances of an instantiator may outlive the context that compiled for them: then this stays for what they give back. */
struct source_compiler {
    struct smf_compiler_context *context; /* NULL: it is gone, and nothing is compiled any more */
    struct smf_instantiator *instantiator;
    size_t out; /* records that have not come back */
    const struct source_backend *backend;
    struct smf_unit_compiler units;
    char identity[IDENTITY];
    const char *asked; /* the template whose instance is being made, borrowed; NULL: it is not asked for here */
    bool served;
};

struct definitions {
    char text[DEFINITIONS][DEFINITION];
    const char *list[DEFINITIONS + 1];
    size_t count;
};

/* --- Shapes as definitions --------------------------------------------------------------------------- */

static void define(struct definitions *all, const char *what, const struct smf_unit_text *name, const char *value)
{
    char *text = all->text[all->count];
    snprintf(text, DEFINITION, "SMF_%s_%.*s=%s", what, (int)name->size, name->bytes, value);
    all->list[all->count++] = text;
    all->list[all->count] = NULL;
}

/* The word that smf/generic.h has for a shape. */
static bool word_of(const struct smf_shape *shape, char *word, size_t size)
{
    const unsigned bits = shape->size * 8u;
    const bool number = shape->size != 0 && shape->size <= 8 && (shape->size & (shape->size - 1)) == 0;
    switch (shape->type_class) {
    case SMF_SHAPE_ANY:
        snprintf(word, size, "any");
        return true;
    case SMF_SHAPE_PLAIN:
        snprintf(word, size, "%s", shape->size == 0 ? "plain" : "fixed");
        return true;
    case SMF_SHAPE_SIGNED:
    case SMF_SHAPE_UNSIGNED:
        snprintf(word, size, "%c%u", shape->type_class == SMF_SHAPE_SIGNED ? 'i' : 'u', bits);
        return number;
    case SMF_SHAPE_FLOAT:
        snprintf(word, size, "f%u", bits);
        return number && shape->size >= 4;
    case SMF_SHAPE_POINTER:
        snprintf(word, size, "ptr");
        return true;
    default:
        return false;
    }
}

static bool is_identifier(const struct smf_unit_text *name)
{
    for (uint8_t i = 0; i < name->size; i++) {
        const char c = name->bytes[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9')))
            return false;
    }
    return name->size != 0;
}

static bool define_shapes(struct definitions *all, const struct smf_record *record, const struct smf_shape *shapes)
{
    all->count = 0;
    all->list[0] = NULL;
    for (unsigned i = 0; i < record->parameter_count; i++) {
        char word[16];
        const struct smf_unit_text name = smf_record_parameter(record, i).name;
        if (!is_identifier(&name) || !word_of(&shapes[i], word, sizeof word))
            return false;
        define(all, "SHAPE", &name, word);
        if (shapes[i].type_class != SMF_SHAPE_PLAIN || shapes[i].size == 0)
            continue;
        snprintf(word, sizeof word, "%u", shapes[i].size);
        define(all, "SIZE", &name, word);
        snprintf(word, sizeof word, "%lu", 1ul << (shapes[i].alignment_log2 & 15u));
        define(all, "ALIGN", &name, word);
    }
    return true;
}

/* --- The source -------------------------------------------------------------------------------------- */

static bool find_source(const struct smf_record *record, struct smf_unit *unit)
{
    for (const uint8_t *at = NULL; smf_record_next_unit(record, &at, unit);)
        if (unit->format == SMF_UNIT_C)
            return true;
    return false;
}

/* A line that includes smf/generic.h; its size with the line's end, 0: another one. */
static size_t include_line(const char *line, size_t size)
{
    static const char *const words[] = {"#", "include", "smf/generic.h"};
    const char *end = memchr(line, '\n', size);
    const size_t length = end != NULL ? (size_t)(end - line) + 1 : size;
    size_t at = 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        while (at < length && (line[at] == ' ' || line[at] == '\t' || (i == 2 && (line[at] == '"' || line[at] == '<'))))
            at++;
        if (length - at < strlen(words[i]) || memcmp(line + at, words[i], strlen(words[i])) != 0)
            return 0;
        at += strlen(words[i]);
    }
    return length;
}

/* The source with the header where it is included first; other such lines go. */
static void put_source(struct memo_bytes *text, const char *source, size_t size)
{
    bool given = false;
    for (size_t at = 0, length; at < size; at += length) {
        const char *end = memchr(source + at, '\n', size - at);
        length = end != NULL ? (size_t)(end - source) + 1 - at : size - at;
        if (include_line(source + at, size - at) == 0)
            memo_put(text, source + at, length);
        else if (!given)
            memo_put(text, smf_generic_header, (size_t)(smf_generic_header_end - smf_generic_header));
        given = given || include_line(source + at, size - at) != 0;
    }
}

/* --- Keys and proofs --------------------------------------------------------------------------------- */

static void put_key(struct memo_bytes *key, const struct source_compiler *source, const struct smf_record *record,
                    const struct definitions *definitions, const struct memo_bytes *text)
{
    const struct smf_arch *arch = smf_arch_native();
    memo_put_number(key, MAKER_VERSION);
    memo_put_number(key, arch != NULL ? arch->id : SMF_UNIT_NO_ARCH);
    memo_put_text(key, source->context->compiler->name);
    memo_put_text(key, source->identity);
    memo_put_text(key, source->context->options.command);
    memo_put_text(key, source->context->options.flags);
    for (size_t i = 0; i < definitions->count; i++)
        memo_put_text(key, definitions->list[i]);
    memo_put_number(key, (uint64_t)(record->units - record->text));
    memo_put(key, record->text, (size_t)(record->units - record->text)); /* names, parameters, exports, needs */
    memo_put(key, text->bytes, text->size);
    key->failed = key->failed || text->failed;
}

static bool texts_are_same(struct smf_unit_text left, struct smf_unit_text right)
{
    return left.size == right.size && memcmp(left.bytes, right.bytes, left.size) == 0;
}

static bool items_are_same(const struct smf_record *left, const struct smf_record *right,
                           bool (*next)(const struct smf_record *, const uint8_t **, struct smf_record_item *))
{
    struct smf_record_item one, other;
    const uint8_t *left_at = NULL, *right_at = NULL;
    while (next(left, &left_at, &one))
        if (!next(right, &right_at, &other) || !texts_are_same(one.name, other.name) ||
            one.term_size != other.term_size || memcmp(one.term, other.term, one.term_size) != 0)
            return false;
    return !next(right, &right_at, &other);
}

/* Does `made` say of itself what the template says, and is its one unit code for these shapes? */
static bool fits(const struct smf_record *made, const struct smf_record *record, const struct smf_shape *shapes,
                 struct smf_unit *unit)
{
    const uint8_t *at = NULL;
    if (made->unit_count != 1 || !smf_record_next_unit(made, &at, unit) ||
        made->parameter_count != record->parameter_count)
        return false;
    for (unsigned i = 0; i < made->parameter_count; i++) {
        const struct smf_shape shape = smf_unit_shape(unit, i);
        if (!texts_are_same(smf_record_parameter(made, i).name, smf_record_parameter(record, i).name) ||
            shape.type_class != shapes[i].type_class || shape.size != shapes[i].size ||
            shape.alignment_log2 != shapes[i].alignment_log2)
            return false;
    }
    return items_are_same(made, record, smf_record_next_export) && items_are_same(made, record, smf_record_next_need);
}

/* --- Compiling --------------------------------------------------------------------------------------- */

struct job {
    const struct smf_record *record;
    const struct smf_shape *shapes;
    struct definitions definitions;
    struct memo_bytes text, key;
};

enum verdict { GOOD, ANOTHER_MACHINES, ANOTHER_TEMPLATES };

/* Flags may make code that this processor is not known to take, and the folder may hold what larger ones made. */
static enum verdict judge(const struct source_compiler *source, const struct job *job, const uint8_t *bytes,
                          size_t size)
{
    struct smf_record made;
    struct smf_unit unit;
    if (smf_record_open(&made, bytes, size, NULL) != SMF_OK || !fits(&made, job->record, job->shapes, &unit))
        return ANOTHER_TEMPLATES;
    return smf_instantiator_takes(source->instantiator, &unit) ? GOOD : ANOTHER_MACHINES;
}

static bool read_kept(struct source_compiler *source, const struct job *job, uint8_t **bytes, size_t *size)
{
    struct smf_compiler_statistics *statistics = &source->context->statistics;
    const char *folder = source->context->options.cache_folder;
    const enum folder_found found = folder != NULL ? folder_read(folder, &job->key, bytes, size) : FOLDER_NOTHING;
    const enum verdict verdict = found == FOLDER_FOUND ? judge(source, job, *bytes, *size) : ANOTHER_TEMPLATES;
    if (found == FOLDER_FOUND && verdict != GOOD)
        free(*bytes);
    statistics->read += verdict == GOOD;
    statistics->damaged += found != FOLDER_NOTHING && verdict == ANOTHER_TEMPLATES;
    return verdict == GOOD;
}

static enum smf_status make(struct source_compiler *source, const struct job *job, uint8_t **bytes, size_t *size,
                            struct smf_diagnosis *why)
{
    const struct smf_compiler_options *options = &source->context->options;
    const struct source_text text = {(const char *)job->text.bytes, job->text.size};
    struct source_object object = {0};
    char message[256] = "";
    enum smf_status status =
        source->backend->compile(source->backend, options, &text, job->definitions.list, &object, why);
    if (status != SMF_OK)
        return status;
    if (!template_record_of(object.bytes, object.size, job->shapes, job->record->parameter_count, bytes, size, message,
                            sizeof message))
        status = compiler_fail(why, SMF_ERR_UNIT, "%s", message);
    free(object.bytes);
    if (status != SMF_OK)
        return status;
    const enum verdict verdict = judge(source, job, *bytes, *size);
    if (verdict != GOOD) {
        free(*bytes);
        return compiler_fail(why, SMF_ERR_UNIT,
                             verdict == ANOTHER_TEMPLATES ? "its source is another template's"
                                                          : "it was compiled for more than this processor has");
    }
    source->context->statistics.compiled++;
    if (options->cache_folder != NULL && !folder_write(options->cache_folder, &job->key, *bytes, *size))
        source->context->statistics.unwritten++;
    return SMF_OK;
}

static enum smf_status prepare(struct source_compiler *source, struct job *job, struct smf_diagnosis *why)
{
    struct smf_unit unit;
    if (!find_source(job->record, &unit))
        return compiler_fail(why, SMF_ERR_UNIT, "no C source");
    if (!define_shapes(&job->definitions, job->record, job->shapes))
        return compiler_fail(why, SMF_ERR_UNIT, "types that C source cannot be compiled for");
    put_source(&job->text, (const char *)unit.code, unit.size);
    put_key(&job->key, source, job->record, &job->definitions, &job->text);
    return job->key.failed ? compiler_fail(why, SMF_ERR_NO_MEMORY, "source") : SMF_OK;
}

static enum smf_status compile(void *context, const struct smf_record *record, const struct smf_shape *shapes,
                               const void **bytes, size_t *size, struct smf_diagnosis *why)
{
    struct source_compiler *source = context;
    uint8_t *made = NULL;
    if (source->context == NULL)
        return SMF_ERR_NOT_FOUND;
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return compiler_fail(why, SMF_ERR_NO_MEMORY, "source");
    job->record = record;
    job->shapes = shapes;
    enum smf_status status = prepare(source, job, why);
    if (status == SMF_OK && !read_kept(source, job, &made, size))
        status = make(source, job, &made, size, why);
    free(job->text.bytes);
    free(job->key.bytes);
    free(job);
    if (status == SMF_OK) {
        *bytes = made;
        source->out++;
        source->served = source->served || (source->asked != NULL &&
                                            smf_record_find_export(record, source->asked, strlen(source->asked)) >= 0);
        return SMF_OK;
    }
    if (status == SMF_ERR_NO_MEMORY || source->context->options.fixed_backend)
        return status;
    source->context->statistics.fallbacks++;
    return SMF_ERR_NOT_FOUND; /* the template's own units do instead */
}

/* Nobody needs it: no instantiator may find it any more. */
static void forget(struct source_compiler *source)
{
    if (source->instantiator != NULL && source->instantiator->config.compiler == &source->units)
        source->instantiator->config.compiler = NULL;
    free(source);
}

static void give_back(void *context, const void *bytes)
{
    struct source_compiler *source = context;
    free((void *)(uintptr_t)bytes);
    source->out--;
    if (source->context == NULL && source->out == 0)
        forget(source);
}

/* --- Contexts ---------------------------------------------------------------------------------------- */

static enum smf_status open_folder(const char *folder, struct smf_diagnosis *why)
{
    const int error = folder != NULL ? files_own_folder(folder) : 0;
    if (error == 0)
        return SMF_OK;
    errno = error;
    return compiler_fail(why, error == EPERM || error == EACCES ? SMF_ERR_PROTECT : SMF_ERR_IO, "%s", folder);
}

enum smf_status source_create(const struct smf_compiler *compiler, const struct source_backend *backend,
                              const struct smf_compiler_options *options, struct smf_compiler_context **context,
                              struct smf_diagnosis *why)
{
    struct smf_compiler_context *made = NULL;
    enum smf_status status = compiler_start(compiler, options, &made, why);
    if (status != SMF_OK)
        return status;
    struct source_compiler *source = calloc(1, sizeof *source);
    made->source = source;
    status = source == NULL
                 ? compiler_fail(why, SMF_ERR_NO_MEMORY, "%s", compiler->name)
                 : backend->identify(backend, &made->options, source->identity, sizeof source->identity, why);
    if (status == SMF_OK)
        status = open_folder(made->options.cache_folder, why);
    if (status != SMF_OK) {
        compiler_finish(made);
        return status;
    }
    source->context = made;
    source->instantiator = made->options.instantiator;
    source->backend = backend;
    source->units = (struct smf_unit_compiler){compile, give_back, source};
    *context = made;
    return SMF_OK;
}

void source_finish(struct source_compiler *source)
{
    if (source == NULL)
        return;
    source->context = NULL;
    if (source->out == 0)
        forget(source);
}

const struct smf_unit_compiler *source_units(struct smf_compiler_context *context)
{
    return context->source != NULL ? &context->source->units : NULL;
}

void source_ask_for(struct source_compiler *source, const char *name)
{
    source->asked = name;
    source->served = false;
}

bool source_take_answer(struct source_compiler *source)
{
    source->asked = NULL;
    return source->served;
}
