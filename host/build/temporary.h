/* SPDX-License-Identifier: MIT */
/* temporary.h - folders that compilers write to. */
#ifndef SMF_HOST_TEMPORARY_H
#define SMF_HOST_TEMPORARY_H

/* Remove a folder and the files in it: with some flags a compiler leaves more there than the object it was asked for. */
void temporary_remove(const char *folder);

#endif
