/* SPDX-License-Identifier: MIT */
/* module.c - functions with many arguments of every kind, both ways: exports that the host calls, and imports. */
#include "shared.h"

extern number host_numbers(TEN_NUMBERS);
extern double host_doubles(TEN_DOUBLES);
extern double host_mixed(MIXED);
extern struct pair host_pair(struct pair value, struct large more);
extern number host_calls_back(number (*function)(number, double, struct pair), number times);
extern void host_note(number what);

number numbers(TEN_NUMBERS);
double doubles(TEN_DOUBLES);
double mixed(MIXED);
struct pair pair(struct pair value, struct large more);
number ask_numbers(TEN_NUMBERS);
double ask_doubles(TEN_DOUBLES);
double ask_mixed(MIXED);
struct pair ask_pair(struct pair value, struct large more);
number ask_to_be_called(number times);
number began(void);

number numbers(TEN_NUMBERS) { return WEIGHED; }
double doubles(TEN_DOUBLES) { return WEIGHED; }
double mixed(MIXED) { return WEIGHED_DOUBLE; }
struct pair pair(struct pair value, struct large more)
{
    value.whole += more.items[0] + 2 * more.items[4];
    value.part *= 2;
    more.items[0] = -1; /* its own copy */
    return value;
}

/* Each keeps values alive over the call: what the callee may spoil differs. */
number ask_numbers(TEN_NUMBERS)
{
    return host_numbers(j, i, h, g, f, e, d, c, b, a) * 1000000 + host_numbers(a, b, c, d, e, f, g, h, i, j) + a * j;
}
double ask_doubles(TEN_DOUBLES)
{
    return host_doubles(j, i, h, g, f, e, d, c, b, a) * 4096 + host_doubles(a, b, c, d, e, f, g, h, i, j) + a * j +
           b * i + c * h + d * g;
}
double ask_mixed(MIXED) { return host_mixed(a, b, c, d, e, f, g, h, i, j) * 2 + (double)c + b + (double)d + (double)i; }
struct pair ask_pair(struct pair value, struct large more)
{
    const struct pair first = host_pair(value, more);
    const struct pair second = host_pair(first, more); /* `more` is as it was */
    return second;
}

static number sum;
static number add(number times, double weight, struct pair value)
{
    sum += times * (number)weight + value.whole + (number)value.part;
    return sum;
}
number ask_to_be_called(number times)
{
    sum = 0;
    return host_calls_back(add, times);
}

static number beginnings;
number began(void) { return beginnings; }
__attribute__((constructor)) static void begin(void)
{
    beginnings++;
    host_note(1);
}
__attribute__((destructor)) static void end(void) { host_note(2); }

#ifdef MICROSOFT
/* A function may write to the 32 bytes above its return address: they are its own (x64 calling convention, "Parameter
 * area"). Compilers rarely do. */
__asm__(".text\n"
        "uses_home: movq $-1, 8(%rsp)\n"
        "movq $-1, 16(%rsp)\n"
        "movq $-1, 24(%rsp)\n"
        "movq $-1, 32(%rsp)\n"
        "ret\n"
        ".section .init_array,\"aw\",@init_array\n"
        ".balign 8\n"
        ".quad uses_home\n"
        ".section .fini_array,\"aw\",@fini_array\n"
        ".balign 8\n"
        ".quad uses_home\n"
        ".text\n");
#endif
