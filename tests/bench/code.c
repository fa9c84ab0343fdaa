/* SPDX-License-Identifier: MIT */
/*
 * code.c - what instances of templates run like, beside the same algorithm written by hand for the type (hand.c): time,
 * and instructions for each item, counted one by one in a process that is stepped through, so that no other load and no
 * missing counter changes them. All of a kind take turns. qsort and std::sort for orientation: other algorithms.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "templates.h"

enum { ITEMS = 100000, STEPPED = 128, PLACES = 1 << 16, KEYS = PLACES / 2, RUNS = 15, VARIANTS = 6 };

/* One task, and the functions that do it. */
struct task {
    double (*run)(struct task *task, uintptr_t function, uint32_t *checksum);
    uintptr_t functions[VARIANTS];
    uint8_t *wanted, *items; /* as they were; to work on */
    size_t size;             /* of both                  */
    struct bench_map map;
    size_t count; /* items, now */
    bool stepped; /* by a process that waits for signals */
    uint64_t since;
};

static void begin(struct task *task)
{
    if (task->stepped)
        raise(SIGUSR1);
    task->since = measure_now();
}

static double end(struct task *task)
{
    const uint64_t now = measure_now();
    if (task->stepped)
        raise(SIGUSR1);
    return (double)(now - task->since) / (double)task->count;
}

/* Instructions between two signals of a child: of `run`, or of nothing. */
static uint64_t step(struct task *task, uintptr_t function)
{
    uint32_t checksum = 0;
    uint64_t count = 0;
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(1);
        task->stepped = true;
        if (function != 0)
            task->run(task, function, &checksum);
        else
            begin(task), end(task);
        _exit(checksum == 0 ? 0 : 1);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFSTOPPED(status) || WSTOPSIG(status) != SIGUSR1)
        measure_fail("stepping", "is not possible here");
    do {
        if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) != 0 || waitpid(child, &status, 0) != child)
            measure_fail("stepping", "has lost its process");
        count++;
    } while (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
    if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGUSR1)
        measure_fail("stepping", "has met another signal");
    ptrace(PTRACE_CONT, child, NULL, NULL);
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        measure_fail("stepping", "has met a wrong result");
    return count;
}

/* ---- Tasks ---- */

/* Items start with a 64-bit key; each is `width` bytes. */
static uint32_t order(const uint8_t *items, size_t count, size_t width)
{
    uint32_t wrong = 0;
    for (size_t i = 1; i < count; i++) {
        int64_t left, right;
        memcpy(&left, items + (i - 1) * width, sizeof left);
        memcpy(&right, items + i * width, sizeof right);
        wrong += left > right;
    }
    return wrong;
}

static double run_sort(struct task *task, uintptr_t function, uint32_t *checksum)
{
    memcpy(task->items, task->wanted, task->size);
    begin(task);
    ((void (*)(void *, size_t))function)(task->items, task->count);
    const double taken = end(task);
    *checksum = order(task->items, task->count, task->size / ITEMS);
    return taken;
}

static double run_push(struct task *task, uintptr_t function, uint32_t *checksum)
{
    bool (*const push)(struct bench_vec *, const void *) = (bool (*)(struct bench_vec *, const void *))function;
    const size_t width = task->size / ITEMS;
    struct bench_vec vec = {task->items, 0, task->count};
    begin(task);
    for (size_t i = 0; i < task->count; i++)
        push(&vec, task->wanted + i * width);
    const double taken = end(task);
    *checksum = (uint32_t)(vec.count - task->count) + (memcmp(task->items, task->wanted, task->count * width) != 0);
    return taken;
}

static double run_sum(struct task *task, uintptr_t function, uint32_t *checksum)
{
    begin(task);
    const int64_t sum = ((int64_t(*)(const void *, size_t))function)(task->wanted, task->count);
    const double taken = end(task);
    *checksum = sum != hand_sum_i64((const int64_t *)(void *)task->wanted, task->count);
    return taken;
}

static double run_get(struct task *task, uintptr_t function, uint32_t *checksum)
{
    const int64_t *(*const get)(const struct bench_map *, const void *) =
        (const int64_t *(*)(const struct bench_map *, const void *))function;
    uint32_t wrong = 0;
    begin(task);
    for (size_t i = 0; i < task->count; i++) {
        const int64_t key = (int64_t)(i % KEYS) * 7919;
        const int64_t *value = get(&task->map, &key);
        wrong += value == NULL || *value != ~key;
    }
    const double taken = end(task);
    *checksum = wrong;
    return taken;
}

#define RUN(number)                                                                                                    \
    static double run_##number(void *context, uint32_t *checksum)                                                      \
    {                                                                                                                  \
        struct task *task = context;                                                                                   \
        return task->run(task, task->functions[number], checksum);                                                     \
    }
RUN(0)
RUN(1)
RUN(2)
RUN(3)
RUN(4)
RUN(5)

/* Rows of all functions that are there: time, in turns; instructions of the first items. */
static void measure(struct task *task, const char *const subjects[VARIANTS])
{
    static measure_run *const all[VARIANTS] = {run_0, run_1, run_2, run_3, run_4, run_5};
    struct measure_row rows[VARIANTS];
    measure_run *runs[VARIANTS];
    size_t count = 0;
    task->count = ITEMS;
    for (unsigned i = 0; i < VARIANTS; i++)
        if (task->functions[i] != 0) {
            rows[count] = (struct measure_row){"code", subjects[i], ITEMS, 0, RUNS, 0};
            runs[count++] = all[i];
        }
    measure_turns(rows, runs, count, task);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return; /* their instructions are not the code's */
#endif
    task->count = STEPPED;
    const uint64_t nothing = step(task, 0);
    for (unsigned i = 0; i < VARIANTS; i++)
        if (task->functions[i] != 0) {
            const double each = (double)(step(task, task->functions[i]) - nothing) / STEPPED;
            printf("instructions,%s,%d,%.2f,%.2f,1,0,0\n", subjects[i], ITEMS, each, each);
        }
    fflush(stdout);
}

/* ---- What there is ---- */

/* Random keys. */
static void fill(struct task *task, size_t width)
{
    uint64_t state = 88172645463325252u;
    task->size = ITEMS * width;
    task->wanted = calloc(ITEMS, width);
    task->items = calloc(ITEMS, width);
    if (task->wanted == NULL || task->items == NULL)
        measure_fail("items", "no memory");
    for (size_t i = 0; i < ITEMS; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        const uint64_t key = state >> 24; /* so that their sum fits */
        memcpy(task->wanted + i * width, &key, sizeof key);
    }
}

static void give_back(struct task *task)
{
    free(task->wanted);
    free(task->items);
}

static int compare(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}
static void qsort_numbers(void *items, size_t count) { qsort(items, count, sizeof(int64_t), compare); }
static void qsort_points(void *items, size_t count) { qsort(items, count, sizeof(struct bench_point), compare); }

/* A function of a shared object made of C++, if there is one: run.py. */
static uintptr_t standard(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/templates-standard.so", folder);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    return handle != NULL ? (uintptr_t)dlsym(handle, name) : 0;
}

static void sorts(struct bench_maker *maker, const char *folder)
{
    static const char *const numbers[VARIANTS] = {"sort i64: by hand",    "sort i64: typed unit",
                                                  "sort i64: fixed unit", "sort i64: general unit",
                                                  "sort i64: qsort",      "sort i64: std::sort"};
    static const char *const points[VARIANTS] = {"sort 24 bytes: by hand",    NULL,
                                                 "sort 24 bytes: fixed unit", "sort 24 bytes: general unit",
                                                 "sort 24 bytes: qsort",      "sort 24 bytes: std::sort"};
    struct task task = {
        .run = run_sort,
        .functions = {(uintptr_t)hand_sort_i64, bench_make(maker, "sort", "I64"), bench_make(maker, "sort", "Bits"),
                      bench_make(maker, "sort", "Held"), (uintptr_t)qsort_numbers, standard(folder, "sort_numbers")}
    };
    fill(&task, sizeof(int64_t));
    measure(&task, numbers);
    give_back(&task);
    struct task of_points = {
        .run = run_sort,
        .functions = {(uintptr_t)hand_sort_point, 0, bench_make(maker, "sort", "Point"),
                      bench_make(maker, "sort", "HeldPoint"), (uintptr_t)qsort_points,
                      standard(folder, "sort_points")}
    };
    fill(&of_points, sizeof(struct bench_point));
    measure(&of_points, points);
    give_back(&of_points);
}

static void vecs(struct bench_maker *maker)
{
    static const char *const numbers[VARIANTS] = {"vec_push i64: by hand", "vec_push i64: typed unit",
                                                  "vec_push i64: fixed unit", "vec_push i64: general unit"};
    static const char *const points[VARIANTS] = {"vec_push 24 bytes: by hand", NULL, "vec_push 24 bytes: fixed unit"};
    struct task task = {
        .run = run_push,
        .functions = {(uintptr_t)hand_push_i64, bench_make(maker, "vec_push", "I64"),
                      bench_make(maker, "vec_push", "Bits"), bench_make(maker, "vec_push", "Held")}
    };
    fill(&task, sizeof(int64_t));
    measure(&task, numbers);
    give_back(&task);
    struct task of_points = {
        .run = run_push, .functions = {(uintptr_t)hand_push_point, 0, bench_make(maker, "vec_push", "Point")}
    };
    fill(&of_points, sizeof(struct bench_point));
    measure(&of_points, points);
    give_back(&of_points);
}

static void sums(struct bench_maker *maker)
{
    static const char *const subjects[VARIANTS] = {"sum i64: by hand", "sum i64: typed unit"};
    struct task task = {
        .run = run_sum, .functions = {(uintptr_t)hand_sum_i64, bench_make(maker, "sum", "I64")}
    };
    fill(&task, sizeof(int64_t));
    measure(&task, subjects);
    give_back(&task);
}

static void maps(struct bench_maker *maker)
{
    static const char *const subjects[VARIANTS] = {"map_get i64 to i64: by hand", "map_get i64 to i64: typed unit",
                                                   NULL, "map_get i64 to i64: general unit"};
    static int64_t keys[PLACES], values[PLACES];
    static uint8_t used[PLACES];
    struct task task = {
        .run = run_get,
        .functions = {(uintptr_t)hand_get_i64, bench_make(maker, "map_get", "I64, I64"), 0,
                      bench_make(maker, "map_get", "Held, Held")},
        .map = {keys,              values,                 used,                          0,                                  PLACES               }
    };
    for (int64_t i = 0; i < KEYS; i++) {
        const int64_t key = i * 7919, value = ~key;
        if (!hand_put_i64(&task.map, &key, &value))
            measure_fail("map", "is full");
    }
    measure(&task, subjects);
}

void bench_code(const char *folder)
{
    struct bench_maker *const maker = bench_maker_start(folder, true);
    sorts(maker, folder);
    vecs(maker);
    sums(maker);
    maps(maker);
    bench_maker_finish(maker);
}
