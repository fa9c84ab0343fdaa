/* SPDX-License-Identifier: MIT */
/*
 * debug.c - gdb's JIT interface (manual of gdb, "JIT Compilation Interface"): a list of symbol files in memory that
 * gdb finds by name, and a function in which it keeps a breakpoint. The names and the order of fields are gdb's.
 */
#include <pthread.h>
#include <stdlib.h>

#include "debug.h"

struct jit_code_entry {
    struct jit_code_entry *next_entry, *prev_entry;
    const char *symfile_addr;
    uint64_t symfile_size;
};

enum { JIT_NOACTION, JIT_REGISTER, JIT_UNREGISTER };

struct jit_descriptor {
    uint32_t version;
    uint32_t action_flag;
    struct jit_code_entry *relevant_entry;
    struct jit_code_entry *first_entry;
};

/* Weak: a program may contain another user of the interface, which has the same two; then they share one list. */
extern struct jit_descriptor __jit_debug_descriptor;
__attribute__((weak)) struct jit_descriptor __jit_debug_descriptor = {.version = 1};

void __jit_debug_register_code(void);
__attribute__((weak, noinline)) void __jit_debug_register_code(void) { __asm__ volatile("" ::: "memory"); }

/* The list, and the action until gdb has seen it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct smf_debug {
    struct jit_code_entry entry;
    struct smf_debug *next; /* of ours: the other list may have entries of others */
    const struct smf_module *module;
    struct debug_object object;
    bool lines;
};

static struct smf_debug *newest;

static void tell(struct smf_debug *debug, uint32_t action)
{
    __jit_debug_descriptor.relevant_entry = &debug->entry;
    __jit_debug_descriptor.action_flag = action;
    __jit_debug_register_code();
    __jit_debug_descriptor.action_flag = JIT_NOACTION;
    __jit_debug_descriptor.relevant_entry = NULL;
}

static void enlist(struct smf_debug *debug)
{
    struct jit_code_entry *entry = &debug->entry;
    entry->symfile_addr = (const char *)debug->object.bytes;
    entry->symfile_size = debug->object.size;
    pthread_mutex_lock(&lock);
    entry->prev_entry = NULL;
    entry->next_entry = __jit_debug_descriptor.first_entry;
    if (entry->next_entry != NULL)
        entry->next_entry->prev_entry = entry;
    __jit_debug_descriptor.first_entry = entry;
    debug->next = newest;
    newest = debug;
    tell(debug, JIT_REGISTER);
    pthread_mutex_unlock(&lock);
}

static void delist(struct smf_debug *debug)
{
    struct jit_code_entry *entry = &debug->entry;
    struct smf_debug **link = &newest;
    pthread_mutex_lock(&lock);
    while (*link != debug)
        link = &(*link)->next;
    *link = debug->next;
    if (entry->prev_entry != NULL)
        entry->prev_entry->next_entry = entry->next_entry;
    else
        __jit_debug_descriptor.first_entry = entry->next_entry;
    if (entry->next_entry != NULL)
        entry->next_entry->prev_entry = entry->prev_entry;
    tell(debug, JIT_UNREGISTER);
    pthread_mutex_unlock(&lock);
}

/* OUT.elf if it is this module's, else what the module itself says. */
static enum smf_status make(struct smf_debug *debug, const struct smf_debug_module *what)
{
    struct debug_image image;
    enum smf_status status = smf_debug_image_open(&image, what);
    if (status == SMF_OK && image.image.header.arch != smf_arch_native()->id)
        status = SMF_ERR_ARCH;
    if (status == SMF_OK) {
        debug->lines = what->elf != NULL && smf_debug_elf_object(&debug->object, &image, what->elf) == SMF_OK;
        if (!debug->lines)
            status = smf_debug_own_object(&debug->object, &image, what->module);
    }
    smf_debug_image_close(&image);
    return status;
}

enum smf_status smf_debug_add(struct smf_debug **debug, const struct smf_debug_module *what)
{
    struct smf_debug *made = calloc(1, sizeof *made);
    const enum smf_status status = made == NULL ? SMF_ERR_NO_MEMORY : make(made, what);
    *debug = NULL;
    if (status != SMF_OK) {
        free(made);
        return status;
    }
    made->module = what->module;
    enlist(made);
    *debug = made;
    return SMF_OK;
}

struct smf_debug *smf_debug_find(const struct smf_module *module)
{
    pthread_mutex_lock(&lock);
    struct smf_debug *debug = newest;
    while (debug != NULL && debug->module != module)
        debug = debug->next;
    pthread_mutex_unlock(&lock);
    return debug;
}

bool smf_debug_has_lines(const struct smf_debug *debug) { return debug != NULL && debug->lines; }

void smf_debug_remove(struct smf_debug *debug)
{
    if (debug == NULL)
        return;
    delist(debug);
    free(debug->object.bytes);
    free(debug);
}
