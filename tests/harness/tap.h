/* SPDX-License-Identifier: MIT */
/*
 * tap.h - the harness: a program of named cases that prints TAP and, for each
 * failure, the line that reproduces it.
 *
 *     static void adds(void) { CHECK_EQUAL(2 + 2, 4); }
 *     static const struct tap_case cases[] = {{"adds", adds}};
 *     TAP_MAIN(cases)
 *
 * `program` runs every case, `program adds` that one (or all that start with
 * "adds:"), `program --list` names them. Exit status 0 only if every case that
 * ran passed and at least one ran.
 */
#ifndef SMF_TESTS_TAP_H
#define SMF_TESTS_TAP_H

#include <stddef.h>
#include <stdint.h>

struct tap_case {
    const char *name;
    void (*run)(void);
};

/* Used by the macros. A case goes on after a failed check. */
void tap_check(int passed, const char *file, int line, const char *format, ...) __attribute__((format(printf, 4, 5)));
void tap_skip(const char *why); /* the case is reported as skipped, with the reason */
#if UINTPTR_MAX == UINT32_MAX
_Noreturn void tap_leave(const char *why); /* the same, and the case ends here */
#endif
void tap_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* For cases that run in a loop: what the rerun line must say after the case's name, e.g. "port=7"; "" to end it. */
void tap_variant(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The variant asked for on the command line ("program case:variant"), "" for all of them. */
const char *tap_wanted_variant(void);
int tap_main(const struct tap_case *cases, size_t count, int argc, char **argv);

#define CHECK(condition) tap_check(!!(condition), __FILE__, __LINE__, "%s", #condition)
/* Integers; both sides are printed. */
#define CHECK_EQUAL(found, wanted)                                                                                     \
    do {                                                                                                               \
        const long long tap_found = (long long)(found), tap_wanted = (long long)(wanted);                              \
        tap_check(tap_found == tap_wanted, __FILE__, __LINE__, "%s is %lld (0x%llx), wanted %lld (0x%llx)", #found,    \
                  tap_found, (unsigned long long)tap_found, tap_wanted, (unsigned long long)tap_wanted);               \
    } while (0)
#define CHECK_TEXT(found, wanted) tap_check_text(found, wanted, #found, __FILE__, __LINE__)
/* smf_status: printed by name. */
#define CHECK_STATUS(found, wanted) tap_check_status(found, wanted, #found, __FILE__, __LINE__)

void tap_check_text(const char *found, const char *wanted, const char *what, const char *file, int line);
void tap_check_status(int found, int wanted, const char *what, const char *file, int line);

#define TAP_MAIN(cases)                                                                                                \
    int main(int argc, char **argv) { return tap_main(cases, sizeof(cases) / sizeof((cases)[0]), argc, argv); }

#endif
