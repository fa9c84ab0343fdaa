/* SPDX-License-Identifier: MIT */
/* live_given.c - modules that a live system has from a provider: held where they lie, as long as a version uses them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"

enum { PLACE_SIZE = 4096 };

/* Bytes that are lent, with no memory for them but the record's; NULL: no memory. */
static struct smf_live_copy *borrow(const struct smf_source *lent)
{
    struct smf_live_copy *copy = calloc(1, sizeof *copy);
    if (copy == NULL)
        return NULL;
    copy->source = smf_source_memory(lent->bytes, (size_t)lent->size, SMF_STAYS_FOR_MODULE);
    copy->lent = *lent;
    copy->held = true;
    return copy;
}

/* "PLACE(NAME)"; allocated. */
static char *show(const char *place, const char *name)
{
    const size_t size = strlen(place) + strlen(name) + sizeof "()";
    char *shown = malloc(size);
    if (shown != NULL)
        snprintf(shown, size, "%s(%s)", place, name);
    return shown;
}

/* What was lent, held if its bytes stay, else read and given back. */
static struct smf_live_copy *take(struct smf_live *live, const char *name, const struct smf_source *lent,
                                  enum smf_status *status)
{
    struct smf_file file = {.source = *lent, .descriptor = -1};
    const bool stays = lent->bytes != NULL && lent->stay == SMF_STAYS_FOR_MODULE;
    *status = SMF_OK;
    struct smf_live_copy *copy = stays ? borrow(lent) : smf_live_copy_file(&file, status);
    if (copy == NULL && stays)
        *status = SMF_ERR_NO_MEMORY;
    if (copy == NULL || !copy->held)
        smf_provider_close(live->options.provider, name, lent);
    return copy;
}

struct smf_live_copy *smf_live_supply(struct smf_live *live, const char *name, struct smf_diagnosis *why,
                                      enum smf_status *status)
{
    struct smf_source lent;
    struct smf_location location;
    char place[PLACE_SIZE];
    struct smf_provider *provider = live->options.provider;
    /* Asked for first: bytes that are newer than their revision are only read once more. */
    *status = smf_provider_locate(provider, name, &location, place, sizeof place, why);
    if (*status == SMF_OK) {
        *status = smf_provider_open(provider, name, &lent);
        if (*status != SMF_OK) {
            char *shown = location.kind != SMF_ORIGIN_FILE ? show(place, name) : NULL;
            *why = provider->opened;
            smf_live_blame(live, shown != NULL ? shown : place);
            free(shown);
        }
    }
    struct smf_live_copy *copy = *status == SMF_OK ? take(live, name, &lent, status) : NULL;
    if (copy == NULL)
        return NULL;
    copy->given = true;
    copy->revision = location.revision;
    copy = smf_live_enter(live, copy, name, place, status);
    if (copy == NULL || location.kind == SMF_ORIGIN_FILE || (copy->shown = show(place, name)) != NULL)
        return copy;
    smf_live_drop(live, &copy->source);
    *status = SMF_ERR_NO_MEMORY;
    return NULL;
}

bool smf_live_may_differ(struct smf_live *live, const char *name)
{
    struct smf_location location;
    smf_live_lock(live);
    const struct smf_live_copy *copy = live->copies; /* newest first */
    while (copy != NULL && strcmp(copy->name, name) != 0)
        copy = copy->next;
    const bool known = copy != NULL && copy->given;
    const uint64_t revision = known ? copy->revision : 0;
    smf_live_unlock(live);
    return !known || smf_provider_locate(live->options.provider, name, &location, NULL, 0, NULL) != SMF_OK ||
           location.revision != revision;
}
