/* SPDX-License-Identifier: MIT */
/*
 * ar_extract.c - `smf ar extract`: modules out of a library into files. The
 * names are the library's, so they are proven, all of them, and so is what they
 * stand for, before the first file is written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ar.h"
#include "put.h"
#include "shelf.h"

static const char help[] = "usage: smf ar extract [-C DIR] [--objects] LIB.lsm [NAME...]\n"
                           "Write each module, or only those named, to NAME.smf below the current folder; a name like "
                           "std/io/mod makes folders.\n"
                           "  -C DIR      below DIR, which must be there\n"
                           "  --objects   also the native objects stored beside them, to NAME.o\n"
                           "No name leads out of the folder: '..', absolute names, backslashes, colons and control "
                           "characters are refused, links\n"
                           "below it are not followed. Names and hashes of all are checked before anything is written. "
                           "Each file is written whole\n"
                           "or not at all, and takes the place of one that is there.\n";

/* One file that is to be. */
struct output {
    char name[SMF_LIBRARY_NAME_SIZE + 4];
    struct smf_library_entry entry;
    bool object;
};

struct extraction {
    const char *library, *folder;
    const char **names;
    size_t name_count;
    bool objects;
    struct smf_shelf shelf;
    struct output *outputs;
    size_t count, capacity;
};

static bool add_output(struct extraction *extraction, const struct smf_library_entry *entry, bool object)
{
    if (extraction->count == extraction->capacity) {
        const size_t capacity = extraction->capacity != 0 ? 2 * extraction->capacity : 16;
        struct output *more = realloc(extraction->outputs, capacity * sizeof *more);
        if (more == NULL)
            return false;
        extraction->outputs = more;
        extraction->capacity = capacity;
    }
    struct output *output = &extraction->outputs[extraction->count++];
    snprintf(output->name, sizeof output->name, "%s.%s", entry->name, object ? "o" : "smf");
    output->entry = *entry;
    output->object = object;
    return true;
}

/* Prove one entry, its name and its payloads. */
static int plan(struct extraction *extraction, const struct smf_library_entry *entry)
{
    struct smf_shelf *shelf = &extraction->shelf;
    struct smf_shelf_name shown;
    smf_shelf_name(shelf->path, entry->name, &shown);
    const char *fault = smf_name_fault(entry->name);
    if (fault == NULL)
        fault = smf_put_fault(entry->name);
    if (fault != NULL)
        return smf_command_fail(shown.text, "the name %s", fault);
    if (smf_library_check_entry(&shelf->library, entry, &shelf->why) != SMF_OK)
        return smf_command_refuse(shown.text, &shelf->why);
    const bool object = extraction->objects && entry->object_size != 0;
    if (!add_output(extraction, entry, false) || (object && !add_output(extraction, entry, true)))
        return smf_command_fail(shown.text, "out of memory");
    return 0;
}

static int compare(const void *first, const void *second)
{
    return smf_put_compare(((const struct output *)first)->name, ((const struct output *)second)->name);
}

/* No two of them may be one file: that would hold whichever came last. */
static int check_outputs(struct extraction *extraction)
{
    struct output *outputs = extraction->outputs;
    if (extraction->count > 1)
        qsort(outputs, extraction->count, sizeof *outputs, compare);
    for (size_t i = 1; i < extraction->count; i++)
        if (compare(&outputs[i - 1], &outputs[i]) == 0) {
            struct smf_shelf_name shown;
            smf_shelf_name(extraction->library, outputs[i].entry.name, &shown);
            return smf_command_fail(shown.text, "is there twice");
        }
    return 0;
}

static int plan_all(struct extraction *extraction)
{
    struct smf_shelf *shelf = &extraction->shelf;
    struct smf_library_entry entry;
    for (size_t i = 0; i < extraction->name_count; i++)
        if (smf_shelf_find(shelf, extraction->names[i], &entry) != 0 || plan(extraction, &entry) != 0)
            return 1;
    for (uint32_t i = 0; i < shelf->library.count && extraction->name_count == 0; i++)
        if (smf_shelf_entry(shelf, i, &entry) != 0 || plan(extraction, &entry) != 0)
            return 1;
    return check_outputs(extraction);
}

static int write_output(struct extraction *extraction, const struct smf_put_folder *folder, const struct output *output)
{
    const struct smf_library *library = &extraction->shelf.library;
    struct smf_part part;
    struct smf_source source;
    struct smf_shelf_name shown;
    smf_shelf_name(extraction->library, output->entry.name, &shown);
    const enum smf_status status = output->object ? smf_library_object(library, &output->entry, &part, &source)
                                                  : smf_library_module(library, &output->entry, &part, &source);
    if (status != SMF_OK)
        return smf_command_fail(shown.text, "does not lie in the file");
    uint8_t *bytes = smf_command_read_all(&source, shown.text);
    if (bytes == NULL)
        return 1;
    int result = 0;
    if (!smf_put_below(folder, output->name, bytes, (size_t)source.size)) {
        char path[4096];
        snprintf(path, sizeof path, "%.4000s/%s", extraction->folder, output->name);
        result = smf_command_unreadable(path);
    }
    free(bytes);
    return result;
}

static int extract(struct extraction *extraction)
{
    struct smf_put_folder folder;
    int result = smf_shelf_open(&extraction->shelf, extraction->library);
    if (result != 0)
        return result > 0 ? result : smf_command_refuse(extraction->library, &extraction->shelf.why);
    result = plan_all(extraction);
    if (result == 0 && !smf_put_folder_open(&folder, extraction->folder)) {
        result = smf_command_unreadable(extraction->folder);
    } else if (result == 0) {
        for (size_t i = 0; i < extraction->count && result == 0; i++)
            result = write_output(extraction, &folder, &extraction->outputs[i]);
        smf_put_folder_close(&folder);
    }
    smf_shelf_close(&extraction->shelf);
    return result;
}

/* 0, or the exit status. */
static int parse(struct extraction *extraction, int argc, char **argv)
{
    bool only_names = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (!only_names && strcmp(word, "--") == 0)
            only_names = true;
        else if (!only_names && strcmp(word, "--objects") == 0)
            extraction->objects = true;
        else if (!only_names && strcmp(word, "-C") == 0 && i + 1 < argc)
            extraction->folder = argv[++i];
        else if (!only_names && word[0] == '-')
            return strcmp(word, "-C") == 0 ? smf_ar_misused("extract", "a folder must follow -C")
                                           : smf_ar_unknown("extract", word);
        else if (extraction->library == NULL)
            extraction->library = word;
        else
            extraction->names[extraction->name_count++] = word;
    }
    return extraction->library != NULL ? 0 : smf_ar_misused("extract", "LIB is missing");
}

int smf_ar_extract(int argc, char **argv)
{
    static struct extraction extraction = {.folder = "."};
    if (smf_command_help(argc, argv, help))
        return 0;
    extraction.names = calloc((size_t)argc, sizeof *extraction.names);
    int result = extraction.names != NULL ? parse(&extraction, argc, argv) : smf_command_fail(argv[0], "out of memory");
    if (result == 0)
        result = extract(&extraction);
    free(extraction.outputs);
    free(extraction.names);
    return result;
}
