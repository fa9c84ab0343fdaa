/* SPDX-License-Identifier: MIT */
/*
 * instantiate.c - `smf instantiate`: code out of templates, looked at. Modules are loaded for this host and not started;
 * what they use of templates is left open, so that each instance is this command's alone, and can go and come again.
 */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "instantiate.h"

static const char help[] =
    "usage: smf instantiate [OPTION]... FILE|NAME INSTANCE...\n"
    "       smf instantiate [OPTION]... --all FILE|NAME\n"
    "Make code of templates for this host and say what it is: its mangled name, address and size, the unit that it "
    "was\n"
    "made of (the shape of types, its holes and relocations), the modules that it was made of, and how long that\n"
    "took. Nothing of it runs.\n"
    "INSTANCE is a template with types, 'sort<Point>', or the mangled name of a use that FILE lists. FILE's types and\n"
    "templates come first, then those of the other modules.\n"
    "  --all             every use that FILE lists\n"
    "  --lib, --path     more modules, as with smf run: what has the templates, and the types\n"
    "  --debug           compile C source that comes with a template (smf build --template-source), by libtcc in this\n"
    "                    process\n"
    "  --release         compile it by clang, else gcc\n"
    "  --fixed-be NAME   by no other compiler than llvm (clang) or c (gcc; libtcc with --debug), or by none: native\n"
    "  --json            one list, with an object for each instance\n"
    "Without these, and where a template has no C source, or code for just these types, its own units are taken;\n"
    "--fixed-be makes an error of that. The time is the median of many, each from asking to code that may run, with\n"
    "everything that it needs, and a compiler's work, in it.\n"
    "One line says why an instance cannot be made; the exit status is then 1, after the others were made.\n";

/* Rounds of measuring: as many as fit into so much time. */
enum { ROUNDS = 1001, ROUNDS_LEAST = 5, BUDGET_NS = 300 * 1000 * 1000 };

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* ---- Making ---- */

/* What is asked for: types, or NULL for a symbol of a use. */
struct wanted {
    const char *text; /* as the user, or the file, wrote it */
    char *base;       /* or the symbol                       */
    struct smf_type room[SMF_INSTANTIATE_TYPES];
    const struct smf_type *types;
};

static enum smf_status make(struct smf_command_shop *shop, const struct wanted *wanted, struct smf_instance *instance,
                            struct smf_diagnosis *why)
{
    struct smf_instantiator *instantiator = &shop->loaded.workshop.instantiator;
    const uint32_t asker = shop->loaded.handle.number;
    memset(why, 0, sizeof *why);
    return wanted->types != NULL ? smf_instantiate(instantiator, asker, wanted->base, wanted->types, instance, why)
                                 : smf_instantiate_symbol(instantiator, asker, wanted->base, instance, why);
}

/* Make it and let it go, again and again: the median. `name` is the mangled one. */
static enum smf_status measure(struct smf_command_shop *shop, const struct wanted *wanted, const char *name,
                               struct smf_command_made *made, struct smf_diagnosis *why)
{
    static int64_t took[ROUNDS];
    struct smf_instance instance;
    const int64_t start = now();
    unsigned count = 0;
    enum smf_status status = SMF_OK;
    while (status == SMF_OK && count < ROUNDS && (count < ROUNDS_LEAST || now() - start < BUDGET_NS)) {
        status = smf_instantiator_drop(&shop->loaded.workshop.instantiator, name);
        const int64_t before = now();
        if (status == SMF_OK)
            status = make(shop, wanted, &instance, why);
        took[count++] = now() - before;
    }
    qsort(took, count, sizeof took[0], compare);
    made->median = took[count / 2];
    made->rounds = count;
    made->instance = instance;
    return status;
}

/* Why not, in one line about the file. */
static int refuse(struct smf_command_shop *shop, const char *text, const struct smf_diagnosis *why)
{
    char *line = smf_command_explain_load(&shop->loaded, why);
    char name[128];
    size_t length = 0;
    for (; text[length] != '\0' && length < sizeof name - 1; length++)
        name[length] = (char)(text[length] >= ' ' && text[length] <= '~' ? text[length] : '?');
    name[length] = '\0';
    smf_command_fail(shop->loaded.loading->file, "%s: %s", name, line != NULL ? line : "no memory");
    free(line);
    return 1;
}

/* One INSTANCE: made, measured, told. 0, or 1 after the line about it. */
static int instantiate(struct smf_command_shop *shop, const struct wanted *wanted)
{
    struct smf_command_made made = {.text = wanted->text};
    struct smf_diagnosis why;
    const int64_t before = now();
    enum smf_status status = make(shop, wanted, &made.instance, &why);
    made.first = now() - before;
    char *name = status == SMF_OK ? malloc(strlen(made.instance.name) + 1) : NULL;
    if (status == SMF_OK && name == NULL)
        return smf_command_fail(shop->loaded.loading->file, "no memory");
    if (status == SMF_OK) {
        strcpy(name, made.instance.name);
        if (!smf_command_is_served(shop, name)) {
            free(name);
            return smf_command_fail(shop->loaded.loading->file,
                                    "%s: not %s's code: it has no C source, or a unit of its own", wanted->base,
                                    shop->compiler->name);
        }
        status = measure(shop, wanted, name, &made, &why);
    }
    if (status == SMF_OK) {
        smf_command_tell(shop, &made);
        status = smf_instantiator_drop(&shop->loaded.workshop.instantiator, name); /* or the next one would find it */
    }
    free(name);
    return status == SMF_OK ? 0 : refuse(shop, wanted->text, &why);
}

/* "sort<Point>" or "sort$Point", or a cell of types beside a template's name. */
static int ask(struct smf_command_shop *shop, const char *text)
{
    static struct wanted wanted;
    size_t size;
    wanted.text = text;
    const enum smf_status status =
        smf_types_split(text, strlen(text), &size, wanted.room, SMF_INSTANTIATE_TYPES, &wanted.types);
    if (status != SMF_OK) {
        struct smf_diagnosis why = {.status = status, .detail = SMF_DETAIL_TYPE_NAMES};
        snprintf(why.name, sizeof why.name, "%s", text);
        return refuse(shop, text, &why);
    }
    wanted.base = malloc(size + 1);
    if (wanted.base == NULL)
        return smf_command_fail(shop->loaded.loading->file, "no memory");
    memcpy(wanted.base, text, size);
    wanted.base[size] = '\0';
    const int result = instantiate(shop, &wanted);
    free(wanted.base);
    return result;
}

/* ---- --all ---- */

struct uses {
    char **symbols;
    size_t count;
    bool no_memory;
};

static bool note_use(void *context, const struct smf_use *use)
{
    struct uses *uses = context;
    char *symbol = malloc(strlen(use->mangled) + 1);
    char **larger = symbol != NULL ? realloc(uses->symbols, (uses->count + 1) * sizeof *larger) : NULL;
    uses->no_memory = larger == NULL;
    if (larger == NULL) {
        free(symbol);
        return false;
    }
    uses->symbols = larger;
    uses->symbols[uses->count++] = strcpy(symbol, use->mangled);
    return true;
}

/* Every use that the file lists; they are copied first, because making one moves its row. */
static int ask_all(struct smf_command_shop *shop)
{
    struct uses uses = {0};
    int result = 0;
    smf_instantiator_uses(&shop->loaded.workshop.instantiator, shop->loaded.handle.number, false, note_use, &uses);
    if (uses.no_memory)
        result = smf_command_fail(shop->loaded.loading->file, "no memory");
    for (size_t i = 0; i < uses.count; i++) {
        struct wanted wanted = {.text = uses.symbols[i], .base = uses.symbols[i]};
        if (!uses.no_memory && instantiate(shop, &wanted) != 0)
            result = 1;
        free(uses.symbols[i]);
    }
    free(uses.symbols);
    return result;
}

static int work(struct smf_command_shop *shop, int count, char **names)
{
    if (shop->loaded.workshop.arena == NULL)
        return smf_command_fail(shop->loaded.loading->file, "its functions call another way than this process does");
    smf_command_tell_start(shop);
    int result = shop->all ? ask_all(shop) : 0;
    for (int i = 0; i < count; i++)
        if (ask(shop, names[i]) != 0)
            result = 1;
    smf_command_tell_end(shop);
    return result;
}

/* ---- Arguments ---- */

static int parse(struct smf_command_shop *shop, struct smf_loading *loading, int argc, char **argv, int *at)
{
    *at = 1;
    while (*at < argc && argv[*at][0] == '-') {
        const char *word = argv[*at];
        if (strcmp(word, "--") == 0) {
            ++*at;
            break;
        }
        const int taken = smf_command_take_loading(loading, argc, argv, at);
        if (taken < 0)
            return smf_command_misused("instantiate", "--lib and --path take a value");
        if (taken > 0)
            continue;
        const int words = smf_command_take_backend(shop, word, *at + 1 < argc ? argv[*at + 1] : NULL);
        if (words < 0)
            return -words;
        *at += words != 0 ? words : 1;
        if (words != 0)
            continue;
        if (strcmp(word, "--all") == 0)
            shop->all = true;
        else if (strcmp(word, "--json") == 0)
            shop->json = true;
        else
            return smf_command_unknown("instantiate", word);
    }
    if (*at >= argc)
        return smf_command_misused("instantiate", "FILE is missing");
    loading->file = argv[(*at)++];
    loading->unstarted = true;
    loading->instantiator = &shop->config;
    if (shop->all == (*at < argc))
        return smf_command_misused("instantiate", shop->all ? "--all, or INSTANCE" : "INSTANCE is missing");
    return 0;
}

int smf_command_instantiate(int argc, char **argv)
{
    static struct smf_command_shop shop;
    struct smf_loading loading;
    int at = 0;
    if (smf_command_help(argc, argv, help))
        return 0;
    memset(&shop, 0, sizeof shop);
    if (!smf_command_start_loading(&loading, argc))
        return 1;
    int status = parse(&shop, &loading, argc, argv, &at);
    if (status == 0)
        status = smf_command_start_compiler(&shop, loading.file);
    if (status == 0 && (status = smf_command_load(&shop.loaded, &loading)) == 0) {
        status = work(&shop, argc - at, argv + at);
        smf_command_unload(&shop.loaded);
    }
    smf_command_end_compiler(&shop);
    smf_command_end_loading(&loading);
    return status;
}
