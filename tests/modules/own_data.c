/* SPDX-License-Identifier: MIT */
/* A module of its own data: static and global, zeroed, const tables of pointers, function tables, switches, structures, bit
 * fields, weak symbols that nobody has, 64-bit arithmetic, init and fini functions. */
#include <stdint.h>
#include <stdio.h>

int common_value;
int global_value = 11;
static int zeroed[1000];
static const int primes[] = {2, 3, 5, 7, 11, 13, 17, 19};
static int *const pointers[] = {&zeroed[0], &zeroed[999], &global_value};
const char *const names[] = {"alpha", "beta", "gamma"};
const char *mutable_names[] = {"one", "two", "three"};

/* More than a page: the groups do not lie as in the default layout then, and distances have to be made anew. */
static const char wide[16] __attribute__((aligned(8192))) = "wide";
static char wider[3] __attribute__((aligned(16384)));

static int add(int a, int b) { return a + b; }
static int subtract(int a, int b) { return a - b; }
int multiply(int a, int b) { return a * b; }
static int (*const operations[])(int, int) = {add, subtract, multiply};
int (*chosen)(int, int) = subtract;

extern int nobody_has_this(int) __attribute__((weak));
extern int nobody_has_data __attribute__((weak));
__attribute__((weak)) int own_weak(void) { return 5; }

struct node {
    struct node *next;
    int value;
    unsigned low : 3, high : 5;
};
static struct node third = {0, 3, 1, 2}, second = {&third, 2, 2, 3}, first = {&second, 1, 3, 4};

static int started;
__attribute__((constructor(101))) static void early(void) { started = started * 10 + 1; }
__attribute__((constructor(202))) static void later(void) { started = started * 10 + 2; }
__attribute__((constructor)) static void last(void) { started = started * 10 + 3; }
__attribute__((destructor)) static void finish(void) { printf("finish %d\n", started); }

__attribute__((noinline)) static int choose(int which)
{
    switch (which) {
    case 0:
        return 100;
    case 1:
        return primes[1];
    case 2:
        return global_value;
    case 3:
        return 7;
    case 4:
        return common_value + 1;
    case 5:
        return zeroed[3];
    case 6:
        return 1000;
    case 7:
        return -1;
    default:
        return which;
    }
}

struct big {
    long values[40];
};
__attribute__((noinline)) static struct big fill(long start)
{
    struct big big;
    for (int i = 0; i < 40; i++)
        big.values[i] = start + i;
    return big;
}

int main(void)
{
    printf("started %d common %d\n", started, common_value);
    zeroed[999] = 77;
    for (unsigned i = 0; i < 3; i++)
        printf("%d %s %s %d %p\n", *pointers[i], names[i], mutable_names[i], operations[i](20, 22 + (int)i),
               operations[i] == 0 ? (void *)1 : (void *)0);
    printf("chosen %d\n", chosen(5, 3));
    chosen = multiply;
    printf("chosen %d same %d\n", chosen(5, 3), chosen == operations[2]);
    for (int i = 0; i < 10; i++)
        printf("%d ", choose(i));
    puts("");
    wider[choose(9) % 3] = 4;
    printf("%s %u %u %d\n", wide + choose(9) % 3, (unsigned)((uintptr_t)wide % 8192),
           (unsigned)((uintptr_t)wider % 16384), wider[0]);
    printf("weak %d %d %d\n", nobody_has_this == 0, &nobody_has_data == 0, own_weak());
    if (nobody_has_this)
        nobody_has_this(1);
    for (const struct node *node = &first; node != 0; node = node->next)
        printf("%d.%u.%u ", node->value, node->low, node->high);
    const struct big big = fill(1000);
    const uint64_t product = (uint64_t)big.values[39] * 0x123456789abcdefull / 7 % 1000003;
    printf("%llu %.4f\n", (unsigned long long)product, (double)product / 3.0);
    return choose(3) + (int)third.low;
}
