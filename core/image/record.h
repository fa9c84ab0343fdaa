/* SPDX-License-Identifier: MIT */
/* image/record.h - private to core/image: sizes of the parts of a template record, and where a unit keeps its tables. */
#ifndef SMF_IMAGE_RECORD_H
#define SMF_IMAGE_RECORD_H

#include "base/bytes.h"
#include "smf/unit.h"

#define RECORD_MAGIC 0x54464D53u /* "SMFT" */
#define RECORD_VERSION 1u

#define RECORD_HEAD_SIZE 12u
#define RECORD_PARAMETER_SIZE ((size_t)4)
#define RECORD_ITEM_SIZE 3u /* before its term */
#define UNIT_HEAD_SIZE 12u
#define UNIT_SHAPE_SIZE ((size_t)4)
#define UNIT_EXPORT_SIZE ((size_t)4)
#define UNIT_SYMBOL_SIZE ((size_t)4)
#define UNIT_RELOCATION_SIZE ((size_t)12)

/* Beside the kind of a symbol. */
#define UNIT_CALLED 0x40u
#define UNIT_SLOT 0x80u

/* record_read.c: bytes of a unit behind its head, whose size is within its bound: the sum does not wrap. */
size_t smf_unit_tail(const struct smf_record *record, const uint8_t *head);

/* record_read.c: the unit there. Answers where it ends. */
const uint8_t *smf_unit_at(const struct smf_record *record, const uint8_t *head, struct smf_unit *unit);

#endif
