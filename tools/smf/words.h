/* SPDX-License-Identifier: MIT */
/* words.h - the numbers of a file in words, the same for people and for --json. */
#ifndef SMF_TOOLS_WORDS_H
#define SMF_TOOLS_WORDS_H

#include "smf/arch.h"
#include "smf/image.h"

/* NULL for a number that has no word. */
const char *smf_word_layout(unsigned layout);
const char *smf_word_platform(unsigned platform);
const char *smf_word_compression(unsigned method);
const char *smf_word_packing(unsigned packing);
const char *smf_word_arch(unsigned arch);
const char *smf_word_section(unsigned type);
const char *smf_word_symbol(unsigned type);
const char *smf_word_binding(unsigned binding);

/* Names of flags: the one of bit `bit`, NULL if it has none. */
const char *smf_word_header_flag(const struct smf_header *header, unsigned bit);
const char *smf_word_section_flag(unsigned bit);
const char *smf_word_symbol_flag(unsigned bit);

/* The psABI name of a relocation and its number (-1: it has none); NULL if this build does not know it. */
const char *smf_word_relocation(const struct smf_header *header, const struct smf_relocation *relocation,
                                int64_t *number);

#endif
