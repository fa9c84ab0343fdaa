/* SPDX-License-Identifier: MIT */
/*
 * older_search.c - which layout do these bytes have? Every header position and
 * view is tried; exactly one must survive (SPEC, "Which layout is it").
 *
 * When none survives, the diagnosis is that of the view which is most likely
 * meant: one whose header says where its section table must be, then the one
 * that got furthest.
 */
#include "image/older.h"

static const struct places r72_places = {.layout = SMF_LAYOUT_R72,
                                         .size = SMF_R72_HEADER_SIZE,
                                         .section_count = SMF_R72_SECTION_COUNT,
                                         .section_table = SMF_R72_SECTION_TABLE,
                                         .symbol_table = SMF_R72_SYMBOL_TABLE,
                                         .symbol_count = SMF_R72_SYMBOL_COUNT,
                                         .exported_count = SMF_R72_EXPORTED_COUNT,
                                         .entry_point = SMF_R72_ENTRY_POINT,
                                         .module_hash = SMF_R72_MODULE_HASH,
                                         .source_hash = SMF_R72_SOURCE_HASH};
static const struct places r96_places = {.layout = SMF_LAYOUT_R96,
                                         .size = SMF_R96_HEADER_SIZE,
                                         .compression = SMF_R96_COMPRESSION,
                                         .section_count = SMF_R96_SECTION_COUNT,
                                         .section_table = SMF_R96_SECTION_TABLE,
                                         .symbol_table = SMF_R96_SYMBOL_TABLE,
                                         .symbol_count = SMF_R96_SYMBOL_COUNT,
                                         .exported_count = SMF_R96_EXPORTED_COUNT,
                                         .entry_point = SMF_R96_ENTRY_POINT,
                                         .stub_size = SMF_R96_STUB_SIZE,
                                         .data_offset = SMF_R96_DATA_OFFSET,
                                         .module_hash = SMF_R96_MODULE_HASH,
                                         .source_hash = SMF_R96_SOURCE_HASH};

/* Forms of section entries, as their stride and where their name is; each family has an order of trial. */
enum section_form { FORM_T56, FORM_T64A, FORM_T64B };

enum { POSITIONS = 3, VIEWS = 3, STRIDES = 3 };

/* How far a view got. A header that looks like its layout outranks any that does not. */
enum progress { NOT_TRIED, HAS_MAGIC, HAS_HEADER, HAS_SECTIONS, LOOKS_RIGHT = 4, IS_MARKED = 8 };

/* Where headers may stand (position_of), and which of these places have the magic. */
struct search {
    size_t origin; /* where the module starts: 0, or behind a script's first line */
    bool there[POSITIONS];
    bool marked; /* the one at end - 128 is canonical: it has been judged */
    uint8_t magics;
    uint8_t found;                 /* views that survived */
    uint8_t rank;                  /* of the failure in `why` */
    uint8_t other;                 /* place of the second survivor */
    struct view *trial;            /* the view at work; the first survivor is kept in the image */
    struct smf_diagnosis *why;     /* where the failure most worth telling goes                  */
    struct smf_diagnosis *attempt; /* why the view at work failed: the image's, may be the same  */
    enum smf_status status;        /* of that failure                                            */
};

/* Where a header may stand: at the start, at end - 128, at end - 96. */
static size_t position_of(const struct smf_image *image, const struct search *search, unsigned place)
{
    if (place == 0)
        return search->origin;
    return image->size - (place == 1 ? SMF_P128_HEADER_SIZE : SMF_R96_HEADER_SIZE);
}

static enum smf_status look_for_magic(struct smf_image *image, struct search *search, size_t origin)
{
    const size_t size = image->size;
    search->origin = origin;
    search->magics = 0;
    for (unsigned i = 0; i < POSITIONS; i++) {
        const size_t position = position_of(image, search, i);
        const uint8_t *at;
        search->there[i] = false;
        if ((i == 1 && search->marked) || position > size || (i != 0 && position <= origin) ||
            size - position < SMF_R72_HEADER_SIZE)
            continue;
        const enum smf_status status = smf_window_get(&image->records, position, 12, &at, search->attempt);
        if (status != SMF_OK)
            return status;
        search->there[i] = smf_get32(at) == SMF_MAGIC;
        search->magics += search->there[i];
    }
    return SMF_OK;
}

/* R72 and R80 headers only stand at the start, R96 anywhere, P128 not at end - 96 (FORMAT 1.1). */
static bool possible(const struct smf_image *image, const struct search *search, unsigned place, enum smf_layout layout)
{
    static const uint8_t sizes[] = {SMF_R72_HEADER_SIZE, SMF_R96_HEADER_SIZE, SMF_P128_HEADER_SIZE};
    if (!search->there[place] || image->size - position_of(image, search, place) < sizes[layout])
        return false;
    return place == 0 || layout == SMF_LAYOUT_R96 || (place == 1 && layout == SMF_LAYOUT_P128);
}

/* A header that says what only its own layout says. */
static bool looks_right(const struct view *view)
{
    const struct smf_header *header = &view->header;
    const size_t table = view->section_table - header->position;
    if (header->layout == SMF_LAYOUT_R72)
        return table == SMF_R72_HEADER_SIZE || table == SMF_R72_HEADER_SIZE + 8;
    if (header->layout == SMF_LAYOUT_R96)
        return table == SMF_R96_HEADER_SIZE;
    return header->canonical || (header->major == SMF_FORMAT_MAJOR && header->minor == SMF_FORMAT_MINOR);
}

static void remember_failure(struct search *search, enum progress progress)
{
    const uint8_t rank = (uint8_t)(progress + (looks_right(search->trial) ? LOOKS_RIGHT : 0));
    if (rank <= search->rank)
        return;
    search->rank = rank;
    search->status = search->attempt->status;
    *search->why = *search->attempt;
}

/* The symbol strides that fit the section stride in use. The family's own stride goes first. */
static enum smf_status try_symbols(struct smf_image *image, struct search *search)
{
    static const uint8_t strides[VIEWS][STRIDES] = {
        {SMF_S40_SIZE, SMF_S56_SIZE, SMF_S52_SIZE},
        {SMF_S56_SIZE, SMF_S40_SIZE, SMF_S52_SIZE},
        {SMF_S56_SIZE, SMF_S52_SIZE, SMF_S40_SIZE},
    };
    struct view *view = search->trial;
    const size_t table = view->string_table, size = view->string_size;
    enum smf_status first = SMF_OK;
    struct smf_diagnosis *why = search->attempt;
    for (unsigned i = 0; i < STRIDES; i++) {
        view->string_table = table;
        view->string_size = size;
        enum smf_status status = smf_view_symbol_table(view, strides[view->header.layout][i], why);
        if (status == SMF_OK && view->header.symbol_count != 0)
            status = smf_view_symbols(image, view, why);
        if (status == SMF_OK || status == SMF_ERR_IO)
            return status;
        remember_failure(search, HAS_SECTIONS);
        first = i == 0 ? status : first;
    }
    return first;
}

static const struct places *const places[VIEWS] = {
    [SMF_LAYOUT_R72] = &r72_places, [SMF_LAYOUT_R96] = &r96_places, [SMF_LAYOUT_P128] = &smf_p128_places};

static enum smf_status read_header(struct smf_image *image, struct search *search, enum smf_layout layout,
                                   size_t position)
{
    struct smf_header *header = &search->trial->header;
    const enum smf_status status =
        smf_view_header(image, search->trial, places[layout], position, search->origin, search->attempt);
    if (layout == SMF_LAYOUT_R72 && search->trial->section_table == header->base + SMF_R72_HEADER_SIZE + 8)
        header->header_size = SMF_R72_HEADER_SIZE + 8;
    if (layout == SMF_LAYOUT_R96 && position + SMF_P128_HEADER_SIZE == image->size && position > search->origin)
        header->header_size = SMF_P128_HEADER_SIZE;
    if (layout != SMF_LAYOUT_P128 && search->trial->symbol_table == header->base) /* SPEC [F9] */
        header->symbol_count = 0;
    return status;
}

/* One view: header, then section strides in the family's order, then symbol strides. */
static enum smf_status try_view(struct smf_image *image, struct search *search, enum smf_layout layout, size_t position)
{
    static const uint8_t forms[VIEWS][STRIDES] = {
        {FORM_T56,  FORM_T64A, FORM_T64B},
        {FORM_T56,  FORM_T64A, FORM_T64B},
        {FORM_T64A, FORM_T64B, FORM_T56 },
    };
    struct view *view = search->trial;
    enum smf_status status = read_header(image, search, layout, position);
    if (status == SMF_OK && search->origin != 0 && view->header.base != search->origin)
        return SMF_ERR_NOT_SMF; /* somebody did patch it: the first attempt has judged it */
    if (status != SMF_OK) {
        remember_failure(search, HAS_MAGIC);
        return status;
    }
    for (unsigned i = 0; i < STRIDES; i++) {
        view->header.section_stride = forms[layout][i] == FORM_T56 ? SMF_T56_SIZE : SMF_T64_SIZE;
        view->header.section_name_36 = forms[layout][i] == FORM_T64B;
        status = smf_view_section_table(view, search->attempt);
        view->string_table = view->string_size = 0;
        if (status == SMF_OK)
            status = smf_view_sections(image, view, search->attempt);
        if (status == SMF_OK) {
            status = try_symbols(image, search);
            if (status == SMF_OK)
                return SMF_OK;
        } else {
            remember_failure(search, HAS_HEADER);
        }
        if (status == SMF_ERR_IO)
            return status;
    }
    return status;
}

/* The first survivor goes into the image; recall() makes a view of it again. */
static void keep(struct smf_image *image, const struct view *view)
{
    image->header = view->header;
    image->section_table = view->section_table;
    image->symbol_table = view->symbol_table;
    image->string_table = view->string_table;
    image->string_size = view->string_size;
}

static void recall(const struct smf_image *image, size_t origin, struct view *view)
{
    view->header = image->header;
    view->limit = image->header.position > origin ? image->header.position : image->size;
    view->section_table = image->section_table;
    view->symbol_table = image->symbol_table;
    view->string_table = image->string_table;
    view->string_size = image->string_size;
}

static enum smf_status try_all(struct smf_image *image, struct search *search)
{
    for (unsigned place = 0; place < POSITIONS; place++) {
        for (unsigned layout = 0; layout < VIEWS; layout++) {
            if (!possible(image, search, place, (enum smf_layout)layout))
                continue;
            const enum smf_status status =
                try_view(image, search, (enum smf_layout)layout, position_of(image, search, place));
            if (status == SMF_ERR_IO)
                return status;
            if (status != SMF_OK)
                continue;
            if (search->found++ == 0)
                keep(image, search->trial);
            else
                search->other = (uint8_t)place;
        }
    }
    return SMF_OK;
}

/* A script in front of a module without smf_data_offset being patched: the module starts behind the first line. */
static enum smf_status behind_script(struct smf_image *image, size_t *origin, struct smf_diagnosis *why)
{
    const size_t size = image->size;
    const uint8_t *at;
    *origin = 0;
    for (size_t i = 0; i < size; i++) {
        const enum smf_status status = smf_window_get(&image->records, i, 1, &at, why);
        if (status != SMF_OK)
            return status;
        if (i < 2 && *at != (uint8_t) "#!"[i])
            return SMF_OK;
        if (*at == '\n') {
            *origin = i + 1;
            return SMF_OK;
        }
    }
    return SMF_OK;
}

/* Nothing survived, or two did: say it as well as it can be said. */
static enum smf_status give_up(struct smf_image *image, struct search *search)
{
    struct smf_diagnosis *why = search->why;
    if (search->found > 1) {
        const size_t other = position_of(image, search, search->other);
        return smf_fail(why, SMF_DETAIL_TWO_LAYOUTS, other, image->header.position, other);
    }
    smf_fail_clear(search->attempt);
    search->attempt->stage = SMF_STAGE_HEADER;
    const enum smf_status status = smf_image_older_kind(image, search->attempt);
    if (status != SMF_OK) {
        *why = *search->attempt;
        return status;
    }
    if (search->rank == NOT_TRIED)
        return smf_fail(why, SMF_DETAIL_NO_HEADER, 0, image->size, 0);
    if (search->rank == HAS_MAGIC)
        return smf_fail(why, SMF_DETAIL_NO_LAYOUT, why->offset, why->value, why->expected);
    return search->status;
}

static void begin(struct smf_image *image, struct search *search, struct view *view, struct canonical canonical,
                  struct smf_diagnosis *why)
{
    search->marked = canonical.marked;
    search->found = search->rank = 0;
    search->trial = view;
    search->why = why;
    search->attempt = &image->unwanted;
    if (canonical.marked && canonical.status != SMF_OK) { /* what a file with the mark was meant to be is clear */
        search->rank = IS_MARKED;
        search->status = canonical.status;
    }
    if (search->attempt == why)
        return;
    smf_fail_clear(search->attempt);
    search->attempt->stage = SMF_STAGE_HEADER;
}

/* A canonical file with another magic in it: what copying would prove later decides now. */
static enum smf_status judge_canonical(struct smf_image *image, struct search *search)
{
    const enum smf_status status = smf_view_sections(image, search->trial, search->attempt);
    if (status == SMF_ERR_IO)
        return status;
    if (status == SMF_OK) {
        keep(image, search->trial);
        search->found = 1;
        search->other = 1;
        return SMF_OK;
    }
    search->rank = IS_MARKED;
    search->status = status;
    *search->why = *search->attempt;
    return SMF_OK;
}

enum smf_status smf_image_older_find(struct smf_image *image, struct view *view, struct canonical canonical,
                                     struct smf_diagnosis *why)
{
    struct search search;
    size_t origin = 0;
    const bool good = canonical.marked && canonical.status == SMF_OK;
    begin(image, &search, view, canonical, why);
    enum smf_status status = look_for_magic(image, &search, 0);
    if (status == SMF_OK && good && search.magics == 0)
        return SMF_OK;
    if (status == SMF_OK && good)
        status = judge_canonical(image, &search);
    if (status == SMF_OK)
        status = try_all(image, &search);
    if (status == SMF_OK && search.found == 0 && !canonical.marked)
        status = behind_script(image, &origin, search.attempt);
    if (status == SMF_OK && origin != 0)
        status = look_for_magic(image, &search, origin);
    if (status == SMF_OK && origin != 0)
        status = try_all(image, &search);
    if (status != SMF_OK) {
        *why = *search.attempt;
        return status;
    }
    if (search.found != 1)
        return give_up(image, &search);
    recall(image, search.origin, view);
    return SMF_OK;
}

static enum smf_status count_all(struct smf_image *image, struct search *search, uint32_t *most)
{
    for (unsigned place = 0; place < POSITIONS; place++) {
        for (unsigned layout = 0; layout < VIEWS; layout++) {
            if (!possible(image, search, place, (enum smf_layout)layout))
                continue;
            const enum smf_status status =
                read_header(image, search, (enum smf_layout)layout, position_of(image, search, place));
            if (status == SMF_ERR_IO)
                return status;
            if (status != SMF_OK)
                remember_failure(search, HAS_MAGIC);
            else if (search->trial->header.section_count > *most)
                *most = search->trial->header.section_count;
        }
    }
    return SMF_OK;
}

enum smf_status smf_image_older_count(struct smf_image *image, struct view *view, struct canonical canonical,
                                      uint32_t *count, struct smf_diagnosis *why)
{
    struct search search;
    size_t origin = 0;
    begin(image, &search, view, canonical, why);
    enum smf_status status = look_for_magic(image, &search, 0);
    if (status == SMF_OK)
        status = count_all(image, &search, count);
    if (status == SMF_OK && !canonical.marked)
        status = behind_script(image, &origin, search.attempt);
    if (status == SMF_OK && origin != 0)
        status = look_for_magic(image, &search, origin);
    if (status == SMF_OK && origin != 0)
        status = count_all(image, &search, count);
    if (status != SMF_OK) {
        *why = *search.attempt;
        return status;
    }
    return *count != 0 ? SMF_OK : give_up(image, &search);
}
