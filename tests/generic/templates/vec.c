/* SPDX-License-Identifier: MIT */
/* vec.c - a row of values that grows and shrinks at its end. Four functions with one parameter: instantiated together. */
#include <smf/generic.h>
#include <stdbool.h>

#include "vec.h"

SMF_TEMPLATE("vec_push<T: copy>(*Vec<T>, *T) -> bool");
SMF_TEMPLATE("vec_pop<T>(*Vec<T>, *T) -> bool");
SMF_TEMPLATE("vec_at<T>(*Vec<T>, usize) -> *T");
SMF_TEMPLATE("vec_clear<T: drop>(*Vec<T>)");
SMF_SHAPES("plain:24:8");

bool vec_push(struct vec *vec, const smf_T *item);
bool vec_pop(struct vec *vec, smf_T *item);
smf_T *vec_at(const struct vec *vec, size_t index);
void vec_clear(struct vec *vec);

/* A copy of the item becomes the last one. False: no room. */
bool vec_push(struct vec *vec, const smf_T *item)
{
    if (vec->count == vec->capacity)
        return false;
    smf_copy(T, smf_at(T, (smf_T *)vec->items, vec->count), item);
    vec->count++;
    return true;
}

/* The last item moves out. False: there is none. */
bool vec_pop(struct vec *vec, smf_T *item)
{
    if (vec->count == 0)
        return false;
    vec->count--;
    smf_move(T, item, smf_at(T, (smf_T *)vec->items, vec->count));
    return true;
}

/* NULL: there are not so many. */
smf_T *vec_at(const struct vec *vec, size_t index)
{
    return index < vec->count ? smf_at(T, (smf_T *)vec->items, index) : NULL;
}

void vec_clear(struct vec *vec)
{
    while (vec->count != 0) {
        vec->count--;
        smf_drop(T, smf_at(T, (smf_T *)vec->items, vec->count));
    }
}
