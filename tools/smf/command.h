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

#include "smf/codecs.h"
#include "smf/debug.h"
#include "smf/live.h"
#include "smf/workshop.h"

#include "places.h"

int smf_command_ar(int argc, char **argv);
int smf_command_build(int argc, char **argv);
int smf_command_call(int argc, char **argv);
int smf_command_inspect(int argc, char **argv);
int smf_command_instantiate(int argc, char **argv);
int smf_command_prelink(int argc, char **argv);
int smf_command_run(int argc, char **argv);
int smf_command_symbols(int argc, char **argv);
int smf_command_verify(int argc, char **argv);
int smf_command_watch(int argc, char **argv);

/* "smf: FILE: WHAT" to standard error, what is not printable in FILE as '?'; returns 1. */
int smf_command_fail(const char *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with the one line of a diagnosis, or with errno's text for SMF_ERR_IO without one. */
int smf_command_refuse(const char *file, const struct smf_diagnosis *why);
int smf_command_unreadable(const char *file);

/* `help` to standard output if argv[1] is --help: true. */
bool smf_command_help(int argc, char **argv, const char *help);

/* Folder of the headers that modules are written with, for smf_build_options.headers; NULL: there is none. */
const char *smf_command_headers(void);

/* "smf: VERB: WHAT; try smf VERB --help" to standard error; returns 2. */
int smf_command_misused(const char *verb, const char *what);
int smf_command_unknown(const char *verb, const char *option);

/* A text of a file made fit for a terminal: what is not printable becomes '?'. */
void smf_command_print_name(const char *name);

/* --- Looking at an image (open.c) ------------------------------------------------------------------ */

struct smf_opened {
    struct smf_file file;
    struct smf_source source; /* the file's, or whatever else the image is */
    struct smf_part part;     /* for a source that is part of another      */
    struct smf_image image;
    struct smf_section *sections;
};

/* Open a file for reading, unpacked if it is compressed as a whole; 0, or 1 after the line about it. */
int smf_command_open_file(struct smf_file *file, const char *path);

/* Bytes of a source that are there; false: they could not be read. */
bool smf_command_read(const struct smf_source *source, uint64_t offset, void *into, size_t size);

/* Open a file as an image; 0, or 1 after the line about it. Close what was opened. */
int smf_command_open(struct smf_opened *opened, const char *path);
void smf_command_close(struct smf_opened *opened);

/* The same for opened->source, which is there already, under the name by which errors call it; `opened` must not move. */
int smf_command_open_image(struct smf_opened *opened, const char *shown);
void smf_command_close_image(struct smf_opened *opened);

/* Every check that loading makes (verify.c); 0, or 1 after the line about it. */
int smf_command_check(struct smf_opened *opened, const char *shown);

/* verify_templates.c: what it has of templates, which loading does not look at; 0, or 1 after the line about it. */
int smf_command_check_templates(struct smf_image *image, const char *shown);

/* The interface hash of its exports (interface.c). */
enum smf_status smf_command_interface(struct smf_image *image, uint64_t *hash, struct smf_diagnosis *why);

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

/* What is to be loaded, and how: FILE and what stands before it. */
struct smf_loading {
    const char *file;
    const char *
        *libraries; /* --lib: files, libraries, or names to be looked for; both lists have room for all arguments */
    size_t library_count;
    const char **folders; /* --path */
    size_t folder_count;
    uint32_t checks;
    bool hot_reload;
    bool unstarted; /* nothing of it runs, and uses of templates are left open: see struct smf_loaded */
    const struct smf_instantiator_config *instantiator; /* NULL: the usual one */
};

/* Room for the options of so many arguments; false after the line about it. */
bool smf_command_start_loading(struct smf_loading *loading, int argc);
void smf_command_end_loading(struct smf_loading *loading);

/* argv[*at] is --lib or --path: take it and its value, *at is the next word: 1. Another word: 0. No value: -1. */
int smf_command_take_loading(struct smf_loading *loading, int argc, char **argv, int *at);

/* The same for a verb that has no other options, up to FILE, which is argv[*at] in the end. 0, or the exit status. */
int smf_command_parse_loading(struct smf_loading *loading, int argc, char **argv, int *at);

struct smf_command_path {
    char text[4096]; /* "" for a name */
    bool by_name;    /* to be looked for in the places     */
    bool is_place;   /* a library: one of the places itself */
};

struct smf_loaded {
    const struct smf_loading *loading; /* borrowed until it is unloaded */
    struct smf_command_path *paths;    /* of its libraries' modules, and of FILE's */
    uint32_t abi;                      /* how functions are called: SMF_ABI_..., or 0 */
    struct smf_places places;
    struct smf_live live;
    struct smf_workshop workshop;        /* makes instances of templates, where they call as this process does */
    struct smf_system_generics generics; /* it, as the system sees it */
    struct smf_module *module;           /* FILE's */
    struct smf_handle handle;
    struct smf_missing missing;
};

/* Load FILE and its libraries for this machine, modules or C and C++ sources through `smf build`, and start them; 0, or 1
 * after the line about it. */
int smf_command_load(struct smf_loaded *loaded, const struct smf_loading *loading);

/* The module that a file is, in `path`: itself, or what it is compiled to. False after the line about it. */
bool smf_command_module_path(const char *file, char *path, size_t size);

/* What the user calls the file of a module: a --lib, or FILE, also for NULL; or the path itself. */
const char *smf_command_shown(const struct smf_loaded *loaded, const char *path);

/* What is wrong after a load that failed, in one line with all names that nobody has; free() it, NULL without memory. */
char *smf_command_explain_load(struct smf_loaded *loaded, const struct smf_diagnosis *why);

/* Call a function of it, which is not NULL, the way that it is to be called: as main, or with 8 integers (convention.c). */
int smf_command_call_main(const struct smf_loaded *loaded, void (*function)(void), int argc, char **argv);
int64_t smf_command_call_function(const struct smf_loaded *loaded, void (*function)(void), const int64_t a[8]);
/* How the functions of this file are called on this machine. */
uint32_t smf_command_convention(const struct smf_source *source);

/* Numbers for a function: decimal or 0x.... 0, or 2 after a line about one that is none (call.c). */
enum { SMF_COMMAND_ARGUMENTS = 8 };
int smf_command_parse_numbers(const char *verb, int count, char **words, int64_t a[SMF_COMMAND_ARGUMENTS]);

/* Call a function of FILE with them and print what it returns; 0, or 1 after the line about it (call.c). */
int smf_command_call_symbol(const struct smf_loaded *loaded, const char *file, const char *symbol,
                            const int64_t a[SMF_COMMAND_ARGUMENTS]);

/* Stop, unload, free. */
void smf_command_unload(struct smf_loaded *loaded);

/* A source: the module that it was compiled to, in the user's cache (compile.c). False after the line about it. */
bool smf_command_is_source(const char *path);
bool smf_command_compile(const char *path, char *module, size_t size);

#endif
