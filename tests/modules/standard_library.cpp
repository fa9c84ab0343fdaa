// SPDX-License-Identifier: MIT
// C++ with its library: strings, containers, algorithms, a function object. Only with -fPIC: libstdc++ exports data.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

int main()
{
    std::vector<std::string> words = {"delta", "alpha", "charlie", "bravo and some more text than fits in place"};
    std::sort(words.begin(), words.end());
    std::map<std::string, int> lengths;
    for (const auto &word : words)
        lengths[word] = static_cast<int>(word.size());
    int total = 0;
    const std::function<void(int)> add = [&total](int n) { total += n; };
    for (const auto &entry : lengths) {
        std::printf("%s %d\n", entry.first.c_str(), entry.second);
        add(entry.second);
    }
    const auto shared = std::make_shared<std::string>("shared");
    std::printf("%s %ld %d\n", shared->c_str(), shared.use_count(), total);
    return total;
}
