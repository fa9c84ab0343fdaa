/* SPDX-License-Identifier: MIT */
/* template_one.h - one object of a template, outside of any build, as a record with one unit: for smf::compiler. */
#ifndef SMF_HOST_TEMPLATE_ONE_H
#define SMF_HOST_TEMPLATE_ONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smf/unit.h"

/*
 * `shapes`: one for each parameter that the object declares, and what its unit is said to be for. The record is malloc()ed.
 * False: `message` has one line. As in smf/build.h: running out of memory ends the process.
 */
bool template_record_of(const void *object, size_t size, const struct smf_shape *shapes, size_t shape_count,
                        uint8_t **record, size_t *record_size, char *message, size_t message_size);

#endif
