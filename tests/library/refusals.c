/* SPDX-License-Identifier: MIT */
/*
 * Every check of libraries made to fire: a good file with one field patched, and the detail that must come of it;
 * and what must not be refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "library/shelf.h"
#include "smf/hash.h"
#include "support/kit.h"

static struct shelf_reading reading;
static bool reached[SMF_DETAIL_END];

static void expect(const char *what, enum smf_status status, enum smf_detail detail)
{
    tap_variant("case=%s", what);
    CHECK_STATUS(status, detail == SMF_DETAIL_NONE ? SMF_OK : -((int)detail / 64));
    if (status != SMF_OK) {
        CHECK_STATUS(reading.why.status, status);
        CHECK_EQUAL(reading.why.detail, detail);
        reached[reading.why.detail] = true;
    }
    tap_variant("%s", "");
}

struct patch {
    const char *what;
    size_t offset;
    unsigned size; /* 1, 4, 8 */
    uint64_t value;
    enum smf_detail detail;
};
#define D(name) SMF_DETAIL_##name

static void patch(uint8_t *bytes, const struct patch *patch)
{
    if (patch->size == 1)
        bytes[patch->offset] = (uint8_t)patch->value;
    else if (patch->size == 4)
        put32(bytes + patch->offset, (uint32_t)patch->value);
    else
        put64(bytes + patch->offset, patch->value);
}

/* Each patch alone. Hashes are made right again behind it if `sealed`. */
static void refuse(const struct shelf *shelf, bool sealed, const struct patch *patches, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t size;
        uint8_t *bytes = shelf_make(shelf, &size);
        patch(bytes, &patches[i]);
        if (sealed)
            shelf_seal(shelf, bytes, size);
        expect(patches[i].what, shelf_read_bytes(&reading, bytes, size), patches[i].detail);
        free(bytes);
    }
}
#define REFUSE(shelf, sealed, patches) refuse(shelf, sealed, patches, sizeof(patches) / sizeof((patches)[0]))

/* SPEC [M1], [M2] */
static void headers(void)
{
    static const struct patch patches[] = {
        {"untouched",              0,   1, 'L',                D(NONE)           },
        {"magic",                  3,   1, 'X',                D(NO_LIBRARY)     },
        {"major version 2",        4,   1, 2,                  D(LIBRARY_VERSION)},
        {"major version 0",        4,   1, 0,                  D(LIBRARY_VERSION)},
        {"minor version 9",        5,   1, 9,                  D(NONE)           },
        {"reserved at 6",          7,   1, 1,                  D(LIBRARY_FIELD)  },
        {"one module less",        8,   4, 2,                  D(LIBRARY_FIELD)  },
        {"index at 0",             12,  8, 0,                  D(LIBRARY_FIELD)  },
        {"index at 132",           12,  8, 132,                D(LIBRARY_FIELD)  },
        {"index far beyond",       12,  8, 0x8000000000000080, D(LIBRARY_FIELD)  },
        {"index one entry longer", 20,  8, 4 * 128,            D(LIBRARY_FIELD)  },
        {"index size wraps",       20,  8, 0x1000000000000180, D(LIBRARY_FIELD)  },
        {"data behind its start",  28,  8, 128 + 3 * 128 + 1,  D(LIBRARY_FIELD)  },
        {"data at 0",              28,  8, 0,                  D(LIBRARY_FIELD)  },
        {"library hash",           36,  8, 1,                  D(LIBRARY_HASH)   },
        {"no library hash",        36,  8, 0,                  D(NONE)           },
        {"index hash",             44,  8, 1,                  D(INDEX_HASH)     },
        {"no index hash",          44,  8, 0,                  D(NONE)           },
        {"another flag",           52,  4, 3,                  D(LIBRARY_FLAGS)  },
        {"the last flag",          52,  4, 0x80000001,         D(LIBRARY_FLAGS)  },
        {"not said to be sorted",  52,  4, 0,                  D(NONE)           },
        {"reserved at 56",         56,  1, 1,                  D(LIBRARY_FIELD)  },
        {"reserved at 127",        127, 1, 1,                  D(LIBRARY_FIELD)  },
    };
    const struct shelf shelf = shelf_form(0);
    REFUSE(&shelf, false, patches);
}

/* SPEC [M4], [M6] */
static void entries(void)
{
    enum { E = 128, DATA = 128 + 3 * 128, END = DATA + 16 + 16 + 16 + 32 };
    static const struct patch patches[] = {
        {"name empty",                  E,             8, 0,                  D(LIBRARY_NAME)       },
        {"name with a blank",           E + 1,         1, ' ',                D(NONE)               },
        {"name with a line feed",       E + 1,         1, '\n',               D(LIBRARY_NAME)       },
        {"name with a delete",          E + 1,         1, 0x7F,               D(LIBRARY_NAME)       },
        {"name with a byte of UTF-8",   E + 7,         1, 0xC3,               D(NONE)               },
        {"a byte behind the name",      E + 40,        1, 'x',                D(LIBRARY_NAME)       },
        {"the last byte of the name",   E + 63,        1, 'x',                D(LIBRARY_NAME)       },
        {"module in the header",        E + 64,        8, 0,                  D(LIBRARY_PAYLOAD)    },
        {"module in the index",         E + 64,        8, DATA - 1,           D(LIBRARY_PAYLOAD)    },
        {"module one byte later",       E + 64,        8, END - 9,            D(LIBRARY_PAYLOAD_END)},
        {"module at the end",           E + 64,        8, END,                D(LIBRARY_PAYLOAD_END)},
        {"module past the end",         E + 64,        8, END + 1,            D(LIBRARY_PAYLOAD_END)},
        {"module at the last offset",   E + 64,        8, UINT64_MAX,         D(LIBRARY_PAYLOAD_END)},
        {"module at a wrapping offset", E + 64,        8, UINT64_MAX - 5,     D(LIBRARY_PAYLOAD_END)},
        {"module above 32 bits",        E + 64,        8, 0x100000000 + DATA, D(LIBRARY_PAYLOAD_END)},
        {"module of no bytes",          E + 72,        8, 0,                  D(LIBRARY_MODULE)     },
        {"module that is too long",     E + 72,        8, END - DATA + 1,     D(LIBRARY_PAYLOAD_END)},
        {"module of all bytes",         E + 72,        8, UINT64_MAX,         D(LIBRARY_PAYLOAD_END)},
        {"module over the next one",    E + 72,        8, 11,                 D(LIBRARY_MODULE_HASH)},
        {"object at 0",                 E + 128 + 80,  8, 0,                  D(LIBRARY_PAYLOAD)    },
        {"object past the end",         E + 128 + 80,  8, END - 7,            D(LIBRARY_PAYLOAD_END)},
        {"object that wraps",           E + 128 + 88,  8, UINT64_MAX,         D(LIBRARY_PAYLOAD_END)},
        {"an object's place alone",     E + 80,        8, 7,                  D(NONE)               },
        {"an object's hash alone",      E + 104,       8, 7,                  D(NONE)               },
        {"hash of the module",          E + 96,        8, 1,                  D(LIBRARY_MODULE_HASH)},
        {"hash of the object",          E + 128 + 104, 8, 1,                  D(LIBRARY_OBJECT_HASH)},
        {"module not hashed",           E + 96,        8, 0,                  D(NONE)               },
        {"object not hashed",           E + 128 + 104, 8, 0,                  D(NONE)               },
        {"reserved at 112",             E + 112,       1, 1,                  D(LIBRARY_RESERVED)   },
        {"reserved at 127",             E + 127,       1, 1,                  D(LIBRARY_RESERVED)   },
        {"bytes of the first module",   DATA,          1, 'X',                D(LIBRARY_MODULE_HASH)},
        {"bytes of the object",         DATA + 32,     1, 'X',                D(LIBRARY_OBJECT_HASH)},
    };
    const struct shelf shelf = shelf_form(0);
    REFUSE(&shelf, true, patches);
}

/* Entries of the document: the same place is a hash. SPEC [M5] */
static void entries_of_the_document(void)
{
    enum { E = 128, DATA = 128 + 3 * 128 };
    static const struct patch patches[] = {
        {"untouched",                         0,             1, 'L', D(NONE)               },
        {"hash",                              E + 128 + 80,  8, 1,   D(LIBRARY_MODULE_HASH)},
        {"not hashed",                        E + 128 + 80,  8, 0,   D(NONE)               },
        {"timestamp",                         E + 128 + 88,  8, 12,  D(NONE)               },
        {"hash of a writer in a later entry", E + 128 + 96,  8, 1,   D(LIBRARY_RESERVED)   },
        {"object's hash in a later entry",    E + 128 + 104, 8, 1,   D(LIBRARY_RESERVED)   },
        {"reserved at 127",                   E + 127,       1, 1,   D(LIBRARY_RESERVED)   },
 /* The first one decides: these are writers' entries, with objects far away. */
        {"hash of a writer in the first one", E + 96,        8, 1,   D(LIBRARY_PAYLOAD_END)},
        {"object's hash in the first one",    E + 104,       8, 1,   D(LIBRARY_PAYLOAD_END)},
    };
    const struct shelf shelf = shelf_form(4);
    REFUSE(&shelf, true, patches);
}

static void two_layouts_of_entries(void)
{
    enum { DATA = 128 + 3 * 128 };
    struct shelf shelf = shelf_form(4);
    size_t size;
    uint8_t *bytes = shelf_make(&shelf, &size);
    put64(bytes + 128 + 80, DATA + 1);
    for (unsigned i = 0; i < 4; i++) {
        static const struct {
            uint64_t hash, timestamp;
            enum smf_detail detail;
        } tried[] = {
            {DATA + 1, 3,    D(TWO_ENTRY_LAYOUTS)  },
            {DATA + 1, 4711, D(LIBRARY_MODULE_HASH)}, /* past the end: can be no object */
            {DATA + 1, 0,    D(LIBRARY_MODULE_HASH)},
            {DATA - 1, 3,    D(LIBRARY_MODULE_HASH)}, /* in the index                   */
        };
        put64(bytes + 128 + 80, tried[i].hash);
        put64(bytes + 128 + 88, tried[i].timestamp);
        expect("document", shelf_read_bytes(&reading, bytes, size), tried[i].detail);
    }
    free(bytes);
    /* Without a hash or an object the first entry is the same in both: then it is a writer's. */
    shelf = (struct shelf){.modules = shelf_modules, .count = SHELF_MODULES, .unhashed = true};
    bytes = shelf_make(&shelf, &size);
    expect("nothing hashed", shelf_read_bytes(&reading, bytes, size), D(NONE));
    CHECK(!reading.library.document_entries);
    free(bytes);
    /* With an object it cannot be told. */
    shelf.modules = shelf_modules + 1;
    shelf.count = 2;
    bytes = shelf_make(&shelf, &size);
    expect("object, and nothing hashed", shelf_read_bytes(&reading, bytes, size), D(TWO_ENTRY_LAYOUTS));
    free(bytes);
}

/* SPEC [M3] */
static void longer_headers(void)
{
    enum { E = 132, DATA = 132 + 3 * 128 };
    static const struct patch patches[] = {
        {"untouched",                  0,            1, 'L',            D(NONE)               },
        {"first of the four bytes",    128,          1, 1,              D(LIBRARY_NAME)       },
        {"last of the four bytes",     131,          1, 1,              D(LIBRARY_NAME)       },
        {"name empty",                 E,            1, 0,              D(LIBRARY_NAME)       },
        {"said to be longer",          12,           8, 132,            D(LIBRARY_FIELD)      },
        {"module in the index",        E + 64,       8, DATA - 5,       D(LIBRARY_PAYLOAD)    },
        {"module at the last offset",  E + 64,       8, UINT64_MAX,     D(LIBRARY_PAYLOAD_END)},
        {"... and four bytes earlier", E + 64,       8, UINT64_MAX - 4, D(LIBRARY_PAYLOAD_END)},
        {"module at its real place",   E + 64,       8, DATA,           D(LIBRARY_MODULE_HASH)},
        {"object at the last offset",  E + 128 + 80, 8, UINT64_MAX,     D(LIBRARY_PAYLOAD_END)},
    };
    for (unsigned form = 2; form <= 3; form++) {
        const struct shelf shelf = shelf_form(form);
        REFUSE(&shelf, true, patches);
    }
    /* Four bytes longer, and one entry does not fit any more. */
    const struct shelf shelf = {.modules = shelf_modules, .count = 1, .longer = true};
    size_t size;
    uint8_t *bytes = shelf_make(&shelf, &size);
    expect("index reaches past the end", shelf_read_bytes(&reading, bytes, 132 + 127), D(LIBRARY_INDEX_END));
    free(bytes);
}

/* SPEC [M7] */
static void libraries_of_nothing(void)
{
    for (unsigned longer = 0; longer < 2; longer++) {
        const struct shelf shelf = {.count = 0, .longer = longer != 0};
        size_t size;
        struct smf_library_entry entry;
        uint8_t *bytes = shelf_make(&shelf, &size);
        expect("empty", shelf_read_bytes(&reading, bytes, size), D(NONE));
        CHECK_EQUAL(reading.library.count, 0);
        CHECK_EQUAL(smf_library_index_words(&reading.library), 1);
        CHECK_STATUS(smf_library_entry(&reading.library, 0, &entry, NULL), SMF_ERR_ARGUMENT);
        expect("name", smf_library_find(&reading.library, "a", &entry, &reading.why), D(NOT_IN_LIBRARY));
        free(bytes);
    }
}

/* Opening does not look beyond the first entry. SPEC [M7] */
static void what_lies_behind_is_damaged(void)
{
    const struct shelf shelf = shelf_form(1); /* not sorted: one after the other */
    struct smf_library_entry entry;
    size_t size;
    uint8_t *bytes = shelf_make(&shelf, &size);
    memset(bytes + shelf_entry(&shelf, 2), 0xFF, 128);
    const struct smf_source source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_library_open(&reading.library, &source, &reading.why), SMF_OK);
    CHECK_STATUS(smf_library_find(&reading.library, "std/io/mod", &entry, &reading.why), SMF_OK);
    CHECK_STATUS(smf_library_check_entry(&reading.library, &entry, &reading.why), SMF_OK);
    expect("behind it", smf_library_find(&reading.library, "std/text", &entry, &reading.why), D(LIBRARY_NAME));
    expect("entry", smf_library_entry(&reading.library, 2, &entry, &reading.why), D(LIBRARY_NAME));
    expect("index", smf_library_index(&reading.library, reading.words, 64, &reading.why), D(LIBRARY_NAME));
    CHECK(reading.library.words == NULL);
    CHECK_STATUS(smf_library_find(&reading.library, "app/main", &entry, &reading.why), SMF_OK);
    CHECK_EQUAL(reading.why.index, 0);
    free(bytes);
}

/* What is found is proven, not only its name. */
static void what_is_found_is_proven(void)
{
    for (unsigned form = 0; form < 2; form++) {
        const struct shelf shelf = shelf_form(form);
        struct smf_library_entry entry = {.size = 4711};
        size_t size;
        uint8_t *bytes = shelf_make(&shelf, &size);
        put64(bytes + shelf_entry(&shelf, 1) + 72, UINT64_MAX);
        const struct smf_source source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
        CHECK_STATUS(smf_library_open(&reading.library, &source, &reading.why), SMF_OK);
        for (unsigned indexed = 0; indexed < 2; indexed++) {
            expect("size", smf_library_find(&reading.library, "std/io/mod", &entry, &reading.why),
                   D(LIBRARY_PAYLOAD_END));
            CHECK_TEXT(reading.why.name, "std/io/mod");
            CHECK_EQUAL(reading.why.index, 1);
            CHECK_EQUAL(entry.size, 4711);
            CHECK_STATUS(smf_library_index(&reading.library, reading.words, 64, &reading.why), SMF_OK);
        }
        free(bytes);
    }
}

/* SPEC [M8], [M11] */
static void names_out_of_order_or_twice(void)
{
    static const struct shelf_module falling[] = {
        {"c", "1", 1, NULL, 0},
        {"b", "2", 1, NULL, 0},
        {"a", "3", 1, NULL, 0}
    };
    static const struct shelf_module twice[] = {
        {"a", "1", 1, NULL, 0},
        {"b", "2", 1, NULL, 0},
        {"b", "3", 1, NULL, 0},
        {"c", "4", 1, NULL, 0}
    };
    static const struct shelf_module apart[] = {
        {"b", "1", 1, NULL, 0},
        {"a", "2", 1, NULL, 0},
        {"b", "3", 1, NULL, 0}
    };
    struct smf_library_entry entry;
    const struct {
        const char *what;
        struct shelf shelf;
        enum smf_detail detail;
    } tried[] = {
        {"falling",                         {.modules = falling, .count = 3},                 D(NONE)         },
        {"falling, and said to be sorted",  {.modules = falling, .count = 3, .sorted = true}, D(LIBRARY_ORDER)},
        {"twice",                           {.modules = twice, .count = 4},                   D(LIBRARY_TWICE)},
        {"twice, and said to be sorted",    {.modules = twice, .count = 4, .sorted = true},   D(LIBRARY_TWICE)},
        {"twice, apart",                    {.modules = apart, .count = 3},                   D(LIBRARY_TWICE)},
        {"twice, apart, said to be sorted", {.modules = apart, .count = 3, .sorted = true},   D(LIBRARY_ORDER)},
    };
    for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++) {
        size_t size;
        uint8_t *bytes = shelf_make(&tried[i].shelf, &size);
        const struct smf_source source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
        CHECK_STATUS(smf_library_open(&reading.library, &source, &reading.why), SMF_OK);
        expect(tried[i].what, smf_library_check(&reading.library, &reading.why), tried[i].detail);
        CHECK_STATUS(smf_library_index(&reading.library, reading.words, 64, NULL), SMF_OK);
        expect(tried[i].what, smf_library_check(&reading.library, &reading.why), tried[i].detail);
        if (tried[i].detail == D(LIBRARY_TWICE))
            CHECK_TEXT(reading.why.name, "b");
        free(bytes);
    }
    /* The first one is found, with an index and without, also where equal names stand side by side. */
    for (size_t i = 2; i < 5; i++) {
        size_t size;
        uint8_t *bytes = shelf_make(&tried[i].shelf, &size);
        const struct smf_source source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
        CHECK_STATUS(smf_library_open(&reading.library, &source, &reading.why), SMF_OK);
        for (unsigned indexed = 0; indexed < 2; indexed++) {
            CHECK_STATUS(smf_library_find(&reading.library, "b", &entry, NULL), SMF_OK);
            CHECK_EQUAL(bytes[entry.offset], i == 4 ? '1' : '2');
            CHECK_STATUS(smf_library_index(&reading.library, reading.words, 64, NULL), SMF_OK);
        }
        free(bytes);
    }
    /* A wrong claim: names may not be found, and nothing worse. */
    size_t size;
    uint8_t *bytes = shelf_make(&tried[1].shelf, &size);
    const struct smf_source source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_library_open(&reading.library, &source, &reading.why), SMF_OK);
    CHECK_STATUS(smf_library_find(&reading.library, "a", &entry, NULL), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_library_find(&reading.library, "d", &entry, NULL), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_library_index(&reading.library, reading.words, 64, NULL), SMF_OK); /* an index believes nobody */
    CHECK_STATUS(smf_library_find(&reading.library, "a", &entry, NULL), SMF_OK);
    free(bytes);
}

/* SPEC [M11] */
static void payloads_that_share_bytes(void)
{
    enum { E = 128, DATA = 128 + 3 * 128 };
    static const struct patch patches[] = {
        {"second in the first",      E + 128 + 64, 8, DATA + 9,       D(LIBRARY_PAYLOADS)},
        {"object in its module",     E + 128 + 80, 8, DATA + 10 + 15, D(LIBRARY_PAYLOADS)},
        {"object before its module", E + 128 + 80, 8, DATA,           D(LIBRARY_PAYLOADS)},
        {"third in the object",      E + 256 + 64, 8, DATA + 33,      D(LIBRARY_PAYLOADS)},
        {"first one byte shorter",   E + 72,       8, 9,              D(NONE)            }, /* a gap is none */
    };
    struct shelf shelf = shelf_form(0);
    shelf.unhashed = true; /* with hashes they would tell; with one, entries are a writer's beyond doubt */
    for (size_t i = 0; i < sizeof patches / sizeof patches[0]; i++) {
        size_t size;
        uint8_t *bytes = shelf_make(&shelf, &size);
        patch(bytes, &patches[i]);
        shelf_seal(&shelf, bytes, size);
        expect(patches[i].what, shelf_read_bytes(&reading, bytes, size), patches[i].detail);
        free(bytes);
    }
}

/* Early writers joined bytes as decimal numbers, in the whole file or in what they stored. */
static void garbage_of_early_writers(void)
{
    static const char whole[] =
        "7683777010000200001280000000256000000038400000000000000000000000000000000000000000000000000"
        "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000";
    expect("the whole file", shelf_read_bytes(&reading, whole, sizeof whole), D(NO_LIBRARY));
    const struct shelf shelf = shelf_form(0);
    size_t size;
    uint8_t *bytes = shelf_make(&shelf, &size);
    memcpy(bytes + shelf_entry(&shelf, 3), "8377700321", 10);
    expect("what was stored", shelf_read_bytes(&reading, bytes, size), D(LIBRARY_MODULE_HASH));
    memset(bytes + 128, '1', size - 128);
    expect("all but the header", shelf_read_bytes(&reading, bytes, size), D(LIBRARY_NAME));
    free(bytes);
}

static enum smf_status read_nothing(void *context, uint64_t offset, void *into, size_t size)
{
    (void)context, (void)offset, (void)into, (void)size;
    return SMF_ERR_IO;
}

static void arguments(void)
{
    const struct smf_source nothing = {.size = 1000}, hole = {.size = 1000, .read_at = read_nothing};
    const struct smf_source huge = {.size = UINT64_MAX, .read_at = read_nothing};
    struct smf_library *const library = &reading.library;
    struct smf_library_entry entry;
    struct smf_part part;
    struct smf_source source;
    CHECK_STATUS(smf_library_open(NULL, &hole, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_open(library, NULL, NULL), SMF_ERR_ARGUMENT);
    expect("no way to read", smf_library_open(library, &nothing, &reading.why), D(ARGUMENT));
    expect("a source that fails", smf_library_open(library, &hole, &reading.why), D(READ));
    expect("the largest source", smf_library_open(library, &huge, &reading.why),
           sizeof(size_t) > 4 ? D(READ) : D(SOURCE_SIZE));
    const struct shelf shelf = shelf_form(0);
    size_t size;
    uint8_t *bytes = shelf_make(&shelf, &size);
    const struct smf_source good = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
    CHECK_STATUS(smf_library_open(library, &good, NULL), SMF_OK);
    CHECK_STATUS(smf_library_entry(NULL, 0, &entry, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_entry(library, 0, NULL, NULL), SMF_ERR_ARGUMENT);
    expect("number 3", smf_library_entry(library, 3, &entry, &reading.why), D(LIBRARY_NUMBER));
    expect("last number", smf_library_entry(library, UINT32_MAX, &entry, &reading.why), D(LIBRARY_NUMBER));
    CHECK_STATUS(smf_library_find(NULL, "a", &entry, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_find(library, NULL, &entry, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_find(library, "app/main", NULL, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_index(NULL, reading.words, 64, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_index(library, NULL, 64, NULL), SMF_ERR_ARGUMENT);
    CHECK_EQUAL(smf_library_index_words(library), 4 + 3);
    expect("no room", smf_library_index(library, reading.words, 6, &reading.why), D(INDEX_SPACE));
    CHECK(reading.why.value == 7 && reading.why.expected == 6 && library->words == NULL);
    CHECK_STATUS(smf_library_check(NULL, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_check_entry(NULL, &entry, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_check_entry(library, NULL, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_entry(library, 1, &entry, NULL), SMF_OK);
    CHECK_STATUS(smf_library_module(NULL, &entry, &part, &source), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_module(library, NULL, &part, &source), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_module(library, &entry, NULL, &source), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_module(library, &entry, &part, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_object(NULL, &entry, &part, &source), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_object(library, NULL, &part, &source), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_object(library, &entry, NULL, &source), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_object(library, &entry, &part, NULL), SMF_ERR_ARGUMENT);
    /* An entry of another library: its bytes are not in this one. */
    struct smf_library_entry other = entry;
    other.size = size;
    CHECK_STATUS(smf_library_module(library, &other, &part, &source), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_check_entry(library, &other, NULL), SMF_ERR_ARGUMENT);
    other = entry;
    other.object_offset = UINT64_MAX;
    CHECK_STATUS(smf_library_object(library, &other, &part, &source), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_check_entry(library, &other, NULL), SMF_ERR_ARGUMENT);
    free(bytes);
}

/* Names in no order are compared without end unless somebody counts. SPEC [M11] */
static void work_is_counted(void)
{
    enum { MANY = 400, BUCKETS = 512 };
    static char names[MANY][16];
    static struct shelf_module modules[MANY];
    static uint32_t words[MANY + BUCKETS];
    const struct shelf shelf = {.modules = modules, .count = MANY};
    for (unsigned crowded = 0; crowded < 2; crowded++) {
        uint32_t next = 0;
        for (uint32_t i = 0; i < MANY; i++) {
            do
                snprintf(names[i], sizeof names[i], "n%u", (unsigned)(crowded ? next++ : MANY - i));
            while (crowded && smf_hash_name(names[i]) % BUCKETS != 1);
            modules[i] = (struct shelf_module){names[i], "x", 1, NULL, 0};
        }
        size_t size;
        uint8_t *bytes = shelf_make(&shelf, &size);
        const struct smf_source source = smf_source_memory(bytes, size, SMF_STAYS_FOR_LOAD);
        struct smf_library_entry entry;
        CHECK_STATUS(smf_library_open(&reading.library, &source, &reading.why), SMF_OK);
        expect("no index", smf_library_check(&reading.library, &reading.why), D(LIBRARY_WORK));
        CHECK_EQUAL(smf_library_index_words(&reading.library), MANY + BUCKETS);
        CHECK_STATUS(smf_library_index(&reading.library, words, MANY + BUCKETS, &reading.why), SMF_OK);
        expect(crowded ? "one place for all" : "index", smf_library_check(&reading.library, &reading.why),
               crowded ? D(LIBRARY_WORK) : D(NONE));
        for (uint32_t i = 0; i < MANY; i++) { /* they are found, however many share a place */
            CHECK_STATUS(smf_library_find(&reading.library, names[i], &entry, NULL), SMF_OK);
            CHECK_EQUAL(entry.offset, 128 + 128 * MANY + i);
        }
        CHECK_STATUS(smf_library_find(&reading.library, "n", &entry, NULL), SMF_ERR_NOT_FOUND);
        free(bytes);
    }
}

/* ---- Writing ---- */

static void expect_unwritten(const char *what, const struct smf_library_item *items, uint32_t count,
                             enum smf_detail detail)
{
    uint32_t order[4];
    uint8_t buffer[600];
    size_t size = 4711;
    memset(buffer, 0xA5, sizeof buffer);
    expect(what, smf_library_write(items, count, order, buffer, sizeof buffer, &size, &reading.why), detail);
    CHECK_EQUAL(size, 4711);
    for (size_t i = 0; i < sizeof buffer; i++)
        CHECK_EQUAL(buffer[i], 0xA5);
}

static void what_cannot_be_written(void)
{
    static const char *const longest = "a23456789/b23456789/c23456789/d23456789/e23456789/f23456789/123";
    static const char *const longer = "a23456789/b23456789/c23456789/d23456789/e23456789/f23456789/1234";
    const struct smf_library_item good = {"a", "x", 1, NULL, 0};
    static const struct {
        const char *what;
        struct smf_library_item item;
        enum smf_detail detail;
    } tried[] = {
        {"no name",             {NULL, "x", 1, NULL, 0},           D(ARGUMENT)          },
        {"empty name",          {"", "x", 1, NULL, 0},             D(WRITE_MODULE_NAME) },
        {"a name with a tab",   {"a\tb", "x", 1, NULL, 0},         D(WRITE_MODULE_NAME) },
        {"with a delete",       {"b\x7F", "x", 1, NULL, 0},        D(WRITE_MODULE_NAME) },
        {"no bytes",            {"b", "x", 0, NULL, 0},            D(WRITE_MODULE_EMPTY)},
        {"no pointer to bytes", {"b", NULL, 1, NULL, 0},           D(WRITE_BYTES)       },
        {"nor to the object",   {"b", "x", 1, NULL, 1},            D(WRITE_BYTES)       },
        {"twice",               {"a", "y", 1, NULL, 0},            D(WRITE_MODULE_TWICE)},
        {"larger than all",     {"b", "x", SIZE_MAX, NULL, 0},     D(WRITE_FILE_SIZE)   },
        {"with its object",     {"b", "x", 1, "y", SIZE_MAX - 40}, D(WRITE_FILE_SIZE)   },
    };
    struct smf_library_item items[2] = {good, good};
    uint32_t order[2];
    size_t size = 0;
    expect_unwritten("nothing", items, 0, D(WRITE_LIBRARY_EMPTY));
    for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++) {
        items[1] = tried[i].item;
        expect_unwritten(tried[i].what, items, 2, tried[i].detail);
        if (tried[i].detail != D(ARGUMENT))
            CHECK_EQUAL(reading.why.index, 1);
    }
    items[1].name = longer;
    expect_unwritten("64 bytes of name", items, 2, D(WRITE_MODULE_NAME));
    items[1] = (struct smf_library_item){longest, "xy", 2, "z", 1};
    CHECK_STATUS(smf_library_write(NULL, 1, order, NULL, 0, &size, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_write(items, 1, NULL, NULL, 0, &size, NULL), SMF_ERR_ARGUMENT);
    CHECK_STATUS(smf_library_write(items, 1, order, NULL, 0, NULL, NULL), SMF_ERR_ARGUMENT);
    /* Every room that is too small: the size that it takes, and not a byte. */
    uint8_t room[3 * 128 + 3 * 16];
    for (size_t capacity = 0; capacity <= sizeof room; capacity++) {
        memset(room, 0xA5, sizeof room);
        size = 0;
        expect("room", smf_library_write(items, 2, order, room, capacity, &size, &reading.why),
               capacity < sizeof room ? D(WRITE_BUFFER) : D(NONE));
        CHECK_EQUAL(size, sizeof room);
        CHECK((room[0] == 0xA5) == (capacity < sizeof room));
    }
    CHECK_STATUS(shelf_read_bytes(&reading, room, sizeof room), SMF_OK);
}

static void every_detail_of_libraries_was_reached(void)
{
    static const struct {
        const char *name;
        int number, detail;
    } details[] = {
#define SMF_DETAIL_ENTRY(name, status, number, text) {#name, number, SMF_DETAIL_##name},
#define SMF_DETAILS_WITHOUT_TEMPLATES /* tests/generic */
#include "smf/details.def"
#undef SMF_DETAILS_WITHOUT_TEMPLATES
#undef SMF_DETAIL_ENTRY
    };
    unsigned count = 0;
    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++) {
        const int detail = details[i].detail;
        const bool format = detail / 64 == -SMF_ERR_FORMAT;
        if (format ? details[i].number < 48 || details[i].number > 55
                   : details[i].number < 16 || details[i].number > 23)
            continue;
        tap_check(reached[detail], __FILE__, __LINE__, "%s never fired", details[i].name);
        count++;
    }
    CHECK(count > 20);
    CHECK(reached[SMF_DETAIL_WRITE_MODULE_TWICE] && reached[SMF_DETAIL_WRITE_LIBRARY_EMPTY]);
}

static const struct tap_case cases[] = {
    {"headers",                               headers                              },
    {"entries",                               entries                              },
    {"entries_of_the_document",               entries_of_the_document              },
    {"two_layouts_of_entries",                two_layouts_of_entries               },
    {"longer_headers",                        longer_headers                       },
    {"libraries_of_nothing",                  libraries_of_nothing                 },
    {"what_lies_behind_is_damaged",           what_lies_behind_is_damaged          },
    {"what_is_found_is_proven",               what_is_found_is_proven              },
    {"names_out_of_order_or_twice",           names_out_of_order_or_twice          },
    {"payloads_that_share_bytes",             payloads_that_share_bytes            },
    {"garbage_of_early_writers",              garbage_of_early_writers             },
    {"arguments",                             arguments                            },
    {"work_is_counted",                       work_is_counted                      },
    {"what_cannot_be_written",                what_cannot_be_written               },
    {"every_detail_of_libraries_was_reached", every_detail_of_libraries_was_reached},
};
TAP_MAIN(cases)
