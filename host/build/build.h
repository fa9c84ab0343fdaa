/* SPDX-License-Identifier: MIT */
/*
 * build.h - what the files of the static linker share: its model of the inputs.
 *
 * Stages, one file each: compile (driver), read (object, archive, symbols,
 * comdat), trim (riscv_align, eh_frame), join (sections), import (imports),
 * settle, sort (records), write. Everything lives in one pool until the build
 * ends. A function that returns bool has called build_fail() when it says false.
 */
#ifndef SMF_HOST_BUILD_H
#define SMF_HOST_BUILD_H

#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/arch.h"
#include "smf/build.h"
#include "smf/hash.h"

#include "pool.h"

struct object;
struct input;
struct templates;
struct template_built;
struct smf_writer;

/* Larger sections are mistakes; sums of sizes below it never wrap. What has bytes in the file is smaller still. */
#define BUILD_SIZE_MAX ((uint64_t)1 << 40)
#define BUILD_BYTES_MAX ((uint64_t)1 << 32)

/* Where a symbol of an object lives. */
enum place { PLACE_UNDEFINED, PLACE_SECTION, PLACE_ABSOLUTE, PLACE_COMMON };

/* A symbol of an object, or one that the builder made. */
struct symbol {
    const char *name;
    struct object *object;
    struct input *section; /* with PLACE_SECTION */
    uint64_t value, size;  /* COMMON: value is the alignment */
    struct global *global; /* NULL for locals */
    struct slot *slots;    /* of a local; globals have their own list */
    struct symbol *next;   /* in the same section */
    enum place place;
    uint8_t type, binding, visibility; /* STT_, STB_, STV_ */
    bool dropped;                      /* its section was not taken */
};

/* A name that objects share. */
struct global {
    const char *name;
    struct symbol *definition; /* NULL: to be imported, if referenced */
    struct slot *slots;
    struct symbol *stub; /* of an undefined one */
    struct symbol *word; /* of an undefined function: its address, beside the slot that its stub jumps through */
    uint32_t hash;
    uint32_t index; /* in the module's symbol table */
    uint8_t visibility;
    bool referenced; /* by a section that is taken */
    bool strong;     /* by a reference that is not weak */
    bool function;   /* a branch names it while it is undefined */
    bool imported;   /* a record that is left names it */
    bool stubbed;    /* it has a stub, or will have one */
    bool by_stub;    /* D2: its address stands in a narrow field */
};

/* A slot of .got: holds target + addend. */
struct slot {
    struct symbol symbol;
    struct slot *next; /* of the same target */
    int64_t addend;
};

/* One relocation of an input section. */
struct record {
    uint64_t offset;
    int64_t addend;
    struct symbol *symbol; /* NULL: none */
    struct record *pair;   /* PCREL_LO12: its HI20 */
    struct record *next;   /* against the same section symbol */
    const struct smf_howto *row;
    const struct output *target; /* once settled: the section whose start it names */
    uint32_t order;              /* place in the sorted output                     */
    bool dropped, settled;
};

/* A section of an object. */
struct input {
    struct object *object;
    struct output *output; /* NULL: not in memory */
    const char *name;
    uint8_t *bytes; /* NULL for NOBITS */
    uint64_t size, alignment, flags;
    uint64_t offset; /* in `output` */
    struct record *records;
    size_t record_count;
    struct symbol *symbols;   /* that lie in it, section symbols apart */
    struct record *referrers; /* records against its section symbol    */
    uint32_t type;
    uint32_t relocations;         /* ELF index of its SHT_REL or SHT_RELA; 0 = none */
    uint32_t priority;            /* of an init or fini array */
    struct input *set, *set_next; /* sections of one name, side by side: the first of them, the next one */
    bool set_patched;             /* one of the set is patched when it is loaded */
    bool discarded;               /* another object's COMDAT group is used */
    bool taken;                   /* in memory */
};

struct object {
    const char *name; /* "a.o" or "lib.a(a.o)" */
    Elf *elf;
    struct input *inputs; /* by ELF index */
    size_t input_count;
    struct symbol *symbols; /* by ELF index */
    size_t symbol_count;
    bool helper; /* of the compiler's library: its globals stay local */
};

/* A section of the module. */
struct output {
    const char *name;
    struct input **inputs;
    size_t input_count, input_capacity;
    uint64_t size, alignment;
    uint64_t address; /* in the default layout */
    uint8_t *bytes;   /* NULL for Bss */
    struct record **records;
    size_t record_count, record_capacity, settled;
    uint32_t index;  /* in the section table */
    uint32_t symbol; /* of its start, SMF_NO_SYMBOL = not needed */
    enum smf_section_type type;
    uint32_t flags;
    uint32_t elf_index, elf_symbol; /* in OUT.elf */
};

/* Words of a command. */
struct arguments {
    char **words;
    size_t count, capacity;
};

struct archive {
    const char *name;
    Elf *elf;
    const uint8_t *bytes;
    uint64_t size;
    bool helper;
};

struct build {
    const struct smf_build_options *options;
    struct smf_build_report *report;
    struct pool pool;
    const struct smf_arch *arch; /* of the first object */
    const struct smf_stub *stub;
    const char *output_path;
    const char *temporary, *temporary_object; /* directory, NULL = none; the object in it */
    struct arguments driver;                  /* that compiled the sources, with the caller's flags */
    struct object **objects;
    size_t object_count, object_capacity;
    struct archive *archives;
    size_t archive_count, archive_capacity;
    struct global **globals; /* in order of appearance */
    size_t global_count, global_capacity;
    struct global **table; /* hash table of them, a power of two */
    size_t table_size;
    void *groups; /* tsearch() tree of the signatures of the COMDAT groups taken */
    Elf **elves;  /* to be ended */
    size_t elf_count, elf_capacity;
    struct object *own;  /* what the builder makes: .got, stubs, COMMON, __dso_handle */
    struct input **made; /* its sections */
    size_t made_count, made_capacity;
    struct input *got, *stubs, *words, *frames_end;
    size_t got_capacity, stubs_capacity, words_capacity; /* of their records */
    size_t got_room, stubs_room, words_room;             /* of their bytes   */
    struct output **outputs;
    size_t output_count, output_capacity;
    const char *entry;
    struct templates *templates;  /* NULL: none, and nothing that is said about them */
    struct template_built *built; /* while the object of one is read                */
    struct output **debug;        /* joined debug sections, with -g */
    size_t debug_count, debug_capacity;
    uint32_t abi, cpu;
    uint32_t said_abi; /* x86-64: what the driver and its flags make of the object at hand; 0: not asked */
    uint32_t machine, elf_flags;
    uint64_t source_hash;
    uint8_t compile_options[16];
    bool abi_known;
    bool got_used; /* something counts from the start of .got */
    bool bare;     /* R72, R96: imports are not settled */
};

/* fail.c: set the report's message and return false. `input` and `offset` say where; input NULL: only `file`. */
bool build_fail(struct build *build, const char *file, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool build_fail_at(struct build *build, const struct input *input, uint64_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* "R_X86_64_PC32", or its number. */
const char *build_type_name(struct build *build, uint32_t type);
const char *build_symbol_name(const struct symbol *symbol);

/* driver.c */
bool build_compile(struct build *build, const char *source, const char **object);
bool build_is_source(const char *path);
bool build_helper_library(struct build *build, const char **path);
/* The words of the driver for a source, with the caller's flags; the file that is compiled to. */
bool build_find_driver(struct build *build, const char *source, struct arguments *list, const char **machine);
void build_add_word(struct build *build, struct arguments *list, const char *word);
/* The headers that modules are written with; not among the words that the compile options remember. */
void build_add_headers(struct build *build, struct arguments *list);
bool build_has_word(const struct arguments *list, const char *start);
bool build_make_temporary(struct build *build);
void build_note_options(struct build *build, const struct arguments *list); /* for the header */
void build_remove_temporary(struct build *build);

/* What the driver and flags given for the whole build make of x86-64 code, into said_abi. */
bool build_ask_driver(struct build *build);

/* convention.c: x86-64. Into said_abi, for a driver with its flags; `machine` is what it says to -dumpmachine. */
bool build_find_convention(struct build *build, const char *source, const struct arguments *driver,
                           const char *machine);
/* What an object says by itself; 0: nothing. */
uint32_t build_recorded_convention(const struct object *object);
/* After the last input: what nobody has said is decided. */
bool build_settle_convention(struct build *build);
/* The compiler's library has one convention only. */
bool build_check_helper(struct build *build, const struct object *object);

/* input.c: open every input. */
bool build_read_inputs(struct build *build);
bool build_read_helpers(struct build *build);
/* The whole file, with a NUL behind it; NULL after build_fail(). An ELF file in memory. */
uint8_t *build_read_file(struct build *build, const char *path, size_t *size);
bool build_open_elf(struct build *build, const char *path, const char *name, Elf **elf);

/* object.c */
bool build_make_own(struct build *build); /* build->own, once */
bool build_read_object(struct build *build, Elf *elf, const char *name, bool helper);
struct symbol *build_own_symbol(struct build *build, struct input *input, const char *name, uint64_t value);

/* relocations.c */
bool build_read_relocations(struct build *build, struct object *object);

/* attributes.c: machine, abi, cpu. */
bool build_check_machine(struct build *build, struct object *object);

/* comdat.c */
void build_forget_groups(struct build *build);
bool build_drop_groups(struct build *build, struct object *object);

/* symbols.c */
struct global *build_global(struct build *build, const char *name);
struct global *build_find_global(const struct build *build, const char *name);
bool build_merge_symbols(struct build *build, struct object *object);
bool build_finish_symbols(struct build *build);
/* The symbol that a reference means: the definition of its global, or itself. */
struct symbol *build_definition(struct symbol *symbol);

/* archive.c */
bool build_take_members(struct build *build);

/* cut.c: remove byte ranges {offset, size}, ascending, from a section; records in them vanish, symbols move. */
struct cut {
    uint64_t offset, size;
};
void build_index_object(struct object *object);
void build_cut(struct build *build, struct input *input, const struct cut *cuts, size_t count);

/* riscv.c */
bool build_riscv_align(struct build *build);
bool build_riscv_differences(struct build *build);
bool build_riscv_differences_of(struct build *build, struct input *input);

/* eh_frame.c */
bool build_trim_frames(struct build *build);

/* sets.c */
bool build_define_sets(struct build *build);

/* sections.c */
bool build_select(struct build *build, struct input *input);
bool build_patched(const struct input *input); /* does loading change it? */
bool build_join(struct build *build);
bool build_place(struct build *build);
void build_lay_out(struct build *build, struct output *output); /* offsets, and the bytes joined */
struct output *build_output(struct build *build, const char *name);
bool build_kept(const char *name); /* of a section that survives a reload: ".keep.x" */

/* imports.c */
bool build_imports(struct build *build);

/* settle.c */
bool build_settle(struct build *build);

/* records.c */
bool build_sort_records(struct build *build);
uint32_t build_record_symbol(const struct record *record);
bool build_exported(const struct global *global);

/* write.c */
bool build_write(struct build *build);
const char *build_module_name(struct build *build);

/* template.c (and template_*.c). A source or an object that may be a template's: `*taken` if it is, and is done with. */
bool build_take_template_source(struct build *build, const char *path, const char *text, bool *taken);
bool build_take_template_object(struct build *build, Elf *elf, const char *name, bool *taken);
/* What an ordinary object says about types and instances; imports get the names of the instances. Before symbols merge. */
bool build_note_uses(struct build *build, struct object *object);
/* After the last input: records, instances that are built in. Then, once everything has its place: what is written. */
bool build_finish_templates(struct build *build);
bool build_write_templates(struct build *build);
uint32_t build_template_sections(const struct build *build);
uint32_t build_template_symbols(const struct build *build);
bool build_add_template_sections(struct build *build, struct smf_writer *writer);
bool build_add_template_symbols(struct build *build, struct smf_writer *writer);

#endif
