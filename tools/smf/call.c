/* SPDX-License-Identifier: MIT */
/* call.c - `smf call`: one function of a module, by hand. */
#include "command.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARGUMENTS = 8 };

static const char help[] =
    "usage: smf call FILE SYMBOL [ARGUMENT...]\n"
    "Load FILE for this host and call its function SYMBOL with up to 8 integers of 64 bits, decimal or 0x...;\n"
    "print its 64-bit result as a signed number. A function that returns less leaves the upper bits unspecified:\n"
    "declare it as returning long. FILE may be a C or C++ source, as with smf run.\n";

/* A number with an optional sign; hexadecimal may use all 64 bits. */
static bool parse(const char *text, int64_t *value)
{
    char *end = NULL;
    const char *digits = text + (text[0] == '-' || text[0] == '+');
    const bool hexadecimal = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    if (!isdigit((unsigned char)digits[0]))
        return false;
    errno = 0;
    if (text[0] == '-')
        *value = strtoll(text, &end, hexadecimal ? 16 : 10);
    else
        *value = (int64_t)strtoull(text, &end, hexadecimal ? 16 : 10);
    return *end == '\0' && errno == 0;
}

int smf_command_call(int argc, char **argv)
{
    int64_t a[ARGUMENTS] = {0};
    struct smf_loaded loaded;
    if (smf_command_help(argc, argv, help))
        return 0;
    if (argc < 3)
        return smf_command_misused("call", argc < 2 ? "FILE is missing" : "SYMBOL is missing");
    if (argc > 3 + ARGUMENTS)
        return smf_command_misused("call", "more than 8 arguments");
    for (int i = 3; i < argc; i++)
        if (!parse(argv[i], &a[i - 3]))
            return smf_command_misused("call", "an argument is no integer of 64 bits");
    if (smf_command_load(&loaded, argv[1]) != 0)
        return 1;
    int status = 0;
    struct smf_found found;
    void (*function)(void) = smf_function(loaded.module, argv[2]);
    if (function != NULL) {
        const int64_t result = smf_command_call_function(&loaded, function, a);
        printf("%" PRId64 "\n", result);
    } else if (smf_find(loaded.module, argv[2], &found) == SMF_OK) {
        status = smf_command_fail(argv[1], "'%s' is data, no function", argv[2]);
    } else {
        status = smf_command_fail(argv[1], "exports no '%s'", argv[2]);
    }
    smf_command_unload(&loaded);
    return status;
}
