/* SPDX-License-Identifier: MIT */
/* scene.h - terms, types and calls out of text, for the tests of inference. */
#ifndef SMF_TESTS_INFERENCE_SCENE_H
#define SMF_TESTS_INFERENCE_SCENE_H

#include "smf/infer.h"

enum { SCENE_TERMS = 400, SCENE_ARGUMENTS = 800, SCENE_ROOM = 64 };

extern struct smf_term scene_terms[SCENE_TERMS];
extern uint32_t scene_arguments[SCENE_ARGUMENTS];
extern struct smf_infer scene;

/* An empty scene, with all the room there is. */
void scene_start(void);

/* "sort<T: compare>(*T, usize)", which has to be one. Valid until the next call but three. */
const struct smf_signature *scene_signature(const char *text);

/* The types of a text such as "*Pair<?a, u8>, usize"; of the first one a term. Rooms are taken in turns. */
const struct smf_type *scene_types(const char *text);
uint32_t scene_term(const char *text);

/* What scene_call() and scene_hints() found, "T=i64 U=?", or why they found nothing. */
const char *scene_found(void);

/* A call of `signature` with the types of `arguments` ("_": not known) and of `result` (NULL: not known); the status. */
enum smf_status scene_call(const char *signature, const char *arguments, const char *result);

/* The text of a term. */
const char *scene_written(uint32_t term);

#endif
