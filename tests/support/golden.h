/* SPDX-License-Identifier: MIT */
/* golden.h - the files of tests/golden, from the disk or, on a board, out of the program itself. */
#ifndef SMF_TESTS_GOLDEN_H
#define SMF_TESTS_GOLDEN_H

#include <stddef.h>

/* Copy the file called `name` to `bytes`. Returns its size; 0 if there is no such file or it is larger than `room`. */
size_t golden_read(const char *name, void *bytes, size_t room);

/* On boards: the name of file `index`, NULL behind the last. */
const char *golden_name(size_t index);

#endif
