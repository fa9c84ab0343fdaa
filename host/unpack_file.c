/* SPDX-License-Identifier: MIT */
/* unpack_file.c - an open file that is compressed as a whole: its bytes in memory take its place. */
#include <errno.h>
#include <stdlib.h>

#include "smf/host.h"
#include "unpack.h"

static enum smf_status read_part(const struct smf_source *source, void *into, size_t size, struct smf_diagnosis *why)
{
    errno = 0;
    if (source->read_at(source->context, 0, into, size) == SMF_OK)
        return SMF_OK;
    errno = errno != 0 ? errno : EIO; /* it has become shorter */
    return smf_fail(why, SMF_DETAIL_READ, 0, size, 0);
}

/* The file is closed: what came out of it stands for it. */
static void replace(struct smf_file *file, const struct smf_unpacked *unpacked, uint64_t packed_size)
{
    smf_file_close(file);
    file->source = smf_source_memory(unpacked->bytes, unpacked->size, SMF_STAYS_FOR_MODULE);
    file->unpacked = unpacked->bytes;
    file->packing = (uint8_t)unpacked->packing;
    file->packed_size = packed_size;
}

static enum smf_status unpack(struct smf_file *file, const void *bytes, size_t limit, struct smf_diagnosis *why)
{
    struct smf_unpacked unpacked;
    const uint64_t size = file->source.size;
    const enum smf_status status = smf_unpack(bytes, (size_t)size, limit, &unpacked, why);
    if (status == SMF_OK && unpacked.bytes != NULL) /* else it has changed meanwhile, and is judged as it is */
        replace(file, &unpacked, size);
    return status;
}

enum smf_status smf_file_unpack(struct smf_file *file, size_t limit, struct smf_diagnosis *why)
{
    struct smf_diagnosis own;
    uint8_t magic[4];
    const struct smf_source *source = &file->source;
    why = why != NULL ? why : &own;
    smf_fail_clear(why);
    if (source->size < sizeof magic || file->unpacked != NULL)
        return SMF_OK;
    if (source->bytes != NULL)
        return unpack(file, source->bytes, limit, why);
    enum smf_status status = read_part(source, magic, sizeof magic, why);
    if (status != SMF_OK || smf_packing_of(magic, sizeof magic) == SMF_PACKING_NONE)
        return status;
    const size_t size = smf_word(source->size);
    uint8_t *bytes = size == source->size ? malloc(size) : NULL;
    if (bytes == NULL)
        return smf_fail(why, SMF_DETAIL_UNPACK_MEMORY, 0, source->size, 0);
    status = read_part(source, bytes, size, why);
    if (status == SMF_OK)
        status = unpack(file, bytes, limit, why);
    const int error = errno;
    free(bytes);
    errno = error;
    return status;
}
