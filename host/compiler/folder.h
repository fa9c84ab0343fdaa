/* SPDX-License-Identifier: MIT */
/*
 * folder.h - compiled units on disk, by content. The name of a file is the hash of all that its unit follows from, and that stands in
 * the file, whole, so that two of one hash are told apart.
 *
 *     "SMFUNIT" u8 = 1   u64 key size   key   u64 record size   record   u64 FNV-1a-64 of all before
 */
#ifndef SMF_HOST_COMPILER_FOLDER_H
#define SMF_HOST_COMPILER_FOLDER_H

#include "memo.h"

enum folder_found { FOLDER_NOTHING, FOLDER_FOUND, FOLDER_DAMAGED };

/* FOUND: `*record` is malloc()ed; it is not proven yet. Another key's file is NOTHING. */
enum folder_found folder_read(const char *folder, const struct memo_bytes *key, uint8_t **record, size_t *size);

/* False: it could not be kept. */
bool folder_write(const char *folder, const struct memo_bytes *key, const uint8_t *record, size_t size);

#endif
