/* SPDX-License-Identifier: MIT */
/*
 * signature.c - signatures and needs as people write them, into terms. For who builds modules and for texts that come from outside
 * (JSON, a file beside the module). A type is one pass over the text; what is open is remembered in a small stack.
 */
#include "base/bytes.h"
#include "base/fail.h"
#include "generic/words.h"
#include "smf/infer.h"

struct open {
    char close;
    uint8_t count; /* where the number of what lies in it stands in the term; an array has none */
};

struct parser {
    const char *text;
    size_t size, at;
    const struct smf_signature *scope; /* whose parameters are known */
    struct smf_signature *out;
    struct smf_diagnosis *why;
    struct open open[SMF_SIGNATURE_DEPTH];
    unsigned depth;
};

static enum smf_status want(struct parser *parser, const char *what)
{
    size_t length = 0;
    while (what[length] != '\0')
        length++;
    smf_fail_name(parser->why, what, length);
    return smf_fail(parser->why, SMF_DETAIL_SIGNATURE, parser->at, parser->at, 0);
}

static enum smf_status too_many(struct parser *parser, const char *what, size_t most)
{
    (void)want(parser, what);
    return smf_fail(parser->why, SMF_DETAIL_SIGNATURE_LIMIT, parser->at, 0, most);
}

static char peek(struct parser *parser)
{
    while (parser->at < parser->size && (parser->text[parser->at] == ' ' || parser->text[parser->at] == '\t'))
        parser->at++;
    return parser->at < parser->size ? parser->text[parser->at] : '\0';
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

static bool is_part(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9' && !first);
}

/* A name: `*size` is 0 if none comes next. */
static const char *take_name(struct parser *parser, size_t *size)
{
    (void)peek(parser);
    const size_t start = parser->at;
    while (parser->at < parser->size && is_part(parser->text[parser->at], parser->at == start))
        parser->at++;
    *size = parser->at - start;
    return parser->text + start;
}

/* A name of at most 255 bytes. */
static enum smf_status take_short_name(struct parser *parser, const char *what, const char **name, size_t *size)
{
    *name = take_name(parser, size);
    if (*size == 0)
        return want(parser, what);
    return *size > UINT8_MAX ? too_many(parser, "bytes in a name", UINT8_MAX) : SMF_OK;
}

static bool is_word(const char *name, size_t size, const char *word)
{
    for (size_t i = 0; i < size; i++)
        if (word[i] != name[i]) /* a NUL differs from every character of a name */
            return false;
    return word[size] == '\0';
}

static enum smf_status put(struct parser *parser, unsigned byte)
{
    if (parser->out->term_size == SMF_RECORD_TERM_MAX)
        return smf_fail(parser->why, SMF_DETAIL_SIGNATURE_SPACE, parser->at, 0, SMF_RECORD_TERM_MAX);
    parser->out->term[parser->out->term_size++] = (uint8_t)byte;
    return SMF_OK;
}

/* Room for the number of what `close` ends, or, for an array, nothing. */
static enum smf_status enter(struct parser *parser, char close)
{
    if (parser->depth == SMF_SIGNATURE_DEPTH)
        return too_many(parser, "brackets in brackets", SMF_SIGNATURE_DEPTH);
    parser->open[parser->depth++] = (struct open){close, parser->out->term_size};
    return close == ']' ? SMF_OK : put(parser, 0);
}

/* The tag of a word that is a type, 0: it is none. */
static unsigned find_tag(const char *name, size_t size)
{
    if (is_word(name, size, "string") || is_word(name, size, "str"))
        return SMF_TERM_TEXT;
    for (unsigned tag = SMF_TERM_VOID; tag <= SMF_TERM_NIL; tag++)
        if (is_word(name, size, smf_term_word(tag)))
            return tag;
    return 0;
}

static bool find_parameter(const struct smf_signature *scope, const char *name, size_t size, unsigned *number)
{
    for (*number = 0; scope != NULL && *number < scope->parameter_count; ++*number)
        if (scope->parameters[*number].name_size == size && memcmp(scope->parameters[*number].name, name, size) == 0)
            return true;
    return false;
}

/* A parameter, a word, or a name that may have arguments. */
static enum smf_status take_named(struct parser *parser, bool *opened)
{
    const char *name;
    size_t size;
    unsigned number;
    enum smf_status status = take_short_name(parser, "a type", &name, &size);
    if (status != SMF_OK)
        return status;
    if (find_parameter(parser->scope, name, size, &number))
        return put(parser, number);
    if (is_word(name, size, "unknown")) {
        parser->at -= size;
        return want(parser, "a type that is known");
    }
    const unsigned tag = find_tag(name, size);
    if (tag != 0)
        return put(parser, tag);
    status = put(parser, SMF_TERM_NAMED);
    if (status == SMF_OK)
        status = put(parser, (unsigned)size);
    for (size_t i = 0; i < size && status == SMF_OK; i++)
        status = put(parser, (unsigned char)name[i]);
    if (status != SMF_OK)
        return status;
    *opened = take(parser, "<");
    return *opened ? enter(parser, '>') : put(parser, 0);
}

/* A type up to its bracket, if it has one: then another type, or the bracket's end, follows. */
static enum smf_status take_type(struct parser *parser, bool *opened)
{
    enum smf_status status = SMF_OK;
    *opened = false;
    for (bool prefix = true; prefix && status == SMF_OK;) {
        prefix = false;
        if (take(parser, "*"))
            prefix = (status = put(parser, SMF_TERM_POINTER)) == SMF_OK;
        else if (take(parser, "[]"))
            prefix = (status = put(parser, SMF_TERM_ARRAY)) == SMF_OK;
    }
    if (status != SMF_OK)
        return status;
    if (take(parser, "[")) {
        *opened = true;
        status = put(parser, SMF_TERM_ARRAY);
        return status == SMF_OK ? enter(parser, ']') : status;
    }
    if (take(parser, "(")) {
        status = put(parser, SMF_TERM_FUNCTION);
        if (status == SMF_OK)
            status = enter(parser, ')');
        *opened = peek(parser) != ')';
        return status;
    }
    return take_named(parser, opened);
}

/* Brackets that end here. `*more`: another type follows. */
static enum smf_status take_ends(struct parser *parser, bool *more)
{
    *more = true;
    while (parser->depth != 0) {
        const struct open *open = &parser->open[parser->depth - 1];
        uint8_t *count = &parser->out->term[open->count];
        const char c = peek(parser);
        const bool empty = c == ')' && parser->out->term_size == open->count + 1u;
        if (open->close != ']' && !empty) /* a number below 255: there are no more bytes */
            ++*count;
        if (c == ',' && open->close != ']') {
            parser->at++;
            return SMF_OK;
        }
        if (c != open->close)
            return want(parser, open->close == '>' ? "',' or '>'" : open->close == ')' ? "',' or ')'" : "']'");
        parser->at++;
        parser->depth--;
        if (c == ')') {
            if (take(parser, "->"))
                return SMF_OK;
            const enum smf_status status = put(parser, SMF_TERM_VOID);
            if (status != SMF_OK)
                return status;
        }
    }
    *more = false;
    return SMF_OK;
}

static enum smf_status take_whole_type(struct parser *parser)
{
    bool more = true, opened;
    enum smf_status status = SMF_OK;
    while (more && status == SMF_OK) {
        status = take_type(parser, &opened);
        if (status == SMF_OK && !opened)
            status = take_ends(parser, &more);
    }
    return status;
}

/* "compare + equal" */
static enum smf_status take_bounds(struct parser *parser, uint16_t *bounds)
{
    do {
        size_t size;
        const char *name = take_name(parser, &size);
        unsigned number = 0;
        while (number < SMF_BOUNDS && !is_word(name, size, smf_bound_word(number)))
            number++;
        if (number == SMF_BOUNDS) {
            parser->at -= size;
            return want(parser, "a bound");
        }
        *bounds |= (uint16_t)(1u << number);
    } while (take(parser, "+"));
    return SMF_OK;
}

static enum smf_status take_parameter(struct parser *parser)
{
    struct smf_signature *out = parser->out;
    const char *name;
    size_t size;
    unsigned number;
    if (out->parameter_count == SMF_TEMPLATE_PARAMETERS_MAX)
        return too_many(parser, "type parameters", SMF_TEMPLATE_PARAMETERS_MAX);
    enum smf_status status = take_short_name(parser, "a type parameter", &name, &size);
    if (status != SMF_OK)
        return status;
    if (find_tag(name, size) != 0 || is_word(name, size, "unknown") || find_parameter(out, name, size, &number)) {
        parser->at -= size;
        return want(parser, "another name for a type parameter");
    }
    out->parameters[out->parameter_count].name = name;
    out->parameters[out->parameter_count].name_size = (uint8_t)size;
    out->parameters[out->parameter_count].bounds = 0;
    out->parameter_count++;
    if (take(parser, ":"))
        status = take_bounds(parser, &out->parameters[out->parameter_count - 1].bounds);
    return status;
}

static struct parser start(const char *text, size_t size, struct smf_signature *out, struct smf_diagnosis *why)
{
    struct parser parser = {.text = text, .size = size, .scope = out, .out = out, .why = why};
    smf_fail_clear(why);
    memset(out, 0, sizeof *out);
    return parser;
}

/* "sort<" */
static enum smf_status take_head(struct parser *parser)
{
    const enum smf_status status = take_short_name(parser, "a name", &parser->out->name, &parser->out->name_size);
    if (status != SMF_OK)
        return status;
    return take(parser, "<") ? SMF_OK : want(parser, "'<'");
}

static enum smf_status take_end(struct parser *parser)
{
    return peek(parser) == '\0' && parser->at == parser->size ? SMF_OK : want(parser, "nothing more");
}

enum smf_status smf_signature_parse(const char *text, size_t size, struct smf_signature *signature,
                                    struct smf_diagnosis *why)
{
    struct smf_diagnosis own;
    struct parser parser = start(text, size, signature, why != NULL ? why : &own);
    enum smf_status status = take_head(&parser);
    if (status == SMF_OK)
        status = take_parameter(&parser);
    while (status == SMF_OK && take(&parser, ","))
        status = take_parameter(&parser);
    if (status == SMF_OK && !take(&parser, ">"))
        status = want(&parser, "':', ',' or '>'");
    if (status == SMF_OK && peek(&parser) != '(')
        status = want(&parser, "'('");
    if (status == SMF_OK)
        status = take_whole_type(&parser);
    return status == SMF_OK ? take_end(&parser) : status;
}

enum smf_status smf_signature_parse_need(const char *text, size_t size, const struct smf_signature *of,
                                         struct smf_signature *need, struct smf_diagnosis *why)
{
    struct smf_diagnosis own;
    struct parser parser = start(text, size, need, why != NULL ? why : &own);
    parser.scope = of;
    enum smf_status status = take_head(&parser);
    bool more = true;
    while (status == SMF_OK && more) {
        if (need->parameter_count == SMF_TEMPLATE_PARAMETERS_MAX)
            return too_many(&parser, "types", SMF_TEMPLATE_PARAMETERS_MAX);
        status = take_whole_type(&parser);
        need->parameter_count++;
        more = status == SMF_OK && take(&parser, ",");
    }
    if (status == SMF_OK && !take(&parser, ">"))
        status = want(&parser, "',' or '>'");
    return status == SMF_OK ? take_end(&parser) : status;
}
