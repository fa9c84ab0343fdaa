/* SPDX-License-Identifier: MIT */
/* Calls: direct, tail, through pointers and tables, recursive, with callbacks; jump tables; weak and hidden functions. */
int printf(const char *format, ...);
extern int corpus_imported(int value);                      /* imported, called and its address taken */
extern int corpus_nowhere(int value) __attribute__((weak)); /* nobody has it */

__attribute__((noinline)) static int calls_twice(int value) { return value * 2; }
__attribute__((noinline)) static int calls_minus(int value) { return value - 7; }
__attribute__((noinline, visibility("hidden"))) int calls_hidden(int value) { return value ^ 0x55; }
__attribute__((noinline, weak)) int calls_weak(int value) { return value + 3; }
__attribute__((noinline)) int calls_exported(int value) { return value + 1; }

static int (*const calls_constant_table[])(int) = {calls_twice, calls_minus, calls_hidden, calls_weak, calls_exported};
int (*calls_table[])(int) = {calls_exported, calls_twice, corpus_imported};
static int (*calls_pointer)(int) = calls_minus;

__attribute__((noinline)) int calls_tail(int value) { return calls_exported(value * 3); }
__attribute__((noinline)) int calls_tail_import(int value) { return corpus_imported(value * 5); }
__attribute__((noinline)) int calls_conditional(int value)
{
    return value > 10 ? corpus_imported(value) : calls_hidden(value);
}
__attribute__((noinline)) int calls_optional(int value) { return corpus_nowhere ? corpus_nowhere(value) : value; }

__attribute__((noinline)) int calls_switch(int value)
{
    switch (value) {
    case 0:
        return calls_twice(1);
    case 1:
        return calls_minus(value);
    case 2:
        return calls_hidden(9);
    case 3:
        return corpus_imported(2);
    case 4:
        return calls_weak(5);
    case 5:
        return 77;
    case 6:
        return calls_exported(6);
    case 7:
        return value * value;
    case 9:
        return calls_tail(value);
    default:
        return -1;
    }
}

__attribute__((noinline)) const char *calls_name(int value)
{
    switch (value) {
    case 0:
        return "zero";
    case 1:
        return "one";
    case 2:
        return "two";
    case 3:
        return "three";
    case 4:
        return "four";
    case 5:
        return "five";
    default:
        return "many";
    }
}

__attribute__((noinline)) static int calls_apply(int (*function)(int), int value) { return function(value); }
int calls_fibonacci(int n) { return n < 2 ? n : calls_fibonacci(n - 1) + calls_fibonacci(n - 2); }

int calls_run(void)
{
    int sum = calls_fibonacci(10);
    for (unsigned i = 0; i < sizeof calls_constant_table / sizeof calls_constant_table[0]; i++)
        sum += calls_constant_table[i]((int)i);
    for (unsigned i = 0; i < sizeof calls_table / sizeof calls_table[0]; i++)
        sum += calls_apply(calls_table[i], (int)i);
    for (int i = -1; i < 12; i++)
        sum += calls_switch(i) + calls_name(i)[0] + calls_conditional(i * 2) + calls_optional(i);
    calls_pointer = calls_weak;
    sum += calls_pointer(1) + calls_apply(corpus_imported, 4) + calls_tail_import(2) + calls_apply(calls_hidden, 2);
    return printf("calls %d\n", sum) > 0 ? sum : -1;
}
