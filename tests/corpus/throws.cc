// SPDX-License-Identifier: MIT
// Exceptions: throw and catch by value and by base, rethrow, cleanups, specifications; dynamic_cast for the type tables.
extern "C" int printf(const char *format, ...);

namespace throws
{
struct Error {
    int code;
    explicit Error(int c) : code(c) {}
    virtual ~Error() {}
    virtual int value() const { return code; }
};
struct Worse : Error {
    explicit Worse(int c) : Error(c * 10) {}
    int value() const override { return code + 1; }
};
int cleanups;
struct Cleanup {
    ~Cleanup() { cleanups++; }
};

__attribute__((noinline)) int risky(int n)
{
    Cleanup cleanup;
    if (n == 1)
        throw Error(5);
    if (n == 2)
        throw Worse(6);
    if (n == 3)
        throw 7;
    return n;
}
__attribute__((noinline)) int guarded(int n)
{
    try {
        return risky(n);
    } catch (const Error &error) {
        const Worse *worse = dynamic_cast<const Worse *>(&error);
        return error.value() + (worse != nullptr ? 1000 : 0);
    } catch (int number) {
        return number * 100;
    }
}
__attribute__((noinline)) int nested(int n)
{
    try {
        try {
            Cleanup outer;
            return risky(n) + guarded(n);
        } catch (...) {
            cleanups += 10;
            throw;
        }
    } catch (const Worse &worse) {
        return worse.value();
    } catch (...) {
        return -1;
    }
}
__attribute__((noinline)) int never(int n) noexcept { return risky(n); }
} // namespace throws

extern "C" int throws_run(void)
{
    using namespace throws;
    int sum = never(0);
    for (int n = 0; n < 4; n++)
        sum += guarded(n) + nested(n);
    sum += cleanups;
    return printf("throws %d\n", sum) > 0 ? sum : -1;
}
