/* SPDX-License-Identifier: MIT */
/* spawn.c - posix_spawnp, with signals as system(3) has them: a ^C ends the child, and we clean up after it. */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void collect(int descriptor, char *output, size_t size)
{
    size_t used = 0;
    char rest[512];
    for (;;) {
        const bool full = used + 1 >= size;
        const ssize_t got =
            full ? read(descriptor, rest, sizeof rest) : read(descriptor, output + used, size - 1 - used);
        if (got == 0 || (got < 0 && errno != EINTR))
            break;
        if (got > 0 && !full)
            used += (size_t)got;
    }
    output[used] = '\0';
}

static int start(char *const *argv, const int *ends, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGINT);
    sigaddset(&defaults, SIGQUIT);
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (error == 0) {
        posix_spawnattr_setsigdefault(&attributes, &defaults);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
        if (ends != NULL) {
            posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
            posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        }
        error = posix_spawnp(child, argv[0], &actions, &attributes, argv, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static int wait_for(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Signals are the process's: the first of several threads ignores them, the last one puts them back. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction interrupt, quit;
static unsigned waiting;

static void ignore_signals(void)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    pthread_mutex_lock(&lock);
    if (waiting++ == 0) {
        sigaction(SIGINT, &ignore, &interrupt);
        sigaction(SIGQUIT, &ignore, &quit);
    }
    pthread_mutex_unlock(&lock);
}

static void restore_signals(void)
{
    pthread_mutex_lock(&lock);
    if (--waiting == 0) {
        sigaction(SIGINT, &interrupt, NULL);
        sigaction(SIGQUIT, &quit, NULL);
    }
    pthread_mutex_unlock(&lock);
}

int spawn_wait(char *const *argv, char *output, size_t size)
{
    int ends[2];
    if (output != NULL && pipe2(ends, O_CLOEXEC) != 0) /* no child has them but for its standard output */
        return -errno;
    ignore_signals();
    pid_t child = 0;
    int status = -start(argv, output != NULL ? ends : NULL, &child);
    if (output != NULL) {
        close(ends[1]);
        collect(ends[0], output, size);
        close(ends[0]);
    }
    if (status == 0)
        status = wait_for(child);
    restore_signals();
    return status;
}
