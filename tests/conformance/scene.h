/* SPDX-License-Identifier: MIT */
/*
 * scene.h - a small canonical module for any architecture, loaded into memory of
 * the test at addresses that the test chooses: what its bytes are then can be
 * looked at, whatever machine this is. One scene at a time.
 */
#ifndef SMF_TESTS_SCENE_H
#define SMF_TESTS_SCENE_H

#include "smf/smf.h"
#include "support/forge.h"

enum { TEXT_SIZE = 64, DATA_SIZE = 40, STUB = 48, ROOM = 1 << 16, PAGE = 4096 };

/* psABI numbers. */
enum {
    X86_64_64 = 1,
    X86_64_PC32 = 2,
    X86_64_GOTPCREL = 9,
    X86_64_32 = 10,
    X86_64_GOTOFF64 = 25,
    X86_64_GOTPC64 = 29,
    X86_64_DTPMOD64 = 16,
    AARCH64_ADR_PAGE = 275,
    RISCV_32 = 1,
    RISCV_64 = 2,
    RISCV_CALL_PLT = 19,
    RISCV_PCREL_HI20 = 23,
    RISCV_PCREL_LO12_I = 24,
    RISCV_ALIGN = 43,
    RISCV_SUB8 = 37,
    RISCV_RELAX = 51,
    RISCV_SET8 = 54,
    ARM_ABS32 = 2,
    ARM_THM_CALL = 10
};

/* Symbols of the module: two section starts, an import, two exports. */
enum { S_TEXT, S_DATA, S_IMPORT, S_CODE, S_TABLE, SYMBOLS };
enum { TEXT, DATA, REL_TEXT, REL_DATA, SECTIONS };

/* What is loaded, where, and what came of it. */
struct scene {
    uint8_t arch;
    uint8_t text[TEXT_SIZE], data[DATA_SIZE];
    struct forge_relocation records[2][4];
    uint32_t counts[2], settled[2];
    struct forge_section sections[SECTIONS];
    struct forge_symbol symbols[SYMBOLS];
    uint32_t flags;
    /* the port */
    uint64_t base, step;
    uint8_t memory[ROOM];
    unsigned live, protects, writable_again;
    enum smf_status reserves, protect_answers; /* what the port answers; 0 = it does its work */
    /* the resolver */
    uint64_t address;
    enum smf_kind kind;
    unsigned asked, missed;
    bool nobody;
    enum smf_status resolver_answers;
    /* the result */
    struct smf_loader loader;
    struct smf_module *module;
    struct smf_diagnosis why;
    struct smf_config config;
    uint64_t arena[2048];
};
extern struct scene scene;

extern const struct smf_port scene_port;

/* A module of `arch` with no records yet, at a base in pages, its groups one page apart: the default layout. */
void scene_begin(uint8_t arch);

/* Add a record to TEXT or DATA. */
void scene_record(unsigned section, uint64_t offset, uint16_t number, uint32_t symbol, int64_t addend);

/* Write the file that the scene describes; forge_free() it. */
void scene_forge(struct forged *file);

/* Fill in scene.config: the scene's port, resolver and arena. */
void scene_configure(void);

/* Forge and load it. */
enum smf_status scene_load(void);

/* Bytes of the loaded module: text lies at the base, data one step behind. */
uint64_t scene_word(unsigned section, unsigned offset, unsigned size);

enum smf_status scene_resolve(void *context, const struct smf_binding_request *request,
                              struct smf_binding_answer *answer);

#endif
