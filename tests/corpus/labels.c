/* SPDX-License-Identifier: MIT */
/* Labels as values (absolute and as differences), asm-free jump tables, functions in sections of their own, cold paths. */
int printf(const char *format, ...);
void abort(void);
extern int corpus_imported(int value);

__attribute__((noinline)) int labels_interpret(const unsigned char *program)
{
    static const void *const targets[] = {&&add, &&subtract, &&twice, &&stop};
    int value = 0;
    goto *targets[*program];
add:
    value += *++program;
    goto *targets[*++program];
subtract:
    value -= *++program;
    goto *targets[*++program];
twice:
    value *= 2;
    goto *targets[*++program];
stop:
    return value;
}

__attribute__((noinline)) int labels_differences(int i)
{
    static const int offsets[] = {0, &&second - &&first, &&third - &&first};
    goto *(&&first + offsets[i]);
first:
    return 11;
second:
    return corpus_imported(22);
third:
    return 33;
}

__attribute__((noinline, section(".text.elsewhere"))) int labels_elsewhere(int value)
{
    return value * 13 + corpus_imported(1);
}
__attribute__((noinline, cold)) static int labels_cold(int value) { return labels_elsewhere(value) - 1; }

__attribute__((noinline)) int labels_unlikely(int value)
{
    if (__builtin_expect(value > 1000000, 0))
        abort();
    return __builtin_expect(value == 5, 0) ? labels_cold(value) : value;
}

int labels_run(void)
{
    static const unsigned char program[] = {0, 5, 2, 1, 3, 2, 3};
    int sum = labels_interpret(program);
    for (int i = 0; i < 3; i++)
        sum += labels_differences(i);
    sum += labels_unlikely(5) + labels_unlikely(6);
    return printf("labels %d\n", sum) > 0 ? sum : -1;
}
