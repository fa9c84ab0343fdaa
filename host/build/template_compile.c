/* SPDX-License-Identifier: MIT */
/*
 * template_compile.c - one source, once a shape, with the flags under which holes can be filled wherever the code will lie
 * (docs/GENERICS.md, 12). The caller's own flags choose the processor and the optimisation; what makes holes work stands behind them.
 */
#include "spawn.h"
#include "template.h"

#include <string.h>

/* What every target takes. Hidden: own functions are called directly, own constants need no slots. */
static const char *const common[] = {"-ffreestanding",
                                     "-fvisibility=hidden",
                                     "-fno-common",
                                     "-fno-stack-protector",
                                     "-fno-asynchronous-unwind-tables",
                                     "-fno-exceptions",
                                     "-fno-lto",
                                     "-Wno-error"};

/* By the start of what the driver compiles for. */
static const struct target {
    const char *machine, *level, *flags[3];
} targets[] = {
    {"x86_64",  "-O2", {"-fPIC"}                                         },
    {"aarch64", "-O2", {"-fPIC", "-mcmodel=tiny", "-mno-outline-atomics"}}, /* tiny: own constants by ADR, no page */
    {"riscv",   "-Os", {"-fPIC", "-mno-relax"}                           },
    {"arm",     "-Os", {"-fno-pic"}                                      },
    {"thumb",   "-Os", {"-fno-pic"}                                      },
};

static const struct target *find_target(const char *machine)
{
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        if (strncmp(machine, targets[i].machine, strlen(targets[i].machine)) == 0)
            return &targets[i];
    return NULL;
}

static bool prepare(struct build *build, struct template *template, const struct arguments *driver, const char *machine)
{
    const struct target *target = find_target(machine);
    struct arguments *command = &template->command;
    if (target == NULL)
        return build_fail(build, template->file, "templates cannot be built for '%s'", machine);
    for (size_t i = 0; i < driver->count; i++)
        build_add_word(build, command, driver->words[i]);
    if (!build_has_word(driver, "-O"))
        build_add_word(build, command, target->level);
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        build_add_word(build, command, common[i]);
    for (size_t i = 0; i < 3 && target->flags[i] != NULL; i++)
        build_add_word(build, command, target->flags[i]);
    build_add_headers(build, command);
    /* Armv6-M: a jump table is a call of the compiler's library, which passes the table in the return address. */
    if (strcmp(template->level, "0 thumb") == 0)
        build_add_word(build, command, "-fno-jump-tables");
    build_note_options(build, command);
    return true;
}

/* Run with more words; quiet: nothing is shown. The exit status, or below 0. */
static int run(struct build *build, const struct template *template, const struct arguments *more, bool quiet)
{
    struct arguments list = {0};
    char unwanted[16];
    for (size_t i = 0; i < template->command.count; i++)
        build_add_word(build, &list, template->command.words[i]);
    for (size_t i = 0; i < more->count; i++)
        build_add_word(build, &list, more->words[i]);
    const char *source = template->source;
    build_add_word(build, &list, source[0] == '-' ? pool_text(&build->pool, "./%s", source) : source);
    build_add_word(build, &list, NULL);
    return quiet ? spawn_wait(list.words, unwanted, sizeof unwanted) : spawn_wait(list.words, NULL, 0);
}

static bool fail_run(struct build *build, const struct template *template, int status)
{
    const char *driver = template->command.words[0];
    return status < 0 ? build_fail(build, template->file, "%s cannot be run: %s", driver, strerror(-status))
                      : build_fail(build, template->file, "%s failed (exit status %d)", driver, status);
}

static void add_shape(struct build *build, const struct template *template, const char *label, struct arguments *words)
{
    template_shape_flags(build, template, label, words);
    build_add_word(build, words, "-c");
    build_add_word(build, words, "-o");
    build_add_word(build, words, build->temporary_object);
}

bool template_compile_shape(struct build *build, const struct template *template, const char *label, bool quiet,
                            bool *compiled)
{
    struct arguments words = {0};
    add_shape(build, template, label, &words);
    const int status = run(build, template, &words, quiet);
    *compiled = status == 0;
    return status >= 0 ? true : fail_run(build, template, status);
}

static bool add_unit(struct build *build, struct template *template, const struct template_shape *shape)
{
    Elf *elf = NULL;
    const char *name = pool_text(&build->pool, "%s [%s]", template->file, shape->label);
    return build_open_elf(build, build->temporary_object, name, &elf) &&
           template_make_unit(build, template, elf, name, shape);
}

/* What the compiler says about a shape, for people to read: errors of one that has to compile, warnings of the first that does. */
static bool show(struct build *build, struct template *template, const char *label)
{
    struct arguments words = {0};
    const struct arguments whole = template->command;
    size_t kept = 0;
    template_shape_flags(build, template, label, &words);
    build_add_word(build, &words, "-fsyntax-only");
    char **list = pool_array(&build->pool, whole.count + 1, sizeof *list);
    for (size_t i = 0; i < whole.count; i++)
        if (strcmp(whole.words[i], "-Wno-error") != 0)
            list[kept++] = whole.words[i];
    template->command = (struct arguments){.words = list, .count = kept, .capacity = kept};
    const int status = run(build, template, &words, false);
    template->command = whole;
    return status == 0;
}

/* A shape that does not compile is one that the source needs more of than it has, unless it is asked for, or none compiles. */
static bool try_shapes(struct build *build, struct template *template)
{
    struct template_shape *list = NULL;
    const size_t count = template_list_shapes(build, template, &list);
    const char *shown = NULL;
    for (size_t i = 0; i < count; i++) {
        bool compiled = false;
        if (!template_compile_shape(build, template, list[i].label, true, &compiled))
            return false;
        if (!compiled && list[i].named) {
            show(build, template, list[i].label);
            return build_fail(build, template->file, "does not compile for %s, which SMF_SHAPES names", list[i].label);
        }
        if (compiled && shown == NULL && !show(build, template, shown = list[i].label))
            return build_fail(build, template->file, "compiles for %s with warnings that are errors", shown);
        if (compiled && !add_unit(build, template, &list[i]))
            return false;
    }
    if (template->unit_count != 0)
        return true;
    if (count != 0)
        show(build, template, list[0].label);
    return build_fail(build, template->file, "compiles for no shape");
}

static bool list_source(struct build *build, struct template *template, struct lines *lines)
{
    struct arguments words = {0};
    size_t size = 0;
    static const char *const flags[] = {"-ffreestanding", "-E", "-P", "-DSMF_TEMPLATE_LIST", "-o"};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        build_add_word(build, &words, flags[i]);
    build_add_word(build, &words, build->temporary_object);
    build_add_headers(build, &words);
    const int status = run(build, template, &words, false);
    if (status != 0)
        return fail_run(build, template, status);
    const char *text = (const char *)build_read_file(build, build->temporary_object, &size);
    if (text == NULL)
        return false;
    template_text_lines(build, text, lines);
    return true;
}

bool template_compile(struct build *build, struct template *template)
{
    struct arguments driver;
    struct lines lines = {0};
    const char *machine = NULL;
    if (!build_find_driver(build, template->source, &driver, &machine) || !build_make_temporary(build))
        return false;
    template->command = driver;
    if (!list_source(build, template, &lines))
        return false;
    if (!template_declares(&lines))
        return true;
    if (!template_read_lines(build, template, &lines))
        return false;
    template->command = (struct arguments){0};
    if (!prepare(build, template, &driver, machine) || !try_shapes(build, template))
        return false;
    return !build->options->template_source || template_add_source(build, template);
}
