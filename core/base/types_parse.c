/* SPDX-License-Identifier: MIT */
/* types_parse.c - reading types: a list without recursion, each open bracket remembered in a small stack. */
#include "base/bytes.h"
#include "smf/types.h"

struct open {
    struct smf_type *outer; /* the type whose bracket it is, or the array around that */
    unsigned levels;        /* that it adds                                           */
    char close;
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
    parser->open[parser->count++] = (struct open){outer, levels, close};
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

/* What a name without brackets means. */
static void set_name(struct smf_type *type, const char *name, size_t size)
{
    static const struct {
        const char *word;
        uint8_t kind, bits;
    } words[] = {
        {"bool",    SMF_TYPE_BOOL,    0 },
        {"string",  SMF_TYPE_STRING,  0 },
        {"str",     SMF_TYPE_STRING,  0 },
        {"text",    SMF_TYPE_STRING,  0 },
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
    type->kind = SMF_TYPE_NAMED;
    type->name = name;
    type->name_size = size;
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (is_word(name, size, words[i].word)) {
            *type = (struct smf_type){.kind = words[i].kind, .bits = words[i].bits};
            type->is_signed = type->kind == SMF_TYPE_INT && name[0] == 'i';
        }
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

/* One type up to its bracket, if it has one; `*outer` is what stands in the list. */
static enum smf_status take_type(struct parser *parser, struct smf_type **outer, bool *opened)
{
    *opened = true;
    if (peek(parser) == '[') {
        parser->at++;
        *outer = add(parser, SMF_TYPE_ARRAY);
        return *outer == NULL ? SMF_ERR_NO_SPACE : enter(parser, *outer, *outer, 1, ']');
    }
    unsigned levels = 0;
    size_t size = name_size(parser);
    *outer = NULL;
    for (; size > 4 && memcmp(parser->text + parser->at, "arr_", 4) == 0; parser->at += 4, size -= 4) {
        struct smf_type *array = add(parser, SMF_TYPE_ARRAY);
        if (array == NULL)
            return SMF_ERR_NO_SPACE;
        *outer = *outer == NULL ? array : *outer;
        parser->tail = &array->arguments;
        if (parser->depth + ++levels > SMF_TYPE_DEPTH)
            return SMF_ERR_LIMIT;
    }
    const char *name = parser->text + parser->at;
    if (size == 0 || (name[0] >= '0' && name[0] <= '9'))
        return SMF_ERR_TYPE;
    struct smf_type *type = add(parser, SMF_TYPE_NAMED);
    if (type == NULL)
        return SMF_ERR_NO_SPACE;
    *outer = *outer == NULL ? type : *outer;
    set_name(type, name, size);
    parser->at += size;
    *opened = peek(parser) == '<';
    if (!*opened)
        return SMF_OK;
    parser->at++;
    return type->kind == SMF_TYPE_NAMED ? enter(parser, *outer, type, levels + 1, '>') : SMF_ERR_TYPE;
}

enum smf_status smf_types_parse(const char *text, size_t size, struct smf_type *room, size_t capacity,
                                const struct smf_type **types)
{
    struct parser parser = {.text = text, .size = size, .room = room, .capacity = capacity};
    struct smf_type *outer = NULL;
    *types = NULL;
    parser.tail = types;
    if (peek(&parser) == '\0' && parser.at == size)
        return SMF_OK;
    for (;;) {
        bool opened;
        const enum smf_status status = take_type(&parser, &outer, &opened);
        if (status != SMF_OK)
            return status;
        if (opened)
            continue;
        for (char c; (c = peek(&parser)) != ','; parser.at++) { /* closing brackets */
            if (parser.count == 0)
                return parser.at == size ? SMF_OK : SMF_ERR_TYPE;
            const struct open *open = &parser.open[parser.count - 1];
            if (c != open->close)
                return SMF_ERR_TYPE;
            outer = open->outer;
            parser.depth -= open->levels;
            parser.count--;
        }
        if (parser.count != 0 && parser.open[parser.count - 1].close == ']')
            return SMF_ERR_TYPE; /* an array has one element type */
        parser.at++;
        parser.tail = &outer->next;
    }
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
