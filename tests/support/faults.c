/* SPDX-License-Identifier: MIT */
/* faults.c - see faults.h. */
#include "support/faults.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#endif

static void attempt(enum access_kind kind, uintptr_t address)
{
    volatile uint8_t *at = (volatile uint8_t *)address; /* NOLINT */
    if (kind == ACCESS_READ)
        (void)*at;
    else if (kind == ACCESS_WRITE)
        *at = *at;
    else
        ((void (*)(void))address)(); /* NOLINT */
}

static volatile uintptr_t where, found;

#ifdef _WIN32

static void *place[5]; /* of __builtin_setjmp: the other one unwinds, and there is no unwind table for what faulted */

/* Near is enough: an instruction fetch of several bytes may name any of them. */
static LONG CALLBACK handle(EXCEPTION_POINTERS *exception)
{
    const EXCEPTION_RECORD *record = exception->ExceptionRecord;
    if (record->ExceptionCode != EXCEPTION_ACCESS_VIOLATION || record->NumberParameters < 2)
        return EXCEPTION_CONTINUE_SEARCH;
    found = record->ExceptionInformation[1];
    __builtin_longjmp(place, 1);
}

bool access_faults(enum access_kind kind, uintptr_t address)
{
    void *volatile handler = AddVectoredExceptionHandler(1, handle);
    volatile bool faulted = true;
    where = address;
    found = ~address;
    if (__builtin_setjmp(place) == 0) {
        attempt(kind, where);
        faulted = false;
    }
    RemoveVectoredExceptionHandler(handler);
    return faulted && found == where;
}

#else

static sigjmp_buf place;

static void handle(int number, siginfo_t *information, void *context)
{
    (void)number, (void)context;
    found = (uintptr_t)information->si_addr;
    siglongjmp(place, 1);
}

bool access_faults(enum access_kind kind, uintptr_t address)
{
    struct sigaction action, segv, bus;
    volatile bool faulted = true;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, &segv);
    sigaction(SIGBUS, &action, &bus);
    where = address;
    found = ~address;
    if (sigsetjmp(place, 1) == 0) {
        attempt(kind, where);
        faulted = false;
    }
    sigaction(SIGSEGV, &segv, NULL);
    sigaction(SIGBUS, &bus, NULL);
    return faulted && found == where;
}

#endif
