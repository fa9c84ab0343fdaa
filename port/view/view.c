/* SPDX-License-Identifier: MIT */
/* view.c - what is the same on every system: bounds, and reading bytes and text within them. */
#include "view.h"

#include <string.h>

enum smf_status view_choose(uint64_t whole, uint64_t offset, size_t *size)
{
    if (whole == 0)
        return SMF_ERR_EMPTY;
    if (offset % smf_view_page_size() != 0)
        return SMF_ERR_ARGUMENT;
    if (offset >= whole || *size > whole - offset)
        return SMF_ERR_TRUNCATED;
    if (*size == 0 && whole - offset > SIZE_MAX / 2)
        return SMF_ERR_NO_MEMORY;
    *size = *size == 0 ? (size_t)(whole - offset) : *size;
    return SMF_OK;
}

uint8_t *view_pages(const struct smf_view *view, uint64_t offset, size_t *size)
{
    uint8_t *bytes = view->bytes + offset;
    const size_t before = (uintptr_t)bytes % smf_view_page_size();
    *size += before;
    return bytes - before;
}

const uint8_t *smf_view_bytes(const struct smf_view *view, uint64_t offset, size_t size)
{
    return view_has(view, offset, size) ? view->bytes + offset : NULL;
}

enum smf_status smf_view_read(const struct smf_view *view, uint64_t offset, void *into, size_t size)
{
    const uint8_t *bytes = smf_view_bytes(view, offset, size);
    if (bytes == NULL)
        return SMF_ERR_TRUNCATED;
    if (size != 0)
        memcpy(into, bytes, size);
    return SMF_OK;
}

/* Bytes of the character at `at`, of which `left` are there; 0 if it is no UTF-8 (RFC 3629: shortest form, no surrogates). */
static size_t character(const uint8_t *at, size_t left)
{
    const uint8_t first = at[0];
    const size_t size = first < 0x80   ? 1
                        : first < 0xC2 ? 0
                        : first < 0xE0 ? 2
                        : first < 0xF0 ? 3
                        : first < 0xF5 ? 4
                                       : 0;
    if (size > left)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    const bool long_form = (first == 0xE0 && at[1] < 0xA0) || (first == 0xF0 && at[1] < 0x90);
    const bool no_character = (first == 0xED && at[1] > 0x9F) || (first == 0xF4 && at[1] > 0x8F);
    return long_form || no_character ? 0 : size;
}

/* Copies up to a NUL; true if everything before `size` was copied. */
static bool copy_text(const uint8_t *at, size_t size, char *into, size_t capacity, size_t *length)
{
    static const uint8_t replacement[] = {0xEF, 0xBF, 0xBD}; /* U+FFFD */
    size_t from = 0, to = 0;
    while (from < size) {
        const size_t own = character(at + from, size - from), room = own != 0 ? own : sizeof replacement;
        if (room > capacity - to)
            break;
        memcpy(into + to, own != 0 ? at + from : replacement, room);
        to += room;
        from += own != 0 ? own : 1;
    }
    into[to] = '\0';
    *length = to;
    return from == size;
}

enum smf_status smf_view_read_text(const struct smf_view *view, uint64_t offset, size_t limit, char *into,
                                   size_t capacity, size_t *length, bool *truncated)
{
    size_t copied;
    if (capacity == 0)
        return SMF_ERR_ARGUMENT;
    if (!view_has(view, offset, 1))
        return SMF_ERR_TRUNCATED;
    const uint8_t *at = view->bytes + offset;
    size_t size = view->size - (size_t)offset;
    if (limit != 0 && limit < size)
        size = limit;
    const uint8_t *end = memchr(at, '\0', size);
    const bool whole = copy_text(at, end != NULL ? (size_t)(end - at) : size, into, capacity - 1, &copied);
    if (length != NULL)
        *length = copied;
    if (truncated != NULL)
        *truncated = end == NULL || !whole;
    return SMF_OK;
}
