/* SPDX-License-Identifier: MIT */
/*
 * endings.c - started modules, and what they register to be run at their end.
 *
 * __cxa_atexit (Itanium C++ ABI 3.3.6) is told whose destructor it files by the
 * address of that module's __dso_handle. atexit is told nothing, and glibc has
 * it in a static archive only: here the function's own address says which
 * module it belongs to, or else the caller's.
 */
#include <pthread.h>
#include <stdlib.h>

#include "host.h"

/* One function to be run when its module stops: of one argument, in whatever convention its module has. */
struct ending {
    struct ending *next;
    uintptr_t function;
    void *argument;
};

/* A started module. */
struct started {
    struct started *next; /* newest first */
    struct smf_module *module;
    const struct smf_region *regions;
    size_t region_count;
    struct ending *endings; /* newest first */
    const void *frames;     /* known to the unwinder */
};

static struct started *modules;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* The started module that has this address; the mutex is held. */
static struct started *owner(uintptr_t address)
{
    for (struct started *one = modules; one != NULL; one = one->next)
        for (size_t i = 0; i < one->region_count; i++)
            if (address - one->regions[i].address < one->regions[i].size)
                return one;
    return NULL;
}

int smf_ending_file(uintptr_t function, void *argument, const uintptr_t *addresses, size_t count)
{
    struct ending *ending = malloc(sizeof *ending);
    struct started *module = NULL;
    if (ending == NULL)
        return -1;
    pthread_mutex_lock(&mutex);
    for (size_t i = 0; i < count && module == NULL; i++)
        module = owner(addresses[i]);
    if (module != NULL) {
        *ending = (struct ending){module->endings, function, argument};
        module->endings = ending;
    }
    pthread_mutex_unlock(&mutex);
    if (module == NULL)
        free(ending);
    return module == NULL;
}

int smf_ending_cxa_atexit(void (*function)(void *), void *argument, void *handle)
{
    const uintptr_t addresses[] = {(uintptr_t)handle};
    const int filed = smf_ending_file((uintptr_t)function, argument, addresses, 1);
    return filed == 1 ? smf_process_cxa_atexit(function, argument, handle) : filed;
}

int smf_ending_atexit(void (*function)(void))
{
    const uintptr_t addresses[] = {(uintptr_t)function, (uintptr_t)__builtin_return_address(0)};
    /* Called with an argument that it does not look at: so does every C library on these machines. */
    const int filed = smf_ending_file((uintptr_t)function, NULL, addresses, 2);
    return filed == 1 ? atexit(function) : filed;
}

/*
 * x86-64 has two conventions, and one call fits functions of both: System V's, with the argument once more where
 * Microsoft's has its first, and four words on the stack, which a Microsoft callee may write to.
 */
static void call(uintptr_t function, void *argument)
{
#if defined(__x86_64__)
    typedef void *word;
    typedef void SMF_MODULE_CALL either(word, word, word, word, word, word, word, word, word, word);
    ((either *)function)(argument, NULL, NULL, argument, NULL, NULL, NULL, NULL, NULL, NULL);
#else
    ((void (*)(void *))function)(argument);
#endif
}

/* The newest ending of a module, taken off its list: it may register more while it runs. */
static struct ending *take_ending(struct started *module)
{
    pthread_mutex_lock(&mutex);
    struct ending *ending = module->endings;
    if (ending != NULL)
        module->endings = ending->next;
    pthread_mutex_unlock(&mutex);
    return ending;
}

static struct started *newest_or(const struct smf_module *module)
{
    pthread_mutex_lock(&mutex);
    struct started *one = modules;
    while (module != NULL && one != NULL && one->module != module)
        one = one->next;
    pthread_mutex_unlock(&mutex);
    return one;
}

static void stop(struct started *module)
{
    struct ending *ending;
    while ((ending = take_ending(module)) != NULL) {
        call(ending->function, ending->argument);
        free(ending);
    }
    smf_module_stop(module->module);
    smf_frames_unregister(module->frames);
    pthread_mutex_lock(&mutex);
    struct started **link = &modules;
    while (*link != module)
        link = &(*link)->next;
    *link = module->next;
    pthread_mutex_unlock(&mutex);
    free(module);
}

static void stop_all(void)
{
    struct started *module;
    while ((module = newest_or(NULL)) != NULL)
        stop(module);
}

static void start_once(void) { (void)atexit(stop_all); }

enum smf_status smf_libc_start(struct smf_module *module, const struct smf_source *source)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct started *started = malloc(sizeof *started);
    if (started == NULL)
        return SMF_ERR_NO_MEMORY;
    pthread_once(&once, start_once);
    *started = (struct started){.module = module};
    started->regions = smf_module_regions(module, &started->region_count);
    started->frames = smf_frames_register(module, source);
    pthread_mutex_lock(&mutex);
    started->next = modules;
    modules = started;
    pthread_mutex_unlock(&mutex);
    smf_module_start(module);
    return SMF_OK;
}

void smf_libc_stop(struct smf_module *module)
{
    struct started *started = newest_or(module);
    if (module != NULL && started != NULL)
        stop(started);
}
