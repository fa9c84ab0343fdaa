/* SPDX-License-Identifier: MIT */
/* no_build.c - in place of build.c and compile.c where there is no libelf (SMF_BUILD_LINKER off): says so. */
#include "command.h"

/* Why, and where to go. Debian, for one, has libelf for Linux only. */
#ifdef _WIN32
#define WHY "building is not available on Windows, for want of libelf: build modules on Linux, they run here, too"
#else
#define WHY "this smf was made without libelf and cannot build modules: build them elsewhere"
#endif

int smf_command_build(int argc, char **argv)
{
    (void)argc;
    return smf_command_fail(argv[0], WHY);
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
    smf_command_fail(path, WHY);
    return false;
}
