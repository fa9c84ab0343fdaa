/* SPDX-License-Identifier: MIT */
/*
 * library.c - writing a library of modules: what older readers know, and beyond
 * that only that the names ascend, in a word that they do not look at.
 */
#include "smf/library.h"
#include "emit/emit.h"
#include "smf/hash.h"

/* Bytewise, the end before every other byte. */
static int compare(const struct smf_library_item *left, const struct smf_library_item *right)
{
    const char *a = left->name, *b = right->name;
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return (uint8_t)*a - (uint8_t)*b;
}

/* One item: the diagnosis says which. */
static enum smf_status check_item(const struct smf_library_item *item, struct smf_diagnosis *why)
{
    size_t length = 0;
    if (item->name == NULL)
        return smf_fail(why, SMF_DETAIL_ARGUMENT, 0, 0, 0);
    for (; length < SMF_LIBRARY_NAME_SIZE && item->name[length] != '\0'; length++)
        if ((uint8_t)item->name[length] < ' ' || item->name[length] == 0x7F)
            return smf_fail(why, SMF_DETAIL_WRITE_MODULE_NAME, 0, (uint8_t)item->name[length],
                            SMF_LIBRARY_NAME_SIZE - 1);
    if (length == 0 || length == SMF_LIBRARY_NAME_SIZE)
        return smf_fail(why, SMF_DETAIL_WRITE_MODULE_NAME, 0, 0, SMF_LIBRARY_NAME_SIZE - 1);
    smf_fail_name(why, item->name, length);
    if (item->size == 0)
        return smf_fail(why, SMF_DETAIL_WRITE_MODULE_EMPTY, 0, 0, 1);
    if (item->bytes == NULL || (item->object == NULL && item->object_size != 0))
        return smf_fail(why, SMF_DETAIL_WRITE_BYTES, 0, item->bytes == NULL ? item->size : item->object_size, 0);
    return SMF_OK;
}

/* Heap sort of what stands in `order`: in place, n log n, no recursion. */
static void sift(const struct smf_library_item *items, uint32_t *order, uint32_t at, uint32_t count)
{
    const uint32_t moved = order[at];
    while (at < count / 2) {
        uint32_t child = 2 * at + 1;
        if (child + 1 < count && compare(&items[order[child]], &items[order[child + 1]]) < 0)
            child++;
        if (compare(&items[moved], &items[order[child]]) >= 0)
            break;
        order[at] = order[child];
        at = child;
    }
    order[at] = moved;
}

static void sort(const struct smf_library_item *items, uint32_t *order, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    for (uint32_t i = count / 2; i-- > 0;)
        sift(items, order, i, count);
    for (uint32_t left = count; left > 1; left--) {
        const uint32_t largest = order[0];
        order[0] = order[left - 1];
        order[left - 1] = largest;
        sift(items, order, 0, left - 1);
    }
}

static void write_header(uint8_t *at, uint32_t count)
{
    const uint64_t index = (uint64_t)count * SMF_LSM_ENTRY_SIZE;
    memset(at, 0, SMF_LSM_HEADER_SIZE);
    smf_put32(at, SMF_LIBRARY_MAGIC);
    at[SMF_H_MAJOR] = SMF_LSM_MAJOR;
    smf_put32(at + SMF_LSM_COUNT, count);
    smf_put64(at + SMF_LSM_INDEX_OFFSET, SMF_LSM_HEADER_SIZE);
    smf_put64(at + SMF_LSM_INDEX_SIZE, index);
    smf_put64(at + SMF_LSM_DATA_OFFSET, SMF_LSM_HEADER_SIZE + index);
    smf_put32(at + SMF_LSM_FLAGS, SMF_LSM_SORTED);
}

/* A module that runs where it lies needs its sections aligned there as in a file of its own [M10]. Behind each payload, so
 * that the size of the file does not depend on their order. */
static size_t padding(uint64_t offset) { return (size_t)(-offset & (SMF_LSM_ALIGNMENT - 1)); }

static size_t pad(uint8_t *buffer, size_t offset)
{
    const size_t size = padding(offset);
    memset(buffer + offset, 0, size);
    return offset + size;
}

/* Entry at `at`, payloads at `offset`, which is aligned; what follows them starts at the result. */
static size_t write_item(uint8_t *buffer, size_t at, size_t offset, const struct smf_library_item *item)
{
    uint8_t *entry = buffer + at;
    memset(entry, 0, SMF_LSM_ENTRY_SIZE);
    for (size_t i = 0; item->name[i] != '\0'; i++)
        entry[SMF_LSM_E_NAME + i] = (uint8_t)item->name[i];
    memcpy(buffer + offset, item->bytes, item->size);
    smf_put64(entry + SMF_LSM_E_OFFSET, offset);
    smf_put64(entry + SMF_LSM_E_SIZE, item->size);
    smf_put64(entry + SMF_LSM_E_HASH, smf_hash64(SMF_FNV64_BASIS, item->bytes, item->size));
    offset = pad(buffer, offset + item->size);
    if (item->object_size != 0) {
        memcpy(buffer + offset, item->object, item->object_size);
        smf_put64(entry + SMF_LSM_E_OBJECT_OFFSET, offset);
        smf_put64(entry + SMF_LSM_E_OBJECT_SIZE, item->object_size);
        smf_put64(entry + SMF_LSM_E_OBJECT_HASH, smf_hash64(SMF_FNV64_BASIS, item->object, item->object_size));
    }
    return pad(buffer, offset + item->object_size);
}

/* Add a payload of `size` bytes and what stands behind it; false: more than a word of this machine can say. */
static bool add(uint64_t *total, size_t size)
{
    if (*total > SIZE_MAX - SMF_LSM_ALIGNMENT || size > SIZE_MAX - SMF_LSM_ALIGNMENT - *total)
        return false;
    *total += size;
    *total += padding(*total);
    return true;
}

/* Everything that is refused, and the size. */
static enum smf_status measure(const struct smf_library_item *items, uint32_t count, uint64_t *total,
                               struct smf_diagnosis *why)
{
    *total = SMF_LSM_HEADER_SIZE + (uint64_t)count * SMF_LSM_ENTRY_SIZE;
    for (uint32_t i = 0; i < count; i++) {
        why->index = i;
        const enum smf_status status = check_item(&items[i], why);
        if (status != SMF_OK)
            return status;
        if (!add(total, items[i].size) || !add(total, items[i].object_size))
            return smf_fail(why, SMF_DETAIL_WRITE_FILE_SIZE, 0, *total, SIZE_MAX);
    }
    return SMF_OK;
}

static enum smf_status refuse_doubles(const struct smf_library_item *items, const uint32_t *order, uint32_t count,
                                      struct smf_diagnosis *why)
{
    for (uint32_t i = 1; i < count; i++) {
        if (compare(&items[order[i - 1]], &items[order[i]]) != 0)
            continue;
        const uint32_t one = order[i - 1], other = order[i]; /* equal names stand in any order */
        why->index = one > other ? one : other;
        smf_fail_name(why, items[one].name, text_length(items[one].name));
        return smf_fail(why, SMF_DETAIL_WRITE_MODULE_TWICE, 0, one, other);
    }
    return SMF_OK;
}

enum smf_status smf_library_write(const struct smf_library_item *items, uint32_t count, uint32_t *order,
                                  uint8_t *buffer, size_t capacity, size_t *size, struct smf_diagnosis *why)
{
    struct smf_diagnosis own;
    uint64_t total = 0;
    why = why != NULL ? why : &own;
    smf_fail_clear(why);
    why->stage = SMF_STAGE_WRITE;
    if (count == 0)
        return smf_fail(why, SMF_DETAIL_WRITE_LIBRARY_EMPTY, 0, 0, 1);
    if (items == NULL || order == NULL || size == NULL)
        return smf_fail(why, SMF_DETAIL_ARGUMENT, 0, 0, 0);
    enum smf_status status = measure(items, count, &total, why);
    if (status != SMF_OK)
        return status;
    sort(items, order, count);
    status = refuse_doubles(items, order, count, why);
    if (status != SMF_OK)
        return status;
    *size = (size_t)total;
    if (buffer == NULL)
        return SMF_OK;
    why->index = 0;
    why->name[0] = '\0';
    if (total > capacity)
        return smf_fail(why, SMF_DETAIL_WRITE_BUFFER, 0, total, capacity);
    size_t at = SMF_LSM_HEADER_SIZE, offset = SMF_LSM_HEADER_SIZE + (size_t)count * SMF_LSM_ENTRY_SIZE;
    const size_t data = offset;
    write_header(buffer, count);
    for (uint32_t i = 0; i < count; i++, at += SMF_LSM_ENTRY_SIZE)
        offset = write_item(buffer, at, offset, &items[order[i]]);
    const uint64_t index = smf_hash64(SMF_FNV64_BASIS, buffer + SMF_LSM_HEADER_SIZE, data - SMF_LSM_HEADER_SIZE);
    smf_put64(buffer + SMF_LSM_INDEX_HASH, index);
    smf_put64(buffer + SMF_LSM_HASH, smf_hash64(index, buffer + data, offset - data));
    return SMF_OK;
}
