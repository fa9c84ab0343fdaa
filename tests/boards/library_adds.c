/* SPDX-License-Identifier: MIT */
/* library_adds.c - a module of boards/library: code and constants, and one import. */
int host_number(void);
int add_all(int count);

static const int numbers[] = {1, 20, 300, 4000};

int add_all(int count)
{
    int sum = host_number();
    for (int i = 0; i < count && i < 4; i++)
        sum += numbers[i];
    return sum;
}
