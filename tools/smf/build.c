/* SPDX-License-Identifier: MIT */
/* build.c - `smf build`: a thin shell over smf_build(). */
#include "smf/build.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "needs.h"

static const char help[] =
    "usage: smf build [-o OUT] [OPTION...] INPUT...\n"
    "C and C++ sources, ELF relocatable objects and archives -> one module.\n"
    "  -o OUT                 output; default: the first input's name with .smf\n"
    "  --arch A               refuse objects for anything else: x86_64 aarch64 riscv64 riscv32 arm\n"
    "  --platform P           linux windows macos freebsd none any; default: x86_64 linux, arm none, else any\n"
    "                         (any on x86_64: calls are System V's unless the code is compiled for Microsoft's)\n"
    "  --cc CC                compiler driver for sources, may hold arguments; default $CC, else cc or c++\n"
    "  --cflags FLAGS         more arguments for it; default -O2 and position-independent code\n"
    "  --entry SYM            entry function; default: main, if there is one\n"
    "  --name N               module name; default: the output's base name without its suffix\n"
    "  --module-version X.Y.Z version of the module\n"
    "  --state-version N      version of what its .keep.* sections hold\n"
    "  --needs NAME[=HASH]    a module that must be there (may be repeated); HASH: with this interface, which smf\n"
    "                         inspect shows. `host` is the program that loads\n"
    "  --needs NAME=@FILE     with the interface of FILE: a module, or a list of symbols for smf-exports\n"
    "  --reloadable           may be exchanged for a newer version while it runs\n"
    "  --no-helpers           leave the compiler's helper library (libgcc) alone\n"
    "  --no-undefined         undefined symbols are errors, not imports\n"
    "  --template-source      pack the C source of templates beside their code, for hosts with a compiler\n"
    "  --compress METHOD      lz4 or zstd: code, data and constants, each section that gets smaller. LZ4 is for every\n"
    "                         machine, zstd for hosts\n"
    "  --layout L             p128 (canonical, default), r96 or r72 for older readers\n"
    "  --stub FILE            put FILE's bytes in front\n"
    "  --shebang              put '#!/usr/bin/env -S smf run' in front and make the file executable\n"
    "  -g                     compile with -g and also write OUT.elf with the debug information\n"
    "A C source that says SMF_TEMPLATE (smf/generic.h) is compiled once for each shape of types, SMF_TYPE, "
    "SMF_INSTANCE and\n"
    "SMF_INSTANTIATE (smf/instance.h) use such templates: docs/GENERICS.md.\n"
    "Defaults are given before --cflags, so that what stands there wins. Microsoft's calls on x86_64 (platform: "
    "windows\n"
    "unless said): gcc with --cflags -mabi=ms, or --cc 'clang --target=x86_64-pc-windows-gnu-elf'. Objects do not say "
    "how\n"
    "they call unless they have debug information: what --cc and --cflags say then holds for them, too.\n";

/* What the command line says, and what has to be freed. */
struct command {
    struct smf_build_options options;
    const char **inputs;
    struct smf_build_need *needs;
    char **names; /* of the needs, and what stands behind them */
    char *stub;
};

static int wrong(const char *what, const char *argument)
{
    char line[256];
    snprintf(line, sizeof line, "%s%s%s", what, argument[0] == '\0' ? "" : " ", argument);
    return smf_command_misused("build", line);
}

static bool read_stub(struct command *command, const char *path)
{
    FILE *file = fopen(path, "rb");
    long size = -1;
    const bool unreadable = file != NULL && fgetc(file) == EOF && ferror(file) != 0; /* a folder can be opened */
    if (file != NULL && !unreadable && fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0 &&
        fseek(file, 0, SEEK_SET) == 0) {
        free(command->stub);
        command->stub = malloc((size_t)size + 1);
        if (command->stub == NULL || fread(command->stub, 1, (size_t)size, file) != (size_t)size)
            size = -1;
    }
    if (size < 0)
        smf_command_unreadable(path);
    if (file != NULL)
        fclose(file);
    command->options.stub = command->stub;
    command->options.stub_size = size < 0 ? 0 : (size_t)size;
    return size >= 0;
}

/* "1", "1.2", "1.2.3", each below 65536. */
static bool parse_version(const char *text, uint16_t version[3])
{
    for (int i = 0; i < 3; i++) {
        char *end = NULL;
        const unsigned long number = isdigit((unsigned char)*text) ? strtoul(text, &end, 10) : 65536;
        if (number > 65535)
            return false;
        version[i] = (uint16_t)number;
        if (*end == '\0')
            return true;
        if (*end != '.')
            return false;
        text = end + 1;
    }
    return false;
}

static bool parse_state(const char *text, uint32_t *state)
{
    char *end = NULL;
    errno = 0;
    const unsigned long long number = strtoull(text, &end, 0);
    *state = (uint32_t)number;
    return isdigit((unsigned char)text[0]) && *end == '\0' && errno == 0 && number <= UINT32_MAX;
}

static bool parse_layout(const char *text, enum smf_layout *layout)
{
    static const char *const names[] = {[SMF_LAYOUT_R72] = "r72", [SMF_LAYOUT_R96] = "r96", [SMF_LAYOUT_P128] = "p128"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(text, names[i]) == 0) {
            *layout = (enum smf_layout)i;
            return true;
        }
    return false;
}

static bool parse_compression(const char *text, uint8_t *compression)
{
    *compression = strcmp(text, "lz4") == 0    ? SMF_COMPRESSION_LZ4
                   : strcmp(text, "zstd") == 0 ? SMF_COMPRESSION_ZSTD
                                               : SMF_COMPRESSION_NONE;
    return *compression != SMF_COMPRESSION_NONE;
}

/* Options without a value. */
static bool take_switch(struct command *command, const char *word)
{
    struct smf_build_options *options = &command->options;
    static const char shebang[] = "#!/usr/bin/env -S smf run\n";
    if (strcmp(word, "--reloadable") == 0)
        options->reloadable = true;
    else if (strcmp(word, "--no-helpers") == 0)
        options->no_helpers = true;
    else if (strcmp(word, "--no-undefined") == 0)
        options->no_undefined = true;
    else if (strcmp(word, "--template-source") == 0)
        options->template_source = true;
    else if (strcmp(word, "-g") == 0)
        options->debug = true;
    else if (strcmp(word, "--shebang") == 0)
        options->stub = shebang, options->stub_size = sizeof shebang - 1;
    else
        return false;
    return true;
}

/* Options whose value is a text and nothing more; NULL for others. */
static const char **text_option(struct smf_build_options *options, const char *word)
{
    const struct {
        const char *word, **value;
    } texts[] = {
        {"-o",         &options->output  },
        {"--arch",     &options->arch    },
        {"--platform", &options->platform},
        {"--cc",       &options->cc      },
        {"--cflags",   &options->cflags  },
        {"--entry",    &options->entry   },
        {"--name",     &options->name    }
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strcmp(word, texts[i].word) == 0)
            return texts[i].value;
    return NULL;
}

/* 0, or the exit status. */
static int take_value(struct command *command, const char *word, const char *value)
{
    struct smf_build_options *options = &command->options;
    const char **text = text_option(options, word);
    if (text != NULL) {
        *text = value;
        return 0;
    }
    if (strcmp(word, "--needs") == 0) {
        char *const name = command->names[options->needs_count] = strdup(value);
        return name == NULL ? smf_command_fail(value, "out of memory")
                            : smf_needs_read(name, &command->needs[options->needs_count++]);
    }
    if (strcmp(word, "--stub") == 0)
        return read_stub(command, value) ? 0 : 1;
    if (strcmp(word, "--module-version") == 0)
        return parse_version(value, options->version) ? 0 : wrong("--module-version takes X.Y.Z, not", value);
    if (strcmp(word, "--state-version") == 0)
        return parse_state(value, &options->state_version) ? 0 : wrong("--state-version takes a number, not", value);
    if (strcmp(word, "--compress") == 0)
        return parse_compression(value, &options->compression) ? 0 : wrong("--compress takes lz4 or zstd, not", value);
    return parse_layout(value, &options->layout) ? 0 : wrong("--layout takes p128, r96 or r72, not", value);
}

static bool takes_value(struct smf_build_options *options, const char *word)
{
    static const char *const words[] = {"--needs",         "--stub",     "--module-version",
                                        "--state-version", "--compress", "--layout"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return text_option(options, word) != NULL;
}

static int parse(struct command *command, int argc, char **argv)
{
    struct smf_build_options *options = &command->options;
    bool only_inputs = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (only_inputs || word[0] != '-') {
            command->inputs[options->input_count++] = word;
        } else if (strcmp(word, "--") == 0) {
            only_inputs = true;
        } else if (takes_value(options, word)) {
            if (i + 1 == argc)
                return wrong("a value must follow", word);
            const int status = take_value(command, word, argv[++i]);
            if (status != 0)
                return status;
        } else if (!take_switch(command, word)) {
            return wrong("unknown option", word);
        }
    }
    return options->input_count != 0 ? 0 : wrong("no inputs", "");
}

int smf_command_build(int argc, char **argv)
{
    struct command command = {
        .options = {.layout = SMF_LAYOUT_P128, .headers = smf_command_headers()}
    };
    if (smf_command_help(argc, argv, help))
        return 0;
    command.inputs = calloc((size_t)argc + 1, sizeof *command.inputs);
    command.needs = calloc((size_t)argc + 1, sizeof *command.needs);
    command.names = calloc((size_t)argc + 1, sizeof *command.names);
    command.options.inputs = command.inputs;
    command.options.needs = command.needs;
    const bool room = command.inputs != NULL && command.needs != NULL && command.names != NULL;
    int status = room ? parse(&command, argc, argv) : 1;
    if (status == 0) {
        struct smf_build_report report;
        status = smf_build(&command.options, &report);
        if (status != 0)
            fprintf(stderr, "smf: %s\n", report.message);
    }
    free(command.stub);
    for (size_t i = 0; i < command.options.needs_count; i++)
        free(command.names[i]);
    free(command.names);
    free(command.needs);
    free(command.inputs);
    return status;
}
