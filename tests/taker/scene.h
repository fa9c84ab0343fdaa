/* SPDX-License-Identifier: MIT */
/*
 * scene.h - modules to take objects from: payloads put together field by field,
 * a file of them made with tests/support/forge.h, and its image over one of three kinds of source.
 */
#ifndef SMF_TESTS_TAKER_SCENE_H
#define SMF_TESTS_TAKER_SCENE_H

#include <stdbool.h>

#include "smf/sdn.h"
#include "smf/templates.h"
#include "smf/types.h"
#include "support/forge.h"

/* Bytes under construction. */
struct payload {
    size_t size;
    uint8_t bytes[1500];
};

void payload_u8(struct payload *payload, unsigned value);
void payload_u16(struct payload *payload, unsigned value);
void payload_u32(struct payload *payload, uint32_t value);
void payload_raw(struct payload *payload, const char *text);                          /* without its NUL */
void payload_text(struct payload *payload, const char *text);                         /* u32 size, bytes */
void payload_list(struct payload *payload, unsigned count, const char *const *texts); /* u32 count, texts */
void payload_magic(struct payload *payload, unsigned version, uint32_t count);        /* GTPL */

/* A record "SMFT" with these parameters (bounds as given) and nothing else but names. */
void payload_record(struct payload *payload, unsigned kind, unsigned count, const char *const *parameters,
                    const uint16_t *bounds);

/* Entries of the whole form: a function `name` over the parameters; and one of another kind. */
void payload_whole(struct payload *payload, unsigned kind, const char *name, unsigned count,
                   const char *const *parameters);

enum scene_source { SCENE_STAYS, SCENE_FOR_LOAD, SCENE_READ };

/* An image and what it is read from. */
struct scene {
    struct forged file;
    struct smf_source source;
    struct smf_section sections[12];
    struct smf_image image;
    struct smf_diagnosis why;
    unsigned reads, fail_at; /* SCENE_READ: the read that fails, counted from 1; 0: none */
};

/* Make the file, then open it. */
void scene_make(struct scene *scene, const struct forge *what, enum scene_source kind);
void scene_open(struct scene *scene, enum scene_source kind);
void scene_end(struct scene *scene);

/* template_param_count and template_offset of symbol `index`. */
void scene_template(struct scene *scene, unsigned index, unsigned parameters, uint64_t offset);

/* A canonical file with .text, and a TemplateCode section of these bytes; no symbols of its own. */
void scene_templates(struct scene *scene, const struct payload *payload, enum scene_source kind);

/* One with a note.sdn of this text; `sized`: its size is recorded. */
void scene_note(struct scene *scene, const char *text, bool sized, enum scene_source kind);

#endif
