/* SPDX-License-Identifier: MIT */
/* shelf.c - see shelf.h. */
#include "shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int smf_shelf_open(struct smf_shelf *shelf, const char *path)
{
    shelf->path = path;
    if (smf_command_open_file(&shelf->file, path) != 0)
        return 1;
    const enum smf_status status = smf_library_open(&shelf->library, &shelf->file.source, &shelf->why);
    if (status == SMF_OK)
        return 0;
    smf_file_close(&shelf->file);
    return status == SMF_ERR_NOT_SMF ? -1 : smf_command_refuse(path, &shelf->why);
}

void smf_shelf_close(struct smf_shelf *shelf) { smf_file_close(&shelf->file); }

int smf_shelf_entry(struct smf_shelf *shelf, uint32_t number, struct smf_library_entry *entry)
{
    if (smf_library_entry(&shelf->library, number, entry, &shelf->why) == SMF_OK)
        return 0;
    return smf_command_refuse(shelf->path, &shelf->why);
}

int smf_shelf_find(struct smf_shelf *shelf, const char *name, struct smf_library_entry *entry)
{
    const enum smf_status status = smf_library_find(&shelf->library, name, entry, &shelf->why);
    if (status == SMF_OK)
        return 0;
    struct smf_shelf_name shown;
    if (status == SMF_ERR_NOT_FOUND)
        return smf_command_fail(smf_shelf_name(shelf->path, name, &shown), "is not in it");
    return smf_command_refuse(shelf->path, &shelf->why);
}

const char *smf_shelf_name(const char *path, const char *module, struct smf_shelf_name *name)
{
    snprintf(name->text, sizeof name->text, "%.4000s: module '%.100s'", path, module);
    return name->text;
}

int smf_shelf_module(struct smf_shelf *shelf, const struct smf_library_entry *entry, struct smf_opened *opened)
{
    struct smf_shelf_name shown;
    memset(opened, 0, sizeof *opened);
    if (smf_library_module(&shelf->library, entry, &opened->part, &opened->source) != SMF_OK)
        return smf_command_fail(smf_shelf_name(shelf->path, entry->name, &shown), "does not lie in the file");
    return smf_command_open_image(opened, smf_shelf_name(shelf->path, entry->name, &shown));
}

uint8_t *smf_command_read_all(const struct smf_source *source, const char *shown)
{
    uint8_t *bytes = source->size < SIZE_MAX ? malloc((size_t)source->size + 1) : NULL;
    if (bytes == NULL) {
        smf_command_fail(shown, "no memory for %llu bytes", (unsigned long long)source->size);
    } else if (source->size != 0 && !smf_command_read(source, 0, bytes, (size_t)source->size)) {
        smf_command_fail(shown, "cannot be read");
        free(bytes);
        bytes = NULL;
    }
    return bytes;
}

const char *smf_name_fault(const char *name)
{
    if (name[0] == '\0')
        return "is empty";
    if (strlen(name) >= SMF_LIBRARY_NAME_SIZE)
        return "has more than 63 bytes";
    if (name[0] == '/')
        return "is absolute";
    for (const char *at = name; *at != '\0'; at++) {
        if (*at == '\\' || *at == ':')
            return *at == ':' ? "has a colon" : "has a backslash";
        if ((unsigned char)*at < ' ' || *at == 127)
            return "has a control character";
    }
    for (const char *at = name;; at++) {
        const size_t length = strcspn(at, "/");
        if (length == 0)
            return "has an empty part";
        if (at[0] == '.' && (length == 1 || (length == 2 && at[1] == '.')))
            return "has a part '.' or '..'";
        at += length;
        if (*at == '\0')
            return NULL;
    }
}
