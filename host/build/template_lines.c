/* SPDX-License-Identifier: MIT */
/*
 * template_lines.c - what sources and objects say about templates: lines of text in a section that is in no memory, or, before
 * anything is compiled, in the text that the preprocessor makes of a source.
 */
#include "template.h"

#include <string.h>

static void add_line(struct build *build, struct lines *lines, const char *line)
{
    PUSH(&build->pool, lines->items, lines->count, lines->capacity) = line;
}

/* Lines end in a NUL each; the assembler may leave empty ones between them. */
static bool take_section(struct build *build, const char *bytes, size_t size, struct lines *lines)
{
    for (size_t at = 0; at < size;) {
        const char *end = memchr(bytes + at, '\0', size - at);
        if (end == NULL)
            return false;
        if (bytes[at] != '\0')
            add_line(build, lines, bytes + at);
        at = (size_t)(end - bytes) + 1;
    }
    return true;
}

bool template_object_lines(struct build *build, const struct object *object, struct lines *lines)
{
    for (size_t i = 1; i < object->input_count; i++) {
        const struct input *input = &object->inputs[i];
        if (strcmp(input->name, TEMPLATE_LINES_SECTION) == 0 && input->bytes != NULL &&
            !take_section(build, (const char *)input->bytes, input->size, lines))
            return build_fail_at(build, input, 0, "is cut off");
    }
    return true;
}

bool template_elf_lines(struct build *build, Elf *elf, struct lines *lines)
{
    size_t names = 0;
    if (elf_getshdrstrndx(elf, &names) != 0)
        return true; /* broken: who reads the object says so */
    for (Elf_Scn *section = elf_nextscn(elf, NULL); section != NULL; section = elf_nextscn(elf, section)) {
        GElf_Shdr header;
        const char *name = gelf_getshdr(section, &header) == NULL ? NULL : elf_strptr(elf, names, header.sh_name);
        if (name == NULL || strcmp(name, TEMPLATE_LINES_SECTION) != 0 || header.sh_type == SHT_NOBITS)
            continue;
        const Elf_Data *data = elf_rawdata(section, NULL);
        if (data == NULL || data->d_buf == NULL)
            continue;
        char *bytes = pool_take(&build->pool, data->d_size);
        memcpy(bytes, data->d_buf, data->d_size);
        if (!take_section(build, bytes, data->d_size, lines))
            return build_fail(build, NULL, "section " TEMPLATE_LINES_SECTION " is cut off");
    }
    return true;
}

/* String literals that follow each other, as one text; `*at` moves behind them. */
static char *join_literals(struct build *build, const char **at)
{
    char *text = pool_take(&build->pool, strcspn(*at, "\n") + 1);
    size_t length = 0;
    for (;;) {
        *at += strspn(*at, " \t");
        if (**at != '"')
            return text;
        for ((*at)++; **at != '\0' && **at != '"' && **at != '\n'; (*at)++) {
            if (**at == '\\' && (*at)[1] != '\0')
                (*at)++;
            text[length++] = **at;
        }
        if (**at == '"')
            (*at)++;
    }
}

void template_text_lines(struct build *build, const char *text, struct lines *lines)
{
    static const char marker[] = "SMF_TEMPLATE_LINE ";
    for (const char *at = strstr(text, marker); at != NULL; at = strstr(at, marker)) {
        at += sizeof marker - 1;
        add_line(build, lines, join_literals(build, &at));
    }
}

const char *template_word(const char *line, const char *word)
{
    const size_t length = strlen(word);
    return strncmp(line, word, length) == 0 && line[length] == ' ' ? line + length + 1 : NULL;
}

bool template_declares(const struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        if (template_word(lines->items[i], "template") != NULL)
            return true;
    return false;
}

static bool fail_parse(struct build *build, const struct template *template, const char *text,
                       const struct smf_diagnosis *why)
{
    char line[256];
    smf_diagnosis_format(why, line, sizeof line);
    return build_fail(build, template->file, "\"%s\": %s", text, line);
}

static const char *copy_text(struct build *build, const char *text, size_t size)
{
    return pool_text(&build->pool, "%.*s", (int)size, text);
}

/* All functions of a template have the same parameters; their bounds add up. */
static bool take_parameters(struct build *build, struct template *template, const char *text,
                            const struct smf_signature *signature)
{
    const bool first = template->export_count == 0;
    bool same = first || signature->parameter_count == template->parameter_count;
    for (unsigned i = 0; i < signature->parameter_count && same; i++) {
        const char *name = copy_text(build, signature->parameters[i].name, signature->parameters[i].name_size);
        if (first)
            template->parameters[i] = name;
        same = strcmp(template->parameters[i], name) == 0;
        template->bounds[i] = (uint16_t)(template->bounds[i] | signature->parameters[i].bounds);
        if (strlen(name) != 1 || strchr("TUKVE", name[0]) == NULL)
            return build_fail(build, template->file, "\"%s\": type parameters are called T, U, K, V and E, not %s",
                              text, name);
    }
    if (first)
        template->parameter_count = signature->parameter_count;
    return same || build_fail(build, template->file,
                              "\"%s\": all functions of a file have the same type parameters as its first one", text);
}

static bool take_export(struct build *build, struct template *template, const char *text)
{
    struct smf_signature *signature = pool_take(&build->pool, sizeof *signature);
    struct smf_diagnosis why = {0};
    if (template->export_count == SMF_RECORD_EXPORTS_MAX)
        return build_fail(build, template->file, "more than %u functions in one template", SMF_RECORD_EXPORTS_MAX);
    if (smf_signature_parse(text, strlen(text), signature, &why) != SMF_OK)
        return fail_parse(build, template, text, &why);
    if (!take_parameters(build, template, text, signature))
        return false;
    const char *name = copy_text(build, signature->name, signature->name_size);
    for (unsigned i = 0; i < template->export_count; i++)
        if (strcmp(template->exports[i].name, name) == 0)
            return build_fail(build, template->file, "'%s' is a template twice", name);
    template->exports[template->export_count].name = name;
    template->exports[template->export_count++].signature = signature;
    return true;
}

/* "swap_T swap<T>" */
static bool take_need(struct build *build, struct template *template, const char *text)
{
    const size_t length = strcspn(text, " ");
    struct smf_diagnosis why = {0};
    if (text[length] == '\0' || length == 0)
        return build_fail(build, template->file, "\"needs %s\": a symbol and an instance are wanted", text);
    if (template->need_count == SMF_RECORD_NEEDS_MAX)
        return build_fail(build, template->file, "needs more than %u other templates", SMF_RECORD_NEEDS_MAX);
    if (template->needs == NULL)
        template->needs = pool_array(&build->pool, SMF_RECORD_NEEDS_MAX, sizeof *template->needs);
    struct template_need *need = &template->needs[template->need_count];
    need->symbol = copy_text(build, text, length);
    need->text = text + length + 1;
    if (smf_signature_parse_need(need->text, strlen(need->text), template->exports[0].signature, &need->signature,
                                 &why) != SMF_OK)
        return fail_parse(build, template, need->text, &why);
    need->name = copy_text(build, need->signature.name, need->signature.name_size);
    template->need_count++;
    return true;
}

static bool take_shapes(struct build *build, struct template *template, const char *text)
{
    template->shapes = template->shapes[0] == '\0' ? text : pool_text(&build->pool, "%s %s", template->shapes, text);
    return true;
}

/* Lines of the using side do not go together with a template: its object is no part of the module's code. */
static bool refuse_uses(struct build *build, const struct template *template, const char *line)
{
    const bool uses = template_word(line, "uses") != NULL, type = template_word(line, "type") != NULL;
    return (!uses && !type) || build_fail(build, template->file, "a template's file holds nothing else: %s",
                                          uses ? "what it needs of others is said by SMF_NEEDS, not SMF_INSTANCE"
                                               : "SMF_TYPE belongs elsewhere");
}

bool template_read_lines(struct build *build, struct template *template, const struct lines *lines)
{
    template->shapes = "";
    template->level = "";
    for (size_t i = 0; i < lines->count; i++) { /* first: needs may stand before what they speak of */
        const char *text = template_word(lines->items[i], "template");
        if (text != NULL && !take_export(build, template, text))
            return false;
    }
    for (size_t i = 0; i < lines->count; i++) {
        const char *line = lines->items[i], *need = template_word(line, "needs"),
                   *shapes = template_word(line, "shapes"), *level = template_word(line, "level");
        if (!refuse_uses(build, template, line) || (need != NULL && !take_need(build, template, need)) ||
            (shapes != NULL && !take_shapes(build, template, shapes)))
            return false;
        if (level != NULL)
            template->level = level;
        if (template_word(line, "shape") == NULL && level == NULL)
            add_line(build, &template->lines, line);
    }
    return true;
}
