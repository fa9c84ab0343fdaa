/* SPDX-License-Identifier: MIT */
/*
 * What canonical files say, and that each bit of their tables says what it is
 * meant to say and nothing else. Runs in every build of core/image, also in one
 * that reads no older layouts.
 */
#include <string.h>

#include "harness/tap.h"
#include "smf/hash.h"
#include "support/forge.h"
#include "support/module.h"

static struct opened opened;
static struct forged file;
static struct forge_section sections[WHOLE_SECTIONS];

/* The whole module, with sections that a test may change. */
static struct forge describe(void)
{
    struct forge what = whole_module(FORGE_CANONICAL);
    memcpy(sections, what.sections, sizeof sections);
    what.sections = sections;
    return what;
}

static void opens_and_says_everything(void)
{
    static const char stub[] = "#!/usr/bin/env smf run         \n"; /* 32 bytes */
    for (int stubbed = 0; stubbed < 2; stubbed++) {
        struct forge what = describe();
        uint32_t count;
        what.stub = stub;
        what.stub_size = stubbed ? 32 : 0;
        forge_make(&what, &file);
        CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_OK);
        CHECK(opened.image.header.canonical);
        CHECK(opened.image.header.p_family);
        CHECK_EQUAL(opened.image.header.layout, SMF_LAYOUT_P128);
        CHECK_EQUAL(opened.image.header.base, what.stub_size);
        CHECK_EQUAL(opened.image.header.position, file.header);
        CHECK_EQUAL(opened.image.header.header_size, 128);
        CHECK_EQUAL(opened.image.header.section_stride, 64);
        CHECK_EQUAL(opened.image.header.symbol_stride, 56);
        CHECK_EQUAL(opened.image.string_table, file.strings);
        CHECK_EQUAL(opened.sections[WHOLE_DATA].offset, file.payloads[WHOLE_DATA]);
        const struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
        CHECK_STATUS(smf_image_count_sections(&opened.image, &source, &count, &opened.why), SMF_OK);
        CHECK_EQUAL(count, WHOLE_SECTIONS);
        forge_free(&file);
    }
}

/* Cut anywhere, a canonical file is no module. */
static void a1_cut_anywhere(void)
{
    const struct forge what = describe();
    forge_make(&what, &file);
    for (size_t size = 0; size < file.size; size++) {
        const enum smf_status status = read_all_bytes(&opened, file.bytes, size, true);
        tap_check(status != SMF_OK && status == opened.why.status, __FILE__, __LINE__, "opens with %zu of %zu bytes",
                  size, file.size);
    }
    forge_free(&file);
}

/* note.sdn may say that it has no size: its end is found by reading it, which opening does not (FORMAT 2.4). */
static void a_note_sdn_without_a_size(void)
{
    struct forge what = describe();
    sections[WHOLE_DEBUG] = (struct forge_section){.name = SMF_NOTE_SDN, .type = SMF_SECTION_TEMPLATE_META, .flags = 1};
    forge_make(&what, &file);
    const size_t entry = forge_section_entry(&file, WHOLE_DEBUG);
    static const struct {
        int64_t from_header; /* the field points there */
        enum smf_status status;
    } rows[] = {
        {-200, SMF_OK           }, /* among the symbols: nothing is claimed, no terminator is asked for */
        {-1,   SMF_OK           },
        {0,    SMF_OK           }, /* the last place: nothing behind it but the header */
        {1,    SMF_ERR_TRUNCATED},
        {9999, SMF_ERR_TRUNCATED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint64_t offset = file.header + (uint64_t)rows[i].from_header;
        forge_put64(&file, entry + SMF_T_OFFSET, offset);
        forge_rehash(&file);
        CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), rows[i].status);
        if (rows[i].status != SMF_OK)
            continue;
        CHECK_EQUAL(opened.sections[WHOLE_DEBUG].offset, offset);
        CHECK_EQUAL(opened.sections[WHOLE_DEBUG].size, 0);
    }
    forge_put64(&file, entry + SMF_T_OFFSET, UINT64_MAX);
    forge_rehash(&file);
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_ERR_TRUNCATED);
    forge_put64(&file, entry + SMF_T_NAME, 0x78); /* any other section without a size lies nowhere */
    forge_rehash(&file);
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_OK);
    CHECK_EQUAL(opened.sections[WHOLE_DEBUG].offset, 0);
    forge_free(&file);
}

/* Types that come later are skipped, up to 63 (SPEC [T1]); nothing of them is loaded. */
static void section_types_of_the_future(void)
{
    struct forge what = describe();
    what.symbol_count = what.exported_count = 0;
    what.section_count = 1;
    for (unsigned type = 0; type < 256; type++) {
        const bool known = type >= 1 && type <= 5, refused = type == 0 || type == 6 || type == 9 || type > 63;
        if (known)
            continue;
        sections[0] = (struct forge_section){.name = "x", .raw_type = (uint8_t)type, .bytes = "payload", .size = 7};
        sections[0].type = SMF_SECTION_DEBUG;
        what.flags = 0;
        what.entry = 0;
        forge_make(&what, &file);
        if (type == 0)
            forge_put8(&file, forge_section_entry(&file, 0), 0);
        forge_rehash(&file);
        const enum smf_status status = read_all_bytes(&opened, file.bytes, file.size, true);
        tap_check(status == (refused ? SMF_ERR_FORMAT : SMF_OK), __FILE__, __LINE__, "type %u: %s", type,
                  smf_status_name(status));
        if (status == SMF_OK) {
            CHECK_EQUAL(opened.sections[0].type, type);
            CHECK_EQUAL(opened.image.code_size, 0);
        }
        forge_free(&file);
    }
}

/* Everything that an open image says, item by item: what it is about, which record, which field. */
enum about { IN_HEADER, IN_SECTION, IN_SYMBOL, IN_RELOCATION };
struct item {
    uint64_t value;
    uint16_t about, record, field; /* field: offset in the file's entry */
};
static struct item good[400], found[400];

static size_t add(struct item *items, size_t count, enum about about, uint32_t record, uint32_t field, uint64_t value)
{
    items[count] = (struct item){value, (uint16_t)about, (uint16_t)record, (uint16_t)field};
    return count + 1;
}

static size_t say_header(struct item *items)
{
    const struct smf_image *image = &opened.image;
    const struct smf_header *header = &image->header;
    const struct {
        uint32_t field;
        uint64_t value;
    } fields[] = {
        {SMF_H_MAJOR,             header->major                        },
        {SMF_H_MINOR,             header->minor                        },
        {SMF_H_PLATFORM,          header->platform                     },
        {SMF_H_ARCH,              header->arch                         },
        {SMF_H_FLAGS,             header->flags                        },
        {SMF_P128_COMPRESSION,    header->compression                  },
        {SMF_P128_SECTION_COUNT,  header->section_count                },
        {SMF_P128_SECTION_TABLE,  image->section_table                 },
        {SMF_P128_SYMBOL_TABLE,   image->symbol_table                  },
        {SMF_P128_SYMBOL_COUNT,   header->symbol_count                 },
        {SMF_P128_EXPORTED_COUNT, header->exported_count               },
        {SMF_P128_ENTRY_POINT,    header->entry_point                  },
        {SMF_P128_STUB_SIZE,      header->stub_size                    },
        {SMF_P128_DATA_OFFSET,    header->base                         },
        {SMF_P128_MODULE_HASH,    header->module_hash                  },
        {SMF_P128_SOURCE_HASH,    header->source_hash                  },
        {SMF_P128_ABI,            header->abi                          },
        {SMF_P128_CPU,            header->cpu                          },
        {0,                       header->position                     },
        {0,                       header->layout                       },
        {0,                       header->section_stride               },
        {0,                       header->symbol_stride                },
        {0,                       image->string_table                  },
        {0,                       image->string_size                   },
        {0,                       image->code_size                     },
        {0,                       image->first_code                    },
        {0,                       header->canonical && header->p_family},
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        count = add(items, count, IN_HEADER, 0, fields[i].field, fields[i].value);
    return count;
}

static size_t say_section(struct item *items, size_t count, uint32_t index)
{
    const struct smf_section *section = &opened.sections[index];
    count = add(items, count, IN_SECTION, index, SMF_T_TYPE, section->type);
    count = add(items, count, IN_SECTION, index, SMF_T_FLAGS, section->flags);
    count = add(items, count, IN_SECTION, index, SMF_T_OFFSET, section->offset);
    count = add(items, count, IN_SECTION, index, SMF_T_SIZE, section->size);
    count = add(items, count, IN_SECTION, index, SMF_T_VIRTUAL_SIZE, section->virtual_size);
    count = add(items, count, IN_SECTION, index, SMF_T_ALIGNMENT, section->alignment);
    count = add(items, count, IN_SECTION, index, SMF_T64A_LINK, section->link);
    count = add(items, count, IN_SECTION, index, SMF_T64A_SETTLED, section->settled);
    return add(items, count, IN_SECTION, index, SMF_T_NAME,
               smf_hash64(SMF_FNV64_BASIS, section->name, sizeof section->name));
}

static size_t say_symbol(struct item *items, size_t count, uint32_t index)
{
    struct smf_symbol symbol;
    const char *name;
    size_t length;
    if (smf_image_symbol(&opened.image, index, &symbol, &opened.why) != SMF_OK ||
        smf_image_name(&opened.image, symbol.name, NULL, 0, &name, &length, &opened.why) != SMF_OK)
        return count; /* read_all_bytes() has just read it: items are missing then, and the sizes differ */
    count = add(items, count, IN_SYMBOL, index, SMF_S_NAME, symbol.name);
    count = add(items, count, IN_SYMBOL, index, SMF_S_NAME, smf_hash64(SMF_FNV64_BASIS, name, length));
    count = add(items, count, IN_SYMBOL, index, SMF_S_HASH, symbol.hash);
    count = add(items, count, IN_SYMBOL, index, SMF_S_TYPE, symbol.type);
    count = add(items, count, IN_SYMBOL, index, SMF_S_TYPE + 1, symbol.binding);
    count = add(items, count, IN_SYMBOL, index, SMF_S_TYPE + 3, symbol.flags);
    count = add(items, count, IN_SYMBOL, index, SMF_S_VALUE, symbol.value);
    count = add(items, count, IN_SYMBOL, index, SMF_S_SIZE, symbol.size + symbol.stub_size);
    count = add(items, count, IN_SYMBOL, index, SMF_S56_SECTION, symbol.section);
    return add(items, count, IN_SYMBOL, index, SMF_S56_SECTION, symbol.place);
}

static size_t say_everything(struct item *items)
{
    size_t count = say_header(items);
    for (uint32_t i = 0; i < opened.image.header.section_count; i++)
        count = say_section(items, count, i);
    for (uint32_t i = 0; i < opened.image.header.symbol_count; i++)
        count = say_symbol(items, count, i);
    uint32_t number = 0;
    for (uint32_t i = 0; i < opened.image.header.section_count; i++)
        for (uint32_t k = 0; k < smf_image_relocation_count(&opened.image, i); k++, number++) {
            struct smf_relocation record;
            if (smf_image_relocation(&opened.image, i, k, &record, &opened.why) != SMF_OK)
                return count;
            count = add(items, count, IN_RELOCATION, number, SMF_R_OFFSET, record.offset);
            count = add(items, count, IN_RELOCATION, number, SMF_R_SYMBOL, record.symbol);
            count = add(items, count, IN_RELOCATION, number, SMF_R_TYPE, record.type);
            count = add(items, count, IN_RELOCATION, number, SMF_R_NUMBER, record.number);
            count = add(items, count, IN_RELOCATION, number, SMF_R_ADDEND, (uint64_t)record.addend);
        }
    return count;
}

/* The fields of an entry begin here; a bit belongs to the last one that begins before it. */
static const uint8_t header_fields[] = {0,  4,  5,  6,  7,  8,  12, 13, 14, 16, 20, 28,  36,  40, 44,
                                        52, 56, 60, 68, 76, 77, 79, 81, 82, 83, 88, 104, 108, 112};
static const uint8_t section_fields[] = {0, 1, 4, 8, 16, 24, 32, 40, 56, 60};
static const uint8_t symbol_fields[] = {0, 4, 8, 9, 10, 11, 12, 16, 24, 32, 36, 40, 41, 43, 48};
static const uint8_t record_fields[] = {0, 8, 12, 13, 15, 16};

static uint8_t field_of(const uint8_t *fields, size_t count, size_t offset)
{
    uint8_t field = 0;
    for (size_t i = 0; i < count && fields[i] <= offset; i++)
        field = fields[i];
    return field;
}
#define FIELD(fields, offset) field_of(fields, sizeof(fields), offset)

/* Flip each bit of one entry. What is accepted may say something else in the field of the bit, and nowhere else. */
static size_t flip_entry(enum about about, uint32_t record, size_t at, size_t size, size_t count)
{
    size_t accepted = 0;
    for (size_t bit = 0; bit < 8 * size; bit++) {
        const size_t offset = bit / 8;
        const uint8_t field = about == IN_HEADER    ? FIELD(header_fields, offset)
                              : about == IN_SECTION ? FIELD(section_fields, offset)
                              : about == IN_SYMBOL  ? FIELD(symbol_fields, offset)
                                                    : FIELD(record_fields, offset);
        file.bytes[at + offset] ^= (uint8_t)(1u << bit % 8);
        const enum smf_status status = read_all_bytes(&opened, file.bytes, file.size, false);
        const size_t said = status == SMF_OK ? say_everything(found) : count;
        tap_check(said == count, __FILE__, __LINE__, "bit %zu of entry %d/%u: %zu items", bit, (int)about, record,
                  said);
        for (size_t i = 0; status == SMF_OK && said == count && i < count; i++) {
            const bool own = found[i].about == about && found[i].record == record && found[i].field == field;
            /* The code area is as large as its sections say. */
            const bool code = about == IN_SECTION && field == SMF_T_VIRTUAL_SIZE && found[i].about == IN_HEADER &&
                              found[i].value == opened.image.code_size;
            /* A payload of no bytes lies nowhere. */
            const bool empty = about == IN_SECTION && field == SMF_T_SIZE && found[i].field == SMF_T_OFFSET &&
                               found[i].about == about && found[i].record == record && found[i].value == 0;
            tap_check(found[i].value == good[i].value || own || code || empty, __FILE__, __LINE__,
                      "bit %zu of entry %d/%u changes item %d/%d at %d", bit, (int)about, record, found[i].about,
                      found[i].record, found[i].field);
        }
        accepted += status == SMF_OK;
        file.bytes[at + offset] ^= (uint8_t)(1u << bit % 8);
    }
    return accepted;
}

static void a6_a9_each_bit_says_one_thing(void)
{
    const struct forge what = describe();
    size_t accepted = 0;
    forge_make(&what, &file);
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_OK);
    const size_t count = say_everything(good);
    const size_t text_rel = file.payloads[WHOLE_TEXT_REL], data_rel = file.payloads[WHOLE_DATA_REL];
    accepted += flip_entry(IN_HEADER, 0, file.header, file.header_size, count);
    for (uint32_t i = 0; i < WHOLE_SECTIONS; i++)
        accepted += flip_entry(IN_SECTION, i, forge_section_entry(&file, i), file.section_stride, count);
    for (uint32_t i = 0; i < WHOLE_SYMBOLS; i++)
        accepted += flip_entry(IN_SYMBOL, i, forge_symbol_entry(&file, i), file.symbol_stride, count);
    for (uint32_t i = 0; i < 5; i++)
        accepted += flip_entry(IN_RELOCATION, i, i < 3 ? text_rel + 24 * i : data_rel + 24 * (i - 3), 24, count);
    tap_note("%zu flips accepted", accepted);
    CHECK(accepted > 100);
    forge_free(&file);
}

static const struct tap_case cases[] = {
    {"opens_and_says_everything",     opens_and_says_everything    },
    {"a1_cut_anywhere",               a1_cut_anywhere              },
    {"a_note_sdn_without_a_size",     a_note_sdn_without_a_size    },
    {"section_types_of_the_future",   section_types_of_the_future  },
    {"a6_a9_each_bit_says_one_thing", a6_a9_each_bit_says_one_thing},
};
TAP_MAIN(cases)
