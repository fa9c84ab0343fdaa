// SPDX-License-Identifier: MIT
// Templates and inline functions: COMDAT groups, inline variables, static members, lambdas.
extern "C" int printf(const char *format, ...);
extern "C" int corpus_imported(int value);

namespace templates
{
template <typename T, unsigned N> struct Stack {
    T items[N];
    unsigned count = 0;
    static int pushes;
    __attribute__((noinline)) void push(const T &item)
    {
        items[count++] = item;
        pushes++;
    }
    __attribute__((noinline)) T sum() const
    {
        T total = T();
        for (unsigned i = 0; i < count; i++)
            total = total + items[i];
        return total;
    }
};
template <typename T, unsigned N> int Stack<T, N>::pushes = 100;
template <typename T> __attribute__((noinline)) T larger(T a, T b) { return a < b ? b : a; }
template <typename F> __attribute__((noinline)) int twice(F function) { return function(1) + function(2); }
inline int shared_counter = 40;
__attribute__((noinline)) inline int next()
{
    static int number = corpus_imported(1);
    return ++number + shared_counter++;
}
template int larger<int>(int, int);
template struct Stack<long, 4>;
} // namespace templates

extern "C" int templates_run(void)
{
    using namespace templates;
    Stack<int, 8> ints;
    Stack<double, 3> doubles;
    for (int i = 0; i < 6; i++)
        ints.push(i * i);
    doubles.push(1.5);
    doubles.push(2.25);
    int extra = ints.sum();
    const int sum = extra + static_cast<int>(doubles.sum() * 4) + Stack<int, 8>::pushes + Stack<double, 3>::pushes +
                    larger(3, extra) + static_cast<int>(larger(2.5, 1.5)) + next() + next() +
                    twice([&extra](int n) { return n + extra++; });
    return printf("templates %d\n", sum) > 0 ? sum : -1;
}
