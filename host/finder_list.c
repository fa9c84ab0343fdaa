/* SPDX-License-Identifier: MIT */
/* finder_list.c - what there is: every name once, and every place. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "finder.h"

/* ---- Names ---- */

/* Names of one library. What is wrong with an entry is told, and ends it. */
static bool add_library(struct smf_finder *finder, struct smf_finder_library *library, struct smf_finder_names *names)
{
    struct smf_diagnosis why;
    struct smf_library_entry entry;
    enum smf_status status = smf_finder_revive(finder, library, &why);
    for (uint32_t i = 0; status == SMF_OK && i < library->library.count; i++) {
        status = smf_library_entry(&library->library, i, &entry, &why);
        if (status == SMF_OK && smf_finder_name_fits(entry.name) &&
            !smf_finder_add_name(names, entry.name, strlen(entry.name)))
            return false;
    }
    if (status != SMF_OK)
        smf_finder_tell(finder, library->path, &why);
    return true;
}

static bool add_libraries(struct smf_finder *finder, const struct smf_finder_folder *folder,
                          struct smf_finder_names *names)
{
    for (struct smf_finder_library *library = finder->libraries; library != NULL; library = library->next)
        if (library->folder == folder && !add_library(finder, library, names))
            return false;
    return true;
}

/* Is this file one that a name may mean? */
static bool is_module(struct smf_finder *finder, const struct smf_finder_folder *folder, const char *inside,
                      bool *enough)
{
    struct smf_diagnosis why;
    struct smf_finder_found found;
    smf_finder_blame(finder, NULL);
    const enum smf_status status = smf_finder_try_file(finder, folder->path, inside, &found, &why);
    *enough = status != SMF_ERR_NO_MEMORY;
    if (status != SMF_OK) {
        if (*enough && status != SMF_ERR_NOT_FOUND)
            smf_finder_tell(finder, smf_finder_failed(finder) != NULL ? smf_finder_failed(finder) : inside, &why);
        return false;
    }
    const bool empty = found.look.size == 0;
    smf_finder_close_file(&found);
    return !empty;
}

static bool add_files(struct smf_finder *finder, const struct smf_finder_folder *folder, struct smf_finder_names *names)
{
    struct smf_finder_names files;
    if (smf_finder_walk(finder, folder, &files) != SMF_OK)
        return false;
    bool enough = true;
    for (size_t i = 0; i < files.count && enough; i++)
        if (is_module(finder, folder, files.names[i], &enough))
            enough = smf_finder_add_name(names, files.names[i], smf_finder_stem(files.names[i]));
    smf_finder_free_names(&files);
    return enough;
}

/* By name; of one name the first first. */
static int compare(const void *a, const void *b)
{
    char *const *first = *(char **const *)a, *const *second = *(char **const *)b;
    const int order = strcmp(*first, *second);
    return order != 0 ? order : first < second ? -1 : 1;
}

/* Of each name only the first stays; the others become "". */
static bool thin_out(struct smf_finder_names *names)
{
    if (names->count < 2)
        return true;
    char ***sorted = calloc(names->count, sizeof *sorted);
    if (sorted == NULL)
        return false;
    for (size_t i = 0; i < names->count; i++)
        sorted[i] = &names->names[i];
    qsort(sorted, names->count, sizeof *sorted, compare);
    for (size_t i = names->count - 1; i > 0; i--)
        if (strcmp(*sorted[i], *sorted[i - 1]) == 0)
            (*sorted[i])[0] = '\0';
    free(sorted);
    return true;
}

int smf_finder_list(struct smf_finder *finder, int (*each)(void *context, const char *name), void *context)
{
    struct smf_finder_names names = {.count = 0};
    bool enough = add_libraries(finder, NULL, &names);
    for (const struct smf_finder_folder *folder = finder->folders; folder != NULL && enough; folder = folder->next)
        enough = add_files(finder, folder, &names) && add_libraries(finder, folder, &names);
    enough = enough && thin_out(&names);
    int answer = enough ? 0 : SMF_ERR_NO_MEMORY;
    for (size_t i = 0; i < names.count && answer == 0; i++)
        if (names.names[i][0] != '\0')
            answer = each(context, names.names[i]);
    smf_finder_free_names(&names);
    return answer;
}

/* ---- Places ---- */

static size_t put(char *line, size_t at, const char *path)
{
    const size_t length = strlen(path);
    if (line != NULL) {
        memcpy(line + at, ", ", 2);
        memcpy(line + at + 2, path, length);
    }
    return at + 2 + length;
}

static size_t put_libraries(const struct smf_finder *finder, const struct smf_finder_folder *folder, char *line,
                            size_t at)
{
    for (const struct smf_finder_library *library = finder->libraries; library != NULL; library = library->next)
        if (library->folder == folder)
            at = put(line, at, library->path);
    return at;
}

/* Each place behind a ", "; `line` NULL: its length only. */
static size_t write_places(const struct smf_finder *finder, char *line)
{
    size_t at = put_libraries(finder, NULL, line, 0);
    for (const struct smf_finder_folder *folder = finder->folders; folder != NULL; folder = folder->next) {
        at = put(line, at, folder->path);
        at = put_libraries(finder, folder, line, at);
    }
    return at;
}

const char *smf_finder_places(struct smf_finder *finder)
{
    const size_t size = write_places(finder, NULL);
    char *line = malloc(size + 1);
    if (line == NULL)
        return NULL;
    line[write_places(finder, line)] = '\0';
    free(finder->places);
    finder->places = line;
    return size != 0 ? line + 2 : line;
}
