/* SPDX-License-Identifier: MIT */
/* questions.c - an instantiator starts and ends; what is there, by name; and what a caller does not use any more. */
#include "base/bytes.h"
#include "generic/engine.h"

/* What this core was compiled for, as struct smf_unit says it. */
static uint8_t native_features(void)
{
#if defined(__x86_64__)
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__)
    return 3;
#elif defined(__AVX2__)
    return 2;
#elif defined(__SSE4_2__)
    return 1;
#else
    return 0;
#endif
#elif defined(__riscv)
    uint8_t features = 0;
#if defined(__riscv_compressed)
    features |= 1;
#endif
#if defined(__riscv_float_abi_double)
    features |= 4;
#elif defined(__riscv_float_abi_single)
    features |= 2;
#endif
    return features;
#elif defined(__arm__)
    uint8_t features = 0;
#if defined(__thumb2__)
    features |= 1;
#endif
#if defined(__ARM_FP)
    features |= 2;
#endif
#if defined(__ARM_PCS_VFP)
    features |= 4;
#endif
    return features;
#else
    return 0;
#endif
}

enum smf_status smf_instantiator_start(struct smf_instantiator *instantiator,
                                       const struct smf_instantiator_config *config)
{
    if (instantiator == NULL || config == NULL || config->mapper == NULL ||
        (config->types == NULL && config->type_count != 0))
        return SMF_ERR_ARGUMENT;
    struct smf_instantiator *started = instantiator;
    const size_t count = config->bucket_count != 0 ? config->bucket_count : 32;
    const struct smf_arch *arch = config->arch != NULL ? config->arch : smf_arch_native();
    if ((count & (count - 1)) != 0 || arch == NULL || arch->pointer_size > sizeof(void *))
        return SMF_ERR_ARGUMENT;
    memset(started, 0, sizeof *started);
    started->config = *config;
    started->config.bucket_count = (uint32_t)count;
    started->config.arch = arch;
    if (config->arch == NULL)
        started->config.features = native_features();
    smf_arena_start(smf_generic_arena(started), config->arena, config->arena_size);
    void **buckets =
        count <= SIZE_MAX / sizeof(void *) ? smf_arena_take(smf_generic_arena(started), count * sizeof(void *)) : NULL;
    if (buckets == NULL)
        return SMF_ERR_NO_ARENA;
    memset(buckets, 0, count * sizeof(void *));
    started->buckets = buckets;
    return SMF_OK;
}

void smf_instantiator_finish(struct smf_instantiator *instantiator)
{
    if (instantiator == NULL || instantiator->buckets == NULL)
        return;
    while (instantiator->instances != NULL)
        smf_generic_unmake(instantiator, instantiator->instances);
    instantiator->buckets = NULL;
    instantiator->modules = NULL;
    instantiator->made_uses = instantiator->made_uses_last = NULL;
}

/* ---- By name ---- */

/* Is it named so, in the mapper or without a number? */
static bool is_called(const struct made_name *name, const char *text, size_t size, size_t whole)
{
    return smf_generic_is(name->text, text, size) && (size == whole || smf_generic_is(name->mapped, text, whole));
}

/* The newest of that name, before others one that a caller uses. */
static struct made_name *find_called(const struct smf_instantiator *instantiator, const char *mangled, size_t size,
                                     size_t whole)
{
    struct made_name *found = NULL;
    struct node *node = smf_generic_first(instantiator, NODE_NAME, smf_generic_hash(mangled, size));
    for (; node != NULL; node = smf_generic_next(node)) {
        struct made_name *name = (struct made_name *)(void *)node;
        if (is_called(name, mangled, size, whole) &&
            (found == NULL || (found->instance->callers == 0 && name->instance->callers != 0)))
            found = name;
    }
    return found;
}

/* Also by what the mapper calls it: a # stands before the number, and may stand in names of templates, too. */
static struct made_name *find_name(const struct smf_instantiator *instantiator, const char *mangled)
{
    if (instantiator == NULL || instantiator->buckets == NULL || mangled == NULL)
        return NULL;
    const size_t whole = smf_generic_length(mangled);
    struct made_name *found = find_called(instantiator, mangled, whole, whole);
    size_t size = whole;
    while (found == NULL && size != 0 && mangled[--size] != '#')
        ;
    return found == NULL && size != 0 ? find_called(instantiator, mangled, size, whole) : found;
}

enum smf_status smf_instantiator_find(const struct smf_instantiator *instantiator, const char *mangled,
                                      struct smf_instance *instance)
{
    const struct made_name *name = find_name(instantiator, mangled);
    if (name == NULL || instance == NULL)
        return SMF_ERR_NOT_FOUND;
    smf_generic_describe_instance(name->instance, (unsigned)(name - name->instance->names), instance);
    return SMF_OK;
}

enum smf_status smf_instantiator_drop(struct smf_instantiator *instantiator, const char *mangled)
{
    const struct made_name *name = find_name(instantiator, mangled);
    if (name == NULL)
        return SMF_ERR_NOT_FOUND;
    struct smf_made_instance *made = name->instance;
    if (made->callers == 0)
        return SMF_ERR_BUSY;
    smf_generic_let_go(instantiator, made);
    return SMF_OK;
}

size_t smf_instantiator_walk(const struct smf_instantiator *instantiator,
                             bool (*visit)(void *context, const struct smf_instance *instance), void *context)
{
    size_t count = 0;
    bool more = instantiator != NULL && visit != NULL;
    const struct smf_made_instance *made = more ? instantiator->instances : NULL;
    for (; made != NULL && more; made = made->older, count++) {
        struct smf_instance instance;
        smf_generic_describe_instance(made, 0, &instance);
        more = visit(context, &instance);
    }
    return count;
}

void smf_instantiator_get_statistics(const struct smf_instantiator *instantiator,
                                     struct smf_instantiator_statistics *statistics)
{
    memset(statistics, 0, sizeof *statistics);
    if (instantiator == NULL || instantiator->buckets == NULL)
        return;
    *statistics = instantiator->statistics;
    statistics->arena_largest = smf_arena_largest(smf_generic_arena(instantiator));
}
