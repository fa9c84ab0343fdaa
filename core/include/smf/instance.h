/* SPDX-License-Identifier: MIT */
/*
 * smf/instance.h - for those who write modules: use a template (smf/generic.h) for a
 * type of one's own. Since 0.1. Needs no other header, in C or C++.
 *
 *     static int compare_points(const void *a, const void *b);
 *
 *     SMF_TYPE(Point, struct point, .compare = compare_points);
 *     SMF_INSTANCE(sort_points, "sort<Point>", void, (struct point * items, size_t count));
 *
 *     sort_points(points, 100);
 *
 * The first line describes the type: `smf build` makes a symbol of kind Type named Point of it. The second declares
 * a function and asks for the instance: `smf build` writes a row into note.sdn (template sort, type_args Point, mangled_name
 * sort$Point), and the loader makes sort$Point while it loads the module. Where no other module has the template, the module
 * does not load.
 *
 * What every type must allow: a value may be moved by copying its bytes, after which the old place is not looked at again.
 */
#ifndef SMF_INSTANCE_H
#define SMF_INSTANCE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An operation that templates ask for by name: `smf_T_add` is "add". */
struct smf_named_operation {
    const char *name;
    void (*function)(void);
};

#define SMF_TYPE_VERSION 1

enum smf_descriptor_kind {
    SMF_DESCRIPTOR_OPAQUE, /* copied and dropped by functions       */
    SMF_DESCRIPTOR_PLAIN,  /* copied by memcpy, nothing to drop     */
    SMF_DESCRIPTOR_SIGNED, /* and the rest: numbers and pointers of the machine; equal types share code */
    SMF_DESCRIPTOR_UNSIGNED,
    SMF_DESCRIPTOR_FLOAT,
    SMF_DESCRIPTOR_POINTER
};

/* What is known of a type; part of the binary interface between modules: 32 bytes on 32-bit machines, 56 on 64-bit ones. NULL: it
 * cannot do that. A type with `copy` has `drop`, too. */
struct smf_type_descriptor {
    uint32_t size;   /* bytes, not 0 */
    uint8_t version; /* SMF_TYPE_VERSION */
    uint8_t alignment_log2;
    uint8_t kind;     /* enum smf_descriptor_kind; with `copy` or `drop` OPAQUE */
    uint8_t reserved; /* 0 */
    void (*copy)(void *to, const void *from);
    void (*drop)(void *value);
    int (*compare)(const void *a, const void *b); /* below, equal to or above 0 */
    int (*equal)(const void *a, const void *b);   /* not 0: equal */
    size_t (*hash)(const void *value);
    const struct smf_named_operation *more; /* ends with a name of NULL */
};

#define SMF_TYPE_ALIGN_LOG2(type)                                                                                      \
    (__alignof__(type) >= 16  ? 4                                                                                      \
     : __alignof__(type) >= 8 ? 3                                                                                      \
     : __alignof__(type) >= 4 ? 2                                                                                      \
     : __alignof__(type) >= 2 ? 1                                                                                      \
                              : 0)

/* One line for `smf build`, in a section that is in no memory (as in smf/generic.h). */
#ifndef SMF_TEMPLATE_NOTE
#define SMF_TEMPLATE_NOTE(text)                                                                                        \
    __asm__(".pushsection .smf.template,\"\",%progbits\n\t.asciz \"" text "\"\n\t.popsection")
#endif

/* The names of functions and descriptors are C's, in C++, too. */
#ifdef __cplusplus
#define SMF_INSTANCE_C extern "C"
#else
#define SMF_INSTANCE_C extern
#endif

/*
 * Describe a type, at file scope: SMF_TYPE(name, type, operations...). Operations are named initialisers in the descriptor's order,
 * `.compare = f, .hash = g`, and there need be none. Plain data unless SMF_TYPE_OPAQUE is used, which wants `.copy` and `.drop`;
 * SMF_TYPE_OF_KIND says another kind: numbers and pointers under a name of their own; i8 to u64, f32, f64, bool, usize, isize and ptr_...
 * are known. A constructed type, such as a Vec<i64> that is a value, is named by its mangled
 * name: Vec$i64.
 */
#define SMF_TYPE(...) SMF_TYPE_WITH(SMF_DESCRIPTOR_PLAIN, __VA_ARGS__, )
#define SMF_TYPE_OPAQUE(...) SMF_TYPE_WITH(SMF_DESCRIPTOR_OPAQUE, __VA_ARGS__, )
#define SMF_TYPE_OF_KIND(...) SMF_TYPE_WITH(__VA_ARGS__, ) /* kind, name, type, operations... */

#define SMF_TYPE_WITH(its_kind, name, type, ...)                                                                       \
    SMF_TEMPLATE_NOTE("type " #name " smf_type_" #name);                                                               \
    SMF_INSTANCE_C const struct smf_type_descriptor smf_type_##name;                                                   \
    const struct smf_type_descriptor smf_type_##name = {.size = sizeof(type),                                          \
                                                        .version = SMF_TYPE_VERSION,                                   \
                                                        .alignment_log2 = SMF_TYPE_ALIGN_LOG2(type),                   \
                                                        .kind = (its_kind),                                            \
                                                        .reserved = 0,                                                 \
                                                        __VA_ARGS__}

/* Declare `local` as the instance `instance`, "sort<Point>": a function of one template for types. The symbol that it
 * imports is SMF's mangled name, sort$Point. */
#define SMF_INSTANCE(local, instance, result, parameters)                                                              \
    SMF_TEMPLATE_NOTE("uses " #local " " instance);                                                                    \
    SMF_INSTANCE_C result local parameters

/* Build the instance in: its code becomes part of this module's own, where the template is among the inputs of the same `smf build`. */
#define SMF_INSTANTIATE(instance) SMF_TEMPLATE_NOTE("instantiate " instance)

#ifdef __cplusplus
}
#endif

#endif
