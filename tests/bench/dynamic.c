/* SPDX-License-Identifier: MIT */
/* dynamic.c - see dynamic.h. */
#define _POSIX_C_SOURCE 200809L
#include "dynamic.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"

enum { PATH_SIZE = 4096 };

struct dynamic {
    const char *path, *folder;
    unsigned run;
};

/* A copy that the C library has not seen yet, warm in the page cache. */
static void copy_file(const char *from, const char *to)
{
    static char buffer[1 << 16];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    if (in == NULL || out == NULL)
        measure_fail(from, "cannot be copied");
    size_t size;
    while ((size = fread(buffer, 1, sizeof buffer, in)) != 0)
        if (fwrite(buffer, 1, size, out) != size)
            measure_fail(to, "cannot be written");
    if (ferror(in) || fclose(in) != 0 || fclose(out) != 0)
        measure_fail(to, "cannot be written");
}

static double run(void *context, uint32_t *checksum)
{
    struct dynamic *dynamic = context;
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/copy-%ld-%u.so", dynamic->folder, (long)getpid(), dynamic->run++);
    copy_file(dynamic->path, path);

    const uint64_t start = measure_now();
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const uint64_t end = measure_now();

    if (handle == NULL)
        measure_fail(path, dlerror());
    int (*entry)(int);
    void *symbol = dlsym(handle, "mod_entry");
    memcpy(&entry, &symbol, sizeof entry);
    if (symbol == NULL)
        measure_fail(path, "has no mod_entry");
    *checksum = (uint32_t)entry(-1);
    *checksum += (uint32_t)entry(3);
    dlclose(handle);
    unlink(path);
    return (double)(end - start);
}

void dynamic_measure(const char *subject, const char *path, const char *folder, unsigned long functions,
                     uint32_t expected)
{
    struct dynamic dynamic = {path, folder, 0};
    measure_print(&(struct measure_row){"load", subject, functions, 0, measure_runs(functions), expected}, run,
                  &dynamic);
}
