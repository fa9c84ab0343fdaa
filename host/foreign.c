/* SPDX-License-Identifier: MIT */
/*
 * foreign.c - the usual part of the C library for modules that call the other
 * way than this process does: each function here is of their convention, and
 * calls the process's own. On Windows they are System V's, elsewhere Microsoft's.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host.h"

#if defined(__x86_64__)

#define CALL SMF_FOREIGN_CALL

/* Functions that take and return the same here and there: result, name, parameters, arguments. */
#define FUNCTIONS(F)                                                                                                   \
    F(void *, memcpy, (void *to, const void *from, size_t size), (to, from, size))                                     \
    F(void *, memmove, (void *to, const void *from, size_t size), (to, from, size))                                    \
    F(void *, memset, (void *to, int byte, size_t size), (to, byte, size))                                             \
    F(int, memcmp, (const void *a, const void *b, size_t size), (a, b, size))                                          \
    F(size_t, strlen, (const char *text), (text))                                                                      \
    F(int, strcmp, (const char *a, const char *b), (a, b))                                                             \
    F(int, strncmp, (const char *a, const char *b, size_t size), (a, b, size))                                         \
    F(char *, strcpy, (char *to, const char *from), (to, from))                                                        \
    F(char *, strncpy, (char *to, const char *from, size_t size), (to, from, size))                                    \
    F(char *, strcat, (char *to, const char *from), (to, from))                                                        \
    F(char *, strncat, (char *to, const char *from, size_t size), (to, from, size))                                    \
    F(size_t, strspn, (const char *text, const char *set), (text, set))                                                \
    F(size_t, strcspn, (const char *text, const char *set), (text, set))                                               \
    F(char *, strtok, (char *text, const char *set), (text, set))                                                      \
    F(char *, strerror, (int number), (number))                                                                        \
    F(char *, getenv, (const char *name), (name))                                                                      \
    F(void *, malloc, (size_t size), (size))                                                                           \
    F(void *, calloc, (size_t count, size_t size), (count, size))                                                      \
    F(void *, realloc, (void *bytes, size_t size), (bytes, size))                                                      \
    F(int, abs, (int number), (number))                                                                                \
    F(int, atoi, (const char *text), (text))                                                                           \
    F(double, atof, (const char *text), (text))                                                                        \
    F(double, strtod, (const char *text, char **end), (text, end))                                                     \
    F(long long, strtoll, (const char *text, char **end, int base), (text, end, base))                                 \
    F(unsigned long long, strtoull, (const char *text, char **end, int base), (text, end, base))                       \
    F(int, rand, (void), ())                                                                                           \
    F(int, isalnum, (int letter), (letter))                                                                            \
    F(int, isalpha, (int letter), (letter))                                                                            \
    F(int, isdigit, (int letter), (letter))                                                                            \
    F(int, isxdigit, (int letter), (letter))                                                                           \
    F(int, islower, (int letter), (letter))                                                                            \
    F(int, isupper, (int letter), (letter))                                                                            \
    F(int, isspace, (int letter), (letter))                                                                            \
    F(int, ispunct, (int letter), (letter))                                                                            \
    F(int, isprint, (int letter), (letter))                                                                            \
    F(int, tolower, (int letter), (letter))                                                                            \
    F(int, toupper, (int letter), (letter))                                                                            \
    F(int, puts, (const char *text), (text))                                                                           \
    F(int, putchar, (int letter), (letter))                                                                            \
    F(int, getchar, (void), ())                                                                                        \
    F(int, fputs, (const char *text, FILE *file), (text, file))                                                        \
    F(int, fputc, (int letter, FILE *file), (letter, file))                                                            \
    F(int, putc, (int letter, FILE *file), (letter, file))                                                             \
    F(int, fgetc, (FILE * file), (file))                                                                               \
    F(char *, fgets, (char *into, int size, FILE *file), (into, size, file))                                           \
    F(size_t, fwrite, (const void *from, size_t size, size_t count, FILE *file), (from, size, count, file))            \
    F(size_t, fread, (void *into, size_t size, size_t count, FILE *file), (into, size, count, file))                   \
    F(FILE *, fopen, (const char *path, const char *mode), (path, mode))                                               \
    F(int, fclose, (FILE * file), (file))                                                                              \
    F(int, fflush, (FILE * file), (file))                                                                              \
    F(int, ferror, (FILE * file), (file))                                                                              \
    F(int, feof, (FILE * file), (file))                                                                                \
    F(int, remove, (const char *path), (path))                                                                         \
    F(double, sqrt, (double x), (x))                                                                                   \
    F(double, sin, (double x), (x))                                                                                    \
    F(double, cos, (double x), (x))                                                                                    \
    F(double, tan, (double x), (x))                                                                                    \
    F(double, atan, (double x), (x))                                                                                   \
    F(double, atan2, (double y, double x), (y, x))                                                                     \
    F(double, exp, (double x), (x))                                                                                    \
    F(double, log, (double x), (x))                                                                                    \
    F(double, log2, (double x), (x))                                                                                   \
    F(double, log10, (double x), (x))                                                                                  \
    F(double, pow, (double x, double y), (x, y))                                                                       \
    F(double, fmod, (double x, double y), (x, y))                                                                      \
    F(double, floor, (double x), (x))                                                                                  \
    F(double, ceil, (double x), (x))                                                                                   \
    F(double, fabs, (double x), (x))                                                                                   \
    F(float, sqrtf, (float x), (x))                                                                                    \
    F(float, fabsf, (float x), (x))

#define DEFINE(result, name, parameters, arguments)                                                                    \
    static result CALL foreign_##name parameters { return name arguments; }
FUNCTIONS(DEFINE)
#undef DEFINE

/* Functions whose C declarations differ, or that return nothing. */
static void CALL foreign_free(void *bytes) { free(bytes); }
static void CALL foreign_abort(void) { abort(); }
static void CALL foreign_exit(int status) { exit(status); }
static void CALL foreign_srand(unsigned seed) { srand(seed); }
static int64_t CALL foreign_atol(const char *text) { return atoll(text); }
static int64_t CALL foreign_labs(int64_t number) { return number < 0 ? -number : number; }
static int64_t CALL foreign_time(int64_t *into)
{
    const time_t now = time(NULL);
    if (into != NULL)
        *into = (int64_t)now;
    return (int64_t)now;
}
static char *CALL foreign_strchr(const char *text, int letter) { return strchr(text, letter); }
static char *CALL foreign_strrchr(const char *text, int letter) { return strrchr(text, letter); }
static char *CALL foreign_strstr(const char *text, const char *part) { return strstr(text, part); }
static void *CALL foreign_memchr(const void *bytes, int byte, size_t size) { return memchr(bytes, byte, size); }
static int *CALL foreign_errno(void) { return &errno; }
static void CALL foreign_nothing(void) {}

static void CALL foreign_assert(const char *what, const char *file, unsigned line, const char *function)
{
    fprintf(stderr, "%s:%u: %s: Assertion `%s' failed.\n", file, line, function != NULL ? function : "?", what);
    abort();
}

/* --- Printing --- */

static int print_to(FILE *file, const char *format, struct smf_print_arguments *arguments)
{
    struct smf_print print = {.file = file};
    smf_print(&print, format, arguments);
    return print.count > INT32_MAX ? -1 : (int)print.count;
}

static int print_into(char *into, size_t size, const char *format, struct smf_print_arguments *arguments)
{
    struct smf_print print = {.into = into, .capacity = size};
    if (size != 0)
        into[0] = '\0';
    smf_print(&print, format, arguments);
    return print.count > INT32_MAX ? -1 : (int)print.count;
}

#define PRINTING(name, parameters, last, call)                                                                         \
    static int CALL foreign_##name parameters                                                                          \
    {                                                                                                                  \
        struct smf_print_arguments arguments;                                                                          \
        smf_foreign_start(arguments.list, last);                                                                       \
        const int count = call;                                                                                        \
        smf_foreign_end(arguments.list);                                                                               \
        return count;                                                                                                  \
    }
PRINTING(printf, (const char *format, ...), format, print_to(stdout, format, &arguments))
PRINTING(fprintf, (FILE * file, const char *format, ...), format, print_to(file, format, &arguments))
PRINTING(snprintf, (char *into, size_t size, const char *format, ...), format,
         print_into(into, size, format, &arguments))
PRINTING(sprintf, (char *into, const char *format, ...), format, print_into(into, INT32_MAX, format, &arguments))

/* --- Callbacks --- */

typedef int CALL comparison(const void *a, const void *b);

/* By hand, in the shape of a heap: the library's would call the comparison its own way. */
static void swap(uint8_t *a, uint8_t *b, size_t size)
{
    for (; size != 0; size--, a++, b++) {
        const uint8_t byte = *a;
        *a = *b;
        *b = byte;
    }
}

static void sink(uint8_t *items, size_t at, size_t count, size_t size, comparison *compare)
{
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && compare(items + child * size, items + (child + 1) * size) < 0)
            child++;
        if (compare(items + at * size, items + child * size) >= 0)
            return;
        swap(items + at * size, items + child * size, size);
    }
}

static void CALL foreign_qsort(void *items, size_t count, size_t size, comparison *compare)
{
    for (size_t at = count / 2; at-- != 0;)
        sink(items, at, count, size, compare);
    for (size_t left = count; left > 1; left--) {
        swap(items, (uint8_t *)items + (left - 1) * size, size);
        sink(items, 0, left - 1, size, compare);
    }
}

static void *CALL foreign_bsearch(const void *key, const void *items, size_t count, size_t size, comparison *compare)
{
    for (size_t low = 0, high = count; low < high;) {
        const size_t middle = low + (high - low) / 2;
        uint8_t *item = (uint8_t *)(uintptr_t)items + middle * size;
        const int order = compare(key, item);
        if (order == 0)
            return item;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static int CALL foreign_cxa_atexit(void(CALL *function)(void *), void *argument, void *handle)
{
    const uintptr_t addresses[] = {(uintptr_t)handle};
    return smf_ending_file((uintptr_t)function, argument, addresses, 1) == 0 ? 0 : -1;
}

static int CALL foreign_atexit(void(CALL *function)(void))
{
    const uintptr_t addresses[] = {(uintptr_t)function, (uintptr_t)__builtin_return_address(0)};
    return smf_ending_file((uintptr_t)function, NULL, addresses, 2) == 0 ? 0 : -1;
}

/* --- Names --- */

struct foreign {
    const char *name;
    uintptr_t address;
};

static bool find(const struct foreign *table, size_t count, const char *name, uintptr_t *address)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(table[i].name, name) == 0) {
            *address = table[i].address;
            return true;
        }
    return false;
}

static bool find_function(const char *name, uintptr_t *address)
{
#define ENTRY(result, name, parameters, arguments) {#name, (uintptr_t)foreign_##name},
#define OTHER(name)                                                                                                    \
    {                                                                                                                  \
#name, (uintptr_t)foreign_##name                                                                               \
    }
    static const struct foreign table[] = {
        FUNCTIONS(ENTRY) OTHER(free),
        OTHER(abort),
        OTHER(exit),
        OTHER(srand),
        OTHER(atol),
        OTHER(labs),
        OTHER(time),
        OTHER(strchr),
        OTHER(strrchr),
        OTHER(strstr),
        OTHER(memchr),
        OTHER(printf),
        OTHER(fprintf),
        OTHER(snprintf),
        OTHER(sprintf),
        OTHER(qsort),
        OTHER(bsearch),
        OTHER(atexit),
        {"__cxa_atexit",     (uintptr_t)foreign_cxa_atexit},
        {"atoll",            (uintptr_t)foreign_atol      },
        {"llabs",            (uintptr_t)foreign_labs      },
        {"strtol",           (uintptr_t)foreign_strtoll   },
        {"strtoul",          (uintptr_t)foreign_strtoull  },
        {"__isoc99_strtol",  (uintptr_t)foreign_strtoll   },
        {"__errno_location", (uintptr_t)foreign_errno     },
        {"_errno",           (uintptr_t)foreign_errno     },
        {"__assert_fail",    (uintptr_t)foreign_assert    },
        {"__main",           (uintptr_t)foreign_nothing   }, /* clang's Windows target calls it first in main */
    };
#undef ENTRY
#undef OTHER
    return find(table, sizeof table / sizeof table[0], name, address);
}

/* The process's files, as objects of the names that modules know. */
static bool find_data(const char *name, uintptr_t *address)
{
    static FILE *in, *out, *error;
    in = stdin, out = stdout, error = stderr;
    const struct foreign table[] = {
        {"stdin",  (uintptr_t)&in   },
        {"stdout", (uintptr_t)&out  },
        {"stderr", (uintptr_t)&error}
    };
    return find(table, sizeof table / sizeof table[0], name, address);
}

enum smf_status smf_foreign_resolve(const struct smf_binding_request *request, struct smf_binding_answer *answer)
{
    uintptr_t address;
    answer->kind = SMF_KIND_FUNCTION;
    if (!find_function(request->name, &address)) {
        if (!find_data(request->name, &address))
            return SMF_ERR_NOT_FOUND;
        answer->kind = SMF_KIND_DATA;
    }
    answer->address = address;
    return SMF_OK;
}

#if !defined(_WIN32)
enum smf_status smf_libc_resolve_microsoft(void *context, const struct smf_binding_request *request,
                                           struct smf_binding_answer *answer)
{
    (void)context;
    return smf_foreign_resolve(request, answer);
}
#endif

#endif
