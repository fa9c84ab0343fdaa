/* SPDX-License-Identifier: MIT */
/* marks_module.c - a module that calls, reads and writes what the program "marks" exports. */
extern int zebra(int value);
extern int antelope(int value);
extern int renamed(int value);
extern int mark_number;

int use(int value);
int use(int value)
{
    mark_number += value;
    return zebra(value) + antelope(value) + renamed(value);
}
