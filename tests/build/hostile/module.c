/* SPDX-License-Identifier: MIT */
/* module.c - code, constants, data and pointers, each worth compressing. */
extern int imported(int x);
int numbers[300] = {1, 2, 3, 4};
const int fixed[300] = {5, 6, 7, 8};
static const char text[] = "one and the same text, one and the same text, one and the same text";
const char *const texts[] = {text, text + 5, text + 10, text + 15, text + 20};
#define STEP(n)                                                                                                        \
    int step_##n(int x);                                                                                               \
    int step_##n(int x) { return imported(x + n) + numbers[(x + n) & 255] * fixed[x & 255] + texts[n & 3][n & 7]; }
STEP(0)
STEP(1)
STEP(2)
STEP(3)
STEP(4)
STEP(5)
STEP(6)
STEP(7)
int (*const steps[])(int) = {step_0, step_1, step_2, step_3, step_4, step_5, step_6, step_7};
