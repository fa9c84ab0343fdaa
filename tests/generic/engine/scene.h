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

void scene_look(struct scene_state *state);
/* As it was, but for what counts failures and calls. */
void scene_compare(const struct scene_state *before);

/* Bytes of what was made, from its code on. */
uint8_t *scene_code(const struct smf_instance *instance);
struct smf_instantiator_statistics scene_statistics(void);

#endif
