/* SPDX-License-Identifier: MIT */
/* instantiate.h - what `smf instantiate` makes, and how it tells of it. */
#ifndef SMF_TOOLS_INSTANTIATE_H
#define SMF_TOOLS_INSTANTIATE_H

#include "command.h"

/* Types in one INSTANCE, nested ones counted. */
#define SMF_INSTANTIATE_TYPES 64u

struct smf_command_shop {
    struct smf_loaded loaded;
    bool all, json;
    unsigned told; /* instances so far */
};

/* One instance, which is there. */
struct smf_command_made {
    const char *text;
    struct smf_instance instance;
    int64_t first, median; /* nanoseconds: the first time; of `rounds` others */
    unsigned rounds;
};

/* To standard output, for people or for programs (instantiate_tell.c). */
void smf_command_tell_start(const struct smf_command_shop *shop);
void smf_command_tell(struct smf_command_shop *shop, const struct smf_command_made *made);
void smf_command_tell_end(const struct smf_command_shop *shop);

#endif
