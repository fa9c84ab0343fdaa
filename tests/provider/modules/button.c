/* SPDX-License-Identifier: MIT */
/* button.c - needs the lamp. See flash.c. */
extern int lamp_shine(void);
int button_press(void);

int button_press(void) { return lamp_shine() + 1; }
