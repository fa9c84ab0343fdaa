/* SPDX-License-Identifier: MIT */
/* instantiate.h - what `smf instantiate` makes, and how it tells of it. */
#ifndef SMF_TOOLS_INSTANTIATE_H
#define SMF_TOOLS_INSTANTIATE_H

#include "command.h"
#include "smf/compiler.h"

/* Types in one INSTANCE, nested ones counted. */
#define SMF_INSTANTIATE_TYPES 64u

struct smf_command_shop {
    struct smf_loaded loaded;
    bool all, json;
    unsigned told; /* instances so far */

    /* Whose code it is to be. */
    enum smf_backend backend;
    enum smf_provider_mode mode;
    bool fixed;
    const struct smf_compiler *compiler;
    struct smf_compiler_context *context;
    struct smf_instantiator_config config;
};

/* --debug, --release, --fixed-be: how many words were taken; 0: another word; below 0 after a line about wrong usage. */
int smf_command_take_backend(struct smf_command_shop *shop, const char *word, const char *value);
/* The compiler that they mean, into shop->config; 0, or 1 after the line about it. */
int smf_command_start_compiler(struct smf_command_shop *shop, const char *file);
/* When the instantiator has ended. */
void smf_command_end_compiler(struct smf_command_shop *shop);
/* Is the instance of this name what --fixed-be demands? */
bool smf_command_is_served(const struct smf_command_shop *shop, const char *name);

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
