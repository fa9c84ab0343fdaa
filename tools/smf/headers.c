/* SPDX-License-Identifier: MIT */
/* headers.c - where the headers are that modules are written with: installed beside this program, or in the tree that it was built from. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

static bool has_headers(const char *folder)
{
    char path[4096];
    const int length = snprintf(path, sizeof path, "%s/smf/module.h", folder);
    return length > 0 && (size_t)length < sizeof path && access(path, R_OK) == 0;
}

/* PREFIX/share/smf/include, for PREFIX/bin/smf. */
static bool find_installed(char *path, size_t size)
{
    static const char inside[] = "share/smf/include";
    const ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length <= 0)
        return false;
    path[length] = '\0';
    for (int levels = 0; levels < 2; levels++) {
        char *slash = strrchr(path, '/');
        if (slash == NULL)
            return false;
        *slash = '\0';
    }
    const size_t prefix = strlen(path);
    if (prefix + 1 + sizeof inside > size)
        return false;
    path[prefix] = '/';
    memcpy(path + prefix + 1, inside, sizeof inside);
    return has_headers(path);
}

const char *smf_command_headers(void)
{
    static char path[4096];
    if (find_installed(path, sizeof path))
        return path;
    return has_headers(SMF_HEADERS) ? SMF_HEADERS : NULL;
}
