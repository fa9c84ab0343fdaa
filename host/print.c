/* SPDX-License-Identifier: MIT */
/*
 * print.c - printf for a caller of the other convention: its argument list is
 * walked here, conversion by conversion (C11 7.21.6.1), and each value is handed to
 * the process's own printf alone. `long` has 64 bits, whatever it has here.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "host.h"

#if defined(__x86_64__)

/* Flags, width, precision, and what length and letter become: "%-+ #0*.*lld" at most. */
struct conversion {
    char format[16];
    size_t length;
    int width, precision; /* 0 and -1: none */
    char size;            /* 'H' for hh, 'q' for ll, else the letter; 0: none */
    char letter;
};

static void add(struct smf_print *print, int count) { print->count = count < 0 ? -1 : print->count + count; }

/* Width and precision go through *, so that there is one form for each kind of value. */
#define PUT(value)                                                                                                     \
    do {                                                                                                               \
        const size_t at = (size_t)print->count < print->capacity ? (size_t)print->count : print->capacity;             \
        if (print->count < 0)                                                                                          \
            break;                                                                                                     \
        if (print->file != NULL)                                                                                       \
            add(print, fprintf(print->file, what->format, what->width, what->precision, value));                       \
        else                                                                                                           \
            add(print, snprintf(print->capacity != 0 ? print->into + at : NULL, print->capacity - at, what->format,    \
                                what->width, what->precision, value));                                                 \
    } while (0)

static void put_signed(struct smf_print *print, const struct conversion *what, long long value) { PUT(value); }
static void put_character(struct smf_print *print, const struct conversion *what, int value) { PUT(value); }
static void put_double(struct smf_print *print, const struct conversion *what, double value) { PUT(value); }
static void put_long_double(struct smf_print *print, const struct conversion *what, long double value) { PUT(value); }
static void put_pointer(struct smf_print *print, const struct conversion *what, const void *value) { PUT(value); }

static void put_text(struct smf_print *print, const char *text, size_t size)
{
    struct conversion piece = {.format = "%*.*s"};
    const struct conversion *what = &piece;
    while (size != 0 && print->count >= 0) {
        piece.precision = size < INT16_MAX ? (int)size : INT16_MAX;
        PUT(text);
        text += piece.precision;
        size -= (size_t)piece.precision;
    }
}

/* Digits, or * and an int of the list; 0 if there is neither. */
static int take_number(const char **at, struct smf_print_arguments *arguments)
{
    int number = 0;
    if (**at == '*') {
        (*at)++;
        return va_arg(arguments->list, int);
    }
    for (; **at >= '0' && **at <= '9'; (*at)++)
        number = number < 100000000 ? number * 10 + (**at - '0') : number;
    return number;
}

/* What stands behind a %. */
static void parse(const char **at, struct smf_print_arguments *arguments, struct conversion *what)
{
    *what = (struct conversion){.format = "%", .length = 1, .precision = -1};
    while (**at != '\0' && strchr("-+ #0", **at) != NULL) {
        if (strchr(what->format, **at) == NULL)
            what->format[what->length++] = **at;
        (*at)++;
    }
    what->width = take_number(at, arguments);
    if (**at == '.') {
        (*at)++;
        what->precision = take_number(at, arguments);
    }
    while (**at != '\0' && strchr("hlLqjzt", **at) != NULL) {
        what->size = what->size == **at ? (char)(**at == 'h' ? 'H' : 'q') : **at;
        (*at)++;
    }
    what->letter = **at;
    *at += **at != '\0';
}

static void finish(struct conversion *what, const char *kind)
{
    memcpy(what->format + what->length, "*.*", 3);
    what->length += 3;
    while (*kind != '\0')
        what->format[what->length++] = *kind++;
    what->format[what->length++] = what->letter;
    what->format[what->length] = '\0';
}

static long long take_integer(const struct conversion *what, struct smf_print_arguments *arguments)
{
    const bool sign = what->letter == 'd' || what->letter == 'i';
    if (what->size != 0 && what->size != 'h' && what->size != 'H')
        return va_arg(arguments->list, long long);
    const int value = va_arg(arguments->list, int);
    if (what->size == 'h')
        return sign ? (long long)(short)value : (long long)(unsigned short)value;
    if (what->size == 'H')
        return sign ? (long long)(signed char)value : (long long)(unsigned char)value;
    return sign ? (long long)value : (long long)(unsigned)value;
}

/*
 * gcc's va_arg takes it the way of this process (seen with 12.2), so by hand: Microsoft's callers pass its address,
 * System V's put it on the stack at a multiple of 16 (psABI 3.5.7, "overflow_arg_area").
 */
static long double take_long_double(struct smf_print_arguments *arguments)
{
#if defined(_WIN32)
    struct {
        uint32_t general, floating; /* offsets */
        uint8_t *overflow;
        void *saved;
    } list;
    long double value;
    memcpy(&list, &arguments->list, sizeof list);
    list.overflow += -(uintptr_t)list.overflow & 15;
    memcpy(&value, list.overflow, sizeof value);
    list.overflow += 16;
    memcpy(&arguments->list, &list, sizeof list);
    return value;
#else
    return *va_arg(arguments->list, const long double *);
#endif
}

/* False for a letter that is none of printf's, or %n, which writes memory: the text is put as it stands. */
static bool convert(struct smf_print *print, struct conversion *what, struct smf_print_arguments *arguments)
{
    switch (what->letter) {
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        finish(what, "ll");
        put_signed(print, what, take_integer(what, arguments));
        return true;
    case 'c':
        finish(what, "");
        put_character(print, what, va_arg(arguments->list, int));
        return true;
    case 's':
        finish(what, "");
        put_pointer(print, what, va_arg(arguments->list, const char *));
        return true;
    case 'p':
        finish(what, "");
        put_pointer(print, what, va_arg(arguments->list, const void *));
        return true;
    case 'a':
    case 'A':
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        finish(what, what->size == 'L' ? "L" : "");
        if (what->size == 'L')
            put_long_double(print, what, take_long_double(arguments));
        else
            put_double(print, what, va_arg(arguments->list, double));
        return true;
    default:
        return false;
    }
}

void smf_print(struct smf_print *print, const char *format, struct smf_print_arguments *arguments)
{
    while (*format != '\0' && print->count >= 0) {
        const char *percent = strchr(format, '%');
        const size_t plain = percent != NULL ? (size_t)(percent - format) : strlen(format);
        put_text(print, format, plain);
        format += plain;
        if (percent == NULL)
            break;
        struct conversion what;
        const char *after = percent + 1;
        parse(&after, arguments, &what);
        if (what.letter == '%')
            put_text(print, "%", 1);
        else if (!convert(print, &what, arguments))
            put_text(print, percent, (size_t)(after - percent));
        format = after;
    }
}

#endif
