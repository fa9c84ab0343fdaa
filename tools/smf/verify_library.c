/* SPDX-License-Identifier: MIT */
/* verify_library.c - `smf verify` and `smf ar verify` of a library: its entries and hashes, then every module in it. */
#include "shelf.h"

#include <stdio.h>

/* One module: the hashes recorded for it, then whatever loading it would check. */
static int verify_entry(struct smf_shelf *shelf, const struct smf_library_entry *entry)
{
    static struct smf_opened opened;
    struct smf_shelf_name shown;
    smf_shelf_name(shelf->path, entry->name, &shown);
    if (smf_library_check_entry(&shelf->library, entry, &shelf->why) != SMF_OK)
        return smf_command_refuse(shown.text, &shelf->why);
    int result = smf_shelf_module(shelf, entry, &opened);
    if (result != 0)
        return result;
    result = smf_command_check(&opened, shown.text);
    smf_command_close_image(&opened);
    return result;
}

int smf_shelf_verify(struct smf_shelf *shelf, bool print)
{
    struct smf_library_entry entry;
    uint32_t objects = 0;
    int result = 0;
    for (uint32_t i = 0; i < shelf->library.count; i++) {
        if (smf_shelf_entry(shelf, i, &entry) != 0)
            return 1; /* nor can the rest be relied on */
        objects += entry.object_size != 0;
        result |= verify_entry(shelf, &entry);
    }
    if (result == 0 && smf_library_check(&shelf->library, &shelf->why) != SMF_OK)
        result = smf_command_refuse(shelf->path, &shelf->why);
    if (result == 0 && print) {
        smf_command_print_name(shelf->path);
        printf(": good (library, %lu modules, %lu objects)\n", (unsigned long)shelf->library.count,
               (unsigned long)objects);
    }
    return result;
}
