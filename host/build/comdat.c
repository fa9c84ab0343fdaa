/* SPDX-License-Identifier: MIT */
/* comdat.c - of each COMDAT group the first copy is taken (gABI, "Section Groups"). */
#include "build.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *left, const void *right) { return strcmp(left, right); }

/* Is there a group with this signature already? Else there is now. */
static bool met(struct build *build, const char *signature)
{
    const char **found = tsearch(signature, &build->groups, compare);
    return found != NULL && *found != signature;
}

void build_forget_groups(struct build *build)
{
    while (build->groups != NULL)
        tdelete(*(const char **)build->groups, &build->groups, compare);
}

/* A group's signature is the name of a symbol, or of the section that a section symbol means. */
static const char *signature_of(struct object *object, const GElf_Shdr *group)
{
    GElf_Shdr header;
    GElf_Sym symbol;
    Elf_Scn *table = elf_getscn(object->elf, group->sh_link);
    if (table == NULL || gelf_getshdr(table, &header) == NULL || header.sh_type != SHT_SYMTAB ||
        gelf_getsym(elf_getdata(table, NULL), (int)group->sh_info, &symbol) == NULL)
        return NULL;
    if (GELF_ST_TYPE(symbol.st_info) == STT_SECTION && symbol.st_shndx < object->input_count)
        return object->inputs[symbol.st_shndx].name;
    return elf_strptr(object->elf, header.sh_link, symbol.st_name);
}

bool build_drop_groups(struct build *build, struct object *object)
{
    for (size_t i = 1; i < object->input_count; i++) {
        struct input *input = &object->inputs[i];
        if (input->type != SHT_GROUP)
            continue;
        Elf_Scn *section = elf_getscn(object->elf, i);
        Elf_Data *data = section == NULL ? NULL : elf_getdata(section, NULL);
        GElf_Shdr header;
        if (data == NULL || gelf_getshdr(section, &header) == NULL || data->d_size < sizeof(Elf32_Word))
            return build_fail_at(build, input, 0, "section group cannot be read: %s", elf_errmsg(-1));
        const Elf32_Word *words = data->d_buf;
        const char *signature = signature_of(object, &header);
        if (signature == NULL)
            return build_fail_at(build, input, 0, "section group without a signature");
        if ((words[0] & GRP_COMDAT) == 0 || !met(build, signature))
            continue;
        for (size_t k = 1; k < data->d_size / sizeof *words; k++) {
            if (words[k] >= object->input_count)
                return build_fail_at(build, input, 4 * k, "section group names section %u, which there is not",
                                     (unsigned)words[k]);
            object->inputs[words[k]].discarded = true;
        }
    }
    return true;
}
