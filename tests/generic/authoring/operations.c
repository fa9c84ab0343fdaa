/* SPDX-License-Identifier: MIT */
/* operations.c - every operation of C on every type that templates compute with: what compilers then call of their own library. */
#include <stddef.h>
#include <stdint.h>

#define NUMBER(type, name)                                                                                             \
    type add_##name(type a, type b) { return a + b; }                                                                  \
    type subtract_##name(type a, type b) { return a - b; }                                                             \
    type multiply_##name(type a, type b) { return a * b; }                                                             \
    type divide_##name(type a, type b) { return a / b; }                                                               \
    int less_##name(type a, type b) { return a < b; }                                                                  \
    int most_##name(type a, type b) { return a <= b; }                                                                 \
    int more_##name(type a, type b) { return a > b; }                                                                  \
    int least_##name(type a, type b) { return a >= b; }                                                                \
    int equal_##name(type a, type b) { return a == b; }                                                                \
    int unequal_##name(type a, type b) { return a != b; }

#define INTEGER(type, name)                                                                                            \
    NUMBER(type, name)                                                                                                 \
    type rest_##name(type a, type b) { return a % b; }                                                                 \
    type left_##name(type a, int b) { return a << b; }                                                                 \
    type right_##name(type a, int b) { return a >> b; }                                                                \
    double to_double_##name(type a) { return (double)a; }                                                              \
    float to_float_##name(type a) { return (float)a; }                                                                 \
    type of_double_##name(double a) { return (type)a; }                                                                \
    type of_float_##name(float a) { return (type)a; }

INTEGER(int32_t, i32)
INTEGER(uint32_t, u32)
INTEGER(int64_t, i64)
INTEGER(uint64_t, u64)
NUMBER(float, f32)
NUMBER(double, f64)

double widen(float a) { return a; }
float narrow(double a) { return (float)a; }
int unordered(double a, double b) { return __builtin_isunordered(a, b); }
int unordered_float(float a, float b) { return __builtin_isunordered(a, b); }

struct large {
    long long words[40];
};

void copy(struct large *to, const struct large *from) { *to = *from; }
void clear(struct large *to) { *to = (struct large){{0}}; }
void move_bytes(void *to, const void *from, size_t size) { __builtin_memmove(to, from, size); }
void copy_bytes(void *to, const void *from, size_t size) { __builtin_memcpy(to, from, size); }
void set_bytes(void *to, int value, size_t size) { __builtin_memset(to, value, size); }
int compare_bytes(const void *a, const void *b, size_t size) { return __builtin_memcmp(a, b, size); }
