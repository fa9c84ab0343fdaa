/* SPDX-License-Identifier: MIT */
/*
 * command.h - what the verbs of `smf` share. A verb is a function of its own
 * file, int smf_command_<verb>(argc, argv) with argv[0] the verb; it returns the
 * exit status: 0, 1 after one line about what is wrong, 2 for wrong usage.
 */
#ifndef SMF_TOOLS_COMMAND_H
#define SMF_TOOLS_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "smf/debug.h"
#include "smf/host.h"

int smf_command_build(int argc, char **argv);
int smf_command_call(int argc, char **argv);
int smf_command_inspect(int argc, char **argv);
int smf_command_prelink(int argc, char **argv);
int smf_command_run(int argc, char **argv);
int smf_command_symbols(int argc, char **argv);
int smf_command_verify(int argc, char **argv);

/* "smf: FILE: WHAT" to standard error, what is not printable in FILE as '?'; returns 1. */
int smf_command_fail(const char *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with the one line of a diagnosis, or with errno's text for SMF_ERR_IO without one. */
int smf_command_refuse(const char *file, const struct smf_diagnosis *why);
int smf_command_unreadable(const char *file);

/* `help` to standard output if argv[1] is --help: true. */
bool smf_command_help(int argc, char **argv, const char *help);

/* "smf: VERB: WHAT; try smf VERB --help" to standard error; returns 2. */
int smf_command_misused(const char *verb, const char *what);

/* A text of a file made fit for a terminal: what is not printable becomes '?'. */
void smf_command_print_name(const char *name);

/* --- Looking at an image (open.c) ------------------------------------------------------------------ */

struct smf_opened {
    struct smf_file file;
    struct smf_image image;
    struct smf_section *sections;
};

/* Open a file as an image; 0, or 1 after the line about it. Close what was opened. */
int smf_command_open(struct smf_opened *opened, const char *path);
void smf_command_close(struct smf_opened *opened);

/* Where a kind of section lies: "code=ADDRESS[,rodata=ADDRESS][,data=ADDRESS]", in any order (bases.c). */
enum { BASE_CODE, BASE_RODATA, BASE_DATA, BASES };
struct smf_bases {
    uint64_t address[BASES];
    bool given[BASES];
};
bool smf_command_bases(const char *text, struct smf_bases *bases);

/* --- Loading into this process (load.c) ------------------------------------------------------------ */

/* Names without a provider, as they are found. */
struct smf_missing {
    char *names; /* "'b', 'c'": all but the first */
    size_t size, count;
};

struct smf_loaded {
    uint32_t abi; /* how its functions are called: SMF_ABI_..., or 0 */
    struct smf_file file;
    struct smf_loader loader;
    struct smf_module *module;
    void *arena;
    struct smf_missing missing;
    struct smf_debug *debug; /* gdb has been told of the module */
};

/* Load a module, or a C or C++ source through `smf build`, for this machine, start it; 0, or 1 after the line about it. */
int smf_command_load(struct smf_loaded *loaded, const char *path);

/* Call a function of it, which is not NULL, the way that it is to be called: as main, or with 8 integers (convention.c). */
int smf_command_call_main(const struct smf_loaded *loaded, void (*function)(void), int argc, char **argv);
int64_t smf_command_call_function(const struct smf_loaded *loaded, void (*function)(void), const int64_t a[8]);
/* How the functions of this file are called on this machine. */
uint32_t smf_command_convention(const struct smf_source *source);

/* Stop, unload, free. */
void smf_command_unload(struct smf_loaded *loaded);

/* A source: the module that it was compiled to, in the user's cache (compile.c). False after the line about it. */
bool smf_command_is_source(const char *path);
bool smf_command_compile(const char *path, char *module, size_t size);

#endif
