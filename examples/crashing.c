/* SPDX-License-Identifier: MIT */
/* crashing.c - a module for crash.c: reads through any address that it is given. */

long crash_at(long address);
long divide(long by);

long crash_at(long address) { return *(volatile long *)address; }

long divide(long by)
{
    volatile long zero = by;
    if (zero == 0)
        __builtin_trap();
    return 1000 / zero;
}
