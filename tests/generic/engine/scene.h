/* SPDX-License-Identifier: MIT */
/*
 * scene.h - an instantiator over a mapper over the port on paper, for any machine; modules made of forged records; and a
 * surrounding whose names, types among them, tests make up. One per program.
 */
#ifndef SMF_TESTS_GENERIC_ENGINE_SCENE_H
#define SMF_TESTS_GENERIC_ENGINE_SCENE_H

#include <string.h>

#include "harness/tap.h"
#include "smf/instantiator.h"
#include "support/paper.h"
#include "support/template_forge.h"

enum { SCENE_NAMES = 48, SCENE_MODULES = 16, SCENE_ARENA = 1 << 16 };

/* A name that the surrounding has. */
struct scene_name {
    uint32_t module; /* 0: the host */
    const char *name;
    bool data;
    uintptr_t address;
    uint8_t bytes[56]; /* of a descriptor */
};

/* A type to be described. */
struct scene_type {
    uint32_t size;
    uint8_t version, alignment_log2, kind, reserved;
    uintptr_t operations[6]; /* copy, drop, compare, equal, hash, more */
};

struct scene {
    struct paper paper;
    struct smf_mapper mapper;
    struct smf_instantiator_config config; /* changes count from scene_open() on */
    struct smf_instantiator instantiator;
    struct smf_diagnosis why;
    struct smf_instance made;
    struct scene_name names[SCENE_NAMES];
    unsigned name_count;
    unsigned asked, refuse_at; /* the question that fails, counted from 1; 0: none */
    enum smf_status refuse_with;
    struct forged files[SCENE_MODULES];
    struct smf_image images[SCENE_MODULES];
    struct smf_source sources[SCENE_MODULES];
    struct smf_section sections[SCENE_MODULES][8];
    unsigned file_count;
    enum smf_stay stay;
    uint64_t arena[SCENE_ARENA / 8], mapper_arena[SCENE_ARENA / 8];
};

extern struct scene scene;

/* What counts must not change by a call that fails. */
struct scene_state {
    struct smf_instantiator_statistics statistics;
    struct smf_mapper_statistics mapper;
    unsigned live;
};

void scene_start(const struct smf_arch *arch);
void scene_open(void);
void scene_end(void); /* with checks that everything came back */

/* The machine of cases that any would do for. */
const struct smf_arch *scene_machine(void);

/* Names of the surrounding. */
void scene_function(uint32_t module, const char *name, uintptr_t address);
struct scene_name *scene_type(uint32_t module, const char *name, const struct scene_type *type);
/* Plain data of this size. */
void scene_plain(uint32_t module, const char *name, uint32_t size, uint8_t alignment_log2);

/* A module of these templates and rows. */
enum smf_status scene_add(uint32_t number, const char *name, const struct smf_write_record *const *records,
                          unsigned record_count, const struct smf_write_sdn_row *rows, unsigned row_count);
/* An image that is not added yet; its number in scene.images. */
unsigned scene_image(const struct template_module *module);
enum smf_status scene_add_image(uint32_t number, const char *name, unsigned image);

/* Ask: the result is scene.made. `types` as people write them. */
enum smf_status scene_make(uint32_t asker, const char *name, const char *types);
enum smf_status scene_symbol(uint32_t asker, const char *symbol);

/* ---- Templates with one unit of zeros, for whatever machine is tried ---- */

enum { SIMPLE_SYMBOLS = 12, SIMPLE_CODE = 96 };

struct simple {
    struct smf_write_record record;
    struct smf_write_parameter parameters[SMF_TEMPLATE_PARAMETERS_MAX];
    struct smf_write_item exports[3], needs[4];
    struct smf_shape shapes[SMF_TEMPLATE_PARAMETERS_MAX];
    uint32_t at[3];
    struct smf_write_unit unit;
    struct smf_write_unit_symbol symbols[SIMPLE_SYMBOLS];
    struct smf_unit_relocation relocations[SIMPLE_SYMBOLS];
    uint8_t code[SIMPLE_CODE];
};

/* One function over `parameters` types of any shape: T, U ... */
void simple_start(struct simple *simple, const char *name, unsigned parameters);
void simple_export(struct simple *simple, const char *name, uint32_t offset);
void simple_need(struct simple *simple, const char *name, const uint8_t *term, size_t size);
/* Its number. */
uint16_t simple_symbol(struct simple *simple, struct smf_write_unit_symbol symbol);
/* In ascending order of offsets. */
void simple_relocation(struct simple *simple, uint32_t offset, unsigned type, uint16_t symbol, int32_t addend);
/* A symbol, and its value as a word of the machine at `offset` of the code. */
void simple_word(struct simple *simple, uint32_t offset, struct smf_write_unit_symbol symbol);
/* The word there, in what was made. */
uintptr_t simple_read(const struct smf_instance *instance, uint32_t offset);
enum smf_status simple_add(uint32_t number, const char *name, const struct simple *simple);

void scene_look(struct scene_state *state);
/* As it was, but for what counts failures and calls. */
void scene_compare(const struct scene_state *before);

/* Bytes of what was made, from its code on. */
uint8_t *scene_code(const struct smf_instance *instance);
struct smf_instantiator_statistics scene_statistics(void);

#endif
