/* SPDX-License-Identifier: MIT */
/*
 * sdn_graph.c - the table `dependencies` of note.sdn as a graph: its rows by one
 * end, and the first cycle in it. Names become numbers by sorting their hashes, then a walk
 * with a stack of its own looks at each dependency once. All in memory of the caller's.
 */
#include "image/sdn.h"
#include "smf/hash.h"

/* A name: at first one for each end of a row, then one for each text. */
struct end {
    uint64_t hash;
    uint32_t offset;
    uint32_t size;    /* with QUOTED                                                */
    uint32_t index;   /* which end; of a text: the dependency to look at next, or a mark */
    uint32_t waiting; /* of the walk's stack, not of this text                     */
};
#define QUOTED 0x80000000u
#define DONE UINT32_MAX
#define ON_STACK 0x80000000u

struct graph {
    const struct smf_sdn *note;
    struct end *ends;  /* 2 a row; then 1 a text                    */
    uint32_t *numbers; /* of texts, 2 a row: from, to               */
    uint32_t *first;   /* of each text's dependencies; one more     */
    uint32_t *targets; /* texts, sorted by what depends on them     */
    uint32_t rows, texts, depth;
};

size_t smf_sdn_cycle_room(const struct smf_sdn *note)
{
    return note->rows[SMF_SDN_DEPENDENCIES] * (2 * sizeof(struct end) + 5 * sizeof(uint32_t)) + 2 * sizeof(uint64_t);
}

/* ---- Names become numbers ---- */

static struct line text_of(const struct graph *graph, const struct end *end)
{
    return line_between(graph->note, end->offset, end->offset + (end->size & ~QUOTED));
}

static enum smf_status hash_end(const struct graph *graph, struct end *end)
{
    struct line line = text_of(graph, end);
    end->hash = SMF_FNV64_BASIS;
    while (line.at < line.end && line.status == SMF_OK) {
        const char c = smf_sdn_character(&line, (end->size & QUOTED) != 0);
        end->hash = smf_hash64(end->hash, &c, 1);
    }
    return line.status;
}

/* On their own, this one and others: what one needs of the stack is not needed by the next. */
static __attribute__((noinline)) enum smf_status take_ends(struct graph *graph, struct smf_diagnosis *why)
{
    struct smf_sdn_cursor cursor = {0};
    struct smf_sdn_row row;
    enum smf_status status = SMF_OK;
    while (status == SMF_OK && (status = smf_sdn_next(graph->note, &cursor, &row, why)) == SMF_OK) {
        const struct smf_sdn_cell cells[] = {smf_sdn_cell(&row, SMF_SDN_FROM_INST),
                                             smf_sdn_cell(&row, SMF_SDN_TO_INST)};
        if (row.table != SMF_SDN_DEPENDENCIES || cells[0].size == 0 || cells[1].size == 0)
            continue;
        if (graph->rows == graph->note->rows[SMF_SDN_DEPENDENCIES]) /* more than were counted */
            return smf_fail(graph->note->image->why, SMF_DETAIL_CHANGED, graph->note->start, 0, 0);
        for (uint32_t i = 0; i < 2 && status == SMF_OK; i++) {
            struct end *end = &graph->ends[2 * graph->rows + i];
            *end = (struct end){0, cells[i].offset, cells[i].size | (cells[i].quoted ? QUOTED : 0), 2 * graph->rows + i,
                                0};
            status = hash_end(graph, end);
        }
        graph->rows++;
    }
    return status == SMF_ERR_NOT_FOUND ? SMF_OK : status;
}

static bool is_before(const struct end *left, const struct end *right)
{
    return left->hash != right->hash ? left->hash < right->hash : left->index < right->index;
}

/* Heap sort: no memory, and no order that takes longer. */
static void sink(struct end *ends, uint32_t at, uint32_t count)
{
    const struct end moved = ends[at];
    for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && is_before(&ends[child], &ends[child + 1]))
            child++;
        if (!is_before(&moved, &ends[child]))
            break;
        ends[at] = ends[child];
    }
    ends[at] = moved;
}

static void sort(struct end *ends, uint32_t count)
{
    for (uint32_t i = count >> 1; i != 0; i--)
        sink(ends, i - 1, count);
    for (uint32_t i = count; i > 1; i--) {
        const struct end last = ends[i - 1];
        ends[i - 1] = ends[0];
        ends[0] = last;
        sink(ends, 0, i - 1);
    }
}

/* Two names of one hash: are they one text? Read in pieces, so that the window does not jump for each character. */
static bool same_text(const struct graph *graph, const struct end *left, const struct end *right,
                      enum smf_status *status)
{
    struct line lines[] = {text_of(graph, left), text_of(graph, right)};
    const bool quoted[] = {(left->size & QUOTED) != 0, (right->size & QUOTED) != 0};
    bool same = true;
    while (same && (lines[0].at < lines[0].end || lines[1].at < lines[1].end)) {
        char pieces[2][32];
        unsigned sizes[2];
        for (unsigned i = 0; i < 2; i++)
            for (sizes[i] = 0; sizes[i] < sizeof pieces[i] && lines[i].at < lines[i].end && lines[i].status == SMF_OK;
                 sizes[i]++)
                pieces[i][sizes[i]] = smf_sdn_character(&lines[i], quoted[i]);
        same = sizes[0] == sizes[1] && memcmp(pieces[0], pieces[1], sizes[0]) == 0;
        *status = lines[0].status != SMF_OK ? lines[0].status : lines[1].status;
        if (*status != SMF_OK)
            return false;
    }
    return same;
}

/* Sorted ends become texts, each the first end that has it. */
static __attribute__((noinline)) enum smf_status number_texts(struct graph *graph)
{
    enum smf_status status = SMF_OK;
    sort(graph->ends, 2 * graph->rows);
    for (uint32_t i = 0; i < 2 * graph->rows; i++) {
        const struct end end = graph->ends[i];
        const struct end *last = graph->texts != 0 ? &graph->ends[graph->texts - 1] : NULL;
        if (last == NULL || last->hash != end.hash)
            graph->ends[graph->texts++] = end;
        else if (!same_text(graph, last, &end, &status))
            return status != SMF_OK ? status
                                    : smf_fail(graph->note->image->why, SMF_DETAIL_NAMES_ALIKE,
                                               graph->note->start + end.offset, graph->note->start + last->offset, 0);
        graph->numbers[end.index] = graph->texts - 1;
    }
    return SMF_OK;
}

/* ---- The walk ---- */

/* Dependencies of each text, in the order of their rows. */
static void sort_targets(struct graph *graph)
{
    memset(graph->first, 0, (graph->texts + 1) * sizeof *graph->first);
    for (uint32_t i = 0; i < graph->rows; i++)
        graph->first[graph->numbers[2 * (size_t)i] + 1]++;
    for (uint32_t i = 0; i < graph->texts; i++) {
        graph->first[i + 1] += graph->first[i];
        graph->ends[i].index = graph->first[i];
    }
    for (uint32_t i = 0; i < graph->rows; i++)
        graph->targets[graph->ends[graph->numbers[2 * (size_t)i]].index++] = graph->numbers[2 * (size_t)i + 1];
    for (uint32_t i = 0; i < graph->texts; i++)
        graph->ends[i].index = graph->first[i];
}

static void enter(struct graph *graph, uint32_t text)
{
    graph->ends[graph->depth++].waiting = text;
    graph->ends[text].index |= ON_STACK;
}

/* From one text on: the one that is met again, or `texts`. */
static uint32_t walk(struct graph *graph, uint32_t start)
{
    if (graph->ends[start].index == DONE)
        return graph->texts;
    enter(graph, start);
    while (graph->depth != 0) {
        const uint32_t text = graph->ends[graph->depth - 1].waiting;
        const uint32_t at = graph->ends[text].index & ~ON_STACK;
        if (at == graph->first[text + 1]) {
            graph->ends[text].index = DONE;
            graph->depth--;
            continue;
        }
        graph->ends[text].index++;
        const uint32_t target = graph->targets[at];
        if (graph->ends[target].index == DONE)
            continue;
        if ((graph->ends[target].index & ON_STACK) != 0)
            return target;
        enter(graph, target);
    }
    return graph->texts;
}

/* ---- The path ---- */

struct path {
    char *buffer;
    size_t capacity, size;
};

static void put(struct path *path, char c)
{
    if (path->size < path->capacity)
        path->buffer[path->size] = c;
    path->size++;
}

static enum smf_status put_text(const struct graph *graph, uint32_t text, struct path *path)
{
    const struct end *end = &graph->ends[text];
    struct line line = text_of(graph, end);
    while (line.at < line.end && line.status == SMF_OK)
        put(path, smf_sdn_character(&line, (end->size & QUOTED) != 0));
    return line.status;
}

/* What waits on the stack from `again` on, and `again` once more. */
static __attribute__((noinline)) enum smf_status write_path(const struct graph *graph, uint32_t again,
                                                            struct path *path)
{
    enum smf_status status = SMF_OK;
    uint32_t at = 0;
    while (graph->ends[at].waiting != again)
        at++;
    for (; at < graph->depth && status == SMF_OK; at++) {
        status = put_text(graph, graph->ends[at].waiting, path);
        put(path, '-');
        put(path, '>');
    }
    if (status == SMF_OK)
        status = put_text(graph, again, path);
    put(path, '\0');
    path->size--;
    return status;
}

/* Cut the room into arrays; the caller's may start anywhere. */
static void divide(struct graph *graph, uint8_t *room)
{
    const uint32_t rows = graph->note->rows[SMF_SDN_DEPENDENCIES];
    room += -(uintptr_t)room & (sizeof(uint64_t) - 1);
    graph->ends = (void *)room;
    graph->numbers = (void *)(graph->ends + 2 * (size_t)rows);
    graph->first = graph->numbers + 2 * (size_t)rows;
    graph->targets = graph->first + 2 * (size_t)rows + 1;
}

enum smf_status smf_sdn_cycle(const struct smf_sdn *note, void *room, size_t room_size, char *buffer, size_t capacity,
                              size_t *length, struct smf_diagnosis *why)
{
    struct graph graph = {.note = note};
    struct path path = {buffer, capacity, 0};
    take_diagnosis(note->image, why);
    note->image->why->name[0] = '\0';
    *length = 0;
    if (capacity != 0)
        buffer[0] = '\0';
    if (room_size < smf_sdn_cycle_room(note))
        return smf_fail(note->image->why, SMF_DETAIL_CYCLE_ROOM, note->start, smf_sdn_cycle_room(note), room_size);
    divide(&graph, room);
    enum smf_status status = take_ends(&graph, why);
    if (status == SMF_OK)
        status = number_texts(&graph);
    if (status != SMF_OK || graph.rows == 0)
        return status;
    sort_targets(&graph);
    uint32_t again = graph.texts;
    for (uint32_t i = 0; i < graph.rows && again == graph.texts; i++)
        again = walk(&graph, graph.numbers[2 * (size_t)i]);
    if (again == graph.texts)
        return SMF_OK;
    status = write_path(&graph, again, &path);
    if (status == SMF_OK && path.size >= capacity)
        status = smf_fail(note->image->why, SMF_DETAIL_TEXT_SPACE, note->start, path.size, capacity);
    if (status == SMF_OK)
        *length = path.size;
    else if (capacity != 0)
        buffer[0] = '\0';
    return status;
}

enum smf_status smf_sdn_dependency(const struct smf_sdn *note, struct smf_sdn_cursor *cursor,
                                   enum smf_sdn_column column, const char *name, size_t size, struct smf_sdn_row *row,
                                   struct smf_diagnosis *why)
{
    bool same = false;
    while (!same) {
        enum smf_status status = smf_sdn_next(note, cursor, row, why);
        if (status != SMF_OK)
            return status;
        if (row->table != SMF_SDN_DEPENDENCIES)
            continue;
        const struct smf_sdn_cell cell = smf_sdn_cell(row, column);
        status = smf_sdn_is(note, &cell, name, size, &same, why);
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}
