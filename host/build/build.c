/* SPDX-License-Identifier: MIT */
/* build.c - the pipeline: one line a stage, one exit. */
#include "build.h"
#include "debug.h"

#include <stdio.h>
#include <string.h>

static const char *default_output(struct build *build)
{
    const char *input = build->options->inputs[0];
    const char *slash = strrchr(input, '/');
    char *name = pool_text(&build->pool, "%s", slash == NULL ? input : slash + 1);
    char *dot = strrchr(name, '.');
    if (dot != NULL && dot != name)
        *dot = '\0';
    return pool_text(&build->pool, "%s.smf", name);
}

/* --entry says which function, else main is it, if there is one. An archive may hold the one that was asked for. */
static bool find_entry(struct build *build)
{
    build->entry = build->options->entry != NULL ? build->options->entry : "main";
    if (build->options->entry == NULL)
        return true;
    struct global *global = build_global(build, build->entry);
    global->referenced = true;
    global->strong = true;
    return true;
}

static bool read_all(struct build *build)
{
    if (!build_read_inputs(build) || !find_entry(build) || !build_take_members(build) ||
        !build_finish_templates(build) || !build_take_members(build)) /* what is built in may need members, too */
        return false;
    if (build->arch == NULL)
        return build_fail(build, NULL, "no object among the inputs");
    if (!build_settle_convention(build))
        return false;
    if (build->options->no_helpers)
        return true;
    return build_read_helpers(build) && build_take_members(build);
}

static bool run(struct build *build)
{
    return read_all(build) &&                /* objects and archive members       */
           build_riscv_align(build) &&       /* surplus bytes of ALIGN go         */
           build_trim_frames(build) &&       /* .eh_frame of dropped functions    */
           build_define_sets(build) &&       /* __start_NAME, __stop_NAME         */
           build_finish_symbols(build) &&    /* COMMON, __dso_handle              */
           build_join(build) &&              /* one section for each kind         */
           build_imports(build) &&           /* slots and stubs                   */
           build_place(build) &&             /* offsets and default addresses     */
           build_riscv_differences(build) && /* ADD, SUB, SET                   */
           build_settle(build) &&            /* what does not depend on addresses */
           build_join_debug(build) &&        /* DWARF, with -g */
           build_sort_records(build) &&      /* order, symbols                    */
           build_write_templates(build) &&   /* records, note.sdn */
           build_write(build);
}

int smf_build(const struct smf_build_options *options, struct smf_build_report *report)
{
    struct build build = {.options = options, .report = report};
    *report = (struct smf_build_report){0};
    bool built = false;
    if (options->input_count == 0) {
        build_fail(&build, NULL, "no inputs");
    } else {
        build.output_path = options->output != NULL ? options->output : default_output(&build);
        build.bare = options->layout != SMF_LAYOUT_P128;
        snprintf(report->output, sizeof report->output, "%s", build.output_path);
        built = run(&build);
    }
    build_remove_temporary(&build);
    build_forget_groups(&build);
    for (size_t i = build.elf_count; i > 0; i--)
        elf_end(build.elves[i - 1]);
    pool_free(&build.pool);
    return built ? 0 : 1;
}
