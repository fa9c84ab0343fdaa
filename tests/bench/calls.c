/* SPDX-License-Identifier: MIT */
/* calls.c - what a call takes: direct, through a PLT, through a pointer of dlsym, and through a stub and its slot. */
#define _POSIX_C_SOURCE 200809L
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system.h"

enum { CALLS = 10000000, ROUNDS = 11 };

typedef int callee_function(int);
typedef int caller_function(int);

/* One loop of a module that calls one function, or (caller NULL) the same loop here over a pointer. */
struct calls {
    caller_function *caller;
    callee_function *callee;
};

static double run(void *context, uint32_t *checksum)
{
    const struct calls *calls = context;
    int sum = 0;
    const uint64_t start = measure_now();
    if (calls->caller != NULL)
        sum = calls->caller(CALLS);
    for (int i = 0; calls->caller == NULL && i < CALLS; i++)
        sum = calls->callee(sum);
    const double taken = (double)(measure_now() - start) / CALLS;
    *checksum = (uint32_t)sum;
    return taken;
}

static void print(const char *subject, caller_function *caller, callee_function *callee)
{
    struct calls calls = {caller, callee};
    measure_print(&(struct measure_row){"call", subject, 1, 0, ROUNDS, CALLS}, run, &calls);
}

static void *open_shared(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.so", folder, name);
    void *handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (handle == NULL)
        measure_fail(path, dlerror());
    return handle;
}

static callee_function *symbol(void *handle, const char *name)
{
    callee_function *function;
    void *found = dlsym(handle, name);
    if (found == NULL)
        measure_fail(name, "is not there");
    memcpy(&function, &found, sizeof function);
    return function;
}

static callee_function *function(struct bench_system *bench, const char *name)
{
    callee_function *found = (callee_function *)smf_system_function(&bench->system, name);
    if (found == NULL)
        measure_fail(name, "is in no module");
    return found;
}

void bench_calls(const char *folder)
{
    void *together = open_shared(folder, "calls-together"), *callee = open_shared(folder, "calls-callee"),
         *caller = open_shared(folder, "calls-caller");
    struct bench_system bench;
    bench_system_start(&bench, BENCH_SEALED, 0, true);
    bench_system_load(&bench, folder, "calls-callee");
    bench_system_load(&bench, folder, "calls-caller");
    bench_system_load(&bench, folder, "calls-together");

    print("direct in one shared object", symbol(together, "together"), NULL);
    print("direct in one module", function(&bench, "together"), NULL);
    print("PLT bound at load", symbol(caller, "caller"), NULL);
    print("stub and slot of a reloadable module", function(&bench, "caller"), NULL);
    print("pointer from dlsym", NULL, symbol(callee, "callee"));
    print("pointer from smf_system_function", NULL, function(&bench, "callee"));
    bench_system_finish(&bench);
}
