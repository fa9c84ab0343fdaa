/* SPDX-License-Identifier: MIT */
/* host.h - private to host: what its files have to do with each other. */
#ifndef SMF_HOST_PRIVATE_H
#define SMF_HOST_PRIVATE_H

#include <stdio.h>

#include "smf/host.h"

/* Make a module's .eh_frame known to the unwinder; NULL if it has none or nothing here can throw. */
const void *smf_frames_register(const struct smf_module *module, const struct smf_source *source);
void smf_frames_unregister(const void *frames);

/* An open regular file of so many bytes as a source that is read by position; it closes the descriptor. */
void smf_file_adopt(struct smf_file *file, int descriptor, uint64_t size);

/* --- Endings (endings.c) --------------------------------------------------------------------------- */

/* File a function of one argument, of either convention, under the started module that has one of these addresses.
 * 1: none has. -1: no memory. */
int smf_ending_file(uintptr_t function, void *argument, const uintptr_t *addresses, size_t count);

/* __cxa_atexit and atexit for modules that call the way this process does. */
int smf_ending_cxa_atexit(void (*function)(void *), void *argument, void *handle);
int smf_ending_atexit(void (*function)(void));

/* The process's own, for what belongs to no module; -1 where it has none. */
int smf_process_cxa_atexit(void (*function)(void *), void *argument, void *handle);

/* --- The other convention of x86-64 (foreign.c) ---------------------------------------------------- */

/* How modules call that do not call the way this process does. */
#if defined(__x86_64__)
#if defined(_WIN32)
#define SMF_FOREIGN_CALL __attribute__((sysv_abi))
#define smf_foreign_list __builtin_sysv_va_list
#define smf_foreign_start __builtin_sysv_va_start
#define smf_foreign_end __builtin_sysv_va_end
#else
#define SMF_FOREIGN_CALL __attribute__((ms_abi))
#define smf_foreign_list __builtin_ms_va_list
#define smf_foreign_start __builtin_ms_va_start
#define smf_foreign_end __builtin_ms_va_end
#endif

/* The resolver for such modules: the part of the C library that is here as functions of their convention. */
SMF_MUST_CHECK
enum smf_status smf_foreign_resolve(const struct smf_binding_request *request, struct smf_binding_answer *answer);

/* Where printf's text goes: a file, or `capacity` bytes with a NUL. */
struct smf_print {
    FILE *file;
    char *into;
    size_t capacity;
    long count; /* of bytes, what did not fit included; < 0: it failed */
};

/* The arguments of a foreign list, taken one by one (print.c). */
struct smf_print_arguments {
    smf_foreign_list list;
};
void smf_print(struct smf_print *print, const char *format, struct smf_print_arguments *arguments);
#endif

#endif
