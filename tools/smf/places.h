/* SPDX-License-Identifier: MIT */
/*
 * places.h - where --path and --lib say that modules are: folders and libraries, a finder over them, and a provider
 * that a live system asks by name.
 */
#ifndef SMF_TOOLS_PLACES_H
#define SMF_TOOLS_PLACES_H

#include <stdbool.h>
#include <stddef.h>

#include "smf/finder.h"
#include "smf/provider.h"

struct smf_places {
    struct smf_finder finder;
    struct smf_supplier supplier;
    struct smf_provider provider;
    void *arena;
    bool open;       /* there is a folder or a library to look in */
    char last[4096]; /* the path that was told of as passed over  */
};

/* Start with these folders; then add libraries, then look what is in the folders. 0, or 1 after the line about it. May not
 * move meanwhile. */
int smf_places_start(struct smf_places *places, const char *const *folders, size_t count);
int smf_places_add(struct smf_places *places, const char *library);
int smf_places_scan(struct smf_places *places);

/* After the system that asks it. */
void smf_places_end(struct smf_places *places);

/* Where this module lies, for people: "FILE", "LIBRARY(NAME)"; NULL: nowhere, or no memory. free() it. */
char *smf_places_of(struct smf_places *places, const char *name);

/* One line about a module that could not be had: of one that is not there it names the places; free() it, NULL without memory. */
char *smf_places_explain(struct smf_places *places, const struct smf_diagnosis *why);

#endif
