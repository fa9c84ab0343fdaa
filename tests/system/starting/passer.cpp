// SPDX-License-Identifier: MIT
// passer.cpp - between: exceptions pass through its frames, and what lies in those is destroyed.
extern "C" {
void starting_note(const char *event);
int hurler_throw(int number);
int passer_pass(int number);
int passer_destroyed(void);
}

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)

namespace
{
int destroyed;

struct Frame {
    ~Frame() { destroyed = destroyed * 10 + TAG; }
};

struct Told {
    Told() { starting_note("passer" TEXT(TAG) ".constructor"); }
    ~Told() { starting_note("passer" TEXT(TAG) ".destructor"); }
} told;
} // namespace

int passer_destroyed(void) { return destroyed; }

int passer_pass(int number)
{
    Frame frame;
    return hurler_throw(number) + 1000;
}
