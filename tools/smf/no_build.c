/* SPDX-License-Identifier: MIT */
/* no_build.c - in place of build.c and compile.c where there is no libelf (SMF_BUILD_LINKER off): says so. */
#include "command.h"

int smf_command_build(int argc, char **argv)
{
    (void)argc;
    return smf_command_fail(argv[0], "this smf was made without libelf and cannot build modules; build them elsewhere");
}

bool smf_command_is_source(const char *path)
{
    (void)path;
    return false;
}

bool smf_command_compile(const char *path, char *module, size_t size)
{
    (void)module;
    (void)size;
    smf_command_fail(path, "this smf was made without libelf and cannot build modules");
    return false;
}
