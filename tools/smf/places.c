/* SPDX-License-Identifier: MIT */
/* places.c - folders and libraries as the places of a provider. */
#include "places.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

enum { ARENA_SIZE = 1 << 22, MODULES_MOST = 1024 }; /* of memory that is taken as it is used */

/* What a search passes over is said once, as long as it is the same. */
static void tell(void *context, const char *path, const struct smf_diagnosis *why)
{
    char line[512];
    struct smf_places *places = context;
    if (strcmp(places->last, path) == 0)
        return;
    snprintf(places->last, sizeof places->last, "%s", path);
    if (why->status == SMF_ERR_IO && why->detail == SMF_DETAIL_NONE)
        snprintf(line, sizeof line, "%s", strerror(errno));
    else
        smf_diagnosis_format(why, line, sizeof line);
    (void)smf_command_fail(path, "is passed over: %s", line);
}

int smf_places_start(struct smf_places *places, const char *const *folders, size_t count)
{
    memset(places, 0, sizeof *places);
    const struct smf_finder_options options = {
        .flags = SMF_FINDER_NO_OBJECTS, .skipped = tell, .skipped_context = places};
    enum smf_status status = smf_finder_start(&places->finder, &options);
    for (size_t i = 0; i < count && status == SMF_OK; i++)
        status = folders[i][0] != '\0' ? smf_finder_add_folder(&places->finder, folders[i]) : SMF_OK;
    places->supplier = smf_finder_supplier("--path and --lib", &places->finder);
    places->arena = malloc(ARENA_SIZE);
    const struct smf_provider_config config = {
        .suppliers = &places->supplier,
        .supplier_count = 1,
        .arena = places->arena,
        .arena_size = ARENA_SIZE,
        .enable_cache = true,
        .modules = {.entries = MODULES_MOST, .bytes = UINT64_MAX},
    };
    if (status == SMF_OK)
        status = places->arena != NULL ? smf_provider_start(&places->provider, &config) : SMF_ERR_NO_MEMORY;
    places->open = count != 0;
    if (status == SMF_OK)
        return 0;
    smf_finder_close(&places->finder);
    free(places->arena);
    return smf_command_fail("--path", "cannot be searched: %s", smf_status_name(status));
}

int smf_places_add(struct smf_places *places, const char *library)
{
    struct smf_diagnosis why;
    const enum smf_status status = smf_finder_add_library(&places->finder, library, &why);
    places->open |= status == SMF_OK;
    if (status == SMF_OK)
        return 0;
    return status == SMF_ERR_IO && why.detail == SMF_DETAIL_NONE ? smf_command_unreadable(library)
                                                                 : smf_command_refuse(library, &why);
}

int smf_places_scan(struct smf_places *places)
{
    const enum smf_status status = smf_finder_scan(&places->finder);
    return status == SMF_OK ? 0 : smf_command_fail("--path", "cannot be searched: %s", smf_status_name(status));
}

void smf_places_end(struct smf_places *places)
{
    smf_provider_finish(&places->provider);
    smf_finder_close(&places->finder);
    free(places->arena);
    memset(places, 0, sizeof *places);
}

char *smf_places_of(struct smf_places *places, const char *name)
{
    struct smf_finder_location location;
    if (smf_finder_locate(&places->finder, name, &location, NULL) != SMF_OK)
        return NULL;
    const size_t size = strlen(location.path) + strlen(name) + sizeof "()";
    char *shown = malloc(size);
    if (shown != NULL)
        snprintf(shown, size, location.kind == SMF_ORIGIN_LIBRARY ? "%s(%s)" : "%s", location.path, name);
    return shown;
}

char *smf_places_explain(struct smf_places *places, const struct smf_diagnosis *why)
{
    char line[512];
    const char *where = NULL;
    if (why->status == SMF_ERR_IO && why->detail == SMF_DETAIL_NONE)
        snprintf(line, sizeof line, "%s", strerror(errno));
    else if (why->detail == SMF_DETAIL_NO_MODULE && (where = smf_finder_places(&places->finder)) != NULL)
        snprintf(line, sizeof line, "there is no module '%s' in ", why->name);
    else
        smf_diagnosis_format(why, line, sizeof line);
    const size_t size = strlen(line) + (where != NULL ? strlen(where) : 0) + 1;
    char *text = malloc(size);
    if (text == NULL)
        return NULL;
    snprintf(text, size, "%s%s", line, where != NULL ? where : "");
    for (char *at = text; *at != '\0'; at++) /* names come from files */
        if (*at < ' ' || *at > '~')
            *at = '?';
    return text;
}
