/* SPDX-License-Identifier: MIT */
/*
 * libc.c - the process's own libraries as the provider of a module's imports,
 * and what a module registers to be run at its end.
 *
 * __cxa_atexit (Itanium C++ ABI 3.3.6) is told whose destructor it files by the
 * address of that module's __dso_handle. atexit is told nothing, and glibc has
 * it in a static archive only: here the function's own address says which
 * module it belongs to, or else the caller's.
 */
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

/* One function to be run when its module stops. */
struct ending {
    struct ending *next;
    void (*function)(void *argument);
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

/* File an ending under the module that has one of these addresses. 1: none has. -1: no memory. */
static int file_ending(void (*function)(void *), void *argument, const uintptr_t *addresses, size_t count)
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

/* The process's own __cxa_atexit: what belongs to no module is registered there. */
typedef int register_ending(void (*function)(void *), void *argument, void *handle);

static int pass_on(void (*function)(void *), void *argument, void *handle)
{
    register_ending *own;
    void *found = dlsym(RTLD_DEFAULT, "__cxa_atexit");
    if (found == NULL)
        return -1;
    memcpy(&own, &found, sizeof own); /* POSIX dlsym: an object pointer that is a function's */
    return own(function, argument, handle);
}

static int module_cxa_atexit(void (*function)(void *), void *argument, void *handle)
{
    const uintptr_t addresses[] = {(uintptr_t)handle};
    const int filed = file_ending(function, argument, addresses, 1);
    return filed == 1 ? pass_on(function, argument, handle) : filed;
}

static int module_atexit(void (*function)(void))
{
    const uintptr_t addresses[] = {(uintptr_t)function, (uintptr_t)__builtin_return_address(0)};
    /* Called with an argument that it does not look at: so does every C library on these machines. */
    void (*with_argument)(void *);
    memcpy(&with_argument, &function, sizeof with_argument);
    const int filed = file_ending(with_argument, NULL, addresses, 2);
    return filed == 1 ? atexit(function) : filed;
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
        ending->function(ending->argument);
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

/* --- Names ---------------------------------------------------------------------------------------- */

static bool starts_with(const char *name, const char *prefix) { return strncmp(name, prefix, strlen(prefix)) == 0; }

/* The library that is likely to have a name which is not there yet. */
static const char *library_of(const char *name)
{
    if (starts_with(name, "_Z") || starts_with(name, "__cxa") || starts_with(name, "__gxx"))
        return "libstdc++.so.6";
    if (starts_with(name, "_Unwind") || starts_with(name, "__"))
        return "libgcc_s.so.1";
    return "libm.so.6";
}

/* "memcpy@GLIBC_2.2.5" of .symver asks for that version. */
static void *find_version(const char *name, const char *at)
{
    char plain[256];
    if ((size_t)(at - name) >= sizeof plain)
        return NULL;
    memcpy(plain, name, (size_t)(at - name));
    plain[at - name] = '\0';
    return dlvsym(RTLD_DEFAULT, plain, at + 1 + (at[1] == '@'));
}

static void *find(const char *name)
{
    const char *at = strchr(name, '@');
    if (at != NULL)
        return find_version(name, at);
    void *found = dlsym(RTLD_DEFAULT, name);
    if (found == NULL && dlopen(library_of(name), RTLD_NOW | RTLD_GLOBAL) != NULL) /* counted, kept for good */
        found = dlsym(RTLD_DEFAULT, name);
    return found;
}

/* Does a loaded object have this address in a segment that can be executed? */
static int in_code(struct dl_phdr_info *object, size_t size, void *context)
{
    const uintptr_t address = *(const uintptr_t *)context;
    (void)size;
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X) != 0 &&
            address - object->dlpi_addr - segment->p_vaddr < segment->p_memsz)
            return 1;
    }
    return 0;
}

/* By the symbol's type; an ifunc's choice has none of its own and is judged by where it lies. */
static enum smf_kind kind_of(void *found)
{
    Dl_info object;
    void *extra = NULL;
    if (dladdr1(found, &object, &extra, RTLD_DL_SYMENT) != 0 && extra != NULL && object.dli_saddr == found) {
        const ElfW(Sym) *symbol = extra;
        const unsigned type = symbol->st_info & 15u;
        if (type == STT_FUNC || type == STT_GNU_IFUNC)
            return SMF_KIND_FUNCTION;
        if (type == STT_OBJECT || type == STT_COMMON)
            return SMF_KIND_DATA;
    }
    uintptr_t address = (uintptr_t)found;
    return dl_iterate_phdr(in_code, &address) != 0 ? SMF_KIND_FUNCTION : SMF_KIND_DATA;
}

enum smf_status smf_libc_resolve(void *context, const struct smf_binding_request *request,
                                 struct smf_binding_answer *answer)
{
    (void)context;
    answer->kind = SMF_KIND_FUNCTION;
    if (strcmp(request->name, "atexit") == 0) {
        answer->address = (uintptr_t)module_atexit;
        return SMF_OK;
    }
    if (strcmp(request->name, "__cxa_atexit") == 0) {
        answer->address = (uintptr_t)module_cxa_atexit;
        return SMF_OK;
    }
    void *found = find(request->name);
    if (found == NULL)
        return SMF_ERR_NOT_FOUND;
    answer->address = (uintptr_t)found;
    answer->kind = kind_of(found);
    return SMF_OK;
}
