/* SPDX-License-Identifier: MIT */
/* folder.c - see folder.h. */
#include "folder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "smf/hash.h"

enum { FILE_MAX = 1 << 24, NUMBER = 8 };
static const char magic[NUMBER] = {'S', 'M', 'F', 'U', 'N', 'I', 'T', 1};

static char *path_of(const char *folder, const struct memo_bytes *key)
{
    const size_t room = strlen(folder) + 32;
    char *path = malloc(room);
    if (path != NULL)
        snprintf(path, room, "%s/%016" PRIx64 ".unit", folder, smf_hash64(SMF_FNV64_BASIS, key->bytes, key->size));
    return path;
}

static uint64_t number_at(const uint8_t *bytes)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < NUMBER; i++)
        number |= (uint64_t)bytes[i] << 8 * i;
    return number;
}

/* What a file holds: sizes first, then the sum over everything, then whose it is. */
static enum folder_found open_file(const uint8_t *bytes, size_t size, const struct memo_bytes *key,
                                   const uint8_t **record, size_t *record_size)
{
    size_t left = size;
    if (left < 4u * NUMBER || memcmp(bytes, magic, NUMBER) != 0)
        return FOLDER_DAMAGED;
    left -= 4u * NUMBER;
    const uint64_t key_size = number_at(bytes + NUMBER);
    if (key_size > left)
        return FOLDER_DAMAGED;
    left -= (size_t)key_size;
    const uint8_t *at = bytes + 2u * NUMBER + key_size;
    if (number_at(at) != left || number_at(bytes + size - NUMBER) != smf_hash64(SMF_FNV64_BASIS, bytes, size - NUMBER))
        return FOLDER_DAMAGED;
    *record = at + NUMBER;
    *record_size = left;
    return key_size == key->size && memcmp(bytes + 2u * NUMBER, key->bytes, key->size) == 0 ? FOLDER_FOUND
                                                                                            : FOLDER_NOTHING;
}

enum folder_found folder_read(const char *folder, const struct memo_bytes *key, uint8_t **record, size_t *size)
{
    uint8_t *bytes = NULL;
    const uint8_t *found = NULL;
    size_t file_size = 0;
    char *path = path_of(folder, key);
    const int error = path == NULL ? ENOMEM : files_read(path, FILE_MAX, &bytes, &file_size);
    free(path);
    if (error != 0)
        return error == EFBIG || error == EISDIR ? FOLDER_DAMAGED : FOLDER_NOTHING;
    const enum folder_found answer = open_file(bytes, file_size, key, &found, size);
    if (answer == FOLDER_FOUND) {
        memmove(bytes, found, *size); /* to the front of the block */
        *record = bytes;
        return answer;
    }
    free(bytes);
    return answer;
}

bool folder_write(const char *folder, const struct memo_bytes *key, const uint8_t *record, size_t size)
{
    struct memo_bytes file = {0};
    memo_put(&file, magic, sizeof magic);
    memo_put_number(&file, key->size);
    memo_put(&file, key->bytes, key->size);
    memo_put_number(&file, size);
    memo_put(&file, record, size);
    if (!file.failed)
        memo_put_number(&file, smf_hash64(SMF_FNV64_BASIS, file.bytes, file.size));
    char *path = file.failed || file.size > FILE_MAX ? NULL : path_of(folder, key);
    const bool written = path != NULL && files_replace(path, file.bytes, file.size, false) == 0;
    free(path);
    free(file.bytes);
    return written;
}
