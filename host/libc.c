/* SPDX-License-Identifier: MIT */
/* libc.c - the process's own libraries as the provider of a module's imports: what the dynamic linker knows. */
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>

#include "host.h"

/* The process's own __cxa_atexit: what belongs to no module is registered there. */
typedef int register_ending(void (*function)(void *), void *argument, void *handle);

int smf_process_cxa_atexit(void (*function)(void *), void *argument, void *handle)
{
    register_ending *own;
    void *found = dlsym(RTLD_DEFAULT, "__cxa_atexit");
    if (found == NULL)
        return -1;
    memcpy(&own, &found, sizeof own); /* POSIX dlsym: an object pointer that is a function's */
    return own(function, argument, handle);
}

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
        answer->address = (uintptr_t)smf_ending_atexit;
        return SMF_OK;
    }
    if (strcmp(request->name, "__cxa_atexit") == 0) {
        answer->address = (uintptr_t)smf_ending_cxa_atexit;
        return SMF_OK;
    }
    void *found = find(request->name);
    if (found == NULL)
        return SMF_ERR_NOT_FOUND;
    answer->address = (uintptr_t)found;
    answer->kind = kind_of(found);
    return SMF_OK;
}
