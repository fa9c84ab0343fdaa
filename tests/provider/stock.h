/* SPDX-License-Identifier: MIT */
/*
 * stock.h - two suppliers that play: shelves of modules made on the spot, which
 * count what is out, fail on demand, and change their minds; and a provider over them.
 *
 *     stock_start();                       then change stock.config
 *     stock_put(0, "alpha", 1);            a module on shelf 0, its first function's code is 0x01 0x01 ...
 *     stock_open();
 *     source = stock_bytes("alpha", SMF_OK);
 *     stock_give_back(&source);
 *     stock_end();                         everything has come back
 */
#ifndef SMF_TESTS_STOCK_H
#define SMF_TESTS_STOCK_H

#include "harness/tap.h"
#include "smf/provider.h"
#include "support/kit.h"

enum { SHELVES = 3, SHELF_FILES = 8 };

struct stock_file {
    char name[24];
    uint8_t *bytes;
    size_t size;
    const void *object;
    size_t object_size;
    uint64_t revision;
};

struct stock_shelf {
    struct stock_file files[SHELF_FILES];
    unsigned count;
    bool positional;   /* no bytes, only read_at                                */
    bool drifts;       /* each look or find tells another revision              */
    bool gone_on_find; /* look has it, find has not                             */
    unsigned finds, looks, out;
};

/* What fails, counted from 1; 0: nothing. */
enum { FAIL_FIND, FAIL_LOOK, FAIL_READ, FAIL_EMIT, FAIL_EXPECTED, FAIL_REGENERATE, FAILURES };

struct stock {
    struct smf_provider_config config;
    struct smf_provider provider;
    struct smf_supplier suppliers[SHELVES];
    struct stock_shelf shelves[SHELVES];
    struct smf_emitter emitter;
    struct smf_diagnosis why;
    unsigned fail_at[FAILURES], seen[FAILURES];
    uint64_t expected; /* hash of options that are in force; 0: not known */
    unsigned regenerated;
    unsigned emitted; /* objects */
    size_t emitted_units;
    int depth; /* of the lock */
    uint8_t arena[1 << 15];
};
extern struct stock stock;

/* How a module is made. Zeros: position-independent, untagged, addressable. */
struct stock_recipe {
    uint8_t value;     /* of all bytes of its code                                        */
    uint8_t backend;   /* not 0: tagged                                                   */
    uint64_t hash;     /* of compile options; tagged, too                                 */
    bool fixed;        /* not position-independent                                        */
    bool relocations;  /* has a relocation                                                */
    bool unreadable;   /* its first export has no size                                    */
    bool compressed;   /* its code */
    bool tail;         /* its second function lies behind what is stored of the code */
    bool silent;       /* exports nothing                                                 */
    const char *needs; /* name in note.deps                                               */
};

void stock_start(void);
void stock_open(void);
void stock_end(void);

/* In place of a file of this name; the revision differs from the one before. */
void stock_put(unsigned shelf, const char *name, uint8_t value);
void stock_make(unsigned shelf, const char *name, const struct stock_recipe *recipe);
void stock_put_bytes(unsigned shelf, const char *name, const void *bytes, size_t size);
void stock_put_object(unsigned shelf, const char *name, const void *object, size_t size);
void stock_remove(unsigned shelf, const char *name);
struct stock_file *stock_file(unsigned shelf, const char *name);

/* Calls; the status is checked. */
struct smf_source stock_bytes(const char *name, enum smf_status wanted);
struct smf_image *stock_reader(const char *name, enum smf_status wanted);
struct smf_source stock_object(const char *name, enum smf_status wanted);
void stock_give_back(const struct smf_source *source);
struct smf_provider_statistics stock_statistics(void);

/* First byte of the code of the module's first function; -1: none. */
int stock_value(const char *name);
/* The same out of bytes that were given. */
int stock_value_of(const struct smf_source *source);

/* What all shelves have out. */
unsigned stock_out(void);

/* One line of smf_diagnosis_format(). */
const char *stock_line(void);

#endif
