/* SPDX-License-Identifier: MIT */
/* call.c - `smf call`: one function of a module, by hand. */
#include "command.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: smf call [--lib FILE|LIBRARY|NAME]... [--path FOLDER]... FILE|NAME SYMBOL [ARGUMENT...]\n"
    "Load FILE for this host and call its function SYMBOL with up to 8 integers of 64 bits, decimal or 0x...;\n"
    "print its 64-bit result as a signed number. A function that returns less leaves the upper bits unspecified:\n"
    "declare it as returning long. FILE, NAME, --lib and --path are as with smf run.\n";

/* A number with an optional sign; hexadecimal may use all 64 bits. */
static bool parse_number(const char *text, int64_t *value)
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

int smf_command_parse_numbers(const char *verb, int count, char **words, int64_t a[SMF_COMMAND_ARGUMENTS])
{
    if (count > SMF_COMMAND_ARGUMENTS)
        return smf_command_misused(verb, "more than 8 arguments");
    for (int i = 0; i < count; i++)
        if (!parse_number(words[i], &a[i]))
            return smf_command_misused(verb, "an argument is no integer of 64 bits");
    return 0;
}

static bool is_template(const struct smf_module *module, const char *symbol)
{
    struct smf_found found;
    const char *name;
    for (uint32_t i = 0; smf_module_export(module, i, &name, &found) == SMF_OK; i++)
        if (found.kind == SMF_KIND_UNKNOWN && strcmp(name, symbol) == 0)
            return true;
    return false;
}

int smf_command_call_symbol(const struct smf_loaded *loaded, const char *file, const char *symbol,
                            const int64_t a[SMF_COMMAND_ARGUMENTS])
{
    struct smf_found found;
    void (*function)(void) = smf_function(loaded->module, symbol);
    if (function != NULL)
        return printf("%" PRId64 "\n", smf_command_call_function(loaded, function, a)) < 0;
    if (smf_find(loaded->module, symbol, &found) == SMF_OK)
        return smf_command_fail(file, "'%s' is data, no function", symbol);
    if (is_template(loaded->module, symbol))
        return smf_command_fail(file, "'%s' is a template: nothing that can be called before it has types", symbol);
    return smf_command_fail(file, "exports no '%s'", symbol);
}

static int call(const struct smf_loading *loading, const char *symbol, const int64_t a[SMF_COMMAND_ARGUMENTS])
{
    struct smf_loaded loaded;
    if (smf_command_load(&loaded, loading) != 0)
        return 1;
    const int status = smf_command_call_symbol(&loaded, loading->file, symbol, a);
    smf_command_unload(&loaded);
    return status;
}

int smf_command_call(int argc, char **argv)
{
    int64_t a[SMF_COMMAND_ARGUMENTS] = {0};
    struct smf_loading loading;
    int at = 0;
    if (smf_command_help(argc, argv, help))
        return 0;
    if (!smf_command_start_loading(&loading, argc))
        return 1;
    int status = smf_command_parse_loading(&loading, argc, argv, &at);
    if (status == 0 && at + 1 >= argc)
        status = smf_command_misused("call", "SYMBOL is missing");
    if (status == 0)
        status = smf_command_parse_numbers("call", argc - at - 2, argv + at + 2, a);
    if (status == 0)
        status = call(&loading, argv[at + 1], a);
    smf_command_end_loading(&loading);
    return status;
}
