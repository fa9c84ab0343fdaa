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
    struct smf_diagnosis *why;     /* where the failure most worth telling goes                 */
    struct smf_diagnosis *attempt; /* why the view at work failed: the image's, may be the same */
    enum smf_status status;        /* of that failure                                           */
    struct {                       /* the first survivor; the view at work lies in the image    */
        struct smf_header header;
        size_t limit, section_table, symbol_table, string_table, string_size;
    } kept;
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
        search->there[i] = false;
        if ((i == 1 && search->marked) || position > size || (i != 0 && position <= origin) ||
            size - position < SMF_R72_HEADER_SIZE)
            continue;
        const uint8_t *at = smf_window_at(&image->records, position, 12, image->why);
        if (at == NULL)
            return image->why->status;
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
static bool looks_right(const struct smf_image *image)
{
    const struct smf_header *header = &image->header;
    const size_t table = image->section_table - header->position;
    if (header->layout == SMF_LAYOUT_R72)
        return table == SMF_R72_HEADER_SIZE || table == SMF_R72_HEADER_SIZE + 8;
    if (header->layout == SMF_LAYOUT_R96)
        return table == SMF_R96_HEADER_SIZE;
    return header->canonical || (header->major == SMF_FORMAT_MAJOR && header->minor == SMF_FORMAT_MINOR);
}

static void remember_failure(const struct smf_image *image, struct search *search, enum progress progress)
{
    const uint8_t rank = (uint8_t)(progress + (looks_right(image) ? LOOKS_RIGHT : 0));
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
    const size_t table = image->string_table, size = image->string_size;
    enum smf_status first = SMF_OK;
    for (unsigned i = 0; i < STRIDES; i++) {
        image->string_table = table;
        image->string_size = size;
        enum smf_status status = smf_older_symbol_table(image, strides[image->header.layout][i]);
        if (status == SMF_OK && image->header.symbol_count != 0)
            status = smf_older_symbols(image);
        if (status == SMF_OK || status == SMF_ERR_IO)
            return status;
        remember_failure(image, search, HAS_SECTIONS);
        first = i == 0 ? status : first;
    }
    return first;
}

static const struct places *const places[VIEWS] = {
    [SMF_LAYOUT_R72] = &r72_places, [SMF_LAYOUT_R96] = &r96_places, [SMF_LAYOUT_P128] = &smf_p128_places};

static enum smf_status read_header(struct smf_image *image, struct search *search, enum smf_layout layout,
                                   size_t position)
{
    struct smf_header *header = &image->header;
    const enum smf_status status = smf_image_header(image, places[layout], position, search->origin);
    if (layout == SMF_LAYOUT_R72 && image->section_table == header->base + SMF_R72_HEADER_SIZE + 8)
        header->header_size = SMF_R72_HEADER_SIZE + 8;
    if (layout == SMF_LAYOUT_R96 && position + SMF_P128_HEADER_SIZE == image->size && position > search->origin)
        header->header_size = SMF_P128_HEADER_SIZE;
    if (layout != SMF_LAYOUT_P128 && image->symbol_table == header->base) /* SPEC [F9] */
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
    enum smf_status status = read_header(image, search, layout, position);
    if (status == SMF_OK && search->origin != 0 && image->header.base != search->origin)
        return SMF_ERR_NOT_SMF; /* somebody did patch it: the first attempt has judged it */
    if (status != SMF_OK) {
        remember_failure(image, search, HAS_MAGIC);
        return status;
    }
    for (unsigned i = 0; i < STRIDES; i++) {
        image->header.section_stride = forms[layout][i] == FORM_T56 ? SMF_T56_SIZE : SMF_T64_SIZE;
        image->header.section_name_36 = forms[layout][i] == FORM_T64B;
        status = smf_older_section_table(image);
        image->string_table = image->string_size = 0;
        if (status == SMF_OK)
            status = smf_older_sections(image);
        if (status == SMF_OK) {
            status = try_symbols(image, search);
            if (status == SMF_OK)
                return SMF_OK;
        } else {
            remember_failure(image, search, HAS_HEADER);
        }
        if (status == SMF_ERR_IO)
            return status;
    }
    return status;
}

/* The first survivor is kept while others are tried. */
static void keep(const struct smf_image *image, struct search *search)
{
    search->kept.header = image->header;
    search->kept.limit = image->limit;
    search->kept.section_table = image->section_table;
    search->kept.symbol_table = image->symbol_table;
    search->kept.string_table = image->string_table;
    search->kept.string_size = image->string_size;
}

static void recall(struct smf_image *image, const struct search *search)
{
    image->header = search->kept.header;
    image->limit = search->kept.limit;
    image->section_table = search->kept.section_table;
    image->symbol_table = search->kept.symbol_table;
    image->string_table = search->kept.string_table;
    image->string_size = search->kept.string_size;
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
                keep(image, search);
            else
                search->other = (uint8_t)place;
        }
    }
    return SMF_OK;
}

/* A script in front of a module without smf_data_offset being patched: the module starts behind the first line. */
static enum smf_status behind_script(struct smf_image *image, size_t *origin)
{
    const size_t size = image->size;
    *origin = 0;
    for (size_t i = 0; i < size; i++) {
        const uint8_t *at = smf_window_at(&image->records, i, 1, image->why);
        if (at == NULL)
            return image->why->status;
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
        return smf_fail(why, SMF_DETAIL_TWO_LAYOUTS, other, search->kept.header.position, other);
    }
    smf_fail_clear(search->attempt);
    search->attempt->stage = SMF_STAGE_HEADER;
    const enum smf_status status = smf_image_older_kind(image);
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

static void begin(struct smf_image *image, struct search *search, struct canonical canonical)
{
    search->marked = canonical.marked;
    search->found = search->rank = 0;
    search->why = image->why;
    search->attempt = image->why = &image->unwanted;
    if (canonical.marked && canonical.status != SMF_OK) { /* what a file with the mark was meant to be is clear */
        search->rank = IS_MARKED;
        search->status = canonical.status;
    }
    if (search->attempt == search->why)
        return;
    smf_fail_clear(search->attempt);
    search->attempt->stage = SMF_STAGE_HEADER;
}

/* A canonical file with another magic in it: what copying would prove later decides now. */
static enum smf_status judge_canonical(struct smf_image *image, struct search *search)
{
    const size_t strings = image->string_table, string_size = image->string_size;
    const enum smf_status status = smf_older_sections(image);
    image->string_table = strings;
    image->string_size = string_size;
    if (status == SMF_ERR_IO)
        return status;
    if (status == SMF_OK) {
        keep(image, search);
        search->found = 1;
        search->other = 1;
        return SMF_OK;
    }
    search->rank = IS_MARKED;
    search->status = status;
    *search->why = *search->attempt;
    return SMF_OK;
}

static enum smf_status find(struct smf_image *image, struct search *search, struct canonical canonical)
{
    size_t origin = 0;
    const bool good = canonical.marked && canonical.status == SMF_OK;
    enum smf_status status = look_for_magic(image, search, 0);
    if (status == SMF_OK && good && search->magics == 0)
        return SMF_OK;
    if (status == SMF_OK && good)
        status = judge_canonical(image, search);
    if (status == SMF_OK)
        status = try_all(image, search);
    if (status == SMF_OK && search->found == 0 && !canonical.marked)
        status = behind_script(image, &origin);
    if (status == SMF_OK && origin != 0)
        status = look_for_magic(image, search, origin);
    if (status == SMF_OK && origin != 0)
        status = try_all(image, search);
    if (status != SMF_OK) {
        *search->why = *search->attempt;
        return status;
    }
    if (search->found != 1)
        return give_up(image, search);
    recall(image, search);
    return SMF_OK;
}

enum smf_status smf_image_older_find(struct smf_image *image, struct canonical canonical)
{
    struct search search;
    begin(image, &search, canonical);
    const enum smf_status status = find(image, &search, canonical);
    image->why = search.why;
    return status;
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
                remember_failure(image, search, HAS_MAGIC);
            else if (image->header.section_count > *most)
                *most = image->header.section_count;
        }
    }
    return SMF_OK;
}

static enum smf_status count(struct smf_image *image, struct search *search, bool marked, uint32_t *most)
{
    size_t origin = 0;
    enum smf_status status = look_for_magic(image, search, 0);
    if (status == SMF_OK)
        status = count_all(image, search, most);
    if (status == SMF_OK && !marked)
        status = behind_script(image, &origin);
    if (status == SMF_OK && origin != 0)
        status = look_for_magic(image, search, origin);
    if (status == SMF_OK && origin != 0)
        status = count_all(image, search, most);
    if (status != SMF_OK) {
        *search->why = *search->attempt;
        return status;
    }
    return *most != 0 ? SMF_OK : give_up(image, search);
}

enum smf_status smf_image_older_count(struct smf_image *image, struct canonical canonical, uint32_t *most)
{
    struct search search;
    begin(image, &search, canonical);
    const enum smf_status status = count(image, &search, canonical.marked, most);
    image->why = search.why;
    return status;
}
