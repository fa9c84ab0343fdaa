/* SPDX-License-Identifier: MIT */
/*
 * paper.h - a port on paper: regions in malloc'ed memory that claim any address.
 *
 * No region is larger than 16 MiB (on boards 256 KiB).
 *
 * Lets a module of any machine be loaded and looked at byte by byte, fails or
 * lies on demand, records every call, and notices what a loader must not do:
 * write outside of a region, write after sealing, release what was not reserved,
 * forget to release.
 *
 *     struct paper paper;
 *     paper_start(&paper);
 *     config.port = &paper.port;
 *     ... load, unload ...
 *     paper_end(&paper);
 */
#ifndef SMF_TESTS_PAPER_H
#define SMF_TESTS_PAPER_H

#include "smf/port.h"

/* What a region holds before the loader has written to it. */
#define PAPER_POISON 0xA5u

/* Wrong answers that reserve can give. */
enum paper_lie {
    PAPER_HONEST,
    PAPER_MISALIGNED,   /* `lie_region` at half of its alignment         */
    PAPER_SMALL,        /* one byte too few                              */
    PAPER_NO_BYTES,     /* NULL                                          */
    PAPER_HIGH,         /* one granule beyond what was asked for         */
    PAPER_WRAPS,        /* past the end of the address space             */
    PAPER_OVERLAP,      /* at the address of the region before           */
    PAPER_SAME_BYTES,   /* with the bytes of the region before           */
    PAPER_SAME_GRANULE, /* at multiples of 4096, whatever the granule is */
    PAPER_FAR,          /* further away than `reach`                     */
    PAPER_ELSEWHERE,    /* not at the address that was asked for         */
    PAPER_LIES
};

enum paper_what { PAPER_RESERVE, PAPER_RELEASE, PAPER_PROTECT, PAPER_SYNC, PAPER_LOCK, PAPER_UNLOCK };

struct paper_call {
    enum paper_what what;
    enum smf_access access; /* protect, sync */
    uint64_t address;       /* of the first region */
    size_t count;           /* regions */
};

/* One region that is out. */
struct paper_region {
    uint8_t *memory; /* guards included */
    size_t memory_size;
    uint8_t *sealed; /* what it held when it was protected, or NULL */
    struct smf_region real, told;
    unsigned reservation; /* number of its reserve call; 0: free entry */
};

struct paper {
    struct smf_port port;
    uint64_t base; /* address of the first region when none is out */
    uint64_t gap;  /* 0: default layout; else bytes between regions */
    enum paper_lie lie;
    unsigned lie_region;
    unsigned fail_at; /* the reserve or protect call that fails, counted from 1; 0: none */
    unsigned fallible;
    enum smf_status fail_with;

    struct paper_call calls[256]; /* the first of them */
    unsigned call_count;
    struct smf_region_request requests[3]; /* of the last reserve */
    size_t request_count;

    struct paper_region regions[64];
    unsigned reservations;
    uint64_t next;
    int depth; /* of the lock */
};

/* Honest, granule 4096, default layout from 0x4000000000 on. Change fields before the first call. */
void paper_start(struct paper *paper);

/* Regions that are out now. */
unsigned paper_live(const struct paper *paper);

/* Checks what can be checked at any time: guards, sealed contents, the lock. */
void paper_check(const struct paper *paper);

/* The same, and that nothing is out; frees what is. */
void paper_end(struct paper *paper);

/* Bytes at an address of a region that is out; NULL if `size` bytes do not lie in one. */
uint8_t *paper_at(const struct paper *paper, uint64_t address, size_t size);

#endif
