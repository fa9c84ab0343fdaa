/* SPDX-License-Identifier: MIT */
/*
 * descriptor.c - what a module says of a type (smf/instance.h), read as bytes of the machine that the code is for, and
 * believed in nothing that can be checked. The host's own descriptors are such bytes, too: of this machine.
 */
#include "base/bytes.h"
#include "generic/engine.h"

_Static_assert(offsetof(struct smf_type_descriptor, copy) == 8 &&
                   sizeof(struct smf_type_descriptor) == 8 + 6 * sizeof(void *),
               "a descriptor is its fields and six pointers, without gaps");

enum {
    FIELDS = 8,        /* bytes before the pointers                        */
    POINTERS = 6,      /* copy, drop, compare, equal, hash, more           */
    OPERATIONS = 1024, /* most named operations of a type                  */
    ALIGNMENT_LOG2 = 12
};

static uintptr_t get_pointer(const uint8_t *at, unsigned pointer_size)
{
    return pointer_size == 8 ? (uintptr_t)smf_get64(at) : smf_get32(at);
}

/* Numbers and pointers have the sizes that machines have. */
static bool is_sized(const struct type *type, unsigned pointer_size)
{
    const uint32_t size = type->size;
    switch (type->kind) {
    case SMF_DESCRIPTOR_OPAQUE:
    case SMF_DESCRIPTOR_PLAIN:
        return size != 0 && size <= SMF_UNIT_VALUE_MAX;
    case SMF_DESCRIPTOR_FLOAT:
        return size == 4 || size == 8;
    case SMF_DESCRIPTOR_POINTER:
        return size == pointer_size;
    default:
        return size == 1 || size == 2 || size == 4 || size == 8;
    }
}

static bool is_sound(const struct type *type, unsigned pointer_size)
{
    const uintptr_t copy = type->operations[SMF_UNIT_COPY], drop = type->operations[SMF_UNIT_DROP];
    const uint32_t multiple = (uint32_t)1 << type->alignment_log2;
    return is_sized(type, pointer_size) && (type->size & (multiple - 1)) == 0 && (copy == 0 || drop != 0) &&
           (type->kind == SMF_DESCRIPTOR_OPAQUE || drop == 0);
}

/* What machines can do with numbers, the type's own operations first. */
static bool finish(struct type *type, unsigned pointer_size)
{
    if (!is_sound(type, pointer_size))
        return false;
    if (type->kind >= SMF_DESCRIPTOR_SIGNED)
        smf_generic_operations(type->kind,
                               type->size == 8   ? 3
                               : type->size == 4 ? 2
                                                 : type->size >> 1,
                               type->operations);
    return true;
}

/* Where an address of a module can be read, and how far. NULL: nowhere. The host's own is where it is. */
static const uint8_t *read_at(const struct smf_instantiator *instantiator, uint32_t number, uintptr_t address,
                              size_t *room)
{
    *room = SIZE_MAX - address;
    if (number == 0)
        return (const uint8_t *)address; /* NOLINT */
    const struct smf_instantiator_module *module = smf_generic_module(instantiator, number);
    size_t count = 0;
    const struct smf_region *regions =
        module != NULL && module->loaded != NULL ? smf_module_regions(module->loaded, &count) : NULL;
    for (size_t i = 0; i < count; i++)
        if (address - regions[i].address < regions[i].size) {
            *room = regions[i].size - (address - regions[i].address);
            return regions[i].bytes + (address - regions[i].address);
        }
    return NULL;
}

bool smf_generic_describe(const struct smf_instantiator *instantiator, const struct smf_provided *found,
                          unsigned pointer_size, struct type *type)
{
    size_t room = found->room;
    const uint8_t *at = found->bytes;
    if (at == NULL)
        at = read_at(instantiator, found->module, found->address, &room);
    if (at == NULL || found->kind == SMF_KIND_FUNCTION || room < FIELDS + (size_t)POINTERS * pointer_size)
        return false;
    const uint8_t version = at[4], alignment_log2 = at[5], kind = at[6], reserved = at[7];
    if (version != SMF_TYPE_VERSION || reserved != 0 || alignment_log2 > ALIGNMENT_LOG2 ||
        kind > SMF_DESCRIPTOR_POINTER)
        return false;
    type->size = smf_get32(at);
    type->alignment_log2 = alignment_log2;
    type->kind = kind;
    at += FIELDS;
    for (unsigned i = 0; i < SMF_UNIT_FUNCTIONS; i++, at += pointer_size)
        type->operations[i] = get_pointer(at, pointer_size);
    type->more = get_pointer(at, pointer_size);
    type->identity = found->address;
    type->module = found->module;
    return finish(type, instantiator->config.arch->pointer_size);
}

/* A name of a module's, which must end where it can be read. */
static bool is_named(const struct smf_instantiator *instantiator, uint32_t module, uintptr_t address, const char *name,
                     size_t size)
{
    size_t room;
    const uint8_t *at = read_at(instantiator, module, address, &room);
    return at != NULL && size < room && smf_generic_is((const char *)at, name, size); /* the host's may end anywhere */
}

uintptr_t smf_generic_operation(const struct smf_instantiator *instantiator, const struct type *type, const char *name,
                                size_t size)
{
    const unsigned pointer_size = instantiator->config.arch->pointer_size;
    const size_t entry = (size_t)2 * pointer_size;
    uintptr_t address = type->more;
    for (unsigned i = 0; address != 0 && i < OPERATIONS; i++, address += entry) {
        size_t room;
        const uint8_t *at = read_at(instantiator, type->module, address, &room);
        const uintptr_t said = at != NULL && room >= entry ? get_pointer(at, pointer_size) : 0;
        if (said == 0)
            return 0;
        if (is_named(instantiator, type->module, said, name, size))
            return get_pointer(at + pointer_size, pointer_size);
    }
    return 0;
}
