/* SPDX-License-Identifier: MIT */
/*
 * base/atomic.h - the few atomic accesses of the core: pointer-sized loads and
 * stores, which every machine has as single instructions, and one full fence.
 *
 * NOTICE: compilers call a library for anything wider or for read-modify-write on
 * ARMv6-M; nothing of that kind belongs here.
 */
#ifndef SMF_BASE_ATOMIC_H
#define SMF_BASE_ATOMIC_H

#include <stdint.h>

#if defined(__ARM_ARCH_6M__) && defined(__clang__)
/*
 * clang calls a library on ARMv6-M, which has no exclusive accesses, even for what LDR and STR do (ARMv6-M manual A3.5.1:
 * aligned words are single-copy atomic). The barrier is the one that gcc puts there.
 */
static inline void smf_atomic_fence(void) { __asm__ volatile("dmb" ::: "memory"); }

static inline uintptr_t smf_atomic_load(const uintptr_t *at)
{
    const uintptr_t value = *(const volatile uintptr_t *)at;
    smf_atomic_fence();
    return value;
}

static inline void smf_atomic_store(uintptr_t *at, uintptr_t value)
{
    smf_atomic_fence();
    *(volatile uintptr_t *)at = value;
}
#else
static inline void smf_atomic_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

static inline uintptr_t smf_atomic_load(const uintptr_t *at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }

static inline void smf_atomic_store(uintptr_t *at, uintptr_t value) { __atomic_store_n(at, value, __ATOMIC_RELEASE); }
#endif

/* gcc's thread sanitizer knows accesses, but no fences: with it both are accesses that order everything. */
#if defined(__SANITIZE_THREAD__)
#define SMF_FENCED_ACCESSES 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SMF_FENCED_ACCESSES 1
#endif
#endif

/*
 * A store that comes after everything stored before, and that later loads of this thread, module code's among them,
 * cannot overtake. With one on either side, and a look at the other's word behind it, at least one of two sees the other.
 */
static inline void smf_atomic_announce(uintptr_t *at, uintptr_t value)
{
#if defined(SMF_FENCED_ACCESSES)
    __atomic_store_n(at, value, __ATOMIC_SEQ_CST);
#else
    smf_atomic_store(at, value);
    smf_atomic_fence();
#endif
}

static inline uintptr_t smf_atomic_look(const uintptr_t *at)
{
#if defined(SMF_FENCED_ACCESSES)
    return __atomic_load_n(at, __ATOMIC_SEQ_CST);
#else
    return smf_atomic_load(at);
#endif
}

#endif
