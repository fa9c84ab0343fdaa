/* SPDX-License-Identifier: MIT */
/* shelf.h - a file that is a library, and one module in it as if it were a file, for all verbs that look into them. */
#ifndef SMF_TOOLS_SHELF_H
#define SMF_TOOLS_SHELF_H

#include "command.h"
#include "smf/library.h"

struct smf_shelf {
    const char *path; /* borrowed */
    struct smf_file file;
    struct smf_library library;
    struct smf_diagnosis why;
};

/* Open a file as a library, read by position: it may be anybody's. 0; 1 after the line about it; -1, with nothing said but
 * in `why`, if it can be read and is no library. */
int smf_shelf_open(struct smf_shelf *shelf, const char *path);
void smf_shelf_close(struct smf_shelf *shelf);

/* Entry `number`, and a module by its name; 0, or 1 after the line about it. */
int smf_shelf_entry(struct smf_shelf *shelf, uint32_t number, struct smf_library_entry *entry);
int smf_shelf_find(struct smf_shelf *shelf, const char *name, struct smf_library_entry *entry);

/* What errors call a module: "LIB: module 'NAME'". */
struct smf_shelf_name {
    char text[4096 + SMF_LIBRARY_NAME_SIZE];
};
const char *smf_shelf_name(const char *path, const char *module, struct smf_shelf_name *name);

/* Open one module of it as an image; 0, or 1 after the line about it. Close it before the shelf. */
int smf_shelf_module(struct smf_shelf *shelf, const struct smf_library_entry *entry, struct smf_opened *opened);

/* All bytes of a source in memory, which is to be freed; NULL after the line about it. */
uint8_t *smf_command_read_all(const struct smf_source *source, const char *shown);

/* What is wrong with a module's name that is to be a path below a folder: "is empty", ...; NULL: nothing. */
const char *smf_name_fault(const char *name);

/* verify_library.c: everything of the library, then each module in it as smf_command_check() does: 1 after a line about
 * each that is wrong. `print`: a line that it is good. */
int smf_shelf_verify(struct smf_shelf *shelf, bool print);

/* inspect_library.c: what is in it, for people or as one JSON object; list: names, or only the array. */
int smf_shelf_inspect(struct smf_shelf *shelf, bool json);
int smf_shelf_list(struct smf_shelf *shelf, bool json);

#endif
