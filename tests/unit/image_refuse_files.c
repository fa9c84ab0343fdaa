/* SPDX-License-Identifier: MIT */
/* Notes, whole files of other kinds, and calls that ask for the impossible. */
#include "image_refusals.h"

void notes(void)
{
    static const struct patch patches[] = {
        {"record past the note", PAYLOAD, WHOLE_NOTE, 2,  2, 0x1000,     D(NOTE)    },
        {"name of 64 bytes",     PAYLOAD, WHOLE_NOTE, 2,  2, 64,         D(NOTE)    },
        {"NUL in a name",        PAYLOAD, WHOLE_NOTE, 6,  1, 0,          D(NOTE)    },
        {"version of 4 bytes",   PAYLOAD, WHOLE_NOTE, 14, 2, 4,          D(NOTE)    },
        {"must-know tag",        PAYLOAD, WHOLE_NOTE, 0,  2, 0x8001,     D(NOTE_TAG)},
        {"more rows",            PAYLOAD, WHOLE_DEPS, 0,  4, 3,          D(NOTE)    },
        {"fewer rows",           PAYLOAD, WHOLE_DEPS, 0,  4, 1,          D(NOTE)    },
        {"row past the note",    PAYLOAD, WHOLE_DEPS, 4,  4, UINT32_MAX, D(NOTE)    },
        {"NUL in a row",         PAYLOAD, WHOLE_DEPS, 9,  1, 0,          D(NOTE)    },
    };
    REFUSE(FORGE_CANONICAL, patches);
    static uint8_t long_note[4 + 64] = {1, 0, 64, 0};
    struct forge what = whole_module(FORGE_CANONICAL);
    struct forge_section sections[WHOLE_SECTIONS];
    struct forged file;
    memset(long_note + 4, 'n', 64);
    memcpy(sections, what.sections, sizeof sections);
    sections[WHOLE_NOTE].bytes = long_note;
    sections[WHOLE_NOTE].size = sizeof long_note;
    what.sections = sections;
    forge_make(&what, &file);
    expect("long name", read_all_bytes(&opened, file.bytes, file.size, true), D(NOTE_LENGTH));
    forge_free(&file);
    long_note[2] = 63; /* the 64th byte is padding then */
    forge_make(&what, &file);
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_OK);
    forge_free(&file);
}

void what_notes_say(void)
{
    const struct forge what = whole_module(FORGE_CANONICAL);
    struct forged file;
    struct smf_module_note note;
    struct smf_dependency row;
    uint32_t count;
    uint64_t cursor = 0;
    forge_make(&what, &file);
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_OK);
    CHECK_STATUS(smf_image_module_note(&opened.image, &note, NULL), SMF_OK);
    CHECK_TEXT(note.name, "whole");
    CHECK_TEXT(note.writer, "test");
    CHECK_EQUAL(note.version[0] * 100 + note.version[1] * 10 + note.version[2], 123);
    CHECK_EQUAL(note.state_version, 7);
    CHECK_STATUS(smf_image_dependency_count(&opened.image, &count, NULL), SMF_OK);
    CHECK_EQUAL(count, 2);
    CHECK_STATUS(smf_image_dependency(&opened.image, &cursor, &row, NULL), SMF_OK);
    CHECK_TEXT(row.name, "log");
    CHECK(row.interface_hash == 0x0807060504030201);
    CHECK_STATUS(smf_image_dependency(&opened.image, &cursor, &row, NULL), SMF_OK);
    CHECK_TEXT(row.name, "io");
    CHECK(row.interface_hash == 0);
    CHECK_STATUS(smf_image_dependency(&opened.image, &cursor, &row, NULL), SMF_ERR_FORMAT);
    CHECK_EQUAL(smf_image_find_section(&opened.image, "note.deps"), WHOLE_DEPS);
    CHECK(smf_image_find_section(&opened.image, "note.dep") == SMF_NO_SYMBOL);
    CHECK(smf_image_find_section(&opened.image, "note.depsx") == SMF_NO_SYMBOL);
    forge_free(&file);
}

void compressed_code_is_opened_and_not_read(void)
{
    static const struct patch flag[] = {
        {"R72 flag", HEADER, 0, 8, 4, 0x11, D(COMPRESSED_FILE)}
    };
    REFUSE(FORGE_R72, flag);
    struct forge what = whole_module(FORGE_CANONICAL);
    struct forge_section sections[WHOLE_SECTIONS];
    struct forged file;
    memcpy(sections, what.sections, sizeof sections);
    what.sections = sections;
    sections[WHOLE_DEBUG].flags |= SMF_SECTION_COMPRESSED; /* never loaded: allowed */
    what.compression = 1;
    forge_make(&what, &file);
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_OK);
    forge_free(&file);
    sections[WHOLE_TEXT].flags |= SMF_SECTION_COMPRESSED; /* opened; who wants the contents needs a codec */
    forge_make(&what, &file);
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_OK);
    CHECK_EQUAL(opened.image.packed_section, WHOLE_TEXT);
    uint8_t bytes[64];
    expect("no codec", smf_section_read(&opened.image, NULL, WHOLE_TEXT, bytes, sizeof bytes, &opened.why),
           D(COMPRESSED_SECTION));
    expect("no room", smf_section_read(&opened.image, NULL, WHOLE_TEXT, bytes, 47, &opened.why), D(CONTENTS_SPACE));
    forge_free(&file);
    what.compression = 0; /* the flag alone says nothing */
    forge_make(&what, &file);
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_OK);
    CHECK_EQUAL(opened.sections[WHOLE_TEXT].flags, 5);
    CHECK_EQUAL(opened.image.packed_section, SMF_NO_SYMBOL);
    forge_free(&file);
}

/* What cannot be compressed, and what would be compressed to or from nothing. */
void compressed_sections_that_cannot_be(void)
{
    static const struct patch patches[] = {
        {"Bss",                 SECTION, WHOLE_BSS,      4,  4, 3 | SMF_SECTION_COMPRESSED, D(SECTION_ACCESS)},
        {"records",             SECTION, WHOLE_DATA_REL, 4,  4, 0 | SMF_SECTION_COMPRESSED, D(SECTION_ACCESS)},
        {"a note",              SECTION, WHOLE_NOTE,     4,  4, 1 | SMF_SECTION_COMPRESSED, D(SECTION_ACCESS)},
        {"nothing stored",      SECTION, WHOLE_TEXT,     16, 8, 0,                          D(VIRTUAL_SIZE)  },
        {"nothing to come",     SECTION, WHOLE_TEXT,     24, 8, 0,                          D(VIRTUAL_SIZE)  },
        {"more memory than is", SECTION, WHOLE_TEXT,     24, 8, UINT64_MAX,                 D(MEMORY_TOTAL)  },
    };
    struct forge what = whole_module(FORGE_CANONICAL);
    struct forge_section sections[WHOLE_SECTIONS];
    memcpy(sections, what.sections, sizeof sections);
    sections[WHOLE_TEXT].flags |= SMF_SECTION_COMPRESSED;
    what.sections = sections;
    what.compression = SMF_COMPRESSION_LZ4;
    for (size_t i = 0; i < sizeof patches / sizeof patches[0]; i++) {
        struct forged file;
        forge_make(&what, &file);
        apply(&file, &patches[i]);
        expect(patches[i].what, read_all_bytes(&opened, file.bytes, file.size, false), patches[i].detail);
        forge_free(&file);
    }
    /* The same in files of others, but for what is not loaded: they may say of that what they like. */
    for (unsigned type = SMF_SECTION_BSS; type <= SMF_SECTION_NOTE; type++) {
        struct forged file;
        if (type == SMF_SECTION_STRTAB || type == SMF_SECTION_SYMTAB)
            continue;
        what = whole_module(FORGE_P128_W);
        memcpy(sections, what.sections, 4 * sizeof sections[0]);
        struct forge_section *const section = &sections[type == SMF_SECTION_RELOC ? 3 : 2];
        section->type = (uint8_t)type;
        section->flags = SMF_SECTION_COMPRESSED | (type == SMF_SECTION_BSS ? 3 : 1);
        what.sections = sections;
        what.compression = SMF_COMPRESSION_LZ4;
        forge_make(&what, &file);
        expect("older", read_all_bytes(&opened, file.bytes, file.size, false),
               type <= SMF_SECTION_RELOC ? D(SECTION_ACCESS) : SMF_DETAIL_NONE);
        forge_free(&file);
    }
}

void code_that_is_no_machine_code(void)
{
    static const struct patch patches[] = {
        {"bytecode", PAYLOAD, 0, 0, 4, SMF_BYTECODE_MAGIC, D(BYTECODE)    },
        {"ELF",      PAYLOAD, 0, 0, 4, SMF_ELF_MAGIC,      D(EMBEDDED_ELF)},
    };
    REFUSE(FORGE_CANONICAL, patches);
    REFUSE(FORGE_R96, patches);
}

void other_kinds_of_files(void)
{
    uint8_t bytes[256] = {0};
    expect("zeros", read_all_bytes(&opened, bytes, sizeof bytes, false), D(NO_HEADER));
    memcpy(bytes, "LSMF", 4);
    bytes[8] = 3;
    expect("library", read_all_bytes(&opened, bytes, sizeof bytes, false), D(LIBRARY));
    CHECK_EQUAL(opened.why.value, 3);
    expect("short library", read_all_bytes(&opened, bytes, 5, false), D(LIBRARY));
    memcpy(bytes, "SSMF", 4);
    expect("settlement", read_all_bytes(&opened, bytes, sizeof bytes, false), D(SETTLEMENT));
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes + 252, "SPK1", 4);
    expect("package", read_all_bytes(&opened, bytes, sizeof bytes, false), D(PACKAGE));
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, "SMF", 4);
    bytes[16] = 64;
    bytes[68] = 1;
    bytes[12] = 1;
    expect("W64", read_all_bytes(&opened, bytes, sizeof bytes, false), D(W64));
    bytes[68] = 12;
    CHECK(read_all_bytes(&opened, bytes, sizeof bytes, false) != SMF_ERR_W64);
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes,
           "\x7F"
           "ELF",
           4);
    memcpy(bytes + 128, "SMF", 4);
    bytes[128 + 52] = 128;
    bytes[128 + 56] = 128;
    expect("envelope", read_all_bytes(&opened, bytes, sizeof bytes, false), D(ENVELOPE));
    bytes[128 + 52] = 129;
    CHECK(read_all_bytes(&opened, bytes, sizeof bytes, false) != SMF_ERR_ENVELOPE);
    memset(bytes, 0xEE, sizeof bytes);
    memcpy(bytes, "SMF", 4);
    expect("magic and nothing else", read_all_bytes(&opened, bytes, sizeof bytes, false), D(NO_LAYOUT));
}

/* Two whole modules, one behind the other: both ends are valid (FORMAT 10, 4). */
void two_headers_are_ambiguous(void)
{
    const struct forge front = whole_module(FORGE_R96), back = whole_module(FORGE_P128_W);
    struct forged first, second;
    forge_make(&front, &first);
    for (int canonical = 0; canonical < 2; canonical++) {
        struct forge behind = canonical ? whole_module(FORGE_CANONICAL) : back;
        const size_t room = (first.size + 15) & ~(size_t)15;
        uint8_t *stub = calloc(room, 1);
        memcpy(stub, first.bytes, first.size);
        behind.stub = stub;
        behind.stub_size = room;
        forge_make(&behind, &second);
        expect("two headers", read_all_bytes(&opened, second.bytes, second.size, false), D(TWO_LAYOUTS));
        forge_put8(&second, 0, 'X');
        if (canonical)
            forge_rehash(&second);
        CHECK_STATUS(read_all_bytes(&opened, second.bytes, second.size, true), SMF_OK);
        forge_free(&second);
        free(stub);
    }
    forge_free(&first);
}

void canonical_only_at_the_end(void)
{
    static const struct patch patches[] = {
        {"mark in front", HEADER, 0, 8, 4, 0x109, D(CANONICAL_PLACE)}
    };
    struct forge what = whole_module(FORGE_P128_LEADING);
    struct forged file;
    what.major = what.minor = 1;
    forge_make(&what, &file);
    apply(&file, &patches[0]);
    expect("canonical in front", read_all_bytes(&opened, file.bytes, file.size, false), D(CANONICAL_PLACE));
    forge_free(&file);
}

void space_that_the_caller_lacks(void)
{
    const struct forge what = whole_module(FORGE_CANONICAL);
    struct forged file;
    struct smf_symbol symbol;
    const char *name;
    size_t length;
    uint32_t count;
    char small[5], enough[7];
    forge_make(&what, &file);
    struct fickle fickle = {.bytes = file.bytes, .size = file.size};
    const struct smf_source source = fickle_source(&fickle);
    CHECK_STATUS(smf_image_count_sections(&opened.image, &source, &count, &opened.why), SMF_OK);
    CHECK_EQUAL(count, WHOLE_SECTIONS);
    expect("sections", smf_image_open(&opened.image, &source, opened.sections, count - 1, &opened.why),
           D(SECTIONS_SPACE));
    CHECK_STATUS(smf_image_open(&opened.image, &source, opened.sections, count, &opened.why), SMF_OK);
    CHECK_STATUS(smf_image_symbol(&opened.image, WHOLE_FUNCTION, &symbol, &opened.why), SMF_OK);
    expect("name", smf_image_name(&opened.image, symbol.name, small, sizeof small, &name, &length, &opened.why),
           D(NAME_SPACE));
    CHECK_STATUS(smf_image_name(&opened.image, symbol.name, enough, sizeof enough, &name, &length, &opened.why),
                 SMF_OK);
    CHECK_TEXT(name, "answer");
    CHECK_EQUAL(length, 6);
    forge_free(&file);
}

/* Numbers that a 32-bit machine has no word for: refused, never cut. */
void more_than_a_word(void)
{
    static const struct patch patches[] = {
        {"addend",          PAYLOAD, WHOLE_TEXT_REL, 20, 4, 1, D(RELOCATION_ADDEND)},
        {"section offset",  SECTION, WHOLE_DATA,     12, 4, 1, D(PAYLOAD_END)      },
        {"section size",    SECTION, WHOLE_DATA,     20, 4, 1, D(VIRTUAL_SIZE)     },
        {"memory",          SECTION, WHOLE_BSS,      28, 4, 1, D(MEMORY_TOTAL)     },
        {"section table",   HEADER,  0,              24, 4, 1, D(SECTION_TABLE_END)},
        {"a symbol's size", SYMBOL,  WHOLE_FUNCTION, 28, 4, 1, D(SYMBOL_VALUE)     },
    };
    const struct smf_source source = {.bytes = &patches, .size = UINT64_C(0x100000080)};
    uint32_t count;
    if (sizeof(size_t) > 4) {
        tap_skip("every number of a file fits a word of this machine");
        return;
    }
    expect("source", smf_image_count_sections(&opened.image, &source, &count, &opened.why), D(SOURCE_SIZE));
    expect("source", smf_image_open(&opened.image, &source, opened.sections, 1, &opened.why), D(SOURCE_SIZE));
    REFUSE(FORGE_CANONICAL, patches);
}

void a31_arguments(void)
{
    const struct smf_source nothing = {.size = 100};
    uint32_t count;
    expect("no source", smf_image_open(&opened.image, NULL, opened.sections, 4, &opened.why), D(ARGUMENT));
    expect("no bytes", smf_image_open(&opened.image, &nothing, opened.sections, 4, &opened.why), D(ARGUMENT));
    CHECK_STATUS(smf_image_open(NULL, &nothing, opened.sections, 4, &opened.why), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_image_count_sections(NULL, &nothing, &count, &opened.why), SMF_ERR_ARGUMENT);
    expect("no count", smf_image_count_sections(&opened.image, &nothing, NULL, &opened.why), D(ARGUMENT));
    CHECK_STATUS(smf_image_count_sections(&opened.image, &nothing, &count, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_image_open(&opened.image, &nothing, NULL, 4, NULL), SMF_ERR_ARGUMENT);
    expect("empty", read_all_bytes(&opened, "", 0, false), D(NO_HEADER));
    const struct forge what = whole_module(FORGE_CANONICAL);
    struct forged file;
    forge_make(&what, &file);
    forge_put8(&file, forge_section_entry(&file, 0), 0);
    struct smf_source source = smf_source_memory(file.bytes, file.size, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_image_open(&opened.image, &source, opened.sections, WHOLE_SECTIONS, NULL), SMF_ERR_FORMAT);
    forge_free(&file);
}
