/* SPDX-License-Identifier: MIT */
/* system/text.h - private to core/system: names that callers give, of any length, ended by a NUL. */
#ifndef SMF_SYSTEM_TEXT_H
#define SMF_SYSTEM_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of a name, its NUL included. */
static inline size_t smf_text_size(const char *text)
{
    size_t size = 0;
    while (text[size++] != '\0')
        ;
    return size;
}

static inline bool smf_text_is_empty(const char *text) { return text == NULL || *text == '\0'; }

static inline bool smf_text_is_same(const char *left, const char *right)
{
    while (*left == *right && *left != '\0') {
        left++;
        right++;
    }
    return *left == *right;
}

#endif
