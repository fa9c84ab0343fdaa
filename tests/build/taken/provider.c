/* SPDX-License-Identifier: MIT */
/* What is exchanged: TAG says which version it is. */
int provided(int value);
int provided(int value) { return 100 * TAG + value; }
