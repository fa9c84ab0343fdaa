/* SPDX-License-Identifier: MIT */
/* sections.c - sections that hold templates, written and read again: TemplateCode in the form GTPL 2, TemplateMeta. */
#include <stdlib.h>
#include <string.h>

#include "generic/record/sample.h"
#include "harness/tap.h"
#include "smf/templates.h"
#include "support/template_forge.h"
#include "taker/scene.h"

static struct scene scene;

static bool is_span(const struct smf_span *span, const char *wanted)
{
    char text[64];
    CHECK_STATUS(smf_span_read(&scene.image, span, text, sizeof text, &scene.why), SMF_OK);
    return strcmp(text, wanted) == 0;
}

#define SECTION(title, kind, access, contents, length)                                                                 \
    {                                                                                                                  \
        .name = title, .type = kind, .flags = access, .alignment = 4, .bytes = contents, .size = length                \
    }

/* A file with these bytes as a section behind .text and note.sdn. */
static void make(enum smf_section_type type, const char *name, const void *bytes, size_t size, enum scene_source kind)
{
    const struct forge_section sections[] = {
        SECTION(".text", SMF_SECTION_CODE, 5, "\xC3\xC3", 2),
        SECTION(SMF_NOTE_SDN, SMF_SECTION_TEMPLATE_META, 1, "\n# END_NOTE\n", 12),
        SECTION(name, (uint8_t)type, 1, bytes, size),
    };
    scene_make(&scene, &(struct forge){.layout = FORGE_CANONICAL, .sections = sections, .section_count = 3}, kind);
}

/* ---- TemplateCode ---- */

enum { READY = 4 };
static const struct smf_write_record *const ready[READY] = {&forge_size_of, &forge_swap, &forge_chain, &sample_map};

/* All of them in one section; `offsets` gets where each size lies. */
static size_t write_templates(uint8_t *bytes, size_t capacity, uint32_t *offsets)
{
    static uint8_t records[4096];
    struct smf_write_template templates[READY];
    struct smf_diagnosis why;
    size_t at = 0;
    for (unsigned i = 0; i < READY; i++) {
        size_t size = 0;
        CHECK_STATUS(smf_record_write(ready[i], records + at, sizeof records - at, &size, &why), SMF_OK);
        templates[i] = (struct smf_write_template){ready[i]->exports[0].name, records + at, (uint32_t)size};
        at += size;
        CHECK(at <= sizeof records);
    }
    const size_t size = smf_templates_write(templates, READY, offsets, NULL, 0);
    memset(bytes, 'x', capacity);
    CHECK_EQUAL(smf_templates_write(templates, READY, NULL, bytes, size - 1), size);
    CHECK_EQUAL(bytes[0], 'x');
    CHECK_EQUAL(smf_templates_write(templates, READY, offsets, bytes, size), size);
    CHECK(size < capacity && bytes[size] == 'x');
    return size;
}

/* SPEC [O1], [O3]. */
static void templates_are_found_by_name_and_by_offset(void)
{
    static uint8_t bytes[4096];
    uint32_t offsets[READY];
    struct smf_templates templates;
    struct smf_template entry;
    const size_t size = write_templates(bytes, sizeof bytes, offsets);
    for (unsigned kind = SCENE_STAYS; kind <= SCENE_READ; kind++) {
        make(SMF_SECTION_TEMPLATE_CODE, "templates", bytes, size, (enum scene_source)kind);
        CHECK_STATUS(smf_templates_open(&templates, &scene.image, 2, &scene.why), SMF_OK);
        CHECK_EQUAL(templates.form, SMF_TEMPLATES_RECORDS);
        CHECK_EQUAL(templates.count, READY);
        for (unsigned i = 0; i < READY; i++) {
            const char *name = ready[i]->exports[0].name;
            struct smf_record record;
            CHECK_STATUS(smf_templates_find(&templates, name, strlen(name), &entry, &scene.why), SMF_OK);
            CHECK(entry.record && is_span(&entry.name, name));
            CHECK_EQUAL(entry.body.offset, scene.file.payloads[2] + offsets[i] + 4);
            const uint8_t *word = scene.file.bytes + scene.file.payloads[2] + offsets[i];
            CHECK_EQUAL(word[0] | word[1] << 8 | word[2] << 16 | word[3] << 24, entry.body.size);
            static char body[4096]; /* from any source */
            CHECK_STATUS(smf_span_read(&scene.image, &entry.body, body, sizeof body, &scene.why), SMF_OK);
            CHECK_STATUS(smf_record_open(&record, body, entry.body.size, &scene.why), SMF_OK);
            CHECK_EQUAL(record.unit_count, ready[i]->unit_count);
        }
        scene_end(&scene);
    }
}

static void no_templates_are_a_section_too(void)
{
    static struct payload payload;
    struct smf_templates templates;
    payload.size = smf_templates_write(NULL, 0, NULL, payload.bytes, sizeof payload.bytes);
    CHECK_EQUAL(payload.size, 10);
    scene_templates(&scene, &payload, SCENE_STAYS);
    CHECK_STATUS(smf_templates_open(&templates, &scene.image, 1, &scene.why), SMF_OK);
    CHECK_EQUAL(templates.count, 0);
    scene_end(&scene);
}

/* ---- A module from the forge ---- */

static void a_forged_module_has_what_it_says(void)
{
    static const struct smf_write_record *const records[] = {&forge_swap, &forge_size_of};
    static const struct smf_write_sdn_row rows[] = {
        {.table = SMF_SDN_POSSIBLE, .cells = {"swap", "i32", "swap$i32", "user", "true"}}
    };
    static const uint8_t machines[] = {SMF_ARCH_X86_64, SMF_ARCH_AARCH64, SMF_ARCH_ARM, SMF_ARCH_RISCV64,
                                       SMF_ARCH_RISCV32};
    for (unsigned i = 0; i < sizeof machines; i++) {
        struct smf_templates templates;
        struct smf_template entry;
        struct smf_symbol_template said;
        struct smf_symbol symbol;
        struct smf_sdn note;
        forge_template_module(
            &(struct template_module){
                .records = records, .record_count = 2, .rows = rows, .row_count = 1, .arch = machines[i]},
            &scene.file);
        scene_open(&scene, SCENE_READ);
        CHECK_STATUS(smf_image_check_names(&scene.image, &scene.why), SMF_OK);
        CHECK_EQUAL(scene.image.header.exported_count, 2);
        CHECK_STATUS(smf_templates_open(&templates, &scene.image, smf_templates_section(&scene.image, 0), &scene.why),
                     SMF_OK);
        CHECK_STATUS(smf_image_symbol(&scene.image, 1, &symbol, &scene.why), SMF_OK);
        CHECK_STATUS(smf_image_symbol_template(&scene.image, 1, &said, &scene.why), SMF_OK);
        CHECK_EQUAL(said.parameter_count, 1);
        CHECK_EQUAL(symbol.flags, SMF_SYMBOL_FLAG_TEMPLATE);
        CHECK_STATUS(smf_templates_of_symbol(&templates, "size_of", 7, &said, &entry, &scene.why), SMF_OK);
        const struct smf_section *section = &scene.image.sections[templates.section];
        CHECK_EQUAL(entry.body.offset, section->offset + said.offset + 4);
        CHECK_EQUAL(symbol.value, (said.offset + 4) | (machines[i] == SMF_ARCH_ARM));
        CHECK_STATUS(smf_sdn_open(&note, &scene.image, &scene.why), SMF_OK);
        CHECK_EQUAL(note.rows[SMF_SDN_POSSIBLE], 1);
        scene_end(&scene);
    }
}

/* ---- TemplateMeta ---- */

static const struct smf_write_meta_entry entries[] = {
    {"Ordered", 0,          SMF_TEMPLATE_TRAIT   },
    {"Map",     2,          SMF_TEMPLATE_CLASS   },
    {"sort",    4,          SMF_TEMPLATE_FUNCTION},
    {"Pair",    0xFFFFFFFF, SMF_TEMPLATE_STRUCT  },
    {"Option",  1,          SMF_TEMPLATE_ENUM    },
    {"swap",    0,          SMF_TEMPLATE_FUNCTION},
};
static const uint8_t in_order[] = {2, 5, 1, 3, 4, 0};

static enum smf_status open_meta(const void *bytes, size_t size, struct smf_template_meta *meta)
{
    memset(meta, 0x5A, sizeof *meta);
    make(SMF_SECTION_TEMPLATE_META, "meta", bytes, size, SCENE_READ);
    const enum smf_status status = smf_template_meta(&scene.image, meta, &scene.why);
    if (status != SMF_OK) {
        CHECK_EQUAL(meta->functions, 0x5A5A5A5A);
        CHECK_TEXT(scene.why.name, "meta");
        CHECK_EQUAL(scene.why.index, 2);
    }
    scene_end(&scene);
    return status;
}

static size_t write_meta(uint8_t *bytes, size_t capacity)
{
    const size_t size = smf_template_meta_write(entries, 6, NULL, 0);
    CHECK(size < capacity);
    memset(bytes, 'x', capacity);
    CHECK_EQUAL(smf_template_meta_write(entries, 6, bytes, size - 1), size);
    CHECK_EQUAL(bytes[0], 'x');
    CHECK_EQUAL(smf_template_meta_write(entries, 6, bytes, size), size);
    CHECK_EQUAL(bytes[size], 'x');
    return size;
}

/* SPEC [U12]. */
static void meta_is_read_as_it_was_written(void)
{
    uint8_t bytes[256];
    const size_t size = write_meta(bytes, sizeof bytes);
    for (unsigned kind = SCENE_STAYS; kind <= SCENE_READ; kind++) {
        struct smf_template_meta meta;
        struct smf_template_meta_entry entry;
        size_t cursor = 0;
        make(SMF_SECTION_TEMPLATE_META, "meta", bytes, size, (enum scene_source)kind);
        CHECK_STATUS(smf_template_meta(&scene.image, &meta, &scene.why), SMF_OK);
        CHECK_EQUAL(meta.functions, 2);
        CHECK_EQUAL(meta.structs, 2);
        CHECK_EQUAL(meta.enums, 1);
        CHECK_EQUAL(meta.traits, 1);
        CHECK_EQUAL(meta.entries, 6);
        for (unsigned i = 0; i < 6; i++) {
            CHECK_STATUS(smf_template_meta_next(&scene.image, &cursor, &entry, &scene.why), SMF_OK);
            CHECK(is_span(&entry.name, entries[in_order[i]].name));
            CHECK_EQUAL(entry.specializations, entries[in_order[i]].specializations);
        }
        CHECK_STATUS(smf_template_meta_next(&scene.image, &cursor, &entry, &scene.why), SMF_ERR_NOT_FOUND);
        CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NO_META_LEFT);
        scene_end(&scene);
    }
}

static void counts_alone_are_enough(void)
{
    static const uint8_t bytes[] = "META\1\0\3\0\0\0\0\0\0\0\0\0\0\0\xFF\xFF\xFF\xFF";
    struct smf_template_meta meta;
    struct smf_template_meta_entry entry;
    size_t cursor = 0;
    CHECK_STATUS(open_meta(bytes, 22, &meta), SMF_OK);
    CHECK(meta.functions == 3 && meta.traits == 0xFFFFFFFF && meta.entries == 0);
    make(SMF_SECTION_TEMPLATE_META, "meta", bytes, 22, SCENE_STAYS);
    CHECK_STATUS(smf_template_meta_next(&scene.image, &cursor, &entry, &scene.why), SMF_ERR_NOT_FOUND);
    scene_end(&scene);
}

static void meta_that_does_not_end_where_it_should(void)
{
    uint8_t bytes[256];
    const size_t size = write_meta(bytes, sizeof bytes);
    struct smf_template_meta meta;
    for (size_t cut = 0; cut < size; cut++) {
        const enum smf_status status = open_meta(bytes, cut, &meta);
        tap_variant("size=%u", (unsigned)cut);
        CHECK_STATUS(status, cut < 6 ? SMF_ERR_OPAQUE : cut == 22 ? SMF_OK : SMF_ERR_FORMAT);
        if (status == SMF_ERR_FORMAT)
            CHECK_EQUAL(scene.why.detail, SMF_DETAIL_TEMPLATE_META);
    }
    tap_variant("%s", "");
    CHECK_STATUS(open_meta(bytes, size + 1, &meta), SMF_ERR_FORMAT);
    for (unsigned i = 0; i < 6; i++) {
        bytes[i] ^= 2;
        CHECK_STATUS(open_meta(bytes, size, &meta), SMF_ERR_OPAQUE);
        CHECK_EQUAL(scene.why.detail, SMF_DETAIL_META_OPAQUE);
        bytes[i] ^= 2;
    }
    for (unsigned i = 6; i < 22; i += 4) { /* wrong counts, and sums that do not fit a word */
        bytes[i]++;
        CHECK_STATUS(open_meta(bytes, size, &meta), SMF_ERR_FORMAT);
        bytes[i] -= 2;
        CHECK_STATUS(open_meta(bytes, size, &meta), SMF_ERR_FORMAT);
        bytes[i]++;
    }
    memset(bytes + 6, 0xFF, 16);
    CHECK_STATUS(open_meta(bytes, size, &meta), SMF_ERR_FORMAT);
    CHECK_EQUAL(scene.why.value, sizeof(size_t) == 8 ? UINT64_C(0x3FFFFFFFC) : SIZE_MAX);
}

static void meta_is_no_note_and_not_compressed(void)
{
    struct smf_template_meta meta;
    struct smf_template_meta_entry entry;
    size_t cursor = 0;
    scene_note(&scene, "\n# END_NOTE\n", true, SCENE_STAYS);
    CHECK_STATUS(smf_template_meta(&scene.image, &meta, &scene.why), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NO_TEMPLATE_META);
    CHECK_STATUS(smf_template_meta_next(&scene.image, &cursor, &entry, NULL), SMF_ERR_NOT_FOUND);
    scene_end(&scene);
    make(SMF_SECTION_TEMPLATE_META, "meta", "META", 4, SCENE_STAYS);
    scene.sections[2].flags |= SMF_SECTION_COMPRESSED;
    CHECK_STATUS(smf_template_meta(&scene.image, &meta, &scene.why), SMF_ERR_COMPRESSED);
    CHECK_STATUS(smf_template_meta_next(&scene.image, &cursor, &entry, &scene.why), SMF_ERR_COMPRESSED);
    scene_end(&scene);
}

static void every_read_of_meta_may_fail(void)
{
    uint8_t bytes[256];
    const size_t size = write_meta(bytes, sizeof bytes);
    unsigned fail = 1;
    for (enum smf_status status = SMF_ERR_IO; status == SMF_ERR_IO; fail++) {
        struct smf_template_meta meta;
        make(SMF_SECTION_TEMPLATE_META, "meta", bytes, size, SCENE_READ);
        scene.reads = 0;
        scene.fail_at = fail;
        status = smf_template_meta(&scene.image, &meta, &scene.why);
        if (status != SMF_OK)
            CHECK_STATUS(status, SMF_ERR_IO);
        scene_end(&scene);
    }
    CHECK(fail > 2);
}

static void meta_that_changes(void)
{
    uint8_t bytes[256];
    const size_t size = write_meta(bytes, sizeof bytes);
    struct smf_template_meta_entry entry;
    size_t cursor = 0;
    make(SMF_SECTION_TEMPLATE_META, "meta", bytes, size, SCENE_STAYS);
    scene.file.bytes[scene.file.payloads[2] + 22] = 0xFF; /* the size of the first name */
    CHECK_STATUS(smf_template_meta_next(&scene.image, &cursor, &entry, &scene.why), SMF_ERR_CHANGED);
    CHECK_EQUAL(cursor, 0);
    scene_end(&scene);
}

static const struct tap_case cases[] = {
    {"templates_are_found_by_name_and_by_offset", templates_are_found_by_name_and_by_offset},
    {"no_templates_are_a_section_too",            no_templates_are_a_section_too           },
    {"a_forged_module_has_what_it_says",          a_forged_module_has_what_it_says         },
    {"meta_is_read_as_it_was_written",            meta_is_read_as_it_was_written           },
    {"counts_alone_are_enough",                   counts_alone_are_enough                  },
    {"meta_that_does_not_end_where_it_should",    meta_that_does_not_end_where_it_should   },
    {"meta_is_no_note_and_not_compressed",        meta_is_no_note_and_not_compressed       },
    {"every_read_of_meta_may_fail",               every_read_of_meta_may_fail              },
    {"meta_that_changes",                         meta_that_changes                        },
};
TAP_MAIN(cases)
