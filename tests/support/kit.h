/* SPDX-License-Identifier: MIT */
/*
 * kit.h - canonical modules for tests of the loader, made with smf/writer.h in a
 * few lines, and a bench: a loader over the paper port with a resolver that
 * knows a few names.
 */
#ifndef SMF_TESTS_KIT_H
#define SMF_TESTS_KIT_H

#include "smf/load.h"
#include "smf/writer.h"
#include "support/forge.h"
#include "support/paper.h"

/* A module under construction. */
struct kit {
    struct smf_writer writer;
    struct smf_write_section sections[16];
    struct smf_write_symbol symbols[64];
    struct smf_write_relocation relocations[256];
};

/* The machine of cases that any would do for: x86-64, or where the test runs on 32 bits RISC-V 32. */
static inline const struct smf_arch *kit_machine(void)
{
    return sizeof(void *) == 8 ? &smf_arch_x86_64 : &smf_arch_riscv32;
}

/* Start: platform any, flag PIC. */
void kit_start(struct kit *kit, enum smf_arch_id arch);

/* A section of Code, RoData or Data; bytes NULL and size: Bss. Its index. */
uint32_t kit_section(struct kit *kit, const char *name, enum smf_section_type type, const void *bytes, uint64_t size,
                     uint32_t alignment);

/* Symbols, in this order. Their indices. */
uint32_t kit_local(struct kit *kit, const char *name, uint32_t section, uint64_t value);
uint32_t kit_import(struct kit *kit, const char *name, enum smf_symbol_type type, enum smf_binding binding);
uint32_t kit_export(struct kit *kit, const char *name, uint32_t section, uint64_t value, enum smf_symbol_type type);

/* The same import, with a stub at `offset` of the first Code section. */
uint32_t kit_stub_import(struct kit *kit, const char *name, enum smf_symbol_type type, enum smf_binding binding,
                         uint64_t offset, uint64_t size, uint32_t flags);

/* A record with a psABI number. */
void kit_relocation(struct kit *kit, uint32_t section, uint64_t offset, unsigned number, uint32_t symbol,
                    int64_t addend);
void kit_settled(struct kit *kit, uint32_t section, uint64_t offset, unsigned number, uint32_t symbol, int64_t addend);

/* The file, allocated; free() it. Checks that writing succeeds. */
uint8_t *kit_finish(const struct kit *kit, size_t *size);

/* A name that the bench's resolver knows. */
struct known {
    const char *name;
    uint64_t address;
    enum smf_kind kind;
};

/* A loader, its port and what it asked for. */
struct bench {
    struct paper paper;
    struct smf_config config; /* changes count from bench_open() on */
    struct smf_loader loader;
    struct smf_diagnosis why;
    const struct known *known;
    size_t known_count;
    unsigned asked, missed;
    char missed_names[256]; /* each followed by a space */
    unsigned progress_calls;
    unsigned cancel_at;             /* the progress call that cancels; 0: none     */
    unsigned refuse_at;             /* the resolver call that fails; 0: none       */
    enum smf_status refuse_with;    /* ... and how                                 */
    void (*each_step)(void *where); /* called in the resolver and at each progress */
    void *where;
    uint8_t arena[1 << 16];
};

/* Paper port, arena, resolver; no loader yet. */
void bench_start(struct bench *bench, const struct smf_arch *arch);
void bench_open(struct bench *bench);
struct smf_module *bench_load(struct bench *bench, const void *bytes, size_t size);
enum smf_status bench_try(struct bench *bench, const void *bytes, size_t size); /* unloads what loads */

/* Unload all, check that everything came back. */
void bench_end(struct bench *bench);

/* Free arena, as one number: the largest block. */
size_t bench_room(const struct bench *bench);

/* Put little-endian fields into a buffer. */
void put16(uint8_t *at, uint16_t value);
void put32(uint8_t *at, uint32_t value);
void put64(uint8_t *at, uint64_t value);
uint16_t get16(const uint8_t *at);
uint32_t get32(const uint8_t *at);
uint64_t get64(const uint8_t *at);

#endif
