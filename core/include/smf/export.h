/* SPDX-License-Identifier: MIT */
/*
 * smf/export.h - host exports without a table written by hand: each is marked where it is defined.
 *
 *     #include <smf/export.h>
 *
 *     int led_set(int on) { ... }
 *     SMF_EXPORT(led_set);
 *
 *     static struct smf_exports offers;
 *     static uint32_t buckets[256];
 *     ... smf_exports_collect(&offers, buckets, 256) == SMF_OK
 *     config.resolve = smf_exports_resolve, config.resolve_context = &offers;
 *
 * Since 0.1. Floor: load. The marks are for ELF targets (gcc, clang; C and C++) whose linker is GNU ld or lld, or has
 * linker-scripts/sections.ld: each puts a const struct smf_export into the section `smf_exports`, and the linker knows
 * where that begins and ends. A program and each shared library have their own. A mark takes a struct smf_export and
 * its name; in a position-independent program, whose addresses are filled in at start, it lies in writable memory. A
 * file of an archive has to be linked for another reason: a mark is none. Elsewhere, and where a table should cost no
 * start-up work at all, the tool smf-exports makes one.
 */
#ifndef SMF_EXPORT_H
#define SMF_EXPORT_H

#include "smf/load.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Like smf_exports_index(), but `entries` are only read: a hash that is 0 stays 0, and smf_exports_resolve() compares
 * names alone. All of it has to stay as long as `table` is used.
 *
 * `buckets` is a power of two above `count`, at best twice it; NULL, with bucket_count 0, if the entries are sorted by
 * name (bytewise): they are then searched by halves, and nothing but `table` is written.
 *
 * SMF_ERR_ARGUMENT: no power of two, a name that is NULL, a hash that is neither 0 nor the name's, entries that are not
 * sorted where they have to be. SMF_ERR_NO_SPACE: not more buckets than entries. SMF_ERR_DUPLICATE: a name stands
 * twice. `table` is as it was then; `buckets` are not.
 */
SMF_MUST_CHECK
enum smf_status smf_exports_index_const(struct smf_exports *table, const struct smf_export *entries, uint32_t count,
                                        uint32_t *buckets, uint32_t bucket_count);

#if defined(__ELF__)

/*
 * What a linker says about the section; weak, so that a program without a mark links, too. By their assembler names,
 * because names like these are the implementation's.
 */
extern const struct smf_export smf_exports_first[] __asm__("__start_smf_exports")
    __attribute__((weak, visibility("hidden")));
extern const struct smf_export smf_exports_end[] __asm__("__stop_smf_exports")
    __attribute__((weak, visibility("hidden")));

#if defined(__cplusplus)
#define SMF_EXPORT_ADDRESS_(pointer) reinterpret_cast<uintptr_t>(pointer)
#else
#define SMF_EXPORT_ADDRESS_(pointer) ((uintptr_t)(pointer))
#endif

/* How many marks this program has. No casts but these: C++ may be told to complain about C's. */
static inline uint32_t smf_exports_collected(void)
{
    const uintptr_t size = SMF_EXPORT_ADDRESS_(smf_exports_end) - SMF_EXPORT_ADDRESS_(smf_exports_first);
    return size / sizeof(struct smf_export) & UINT32_MAX;
}

/*
 * Make a table of all marks of this program, as smf_exports_index_const() does. Once, at start. Without buckets
 * (NULL, 0) the linker must have sorted them: see SMF_EXPORTS_SORTED. The order of a hashed table is the linker's.
 */
SMF_MUST_CHECK
static inline enum smf_status smf_exports_collect(struct smf_exports *table, uint32_t *buckets, uint32_t bucket_count)
{
    return smf_exports_index_const(table, smf_exports_first, smf_exports_collected(), buckets, bucket_count);
}

/*
 * Marks, each a declaration at file scope, behind that of its symbol, in any source file of the program and once for
 * each name: what stands twice in one file does not compile, what stands in two is SMF_ERR_DUPLICATE. The name is the
 * symbol as it is written here, also in C++, where modules see neither its namespace nor its types. Static symbols can
 * be exported, too.
 *
 *     SMF_EXPORT(function);         a function; plain objects and pointers do not compile
 *     SMF_EXPORT_OPEN(function);    one that confined modules may call as well (SMF_EXPORT_CONFINED, smf/confined.h).
 *                                   They call by position: if there are more than SMF_GATES_MAX marks, raise that, or
 *                                   give struct smf_gates a table of its own
 *     SMF_EXPORT_DATA(object);      a variable or a constant
 *     SMF_EXPORT_AS(name, symbol, kind);    under another name, which is written like a C identifier; `kind` is enum
 *                                           smf_kind, with SMF_EXPORT_CONFINED if wanted:
 *                                           SMF_EXPORT_AS(_ZN3led3setEi, led::set, SMF_KIND_FUNCTION);
 */
#define SMF_EXPORT(function) SMF_EXPORT_ENTRY_(smf_export_of_##function, #function, &*(function), SMF_KIND_FUNCTION)
#define SMF_EXPORT_OPEN(function)                                                                                      \
    SMF_EXPORT_ENTRY_(smf_export_of_##function, #function, &*(function), SMF_KIND_FUNCTION | SMF_EXPORT_CONFINED)
#define SMF_EXPORT_DATA(object) SMF_EXPORT_ENTRY_(smf_export_of_##object, #object, &(object), SMF_KIND_DATA)
#define SMF_EXPORT_AS(name, symbol, kind) SMF_EXPORT_ENTRY_(smf_export_of_##name, #name, &(symbol), kind)

/*
 * SMF_EXPORTS_SORTED, defined for every file of a program: each mark has a section of its own, `smf_exports.NAME`, for
 * a linker script that sorts by name, as linker-scripts/sections.ld does. The linkers' own scripts do not, and leave
 * such sections out of the table.
 */
#if defined(SMF_EXPORTS_SORTED)
#define SMF_EXPORT_SECTION_(text) "smf_exports." text
#else
#define SMF_EXPORT_SECTION_(text) "smf_exports"
#endif

/*
 * What --gc-sections keeps: GNU ld what __start_smf_exports points to, lld what is marked so, a linker script what it
 * names in KEEP. Compilers for bare machines may know the mark and complain that they cannot set it.
 */
#if defined(__clang__) || defined(__linux__) || defined(__FreeBSD__)
#if defined(__has_attribute)
#if __has_attribute(retain)
#define SMF_EXPORT_RETAIN_ , retain
#endif
#endif
#endif
#if !defined(SMF_EXPORT_RETAIN_)
#define SMF_EXPORT_RETAIN_
#endif

/* Aligned by name: compilers like to give single objects more, and an array has no gaps. */
#define SMF_EXPORT_ENTRY_(entry, text, pointer, kind)                                                                  \
    static const struct smf_export entry __attribute__((                                                               \
        section(SMF_EXPORT_SECTION_(text)), used, aligned(__alignof__(struct smf_export)) SMF_EXPORT_RETAIN_)) = {     \
        text, SMF_EXPORT_ADDRESS_(pointer), (kind), 0}

#endif /* ELF */

#ifdef __cplusplus
}
#endif

#endif
