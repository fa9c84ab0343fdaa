/* SPDX-License-Identifier: MIT */
/* changes.c - files and libraries that change between two questions, within one tick of the clock, or while they are read. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "scene.h"

static struct scene scene;
static struct smf_supplier supplier;

/* ---- The clock, and reads, as the finder sees them ---- */

static time_t ahead;            /* seconds */
static unsigned reads;          /* of bytes that are no header of a library */
static bool standing_still;     /* the clock of the file system             */
static void (*meanwhile)(void); /* called at each read of them              */

int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
ssize_t __real_pread(int descriptor, void *into, size_t size, off_t offset);
ssize_t __wrap_pread(int descriptor, void *into, size_t size, off_t offset);

int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
    const int answer = __real_clock_gettime(clock, time);
    time->tv_sec += ahead;
    return answer;
}

ssize_t __wrap_pread(int descriptor, void *into, size_t size, off_t offset)
{
    const ssize_t count = __real_pread(descriptor, into, size, offset);
    if (size == 4 && offset == 0) /* is it a library? */
        return count;
    reads++;
    if (meanwhile != NULL)
        meanwhile();
    return count;
}

int __real_fstat(int descriptor, struct stat *status);
int __wrap_fstat(int descriptor, struct stat *status);

int __wrap_fstat(int descriptor, struct stat *status)
{
    static struct timespec still;
    const int answer = __real_fstat(descriptor, status);
    if (!standing_still)
        still = status->st_mtim;
    else
        status->st_mtim = status->st_ctim = still;
    return answer;
}

static void start(void)
{
    standing_still = false;
    ahead = 0;
    meanwhile = NULL;
    scene_start(&scene, 0);
    supplier = smf_finder_supplier("finder", &scene.finder);
}

static uint64_t find(const char *name, const char *text)
{
    struct smf_supply supply = {.revision = 0};
    const enum smf_status status = supplier.find(&supplier, name, &supply, &scene.why);
    CHECK_STATUS(status, SMF_OK);
    if (status != SMF_OK)
        return 0;
    CHECK(supply.source.size == strlen(text) && memcmp(supply.source.bytes, text, strlen(text)) == 0);
    const uint64_t revision = supply.revision;
    supplier.give_back(&supplier, &supply);
    return revision;
}

static uint64_t look(const char *name)
{
    uint64_t revision = 0;
    CHECK_STATUS(supplier.look(&supplier, name, &revision), SMF_OK);
    CHECK(revision != 0);
    return revision;
}

/* ---- Files ---- */

static void a_file_is_replaced(void)
{
    start();
    put_text(&scene, "m/x.smf", "one");
    add_folder(&scene, "m");
    const uint64_t one = find("x", "one");
    CHECK_EQUAL(look("x"), one);
    put_text(&scene, "m/new", "two");
    put_other(&scene, "m/new", "m/x.smf");
    CHECK(look("x") != one); /* between look and find */
    CHECK_EQUAL(find("x", "two"), look("x"));
    put_text(&scene, "m/x.smf", "one"); /* in place */
    CHECK_EQUAL(look("x"), one);        /* the same bytes again: what was made of them is good */
    put_away(&scene, "m/x.smf");
    uint64_t revision = 1;
    CHECK_STATUS(supplier.look(&supplier, "x", &revision), SMF_ERR_NOT_FOUND);
    put_text(&scene, "m/x.sme", "one"); /* another file, the same module */
    CHECK_EQUAL(look("x"), one);
    put_text(&scene, "m/x.smf", "nearer");
    CHECK(look("x") != one);
    CHECK_EQUAL(find("x", "nearer"), look("x"));
    scene_end(&scene);
}

/* Two versions of one size, one time and one inode. */
static void two_writes_in_one_tick(void)
{
    start();
    add_folder(&scene, "m");
    put_text(&scene, "m/x.smf", "one");
    standing_still = true;
    const uint64_t one = find("x", "one");
    put_text(&scene, "m/x.smf", "two");
    CHECK(look("x") != one);
    CHECK_EQUAL(find("x", "two"), look("x"));
    put_text(&scene, "m/x.smf", "one");
    ahead = SMF_FINDER_YOUNG + 1; /* the answer before was of a young file: times do not count yet */
    CHECK_EQUAL(look("x"), one);
    scene_end(&scene);
}

/* How many reads a look takes, and whether it answers `revision`. */
static unsigned reads_of_look(uint64_t revision, bool same)
{
    const unsigned before = reads;
    CHECK_EQUAL(look("x") == revision, same);
    return reads - before;
}

static void old_files_are_not_read_again(void)
{
    start();
    put_text(&scene, "m/x.smf", "one");
    add_folder(&scene, "m");
    reads = 0;
    const uint64_t one = find("x", "one");
    CHECK_EQUAL(reads, 2);                    /* what was written just now is read twice */
    CHECK_EQUAL(reads_of_look(one, true), 2); /* it could have been written in the same tick */
    ahead = SMF_FINDER_YOUNG + 1;
    CHECK_EQUAL(reads_of_look(one, true), 1); /* ... before that look; from now on times tell */
    CHECK_EQUAL(reads_of_look(one, true), 0);
    CHECK_EQUAL(reads_of_look(one, true), 0);
    put_text(&scene, "m/x.smf", "two");
    CHECK_EQUAL(reads_of_look(one, false), 1);
    CHECK_EQUAL(reads_of_look(one, false), 0);
    ahead = -100; /* a file from the future */
    put_text(&scene, "m/x.smf", "six");
    CHECK_EQUAL(reads_of_look(one, false), 2);
    CHECK_EQUAL(reads_of_look(one, false), 2);
    const struct timespec times[2] = {
        {0, 0},
        {0, 0}
    };
    CHECK_EQUAL(utimensat(AT_FDCWD, at(&scene, "m/x.smf"), times, 0), 0);
    CHECK_EQUAL(reads_of_look(one, false), 2); /* a time that was set says nothing */
    scene_end(&scene);
}

static void rewrite_same_size(void)
{
    meanwhile = NULL;
    put_text(&scene, "m/x.smf", "BBBBBBBB");
}

static const struct stored rewritten[] = {
    {"first", "1",      NULL,     0},
    {"y",     "second", "OBJECT", 1}
};

static void rewrite_library_same_size(void)
{
    meanwhile = NULL;
    put_library(&scene, "l.lsm", rewritten, 2);
}

/* While it is read, within one tick: the bytes are of one version. */
static void a_write_in_the_tick_of_the_read(void)
{
    static const struct stored sooner[] = {
        {"first", "1",      NULL,     0},
        {"y",     "before", "object", 1}
    };
    start();
    put_text(&scene, "m/x.smf", "AAAAAAAA");
    put_library(&scene, "l.lsm", sooner, 2);
    add_folder(&scene, "m");
    add_library(&scene, "l.lsm");
    standing_still = true;
    meanwhile = rewrite_same_size;
    (void)find("x", "BBBBBBBB");
    (void)find("y", "before");
    meanwhile = rewrite_library_same_size;
    (void)find("y", "second");
    scene_end(&scene);
}

static unsigned growths;

static void grow(void)
{
    if (growths == 0)
        return;
    growths--;
    FILE *file = fopen(at(&scene, "m/x.smf"), "ab");
    CHECK(file != NULL && fputc('+', file) == '+');
    fclose(file);
}

static void shrink(void)
{
    meanwhile = NULL;
    CHECK_EQUAL(truncate(at(&scene, "m/x.smf"), 1), 0);
}

static void files_that_change_while_they_are_read(void)
{
    start();
    put_text(&scene, "m/x.smf", "first");
    add_folder(&scene, "m");
    meanwhile = grow;
    growths = 2;
    (void)find("x", "first++");
    growths = 100;
    CHECK_STATUS(supplier.find(&supplier, "x", &scene.supply, &scene.why), SMF_ERR_CHANGED);
    CHECK(scene.supply.token == NULL);
    CHECK_EQUAL(growths, 100 - 3 * 2); /* tried three times, and read twice: it is young */
    CHECK_TEXT(smf_finder_failed(&scene.finder), at(&scene, "m/x.smf"));
    uint64_t revision;
    CHECK_STATUS(supplier.look(&supplier, "x", &revision), SMF_ERR_CHANGED);
    growths = 0;
    put_text(&scene, "m/x.smf", "two");
    meanwhile = shrink;
    (void)find("x", "t");
    scene_end(&scene);
}

static void what_was_got_stays(void)
{
    static const struct stored stored[] = {
        {"y", "of the library", "object", 0}
    };
    struct smf_supply other;
    start();
    put_text(&scene, "m/x.smf", "one");
    put_library(&scene, "l.lsm", stored, 1);
    add_folder(&scene, "m");
    add_library(&scene, "l.lsm");
    CHECK_STATUS(smf_finder_get(&scene.finder, "x", &scene.supply, NULL), SMF_OK);
    CHECK_STATUS(smf_finder_get(&scene.finder, "y", &other, NULL), SMF_OK);
    CHECK_EQUAL(truncate(at(&scene, "m/x.smf"), 0), 0);
    CHECK_EQUAL(truncate(at(&scene, "l.lsm"), 0), 0);
    CHECK(memcmp(scene.supply.source.bytes, "one", 3) == 0);
    CHECK(memcmp(other.source.bytes, "of the library", 14) == 0 && memcmp(other.object.bytes, "object", 6) == 0);
    smf_finder_close(&scene.finder);
    CHECK(memcmp(other.source.bytes, "of the library", 14) == 0);
    smf_finder_give_back(NULL, &scene.supply);
    smf_finder_give_back(NULL, &other);
    scene_end(&scene);
}

/* ---- Libraries ---- */

static void a_library_is_replaced(void)
{
    static const struct stored one[] = {
        {"x", "one",  "o1", 0},
        {"y", "same", NULL, 0},
        {"z", "bare", NULL, 1}
    };
    static const struct stored two[] = {
        {"new", "new",  NULL, 0},
        {"x",   "two",  "o1", 0},
        {"y",   "same", NULL, 0},
        {"z",   "bare", NULL, 1}
    };
    static const struct stored object[] = {
        {"x", "two", "o2", 0}
    };
    start();
    put_library(&scene, "l.lsm", one, 3);
    add_library(&scene, "l.lsm");
    const uint64_t x = find("x", "one"), y = find("y", "same"), z = find("z", "bare");
    CHECK(look("x") == x && look("y") == y && look("z") == z && x != y && y != z);
    put_library(&scene, "new.lsm", two, 4);
    put_other(&scene, "new.lsm", "l.lsm");
    CHECK(look("x") != x);
    CHECK_EQUAL(look("y"), y); /* as it was, though elsewhere in the file */
    CHECK_EQUAL(look("z"), z);
    const uint64_t later = find("x", "two");
    CHECK_EQUAL(look("x"), later);
    (void)find("new", "new");
    put_library(&scene, "l.lsm", object, 1); /* in place */
    CHECK(look("x") != later);
    check_no(&scene, "y", SMF_ERR_NOT_FOUND);
    put_text(&scene, "l.lsm", "no library any more");
    check_no(&scene, "x", SMF_ERR_NOT_SMF); /* it was named, so it is missed */
    CHECK_TEXT(smf_finder_failed(&scene.finder), at(&scene, "l.lsm"));
    put_away(&scene, "l.lsm");
    check_no(&scene, "x", SMF_ERR_IO);
    CHECK_EQUAL(errno, ENOENT);
    put_library(&scene, "l.lsm", one, 3);
    CHECK_EQUAL(look("x"), x);
    scene_end(&scene);
}

static void a_scanned_library_is_replaced(void)
{
    static const struct stored one[] =
        {
            {"x", "one", NULL, 0}
    },
                               two[] = {{"x", "two", NULL, 0}};
    start();
    put_library(&scene, "m/a.lsm", one, 1);
    put_library(&scene, "m/b.lsm", two, 1);
    add_folder(&scene, "m");
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK);
    (void)find("x", "one");
    put_text(&scene, "m/a.lsm", "LSMF cut");
    scene.skips = 0;
    (void)find("x", "two"); /* passed over, and told */
    CHECK_EQUAL(scene.skips, 1);
    CHECK_TEXT(scene.skipped, at(&scene, "m/a.lsm"));
    put_library(&scene, "m/a.lsm", one, 1);
    (void)find("x", "one");
    put_text(&scene, "m/a.lsm", "a module now");
    CHECK_STATUS(smf_finder_scan(&scene.finder), SMF_OK);
    (void)find("x", "two");
    check_get(&scene, "a", "a module now", "m/a.lsm");
    scene_end(&scene);
}

static void two_libraries_in_one_tick(void)
{
    static const struct stored one[] =
        {
            {"x", "one", NULL, 0}
    },
                               two[] = {{"x", "two", NULL, 0}};
    start();
    put_library(&scene, "l.lsm", one, 1);
    standing_still = true;
    add_library(&scene, "l.lsm");
    for (unsigned i = 0; i < 20; i++) {
        put_library(&scene, "l.lsm", i % 2 == 0 ? two : one, 1);
        (void)find("x", i % 2 == 0 ? "two" : "one");
    }
    scene_end(&scene);
}

static void old_libraries_are_asked_without_reading_modules(void)
{
    static struct stored stored[100];
    static char names[100][8];
    start();
    for (size_t i = 0; i < 100; i++) {
        snprintf(names[i], sizeof names[i], "m%zu", i);
        stored[i] = (struct stored){names[i], names[i], NULL, 0};
    }
    put_library(&scene, "l.lsm", stored, 100);
    ahead = SMF_FINDER_YOUNG + 1;
    add_library(&scene, "l.lsm");
    for (size_t i = 0; i < 100; i++)
        (void)look(names[i]);
    reads = 0;
    (void)look("m99"); /* by then it has an index: one entry is read */
    CHECK(reads <= 2);
    put_library(&scene, "l.lsm", stored + 50, 50);
    (void)find("m99", "m99");
    check_no(&scene, "m0", SMF_ERR_NOT_FOUND);
    scene_end(&scene);
}

static const struct stored other_half[] = {
    {"x", "after", NULL, 0}
};

static void rewrite_library(void)
{
    meanwhile = NULL;
    put_library(&scene, "l.lsm", other_half, 1);
}

static void rewrite_always(void)
{
    static unsigned turn;
    const struct stored stored[] = {
        {"x", turn++ % 2 == 0 ? "longer than that" : "short", NULL, 0}
    };
    put_library(&scene, "l.lsm", stored, 1);
}

static void libraries_that_change_while_they_are_read(void)
{
    static const struct stored before[] = {
        {"x", "before it was", NULL, 0},
        {"y", "y",             NULL, 0}
    };
    start();
    put_library(&scene, "l.lsm", before, 2);
    add_library(&scene, "l.lsm");
    meanwhile = rewrite_library;
    (void)find("x", "after");
    meanwhile = rewrite_always;
    const enum smf_status status = supplier.find(&supplier, "x", &scene.supply, &scene.why);
    CHECK(status != SMF_OK && scene.supply.token == NULL);
    meanwhile = NULL;
    put_library(&scene, "l.lsm", before, 2);
    (void)find("x", "before it was");
    scene_end(&scene);
}

static const struct tap_case cases[] = {
    {"a_file_is_replaced",                              a_file_is_replaced                             },
    {"two_writes_in_one_tick",                          two_writes_in_one_tick                         },
    {"a_write_in_the_tick_of_the_read",                 a_write_in_the_tick_of_the_read                },
    {"old_files_are_not_read_again",                    old_files_are_not_read_again                   },
    {"files_that_change_while_they_are_read",           files_that_change_while_they_are_read          },
    {"what_was_got_stays",                              what_was_got_stays                             },
    {"a_library_is_replaced",                           a_library_is_replaced                          },
    {"a_scanned_library_is_replaced",                   a_scanned_library_is_replaced                  },
    {"two_libraries_in_one_tick",                       two_libraries_in_one_tick                      },
    {"old_libraries_are_asked_without_reading_modules", old_libraries_are_asked_without_reading_modules},
    {"libraries_that_change_while_they_are_read",       libraries_that_change_while_they_are_read      },
};

TAP_MAIN(cases)
