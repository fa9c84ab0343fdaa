/* SPDX-License-Identifier: MIT */
/*
 * run_bare.c - run_module.c without any library, for CPUs whose C library is
 * not on this machine: qemu-user runs it with bare Linux system calls.
 *
 *     run_bare [--apart] FILE.smf FUNCTION...     each int (*)(void), prints "FUNCTION: value"
 *
 * --apart leaves gaps between the regions, so that nothing is settled already.
 *
 * Imports that are not here are bound to stop(): a function of the corpus that
 * needs them ends the program with status 3.
 */
#include <stdarg.h>

#include "smf/load.h"

#if defined(__riscv)
enum { SYS_OPENAT = 56, SYS_READ = 63, SYS_WRITE = 64, SYS_EXIT = 93 };
static long system_call(long number, long a, long b, long c)
{
    register long r0 __asm__("a0") = a;
    register long r1 __asm__("a1") = b;
    register long r2 __asm__("a2") = c;
    register long r3 __asm__("a3") = 0;
    register long r7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r3), "r"(r7) : "memory");
    return r0;
}
__asm__(".globl _start\n_start: .option push\n .option norelax\n la gp, __global_pointer$\n .option pop\n"
        " mv a0, sp\n andi sp, sp, -16\n call begin\n");
#elif defined(__arm__)
enum { SYS_OPENAT = 322, SYS_READ = 3, SYS_WRITE = 4, SYS_EXIT = 1 };
static long system_call(long number, long a, long b, long c)
{
    register long r0 __asm__("r0") = a;
    register long r1 __asm__("r1") = b;
    register long r2 __asm__("r2") = c;
    register long r3 __asm__("r3") = 0;
    long saved;
    __asm__ volatile("mov %[saved], r7\n mov r7, %[number]\n svc 0\n mov r7, %[saved]"
                     : "+r"(r0), [saved] "=&l"(saved)
                     : "r"(r1), "r"(r2), "r"(r3), [number] "l"(number)
                     : "memory");
    return r0;
}
__asm__(
    ".syntax unified\n.thumb\n.globl _start\n.thumb_func\n.type _start, %function\n_start: mov r0, sp\n bl begin\n");
#endif

static _Noreturn void leave(int status)
{
    for (;;)
        system_call(SYS_EXIT, status, 0, 0);
}

static size_t length(const char *text)
{
    size_t size = 0;
    while (text[size] != '\0')
        size++;
    return size;
}

static void print(const char *text) { system_call(SYS_WRITE, 1, (long)(uintptr_t)text, (long)length(text)); }

static void print_number(int value)
{
    char text[12];
    unsigned rest = value < 0 ? 0u - (unsigned)value : (unsigned)value, at = sizeof text;
    text[--at] = '\0';
    do
        text[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (value < 0)
        text[--at] = '-';
    print(text + at);
}

static bool same(const char *left, const char *right)
{
    while (*left != '\0' && *left == *right)
        left++, right++;
    return *left == *right;
}

/* What the core and the modules need of a C library. */
void *memcpy(void *to, const void *from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((volatile uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    return to;
}
void *memmove(void *to, const void *from, size_t size)
{
    volatile uint8_t *bytes = to;
    for (size_t i = 0; i < size; i++) {
        const size_t at = (uintptr_t)to < (uintptr_t)from ? i : size - 1 - i;
        bytes[at] = ((const uint8_t *)from)[at];
    }
    return to;
}
void *memset(void *to, int value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((volatile uint8_t *)to)[i] = (uint8_t)value;
    return to;
}
int memcmp(const void *left, const void *right, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (((const uint8_t *)left)[i] != ((const uint8_t *)right)[i])
            return ((const uint8_t *)left)[i] - ((const uint8_t *)right)[i];
    return 0;
}

/* "%d" is all that the corpus prints. */
static int print_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    for (char one[2] = ""; *format != '\0'; format++) {
        one[0] = *format;
        if (format[0] == '%' && format[1] == 'd') {
            print_number(va_arg(arguments, int));
            format++;
        } else {
            print(one);
        }
    }
    va_end(arguments);
    return 1;
}

/* The run-time ABI for the Arm architecture has another order of arguments. */
static void aeabi_memset(void *to, size_t size, int value) { memset(to, value, size); }
static void aeabi_memclr(void *to, size_t size) { memset(to, 0, size); }

static void stop(void) { leave(3); }
static int imported(int x) { return 3 * x + 1; }
static int number = 42;
static int guard_acquire(uint8_t *guard) { return guard[0] == 0; }
static void guard_release(uint8_t *guard) { guard[0] = 1; }
static int succeed(void) { return 0; }
static uint64_t table[16]; /* stands for the vtables of type_info, which nobody calls */

static enum smf_status resolve(void *context, const struct smf_binding_request *request,
                               struct smf_binding_answer *answer)
{
    static const struct {
        const char *name;
        uintptr_t address;
    } known[] = {
        {"corpus_imported",                           (uintptr_t)imported     },
        {"corpus_number",                             (uintptr_t)&number      },
        {"printf",                                    (uintptr_t)print_format },
        {"memcpy",                                    (uintptr_t)memcpy       },
        {"memmove",                                   (uintptr_t)memmove      },
        {"memset",                                    (uintptr_t)memset       },
        {"__aeabi_memcpy",                            (uintptr_t)memcpy       },
        {"__aeabi_memcpy4",                           (uintptr_t)memcpy       },
        {"__aeabi_memcpy8",                           (uintptr_t)memcpy       },
        {"__aeabi_memmove",                           (uintptr_t)memmove      },
        {"__aeabi_memmove4",                          (uintptr_t)memmove      },
        {"__aeabi_memmove8",                          (uintptr_t)memmove      },
        {"__aeabi_memset",                            (uintptr_t)aeabi_memset },
        {"__aeabi_memset4",                           (uintptr_t)aeabi_memset },
        {"__aeabi_memset8",                           (uintptr_t)aeabi_memset },
        {"__aeabi_memclr",                            (uintptr_t)aeabi_memclr },
        {"__aeabi_memclr4",                           (uintptr_t)aeabi_memclr },
        {"__aeabi_memclr8",                           (uintptr_t)aeabi_memclr },
        {"__cxa_guard_acquire",                       (uintptr_t)guard_acquire},
        {"__cxa_guard_release",                       (uintptr_t)guard_release},
        {"__cxa_atexit",                              (uintptr_t)succeed      },
        {"__aeabi_atexit",                            (uintptr_t)succeed      },
        {"_ZTVN10__cxxabiv117__class_type_infoE",     (uintptr_t)table        },
        {"_ZTVN10__cxxabiv120__si_class_type_infoE",  (uintptr_t)table        },
        {"_ZTVN10__cxxabiv121__vmi_class_type_infoE", (uintptr_t)table        }
    };
    (void)context;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (same(request->name, known[i].name)) {
            answer->address = known[i].address;
            return SMF_OK;
        }
    if (request->weak)
        return SMF_ERR_NOT_FOUND;
    answer->address = (uintptr_t)stop;
    return SMF_OK;
}

/* Regions are parts of one array, which the linker is told to make executable. */
static uint8_t memory[1 << 20] __attribute__((aligned(4096)));
static size_t used;

static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    const bool *apart = context;
    for (size_t i = 0; i < count; i++) {
        used = ((used + 4095) & ~(size_t)4095) + (*apart ? 4096 : 0);
        if (requests[i].alignment > 4096 || requests[i].size > sizeof memory - used)
            return SMF_ERR_NO_MEMORY;
        regions[i].bytes = memory + used;
        regions[i].address = (uintptr_t)(memory + used);
        regions[i].size = requests[i].size;
        used += requests[i].size;
    }
    return SMF_OK;
}
static void release(void *context, const struct smf_region *regions, size_t count)
{
    (void)context, (void)regions, (void)count;
}
static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context, (void)region, (void)access;
    return SMF_OK;
}
static void sync_code(void *context, const struct smf_region *region)
{
    (void)context, (void)region;
#if defined(__riscv)
    __asm__ volatile(".word 0x0000100F" ::: "memory"); /* fence.i, also without Zifencei */
#endif
}

static void report(const char *function, int value)
{
    print(function);
    print(": ");
    print_number(value);
    print("\n");
}

#if defined(LINKED) /* the same, with the corpus linked into this program by the GNU linker */

int printf(const char *format, ...) __attribute__((alias("print_format")));
int corpus_imported(int x) __attribute__((alias("imported")));
extern int corpus_number __attribute__((alias("number")));
int __cxa_guard_acquire(uint8_t *guard) __attribute__((alias("guard_acquire")));
void __cxa_guard_release(uint8_t *guard) __attribute__((alias("guard_release")));
int __cxa_atexit(void) __attribute__((alias("succeed")));
int __aeabi_atexit(void) __attribute__((alias("succeed")));
void *__dso_handle = &__dso_handle;

int calls_run(void), data_run(void), numbers_run(void), labels_run(void), classes_run(void), templates_run(void);
extern void (*__init_array_start[])(void), (*__init_array_end[])(void);

static int run(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*function)(void);
    } functions[] = {
        {"calls_run",     calls_run    },
        {"data_run",      data_run     },
        {"numbers_run",   numbers_run  },
        {"labels_run",    labels_run   },
        {"classes_run",   classes_run  },
        {"templates_run", templates_run}
    };
    for (void (**start)(void) = __init_array_start; start < __init_array_end; start++)
        (*start)();
    for (int i = 2; i < argc; i++)
        for (size_t k = 0; k < sizeof functions / sizeof functions[0]; k++)
            if (same(argv[i], functions[k].name))
                report(argv[i], functions[k].function());
    return 0;
}

#else

static uint8_t file[1 << 20], arena[1 << 20];

static int run(int argc, char **argv)
{
    static bool apart;
    apart = argc > 1 && same(argv[1], "--apart");
    if (apart)
        argc--, argv++;
    static struct smf_loader loader;
    static const struct smf_port port = {

        .context = &apart,
        .granule = 4096,
        .reserve = reserve,
        .release = release,
        .protect = protect,
        .sync_code = sync_code};
    static const struct smf_codec *const codecs[] = {&smf_codec_lz4, NULL};
    const struct smf_config config = {.port = &port,
                                      .arena = arena,
                                      .arena_size = sizeof arena,
                                      .resolve = resolve,
                                      .codecs = codecs,
                                      .checks = SMF_CHECK_HASH};
    const long descriptor = argc < 2 ? -1 : system_call(SYS_OPENAT, -100, (long)(uintptr_t)argv[1], 0);
    const long size = descriptor < 0 ? -1 : system_call(SYS_READ, descriptor, (long)(uintptr_t)file, sizeof file);
    if (size <= 0)
        return 2;
    const struct smf_source source = smf_source_memory(file, (size_t)size, SMF_STAYS_FOR_MODULE);
    struct smf_module *module = NULL;
    struct smf_diagnosis why = {0};
    if (smf_loader_start(&loader, &config) != SMF_OK || smf_load(&loader, &source, &module, &why) != SMF_OK) {
        char line[256];
        smf_diagnosis_format(&why, line, sizeof line);
        print(line);
        print("\n");
        return 1;
    }
    smf_module_start(module);
    for (int i = 2; i < argc; i++) {
        int (*const function)(void) = (int (*)(void))smf_function(module, argv[i]);
        if (function == NULL)
            return 4;
        report(argv[i], function());
    }
    smf_module_stop(module);
    smf_loader_finish(&loader);
    return 0;
}

#endif

/* The kernel's stack: argc, then the arguments. */
_Noreturn void begin(const uintptr_t *stack);
_Noreturn void begin(const uintptr_t *stack) { leave(run((int)stack[0], (char **)(uintptr_t)(stack + 1))); }
