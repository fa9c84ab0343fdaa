/* SPDX-License-Identifier: MIT */
/* main.c - the `smf` command: which verbs there are. */
#include <stdio.h>
#include <string.h>

#include "command.h"

static const struct verb {
    const char *name, *summary;
    int (*function)(int argc, char **argv);
} verbs[] = {
    {"build",       "C and C++ sources, ELF objects and archives -> one module",        smf_command_build      },
    {"inspect",     "what is in a file: header, sections, symbols, relocations, notes", smf_command_inspect    },
    {"ar",          "libraries: put modules together, list, take out, verify",          smf_command_ar         },
    {"verify",      "every check that loading makes, for any architecture",             smf_command_verify     },
    {"prelink",     "relocate a module for fixed addresses: executed where it lies",    smf_command_prelink    },
    {"symbols",     "what a debugger needs for a module on a board",                    smf_command_symbols    },
    {"run",         "load a module for this host and call its entry like main",         smf_command_run        },
    {"watch",       "run a module, reload it whenever its file changes",                smf_command_watch      },
    {"call",        "call one function with 64-bit integers, print the result",         smf_command_call       },
    {"instantiate", "make code of templates, say what it is and how long that takes",   smf_command_instantiate},
};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

static int usage(FILE *to, int status)
{
    fputs("usage: smf VERB ARGUMENT...\n", to);
    for (int i = 0; i < VERBS; i++)
        fprintf(to, "  %-11s %s\n", verbs[i].name, verbs[i].summary);
    fputs("smf VERB --help says more. Exit status: 0; 1 something is wrong, one line says what; 2 wrong usage.\n", to);
    return status;
}

int main(int argc, char **argv)
{
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return usage(stdout, 0);
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return printf("smf %d.%d\n", SMF_API_VERSION_MAJOR, SMF_API_VERSION_MINOR) < 0;
    for (int i = 0; argc >= 2 && i < VERBS; i++) {
        if (strcmp(argv[1], verbs[i].name) != 0)
            continue;
        int status = verbs[i].function(argc - 1, argv + 1);
        if (fflush(stdout) != 0 && status == 0)
            status = smf_command_fail("standard output", "cannot be written");
        return status;
    }
    if (argc >= 2)
        fprintf(stderr, "smf: there is no verb '%s'\n", argv[1]);
    return usage(stderr, 2);
}
