/* SPDX-License-Identifier: MIT */
/* temporary.c - see temporary.h. */
#include "temporary.h"

#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

void temporary_remove(const char *folder)
{
    DIR *list = opendir(folder);
    if (list != NULL) {
        for (const struct dirent *entry; (entry = readdir(list)) != NULL;)
            unlinkat(dirfd(list), entry->d_name, 0); /* not the folder itself, and the one above: these are folders */
        closedir(list);
    }
    rmdir(folder);
}
