/* SPDX-License-Identifier: MIT */
/*
 * smf/compiler.h - which types does a template mean, and code for them: one table of
 * functions, whoever makes the code. Since 0.1.
 *
 *     static struct smf_instantiator instantiator;
 *     struct smf_compiler_options options = {.instantiator = &instantiator, .cache_folder = "/home/me/.cache/smf"};
 *     struct smf_compiler_context *context;
 *     ... smf_compiler_choose(SMF_BACKEND_AUTO, SMF_MODE_RELEASE, false, &compiler, &why) == SMF_OK
 *     ... compiler->create(compiler, &options, &context, &why) == SMF_OK
 *     config.compiler = compiler->units(context);
 *     ... smf_instantiator_start(&instantiator, &config) == SMF_OK, and modules are added ...
 *     ... compiler->instantiate(context, &template, types, &compiled, &why) == SMF_OK
 *     ((void (*)(long *, size_t))compiled.function)(numbers, 100);
 *     compiler->destroy(context);
 *     smf_instantiator_finish(&instantiator);
 *
 * Implementations. `units` has no compiler: it takes the code units that templates bring along. The others are
 * compilers for templates that bring their C source along, too, and compile it for the types at hand: libtcc in this process, fast, for
 * debugging; gcc and clang as processes, for release. They go through the same instantiator, as its config.compiler: what
 * they compile becomes a code unit like any other, is bound, patched and sealed as one, and is kept in a folder on disk.
 *
 * C source comes from modules. It is compiled as it is: who would not run a module's code does not compile its source.
 *
 * Threads: a context belongs to one thread at a time, and so do all contexts of one instantiator. libtcc is entered by one
 * thread of the process at a time, which is seen to here.
 */
#ifndef SMF_COMPILER_H
#define SMF_COMPILER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/infer.h"
#include "smf/instantiator.h"
#include "smf/provider.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Inferences that a context remembers when the options do not say. The oldest one is forgotten first. */
#define SMF_COMPILER_REMEMBERED 256u

struct smf_compiler_options {
    /* Makes the code, and knows the templates. Borrowed as long as the context lives. Zeroed if it is started after the context is
     * created, because its configuration wants units(). NULL: types are inferred, nothing is made. */
    struct smf_instantiator *instantiator;
    uint32_t asker;           /* number of the module whose types and templates come first; 0: nobody's     */
    uint32_t remembered;      /* inferences; 0: SMF_COMPILER_REMEMBERED                                       */
    const char *cache_folder; /* where compiled units are kept; made if it is missing; NULL: nowhere          */
    const char *command;      /* the compiler driver, words parted by blanks; NULL: "gcc", "clang"; not libtcc's */
    const char *flags;        /* words for it, beside those that units need; NULL: none                       */
    bool fixed_backend;       /* whatever would be made of another backend's code fails (SMF_ERR_BACKEND)     */
};

/* A template as it is asked for. */
struct smf_compiler_template {
    const char *name;              /* "sort"                                                                   */
    const char *const *parameters; /* names of its type parameters; NULL with a signature: as that has them      */
    size_t parameter_count;
    const char *signature; /* "sort<T: compare>(*T, usize)" (smf_signature_parse); NULL: hints name parameters    */
};

/* What a result is. Only NATIVE may be called. */
enum smf_compiled_kind {
    SMF_COMPILED_NATIVE = 1 /* machine code, in memory that runs */
};

/* Code for a template with types. Everything is valid as long as the instance is there: the context uses it until it is destroyed. */
struct smf_compiled {
    uint8_t kind;           /* enum smf_compiled_kind                                     */
    uint8_t arch;           /* enum smf_arch_id                                           */
    bool made;              /* by this call                                               */
    const char *symbol;     /* mangled name                                               */
    void (*function)(void); /* ready to be cast                                           */
    const uint8_t *code;    /* the instance's code as it lies in memory, bound to its place */
    size_t size;
};

/* Since the context was created. */
struct smf_compiler_statistics {
    uint64_t type_inferences;         /* worked out                                             */
    uint64_t template_instantiations; /* made                                                   */
    uint64_t cache_hits;              /* inferences remembered, instances found                 */
    uint64_t cache_misses;            /* neither, failures included                             */
    uint64_t compiled;                /* units that a compiler made                             */
    uint64_t read;                    /* units taken from the folder instead                    */
    uint64_t damaged;                 /* files of the folder that were made anew                */
    uint64_t unwritten;               /* units that could not be kept                           */
    uint64_t fallbacks;               /* what the templates' own units had to do, because compiling failed */
};

struct smf_compiler_context; /* private */

struct smf_compiler {
    const char *name; /* "units", "libtcc", "gcc", "clang"                                    */
    uint8_t backend;  /* enum smf_backend: whose code it makes                                */
    uint8_t mode;     /* enum smf_provider_mode: what it is made for; ANY: for all            */
    bool present;     /* false: this build is without it, and create() is SMF_ERR_UNSUPPORTED */

    /*
     * A context. SMF_ERR_UNSUPPORTED: this build, or this machine, has no such compiler; `why->name` says what is missing.
     * SMF_ERR_NO_MEMORY; SMF_ERR_ARGUMENT; SMF_ERR_PROTECT: cache_folder is another user's, or others may write to it;
     * SMF_ERR_IO: it cannot be made. `why` may be NULL, here and below.
     */
    enum smf_status (*create)(const struct smf_compiler *compiler, const struct smf_compiler_options *options,
                              struct smf_compiler_context **context, struct smf_diagnosis *why);

    /*
     * The types of a template's parameters. Without any hint: i64 for each. With a signature as smf_infer_types() says. Without one a
     * hint names its parameter; a parameter that no hint names is what the first call_site hint without a number says, else i64.
     * `*types` is the context's, until the next call with it. Remembered by everything that is said, the types of hints included.
     */
    enum smf_status (*infer)(struct smf_compiler_context *context, const struct smf_compiler_template *template,
                             const struct smf_infer_hint *hints, size_t hint_count, const struct smf_type **types,
                             struct smf_diagnosis *why);

    /* Code for these types, as smf_instantiate(); SMF_ERR_ARITY also if `template` names another number of parameters;
     * SMF_ERR_UNSUPPORTED: the context has no instantiator; SMF_ERR_BACKEND: see fixed_backend. */
    enum smf_status (*instantiate)(struct smf_compiler_context *context, const struct smf_compiler_template *template,
                                   const struct smf_type *types, struct smf_compiled *compiled,
                                   struct smf_diagnosis *why);

    /* Are these bytes code that this context can vouch for: exactly an instance that is there, or a template's
     * record (smf_record_open) with code for this machine? */
    bool (*check)(struct smf_compiler_context *context, const void *code, size_t size);

    void (*statistics)(const struct smf_compiler_context *context, struct smf_compiler_statistics *statistics);

    /* For config.compiler of the instantiator; NULL: none is needed. */
    const struct smf_unit_compiler *(*units)(struct smf_compiler_context *context);

    /* What the context asked for is dropped, unless others use it; the instantiator, which is still there, goes on without a
     * compiler. NULL: nothing. */
    void (*destroy)(struct smf_compiler_context *context);
};

extern const struct smf_compiler smf_compiler_units; /* native, for every mode */
extern const struct smf_compiler smf_compiler_tcc;   /* C, debug               */
extern const struct smf_compiler smf_compiler_gcc;   /* C, release             */
extern const struct smf_compiler smf_compiler_clang; /* llvm, release          */

/* All of them: number `index` from 0 on, NULL after the last one. */
const struct smf_compiler *smf_compiler_get(size_t index);

/* Is it in this build, and on this machine? */
bool smf_compiler_works(const struct smf_compiler *compiler);

/*
 * The one for a backend and a mode, by the rules of smf/provider.h. Release wants one that optimises: clang, then gcc; debug one that is fast:
 * libtcc. A backend is a demand that goes before the mode. What does not work here is passed over. Where none is left:
 * `units`; with `fixed_backend` SMF_ERR_BACKEND instead, with the name of what is missing, and with neither backend nor mode llvm is demanded.
 * SMF_MODE_ANY and SMF_BACKEND_AUTO without it: units.
 */
SMF_MUST_CHECK
enum smf_status smf_compiler_choose(enum smf_backend backend, enum smf_provider_mode mode, bool fixed_backend,
                                    const struct smf_compiler **compiler, struct smf_diagnosis *why);

#ifdef __cplusplus
}
#endif

#endif
