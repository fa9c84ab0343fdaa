/* SPDX-License-Identifier: MIT */
/* Tests of smf_view, the same on every system: what is mapped is what lies in a file, and no more than was asked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#else
#include <errno.h>
#endif

#include "harness/tap.h"
#include "smf/view.h"
#include "support/faults.h"

static const char path[] = "view-test.bin";
static size_t page;

/* `size` bytes, byte i being i * 7 + i / 256. */
static uint8_t byte_at(size_t i) { return (uint8_t)(i * 7 + i / 256); }

static void make_file(size_t size)
{
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    for (size_t i = 0; file != NULL && i < size; i++)
        fputc(byte_at(i), file);
    CHECK(file != NULL && fclose(file) == 0);
}

static void make_text(const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(bytes, 1, size, file) == size);
    CHECK(file != NULL && fclose(file) == 0);
}

/* One byte of the file, as another reader sees it; -1: none. */
static int file_byte(long offset)
{
    FILE *file = fopen(path, "rb");
    const int byte = file != NULL && fseek(file, offset, SEEK_SET) == 0 ? fgetc(file) : -1;
    if (file != NULL)
        fclose(file);
    return byte;
}

/* "x": may be executed; "w": written; "": mapped, and neither; NULL: the system does not say. */
static const char *rights_at(const void *at)
{
    static char found[3];
#ifdef _WIN32
    MEMORY_BASIC_INFORMATION information = {0};
    VirtualQuery(at, &information, sizeof information);
    const DWORD executable = PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    const DWORD writable = PAGE_READWRITE | PAGE_WRITECOPY;
    snprintf(found, sizeof found, "%s%s", (information.Protect & writable) != 0 ? "w" : "",
             (information.Protect & executable) != 0 ? "x" : "");
    return found;
#else
    char line[512];
    const char *answer = NULL;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        unsigned long long from, to;
        char access[5];
        if (sscanf(line, "%llx-%llx %4s", &from, &to, access) != 3 || (uintptr_t)at < from || (uintptr_t)at >= to)
            continue;
        snprintf(found, sizeof found, "%s%s", access[1] == 'w' ? "w" : "", access[2] == 'x' ? "x" : "");
        answer = found;
    }
    if (maps != NULL)
        fclose(maps);
    return answer;
#endif
}

static void a_whole_file_is_seen(void)
{
    struct smf_view view;
    uint64_t size = 0;
    bool same = true;
    make_file(3 * page + 5);
    CHECK_STATUS(smf_view_file_size(path, &size, NULL), SMF_OK);
    CHECK_EQUAL(size, 3 * page + 5);
    CHECK_STATUS(smf_view_map(&view, path, 0, 0, 0), SMF_OK);
    CHECK_EQUAL(view.size, 3 * page + 5);
    for (size_t i = 0; i < view.size; i++)
        same = same && view.bytes[i] == byte_at(i);
    CHECK(same);
    smf_view_unmap(&view);
    CHECK(view.bytes == NULL && view.size == 0);
    smf_view_unmap(&view); /* again: nothing happens */
    remove(path);
}

/* Each page is a possible start, also where the system itself knows only multiples of 64 KiB. */
static void a_part_starts_at_any_page(void)
{
    const size_t whole = 40 * page + 100;
    struct smf_view view;
    make_file(whole);
    for (size_t at = 0; at <= 40; at += 13) {
        CHECK_STATUS(smf_view_map(&view, path, 0, at * page, 100), SMF_OK);
        CHECK_EQUAL(view.size, 100);
        CHECK(view.bytes[0] == byte_at(at * page) && view.bytes[99] == byte_at(at * page + 99));
        smf_view_unmap(&view);
        CHECK_STATUS(smf_view_map(&view, path, 0, at * page, 0), SMF_OK);
        CHECK_EQUAL(view.size, whole - at * page);
        CHECK(view.bytes[view.size - 1] == byte_at(whole - 1));
        smf_view_unmap(&view);
    }
    CHECK_STATUS(smf_view_map(&view, path, 0, 1, 10), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_view_map(&view, path, 0, page / 2, 10), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_view_map(&view, path, 0, 0, whole + 1), SMF_ERR_TRUNCATED);
    CHECK_STATUS(smf_view_map(&view, path, 0, 40 * page, 101), SMF_ERR_TRUNCATED);
    CHECK_STATUS(smf_view_map(&view, path, 0, 41 * page, 0), SMF_ERR_TRUNCATED);
    CHECK_STATUS(smf_view_map(&view, path, 0, UINT64_MAX / page * page, 0), SMF_ERR_TRUNCATED);
    CHECK_STATUS(smf_view_map(&view, path, 0, 0, SIZE_MAX), SMF_ERR_TRUNCATED);
    CHECK(view.bytes == NULL);
    remove(path);
}

static void what_cannot_be_mapped_says_why(void)
{
    struct smf_view view;
    uint64_t size = 7;
    uint32_t error = 0;
    make_file(0);
    CHECK_STATUS(smf_view_map(&view, path, 0, 0, 0), SMF_ERR_EMPTY);
    CHECK_STATUS(smf_view_file_size(path, &size, &error), SMF_OK);
    CHECK_EQUAL(size, 0);
    remove(path);
    CHECK_STATUS(smf_view_map(&view, path, 0, 0, 0), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_view_file_size(path, &size, &error), SMF_ERR_NOT_FOUND);
#ifdef _WIN32
    CHECK_EQUAL(error, ERROR_FILE_NOT_FOUND);
#else
    CHECK_EQUAL(error, ENOENT);
#endif
    CHECK_EQUAL(view.error, error);
    CHECK(smf_view_map(&view, ".", 0, 0, 0) < 0); /* a folder: Windows does not open it at all */
    CHECK(view.error != 0 && view.bytes == NULL);
    CHECK(smf_view_map(&view, "", 0, 0, 0) < 0);
    for (unsigned flag = 4; flag != 0; flag <<= 1) { /* among them what others call execute, and fixed */
        CHECK_STATUS(smf_view_map(&view, path, flag, 0, 0), SMF_ERR_ARGUMENT);
        CHECK_EQUAL(view.error, 0);
    }
    CHECK_STATUS(smf_view_map_anonymous(&view, 0), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_view_map_anonymous(&view, SIZE_MAX / 2), SMF_ERR_NO_MEMORY);
    CHECK(view.error != 0);
}

static void a_file_that_may_not_be_written_is_refused(void)
{
    struct smf_view view;
    make_file(10);
#ifdef _WIN32
    /* Attributes do not stop everybody (wine asks the system below, as root): somebody who does not share does. */
    HANDLE alone = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    CHECK(alone != INVALID_HANDLE_VALUE);
    CHECK_STATUS(smf_view_map(&view, path, SMF_VIEW_WRITE | SMF_VIEW_SHARED, 0, 0), SMF_ERR_PROTECT);
    CHECK_EQUAL(view.error, ERROR_SHARING_VIOLATION);
    CloseHandle(alone);
#else
    /* Not even by root. */
    CHECK_STATUS(smf_view_map(&view, "/proc/sys/kernel/ostype", SMF_VIEW_WRITE | SMF_VIEW_SHARED, 0, 0),
                 SMF_ERR_PROTECT);
    CHECK_EQUAL(view.error, EACCES);
#endif
    remove(path);
}

static void bytes_are_read_within_bounds(void)
{
    struct smf_view view;
    uint8_t got[8] = {0}, none[8] = {0};
    make_file(100);
    CHECK_STATUS(smf_view_map(&view, path, 0, 0, 0), SMF_OK);
    CHECK_STATUS(smf_view_read(&view, 92, got, 8), SMF_OK);
    CHECK(got[0] == byte_at(92) && got[7] == byte_at(99));
    memset(got, 0, sizeof got);
    CHECK_STATUS(smf_view_read(&view, 93, got, 8), SMF_ERR_TRUNCATED);
    CHECK_STATUS(smf_view_read(&view, 101, got, 0), SMF_ERR_TRUNCATED);
    CHECK_STATUS(smf_view_read(&view, UINT64_MAX, got, 2), SMF_ERR_TRUNCATED);
    CHECK_STATUS(smf_view_read(&view, 2, got, SIZE_MAX - 1), SMF_ERR_TRUNCATED);
    CHECK(memcmp(got, none, sizeof got) == 0);
    CHECK_STATUS(smf_view_read(&view, 100, got, 0), SMF_OK);
    CHECK(smf_view_bytes(&view, 90, 10) == view.bytes + 90);
    CHECK(smf_view_bytes(&view, 90, 11) == NULL);
    CHECK(smf_view_bytes(&view, UINT64_MAX, 1) == NULL);
    smf_view_unmap(&view);
    CHECK_STATUS(smf_view_read(&view, 0, got, 1), SMF_ERR_TRUNCATED);
    CHECK_STATUS(smf_view_read(&view, 0, got, 0), SMF_ERR_TRUNCATED);
    remove(path);
}

static void check_text(const struct smf_view *view, uint64_t offset, size_t limit, size_t capacity, const char *wanted,
                       bool cut)
{
    char into[64];
    size_t length = 99;
    bool truncated = !cut;
    memset(into, 'Z', sizeof into);
    CHECK_STATUS(smf_view_read_text(view, offset, limit, into, capacity, &length, &truncated), SMF_OK);
    CHECK_TEXT(into, wanted);
    CHECK_EQUAL(length, strlen(wanted));
    CHECK_EQUAL(truncated, cut);
    CHECK(into[capacity] == 'Z');
}

static void text_ends_at_its_nul_at_the_limit_or_with_the_view(void)
{
    static const char bytes[] = "first\0second\0\0last";
    char into[4] = "";
    struct smf_view view;
    make_text(bytes, sizeof bytes - 1); /* the last has no NUL */
    CHECK_STATUS(smf_view_map(&view, path, 0, 0, 0), SMF_OK);
    check_text(&view, 0, 0, 60, "first", false);
    check_text(&view, 6, 0, 60, "second", false);
    check_text(&view, 6, 100, 60, "second", false);
    check_text(&view, 6, 7, 60, "second", false); /* the limit just holds the NUL */
    check_text(&view, 6, 6, 60, "second", true);
    check_text(&view, 6, 2, 60, "se", true);
    check_text(&view, 6, 0, 7, "second", false);
    check_text(&view, 6, 0, 6, "secon", true);
    check_text(&view, 6, 0, 1, "", true);
    check_text(&view, 13, 0, 60, "", false);
    check_text(&view, 13, 0, 1, "", false);
    check_text(&view, 14, 0, 60, "last", true);
    check_text(&view, 14, SIZE_MAX, 60, "last", true);
    check_text(&view, 17, 0, 60, "t", true);
    CHECK_STATUS(smf_view_read_text(&view, 18, 0, into, 4, NULL, NULL), SMF_ERR_TRUNCATED);
    CHECK_STATUS(smf_view_read_text(&view, UINT64_MAX, 0, into, 4, NULL, NULL), SMF_ERR_TRUNCATED);
    CHECK_STATUS(smf_view_read_text(&view, 0, 0, into, 0, NULL, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_view_read_text(&view, 0, 0, into, 4, NULL, NULL), SMF_OK);
    CHECK_TEXT(into, "fir");
    smf_view_unmap(&view);
    remove(path);
}

static void what_is_no_utf8_is_replaced(void)
{
#define BAD "\xEF\xBF\xBD"
    static const struct {
        const char *bytes, *wanted;
    } texts[] = {
        {"a\xC3\xA9z",                   "a\xC3\xA9z"                  },
        {"\xE2\x82\xAC\xF0\x9F\x98\x80", "\xE2\x82\xAC\xF0\x9F\x98\x80"},
        {"a\xFFz",                       "a" BAD "z"                   },
        {"\xC3(",                        BAD "("                       },
        {"\x80",                         BAD                           },
        {"\xC0\xAF",                     BAD BAD                       }, /* not the shortest form */
        {"\xE0\x9F\xBF",                 BAD BAD BAD                   },
        {"\xF0\x8F\xBF\xBF",             BAD BAD BAD BAD               },
        {"\xED\xA0\x80",                 BAD BAD BAD                   }, /* a surrogate */
        {"\xF4\x90\x80\x80",             BAD BAD BAD BAD               }, /* past U+10FFFF */
        {"a\xE2\x82",                    "a" BAD BAD                   }, /* ends early */
        {"\xED\x9F\xBF\xF4\x8F\xBF\xBF", "\xED\x9F\xBF\xF4\x8F\xBF\xBF"},
    };
    struct smf_view view;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        make_text(texts[i].bytes, strlen(texts[i].bytes) + 1);
        CHECK_STATUS(smf_view_map(&view, path, 0, 0, 0), SMF_OK);
        check_text(&view, 0, 0, 60, texts[i].wanted, false);
        smf_view_unmap(&view);
    }
    make_text("ab\xE2\x82\xAC", 6);
    CHECK_STATUS(smf_view_map(&view, path, 0, 0, 0), SMF_OK);
    check_text(&view, 0, 0, 6, "ab\xE2\x82\xAC", false);
    check_text(&view, 0, 0, 5, "ab", true); /* no half character */
    smf_view_unmap(&view);
    remove(path);
}

static void a_private_view_leaves_the_file_alone(void)
{
    struct smf_view view, other;
    make_file(2 * page);
    CHECK_STATUS(smf_view_map(&view, path, SMF_VIEW_WRITE, 0, 0), SMF_OK);
    CHECK_STATUS(smf_view_map(&other, path, 0, 0, 0), SMF_OK);
    view.bytes[page] = 0xA5;
    CHECK_STATUS(smf_view_sync(&view, 0, view.size, true), SMF_OK);
    CHECK_EQUAL(other.bytes[page], byte_at(page));
    smf_view_unmap(&view);
    smf_view_unmap(&other);
    CHECK_EQUAL(file_byte((long)page), byte_at(page));
    remove(path);
}

static void a_shared_view_reaches_the_file(void)
{
    struct smf_view view, reader;
    make_file(2 * page + 50);
    CHECK_STATUS(smf_view_map(&view, path, SMF_VIEW_WRITE | SMF_VIEW_SHARED, page, 0), SMF_OK);
    CHECK_STATUS(smf_view_map(&reader, path, SMF_VIEW_SHARED, 0, 0), SMF_OK);
    for (unsigned wait = 0; wait < 2; wait++) {
        view.bytes[10] = (uint8_t)(0xA0 + wait);
        CHECK_EQUAL(reader.bytes[page + 10], 0xA0 + wait);
        CHECK_STATUS(smf_view_sync(&view, 7, 10, wait != 0), SMF_OK);
        CHECK_EQUAL(file_byte((long)page + 10), 0xA0 + wait);
    }
    CHECK_STATUS(smf_view_sync(&view, 0, view.size, true), SMF_OK);
    CHECK_STATUS(smf_view_sync(&view, 0, 0, true), SMF_OK);
    CHECK_STATUS(smf_view_sync(&view, 1, view.size, true), SMF_ERR_TRUNCATED);
    CHECK_STATUS(smf_view_sync(&reader, 0, 10, true), SMF_OK);
    smf_view_unmap(&view);
    smf_view_unmap(&reader);
    CHECK_EQUAL(file_byte((long)page + 10), 0xA1);
    remove(path);
}

static void plain_memory_is_zero_and_writable(void)
{
    struct smf_view view;
    bool zero = true;
    CHECK_STATUS(smf_view_map_anonymous(&view, 3 * page + 1), SMF_OK);
    CHECK_EQUAL(view.size, 3 * page + 1);
    for (size_t i = 0; i < view.size; i++)
        zero = zero && view.bytes[i] == 0;
    CHECK(zero);
    memset(view.bytes, 0x5A, view.size);
    CHECK_STATUS(smf_view_sync(&view, 0, view.size, true), SMF_OK);
    smf_view_unmap(&view);
    CHECK(view.bytes == NULL);
}

/* Not by its rights, and not when it is tried. */
static void no_view_is_ever_executable(void)
{
    static const unsigned flags[] = {0, SMF_VIEW_WRITE, SMF_VIEW_SHARED, SMF_VIEW_WRITE | SMF_VIEW_SHARED};
    struct smf_view view;
    make_file(100);
    for (unsigned i = 0; i < 5; i++) {
        if (i < 4)
            CHECK_STATUS(smf_view_map(&view, path, flags[i], 0, 0), SMF_OK);
        else
            CHECK_STATUS(smf_view_map_anonymous(&view, 100), SMF_OK);
        const char *rights = rights_at(view.bytes);
        const bool writable = (view.flags & SMF_VIEW_WRITE) != 0;
        CHECK(rights != NULL);
#if defined(_WIN32) || !defined(SMF_TESTS_EMULATED) /* qemu-user lists neighbours as one: see unit/port_posix */
        CHECK_TEXT(rights, writable ? "w" : "");
#endif
        CHECK(access_faults(ACCESS_EXECUTE, (uintptr_t)view.bytes));
        CHECK_EQUAL(access_faults(ACCESS_WRITE, (uintptr_t)view.bytes), !writable);
        CHECK(!access_faults(ACCESS_READ, (uintptr_t)view.bytes));
        const uintptr_t gone = (uintptr_t)view.bytes;
        smf_view_unmap(&view);
        CHECK(access_faults(ACCESS_READ, gone));
    }
    remove(path);
}

static void advice_is_only_a_hint(void)
{
    struct smf_view view, plain;
    make_file(3 * page);
    CHECK_STATUS(smf_view_map(&view, path, SMF_VIEW_WRITE, 0, 0), SMF_OK);
    CHECK_STATUS(smf_view_map_anonymous(&plain, 3 * page), SMF_OK);
    view.bytes[page + 1] = plain.bytes[page + 1] = 0xA5;
    for (int advice = SMF_VIEW_NORMAL; advice <= SMF_VIEW_DONT_NEED; advice++) {
        CHECK_STATUS(smf_view_advise(&view, 0, view.size, (enum smf_view_advice)advice), SMF_OK);
        CHECK_STATUS(smf_view_advise(&view, page + 1, 5, (enum smf_view_advice)advice), SMF_OK);
        CHECK_STATUS(smf_view_advise(&plain, 0, plain.size, (enum smf_view_advice)advice), SMF_OK);
        CHECK_STATUS(smf_view_advise(&view, 0, 0, (enum smf_view_advice)advice), SMF_OK);
    }
    CHECK(view.bytes[page + 1] == 0xA5 && plain.bytes[page + 1] == 0xA5 && view.bytes[0] == byte_at(0));
    CHECK_STATUS(smf_view_advise(&view, 0, 1, (enum smf_view_advice)5), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_view_advise(&view, 0, 1, (enum smf_view_advice) - 1), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_view_advise(&view, 1, view.size, SMF_VIEW_NORMAL), SMF_ERR_TRUNCATED);
    smf_view_unmap(&view);
    smf_view_unmap(&plain);
    remove(path);
}

/* The system may refuse to lock; the view is there all the same. */
static void a_lock_is_never_fatal(void)
{
    struct smf_view view, large;
    make_file(100);
    CHECK_STATUS(smf_view_map(&view, path, 0, 0, 0), SMF_OK);
    const enum smf_status locked = smf_view_lock(&view);
    CHECK(locked == SMF_OK || (locked == SMF_ERR_LIMIT && view.error != 0));
    if (locked == SMF_OK)
        CHECK_STATUS(smf_view_unlock(&view), SMF_OK);
    CHECK_EQUAL(view.bytes[99], byte_at(99));
    smf_view_unmap(&view);
    CHECK_STATUS(smf_view_lock(&view), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_view_unlock(&view), SMF_ERR_ARGUMENT);
#ifdef __SANITIZE_ADDRESS__ /* it answers for mlock, and always well */
    (void)large;
#else
    CHECK_STATUS(smf_view_map_anonymous(&large, page), SMF_OK);
    struct smf_view wrong = large; /* pages that nobody has: the system's refusal, without exhausting any limit */
    smf_view_unmap(&large);
    CHECK_STATUS(smf_view_lock(&wrong), SMF_ERR_LIMIT);
    CHECK(wrong.error != 0);
#endif
    remove(path);
}

static void a_file_is_read_without_mapping(void)
{
    uint8_t got[8] = {0};
    uint32_t error = 7;
    make_file(3 * page);
    CHECK_STATUS(smf_view_read_file(path, page - 4, got, 8, &error), SMF_OK);
    for (size_t i = 0; i < 8; i++)
        CHECK_EQUAL(got[i], byte_at(page - 4 + i));
    CHECK_EQUAL(error, 7);
    memset(got, 0, sizeof got);
    CHECK_STATUS(smf_view_read_file(path, 3 * page - 7, got, 8, &error), SMF_ERR_TRUNCATED);
    CHECK_EQUAL(error, 0);
    CHECK_STATUS(smf_view_read_file(path, UINT64_MAX, got, 8, NULL), SMF_ERR_TRUNCATED);
    CHECK_STATUS(smf_view_read_file(path, 1, got, SIZE_MAX, NULL), SMF_ERR_TRUNCATED);
    CHECK_EQUAL(got[0], 0);
    CHECK_STATUS(smf_view_read_file(path, 3 * page, got, 0, NULL), SMF_OK);
    remove(path);
    CHECK_STATUS(smf_view_read_file(path, 0, got, 8, &error), SMF_ERR_NOT_FOUND);
    CHECK(error != 0);
}

static void add_one(void *argument) { ++*(int *)argument; }

static void threads_are_waited_for(void)
{
    struct smf_thread threads[8];
    int counts[8] = {0};
    for (int i = 0; i < 8; i++)
        CHECK_STATUS(smf_thread_start(&threads[i], add_one, &counts[i]), SMF_OK);
    for (int i = 0; i < 8; i++) {
        smf_thread_join(&threads[i]);
        CHECK_EQUAL(counts[i], 1);
        smf_thread_join(&threads[i]); /* again: nothing happens */
    }
    struct smf_thread never = {0};
    smf_thread_join(&never);
}

static void files_are_mapped_in_the_background(void)
{
    struct smf_view_job jobs[3] = {
        {.path = path},
        {.path = path, .offset = page, .size = 10},
        {.path = "no such file" }
    };
    make_file(5 * page + 3);
    for (int i = 0; i < 3; i++)
        CHECK_STATUS(smf_view_map_start(&jobs[i]), SMF_OK);
    CHECK_STATUS(smf_view_map_wait(&jobs[0]), SMF_OK);
    CHECK_STATUS(smf_view_map_wait(&jobs[0]), SMF_OK);
    CHECK_STATUS(smf_view_map_wait(&jobs[1]), SMF_OK);
    CHECK_STATUS(smf_view_map_wait(&jobs[2]), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(jobs[0].view.size, 5 * page + 3);
    CHECK(jobs[0].view.bytes[5 * page + 2] == byte_at(5 * page + 2));
    CHECK(jobs[1].view.size == 10 && jobs[1].view.bytes[9] == byte_at(page + 9));
    CHECK(jobs[2].view.bytes == NULL && jobs[2].view.error != 0);
    for (int i = 0; i < 3; i++)
        smf_view_unmap(&jobs[i].view);
    remove(path);
}

static const struct tap_case cases[] = {
    {"a_whole_file_is_seen",                               a_whole_file_is_seen                              },
    {"a_part_starts_at_any_page",                          a_part_starts_at_any_page                         },
    {"what_cannot_be_mapped_says_why",                     what_cannot_be_mapped_says_why                    },
    {"a_file_that_may_not_be_written_is_refused",          a_file_that_may_not_be_written_is_refused         },
    {"bytes_are_read_within_bounds",                       bytes_are_read_within_bounds                      },
    {"text_ends_at_its_nul_at_the_limit_or_with_the_view", text_ends_at_its_nul_at_the_limit_or_with_the_view},
    {"what_is_no_utf8_is_replaced",                        what_is_no_utf8_is_replaced                       },
    {"a_private_view_leaves_the_file_alone",               a_private_view_leaves_the_file_alone              },
    {"a_shared_view_reaches_the_file",                     a_shared_view_reaches_the_file                    },
    {"plain_memory_is_zero_and_writable",                  plain_memory_is_zero_and_writable                 },
    {"no_view_is_ever_executable",                         no_view_is_ever_executable                        },
    {"advice_is_only_a_hint",                              advice_is_only_a_hint                             },
    {"a_lock_is_never_fatal",                              a_lock_is_never_fatal                             },
    {"a_file_is_read_without_mapping",                     a_file_is_read_without_mapping                    },
    {"threads_are_waited_for",                             threads_are_waited_for                            },
    {"files_are_mapped_in_the_background",                 files_are_mapped_in_the_background                },
};

int main(int argc, char **argv)
{
    page = smf_view_page_size();
    return tap_main(cases, sizeof cases / sizeof cases[0], argc, argv);
}
