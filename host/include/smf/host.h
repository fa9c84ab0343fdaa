/* SPDX-License-Identifier: MIT */
/*
 * smf/host.h - what a hosted process adds to the loader: modules in files, and
 * its own C library as the provider of their imports. Since 0.1.
 */
#ifndef SMF_HOST_H
#define SMF_HOST_H

#include "smf/load.h"
#include "smf/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Files ---------------------------------------------------------------------------------------- */

/* A regular file as a source. Fields are for reading; close it after the last use of `source`. */
struct smf_file {
    struct smf_source source; /* hand this to smf_load() or smf_image_open() */
    void *mapping;            /* NULL when the file is read by position      */
    int descriptor;           /* -1 when its bytes are unpacked              */
    uint8_t packing;          /* enum smf_packing (smf/codecs.h): what smf_file_unpack() found ... */
    uint64_t packed_size;     /* ... in a file of so many bytes; `source` has what came out        */
    void *unpacked;
};

/*
 * Map a file, read-only and private. Its bytes stay until smf_file_close(), so
 * names are used where they lie. A process that truncates the file meanwhile
 * makes this one fault: for files of strangers prefer smf_file_open().
 * SMF_ERR_IO: errno says why.
 */
SMF_MUST_CHECK
enum smf_status smf_file_map(struct smf_file *file, const char *path);

/* Open a file that is read piece by piece: nothing that others do to it can hurt. SMF_ERR_IO: errno says why. */
SMF_MUST_CHECK
enum smf_status smf_file_open(struct smf_file *file, const char *path);

void smf_file_close(struct smf_file *file);

/* --- The C library as a provider ------------------------------------------------------------------ */

/*
 * A resolver (config.resolve; config.resolve_context is not used) that answers
 * with what the dynamic linker knows: the C library, the program itself if it
 * exports symbols, and, opened when a name is missing, libstdc++ for C++ names,
 * libgcc_s for the compiler's helpers, libm for the rest.
 *
 * `atexit` and `__cxa_atexit` are its own: what a started module registers is
 * kept under that module and run by smf_libc_stop().
 *
 * For modules that call the System V way (SMF_MODULE_CALL). Where the C library does not, on Windows, the answer is a
 * function of that convention which calls it, and there is one for the usual part of C only: memory, strings,
 * characters, numbers, printf, files, mathematics, qsort, exit. `long` has 64 bits in them, as in such modules.
 * Not C++.
 */
SMF_MUST_CHECK
enum smf_status smf_libc_resolve(void *context, const struct smf_binding_request *request,
                                 struct smf_binding_answer *answer);

#if defined(__x86_64__)
/*
 * The same for modules that call Microsoft's way (SMF_ABI_X86_64_MICROSOFT). On Windows: what the C library and the
 * program itself export, where `long` has 32 bits. Elsewhere: the part of C above, with a long of 64 bits, as gcc
 * -mabi=ms has it; format a 64-bit number with %lld for both.
 */
SMF_MUST_CHECK
enum smf_status smf_libc_resolve_microsoft(void *context, const struct smf_binding_request *request,
                                           struct smf_binding_answer *answer);
#endif

/*
 * Start a module that was bound with smf_libc_resolve(): like
 * smf_module_start(), and what it registers with atexit from now on is filed
 * under it. With the `source` that it was loaded from, exceptions can be thrown
 * through it, too (not on Windows); NULL: they end the process. SMF_ERR_NO_MEMORY: not
 * started. A process that ends by exit() stops the modules that were not
 * stopped, newest first.
 */
SMF_MUST_CHECK
enum smf_status smf_libc_start(struct smf_module *module, const struct smf_source *source);

/* Run what the module registered, newest first, then its .fini_array. Once; before smf_unload(). */
void smf_libc_stop(struct smf_module *module);

#ifdef __cplusplus
}
#endif

#endif
