/* SPDX-License-Identifier: MIT */
/* marks.h - what the files of the program "marks" share: symbols that they define and mark as exports. */
#ifndef SMF_TESTS_MARKS_H
#define SMF_TESTS_MARKS_H

int zebra(int value); /* the first file marks the last name, and the other way round */
int mark_open(int value);
extern int mark_number;
extern const char mark_text[5];

int antelope(int value); /* of the other file */
uintptr_t marks_hidden(void);

#endif
