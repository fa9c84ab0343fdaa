/* SPDX-License-Identifier: MIT */
/* notes.c - note.sdn: what is written is read again; dependencies by one end, and cycles with their path (smf/sdn.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "smf/template_writer.h"
#include "taker/scene.h"

static struct scene scene;
static struct smf_sdn note;
static struct smf_sdn_row row;

static void open_note(const char *text, enum scene_source kind)
{
    scene_note(&scene, text, true, kind);
    CHECK_STATUS(smf_sdn_open(&note, &scene.image, &scene.why), SMF_OK);
    CHECK(note.present);
    CHECK_EQUAL(note.malformed, 0);
}

/* ---- Writing ---- */

static const struct smf_write_sdn_row rows[] = {
    {.table = SMF_SDN_POSSIBLE,          .cells = {"sort", "Point", "sort$Point", "user", "true"}                   },
    {.table = SMF_SDN_DEPENDENCIES,      .cells = {"reverse$i64", "swap$i64", "inner_type"}                         },
    {.table = SMF_SDN_INSTANTIATIONS,    .cells = {"sort", "i64", "sort$i64", "a.c", "a.c:1:2", "a.o", "compiled"}  },
    {.table = SMF_SDN_POSSIBLE,          .cells = {"a \"quoted\", \\ name", "text,i64\n\r\t|#", "", NULL, "perhaps"}},
    {.table = SMF_SDN_CIRCULAR_ERRORS,   .cells = {"A->B->A", "E0420"}                                              },
    {.table = SMF_SDN_TYPE_INFERENCES,   .cells = {"i64", "sort", "call_site", "a.c", "a.c:3:4"}                    },
    {.table = SMF_SDN_CIRCULAR_WARNINGS, .cells = {"C->C", "low"}                                                   },
    {.table = SMF_SDN_CIRCULAR_WARNINGS, .cells = {"D->D"}                                                          },
};
#define ROWS (sizeof rows / sizeof rows[0])

/* SPEC [U13]. */
static const char written[] =
    "# SMF instantiation metadata\n# Format version: 1.0\n\n"
    "instantiations |id, template, type_args, mangled_name, from_file, from_loc, to_obj, status|\n"
    "    0, \"sort\", \"i64\", \"sort$i64\", \"a.c\", \"a.c:1:2\", \"a.o\", \"compiled\"\n\n"
    "possible |id, template, type_args, mangled_name, required_by, can_defer|\n"
    "    0, \"sort\", \"Point\", \"sort$Point\", \"user\", true\n"
    "    1, \"a \\\"quoted\\\", \\\\ name\", \"text,i64\\n\\r\\t|#\", \"\", \"\", false\n\n"
    "type_inferences |id, inferred_type, expr, context, from_file, from_loc|\n"
    "    0, \"i64\", \"sort\", \"call_site\", \"a.c\", \"a.c:3:4\"\n\n"
    "dependencies |from_inst, to_inst, dep_kind|\n"
    "    \"reverse$i64\", \"swap$i64\", \"inner_type\"\n\n"
    "circular_warnings |id, cycle_path, severity|\n"
    "    0, \"C->C\", \"low\"\n"
    "    1, \"D->D\", \"\"\n\n"
    "circular_errors |id, cycle_path, error_code|\n"
    "    0, \"A->B->A\", \"E0420\"\n"
    "\n# END_NOTE\n";

static void rows_are_written_as_compilers_do(void)
{
    char text[sizeof written + 8], again[sizeof text];
    memset(text, 'x', sizeof text);
    CHECK_EQUAL(smf_sdn_write(rows, ROWS, NULL, 0), sizeof written - 1);
    CHECK_EQUAL(smf_sdn_write(rows, ROWS, text, sizeof written - 2), sizeof written - 1);
    CHECK_EQUAL(text[0], 'x'); /* no room: nothing is written */
    CHECK_EQUAL(smf_sdn_write(rows, ROWS, text, sizeof written - 1), sizeof written - 1);
    CHECK_EQUAL(text[sizeof written - 1], 'x');
    text[sizeof written - 1] = '\0';
    CHECK_TEXT(text, written);
    CHECK_EQUAL(smf_sdn_write(rows, ROWS, again, sizeof again), sizeof written - 1);
    CHECK(memcmp(text, again, sizeof written - 1) == 0);
}

static void ids_have_as_many_digits_as_they_need(void)
{
    static struct smf_write_sdn_row many[1011];
    static char text[64 * 1011];
    for (unsigned i = 0; i < 1011; i++)
        many[i].table = SMF_SDN_CIRCULAR_ERRORS;
    const size_t size = smf_sdn_write(many, 1011, text, sizeof text - 1);
    CHECK(size < sizeof text);
    text[size < sizeof text ? size : 0] = '\0';
    CHECK(strstr(text, "\n    0, \"\", \"\"\n    1, ") != NULL);
    CHECK(strstr(text, "\n    9, \"\", \"\"\n    10, ") != NULL);
    CHECK(strstr(text, "\n    999, \"\", \"\"\n    1000, ") != NULL);
    CHECK(strstr(text, "\n    1009, \"\", \"\"\n    1010, \"\", \"\"\n\n# END_NOTE\n") != NULL);
}

static const enum smf_sdn_column columns[SMF_SDN_TABLES][8] = {
    {SMF_SDN_TEMPLATE,      SMF_SDN_TYPE_ARGS,                SMF_SDN_MANGLED_NAME,                                 SMF_SDN_FROM_FILE, SMF_SDN_FROM_LOC, SMF_SDN_TO_OBJ,
     SMF_SDN_STATUS, SMF_SDN_COLUMNS},
    {SMF_SDN_TEMPLATE,     SMF_SDN_TYPE_ARGS,                       SMF_SDN_MANGLED_NAME,                                                                                                SMF_SDN_REQUIRED_BY, SMF_SDN_CAN_DEFER,
     SMF_SDN_COLUMNS},
    {SMF_SDN_INFERRED_TYPE,                     SMF_SDN_EXPR,                                      SMF_SDN_CONTEXT,                                                                     SMF_SDN_FROM_FILE, SMF_SDN_FROM_LOC, SMF_SDN_COLUMNS},
    {SMF_SDN_FROM_INST,  SMF_SDN_TO_INST,                 SMF_SDN_DEP_KIND,                                                                                               SMF_SDN_COLUMNS},
    {SMF_SDN_CYCLE_PATH, SMF_SDN_SEVERITY, SMF_SDN_COLUMNS},
    {SMF_SDN_CYCLE_PATH,     SMF_SDN_ERROR_CODE,                      SMF_SDN_COLUMNS                                                                         },
};

static void check_row(const struct smf_write_sdn_row *wanted)
{
    for (unsigned i = 0; columns[wanted->table][i] != SMF_SDN_COLUMNS; i++) {
        const struct smf_sdn_cell cell = smf_sdn_cell(&row, columns[wanted->table][i]);
        const char *text = wanted->cells[i] != NULL ? wanted->cells[i] : "";
        bool same = false;
        if (columns[wanted->table][i] == SMF_SDN_CAN_DEFER && strcmp(text, "true") != 0)
            text = "false";
        CHECK_STATUS(smf_sdn_is(&note, &cell, text, strlen(text), &same, &scene.why), SMF_OK);
        CHECK(same);
    }
}

static void what_is_written_is_read(void)
{
    char text[sizeof written];
    smf_sdn_write(rows, ROWS, text, sizeof text);
    text[sizeof text - 1] = '\0';
    for (unsigned kind = SCENE_STAYS; kind <= SCENE_READ; kind++) {
        struct smf_sdn_cursor cursor = {0};
        unsigned count = 0;
        open_note(text, (enum scene_source)kind);
        CHECK(!smf_sdn_is_empty(&note));
        CHECK(smf_sdn_has_circular_errors(&note));
        for (unsigned table = 0; table < SMF_SDN_TABLES; table++)
            for (unsigned i = 0; i < ROWS; i++) {
                if (rows[i].table != table)
                    continue;
                CHECK_STATUS(smf_sdn_next(&note, &cursor, &row, &scene.why), SMF_OK);
                CHECK_EQUAL(row.table, table);
                check_row(&rows[i]);
                count++;
            }
        CHECK_EQUAL(count, ROWS);
        CHECK_STATUS(smf_sdn_next(&note, &cursor, &row, &scene.why), SMF_ERR_NOT_FOUND);
        scene_end(&scene);
    }
}

static void a_note_without_rows(void)
{
    char text[800];
    const size_t size = smf_sdn_write(NULL, 0, text, sizeof text - 1);
    CHECK(size < sizeof text);
    text[size < sizeof text ? size : 0] = '\0';
    open_note(text, SCENE_READ);
    CHECK(smf_sdn_is_empty(&note));
    CHECK(!smf_sdn_has_circular_errors(&note));
    scene_end(&scene);
}

/* ---- Dependencies ---- */

/* A note whose dependencies are these pairs. */
static char *note_of(const char *const *pairs, unsigned count)
{
    struct smf_write_sdn_row *list = calloc(count, sizeof *list);
    char *text = NULL;
    if (list != NULL) {
        for (unsigned i = 0; i < count; i++)
            list[i] = (struct smf_write_sdn_row){
                .table = SMF_SDN_DEPENDENCIES, .cells = {pairs[2 * i], pairs[2 * i + 1], "inner_type"}
            };
        const size_t size = smf_sdn_write(list, count, NULL, 0);
        text = malloc(size + 1);
        if (text != NULL)
            text[smf_sdn_write(list, count, text, size)] = '\0';
    }
    free(list);
    CHECK(text != NULL);
    return text;
}

static char path[256];
static size_t length;

/* The cycle of the open note, in exactly the room that it asks for. */
static enum smf_status find_cycle(size_t capacity)
{
    const size_t size = smf_sdn_cycle_room(&note);
    char *room = malloc(size);
    CHECK(room != NULL);
    memset(path, 'x', sizeof path);
    const enum smf_status status = smf_sdn_cycle(&note, room, size, path, capacity, &length, &scene.why);
    free(room);
    return status;
}

static void check_cycle(const char *const *pairs, unsigned count, const char *wanted)
{
    char *text = note_of(pairs, count);
    for (unsigned kind = SCENE_STAYS; kind <= SCENE_READ; kind++) {
        open_note(text, (enum scene_source)kind);
        CHECK_STATUS(find_cycle(sizeof path), SMF_OK);
        CHECK_TEXT(path, wanted);
        CHECK_EQUAL(length, strlen(wanted));
        scene_end(&scene);
    }
    free(text);
}
#define CYCLE(wanted, ...)                                                                                             \
    check_cycle((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / (2 * sizeof(char *)), \
                wanted)

/* SPEC [U14]. */
static void cycles_have_an_ordered_path(void)
{
    CYCLE("A->B->A", "A", "B", "B", "A");
    CYCLE("A->A", "A", "A");
    CYCLE("", "A", "B");
    CYCLE("", "A", "B", "A", "C", "B", "D", "C", "D"); /* two ways to one */
    CYCLE("B->C->D->B", "A", "B", "B", "C", "C", "D", "D", "B");
    CYCLE("B->C->B", "A", "B", "B", "C", "C", "B", "A", "A"); /* before the later row */
    CYCLE("X->Y->X", "A", "B", "B", "C", "X", "Y", "Y", "X"); /* not from the first   */
    CYCLE("D->A->C->D", "B", "E", "D", "E", "D", "A", "A", "C", "C", "D");
    CYCLE("A->B->C->A", "A", "B", "B", "E", "E", "F", "B", "C", "C", "A");
    CYCLE("a \"b\"\\->c\nd->a \"b\"\\", "a \"b\"\\", "c\nd", "c\nd", "a \"b\"\\");
    CYCLE("", "A", "", "", "A", "", ""); /* nobody */
}

static void a_bare_and_a_quoted_name_are_one(void)
{
    open_note("dependencies |to_inst, from_inst|\n B, \"A\"\n \"A\", \"B\"\n  \"\\A\", x\n# END_NOTE\n", SCENE_READ);
    CHECK_STATUS(find_cycle(sizeof path), SMF_OK);
    CHECK_TEXT(path, "A->B->A");
    scene_end(&scene);
    open_note("dependencies |dep_kind, other|\n inner_type, x\n# END_NOTE\n", SCENE_READ); /* no ends at all */
    CHECK_STATUS(find_cycle(sizeof path), SMF_OK);
    CHECK_EQUAL(length, 0);
    scene_end(&scene);
}

static void without_a_note(void)
{
    static const struct forge_section text = {
        .name = ".text", .type = SMF_SECTION_CODE, .flags = 5, .alignment = 4, .bytes = "\xC3", .size = 1};
    scene_make(&scene, &(struct forge){.layout = FORGE_CANONICAL, .sections = &text, .section_count = 1}, SCENE_STAYS);
    CHECK_STATUS(smf_sdn_open(&note, &scene.image, &scene.why), SMF_OK);
    CHECK(!note.present && smf_sdn_is_empty(&note) && !smf_sdn_has_circular_errors(&note));
    CHECK_STATUS(find_cycle(sizeof path), SMF_OK);
    CHECK_EQUAL(length, 0);
    scene_end(&scene);
}

/* Each depends on the next, the last one on the first: no recursion, and no work but once each. */
static void a_long_way_round(void)
{
    void *const room = malloc(16u << 20); /* for twenty thousand, as machines have it and boards have not */
    const unsigned many = room != NULL ? 20000 : 300;
    free(room);
    const char **pairs = malloc(2 * (size_t)many * sizeof *pairs);
    char *names = malloc(12 * (size_t)many);
    CHECK(pairs != NULL && names != NULL);
    if (pairs == NULL || names == NULL)
        return;
    for (unsigned i = 0; i < many; i++) {
        snprintf(names + 12 * (size_t)i, 12, "f%u", i);
        pairs[2 * i] = names + 12 * (size_t)i;
        pairs[2 * i + 1] = names + 12 * (size_t)((i + 1) % many);
    }
    char *text = note_of(pairs, many);
    open_note(text, SCENE_STAYS);
    CHECK_STATUS(find_cycle(sizeof path), SMF_ERR_NO_SPACE);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_TEXT_SPACE);
    size_t wanted = 2; /* the first name once more */
    for (unsigned i = 0; i < many; i++)
        wanted += strlen(pairs[2 * i]) + 2;
    CHECK_EQUAL(scene.why.value, wanted);
    CHECK_TEXT(path, "");
    scene_end(&scene);
    free(text);
    text = note_of(pairs, many - 1);
    open_note(text, SCENE_STAYS);
    CHECK_STATUS(find_cycle(sizeof path), SMF_OK);
    CHECK_EQUAL(length, 0);
    scene_end(&scene);
    free(text);
    free(names);
    free(pairs);
}

static void room_and_buffer_as_they_must_be(void)
{
    static const char *const pairs[] = {"A", "B", "B", "A"};
    char *text = note_of(pairs, 2), room[256];
    open_note(text, SCENE_STAYS);
    const size_t size = smf_sdn_cycle_room(&note);
    CHECK(size + 8 <= sizeof room);
    CHECK_STATUS(find_cycle(sizeof "A->B->A"), SMF_OK);
    CHECK_EQUAL(path[sizeof "A->B->A"], 'x');
    CHECK_STATUS(find_cycle(sizeof "A->B->A" - 1), SMF_ERR_NO_SPACE);
    CHECK_EQUAL(scene.why.value, 7);
    CHECK_EQUAL(length, 0);
    CHECK_EQUAL(path[sizeof "A->B->A" - 1], 'x');
    CHECK_STATUS(find_cycle(0), SMF_ERR_NO_SPACE);
    for (unsigned i = 0; i < 8; i++) { /* wherever it starts */
        CHECK_STATUS(smf_sdn_cycle(&note, room + i, size, path, sizeof path, &length, NULL), SMF_OK);
        CHECK_TEXT(path, "A->B->A");
    }
    CHECK_STATUS(smf_sdn_cycle(&note, room, size - 1, path, sizeof path, &length, &scene.why), SMF_ERR_NO_ARENA);
    CHECK_EQUAL(scene.why.detail, SMF_DETAIL_CYCLE_ROOM);
    CHECK_EQUAL(scene.why.value, size);
    CHECK(path[0] == '\0' && length == 0);
    scene_end(&scene);
    free(text);
}

/* Two names whose FNV-1a-64 is one: said, not taken for the same. */
static void names_of_one_hash(void)
{
    static const char *const pairs[] = {"8yn0iYCKYHlIj4-BwPqk", "A", "A", "GReLUrM4wMqfg9yzV3KQ"};
    char *text = note_of(pairs, 2);
    for (unsigned kind = SCENE_STAYS; kind <= SCENE_READ; kind++) {
        open_note(text, (enum scene_source)kind);
        CHECK_STATUS(find_cycle(sizeof path), SMF_ERR_AMBIGUOUS);
        CHECK_EQUAL(scene.why.detail, SMF_DETAIL_NAMES_ALIKE);
        scene_end(&scene);
    }
    free(text);
}

static void every_read_may_fail(void)
{
    static const char *const pairs[] = {"alpha", "beta", "beta", "gamma", "gamma", "alpha"};
    char *text = note_of(pairs, 3);
    unsigned fail = 1;
    for (enum smf_status status = SMF_ERR_IO; status == SMF_ERR_IO; fail++) {
        open_note(text, SCENE_READ);
        scene.reads = 0;
        scene.fail_at = fail;
        tap_variant("read=%u", fail);
        status = find_cycle(sizeof path);
        if (status != SMF_OK)
            CHECK_STATUS(status, SMF_ERR_IO);
        CHECK_TEXT(path, status == SMF_OK ? "alpha->beta->gamma->alpha" : "");
        scene_end(&scene);
    }
    tap_variant("%s", "");
    CHECK(fail > 3);
    free(text);
}

static unsigned count_dependencies(enum smf_sdn_column column, const char *name)
{
    struct smf_sdn_cursor cursor = {0};
    unsigned count = 0;
    enum smf_status status;
    while ((status = smf_sdn_dependency(&note, &cursor, column, name, strlen(name), &row, &scene.why)) == SMF_OK) {
        CHECK_EQUAL(row.table, SMF_SDN_DEPENDENCIES);
        count++;
    }
    CHECK_STATUS(status, SMF_ERR_NOT_FOUND);
    return count;
}

static void dependencies_by_one_end(void)
{
    static const char *const pairs[] = {"A", "B", "B", "C", "A", "C", "D", "A"};
    char *text = note_of(pairs, 4);
    open_note(text, SCENE_READ);
    CHECK_EQUAL(count_dependencies(SMF_SDN_FROM_INST, "A"), 2);
    CHECK_EQUAL(count_dependencies(SMF_SDN_FROM_INST, "C"), 0);
    CHECK_EQUAL(count_dependencies(SMF_SDN_TO_INST, "C"), 2);
    CHECK_EQUAL(count_dependencies(SMF_SDN_TO_INST, "A"), 1);
    CHECK_EQUAL(count_dependencies(SMF_SDN_TO_INST, "D"), 0);
    CHECK_EQUAL(count_dependencies(SMF_SDN_DEP_KIND, "inner_type"), 4);
    scene_end(&scene);
    free(text);
}

static const struct tap_case cases[] = {
    {"rows_are_written_as_compilers_do",     rows_are_written_as_compilers_do    },
    {"ids_have_as_many_digits_as_they_need", ids_have_as_many_digits_as_they_need},
    {"what_is_written_is_read",              what_is_written_is_read             },
    {"a_note_without_rows",                  a_note_without_rows                 },
    {"cycles_have_an_ordered_path",          cycles_have_an_ordered_path         },
    {"a_bare_and_a_quoted_name_are_one",     a_bare_and_a_quoted_name_are_one    },
    {"without_a_note",                       without_a_note                      },
    {"a_long_way_round",                     a_long_way_round                    },
    {"room_and_buffer_as_they_must_be",      room_and_buffer_as_they_must_be     },
    {"names_of_one_hash",                    names_of_one_hash                   },
    {"every_read_may_fail",                  every_read_may_fail                 },
    {"dependencies_by_one_end",              dependencies_by_one_end             },
};
TAP_MAIN(cases)
