/* SPDX-License-Identifier: MIT */
/* run.c - `smf run`: a module as a program, with the modules that it imports from. */
#include "command.h"

#include <stdio.h>

static const char help[] =
    "usage: smf run [--lib FILE|LIBRARY|NAME]... [--path FOLDER]... FILE|NAME [ARGUMENT...]\n"
    "Load FILE for this host, run its constructors, call its entry as int main(int, char **) with FILE and the\n"
    "arguments, run its destructors, and exit with its value. FILE may be a C or C++ source: it is built\n"
    "first, and kept in the user's cache until it changes. Where there is no such file, it is the NAME of a module, "
    "such as\n"
    "std/io/mod, that the folders and libraries have, as what a module needs (smf build --needs) and is not loaded.\n"
    "  --lib FILE     load this module or source, too: each may import from all others, also in circles\n"
    "  --lib LIBRARY  look for modules in this library, whatever its name; before all folders\n"
    "  --lib NAME     load the module of this name that --path and the libraries have; a FILE has a slash and is "
    "there, or\n"
    "                 ends in .smf, .sme, .lsm or like a source\n"
    "  --path FOLDER  look for modules here, in its files NAME.smf and NAME.sme and in libraries in it\n"
    "What no module has is the C library's.\n"
    "What a module uses of templates is made while it loads, where FILE, a --lib or something that it needs has them: "
    "smf\n"
    "instantiate shows it.\n"
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
