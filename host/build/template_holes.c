/* SPDX-License-Identifier: MIT */
/* template_holes.c - what the undefined symbols of a template's code are: holes, instances of others, imports (smf/generic.h). */
#include "template.h"

#include <string.h>

static const char *const numbers[] = {[SMF_UNIT_SIZE] = "size", [SMF_UNIT_ALIGN] = "align", [SMF_UNIT_PLAIN] = "plain"};
static const char *const functions[] = {[SMF_UNIT_COPY] = "copy",
                                        [SMF_UNIT_DROP] = "drop",
                                        [SMF_UNIT_COMPARE] = "compare",
                                        [SMF_UNIT_EQUAL] = "equal",
                                        [SMF_UNIT_HASH] = "hash"};

static int find_word(const char *const *words, int count, const char *word)
{
    for (int i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

/* smf_T_size and the like: a letter between the two, and something behind it. */
static bool is_hole(const char *name)
{
    return strncmp(name, "smf_", 4) == 0 && name[4] != '\0' && strchr("TUKVE", name[4]) != NULL && name[5] == '_' &&
           name[6] != '\0';
}

static int find_parameter(const struct template *template, char letter)
{
    for (unsigned i = 0; i < template->parameter_count; i++)
        if (template->parameters[i][0] == letter)
            return (int)i;
    return -1;
}

static void classify_hole(const char *word, struct smf_write_unit_symbol *found)
{
    const int number = find_word(numbers, SMF_UNIT_NUMBERS, word),
              function = find_word(functions, SMF_UNIT_FUNCTIONS, word);
    found->kind = (uint8_t)(number >= 0 ? SMF_UNIT_NUMBER : function >= 0 ? SMF_UNIT_FUNCTION : SMF_UNIT_NAMED);
    if (found->kind == SMF_UNIT_NAMED)
        found->name = word;
    else
        found->what = (uint16_t)(number >= 0 ? number : function);
}

/* Who asks for an instance is told that the type lacks something by what the signature says, not by what is in the code. Copying and
 * dropping are what every type of its own size can. */
static bool check_bound(struct build *build, const struct template *template, const struct input *input,
                        const struct smf_write_unit_symbol *found)
{
    const unsigned bound = 1u << found->what; /* in the order of the operations (smf/templates.h) */
    if (found->kind != SMF_UNIT_FUNCTION || found->what < SMF_UNIT_COMPARE ||
        (template->bounds[found->parameter] & bound) != 0)
        return true;
    const char *letter = template->parameters[found->parameter], *word = functions[found->what];
    return build_fail_at(build, input, 0, "'%s' calls %s of %s, and its signature does not demand it: <%s: %s>",
                         template->exports[0].name, word, letter, letter, word);
}

bool template_classify(struct build *build, const struct template *template, const struct input *input,
                       const struct symbol *symbol, struct smf_write_unit_symbol *found)
{
    *found = (struct smf_write_unit_symbol){0};
    for (unsigned i = 0; i < template->need_count; i++)
        if (strcmp(template->needs[i].symbol, symbol->name) == 0) {
            found->kind = SMF_UNIT_NEED;
            found->what = (uint16_t)i;
            return true;
        }
    if (!is_hole(symbol->name)) {
        found->kind = symbol->binding == STB_WEAK ? SMF_UNIT_WEAK : SMF_UNIT_IMPORT;
        found->name = symbol->name;
        return strlen(symbol->name) <= UINT8_MAX ||
               build_fail_at(build, input, 0, "the name of an import has at most %u bytes: '%s'", UINT8_MAX,
                             symbol->name);
    }
    const int parameter = find_parameter(template, symbol->name[4]);
    if (parameter < 0)
        return build_fail_at(build, input, 0, "'%s' is a hole of %c, which is no type parameter of '%s'", symbol->name,
                             symbol->name[4], template->exports[0].name);
    found->parameter = (uint8_t)parameter;
    classify_hole(symbol->name + 6, found);
    return check_bound(build, template, input, found);
}
