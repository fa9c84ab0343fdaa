/* SPDX-License-Identifier: MIT */
/* process.c - gcc and clang, as processes. What they say about a source is not shown: a template's own units do instead. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/spawn.h"
#include "compiler.h"
#include "scratch.h"
#include "source.h"

/* --- Words of a command ---------------------------------------------------------------------------- */

enum { WORDS_MAX = 64, TEXT_MAX = 4096 };

struct command {
    char *words[WORDS_MAX + 1];
    size_t count;
    char text[TEXT_MAX]; /* of those that were parted */
    size_t used;
    bool full;
};

static void add(struct command *command, const char *word)
{
    command->full = command->full || command->count == WORDS_MAX;
    if (!command->full)
        command->words[command->count++] = (char *)(uintptr_t)word;
}

static void add_words(struct command *command, const char *text)
{
    while (text != NULL && *text != '\0') {
        const char *start = text + strspn(text, " \t\n");
        const size_t size = strcspn(start, " \t\n");
        text = start + size;
        if (size == 0)
            return;
        command->full = command->full || sizeof command->text - command->used <= size;
        if (command->full)
            return;
        char *word = command->text + command->used;
        memcpy(word, start, size);
        word[size] = '\0';
        command->used += size + 1;
        add(command, word);
    }
}

static const char *driver_of(const struct source_backend *backend, const struct smf_compiler_options *options)
{
    return options->command != NULL && options->command[0] != '\0' ? options->command : backend->usual;
}

/* --- Who is it? -------------------------------------------------------------------------------------- */

static bool ask(const char *driver, const char *question, char *answer, size_t size)
{
    struct command command = {.count = 0};
    add_words(&command, driver);
    if (command.count == 0)
        return false;
    add(&command, question);
    if (command.full || spawn_wait(command.words, answer, size) != 0)
        return false;
    answer[strcspn(answer, "\n")] = '\0';
    return answer[0] != '\0';
}

static enum smf_status identify(const struct source_backend *backend, const struct smf_compiler_options *options,
                                char *identity, size_t size, struct smf_diagnosis *why)
{
    char version[256], machine[128];
    const char *driver = driver_of(backend, options);
    if (!ask(driver, "--version", version, sizeof version) || !ask(driver, "-dumpmachine", machine, sizeof machine))
        return compiler_fail(why, SMF_ERR_UNSUPPORTED, "%s", driver);
    snprintf(identity, size, "%s\n%s", version, machine);
    return SMF_OK;
}

/* --- Compiling --------------------------------------------------------------------------------------- */

/* Code that reaches its holes from wherever it lies (GENERICS: flags for templates). */
static void add_flags(struct command *command)
{
    static const char *const flags[] = {
#if defined(__x86_64__)
        "-O2",
        "-fPIC",
#elif defined(__aarch64__)
        "-O2",
        "-fPIC",
        "-mcmodel=tiny",
        "-mno-outline-atomics",
#elif defined(__riscv)
        "-Os",
        "-fPIC",
        "-mno-relax",
#else
        "-Os",
        "-fno-pic",
#endif
        "-std=gnu11",
        "-w",
        "-ffreestanding",
        "-fvisibility=hidden",
        "-fno-common",
        "-fno-stack-protector",
        "-fno-asynchronous-unwind-tables",
        "-fno-exceptions",
    };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        add(command, flags[i]);
}

static enum smf_status run(const char *driver, const char *flags, const struct scratch *scratch,
                           const char *const *defines, struct smf_diagnosis *why)
{
    struct command command = {.count = 0};
    char silence[64];
    add_words(&command, driver);
    add_flags(&command);
    add_words(&command, flags);
    for (; *defines != NULL; defines++) {
        add(&command, "-D");
        add(&command, *defines);
    }
    add(&command, "-c");
    add(&command, scratch->source);
    add(&command, "-o");
    add(&command, scratch->object);
    if (command.full)
        return compiler_fail(why, SMF_ERR_LIMIT, "%s: more than %d words", driver, WORDS_MAX);
    const int status = spawn_wait(command.words, silence, sizeof silence);
    if (status == 0)
        return SMF_OK;
    return compiler_fail(why, status < 0 ? SMF_ERR_UNSUPPORTED : SMF_ERR_UNIT, "%s: %s", command.words[0],
                         status < 0 ? strerror(-status) : "the source does not compile");
}

static enum smf_status compile(const struct source_backend *backend, const struct smf_compiler_options *options,
                               const struct source_text *source, const char *const *defines,
                               struct source_object *object, struct smf_diagnosis *why)
{
    struct scratch scratch;
    if (!scratch_make(&scratch))
        return compiler_fail(why, SMF_ERR_IO, "%s", scratch.folder);
    enum smf_status status = scratch_write_source(&scratch, source->text, source->size)
                                 ? run(driver_of(backend, options), options->flags, &scratch, defines, why)
                                 : compiler_fail(why, SMF_ERR_IO, "%s", scratch.source);
    if (status == SMF_OK) {
        object->bytes = scratch_read_object(&scratch, &object->size);
        if (object->bytes == NULL)
            status = compiler_fail(why, SMF_ERR_IO, "%s", scratch.object);
    }
    scratch_remove(&scratch);
    return status;
}

/* --- Two drivers ------------------------------------------------------------------------------------- */

static enum smf_status create_gcc(const struct smf_compiler *compiler, const struct smf_compiler_options *options,
                                  struct smf_compiler_context **context, struct smf_diagnosis *why)
{
    static const struct source_backend backend = {"gcc", identify, compile};
    return source_create(compiler, &backend, options, context, why);
}

static enum smf_status create_clang(const struct smf_compiler *compiler, const struct smf_compiler_options *options,
                                    struct smf_compiler_context **context, struct smf_diagnosis *why)
{
    static const struct source_backend backend = {"clang", identify, compile};
    return source_create(compiler, &backend, options, context, why);
}

const struct smf_compiler smf_compiler_gcc = {.name = "gcc",
                                              .backend = SMF_BACKEND_C,
                                              .mode = SMF_MODE_RELEASE,
                                              .present = true,
                                              .create = create_gcc,
                                              .infer = compiler_infer,
                                              .instantiate = compiler_instantiate,
                                              .check = compiler_check,
                                              .statistics = compiler_statistics,
                                              .units = source_units,
                                              .destroy = compiler_finish};

const struct smf_compiler smf_compiler_clang = {.name = "clang",
                                                .backend = SMF_BACKEND_LLVM,
                                                .mode = SMF_MODE_RELEASE,
                                                .present = true,
                                                .create = create_clang,
                                                .infer = compiler_infer,
                                                .instantiate = compiler_instantiate,
                                                .check = compiler_check,
                                                .statistics = compiler_statistics,
                                                .units = source_units,
                                                .destroy = compiler_finish};
