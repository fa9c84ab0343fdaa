/* SPDX-License-Identifier: MIT */
/* words.c - the words of terms and bounds. In arrays of characters: no pointers, so nothing of it is ever written. */
#include "generic/words.h"

#include "smf/unit.h"

const char *smf_term_word(unsigned tag)
{
    static const char words[][6] = {"void", "bool", "i8",  "i16", "i32",  "i64",   "u8",    "u16",
                                    "u32",  "u64",  "f32", "f64", "text", "usize", "isize", "nil"};
    return words[(tag - SMF_TERM_VOID) & 15];
}

const char *smf_bound_word(unsigned number)
{
    static const char words[][8] = {"copy", "drop", "compare", "equal", "hash", "integer", "float", "number"};
    return words[number & 7];
}
