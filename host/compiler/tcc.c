/* SPDX-License-Identifier: MIT */
/*
 * tcc.c - libtcc in this process. It writes a relocatable object like any compiler; two definitions make it take smf/generic.h:
 * it has no __builtin_memcpy, and numbers of types are loaded from slots, as its code loads every foreign address.
 * Where a processor's code by libtcc cannot be moved, it is left out (CMakeLists.txt).
 */
#include <elf.h>
#include <libtcc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "scratch.h"
#include "source.h"

/* libtcc keeps its state in variables of its own. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void keep_first(void *context, const char *message)
{
    char *first = context;
    if (first[0] == '\0')
        snprintf(first, SMF_DIAGNOSIS_NAME_SIZE, "%s", message);
}

static void define(TCCState *state, const char *definition)
{
    char name[64];
    const size_t size = strcspn(definition, "=");
    if (size >= sizeof name)
        return;
    memcpy(name, definition, size);
    name[size] = '\0';
    tcc_define_symbol(state, name, definition[size] == '=' ? definition + size + 1 : NULL);
}

static TCCState *start(const struct smf_compiler_options *options, char *message)
{
    TCCState *state = tcc_new();
    if (state == NULL)
        return NULL;
    tcc_set_error_func(state, message, keep_first);
    tcc_set_options(state, "-nostdlib -w");
    if (options->flags != NULL)
        tcc_set_options(state, options->flags);
    tcc_set_output_type(state, TCC_OUTPUT_OBJ);
    tcc_define_symbol(state, "__builtin_memcpy", "memcpy");
    tcc_define_symbol(state, "SMF_NUMBER_HOLE(symbol)",
                      "extern const char symbol[]; static inline size_t symbol##_(void) { return (size_t)symbol; }");
    return state;
}

/* The lines for `smf build` lie in no memory: libtcc's assembler does not listen to their flags. */
static void hide_lines(struct source_object *object)
{
    Elf64_Ehdr header;
    if (object->size < sizeof header)
        return;
    memcpy(&header, object->bytes, sizeof header);
    const size_t count = header.e_shnum, each = sizeof(Elf64_Shdr);
    if (header.e_shentsize != each || header.e_shoff > object->size || (object->size - header.e_shoff) / each < count ||
        header.e_shstrndx >= count)
        return;
    Elf64_Shdr names, section;
    uint8_t *table = object->bytes + header.e_shoff;
    memcpy(&names, table + header.e_shstrndx * each, each);
    for (size_t i = 0; i < count; i++) {
        static const char wanted[] = ".smf.template";
        memcpy(&section, table + i * each, each);
        const uint64_t at = names.sh_offset + section.sh_name;
        if (at > object->size || object->size - at < sizeof wanted ||
            memcmp(object->bytes + at, wanted, sizeof wanted) != 0)
            continue;
        section.sh_flags &= ~(Elf64_Xword)SHF_ALLOC;
        memcpy(table + i * each, &section, each);
    }
}

static enum smf_status compile_into(const struct smf_compiler_options *options, const struct source_text *source,
                                    const char *const *defines, const struct scratch *scratch,
                                    struct smf_diagnosis *why)
{
    char message[SMF_DIAGNOSIS_NAME_SIZE] = "";
    char *text = malloc(source->size + 1);
    if (text == NULL)
        return compiler_fail(why, SMF_ERR_NO_MEMORY, "libtcc");
    memcpy(text, source->text, source->size);
    text[source->size] = '\0';
    pthread_mutex_lock(&lock);
    TCCState *state = start(options, message);
    bool good = state != NULL;
    for (; good && *defines != NULL; defines++)
        define(state, *defines);
    good = good && tcc_compile_string(state, text) == 0 && tcc_output_file(state, scratch->object) == 0;
    if (state != NULL)
        tcc_delete(state);
    pthread_mutex_unlock(&lock);
    free(text);
    return good ? SMF_OK : compiler_fail(why, SMF_ERR_UNIT, "libtcc: %s", message);
}

static enum smf_status compile(const struct source_backend *backend, const struct smf_compiler_options *options,
                               const struct source_text *source, const char *const *defines,
                               struct source_object *object, struct smf_diagnosis *why)
{
    struct scratch scratch;
    (void)backend;
    if (!scratch_make(&scratch))
        return compiler_fail(why, SMF_ERR_IO, "%s", scratch.folder);
    enum smf_status status = compile_into(options, source, defines, &scratch, why);
    if (status == SMF_OK) {
        object->bytes = scratch_read_object(&scratch, &object->size);
        if (object->bytes == NULL)
            status = compiler_fail(why, SMF_ERR_IO, "%s", scratch.object);
        else
            hide_lines(object);
    }
    scratch_remove(&scratch);
    return status;
}

/* It has no number to ask for at run time, but it defines one. Without its own headers it is of no use. */
static enum smf_status identify(const struct source_backend *backend, const struct smf_compiler_options *options,
                                char *identity, size_t size, struct smf_diagnosis *why)
{
    static const char probe[] =
        "#include <stddef.h>\n#include <stdint.h>\nconst char version[] = \"libtcc \" SMF_TEXT(__TINYC__);\n";
    static const char *const defines[] = {"SMF_TEXT(x)=SMF_TEXT_(x)", "SMF_TEXT_(x)=#x", NULL};
    const struct source_text source = {probe, sizeof probe - 1};
    struct source_object object = {0};
    if (compile(backend, options, &source, defines, &object, why) != SMF_OK)
        return compiler_fail(why, SMF_ERR_UNSUPPORTED, "libtcc: it has no headers here");
    const char *found = memmem(object.bytes, object.size, "libtcc ", 7);
    snprintf(identity, size, "%.32s", found != NULL ? found : "libtcc");
    free(object.bytes);
    return SMF_OK;
}

static enum smf_status create(const struct smf_compiler *compiler, const struct smf_compiler_options *options,
                              struct smf_compiler_context **context, struct smf_diagnosis *why)
{
    static const struct source_backend backend = {"libtcc", identify, compile};
    return source_create(compiler, &backend, options, context, why);
}

const struct smf_compiler smf_compiler_tcc = {.name = "libtcc",
                                              .backend = SMF_BACKEND_C,
                                              .mode = SMF_MODE_DEBUG,
                                              .present = true,
                                              .create = create,
                                              .infer = compiler_infer,
                                              .instantiate = compiler_instantiate,
                                              .check = compiler_check,
                                              .statistics = compiler_statistics,
                                              .units = source_units,
                                              .destroy = compiler_finish};
