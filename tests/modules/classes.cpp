// SPDX-License-Identifier: MIT
// C++ in a module: virtual functions, static constructors and destructors, templates, new and delete, local statics.
#include <cstdio>
#include <cstdlib>
#include <cstring>

struct Shape {
    virtual ~Shape() { std::printf("~Shape\n"); }
    virtual double area() const = 0;
    virtual const char *name() const { return "shape"; }
};
struct Square : Shape {
    double side;
    explicit Square(double s) : side(s) {}
    double area() const override { return side * side; }
    const char *name() const override { return "square"; }
    ~Square() override { std::printf("~Square %.1f\n", side); }
};
struct Named {
    const char *text;
    explicit Named(const char *t) : text(t) {}
    virtual const char *who() const { return text; }
    virtual ~Named() { std::printf("~Named %s\n", text); }
};
struct Both : Square, Named {
    Both() : Square(2.5), Named("both") {}
    const char *who() const override { return "overridden"; }
};

template <class T> struct Stack {
    T items[8];
    int count = 0;
    void push(T item) { items[count++] = item; }
    T pop() { return items[--count]; }
};
template <class T> T largest(const T *items, int count)
{
    T best = items[0];
    for (int i = 1; i < count; i++)
        if (items[i] > best)
            best = items[i];
    return best;
}

static Named first_static("first"), second_static("second");
static Named &local_static()
{
    static Named local("local");
    return local;
}
inline int counter()
{
    static int count;
    return ++count;
}

int main()
{
    Shape *shapes[] = {new Square(3), new Both};
    for (Shape *shape : shapes)
        std::printf("%s %.2f\n", shape->name(), shape->area());
    const Named *named = static_cast<Both *>(shapes[1]);
    std::printf("%s %s %s\n", named->who(), first_static.who(), local_static().who());
    for (Shape *shape : shapes)
        delete shape;
    Stack<double> numbers;
    Stack<const char *> words;
    numbers.push(1.5);
    numbers.push(2.5);
    words.push("word");
    const int values[] = {3, 9, 4};
    std::printf("%.1f %s %d %d\n", numbers.pop(), words.pop(), largest(values, 3), counter() + counter());
    return largest(values, 3);
}
