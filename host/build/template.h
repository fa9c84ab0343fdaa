/* SPDX-License-Identifier: MIT */
/*
 * template.h - what the files that build templates share (SPEC, "Templates"; smf/generic.h is how they are written).
 *
 * A source that says SMF_TEMPLATE is compiled once a shape, each object becomes a unit (template_unit.c), those that add
 * nothing are dropped (template_shapes.c), and records, symbols and rows of note.sdn are written (template_write.c). None of
 * it passes through the module's own sections, but for what SMF_INSTANTIATE builds in (template_built.c).
 */
#ifndef SMF_HOST_TEMPLATE_H
#define SMF_HOST_TEMPLATE_H

#include "build.h"

#include "smf/infer.h"
#include "smf/template_writer.h"
#include "smf/types.h"
#include "smf/unit.h"

#define TEMPLATE_LINES_SECTION ".smf.template"

/* Lines that a source or an object says (smf/generic.h, smf/instance.h), in its order. */
struct lines {
    const char **items;
    size_t count, capacity;
};

/* One shape for each parameter. */
struct template_shape {
    const char *label; /* as written, "i64,any" */
    struct smf_shape shapes[SMF_TEMPLATE_PARAMETERS_MAX];
    bool named; /* by SMF_SHAPES: it must compile */
};

/* Code of one shape, or the source. */
struct template_unit {
    struct smf_write_unit unit;
    struct template_shape shape;
    Elf *elf;     /* NULL: of the source */
    bool dropped; /* equal to the next more general one */
};

struct template_need {
    const char *symbol; /* the undefined symbol that it is */
    const char *text;   /* "swap<T>" */
    const char *name;
    struct smf_signature signature;
};

/* All functions of one file. */
struct template
{
    const char *file;   /* as the user named it                            */
    const char *source; /* path, for sources; NULL: objects made by hand */
    const char *shapes; /* of SMF_SHAPES, "" without                       */
    const char *level;  /* of the first object                            */
    struct lines lines; /* "template", "needs" and "shapes" ones */
    const char *parameters[SMF_TEMPLATE_PARAMETERS_MAX];
    uint16_t bounds[SMF_TEMPLATE_PARAMETERS_MAX];
    unsigned parameter_count, export_count, need_count;
    struct {
        const char *name;
        struct smf_signature *signature;
    } exports[SMF_RECORD_EXPORTS_MAX];
    struct template_need *needs; /* SMF_RECORD_NEEDS_MAX of them */
    struct template_unit *units;
    size_t unit_count, unit_capacity;
    struct arguments command; /* driver and flags that every shape of it is compiled with */
    uint8_t *record;
    size_t record_size;
    uint32_t offset; /* of its record_size word in the section */
    uint32_t built;  /* instances that are built in            */
};

/* A type that the module describes, or an instance that it uses. */
struct template_type {
    const char *name;
    struct symbol *descriptor;
};
struct template_use {
    const char *text;    /* "sort<Point>" */
    const char *base;    /* "sort"        */
    const char *types;   /* "Point", joined by commas */
    const char *mangled; /* "sort$Point"  */
    const char *file;    /* whose source or object says so */
    bool built;          /* in, as ordinary code           */
};

/* An instance that is to be built in. */
struct template_asked {
    const char *file, *text;
};

struct templates {
    struct template **items;
    size_t count, capacity;
    struct template_type *types;
    size_t type_count, type_capacity;
    struct template_use *uses; /* in the order in which they were met */
    size_t use_count, use_capacity;
    struct template_asked *asked;
    size_t asked_count, asked_capacity;
    uint8_t *code, *meta; /* sections, as they are written */
    char *note;
    size_t code_size, meta_size, note_size;
};

/* template_lines.c: the lines of an object; of preprocessed text. Those that describe a template, into it. */
bool template_object_lines(struct build *build, const struct object *object, struct lines *lines);
bool template_elf_lines(struct build *build, Elf *elf, struct lines *lines);
void template_text_lines(struct build *build, const char *text, struct lines *lines);
/* What follows `word` and a blank, or NULL. */
const char *template_word(const char *line, const char *word);
bool template_declares(const struct lines *lines);
bool template_read_lines(struct build *build, struct template *template, const struct lines *lines);

/* template_shapes.c */
bool template_parse_shape(struct build *build, const struct template *template, const char *label,
                          struct template_shape *shape);
/* -DSMF_SHAPE_T=... for each parameter. */
void template_shape_flags(struct build *build, const struct template *template, const char *label,
                          struct arguments *flags);
/* All that are to be tried, most specific first. */
size_t template_list_shapes(struct build *build, const struct template *template, struct template_shape **list);
/* Do all types of `narrow` fit `wide`? */
bool template_covers(const struct template *template, const struct template_shape *wide,
                     const struct template_shape *narrow);
void template_drop_equals(struct template *template);

/* template_compile.c: what a source says, asked of the preprocessor; its shapes, compiled. */
bool template_compile(struct build *build, struct template *template);
bool template_compile_shape(struct build *build, const struct template *template, const char *label, bool quiet,
                            bool *compiled);

/* template_unit.c: an object becomes a unit of `template`. */
bool template_make_unit(struct build *build, struct template *template, Elf *elf, const char *name,
                        const struct template_shape *shape);

/* template_holes.c: what an undefined symbol of a unit is. */
bool template_classify(struct build *build, const struct template *template, const struct input *input,
                       const struct symbol *symbol, struct smf_write_unit_symbol *found);

/* template_source.c: the source itself, with its own headers put in place, as a unit. */
bool template_add_source(struct build *build, struct template *template);

/* template.c */
struct template *template_find(const struct build *build, const char *name); /* by an export; or NULL */
int template_export(const struct template *template, const char *name);      /* its number, or -1     */
void template_ask(struct build *build, const char *file, const char *text);  /* to be built in        */

/* template_uses.c: an instance by name; it is used. */
bool template_split(struct build *build, const char *file, const char *text, struct template_use *use);
struct template_use *template_add_use(struct build *build, const struct template_use *use);

/* template_built.c: what is asked for, into the module's own code; names of the object that is being read. */
bool template_build_in(struct build *build);
bool template_rename(struct build *build, struct object *object);

/* template_note.c: note.sdn. A need with types put in for the parameters: "swap<*Point>", or NULL. */
const char *template_need_text(struct build *build, const struct template *template, unsigned index,
                               const struct smf_type *types);
void template_write_note(struct build *build);

#endif
