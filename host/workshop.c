/* SPDX-License-Identifier: MIT */
/* workshop.c - an instantiator with its mapper and its memory: see smf/workshop.h. */
#include "smf/workshop.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_LEAST = 1 << 16, ALIGNMENT = 64 };

/* The mapper's share: tables of names; the rest is for records and instances. */
static size_t mapper_share(size_t size) { return (size / 4) & ~(size_t)(ALIGNMENT - 1); }

static enum smf_status take_arena(struct smf_workshop *workshop, size_t *size)
{
    if (*size == 0)
        *size = SMF_WORKSHOP_ARENA;
    while ((workshop->arena = malloc(*size)) == NULL && *size / 2 >= ARENA_LEAST)
        *size /= 2;
    return workshop->arena != NULL ? SMF_OK : SMF_ERR_NO_MEMORY;
}

static enum smf_status start(struct smf_workshop *workshop, const struct smf_workshop_options *options, size_t size)
{
    const size_t share = mapper_share(size);
    const struct smf_mapper_config mapping = {
        .port = &workshop->port, .arena = workshop->arena, .arena_size = share, .bucket_count = 256};
    enum smf_status status = smf_mapper_start(&workshop->mapper, &mapping);
    if (status != SMF_OK)
        return status;
    struct smf_instantiator_config config = options->config != NULL ? *options->config : smf_instantiator_defaults();
    config.mapper = &workshop->mapper;
    config.arena = (uint8_t *)workshop->arena + share;
    config.arena_size = size - share;
    if (config.bucket_count == 0)
        config.bucket_count = 256;
    status = smf_instantiator_start(&workshop->instantiator, &config);
    if (status != SMF_OK)
        smf_mapper_finish(&workshop->mapper);
    return status;
}

enum smf_status smf_workshop_start(struct smf_workshop *workshop, const struct smf_workshop_options *options)
{
    size_t size = options->arena_size;
    memset(workshop, 0, sizeof *workshop);
    if (options->port == NULL)
        return SMF_ERR_ARGUMENT;
    workshop->port = *options->port;
    workshop->port.lock = NULL; /* it would be taken twice under a system's */
    workshop->port.unlock = NULL;
    enum smf_status status = take_arena(workshop, &size);
    if (status == SMF_OK)
        status = start(workshop, options, size);
    if (status != SMF_OK) {
        free(workshop->arena);
        memset(workshop, 0, sizeof *workshop);
        return status;
    }
    workshop->generics = smf_instantiator_generics(&workshop->instantiator);
    return SMF_OK;
}

void smf_workshop_finish(struct smf_workshop *workshop)
{
    if (workshop->arena == NULL)
        return;
    smf_instantiator_finish(&workshop->instantiator);
    smf_mapper_finish(&workshop->mapper);
    free(workshop->arena);
    memset(workshop, 0, sizeof *workshop);
}
