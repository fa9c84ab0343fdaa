/* SPDX-License-Identifier: MIT */
/* tap.c - see tap.h. */
#include "harness/tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "smf/status.h"

static struct {
    const char *program, *name;
    char variant[128];
    char wanted[128];
    int failures; /* of the running case */
    const char *skipped;
} tap;

static void reproduce(void)
{
    printf("#   rerun: %s '%s%s%s'\n", tap.program, tap.name, tap.variant[0] ? ":" : "", tap.variant);
}

void tap_check(int passed, const char *file, int line, const char *format, ...)
{
    if (passed)
        return;
    tap.failures++;
    if (tap.failures > 20)
        return;
    va_list arguments;
    va_start(arguments, format);
    printf("#   %s:%d: ", file, line);
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    reproduce();
}

void tap_check_text(const char *found, const char *wanted, const char *what, const char *file, int line)
{
    tap_check(found != NULL && strcmp(found, wanted) == 0, file, line, "%s is \"%s\", wanted \"%s\"", what,
              found == NULL ? "(null)" : found, wanted);
}

void tap_check_status(int found, int wanted, const char *what, const char *file, int line)
{
    tap_check(found == wanted, file, line, "%s is %s, wanted %s", what, smf_status_name((enum smf_status)found),
              smf_status_name((enum smf_status)wanted));
}

void tap_skip(const char *why) { tap.skipped = why; }

#if UINTPTR_MAX == UINT32_MAX
static void *out[5];

void tap_leave(const char *why)
{
    tap_skip(why);
    __builtin_longjmp(out, 1);
}

static __attribute__((noinline)) void run_case(void (*run)(void))
{
    if (__builtin_setjmp(out) == 0)
        run();
}
#else
static void run_case(void (*run)(void)) { run(); }
#endif

void tap_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("# ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
}

void tap_variant(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(tap.variant, sizeof tap.variant, format, arguments);
    va_end(arguments);
}

const char *tap_wanted_variant(void) { return tap.wanted; }

static int asked_for(const char *name, const char *argument)
{
    const size_t length = strlen(name);
    if (argument == NULL)
        return 1;
    if (strncmp(argument, name, length) == 0 && argument[length] == ':')
        snprintf(tap.wanted, sizeof tap.wanted, "%s", argument + length + 1);
    else if (strcmp(argument, name) != 0)
        return 0;
    return 1;
}

static int run(const struct tap_case *one, unsigned number)
{
    tap.name = one->name;
    tap.variant[0] = '\0';
    tap.failures = 0;
    tap.skipped = NULL;
    run_case(one->run);
    if (tap.failures > 20)
        printf("#   %d failed checks in all\n", tap.failures);
    printf("%sok %u - %s%s%s\n", tap.failures ? "not " : "", number, one->name, tap.skipped ? " # SKIP " : "",
           tap.skipped ? tap.skipped : "");
    fflush(stdout);
    return tap.failures;
}

int tap_main(const struct tap_case *cases, size_t count, int argc, char **argv)
{
    const char *argument = argc > 1 ? argv[1] : NULL;
    unsigned ran = 0, failed = 0;
    tap.program = argv[0];
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argument != NULL && strcmp(argument, "--list") == 0) {
        for (size_t i = 0; i < count; i++)
            printf("%s\n", cases[i].name);
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        tap.wanted[0] = '\0';
        if (asked_for(cases[i].name, argument))
            failed += run(&cases[i], ++ran) != 0;
    }
    printf("1..%u\n# %u ran, %u failed\n", ran, ran, failed);
    if (ran == 0)
        printf("# no case is called '%s'; --list names them\n", argument == NULL ? "" : argument);
    return failed != 0 || ran == 0;
}
