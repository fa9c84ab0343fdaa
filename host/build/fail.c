/* SPDX-License-Identifier: MIT */
/* fail.c - one line for each failure: FILE(section+offset): what. */
#include "build.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The first failure is the one that is told. */
static bool tell(struct build *build, const char *where, const char *format, va_list arguments)
{
    char *message = build->report->message;
    const size_t room = sizeof build->report->message;
    if (message[0] != '\0')
        return false;
    const int length = snprintf(message, room, "%s%s", where, where[0] == '\0' ? "" : ": ");
    if (length >= 0 && (size_t)length < room)
        vsnprintf(message + length, room - (size_t)length, format, arguments);
    for (char *at = message; *at != '\0'; at++) /* names in broken files hold anything: one line it is */
        if ((unsigned char)*at < ' ' || *at == 0x7F)
            *at = '?';
    return false;
}

bool build_fail(struct build *build, const char *file, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(build, file == NULL ? "" : file, format, arguments);
    va_end(arguments);
    return false;
}

bool build_fail_at(struct build *build, const struct input *input, uint64_t offset, const char *format, ...)
{
    const char *where =
        pool_text(&build->pool, "%s(%s+0x%llx)", input->object->name, input->name, (unsigned long long)offset);
    va_list arguments;
    va_start(arguments, format);
    tell(build, where, format, arguments);
    va_end(arguments);
    return false;
}

const char *build_type_name(struct build *build, uint32_t type)
{
    const char *name = smf_howto_name(build->arch, type);
    return name != NULL ? name : pool_text(&build->pool, "relocation type %u", (unsigned)type);
}

const char *build_symbol_name(const struct symbol *symbol)
{
    if (symbol == NULL)
        return "(no symbol)";
    if (symbol->name[0] != '\0')
        return symbol->name;
    return symbol->section != NULL ? symbol->section->name : "(no name)";
}
