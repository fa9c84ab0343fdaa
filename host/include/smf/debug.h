/* SPDX-License-Identifier: MIT */
/*
 * smf/debug.h - loaded modules as debuggers and profilers see them: where their
 * sections and symbols lie, gdb's JIT interface, perf's map. Since 0.1.
 *
 * A program that loads modules tells gdb about each before it runs, and takes
 * that back before the module's memory is released:
 *
 *     struct smf_debug *debug = NULL;
 *     const struct smf_debug_module what = {.module = module, .source = &file.source, .elf = "filter.smf.elf"};
 *     if (smf_debug_add(&debug, &what) != SMF_OK) ... it runs all the same, gdb does not know it ...
 *     smf_libc_start(module, &file.source);
 *     ...
 *     smf_libc_stop(module);
 *     smf_debug_remove(debug);
 *     smf_unload(&loader, module);
 *
 * Nothing here changes a module, and no module needs to be told of. A process
 * without a debugger pays for a copy of the names, or of OUT.elf, for each.
 */
#ifndef SMF_DEBUG_H
#define SMF_DEBUG_H

#include "smf/image.h"
#include "smf/load.h"
#include "smf/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Where things lie ------------------------------------------------------------------------------ */

/* The address of a section that is not in memory, or of which nobody said where it is. */
#define SMF_DEBUG_NOWHERE UINT64_MAX

/* Where the three groups of a module's sections begin: what smf_module_regions() says of a loaded module, or what is
 * known of one on a board. SMF_DEBUG_NOWHERE: not known. */
struct smf_debug_bases {
    uint64_t code, rodata, data;
};

/*
 * The addresses of an image's sections, by the rules of the loader: in file order in their group, each at the next
 * multiple of its alignment (DESIGN, D6). A prelinked file says itself where a group lies that it was prelinked for.
 * `addresses` has room for header.section_count. A module executed in place or with .keep sections that are bound for reloading lies in
 * more than three places: smf_debug_sections() knows them. SMF_ERR_FORMAT: note.prelink is wrong.
 */
SMF_MUST_CHECK
enum smf_status smf_debug_place(struct smf_image *image, const struct smf_debug_bases *bases, uint64_t *addresses);

/* The same for a module that is loaded. `image` is open on the source that it was loaded from (its bytes at the same
 * place, if the module runs in place). */
void smf_debug_sections(const struct smf_module *module, struct smf_image *image, uint64_t *addresses);

/* A function or an object of a module. */
struct smf_debug_symbol {
    uint64_t address; /* without a Thumb bit                                          */
    uint64_t size;    /* bytes; a function without one reaches to the next symbol     */
    const char *name; /* "printf@plt": the stub of an import                          */
    uint32_t section; /* index in the image */
    bool function;
};

/* Symbols in the order of their addresses. Fields are for reading. */
struct smf_debug_symbols {
    struct smf_debug_symbol *list;
    size_t count, capacity;
    struct smf_debug_names *names; /* what the names point into */
};

/*
 * The symbols that lie in sections with an address. `elf`: the file that `smf build -g` writes beside the image, which
 * names local ones too; NULL: those of the image alone, exports and stubs. Free them, whatever the answer is.
 * SMF_ERR_IO: errno says why `elf` cannot be read. SMF_ERR_HASH: it belongs to another build. SMF_ERR_FORMAT: it is no
 * such file. SMF_ERR_UNSUPPORTED: this library was made without libelf. SMF_ERR_NO_MEMORY. An image's own errors.
 * A prelinked file has another hash than the file that it was made from: sizes and alignments of all sections are
 * compared instead.
 */
SMF_MUST_CHECK
enum smf_status smf_debug_symbols_read(struct smf_debug_symbols *symbols, struct smf_image *image,
                                       const uint64_t *addresses, const char *elf);
void smf_debug_symbols_free(struct smf_debug_symbols *symbols);

/* --- A running process ----------------------------------------------------------------------------- */

/* What is told of a module. Borrowed for the call. */
struct smf_debug_module {
    const struct smf_module *module; /* loaded */
    const struct smf_source *source; /* that it was loaded from */
    const char *elf;                 /* path of OUT.elf: with it, gdb has lines, locals and types. NULL, or a file that
                                      * is not there or belongs to another build: the names of the module itself */
};

struct smf_debug; /* one module that was told of */

/*
 * Tell gdb of a module through its JIT interface (__jit_debug_register_code): its pending breakpoints are set, its
 * backtraces have names. From any thread. SMF_ERR_UNSUPPORTED: this system has no such interface (it is Linux's, on
 * x86-64, AArch64 and RISC-V 64). SMF_ERR_ARCH: a module of another machine. SMF_ERR_NO_MEMORY. After a failure there
 * is nothing to remove, and `*debug` is NULL.
 */
SMF_MUST_CHECK
enum smf_status smf_debug_add(struct smf_debug **debug, const struct smf_debug_module *what);

/* The newest that was told of this module and not taken back; NULL: none. With a system of modules (smf/system.h): add
 * when SMF_EVENT_LOADED is told, before config.start runs; smf_debug_remove(smf_debug_find(module)) at SMF_EVENT_FAILED
 * and SMF_EVENT_RELEASING. */
struct smf_debug *smf_debug_find(const struct smf_module *module);

/* Was OUT.elf used? NULL: no. */
bool smf_debug_has_lines(const struct smf_debug *debug);

/* Take it back: before the module's memory is released. From any thread; NULL does nothing. */
void smf_debug_remove(struct smf_debug *debug);

/*
 * Add the module's functions to perf-PID.map in `directory` (NULL: /tmp, where perf looks for it), one line "ADDRESS SIZE
 * NAME" in hexadecimal for each; what is not printable in a name becomes '?'. perf reads the file when it reports; of an
 * unloaded module nothing can be taken back. From any thread. SMF_ERR_IO: errno says why; a file that is a link, or
 * belongs to somebody else, is refused with EPERM. SMF_ERR_UNSUPPORTED where there is no perf.
 */
SMF_MUST_CHECK
enum smf_status smf_perf_map_add(const struct smf_debug_module *what, const char *directory);

#ifdef __cplusplus
}
#endif

#endif
