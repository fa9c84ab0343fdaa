/* SPDX-License-Identifier: MIT */
/* live_files.c - files as the memory of a live system: private copies of their bytes, and which name is which file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"

/* The file that a module came from. */
struct smf_live_place {
    struct smf_live_place *next;
    bool given; /* by the provider */
    char *path;
    char name[];
};

#ifdef _WIN32
static const char separators[] = "/\\:";
#else
static const char separators[] = "/";
#endif

void smf_live_lock(const struct smf_live *live)
{
    const struct smf_port *port = live->options.system.load.port;
    if (port->lock != NULL)
        port->lock(port->context);
}

void smf_live_unlock(const struct smf_live *live)
{
    const struct smf_port *port = live->options.system.load.port;
    if (port->unlock != NULL)
        port->unlock(port->context);
}

/* Text of this length, allocated. */
static char *part(const char *from, size_t length)
{
    char *text = malloc(length + 1);
    if (text != NULL) {
        memcpy(text, from, length);
        text[length] = '\0';
    }
    return text;
}

/* The name in note.module; "" without one, and for what is no module: the loader says so. False: no memory. */
static bool read_note(const struct smf_source *source, struct smf_module_note *note)
{
    struct smf_image *image = malloc(sizeof *image);
    struct smf_section *sections = NULL;
    uint32_t count = 0;
    memset(note, 0, sizeof *note);
    const bool counted = image != NULL && smf_image_count_sections(image, source, &count, NULL) == SMF_OK;
    if (counted)
        sections = calloc((size_t)count + 1, sizeof *sections);
    const bool enough = image != NULL && (!counted || sections != NULL);
    if (sections == NULL || smf_image_open(image, source, sections, count, NULL) != SMF_OK ||
        smf_image_module_note(image, note, NULL) != SMF_OK)
        note->name[0] = '\0';
    free(sections);
    free(image);
    return enough;
}

/* What a module is called, allocated; NULL: no memory. */
static char *name_of(const struct smf_source *source, const char *path)
{
    struct smf_module_note note;
    if (!read_note(source, &note))
        return NULL;
    if (note.name[0] != '\0')
        return part(note.name, strlen(note.name));
    const char *base = path;
    for (const char *at = path; *at != '\0'; at++)
        if (strchr(separators, *at) != NULL)
            base = at + 1;
    const char *dot = strrchr(base, '.');
    return part(base, dot != NULL && dot != base ? (size_t)(dot - base) : strlen(base));
}

static void free_copy(struct smf_live *live, struct smf_live_copy *copy)
{
    if (copy == NULL)
        return;
    if (copy->held)
        smf_provider_close(live->options.provider, copy->name, &copy->lent);
    free(copy->name);
    free(copy->shown);
    free(copy->path);
    free(copy->unpacked);
    free(copy);
}

struct smf_live_copy *smf_live_copy_file(struct smf_file *file, enum smf_status *status)
{
    struct smf_live_copy *copy = NULL;
    const uint64_t size = file->unpacked != NULL ? 0 : file->source.size;
    if (size <= SIZE_MAX - sizeof *copy)
        copy = malloc(sizeof *copy + (size_t)size);
    *status = copy != NULL ? SMF_OK : SMF_ERR_NO_MEMORY;
    if (copy == NULL)
        return NULL;
    memset(copy, 0, sizeof *copy);
    copy->source = smf_source_memory(copy->bytes, (size_t)size, SMF_STAYS_FOR_MODULE);
    if (file->unpacked != NULL) {
        copy->source = file->source;
        copy->unpacked = file->unpacked;
        file->unpacked = NULL;
        return copy;
    }
    errno = 0;
    if (size != 0 && file->source.bytes != NULL)
        memcpy(copy->bytes, file->source.bytes, (size_t)size);
    else if (size != 0)
        *status = file->source.read_at(file->source.context, 0, copy->bytes, (size_t)size);
    if (*status == SMF_OK)
        return copy;
    errno = errno != 0 ? errno : EIO; /* it has become shorter */
    free(copy);
    return NULL;
}

struct smf_live_copy *smf_live_enter(struct smf_live *live, struct smf_live_copy *copy, const char *name,
                                     const char *path, enum smf_status *status)
{
    copy->name = name != NULL ? part(name, strlen(name)) : name_of(&copy->source, path);
    copy->path = part(path, strlen(path));
    if (copy->name == NULL || copy->path == NULL) {
        free_copy(live, copy);
        *status = SMF_ERR_NO_MEMORY;
        return NULL;
    }
    copy->source.context = (void *)++live->last_mark;
    copy->next = live->copies;
    live->copies = copy;
    return copy;
}

struct smf_live_copy *smf_live_read(struct smf_live *live, const char *path, const char *name,
                                    struct smf_diagnosis *why, enum smf_status *status)
{
    struct smf_live_copy *copy = NULL;
    struct smf_file file;
    *status = smf_file_open(&file, path);
    if (*status != SMF_OK)
        return NULL;
    *status = smf_file_unpack(&file, 0, why);
    if (*status == SMF_OK)
        copy = smf_live_copy_file(&file, status);
    const int error = errno;
    smf_file_close(&file);
    errno = error;
    return copy != NULL ? smf_live_enter(live, copy, name, path, status) : NULL;
}

void smf_live_drop(struct smf_live *live, const struct smf_source *source)
{
    struct smf_live_copy **link = &live->copies;
    while (*link != NULL && ((*link)->source.bytes != source->bytes || (*link)->source.context != source->context))
        link = &(*link)->next;
    struct smf_live_copy *copy = *link;
    if (copy != NULL)
        *link = copy->next;
    free_copy(live, copy);
}

void smf_live_announce(struct smf_live *live, const char *name, const struct smf_module *module)
{
    char elf[4200];
    struct smf_live_copy *copy = live->copies; /* newest first */
    while (copy != NULL && (copy->module != NULL || strcmp(copy->name, name) != 0))
        copy = copy->next;
    if (copy == NULL) /* from a source that the caller gave */
        return;
    copy->module = module;
    const int length = snprintf(elf, sizeof elf, "%s.elf", copy->path);
    const bool has_elf =
        copy->shown == NULL && length > 0 && (size_t)length < sizeof elf; /* beside a file of its own */
    const struct smf_debug_module what = {.module = module, .source = &copy->source, .elf = has_elf ? elf : NULL};
    if (live->options.hidden_from_debuggers || smf_debug_add(&copy->debug, &what) != SMF_OK)
        copy->debug = NULL; /* what cannot be told is no reason not to run it */
    const char *folder = live->options.perf_map;
    if (folder == NULL || live->perf_status != SMF_OK)
        return;
    live->perf_status = smf_perf_map_add(&what, folder[0] != '\0' ? folder : NULL);
    live->perf_error = errno;
}

void smf_live_withdraw(struct smf_live *live, const struct smf_module *module)
{
    struct smf_live_copy *copy = live->copies;
    while (copy != NULL && copy->module != module)
        copy = copy->next;
    if (copy == NULL)
        return;
    smf_debug_remove(copy->debug);
    copy->debug = NULL; /* the module stays its: nothing else is taken for this copy's */
}

void smf_live_blame(struct smf_live *live, const char *path)
{
    if (live->failed == NULL)
        live->failed = part(path, strlen(path));
}

void smf_live_blame_name(struct smf_live *live, const char *name)
{
    const struct smf_live_copy *copy = live->copies;
    while (copy != NULL && strcmp(copy->name, name) != 0)
        copy = copy->next;
    if (copy != NULL) /* without: a need that nobody has; who needs it is told of next */
        smf_live_blame(live, copy->shown != NULL ? copy->shown : copy->path);
}

const char *smf_live_failed(const struct smf_live *live) { return live->failed; }

const char *smf_live_place_of(const struct smf_live *live, const char *name)
{
    const struct smf_live_place *place = live->places;
    while (place != NULL && strcmp(place->name, name) != 0)
        place = place->next;
    return place != NULL ? place->path : NULL;
}

bool smf_live_is_given(const struct smf_live *live, const char *name)
{
    const struct smf_live_place *place = live->places;
    while (place != NULL && strcmp(place->name, name) != 0)
        place = place->next;
    return place != NULL && place->given;
}

struct smf_live_place *smf_live_new_place(const char *name, const char *path, bool given)
{
    struct smf_live_place *place = malloc(sizeof *place + strlen(name) + 1);
    if (place == NULL)
        return NULL;
    memcpy(place->name, name, strlen(name) + 1);
    place->given = given;
    place->path = part(path, strlen(path));
    if (place->path != NULL)
        return place;
    free(place);
    return NULL;
}

const char *smf_live_place_name(const struct smf_live_place *place) { return place->name; }

void smf_live_free_place(struct smf_live_place *place)
{
    if (place != NULL)
        free(place->path);
    free(place);
}

void smf_live_set_place(struct smf_live *live, struct smf_live_place *place)
{
    struct smf_live_place **link = &live->places;
    while (*link != NULL && strcmp((*link)->name, place->name) != 0)
        link = &(*link)->next;
    struct smf_live_place *before = *link;
    if (before != NULL)
        *link = before->next;
    place->next = live->places;
    live->places = place;
    smf_live_free_place(before);
}

void smf_live_prune(struct smf_live *live)
{
    struct smf_handle handle;
    smf_live_lock(live);
    struct smf_live_place *places = live->places;
    live->places = NULL;
    smf_live_unlock(live); /* not held while the system is asked: a port's lock need not be recursive */
    struct smf_live_place *kept = NULL;
    while (places != NULL) {
        struct smf_live_place *place = places;
        places = place->next;
        if (smf_system_find(&live->system, place->name, &handle) == SMF_OK) {
            place->next = kept;
            kept = place;
        } else {
            smf_live_free_place(place);
        }
    }
    smf_live_lock(live);
    live->places = kept;
    smf_live_unlock(live);
}

void smf_live_forget(struct smf_live *live)
{
    free(live->failed);
    live->failed = NULL;
    while (live->copies != NULL) {
        struct smf_live_copy *copy = live->copies;
        live->copies = copy->next;
        free_copy(live, copy);
    }
    while (live->places != NULL) {
        struct smf_live_place *place = live->places;
        live->places = place->next;
        smf_live_free_place(place);
    }
}

const char *smf_live_path(struct smf_live *live, const char *name)
{
    smf_live_lock(live);
    const char *path = smf_live_place_of(live, name);
    smf_live_unlock(live);
    return path;
}

enum smf_status smf_live_find(const struct smf_live *live, const char *name, char *path, size_t size)
{
    if (name[0] == '\0' || strpbrk(name, "/\\:") != NULL || strstr(name, "..") != NULL)
        return SMF_ERR_NOT_FOUND;
    for (size_t i = 0; i < live->options.folder_count; i++) {
        const int length = snprintf(path, size, "%s/%s.smf", live->options.folders[i], name);
        if (length < 0 || (size_t)length >= size)
            return SMF_ERR_NO_SPACE;
        FILE *file = fopen(path, "rb");
        if (file == NULL && errno == ENOENT)
            continue;
        if (file != NULL)
            fclose(file);
        return SMF_OK; /* there is one; if it cannot be read, reading it says so */
    }
    return SMF_ERR_NOT_FOUND;
}
