/* SPDX-License-Identifier: MIT */
/*
 * canonical.c - the rules of docs/SPEC.md, part 1, for readers, one by one:
 * tests/golden/canonical.smf with one field changed, and the status that the page says.
 *
 * Uses the public headers only: another reader of the format can be held against
 * the same table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "smf/image.h"
#include "support/golden.h"

/* Where things are in the golden file (SPEC, "Two files, byte by byte"). */
enum {
    TEXT = 0x00,
    NOTE = 0x38,
    REL_TEXT = 0x50,
    SECTIONS = 0xB0,
    SYMBOLS = 0x2F0,
    STRINGS = 0x398,
    HEADER = 0x3B0,
    FILE_SIZE = 0x430
};
#define SECTION(index, field) (SECTIONS + (index)*64 + (field))
#define SYMBOL(index, field) (SYMBOLS + (index)*56 + (field))
enum { CODE, RODATA, GOT, DATA, BSS, MODULE_NOTE, REL_OF_TEXT, REL_OF_GOT };

struct change {
    uint32_t at;
    uint8_t size;
    uint64_t value;
};

struct rule {
    const char *what; /* the rule and what is done to it */
    enum smf_status status;
    struct change changes[4];
};

static uint8_t golden[FILE_SIZE];
static uint8_t changed[FILE_SIZE + 1];

static void read_golden(void)
{
    if (golden_read("canonical.smf", golden, sizeof golden) != sizeof golden)
        tap_check(0, __FILE__, __LINE__, "canonical.smf is not the file that this test knows");
}

static enum smf_status read_at(void *context, uint64_t offset, void *into, size_t size)
{
    memcpy(into, (const uint8_t *)context + offset, size);
    return SMF_OK;
}

/* Meet every record that the file has, as a loader and `smf verify` do together, except for module_hash. */
static enum smf_status read_everything(const struct smf_source *source)
{
    static struct smf_image image;
    static struct smf_section sections[16];
    struct smf_module_note note;
    uint32_t count = 0;
    enum smf_status status = smf_image_open(&image, source, sections, 16, NULL);
    for (uint32_t i = 0; status == SMF_OK && i < image.header.symbol_count; i++) {
        struct smf_symbol symbol;
        status = smf_image_symbol(&image, i, &symbol, NULL);
    }
    for (uint32_t section = 0; status == SMF_OK && section < image.header.section_count; section++)
        for (uint32_t i = 0; status == SMF_OK && i < smf_image_relocation_count(&image, section); i++) {
            struct smf_relocation relocation;
            status = smf_image_relocation(&image, section, i, &relocation, NULL);
        }
    if (status == SMF_OK)
        status = smf_image_module_note(&image, &note, NULL);
    if (status == SMF_OK)
        status = smf_image_dependency_count(&image, &count, NULL);
    return status != SMF_OK ? status : smf_image_check_names(&image, NULL);
}

static void hold(const struct rule *rules, size_t count)
{
    read_golden();
    for (size_t i = 0; i < count; i++) {
        uint8_t *bytes = changed + 1; /* SPEC [G1]: at an odd address */
        memcpy(bytes, golden, sizeof golden);
        for (size_t k = 0; k < 4; k++)
            for (unsigned byte = 0; byte < rules[i].changes[k].size; byte++)
                bytes[rules[i].changes[k].at + byte] = (uint8_t)(rules[i].changes[k].value >> 8 * byte);
        const struct smf_source memory = smf_source_memory(bytes, sizeof golden, SMF_STAYS_FOR_LOAD);
        const struct smf_source reads = {.size = sizeof golden, .read_at = read_at, .context = bytes};
        const enum smf_status statuses[] = {read_everything(&memory), read_everything(&reads)};
        for (int way = 0; way < 2; way++)
            tap_check(statuses[way] == rules[i].status, __FILE__, __LINE__, "%s: %s, wanted %s (%s)", rules[i].what,
                      smf_status_name(statuses[way]), smf_status_name(rules[i].status), way ? "read_at" : "bytes");
    }
}
#define HOLD(rules) hold(rules, sizeof(rules) / sizeof((rules)[0]))

static void global_rules(void)
{
    static const struct rule rules[] = {
        {"the file as it is",                              SMF_OK,            {{0}}                                  },
        {"SPEC [G2] an offset whose sum wraps",            SMF_ERR_TRUNCATED, {{SECTION(DATA, 8), 8, UINT64_MAX - 7}}},
        {"SPEC [G2] a table whose size wraps 32 bits",     SMF_ERR_TRUNCATED, {{HEADER + 36, 4, 0x04924925}}         },
        {"SPEC [G4] any version",                          SMF_OK,            {{HEADER + 4, 2, 0x0909}}              },
        {"SPEC [G5] a must-know flag",                     SMF_ERR_VERSION,   {{HEADER + 8, 4, 0x020108}}            },
        {"SPEC [G5] the last must-know flag",              SMF_ERR_VERSION,   {{HEADER + 8, 4, 0x800108}}            },
        {"SPEC [G5] another unknown flag",                 SMF_OK,            {{HEADER + 8, 4, 0x80000108}}          },
        {"SPEC [G6] payloads overlap",                     SMF_ERR_OVERLAP,   {{SECTION(RODATA, 8), 8, 0}}           },
        {"SPEC [G6] a payload overlaps the section table", SMF_ERR_OVERLAP,   {{SECTION(DATA, 8), 8, SECTIONS}}      },
        {"SPEC [G6] a payload overlaps the symbol table",  SMF_ERR_OVERLAP,   {{SECTION(DATA, 8), 8, SYMBOLS}}       },
        {"SPEC [G6] a payload overlaps the string table",  SMF_ERR_OVERLAP,   {{SECTION(RODATA, 8), 8, STRINGS}}     },
        {"SPEC [G7] a payload behind the header",          SMF_ERR_TRUNCATED, {{SECTION(DATA, 8), 8, FILE_SIZE}}     },
        {"SPEC [G7] a section table behind the header",    SMF_ERR_TRUNCATED, {{HEADER + 20, 8, FILE_SIZE - 8}}      },
        {"SPEC [G8] [S2] a hash that is not the name's",   SMF_ERR_HASH,      {{SYMBOL(2, 4), 4, 0x12345678}}        },
    };
    HOLD(rules);
}

static void header(void)
{
    static const struct rule rules[] = {
        {"SPEC [H1] another magic",                         SMF_ERR_NOT_SMF, {{HEADER, 1, 'X'}}                            },
        {"SPEC [H2] platform 6",                            SMF_ERR_FORMAT,  {{HEADER + 6, 1, 6}}                          },
        {"SPEC [H3] arch 8",                                SMF_ERR_FORMAT,  {{HEADER + 7, 1, 8}}                          },
        {"SPEC [H4] compression 3",                         SMF_ERR_FORMAT,  {{HEADER + 12, 1, 3}}                         },
        {"SPEC [H5] a reserved byte of compression",        SMF_ERR_FORMAT,  {{HEADER + 15, 1, 1}}                         },
        {"SPEC [H6] no sections",                           SMF_ERR_FORMAT,  {{HEADER + 16, 4, 0}}                         },
        {"SPEC [H6] 65,534 sections",                       SMF_ERR_FORMAT,  {{HEADER + 16, 4, 65534}}                     },
        {"SPEC [H7] a section table at 4 modulo 8",         SMF_ERR_FORMAT,  {{HEADER + 20, 8, SECTIONS - 4}}              },
        {"SPEC [H8] a symbol table at 4 modulo 8",          SMF_ERR_FORMAT,  {{HEADER + 28, 8, SYMBOLS + 4}}               },
        {"SPEC [H8] a symbol table in the section table",   SMF_ERR_OVERLAP, {{HEADER + 28, 8, SYMBOLS - 8}}               },
        {"SPEC [H9] more exports than symbols",             SMF_ERR_FORMAT,  {{HEADER + 40, 4, 4}}                         },
        {"SPEC [H9] an undefined symbol among the exports", SMF_ERR_SYMBOL,  {{HEADER + 40, 4, 2}}                         },
        {"SPEC [H9] an export outside of its group",        SMF_ERR_SYMBOL,  {{HEADER + 40, 4, 0}}                         },
        {"SPEC [H10] an entry behind the code",             SMF_ERR_FORMAT,  {{HEADER + 8, 4, 0x109}, {HEADER + 44, 8, 24}}},
        {"SPEC [H10] an entry at the code's last byte",     SMF_OK,          {{HEADER + 8, 4, 0x109}, {HEADER + 44, 8, 23}}},
        {"SPEC [H10] an entry without EXECUTABLE",          SMF_ERR_FORMAT,  {{HEADER + 44, 8, 4}}                         },
        {"SPEC [H18] HAS_STUB without a stub",              SMF_ERR_FORMAT,  {{HEADER + 8, 4, 0x118}}                      },
        {"SPEC [H11] stub and base differ",                 SMF_ERR_FORMAT,  {{HEADER + 52, 4, 16}}                        },
        {"SPEC [H15] a reserved byte",                      SMF_ERR_FORMAT,  {{HEADER + 112, 1, 1}}                        },
        {"SPEC [H15] the last reserved byte",               SMF_ERR_FORMAT,  {{HEADER + 127, 1, 1}}                        },
    };
    HOLD(rules);
}

static void section_table(void)
{
    static const struct rule rules[] = {
        {"SPEC [T1] type 0",                                 SMF_ERR_FORMAT,       {{SECTION(RODATA, 0), 1, 0}}                                               },
        {"SPEC [T1] a string table",                         SMF_ERR_FORMAT,       {{SECTION(RODATA, 0), 1, 6}}                                               },
        {"SPEC [T1] a symbol table",                         SMF_ERR_FORMAT,       {{SECTION(RODATA, 0), 1, 9}}                                               },
        {"SPEC [T3] a flag that there is not",               SMF_ERR_FORMAT,       {{SECTION(CODE, 4), 4, 0x15}}                                              },
        {"SPEC [T3] writable code",                          SMF_ERR_FORMAT,       {{SECTION(CODE, 4), 4, 7}}                                                 },
        {"SPEC [T3] executable data",                        SMF_ERR_FORMAT,       {{SECTION(DATA, 4), 4, 7}}                                                 },
        {"SPEC [T3] writable constants",                     SMF_ERR_FORMAT,       {{SECTION(RODATA, 4), 4, 3}}                                               },
        {"SPEC [T4] a payload off its alignment",            SMF_ERR_FORMAT,       {{SECTION(RODATA, 32), 8, 16}}                                             },
        {"SPEC [T5] Bss with bytes",                         SMF_ERR_FORMAT,       {{SECTION(BSS, 16), 8, 8}}                                                 },
        {"SPEC [T6] less memory than bytes",                 SMF_ERR_FORMAT,       {{SECTION(CODE, 24), 8, 23}}                                               },
        {"SPEC [T7] alignment 3",                            SMF_ERR_FORMAT,       {{SECTION(CODE, 32), 8, 3}}                                                },
        {"SPEC [T7] alignment 4 MiB",                        SMF_ERR_FORMAT,       {{SECTION(BSS, 32), 8, 0x400000}}                                          },
        {"SPEC [T7] an alignment of more than 32 bits",      SMF_ERR_FORMAT,       {{SECTION(CODE, 32), 8, 0x100000010}}                                      },
        {"SPEC [T7] alignment 0",                            SMF_OK,               {{SECTION(RODATA, 32), 8, 0}}                                              },
        {"SPEC [T8] no name",                                SMF_ERR_FORMAT,       {{SECTION(RODATA, 40), 8, 0}}                                              },
        {"SPEC [T8] a name that is not printable",           SMF_ERR_FORMAT,       {{SECTION(RODATA, 41), 1, 7}}                                              },
        {"SPEC [T8] bytes behind the name",                  SMF_ERR_FORMAT,       {{SECTION(RODATA, 55), 1, 'x'}}                                            },
        {"SPEC [T8] one name twice",                         SMF_ERR_FORMAT,       {{SECTION(RODATA, 41), 6, 0x74786574}}                                     },
        {"SPEC [T8] a Reloc section with a name of its own", SMF_ERR_FORMAT,       {{SECTION(REL_OF_TEXT, 41), 1, 'R'}}                                       },
        {"SPEC [T9] link 0",                                 SMF_ERR_FORMAT,       {{SECTION(REL_OF_TEXT, 56), 4, 0}}                                         },
        {"SPEC [T9] a link behind the last section",         SMF_ERR_FORMAT,       {{SECTION(REL_OF_TEXT, 56), 4, 10}}                                        },
        {"SPEC [T9] a link to a note",                       SMF_ERR_FORMAT,       {{SECTION(REL_OF_TEXT, 56), 4, 1 + MODULE_NOTE}}                           },
        {"SPEC [T9] a link to Bss",                          SMF_ERR_FORMAT,       {{SECTION(REL_OF_TEXT, 56), 4, 1 + BSS}}                                   },
        {"SPEC [T9] two Reloc sections for one",             SMF_ERR_FORMAT,       {{SECTION(REL_OF_TEXT, 56), 4, 1 + GOT}}                                   },
        {"SPEC [T9] a link of a section without records",    SMF_ERR_FORMAT,       {{SECTION(CODE, 56), 4, 1}}                                                },
        {"SPEC [T10] more settled records than records",     SMF_ERR_FORMAT,       {{SECTION(REL_OF_TEXT, 60), 4, 3}}                                         },
        {"SPEC [T12] 47 bytes of records",                   SMF_ERR_FORMAT,       {{SECTION(REL_OF_TEXT, 16), 8, 47}}                                        },
        {"SPEC [T13] code that is bytecode",                 SMF_ERR_BYTECODE,     {{TEXT, 4, 0x444F4342}}                                                    },
        {"SPEC [T13] code that is an object",                SMF_ERR_EMBEDDED_ELF, {{TEXT, 4, 0x464C457F}}                                                    },
        {"SPEC [T14] more memory than there can be",         SMF_ERR_LIMIT,        {{SECTION(BSS, 24), 8, UINT64_MAX}}                                        },
        {"SPEC [T15] [H4] compressed code",                  SMF_OK,               {{HEADER + 12, 1, 2}, {SECTION(CODE, 4), 4, 13}}                           },
        {"SPEC [T15] compressed Bss",                        SMF_ERR_FORMAT,       {{HEADER + 12, 1, 2}, {SECTION(BSS, 4), 4, 11}}                            },
        {"SPEC [T15] compressed records",                    SMF_ERR_FORMAT,       {{HEADER + 12, 1, 2}, {SECTION(REL_OF_TEXT, 4), 4, 8}}                     },
        {"SPEC [T15] code compressed from nothing",
         SMF_ERR_FORMAT,                                                           {{HEADER + 12, 1, 2}, {SECTION(CODE, 4), 4, 13}, {SECTION(CODE, 24), 8, 0}}},
    };
    HOLD(rules);
}

static void symbol_table(void)
{
    static const struct rule rules[] = {
        {"SPEC [S1] a name behind the strings",          SMF_ERR_SYMBOL, {{SYMBOL(2, 0), 4, 0x1000}}                                                                               },
        {"SPEC [S1] an empty name",                      SMF_ERR_SYMBOL, {{SYMBOL(2, 0), 8, 0x811C9DC500000000}}                                                                   },
        {"SPEC [S3] type 6",                             SMF_ERR_SYMBOL, {{SYMBOL(2, 8), 1, 6}}                                                                                    },
        {"SPEC [S4] binding 3",                          SMF_ERR_SYMBOL, {{SYMBOL(2, 9), 1, 3}}                                                                                    },
        {"SPEC [S5] visibility 0",                       SMF_ERR_SYMBOL, {{SYMBOL(2, 10), 1, 0}}                                                                                   },
        {"SPEC [S6] a byte at 12",                       SMF_ERR_SYMBOL, {{SYMBOL(2, 12), 1, 1}}                                                                                   },
        {"SPEC [S6] a byte at 40",                       SMF_ERR_SYMBOL, {{SYMBOL(2, 40), 1, 1}}                                                                                   },
        {"SPEC [S6] the last byte",                      SMF_ERR_SYMBOL, {{SYMBOL(2, 55), 1, 1}}                                                                                   },
        {"SPEC [S6] version 2",                          SMF_ERR_SYMBOL, {{SYMBOL(2, 36), 4, 2}}                                                                                   },
        {"SPEC [S7] a value behind its section",         SMF_ERR_SYMBOL, {{SYMBOL(2, 16), 8, 25}, {SYMBOL(2, 24), 8, 0}}                                                           },
        {"SPEC [S7] the end of its section",             SMF_OK,         {{SYMBOL(2, 16), 8, 24}, {SYMBOL(2, 24), 8, 0}}                                                           },
        {"SPEC [S7] value + size wraps",                 SMF_ERR_SYMBOL, {{SYMBOL(2, 24), 8, UINT64_MAX}}                                                                          },
        {"SPEC [S9] a section that there is not",        SMF_ERR_SYMBOL, {{SYMBOL(2, 41), 2, 9}}                                                                                   },
        {"SPEC [S9] an absolute function",               SMF_ERR_SYMBOL, {{SYMBOL(2, 41), 2, 0xFFFE}}                                                                              },
        {"SPEC [S9] an absolute constant",               SMF_OK,         {{SYMBOL(2, 41), 2, 0xFFFE}, {SYMBOL(2, 8), 1, 5}}                                                        },
        {"SPEC [S10] a stub behind the code",            SMF_ERR_SYMBOL, {{SYMBOL(1, 16), 8, 13}}                                                                                  },
        {"SPEC [S10] BY_STUB without a stub",            SMF_ERR_SYMBOL, {{SYMBOL(1, 24), 8, 0}}                                                                                   },
        {"SPEC [S11] BY_STUB with a definition",         SMF_ERR_SYMBOL, {{SYMBOL(2, 11), 1, 0x40}}                                                                                },
        {"SPEC [S12] Local behind undefined",
         SMF_ERR_SYMBOL,                                                 {{SYMBOL(0, 41), 2, 0xFFFF}, {SYMBOL(0, 9), 1, 1}, {SYMBOL(1, 9), 1, 0}, {SYMBOL(1, 41), 2, 0}}           },
        {"SPEC [S13] an undefined Local",                SMF_ERR_SYMBOL, {{SYMBOL(1, 9), 1, 0}}                                                                                    },
        {"SPEC [S13] one name exported twice",
         SMF_ERR_DUPLICATE,                                              {{HEADER + 40, 4, 2}, {SYMBOL(1, 0), 8, 0xB4A7D5F30000000C}, {SYMBOL(1, 11), 1, 0}, {SYMBOL(1, 41), 2, 0}}},
        {"SPEC [Y1] strings that do not start with NUL", SMF_ERR_FORMAT, {{STRINGS, 1, 'x'}}                                                                                       },
        {"SPEC [Y1] strings that do not end with NUL",   SMF_ERR_FORMAT, {{HEADER - 1, 1, 'x'}}                                                                                    },
    };
    HOLD(rules);
}

static void relocations_and_notes(void)
{
    static const struct rule rules[] = {
        {"SPEC [R2] the symbol behind the last one",    SMF_ERR_RELOC_RECORD, {{REL_TEXT + 8, 4, 3}}                                                        },
        {"SPEC [R2] the last symbol",                   SMF_OK,               {{REL_TEXT + 8, 4, 2}}                                                        },
        {"SPEC [R3] type 0",                            SMF_ERR_RELOC_TYPE,   {{REL_TEXT + 12, 1, 0}}                                                       },
        {"SPEC [R3] type 1 on AArch64",                 SMF_ERR_RELOC_TYPE,   {{REL_TEXT + 12, 4, 1}}                                                       },
        {"SPEC [R3] type 6 on x86-64",                  SMF_ERR_RELOC_TYPE,   {{HEADER + 7, 1, 0}, {REL_TEXT + 12, 4, 6}}                                   },
        {"SPEC [R3] type 1 on x86-64",                  SMF_OK,               {{HEADER + 7, 1, 0}, {REL_TEXT + 12, 4, 1}}                                   },
        {"SPEC [R4] byte 15",                           SMF_ERR_RELOC_RECORD, {{REL_TEXT + 15, 1, 1}}                                                       },
        {"SPEC [R4] a number without type 0x80",        SMF_ERR_RELOC_RECORD, {{HEADER + 7, 1, 0}, {REL_TEXT + 12, 4, 0x201}}                               },
        {"SPEC [N1] an unknown tag",                    SMF_OK,               {{NOTE + 12, 2, 0x7FFF}}                                                      },
        {"SPEC [N1] an unknown tag that must be known", SMF_ERR_VERSION,      {{NOTE + 12, 2, 0x8000}}                                                      },
        {"SPEC [N2] a record longer than the note",     SMF_ERR_FORMAT,       {{NOTE + 14, 2, 40}}                                                          },
        {"SPEC [N2] a version of 4 bytes",              SMF_ERR_FORMAT,       {{NOTE + 14, 2, 4}}                                                           },
        {"SPEC [N3] a row longer than the note",
         SMF_ERR_FORMAT,                                                      {{SECTION(MODULE_NOTE, 45), 6, 0x73706564}, {NOTE, 8, 0xFF00000001}, {0}, {0}}},
        {"SPEC [N3] more rows than bytes",
         SMF_ERR_FORMAT,                                                      {{SECTION(MODULE_NOTE, 45), 6, 0x73706564}, {NOTE, 8, 0x4FFFFFFFF}, {0}, {0}} },
    };
    HOLD(rules);
}

/* SPEC [H12]: every byte of the file counts, the header too; 0 is not looked at. */
static void module_hash(void)
{
    static struct smf_image image;
    static struct smf_section sections[16];
    const uint32_t places[] = {TEXT, NOTE + 5, HEADER + 60, HEADER + 68, FILE_SIZE};
    read_golden();
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        memcpy(changed, golden, sizeof golden);
        if (places[i] < FILE_SIZE)
            changed[places[i]] ^= 1;
        const struct smf_source source = smf_source_memory(changed, sizeof golden, SMF_STAYS_FOR_LOAD);
        CHECK_STATUS(smf_image_open(&image, &source, sections, 16, NULL), SMF_OK);
        CHECK_STATUS(smf_image_check_hash(&image, NULL), places[i] < FILE_SIZE ? SMF_ERR_HASH : SMF_OK);
    }
    memset(changed + HEADER + 60, 0, 8);
    changed[TEXT] ^= 1;
    const struct smf_source source = smf_source_memory(changed, sizeof golden, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_image_open(&image, &source, sections, 16, NULL), SMF_OK);
    CHECK_STATUS(smf_image_check_hash(&image, NULL), SMF_OK);
}

/* SPEC [H16] [F17]: the same module with its header in front is no canonical file. */
static void canonical_header_in_front(void)
{
    static uint8_t file[FILE_SIZE];
    static struct smf_image image;
    static struct smf_section sections[16];
    read_golden();
    memcpy(file, golden + HEADER, 128);
    memcpy(file + 128, golden, HEADER);
    file[20] = (uint8_t)(SECTIONS + 128);
    file[21] = (uint8_t)((SECTIONS + 128) >> 8);
    file[28] = (uint8_t)(SYMBOLS + 128);
    file[29] = (uint8_t)((SYMBOLS + 128) >> 8);
    for (unsigned i = 0; i < 9; i++)
        if (file[128 + SECTION(i, 16)] != 0)
            file[128 + SECTION(i, 8)] = (uint8_t)(file[128 + SECTION(i, 8)] + 128);
    const struct smf_source source = smf_source_memory(file, sizeof file, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_image_open(&image, &source, sections, 16, NULL), SMF_ERR_FORMAT);
}

static const struct tap_case cases[] = {
    {"global_rules",              global_rules             },
    {"header",                    header                   },
    {"section_table",             section_table            },
    {"symbol_table",              symbol_table             },
    {"relocations_and_notes",     relocations_and_notes    },
    {"module_hash",               module_hash              },
    {"canonical_header_in_front", canonical_header_in_front},
};
TAP_MAIN(cases)
