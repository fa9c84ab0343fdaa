/* SPDX-License-Identifier: MIT */
/*
 * hosted.c - a program on a hosted system, with an installed smf: it has the
 * linker of `smf build` inside, and loads a module from its file, compressed or
 * not, with the C library as its provider. It infers a type. `hosted MODULE`
 */
#include <smf/build.h>
#include <smf/codecs.h>
#include <smf/compiler_json.h>
#include <smf/host.h>
#include <smf/port_posix.h>
#include <smf/smf.h>

#include <stdio.h>
#include <string.h>

static unsigned char arena[64 * 1024];

/* An input that is not there: one line, no output. */
static int refuses_to_build(void)
{
    static struct smf_build_report report;
    const char *const inputs[] = {"no-such-file.c"};
    const struct smf_build_options options = {
        .inputs = inputs, .input_count = 1, .output = "never.smf", .layout = SMF_LAYOUT_P128};
    return smf_build(&options, &report) == 1 && report.message[0] != '\0';
}

/* Where there is a JSON library; and there are compilers, which work or say that they do not. */
static int infers(void)
{
    const int64_t context = smf_json_create(NULL, NULL, NULL);
    char *types = smf_json_infer_types(context, "{\"name\": \"f\", \"type_params\": [\"T\"]}", "[{\"type\": \"u8\"}]");
    const int good = !smf_json_is_here() || (types != NULL && strstr(types, "\"u8\"") != NULL);
    smf_json_free(types);
    return good && smf_json_destroy(context) == smf_json_is_here() && smf_compiler_get(3) == &smf_compiler_units;
}

int main(int argc, char **argv)
{
    const struct smf_config config = {.port = smf_port_posix(),
                                      .arena = arena,
                                      .arena_size = sizeof arena,
                                      .resolve = smf_libc_resolve,
                                      .codecs = smf_codecs_host()};
    struct smf_loader loader;
    struct smf_file file;
    struct smf_module *module;
    struct smf_diagnosis why;

    if (argc != 2 || !refuses_to_build() || !infers() || smf_file_map(&file, argv[1]) != SMF_OK ||
        smf_loader_start(&loader, &config) != SMF_OK)
        return puts("wrong set-up"), 1;
    if (smf_load(&loader, &file.source, &module, &why) != SMF_OK) {
        char line[160];
        smf_diagnosis_format(&why, line, sizeof line);
        return puts(line), 1;
    }
    int (*add)(int, int) = (int (*)(int, int))smf_function(module, "add");
    printf("2 + 3 = %d\n", add(2, 3));
    smf_loader_finish(&loader);
    smf_file_close(&file);
}
