/* SPDX-License-Identifier: MIT */
/*
 * signature_write.c - an export of a record as its signature, for tools. Terms are written from their bytes, without memory: of what is
 * open, only how many types are still to come is remembered, and what then ends it.
 */
#include "generic/words.h"
#include "smf/infer.h"

/* A bracket takes at least three bytes of a term: 23 01 and what is behind it. */
enum { OPEN_MAX = SMF_RECORD_TERM_MAX / 3 + 1 };

struct out {
    char *buffer;
    size_t capacity, length;
};

static void put(struct out *out, char c)
{
    if (out->length < out->capacity)
        out->buffer[out->length] = c;
    out->length++;
}

static void put_text(struct out *out, const char *text)
{
    while (*text != '\0')
        put(out, *text++);
}

/* A name out of a file: what is not printable is a '?'. */
static void put_name(struct out *out, const char *name, size_t size)
{
    for (size_t i = 0; i < size; i++)
        put(out, name[i] >= ' ' && name[i] <= '~' ? name[i] : '?');
}

static void put_bounds(struct out *out, unsigned bounds)
{
    const char *before = ": ";
    for (unsigned i = 0; i < SMF_BOUNDS; i++) {
        if ((bounds >> i & 1) == 0)
            continue;
        put_text(out, before);
        put_text(out, smf_bound_word(i));
        before = " + ";
    }
}

/* The type whose bytes start here, up to its arguments: how many, and what ends them. Where its bytes go on. */
static const uint8_t *put_start(struct out *out, const struct smf_record *record, const uint8_t *at, uint8_t *count,
                                char *close)
{
    const uint8_t tag = *at++;
    *count = 0;
    if (tag < SMF_TERM_VOID) {
        const struct smf_unit_text name = smf_record_parameter(record, tag).name;
        put_name(out, name.bytes, name.size);
    } else if (tag < SMF_TERM_POINTER) {
        put_text(out, smf_term_word(tag));
    } else if (tag == SMF_TERM_NAMED) {
        put_name(out, (const char *)at + 1, *at);
        at += *at + 1u;
        *close = '>';
        if ((*count = *at++) != 0)
            put(out, '<');
    } else if (tag == SMF_TERM_FUNCTION) {
        *close = ')';
        *count = *at++;
        put(out, '(');
    } else {
        put_text(out, tag == SMF_TERM_POINTER ? "*" : "[]");
    }
    return at;
}

/*
 * The function type of an export. What a pointer points to, and what a function gives, are nothing that has to be remembered:
 * the type that follows stands for it.
 */
static void put_term(struct out *out, const struct smf_record *record, const uint8_t *at, const uint8_t *end)
{
    struct {
        uint8_t left; /* types */
        char close;
    } open[OPEN_MAX];
    unsigned depth = 0;
    while (at != end) {
        const uint8_t tag = *at;
        uint8_t count;
        char close = ')';
        at = put_start(out, record, at, &count, &close);
        if (tag == SMF_TERM_POINTER || tag == SMF_TERM_ARRAY)
            continue;
        bool ended = count == 0 && tag != SMF_TERM_FUNCTION, result = false;
        if (count != 0) {
            open[depth].left = count;
            open[depth++].close = close;
        } else if (!ended) {
            put(out, ')');
            result = true;
        }
        while (ended && depth != 0) {
            if (--open[depth - 1].left != 0) {
                put_text(out, ", ");
                break;
            }
            put(out, open[--depth].close);
            result = open[depth].close == ')'; /* which stands where the function stood itself */
            ended = !result;
        }
        if (result && at + 1 == end && *at == SMF_TERM_VOID)
            return;
        put_text(out, result ? " -> " : "");
    }
}

size_t smf_signature_write(const struct smf_record *record, unsigned export_index, char *buffer, size_t capacity)
{
    struct out out = {.buffer = buffer, .capacity = capacity};
    const struct smf_record_item item = smf_record_export(record, export_index);
    put_name(&out, item.name.bytes, item.name.size);
    put(&out, '<');
    for (unsigned i = 0; i < record->parameter_count; i++) {
        const struct smf_record_parameter parameter = smf_record_parameter(record, i);
        put_text(&out, i == 0 ? "" : ", ");
        put_name(&out, parameter.name.bytes, parameter.name.size);
        put_bounds(&out, parameter.bounds);
    }
    put(&out, '>');
    put_term(&out, record, item.term, item.term + item.term_size);
    if (capacity != 0)
        buffer[out.length < capacity ? out.length : capacity - 1] = '\0';
    return out.length;
}
