/* SPDX-License-Identifier: MIT */
/*
 * text.c - names of statuses and the line that a diagnosis makes. Linked only
 * by who calls it: all texts of the core are here.
 *
 * The texts lie in one object, each behind the other, so that the table needs
 * no pointers (position-independent firmware, no .data).
 */
#include <stdbool.h>

#include "smf/status.h"

#define STATUS_NAMES                                                                                                   \
    "SMF_OK\0SMF_ERR_ARGUMENT\0SMF_ERR_IO\0SMF_ERR_CHANGED\0SMF_ERR_TRUNCATED\0SMF_ERR_NOT_SMF\0SMF_ERR_AMBIGUOUS\0"   \
    "SMF_ERR_FORMAT\0SMF_ERR_VERSION\0SMF_ERR_OVERLAP\0SMF_ERR_LIMIT\0SMF_ERR_ENVELOPE\0SMF_ERR_LIBRARY\0"             \
    "SMF_ERR_W64\0SMF_ERR_CONTAINER\0SMF_ERR_BYTECODE\0SMF_ERR_EMBEDDED_ELF\0SMF_ERR_COMPRESSED\0SMF_ERR_ARCH\0"       \
    "SMF_ERR_PLATFORM\0SMF_ERR_ABI\0SMF_ERR_CPU\0SMF_ERR_SYMBOL\0SMF_ERR_RELOC_TYPE\0SMF_ERR_RELOC_RECORD\0"           \
    "SMF_ERR_RELOC_RANGE\0SMF_ERR_UNRESOLVED\0SMF_ERR_NOT_FOUND\0SMF_ERR_DUPLICATE\0SMF_ERR_NO_ARENA\0"                \
    "SMF_ERR_NO_MEMORY\0SMF_ERR_PROTECT\0SMF_ERR_HASH\0SMF_ERR_CANCELLED\0SMF_ERR_BUSY\0SMF_ERR_NO_SPACE\0"            \
    "SMF_ERR_UNSUPPORTED\0SMF_ERR_NOT_OPEN\0SMF_ERR_FAULT\0SMF_ERR_TIMEOUT\0SMF_ERR_EMPTY\0"                           \
    "SMF_ERR_LOADED\0SMF_ERR_INTERFACE\0SMF_ERR_START\0SMF_ERR_STATE\0"                                                \
    "SMF_ERR_DECOMPRESS\0SMF_ERR_BACKEND\0SMF_ERR_TYPE\0SMF_ERR_ARITY\0SMF_ERR_BOUND\0SMF_ERR_UNIT\0"                  \
    "SMF_ERR_HOLE\0SMF_ERR_CYCLE\0SMF_ERR_DEPTH\0SMF_ERR_OPAQUE\0SMF_ERR_MISMATCH\0"
static const char status_names[] = STATUS_NAMES;
static const char arch_names[][8] = {"x86_64", "aarch64", "x86", "arm", "riscv64", "riscv32", "wasm32", "wasm64"};
static const char bound_names[] = "copy\0drop\0compare\0equal\0hash\0integer\0float\0number\0";
static const char stage_names[] = "\0header\0tables\0layout\0place\0bind\0relocate\0seal\0write\0";

static const uint16_t details[] = {
#define SMF_DETAIL_ENTRY(name, status, number, text) SMF_DETAIL_##name,
#include "smf/details.def"
#undef SMF_DETAIL_ENTRY
};
/* Members of one character each are contiguous, and no literal is longer than C11 5.2.4.1 promises (4095). */
static const struct {
#define SMF_DETAIL_ENTRY(name, status, number, text) char name[sizeof(text)];
#include "smf/details.def"
#undef SMF_DETAIL_ENTRY
} texts = {
#define SMF_DETAIL_ENTRY(name, status, number, text) text,
#include "smf/details.def"
#undef SMF_DETAIL_ENTRY
};

/* The text number `index` of a list of NUL-terminated ones of `size` bytes, NULL past the last. */
static const char *nth(const char *list, size_t size, unsigned index)
{
    const char *const end = list + size - 1;
    while (index != 0 && list < end) {
        while (*list != '\0')
            list++;
        list++;
        index--;
    }
    return list < end ? list : NULL;
}

const char *smf_status_name(enum smf_status status)
{
    const char *name = status > 0 ? NULL : nth(status_names, sizeof status_names, (unsigned)-(int)status);
    return name != NULL ? name : "SMF_ERR_?";
}

static const char *detail_text(const struct smf_diagnosis *why)
{
    for (unsigned i = 0; i < sizeof details / sizeof details[0]; i++)
        if (details[i] == (unsigned)why->detail)
            return nth((const char *)&texts, sizeof texts + 1, i);
    return smf_status_name(why->status);
}

/* A line under construction: counts what does not fit, too. */
struct line {
    char *text;
    size_t size, length;
};

static void put(struct line *line, char c)
{
    if (line->length + 1 < line->size)
        line->text[line->length] = c;
    line->length++;
}

static void put_text(struct line *line, const char *text)
{
    while (*text != '\0')
        put(line, *text++);
}

static void put_number(struct line *line, uint64_t value)
{
    if (value < 10) {
        put(line, (char)('0' + value));
        return;
    }
    put_text(line, "0x");
    unsigned shift = 60;
    while (value >> shift == 0)
        shift -= 4;
    for (;; shift -= 4) {
        put(line, "0123456789abcdef"[value >> shift & 15]);
        if (shift == 0)
            return;
    }
}

/* Without a division, for numbers that people count. */
static void put_decimal(struct line *line, uint64_t value)
{
    static const uint32_t powers[] = {1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
    bool started = false;
    if (value > UINT32_MAX) {
        put_number(line, value);
        return;
    }
    for (unsigned i = 0; i < sizeof powers / sizeof powers[0]; i++) {
        char digit = '0';
        for (; value >= powers[i]; value -= powers[i])
            digit++;
        started = started || digit != '0' || powers[i] == 1;
        if (started)
            put(line, digit);
    }
}

/* A name from a file: what is not printable becomes '?', so that a terminal is safe from it. */
static void put_name(struct line *line, const char *name)
{
    for (; *name != '\0'; name++)
        put(line, *name >= ' ' && *name <= '~' ? *name : '?');
}

static void put_arch(struct line *line, uint64_t arch)
{
    if (arch < sizeof arch_names / sizeof arch_names[0])
        put_text(line, arch_names[arch]);
    else
        put_number(line, arch);
}

/* A set of bounds (smf/templates.h): "compare, hash". */
static void put_bounds(struct line *line, uint64_t bounds)
{
    for (unsigned i = 0; bounds >> i != 0; i++) {
        const char *name = nth(bound_names, sizeof bound_names, i);
        if (name == NULL) {
            put_number(line, bounds >> i << i);
            return;
        }
        if ((bounds >> i & 1) == 0)
            continue;
        put_text(line, name);
        if (bounds >> i != 1)
            put_text(line, ", ");
    }
}

/* One of {v} {x} {V} {X} {a} {A} {b} {i} {n}. */
static void put_value(struct line *line, const struct smf_diagnosis *why, char letter)
{
    switch (letter) {
    case 'v':
        put_number(line, why->value);
        break;
    case 'x':
        put_number(line, why->expected);
        break;
    case 'V':
        put_decimal(line, why->value);
        break;
    case 'X':
        put_decimal(line, why->expected);
        break;
    case 'a':
        put_arch(line, why->value);
        break;
    case 'A':
        put_arch(line, why->expected);
        break;
    case 'b':
        put_bounds(line, why->value);
        break;
    case 'i':
        put_number(line, why->index);
        break;
    default:
        put_name(line, why->name);
        break;
    }
}

/* The text with its values; true if the name was among them. */
static bool put_detail(struct line *line, const struct smf_diagnosis *why, const char *text)
{
    bool named = false;
    for (; *text != '\0'; text++) {
        if (text[0] != '{' || text[1] == '\0' || text[2] != '}') {
            put(line, *text);
            continue;
        }
        put_value(line, why, text[1]);
        named = named || text[1] == 'n';
        text += 2;
    }
    return named;
}

/* Where it was: nothing, of what is no matter of a place in a file. */
static void put_place(struct line *line, const struct smf_diagnosis *why)
{
    const char *stage = nth(stage_names, sizeof stage_names, (unsigned)why->stage);
    const bool staged = stage != NULL && *stage != '\0';
    if (!staged && why->index == 0 && why->offset == 0)
        return;
    put_text(line, " (");
    if (staged) {
        put_text(line, stage);
        put_text(line, ", ");
    }
    put_text(line, "index ");
    put_number(line, why->index);
    put_text(line, ", offset ");
    put_number(line, why->offset);
    put(line, ')');
}

size_t smf_diagnosis_format(const struct smf_diagnosis *why, char *text, size_t size)
{
    struct line line = {text, size, 0};
    const bool named = put_detail(&line, why, detail_text(why));
    if (!named && why->name[0] != '\0') {
        put_text(&line, ", '");
        put_name(&line, why->name);
        put(&line, '\'');
    }
    put_place(&line, why);
    if (size != 0)
        text[line.length < size ? line.length : size - 1] = '\0';
    return line.length;
}
