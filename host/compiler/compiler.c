/* SPDX-License-Identifier: MIT */
/* compiler.c - contexts, what all implementations do alike, and which of them is taken. */
#include "compiler.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smf/hash.h"
#include "source.h"

enum smf_status compiler_fail(struct smf_diagnosis *why, enum smf_status status, const char *format, ...)
{
    if (why == NULL)
        return status;
    *why = (struct smf_diagnosis){.status = status};
    va_list list;
    va_start(list, format);
    const int length = vsnprintf(why->name, sizeof why->name, format, list);
    va_end(list);
    if (length >= (int)sizeof why->name)
        why->name[sizeof why->name - 2] = '~';
    return status;
}

/* --- Contexts -------------------------------------------------------------------------------------- */

/* The texts of the options are the caller's, so they are copied. */
static bool copy_text(const char **text)
{
    if (*text == NULL)
        return true;
    *text = strdup(*text);
    return *text != NULL;
}

uint64_t compiler_stamp(const struct smf_instance *instance)
{
    uint64_t stamp = smf_hash64(SMF_FNV64_BASIS, &instance->code, sizeof instance->code);
    return smf_hash64(stamp, instance->holds, instance->hold_count * sizeof *instance->holds);
}

void compiler_let_go(struct smf_instantiator *instantiator, const char *symbol, uint64_t stamp)
{
    struct smf_instance instance;
    if (smf_instantiator_find(instantiator, symbol, &instance) == SMF_OK && compiler_stamp(&instance) == stamp)
        (void)!smf_instantiator_drop(instantiator, symbol);
}

void compiler_finish(struct smf_compiler_context *context)
{
    if (context == NULL)
        return;
    for (size_t i = 0; i < context->held_count; i++) {
        compiler_let_go(context->options.instantiator, context->held[i].symbol, context->held[i].stamp);
        free(context->held[i].symbol);
    }
    free(context->held);
    memo_finish(&context->memo);
    memo_free(&context->last);
    source_finish(context->source);
    free((void *)(uintptr_t)context->options.cache_folder);
    free((void *)(uintptr_t)context->options.command);
    free((void *)(uintptr_t)context->options.flags);
    free(context);
}

enum smf_status compiler_start(const struct smf_compiler *compiler, const struct smf_compiler_options *options,
                               struct smf_compiler_context **context, struct smf_diagnosis *why)
{
    if (compiler == NULL || options == NULL || context == NULL)
        return compiler_fail(why, SMF_ERR_ARGUMENT, "a context without options");
    struct smf_compiler_context *made = calloc(1, sizeof *made);
    if (made == NULL)
        return compiler_fail(why, SMF_ERR_NO_MEMORY, "context");
    made->compiler = compiler;
    made->options = *options;
    bool copied = copy_text(&made->options.cache_folder); /* all three, so that none is the caller's any more */
    copied = copy_text(&made->options.command) && copied;
    copied = copy_text(&made->options.flags) && copied;
    if (!copied ||
        memo_start(&made->memo, options->remembered != 0 ? options->remembered : SMF_COMPILER_REMEMBERED) != SMF_OK) {
        compiler_finish(made);
        return compiler_fail(why, SMF_ERR_NO_MEMORY, "context");
    }
    *context = made;
    return SMF_OK;
}

/* --- Instances ------------------------------------------------------------------------------------- */

/* The machine that code is made for; NULL: one that has no table. */
static const struct smf_arch *arch_of(const struct smf_compiler_context *context)
{
    const struct smf_instantiator *instantiator = context->options.instantiator;
    return instantiator != NULL && instantiator->config.arch != NULL ? instantiator->config.arch : smf_arch_native();
}

static struct held *find_held(struct smf_compiler_context *context, const char *symbol)
{
    for (size_t i = 0; i < context->held_count; i++)
        if (strcmp(context->held[i].symbol, symbol) == 0)
            return &context->held[i];
    return NULL;
}

/* A place for one more, before there is anything to undo. */
static bool make_room(struct smf_compiler_context *context)
{
    if (context->held_count < context->held_capacity)
        return true;
    const size_t capacity = 2 * context->held_capacity + 16;
    struct held *grown = realloc(context->held, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    context->held = grown;
    context->held_capacity = capacity;
    return true;
}

static enum smf_status hold(struct smf_compiler_context *context, const struct smf_instance *instance)
{
    struct held *held = find_held(context, instance->name);
    const uint64_t stamp = compiler_stamp(instance);
    if (held != NULL && !instance->made && held->stamp == stamp) /* a second use of it */
        (void)!smf_instantiator_drop(context->options.instantiator, instance->name);
    if (held != NULL) {
        held->stamp = stamp;
        return SMF_OK;
    }
    char *symbol = strdup(instance->name);
    if (symbol == NULL)
        return SMF_ERR_NO_MEMORY;
    context->held[context->held_count++] = (struct held){symbol, stamp};
    return SMF_OK;
}

static enum smf_status check_request(struct smf_compiler_context *context, const struct smf_compiler_template *template,
                                     const struct smf_type *types, struct smf_diagnosis *why)
{
    if (template->name == NULL)
        return compiler_fail(why, SMF_ERR_ARGUMENT, "a template without a name");
    if (context->options.instantiator == NULL)
        return compiler_fail(why, SMF_ERR_UNSUPPORTED, "%s: nothing makes code here", template->name);
    if (template->parameters != NULL && smf_types_count(types) != template->parameter_count)
        return compiler_fail(why, SMF_ERR_ARITY, "%s: %u parameters, %u types", template->name,
                             (unsigned)template->parameter_count, (unsigned)smf_types_count(types));
    if (!make_room(context))
        return compiler_fail(why, SMF_ERR_NO_MEMORY, "%s", template->name);
    return SMF_OK;
}

/* With a backend that is demanded, what was made of another one's code goes again. */
static enum smf_status check_maker(struct smf_compiler_context *context, const struct smf_compiler_template *template,
                                   const struct smf_instance *instance, bool served, struct smf_diagnosis *why)
{
    if (!instance->made || !context->options.fixed_backend || served)
        return SMF_OK;
    (void)!smf_instantiator_drop(context->options.instantiator, instance->name);
    return compiler_fail(why, SMF_ERR_BACKEND, "%s: not %s's code", template->name, context->compiler->name);
}

enum smf_status compiler_instantiate(struct smf_compiler_context *context, const struct smf_compiler_template *template,
                                     const struct smf_type *types, struct smf_compiled *compiled,
                                     struct smf_diagnosis *why)
{
    struct smf_diagnosis unwanted;
    struct smf_instance instance;
    why = why != NULL ? why : &unwanted;
    enum smf_status status = check_request(context, template, types, why);
    if (status != SMF_OK)
        return status;
    struct smf_instantiator *instantiator = context->options.instantiator;
    if (context->source != NULL)
        source_ask_for(context->source, template->name);
    status = smf_instantiate(instantiator, context->options.asker, template->name, types, &instance, why);
    const bool served = context->source == NULL || source_take_answer(context->source);
    context->statistics.cache_hits += status == SMF_OK && !instance.made;
    context->statistics.cache_misses += status != SMF_OK || instance.made;
    if (status == SMF_OK)
        status = check_maker(context, template, &instance, served, why);
    if (status != SMF_OK)
        return status;
    context->statistics.template_instantiations += instance.made;
    if (hold(context, &instance) != SMF_OK) {
        (void)!smf_instantiator_drop(instantiator, instance.name);
        return compiler_fail(why, SMF_ERR_NO_MEMORY, "%s", template->name);
    }
    *compiled = (struct smf_compiled){.kind = SMF_COMPILED_NATIVE,
                                      .arch = arch_of(context)->id,
                                      .made = instance.made,
                                      .symbol = instance.name,
                                      .function = instance.function,
                                      .code = (const uint8_t *)instance.code,
                                      .size = instance.size};
    return SMF_OK;
}

/* --- Checking code --------------------------------------------------------------------------------- */

struct wanted {
    const void *code;
    size_t size;
    bool found;
};

static bool compare(void *context, const struct smf_instance *instance)
{
    struct wanted *wanted = context;
    wanted->found =
        instance->size == wanted->size && memcmp((const void *)instance->code, wanted->code, wanted->size) == 0;
    return !wanted->found;
}

static bool has_native_code(const struct smf_record *record, const struct smf_arch *arch)
{
    struct smf_unit unit;
    for (const uint8_t *at = NULL; arch != NULL && smf_record_next_unit(record, &at, &unit);)
        if (unit.format == SMF_UNIT_CODE && unit.arch == arch->id)
            return true;
    return false;
}

bool compiler_check(struct smf_compiler_context *context, const void *code, size_t size)
{
    struct smf_record record;
    struct wanted wanted = {code, size, false};
    const struct smf_instantiator *instantiator = context->options.instantiator;
    if (code == NULL || size == 0)
        return false;
    if (smf_record_open(&record, code, size, NULL) == SMF_OK)
        return has_native_code(&record, arch_of(context));
    if (instantiator != NULL)
        smf_instantiator_walk(instantiator, compare, &wanted);
    return wanted.found;
}

void compiler_statistics(const struct smf_compiler_context *context, struct smf_compiler_statistics *statistics)
{
    *statistics = context->statistics;
}

/* --- Without a compiler ------------------------------------------------------------------------------ */

static const struct smf_unit_compiler *no_units(struct smf_compiler_context *context)
{
    (void)context;
    return NULL;
}

const struct smf_compiler smf_compiler_units = {.name = "units",
                                                .backend = SMF_BACKEND_NATIVE,
                                                .mode = SMF_MODE_ANY,
                                                .present = true,
                                                .create = compiler_start,
                                                .infer = compiler_infer,
                                                .instantiate = compiler_instantiate,
                                                .check = compiler_check,
                                                .statistics = compiler_statistics,
                                                .units = no_units,
                                                .destroy = compiler_finish};
