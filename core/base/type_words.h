/* SPDX-License-Identifier: MIT */
/* base/type_words.h - the words of types, shared by who reads, writes and mangles them. */
#ifndef SMF_BASE_TYPE_WORDS_H
#define SMF_BASE_TYPE_WORDS_H

#include "smf/types.h"

/* The type of a word such as i64; false: it is none, and `*type` is as it was. str and text are words for who reads text only. */
bool smf_type_word(const char *name, size_t size, bool as_text, struct smf_type *type);

/* Does a name mean something else where it stands alone in a mangled name? */
bool smf_type_is_reserved(const char *name, size_t size);

#endif
