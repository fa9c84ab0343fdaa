// SPDX-License-Identifier: MIT
// The README's program as C++ would write it: every public header compiles as C++11 and links.
#include <smf/arch.h>
#include <smf/export.h>
#include <smf/format.h>
#include <smf/hash.h>
#include <smf/image.h>
#include <smf/port_posix.h>
#include <smf/smf.h>
#include <smf/writer.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

namespace host {
int answer(int question);
int answer(int question) { return question + 40; }
} // namespace host
SMF_EXPORT_AS(_ZN4host6answerEi, host::answer, SMF_KIND_FUNCTION);
extern "C" const int host_number;
const int host_number = 7;
SMF_EXPORT_DATA(host_number);

// What is marked above, found by name.
static bool offers_what_it_marks()
{
    static std::uint32_t buckets[4];
    smf_exports table = smf_exports();
    smf_binding_request request = smf_binding_request();
    smf_binding_answer found = smf_binding_answer();
    request.name = "_ZN4host6answerEi";
    request.hash = smf_hash_name(request.name);
    return smf_exports_collect(&table, buckets, 4) == SMF_OK && table.count == 2 &&
           smf_exports_resolve(&table, &request, &found) == SMF_OK && found.kind == SMF_KIND_FUNCTION &&
           reinterpret_cast<int (*)(int)>(static_cast<std::uintptr_t>(found.address))(2) == 42;
}

int main(int argc, char **argv)
{
    if (!offers_what_it_marks())
        return 2;
    std::ifstream stream(argc > 1 ? argv[1] : "add.smf", std::ios::binary);
    const std::vector<char> file{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    std::vector<unsigned char> arena(16 * 1024);
    smf_config config = smf_config();
    config.port = smf_port_posix();
    config.arena = arena.data();
    config.arena_size = arena.size();
    smf_loader loader;
    if (smf_loader_start(&loader, &config) != SMF_OK)
        return 1;

    const smf_source source = smf_source_memory(file.data(), file.size(), SMF_STAYS_FOR_LOAD);
    smf_module *module = nullptr;
    smf_diagnosis why;
    if (smf_load(&loader, &source, &module, &why) != SMF_OK) {
        char line[160];
        smf_diagnosis_format(&why, line, sizeof line);
        std::puts(line);
        return 1;
    }
    const auto add = reinterpret_cast<int (*)(int, int)>(smf_function(module, "add"));
    std::printf("2 + 3 = %d\n", add(2, 3));
    smf_loader_finish(&loader);
}
