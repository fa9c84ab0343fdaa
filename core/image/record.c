/* SPDX-License-Identifier: MIT */
/*
 * record.c - proving a template record (smf/unit.h; SPEC, "Template records"): one
 * pass from the first byte to the last, each part where the one before it ends.
 */
#include "image/record.h"
#include "base/bytes.h"
#include "base/fail.h"
#include "base/terms.h"

_Static_assert(SMF_TERM_VOID == 0x10 && SMF_TERM_NIL == 0x1F && SMF_TERM_POINTER == 0x20 && SMF_TERM_ARRAY == 0x21 &&
                   SMF_TERM_NAMED == 0x22 && SMF_TERM_FUNCTION == 0x23,
               "base/terms.c has these numbers");

struct proof {
    struct smf_record record;
    const uint8_t *at, *end;
    struct smf_diagnosis *why;
};

static enum smf_status refuse(const struct proof *proof, const uint8_t *at, enum smf_detail detail, size_t value,
                              size_t expected)
{
    return smf_fail(proof->why, detail, (size_t)(at - proof->record.bytes), value, expected);
}

/* The next `size` bytes, NULL if they are not there. */
static const uint8_t *take(struct proof *proof, size_t size)
{
    const uint8_t *const at = proof->at;
    const size_t left = (size_t)(proof->end - at);
    if (size > left) {
        refuse(proof, at, SMF_DETAIL_RECORD_END, size, left);
        return NULL;
    }
    proof->at += size;
    return at;
}

/* Texts are {u8 size, bytes}, none of them 0: so a size never is, and no name has a NUL, wherever it starts. */
static bool is_name(const struct proof *proof, unsigned place)
{
    const unsigned size = proof->record.text_size;
    return place < size && proof->record.text[place] < size - place;
}

static enum smf_status prove_texts(struct proof *proof)
{
    const uint8_t *at = proof->record.text = take(proof, proof->record.text_size);
    if (at == NULL)
        return proof->why->status;
    for (; at != proof->at; at++)
        if (*at == 0)
            return refuse(proof, at, SMF_DETAIL_RECORD_TEXT, 0, 0);
    return SMF_OK;
}

static enum smf_status prove_parameters(struct proof *proof)
{
    const unsigned count = proof->record.parameter_count;
    const uint8_t *at = proof->record.parameters = take(proof, count * RECORD_PARAMETER_SIZE);
    if (at == NULL)
        return proof->why->status;
    for (; at != proof->at; at += RECORD_PARAMETER_SIZE) {
        if (!is_name(proof, smf_get16(at)))
            return refuse(proof, at, SMF_DETAIL_RECORD_NAME, smf_get16(at), proof->record.text_size);
        if (smf_get16(at + 2) > SMF_BOUNDS_KNOWN)
            return refuse(proof, at + 2, SMF_DETAIL_RECORD_BOUNDS, smf_get16(at + 2), SMF_BOUNDS_KNOWN);
    }
    return SMF_OK;
}

/* Exports are functions; needs are as many types as a template can have parameters. */
static enum smf_status prove_items(struct proof *proof, unsigned count, bool functions)
{
    const unsigned most = functions ? 1 : SMF_TEMPLATE_PARAMETERS_MAX;
    for (; count != 0; count--) {
        const uint8_t *const at = take(proof, RECORD_ITEM_SIZE);
        const uint8_t *const term = at != NULL ? take(proof, at[2]) : NULL;
        if (term == NULL)
            return proof->why->status;
        if (!is_name(proof, smf_get16(at)))
            return refuse(proof, at, SMF_DETAIL_RECORD_NAME, smf_get16(at), proof->record.text_size);
        const unsigned types = smf_terms_count(term, at[2], proof->record.parameter_count);
        if (types - 1 >= most || (functions && *term != SMF_TERM_FUNCTION))
            return refuse(proof, term, SMF_DETAIL_RECORD_TERM, types, most);
    }
    return SMF_OK;
}

/* ---- Units ---- */

static enum smf_status prove_shapes(const struct proof *proof, const struct smf_unit *unit)
{
    for (unsigned i = 0; i < proof->record.parameter_count; i++) {
        const struct smf_shape shape = smf_unit_shape(unit, i);
        if (shape.type_class > SMF_SHAPE_POINTER || shape.alignment_log2 > SMF_UNIT_ALIGNMENT_LOG2_MAX ||
            (shape.size & ((1u << shape.alignment_log2) - 1)) != 0 ||
            (shape.size == 0 ? shape.alignment_log2 != 0 || shape.type_class > SMF_SHAPE_PLAIN
                             : shape.type_class == SMF_SHAPE_ANY))
            return refuse(proof, unit->shapes + UNIT_SHAPE_SIZE * i, SMF_DETAIL_UNIT_SHAPE, shape.type_class,
                          shape.size);
    }
    return SMF_OK;
}

static bool is_symbol(const struct proof *proof, const uint8_t *at)
{
    const unsigned parameter = at[1], what = smf_get16(at + 2), kind = at[0] & ~(UNIT_CALLED | UNIT_SLOT);
    if (kind <= SMF_UNIT_NAMED ? parameter >= proof->record.parameter_count : parameter != 0)
        return false;
    if (kind == SMF_UNIT_NUMBER)
        return what < SMF_UNIT_NUMBERS;
    if (kind == SMF_UNIT_FUNCTION)
        return what < SMF_UNIT_FUNCTIONS;
    if (kind == SMF_UNIT_NEED)
        return what < proof->record.need_count;
    return kind - SMF_UNIT_NAMED <= SMF_UNIT_WEAK - SMF_UNIT_NAMED && is_name(proof, what);
}

static bool is_relocation(const struct smf_unit *unit, const uint8_t *at, uint32_t *after)
{
    const uint32_t offset = smf_get32(at);
    const unsigned symbol = smf_get16(at + 6);
    if (offset < *after || offset >= unit->size)
        return false;
    *after = offset;
    if (symbol == SMF_UNIT_PAIR)
        return smf_get32(at + 8) < unit->size;
    return symbol < unit->symbol_count || symbol == SMF_UNIT_SELF;
}

static enum smf_status prove_code(const struct proof *proof, const struct smf_unit *unit)
{
    uint32_t after = 0;
    for (const uint8_t *at = unit->exports; at != unit->symbols; at += UNIT_EXPORT_SIZE)
        if (smf_get32(at) >= unit->size)
            return refuse(proof, at, SMF_DETAIL_UNIT_EXPORT, smf_get32(at), unit->size);
    for (const uint8_t *at = unit->symbols; at != unit->relocations; at += UNIT_SYMBOL_SIZE)
        if (!is_symbol(proof, at))
            return refuse(proof, at, SMF_DETAIL_UNIT_SYMBOL, at[0], smf_get16(at + 2));
    for (const uint8_t *at = unit->relocations; at != unit->code; at += UNIT_RELOCATION_SIZE)
        if (!is_relocation(unit, at, &after))
            return refuse(proof, at, SMF_DETAIL_UNIT_RELOCATION, smf_get32(at), unit->size);
    return SMF_OK;
}

static enum smf_status prove_unit(struct proof *proof)
{
    const uint8_t *const at = take(proof, UNIT_HEAD_SIZE);
    if (at == NULL)
        return proof->why->status;
    const uint32_t size = smf_get32(at + 4);
    if (size - 1 >= SMF_UNIT_SIZE_MAX)
        return refuse(proof, at + 4, SMF_DETAIL_UNIT_SIZE, size, SMF_UNIT_SIZE_MAX);
    if (smf_get16(at + 8) > SMF_UNIT_SYMBOLS_MAX)
        return refuse(proof, at + 8, SMF_DETAIL_UNIT_SYMBOLS, smf_get16(at + 8), SMF_UNIT_SYMBOLS_MAX);
    if (take(proof, smf_unit_tail(&proof->record, at)) == NULL)
        return proof->why->status;
    if (at[0] != SMF_UNIT_CODE && at[0] != SMF_UNIT_C)
        return SMF_OK;
    struct smf_unit unit;
    smf_unit_at(&proof->record, at, &unit);
    if (unit.alignment_log2 > SMF_UNIT_ALIGNMENT_LOG2_MAX)
        return refuse(proof, at + 3, SMF_DETAIL_UNIT_ALIGNMENT, unit.alignment_log2, SMF_UNIT_ALIGNMENT_LOG2_MAX);
    if (unit.format == SMF_UNIT_C && (smf_get32(at) != (SMF_UNIT_C | SMF_UNIT_NO_ARCH << 8) || smf_get32(at + 8) != 0))
        return refuse(proof, at, SMF_DETAIL_UNIT_SOURCE, unit.arch, SMF_UNIT_NO_ARCH);
    const enum smf_status status = prove_shapes(proof, &unit);
    return status == SMF_OK && unit.format == SMF_UNIT_CODE ? prove_code(proof, &unit) : status;
}

/* ---- The record ---- */

/* Counts are words of the head; each has a bound of its own. */
static enum smf_status prove_head(const struct proof *proof)
{
    const struct smf_record *record = &proof->record;
    const uint8_t *at = record->bytes;
    if (record->kind > SMF_TEMPLATE_TRAIT)
        return refuse(proof, at + 5, SMF_DETAIL_RECORD_KIND, record->kind, SMF_TEMPLATE_TRAIT);
    if (record->parameter_count - 1u >= SMF_TEMPLATE_PARAMETERS_MAX)
        return refuse(proof, at + 6, SMF_DETAIL_RECORD_PARAMETERS, record->parameter_count,
                      SMF_TEMPLATE_PARAMETERS_MAX);
    if (record->export_count - 1u >= SMF_RECORD_EXPORTS_MAX)
        return refuse(proof, at + 7, SMF_DETAIL_RECORD_EXPORTS, record->export_count, SMF_RECORD_EXPORTS_MAX);
    if (record->need_count > SMF_RECORD_NEEDS_MAX)
        return refuse(proof, at + 8, SMF_DETAIL_RECORD_NEEDS, record->need_count, SMF_RECORD_NEEDS_MAX);
    return SMF_OK;
}

static enum smf_status prove_parts(struct proof *proof)
{
    struct smf_record *record = &proof->record;
    enum smf_status status = prove_head(proof);
    if (status == SMF_OK)
        status = prove_texts(proof);
    if (status == SMF_OK)
        status = prove_parameters(proof);
    record->exports = proof->at;
    if (status == SMF_OK)
        status = prove_items(proof, record->export_count, true);
    record->needs = proof->at;
    if (status == SMF_OK)
        status = prove_items(proof, record->need_count, false);
    record->units = proof->at;
    for (uint32_t i = 0; status == SMF_OK && i < record->unit_count; i++) {
        proof->why->index = i;
        status = prove_unit(proof);
    }
    if (status == SMF_OK && proof->at != proof->end)
        status = refuse(proof, proof->at, SMF_DETAIL_RECORD_LEFT, (size_t)(proof->end - proof->at), 0);
    return status;
}

enum smf_status smf_record_open(struct smf_record *record, const void *bytes, size_t size, struct smf_diagnosis *why)
{
    struct smf_diagnosis unwanted;
    struct proof proof = {.why = why != NULL ? why : &unwanted};
    const uint8_t *const at = bytes;
    smf_fail_clear(proof.why);
    if (size < 5 || smf_get32(at) != RECORD_MAGIC || at[4] != RECORD_VERSION)
        return smf_fail(proof.why, SMF_DETAIL_RECORD_OPAQUE, 0, size < 5 ? 0 : at[4], RECORD_VERSION);
    proof.record.bytes = proof.at = at;
    proof.record.size = size;
    proof.end = at + size;
    if (take(&proof, RECORD_HEAD_SIZE) == NULL)
        return proof.why->status;
    proof.record.kind = at[5];
    proof.record.parameter_count = at[6];
    proof.record.export_count = at[7];
    proof.record.need_count = at[8];
    proof.record.unit_count = at[9];
    proof.record.text_size = smf_get16(at + 10);
    const enum smf_status status = prove_parts(&proof);
    if (status == SMF_OK)
        *record = proof.record;
    return status;
}
