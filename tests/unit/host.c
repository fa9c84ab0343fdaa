/* SPDX-License-Identifier: MIT */
/*
 * Tests of host: files as sources, the C library as a provider, and whose
 * endings run when. The modules hold data only, so that they are the same for
 * every machine; C++ programs with destructors are in tests/command and tests/modules.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/tap.h"
#include "smf/host.h"
#include "smf/port_posix.h"
#include "smf/writer.h"

static struct smf_binding_answer resolve(const char *name, enum smf_status wanted)
{
    const struct smf_binding_request request = {.name = name, .length = strlen(name)};
    struct smf_binding_answer answer = {0};
    CHECK_STATUS(smf_libc_resolve(NULL, &request, &answer), wanted);
    return answer;
}

static void functions_and_data_are_told_apart(void)
{
    CHECK_EQUAL(resolve("printf", SMF_OK).kind, SMF_KIND_FUNCTION);
    CHECK_EQUAL(resolve("qsort", SMF_OK).kind, SMF_KIND_FUNCTION);
    CHECK_EQUAL(resolve("stdout", SMF_OK).kind, SMF_KIND_DATA);
    CHECK_EQUAL(resolve("environ", SMF_OK).kind, SMF_KIND_DATA);
    CHECK(*(FILE **)(uintptr_t)resolve("stdout", SMF_OK).address == stdout);
    CHECK(resolve("qsort", SMF_OK).address == (uintptr_t)qsort);
}

/* An ifunc's address is one of several functions, chosen for this CPU: none of them has a symbol of its own. */
static void an_ifunc_is_a_function(void)
{
    CHECK_EQUAL(resolve("memcpy", SMF_OK).kind, SMF_KIND_FUNCTION);
    CHECK_EQUAL(resolve("strlen", SMF_OK).kind, SMF_KIND_FUNCTION);
    size_t (*length)(const char *) = (size_t(*)(const char *))(uintptr_t)resolve("strlen", SMF_OK).address;
    CHECK_EQUAL(length("four"), 4);
}

static void libraries_are_opened_when_a_name_is_missing(void)
{
    double (*root)(double) = (double (*)(double))(uintptr_t)resolve("cbrt", SMF_OK).address;
    CHECK(root(27.0) > 2.999 && root(27.0) < 3.001);
    CHECK_EQUAL(resolve("_Znwm", SMF_OK).kind, SMF_KIND_FUNCTION);
    CHECK_EQUAL(resolve("_ZTVN10__cxxabiv117__class_type_infoE", SMF_OK).kind, SMF_KIND_DATA);
    CHECK_EQUAL(resolve("__gxx_personality_v0", SMF_OK).kind, SMF_KIND_FUNCTION);
    CHECK_EQUAL(resolve("_Unwind_Resume", SMF_OK).kind, SMF_KIND_FUNCTION);
    resolve("nobody_has_this", SMF_ERR_NOT_FOUND);
    resolve("_Znobody", SMF_ERR_NOT_FOUND);
    resolve("__nobody", SMF_ERR_NOT_FOUND);
    resolve("", SMF_ERR_NOT_FOUND);
}

/* --- Endings -------------------------------------------------------------------------------------- */

/* A module of 16 bytes of data, exported as `here`. */
struct loaded {
    uint8_t file[1024];
    uint64_t arena[2048];
    struct smf_loader loader;
    struct smf_module *module;
    void *here;
};

static void load(struct loaded *loaded)
{
    static const uint8_t bytes[16];
    struct smf_write_section section = {
        .name = ".data", .bytes = bytes, .size = 16, .alignment = 8, .flags = 3, .type = SMF_SECTION_DATA};
    struct smf_write_symbol symbol = {
        .name = "here", .size = 16, .type = SMF_SYMBOL_DATA, .binding = SMF_BINDING_GLOBAL};
    struct smf_write_section sections[1];
    struct smf_write_symbol symbols[1];
    const struct smf_write_storage storage = {sections, symbols, NULL, 1, 1, 0};
    const struct smf_config config = {
        .port = smf_port_posix(), .arena = loaded->arena, .arena_size = sizeof loaded->arena};
    struct smf_writer writer;
    struct smf_diagnosis why;
    struct smf_found found = {0};
    size_t size = 0;
    smf_writer_start(&writer, &storage);
    writer.header.arch = (enum smf_arch_id)smf_arch_native()->id;
    CHECK_STATUS(smf_writer_add_section(&writer, &section, NULL), SMF_OK);
    CHECK_STATUS(smf_writer_add_symbol(&writer, &symbol, NULL), SMF_OK);
    CHECK_STATUS(smf_writer_finish(&writer, SMF_LAYOUT_P128, loaded->file, sizeof loaded->file, &size, &why), SMF_OK);
    const struct smf_source source = smf_source_memory(loaded->file, size, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_loader_start(&loaded->loader, &config), SMF_OK);
    CHECK_STATUS(smf_load(&loaded->loader, &source, &loaded->module, &why), SMF_OK);
    CHECK_STATUS(smf_find(loaded->module, "here", &found), SMF_OK);
    loaded->here = (void *)(uintptr_t)found.address;
    CHECK_STATUS(smf_libc_start(loaded->module, &source), SMF_OK);
}

static char ended[64];
static void end(void *name) { strcat(ended, name); }
static int (*cxa_atexit)(void (*)(void *), void *, void *);

static void end_and_register(void *here)
{
    strcat(ended, "!");
    CHECK_EQUAL(cxa_atexit(end, "x", here), 0);
}

static void endings_belong_to_the_module_that_registered_them(void)
{
    static struct loaded a, b;
    cxa_atexit = (int (*)(void (*)(void *), void *, void *))(uintptr_t)resolve("__cxa_atexit", SMF_OK).address;
    load(&a);
    load(&b);
    ended[0] = '\0';
    CHECK_EQUAL(cxa_atexit(end, "1", a.here), 0);
    CHECK_EQUAL(cxa_atexit(end, "2", b.here), 0);
    CHECK_EQUAL(cxa_atexit(end, "3", (char *)a.here + 15), 0);
    CHECK_EQUAL(cxa_atexit(end_and_register, b.here, b.here), 0);
    CHECK_TEXT(ended, "");
    smf_libc_stop(a.module);
    CHECK_TEXT(ended, "31");
    smf_libc_stop(a.module);
    CHECK_TEXT(ended, "31");
    smf_loader_finish(&a.loader);
    smf_libc_stop(b.module);
    CHECK_TEXT(ended, "31!x2"); /* what an ending registers runs next */
    smf_loader_finish(&b.loader);
}

/* A module that is not stopped is stopped when the process ends: seen by a child's output. */
static void exit_stops_what_was_not_stopped(void)
{
    int ends[2];
    char text[16] = "";
    CHECK_EQUAL(pipe(ends), 0);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        static struct loaded a;
        dup2(ends[1], STDOUT_FILENO);
        load(&a);
        int (*filed)(void (*)(void *), void *, void *) =
            (int (*)(void (*)(void *), void *, void *))(uintptr_t)resolve("__cxa_atexit", SMF_OK).address;
        exit(filed((void (*)(void *))(uintptr_t)resolve("puts", SMF_OK).address, "ended", a.here));
    }
    close(ends[1]);
    CHECK_EQUAL(read(ends[0], text, sizeof text - 1), 6);
    CHECK_TEXT(text, "ended\n");
    close(ends[0]);
}

/* --- Files ---------------------------------------------------------------------------------------- */

static char path[] = "host-test-XXXXXX";

static void make_file(const char *text)
{
    memcpy(path, "host-test-XXXXXX", sizeof path);
    const int descriptor = mkstemp(path);
    CHECK(descriptor >= 0 && write(descriptor, text, strlen(text)) == (ssize_t)strlen(text));
    close(descriptor);
}

static void a_file_is_the_same_both_ways(void)
{
    struct smf_file mapped, opened;
    char bytes[5] = "";
    make_file("0123456789");
    CHECK_STATUS(smf_file_map(&mapped, path), SMF_OK);
    CHECK_STATUS(smf_file_open(&opened, path), SMF_OK);
    CHECK_EQUAL(mapped.source.size, 10);
    CHECK_EQUAL(opened.source.size, 10);
    CHECK(memcmp(mapped.source.bytes, "0123456789", 10) == 0);
    CHECK_EQUAL(mapped.source.stay, SMF_STAYS_FOR_MODULE);
    CHECK_EQUAL(opened.source.stay, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(opened.source.read_at(opened.source.context, 6, bytes, 4), SMF_OK);
    CHECK_TEXT(bytes, "6789");
    CHECK_EQUAL(truncate(path, 8), 0);
    CHECK_STATUS(opened.source.read_at(opened.source.context, 6, bytes, 4), SMF_ERR_IO);
    smf_file_close(&opened);
    smf_file_close(&mapped);
    unlink(path);
}

static void what_is_no_file_is_refused(void)
{
    struct smf_file file;
    make_file("");
    CHECK_STATUS(smf_file_map(&file, path), SMF_OK);
    CHECK_EQUAL(file.source.size, 0);
    CHECK(file.source.bytes != NULL);
    smf_file_close(&file);
    unlink(path);
    errno = 0;
    CHECK_STATUS(smf_file_map(&file, path), SMF_ERR_IO);
    CHECK_EQUAL(errno, ENOENT);
    CHECK_STATUS(smf_file_open(&file, "."), SMF_ERR_IO);
    CHECK_EQUAL(errno, EISDIR);
    CHECK_STATUS(smf_file_map(&file, "/dev/null"), SMF_ERR_IO);
    CHECK_EQUAL(errno, ESPIPE);
}

static const struct tap_case cases[] = {
    {"functions_and_data_are_told_apart",                 functions_and_data_are_told_apart                },
    {"an_ifunc_is_a_function",                            an_ifunc_is_a_function                           },
    {"libraries_are_opened_when_a_name_is_missing",       libraries_are_opened_when_a_name_is_missing      },
    {"endings_belong_to_the_module_that_registered_them", endings_belong_to_the_module_that_registered_them},
    {"exit_stops_what_was_not_stopped",                   exit_stops_what_was_not_stopped                  },
    {"a_file_is_the_same_both_ways",                      a_file_is_the_same_both_ways                     },
    {"what_is_no_file_is_refused",                        what_is_no_file_is_refused                       },
};
TAP_MAIN(cases)
