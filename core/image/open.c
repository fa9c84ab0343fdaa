/* SPDX-License-Identifier: MIT */
/*
 * open.c - which layout do these bytes have? Every header position and view is
 * tried; exactly one must survive (SPEC, "Which layout is it"). Version bytes
 * are never asked.
 *
 * When none survives, the diagnosis is that of the view which is most likely
 * meant: one whose header says where its section table must be, then the one
 * that got furthest.
 */
#include "image/view.h"

enum { POSITIONS = 3, VIEWS = 3, STRIDES = 3 };

/* How far a view got. A header that looks like its layout outranks any that does not. */
enum progress { NOT_TRIED, HAS_MAGIC, HAS_HEADER, HAS_SECTIONS, LOOKS_RIGHT = 4 };

/* Where headers may stand, and which of these places have the magic. */
struct search {
    uint64_t positions[POSITIONS]; /* start, end - 128, end - 96 */
    uint64_t origin;               /* where the module starts: 0, or behind a script's first line */
    bool there[POSITIONS];
    bool canonical; /* the one at end - 128 has the mark      */
    uint8_t magics;
    uint8_t found;                 /* views that survived */
    uint8_t rank;                  /* of the failure in `why` */
    uint64_t other;                /* position of the second survivor */
    struct view trial;             /* the view at work; the first survivor is kept in the image */
    struct smf_diagnosis *why;     /* where the failure most worth telling goes                  */
    struct smf_diagnosis *attempt; /* why the view at work failed: the image's, may be the same  */
    enum smf_status status;        /* of that failure                                            */
};

static enum smf_status look_for_magic(struct smf_image *image, struct search *search, uint64_t origin)
{
    const uint64_t size = image->source->size;
    search->origin = origin;
    search->magics = 0;
    search->canonical = false;
    search->positions[0] = origin;
    search->positions[1] = size - SMF_P128_HEADER_SIZE;
    search->positions[2] = size - SMF_R96_HEADER_SIZE;
    for (unsigned i = 0; i < POSITIONS; i++) {
        const uint64_t position = search->positions[i];
        const uint8_t *at;
        search->there[i] = false;
        if (position > size || (i != 0 && position <= origin) || size - position < SMF_R72_HEADER_SIZE)
            continue;
        const enum smf_status status = smf_window_get(&image->records, position, 12, &at, search->attempt);
        if (status != SMF_OK)
            return status;
        search->there[i] = smf_get32(at) == SMF_MAGIC;
        search->magics += search->there[i];
        if (i == 1 && search->there[i])
            search->canonical = (smf_get32(at + SMF_H_FLAGS) & SMF_FLAG_CANONICAL) != 0;
    }
    return SMF_OK;
}

/* R72 and R80 headers only stand at the start, R96 anywhere, P128 not at end - 96 (FORMAT 1.1). */
static bool possible(const struct smf_image *image, const struct search *search, unsigned place, enum smf_layout layout)
{
    static const uint8_t sizes[] = {SMF_R72_HEADER_SIZE, SMF_R96_HEADER_SIZE, SMF_P128_HEADER_SIZE};
    if (!search->there[place] || image->source->size - search->positions[place] < sizes[layout])
        return false;
    if (place == 1 && search->canonical)
        return layout == SMF_LAYOUT_P128;
    return place == 0 || layout == SMF_LAYOUT_R96 || (place == 1 && layout == SMF_LAYOUT_P128);
}

/* A header that says what only its own layout says. */
static bool looks_right(const struct view *view)
{
    const struct smf_header *header = &view->header;
    const uint64_t table = view->section_table - header->position;
    if (header->layout == SMF_LAYOUT_R72)
        return table == SMF_R72_HEADER_SIZE || table == SMF_R72_HEADER_SIZE + 8;
    if (header->layout == SMF_LAYOUT_R96)
        return table == SMF_R96_HEADER_SIZE;
    return header->canonical || (header->major == SMF_FORMAT_MAJOR && header->minor == SMF_FORMAT_MINOR);
}

static void remember_failure(struct search *search, enum progress progress)
{
    const uint8_t rank = (uint8_t)(progress + (looks_right(&search->trial) ? LOOKS_RIGHT : 0));
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
    struct view *view = &search->trial;
    const uint64_t table = view->string_table, size = view->string_size;
    enum smf_status first = SMF_OK;
    struct smf_diagnosis *why = search->attempt;
    for (unsigned i = 0; i < STRIDES; i++) {
        view->string_table = table;
        view->string_size = size;
        enum smf_status status = smf_view_symbol_table(view, strides[view->header.layout][i], why);
        if (status == SMF_OK && view->header.symbol_count != 0 && !view->header.canonical)
            status = smf_view_symbols(image, view, why);
        if (status == SMF_OK || status == SMF_ERR_IO)
            return status;
        remember_failure(search, HAS_SECTIONS);
        first = i == 0 ? status : first;
        if (view->header.canonical)
            break;
    }
    return first;
}

/* One view: header, then section strides in the family's order, then symbol strides. */
static enum smf_status try_view(struct smf_image *image, struct search *search, enum smf_layout layout,
                                uint64_t position)
{
    static const uint8_t forms[VIEWS][STRIDES] = {
        {FORM_T56,  FORM_T64A, FORM_T64B},
        {FORM_T56,  FORM_T64A, FORM_T64B},
        {FORM_T64A, FORM_T64B, FORM_T56 },
    };
    struct view *view = &search->trial;
    enum smf_status status = smf_view_header(image, view, layout, position, search->origin, search->attempt);
    if (status == SMF_OK && search->origin != 0 && view->header.base != search->origin)
        return SMF_ERR_NOT_SMF; /* somebody did patch it: the first attempt has judged it */
    if (status != SMF_OK) {
        remember_failure(search, HAS_MAGIC);
        return status;
    }
    for (unsigned i = 0; i < STRIDES; i++) {
        status = smf_view_section_table(view, (enum section_form)forms[layout][i], search->attempt);
        view->string_table = view->string_size = 0;
        if (status == SMF_OK && !(view->header.canonical && search->magics == 1)) /* else: proven when copied */
            status = smf_view_sections(image, view, search->attempt);
        if (status == SMF_OK) {
            status = try_symbols(image, search);
            if (status == SMF_OK)
                return SMF_OK;
        } else {
            remember_failure(search, HAS_HEADER);
        }
        if (status == SMF_ERR_IO || view->header.canonical)
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

static void recall(const struct smf_image *image, uint64_t origin, struct view *view)
{
    view->header = image->header;
    view->limit = image->header.position > origin ? image->header.position : image->source->size;
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
            const enum smf_status status = try_view(image, search, (enum smf_layout)layout, search->positions[place]);
            if (status == SMF_ERR_IO)
                return status;
            if (status != SMF_OK)
                continue;
            if (search->found++ == 0)
                keep(image, &search->trial);
            else
                search->other = search->positions[place];
        }
    }
    return SMF_OK;
}

/* A script in front of a module without smf_data_offset being patched: the module starts behind the first line. */
static enum smf_status behind_script(struct smf_image *image, uint64_t *origin, struct smf_diagnosis *why)
{
    const uint64_t size = image->source->size;
    const uint8_t *at;
    *origin = 0;
    for (uint64_t i = 0; i < size; i++) {
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
    if (search->found > 1)
        return smf_fail(why, SMF_DETAIL_TWO_LAYOUTS, search->other, image->header.position, search->other);
    smf_fail_clear(search->attempt);
    search->attempt->stage = SMF_STAGE_HEADER;
    const enum smf_status status = smf_image_recognise(image, search->attempt);
    if (status != SMF_OK) {
        *why = *search->attempt;
        return status;
    }
    if (search->rank == NOT_TRIED)
        return smf_fail(why, SMF_DETAIL_NO_HEADER, 0, image->source->size, 0);
    if (search->rank == HAS_MAGIC)
        return smf_fail(why, SMF_DETAIL_NO_LAYOUT, why->offset, why->value, why->expected);
    return search->status;
}

static bool readable(const struct smf_source *source)
{
    return source != NULL && (source->bytes != NULL || source->read_at != NULL);
}

static enum smf_status refuse_arguments(struct smf_image *image, struct smf_diagnosis *why)
{
    why = why != NULL ? why : &image->unwanted;
    smf_fail_clear(why);
    return smf_fail(why, SMF_DETAIL_ARGUMENT, 0, 0, 0);
}

/* Where the last word goes: to the caller if she listens. */
static struct smf_diagnosis *start(struct smf_image *image, const struct smf_source *source, struct search *search,
                                   struct smf_diagnosis *why)
{
    search->found = search->rank = 0;
    search->attempt = &image->unwanted;
    search->why = why != NULL ? why : &image->unwanted;
    smf_fail_clear(search->attempt);
    search->attempt->stage = SMF_STAGE_HEADER;
    *search->why = *search->attempt;
    image->source = source;
    smf_window_start(&image->records, source);
    smf_window_start(&image->symbols, source);
    smf_window_start(&image->strings, source);
    return search->why;
}

/* Entry points lie in code (A19). Older writers mark everything EXECUTABLE: without code, 0 means none. */
static enum smf_status prove_entry(const struct smf_image *image, struct smf_diagnosis *why)
{
    const struct smf_header *header = &image->header;
    if ((header->flags & SMF_FLAG_EXECUTABLE) == 0)
        return SMF_OK;
    uint64_t code = image->code_size;
    if (header->p_family && image->first_code != SMF_NO_SYMBOL)
        code = image->sections[image->first_code].virtual_size;
    const uint64_t entry = header->entry_point & ~thumb_bit(header);
    if (entry < code || (header->entry_point == 0 && !header->canonical))
        return SMF_OK;
    return smf_fail(why, SMF_DETAIL_ENTRY_POINT, header->position, header->entry_point, code);
}

/* The layout is decided: copy the section table and prove what is left. */
static enum smf_status settle(struct smf_image *image, struct view *view, struct smf_diagnosis *why)
{
    why->stage = SMF_STAGE_TABLES;
    image->code_size = 0;
    image->first_code = image->data_section = image->section_symbol = SMF_NO_SYMBOL;
    image->section_symbol_count = image->section_symbol_base = 0;
    image->undefined_rule = RULE_UNDEFINED;
    enum smf_status status = smf_image_copy_sections(image, view, why);
    if (status == SMF_OK)
        status = smf_image_prove_sections(image, why);
    if (status == SMF_OK)
        status = smf_image_prove_code(image, why);
    if (status == SMF_OK)
        status = prove_entry(image, why);
    if (status == SMF_OK)
        status = smf_image_end_strings(image, why);
    return status != SMF_OK ? status : smf_image_survey(image, why);
}

/* Find the one layout that fits; it is kept in the image. */
static enum smf_status choose(struct smf_image *image, struct search *search)
{
    uint64_t origin = 0;
    enum smf_status status = look_for_magic(image, search, 0);
    if (status == SMF_OK)
        status = try_all(image, search);
    if (status == SMF_OK && search->found == 0)
        status = behind_script(image, &origin, search->attempt);
    if (status == SMF_OK && origin != 0)
        status = look_for_magic(image, search, origin);
    if (status == SMF_OK && origin != 0)
        status = try_all(image, search);
    if (status != SMF_OK) {
        *search->why = *search->attempt;
        return status;
    }
    return search->found == 1 ? SMF_OK : give_up(image, search);
}

enum smf_status smf_image_open(struct smf_image *image, const struct smf_source *source, struct smf_section *sections,
                               uint32_t capacity, struct smf_diagnosis *why)
{
    struct search search;
    if (image == NULL)
        return SMF_ERR_ARGUMENT;
    if (!readable(source) || (sections == NULL && capacity != 0))
        return refuse_arguments(image, why);
    why = start(image, source, &search, why);
    image->sections = sections;
    enum smf_status status = choose(image, &search);
    if (status != SMF_OK)
        return status;
    smf_fail_clear(why);
    why->stage = SMF_STAGE_HEADER;
    if (image->header.section_count > capacity)
        return smf_fail(why, SMF_DETAIL_SECTIONS_SPACE, image->header.position, image->header.section_count, capacity);
    recall(image, search.origin, &search.trial);
    status = settle(image, &search.trial, why);
    if (status == SMF_OK || status == SMF_ERR_IO)
        return status;
    /* The last module of a library ends like a module. */
    const enum smf_status kind = smf_image_recognise(image, search.attempt);
    if (kind == SMF_OK)
        return status;
    *why = *search.attempt;
    return kind;
}

/* The largest section count of any header that could be one. */
static enum smf_status count_all(struct smf_image *image, struct search *search, uint32_t *most)
{
    for (unsigned place = 0; place < POSITIONS; place++) {
        for (unsigned layout = 0; layout < VIEWS; layout++) {
            if (!possible(image, search, place, (enum smf_layout)layout))
                continue;
            const enum smf_status status = smf_view_header(image, &search->trial, (enum smf_layout)layout,
                                                           search->positions[place], search->origin, search->attempt);
            if (status == SMF_ERR_IO)
                return status;
            if (status != SMF_OK)
                remember_failure(search, HAS_MAGIC);
            else if (search->trial.header.section_count > *most)
                *most = search->trial.header.section_count;
        }
    }
    return SMF_OK;
}

enum smf_status smf_image_count_sections(struct smf_image *image, const struct smf_source *source, uint32_t *count,
                                         struct smf_diagnosis *why)
{
    struct search search;
    uint32_t most = 0;
    uint64_t origin = 0;
    if (image == NULL)
        return SMF_ERR_ARGUMENT;
    if (!readable(source) || count == NULL)
        return refuse_arguments(image, why);
    why = start(image, source, &search, why);
    enum smf_status status = look_for_magic(image, &search, 0);
    if (status == SMF_OK)
        status = count_all(image, &search, &most);
    if (status == SMF_OK && !(search.canonical && search.magics == 1))
        status = behind_script(image, &origin, search.attempt);
    if (status == SMF_OK && origin != 0)
        status = look_for_magic(image, &search, origin);
    if (status == SMF_OK && origin != 0)
        status = count_all(image, &search, &most);
    if (status != SMF_OK) {
        *why = *search.attempt;
        return status;
    }
    if (most == 0)
        return give_up(image, &search);
    *count = most;
    return SMF_OK;
}
