/* SPDX-License-Identifier: MIT */
/*
 * smf/config.h - every bound that the core has, by name. Since 0.1. Floor: base.
 *
 * Each may be overridden with -D. Exceeding a bound is SMF_ERR_LIMIT. What is
 * not listed here is bounded by the arena only.
 */
#ifndef SMF_CONFIG_H
#define SMF_CONFIG_H

/* Version of this library's API. The format has its own, SMF_FORMAT_* in format.h. */
#define SMF_API_VERSION_MAJOR 0
#define SMF_API_VERSION_MINOR 1

/* Bytes of one read window over a positional source; three of them per open image. At least 128. */
#ifndef SMF_WINDOW_SIZE
#define SMF_WINDOW_SIZE 256
#endif

/* Sections of one image: 16 bits in a symbol, less the reserved indices. */
#ifndef SMF_SECTIONS_MAX
#define SMF_SECTIONS_MAX 65533u
#endif

/* Largest alignment of a section, bytes. */
#ifndef SMF_ALIGNMENT_MAX
#define SMF_ALIGNMENT_MAX 0x200000u
#endif

/* Longest symbol name, bytes without the NUL. */
#ifndef SMF_NAME_MAX
#define SMF_NAME_MAX 65535u
#endif

/* Names that symbols share may be read again: bytes for each symbol, on average, beyond one reading of the table. */
#ifndef SMF_NAME_WORK
#define SMF_NAME_WORK 256u
#endif

/* Memory of one module, log2 of bytes: all sections with what aligning each may cost, so that no sum of sizes and
 * alignments wraps a word of this machine. */
#ifndef SMF_MEMORY_MAX_LOG2
#define SMF_MEMORY_MAX_LOG2 (sizeof(void *) > 4 ? 62 : 30)
#endif

/* Sections of one module that outlive reloads (".keep."), at most 128. */
#ifndef SMF_KEEP_MAX
#define SMF_KEEP_MAX 4
#endif

/* Work between two calls of config.progress: bytes copied, records treated. */
#ifndef SMF_PROGRESS_BYTES
#define SMF_PROGRESS_BYTES 4096u
#endif
#ifndef SMF_PROGRESS_RECORDS
#define SMF_PROGRESS_RECORDS 64u
#endif

#endif
