/* SPDX-License-Identifier: MIT */
/*
 * smf/status.h - what a call answers: one number, and where the trouble lies.
 *
 * Since 0.1. Floor: base. Core prints nothing and keeps no log; a caller that
 * wants a line of text calls smf_diagnosis_format().
 */
#ifndef SMF_STATUS_H
#define SMF_STATUS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The compiler complains when a result is dropped. */
#if defined(__GNUC__)
#define SMF_MUST_CHECK __attribute__((warn_unused_result))
#else
#define SMF_MUST_CHECK
#endif

/*
 * The answer of every fallible call. Values are part of the ABI: never
 * renumbered, only appended. Below zero is a failure, and a call that fails
 * has changed nothing.
 */
enum smf_status {
    SMF_OK = 0,
    SMF_ERR_ARGUMENT = -1,      /* the caller broke a documented precondition          */
    SMF_ERR_IO = -2,            /* the source's read_at failed                         */
    SMF_ERR_CHANGED = -3,       /* the source gave other bytes than it did before      */
    SMF_ERR_TRUNCATED = -4,     /* a table or payload reaches past the end             */
    SMF_ERR_NOT_SMF = -5,       /* no layout of SMF fits these bytes                   */
    SMF_ERR_AMBIGUOUS = -6,     /* two layouts fit                                     */
    SMF_ERR_FORMAT = -7,        /* a field contradicts SPEC                            */
    SMF_ERR_VERSION = -8,       /* a must-know bit or tag that this reader knows not   */
    SMF_ERR_OVERLAP = -9,       /* two things claim the same bytes                     */
    SMF_ERR_LIMIT = -10,        /* a bound of config.h is exceeded                     */
    SMF_ERR_ENVELOPE = -11,     /* a native image in an SMF envelope, no module        */
    SMF_ERR_LIBRARY = -12,      /* an LSM library: take a module out of it first       */
    SMF_ERR_W64 = -13,          /* the self-inconsistent 64-byte layout, read by nobody*/
    SMF_ERR_CONTAINER = -14,    /* another container: SSMF settlement, SPK package     */
    SMF_ERR_BYTECODE = -15,     /* code is bytecode, not machine code                  */
    SMF_ERR_EMBEDDED_ELF = -16, /* code is a whole ELF object, not machine code        */
    SMF_ERR_COMPRESSED = -17,   /* compressed, and no decompressor here                */
    SMF_ERR_ARCH = -18,         /* built for another architecture                      */
    SMF_ERR_PLATFORM = -19,     /* built for another platform                          */
    SMF_ERR_ABI = -20,          /* built for another calling convention or float ABI   */
    SMF_ERR_CPU = -21,          /* uses instructions that this machine has not         */
    SMF_ERR_SYMBOL = -22,       /* a symbol record is wrong                            */
    SMF_ERR_RELOC_TYPE = -23,   /* no row for this relocation type                     */
    SMF_ERR_RELOC_RECORD = -24, /* a relocation record is wrong: place, symbol, pair   */
    SMF_ERR_RELOC_RANGE = -25,  /* the value does not fit its field, or is misaligned  */
    SMF_ERR_UNRESOLVED = -26,   /* an import has no provider                           */
    SMF_ERR_NOT_FOUND = -27,    /* no such name                                        */
    SMF_ERR_DUPLICATE = -28,    /* a name is there twice                               */
    SMF_ERR_NO_ARENA = -29,     /* the arena is too small: smf_measure says how much   */
    SMF_ERR_NO_MEMORY = -30,    /* the port had no region                              */
    SMF_ERR_PROTECT = -31,      /* the port could not change protection                */
    SMF_ERR_HASH = -32,         /* module_hash does not match the bytes                */
    SMF_ERR_CANCELLED = -33,    /* config.progress asked to stop                       */
    SMF_ERR_BUSY = -34,         /* something is still in use                           */
    SMF_ERR_NO_SPACE = -35,     /* the caller's buffer is too small                    */
    SMF_ERR_UNSUPPORTED = -36,  /* valid, and this build cannot do it                  */
    SMF_ERR_NOT_OPEN = -37,     /* an export that confined modules may not call        */
    SMF_ERR_FAULT = -38,        /* a confined call was stopped by a fault              */
    SMF_ERR_TIMEOUT = -39,      /* a confined call took longer than its budget         */
    SMF_ERR_EMPTY = -40,        /* a file without a byte: there is nothing to map      */
    SMF_ERR_LOADED = -41,       /* a module of this name is there already              */
    SMF_ERR_INTERFACE = -42,    /* built against another interface of what it needs    */
    SMF_ERR_START = -43,        /* a module refused to start                           */
    SMF_ERR_STATE = -44,        /* a module refused to take its older version's state  */
    SMF_ERR_DECOMPRESS = -45,   /* compressed bytes are damaged, or lie about their size */
    SMF_ERR_BACKEND = -46,      /* not made by the compiler backend that is asked for  */
    SMF_ERR_TYPE = -47,         /* a generic object where a concrete one is wanted, or a type that nobody describes */
    SMF_ERR_ARITY = -48,        /* a template is given more or fewer types than it has parameters */
    SMF_ERR_BOUND = -49,        /* a type cannot do what its parameter demands         */
    SMF_ERR_UNIT = -50,         /* a template has no code for these types on this machine */
    SMF_ERR_HOLE = -51,         /* a type lacks the operation that the code asks for, or its number does not fit */
    SMF_ERR_CYCLE = -52,        /* an instance needs itself: A -> B -> A               */
    SMF_ERR_DEPTH = -53,        /* instances need each other deeper than is allowed    */
    SMF_ERR_OPAQUE = -54,       /* a template that only its producer can read          */
    SMF_ERR_MISMATCH = -55      /* two types that had to be one are not                */
};

/* The stage a call had reached. Each stage of a load is one file of core/load. */
enum smf_stage {
    SMF_STAGE_NONE,
    SMF_STAGE_HEADER,   /* which layout; header; may this machine run it */
    SMF_STAGE_TABLES,   /* sections, symbols, relocations counted        */
    SMF_STAGE_LAYOUT,   /* which region each byte will live in           */
    SMF_STAGE_PLACE,    /* regions reserved, contents copied             */
    SMF_STAGE_BIND,     /* imports found, exports indexed                */
    SMF_STAGE_RELOCATE, /* contents patched for their addresses          */
    SMF_STAGE_SEAL,     /* protection set, instruction side synchronised */
    SMF_STAGE_WRITE     /* core/emit: writing a module                   */
};

/*
 * What exactly was wrong. A detail belongs to one status, which its number
 * carries (detail / 64 == -status), so a check names only the detail. New
 * details are appended within their status; numbers may change between
 * releases, texts are for people.
 */
#define SMF_DETAIL(status, number) (-(status)*64 + (number))
enum smf_detail {
    SMF_DETAIL_NONE = 0,
#define SMF_DETAIL_ENTRY(name, status, number, text) SMF_DETAIL_##name = SMF_DETAIL(status, number),
#include "smf/details.def"
#undef SMF_DETAIL_ENTRY
    SMF_DETAIL_END = 64 * 64
};

/* Bytes of a symbol's name that a diagnosis keeps, with the NUL. A longer name is cut and ends in '~'. */
#define SMF_DIAGNOSIS_NAME_SIZE 64

/*
 * Why and where a call failed: enough for one useful line. Valid only after a
 * failure; a call that succeeds leaves its fields unspecified. Owned by the
 * caller, no pointers inside.
 */
struct smf_diagnosis {
    enum smf_status status;
    enum smf_stage stage;
    enum smf_detail detail;
    uint32_t index;                     /* section, symbol or relocation number; 0 when none applies         */
    uint64_t offset;                    /* first offending byte, counted from the start of the source        */
    uint64_t value;                     /* what was found, or the value that did not fit                     */
    uint64_t expected;                  /* what it had to be, or the bound that it had to keep               */
    char name[SMF_DIAGNOSIS_NAME_SIZE]; /* the symbol or section concerned; "" when none */
};

/* Name of a status, e.g. "SMF_ERR_ARCH"; "SMF_ERR_?" for an unknown number. Static storage. */
const char *smf_status_name(enum smf_status status);

/*
 * Write one line (no newline) that says what `why` says, e.g.
 *   "symbol 'puts' has no provider (symbol 3, offset 0x1a0)".
 * Always ends in a NUL when size > 0; returns the length of the whole line,
 * which may be larger than size - 1: the text is then cut.
 */
size_t smf_diagnosis_format(const struct smf_diagnosis *why, char *line, size_t size);

#ifdef __cplusplus
}
#endif

#endif
