/* SPDX-License-Identifier: MIT */
/* Numbers: floating point constants, 64-bit arithmetic (helpers on small machines), varargs, structs by value, alloca. */
int printf(const char *format, ...);
void *memcpy(void *to, const void *from, __SIZE_TYPE__ size);

struct numbers_big {
    int cells[40];
    double last;
};
static const struct numbers_big numbers_pattern = {
    {1, 2, 3, [39] = 40},
    2.5
};
static const double numbers_weights[] = {0.5, 1.25, -3.75, 1e10};
float numbers_scale = 1.5f;

__attribute__((noinline)) double numbers_weigh(double x, int i) { return x * numbers_weights[i] + 0.1; }
__attribute__((noinline)) float numbers_single(float x) { return x / numbers_scale + 2.7182818f; }
__attribute__((noinline)) long long numbers_divide(long long a, long long b) { return a / b + a % b; }
__attribute__((noinline)) unsigned long long numbers_shift(unsigned long long a, unsigned n)
{
    return a << n | a >> (64 - n);
}
__attribute__((noinline)) long long numbers_convert(double x) { return (long long)x + (long long)(unsigned)(float)x; }
__attribute__((noinline)) struct numbers_big numbers_copy(const struct numbers_big *from)
{
    struct numbers_big copy = *from;
    copy.cells[3] += 5;
    return copy;
}

__attribute__((noinline)) int numbers_sum(int count, ...)
{
    __builtin_va_list arguments;
    int sum = 0;
    __builtin_va_start(arguments, count);
    for (int i = 0; i < count; i++)
        sum += i & 1 ? (int)__builtin_va_arg(arguments, double) : __builtin_va_arg(arguments, int);
    __builtin_va_end(arguments);
    return sum;
}

__attribute__((noinline)) int numbers_alloca(unsigned size)
{
    char *block = __builtin_alloca(size);
    int sum = 0;
    for (unsigned i = 0; i < size; i++)
        block[i] = (char)i;
    for (unsigned i = 0; i < size; i++)
        sum += block[i];
    return sum;
}

int numbers_run(void)
{
    const struct numbers_big copy = numbers_copy(&numbers_pattern);
    double total = 0;
    for (int i = 0; i < 4; i++)
        total += numbers_weigh(i + 1, i);
    long long sum = numbers_divide(1000000007LL * 12345, 97) + numbers_convert(total) + copy.cells[3] + copy.cells[39];
    sum += numbers_sum(4, 1, 2.0, 3, 4.5) + numbers_alloca(20) + (int)numbers_single(3.0f);
    sum += (long long)(numbers_shift(0x123456789ABCDEFULL, 12) >> 40);
    return printf("numbers %d\n", (int)sum) > 0 ? (int)sum : -1;
}
