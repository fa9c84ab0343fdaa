/* SPDX-License-Identifier: MIT */
/* run.c - `smf run`: a module as a program. */
#include "command.h"

#include <stdio.h>

static const char help[] =
    "usage: smf run FILE [ARGUMENT...]\n"
    "Load FILE for this host, run its constructors, call its entry as int main(int, char **) with FILE and the\n"
    "arguments, run its destructors, and exit with its value. FILE may be a C or C++ source: it is built\n"
    "first, and kept in the user's cache until it changes.\n"
    "gdb --args smf run FILE knows the module: breakpoints on its names, and on lines if smf build -g has made FILE.\n"
    "SMF_PERF_MAP=1 in the environment adds its functions to /tmp/perf-PID.map for perf; a value with a slash is the\n"
    "folder to use instead.\n";

int smf_command_run(int argc, char **argv)
{
    struct smf_loaded loaded;
    if (smf_command_help(argc, argv, help))
        return 0;
    if (argc < 2)
        return smf_command_misused("run", "FILE is missing");
    if (smf_command_load(&loaded, argv[1]) != 0)
        return 1;
    int status = 1;
    if (smf_entry(loaded.module) != NULL)
        status = smf_command_call_main(&loaded, smf_entry(loaded.module), argc - 1, argv + 1);
    else
        smf_command_fail(argv[1], "has no entry point: it is a library");
    smf_command_unload(&loaded);
    return status;
}
