/* SPDX-License-Identifier: MIT */
/* backends.c - each compiler that is there; those that are not, or fail; which one is chosen. */
#include "generic/compiler/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every compiler of this machine, one after the other. */
static void each(void (*run)(const struct smf_compiler *compiler))
{
    unsigned count = 0;
    for (size_t i = 0; smf_compiler_get(i) != NULL; i++) {
        const struct smf_compiler *compiler = smf_compiler_get(i);
        if (compiler == &smf_compiler_units)
            continue;
        if (!smf_compiler_works(compiler)) {
            tap_note("%s does not work here", compiler->name);
            continue;
        }
        tap_variant("%s", compiler->name);
        run(compiler);
        count++;
    }
    tap_variant("%s", "");
    if (count == 0)
        tap_skip("no compiler of C source on this machine");
}

static void compile_struct(const struct smf_compiler *compiler)
{
    CHECK_STATUS(sources_open(compiler, (struct smf_compiler_options){0}), SMF_OK);
    CHECK_STATUS(sources_make("sort", "Point"), SMF_OK);
    CHECK_EQUAL(sources.made.kind, SMF_COMPILED_NATIVE);
    CHECK(sources.made.made);
    CHECK_TEXT(sources.made.symbol, "sort$Point");
    sources_check_sort();
    CHECK_EQUAL(sources_statistics().compiled, 1);
    CHECK_EQUAL(sources_statistics().fallbacks, 0);
    CHECK_STATUS(sources_make("sort", "Point"), SMF_OK); /* it is there */
    CHECK(!sources.made.made);
    CHECK_EQUAL(sources_statistics().compiled, 1);
    CHECK(sources.compiler->check(sources.context, sources.made.code, sources.made.size));
    sources_close();
}
static void compiles_for_a_struct(void) { each(compile_struct); }

static void compile_numbers(const struct smf_compiler *compiler)
{
    static const unsigned short words[] = {1, 2, 40000};
    static const int numbers[] = {-1, 5, 7};
    CHECK_STATUS(sources_open(compiler, (struct smf_compiler_options){0}), SMF_OK);
    CHECK_STATUS(sources_make("sum", "u16"), SMF_OK); /* no unit is for it, so that only source will do */
    CHECK_EQUAL(((unsigned short (*)(const unsigned short *, size_t))sources.made.function)(words, 3), 40003);
    CHECK_EQUAL(sources_statistics().compiled, 1);
    CHECK_STATUS(sources_make("sum", "i32"), SMF_OK); /* a typed unit is as good as what a compiler makes */
    CHECK_EQUAL(((int (*)(const int *, size_t))sources.made.function)(numbers, 3), 11);
    CHECK_EQUAL(sources_statistics().compiled, 1);
    sources_close();
}
static void compiles_for_numbers(void) { each(compile_numbers); }

static void compile_needs(const struct smf_compiler *compiler)
{
    struct point points[] = {{.id = 1}, {.id = 2}, {.id = 3}};
    CHECK_STATUS(sources_open(compiler, (struct smf_compiler_options){0}), SMF_OK);
    CHECK_STATUS(sources_make("reverse", "Point"), SMF_OK);
    ((void (*)(struct point *, size_t))sources.made.function)(points, 3);
    CHECK_EQUAL(points[0].id, 3);
    CHECK_EQUAL(points[2].id, 1);
    CHECK_EQUAL(sources_statistics().compiled, 2); /* swap, too */
    sources_close();
}
static void compiles_what_is_needed(void) { each(compile_needs); }

/* Several functions, and a type that is copied and dropped by functions: the shape `any`, with holes. */
static unsigned copies, drops;
static void copy_name(void *to, const void *from)
{
    memcpy(to, from, 3 * sizeof(void *));
    copies++;
}
static void drop_name(void *value)
{
    (void)value;
    drops++;
}

static void compile_opaque(const struct smf_compiler *compiler)
{
    static const struct smf_type_descriptor name = {.size = 3 * sizeof(void *),
                                                    .version = SMF_TYPE_VERSION,
                                                    .alignment_log2 = SMF_TYPE_ALIGN_LOG2(void *),
                                                    .kind = SMF_DESCRIPTOR_OPAQUE,
                                                    .copy = copy_name,
                                                    .drop = drop_name};
    static const struct smf_host_type types[] = {
        {"Name", &name}
    };
    struct {
        void *items;
        size_t count, capacity;
    } vec;
    void *items[2 * 3], *const item[3] = {&vec, NULL, &vec};
    struct smf_instance clear;
    copies = drops = 0;
    const struct smf_compiler_options options = {.instantiator = &scene.instantiator};
    sources.compiler = compiler;
    CHECK_STATUS(compiler->create(compiler, &options, &sources.context, &scene.why), SMF_OK);
    scene_start();
    scene.config.compiler = compiler->units(sources.context);
    scene.config.types = types;
    scene.config.type_count = 1;
    scene_open();
    vec.items = items;
    vec.count = 0;
    vec.capacity = 2;
    CHECK_STATUS(sources_make("vec_push", "Name"), SMF_OK);
    _Bool (*push)(void *, void *const *) = (_Bool(*)(void *, void *const *))sources.made.function;
    CHECK(push(&vec, item) && push(&vec, item) && !push(&vec, item));
    CHECK_EQUAL(copies, 2);
    CHECK(items[3] == &vec && items[5] == &vec);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "vec_clear$Name", &clear), SMF_OK);
    ((void (*)(void *))clear.function)(&vec);
    CHECK_EQUAL(drops, 2);
    CHECK_EQUAL(sources_statistics().compiled, 1);
    sources_close();
}
static void compiles_for_opaque_types(void) { each(compile_opaque); }

/* What others use outlives the context that compiled it; the instantiator goes on with the templates' own units. */
static void outlive(const struct smf_compiler *compiler)
{
    struct smf_instance instance;
    CHECK_STATUS(sources_open(compiler, (struct smf_compiler_options){0}), SMF_OK);
    CHECK_STATUS(sources_make("sort", "Point"), SMF_OK);
    CHECK_STATUS(smf_instantiate_symbol(&scene.instantiator, SCENE_USER, "sort$Point", &instance, &scene.why), SMF_OK);
    compiler->destroy(sources.context);
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$Point", &instance), SMF_OK);
    CHECK_EQUAL(instance.users, 1);
    sources.made.function = instance.function;
    sources_check_sort();
    CHECK_STATUS(smf_instantiate_symbol(&scene.instantiator, SCENE_USER, "reverse$Point", &instance, &scene.why),
                 SMF_OK);
    CHECK(scene.instantiator.config.compiler != NULL);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "sort$Point"), SMF_OK);
    CHECK(scene.instantiator.config.compiler == NULL); /* it was the last one */
    CHECK_STATUS(smf_instantiate_symbol(&scene.instantiator, SCENE_USER, "sort$Point", &instance, &scene.why), SMF_OK);
    scene_end();
    CHECK_STATUS(sources_open(compiler, (struct smf_compiler_options){0}), SMF_OK);
    compiler->destroy(sources.context); /* which never compiled */
    CHECK(scene.instantiator.config.compiler == NULL);
    scene_end();
}
static void instances_outlive_their_compiler(void) { each(outlive); }

/* --- One that is demanded ---------------------------------------------------------------------------- */

static void fix(const struct smf_compiler *compiler)
{
    CHECK_STATUS(sources_open(compiler, (struct smf_compiler_options){.fixed_backend = true}), SMF_OK);
    CHECK_STATUS(sources_make("sort", "Point"), SMF_OK);
    sources_check_sort();
    CHECK_STATUS(sources_make("sort", "i64"), SMF_ERR_BACKEND); /* the template's own unit */
    CHECK(strstr(scene.why.name, "sort") != NULL);
    struct smf_instance instance;
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "sort$i64", &instance), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(sources_make("pure", "Point"), SMF_ERR_BACKEND); /* it has no source */
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "pure$Point", &instance), SMF_ERR_NOT_FOUND);
    sources_close();
    CHECK_STATUS(sources_open(compiler, (struct smf_compiler_options){0}), SMF_OK);
    CHECK_STATUS(sources_make("sort", "i64"), SMF_OK);
    CHECK_STATUS(sources_make("pure", "Point"), SMF_OK);
    CHECK_EQUAL(sources_statistics().compiled, 0);
    sources_close();
}
static void demands_one(void) { each(fix); }

/* --- Missing and failing ones ------------------------------------------------------------------------ */

static void says_what_is_missing(void)
{
    const struct smf_compiler_options options = {.command = "/nowhere/gcc --words"};
    struct smf_compiler_context *context = NULL;
    CHECK_STATUS(smf_compiler_gcc.create(&smf_compiler_gcc, &options, &context, &scene.why), SMF_ERR_UNSUPPORTED);
    CHECK_TEXT(scene.why.name, "/nowhere/gcc --words");
    CHECK(context == NULL);
    CHECK_STATUS(smf_compiler_gcc.create(&smf_compiler_gcc, NULL, &context, NULL), SMF_ERR_ARGUMENT);
    const struct smf_compiler_options blank = {.command = " "};
    CHECK_STATUS(smf_compiler_gcc.create(&smf_compiler_gcc, &blank, &context, NULL), SMF_ERR_UNSUPPORTED);
    CHECK(!smf_compiler_works(NULL));
    CHECK(smf_compiler_works(&smf_compiler_units));
}

/* A script that says who it is, and then does this. */
static char *script(const char *what)
{
    static char text[1024];
    static char path[600];
    snprintf(path, sizeof path, "%s", scene_path("fake"));
    snprintf(text, sizeof text,
             "#!/bin/sh\ncase $1 in --version) echo fake 1; exit;; -dumpmachine) echo none; exit;; esac\n"
             "for last; do :; done\n%s\n",
             what);
    scene_write(path, text, strlen(text));
    chmod(path, 0700);
    return path;
}

static unsigned left_behind(void)
{
    const char *where = getenv("TMPDIR");
    unsigned count = 0;
    char pattern[300];
    snprintf(pattern, sizeof pattern, "ls -d %s/smf-unit-* 2>/dev/null | wc -l", where != NULL ? where : "/tmp");
    FILE *answer = popen(pattern, "r");
    CHECK(answer != NULL && fscanf(answer, "%u", &count) == 1);
    if (answer != NULL)
        pclose(answer);
    return count;
}

/* What fails costs the compiled code only, unless it was demanded. */
static void falls_back(void)
{
    static const char *const scripts[] = {"exit 1",
                                          "exit 0",
                                          "echo nonsense >\"$last\"",
                                          "kill -9 $$",
                                          "echo more >\"$last.dwo\"; exit 1",
                                          "exec cc -x c -c -o \"$last\" - </dev/null",
                                          "echo 'int x;' | exec cc -x c -c -o \"$last\" -"};
    char private[600];
    snprintf(private, sizeof private, "%s", scene_path("temporary"));
    mkdir(private, 0700);
    setenv("TMPDIR", private, 1);
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        const char *command = script(scripts[i]);
        tap_variant("%s", scripts[i]);
        CHECK_STATUS(sources_open(&smf_compiler_gcc, (struct smf_compiler_options){.command = command}), SMF_OK);
        CHECK_STATUS(sources_make("sort", "Point"), SMF_OK);
        sources_check_sort();
        CHECK_EQUAL(sources_statistics().fallbacks, 1);
        CHECK_EQUAL(sources_statistics().compiled, 0);
        CHECK_STATUS(sources_make("sum", "u16"), SMF_ERR_UNIT); /* nothing to fall back to */
        sources_close();
        CHECK_STATUS(
            sources_open(&smf_compiler_gcc, (struct smf_compiler_options){.command = command, .fixed_backend = true}),
            SMF_OK);
        const enum smf_status status = sources_make("sort", "Point");
        CHECK(status == SMF_ERR_UNIT || status == SMF_ERR_IO);
        CHECK(scene.why.name[0] != '\0');
        sources_close();
        CHECK_EQUAL(left_behind(), 0);
    }
    tap_variant("%s", "");
    unsetenv("TMPDIR");
    scene_forget();
}

/* With flags for more processor than there is said to be, or found in a folder that a larger machine fills, too. */
static void falls_back_from_other_processors(void)
{
    static const uint8_t levels[] = {2, 0, 1, 3};
    if (smf_arch_native() != &smf_arch_x86_64 || !smf_compiler_works(&smf_compiler_gcc)) {
        tap_skip("no gcc for x86-64 on this machine");
        return;
    }
    const struct smf_compiler_options options = {
        .instantiator = &scene.instantiator, .flags = "-mavx2", .cache_folder = scene_path("units")};
    sources.compiler = &smf_compiler_gcc;
    for (size_t i = 0; i < sizeof levels; i++) {
        const bool takes = levels[i] >= 2;
        tap_variant("level=%u", levels[i]);
        CHECK_STATUS(smf_compiler_gcc.create(&smf_compiler_gcc, &options, &sources.context, &scene.why), SMF_OK);
        scene_start();
        scene.config.compiler = smf_compiler_gcc.units(sources.context);
        scene.config.arch = &smf_arch_x86_64;
        scene.config.features = levels[i];
        scene_open();
        CHECK_STATUS(sources_make("sort", "Point"), SMF_OK);
        CHECK_EQUAL(sources_statistics().fallbacks, !takes);
        CHECK_EQUAL(sources_statistics().compiled + sources_statistics().read, takes);
        sources_close();
    }
    tap_variant("%s", "");
    scene_forget();
}

/* A compiler that makes another template's code would give functions of other arguments. */
static void refuses_another_template(void)
{
    char what[600];
    snprintf(what, sizeof what,
             "exec cc -w -I%s/core/include -O1 -fPIC -fvisibility=hidden -fno-stack-protector "
             "-fno-asynchronous-unwind-tables -DSMF_SHAPE_T=fixed -DSMF_SIZE_T=24 -DSMF_ALIGN_T=8 -c -o \"$last\" "
             "%s/tests/generic/templates/swap.c",
             SOURCES, SOURCES);
    CHECK_STATUS(
        sources_open(&smf_compiler_gcc, (struct smf_compiler_options){.command = script(what), .fixed_backend = true}),
        SMF_OK);
    CHECK_STATUS(sources_make("sort", "Point"), SMF_ERR_UNIT);
    CHECK_TEXT(scene.why.name, "its source is another template's");
    CHECK_STATUS(sources_make("swap", "Point"), SMF_OK);
    sources_close();
    scene_forget();
}

/* The name that is asked for is the caller's again after the call, whatever became of it. */
static void forget_name(const struct smf_compiler *compiler)
{
    struct smf_instance instance;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *name = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_STATUS(sources_open(compiler, (struct smf_compiler_options){0}), SMF_OK);
    strcpy(name, "nobody's");
    CHECK_STATUS(sources_make(name, "Point"), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(munmap(name, page), 0);
    CHECK_STATUS(smf_instantiate_symbol(&scene.instantiator, SCENE_USER, "sort$Point", &instance, &scene.why), SMF_OK);
    CHECK_EQUAL(sources_statistics().compiled, 1);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "sort$Point"), SMF_OK);
    sources_close();
}
static void forgets_the_name(void) { each(forget_name); }

/* --- Choosing ---------------------------------------------------------------------------------------- */

static const struct smf_compiler *choose(enum smf_backend backend, enum smf_provider_mode mode)
{
    const struct smf_compiler *found = NULL;
    CHECK_STATUS(smf_compiler_choose(backend, mode, false, &found, &scene.why), SMF_OK);
    return found;
}

static enum smf_status demand(enum smf_backend backend, enum smf_provider_mode mode, const struct smf_compiler **found)
{
    return smf_compiler_choose(backend, mode, true, found, &scene.why);
}

static void chooses_by_backend_and_mode(void)
{
    const struct smf_compiler *const clang = smf_compiler_works(&smf_compiler_clang) ? &smf_compiler_clang : NULL;
    const struct smf_compiler *const gcc = smf_compiler_works(&smf_compiler_gcc) ? &smf_compiler_gcc : NULL;
    const struct smf_compiler *const tcc = smf_compiler_works(&smf_compiler_tcc) ? &smf_compiler_tcc : NULL;
    const struct smf_compiler *units = &smf_compiler_units, *found = NULL;
    CHECK(choose(SMF_BACKEND_AUTO, SMF_MODE_ANY) == units);
    CHECK(choose(SMF_BACKEND_AUTO, SMF_MODE_RELEASE) == (clang != NULL ? clang : gcc != NULL ? gcc : units));
    CHECK(choose(SMF_BACKEND_AUTO, SMF_MODE_DEBUG) == (tcc != NULL ? tcc : units));
    CHECK(choose(SMF_BACKEND_NATIVE, SMF_MODE_RELEASE) == units);
    if (gcc != NULL)
        CHECK(choose(SMF_BACKEND_C, SMF_MODE_RELEASE) == gcc);
    if (tcc != NULL)
        CHECK(choose(SMF_BACKEND_C, SMF_MODE_DEBUG) == tcc);
    if (clang != NULL) /* the backend goes before the mode */
        CHECK(choose(SMF_BACKEND_LLVM, SMF_MODE_DEBUG) == clang);
    CHECK(choose(SMF_BACKEND_CRANELIFT, SMF_MODE_DEBUG) == (tcc != NULL ? tcc : units));
    CHECK(choose(SMF_BACKEND_WASM, SMF_MODE_ANY) == units);
    CHECK_STATUS(demand(SMF_BACKEND_NATIVE, SMF_MODE_DEBUG, &found), SMF_OK);
    CHECK(found == units);
    CHECK_STATUS(demand(SMF_BACKEND_CRANELIFT, SMF_MODE_DEBUG, &found), SMF_ERR_BACKEND);
    CHECK_TEXT(scene.why.name, "cranelift");
    CHECK_STATUS(demand(SMF_BACKEND_AUTO, SMF_MODE_ANY, &found), clang != NULL ? SMF_OK : SMF_ERR_BACKEND);
    CHECK_STATUS(demand((enum smf_backend)99, SMF_MODE_ANY, &found), SMF_ERR_ARGUMENT);
    CHECK_STATUS(demand(SMF_BACKEND_C, (enum smf_provider_mode)3, &found), SMF_ERR_ARGUMENT);
}

static void chooses_without_drivers(void)
{
    char *path = strdup(getenv("PATH"));
    const struct smf_compiler *found = NULL;
    setenv("PATH", "/nowhere", 1);
    CHECK(!smf_compiler_works(&smf_compiler_gcc));
    CHECK(choose(SMF_BACKEND_AUTO, SMF_MODE_RELEASE) == &smf_compiler_units);
    CHECK_STATUS(demand(SMF_BACKEND_LLVM, SMF_MODE_ANY, &found), SMF_ERR_BACKEND);
    CHECK_TEXT(scene.why.name, "llvm");
    CHECK_STATUS(demand(SMF_BACKEND_AUTO, SMF_MODE_ANY, &found), SMF_ERR_BACKEND);
    CHECK_STATUS(demand(SMF_BACKEND_AUTO, SMF_MODE_RELEASE, &found), SMF_OK); /* native serves it, too */
    CHECK(found == &smf_compiler_units);
    setenv("PATH", path, 1);
    free(path);
}

static const struct tap_case cases[] = {
    {"compiles_for_a_struct",            compiles_for_a_struct           },
    {"compiles_for_numbers",             compiles_for_numbers            },
    {"compiles_what_is_needed",          compiles_what_is_needed         },
    {"compiles_for_opaque_types",        compiles_for_opaque_types       },
    {"instances_outlive_their_compiler", instances_outlive_their_compiler},
    {"demands_one",                      demands_one                     },
    {"says_what_is_missing",             says_what_is_missing            },
    {"falls_back",                       falls_back                      },
    {"falls_back_from_other_processors", falls_back_from_other_processors},
    {"refuses_another_template",         refuses_another_template        },
    {"forgets_the_name",                 forgets_the_name                },
    {"chooses_by_backend_and_mode",      chooses_by_backend_and_mode     },
    {"chooses_without_drivers",          chooses_without_drivers         },
};
TAP_MAIN(cases)
