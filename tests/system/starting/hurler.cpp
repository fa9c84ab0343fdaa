// SPDX-License-Identifier: MIT
// hurler.cpp - throws: at others, and at itself. TAG says which version it is.
#include <stdexcept>
#include <string>

extern "C" {
void starting_note(const char *event);
int hurler_throw(int number);
int hurler_inside(int number);
int hurler_tag(void);
}

namespace
{
const std::string version = std::to_string(TAG);

struct Own {
    int number;
};

struct Told {
    Told() { starting_note(("hurler" + version + ".constructor").c_str()); }
    ~Told() { starting_note(("hurler" + version + ".destructor").c_str()); }
} told;
} // namespace

int hurler_tag(void) { return TAG; }

int hurler_throw(int number)
{
    if (number < 0)
        throw std::runtime_error("hurler" + version);
    if (number > 0)
        throw number * 10 + TAG;
    return TAG;
}

// A type that only this module has.
int hurler_inside(int number)
{
    try {
        throw Own{number * 10 + TAG};
    } catch (const Own &own) {
        return own.number;
    }
}
