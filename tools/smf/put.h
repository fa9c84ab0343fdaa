/* SPDX-License-Identifier: MIT */
/*
 * put.h - files put in their place: whole or not at all, and what a name out of
 * somebody's library says never outside of the folder that the user named.
 */
#ifndef SMF_TOOLS_PUT_H
#define SMF_TOOLS_PUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file that the user named: written beside it under another name, then renamed; a device or a pipe is written to.
 * False: nothing has changed, and errno says why. */
bool smf_put_file(const char *path, const void *bytes, size_t size);

/* A folder that the user named, also through a link. */
struct smf_put_folder {
    const char *path; /* borrowed */
    int descriptor;
};
bool smf_put_folder_open(struct smf_put_folder *folder, const char *path);
void smf_put_folder_close(struct smf_put_folder *folder);

/*
 * The same below a folder. `name` has parts with '/' between them, none of them empty, "." or ".." (smf_name_fault); the
 * folders among them are made as needed. A link in a folder's place is not followed: false, errno ELOOP. Whatever is in the
 * file's place is replaced and not written into, be it a link, a pipe or one of several names of a file.
 */
bool smf_put_below(const struct smf_put_folder *folder, const char *name, const void *bytes, size_t size);

/* What keeps a name that smf_name_fault() has nothing against from being a file's on this system; NULL: nothing. */
const char *smf_put_fault(const char *name);

/* As strcmp: 0 for names that are one file on this system. */
int smf_put_compare(const char *first, const char *second);

#endif
