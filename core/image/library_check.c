/* SPDX-License-Identifier: MIT */
/*
 * library_check.c - hashes of libraries, and the check of everything.
 *
 * Writers hash with FNV-1a-64, most of them with a prime that has lost a digit.
 * Both sums are formed in one reading, and either is good.
 */
#include "image/library.h"
#include "smf/hash.h"

/* Steps of the search for equal names: what an index needs on average many times over, and small libraries without one. */
#define STEPS_OF_ALL 32768u
#define STEPS_OF_EACH 64u

#define PRIME_OF_OLDER UINT64_C(0x1000001B3)

struct sums {
    uint64_t standard, older;
};
static const struct sums start_of_sums = {SMF_FNV64_BASIS, SMF_FNV64_BASIS};

/* Go on with the bytes [offset, offset + size), which lie in the source. */
static enum smf_status sum(struct smf_library *library, size_t offset, size_t size, struct sums *sums,
                           struct smf_diagnosis *why)
{
    while (size != 0) {
        const size_t some = size < SMF_WINDOW_SIZE ? size : SMF_WINDOW_SIZE;
        const uint8_t *at = smf_window_at(&library->window, offset, some, why);
        if (at == NULL)
            return why->status;
        for (size_t i = 0; i < some; i++) {
            const uint8_t byte = at[i];
            sums->standard = (sums->standard ^ byte) * SMF_FNV64_PRIME;
            sums->older = (sums->older ^ byte) * PRIME_OF_OLDER;
        }
        offset += some;
        size -= some;
    }
    return SMF_OK;
}

/* 0 is "not recorded". */
static bool fits(const struct sums *sums, uint64_t recorded)
{
    return recorded == 0 || recorded == sums->standard || recorded == sums->older;
}

static enum smf_status check_payload(struct smf_library *library, uint64_t offset, uint64_t size, uint64_t recorded,
                                     enum smf_detail detail, struct smf_diagnosis *why)
{
    struct sums sums = start_of_sums;
    if (recorded == 0)
        return SMF_OK;
    const enum smf_status status = sum(library, (size_t)offset, (size_t)size, &sums, why);
    if (status != SMF_OK || fits(&sums, recorded))
        return status;
    return smf_fail(why, detail, offset, sums.standard, recorded);
}

static enum smf_status check_payloads(struct smf_library *library, const struct smf_library_entry *entry,
                                      struct smf_diagnosis *why)
{
    smf_fail_name(why, entry->name, sizeof entry->name - 1);
    const enum smf_status status =
        check_payload(library, entry->offset, entry->size, entry->hash, SMF_DETAIL_LIBRARY_MODULE_HASH, why);
    if (status != SMF_OK)
        return status;
    return check_payload(library, entry->object_offset, entry->object_size, entry->object_hash,
                         SMF_DETAIL_LIBRARY_OBJECT_HASH, why);
}

static bool is_inside(const struct smf_library *library, uint64_t offset, uint64_t size)
{
    return offset <= library->source->size && size <= library->source->size - offset;
}

enum smf_status smf_library_check_entry(struct smf_library *library, const struct smf_library_entry *entry,
                                        struct smf_diagnosis *why)
{
    if (library == NULL)
        return SMF_ERR_ARGUMENT;
    why = smf_library_why(library, why);
    if (entry == NULL || !is_inside(library, entry->offset, entry->size) ||
        !is_inside(library, entry->object_offset, entry->object_size))
        return smf_fail(why, SMF_DETAIL_ARGUMENT, 0, 0, 0);
    return check_payloads(library, entry, why);
}

static enum smf_status check_hashes(struct smf_library *library, struct smf_diagnosis *why)
{
    struct sums sums = start_of_sums;
    const size_t index = (size_t)library->index_offset, data = smf_library_data(library);
    enum smf_status status = sum(library, index, data - index, &sums, why);
    if (status == SMF_OK && !fits(&sums, library->index_hash))
        return smf_fail(why, SMF_DETAIL_INDEX_HASH, SMF_LSM_INDEX_HASH, sums.standard, library->index_hash);
    if (status == SMF_OK)
        status = sum(library, data, (size_t)library->source->size - data, &sums, why);
    if (status == SMF_OK && !fits(&sums, library->library_hash))
        return smf_fail(why, SMF_DETAIL_LIBRARY_HASH, SMF_LSM_HASH, sums.standard, library->library_hash);
    return status;
}

/* Each payload behind the one before, as all writers put them: so no two of them share a byte. */
static enum smf_status check_places(const struct smf_library_entry *entry, size_t at, uint64_t *end,
                                    struct smf_diagnosis *why)
{
    const uint64_t module_end = entry->offset + entry->size;
    smf_fail_name(why, entry->name, sizeof entry->name - 1);
    if (entry->offset < *end)
        return smf_fail(why, SMF_DETAIL_LIBRARY_PAYLOADS, at + SMF_LSM_E_OFFSET, entry->offset, *end);
    if (entry->object_size != 0 && entry->object_offset < module_end)
        return smf_fail(why, SMF_DETAIL_LIBRARY_PAYLOADS, at + SMF_LSM_E_OBJECT_OFFSET, entry->object_offset,
                        module_end);
    *end = entry->object_size != 0 ? entry->object_offset + entry->object_size : module_end;
    return SMF_OK;
}

/* In a sorted library two neighbours say it; else the first entry of this name has to be this one. */
static enum smf_status check_name(struct smf_library *library, uint32_t number, const char name[SMF_LIBRARY_NAME_SIZE],
                                  const char before[SMF_LIBRARY_NAME_SIZE], uint64_t *steps, struct smf_diagnosis *why)
{
    const size_t at = smf_library_at(library, number);
    uint32_t first = number;
    if (!library->sorted) {
        const enum smf_status status = smf_library_first(library, name, steps, &first, why);
        if (status != SMF_OK)
            return status;
    } else if (number != 0) {
        const int order = memcmp(before, name, SMF_LIBRARY_NAME_SIZE);
        if (order > 0) {
            smf_fail_name(why, name, SMF_LIBRARY_NAME_SIZE - 1);
            return smf_fail(why, SMF_DETAIL_LIBRARY_ORDER, at, number, number - 1);
        }
        first = order == 0 ? number - 1 : number;
    }
    why->index = number;
    smf_fail_name(why, name, SMF_LIBRARY_NAME_SIZE - 1);
    if (first > number) /* it is there, and is not found */
        return smf_fail(why, SMF_DETAIL_CHANGED, at, number, 0);
    return first == number ? SMF_OK : smf_fail(why, SMF_DETAIL_LIBRARY_TWICE, at, number, first);
}

enum smf_status smf_library_check(struct smf_library *library, struct smf_diagnosis *why)
{
    if (library == NULL)
        return SMF_ERR_ARGUMENT;
    struct smf_library_entry entry;
    char before[SMF_LIBRARY_NAME_SIZE] = {0};
    uint64_t steps = STEPS_OF_ALL + (uint64_t)library->count * STEPS_OF_EACH, end = 0;
    why = smf_library_why(library, why);
    for (uint32_t number = 0; number < library->count; number++) {
        enum smf_status status = smf_library_prove(library, number, &entry, why);
        if (status == SMF_OK)
            status = check_places(&entry, smf_library_at(library, number), &end, why);
        if (status == SMF_OK)
            status = check_name(library, number, entry.name, before, &steps, why);
        if (status == SMF_OK)
            status = check_payloads(library, &entry, why);
        if (status != SMF_OK)
            return status;
        memcpy(before, entry.name, sizeof before);
    }
    why->name[0] = '\0';
    why->index = 0;
    return check_hashes(library, why);
}
