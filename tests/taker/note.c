/* SPDX-License-Identifier: MIT */
/*
 * note.c - note.sdn: where it ends, its tables by the names of their columns,
 * rows that do not parse, and what it says about one symbol.
 */
#include <string.h>

#include "harness/tap.h"
#include "taker/scene.h"

#define END "\n# END_NOTE\n"

static struct scene scene;
static struct smf_sdn note;
static struct smf_sdn_row row;

static const char all[] =
    "# SMF metadata\n# Format version: 1.0\n\n"
    "instantiations |id, template, type_args, mangled_name, from_file, from_loc, to_obj, status|\n"
    "    0, \"Vec\", \"i64\", \"Vec$i64\", \"a.spl\", \"a.spl:1:2\", \"a.o\", \"compiled\"\n\n"
    "possible |id, template, type_args, mangled_name, required_by, can_defer|\n"
    "    0, \"Map\", \"string,i64\", \"Map$string_i64\", \"m\", true\n"
    "    1, \"Map\", \"u8\", \"Map$u8\", \"m\", false\n\n"
    "type_inferences |id, inferred_type, expr, context, from_file, from_loc|\n"
    "dependencies |from_inst, to_inst, dep_kind|\n"
    "    \"Vec$i64\", \"Box$i64\", \"inner_type\"\n"
    "circular_warnings |id, cycle_path, severity|\n"
    "circular_errors |id, cycle_path, error_code|\n"
    "    3, \"A->B->A\", \"E0420\"" END;

static enum smf_status try_open(const char *text, bool sized, enum scene_source kind)
{
    scene_note(&scene, text, sized, kind);
    return smf_sdn_open(&note, &scene.image, &scene.why);
}

static void open_note(const char *text, bool sized, enum scene_source kind)
{
    CHECK_STATUS(try_open(text, sized, kind), SMF_OK);
    CHECK(note.present);
}

static const char *cell(enum smf_sdn_column column)
{
    static char text[64];
    const struct smf_sdn_cell where = smf_sdn_cell(&row, column);
    size_t length = 0;
    CHECK_STATUS(smf_sdn_text(&note, &where, text, sizeof text, &length, &scene.why), SMF_OK);
    CHECK_EQUAL(length, strlen(text));
    return text;
}

static void next(struct smf_sdn_cursor *cursor, enum smf_sdn_table table)
{
    CHECK_STATUS(smf_sdn_next(&note, cursor, &row, &scene.why), SMF_OK);
    CHECK_EQUAL(row.table, table);
}

static void all_six_tables(void)
{
    for (unsigned way = 0; way < 6; way++) {
        struct smf_sdn_cursor cursor = {0};
        open_note(all, way < 3, (enum scene_source)(way % 3));
        CHECK_EQUAL(note.malformed, 0);
        static const uint32_t rows[SMF_SDN_TABLES] = {1, 2, 0, 1, 0, 1};
        for (unsigned i = 0; i < SMF_SDN_TABLES; i++)
            CHECK_EQUAL(note.rows[i], rows[i]);
        next(&cursor, SMF_SDN_INSTANTIATIONS);
        CHECK_TEXT(cell(SMF_SDN_MANGLED_NAME), "Vec$i64");
        CHECK_TEXT(cell(SMF_SDN_STATUS), "compiled");
        CHECK_TEXT(cell(SMF_SDN_CAN_DEFER), "");
        next(&cursor, SMF_SDN_POSSIBLE);
        CHECK_TEXT(cell(SMF_SDN_TYPE_ARGS), "string,i64");
        CHECK_TEXT(cell(SMF_SDN_CAN_DEFER), "true");
        next(&cursor, SMF_SDN_POSSIBLE);
        CHECK_TEXT(cell(SMF_SDN_ID), "1");
        next(&cursor, SMF_SDN_DEPENDENCIES);
        CHECK_TEXT(cell(SMF_SDN_TO_INST), "Box$i64");
        next(&cursor, SMF_SDN_CIRCULAR_ERRORS);
        CHECK_TEXT(cell(SMF_SDN_ERROR_CODE), "E0420");
        CHECK_STATUS(smf_sdn_next(&note, &cursor, &row, &scene.why), SMF_ERR_NOT_FOUND);
        CHECK_STATUS(smf_sdn_next(&note, &cursor, &row, NULL), SMF_ERR_NOT_FOUND);
        CHECK_STATUS(smf_sdn_find(&note, SMF_SDN_POSSIBLE, SMF_SDN_MANGLED_NAME, "Map$u8", 6, &row, NULL), SMF_OK);
        CHECK_TEXT(cell(SMF_SDN_ID), "1");
        CHECK_STATUS(smf_sdn_find(&note, SMF_SDN_POSSIBLE, SMF_SDN_MANGLED_NAME, "Map$u", 5, &row, NULL),
                     SMF_ERR_NOT_FOUND);
        scene_end(&scene);
    }
}

/* SPEC [O9]. */
static void columns_are_found_by_name(void)
{
    struct smf_sdn_cursor cursor = {0};
    open_note("possible | mangled_name , extra, template |\r\n  \"M$a\" , 7, \"M\" \r\n" END, true, SCENE_READ);
    next(&cursor, SMF_SDN_POSSIBLE);
    CHECK_TEXT(cell(SMF_SDN_TEMPLATE), "M");
    CHECK_TEXT(cell(SMF_SDN_MANGLED_NAME), "M$a");
    CHECK_TEXT(cell(SMF_SDN_ID), "");
    CHECK_EQUAL(note.malformed, 0);
    scene_end(&scene);
}

/* The start of a column's name, or of a table's, and one that goes on behind it, are other names. */
static void names_that_start_alike_are_others(void)
{
    struct smf_sdn_cursor cursor = {0};
    open_note("possible |i, templates, template, mangled_nam, ids, circular_warningss|\n 1, 2, 3, 4, 5, 6\n"
              "possibl |id|\n 7\npossibles |id|\n 8\ncircular_warningss |id|\n 9" END,
              true, SCENE_STAYS);
    next(&cursor, SMF_SDN_POSSIBLE);
    CHECK_TEXT(cell(SMF_SDN_TEMPLATE), "3");
    CHECK_TEXT(cell(SMF_SDN_ID), "");
    CHECK_TEXT(cell(SMF_SDN_MANGLED_NAME), "");
    CHECK_EQUAL(note.rows[SMF_SDN_POSSIBLE], 1);
    CHECK_EQUAL(note.rows[SMF_SDN_CIRCULAR_WARNINGS], 0);
    scene_end(&scene);
}

/* Cells are places: one of a longer note says nothing about this one, wherever it lies in the file. */
static void a_cell_of_another_note_is_empty(void)
{
    for (int source = SCENE_STAYS; source <= SCENE_READ; source++) {
        char text[8] = "x";
        size_t length = 7;
        bool same = false;
        open_note("possible |id|\n 7" END, true, (enum scene_source)source);
        const struct smf_sdn_cell cells[] = {
            {(uint32_t)note.size,     1,          false},
            {(uint32_t)note.size - 1, 2,          false},
            {UINT32_MAX,              1,          false},
            {1,                       UINT32_MAX, false}
        };
        for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
            CHECK_STATUS(smf_sdn_text(&note, &cells[i], text, sizeof text, &length, &scene.why), SMF_OK);
            CHECK(length == 0 && text[0] == '\0');
            CHECK_STATUS(smf_sdn_is(&note, &cells[i], "", 0, &same, &scene.why), SMF_OK);
            CHECK(same);
        }
        scene_end(&scene);
    }
}

static void quotes_and_escapes(void)
{
    struct smf_sdn_cursor cursor = {0};
    bool same = false;
    open_note("dependencies |from_inst,to_inst,dep_kind|\n \"a,\\\"b\\\\\",\"\\n\\r\\t\\x\", \n \"\",b c ,\"|#\"\n" END,
              true, SCENE_FOR_LOAD);
    CHECK_EQUAL(note.malformed, 0);
    next(&cursor, SMF_SDN_DEPENDENCIES);
    CHECK_TEXT(cell(SMF_SDN_FROM_INST), "a,\"b\\");
    CHECK_TEXT(cell(SMF_SDN_TO_INST), "\n\r\tx");
    CHECK_TEXT(cell(SMF_SDN_DEP_KIND), ""); /* a last cell that is empty is a cell */
    const struct smf_sdn_cell first = smf_sdn_cell(&row, SMF_SDN_FROM_INST);
    CHECK_STATUS(smf_sdn_is(&note, &first, "a,\"b\\", 5, &same, &scene.why), SMF_OK);
    CHECK(same);
    CHECK_STATUS(smf_sdn_is(&note, &first, "a,\"b\\x", 6, &same, &scene.why), SMF_OK);
    CHECK(!same);
    char text[6];
    CHECK_STATUS(smf_sdn_text(&note, &first, text, 5, NULL, &scene.why), SMF_ERR_NO_SPACE);
    CHECK_STATUS(smf_sdn_text(&note, &first, text, 0, NULL, &scene.why), SMF_ERR_NO_SPACE);
    CHECK_STATUS(smf_sdn_text(&note, &first, text, 6, NULL, &scene.why), SMF_OK);
    next(&cursor, SMF_SDN_DEPENDENCIES);
    CHECK_TEXT(cell(SMF_SDN_FROM_INST), "");
    CHECK_TEXT(cell(SMF_SDN_TO_INST), "b c");
    CHECK_TEXT(cell(SMF_SDN_DEP_KIND), "|#");
    scene_end(&scene);
}

/* SPEC [O10]. */
static void malformed_rows_are_counted_and_left_out(void)
{
    static const char *const rows[] = {"\"a\", \"b\"",
                                       "\"a\", \"b\", \"c\", \"d\"",
                                       "\"a\", \"b\", \"c",
                                       "\"a\" x, \"b\", \"c\"",
                                       "a\"b, c, d",
                                       "a, b, c|",
                                       "\"a\", \"b\", \"c\\\"",
                                       "5",
                                       "a, b, c,"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[256] = "dependencies |from_inst, to_inst, dep_kind|\n    ";
        struct smf_sdn_cursor cursor = {0};
        strcat(strcat(text, rows[i]), "\n    x, y, z" END);
        open_note(text, false, SCENE_READ);
        tap_check(note.malformed == 1 && note.rows[SMF_SDN_DEPENDENCIES] == 1, __FILE__, __LINE__, "%s: %u", rows[i],
                  (unsigned)note.malformed);
        next(&cursor, SMF_SDN_DEPENDENCIES);
        CHECK_TEXT(cell(SMF_SDN_DEP_KIND), "z");
        scene_end(&scene);
    }
    open_note("1, 2, 3\n\"before any header\"" END, true, SCENE_STAYS);
    CHECK_EQUAL(note.malformed, 2);
    scene_end(&scene);
}

static void malformed_headers_are_errors(void)
{
    static const char *const headers[] = {
        "possible |id, template", "possible ||",     "possible |id,|",
        "possible |id, id|",      "possible |id| x", "possible |1d|",
        "unknown_table |a b|",    "possible |",      "t |a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q|"};
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        char text[128] = "# note\n";
        strcat(strcat(text, headers[i]), END);
        const enum smf_status status = try_open(text, true, SCENE_READ);
        tap_check(status == SMF_ERR_FORMAT && scene.why.detail == SMF_DETAIL_NOTE, __FILE__, __LINE__, "%s: %s",
                  headers[i], smf_status_name(status));
        CHECK_EQUAL(scene.why.offset, scene.sections[1].offset + 7);
        scene_end(&scene);
    }
}

static void unknown_tables_are_skipped(void)
{
    open_note("other |x, x|\n garbage \" | row\n 1\npossible |id|\n 7\nothers |id|\n 8" END, true, SCENE_STAYS);
    CHECK(note.malformed == 0 && note.rows[SMF_SDN_POSSIBLE] == 1);
    scene_end(&scene);
}

/* SPEC [O8]. */
static void where_a_note_ends(void)
{
    open_note("possible |id|\n 1" END " 2\n 3\nbroken |", true, SCENE_READ); /* stale bytes of a longer one */
    CHECK_EQUAL(note.rows[SMF_SDN_POSSIBLE], 1);
    scene_end(&scene);
    open_note("possible |id|\n 1\n# END_NOTE\r\n 2", false, SCENE_STAYS);
    CHECK_EQUAL(note.rows[SMF_SDN_POSSIBLE], 1);
    scene_end(&scene);
    open_note("possible |id|\n 1\n# END_NOTES\n 2\n# END_NOTE", true, SCENE_READ); /* a size is enough */
    CHECK_EQUAL(note.rows[SMF_SDN_POSSIBLE], 2);
    scene_end(&scene);
    CHECK_STATUS(try_open("possible |id|\n 1\n# END_NOTE", false, SCENE_READ), SMF_ERR_TRUNCATED);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NOTE_END);
    scene_end(&scene);
    scene_note(&scene, "", true, SCENE_STAYS); /* nothing at all: size 0, and no end */
    CHECK_STATUS(smf_sdn_open(&note, &scene.image, &scene.why), SMF_ERR_TRUNCATED);
    CHECK(scene.sections[1].size == 0);
    scene.sections[1].size = SMF_SDN_MAX + 1;
    CHECK_STATUS(smf_sdn_open(&note, &scene.image, &scene.why), SMF_ERR_LIMIT);
    scene.sections[1].flags |= SMF_SECTION_COMPRESSED;
    CHECK_STATUS(smf_sdn_open(&note, &scene.image, &scene.why), SMF_ERR_COMPRESSED);
    scene_end(&scene);
    struct payload none = {0};
    scene_templates(&scene, &none, SCENE_STAYS);
    CHECK_STATUS(smf_sdn_open(&note, &scene.image, &scene.why), SMF_OK);
    CHECK(!note.present && note.size == 0);
    scene_end(&scene);
}

/* ---- Hints ---- */

#define HINTS "type_inferences |id, inferred_type, expr, context, from_file, from_loc|\n"

static struct smf_hint hint;

static void open_hints(const char *rows)
{
    char text[700] = HINTS;
    strcat(strcat(text, rows), END);
    open_note(text, true, SCENE_READ);
}

static const char *hint_cell(const struct smf_sdn_cell *where)
{
    static char text[64];
    CHECK_STATUS(smf_sdn_text(&note, where, text, sizeof text, NULL, &scene.why), SMF_OK);
    return text;
}

static void next_hint(struct smf_sdn_cursor *cursor, enum smf_hint_kind kind, const char *left, const char *right)
{
    CHECK_STATUS(smf_hints_next(&note, cursor, "make", 4, &hint, &scene.why), SMF_OK);
    CHECK_EQUAL(hint.kind, kind);
    CHECK_TEXT(hint_cell(&hint.left), left);
    CHECK_TEXT(hint_cell(&hint.right), right);
}

static void type_var_with_fallback(void)
{
    struct smf_sdn_cursor cursor = {0};
    open_hints(" 4, \"i64\", \"make\", \"type_var T\", \"a\", \"1:2\"\n");
    next_hint(&cursor, SMF_HINT_TYPE_VAR, "T", "i64");
    CHECK_TEXT(hint_cell(&hint.id), "4");
    scene_end(&scene);
}

static void type_var_without_fallback(void)
{
    struct smf_sdn_cursor cursor = {0};
    open_hints(" 5, \"\", \"make\", \"type_var U\", \"a\", \"1:2\"\n");
    next_hint(&cursor, SMF_HINT_TYPE_VAR, "U", "");
    CHECK_EQUAL(hint.right.size, 0);
    scene_end(&scene);
}

static void check_constraint(const char *word, enum smf_hint_kind kind)
{
    char text[128] = " 1, \"Right\", \"make\", \"";
    struct smf_sdn_cursor cursor = {0};
    strcat(strcat(text, word), " Left\", \"file\", \"3:4\"\n");
    open_hints(text);
    next_hint(&cursor, kind, "Left", "Right");
    CHECK_TEXT(hint_cell(&hint.file), "file");
    CHECK_TEXT(hint_cell(&hint.location), "3:4");
    scene_end(&scene);
}

static void constraint_equals(void) { check_constraint("equals", SMF_HINT_EQUALS); }
static void constraint_subtype(void) { check_constraint("subtype", SMF_HINT_SUBTYPE); }
static void constraint_implements(void) { check_constraint("implements", SMF_HINT_IMPLEMENTS); }
static void constraint_has_field(void) { check_constraint("has_field", SMF_HINT_HAS_FIELD); }
static void constraint_has_method(void) { check_constraint("has_method", SMF_HINT_HAS_METHOD); }

/* SPEC [O11]. */
static void full_hints(void)
{
    struct smf_sdn_cursor cursor = {0};
    struct smf_hints hints;
    open_hints(" 1, \"i64\", \"make\", \"type_var T\", \"a\", \"1:1\"\n"
               " 2, \"i64\", \"maker\", \"type_var T\", \"a\", \"1:1\"\n" /* somebody else */
               " 3, \"Ordered\", \"make<T>\", \"implements T\", \"a\", \"1:1\"\n"
               " 4, \"i64\", \"make(1)\", \"call_site\", \"b\", \"2:2\"\n"
               " 5, \"\", \"make\", \"equals_to\", \"b\", \"2:3\"\n" /* no word of a constraint */
               " 6, \"i64\", \"make.x\", \"call_site\", \"b\", \"2:2\"\n"
               " 7, \"i64\", \"mak\", \"call_site\", \"b\", \"2:2\"\n");
    CHECK_STATUS(smf_hints_count(&note, "make", 4, &hints, &scene.why), SMF_OK);
    CHECK(hints.type_vars == 1 && hints.constraints == 1 && hints.usages == 2);
    next_hint(&cursor, SMF_HINT_TYPE_VAR, "T", "i64");
    next_hint(&cursor, SMF_HINT_IMPLEMENTS, "T", "Ordered");
    next_hint(&cursor, SMF_HINT_USAGE, "call_site", "i64");
    CHECK_TEXT(hint_cell(&hint.file), "b");
    next_hint(&cursor, SMF_HINT_USAGE, "equals_to", "");
    CHECK_STATUS(smf_hints_next(&note, &cursor, "make", 4, &hint, &scene.why), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_hints_count(&note, "nobody", 6, &hints, NULL), SMF_OK);
    CHECK(hints.type_vars + hints.constraints + hints.usages == 0);
    CHECK_STATUS(smf_hints_count(&note, "", 0, &hints, NULL), SMF_OK);
    CHECK(hints.type_vars + hints.constraints + hints.usages == 0);
    scene_end(&scene);
}

static const struct tap_case cases[] = {
    {"all_six_tables",                          all_six_tables                         },
    {"columns_are_found_by_name",               columns_are_found_by_name              },
    {"names_that_start_alike_are_others",       names_that_start_alike_are_others      },
    {"a_cell_of_another_note_is_empty",         a_cell_of_another_note_is_empty        },
    {"quotes_and_escapes",                      quotes_and_escapes                     },
    {"malformed_rows_are_counted_and_left_out", malformed_rows_are_counted_and_left_out},
    {"malformed_headers_are_errors",            malformed_headers_are_errors           },
    {"unknown_tables_are_skipped",              unknown_tables_are_skipped             },
    {"where_a_note_ends",                       where_a_note_ends                      },
    {"type_var_with_fallback",                  type_var_with_fallback                 },
    {"type_var_without_fallback",               type_var_without_fallback              },
    {"constraint_equals",                       constraint_equals                      },
    {"constraint_subtype",                      constraint_subtype                     },
    {"constraint_implements",                   constraint_implements                  },
    {"constraint_has_field",                    constraint_has_field                   },
    {"constraint_has_method",                   constraint_has_method                  },
    {"full_hints",                              full_hints                             },
};
TAP_MAIN(cases)
