#include "runtime-bridge/protocol/profile.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace runtime {

using nlohmann::json;

namespace {

/// "name file:line" of a frame of the function's own; files of others have whole paths.
std::string_view innermostOwn(std::string_view stack)
{
    while (!stack.empty()) {
        const std::size_t end = stack.rfind(';');
        const std::string_view frame = stack.substr(end == std::string_view::npos ? 0 : end + 1);
        const std::size_t space = frame.find(' ');
        const std::string_view file =
            space == std::string_view::npos ? std::string_view() : frame.substr(space + 1);
        const bool isForeign = file.empty() || file.starts_with('/') || file.starts_with('<') ||
                               file.starts_with("node:") || file.starts_with("file:");
        if (!isForeign)
            return frame;
        stack = end == std::string_view::npos ? std::string_view() : stack.substr(0, end);
    }
    return {};
}

} // namespace

std::uint64_t samplesOf(const Profile &profile)
{
    std::uint64_t sum = 0;
    for (const auto &[stack, count] : profile.stacks)
        sum += count;
    return sum;
}

std::vector<ProfileLine> linesOf(const Profile &profile)
{
    std::map<std::string, ProfileLine, std::less<>> lines;
    for (const auto &[stack, count] : profile.stacks) {
        const std::string_view frame = innermostOwn(stack);
        if (frame.empty())
            continue;
        const std::size_t space = frame.find(' ');
        ProfileLine &line = lines[std::string(frame.substr(space + 1))];
        line.place = frame.substr(space + 1);
        line.function = frame.substr(0, space);
        line.samples += count;
    }
    std::vector<ProfileLine> sorted;
    for (auto &[place, line] : lines)
        sorted.push_back(std::move(line));
    std::ranges::stable_sort(sorted, std::ranges::greater(), &ProfileLine::samples);
    return sorted;
}

json toJson(const Profile &v)
{
    return {{"function", v.function},
            {"workers", v.workers},
            {"silent", v.silent},
            {"stacks", v.stacks}};
}

template<> Result<Profile> fromJson<Profile>(const json &j)
try {
    Profile v;
    v.function = j.at("function").get<std::string>();
    v.workers = j.value("workers", 0);
    v.silent = j.value("silent", 0);
    v.stacks = j.at("stacks").get<std::map<std::string, std::uint64_t>>();
    return v;
} catch (const json::exception &error) {
    return failure(ErrorCode::RequestInvalid, "profile", error.what());
}

} // namespace runtime
