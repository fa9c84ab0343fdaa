/* SPDX-License-Identifier: MIT */
/* calls_module.c - a module that calls the firmware, is called by it, and has something in each of its regions. */
extern int host_add(int a, int b);
extern int host_calls;
extern int (*host_pick(int number))(int);
extern int nobody(void) __attribute__((weak));

int variable = 30;
static int zeroed[700];
static const int primes[] = {2, 3, 5, 7, 11};
static int *const places[] = {&variable, &zeroed[699]};
int (*const through_pointer)(int, int) = host_add;

static int started;
__attribute__((constructor)) static void start(void) { started = 5; }

int module_started(void) { return started; }

/* A call by stub, one through a pointer in constants, the firmware's data, own data of three kinds. */
int module_sum(int value)
{
    *places[1] += value;
    host_calls += 100;
    return host_add(value, variable) + through_pointer(primes[4], zeroed[699]) + (nobody != 0 ? 1000 : 0);
}

int module_square(int value) { return value * value; }

/* The firmware hands out a function, which calls this module again. */
int module_round_trip(int value) { return host_pick(1)(value) + 1; }

const int *module_constant(void) { return primes; }
int *module_variable(void) { return &variable; }
