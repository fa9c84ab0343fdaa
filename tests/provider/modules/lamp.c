/* SPDX-License-Identifier: MIT */
/* lamp.c - what others need; BRIGHT says which version it is. See flash.c. */
int lamp_shine(void);

int lamp_shine(void) { return BRIGHT; }
