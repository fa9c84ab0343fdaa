/* SPDX-License-Identifier: MIT */
/* telling.h - modules tell the host what of them runs; tests ask in which order it did. */
#ifndef SMF_TESTS_TELLING_H
#define SMF_TESTS_TELLING_H

#include "smf/load.h"

/* Each event with a space behind it. */
extern char told[1024];
void told_forget(void);

/* Position of an event; -1: it has not been told. One that was told twice fails the case. */
int told_at(const char *event);
void told_check_before(const char *first, const char *second);

/* Names of a module that does not want to start, how often it refuses, and how often it has. */
extern const char *told_refuses;
extern unsigned told_refusals, told_refused;

/* The host's exports for modules: void starting_note(const char *event), int starting_refuses(const char *name). */
extern const struct smf_exports *const told_hosts[1];

#endif
