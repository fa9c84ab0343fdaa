/* SPDX-License-Identifier: MIT */
/*
 * eh_frame.c - take the frame descriptions of dropped functions out of
 * .eh_frame (LSB, "Exception Frames"), and end it with four zero bytes.
 *
 * A common information entry (CIE) has id 0; a description (FDE) says with its
 * id how far before that field its CIE starts, and names its function right
 * behind it. CIEs stay.
 */
#include "build.h"

#include <string.h>

static uint32_t get32(const uint8_t *bytes)
{
    uint32_t value = 0;
    memcpy(&value, bytes, sizeof value);
    return value;
}

/* Does the description's function exist no more? */
static bool is_dropped(const struct input *input, uint64_t place, size_t *hint)
{
    for (size_t i = 0; i < input->record_count; i++) {
        const size_t at = (*hint + i) % input->record_count;
        const struct record *record = &input->records[at];
        if (record->offset != place || record->symbol == NULL || record->row->calc == SMF_CALC_NONE)
            continue;
        *hint = at;
        return record->symbol->dropped || (record->symbol->section != NULL && !record->symbol->section->taken);
    }
    return false;
}

/* What is removed, in order, and how much of it lies before each. */
struct removal {
    struct cut *cuts;
    uint64_t *before;
    size_t count;
    uint64_t total;
};

static void remove_entry(struct removal *removal, uint64_t offset, uint64_t size)
{
    removal->cuts[removal->count] = (struct cut){offset, size};
    removal->before[removal->count++] = removal->total;
    removal->total += size;
}

/* Bytes removed from `offset` on; entries are removed whole. */
static uint64_t removed_since(const struct removal *removal, uint64_t offset)
{
    size_t low = 0, high = removal->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (removal->cuts[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low == removal->count ? 0 : removal->total - removal->before[low];
}

static bool trim(struct build *build, struct input *input)
{
    const size_t most = (size_t)input->size / 4 + 1;
    struct removal removal = {.cuts = pool_array(&build->pool, most, sizeof(struct cut)),
                              .before = pool_array(&build->pool, most, sizeof(uint64_t))};
    size_t hint = 0;
    uint64_t size = 0;
    for (uint64_t at = 0; at < input->size; at += size) {
        size = input->size - at < 4 ? 0 : (uint64_t)get32(input->bytes + at) + 4;
        if (size < 4 || size == 0x100000003 || size > input->size - at || (size > 4 && size < 8))
            return build_fail_at(build, input, at, "frame description of %llu bytes",
                                 (unsigned long long)(size < 4 ? 0 : size - 4));
        const uint32_t id = size == 4 ? 0 : get32(input->bytes + at + 4);
        if (id > at + 4)
            return build_fail_at(build, input, at + 4, "its CIE lies before the section");
        if (size == 4 || (id != 0 && is_dropped(input, at + 8, &hint))) {
            remove_entry(&removal, at, size);
        } else if (id != 0) {
            const uint32_t moved = id - (uint32_t)removed_since(&removal, at + 4 - id);
            memcpy(input->bytes + at + 4, &moved, sizeof moved);
        }
    }
    build_cut(build, input, removal.cuts, removal.count);
    return true;
}

bool build_trim_frames(struct build *build)
{
    bool any = false;
    for (size_t i = 0; i < build->object_count; i++)
        for (size_t k = 1; k < build->objects[i]->input_count; k++) {
            struct input *input = &build->objects[i]->inputs[k];
            if (!input->taken || strcmp(input->name, ".eh_frame") != 0 || input->bytes == NULL)
                continue;
            if (!trim(build, input))
                return false;
            if (any) /* no zeros in between: they would end the list */
                input->alignment = 4;
            any = any || input->size != 0;
        }
    if (!any)
        return true;
    struct input *end = pool_take(&build->pool, sizeof *end);
    *end = (struct input){.object = build->own,
                          .name = ".eh_frame",
                          .bytes = pool_take(&build->pool, 4),
                          .size = 4,
                          .alignment = 4,
                          .flags = SHF_ALLOC,
                          .type = SHT_PROGBITS,
                          .taken = true};
    build->frames_end = end;
    return true;
}
