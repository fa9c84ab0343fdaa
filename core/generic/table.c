/* SPDX-License-Identifier: MIT */
/* table.c - the chains by which everything is found, and names of diagnoses that are put together. */
#include "base/bytes.h"
#include "base/fail.h"
#include "generic/engine.h"
#include "smf/hash.h"

static struct node **bucket_of(const struct smf_instantiator *instantiator, uint32_t hash)
{
    return (struct node **)(void *)&instantiator->buckets[hash & (instantiator->config.bucket_count - 1)];
}

void smf_generic_enter(struct smf_instantiator *instantiator, struct node *node, enum node_kind kind, uint32_t hash)
{
    struct node **bucket = bucket_of(instantiator, hash);
    *node = (struct node){.next = *bucket, .at = bucket, .hash = hash, .kind = (uint8_t)kind};
    if (node->next != NULL)
        node->next->at = &node->next;
    *bucket = node;
}

void smf_generic_leave(struct node *node)
{
    *node->at = node->next;
    if (node->next != NULL)
        node->next->at = node->at;
}

static struct node *meet(struct node *node, uint32_t kind, uint32_t hash)
{
    while (node != NULL && (node->hash != hash || node->kind != kind))
        node = node->next;
    return node;
}

struct node *smf_generic_first(const struct smf_instantiator *instantiator, enum node_kind kind, uint32_t hash)
{
    return meet(*bucket_of(instantiator, hash), kind, hash);
}

struct node *smf_generic_next(const struct node *node) { return meet(node->next, node->kind, node->hash); }

uint32_t smf_generic_hash(const char *text, size_t size) { return smf_hash32(SMF_FNV32_BASIS, text, size); }

size_t smf_generic_length(const char *text)
{
    size_t size = 0;
    while (text[size] != '\0')
        size++;
    return size;
}

bool smf_generic_is(const char *text, const char *other, size_t size)
{
    size_t at = 0;
    while (at < size && text[at] == other[at] && text[at] != '\0')
        at++;
    return at == size && text[at] == '\0';
}

/* ---- Diagnoses ---- */

void smf_generic_say(struct smf_diagnosis *why, const char *text, size_t size)
{
    const size_t at = smf_generic_length(why->name);
    const size_t room = SMF_DIAGNOSIS_NAME_SIZE - 1 - at;
    memcpy(why->name + at, text, size < room ? size : room);
    if (size > room)
        why->name[SMF_DIAGNOSIS_NAME_SIZE - 2] = '~';
    why->name[at + (size < room ? size : room)] = '\0';
}

void smf_generic_say_text(struct smf_diagnosis *why, const char *text)
{
    smf_generic_say(why, text, smf_generic_length(text));
}

void smf_generic_say_parameter(struct smf_diagnosis *why, const struct template *template, unsigned parameter,
                               const struct type *type)
{
    const struct smf_unit_text name = smf_record_parameter(&template->record, parameter).name;
    smf_fail_name(why, template->names[0].text, template->names[0].size);
    smf_generic_say_text(why, ": ");
    smf_generic_say(why, name.bytes, name.size);
    if (type == NULL)
        return;
    smf_generic_say_text(why, " = ");
    smf_generic_say(why, type->text, type->text_size);
}

enum smf_status smf_generic_no_arena(struct smf_instantiator *instantiator, struct smf_diagnosis *why, size_t size)
{
    return smf_fail(why, SMF_DETAIL_GENERIC_ARENA, 0, size, smf_arena_largest(smf_generic_arena(instantiator)));
}
