/* SPDX-License-Identifier: MIT */
/* infer_write.c - terms and failures as people read them. No recursion; depth and length are bounded, whatever the terms are. */
#include "base/fail.h"
#include "generic/infer.h"
#include "generic/words.h"

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

/* Decimal, without a division. */
static void put_number(struct out *out, uint32_t number)
{
    static const uint32_t powers[] = {1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
    bool started = false;
    for (unsigned i = 0; i < sizeof powers / sizeof powers[0]; i++) {
        char digit = '0';
        for (; number >= powers[i]; number -= powers[i])
            digit++;
        started = started || digit != '0' || powers[i] == 1;
        if (started)
            put(out, digit);
    }
}

static size_t finish(struct out *out)
{
    if (out->capacity != 0)
        out->buffer[out->length < out->capacity ? out->length : out->capacity - 1] = '\0';
    return out->length;
}

/* What stands before the arguments, or the whole of what has none. */
static void put_start(struct out *out, const struct smf_term *term)
{
    switch (term->tag) {
    case SMF_TERM_VARIABLE:
        put(out, '?');
        put_name(out, term->name, term->name_size);
        break;
    case SMF_TERM_POINTER:
        put(out, '*');
        break;
    case SMF_TERM_ARRAY:
        put_text(out, "[]");
        break;
    case SMF_TERM_NAMED:
        put_name(out, term->name, term->name_size);
        if (term->arity != 0)
            put(out, '<');
        break;
    case SMF_TERM_FUNCTION:
        put_text(out, term->arity == 1 ? "() -> " : "(");
        break;
    case SMF_TERM_SIMD:
        put_text(out, "simd<");
        put_number(out, term->bounds);
        put_text(out, ", ");
        break;
    default:
        put_text(out, smf_term_word(term->tag));
    }
}

/* What stands behind argument `index`. */
static void put_behind(struct out *out, const struct smf_term *term, unsigned index)
{
    const unsigned left = term->arity - 1u - index;
    if (term->tag == SMF_TERM_FUNCTION)
        put_text(out, left == 0 ? "" : left == 1 ? ") -> " : ", ");
    else if (term->tag == SMF_TERM_NAMED || term->tag == SMF_TERM_SIMD)
        put_text(out, left == 0 ? ">" : ", ");
}

static void write(const struct smf_infer *infer, struct out *out, uint32_t term)
{
    struct {
        uint32_t term;
        unsigned next; /* argument */
    } open[SMF_INFER_WRITE_DEPTH];
    unsigned depth = 0;
    const size_t limit = out->length + SMF_INFER_WRITE_MAX;
    for (;;) {
        const uint32_t at = smf_infer_find(infer, term);
        const struct smf_term *found = &infer->terms[at];
        if (out->length >= limit) {
            put_text(out, "...");
            return;
        }
        if (found->arity != 0 && depth == SMF_INFER_WRITE_DEPTH) {
            put_text(out, "...");
        } else {
            put_start(out, found);
            if (found->arity != 0) {
                open[depth].term = at;
                open[depth++].next = 0;
            }
        }
        for (; depth != 0; depth--) {
            const struct smf_term *outer = &infer->terms[open[depth - 1].term];
            unsigned *next = &open[depth - 1].next;
            if (*next != 0)
                put_behind(out, outer, *next - 1);
            if (*next != outer->arity) {
                term = infer->arguments[outer->first + (*next)++];
                break;
            }
        }
        if (depth == 0)
            return;
    }
}

size_t smf_infer_write(const struct smf_infer *infer, uint32_t term, char *buffer, size_t capacity)
{
    struct out out = {.buffer = buffer, .capacity = capacity};
    write(infer, &out, term);
    return finish(&out);
}

static void put_mismatch(const struct smf_infer *infer, struct out *out)
{
    if (infer->where == 0) {
        put_text(out, "result: ");
    } else if (infer->where != SMF_NO_TERM) {
        const bool hint = infer->where >= SMF_INFER_HINT;
        put_text(out, hint ? "hint " : "argument ");
        put_number(out, hint ? infer->where - SMF_INFER_HINT + 1 : infer->where);
        put_text(out, ": ");
    }
    put_text(out, "expected ");
    write(infer, out, infer->left);
    put_text(out, ", found ");
    write(infer, out, infer->right);
}

/* What else can be wrong: before the number that infer->where has, from 1 on, and behind it. NULL: needs no number. */
static const struct {
    const char *before, *behind;
    int8_t status;
} sentences[] = {
    {"hint ",                             " is about a parameter or an argument that there is not", SMF_ERR_ARITY    },
    {"nothing says what type parameter ", " is",                                                    SMF_ERR_NOT_FOUND},
    {"hint ",                             " is no type",                                            SMF_ERR_TYPE     },
    {"a type would contain itself",       NULL,                                                     SMF_ERR_TYPE     },
    {"type parameter ",                   " is too deep",                                           SMF_ERR_LIMIT    },
    {"too many type parameters",          NULL,                                                     SMF_ERR_LIMIT    },
    {"malformed signature",               NULL,                                                     SMF_ERR_FORMAT   },
    {"no room for the types of a call",   NULL,                                                     SMF_ERR_NO_SPACE },
    {"no failure of inference",           NULL,                                                     SMF_OK           },
};

static void put_sentence(const struct smf_infer *infer, struct out *out, enum smf_status status)
{
    unsigned i = 0;
    while (sentences[i].status != SMF_OK &&
           (sentences[i].status != (int)status || (sentences[i].behind != NULL && infer->where == SMF_NO_TERM)))
        i++;
    put_text(out, sentences[i].before);
    if (sentences[i].behind != NULL) {
        put_number(out, infer->where + 1);
        put_text(out, sentences[i].behind);
    }
}

size_t smf_infer_explain(const struct smf_infer *infer, enum smf_status status, char *buffer, size_t capacity)
{
    struct out out = {.buffer = buffer, .capacity = capacity};
    const bool known = infer->left != SMF_NO_TERM;
    if (status == SMF_ERR_MISMATCH && known) {
        put_mismatch(infer, &out);
    } else if (status == SMF_ERR_ARITY && known) {
        put_text(&out, "wrong number of arguments for ");
        write(infer, &out, infer->left);
    } else {
        put_sentence(infer, &out, status);
    }
    return finish(&out);
}

void smf_infer_say(const struct smf_infer *infer, enum smf_status status, struct smf_diagnosis *why)
{
    static const uint16_t details[] = {SMF_DETAIL_INFER_MISMATCH, SMF_DETAIL_INFER_ARITY, SMF_DETAIL_INFER_OPEN,
                                       SMF_DETAIL_INFER_TYPE,     SMF_DETAIL_INFER_DEEP,  SMF_DETAIL_INFER_SIGNATURE,
                                       SMF_DETAIL_INFER_SPACE};
    char text[SMF_DIAGNOSIS_NAME_SIZE + 1];
    const size_t length = smf_infer_explain(infer, status, text, sizeof text);
    unsigned i = 0;
    while (-(int)status != details[i] >> 6) /* each status has one */
        i++;
    smf_fail_clear(why);
    smf_fail_name(why, text, length < sizeof text ? length : sizeof text - 1);
    why->index = infer->where != SMF_NO_TERM ? infer->where & ~SMF_INFER_HINT : 0;
    smf_fail(why, (enum smf_detail)details[i], 0, 0, 0);
}
