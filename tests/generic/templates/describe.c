/* SPDX-License-Identifier: MIT */
/* describe.c - constants of its own: texts, a table of texts, a table of its own functions, a switch that may become a table. */
#include <smf/generic.h>

SMF_TEMPLATE("describe<T>(*T, i32) -> *u8");

const char *describe(const smf_T *value, int what);

static const char *const names[] = {"none", "byte", "pair", "three", "word"};

static const char *by_size(void) { return smf_sizeof(T) < 5 ? names[smf_sizeof(T)] : "large"; }
static const char *by_alignment(void) { return smf_alignof(T) == 1 ? "packed" : "aligned"; }

static const char *(*const ways[])(void) = {by_size, by_alignment};

const char *describe(const smf_T *value, int what)
{
    switch (what) {
    case 0:
        return ways[0]();
    case 1:
        return ways[1]();
    case 2:
        return value != NULL ? "here" : "nowhere";
    case 3:
        return smf_sizeof(T) == smf_alignof(T) ? "even" : "odd";
    case 4:
        return "four";
    case 5:
        return ways[smf_sizeof(T) & 1]();
    case 6:
        return names[0];
    default:
        return "?";
    }
}
