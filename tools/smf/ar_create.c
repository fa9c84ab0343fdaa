/* SPDX-License-Identifier: MIT */
/* ar_create.c - `smf ar create`: modules, each proven as it goes in, and objects beside them -> one library. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ar.h"
#include "put.h"
#include "shelf.h"

static const char help[] =
    "usage: smf ar create LIB.lsm [--objects DIR] [NAME=]FILE [--object OBJECT]...\n"
    "Put modules into a new library, in whatever order: the same modules always make the same file. Each one is "
    "checked as\n"
    "`smf verify` does. Nothing is written when anything is wrong.\n"
    "  FILE              a module; one that is packed as a whole file is stored unpacked\n"
    "  NAME=FILE         the module's name in the library: 1 to 63 bytes, parts with '/' between them, such as "
    "std/io/mod.\n"
    "                    Without it: the name that the module has, else that of the file without folders and ending.\n"
    "                    What stands before the first '=' is a name: write NAME=a=b.smf for a file called a=b.smf\n"
    "  --object OBJECT   store this native object beside the module before it\n"
    "  --objects DIR     store DIR/NAME.o beside each other module NAME for which there is such a file\n"
    "What `smf ar extract --objects -C DIR` has taken out goes in again, byte for byte, with --objects DIR and\n"
    "NAME=DIR/NAME.smf for each name.\n";

#ifdef _WIN32
#define SEPARATORS "/\\"
#else
#define SEPARATORS "/"
#endif

/* One module and what goes with it. */
struct input {
    const char *path, *object_path;
    char name[SMF_LIBRARY_NAME_SIZE];
    bool named;
    uint8_t *bytes, *object;
    size_t size, object_size;
};

struct creation {
    const char *library, *objects;
    struct input *inputs;
    struct smf_library_item *items;
    uint32_t *order;
    uint32_t count;
};

/* A module that is packed as a file is stored as what it was packed from. */
static uint8_t *read_file(const char *path, bool module, size_t *size)
{
    struct smf_file file;
    if (module && smf_command_open_file(&file, path) != 0)
        return NULL;
    if (!module && smf_file_open(&file, path) != SMF_OK) {
        smf_command_unreadable(path);
        return NULL;
    }
    uint8_t *bytes = smf_command_read_all(&file.source, path);
    *size = (size_t)file.source.size;
    smf_file_close(&file);
    return bytes;
}

/* The name that it goes by, unless the user said one: 0, or 1 after the line about it. */
static int name_input(struct input *input, struct smf_image *image)
{
    struct smf_module_note note;
    struct smf_diagnosis why;
    const char *fault;
    if (!input->named) {
        if (smf_image_module_note(image, &note, &why) != SMF_OK)
            return smf_command_refuse(input->path, &why);
        const char *from = note.name;
        size_t length = strlen(note.name);
        if (length == 0) {
            from = input->path;
            for (const char *at = from; (at = strpbrk(at, SEPARATORS)) != NULL; from = ++at)
                ;
            const char *dot = strrchr(from, '.');
            length = dot != NULL && dot != from ? (size_t)(dot - from) : strlen(from);
        }
        if (length >= sizeof input->name)
            return smf_command_fail(input->path, "its name has more than 63 bytes: say NAME=FILE");
        memcpy(input->name, from, length);
        input->name[length] = '\0';
    }
    fault = smf_name_fault(input->name);
    if (fault == NULL)
        return 0;
    struct smf_shelf_name shown;
    return smf_command_fail(smf_shelf_name(input->path, input->name, &shown), "the name %s", fault);
}

/* Prove the bytes that will be stored, and name them. */
static int prove(struct input *input)
{
    static struct smf_opened opened;
    opened.source = smf_source_memory(input->bytes, input->size, SMF_STAYS_FOR_MODULE);
    int result = smf_command_open_image(&opened, input->path);
    if (result != 0)
        return result;
    result = smf_command_check(&opened, input->path);
    if (result == 0)
        result = name_input(input, &opened.image);
    smf_command_close_image(&opened);
    return result;
}

/* DIR/NAME.o, if there is one: its name in `path`, which is to be freed. */
static int find_object(const char *folder, struct input *input, char **path)
{
    struct smf_file file;
    const size_t size = strlen(folder) + sizeof input->name + sizeof "/.o";
    *path = malloc(size);
    if (*path == NULL)
        return smf_command_fail(input->path, "out of memory");
    snprintf(*path, size, "%s/%s.o", folder, input->name);
    if (smf_file_open(&file, *path) == SMF_OK) {
        smf_file_close(&file);
        input->object_path = *path;
        return 0;
    }
    return errno == ENOENT || errno == ENOTDIR ? 0 : smf_command_unreadable(*path);
}

static int read_object(const char *folder, struct input *input)
{
    char *path = NULL;
    int result = input->object_path == NULL && folder != NULL ? find_object(folder, input, &path) : 0;
    if (result == 0 && input->object_path != NULL) {
        input->object = read_file(input->object_path, false, &input->object_size);
        if (input->object == NULL)
            result = 1;
        else if (input->object_size == 0)
            result = smf_command_fail(input->object_path, "is empty");
    }
    free(path);
    input->object_path = NULL;
    return result;
}

static int read_inputs(struct creation *creation)
{
    for (uint32_t i = 0; i < creation->count; i++) {
        struct input *input = &creation->inputs[i];
        input->bytes = read_file(input->path, true, &input->size);
        if (input->bytes == NULL || prove(input) != 0 || read_object(creation->objects, input) != 0)
            return 1;
        creation->items[i] = (struct smf_library_item){.name = input->name,
                                                       .bytes = input->bytes,
                                                       .size = input->size,
                                                       .object = input->object,
                                                       .object_size = input->object_size};
    }
    return 0;
}

static int write_library(struct creation *creation)
{
    struct smf_diagnosis why = {0};
    size_t size = 0;
    if (smf_library_write(creation->items, creation->count, creation->order, NULL, 0, &size, &why) != SMF_OK)
        return smf_command_refuse(creation->library, &why);
    uint8_t *bytes = malloc(size);
    if (bytes == NULL)
        return smf_command_fail(creation->library, "no memory for %lu bytes", (unsigned long)size);
    int result = 0;
    if (smf_library_write(creation->items, creation->count, creation->order, bytes, size, &size, &why) != SMF_OK)
        result = smf_command_refuse(creation->library, &why);
    else if (!smf_put_file(creation->library, bytes, size))
        result = smf_command_unreadable(creation->library);
    free(bytes);
    return result;
}

/* [NAME=]FILE */
static int take_input(struct creation *creation, const char *word)
{
    struct input *input = &creation->inputs[creation->count];
    const char *equals = strchr(word, '=');
    input->path = equals != NULL ? equals + 1 : word;
    if (equals != NULL) {
        const size_t length = (size_t)(equals - word);
        if (length == 0 || input->path[0] == '\0')
            return smf_ar_misused("create", length == 0 ? "a name must stand before '='" : "a file must follow '='");
        if (length >= sizeof input->name)
            return smf_ar_misused("create", "a module's name has 1 to 63 bytes");
        memcpy(input->name, word, length);
        input->named = true;
    }
    creation->count++;
    return 0;
}

/* 0, or the exit status. */
static int parse(struct creation *creation, int argc, char **argv)
{
    bool only_inputs = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        const bool object = strcmp(word, "--object") == 0;
        if (!only_inputs && strcmp(word, "--") == 0) {
            only_inputs = true;
        } else if (!only_inputs && (object || strcmp(word, "--objects") == 0)) {
            if (i + 1 == argc)
                return smf_ar_misused("create",
                                      object ? "a file must follow --object" : "a folder must follow --objects");
            if (!object)
                creation->objects = argv[++i];
            else if (creation->count == 0 || creation->inputs[creation->count - 1].object_path != NULL)
                return smf_ar_misused("create", "--object belongs to the module before it, one to each");
            else
                creation->inputs[creation->count - 1].object_path = argv[++i];
        } else if (!only_inputs && word[0] == '-') {
            return smf_ar_unknown("create", word);
        } else if (creation->library == NULL) {
            creation->library = word;
        } else {
            const int status = take_input(creation, word);
            if (status != 0)
                return status;
        }
    }
    if (creation->library == NULL || creation->count == 0)
        return smf_ar_misused("create",
                              creation->library == NULL ? "LIB is missing" : "a library has one module at least");
    return 0;
}

int smf_ar_create(int argc, char **argv)
{
    struct creation creation = {0};
    struct smf_put_folder folder;
    if (smf_command_help(argc, argv, help))
        return 0;
    creation.inputs = calloc((size_t)argc, sizeof *creation.inputs);
    creation.items = calloc((size_t)argc, sizeof *creation.items);
    creation.order = calloc((size_t)argc, sizeof *creation.order);
    const bool room = creation.inputs != NULL && creation.items != NULL && creation.order != NULL;
    int result = room ? parse(&creation, argc, argv) : smf_command_fail(argv[0], "out of memory");
    if (result == 0 && creation.objects != NULL) {
        if (smf_put_folder_open(&folder, creation.objects))
            smf_put_folder_close(&folder);
        else
            result = smf_command_unreadable(creation.objects);
    }
    if (result == 0)
        result = read_inputs(&creation);
    if (result == 0)
        result = write_library(&creation);
    for (uint32_t i = 0; i < creation.count; i++) {
        free(creation.inputs[i].bytes);
        free(creation.inputs[i].object);
    }
    free(creation.inputs);
    free(creation.items);
    free(creation.order);
    return result;
}
