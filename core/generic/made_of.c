/* SPDX-License-Identifier: MIT */
/* made_of.c - which unit an instance was made of: for whoever tells people. */
#include "generic/engine.h"

#define HEAD_SIZE 12u /* of a unit in its record; its shapes and exports follow */
#define SHAPE_SIZE 4u

/* A compiled record has one unit, at its end: so its size is known. */
static enum smf_status read_compiled(const struct smf_made_instance *made, const uint8_t *head,
                                     struct smf_record *record, struct smf_unit *unit)
{
    const uint8_t *start = made->compiled, *at = head;
    struct smf_record proven = made->template->record;
    if (!smf_record_next_unit(&proven, &at, unit))
        return SMF_ERR_NOT_FOUND;
    const enum smf_status status = smf_record_open(&proven, start, (size_t)(at - start), NULL);
    if (status == SMF_OK)
        *record = proven;
    return status;
}

enum smf_status smf_instantiator_unit(const struct smf_instantiator *instantiator, const char *mangled,
                                      struct smf_record *record, struct smf_unit *unit, bool *compiled)
{
    struct smf_instance instance;
    const enum smf_status status = smf_instantiator_find(instantiator, mangled, &instance);
    if (status != SMF_OK)
        return status;
    const struct smf_made_instance *made = instantiator->instances;
    while (made != NULL && (made->address != instance.code || made->holds != instance.holds))
        made = made->older;
    if (made == NULL)
        return SMF_ERR_NOT_FOUND;
    const uint8_t *at = made->exports - HEAD_SIZE - (size_t)SHAPE_SIZE * made->template->record.parameter_count;
    *compiled = made->compiled != NULL;
    if (*compiled)
        return read_compiled(made, at, record, unit);
    *record = made->template->record;
    return smf_record_next_unit(record, &at, unit) ? SMF_OK : SMF_ERR_NOT_FOUND;
}
