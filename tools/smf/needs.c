/* SPDX-License-Identifier: MIT */
/* needs.c - a needed module and the interface it was built against: a number, or a file that tells it. */
#include "needs.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../exports/exports.h"
#include "command.h"
#include "smf/interface.h"

/* Faults of lists end the program, here as in smf-exports. */
void fail(const char *file, unsigned line, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "smf: %s:", file);
    if (line != 0)
        fprintf(stderr, "%u:", line);
    fputc(' ', stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

/* What the host offers, a symbol a line. */
static int read_list(const char *path, uint64_t *hash)
{
    struct list list = {0};
    uint64_t sum = 0;
    list_read(&list, path);
    list_sort(&list, path);
    for (size_t i = 0; i < list.count; i++)
        sum = smf_interface_add(sum, list.symbols[i].name, list.symbols[i].data ? SMF_KIND_DATA : SMF_KIND_FUNCTION);
    list_free(&list);
    *hash = smf_interface_end(sum);
    return 0;
}

static int read_module(const char *path, uint64_t *hash)
{
    struct smf_opened opened;
    struct smf_diagnosis why = {0};
    const int unopened = smf_command_open(&opened, path);
    if (unopened != 0)
        return unopened;
    const enum smf_status status = smf_command_interface(&opened.image, hash, &why);
    smf_command_close(&opened);
    return status == SMF_OK ? 0 : smf_command_refuse(path, &why);
}

/* Lists are text, and modules end in a header with zeros. -1: there is no such file. */
static int is_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return -1;
    int byte;
    while ((byte = fgetc(file)) != EOF && byte != '\0')
        ;
    const int text = ferror(file) != 0 ? -1 : byte == EOF;
    fclose(file);
    return text;
}

static int read_file(const char *path, uint64_t *hash)
{
    const int text = is_text(path);
    if (text < 0)
        return smf_command_unreadable(path);
    return text != 0 ? read_list(path, hash) : read_module(path, hash);
}

static bool parse_hash(const char *text, uint64_t *hash)
{
    char *end = NULL;
    const char *digits = strncmp(text, "0x", 2) == 0 ? text + 2 : text;
    errno = 0;
    *hash = strtoull(digits, &end, 16);
    return isxdigit((unsigned char)digits[0]) && strncmp(digits, "0x", 2) != 0 && *end == '\0' && errno == 0;
}

int smf_needs_read(char *text, struct smf_build_need *need)
{
    char *equals = strchr(text, '=');
    need->name = text;
    need->interface_hash = 0;
    if (equals == NULL)
        return 0;
    *equals = '\0';
    if (equals[1] == '@')
        return read_file(equals + 2, &need->interface_hash);
    char line[256];
    if (parse_hash(equals + 1, &need->interface_hash))
        return 0;
    snprintf(line, sizeof line,
             "--needs takes NAME, NAME=HASH with up to 16 hexadecimal digits, or NAME=@FILE, not %s=%s", text,
             equals + 1);
    return smf_command_misused("build", line);
}
