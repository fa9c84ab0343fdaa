/* SPDX-License-Identifier: MIT */
/*
 * kinds.c - types by their text in mangled names: i64, ptr_Point, Vec$1i64. What the machine has is built in, a pointer is a
 * pointer to whatever; everything else needs a descriptor under its own name: Point, Vec$i64.
 */
#include "base/bytes.h"
#include "base/fail.h"
#include "generic/engine.h"
#include "system/text.h"

enum { TEXT_MAX = UINT16_MAX };

/* Their sizes are powers of two; 4: a pointer's. */
static const struct builtin {
    char text[6];
    uint8_t kind, size_log2;
} builtins[] = {
    {"i8",    SMF_DESCRIPTOR_SIGNED,   0},
    {"i16",   SMF_DESCRIPTOR_SIGNED,   1},
    {"i32",   SMF_DESCRIPTOR_SIGNED,   2},
    {"i64",   SMF_DESCRIPTOR_SIGNED,   3},
    {"u8",    SMF_DESCRIPTOR_UNSIGNED, 0},
    {"u16",   SMF_DESCRIPTOR_UNSIGNED, 1},
    {"u32",   SMF_DESCRIPTOR_UNSIGNED, 2},
    {"u64",   SMF_DESCRIPTOR_UNSIGNED, 3},
    {"f32",   SMF_DESCRIPTOR_FLOAT,    2},
    {"f64",   SMF_DESCRIPTOR_FLOAT,    3},
    {"bool",  SMF_DESCRIPTOR_PLAIN,    0},
    {"usize", SMF_DESCRIPTOR_UNSIGNED, 4},
    {"isize", SMF_DESCRIPTOR_SIGNED,   4},
};
static const struct builtin pointer = {"ptr_", SMF_DESCRIPTOR_POINTER, 4};

enum { FIRST_FLOAT = 8 }; /* in the table; before it four of each sign, by size */

static const struct builtin *find_builtin(const char *text, size_t size)
{
    if (size > 4 && memcmp(text, pointer.text, 4) == 0)
        return &pointer;
    for (unsigned i = 0; i < sizeof builtins / sizeof builtins[0] && size < sizeof pointer.text; i++)
        if (builtins[i].text[0] == text[0] && memcmp(builtins[i].text, text, size) == 0 &&
            builtins[i].text[size] == '\0')
            return &builtins[i];
    return NULL;
}

/* The one that a number is, without a text; NULL: no number, or none of these. */
static const struct builtin *find_number(const struct smf_type *type)
{
    unsigned log2 = 3;
    while (log2 < 7 && type->bits != 1u << log2)
        log2++;
    if (log2 == 7 || type->arguments != NULL)
        return NULL;
    if (type->kind == SMF_TYPE_INT)
        return &builtins[log2 - 3 + (type->is_signed ? 0 : 4)];
    return type->kind == SMF_TYPE_FLOAT && log2 >= 5 ? &builtins[FIRST_FLOAT + log2 - 5] : NULL;
}

/* ---- Types that are known ---- */

static struct type *find_known(const struct smf_instantiator *instantiator, const char *text, size_t size,
                               uintptr_t identity, uint32_t module)
{
    struct node *node = smf_generic_first(instantiator, NODE_TYPE, smf_generic_hash(text, size));
    for (; node != NULL; node = smf_generic_next(node)) {
        struct type *type = (struct type *)(void *)node;
        if (type->text_size == size && memcmp(type->text, text, size) == 0 && type->identity == identity &&
            type->module == module)
            return type;
    }
    return NULL;
}

static enum smf_status know(struct making *making, const char *text, size_t size, const struct type *wanted,
                            struct type **resolved)
{
    struct smf_instantiator *instantiator = making->instantiator;
    struct type *type = smf_arena_take(smf_generic_arena(instantiator), sizeof *type + size + 1);
    if (type == NULL)
        return smf_generic_no_arena(instantiator, making->why, sizeof *type + size + 1);
    *type = *wanted;
    type->older = instantiator->pointer_types;
    type->at = (struct type **)(void *)&instantiator->pointer_types;
    if (type->older != NULL)
        type->older->at = &type->older;
    type->text_size = (uint16_t)size;
    memcpy(type->text, text, size);
    type->text[size] = '\0';
    instantiator->pointer_types = type;
    smf_generic_enter(instantiator, &type->node, NODE_TYPE, smf_generic_hash(text, size));
    instantiator->statistics.types++;
    *resolved = type;
    return SMF_OK;
}

void smf_generic_free_type(struct smf_instantiator *instantiator, struct type *type)
{
    *type->at = type->older;
    if (type->older != NULL)
        type->older->at = type->at;
    smf_generic_leave(&type->node);
    instantiator->statistics.types--;
    smf_arena_give(smf_generic_arena(instantiator), type);
}

void smf_generic_forget_types(struct smf_instantiator *instantiator, const struct type *kept)
{
    struct type *type = instantiator->pointer_types;
    while (type != NULL && type != kept) {
        struct type *older = type->older;
        if (type->users == 0)
            smf_generic_free_type(instantiator, type);
        type = older;
    }
}

/* ---- Descriptors ---- */

static enum smf_status refuse(struct making *making, enum smf_detail detail, const char *text, size_t size)
{
    if (making->asked_for != NULL) {
        smf_generic_say_parameter(making->why, making->asked_for, making->parameter, NULL);
        smf_generic_say_text(making->why, " = ");
    } else if (making->top != NULL) { /* of a need, in a type of its own */
        const struct template_name *name = &making->top->template->names[0];
        smf_fail_name(making->why, name->text, name->size);
        smf_generic_say_text(making->why, " needs ");
    }
    making->why->index = making->parameter;
    smf_generic_say(making->why, text, size);
    return smf_fail(making->why, detail, 0, 0, 0);
}

/* The symbol of a descriptor out of the type's text: `$_` in its name is `_`, and the number of arguments is left out. */
static void name_symbol(const char *text, char *symbol)
{
    for (; *text != '\0' && (*text != '$' || text[1] == '_'); text++) {
        text += *text == '$';
        *symbol++ = *text;
    }
    if (*text == '$' && text[1] != '0') {
        *symbol++ = *text++;
        while (*text >= '0' && *text <= '9')
            text++;
        while (*text != '\0')
            *symbol++ = *text++;
    }
    *symbol = '\0';
}

/* A module's own type, then the host's, then anybody's: where its descriptor is, and how large its pointers are. */
static enum smf_status find_descriptor(struct making *making, const char *symbol, struct smf_provided *found,
                                       unsigned *pointer_size)
{
    struct smf_instantiator *instantiator = making->instantiator;
    const struct smf_instantiator_config *config = &instantiator->config;
    const enum smf_status status = smf_generic_provide(instantiator, making->asker, symbol, true, found);
    *pointer_size = config->arch->pointer_size;
    if ((status != SMF_OK && status != SMF_ERR_NOT_FOUND) ||
        (status == SMF_OK && making->asker != 0 && found->module == making->asker))
        return status;
    for (size_t i = 0; i < config->type_count; i++)
        if (smf_text_is_same(config->types[i].name, symbol)) {
            const struct smf_type_descriptor *host = config->types[i].descriptor;
            *pointer_size = sizeof(void *);
            *found =
                (struct smf_provided){.address = (uintptr_t)host, .bytes = (const uint8_t *)host, .room = sizeof *host};
            return SMF_OK;
        }
    return status;
}

/* Size and kind are read once: they do not change. Operations are read each time: those that are instances themselves are there
 * only when the type's module has been loaded, and something may have been made for the type before. */
static enum smf_status resolve_described(struct making *making, const char *text, size_t size, const char *symbol,
                                         struct type **resolved)
{
    unsigned pointer_size;
    struct smf_provided found;
    const enum smf_status status = find_descriptor(making, symbol, &found, &pointer_size);
    if (status == SMF_ERR_NOT_FOUND)
        return refuse(making, SMF_DETAIL_NO_TYPE, text, size);
    if (status != SMF_OK)
        return status;
    struct type type = {.size = 0};
    if (!smf_generic_describe(making->instantiator, &found, pointer_size, &type))
        return refuse(making, SMF_DETAIL_BAD_TYPE, text, size);
    *resolved = find_known(making->instantiator, text, size, found.address, found.module);
    if (*resolved != NULL) {
        memcpy((*resolved)->operations, type.operations, sizeof type.operations);
        (*resolved)->more = type.more;
        return SMF_OK;
    }
    return know(making, text, size, &type, resolved);
}

static enum smf_status resolve_builtin(struct making *making, const struct builtin *builtin, const char *text,
                                       size_t size, struct type **resolved)
{
    const unsigned pointer_log2 = making->instantiator->config.arch->pointer_size == 8 ? 3 : 2;
    const uint8_t size_log2 = builtin->size_log2 == 4 ? (uint8_t)pointer_log2 : builtin->size_log2;
    struct type type;
    *resolved = find_known(making->instantiator, text, size, 0, 0);
    if (*resolved != NULL)
        return SMF_OK;
    type = (struct type){.size = (uint32_t)1 << size_log2, .alignment_log2 = size_log2, .kind = builtin->kind};
    smf_generic_operations(type.kind, size_log2, type.operations);
    return know(making, text, size, &type, resolved);
}

/* `text` ends in a NUL. */
static enum smf_status resolve(struct making *making, const char *text, size_t size, struct type **resolved)
{
    struct smf_arena *arena = smf_generic_arena(making->instantiator);
    const struct builtin *builtin = find_builtin(text, size);
    if (size > TEXT_MAX)
        return refuse(making, SMF_DETAIL_TYPE_TEXT, text, size);
    if (builtin != NULL)
        return resolve_builtin(making, builtin, text, size, resolved);
    char *symbol = smf_arena_take_scratch(arena, size + 1);
    if (symbol == NULL)
        return smf_generic_no_arena(making->instantiator, making->why, size + 1);
    name_symbol(text, symbol);
    const enum smf_status status = resolve_described(making, text, size, symbol, resolved);
    smf_arena_give(arena, symbol);
    return status;
}

/* ---- Texts ---- */

struct out {
    char *buffer; /* NULL: measured only */
    size_t length;
    bool with_variables;
};

static void put(struct out *out, const char *text, size_t size)
{
    if (out->buffer != NULL)
        memcpy(out->buffer + out->length, text, size);
    out->length += size;
}

/* A name that is written as it is, and that its descriptor has: capital first, as no word of ours. */
static bool is_plain_name(const struct smf_type *type, size_t most)
{
    if (type->kind != SMF_TYPE_NAMED || type->arguments != NULL || type->name_size == 0 || type->name_size > most ||
        type->name[0] < 'A' || type->name[0] > 'Z')
        return false;
    for (size_t i = 1; i < type->name_size; i++) {
        const char c = type->name[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
            return false;
    }
    return true;
}

enum smf_status smf_generic_type(struct making *making, const struct smf_type *type, struct type **resolved)
{
    const struct builtin *number = find_number(type);
    if (number != NULL)
        return resolve_builtin(making, number, number->text, smf_generic_length(number->text), resolved);
    struct smf_type alone = *type;
    char small[48], *text = small;
    size_t length = 0;
    if (is_plain_name(type, sizeof small - 1)) {
        memcpy(small, type->name, type->name_size);
        small[type->name_size] = '\0';
        return resolve_described(making, small, type->name_size, small, resolved);
    }
    alone.next = NULL;
    enum smf_status status = smf_types_mangle("", 0, &alone, small, sizeof small, &length);
    if (status == SMF_ERR_NO_SPACE) {
        text = smf_arena_take_scratch(smf_generic_arena(making->instantiator), length + 1);
        if (text == NULL)
            return smf_generic_no_arena(making->instantiator, making->why, length + 1);
        status = smf_types_mangle("", 0, &alone, text, length + 1, &length);
    }
    if (status == SMF_OK) /* it starts with a $ */
        status = resolve(making, text + 1, length - 1, resolved);
    else
        status = refuse(making, SMF_DETAIL_NO_TYPE, "?", 1);
    if (text != small)
        smf_arena_give(smf_generic_arena(making->instantiator), text);
    return status;
}

static const char primitives[][7] = {"void", "bool", "i8",  "i16", "i32",    "i64",   "u8",    "u16",
                                     "u32",  "u64",  "f32", "f64", "string", "usize", "isize", "nil"};

static void put_count(struct out *out, unsigned number)
{
    char digits[DIGITS];
    put(out, digits + 1, (size_t)(smf_generic_put_number(digits, number) - digits) - 1); /* without its # */
}

/* A name in a term, `_` as `$_`; `*operands` is how many types follow. */
static const uint8_t *put_named(struct out *out, const uint8_t *at, unsigned *operands)
{
    const char *name = (const char *)at + 1;
    for (unsigned i = 0; i < at[0]; i++) {
        if (name[i] == '_')
            put(out, "$", 1);
        put(out, name + i, 1);
    }
    at += 1 + at[0];
    *operands = *at;
    if (*at != 0) {
        put(out, "$", 1);
        put_count(out, *at);
    }
    return at + 1;
}

/* One token. */
static const uint8_t *put_token(struct out *out, const struct frame *frame, const uint8_t *at, unsigned *operands)
{
    const uint8_t tag = *at++;
    *operands = 0;
    if (tag < SMF_TERM_VOID) {
        out->with_variables = true;
        put(out, frame->types[tag]->text, frame->types[tag]->text_size);
    } else if (tag < SMF_TERM_POINTER) {
        const char *text = primitives[tag - SMF_TERM_VOID];
        put(out, text, smf_generic_length(text));
    } else if (tag == SMF_TERM_NAMED) {
        at = put_named(out, at, operands);
    } else if (tag == SMF_TERM_FUNCTION) {
        put(out, "fn", 2);
        put_count(out, *at);
        put(out, "_", 1);
        *operands = *at++ + 1u;
    } else {
        put(out, tag == SMF_TERM_POINTER ? "ptr_" : "arr_", 4);
        *operands = 1;
    }
    return at;
}

/* A term is in prefix order, and so are texts: what follows a type without arguments belongs to the list of one around it. */
static const uint8_t *put_term(struct out *out, const struct frame *frame, const uint8_t *at)
{
    unsigned operands, wanted = 1;
    do {
        at = put_token(out, frame, at, &operands);
        wanted += operands - 1;
        if (operands == 0 && wanted != 0)
            put(out, "_", 1);
    } while (wanted != 0);
    return at;
}

/* Names are those of the template's module, unless they are made of what the asker said. */
enum smf_status smf_generic_term(struct making *making, const struct frame *frame, const uint8_t **at,
                                 struct type **resolved)
{
    if (**at < SMF_TERM_VOID) {
        *resolved = frame->types[*(*at)++];
        return SMF_OK;
    }
    struct smf_arena *arena = smf_generic_arena(making->instantiator);
    struct out out = {.buffer = NULL};
    (void)put_term(&out, frame, *at);
    out.buffer = smf_arena_take_scratch(arena, out.length + 1);
    if (out.buffer == NULL)
        return smf_generic_no_arena(making->instantiator, making->why, out.length + 1);
    out.buffer[out.length] = '\0';
    out.length = 0;
    *at = put_term(&out, frame, *at);
    const uint32_t asker = making->asker;
    if (!out.with_variables)
        making->asker = frame->template->module->number;
    const enum smf_status status = resolve(making, out.buffer, out.length, resolved);
    making->asker = asker;
    smf_arena_give(arena, out.buffer);
    return status;
}
