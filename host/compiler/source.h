/* SPDX-License-Identifier: MIT */
/* source.h - units out of the C source that templates bring along: one struct smf_unit_compiler over any compiler. */
#ifndef SMF_HOST_COMPILER_SOURCE_H
#define SMF_HOST_COMPILER_SOURCE_H

#include "smf/compiler.h"

struct source_compiler;

struct source_text {
    const char *text; /* with smf/generic.h put in place */
    size_t size;
};
struct source_object {
    uint8_t *bytes;
    size_t size;
};

/* A compiler: C source to a relocatable ELF object of this machine. */
struct source_backend {
    const char *usual; /* its command, unless the options have one */
    /* Its identity as text: what makes other code with the same options has another one. SMF_ERR_UNSUPPORTED: it does not work
     * here. */
    enum smf_status (*identify)(const struct source_backend *backend, const struct smf_compiler_options *options,
                                char *identity, size_t size, struct smf_diagnosis *why);
    /* `defines`: "SMF_SHAPE_T=i64" and so on, NULL-ended. The object is malloc()ed. SMF_ERR_UNIT: it does not compile. */
    enum smf_status (*compile)(const struct source_backend *backend, const struct smf_compiler_options *options,
                               const struct source_text *source, const char *const *defines,
                               struct source_object *object, struct smf_diagnosis *why);
};

/* create() of the tables that have one. */
enum smf_status source_create(const struct smf_compiler *compiler, const struct source_backend *backend,
                              const struct smf_compiler_options *options, struct smf_compiler_context **context,
                              struct smf_diagnosis *why);
void source_finish(struct source_compiler *source); /* NULL: nothing */
const struct smf_unit_compiler *source_units(struct smf_compiler_context *context);

/* The next instance is this template's, until the answer is taken: was its unit compiled here? */
void source_ask_for(struct source_compiler *source, const char *name);
bool source_take_answer(struct source_compiler *source);

#endif
