/* SPDX-License-Identifier: MIT */
/* relocations.c - the relocations of the sections that are taken; addends in fields move into the records. */
#include "build.h"
#include "debug.h"

/* One entry, whether REL or RELA. */
static bool get_entry(Elf_Data *data, bool explicit_addend, int index, GElf_Rela *entry)
{
    if (explicit_addend)
        return gelf_getrela(data, index, entry) != NULL;
    GElf_Rel plain;
    if (gelf_getrel(data, index, &plain) == NULL)
        return false;
    *entry = (GElf_Rela){.r_offset = plain.r_offset, .r_info = plain.r_info};
    return true;
}

static void note_reference(const struct record *record)
{
    struct symbol *symbol = record->symbol;
    if (symbol == NULL || symbol->global == NULL || record->row->calc == SMF_CALC_NONE)
        return;
    symbol->global->referenced = true;
    if (symbol->binding != STB_WEAK)
        symbol->global->strong = true;
}

static bool read_record(struct build *build, struct input *input, const GElf_Rela *entry, bool explicit_addend,
                        struct record *record)
{
    struct object *object = input->object;
    const uint32_t type = (uint32_t)GELF_R_TYPE(entry->r_info);
    const uint64_t index = GELF_R_SYM(entry->r_info);
    if (index >= object->symbol_count && index != 0)
        return build_fail_at(build, input, entry->r_offset, "relocation names symbol %llu, which there is not",
                             (unsigned long long)index);
    record->symbol = index == 0 ? NULL : &object->symbols[index];
    if (record->symbol != NULL && record->symbol->global == NULL && record->symbol->place != PLACE_SECTION &&
        record->symbol->place != PLACE_ABSOLUTE)
        return build_fail_at(build, input, entry->r_offset,
                             "relocation names the local symbol %llu ('%s'), which has no place",
                             (unsigned long long)index, record->symbol->name);
    record->row = smf_arch_row(build->arch, type);
    record->offset = entry->r_offset;
    record->addend = entry->r_addend;
    if (record->row == NULL || (record->symbol != NULL && record->symbol->type == STT_TLS))
        return build_fail_at(
            build, input, entry->r_offset, "%s against '%s' is not supported%s", build_type_name(build, type),
            build_symbol_name(record->symbol),
            record->symbol != NULL && record->symbol->type == STT_TLS ? ": modules have no thread-local storage" : "");
    const size_t size = smf_howto_size(record->row);
    if (entry->r_offset > input->size || input->size - entry->r_offset < size || (size != 0 && input->bytes == NULL))
        return build_fail_at(build, input, entry->r_offset, "%s lies outside of its section",
                             build_type_name(build, type));
    if (!explicit_addend && size != 0)
        record->addend = smf_howto_addend(record->row, input->bytes + entry->r_offset, true);
    return true;
}

static bool read_section(struct build *build, struct input *input)
{
    const bool explicit_addend = input->object->inputs[input->relocations].type == SHT_RELA;
    Elf_Scn *section = elf_getscn(input->object->elf, input->relocations);
    GElf_Shdr header;
    Elf_Data *data = section == NULL ? NULL : elf_getdata(section, NULL);
    if (data == NULL || gelf_getshdr(section, &header) == NULL || header.sh_entsize == 0)
        return build_fail_at(build, input, 0, "its relocations cannot be read: %s", elf_errmsg(-1));
    if (input->bytes == NULL && header.sh_size != 0)
        return build_fail_at(build, input, 0, "it has relocations, but no bytes");
    if (header.sh_link >= input->object->input_count || input->object->inputs[header.sh_link].type != SHT_SYMTAB)
        return build_fail_at(build, input, 0, "its relocations count in section %llu, which is no symbol table",
                             (unsigned long long)header.sh_link);
    input->record_count = (size_t)(header.sh_size / header.sh_entsize);
    input->records = pool_array(&build->pool, input->record_count, sizeof *input->records);
    for (size_t i = 0; i < input->record_count; i++) {
        GElf_Rela entry;
        if (!get_entry(data, explicit_addend, (int)i, &entry))
            return build_fail_at(build, input, 0, "relocation %zu cannot be read: %s", i, elf_errmsg(-1));
        if (!read_record(build, input, &entry, explicit_addend, &input->records[i]))
            return false;
        if (input->taken)
            note_reference(&input->records[i]);
    }
    return true;
}

#define R_ARM_BASE_PREL 25u
#define R_ARM_GOT_BREL 26u

/* Code that counts from the GOT without computing where that is expects it in a register that its caller sets. */
static bool check_got_register(struct build *build, struct object *object)
{
    const struct input *named = NULL;
    uint64_t place = 0;
    bool computed = false;
    for (size_t i = 1; i < object->input_count; i++)
        for (size_t r = 0; r < object->inputs[i].record_count; r++) {
            const struct record *record = &object->inputs[i].records[r];
            computed = computed || record->row->type == R_ARM_BASE_PREL;
            if (record->row->type == R_ARM_GOT_BREL && named == NULL) {
                named = &object->inputs[i];
                place = record->offset;
            }
        }
    return named == NULL || computed ||
           build_fail_at(build, named, place, "code that expects its caller to set a GOT register (-msingle-pic-base)");
}

bool build_read_relocations(struct build *build, struct object *object)
{
    for (size_t i = 1; i < object->input_count; i++) {
        struct input *input = &object->inputs[i];
        if (input->relocations != 0 && (input->taken || build_is_debug(build, input)) && !read_section(build, input))
            return false;
    }
    return build->machine != EM_ARM || check_got_register(build, object);
}
