/* SPDX-License-Identifier: MIT */
/*
 * debug_perf.c - perf's map of code that no file explains: /tmp/perf-PID.map. The folder is everybody's: a link, or a file
 * that somebody else has put there, is not written to.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "debug.h"

/* The lines of one module stay together. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void print_symbol(FILE *text, const struct smf_debug_symbol *symbol)
{
    if (!symbol->function)
        return;
    fprintf(text, "%" PRIx64 " %" PRIx64 " ", symbol->address, symbol->size);
    for (const char *at = symbol->name; *at != '\0'; at++)
        putc(*at > ' ' && *at <= '~' ? *at : '?', text);
    putc('\n', text);
}

/* All lines in one piece of memory, to be freed; NULL: there was no memory. */
static char *print(const struct smf_debug_symbols *symbols, size_t *size)
{
    char *bytes = NULL;
    FILE *text = open_memstream(&bytes, size);
    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < symbols->count; i++)
        print_symbol(text, &symbols->list[i]);
    const bool good = ferror(text) == 0;
    if (fclose(text) == 0 && good)
        return bytes;
    free(bytes);
    return NULL;
}

static bool is_own(int file)
{
    struct stat status;
    if (fstat(file, &status) != 0)
        return false;
    errno = EPERM;
    return S_ISREG(status.st_mode) && status.st_uid == geteuid() && status.st_nlink == 1;
}

static bool append(const char *directory, const char *bytes, size_t size)
{
    char path[4096];
    const int length = snprintf(path, sizeof path, "%s/perf-%ld.map", directory, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof path) {
        errno = ENAMETOOLONG;
        return false;
    }
    const int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (file < 0) {
        errno = errno == ELOOP ? EPERM : errno;
        return false;
    }
    bool good = is_own(file);
    while (good && size != 0) {
        const ssize_t count = write(file, bytes, size);
        good = count > 0 || (count < 0 && errno == EINTR);
        bytes += count > 0 ? count : 0;
        size -= count > 0 ? (size_t)count : 0;
    }
    const int error = errno;
    close(file);
    errno = error;
    return good;
}

static enum smf_status read_symbols(struct smf_debug_symbols *symbols, const struct smf_debug_module *what)
{
    struct debug_image image;
    enum smf_status status = smf_debug_image_open(&image, what);
    if (status == SMF_OK) {
        status = smf_debug_symbols_read(symbols, &image.image, image.addresses, what->elf);
        if (status != SMF_OK && what->elf != NULL) {
            smf_debug_symbols_free(symbols);
            status = smf_debug_symbols_read(symbols, &image.image, image.addresses, NULL);
        }
    }
    smf_debug_image_close(&image);
    return status;
}

enum smf_status smf_perf_map_add(const struct smf_debug_module *what, const char *directory)
{
    struct smf_debug_symbols symbols = {0};
    size_t size = 0;
    enum smf_status status = read_symbols(&symbols, what);
    if (status == SMF_OK) {
        char *bytes = print(&symbols, &size);
        if (bytes == NULL) {
            status = SMF_ERR_NO_MEMORY;
        } else {
            pthread_mutex_lock(&lock);
            if (!append(directory != NULL ? directory : "/tmp", bytes, size))
                status = SMF_ERR_IO;
            pthread_mutex_unlock(&lock);
            free(bytes);
        }
    }
    const int error = errno;
    smf_debug_symbols_free(&symbols);
    errno = error;
    return status;
}
