/* SPDX-License-Identifier: MIT */
/*
 * units.c - the exported functions of an open module, as an emitter gets them.
 *
 * Code that can be addressed is given where it lies. Else, or where some of it is
 * compressed, all Code sections are put one behind the other into scratch memory. That is
 * how the symbols of older files count, too.
 */
#include "system/units.h"

#include "base/bytes.h"

/* ---- Where code lies ---- */

static bool is_code(const struct smf_section *section) { return section->type == SMF_SECTION_CODE; }

static bool is_compressed(const struct smf_section *section) { return (section->flags & SMF_SECTION_COMPRESSED) != 0; }

/* The last section that has no more than `value` bytes of code before it. */
static uint32_t section_at(const struct smf_units *units, const struct smf_image *image, size_t value)
{
    uint32_t low = 0, high = image->header.section_count - 1;
    while (low < high) {
        const uint32_t middle = low + (high - low + 1) / 2;
        if (units->bases[middle] <= value)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

bool smf_unit_place(const struct smf_units *units, const struct smf_image *image, const struct smf_symbol *symbol,
                    struct smf_code_unit *unit)
{
    const size_t thumb = image->header.arch == SMF_ARCH_ARM;
    const bool area = symbol->place == SMF_PLACE_CODE_AREA;
    if (symbol->type != SMF_SYMBOL_FUNCTION || symbol->binding == SMF_BINDING_LOCAL ||
        (!area && symbol->place != SMF_PLACE_SECTION))
        return false;
    size_t offset = symbol->value & ~thumb;
    const uint32_t section = area ? section_at(units, image, offset) : symbol->section;
    offset -= area ? units->bases[section] : 0;
    const struct smf_section *in = &image->sections[section];
    const bool readable = is_code(in) && (units->marks[section] & UNIT_READABLE) != 0 &&
                          smf_within(offset, symbol->size, is_compressed(in) ? in->virtual_size : in->size);
    *unit = (struct smf_code_unit){.size = readable ? symbol->size : 0,
                                   .section = section,
                                   .offset = offset,
                                   .arch = image->header.arch,
                                   .weak = symbol->binding == SMF_BINDING_WEAK,
                                   .relocated = (units->marks[section] & UNIT_RELOCATED) != 0};
    return true;
}

/* Records of older files count from the start of all code. */
static void mark_relocated(const struct smf_image *image, const struct smf_units *units)
{
    const uint32_t count = image->header.section_count;
    uint8_t everywhere = 0;
    for (uint32_t i = 0; i < count; i++)
        if (smf_image_relocation_count(image, i) == 0)
            continue;
        else if (image->header.canonical)
            units->marks[image->sections[i].link] |= UNIT_RELOCATED;
        else
            everywhere = UNIT_RELOCATED;
    for (uint32_t i = 0; i < count; i++)
        units->marks[i] |= everywhere;
}

enum smf_status smf_units_survey(struct smf_provider *provider, const struct smf_image *image, struct smf_units *units,
                                 struct smf_diagnosis *why)
{
    const uint32_t count = image->header.section_count; /* at most SMF_SECTIONS_MAX: no product wraps */
    size_t base = 0;
    units->bases = smf_provider_take_scratch(provider, count * sizeof *units->bases, why);
    if (units->bases == NULL)
        return why->status;
    units->marks = smf_provider_take_scratch(provider, count, why);
    if (units->marks == NULL)
        return why->status;
    for (uint32_t i = 0; i < count; i++) {
        const struct smf_section *section = &image->sections[i];
        units->bases[i] = base;
        units->marks[i] = is_code(section) ? UNIT_READABLE : 0;
        units->compressed |= is_code(section) && is_compressed(section);
        base += is_code(section) ? section->virtual_size : 0; /* proven: memory of all sections is a word */
    }
    mark_relocated(image, units);
    return SMF_OK;
}

void smf_units_give(struct smf_provider *provider, struct smf_units *units)
{
    smf_provider_give(provider, units->names);
    smf_provider_give(provider, units->units);
    smf_provider_give(provider, units->code);
    smf_provider_give(provider, units->marks);
    smf_provider_give(provider, units->bases);
}

/* ---- Gathering ---- */

struct gathering {
    struct smf_provider *provider;
    struct smf_image *image;
    struct smf_units *units;
    struct smf_diagnosis *why;
    size_t count, name_bytes; /* so far */
    bool strict;              /* what cannot be read is an error */
};

/* Before anything is counted: a section that cannot be read has no units. */
static enum smf_status read_code(const struct gathering *gathering)
{
    struct smf_image *image = gathering->image;
    struct smf_units *units = gathering->units;
    const struct smf_codec *const *codecs = gathering->provider->config.codecs;
    if ((image->source->bytes != NULL && !units->compressed) || image->code_size == 0)
        return SMF_OK;
    units->code = smf_provider_take_scratch(gathering->provider, image->code_size, gathering->why);
    if (units->code == NULL)
        return gathering->why->status;
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        if ((units->marks[i] & UNIT_READABLE) == 0)
            continue;
        const enum smf_status status = smf_section_read(image, codecs, i, units->code + units->bases[i],
                                                        image->sections[i].virtual_size, gathering->why);
        if (status != SMF_OK && (gathering->strict || smf_unit_is_fatal(status)))
            return status;
        if (status != SMF_OK)
            units->marks[i] &= (uint8_t)~UNIT_READABLE;
    }
    return SMF_OK;
}

/* Export `index` as a unit without bytes and name. `*found` is false for what is none, or none that can be read. */
static enum smf_status look_at(const struct gathering *gathering, uint32_t index, struct smf_code_unit *unit,
                               uint32_t *name, bool *found)
{
    struct smf_symbol symbol;
    *found = false;
    const enum smf_status status = smf_image_symbol(gathering->image, index, &symbol, gathering->why);
    if (status != SMF_OK)
        return gathering->strict || smf_unit_is_fatal(status) ? status : SMF_OK;
    if (!smf_unit_place(gathering->units, gathering->image, &symbol, unit))
        return SMF_OK;
    unit->symbol = index;
    *name = symbol.name;
    *found = unit->size != 0;
    if (*found || !gathering->strict)
        return SMF_OK;
    gathering->why->index = index;
    return smf_fail(gathering->why, SMF_DETAIL_UNREADABLE, 0, symbol.value, symbol.size);
}

/* A name that does not lie in memory takes room. */
static enum smf_status measure_name(struct gathering *gathering, uint32_t name)
{
    const char *text;
    size_t length = 0;
    const enum smf_status status = smf_image_name(gathering->image, name, NULL, 0, &text, &length, gathering->why);
    if (status == SMF_ERR_NO_SPACE) { /* proven: all names lie in the file */
        gathering->name_bytes += length + 1;
        return gathering->name_bytes > length ? SMF_OK : SMF_ERR_NO_SPACE;
    }
    return status;
}

static enum smf_status count_units(struct gathering *gathering)
{
    for (uint32_t i = 0; i < gathering->image->header.symbol_count; i++) {
        struct smf_code_unit unit;
        uint32_t name = 0;
        bool found;
        enum smf_status status = look_at(gathering, i, &unit, &name, &found);
        if (status == SMF_OK && found)
            status = measure_name(gathering, name);
        if (status != SMF_OK)
            return status;
        gathering->count += found;
    }
    return SMF_OK;
}

/* What was counted is met again, or the source has changed. */
static enum smf_status fill(struct gathering *gathering, struct smf_code_unit *unit, uint32_t name)
{
    struct smf_units *units = gathering->units;
    const struct smf_image *image = gathering->image;
    if (units->count == gathering->count)
        return smf_fail(gathering->why, SMF_DETAIL_CHANGED, 0, units->count, gathering->count);
    size_t length = 0;
    char *room = units->names != NULL ? units->names + units->name_bytes : NULL;
    const enum smf_status status = smf_image_name(
        gathering->image, name, room, gathering->name_bytes - units->name_bytes, &unit->name, &length, gathering->why);
    if (status != SMF_OK)
        return status == SMF_ERR_NO_SPACE ? smf_fail(gathering->why, SMF_DETAIL_CHANGED, 0, length, 0) : status;
    if (units->names != NULL)
        units->name_bytes += length + 1;
    unit->bytes = units->code != NULL
                      ? units->code + units->bases[unit->section] + unit->offset
                      : (const uint8_t *)image->source->bytes + image->sections[unit->section].offset + unit->offset;
    units->units[units->count++] = *unit;
    return SMF_OK;
}

static enum smf_status fill_units(struct gathering *gathering)
{
    struct smf_units *units = gathering->units;
    if (gathering->count > SIZE_MAX / sizeof *units->units)
        return smf_fail(gathering->why, SMF_DETAIL_NO_ARENA, 0, SIZE_MAX, 0);
    units->units =
        smf_provider_take_scratch(gathering->provider, gathering->count * sizeof *units->units, gathering->why);
    if (units->units != NULL && gathering->name_bytes != 0)
        units->names = smf_provider_take_scratch(gathering->provider, gathering->name_bytes, gathering->why);
    if (units->units == NULL || (gathering->name_bytes != 0 && units->names == NULL))
        return gathering->why->status;
    for (uint32_t i = 0; i < gathering->image->header.symbol_count; i++) {
        struct smf_code_unit unit;
        uint32_t name = 0;
        bool found;
        enum smf_status status = look_at(gathering, i, &unit, &name, &found);
        if (status == SMF_OK && found)
            status = fill(gathering, &unit, name);
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}

enum smf_status smf_units_gather(struct smf_provider *provider, const struct smf_provider_entry *entry,
                                 struct smf_units *units, struct smf_diagnosis *why)
{
    struct gathering gathering = {.provider = provider,
                                  .image = entry->image,
                                  .units = units,
                                  .why = why,
                                  .strict = provider->config.fixed_backend};
    *units = (struct smf_units){.count = 0};
    enum smf_status status = smf_units_survey(provider, entry->image, units, why);
    if (status == SMF_OK)
        status = read_code(&gathering);
    if (status == SMF_OK)
        status = count_units(&gathering);
    if (status == SMF_OK && gathering.count == 0) {
        smf_fail_clear(why);
        status = smf_provider_fail(why, SMF_DETAIL_NO_UNITS, entry->name, 0, 0);
    }
    return status == SMF_OK ? fill_units(&gathering) : status;
}
