/* SPDX-License-Identifier: MIT */
/*
 * small_libc.c - what the harness and the tests need of a C library, for boards without one (x86-64: Debian has no picolibc for it).
 *
 * Compiled against the headers of the machine that builds; only what is declared the same everywhere is used.
 * printf understands the flags - and 0, width, precision, the lengths hh h l ll z t j, and the conversions
 * d i u x X c s p %. Output goes to the board's console.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"

/* ---- Strings; what works on memory is in boards/common/memory.c. ---- */

/* A loop that the compiler must not turn into a call of itself. */
#if defined(__clang__)
#define AS_WRITTEN __attribute__((no_builtin))
#else
#define AS_WRITTEN __attribute__((optimize("no-tree-loop-distribute-patterns")))
#endif

AS_WRITTEN size_t strlen(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0')
        length++;
    return length;
}

int strncmp(const char *left, const char *right, size_t most)
{
    for (size_t i = 0; i < most; i++) {
        const int difference = (unsigned char)left[i] - (unsigned char)right[i];
        if (difference != 0 || left[i] == '\0')
            return difference;
    }
    return 0;
}

int strcmp(const char *left, const char *right)
{
    while (*left != '\0' && *left == *right)
        left++, right++;
    return (unsigned char)*left - (unsigned char)*right;
}

char *strchr(const char *text, int character)
{
    for (;; text++) {
        if (*text == (char)character)
            return (char *)(uintptr_t)text;
        if (*text == '\0')
            return NULL;
    }
}

size_t strcspn(const char *text, const char *stop)
{
    size_t length = 0;
    while (text[length] != '\0' && strchr(stop, text[length]) == NULL)
        length++;
    return length;
}

char *strstr(const char *text, const char *wanted)
{
    const size_t length = strlen(wanted);
    for (; strncmp(text, wanted, length) != 0; text++)
        if (*text == '\0')
            return NULL;
    return (char *)(uintptr_t)text;
}

char *strcpy(char *restrict to, const char *restrict from) { return memcpy(to, from, strlen(from) + 1); }

char *strcat(char *restrict to, const char *restrict from)
{
    strcpy(to + strlen(to), from);
    return to;
}

/* ---- printf ---- */

/* Where characters go: a buffer of `size` bytes, or the console (size SIZE_MAX). `length` counts all of them. */
struct output {
    char *text;
    size_t size, length;
};

static void put(struct output *output, char character)
{
    if (output->size == SIZE_MAX)
        board_put(character);
    else if (output->length + 1 < output->size)
        output->text[output->length] = character;
    output->length++;
}

/* One conversion: what stands between % and the letter. */
struct conversion {
    int left, zero, width, precision; /* precision -1: none */
};

static void put_padded(struct output *output, const struct conversion *how, const char *sign, const char *text,
                       size_t length)
{
    const size_t sign_length = strlen(sign);
    size_t padding = how->width > 0 ? (size_t)how->width : 0;
    padding = padding > length + sign_length ? padding - length - sign_length : 0;
    for (size_t i = 0; i < padding && !how->left && !how->zero; i++)
        put(output, ' ');
    for (size_t i = 0; i < sign_length; i++)
        put(output, sign[i]);
    for (size_t i = 0; i < padding && !how->left && how->zero; i++)
        put(output, '0');
    for (size_t i = 0; i < length; i++)
        put(output, text[i]);
    for (size_t i = 0; i < padding && how->left; i++)
        put(output, ' ');
}

static void put_integer(struct output *output, const struct conversion *how, const char *sign, uint64_t value,
                        unsigned base, const char *digits)
{
    char text[80];
    size_t at = sizeof text;
    const size_t least = how->precision >= 0 && how->precision < 64 ? (size_t)how->precision : 1;
    while (value != 0 || sizeof text - at < least) {
        text[--at] = digits[value % base];
        value /= base;
    }
    struct conversion padding = *how;
    padding.zero = how->zero && how->precision < 0;
    put_padded(output, &padding, sign, text + at, sizeof text - at);
}

static int parse_number(const char **format, va_list *arguments)
{
    int number = 0;
    if (**format == '*') {
        ++*format;
        return va_arg(*arguments, int);
    }
    for (; **format >= '0' && **format <= '9'; ++*format)
        number = number * 10 + (**format - '0');
    return number;
}

/* The bytes of an integer argument: 4, or 8 after l, ll, z, t, j. 1 and 2 come as int. */
static unsigned parse_length(const char **format)
{
    unsigned bytes = 4;
    for (; **format != '\0' && strchr("hlztj", **format) != NULL; ++*format)
        bytes = **format == 'h' ? bytes / 2 : 8;
    return bytes;
}

static uint64_t narrow(uint64_t value, unsigned bytes, int is_signed)
{
    const unsigned unused = 64 - bytes * 8;
    return is_signed ? (uint64_t)((int64_t)(value << unused) >> unused) : value << unused >> unused;
}

static void convert(struct output *output, const char **format, va_list *arguments)
{
    struct conversion how = {.precision = -1};
    for (; **format == '-' || **format == '0'; ++*format) {
        how.left |= **format == '-';
        how.zero |= **format == '0';
    }
    how.width = parse_number(format, arguments);
    if (**format == '.') {
        ++*format;
        how.precision = parse_number(format, arguments);
    }
    const unsigned bytes = parse_length(format);
    const char letter = *(*format)++;
    if (letter == 'd' || letter == 'i' || letter == 'u' || letter == 'x' || letter == 'X') {
        const uint64_t word = bytes == 8 ? va_arg(*arguments, uint64_t) : va_arg(*arguments, unsigned);
        const int is_signed = letter == 'd' || letter == 'i';
        const uint64_t value = narrow(word, bytes, is_signed);
        const int negative = is_signed && (int64_t)value < 0;
        put_integer(output, &how, negative ? "-" : "", negative ? 0 - value : value,
                    is_signed || letter == 'u' ? 10 : 16, letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef");
    } else if (letter == 'p') {
        put_integer(output, &how, "0x", (uintptr_t)va_arg(*arguments, void *), 16, "0123456789abcdef");
    } else if (letter == 's') {
        const char *text = va_arg(*arguments, const char *);
        size_t length = 0;
        text = text == NULL ? "(null)" : text;
        while ((how.precision < 0 || length < (size_t)how.precision) && text[length] != '\0')
            length++;
        put_padded(output, &how, "", text, length);
    } else if (letter == 'c') {
        const char character = (char)va_arg(*arguments, int);
        put_padded(output, &how, "", &character, 1);
    } else {
        put(output, letter);
    }
}

static int format_all(struct output *output, const char *format, va_list arguments)
{
    va_list copy;
    va_copy(copy, arguments);
    while (*format != '\0') {
        if (*format == '%') {
            format++;
            convert(output, &format, &copy);
        } else {
            put(output, *format++);
        }
    }
    va_end(copy);
    return (int)output->length;
}

int vsnprintf(char *restrict text, size_t size, const char *restrict format, va_list arguments)
{
    struct output output = {.text = text, .size = size < SIZE_MAX ? size : SIZE_MAX - 1};
    const int length = format_all(&output, format, arguments);
    if (size > 0)
        text[output.length < size ? output.length : size - 1] = '\0';
    return length;
}

int vprintf(const char *restrict format, va_list arguments)
{
    struct output output = {.size = SIZE_MAX};
    return format_all(&output, format, arguments);
}

int printf(const char *restrict format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vprintf(format, arguments);
    va_end(arguments);
    return length;
}

int fprintf(FILE *restrict file, const char *restrict format, ...)
{
    va_list arguments;
    (void)file;
    va_start(arguments, format);
    const int length = vprintf(format, arguments);
    va_end(arguments);
    return length;
}

int snprintf(char *restrict text, size_t size, const char *restrict format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(text, size, format, arguments);
    va_end(arguments);
    return length;
}

int puts(const char *text) { return printf("%s\n", text); }

int putchar(int character)
{
    board_put((char)character);
    return character;
}

/* ---- The rest ---- */

FILE *stdout, *stderr;

int fflush(FILE *file)
{
    (void)file;
    return 0;
}

int setvbuf(FILE *restrict file, char *restrict buffer, int mode, size_t size)
{
    (void)file, (void)buffer, (void)mode, (void)size;
    return 0;
}

void abort(void) { board_exit(134); }

void exit(int status) { board_exit(status); }
