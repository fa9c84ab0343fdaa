/* SPDX-License-Identifier: MIT */
/*
 * crash.c - a program that says, when it crashes, in which function of which
 * module: what to put into a firmware's fault handler, here for Linux.
 *
 *     target_link_libraries(crash smf::host smf::port_posix)   # CMake
 *     smf build -o crashing.smf examples/crashing.c
 *     ./crash crashing.smf crash_at 0
 *
 * smf_system_symbolize() takes no lock, allocates nothing and prints nothing:
 * it may be called from a signal handler.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "smf/host.h"
#include "smf/port_posix.h"
#include "smf/system.h"

static uint8_t arena[256 * 1024];
static struct smf_system modules;

/* Where the thread was when the signal came. */
static uintptr_t program_counter(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)context->uc_mcontext.pc;
#elif defined(__riscv)
    return (uintptr_t)context->uc_mcontext.__gregs[REG_PC];
#else
    (void)context;
    return 0;
#endif
}

/* printf may not be called here: text, then a number. */
static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        _exit(1);
}

static void say_number(uintptr_t number)
{
    char digits[2 + 2 * sizeof number + 1] = {'0', 'x'};
    unsigned end = 2;
    for (unsigned shift = 8 * sizeof number; shift != 0; shift -= 4)
        if (end > 2 || shift == 4 || (number >> (shift - 4)) != 0)
            digits[end++] = "0123456789abcdef"[number >> (shift - 4) & 15];
    say(digits);
}

static void on_crash(int signal, siginfo_t *information, void *context)
{
    struct smf_symbolized symbol;
    (void)information;
    say("crash: ");
    if (smf_system_symbolize(&modules, program_counter(context), &symbol) == SMF_OK) {
        say("in module ");
        say(symbol.module);
        say(", ");
        say(symbol.symbol != NULL ? symbol.symbol : "its start");
        say(" + ");
        say_number(symbol.offset);
        say("\n");
    } else {
        say("in no module\n");
    }
    _exit(128 + signal);
}

static void catch_crashes(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_crash;
    action.sa_flags = SA_SIGINFO;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i], &action, NULL);
}

static int fail(const char *file, const struct smf_diagnosis *why)
{
    char line[200];
    smf_diagnosis_format(why, line, sizeof line);
    fprintf(stderr, "crash: %s: %s\n", file, line);
    return 1;
}

int main(int argc, char **argv)
{
    const struct smf_system_config config = {
        .load = {.port = smf_port_posix(), .arena = arena, .arena_size = sizeof arena, .resolve = smf_libc_resolve}
    };
    struct smf_file file;
    struct smf_handle handle;
    struct smf_diagnosis why;
    if (argc < 3) {
        fprintf(stderr, "usage: crash MODULE FUNCTION [NUMBER]\n");
        return 2;
    }
    if (smf_system_start(&modules, &config) != SMF_OK || smf_file_map(&file, argv[1]) != SMF_OK) {
        perror(argv[1]);
        return 1;
    }
    const struct smf_system_item item = {.source = &file.source};
    if (smf_system_load(&modules, &item, SMF_LOAD_START, &handle, &why) != SMF_OK)
        return fail(argv[1], &why);
    long (*function)(long) = (long (*)(long))smf_system_function(&modules, argv[2]);
    if (function == NULL) {
        fprintf(stderr, "crash: no function %s\n", argv[2]);
        return 1;
    }
    catch_crashes();
    printf("%ld\n", function(argc > 3 ? strtol(argv[3], NULL, 0) : 0));
    smf_system_finish(&modules);
    smf_file_close(&file);
    return 0;
}
