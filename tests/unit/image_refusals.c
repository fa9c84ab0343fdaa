/* SPDX-License-Identifier: MIT */
/*
 * Every check of core/image, made to fire: a good file, one field patched, and
 * the detail that must come of it. The last case fails if a detail of the
 * image floor was never seen here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "harness/tap.h"
#include "image/door.h"
#include "support/forge.h"
#include "support/module.h"

static struct opened opened;
static bool reached[SMF_DETAIL_END];

static void expect(const char *what, enum smf_status status, enum smf_detail detail)
{
    char line[300];
    smf_diagnosis_format(&opened.why, line, sizeof line);
    tap_check(status == opened.why.status && opened.why.detail == detail, __FILE__, __LINE__,
              "%s: %s, detail %d (wanted %d): %s", what, smf_status_name(status), (int)opened.why.detail, (int)detail,
              line);
    if (status != SMF_OK)
        reached[opened.why.detail] = true;
}

enum where { HEADER, SECTION, SYMBOL, PAYLOAD, STRINGS };

struct patch {
    const char *what;
    enum where where;
    uint32_t index, offset;
    unsigned size;
    uint64_t value;
    enum smf_detail detail;
};

static size_t place_of(const struct forged *file, const struct patch *patch)
{
    switch (patch->where) {
    case HEADER:
        return file->header + patch->offset;
    case SECTION:
        return forge_section_entry(file, patch->index) + patch->offset;
    case SYMBOL:
        return forge_symbol_entry(file, patch->index) + patch->offset;
    case PAYLOAD:
        return file->payloads[patch->index] + patch->offset;
    default:
        return file->strings + patch->offset;
    }
}

static void apply(struct forged *file, const struct patch *patch)
{
    const size_t at = place_of(file, patch);
    if (patch->size == 1)
        forge_put8(file, at, (uint8_t)patch->value);
    else if (patch->size == 2)
        forge_put16(file, at, (uint16_t)patch->value);
    else if (patch->size == 4)
        forge_put32(file, at, (uint32_t)patch->value);
    else
        forge_put64(file, at, patch->value);
}

static void refuse_all(enum forge_layout layout, const struct patch *patches, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct forge what = whole_module(layout);
        struct forged file;
        forge_make(&what, &file);
        apply(&file, &patches[i]);
        if (layout == FORGE_CANONICAL && patches[i].detail != SMF_DETAIL_MODULE_HASH)
            forge_rehash(&file);
        expect(patches[i].what, read_all_bytes(&opened, file.bytes, file.size, true), patches[i].detail);
        forge_free(&file);
    }
}
#define REFUSE(layout, patches) refuse_all(layout, patches, sizeof(patches) / sizeof((patches)[0]))
#define D(name) SMF_DETAIL_##name

static void good_files_pass(void)
{
    for (int layout = 0; layout < FORGE_LAYOUTS; layout++) {
        const struct forge what = whole_module((enum forge_layout)layout);
        struct forged file;
        char line[300];
        forge_make(&what, &file);
        const enum smf_status status = read_all_bytes(&opened, file.bytes, file.size, true);
        smf_diagnosis_format(&opened.why, line, sizeof line);
        tap_check(status == SMF_OK, __FILE__, __LINE__, "%s: %s", forge_layout_name((enum forge_layout)layout), line);
        forge_free(&file);
    }
}

static void a2_headers_for_nobody(void)
{
    static const struct patch patches[] = {
        {"platform",                  HEADER, 0, 6,   1, 6,           D(PLATFORM_FIELD)   },
        {"arch",                      HEADER, 0, 7,   1, 8,           D(ARCH_FIELD)       },
        {"compression",               HEADER, 0, 12,  1, 3,           D(COMPRESSION_FIELD)},
        {"reserved compression",      HEADER, 0, 14,  2, 0x100,       D(COMPRESSION_FIELD)},
        {"no sections",               HEADER, 0, 16,  4, 0,           D(SECTION_COUNT)    },
        {"too many sections",         HEADER, 0, 16,  4, 65534,       D(SECTION_COUNT)    },
        {"stub past the end",         HEADER, 0, 52,  4, 0x10000000,  D(STUB_END)         },
        {"stub past the data",        HEADER, 0, 52,  4, 16,          D(STUB_SIZE)        },
        {"stub flag without a stub",  HEADER, 0, 8,   4, 0x119,       D(STUB_SIZE)        },
        {"must-know flag",            HEADER, 0, 8,   4, 0x10109,     D(MUST_KNOW)        },
        {"reserved header byte",      HEADER, 0, 127, 1, 1,           D(HEADER_RESERVED)  },
        {"more exports than symbols", HEADER, 0, 40,  4, 7,           D(EXPORTED_COUNT)   },
        {"base not aligned",          HEADER, 0, 52,  8, 0x800000008, D(STUB_SIZE)        },
        {"entry without EXECUTABLE",  HEADER, 0, 8,   4, 0x108,       D(ENTRY_POINT)      },
        {"symbols over sections",     HEADER, 0, 28,  8, 0,           D(TABLES_OVERLAP)   },
        {"section table not aligned", HEADER, 0, 20,  8, 4,           D(TABLE_ALIGNMENT)  },
    };
    REFUSE(FORGE_CANONICAL, patches);
}

static void a19_entry_outside_code(void)
{
    static const struct patch patches[] = {
        {"entry at the end", HEADER, 0, 44, 8, 48,         D(ENTRY_POINT)},
        {"entry far away",   HEADER, 0, 44, 8, UINT64_MAX, D(ENTRY_POINT)},
    };
    static const struct patch old[] = {
        {"entry", HEADER, 0, 40, 8, 48, D(ENTRY_POINT)}
    };
    REFUSE(FORGE_CANONICAL, patches);
    REFUSE(FORGE_R72, old);
}

static void a4_offsets_past_the_end(void)
{
    static const struct patch patches[] = {
        {"section table",           HEADER,  0,           20, 8, 0x100000,       D(SECTION_TABLE_END)},
        {"section table wraps",     HEADER,  0,           20, 8, UINT64_MAX - 7, D(SECTION_TABLE_END)},
        {"symbol table",            HEADER,  0,           28, 8, 0x100000,       D(SYMBOL_TABLE_END) },
        {"symbol table wraps",      HEADER,  0,           28, 8, UINT64_MAX - 7, D(SYMBOL_TABLE_END) },
        {"payload",                 SECTION, WHOLE_DATA,  8,  8, 0x100000,       D(PAYLOAD_END)      },
        {"payload wraps",           SECTION, WHOLE_DATA,  8,  8, UINT64_MAX - 7, D(PAYLOAD_END)      },
        {"payload into the tables", SECTION, WHOLE_DEBUG, 16, 8, 5 + 64,         D(VIRTUAL_SIZE)     },
    };
    REFUSE(FORGE_CANONICAL, patches);
}

static void a3_counts_times_sizes(void)
{
    static const struct patch patches[] = {
        {"symbols",                   HEADER, 0, 36, 4, UINT32_MAX, D(SYMBOL_TABLE_END) },
        {"symbols that wrap 32 bits", HEADER, 0, 36, 4, 0x4924925,  D(SYMBOL_TABLE_END) }, /* times 56: 2^32 + 24 */
        {"sections",                  HEADER, 0, 16, 4, 65533,      D(SECTION_TABLE_END)},
    };
    REFUSE(FORGE_CANONICAL, patches);
}

static void a5_sizes_that_are_no_multiple(void)
{
    static const struct patch patches[] = {
        {"relocations", SECTION, WHOLE_TEXT_REL, 16, 8, 71, D(RELOCATION_BYTES)},
        {"relocations", SECTION, WHOLE_TEXT_REL, 16, 8, 1,  D(RELOCATION_BYTES)},
    };
    REFUSE(FORGE_CANONICAL, patches);
}

static void a6_overlaps(void)
{
    static const struct patch canonical[] = {
        {"data over code",   SECTION, WHOLE_DATA, 8, 8, 16, D(PAYLOADS_OVERLAP)},
        {"data before code", SECTION, WHOLE_TEXT, 8, 8, 64, D(PAYLOADS_OVERLAP)},
    };
    static const struct patch r[] = {
        {"payload over the header",        SECTION, 0, 8,  8, 8,                D(PAYLOAD_OVERLAP) },
        {"payload over the section table", SECTION, 0, 8,  8, 100,              D(PAYLOAD_OVERLAP) },
        {"payload over another",           SECTION, 0, 8,  8, 72 + 4 * 56 + 40, D(PAYLOADS_OVERLAP)},
        {"section table over the header",  HEADER,  0, 16, 8, 64,               D(TABLES_OVERLAP)  },
        {"symbols over the sections",      HEADER,  0, 24, 8, 80,               D(TABLES_OVERLAP)  },
    };
    REFUSE(FORGE_CANONICAL, canonical);
    REFUSE(FORGE_R72, r);
}

static void a6_payload_in_the_tables(void)
{
    struct forge what = whole_module(FORGE_CANONICAL);
    struct forged file;
    forge_make(&what, &file);
    forge_put64(&file, forge_section_entry(&file, WHOLE_DEBUG) + 8, file.section_table - 4);
    expect("into the section table", read_all_bytes(&opened, file.bytes, file.size, true), D(PAYLOAD_OVERLAP));
    forge_free(&file);
    what = whole_module(FORGE_CANONICAL);
    what.symbol_count = what.exported_count = 0;
    forge_make(&what, &file);
    forge_put64(&file, file.header + 28, file.symbol_table + 8);
    expect("a gap before the symbols", read_all_bytes(&opened, file.bytes, file.size, false), D(FILE_ORDER));
    forge_free(&file);
    what = whole_module(FORGE_R96);
    forge_make(&what, &file);
    forge_put64(&file, forge_section_entry(&file, 1) + 8, file.symbol_table);
    expect("into the symbols", read_all_bytes(&opened, file.bytes, file.size, true), D(PAYLOAD_OVERLAP));
    forge_free(&file);
}

static void a7_alignments(void)
{
    static const struct patch patches[] = {
        {"no power of two",     SECTION, WHOLE_DATA, 32, 4, 24,       D(SECTION_ALIGNMENT)},
        {"huge",                SECTION, WHOLE_DATA, 32, 4, 0x400000, D(SECTION_ALIGNMENT)},
        {"above 32 bits",       SECTION, WHOLE_DATA, 36, 4, 1,        D(SECTION_RESERVED) },
        {"payload not aligned", SECTION, WHOLE_DATA, 32, 4, 64,       D(PAYLOAD_ALIGNMENT)},
    };
    REFUSE(FORGE_CANONICAL, patches);
}

static void a8_memory_totals(void)
{
    static const struct patch patches[] = {
        {"less than stored", SECTION, WHOLE_DATA, 24, 8, 23,                                        D(VIRTUAL_SIZE)},
        {"one huge Bss",     SECTION, WHOLE_BSS,  24, 8, UINT64_MAX,                                D(MEMORY_TOTAL)},
        {"a sum that wraps", SECTION, WHOLE_BSS,  24, 8, UINT64_MAX - 79,                           D(MEMORY_TOTAL)},
        {"just too much",    SECTION, WHOLE_BSS,  24, 8, ((uint64_t)1 << SMF_MEMORY_MAX_LOG2) - 79, D(MEMORY_TOTAL)},
    };
    REFUSE(FORGE_CANONICAL, patches);
}

static void section_entries(void)
{
    static const struct patch patches[] = {
        {"type 0",                            SECTION, WHOLE_DATA,   0,  1, 0,   D(SECTION_TYPE)    },
        {"type 64",                           SECTION, WHOLE_DATA,   0,  1, 64,  D(SECTION_TYPE)    },
        {"type StrTab",                       SECTION, WHOLE_DEBUG,  0,  1, 6,   D(CANONICAL_TYPE)  },
        {"padding",                           SECTION, WHOLE_DATA,   2,  1, 1,   D(SECTION_RESERVED)},
        {"flags",                             SECTION, WHOLE_DATA,   4,  4, 16,  D(SECTION_FLAGS)   },
        {"writable code",                     SECTION, WHOLE_TEXT,   4,  4, 7,   D(SECTION_ACCESS)  },
        {"code that is not executable",       SECTION, WHOLE_TEXT,   4,  4, 1,   D(SECTION_ACCESS)  },
        {"executable data",                   SECTION, WHOLE_DATA,   4,  4, 7,   D(SECTION_ACCESS)  },
        {"executable Bss",                    SECTION, WHOLE_BSS,    4,  4, 7,   D(SECTION_ACCESS)  },
        {"writable constants",                SECTION, WHOLE_RODATA, 4,  4, 3,   D(SECTION_ACCESS)  },
        {"note both writable and executable", SECTION, WHOLE_NOTE,   4,  4, 7,   D(SECTION_ACCESS)  },
        {"empty name",                        SECTION, WHOLE_DATA,   40, 8, 0,   D(SECTION_NAME)    },
        {"name not printable",                SECTION, WHOLE_DATA,   41, 1, 7,   D(SECTION_NAME)    },
        {"name goes on after its end",        SECTION, WHOLE_DATA,   50, 1, 'x', D(SECTION_NAME)    },
        {"link outside of Reloc",             SECTION, WHOLE_DATA,   56, 4, 1,   D(SECTION_RESERVED)},
        {"stored Bss",                        SECTION, WHOLE_BSS,    16, 8, 8,   D(BSS_SIZE)        },
    };
    REFUSE(FORGE_CANONICAL, patches);
}

static void a9_links(void)
{
    static const struct patch patches[] = {
        {"no link",             SECTION, WHOLE_TEXT_REL, 56, 4, 0,                  D(RELOCATION_LINK)},
        {"link past the table", SECTION, WHOLE_TEXT_REL, 56, 4, WHOLE_SECTIONS + 1, D(RELOCATION_LINK)},
        {"link to Bss",         SECTION, WHOLE_TEXT_REL, 56, 4, 1 + WHOLE_BSS,      D(RELOCATION_LINK)},
        {"link to itself",      SECTION, WHOLE_TEXT_REL, 56, 4, 1 + WHOLE_TEXT_REL, D(RELOCATION_LINK)},
        {"two for one",         SECTION, WHOLE_TEXT_REL, 56, 4, 1 + WHOLE_DATA,     D(LINKED_TWICE)   },
        {"settled",             SECTION, WHOLE_TEXT_REL, 60, 4, 4,                  D(SETTLED_COUNT)  },
        {"name of Reloc",       SECTION, WHOLE_TEXT_REL, 44, 1, 'x',                D(RELOCATION_NAME)},
    };
    REFUSE(FORGE_CANONICAL, patches);
}

static void a9_a16_symbols(void)
{
    static const struct patch patches[] = {
        {"section index",                 SYMBOL,  WHOLE_TABLE,    41, 2, WHOLE_SECTIONS, D(SYMBOL_SECTION) },
        {"reserved index",                SYMBOL,  WHOLE_TABLE,    41, 2, 0xFFFD,         D(SYMBOL_SECTION) },
        {"absolute function",             SYMBOL,  WHOLE_FUNCTION, 41, 2, 0xFFFE,         D(SYMBOL_TYPE)    },
        {"type",                          SYMBOL,  WHOLE_TABLE,    8,  1, 6,              D(SYMBOL_TYPE)    },
        {"type of no family",             SYMBOL,  WHOLE_TABLE,    8,  1, 7,              D(SYMBOL_TYPE)    },
        {"binding",                       SYMBOL,  WHOLE_TABLE,    9,  1, 3,              D(SYMBOL_BINDING) },
        {"visibility",                    SYMBOL,  WHOLE_TABLE,    10, 1, 0,              D(SYMBOL_RESERVED)},
        {"padding",                       SYMBOL,  WHOLE_TABLE,    12, 4, 1,              D(SYMBOL_RESERVED)},
        {"type_id",                       SYMBOL,  WHOLE_TABLE,    32, 4, 1,              D(SYMBOL_RESERVED)},
        {"template parameters",           SYMBOL,  WHOLE_TABLE,    40, 1, 1,              D(SYMBOL_RESERVED)},
        {"tail",                          SYMBOL,  WHOLE_TABLE,    47, 1, 1,              D(SYMBOL_RESERVED)},
        {"template offset",               SYMBOL,  WHOLE_TABLE,    48, 8, 1,              D(SYMBOL_RESERVED)},
        {"value",                         SYMBOL,  WHOLE_TABLE,    16, 8, 25,             D(SYMBOL_VALUE)   },
        {"value and size",                SYMBOL,  WHOLE_TABLE,    24, 8, 17,             D(SYMBOL_VALUE)   },
        {"stub outside",                  SYMBOL,  WHOLE_PUTS,     16, 8, 33,             D(SYMBOL_STUB)    },
        {"stub missing",                  SYMBOL,  WHOLE_PUTS,     24, 8, 0,              D(SYMBOL_STUB)    },
        {"stub of a definition",          SYMBOL,  WHOLE_TABLE,    11, 1, 0x40,           D(SYMBOL_STUB)    },
        {"local among the exported",      SYMBOL,  WHOLE_TABLE,    9,  1, 0,              D(SYMBOL_GROUP)   },
        {"undefined among the exported",  SYMBOL,  WHOLE_TABLE,    41, 2, 0xFFFF,         D(SYMBOL_GROUP)   },
        {"local and undefined",           SYMBOL,  WHOLE_LOCAL,    41, 2, 0xFFFF,         D(SYMBOL_GROUP)   },
        {"exported among the local",      SYMBOL,  WHOLE_LOCAL,    9,  1, 1,              D(SYMBOL_GROUP)   },
        {"name past the table",           SYMBOL,  WHOLE_TABLE,    0,  4, 0x10000,        D(SYMBOL_NAME)    },
        {"hash",                          SYMBOL,  WHOLE_TABLE,    4,  4, 1,              D(NAME_HASH)      },
        {"strings do not start with NUL", STRINGS, 0,              0,  1, 'x',            D(STRING_TABLE)   },
        {"module hash",                   HEADER,  0,              60, 8, 1,              D(MODULE_HASH)    },
    };
    REFUSE(FORGE_CANONICAL, patches);
}

static void a16_strings_without_an_end(void)
{
    const struct forge what = whole_module(FORGE_CANONICAL);
    struct forged file;
    forge_make(&what, &file);
    forge_put8(&file, file.header - 1, 'x');
    expect("canonical", read_all_bytes(&opened, file.bytes, file.size, false), D(STRING_TABLE));
    forge_free(&file);
    struct forge old = whole_module(FORGE_R72);
    forge_make(&old, &file);
    forge_put8(&file, file.size - 1, 'x');
    expect("R72", read_all_bytes(&opened, file.bytes, file.size, false), D(SYMBOL_NAME));
    forge_free(&file);
}

static void a20_names_twice_or_empty(void)
{
    struct forge what = whole_module(FORGE_CANONICAL);
    struct forge_symbol symbols[WHOLE_SYMBOLS];
    struct forge_section sections[WHOLE_SECTIONS];
    struct forged file;
    memcpy(symbols, what.symbols, sizeof symbols);
    memcpy(sections, what.sections, sizeof sections);
    what.symbols = symbols;
    what.sections = sections;
    symbols[WHOLE_TABLE].name = "answer";
    forge_make(&what, &file);
    expect("exported twice", read_all_bytes(&opened, file.bytes, file.size, true), D(EXPORTED_TWICE));
    forge_free(&file);
    symbols[WHOLE_TABLE].name = "";
    forge_make(&what, &file);
    expect("no name", read_all_bytes(&opened, file.bytes, file.size, true), D(NAME_EMPTY));
    forge_free(&file);
    symbols[WHOLE_TABLE].name = "table";
    sections[WHOLE_DEBUG].name = ".rodata";
    forge_make(&what, &file);
    expect("section twice", read_all_bytes(&opened, file.bytes, file.size, true), D(SECTION_REPEATED));
    CHECK_TEXT(opened.why.name, ".rodata");
    forge_free(&file);
    sections[WHOLE_DEBUG].name = ".debug_info";
    symbols[0] = what.symbols[WHOLE_PUTS];
    symbols[WHOLE_PUTS] = (struct forge_symbol){.name = ".text", .type = SMF_SYMBOL_DATA};
    forge_make(&what, &file);
    expect("undefined before local", read_all_bytes(&opened, file.bytes, file.size, true), D(SYMBOL_GROUP));
    forge_free(&file);
}

static void a10_a13_relocations(void)
{
    static const struct patch patches[] = {
        {"symbol just past the table", PAYLOAD, WHOLE_TEXT_REL, 8,       4, WHOLE_SYMBOLS, D(RELOCATION_SYMBOL)  },
        {"symbol far past the table",  PAYLOAD, WHOLE_TEXT_REL, 8,       4, 0xFFFFFFFE,    D(RELOCATION_SYMBOL)  },
        {"type 0",                     PAYLOAD, WHOLE_TEXT_REL, 12,      1, 0,             D(RELOCATION_TYPE)    },
        {"type 6",                     PAYLOAD, WHOLE_TEXT_REL, 12,      1, 6,             D(RELOCATION_TYPE)    },
        {"type 0x81",                  PAYLOAD, WHOLE_TEXT_REL, 12,      1, 0x81,          D(RELOCATION_TYPE)    },
        {"number without 0x80",        PAYLOAD, WHOLE_TEXT_REL, 13,      1, 1,             D(RELOCATION_RESERVED)},
        {"byte 15",                    PAYLOAD, WHOLE_TEXT_REL, 24 + 15, 1, 1,             D(RELOCATION_RESERVED)},
    };
    static const struct patch foreign[] = {
        {"type 1 elsewhere", HEADER, 0, 7, 1, SMF_ARCH_AARCH64, D(RELOCATION_TYPE)}
    };
    static const struct patch r[] = {
        {"branch26 on x86-64", PAYLOAD, 3, 12, 1, 5,             D(RELOCATION_TYPE)  },
        {"none",               PAYLOAD, 3, 8,  4, SMF_NO_SYMBOL, D(RELOCATION_SYMBOL)},
    };
    REFUSE(FORGE_CANONICAL, patches);
    REFUSE(FORGE_CANONICAL, foreign);
    REFUSE(FORGE_R72, r);
}

static void a10_indices_just_past_the_end(void)
{
    const struct forge what = whole_module(FORGE_CANONICAL);
    struct forged file;
    struct smf_symbol symbol;
    struct smf_relocation records[4];
    uint8_t byte;
    forge_make(&what, &file);
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_OK);
    expect("symbol", smf_image_symbol(&opened.image, WHOLE_SYMBOLS, &symbol, &opened.why), D(SYMBOL_INDEX));
    CHECK_EQUAL(smf_image_relocation_count(&opened.image, WHOLE_TEXT_REL), 3);
    CHECK_EQUAL(smf_image_relocation_count(&opened.image, WHOLE_TEXT), 0);
    CHECK_EQUAL(smf_image_relocation_count(&opened.image, WHOLE_SECTIONS), 0);
    expect("record", smf_image_relocation(&opened.image, WHOLE_TEXT_REL, 3, records, &opened.why), D(RELOCATION_INDEX));
    expect("no records", smf_image_relocation(&opened.image, WHOLE_TEXT, 0, records, &opened.why), D(RELOCATION_INDEX));
    expect("batch", smf_image_relocations(&opened.image, WHOLE_TEXT_REL, 1, 3, records, &opened.why),
           D(RELOCATION_INDEX));
    CHECK_STATUS(smf_image_relocations(&opened.image, WHOLE_TEXT_REL, 0, 3, records, &opened.why), SMF_OK);
    CHECK_EQUAL(records[0].addend, -4);
    CHECK_EQUAL(records[1].symbol, SMF_NO_SYMBOL);
    CHECK_EQUAL(records[2].number, 2);
    CHECK_STATUS(smf_image_read(&opened.image, WHOLE_TEXT, 47, &byte, 1, &opened.why), SMF_OK);
    expect("payload", smf_image_read(&opened.image, WHOLE_TEXT, 48, &byte, 1, &opened.why), D(READ_PAST_SECTION));
    forge_free(&file);
}

static void notes(void)
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

static void what_notes_say(void)
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

static void compressed_code_is_refused(void)
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
    sections[WHOLE_TEXT].flags |= SMF_SECTION_COMPRESSED;
    forge_make(&what, &file);
    expect("section", read_all_bytes(&opened, file.bytes, file.size, true), D(COMPRESSED_SECTION));
    forge_free(&file);
    what.compression = 0; /* the flag alone says nothing */
    forge_make(&what, &file);
    CHECK_STATUS(read_all_bytes(&opened, file.bytes, file.size, true), SMF_OK);
    CHECK_EQUAL(opened.sections[WHOLE_TEXT].flags, 5);
    forge_free(&file);
}

static void code_that_is_no_machine_code(void)
{
    static const struct patch patches[] = {
        {"bytecode", PAYLOAD, 0, 0, 4, SMF_BYTECODE_MAGIC, D(BYTECODE)    },
        {"ELF",      PAYLOAD, 0, 0, 4, SMF_ELF_MAGIC,      D(EMBEDDED_ELF)},
    };
    REFUSE(FORGE_CANONICAL, patches);
    REFUSE(FORGE_R96, patches);
}

static void other_kinds_of_files(void)
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
static void two_headers_are_ambiguous(void)
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

static void canonical_only_at_the_end(void)
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

static void symbols_of_older_files(void)
{
    static const struct patch patches[] = {
        {"hash",                SYMBOL, 3, 4,  4, 1,  D(SYMBOL_HASH) },
        {"type",                SYMBOL, 3, 8,  1, 7,  D(SYMBOL_ENTRY)},
        {"value past the code", SYMBOL, 3, 16, 8, 49, D(SYMBOL_VALUE)},
        {"value past the data", SYMBOL, 4, 16, 8, 25, D(SYMBOL_VALUE)},
    };
    REFUSE(FORGE_R72, patches);
}

static void space_that_the_caller_lacks(void)
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

static void a16_very_long_names(void)
{
    char *name = malloc(SMF_NAME_MAX + 2);
    memset(name, 'n', SMF_NAME_MAX + 1);
    struct forge_symbol symbols[WHOLE_SYMBOLS];
    for (int layout = 0; layout < FORGE_LAYOUTS; layout += FORGE_CANONICAL)
        for (int over = 0; over < 2; over++) {
            struct forge what = whole_module((enum forge_layout)layout);
            struct forged file;
            memcpy(symbols, what.symbols, what.symbol_count * sizeof symbols[0]);
            name[SMF_NAME_MAX + 1] = '\0';
            name[SMF_NAME_MAX] = over ? 'n' : '\0';
            symbols[WHOLE_FUNCTION].name = name;
            what.symbols = symbols;
            forge_make(&what, &file);
            const enum smf_status status = read_all_bytes(&opened, file.bytes, file.size, true);
            if (over)
                expect("65536 bytes", status, D(NAME_LENGTH));
            else
                CHECK_STATUS(status, SMF_OK);
            forge_free(&file);
        }
    free(name);
}

static void a23_a_name_that_loses_its_end(void)
{
    const struct forge what = whole_module(FORGE_CANONICAL);
    struct forged file;
    struct smf_symbol symbol;
    const char *name;
    size_t length;
    char buffer[300];
    forge_make(&what, &file);
    uint8_t *other = malloc(file.size);
    memcpy(other, file.bytes, file.size);
    memset(other + file.strings, 'x', file.header - file.strings);
    struct fickle fickle = {.bytes = file.bytes, .size = file.size};
    const struct smf_source source = fickle_source(&fickle);
    CHECK_STATUS(smf_image_open(&opened.image, &source, opened.sections, WHOLE_SECTIONS, &opened.why), SMF_OK);
    CHECK_STATUS(smf_image_symbol(&opened.image, WHOLE_FUNCTION, &symbol, &opened.why), SMF_OK);
    fickle.bytes = other;
    opened.image.strings.filled = 0;
    expect("changed", smf_image_name(&opened.image, symbol.name, buffer, sizeof buffer, &name, &length, &opened.why),
           D(CHANGED));
    free(other);
    forge_free(&file);
}

/* A25: many symbols that share long names would be hashed for ever; the work is bounded by a budget. */
static void a25_shared_names_have_a_budget(void)
{
    enum { SYMBOLS = 2000, LENGTH = 1000 };
    static struct forge_symbol symbols[SYMBOLS];
    static char name[LENGTH + 1];
    memset(name, 'n', LENGTH);
    struct forge what = whole_module(FORGE_R72);
    struct forged file;
    for (int i = 0; i < SYMBOLS; i++)
        symbols[i] = (struct forge_symbol){.name = i == 0 ? name : "", .visibility = 1};
    what.symbols = symbols;
    what.symbol_count = SYMBOLS;
    forge_make(&what, &file);
    const size_t first = forge_symbol_entry(&file, 0);
    for (uint32_t i = 1; i < SYMBOLS; i++)
        memcpy(file.bytes + forge_symbol_entry(&file, i), file.bytes + first, 8);
    expect("shared names", read_all_bytes(&opened, file.bytes, file.size, false), D(NAME_WORK));
    forge_free(&file);
}

static void a31_arguments(void)
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

static void every_detail_of_this_floor_was_reached(void)
{
    static const struct {
        const char *name;
        int number, detail;
    } details[] = {
#define SMF_DETAIL_ENTRY(name, status, number, text) {#name, number, SMF_DETAIL_##name},
#include "smf/details.def"
#undef SMF_DETAIL_ENTRY
    };
    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++) {
        const int detail = details[i].detail;
        if (details[i].number > 31 || detail == SMF_DETAIL_READ || detail == SMF_DETAIL_PAST_END)
            continue; /* other floors'; the window's: unit/base */
        tap_check(reached[detail], __FILE__, __LINE__, "%s never fired", details[i].name);
    }
}

static const struct tap_case cases[] = {
    {"good_files_pass",                        good_files_pass                       },
    {"a2_headers_for_nobody",                  a2_headers_for_nobody                 },
    {"a3_counts_times_sizes",                  a3_counts_times_sizes                 },
    {"a4_offsets_past_the_end",                a4_offsets_past_the_end               },
    {"a5_sizes_that_are_no_multiple",          a5_sizes_that_are_no_multiple         },
    {"a6_overlaps",                            a6_overlaps                           },
    {"a6_payload_in_the_tables",               a6_payload_in_the_tables              },
    {"a7_alignments",                          a7_alignments                         },
    {"a8_memory_totals",                       a8_memory_totals                      },
    {"section_entries",                        section_entries                       },
    {"a9_links",                               a9_links                              },
    {"a9_a16_symbols",                         a9_a16_symbols                        },
    {"a10_a13_relocations",                    a10_a13_relocations                   },
    {"a10_indices_just_past_the_end",          a10_indices_just_past_the_end         },
    {"a16_strings_without_an_end",             a16_strings_without_an_end            },
    {"a16_very_long_names",                    a16_very_long_names                   },
    {"a19_entry_outside_code",                 a19_entry_outside_code                },
    {"a20_names_twice_or_empty",               a20_names_twice_or_empty              },
    {"a23_a_name_that_loses_its_end",          a23_a_name_that_loses_its_end         },
    {"a25_shared_names_have_a_budget",         a25_shared_names_have_a_budget        },
    {"a31_arguments",                          a31_arguments                         },
    {"notes",                                  notes                                 },
    {"what_notes_say",                         what_notes_say                        },
    {"compressed_code_is_refused",             compressed_code_is_refused            },
    {"code_that_is_no_machine_code",           code_that_is_no_machine_code          },
    {"other_kinds_of_files",                   other_kinds_of_files                  },
    {"two_headers_are_ambiguous",              two_headers_are_ambiguous             },
    {"canonical_only_at_the_end",              canonical_only_at_the_end             },
    {"symbols_of_older_files",                 symbols_of_older_files                },
    {"space_that_the_caller_lacks",            space_that_the_caller_lacks           },
    {"every_detail_of_this_floor_was_reached", every_detail_of_this_floor_was_reached},
};
TAP_MAIN(cases)
