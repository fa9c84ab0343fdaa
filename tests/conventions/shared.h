/* SPDX-License-Identifier: MIT */
/* shared.h - what the host program and the module of tests/conventions tell each other. No header of a C library: the
 * module is compiled for targets that have none here, and whose long has 32 bits. */
#ifndef SMF_TESTS_CONVENTIONS_SHARED_H
#define SMF_TESTS_CONVENTIONS_SHARED_H

typedef long long number;

struct pair { /* 16 bytes: two registers for System V, in memory for Microsoft */
    number whole;
    double part;
};

struct large { /* in memory for both, by value for one, by reference for the other */
    number items[5];
};

#define TEN_NUMBERS number a, number b, number c, number d, number e, number f, number g, number h, number i, number j
#define TEN_DOUBLES double a, double b, double c, double d, double e, double f, double g, double h, double i, double j
#define MIXED signed char a, double b, number c, float d, short e, double f, unsigned g, float h, number i, double j
#define WEIGHED (a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j)

#define WEIGHED_DOUBLE                                                                                                 \
    ((double)a + 2 * (double)b + 3 * (double)c + 4 * (double)d + 5 * (double)e + 6 * (double)f + 7 * (double)g +       \
     8 * (double)h + 9 * (double)i + 10 * (double)j)

#endif
