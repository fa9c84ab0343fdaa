/* SPDX-License-Identifier: MIT */
/*
 * smf/supplier.h - one place where modules come from: a library in flash, a
 * table of files in memory, the search path of a host. A provider
 * (smf/provider.h) asks one after the other.
 *
 * Since 0.1. Floor: system.
 */
#ifndef SMF_SUPPLIER_H
#define SMF_SUPPLIER_H

#include <stddef.h>
#include <stdint.h>

#include "smf/library.h"
#include "smf/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a module lies in. */
enum smf_origin_kind {
    SMF_ORIGIN_MEMORY,  /* bytes in RAM or flash                             */
    SMF_ORIGIN_FILE,    /* a file of its own                                 */
    SMF_ORIGIN_LIBRARY, /* part of a library, which `place` names            */
};

/* A module that was found. Filled in by a supplier; strings are the supplier's, and stay until it is given back. */
struct smf_supply {
    struct smf_source source; /* the module's bytes                                                     */
    struct smf_source object; /* the native object stored beside it; size 0: none                      */
    enum smf_origin_kind kind;
    const char *place; /* path of the file or library, or the supplier's title                          */
    uint64_t offset;   /* of the module in that place                                                   */
    /* Differs from that of bytes that were there before under the same name: a time, a hash, a counter. 0: the bytes never
     * change. What a cache made of a module is used again only while this is the same. */
    uint64_t revision;
    struct smf_part part, object_part; /* storage for the sources of a supplier that needs no more      */
    void *token;                       /* the supplier's own                                            */
};

struct smf_supplier {
    const char *title; /* where it looks, for people: in the error that says where a module was sought  */
    /* SMF_ERR_NOT_FOUND: has none of this name; the next is asked. Another status ends the search: it is there, and
     * cannot be read. `supply` is zeroed before, and stays where it is until it is given back. */
    enum smf_status (*find)(const struct smf_supplier *supplier, const char *name, struct smf_supply *supply,
                            struct smf_diagnosis *why);
    /* The revision that find would give now, without giving bytes; NULL: find and give back are used. */
    enum smf_status (*look)(const struct smf_supplier *supplier, const char *name, uint64_t *revision);
    /* Not used any more. May be NULL. */
    void (*give_back)(const struct smf_supplier *supplier, struct smf_supply *supply);
    /* Names of all it has, in its order; stops at the first that `each` answers non-zero, and answers that. NULL: it
     * cannot say. */
    int (*list)(const struct smf_supplier *supplier, int (*each)(void *context, const char *name), void *context);
    void *context;
};

/* A table of modules in memory as a supplier: `context` of smf_memory_supplier(). All names differ. */
struct smf_memory_module {
    const char *name;
    struct smf_source source;
};
struct smf_memory_modules {
    const struct smf_memory_module *modules;
    size_t count;
};

/* Ready-made suppliers; what they are given is borrowed as long as they are. A module found in memory has revision 0. */
struct smf_supplier smf_memory_supplier(const char *title, struct smf_memory_modules *modules);
struct smf_supplier smf_library_supplier(const char *title, struct smf_library *library);

#ifdef __cplusplus
}
#endif

#endif
