/* SPDX-License-Identifier: MIT */
/*
 * library_find.c - finding a name in a library: by an index if there is one, by
 * halves if the names ascend, else one entry after the other.
 *
 * The index keeps numbers of entries only, so it needs little and promises
 * nothing: what it leads to is read and compared like any other entry.
 */
#include "image/library.h"
#include "smf/hash.h"

/* Names are compared as the 64 bytes that they are stored as: zeros behind the name, so order is that of the names. */
static bool stored_form(const char *name, char form[SMF_LIBRARY_NAME_SIZE])
{
    size_t length = 0;
    memset(form, 0, SMF_LIBRARY_NAME_SIZE);
    for (; name[length] != '\0'; length++) {
        if (length == SMF_LIBRARY_NAME_SIZE - 1)
            return false;
        form[length] = name[length];
    }
    return length != 0;
}

static uint32_t bucket_of(const struct smf_library *library, const char *name)
{
    return smf_hash_name(name) & library->bucket_mask;
}

enum smf_status smf_library_first(struct smf_library *library, const char name[SMF_LIBRARY_NAME_SIZE], uint64_t *steps,
                                  uint32_t *number, struct smf_diagnosis *why)
{
    char other[SMF_LIBRARY_NAME_SIZE];
    const uint32_t *const words = library->words;
    const uint32_t *const links = words != NULL ? words + library->bucket_mask + 1 : NULL;
    uint32_t at = words != NULL ? words[bucket_of(library, name)] : 0; /* number + 1 with an index */
    if (words != NULL)
        at = at == 0 ? library->count : at - 1;
    while (at < library->count) {
        if (*steps == 0) {
            smf_fail_name(why, name, SMF_LIBRARY_NAME_SIZE - 1);
            return smf_fail(why, SMF_DETAIL_LIBRARY_WORK, smf_library_at(library, at), library->count, 0);
        }
        --*steps;
        const enum smf_status status = smf_library_name(library, at, other, why);
        if (status != SMF_OK)
            return status;
        if (memcmp(name, other, SMF_LIBRARY_NAME_SIZE) == 0)
            break;
        if (links == NULL)
            at++;
        else
            at = links[at] == 0 ? library->count : links[at] - 1;
    }
    *number = at;
    return SMF_OK;
}

/* The first entry whose name does not sort before this one, if the names ascend; any entry, or count, if they do not. */
static enum smf_status by_halves(struct smf_library *library, const char name[SMF_LIBRARY_NAME_SIZE], uint32_t *number,
                                 struct smf_diagnosis *why)
{
    char other[SMF_LIBRARY_NAME_SIZE];
    uint32_t first = 0, end = library->count;
    bool equal = false;
    while (first < end) {
        const uint32_t middle = first + (end - first) / 2;
        const enum smf_status status = smf_library_name(library, middle, other, why);
        if (status != SMF_OK)
            return status;
        const int order = memcmp(other, name, SMF_LIBRARY_NAME_SIZE);
        if (order < 0) {
            first = middle + 1;
        } else {
            end = middle;
            equal = order == 0;
        }
    }
    *number = equal ? first : library->count; /* `end` came to `first` at an entry that was compared last */
    return SMF_OK;
}

enum smf_status smf_library_find(struct smf_library *library, const char *name, struct smf_library_entry *entry,
                                 struct smf_diagnosis *why)
{
    if (library == NULL)
        return SMF_ERR_ARGUMENT;
    struct smf_library_entry found;
    char form[SMF_LIBRARY_NAME_SIZE];
    uint32_t number = library->count;
    why = smf_library_why(library, why);
    if (name == NULL || entry == NULL)
        return smf_fail(why, SMF_DETAIL_ARGUMENT, 0, 0, 0);
    enum smf_status status = SMF_OK;
    if (stored_form(name, form)) {
        uint64_t steps = library->count;
        status = library->sorted && library->words == NULL ? by_halves(library, form, &number, why)
                                                           : smf_library_first(library, form, &steps, &number, why);
    }
    if (status == SMF_OK && number < library->count) {
        status = smf_library_prove(library, number, &found, why);
        /* Read again, so it may be another now. */
        if (status == SMF_OK && memcmp(found.name, form, sizeof form) != 0)
            status = smf_fail(why, SMF_DETAIL_CHANGED, smf_library_at(library, number), number, 0);
    } else if (status == SMF_OK) {
        size_t length = 0;
        while (length < SMF_DIAGNOSIS_NAME_SIZE && name[length] != '\0')
            length++;
        smf_fail_name(why, name, length);
        status = smf_fail(why, SMF_DETAIL_NOT_IN_LIBRARY, 0, library->count, 0);
    }
    if (status == SMF_OK)
        *entry = found;
    return status;
}

/* Chains: a power of two, at least one and not below the number of entries as long as that is below 2^31. */
static uint32_t bucket_count(const struct smf_library *library)
{
    uint32_t buckets = 1;
    while (buckets < library->count && buckets < UINT32_C(1) << 31)
        buckets *= 2;
    return buckets;
}

size_t smf_library_index_words(const struct smf_library *library)
{
    return (size_t)bucket_count(library) + library->count; /* the file holds 128 bytes for each entry: no overflow */
}

enum smf_status smf_library_index(struct smf_library *library, uint32_t *words, size_t word_count,
                                  struct smf_diagnosis *why)
{
    if (library == NULL)
        return SMF_ERR_ARGUMENT;
    char name[SMF_LIBRARY_NAME_SIZE];
    const size_t wanted = smf_library_index_words(library);
    const uint32_t buckets = bucket_count(library);
    why = smf_library_why(library, why);
    if (words == NULL)
        return smf_fail(why, SMF_DETAIL_ARGUMENT, 0, 0, 0);
    if (word_count < wanted)
        return smf_fail(why, SMF_DETAIL_INDEX_SPACE, 0, wanted, word_count);
    library->words = NULL; /* they may be these: without an index the library works, too */
    library->bucket_mask = buckets - 1;
    memset(words, 0, wanted * sizeof *words);
    for (uint32_t number = library->count; number-- > 0;) { /* backwards: the first of equal names stands first */
        const enum smf_status status = smf_library_name(library, number, name, why);
        if (status != SMF_OK)
            return status;
        uint32_t *bucket = &words[bucket_of(library, name)];
        words[buckets + number] = *bucket;
        *bucket = number + 1;
    }
    library->words = words;
    return SMF_OK;
}
