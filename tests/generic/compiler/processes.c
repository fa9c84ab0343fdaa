/* SPDX-License-Identifier: MIT */
/* processes.c - compilers that are programs, started by a process of any kind: with threads, without standard streams. */
#include "generic/compiler/sources.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A driver that takes as long to say who it is as its first word says. */
static const char slow[] = "#!/bin/sh\nsleep $1\necho slow\n";

static void *create(void *argument)
{
    const struct smf_compiler_options options = {.command = argument};
    struct smf_compiler_context *context;
    if (smf_compiler_gcc.create(&smf_compiler_gcc, &options, &context, NULL) == SMF_OK)
        smf_compiler_gcc.destroy(context);
    return NULL;
}

/* ^C goes to the compiler while one runs; afterwards it is what it was, though they did not end in the order in which they began. */
static void signals_are_what_they_were(void)
{
    char commands[2][600];
    pthread_t threads[2];
    struct sigaction interrupt, quit;
    if (!smf_compiler_gcc.present) {
        tap_skip("no compilers of C source in this build");
        return;
    }
    scene_write(scene_path("slow"), slow, sizeof slow - 1);
    chmod(scene_path("slow"), 0700);
    snprintf(commands[0], sizeof commands[0], "%s 0.2", scene_path("slow"));
    snprintf(commands[1], sizeof commands[1], "%s 0.5", scene_path("slow"));
    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQUAL(pthread_create(&threads[i], NULL, create, commands[i]), 0);
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    CHECK_EQUAL(sigaction(SIGINT, NULL, &interrupt), 0);
    CHECK(interrupt.sa_handler == SIG_IGN);
    for (unsigned i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQUAL(sigaction(SIGINT, NULL, &interrupt), 0);
    CHECK_EQUAL(sigaction(SIGQUIT, NULL, &quit), 0);
    CHECK(interrupt.sa_handler == SIG_DFL);
    CHECK(quit.sa_handler == SIG_DFL);
    scene_forget();
}

/* Services have none of the three, or not all. */
static void standard_streams_may_be_closed(void)
{
    if (!smf_compiler_works(&smf_compiler_gcc)) {
        tap_skip("no gcc on this machine");
        return;
    }
    for (unsigned closed = 1; closed < 8; closed++) {
        int status = 1;
        const pid_t child = fork();
        if (child == 0) {
            for (int stream = 0; stream < 3; stream++)
                if ((closed & 1u << stream) != 0)
                    close(stream);
            _exit(smf_compiler_works(&smf_compiler_gcc) ? 0 : 1);
        }
        tap_variant("closed=%u", closed);
        CHECK(child > 0 && waitpid(child, &status, 0) == child);
        CHECK_EQUAL(status, 0);
    }
    tap_variant("%s", "");
}

static unsigned count_descriptors(void)
{
    unsigned count = 0;
    for (int i = 0; i < 256; i++)
        count += fcntl(i, F_GETFD) >= 0;
    return count;
}

/* Compiled, kept, read again, refused by the compiler, and remembered: nothing stays open. */
static void descriptors_come_back(void)
{
    static const char *const flags[] = {NULL, NULL, "-fno-such-flag"};
    struct smf_persist persist;
    if (!smf_compiler_works(&smf_compiler_gcc)) {
        tap_skip("no gcc on this machine");
        return;
    }
    const struct smf_persist_row row = {.base = "sort", .type_args = "Point", .mangled = "sort$Point"};
    CHECK_STATUS(smf_persist_start(&persist, scene_path("user.smf")), SMF_OK);
    CHECK_STATUS(smf_persist_add(&persist, &row), SMF_OK);
    const unsigned before = count_descriptors();
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        const struct smf_compiler_options options = {.cache_folder = scene_path("units"), .flags = flags[i]};
        tap_variant("round=%u", (unsigned)i);
        CHECK_STATUS(sources_open(&smf_compiler_gcc, options), SMF_OK);
        CHECK_STATUS(sources_make("sort", "Point"), SMF_OK);
        CHECK_EQUAL(sources_statistics().fallbacks, flags[i] != NULL);
        sources_close();
        CHECK_STATUS(smf_persist_write(&persist, &scene.why), SMF_OK);
        CHECK_EQUAL(count_descriptors(), before);
    }
    tap_variant("%s", "");
    smf_persist_finish(&persist);
    scene_forget();
}

static const struct tap_case cases[] = {
    {"signals_are_what_they_were",     signals_are_what_they_were    },
    {"standard_streams_may_be_closed", standard_streams_may_be_closed},
    {"descriptors_come_back",          descriptors_come_back         },
};
TAP_MAIN(cases)
