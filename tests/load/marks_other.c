/* SPDX-License-Identifier: MIT */
/* marks_other.c - the second file of "marks": linked behind the first, with names before its. */
#include "smf/export.h"

#include "marks.h"

int antelope(int value) { return value + 1000; }
SMF_EXPORT(antelope);

/* A name that is no other file's business. */
static int hidden(int value) { return value - 1; }
SMF_EXPORT(hidden);
uintptr_t marks_hidden(void) { return (uintptr_t)hidden; }
