/* SPDX-License-Identifier: MIT */
/*
 * refused.h - for refusals.c and its records: a module with .text and .data, a
 * bench, and a list of details that remembers which of them were seen.
 */
#ifndef SMF_TESTS_REFUSED_H
#define SMF_TESTS_REFUSED_H

#include "support/kit.h"

extern struct kit kit;
extern struct bench bench;
extern uint8_t text[64], data[64];
enum { TEXT, DATA, ARRAY };

/* Names that the bench's resolver has: near, far, even, wide. */
extern const struct known known[4];

/* A module with .text and .data, and a bench for it. */
void start(const struct smf_arch *arch);

/* Load bytes, or the module of `kit`: this detail, or SMF_DETAIL_NONE for a load that succeeds. */
void check_bytes(const uint8_t *bytes, size_t size, int wanted, int line);
void check(int wanted, int line);
#define REFUSED(detail) check(SMF_DETAIL_##detail, __LINE__)
#define LOADS() check(SMF_DETAIL_NONE, __LINE__)

/* Remember that a detail was seen. */
void saw(int detail);

/* A strong import of a function. */
uint32_t import(const char *name);

/* A check fails for each detail of the load floor that never was. */
void every_detail_was_seen(void);

/* records.c */
void a10_symbols_that_are_none(void);
void a11_places_past_the_end(void);
void a12_records_stay_in_their_section(void);
void a13_types_without_a_row(void);
void a14_values_that_do_not_fit(void);
void a15_pairs(void);

/* placed.c */
void nothing_stays_in_place(void);
void prelinked_for_elsewhere(void);
void rooms_of_the_port(void);

#endif
