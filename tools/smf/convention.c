/* SPDX-License-Identifier: MIT */
/* convention.c - how functions of a module are called (SPEC, "abi"): x86-64 has two ways, whatever the system. */
#include "command.h"

#include <stdlib.h>

#if defined(__x86_64__)

/* By its header. What records nothing calls as its platform does, and for any platform the System V way. */
uint32_t smf_command_convention(const struct smf_source *source)
{
    uint32_t abi = SMF_ABI_X86_64_SYSTEM_V, count = 0;
    struct smf_section *sections = NULL;
    struct smf_image *image = malloc(sizeof *image);
    if (image != NULL && smf_image_count_sections(image, source, &count, NULL) == SMF_OK)
        sections = calloc((size_t)count + 1, sizeof *sections);
    /* What cannot be opened is refused by the loader, which says why. */
    if (sections != NULL && smf_image_open(image, source, sections, count, NULL) == SMF_OK &&
        (image->header.abi == SMF_ABI_X86_64_MICROSOFT ||
         (image->header.abi == 0 && image->header.platform == SMF_PLATFORM_WINDOWS)))
        abi = SMF_ABI_X86_64_MICROSOFT;
    free(sections);
    free(image);
    return abi;
}

/* gcc's -ftree-tail-merge takes two calls of one pointer with the same arguments for one, whatever their conventions
 * (seen with 12.2 at -O2). What one branch does after its call keeps them apart. */
#define KEEP_APART(result) __asm__ volatile("" : "+r"(result))

int smf_command_call_main(const struct smf_loaded *loaded, void (*function)(void), int argc, char **argv)
{
    typedef int SMF_MODULE_CALL system_v(int, char **);
    typedef int SMF_MODULE_CALL_MICROSOFT microsoft(int, char **);
    if (loaded->abi != SMF_ABI_X86_64_MICROSOFT)
        return ((system_v *)function)(argc, argv);
    int result = ((microsoft *)function)(argc, argv);
    KEEP_APART(result);
    return result;
}

int64_t smf_command_call_function(const struct smf_loaded *loaded, void (*function)(void), const int64_t a[8])
{
    typedef int64_t number;
    typedef number SMF_MODULE_CALL system_v(number, number, number, number, number, number, number, number);
    typedef number SMF_MODULE_CALL_MICROSOFT microsoft(number, number, number, number, number, number, number, number);
    if (loaded->abi != SMF_ABI_X86_64_MICROSOFT)
        return ((system_v *)function)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
    number result = ((microsoft *)function)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
    KEEP_APART(result);
    return result;
}

#else

/* This process's own. */
uint32_t smf_command_convention(const struct smf_source *source)
{
    uint32_t abi = 0;
    (void)source;
#if defined(__riscv) /* e_flags: bit 0 compressed code, bits 1..2 float ABI */
#ifdef __riscv_compressed
    abi |= 1u;
#endif
#if defined(__riscv_float_abi_double)
    abi |= 4u;
#elif defined(__riscv_float_abi_single)
    abi |= 2u;
#endif
#endif
    return abi;
}

int smf_command_call_main(const struct smf_loaded *loaded, void (*function)(void), int argc, char **argv)
{
    (void)loaded;
    return ((int (*)(int, char **))function)(argc, argv);
}

int64_t smf_command_call_function(const struct smf_loaded *loaded, void (*function)(void), const int64_t a[8])
{
    typedef int64_t eight(int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t);
    (void)loaded;
    return ((eight *)function)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
}

#endif
