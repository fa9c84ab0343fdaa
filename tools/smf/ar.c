/* SPDX-License-Identifier: MIT */
/* ar.c - `smf ar`: which verbs there are for libraries; list and verify, which only look. */
#include "ar.h"

#include <stdio.h>
#include <string.h>

#include "shelf.h"

static const char help[] = "usage: smf ar create LIB.lsm [NAME=]FILE...\n"
                           "       smf ar list [--json] LIB.lsm\n"
                           "       smf ar extract LIB.lsm [NAME...]\n"
                           "       smf ar verify LIB.lsm...\n"
                           "A library is one file with many modules, each under a name such as std/io/mod, and with a\n"
                           "native object stored beside it if wished. `smf ar VERB --help` says more.\n";

static const char list_help[] =
    "usage: smf ar list [--json] LIB.lsm\n"
    "Names of the modules, one a line, in the order of the library. --json: an array of objects with name, offset, "
    "size,\n"
    "object_offset, object_size, hash and object_hash. smf inspect says what else there is.\n";

static const char verify_help[] =
    "usage: smf ar verify LIB.lsm...\n"
    "Everything of a library: entries, their order, hashes of the index, of modules and objects and of the whole; then "
    "each\n"
    "module in it as `smf verify` does. One line for each library that is good, one for each module that is not.\n";

int smf_ar_misused(const char *verb, const char *what)
{
    char line[64];
    snprintf(line, sizeof line, "ar %s", verb);
    return smf_command_misused(line, what);
}

int smf_ar_unknown(const char *verb, const char *option)
{
    char line[64];
    snprintf(line, sizeof line, "ar %s", verb);
    return smf_command_unknown(line, option);
}

/* 0, or 1 after the line about it: here a file has to be a library. */
static int open_library(struct smf_shelf *shelf, const char *path)
{
    const int result = smf_shelf_open(shelf, path);
    return result < 0 ? smf_command_refuse(path, &shelf->why) : result;
}

static int list(int argc, char **argv)
{
    static struct smf_shelf shelf;
    const char *path = NULL;
    bool json = false;
    if (smf_command_help(argc, argv, list_help))
        return 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (path != NULL || argv[i][0] == '-')
            return argv[i][0] == '-' ? smf_ar_unknown("list", argv[i]) : smf_ar_misused("list", "one LIB only");
        else
            path = argv[i];
    }
    if (path == NULL)
        return smf_ar_misused("list", "LIB is missing");
    if (open_library(&shelf, path) != 0)
        return 1;
    const int result = smf_shelf_list(&shelf, json);
    smf_shelf_close(&shelf);
    return result;
}

static int verify(int argc, char **argv)
{
    static struct smf_shelf shelf;
    int result = 0;
    if (smf_command_help(argc, argv, verify_help))
        return 0;
    if (argc < 2)
        return smf_ar_misused("verify", "LIB is missing");
    for (int i = 1; i < argc; i++) {
        if (open_library(&shelf, argv[i]) != 0) {
            result = 1;
            continue;
        }
        result |= smf_shelf_verify(&shelf, true);
        smf_shelf_close(&shelf);
    }
    return result;
}

int smf_command_ar(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*function)(int argc, char **argv);
    } verbs[] = {
        {"create",  smf_ar_create },
        {"list",    list          },
        {"extract", smf_ar_extract},
        {"verify",  verify        }
    };
    if (smf_command_help(argc, argv, help))
        return 0;
    for (size_t i = 0; argc >= 2 && i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].function(argc - 1, argv + 1);
    return smf_command_misused("ar", "create, list, extract or verify must follow");
}
