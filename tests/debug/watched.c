/* SPDX-License-Identifier: MIT */
/* watched.c - a module with something to see for a debugger. gdb.py finds lines by their comments. */
#include <stdio.h>

int counter = 3;
const int limits[] = {40, 41, 42};
int kept __attribute__((section(".keep.state"))) = 7;
static long history[100];
static int calls;

static __attribute__((noinline)) int inner(int a, int b)
{
    int local = a * 3 + b;
    history[local % 100] += local; /* line:inner */
    puts("inner");
    calls++;
    return local + counter;
}

__attribute__((noinline)) int middle(int x)
{
    int between = inner(x, 5);
    return between * 2 + limits[x % 3]; /* line:middle */
}

/* Called by nobody: `smf call` does. */
long outer(long number) { return middle((int)number) + 1; }

int main(int argc, char **argv)
{
    (void)argv;
    printf("result %d\n", middle(argc));
    return calls == 1 ? 0 : 1;
}
