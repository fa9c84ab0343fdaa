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

static inline uintptr_t smf_atomic_load(const uintptr_t *at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }

static inline void smf_atomic_store(uintptr_t *at, uintptr_t value) { __atomic_store_n(at, value, __ATOMIC_RELEASE); }

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
    __atomic_store_n(at, value, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

static inline uintptr_t smf_atomic_look(const uintptr_t *at)
{
#if defined(SMF_FENCED_ACCESSES)
    return __atomic_load_n(at, __ATOMIC_SEQ_CST);
#else
    return __atomic_load_n(at, __ATOMIC_ACQUIRE);
#endif
}

#endif
