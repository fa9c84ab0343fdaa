/* SPDX-License-Identifier: MIT */
/* Symbols, names and relocations with one field changed, and the detail that must come of it. */
#include "image_refusals.h"

void a9_a16_symbols(void)
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

void symbols_of_older_files(void)
{
    static const struct patch patches[] = {
        {"hash",                SYMBOL, 3, 4,  4, 1,  D(SYMBOL_HASH) },
        {"type",                SYMBOL, 3, 8,  1, 7,  D(SYMBOL_ENTRY)},
        {"value past the code", SYMBOL, 3, 16, 8, 49, D(SYMBOL_VALUE)},
        {"value past the data", SYMBOL, 4, 16, 8, 25, D(SYMBOL_VALUE)},
    };
    REFUSE(FORGE_R72, patches);
}

void a10_a13_relocations(void)
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

void a10_indices_just_past_the_end(void)
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

void a16_strings_without_an_end(void)
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

void a16_very_long_names(void)
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

void a20_names_twice_or_empty(void)
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

void a23_a_name_that_loses_its_end(void)
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
void a25_shared_names_have_a_budget(void)
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
