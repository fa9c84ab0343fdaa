/* SPDX-License-Identifier: MIT */
/*
 * smf/build.h - from sources, ELF objects and archives to one module.
 *
 * Since 0.1. A small static linker for the host: it merges sections by kind,
 * settles what does not depend on addresses, and writes a canonical module
 * (or R96, R72). `smf build` and smf_add_module() are thin shells over it.
 */
#ifndef SMF_BUILD_H
#define SMF_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/format.h"
#include "smf/image.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A module that must be there. */
struct smf_build_need {
    const char *name;
    uint64_t interface_hash; /* the interface it was built against (smf/interface.h); 0: any */
};

/* What to build. Everything is borrowed until smf_build() returns. Zero or NULL means the default. */
struct smf_build_options {
    const char *const *inputs; /* sources (.c .cc .cpp .cxx .C .s .S), ELF objects, archives; told apart by content */
    size_t input_count;
    const char *output;     /* default: the first input's base name with the suffix .smf            */
    const char *cc;         /* compiler driver, may hold arguments; default $CC, else cc or c++     */
    const char *cflags;     /* more arguments, separated by blanks; '...' and "..." keep blanks      */
    const char *headers;    /* folder with the headers that modules are written with (smf/module.h, smf/generic.h,
                             * smf/instance.h), searched after all others; NULL: whatever the compiler finds */
    const char *arch;       /* "x86_64" "aarch64" "riscv64" "riscv32" "arm": anything else is refused */
    const char *platform;   /* "linux" "windows" "macos" "freebsd" "none" "any"; default: x86_64 linux
                                   * (windows with Microsoft's calls), arm none, others any (ELF objects do not say) */
    const char *entry;      /* entry function; default: main, if the inputs define it               */
    const char *name;       /* module name; default: the output's base name without its suffix     */
    uint16_t version[3];    /* of the module                                                        */
    uint32_t state_version; /* of its .keep.* sections                                              */
    /* Modules that must be there. */
    const struct smf_build_need *needs;
    size_t needs_count;
    const void *stub; /* bytes to stand in front of the module, e.g. a "#!" line             */
    size_t stub_size;
    enum smf_layout layout; /* SMF_LAYOUT_R72 is 0: set it                                          */
    uint8_t compression;    /* SMF_COMPRESSION_...: of Code, Data, RoData and Debug sections, each where that makes it
                            * smaller. Needs liblz4 and libzstd where this was built; canonical only       */
    bool reloadable;
    bool debug;           /* -g: also write OUTPUT with .elf added                                */
    bool no_helpers;      /* leave the compiler's helper library (libgcc) alone                   */
    bool no_undefined;    /* undefined symbols are errors                                         */
    bool template_source; /* pack the C source of templates beside their code                */
};

/* What came of it. */
struct smf_build_report {
    char message[1024];    /* after a failure: one line "FILE(section+offset): what"; else "" */
    char output[4096];     /* the file written                                               */
    uint64_t size;         /* of that file, bytes                                            */
    uint32_t object_count; /* taken, members of archives included                            */
    uint32_t symbol_count, import_count, export_count;
    uint32_t relocation_count, settled_count;
};

/*
 * Build one module. 0, or 1 with report->message set; then no output file is
 * written or changed. Temporary files are always removed. Runs compilers
 * without a shell. Not to be called by two threads at once with one output.
 * Running out of memory ends the process.
 */
int smf_build(const struct smf_build_options *options, struct smf_build_report *report);

#ifdef __cplusplus
}
#endif

#endif
