/* SPDX-License-Identifier: MIT */
/*
 * make_files.c - files for verify.py: make_files FOLDER writes modules with templates, good ones and each with one thing
 * wrong, and prints a line for each: its name, a tab, and what `smf verify` has to say ("" if it is good).
 */
#include <stdio.h>
#include <string.h>

#include "generic/record/sample.h"
#include "support/template_forge.h"

static const char *folder;
static int result;

static void write_file(const char *name, const struct forged *file, const char *says)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.smf", folder, name);
    FILE *out = fopen(path, "wb");
    if (out == NULL || fwrite(file->bytes, 1, file->size, out) != file->size) {
        fprintf(stderr, "%s: cannot be written\n", path);
        result = 1;
    }
    if (out != NULL)
        fclose(out);
    printf("%s\t%s\n", name, says);
}

static const struct smf_write_sdn_row rows[] = {
    {.table = SMF_SDN_POSSIBLE,     .cells = {"swap", "i32", "swap$i32", "user", "true"}},
    {.table = SMF_SDN_DEPENDENCIES, .cells = {"a", "b", "inner_type"}                   }
};

/* The byte `offset` behind the last place of `what` becomes `value`; NULL: nothing changes. */
static void make(const char *name, unsigned arch, const struct smf_write_record *record,
                 const struct forge_section *more, const char *what, size_t offset, uint8_t value, const char *says)
{
    const struct smf_write_record *const records[] = {record, &forge_swap};
    struct forged file;
    forge_template_module(&(struct template_module){.records = records,
                                                    .record_count = 2,
                                                    .rows = rows,
                                                    .row_count = 2,
                                                    .sections = more,
                                                    .section_count = more != NULL,
                                                    .arch = (uint8_t)arch},
                          &file);
    for (size_t i = file.section_table; what != NULL && i-- != 0;)
        if (memcmp(file.bytes + i, what, strlen(what)) == 0) {
            file.bytes[i + offset] = value;
            what = NULL;
        }
    if (what != NULL)
        result = 1;
    write_file(name, &file, says);
    forge_free(&file);
}

/* One relocation of the first template's first unit is another one. */
static void make_patch(const char *name, struct smf_unit_relocation patch, const char *says)
{
    struct smf_write_record record = forge_size_of;
    struct smf_write_unit unit = record.units[0];
    unit.relocations = &patch;
    record.units = &unit;
    record.unit_count = 1;
    make(name, SMF_ARCH_AARCH64, &record, NULL, NULL, 0, 0, says); /* its machine is another one than the module's */
}

int main(int count, char **words)
{
    static const struct forge_section meta = {.name = "meta",
                                              .type = SMF_SECTION_TEMPLATE_META,
                                              .flags = 1,
                                              .alignment = 1,
                                              .bytes = "META\1\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\4\0\0\0swap\0\0\0\0",
                                              .size = 34};
    static const unsigned machines[] = {SMF_ARCH_X86_64, SMF_ARCH_AARCH64, SMF_ARCH_ARM, SMF_ARCH_RISCV64,
                                        SMF_ARCH_RISCV32};
    if (count != 2)
        return 2;
    folder = words[1];
    for (unsigned i = 0; i < 5; i++) {
        char name[16];
        snprintf(name, sizeof name, "good%u", i);
        make(name, machines[i], &forge_size_of, &meta, NULL, 0, 0, "");
    }
    make("later", SMF_ARCH_X86_64, &forge_size_of, NULL, "SMFT", 4, 2, "");
    make("opaque_meta", SMF_ARCH_X86_64, &forge_size_of, &meta, "META", 4, 2, "");
    make("record", SMF_ARCH_X86_64, &forge_size_of, NULL, "SMFT", 7, 33, "a template of 33 functions");
    make("text", SMF_ARCH_X86_64, &forge_size_of, NULL, "\7size_of", 1, 0,
         "a zero among the names of a template record");
    make("name", SMF_ARCH_X86_64, &forge_size_of, NULL, "\7size_of", 4, 'x', "under another name");
    make("section", SMF_ARCH_X86_64, &forge_size_of, NULL, "GTPL", 6, 3,
         "section 'templates' says that it has 3 templates");
    make("meta", SMF_ARCH_X86_64, &forge_size_of, &meta, "META", 6, 2, "section 'meta' says that it has 2 entries");
    make("note", SMF_ARCH_X86_64, &forge_size_of, NULL, "possible |id", 10, '1', "note 'note.sdn' is malformed");
    make_patch("row", (struct smf_unit_relocation){.offset = 1, .type = 999}, "no relocation type 0x3e7");
    make_patch("field", (struct smf_unit_relocation){.offset = 3, .type = 10}, "patches offset 3 of 6 bytes");
    make_patch("slot", (struct smf_unit_relocation){.offset = 1, .type = 42},
               "template 'size_of': relocation 0 of type 0x2a");
    return result;
}
