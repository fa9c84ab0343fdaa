/* SPDX-License-Identifier: MIT */
/* types_parse.c - reading types: a list without recursion, each open bracket remembered in a small stack. */
#include "base/bytes.h"
#include "base/type_words.h"
#include "smf/types.h"

struct open {
    struct smf_type *outer; /* what stands in the list: the type whose bracket it is, or what that lies in */
    struct smf_type *type;  /* whose bracket it is                                                         */
    unsigned levels;        /* that it adds                                                                */
    char close;             /* '\0': the result of a function, which no bracket ends                       */
};

struct parser {
    const char *text;
    size_t size, at;
    struct smf_type *room;
    size_t capacity, used;
    const struct smf_type **tail; /* where the next type is linked */
    struct open open[SMF_TYPE_DEPTH];
    unsigned count, depth; /* of `open`; of types in types */
};

static char peek(struct parser *parser)
{
    while (parser->at < parser->size && (parser->text[parser->at] == ' ' || parser->text[parser->at] == '\t'))
        parser->at++;
    return parser->at < parser->size ? parser->text[parser->at] : '\0';
}

static struct smf_type *add(struct parser *parser, enum smf_type_kind kind)
{
    if (parser->used == parser->capacity)
        return NULL;
    struct smf_type *type = &parser->room[parser->used++];
    *type = (struct smf_type){.kind = (uint8_t)kind};
    *parser->tail = type;
    return type;
}

static enum smf_status enter(struct parser *parser, struct smf_type *outer, struct smf_type *type, unsigned levels,
                             char close)
{
    if (parser->depth + levels > SMF_TYPE_DEPTH || parser->count == SMF_TYPE_DEPTH)
        return SMF_ERR_LIMIT;
    parser->open[parser->count++] = (struct open){outer, type, levels, close};
    parser->depth += levels;
    parser->tail = &type->arguments;
    return SMF_OK;
}

static bool is_word(const char *name, size_t size, const char *word)
{
    for (size_t i = 0; i < size; i++)
        if (word[i] != name[i]) /* a NUL differs from every character of a name */
            return false;
    return word[size] == '\0';
}

bool smf_type_word(const char *name, size_t size, bool as_text, struct smf_type *type)
{
    static const struct {
        const char *word;
        uint8_t kind, bits;
    } words[] = {
        {"str",     SMF_TYPE_STRING,  0 },
        {"text",    SMF_TYPE_STRING,  0 },
        {"bool",    SMF_TYPE_BOOL,    0 },
        {"string",  SMF_TYPE_STRING,  0 },
        {"void",    SMF_TYPE_VOID,    0 },
        {"unknown", SMF_TYPE_UNKNOWN, 0 },
        {"i8",      SMF_TYPE_INT,     8 },
        {"i16",     SMF_TYPE_INT,     16},
        {"i32",     SMF_TYPE_INT,     32},
        {"i64",     SMF_TYPE_INT,     64},
        {"u8",      SMF_TYPE_INT,     8 },
        {"u16",     SMF_TYPE_INT,     16},
        {"u32",     SMF_TYPE_INT,     32},
        {"u64",     SMF_TYPE_INT,     64},
        {"f32",     SMF_TYPE_FLOAT,   32},
        {"f64",     SMF_TYPE_FLOAT,   64},
    };
    for (unsigned i = as_text ? 0 : 2; i < sizeof words / sizeof words[0]; i++)
        if (is_word(name, size, words[i].word)) {
            *type = (struct smf_type){.kind = words[i].kind, .bits = words[i].bits};
            type->is_signed = type->kind == SMF_TYPE_INT && name[0] == 'i';
            return true;
        }
    return false;
}

/* The characters of a name from here on. */
static size_t name_size(const struct parser *parser)
{
    size_t at = parser->at;
    for (; at < parser->size; at++) {
        const char c = parser->text[at];
        const bool digit = c >= '0' && c <= '9';
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (digit && at != parser->at)))
            break;
    }
    return at - parser->at;
}

/* Step over `word` if it comes next. */
static bool take(struct parser *parser, const char *word)
{
    size_t size = 0;
    (void)peek(parser);
    for (; word[size] != '\0'; size++)
        if (parser->at + size == parser->size || parser->text[parser->at + size] != word[size])
            return false;
    parser->at += size;
    return true;
}

/* What stands before a type without a bracket: a pointer to it, an array of it. */
static bool take_prefix(struct parser *parser, enum smf_type_kind *kind)
{
    const bool more = name_size(parser) > 4;
    *kind = SMF_TYPE_ARRAY;
    if (take(parser, "[]") || (more && take(parser, "arr_")))
        return true;
    *kind = SMF_TYPE_POINTER;
    return take(parser, "*") || (more && take(parser, "ptr_"));
}

/* "simd<" and a number, with the comma behind it; 0: something else. */
static uint16_t take_lanes(struct parser *parser)
{
    const size_t start = parser->at;
    uint32_t lanes = 0;
    if (take(parser, "simd") && take(parser, "<") && peek(parser) != '0')
        for (char c; lanes <= UINT16_MAX && (c = peek(parser)) >= '0' && c <= '9'; parser->at++)
            lanes = lanes * 10 + (uint32_t)(c - '0');
    if (lanes != 0 && lanes <= UINT16_MAX && take(parser, ","))
        return (uint16_t)lanes;
    parser->at = start;
    return 0;
}

/* A type that has no prefix (any more), up to its bracket if it has one. `close` is what ends that, or '\0'. */
static enum smf_status take_plain(struct parser *parser, struct smf_type **type, char *close)
{
    enum smf_type_kind kind = SMF_TYPE_NAMED;
    *close = '\0';
    if (take(parser, "[")) {
        kind = SMF_TYPE_ARRAY;
        *close = ']';
    } else if (take(parser, "(")) {
        kind = SMF_TYPE_FUNCTION;
        *close = ')';
    } else if (take(parser, "?")) {
        kind = SMF_TYPE_VARIABLE;
    }
    const uint16_t lanes = kind == SMF_TYPE_NAMED ? take_lanes(parser) : 0;
    if (lanes != 0) {
        kind = SMF_TYPE_SIMD;
        *close = '>';
    }
    const size_t size = *close != '\0' ? 0 : name_size(parser);
    if (*close == '\0' && size == 0)
        return SMF_ERR_TYPE;
    if ((*type = add(parser, kind)) == NULL)
        return SMF_ERR_NO_SPACE;
    (*type)->lanes = lanes;
    if (*close == '\0' && (kind != SMF_TYPE_NAMED || !smf_type_word(parser->text + parser->at, size, true, *type))) {
        (*type)->name = parser->text + parser->at;
        (*type)->name_size = size;
    }
    parser->at += size;
    if (kind == SMF_TYPE_NAMED && take(parser, "<")) {
        *close = '>';
        return (*type)->kind == SMF_TYPE_NAMED ? SMF_OK : SMF_ERR_TYPE;
    }
    return SMF_OK;
}

/* One type up to its bracket, if it has one; `*outer` is what stands in the list. */
static enum smf_status take_type(struct parser *parser, struct smf_type **outer, bool *opened)
{
    unsigned levels = 0;
    enum smf_type_kind kind;
    *outer = NULL;
    (void)peek(parser);
    while (take_prefix(parser, &kind)) {
        struct smf_type *around = add(parser, kind);
        if (around == NULL)
            return SMF_ERR_NO_SPACE;
        *outer = *outer == NULL ? around : *outer;
        parser->tail = &around->arguments;
        if (parser->depth + ++levels > SMF_TYPE_DEPTH)
            return SMF_ERR_LIMIT;
        (void)peek(parser);
    }
    struct smf_type *type;
    char close;
    enum smf_status status = take_plain(parser, &type, &close);
    if (status != SMF_OK)
        return status;
    *outer = *outer == NULL ? type : *outer;
    if (close != '\0')
        status = enter(parser, *outer, type, levels + 1, close);
    *opened = close != '\0' && !(close == ')' && peek(parser) == ')'); /* () has nothing in it */
    return status;
}

/* Whatever ends with the type that was taken last. `*more`: another type has to follow; else the text is over. */
static enum smf_status take_ends(struct parser *parser, struct smf_type *outer, bool *more)
{
    *more = true;
    for (;; parser->at++) {
        const char c = peek(parser);
        struct open *open = parser->count != 0 ? &parser->open[parser->count - 1] : NULL;
        while (open != NULL && open->close == '\0') { /* results end with what they lie in */
            outer = open->outer;
            parser->depth -= open->levels;
            open = --parser->count != 0 ? &parser->open[parser->count - 1] : NULL;
        }
        if (open == NULL && c != ',') {
            *more = false;
            return parser->at == parser->size ? SMF_OK : SMF_ERR_TYPE;
        }
        if (c == ',') {
            if (open != NULL && (open->type->kind == SMF_TYPE_ARRAY || open->type->kind == SMF_TYPE_SIMD))
                return SMF_ERR_TYPE; /* these have one element type */
            parser->at++;
            parser->tail = &outer->next;
            return SMF_OK;
        }
        if (c != open->close)
            return SMF_ERR_TYPE;
        if (c == ')') {
            parser->at++;
            parser->tail = open->type->arguments == NULL ? &open->type->arguments : &outer->next;
            open->close = '\0';
            return take(parser, "->") ? SMF_OK : SMF_ERR_TYPE;
        }
        outer = open->outer;
        parser->depth -= open->levels;
        parser->count--;
    }
}

enum smf_status smf_types_parse(const char *text, size_t size, struct smf_type *room, size_t capacity,
                                const struct smf_type **types)
{
    struct parser parser = {.text = text, .size = size, .room = room, .capacity = capacity};
    struct smf_type *outer = NULL;
    *types = NULL;
    parser.tail = types;
    bool more = !(peek(&parser) == '\0' && parser.at == size);
    while (more) {
        bool opened;
        enum smf_status status = take_type(&parser, &outer, &opened);
        if (status == SMF_OK && !opened)
            status = take_ends(&parser, outer, &more);
        if (status != SMF_OK)
            return status;
    }
    return SMF_OK;
}

enum smf_status smf_types_split(const char *text, size_t size, size_t *base_size, struct smf_type *room,
                                size_t capacity, const struct smf_type **types)
{
    size_t start = 0, end = size;
    *types = NULL;
    while (start < size && text[start] != '<')
        start++;
    *base_size = start;
    if (start == size)
        return SMF_OK;
    while (text[end - 1] == ' ')
        end--;
    if (start == 0 || text[end - 1] != '>' || end - 1 == start)
        return SMF_ERR_TYPE;
    const enum smf_status status = smf_types_parse(text + start + 1, end - start - 2, room, capacity, types);
    return status == SMF_OK && *types == NULL ? SMF_ERR_TYPE : status;
}
