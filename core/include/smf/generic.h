/* SPDX-License-Identifier: MIT */
/*
 * smf/generic.h - for those who write libraries: an algorithm or a container, once, in plain C, for types that the
 * library never sees. Since 0.1. Needs no other header; C11 with gcc or clang.
 *
 *     SMF_TEMPLATE("largest<T: compare>(*T, usize) -> *T");
 *
 *     smf_T *largest(smf_T *items, size_t count)
 *     {
 *         size_t best = 0;
 *         for (size_t i = 1; i < count; i++)
 *             if (smf_less(T, smf_at(T, items, best), smf_at(T, items, i)))
 *                 best = i;
 *         return smf_at(T, items, best);
 *     }
 *
 * One file is one template: all functions in it that SMF_TEMPLATE names have the same type parameters and are instantiated
 * together. `smf build` compiles the file once for each *shape* that is worth code of its own, and packs the results; the
 * loader takes the most specific one that fits (docs/GENERICS.md is the guide, smf/instance.h the using side).
 *
 * Type parameters are called T, U, K, V and E. A value is touched through these words alone; P is the parameter's letter:
 *
 *     smf_P                    the type; values are handled as `smf_P *`
 *     smf_sizeof(P)            its size, a size_t, never 0          smf_alignof(P)         its alignment
 *     smf_at(P, p, i)          the address of p[i]                  smf_move(P, to, from)  *to = *from, and *from is gone
 *     smf_copy(P, to, from)    *to becomes another *from            smf_drop(P, p)         *p is not needed any more
 *     smf_swap(P, a, b)        exchange *a and *b, may be the same  smf_compare(P, a, b)   below, equal to or above 0
 *     smf_less(P, a, b)        *a < *b                              smf_equal(P, a, b)     *a == *b
 *     smf_hash(P, p)           a size_t; not to be stored in files
 *
 * Arguments may be evaluated more than once. What every type allows: a value may be moved by copying its bytes (with memcpy,
 * too, if they do not overlap). What only some types can is said as a bound: compare, equal, hash, copy, drop, integer, float, number.
 *
 * Shapes. What is known of a parameter while the file is compiled (-DSMF_SHAPE_T=...):
 *
 *     any      nothing: size, alignment and operations are holes, filled when an instance is made (the default)
 *     plain    the same, but copying is memcpy and dropping is nothing
 *     fixed    as plain, of one size and alignment: -DSMF_SIZE_T=24 -DSMF_ALIGN_T=8; SMF_SHAPES calls it plain:24:8
 *     i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 ptr        a type of C: all of the above is plain C, and `*p + *q` compiles
 *
 * In the shapes any and plain smf_P is an incomplete type: what the shape cannot do (`*p`, `p[i]`, sizeof) does not compile. Then `smf
 * build` leaves the shape out, unless SMF_SHAPES names it; a type that fits no shape cannot be used, and the loader says so.
 *
 * No data of its own: variables that are written, thread-local ones included, are refused. Constants are fine.
 *
 * Under the words, for who writes holes by hand: undefined symbols smf_P_size, _align and _plain are numbers below 2^31, smf_P_copy, _drop, _compare,
 * _equal and _hash functions, and any other smf_P_WORD is a function that the type lists by the name WORD
 * (struct smf_named_operation of smf/instance.h): declare it and call it.
 */
#ifndef SMF_GENERIC_H
#define SMF_GENERIC_H

#ifdef __cplusplus
#error "a template is a C file; what uses it may be C++ (smf/instance.h)"
#endif

#include <stddef.h>
#include <stdint.h>

/* ---- What the file says about itself: one line each for `smf build`, at file scope ---- */

/* A function of this file that others may use: "sort<T: compare>(*T, usize)". Types are void bool i8 .. u64 f32 f64 text usize isize nil, *t, []t,
 * Name<t, ..>, (t, ..) -> t and the parameters; bounds are joined by `+`: "map_get<K: equal + hash, V>(..)". */
#define SMF_TEMPLATE(signature) SMF_TEMPLATE_NOTE("template " signature)

/* A function of another template: the undefined `symbol` is its instance, SMF_NEEDS(swap_T, "swap<T>"). */
#define SMF_NEEDS(symbol, instance) SMF_TEMPLATE_NOTE("needs " #symbol " " instance)

/* Shapes to build beside the usual ones, "plain:24:8 u8"; of several parameters with commas, "i64,any i64,i64". One that
 * does not compile is an error. */
#define SMF_SHAPES(list) SMF_TEMPLATE_NOTE("shapes " list)

/* A line in a section that is in no memory. Top-level asm, because it keeps its order and every compiler has it. */
#ifndef SMF_TEMPLATE_NOTE
#ifdef SMF_TEMPLATE_LIST /* smf build asks the preprocessor alone */
#define SMF_TEMPLATE_NOTE(text) SMF_TEMPLATE_LINE text SMF_TEMPLATE_END
#else
#define SMF_TEMPLATE_NOTE(text)                                                                                        \
    __asm__(".pushsection .smf.template,\"\",%progbits\n\t.asciz \"" text "\"\n\t.popsection")
#endif
#endif

/* ---- A hole for a number ---- */

/*
 * The number is the address of an undefined symbol, put into an instruction as an immediate. Only this spelling can be
 * filled wherever code lies and whatever flags it is compiled with: of (size_t)symbol compilers make distances or loads
 * from a table. It has no inputs and is not volatile, so they move it out of loops, share it or drop it, and assume nothing of its value.
 */
#if defined(__x86_64__)
#define SMF_IMMEDIATE(symbol) "movl $" symbol ", %k0"
#elif defined(__aarch64__)
#define SMF_IMMEDIATE(symbol) "movz %0, #:abs_g1:" symbol "\n\tmovk %0, #:abs_g0_nc:" symbol
#elif defined(__riscv) && __riscv_xlen == 64
#define SMF_IMMEDIATE(symbol) "lui %0, %%hi(" symbol ")\n\taddiw %0, %0, %%lo(" symbol ")"
#elif defined(__riscv)
#define SMF_IMMEDIATE(symbol) "lui %0, %%hi(" symbol ")\n\taddi %0, %0, %%lo(" symbol ")"
#elif defined(__thumb2__) || defined(__ARM_ARCH_8M_BASE__)
#define SMF_IMMEDIATE(symbol) "movw %0, #:lower16:" symbol "\n\tmovt %0, #:upper16:" symbol
#endif

#if defined(SMF_NUMBER_HOLE) /* a compiler that makes code for known types has no holes, and its own way to say so */
#elif defined(SMF_IMMEDIATE)
#define SMF_NUMBER_HOLE(symbol)                                                                                        \
    static inline size_t symbol##_(void)                                                                               \
    {                                                                                                                  \
        size_t smf_number;                                                                                             \
        __asm__(SMF_IMMEDIATE(#symbol) : "=r"(smf_number));                                                            \
        return smf_number;                                                                                             \
    }
#else /* Armv6-M has no such instruction; a word of the literal pool holds any number. Weak: it may be 0. */
#define SMF_NUMBER_HOLE(symbol)                                                                                        \
    extern const char symbol[] __attribute__((weak));                                                                  \
    static inline size_t symbol##_(void) { return (size_t)symbol; }
#endif

/* ---- Shapes ---- */

#ifndef SMF_SHAPE_T
#define SMF_SHAPE_T any
#endif
#ifndef SMF_SHAPE_U
#define SMF_SHAPE_U any
#endif
#ifndef SMF_SHAPE_K
#define SMF_SHAPE_K any
#endif
#ifndef SMF_SHAPE_V
#define SMF_SHAPE_V any
#endif
#ifndef SMF_SHAPE_E
#define SMF_SHAPE_E any
#endif

#define SMF_JOIN_(a, b) a##b
#define SMF_JOIN(a, b) SMF_JOIN_(a, b)
#define SMF_TEXT_(text) #text
#define SMF_TEXT(text) SMF_TEXT_(text)

/* How a value of a shape is treated: one of any, plain, fixed, typed. */
#define SMF_WAY_any any
#define SMF_WAY_plain plain
#define SMF_WAY_fixed fixed
#define SMF_WAY_i8 typed
#define SMF_WAY_i16 typed
#define SMF_WAY_i32 typed
#define SMF_WAY_i64 typed
#define SMF_WAY_u8 typed
#define SMF_WAY_u16 typed
#define SMF_WAY_u32 typed
#define SMF_WAY_u64 typed
#define SMF_WAY_f32 typed
#define SMF_WAY_f64 typed
#define SMF_WAY_ptr typed

typedef int8_t smf_c_i8;
typedef int16_t smf_c_i16;
typedef int32_t smf_c_i32;
typedef int64_t smf_c_i64;
typedef uint8_t smf_c_u8;
typedef uint16_t smf_c_u16;
typedef uint32_t smf_c_u32;
typedef uint64_t smf_c_u64;
typedef float smf_c_f32;
typedef double smf_c_f64;
typedef void *smf_c_ptr;

#define SMF_WAY(P) SMF_JOIN(SMF_WAY_, SMF_JOIN(SMF_SHAPE_, P))
#define SMF_DO(P, word) SMF_JOIN(SMF_JOIN(smf_##word, _), SMF_WAY(P))

#define smf_sizeof(P) SMF_DO(P, sizeof)(P)
#define smf_alignof(P) SMF_DO(P, alignof)(P)
#define smf_at(P, p, i) SMF_DO(P, at)(P, p, i)
#define smf_move(P, to, from) SMF_DO(P, move)(P, to, from)
#define smf_copy(P, to, from) SMF_DO(P, copy)(P, to, from)
#define smf_drop(P, p) SMF_DO(P, drop)(P, p)
#define smf_swap(P, a, b) SMF_DO(P, swap)(P, a, b)
#define smf_compare(P, a, b) SMF_DO(P, compare)(P, a, b)
#define smf_less(P, a, b) SMF_DO(P, less)(P, a, b)
#define smf_equal(P, a, b) SMF_DO(P, equal)(P, a, b)
#define smf_hash(P, p) SMF_DO(P, hash)(P, p)

/* any: everything is a hole. */
#define smf_sizeof_any(P) smf_##P##_size_()
#define smf_alignof_any(P) smf_##P##_align_()
#define smf_at_any(P, p, i) ((__typeof__(p))((uintptr_t)(p) + (size_t)(i)*smf_sizeof_any(P)))
#define smf_move_any(P, to, from) ((void)__builtin_memcpy(to, from, smf_sizeof_any(P)))
#define smf_copy_any(P, to, from) (smf_##P##_plain_() != 0 ? smf_move_any(P, to, from) : smf_##P##_copy(to, from))
#define smf_drop_any(P, p) (smf_##P##_plain_() != 0 ? (void)0 : smf_##P##_drop(p))
#define smf_swap_any(P, a, b) smf_exchange(a, b, smf_sizeof_any(P))
#define smf_compare_any(P, a, b) smf_##P##_compare(a, b)
#define smf_less_any(P, a, b) (smf_##P##_compare(a, b) < 0)
#define smf_equal_any(P, a, b) (smf_##P##_equal(a, b) != 0)
#define smf_hash_any(P, p) smf_##P##_hash(p)

/* plain: the size is a hole, copying is memcpy. */
#define smf_sizeof_plain smf_sizeof_any
#define smf_alignof_plain smf_alignof_any
#define smf_at_plain smf_at_any
#define smf_move_plain smf_move_any
#define smf_copy_plain smf_move_any
#define smf_drop_plain(P, p) ((void)(p))
#define smf_swap_plain smf_swap_any
#define smf_compare_plain smf_compare_any
#define smf_less_plain smf_less_any
#define smf_equal_plain smf_equal_any
#define smf_hash_plain smf_hash_any

/* fixed: bytes of known size; only comparing and hashing are holes. */
#define smf_sizeof_fixed(P) sizeof(smf_##P)
#define smf_alignof_fixed(P) _Alignof(smf_##P)
#define smf_at_fixed(P, p, i) ((p) + (i))
#define smf_move_fixed(P, to, from) ((void)(*(to) = *(from)))
#define smf_copy_fixed smf_move_fixed
#define smf_drop_fixed smf_drop_plain
#define smf_swap_fixed(P, a, b)                                                                                        \
    do {                                                                                                               \
        smf_##P *const smf_left = (a), *const smf_right = (b);                                                         \
        const smf_##P smf_held = *smf_left;                                                                            \
        *smf_left = *smf_right;                                                                                        \
        *smf_right = smf_held;                                                                                         \
    } while (0)
#define smf_compare_fixed smf_compare_any
#define smf_less_fixed smf_less_any
#define smf_equal_fixed smf_equal_any
#define smf_hash_fixed smf_hash_any

/* typed: plain C. */
#define smf_sizeof_typed smf_sizeof_fixed
#define smf_alignof_typed smf_alignof_fixed
#define smf_at_typed smf_at_fixed
#define smf_move_typed smf_move_fixed
#define smf_copy_typed smf_move_fixed
#define smf_drop_typed smf_drop_plain
#define smf_swap_typed smf_swap_fixed
#define smf_compare_typed(P, a, b) ((*(a) > *(b)) - (*(a) < *(b)))
#define smf_less_typed(P, a, b) (*(a) < *(b))
#define smf_equal_typed(P, a, b) (*(a) == *(b))
#define smf_hash_typed(P, p) SMF_JOIN(smf_hash_, SMF_JOIN(SMF_SHAPE_, P))(p)

#define smf_declare_any(P) typedef struct smf_##P##_opaque smf_##P;
#define smf_declare_plain smf_declare_any
#define smf_declare_fixed(P)                                                                                           \
    typedef struct smf_##P##_opaque {                                                                                  \
        _Alignas(SMF_ALIGN_##P) unsigned char bytes[SMF_SIZE_##P];                                                     \
    } smf_##P;
#define smf_declare_typed(P) typedef SMF_JOIN(smf_c_, SMF_JOIN(SMF_SHAPE_, P)) smf_##P;

/* What this object was compiled for, so that objects compiled by hand can be packed, too. */
#define smf_note_any(P) SMF_TEMPLATE_NOTE("shape " #P " any");
#define smf_note_plain(P) SMF_TEMPLATE_NOTE("shape " #P " plain");
#define smf_note_fixed(P) SMF_TEMPLATE_NOTE("shape " #P " plain:" SMF_TEXT(SMF_SIZE_##P) ":" SMF_TEXT(SMF_ALIGN_##P));
#define smf_note_typed(P) SMF_TEMPLATE_NOTE("shape " #P " " SMF_TEXT(SMF_JOIN(SMF_SHAPE_, P)));

#define SMF_PARAMETER(P)                                                                                               \
    SMF_DO(P, declare)                                                                                                 \
    (P) SMF_DO(P, note)(P) SMF_NUMBER_HOLE(smf_##P##_size) SMF_NUMBER_HOLE(smf_##P##_align)                            \
        SMF_NUMBER_HOLE(smf_##P##_plain) extern void smf_##P##_copy(smf_##P *to, const smf_##P *from);                 \
    extern void smf_##P##_drop(smf_##P *value);                                                                        \
    extern int smf_##P##_compare(const smf_##P *a, const smf_##P *b);                                                  \
    extern int smf_##P##_equal(const smf_##P *a, const smf_##P *b);                                                    \
    extern size_t smf_##P##_hash(const smf_##P *value);

SMF_PARAMETER(T)
SMF_PARAMETER(U)
SMF_PARAMETER(K)
SMF_PARAMETER(V)
SMF_PARAMETER(E)

/* What the processor must have beyond the family's first one. */
#if defined(__x86_64__) && defined(__AVX512F__)
SMF_TEMPLATE_NOTE("level 3");
#elif defined(__x86_64__) && defined(__AVX2__)
SMF_TEMPLATE_NOTE("level 2");
#elif defined(__x86_64__) && defined(__SSE4_2__)
SMF_TEMPLATE_NOTE("level 1");
#elif defined(__thumb__) && !defined(__thumb2__)
SMF_TEMPLATE_NOTE("level 0 thumb"); /* smf build: jump tables would be calls of the compiler's library */
#endif

/* ---- Helpers; their names are free ---- */

/* Exchange two values of unknown size, by words, then by bytes. Not inlined: code for any type then has half the size. */
__attribute__((noinline, unused)) static void smf_exchange(void *a, void *b, size_t size)
{
    unsigned char *left = a, *right = b;
    for (; size >= sizeof(size_t); size -= sizeof(size_t), left += sizeof(size_t), right += sizeof(size_t)) {
        size_t held, other;
        __builtin_memcpy(&held, left, sizeof held);
        __builtin_memcpy(&other, right, sizeof other);
        __builtin_memcpy(left, &other, sizeof other);
        __builtin_memcpy(right, &held, sizeof held);
    }
    for (; size != 0; size--, left++, right++) {
        const unsigned char held = *left;
        *left = *right;
        *right = held;
    }
}

/* FNV-1a-32 over the low bytes of a number. */
static inline size_t smf_hash_bits(uint64_t bits, unsigned count)
{
    uint32_t hash = 2166136261u;
    for (; count != 0; count--, bits >>= 8)
        hash = (hash ^ (uint32_t)(bits & 0xFF)) * 16777619u;
    return hash;
}

static inline size_t smf_hash_i8(const int8_t *p) { return smf_hash_bits((uint8_t)*p, 1); }
static inline size_t smf_hash_i16(const int16_t *p) { return smf_hash_bits((uint16_t)*p, 2); }
static inline size_t smf_hash_i32(const int32_t *p) { return smf_hash_bits((uint32_t)*p, 4); }
static inline size_t smf_hash_i64(const int64_t *p) { return smf_hash_bits((uint64_t)*p, 8); }
static inline size_t smf_hash_u8(const uint8_t *p) { return smf_hash_bits(*p, 1); }
static inline size_t smf_hash_u16(const uint16_t *p) { return smf_hash_bits(*p, 2); }
static inline size_t smf_hash_u32(const uint32_t *p) { return smf_hash_bits(*p, 4); }
static inline size_t smf_hash_u64(const uint64_t *p) { return smf_hash_bits(*p, 8); }
static inline size_t smf_hash_ptr(void *const *p) { return smf_hash_bits((uintptr_t)*p, sizeof(void *)); }

/* Numbers that are equal have one hash: 0.0 and -0.0, too. */
static inline size_t smf_hash_f32(const float *p)
{
    uint32_t bits;
    __builtin_memcpy(&bits, p, sizeof bits);
    return smf_hash_bits(bits == UINT32_C(1) << 31 ? 0 : bits, 4);
}
static inline size_t smf_hash_f64(const double *p)
{
    uint64_t bits;
    __builtin_memcpy(&bits, p, sizeof bits);
    return smf_hash_bits(bits == UINT64_C(1) << 63 ? 0 : bits, 8);
}

#endif
