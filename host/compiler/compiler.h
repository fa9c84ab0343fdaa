/* SPDX-License-Identifier: MIT */
/* compiler.h - private: what the implementations of smf/compiler.h have in common. */
#ifndef SMF_HOST_COMPILER_PRIVATE_H
#define SMF_HOST_COMPILER_PRIVATE_H

#include "smf/compiler.h"

#include "memo.h"

/* A status with a sentence as the diagnosis' name: why may be NULL. */
enum smf_status compiler_fail(struct smf_diagnosis *why, enum smf_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An instance that the context uses, once, however often it asks. */
struct held {
    char *symbol;
    uint64_t stamp; /* of its modules and its place: it may go with a module, and another one of its name may come */
};

uint64_t compiler_stamp(const struct smf_instance *instance);
/* Drop it, if it is still the one. */
void compiler_let_go(struct smf_instantiator *instantiator, const char *symbol, uint64_t stamp);

struct source_compiler; /* source.h */

struct smf_compiler_context {
    const struct smf_compiler *compiler;
    struct smf_compiler_options options; /* with texts of its own */
    struct smf_compiler_statistics statistics;
    struct memo memo;
    struct memo_types last; /* what the last inference answered */
    struct held *held;
    size_t held_count, held_capacity;
    struct source_compiler *source; /* NULL: no compiler */
};

/* Parts of the tables that all implementations share (compiler.c, infer.c). */
enum smf_status compiler_start(const struct smf_compiler *compiler, const struct smf_compiler_options *options,
                               struct smf_compiler_context **context, struct smf_diagnosis *why);
void compiler_finish(struct smf_compiler_context *context);
enum smf_status compiler_infer(struct smf_compiler_context *context, const struct smf_compiler_template *template,
                               const struct smf_infer_hint *hints, size_t hint_count, const struct smf_type **types,
                               struct smf_diagnosis *why);
enum smf_status compiler_instantiate(struct smf_compiler_context *context, const struct smf_compiler_template *template,
                                     const struct smf_type *types, struct smf_compiled *compiled,
                                     struct smf_diagnosis *why);
bool compiler_check(struct smf_compiler_context *context, const void *code, size_t size);
void compiler_statistics(const struct smf_compiler_context *context, struct smf_compiler_statistics *statistics);

#endif
