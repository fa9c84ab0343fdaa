/* SPDX-License-Identifier: MIT */
/*
 * relink.c - relocate a canonical file for fixed addresses. Code and read-only
 * sections whose records can all be applied stay in the file; the others are
 * copied when the file is loaded, and lie where their base says. A record that
 * names an import, or something whose place is not known, is kept.
 */
#include "relink.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct smf_section *section_of(const struct relink *relink, uint32_t index)
{
    return &relink->image->sections[index];
}

static int refuse(const struct relink *relink, const struct smf_diagnosis *why)
{
    return smf_command_refuse(relink->path, why);
}

static int base_of(const struct smf_section *section)
{
    switch (section->type) {
    case SMF_SECTION_CODE:
        return BASE_CODE;
    case SMF_SECTION_RODATA:
        return BASE_RODATA;
    case SMF_SECTION_DATA:
    case SMF_SECTION_BSS:
        return BASE_DATA;
    default:
        return BASES;
    }
}

/* ---- Records ---- */

struct record {
    struct smf_relocation relocation;
    const struct smf_howto *row;
    struct smf_symbol symbol; /* place ABSOLUTE and value 0 without one */
    uint32_t patched;
    bool import, pair;
};

static enum smf_status read_record(const struct relink *relink, uint32_t section, uint32_t index, struct record *record,
                                   struct smf_diagnosis *why)
{
    memset(record, 0, sizeof *record);
    record->patched = section_of(relink, section)->link;
    record->symbol.place = SMF_PLACE_ABSOLUTE;
    enum smf_status status = smf_image_relocation(relink->image, section, index, &record->relocation, why);
    if (status != SMF_OK)
        return status;
    const struct smf_relocation *relocation = &record->relocation;
    const uint32_t number =
        relocation->type == SMF_RELOCATION_PSABI ? relocation->number : relink->arch->p_types[relocation->type];
    record->row = smf_arch_row(relink->arch, number);
    if (relocation->symbol != SMF_NO_SYMBOL)
        status = smf_image_symbol(relink->image, relocation->symbol, &record->symbol, why);
    record->import = record->symbol.place == SMF_PLACE_UNDEFINED;
    record->pair = record->row != NULL && record->row->calc == SMF_CALC_PAIR;
    return status;
}

static bool uses_got(const struct smf_howto *row)
{
    return row->calc == SMF_CALC_GOTOFF || row->calc == SMF_CALC_GOT_P || row->calc == SMF_CALC_GOT_PAGE;
}

/* The section that a record's value depends on; SMF_NO_SYMBOL: none. */
static uint32_t target_of(const struct relink *relink, const struct record *record)
{
    if (record->symbol.place == SMF_PLACE_SECTION)
        return record->symbol.section;
    return record->row != NULL && uses_got(record->row) ? smf_image_find_section(relink->image, ".got") : SMF_NO_SYMBOL;
}

static bool can_apply(const struct relink *relink, const struct record *record)
{
    const uint32_t target = target_of(relink, record);
    if (record->import || record->row == NULL || !relink->sections[record->patched].known)
        return false;
    return target == SMF_NO_SYMBOL || relink->sections[target].known;
}

/* Call `each` for every record that patches memory. */
static int for_records(struct relink *relink, int (*each)(struct relink *relink, uint32_t section, uint32_t index,
                                                          const struct record *record))
{
    for (uint32_t i = 0; i < relink->image->header.section_count; i++) {
        if (section_of(relink, i)->type != SMF_SECTION_RELOC)
            continue;
        for (uint32_t j = 0; j < smf_image_relocation_count(relink->image, i); j++) {
            struct smf_diagnosis why = {0};
            struct record record;
            if (read_record(relink, i, j, &record, &why) != SMF_OK)
                return refuse(relink, &why);
            const int status = each(relink, i, j, &record);
            if (status != 0)
                return status;
        }
    }
    return 0;
}

/* ---- Where sections lie ---- */

/* As the writer will lay payloads out, and as the loader will lay out what it copies. */
static void lay_out(struct relink *relink)
{
    uint64_t file = 0, copied[BASES] = {0}, code = 0;
    bool begun = false, ended = false;
    for (uint32_t i = 0; i < relink->image->header.section_count; i++) {
        const struct smf_section *section = section_of(relink, i);
        struct relinked *relinked = &relink->sections[i];
        const int base = base_of(section);
        const uint64_t mask = section->alignment - 1;
        if (section->type == SMF_SECTION_RELOC)
            continue;
        if (section->size != 0)
            file = (file + mask) & ~mask;
        const uint64_t offset = file;
        file += section->size;
        relinked->stays = base == BASE_CODE || (base == BASE_RODATA && !ended && !relinked->left &&
                                                section->size != 0 && section->size == section->virtual_size);
        begun = begun || (relinked->stays && base == BASE_RODATA);
        ended = begun && !relinked->stays && section->size != 0;
        if (base == BASE_CODE && section->size != 0)
            code = offset;
        if (relinked->stays) {
            relinked->known = true;
            relinked->address = relink->bases->address[BASE_CODE] - code + offset;
        } else if (base != BASES) {
            copied[base] = (copied[base] + mask) & ~mask;
            relinked->known = relink->bases->given[base];
            relinked->address = relink->bases->address[base] + copied[base];
            copied[base] += section->virtual_size;
        }
    }
}

static bool changed;

static int find_left(struct relink *relink, uint32_t section, uint32_t index, const struct record *record)
{
    struct relinked *patched = &relink->sections[record->patched];
    (void)section;
    (void)index;
    if (base_of(section_of(relink, record->patched)) == BASE_RODATA && !patched->left && !record->pair &&
        !can_apply(relink, record))
        patched->left = changed = true;
    return 0;
}

/* A section that is copied after all can be the reason why another one is: until nothing changes. */
static int find_places(struct relink *relink)
{
    do {
        changed = false;
        lay_out(relink);
        const int status = for_records(relink, find_left);
        if (status != 0)
            return status;
    } while (changed);
    return 0;
}

/* ---- Applying ---- */

static uint64_t value_of(const struct relink *relink, const struct record *record)
{
    const uint64_t start =
        record->symbol.place == SMF_PLACE_SECTION ? relink->sections[record->symbol.section].address : 0;
    return start + record->symbol.value;
}

static int cannot(const struct relink *relink, const struct record *record)
{
    static const char *const words[] = {"code", "rodata", "data"};
    const uint32_t target = target_of(relink, record);
    char name[SMF_DIAGNOSIS_NAME_SIZE] = "?";
    const char *text = name;
    size_t length;
    struct smf_diagnosis why;
    if (record->import) {
        if (smf_image_name(relink->image, record->symbol.name, name, sizeof name, &text, &length, &why) != SMF_OK)
            text = "?";
        return smf_command_fail(relink->path, "code refers to the import '%s' directly: compile it with -fPIC", text);
    }
    if (target == SMF_NO_SYMBOL || base_of(section_of(relink, target)) == BASES)
        return smf_command_fail(relink->path, "code has a relocation of type %u, which cannot be applied",
                                record->relocation.number);
    return smf_command_fail(relink->path, "code refers to %s: --base needs %s=ADDRESS, too",
                            section_of(relink, target)->name, words[base_of(section_of(relink, target))]);
}

/* What the record of the upper half says, for one of a lower half. */
static enum smf_status take_pair(const struct relink *relink, uint32_t section, const struct record *record,
                                 struct record *high, struct smf_operands *operands, struct smf_diagnosis *why)
{
    const uint64_t index = (uint64_t)record->relocation.addend;
    const enum smf_status status =
        read_record(relink, section, index > UINT32_MAX ? UINT32_MAX : (uint32_t)index, high, why);
    if (status != SMF_OK)
        return status;
    operands->s = value_of(relink, high);
    operands->a = high->relocation.addend;
    operands->p = relink->sections[high->patched].address + high->relocation.offset;
    return SMF_OK;
}

static int keep(struct relink *relink, const struct record *record)
{
    const struct smf_write_relocation relocation = {.offset = record->relocation.offset,
                                                    .addend = record->relocation.addend,
                                                    .section = relink->sections[record->patched].index,
                                                    .symbol = record->relocation.symbol,
                                                    .number = record->relocation.number,
                                                    .type = record->relocation.type};
    if (smf_writer_add_relocation(&relink->writer, &relocation) != SMF_OK)
        return smf_command_fail(relink->path, "too many relocations");
    return 0;
}

static int apply(struct relink *relink, uint32_t section, uint32_t index, const struct record *record)
{
    struct relinked *patched = &relink->sections[record->patched];
    const struct smf_section *place = section_of(relink, record->patched);
    const struct record *names = record;
    const uint32_t got = smf_image_find_section(relink->image, ".got");
    struct record high;
    struct smf_diagnosis why = {.index = index};
    struct smf_operands operands = {.s = value_of(relink, record),
                                    .a = record->relocation.addend,
                                    .p = patched->address + record->relocation.offset,
                                    .got = got != SMF_NO_SYMBOL ? relink->sections[got].address : 0};
    if (base_of(place) == BASES) /* debug data stays as it is */
        return keep(relink, record);
    if (record->pair) {
        if (take_pair(relink, section, record, &high, &operands, &why) != SMF_OK)
            return refuse(relink, &why);
        names = &high;
    }
    if (!can_apply(relink, names))
        return base_of(place) == BASE_CODE ? cannot(relink, names) : keep(relink, record);
    if (record->row == NULL || (record->row->flags & SMF_ROW_SETTLE) != 0 ||
        ((record->row->flags & SMF_ROW_SLOT) != 0 && record->row->calc != SMF_CALC_GOT_PAGE))
        return smf_command_fail(relink->path, "relocation %" PRIu32 " of type %u cannot be applied", index,
                                record->relocation.number);
    const size_t size = smf_howto_size(record->row);
    if (record->relocation.offset > place->size || size > place->size - record->relocation.offset)
        return smf_command_fail(relink->path, "relocation %" PRIu32 " lies outside of %s", index, place->name);
    if (smf_howto_apply(relink->arch, record->row, &operands, patched->bytes + record->relocation.offset, &why) !=
        SMF_OK)
        return refuse(relink, &why);
    const uint32_t target = target_of(relink, names);
    patched->fixed = true;
    if (target != SMF_NO_SYMBOL)
        relink->sections[target].fixed = true;
    return 0;
}

/* Code that must lie somewhere, and what the file's own offsets then say about its constants: all that stays is fixed. */
static void make_note(struct relink *relink)
{
    for (uint32_t i = 0; i < relink->image->header.section_count; i++) {
        const struct relinked *relinked = &relink->sections[i];
        if (!relinked->fixed && !(relinked->stays && base_of(section_of(relink, i)) == BASE_CODE))
            continue;
        uint8_t *row = relink->note + relink->note_size;
        memset(row, 0, 16);
        for (unsigned byte = 0; byte < 4; byte++)
            row[byte] = (uint8_t)(relinked->index >> 8 * byte);
        for (unsigned byte = 0; byte < 8; byte++)
            row[8 + byte] = (uint8_t)(relinked->address >> 8 * byte);
        relink->note_size += 16;
    }
}

int smf_relink(struct relink *relink)
{
    for (int base = BASE_CODE; base < BASES; base++)
        for (uint32_t i = 0; i < relink->image->header.section_count; i++)
            if (base_of(section_of(relink, i)) == base &&
                (relink->bases->address[base] & (section_of(relink, i)->alignment - 1)) != 0)
                return smf_command_fail(relink->path, "0x%" PRIx64 " is no multiple of %" PRIu32 ", as %s needs",
                                        relink->bases->address[base], section_of(relink, i)->alignment,
                                        section_of(relink, i)->name);
    int status = find_places(relink);
    if (status == 0)
        status = for_records(relink, apply);
    if (status == 0)
        make_note(relink);
    return status;
}
