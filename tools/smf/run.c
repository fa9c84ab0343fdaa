/* SPDX-License-Identifier: MIT */
/* run.c - `smf run`: a module as a program, with the modules that it imports from. */
#include "command.h"

#include <stdio.h>

static const char help[] =
    "usage: smf run [--lib FILE|NAME]... [--path FOLDER]... FILE [ARGUMENT...]\n"
    "Load FILE for this host, run its constructors, call its entry as int main(int, char **) with FILE and the\n"
    "arguments, run its destructors, and exit with its value. FILE may be a C or C++ source: it is built\n"
    "first, and kept in the user's cache until it changes.\n"
    "  --lib FILE     load this module or source, too: each may import from all others, also in circles\n"
    "  --lib NAME     the same for NAME.smf of the first folder of --path that has it; a FILE has a slash, or ends in\n"
    "                 .smf or like a source\n"
    "  --path FOLDER  look here for NAME.smf when a module needs NAME (smf build --needs) and it is not loaded\n"
    "What no module has is the C library's.\n"
    "gdb --args smf run FILE knows the module: breakpoints on its names, and on lines if smf build -g has made FILE.\n"
    "SMF_PERF_MAP=1 in the environment adds its functions to /tmp/perf-PID.map for perf; a value with a slash is the\n"
    "folder to use instead.\n";

static int run(const struct smf_loading *loading, int argc, char **argv)
{
    struct smf_loaded loaded;
    if (smf_command_load(&loaded, loading) != 0)
        return 1;
    int status = 1;
    if (smf_entry(loaded.module) != NULL)
        status = smf_command_call_main(&loaded, smf_entry(loaded.module), argc, argv);
    else
        smf_command_fail(loading->file, "has no entry point: it is a library");
    smf_command_unload(&loaded);
    return status;
}

int smf_command_run(int argc, char **argv)
{
    struct smf_loading loading;
    int at = 0;
    if (smf_command_help(argc, argv, help))
        return 0;
    if (!smf_command_start_loading(&loading, argc))
        return 1;
    int status = smf_command_parse_loading(&loading, argc, argv, &at);
    if (status == 0)
        status = run(&loading, argc - at, argv + at);
    smf_command_end_loading(&loading);
    return status;
}
