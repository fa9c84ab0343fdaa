// SPDX-License-Identifier: MIT
// catcher.cpp - catches what others threw, through others; while it starts, too.
#include <exception>
#include <string>

extern "C" {
void starting_note(const char *event);
int hurler_tag(void);
int passer_pass(int number);
int catcher_catch(int number);
}

// What was thrown; -1: nothing; else 100 and the version that an exception's text names.
int catcher_catch(int number)
{
    try {
        passer_pass(number);
    } catch (int thrown) {
        return thrown;
    } catch (const std::exception &exception) {
        const std::string text = exception.what();
        return text.substr(0, 6) == "hurler" ? 100 + (text[6] - '0') : -2;
    }
    return -1;
}

namespace
{
struct Told {
    Told() { starting_note(catcher_catch(5) == 50 + hurler_tag() ? "catcher.constructor" : "catcher.wrong"); }
    ~Told() { starting_note(catcher_catch(7) == 70 + hurler_tag() ? "catcher.destructor" : "catcher.wrong"); }
} told;
} // namespace
