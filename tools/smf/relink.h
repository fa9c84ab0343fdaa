/* SPDX-License-Identifier: MIT */
/* relink.h - what prelink.c and relink.c share: a module that is being relocated for fixed addresses. */
#ifndef SMF_TOOLS_RELINK_H
#define SMF_TOOLS_RELINK_H

#include "command.h"
#include "smf/arch.h"
#include "smf/writer.h"

/* One section of the input. */
struct relinked {
    uint8_t *bytes;   /* its payload, patched; NULL for Bss and what is not written */
    uint64_t address; /* once known */
    uint32_t index;   /* in the output */
    bool known;       /* its address is */
    bool stays;       /* in place: its address is the file's */
    bool fixed;       /* something depends on its address: it is in the note */
    bool left;        /* a record of it must stay: RoData then is copied */
};

struct relink {
    const char *path;
    struct smf_image *image;
    const struct smf_arch *arch;
    const struct smf_bases *bases;
    struct relinked *sections;
    uint8_t *note; /* rows of note.prelink */
    size_t note_size;
    struct smf_writer writer;
    char *names; /* of all symbols, one behind the other */
};

/* Decide where everything lies, apply what needs no import, keep the rest for the writer; 0, or 1 after the line about it. */
int smf_relink(struct relink *relink);

#endif
