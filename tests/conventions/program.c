/* SPDX-License-Identifier: MIT */
/* program.c - a program of plain C: linked, and as a module of either convention, it must say the same. No headers, as
 * in shared.h. */
typedef __SIZE_TYPE__ size;
int printf(const char *format, ...);
int snprintf(char *into, size capacity, const char *format, ...);
int puts(const char *text);
int atexit(void (*function)(void));
void *malloc(size bytes);
void free(void *bytes);
void *memcpy(void *to, const void *from, size bytes);
size strlen(const char *text);
int strcmp(const char *a, const char *b);
void qsort(void *items, size count, size bytes, int (*compare)(const void *, const void *));
void *bsearch(const void *key, const void *items, size count, size bytes, int (*compare)(const void *, const void *));
double sqrt(double x);
double pow(double x, double y);

static int compare(const void *a, const void *b)
{
    const int left = *(const int *)a, right = *(const int *)b;
    return (left > right) - (left < right);
}

static void first(void) { puts("registered first"); }
static void second(void) { puts("registered second"); }

static void print_numbers(void)
{
    printf("plain text, 100%%\n");
    printf("%d|%5d|%-5d|%05d|%+d|% d|%.3d|%*d|%-*d|%.*d\n", -42, 42, 42, 42, 42, 42, 7, 6, 42, 6, 42, 4, 7);
    printf("%u|%x|%X|%#x|%o|%#o|%hhu|%hd|%llu|%lld|%zu\n", 4000000000u, 48879u, 48879u, 255u, 8u, 8u, 300, 70000,
           18446744073709551615ull, -9223372036854775807ll, (size)12345678901ull);
    printf("%c%c|%s|%10s|%-10s|%.3s|%5.1s|\n", 'o', 'k', "text", "right", "left", "shortened", "xyz");
    printf("%f|%.2f|%10.3f|%-10.1f|%e|%.3e|%g|%G|%a\n", 1.5, 2.345, 3.14159, -2.5, 12345.678, .000123, 1e20, 1e-7, 1.0);
    printf("%d %Lf %d %.3Lf %g %Lg %d\n", 1, 1.5L, 2, 2.25L, 0.5, 1e30L, 3);
    /* More arguments than registers, of both kinds by turns. */
    printf("%d %.1f %d %.1f %d %.1f %d %.1f %d %.1f %d %.1f %d %.1f %d %.1f %d %.1f %d %.1f\n", 1, 1.5, 2, 2.5, 3, 3.5,
           4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5, 10, 10.5);
}

static void print_into_memory(void)
{
    char text[12];
    const int whole = snprintf(text, sizeof text, "%s and %d", "more than fits", 12345);
    printf("%d '%s' %d\n", whole, text, (int)strlen(text));
    printf("%d\n", snprintf(text, 0, "%d", 123456));
    printf("%d '%s'\n", snprintf(text, sizeof text, "%s", ""), text);
}

int main(int argc, char **argv)
{
    int items[40];
    atexit(first);
    atexit(second);
    for (int i = 1; i < argc; i++)
        printf("argument %d: %s\n", i, argv[i]);
    print_numbers();
    print_into_memory();
    for (int i = 0; i < 40; i++)
        items[i] = i * 17 % 40 - 20;
    qsort(items, 40, sizeof items[0], compare);
    for (int i = 0; i < 40; i++)
        printf("%d%s", items[i], i == 39 ? "\n" : " ");
    const int key = 7;
    const int *found = bsearch(&key, items, 40, sizeof items[0], compare);
    printf("found at %d\n", found != 0 ? (int)(found - items) : -1);
    char *copy = malloc(20);
    memcpy(copy, "copied", 7);
    printf("%s %d %.6f %.3f\n", copy, strcmp(copy, "copied"), sqrt(2.0), pow(2.0, 0.5));
    free(copy);
    return argc + 40;
}
