// SPDX-License-Identifier: MIT
// Classes: virtual functions, pure virtual, multiple and virtual inheritance, static objects with destructors, guards.
extern "C" int printf(const char *format, ...);

namespace classes
{
int alive;

struct Shape {
    virtual int area() const = 0;
    virtual const char *name() const { return "shape"; }
    virtual ~Shape() {}
};
struct Named {
    virtual int length() const { return 5; }
    virtual ~Named() {}
};
struct Square : Shape {
    int side;
    explicit Square(int s) : side(s) {}
    int area() const override { return side * side; }
};
struct Box : Shape, Named {
    int a, b;
    Box(int x, int y) : a(x), b(y) { alive++; }
    ~Box() override { alive--; }
    int area() const override { return a * b; }
    const char *name() const override { return "box"; }
    int length() const override { return a + b; }
};
struct Base {
    int base = 3;
    virtual int value() const { return base; }
    virtual ~Base() {}
};
struct Left : virtual Base {
    int left = 4;
};
struct Right : virtual Base {
    int right = 5;
    int value() const override { return base + right; }
};
struct Diamond : Left, Right {
    int value() const override { return base + left + right; }
};

Square global_square(4);
static Box global_box(2, 3);
const Shape *const shapes[] = {&global_square, &global_box};

__attribute__((noinline)) Box &local_static()
{
    static Box box(6, 7);
    return box;
}
__attribute__((noinline)) int through_base(const Base &base) { return base.value(); }
int (Shape::*const pointer_to_area)() const = &Shape::area;
} // namespace classes

extern "C" int classes_run(void)
{
    using namespace classes;
    int sum = 0;
    for (const Shape *shape : shapes)
        sum += (shape->*pointer_to_area)() + shape->name()[0];
    const Named &named = global_box;
    Diamond diamond;
    sum += named.length() + local_static().area() + through_base(diamond) + alive;
    return printf("classes %d\n", sum) > 0 ? sum : -1;
}
