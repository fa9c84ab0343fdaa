/* SPDX-License-Identifier: MIT */
/* module.h - one module with an object of every kind, and an instantiator that makes texts: for tests of a taker. */
#ifndef SMF_TESTS_TAKER_MODULE_H
#define SMF_TESTS_TAKER_MODULE_H

#include "smf/taker.h"
#include "taker/scene.h"

/* Exports, in this order. */
enum {
    OBJECT_ADD,   /* 4 bytes of .text                                  */
    OBJECT_SUB,   /* no size: up to the next one, 4 bytes              */
    OBJECT_MUL,   /* no size: up to the end of .text, 8 bytes          */
    OBJECT_DATUM, /* 6 bytes of .data, of which 4 are stored           */
    OBJECT_ZEROS, /* 5 bytes of .bss                                   */
    OBJECT_FIXED, /* an absolute value                                 */
    OBJECT_MAKE,  /* 4 bytes of .text, with hints in the note          */
    OBJECT_SORT,  /* generic, two parameters                           */
    OBJECT_PAIR,  /* generic, a struct of one parameter                */
    OBJECT_BUILT, /* `pair$bool`: an instance that is built in, 2 bytes */
    OBJECT_LOST,  /* generic, without a body                           */
    OBJECTS
};

/* A canonical module with these. `.text` starts with `first`, so that modules differ. */
void module_make(struct scene *scene, unsigned first, enum scene_source kind);

/* Makes an instance of the bytes of its mangled name; knows that `pair` is meant for u8. */
struct maker {
    struct smf_taker_maker instantiator;
    unsigned made, inferred;
    unsigned fail_at; /* the call that fails, counted from 1 over both; 0: none */
    enum smf_status fail_with;
    bool makes_nothing, asks_twice;
    uintptr_t address; /* that it says; `offset` with it                     */
    size_t offset;
    unsigned released;
    const struct smf_type *types; /* what infer answers; NULL: not found */
    char base[16], body[80];      /* of the last one */
    char gone[32];                /* name of the last one that was released */
};
void maker_start(struct maker *maker);

#endif
