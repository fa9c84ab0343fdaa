/* SPDX-License-Identifier: MIT */
/* generic/words.h - the words of terms and bounds, for who reads and writes them as text. */
#ifndef SMF_GENERIC_WORDS_H
#define SMF_GENERIC_WORDS_H

#include <stdint.h>

/* Of a tag from SMF_TERM_VOID to SMF_TERM_NIL: "void", "i64". */
const char *smf_term_word(unsigned tag);

#define SMF_BOUNDS 8u
/* Of the bound with bit `number`: "copy". Below SMF_BOUNDS. */
const char *smf_bound_word(unsigned number);

#endif
