/* SPDX-License-Identifier: MIT */
/* kept.c - compiled units on disk: found again, told apart, never believed. */
#include "generic/compiler/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "smf/hash.h"

static const char *folder(void) { return scene_path("units"); }

/* One program's life: sort<Point> with the folder; what the statistics say then. */
static struct smf_compiler_statistics live(const struct smf_compiler *compiler, const char *flags)
{
    struct smf_compiler_statistics statistics = {0};
    const enum smf_status status =
        sources_open(compiler, (struct smf_compiler_options){.cache_folder = folder(), .flags = flags});
    CHECK_STATUS(status, SMF_OK);
    if (status != SMF_OK)
        return statistics;
    CHECK_STATUS(sources_make("sort", "Point"), SMF_OK);
    sources_check_sort();
    statistics = sources_statistics();
    sources_close();
    return statistics;
}

static void is_found_again(void)
{
    const struct smf_compiler *compiler = sources_quick();
    if (compiler == NULL)
        return;
    struct smf_compiler_statistics statistics = live(compiler, NULL);
    CHECK_EQUAL(statistics.compiled, 1);
    CHECK_EQUAL(statistics.read, 0);
    CHECK_EQUAL(scene_count_files(folder(), ".unit", NULL, 0), 1);
    CHECK_EQUAL(scene_count_files(folder(), "", NULL, 0), 1); /* nothing else is left there */
    statistics = live(compiler, NULL);
    CHECK_EQUAL(statistics.compiled, 0);
    CHECK_EQUAL(statistics.read, 1);
    CHECK_EQUAL(statistics.damaged, 0);
    scene_forget();
}

/* Types, flags and compilers make other units. */
static void is_told_apart(void)
{
    const struct smf_compiler *compiler = sources_quick();
    if (compiler == NULL)
        return;
    CHECK_EQUAL(live(compiler, NULL).compiled, 1);
    CHECK_EQUAL(live(compiler, "-DMORE=1").compiled, 1);
    CHECK_EQUAL(live(compiler, "-DMORE=1").read, 1);
    CHECK_EQUAL(live(compiler, NULL).read, 1);
    CHECK_STATUS(sources_open(compiler, (struct smf_compiler_options){.cache_folder = folder()}), SMF_OK);
    CHECK_STATUS(sources_make("sum", "u16"), SMF_OK);
    CHECK_STATUS(sources_make("sum", "i16"), SMF_OK);
    CHECK_STATUS(sources_make("swap", "u16"), SMF_OK);
    CHECK_EQUAL(sources_statistics().read, 0);
    sources_close();
    for (size_t i = 0; smf_compiler_get(i) != NULL; i++) {
        const struct smf_compiler *other = smf_compiler_get(i);
        if (other == compiler || other == &smf_compiler_units || !smf_compiler_works(other))
            continue;
        tap_variant("%s", other->name);
        CHECK_EQUAL(live(other, NULL).compiled, 1);
        CHECK_EQUAL(live(other, NULL).read, 1);
    }
    tap_variant("%s", "");
    scene_forget();
}

/* However long the command is, all of it counts. */
static void is_told_apart_by_command(void)
{
    char command[1024];
    if (!smf_compiler_works(&smf_compiler_gcc)) {
        tap_skip("no gcc on this machine");
        return;
    }
    for (unsigned i = 0; i < 2; i++) {
        snprintf(command, sizeof command, "gcc -DLONG=%0600u -DLAST=%u", 0, i);
        struct smf_compiler_options options = {.cache_folder = folder(), .command = command};
        CHECK_STATUS(sources_open(&smf_compiler_gcc, options), SMF_OK);
        CHECK_STATUS(sources_make("sort", "Point"), SMF_OK);
        CHECK_EQUAL(sources_statistics().compiled, 1);
        CHECK_EQUAL(sources_statistics().read, 0);
        sources_close();
    }
    scene_forget();
}

/* --- Files that are not what was written ------------------------------------------------------------- */

static char path[600];
static uint8_t *good;
static size_t good_size;

/* The folder with one file; false: no compiler. */
static bool prepare(const struct smf_compiler **compiler)
{
    *compiler = sources_quick();
    if (*compiler == NULL)
        return false;
    (void)live(*compiler, NULL);
    CHECK_EQUAL(scene_count_files(folder(), ".unit", path, sizeof path), 1);
    good = (uint8_t *)scene_read(path, &good_size);
    CHECK(good != NULL);
    return good != NULL;
}

/* Made anew, and right in its place. */
static void check_made_anew(const struct smf_compiler *compiler, bool damaged)
{
    const struct smf_compiler_statistics statistics = live(compiler, NULL);
    size_t size = 0;
    CHECK_EQUAL(statistics.compiled, 1);
    CHECK_EQUAL(statistics.read, 0);
    CHECK_EQUAL(statistics.damaged, damaged);
    char *now = scene_read(path, &size);
    CHECK(now != NULL && size == good_size && memcmp(now, good, size) == 0);
    free(now);
}

static void damaged_bytes_are_noticed(void)
{
    const struct smf_compiler *compiler;
    if (!prepare(&compiler))
        return;
    for (size_t at = 0; at < good_size; at += at < 40 || at + 40 > good_size ? 1 : 397) {
        uint8_t *bad = malloc(good_size);
        memcpy(bad, good, good_size);
        bad[at] = (uint8_t)(bad[at] ^ 1u << (at & 7));
        scene_write(path, bad, good_size);
        free(bad);
        tap_variant("byte=%zu", at);
        check_made_anew(compiler, true);
    }
    tap_variant("%s", "");
    free(good);
    scene_forget();
}

static void cut_files_are_noticed(void)
{
    const struct smf_compiler *compiler;
    if (!prepare(&compiler))
        return;
    for (size_t size = 0; size < good_size; size += size < 40 || size + 20 > good_size ? 1 : 501) {
        scene_write(path, good, size);
        tap_variant("size=%zu", size);
        check_made_anew(compiler, true);
    }
    tap_variant("%s", "");
    free(good);
    scene_forget();
}

static void put_sum(uint8_t *bytes, size_t size)
{
    const uint64_t sum = smf_hash64(SMF_FNV64_BASIS, bytes, size - 8);
    for (unsigned i = 0; i < 8; i++)
        bytes[size - 8 + i] = (uint8_t)(sum >> 8 * i);
}

static size_t number_at(const uint8_t *bytes)
{
    size_t number = 0;
    for (unsigned i = 0; i < 8; i++)
        number |= (size_t)bytes[i] << 8 * i;
    return number;
}

/* Somebody who can write the sum can still write no record that is none, nor one that is another's. */
static void records_are_proven(void)
{
    const struct smf_compiler *compiler;
    if (!prepare(&compiler))
        return;
    const size_t record = 16 + number_at(good + 8) + 8;
    for (size_t at = 0; at < 60; at++) {
        uint8_t *bad = malloc(good_size);
        memcpy(bad, good, good_size);
        bad[record + at] ^= 0x80;
        put_sum(bad, good_size);
        scene_write(path, bad, good_size);
        struct smf_record opened;
        const bool still = smf_record_open(&opened, bad + record, good_size - 8 - record, NULL) == SMF_OK;
        free(bad);
        tap_variant("byte=%zu", at);
        if (!still) /* names and terms may be other ones and right: these are compared */
            check_made_anew(compiler, true);
        scene_write(path, good, good_size);
    }
    tap_variant("%s", "");
    free(good);
    scene_forget();
}

/* A name of an export is changed in a record that proves: it is not this template's. */
static void records_of_others_are_refused(void)
{
    const struct smf_compiler *compiler;
    if (!prepare(&compiler))
        return;
    const size_t record = 16 + number_at(good + 8) + 8;
    uint8_t *bad = malloc(good_size);
    memcpy(bad, good, good_size);
    uint8_t *name = memmem(bad + record, 80, "sort", 4);
    CHECK(name != NULL);
    if (name != NULL)
        name[0] = 'S';
    put_sum(bad, good_size);
    scene_write(path, bad, good_size);
    free(bad);
    check_made_anew(compiler, true);
    free(good);
    scene_forget();
}

/* Two keys of one hash: the file of the other one is left alone until it is replaced. */
static void keys_are_compared(void)
{
    const struct smf_compiler *compiler;
    if (!prepare(&compiler))
        return;
    uint8_t *other = malloc(good_size);
    memcpy(other, good, good_size);
    other[20] ^= 1; /* in the key */
    put_sum(other, good_size);
    scene_write(path, other, good_size);
    free(other);
    check_made_anew(compiler, false);
    free(good);
    scene_forget();
}

/* --- Folders ----------------------------------------------------------------------------------------- */

static enum smf_status open_folder(const struct smf_compiler *compiler, const char *name)
{
    const struct smf_compiler_options options = {.cache_folder = name};
    struct smf_compiler_context *context;
    const enum smf_status status = compiler->create(compiler, &options, &context, &scene.why);
    if (status == SMF_OK)
        compiler->destroy(context);
    return status;
}

static void folders_of_others_are_refused(void)
{
    const struct smf_compiler *compiler = sources_quick();
    if (compiler == NULL)
        return;
    char open[600];
    snprintf(open, sizeof open, "%s", scene_path("open"));
    CHECK_EQUAL(mkdir(open, 0700), 0);
    CHECK_STATUS(open_folder(compiler, open), SMF_OK);
    CHECK_EQUAL(chmod(open, 0777), 0);
    CHECK_STATUS(open_folder(compiler, open), SMF_ERR_PROTECT);
    CHECK_EQUAL(chmod(open, 0770), 0);
    CHECK_STATUS(open_folder(compiler, open), SMF_ERR_PROTECT);
    scene_write(scene_path("file"), "x", 1);
    CHECK_STATUS(open_folder(compiler, scene_path("file")), SMF_ERR_IO);
    CHECK_STATUS(open_folder(compiler, scene_path("no/such/folder")), SMF_ERR_IO);
    if (geteuid() == 0) {
        CHECK_EQUAL(chmod(open, 0700), 0);
        CHECK_EQUAL(chown(open, 12345, 12345), 0);
        CHECK_STATUS(open_folder(compiler, open), SMF_ERR_PROTECT);
    }
    scene_forget();
}

static void folders_may_go(void)
{
    const struct smf_compiler *compiler = sources_quick();
    if (compiler == NULL)
        return;
    CHECK_STATUS(sources_open(compiler, (struct smf_compiler_options){.cache_folder = folder()}), SMF_OK);
    CHECK_EQUAL(rmdir(folder()), 0);
    CHECK_STATUS(sources_make("sort", "Point"), SMF_OK);
    sources_check_sort();
    CHECK_EQUAL(sources_statistics().compiled, 1);
    CHECK_EQUAL(sources_statistics().unwritten, 1);
    sources_close();
    scene_forget();
}

static void many_processes_write_one_file(void)
{
    enum { PROCESSES = 6 };
    const struct smf_compiler *compiler = sources_quick();
    if (compiler == NULL)
        return;
    (void)folder(); /* made before there are several */
    pid_t children[PROCESSES];
    for (unsigned i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            const struct smf_compiler_statistics statistics = live(compiler, NULL);
            _exit(statistics.compiled + statistics.read == 1 && statistics.damaged == 0 && statistics.unwritten == 0
                      ? 0
                      : 1);
        }
    }
    for (unsigned i = 0; i < PROCESSES; i++) {
        int status = 1;
        CHECK(children[i] > 0 && waitpid(children[i], &status, 0) == children[i]);
        CHECK_EQUAL(status, 0);
    }
    CHECK_EQUAL(scene_count_files(folder(), "", NULL, 0), 1);
    CHECK_EQUAL(live(compiler, NULL).read, 1);
    scene_forget();
}

static const struct tap_case cases[] = {
    {"is_found_again",                is_found_again               },
    {"is_told_apart",                 is_told_apart                },
    {"is_told_apart_by_command",      is_told_apart_by_command     },
    {"damaged_bytes_are_noticed",     damaged_bytes_are_noticed    },
    {"cut_files_are_noticed",         cut_files_are_noticed        },
    {"records_are_proven",            records_are_proven           },
    {"records_of_others_are_refused", records_of_others_are_refused},
    {"keys_are_compared",             keys_are_compared            },
    {"folders_of_others_are_refused", folders_of_others_are_refused},
    {"folders_may_go",                folders_may_go               },
    {"many_processes_write_one_file", many_processes_write_one_file},
};
TAP_MAIN(cases)
