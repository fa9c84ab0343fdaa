/* SPDX-License-Identifier: MIT */
/* inspect_library.c - `smf inspect` and `smf ar list` of a library: its header and entries, for people and for programs. */
#include <inttypes.h>
#include <stdio.h>

#include "inspect.h"
#include "shelf.h"
#include "smf/hash.h"

/* Writers with a mistake multiply by this one (SPEC, "Libraries"). */
#define SHORT_PRIME 0x1000001B3u

struct summary {
    uint8_t major, minor;
    const char *prime; /* NULL: the stored hash of the index is neither */
    uint32_t objects;
};

/* Which prime the hash of the index was made with: both are computed in one go. */
static bool find_prime(struct smf_shelf *shelf, struct summary *summary)
{
    const struct smf_source *source = &shelf->file.source;
    uint64_t at = shelf->library.index_offset, left = (uint64_t)shelf->library.count * 128;
    uint64_t standard = SMF_FNV64_BASIS, other = SMF_FNV64_BASIS;
    uint8_t bytes[4096];
    while (left != 0) {
        const size_t size = left < sizeof bytes ? (size_t)left : sizeof bytes;
        if (!smf_command_read(source, at, bytes, size))
            return false;
        standard = smf_hash64(standard, bytes, size);
        for (size_t i = 0; i < size; i++)
            other = (other ^ bytes[i]) * SHORT_PRIME;
        at += size;
        left -= size;
    }
    summary->prime = shelf->library.index_hash == standard ? "standard"
                     : shelf->library.index_hash == other  ? "short"
                                                           : NULL;
    return true;
}

/* Read everything that will be printed once, so that it cannot fail halfway. */
static int prove(struct smf_shelf *shelf, struct summary *summary)
{
    const struct smf_source *source = &shelf->file.source;
    struct smf_library_entry entry;
    uint8_t version[2] = {0};
    summary->objects = 0;
    for (uint32_t i = 0; i < shelf->library.count; i++) {
        if (smf_shelf_entry(shelf, i, &entry) != 0)
            return 1;
        summary->objects += entry.object_size != 0;
    }
    if (!smf_command_read(source, 4, version, sizeof version) || !find_prime(shelf, summary))
        return smf_command_fail(shelf->path, "cannot be read");
    summary->major = version[0];
    summary->minor = version[1];
    return 0;
}

static void put_hash(const char *key, uint64_t hash)
{
    if (hash != 0)
        printf(", \"%s\": \"0x%016" PRIx64 "\"", key, hash);
    else
        printf(", \"%s\": null", key);
}

static bool put_modules(struct smf_shelf *shelf, const char *indent)
{
    struct smf_library_entry entry;
    putchar('[');
    for (uint32_t i = 0; i < shelf->library.count; i++) {
        if (smf_library_entry(&shelf->library, i, &entry, NULL) != SMF_OK)
            return false;
        printf("%s\n%s  {", i != 0 ? "," : "", indent);
        smf_json_word("name", entry.name);
        printf(", \"offset\": %" PRIu64 ", \"size\": %" PRIu64, entry.offset, entry.size);
        if (entry.object_size != 0)
            printf(", \"object_offset\": %" PRIu64, entry.object_offset);
        else
            fputs(", \"object_offset\": null", stdout);
        printf(", \"object_size\": %" PRIu64, entry.object_size);
        put_hash("hash", entry.hash);
        put_hash("object_hash", entry.object_hash);
        putchar('}');
    }
    printf("\n%s]", indent);
    return true;
}

static bool put_json(struct smf_shelf *shelf, const struct summary *summary)
{
    const struct smf_library *library = &shelf->library;
    printf("{\n  \"layout\": \"LSM\",\n  \"version\": \"%u.%u\",\n  ", summary->major, summary->minor);
    smf_json_word("packed", smf_word_packing(shelf->file.packing));
    printf(",\n  \"header_size\": %" PRIu32 ",\n", 128 + library->shift);
    printf("  \"entries\": \"%s\",\n  ", library->document_entries ? "document" : "objects");
    smf_json_word("prime", summary->prime);
    printf(",\n  \"sorted\": %s,\n  \"count\": %" PRIu32, library->sorted ? "true" : "false", library->count);
    put_hash("index_hash", library->index_hash);
    put_hash("library_hash", library->library_hash);
    printf(",\n  \"modules\": ");
    const bool whole = put_modules(shelf, "  ");
    puts("\n}");
    return whole;
}

static bool print(struct smf_shelf *shelf, const struct summary *summary)
{
    const struct smf_library *library = &shelf->library;
    struct smf_library_entry entry;
    if (shelf->file.packing != SMF_PACKING_NONE)
        printf("packed    %s, %" PRIu64 " bytes for %" PRIu64 "\n", smf_word_packing(shelf->file.packing),
               shelf->file.packed_size, shelf->file.source.size);
    printf("layout    LSM library, version %u.%u\n", summary->major, summary->minor);
    printf("header    %" PRIu32 " bytes\n", 128 + library->shift);
    printf("entries   %s\n", library->document_entries ? "as the document has them: hash and time, no objects"
                                                       : "with objects beside modules");
    printf("hashes    %s\n", summary->prime == NULL     ? "that of the index fits neither prime"
                             : library->index_hash == 0 ? "none"
                             : summary->prime[1] == 't' ? "FNV-1a-64"
                                                        : "FNV-1a-64 with the short prime 0x1000001b3");
    printf("names     %s\n", library->sorted ? "sorted" : "in no order that it tells");
    printf("\n%" PRIu32 " modules, %" PRIu32 " with an object\n    # %10s %10s %10s  %-18s %s\n", library->count,
           summary->objects, "offset", "size", "object", "hash", "name");
    for (uint32_t i = 0; i < library->count; i++) {
        if (smf_library_entry(&shelf->library, i, &entry, NULL) != SMF_OK)
            return false;
        printf("%5" PRIu32 " %#10" PRIx64 " %10" PRIu64 " %10" PRIu64 "  0x%016" PRIx64 " ", i, entry.offset,
               entry.size, entry.object_size, entry.hash);
        smf_command_print_name(entry.name);
        putchar('\n');
    }
    return true;
}

int smf_shelf_inspect(struct smf_shelf *shelf, bool json)
{
    struct summary summary;
    if (prove(shelf, &summary) != 0)
        return 1;
    const bool whole = json ? put_json(shelf, &summary) : print(shelf, &summary);
    return whole ? 0 : smf_command_fail(shelf->path, "changed while it was read");
}

int smf_shelf_list(struct smf_shelf *shelf, bool json)
{
    struct smf_library_entry entry;
    struct summary summary;
    if (prove(shelf, &summary) != 0)
        return 1;
    bool whole = true;
    if (json) {
        whole = put_modules(shelf, "");
        putchar('\n');
    }
    for (uint32_t i = 0; i < shelf->library.count && whole && !json; i++) {
        whole = smf_library_entry(&shelf->library, i, &entry, NULL) == SMF_OK;
        if (whole) {
            smf_command_print_name(entry.name);
            putchar('\n');
        }
    }
    return whole ? 0 : smf_command_fail(shelf->path, "changed while it was read");
}
