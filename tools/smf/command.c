/* SPDX-License-Identifier: MIT */
/* command.c - how verbs speak: one line for each error. */
#include "command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_name(FILE *to, const char *name)
{
    for (; *name != '\0'; name++)
        fputc(*name >= ' ' && *name <= '~' ? *name : '?', to);
}

void smf_command_print_name(const char *name) { put_name(stdout, name); }

int smf_command_fail(const char *file, const char *format, ...)
{
    va_list arguments;
    fflush(stdout);
    fputs("smf: ", stderr);
    put_name(stderr, file);
    fputs(": ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return 1;
}

int smf_command_refuse(const char *file, const struct smf_diagnosis *why)
{
    char line[512];
    smf_diagnosis_format(why, line, sizeof line);
    return smf_command_fail(file, "%s", line);
}

int smf_command_unreadable(const char *file) { return smf_command_fail(file, "%s", strerror(errno)); }

bool smf_command_help(int argc, char **argv, const char *help)
{
    if (argc < 2 || strcmp(argv[1], "--help") != 0)
        return false;
    fputs(help, stdout);
    return true;
}

int smf_command_misused(const char *verb, const char *what)
{
    fprintf(stderr, "smf: %s: %s; try smf %s --help\n", verb, what, verb);
    return 2;
}

int smf_command_unknown(const char *verb, const char *option)
{
    fprintf(stderr, "smf: %s: unknown option %s; try smf %s --help\n", verb, option, verb);
    return 2;
}
