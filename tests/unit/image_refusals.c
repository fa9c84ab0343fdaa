/* SPDX-License-Identifier: MIT */
/*
 * Every check of core/image, made to fire: a good file, one field patched, and
 * the detail that must come of it. The last case fails if a detail of the
 * image floor was never seen here. The cases lie in image_refuse_*.c.
 */
#include "image_refusals.h"

struct opened opened;
static bool reached[SMF_DETAIL_END];

void expect(const char *what, enum smf_status status, enum smf_detail detail)
{
    char line[300];
    smf_diagnosis_format(&opened.why, line, sizeof line);
    tap_check(status == opened.why.status && opened.why.detail == detail, __FILE__, __LINE__,
              "%s: %s, detail %d (wanted %d): %s", what, smf_status_name(status), (int)opened.why.detail, (int)detail,
              line);
    if (status != SMF_OK)
        reached[opened.why.detail] = true;
}

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

void apply(struct forged *file, const struct patch *patch)
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

void refuse_all(enum forge_layout layout, const struct patch *patches, size_t count)
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

static void every_detail_of_this_floor_was_reached(void)
{
    static const struct {
        const char *name;
        int number, detail;
    } details[] = {
#define SMF_DETAIL_ENTRY(name, status, number, text) {#name, number, SMF_DETAIL_##name},
#define SMF_DETAILS_WITHOUT_TEMPLATES /* tests/generic */
#include "smf/details.def"
#undef SMF_DETAILS_WITHOUT_TEMPLATES
#undef SMF_DETAIL_ENTRY
    };
    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++) {
        const int detail = details[i].detail;
        if (details[i].number > 31 || (details[i].number > 23 && detail / 64 != -SMF_ERR_FORMAT) ||
            detail == SMF_DETAIL_READ || detail == SMF_DETAIL_PAST_END || detail == SMF_DETAIL_OLDER_LAYOUT ||
            detail == SMF_DETAIL_MANY_SECTIONS || detail / 64 == -SMF_ERR_DECOMPRESS)
            continue; /* other floors'; the window's: unit/base; of smaller builds: unit/image_no_older; unit/lz4 */
        if ((details[i].number >= 12 && detail / 64 != -SMF_ERR_FORMAT) || detail == SMF_DETAIL_TEMPLATES)
            continue; /* libraries': library/refusals; those of templates and note.sdn: taker/templates, taker/note */
        if (sizeof(size_t) == 8 && (detail == SMF_DETAIL_SOURCE_SIZE || detail == SMF_DETAIL_RELOCATION_ADDEND))
            continue; /* every number of a file is a word of this machine: more_than_a_word() */
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
    {"compressed_code_is_opened_and_not_read", compressed_code_is_opened_and_not_read},
    {"compressed_sections_that_cannot_be",     compressed_sections_that_cannot_be    },
    {"code_that_is_no_machine_code",           code_that_is_no_machine_code          },
    {"other_kinds_of_files",                   other_kinds_of_files                  },
    {"two_headers_are_ambiguous",              two_headers_are_ambiguous             },
    {"canonical_only_at_the_end",              canonical_only_at_the_end             },
    {"symbols_of_older_files",                 symbols_of_older_files                },
    {"space_that_the_caller_lacks",            space_that_the_caller_lacks           },
    {"more_than_a_word",                       more_than_a_word                      },
    {"every_detail_of_this_floor_was_reached", every_detail_of_this_floor_was_reached},
};
TAP_MAIN(cases)
