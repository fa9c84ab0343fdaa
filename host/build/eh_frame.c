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

/* Bytes removed before `offset`. */
static uint64_t removed_before(const struct cut *cuts, size_t count, uint64_t offset)
{
    uint64_t removed = 0;
    for (size_t i = 0; i < count && cuts[i].offset < offset; i++)
        removed += cuts[i].size;
    return removed;
}

static bool trim(struct build *build, struct input *input)
{
    struct cut *cuts = pool_array(&build->pool, (size_t)input->size / 4 + 1, sizeof *cuts);
    size_t count = 0, hint = 0;
    uint64_t removed = 0, size = 0;
    for (uint64_t at = 0; at < input->size; at += size) {
        size = input->size - at < 4 ? 0 : (uint64_t)get32(input->bytes + at) + 4;
        if (size < 4 || size == 0x100000003 || size > input->size - at || (size > 4 && size < 8))
            return build_fail_at(build, input, at, "frame description of %llu bytes",
                                 (unsigned long long)(size < 4 ? 0 : size - 4));
        const uint32_t id = size == 4 ? 0 : get32(input->bytes + at + 4);
        if (id > at + 4)
            return build_fail_at(build, input, at + 4, "its CIE lies before the section");
        if (size == 4 || (id != 0 && is_dropped(input, at + 8, &hint))) {
            cuts[count++] = (struct cut){at, size};
            removed += size;
        } else if (id != 0) {
            const uint32_t moved = id - (uint32_t)(removed - removed_before(cuts, count, at + 4 - id));
            memcpy(input->bytes + at + 4, &moved, sizeof moved);
        }
    }
    build_cut(build, input, cuts, count);
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
