#include "runtime-bridge/function/runtimekind.h"

#include <algorithm>
#include <array>

namespace runtime {

namespace {

constexpr std::array<RuntimeKind, 8> all{{
    {"python3", ".py", "python3", "python3"},
    {"nodejs", ".js .mjs .cjs", "node", "nodejs"},
    {"go", ".go", "go", "golang-go"},
    {"php", ".php", "php", "php-cli"},
    {"ruby", ".rb", "ruby", "ruby"},
    {"java", ".java", "java", "default-jdk-headless"},
    {"custom", "", "", ""},
    {"service", "", "", ""},
}};

constexpr auto names = [] {
    std::array<std::string_view, all.size()> list;
    std::ranges::transform(all, list.begin(), &RuntimeKind::name);
    return list;
}();

} // namespace

std::span<const RuntimeKind> runtimeKinds()
{
    return all;
}

const RuntimeKind *findRuntimeKind(std::string_view name)
{
    const auto it = std::ranges::find(all, name, &RuntimeKind::name);
    return it == all.end() ? nullptr : &*it;
}

const RuntimeKind *runtimeKindOfEnding(std::string_view ending)
{
    const auto has = [ending](std::string_view endings) {
        for (std::size_t at = endings.find(ending); at != std::string_view::npos;
             at = endings.find(ending, at + 1))
            if (at + ending.size() == endings.size() || endings[at + ending.size()] == ' ')
                return true;
        return false;
    };
    const auto it = std::ranges::find_if(
        all, [&](const RuntimeKind &kind) { return !ending.empty() && has(kind.endings); });
    return it == all.end() ? nullptr : &*it;
}

std::span<const std::string_view> runtimeNames()
{
    return names;
}

bool isService(const FunctionSpec &spec)
{
    return spec.form == FunctionForm::Service || spec.runtime == "service";
}

} // namespace runtime
