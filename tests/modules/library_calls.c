/* SPDX-License-Identifier: MIT */
/* A module that leans on the C library: output, allocation, callbacks both ways, varargs, errno, floating point. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int calls;
static int compare_int(const void *left, const void *right)
{
    const int a = *(const int *)left, b = *(const int *)right;
    calls++;
    return (a > b) - (a < b);
}

static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
static double areas[16];
static char text[256];
static struct {
    const char *name;
    double (*function)(double);
} const functions[] = {
    {"sqrt",  sqrt },
    {"fabs",  fabs },
    {"floor", floor}
};

__attribute__((noinline)) static long sum(int count, ...)
{
    va_list list;
    long total = 0;
    va_start(list, count);
    while (count-- > 0)
        total += va_arg(list, int);
    va_end(list);
    return total;
}

__attribute__((noinline)) static int format(char *into, size_t size, const char *how, ...)
{
    va_list list;
    va_start(list, how);
    const int length = vsnprintf(into, size, how, list);
    va_end(list);
    return length;
}

static void at_end(void) { printf("atexit after %d comparisons\n", calls); }

/* Two ways to the same address must compare equal, whatever stub lies between. */
static int (*const table_puts)(const char *) = puts;
static int same_puts(int (*volatile other)(const char *)) { return other == table_puts; }

int main(int argc, char **argv)
{
    int numbers[] = {9, 3, 7, 1, 8, 2, 6, 4, 5, 0};
    char *copy = malloc(64);
    if (copy == NULL || argc < 1)
        return 1;
    qsort(numbers, sizeof numbers / sizeof numbers[0], sizeof numbers[0], compare_int);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        printf("%d%c", numbers[i], i == 9 ? '\n' : ' ');
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        areas[i] = (double)i * 1.5 + 0.25;
        printf("%s %.3f ", days[i], areas[i]);
    }
    puts("");
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        printf("%s(2.25) = %.6f\n", functions[i].name, functions[i].function(2.25));
    printf("sum %ld length %d\n", sum(4, 1, 2, 3, 4), format(text, sizeof text, "%s-%05d-%g", "x", 42, 0.5));
    strcpy(copy, text);
    copy = realloc(copy, 4096);
    puts(copy);
    errno = 0;
    const long limit = strtol("99999999999999999999999", NULL, 10);
    printf("strtol %ld errno %d\n", limit, errno == ERANGE);
    printf("same %d\n", same_puts(puts));
    int wanted = 7;
    const int *found = bsearch(&wanted, numbers, 10, sizeof numbers[0], compare_int);
    printf("found %d of %s\n", found == NULL ? -1 : (int)(found - numbers), argv[0] != NULL ? "program" : "?");
    free(copy);
    atexit(at_end);
    return (int)(unsigned char)(calls & 0x7f);
}
