/* SPDX-License-Identifier: MIT */
/* finder_names.c - names that may be looked for, and what a finder says of those that it could not use. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "finder.h"

static bool component_fits(const char *component, size_t length)
{
    if (length == 0 || (component[0] == '.' && (length == 1 || (length == 2 && component[1] == '.'))))
        return false;
    for (size_t i = 0; i < length; i++) {
        const unsigned char byte = (unsigned char)component[i];
        if (byte < ' ' || byte == 127 || byte == '\\' || byte == ':')
            return false;
    }
    return smf_beneath_plain(component, length);
}

bool smf_finder_name_fits(const char *name)
{
    if (strlen(name) > SMF_FINDER_NAME_MAX)
        return false;
    for (const char *at = name;; at++) {
        const size_t length = strcspn(at, "/");
        if (!component_fits(at, length))
            return false;
        at += length;
        if (*at == '\0')
            return true;
    }
}

size_t smf_finder_stem(const char *name)
{
    static const char *const endings[] = {".smf", ".sme", ".lsm"};
    const size_t length = strlen(name);
    if (length <= 4 || name[length - 5] == '/')
        return 0;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (strcmp(name + length - 4, endings[i]) == 0)
            return length - 4;
    return 0;
}

char *smf_finder_join(const char *folder, const char *inside)
{
    const size_t first = strlen(folder), second = strlen(inside);
    char *path = malloc(first + second + 2);
    if (path == NULL)
        return NULL;
    memcpy(path, folder, first);
    path[first] = '/';
    memcpy(path + first + 1, inside, second + 1);
    return path;
}

/* The name as a diagnosis keeps it: cut, if it must be, at its end. */
static void keep_name(struct smf_diagnosis *why, const char *name)
{
    const size_t length = strlen(name), most = sizeof why->name - 1;
    memcpy(why->name, name, length < most ? length : most);
    why->name[length < most ? length : most] = '\0';
    if (length > most)
        why->name[most - 1] = '~';
}

enum smf_status smf_finder_fail(struct smf_diagnosis *why, enum smf_detail detail, const char *name)
{
    memset(why, 0, sizeof *why);
    why->status = (enum smf_status)(-((int)detail / 64));
    why->detail = detail;
    keep_name(why, name);
    return why->status;
}

enum smf_status smf_finder_status(struct smf_diagnosis *why, enum smf_status status)
{
    memset(why, 0, sizeof *why);
    return why->status = status;
}

void smf_finder_tell(const struct smf_finder *finder, const char *path, const struct smf_diagnosis *why)
{
    const int error = errno;
    if (finder->options.skipped != NULL)
        finder->options.skipped(finder->options.skipped_context, path, why);
    errno = error;
}

void smf_finder_blame(struct smf_finder *finder, const char *path)
{
    const int error = errno;
    free(finder->failed);
    finder->failed = path != NULL ? strdup(path) : NULL;
    errno = error;
}

bool smf_finder_passes(const struct smf_diagnosis *why)
{
    return why->detail == SMF_DETAIL_LEADS_OUT || why->detail == SMF_DETAIL_NO_FILE ||
           why->detail == SMF_DETAIL_NO_ENTRY;
}
