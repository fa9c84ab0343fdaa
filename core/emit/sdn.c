/* SPDX-License-Identifier: MIT */
/*
 * sdn.c - writing note.sdn as compilers do (SPEC, "note.sdn"): all six tables, empty ones too, ids
 * counted from 0 in each, ids and can_defer bare, every other cell quoted.
 */
#include "smf/sdn.h"
#include "emit/emit.h"
#include "smf/template_writer.h"

/* Columns in the order of compilers. */
struct table {
    const char *header; /* name and columns   */
    uint8_t cells;      /* without the id     */
    uint8_t flag;       /* 1 + the place of the one that is a bare true or false; 0: none */
    bool has_id;
};
static const struct table tables[SMF_SDN_TABLES] = {
    {"instantiations |id, template, type_args, mangled_name, from_file, from_loc, to_obj, status|", 7, 0, true },
    {"possible |id, template, type_args, mangled_name, required_by, can_defer|",                    5, 5, true },
    {"type_inferences |id, inferred_type, expr, context, from_file, from_loc|",                     5, 0, true },
    {"dependencies |from_inst, to_inst, dep_kind|",                                                 3, 0, false},
    {"circular_warnings |id, cycle_path, severity|",                                                2, 0, true },
    {"circular_errors |id, cycle_path, error_code|",                                                2, 0, true },
};

static void put(struct sink *sink, const char *text) { smf_sink_put(sink, text, text_length(text)); }

/* Decimal, without a division. */
static void put_number(struct sink *sink, uint32_t value)
{
    static const uint32_t powers[] = {1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
    bool started = false;
    for (unsigned i = 0; i < sizeof powers / sizeof powers[0]; i++) {
        char digit = '0';
        for (; value >= powers[i]; value -= powers[i])
            digit++;
        started = started || digit != '0' || powers[i] == 1;
        if (started)
            smf_sink_put(sink, &digit, 1);
    }
}

static void put_quoted(struct sink *sink, const char *text)
{
    static const char special[] = "\\\"\n\r\t", letters[] = "\\\"nrt";
    put(sink, "\"");
    for (; *text != '\0'; text++) {
        unsigned i = 0;
        while (i < 5 && special[i] != *text)
            i++;
        if (i < 5)
            put(sink, "\\");
        smf_sink_put(sink, i < 5 ? &letters[i] : text, 1);
    }
    put(sink, "\"");
}

static void put_row(struct sink *sink, const struct table *table, const struct smf_write_sdn_row *row, uint32_t id)
{
    put(sink, "    ");
    if (table->has_id)
        put_number(sink, id);
    for (unsigned i = 0; i < table->cells; i++) {
        const char *cell = row->cells[i] != NULL ? row->cells[i] : "";
        if (i != 0 || table->has_id)
            put(sink, ", ");
        if (1 + i == table->flag)
            put(sink, same_text(cell, "true") ? "true" : "false");
        else
            put_quoted(sink, cell);
    }
    put(sink, "\n");
}

static void put_note(struct sink *sink, const struct smf_write_sdn_row *rows, uint32_t count)
{
    put(sink, "# SMF instantiation metadata\n# Format version: 1.0\n");
    for (unsigned table = 0; table < SMF_SDN_TABLES; table++) {
        uint32_t id = 0;
        put(sink, "\n");
        put(sink, tables[table].header);
        put(sink, "\n");
        for (uint32_t i = 0; i < count; i++)
            if (rows[i].table == table)
                put_row(sink, &tables[table], &rows[i], id++);
    }
    put(sink, "\n# END_NOTE\n");
}

size_t smf_sdn_write(const struct smf_write_sdn_row *rows, uint32_t count, char *buffer, size_t capacity)
{
    struct sink sink = {0};
    put_note(&sink, rows, count);
    if (buffer != NULL && sink.size <= capacity) {
        sink = (struct sink){.bytes = (uint8_t *)buffer};
        put_note(&sink, rows, count);
    }
    return (size_t)sink.size;
}
