/* SPDX-License-Identifier: MIT */
/*
 * scene.h - a system on paper and a shelf of files that it opens by name, for tests that are lists of small cases.
 *
 *     scene_start(NULL);              x86-64, on 32-bit machines RISC-V 32; then change scene.config
 *     scene_open();
 *     scene_begin();                  a module: .text, .got, .data of 64 bytes each
 *     scene_import("add", SMF_KIND_FUNCTION, 0);     imports come first; its slot is at .got + 0
 *     scene_export("twice", SMF_KIND_FUNCTION, 8);
 *     scene_shelve("twice");
 *     handle = scene_load("twice", SMF_OK);
 *     scene_end();                    everything has to come back
 */
#ifndef SMF_TESTS_SCENE_H
#define SMF_TESTS_SCENE_H

#include "smf/mapper.h"
#include "smf/system.h"
#include "support/holds.h"
#include "support/kit.h"

enum { SCENE_TEXT, SCENE_GOT, SCENE_DATA };
enum { SCENE_FILES = 24 };

struct scene {
    struct smf_system_config config; /* changes count until scene_open() */
    struct kit kit;
    struct paper paper;
    struct smf_system system;
    struct smf_diagnosis why;
    const struct smf_arch *arch;
    enum smf_stay stay; /* of what the shelf gives from now on */
    unsigned opened, closed;
    unsigned events[SMF_EVENT_GONE + 1];
    struct {
        char name[40];
        uint8_t *bytes;
        size_t size;
    } shelf[SCENE_FILES];
    unsigned shelved;
    uint8_t state_version, need_count;
    struct smf_dependency needs[4];
    uint8_t note[96], needs_note[1024];
    uint8_t arena[1 << 16];
};
extern struct scene scene;

void scene_start(const struct smf_arch *arch);
void scene_open(void);
/* The same with a mapper behind it, as a JIT would have one; what is put there. */
extern struct smf_mapper scene_mapper;
void scene_open_with_mapper(void);
uintptr_t scene_compile(const char *owner, const char *symbol);
void scene_end(void); /* nothing is left, and every source that was opened was closed */

/* A module, marked as reloadable. */
void scene_begin(void);
uint32_t scene_keep(const char *name, size_t size, uint32_t alignment); /* a .keep section; its index */
/* `offset`: of its slot in .got, as wide as a pointer of the machine. A function gets a stub. */
void scene_import(const char *name, enum smf_kind kind, unsigned offset);
void scene_import_weak(const char *name, enum smf_kind kind, unsigned offset);
/* A function in .text or data in .data, at `offset`. */
void scene_export(const char *name, enum smf_kind kind, unsigned offset);
void scene_export_weak(const char *name, enum smf_kind kind, unsigned offset);
void scene_need(const char *name, uint64_t interface_hash);
void scene_shelve(const char *name); /* in place of a file of this name */
void scene_shelve_bytes(const char *name, const void *bytes, size_t size);
void scene_discard(const char *name); /* no file has this name any more */

/* The usual ones: exports a function at `offset` of .text; or imports another one into slot 0, too. */
void scene_shelve_function(const char *name, const char *function, unsigned offset);
void scene_shelve_user(const char *name, const char *function, const char *import);

/* Exports NAME_function, and needs others by note.deps, which are separated by spaces. */
void scene_shelve_needer(const char *name, const char *needs);

/* From the shelf. The status is checked. */
struct smf_handle scene_load(const char *name, enum smf_status wanted);
struct smf_handle scene_reload(struct smf_handle handle, uint32_t flags, enum smf_status wanted); /* the newer one */
void scene_unload(struct smf_handle handle, uint32_t flags, enum smf_status wanted);

/* What a name means: 0 if nothing. The version that has it. */
uint64_t scene_address(const char *name);
uint32_t scene_owner(const char *name);
bool scene_is_loaded(const char *name);
struct smf_handle scene_handle(const char *name); /* of the live version; checked to be there */
void scene_check_empty(void);                     /* no version is left, and no memory */
unsigned scene_listed(void);                      /* live modules, counted by a walk */
struct smf_system_statistics scene_statistics(void);

/* Region RX, RO or RW (SCENE_...) of a version, and what stands in a slot of its .got. */
uint64_t scene_region(struct smf_handle handle, unsigned kind);
uint64_t scene_slot(struct smf_handle handle, unsigned offset);

/* One line of smf_diagnosis_format(). */
const char *scene_line(void);

#endif
