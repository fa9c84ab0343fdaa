/* SPDX-License-Identifier: MIT */
/* Headers, tables and section entries with one field changed, and the detail that must come of it. */
#include "image_refusals.h"

void a2_headers_for_nobody(void)
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
        {"must-know flag",            HEADER, 0, 8,   4, 0x20109,     D(MUST_KNOW)        },
        {"reserved header byte",      HEADER, 0, 127, 1, 1,           D(HEADER_RESERVED)  },
        {"more exports than symbols", HEADER, 0, 40,  4, 7,           D(EXPORTED_COUNT)   },
        {"base not aligned",          HEADER, 0, 52,  8, 0x800000008, D(STUB_SIZE)        },
        {"entry without EXECUTABLE",  HEADER, 0, 8,   4, 0x108,       D(ENTRY_POINT)      },
        {"symbols over sections",     HEADER, 0, 28,  8, 0,           D(TABLES_OVERLAP)   },
        {"section table not aligned", HEADER, 0, 20,  8, 4,           D(TABLE_ALIGNMENT)  },
    };
    REFUSE(FORGE_CANONICAL, patches);
}

void a3_counts_times_sizes(void)
{
    static const struct patch patches[] = {
        {"symbols",                   HEADER, 0, 36, 4, UINT32_MAX, D(SYMBOL_TABLE_END) },
        {"symbols that wrap 32 bits", HEADER, 0, 36, 4, 0x4924925,  D(SYMBOL_TABLE_END) }, /* times 56: 2^32 + 24 */
        {"sections",                  HEADER, 0, 16, 4, 65533,      D(SECTION_TABLE_END)},
    };
    REFUSE(FORGE_CANONICAL, patches);
}

void a4_offsets_past_the_end(void)
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

void a5_sizes_that_are_no_multiple(void)
{
    static const struct patch patches[] = {
        {"relocations", SECTION, WHOLE_TEXT_REL, 16, 8, 71, D(RELOCATION_BYTES)},
        {"relocations", SECTION, WHOLE_TEXT_REL, 16, 8, 1,  D(RELOCATION_BYTES)},
    };
    REFUSE(FORGE_CANONICAL, patches);
}

void a6_overlaps(void)
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

void a6_payload_in_the_tables(void)
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

void a7_alignments(void)
{
    static const struct patch patches[] = {
        {"no power of two",     SECTION, WHOLE_DATA, 32, 4, 24,       D(SECTION_ALIGNMENT)},
        {"huge",                SECTION, WHOLE_DATA, 32, 4, 0x400000, D(SECTION_ALIGNMENT)},
        {"above 32 bits",       SECTION, WHOLE_DATA, 36, 4, 1,        D(SECTION_RESERVED) },
        {"payload not aligned", SECTION, WHOLE_DATA, 32, 4, 64,       D(PAYLOAD_ALIGNMENT)},
    };
    REFUSE(FORGE_CANONICAL, patches);
}

void a8_memory_totals(void)
{
    static const struct patch patches[] = {
        {"less than stored", SECTION, WHOLE_DATA, 24, 8, 23,                                        D(VIRTUAL_SIZE)},
        {"one huge Bss",     SECTION, WHOLE_BSS,  24, 8, UINT64_MAX,                                D(MEMORY_TOTAL)},
        {"a sum that wraps", SECTION, WHOLE_BSS,  24, 8, UINT64_MAX - 79,                           D(MEMORY_TOTAL)},
        {"just too much",    SECTION, WHOLE_BSS,  24, 8, ((uint64_t)1 << SMF_MEMORY_MAX_LOG2) - 79, D(MEMORY_TOTAL)},
    };
    REFUSE(FORGE_CANONICAL, patches);
}

void section_entries(void)
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

void a9_links(void)
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

void a19_entry_outside_code(void)
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
