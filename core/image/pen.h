/* SPDX-License-Identifier: MIT */
/*
 * image/pen.h - private to core/image: reading fields one after the other between
 * two offsets of the source. The first read that fails stops the pen; what was
 * wrong is asked once, behind the last field.
 */
#ifndef SMF_IMAGE_PEN_H
#define SMF_IMAGE_PEN_H

#include "image/view.h"
#include "smf/templates.h"

struct pen {
    struct smf_image *image; /* its window for records is used; its `why` takes an error of the source */
    size_t at, end;          /* at <= end, and end lies in the source                                 */
    enum smf_status status;  /* SMF_ERR_TRUNCATED: a field does not end before `end`                  */
};

static inline struct pen pen_over(struct smf_image *image, size_t offset, size_t size)
{
    return (struct pen){image, offset, offset + size, SMF_OK};
}

/* `size` bytes (up to SMF_WINDOW_SIZE) valid until the next read; NULL. */
const uint8_t *smf_pen_bytes(struct pen *pen, size_t size);
uint8_t smf_pen_u8(struct pen *pen);
uint16_t smf_pen_u16(struct pen *pen);
uint32_t smf_pen_u32(struct pen *pen);
void smf_pen_skip(struct pen *pen, size_t size);

/* A u32 size and that many bytes. */
struct smf_span smf_pen_text(struct pen *pen);

/* `count` such texts. */
struct smf_span smf_pen_texts(struct pen *pen, uint32_t count);

/* Where the pen stands, and nothing. */
static inline struct smf_span pen_place(const struct pen *pen) { return (struct smf_span){pen->at, 0}; }

/* templates.c: decode the record "SMFT" in entry->body, if it is one; false: it says to be one, and is not. */
bool smf_template_record(struct smf_image *image, struct smf_template *entry, enum smf_status *status);

/* templates.c: kind, name and number of parameters, as all of GTPL 1 have them. */
void smf_template_head(struct pen *pen, struct smf_template *entry);

/* templates.c: the rest of a WHOLE entry. */
void smf_template_whole(struct pen *pen, struct smf_template *entry);

#endif
