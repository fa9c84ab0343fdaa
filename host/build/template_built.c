/* SPDX-License-Identifier: MIT */
/*
 * template_built.c - SMF_INSTANTIATE: instances that are part of the module's own code. The object of the right shape is read like
 * any other, under other names: its functions are the instance's, numbers are constants, and functions of the type are those
 * that its descriptor names.
 */
#include "template.h"

#include "smf/instance.h"

#include <string.h>

#define TYPES_MAX 64u
#define BUILT_MAX 1024u /* instances: a chain of needs that is longer never ends */

/* What one type argument is. */
struct argument {
    const char *label; /* the shape that is its own */
    const struct symbol *descriptor;
    uint32_t size, alignment;
    bool plain;
};

/* An instance on its way into the module. */
struct template_built {
    const struct template *template;
    struct template_use use;
    const struct smf_type *types;
    struct argument arguments[SMF_TEMPLATE_PARAMETERS_MAX];
};

/* ---- Types ---- */

static bool set_number(struct build *build, char letter, unsigned bits, struct argument *argument)
{
    argument->label = pool_text(&build->pool, "%c%u", letter, bits);
    argument->size = argument->alignment = bits / 8;
    argument->plain = true;
    return true;
}

static uint32_t field32(const struct symbol *descriptor, unsigned at)
{
    uint32_t value = 0;
    memcpy(&value, descriptor->section->bytes + descriptor->value + at, sizeof value);
    return value;
}

/* size, then bytes: version, alignment_log2, kind. */
static bool read_descriptor(struct build *build, const struct symbol *descriptor, struct argument *argument)
{
    const uint32_t rest = field32(descriptor, 4), kind = rest >> 16 & 0xFF;
    argument->descriptor = descriptor;
    argument->size = field32(descriptor, 0);
    argument->alignment = 1u << (rest >> 8 & 0x1F);
    argument->plain = kind != SMF_DESCRIPTOR_OPAQUE;
    if (kind >= SMF_DESCRIPTOR_SIGNED && kind <= SMF_DESCRIPTOR_FLOAT)
        argument->label = pool_text(&build->pool, "%c%u", "iuf"[kind - SMF_DESCRIPTOR_SIGNED], 8 * argument -> size);
    else if (kind == SMF_DESCRIPTOR_POINTER)
        argument->label = "ptr";
    else if (argument->plain && argument->size <= UINT16_MAX)
        argument->label =
            pool_text(&build->pool, "plain:%u:%u", (unsigned)argument->size, (unsigned)argument->alignment);
    else
        argument->label = argument->plain ? "plain" : "any";
    return true;
}

static bool find_described(struct build *build, const struct smf_type *type, const char *name,
                           struct argument *argument)
{
    char mangled[256];
    size_t length = 0;
    const struct templates *all = build->templates;
    if (smf_types_mangle(type->name, type->name_size, type->arguments, mangled, sizeof mangled, &length) != SMF_OK)
        return build_fail(build, NULL, "no type can be named '%s'", name);
    for (size_t i = 0; i < all->type_count; i++)
        if (strcmp(all->types[i].name, mangled) == 0)
            return read_descriptor(build, all->types[i].descriptor, argument);
    return build_fail(build, NULL, "nothing here describes the type '%s' (SMF_TYPE)", name);
}

static bool read_argument(struct build *build, const char *text, const struct smf_type *type, struct argument *argument)
{
    const unsigned word = 8u * build->arch->pointer_size;
    char name[256];
    size_t length = 0;
    if (smf_type_write(type, name, sizeof name, &length) != SMF_OK)
        return build_fail(build, NULL, "\"%s\": a type with too long a name", text);
    if (type->kind == SMF_TYPE_INT)
        return set_number(build, type->is_signed ? 'i' : 'u', type->bits, argument);
    if (type->kind == SMF_TYPE_FLOAT)
        return set_number(build, 'f', type->bits, argument);
    if (type->kind == SMF_TYPE_BOOL)
        return set_number(build, 'u', 8, argument);
    if (strcmp(name, "usize") == 0 || strcmp(name, "isize") == 0)
        return set_number(build, name[0] == 'u' ? 'u' : 'i', word, argument);
    if (name[0] == '*') {
        set_number(build, 'u', word, argument);
        argument->label = "ptr";
        return true;
    }
    if (type->kind == SMF_TYPE_NAMED)
        return find_described(build, type, name, argument);
    return build_fail(build, NULL, "\"%s\": '%s' cannot be built in", text, name);
}

/* ---- Pointers of a descriptor, before anything has an address ---- */

/* What the word at an offset of a section will point to; NULL: nothing. */
static struct symbol *pointer_at(const struct input *input, uint64_t offset, int64_t *addend)
{
    for (size_t i = 0; input != NULL && i < input->record_count; i++)
        if (input->records[i].offset == offset && !input->records[i].dropped) {
            *addend = input->records[i].addend;
            return build_definition(input->records[i].symbol);
        }
    return NULL;
}

/* The text that the word at an offset points to, or "". */
static const char *text_at(const struct input *input, uint64_t offset)
{
    int64_t addend = 0;
    const struct symbol *symbol = pointer_at(input, offset, &addend);
    const uint64_t at = symbol == NULL ? 0 : symbol->value + (uint64_t)addend;
    if (symbol == NULL || symbol->place != PLACE_SECTION || symbol->section->bytes == NULL ||
        at >= symbol->section->size || memchr(symbol->section->bytes + at, '\0', symbol->section->size - at) == NULL)
        return "";
    return (const char *)symbol->section->bytes + at;
}

/* Field `index` of the functions: copy, drop, compare, equal, hash; 5: the named ones. */
static struct symbol *descriptor_field(const struct build *build, const struct symbol *descriptor, unsigned index,
                                       int64_t *addend)
{
    return pointer_at(descriptor->section, descriptor->value + 8 + (uint64_t)index * build->arch->pointer_size, addend);
}

static struct symbol *named_operation(const struct build *build, const struct symbol *descriptor, const char *name,
                                      int64_t *addend)
{
    const struct symbol *list = descriptor_field(build, descriptor, SMF_UNIT_FUNCTIONS, addend);
    const uint64_t word = build->arch->pointer_size;
    if (list == NULL || list->place != PLACE_SECTION)
        return NULL;
    for (uint64_t at = list->value + (uint64_t)*addend;
         list->section->size >= 2 * word && at <= list->section->size - 2 * word; at += 2 * word) {
        const char *found = text_at(list->section, at);
        if (found[0] == '\0')
            return NULL;
        if (strcmp(found, name) == 0)
            return pointer_at(list->section, at + word, addend);
    }
    return NULL;
}

/* ---- Names ---- */

/* A symbol that is undefined here becomes what another object has. */
static void bind(struct symbol *symbol, const struct symbol *to, int64_t addend)
{
    if (to->place == PLACE_UNDEFINED) {
        symbol->name = to->name;
        return;
    }
    symbol->place = to->place;
    symbol->section = to->section;
    symbol->value = to->value + (uint64_t)addend;
    symbol->type = to->type == STT_SECTION ? STT_NOTYPE : to->type;
    symbol->binding = STB_LOCAL;
}

static bool bind_function(struct build *build, const struct template_built *built, struct symbol *symbol,
                          const struct smf_write_unit_symbol *hole)
{
    const struct argument *argument = &built->arguments[hole->parameter];
    const char *word = symbol->name + 6;
    int64_t addend = 0;
    const struct symbol *to = NULL;
    if (argument->descriptor != NULL)
        to = hole->kind == SMF_UNIT_NAMED ? named_operation(build, argument->descriptor, hole->name, &addend)
                                          : descriptor_field(build, argument->descriptor, hole->what, &addend);
    if (to == NULL)
        return build_fail(build, built->use.file, "\"%s\": %s has no %s", built->use.text,
                          built->template->parameters[hole->parameter], word);
    bind(symbol, to, addend);
    return true;
}

static void bind_number(const struct template_built *built, struct symbol *symbol,
                        const struct smf_write_unit_symbol *hole)
{
    const struct argument *argument = &built->arguments[hole->parameter];
    symbol->place = PLACE_ABSOLUTE;
    symbol->binding = STB_LOCAL;
    symbol->value = hole->what == SMF_UNIT_SIZE    ? argument->size
                    : hole->what == SMF_UNIT_ALIGN ? argument->alignment
                                                   : argument->plain;
}

/* The instance that a need is, for these types. */
static bool bind_need(struct build *build, const struct template_built *built, struct symbol *symbol, unsigned index)
{
    struct template_use use;
    const char *text = template_need_text(build, built->template, index, built->types);
    if (text != NULL && !template_split(build, built->use.file, text, &use))
        return false;
    if (text == NULL)
        return build_fail(build, built->use.file, "\"%s\": '%s' cannot be named", built->use.text,
                          built->template->needs[index].text);
    symbol->name = use.mangled;
    if (template_find(build, use.base) != NULL)
        template_ask(build, built->use.file, text);
    else
        template_add_use(build, &use);
    return true;
}

static bool rename_undefined(struct build *build, const struct template_built *built, struct object *object,
                             struct symbol *symbol)
{
    struct smf_write_unit_symbol found;
    if (!template_classify(build, built->template, &object->inputs[0], symbol, &found))
        return false;
    switch (found.kind) {
    case SMF_UNIT_NUMBER:
        bind_number(built, symbol, &found);
        return true;
    case SMF_UNIT_FUNCTION:
    case SMF_UNIT_NAMED:
        return bind_function(build, built, symbol, &found);
    case SMF_UNIT_NEED:
        return bind_need(build, built, symbol, found.what);
    default:
        return true;
    }
}

/* Own functions are the instance's; what else is global in its object is nobody else's. */
static bool rename_defined(struct build *build, const struct template_built *built, struct symbol *symbol)
{
    char mangled[512];
    size_t length = 0;
    if (template_export(built->template, symbol->name) < 0) {
        symbol->name = pool_text(&build->pool, "%s (%s)", symbol->name, built->use.mangled);
        symbol->visibility = STV_HIDDEN;
        return true;
    }
    if (smf_types_mangle(symbol->name, strlen(symbol->name), built->types, mangled, sizeof mangled, &length) != SMF_OK)
        return build_fail(build, built->use.file, "\"%s\" has too long a name", built->use.text);
    symbol->name = pool_text(&build->pool, "%s", mangled);
    symbol->visibility = STV_DEFAULT;
    return true;
}

bool template_rename(struct build *build, struct object *object)
{
    const struct template_built *built = build->built;
    for (size_t i = 1; i < object->symbol_count; i++) {
        struct symbol *symbol = &object->symbols[i];
        if (symbol->binding == STB_LOCAL)
            continue;
        if (symbol->place == PLACE_UNDEFINED ? !rename_undefined(build, built, object, symbol)
                                             : !rename_defined(build, built, symbol))
            return false;
    }
    return true;
}

/* ---- One instance ---- */

/* Closer to the types; of two for the same ones, the one that more processors take. */
static bool is_better(const struct template *template, const struct template_unit *unit,
                      const struct template_unit *best)
{
    return best == NULL ||
           (template_covers(template, &best->shape, &unit->shape) &&
            (!template_covers(template, &unit->shape, &best->shape) || unit->unit.features < best->unit.features));
}

/* The object of the shape that is the types' own: made before, or made now, or, of objects made by hand, the best there is. */
static bool find_object(struct build *build, struct template_built *built, const char *label, Elf **elf)
{
    const struct template *template = built->template;
    struct template_shape wanted;
    const struct template_unit *best = NULL;
    if (!template_parse_shape(build, template, label, &wanted))
        return false;
    for (size_t i = 0; i < template->unit_count; i++) {
        const struct template_unit *unit = &template->units[i];
        if (unit->elf != NULL && template_covers(template, &unit->shape, &wanted) &&
            (template->source == NULL || strcmp(unit->shape.label, label) == 0) && is_better(template, unit, best))
            best = unit;
    }
    if (best != NULL || template->source == NULL) {
        *elf = best == NULL ? NULL : best->elf;
        return best != NULL ||
               build_fail(build, built->use.file, "\"%s\": no object of '%s' fits", built->use.text, built->use.base);
    }
    bool compiled = false;
    if (!template_compile_shape(build, template, label, false, &compiled))
        return false;
    return compiled ? build_open_elf(build, build->temporary_object, template->file, elf)
                    : build_fail(build, built->use.file, "\"%s\": %s does not compile for %s", built->use.text,
                                 template->file, label);
}

static bool read_arguments(struct build *build, struct template_built *built, const char **label)
{
    const struct smf_type *type = built->types;
    const unsigned count = built->template->parameter_count;
    *label = "";
    if (smf_types_count(type) != count)
        return build_fail(build, built->use.file, "\"%s\": '%s' has %u type parameters", built->use.text,
                          built->use.base, count);
    for (unsigned i = 0; i < count; i++, type = type->next) {
        if (!read_argument(build, built->use.text, type, &built->arguments[i]))
            return false;
        *label = pool_text(&build->pool, "%s%s%s", *label, i == 0 ? "" : ",", built->arguments[i].label);
    }
    return true;
}

static bool is_built(const struct build *build, const struct template *template, const struct template_use *use)
{
    for (size_t i = 0; i < build->templates->use_count; i++) {
        const struct template_use *other = &build->templates->uses[i];
        if (other->built && template_export(template, other->base) >= 0 && strcmp(other->types, use->types) == 0)
            return true;
    }
    return false;
}

static bool build_one(struct build *build, const struct template_asked *asked)
{
    struct smf_type room[TYPES_MAX];
    struct template_built built = {0};
    const char *label = NULL;
    size_t base = 0;
    Elf *elf = NULL;
    if (!template_split(build, asked->file, asked->text, &built.use))
        return false;
    struct template *template = template_find(build, built.use.base);
    if (template == NULL)
        return build_fail(build, asked->file, "SMF_INSTANTIATE(\"%s\"): no template of that name is among the inputs",
                          asked->text);
    template_add_use(build, &built.use);
    if (is_built(build, template, &built.use)) { /* itself, or as another function of the same template */
        template_add_use(build, &built.use)->built = true;
        return true;
    }
    built.template = template;
    if (smf_types_split(asked->text, strlen(asked->text), &base, room, TYPES_MAX, &built.types) != SMF_OK ||
        !read_arguments(build, &built, &label) || !find_object(build, &built, label, &elf))
        return build->report->message[0] == '\0' && build_fail(build, asked->file, "\"%s\"", asked->text);
    build->built = &built;
    const bool read = build_read_object(build, elf, built.use.mangled, false);
    build->built = NULL;
    template_add_use(build, &built.use)->built = read;
    template->built++;
    return read;
}

bool template_build_in(struct build *build)
{
    const struct templates *all = build->templates;
    for (size_t i = 0; i < all->asked_count; i++) { /* grows while it is walked: needs ask, too */
        const struct template_asked asked = all->asked[i];
        if (i == BUILT_MAX)
            return build_fail(build, asked.file, "\"%s\": more than %u instances are to be built in", asked.text,
                              BUILT_MAX);
        if (!build_one(build, &asked))
            return false;
    }
    return true;
}
