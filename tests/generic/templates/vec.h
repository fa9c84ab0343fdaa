/* SPDX-License-Identifier: MIT */
/* vec.h - what a Vec<T> looks like to the template and to those who use it. The caller supplies the room. */
#ifndef VEC_H
#define VEC_H

#include <stddef.h>

struct vec {
    void *items;
    size_t count, capacity;
};

#endif
