/* SPDX-License-Identifier: MIT */
/*
 * readers.c - who may be inside of modules that are retired.
 *
 * A reader announces the epoch in which it came in, then runs; a swap stores its
 * slots, lets the next epoch begin, and then looks at the readers. With a full fence on either side one of
 * two things holds for each: the swap sees that it is inside, or it sees the new slots.
 */
#include "base/atomic.h"
#include "system/graph.h"

void smf_reader_join(struct smf_system *system, struct smf_reader *reader)
{
    smf_system_lock(system);
    reader->epoch = &system->epoch;
    smf_atomic_store(&reader->word, 0);
    reader->next = system->readers;
    system->readers = reader;
    system->statistics.readers++;
    smf_system_unlock(system);
}

void smf_reader_part(struct smf_system *system, struct smf_reader *reader)
{
    smf_system_lock(system);
    struct smf_reader **link = &system->readers;
    while (*link != NULL && *link != reader)
        link = &(*link)->next;
    if (*link != NULL) {
        *link = reader->next;
        system->statistics.readers--;
    }
    smf_system_unlock(system);
}

void smf_reader_enter(struct smf_reader *reader)
{
    smf_atomic_announce(&reader->word, smf_atomic_load(reader->epoch) << 1 | 1);
}

void smf_reader_leave(struct smf_reader *reader) { smf_atomic_store(&reader->word, reader->word & ~(uintptr_t)1); }

/* Epochs are compared as distances: they wrap. */
static bool is_before(uintptr_t word, uintptr_t epoch) { return (intptr_t)((word & ~(uintptr_t)1) - (epoch << 1)) < 0; }

bool smf_readers_inside(const struct smf_system *system, uintptr_t epoch)
{
    for (const struct smf_reader *reader = system->readers; reader != NULL; reader = reader->next) {
        const uintptr_t word = smf_atomic_look(&reader->word);
        if ((word & 1) != 0 && is_before(word, epoch))
            return true;
    }
    return false;
}

bool smf_readers_since(const struct smf_system *system, uintptr_t epoch)
{
    for (const struct smf_reader *reader = system->readers; reader != NULL; reader = reader->next) {
        const uintptr_t word = smf_atomic_look(&reader->word);
        if (word != 0 && ((word & 1) != 0 || !is_before(word, epoch)))
            return true;
    }
    return false;
}

uintptr_t smf_readers_turn(struct smf_system *system)
{
    uintptr_t epoch = system->epoch + 1;
    if (epoch << 1 == 0) /* of a reader outside that would look like one that never came in */
        epoch++;
    smf_atomic_announce(&system->epoch, epoch);
    return epoch;
}
