#include "device-manager/core/foreignbinaries.h"

#include "runtime-bridge/base/file.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <map>
#include <memory>

namespace device {

namespace fs = std::filesystem;
using runtime::BundleFile;
using runtime::Problem;

namespace {

/// "node_modules/x" or "node_modules/@who/x" of a path, with what stands before it.
std::string nodePackageOf(const std::string &path)
{
    constexpr std::string_view modules = "node_modules/";
    const std::size_t at = path.rfind(modules);
    if (at == std::string::npos)
        return path;
    std::size_t end = path.find('/', at + modules.size());
    if (end != std::string::npos && path[at + modules.size()] == '@')
        end = path.find('/', end + 1);
    return path.substr(0, end);
}

bool isPythonExtension(const std::string &path)
{
    if (!path.ends_with(".so"))
        return false;
    const std::string name = path.substr(path.rfind('/') + 1);
    return name.find(".cpython-") != std::string::npos || name.ends_with(".abi3.so");
}

Problem foreignProblem(const std::string &path, const std::string &its, const std::string &machine)
{
    return {path, 0, 0, true, "it is made for " + its + ", and the device is " + machine};
}

bool hasAddonFor(const fs::path &folder, const std::string &machine)
{
    std::error_code error;
    for (auto it = fs::recursive_directory_iterator(folder, error);
         !error && it != fs::recursive_directory_iterator(); it.increment(error))
        if (it->path().extension() == ".node" && elfMachineOf(it->path()) == machine)
            return true;
    return false;
}

/// What an install script does that matters: it makes or brings an addon. Empty: nothing of that.
std::string buildingScript(const fs::path &folder)
{
    std::error_code error;
    if (fs::exists(folder / "binding.gyp", error))
        return "node-gyp";
    const auto described = nlohmann::json::parse(
        runtime::readFile(folder / "package.json", 4u << 20).value_or(""), nullptr, false);
    const auto scripts = described.is_object() ? described.find("scripts") : described.end();
    if (scripts == described.end() || !scripts->is_object())
        return {};
    for (const char *when : {"preinstall", "install", "postinstall"})
        if (const auto it = scripts->find(when); it != scripts->end() && it->is_string())
            for (const char *builder : {"gyp", "prebuild", "cmake-js", "neon", "cargo"})
                if (const auto text = it->get<std::string>();
                    text.find(builder) != std::string::npos)
                    return text;
    return {};
}

} // namespace

std::string elfMachineOf(const fs::path &file)
{
    const std::unique_ptr<std::FILE, int (*)(std::FILE *)> opened(std::fopen(file.c_str(), "rbe"),
                                                                  &std::fclose);
    std::array<unsigned char, 20> head{};
    if (!opened || std::fread(head.data(), 1, head.size(), opened.get()) != head.size() ||
        head[0] != 0x7f || head[1] != 'E' || head[2] != 'L' || head[3] != 'F' || head[5] != 1)
        return {};
    switch (head[18] | head[19] << 8) { // e_machine
    case 3: return "i686";
    case 8: return "mipsel";
    case 40: return "arm";
    case 62: return "x86_64";
    case 183: return "aarch64";
    case 243: return "riscv64";
    default: return {};
    }
}

std::vector<Problem> foreignBinaries(const std::vector<BundleFile> &files, const fs::path &root,
                                     const std::string &machine)
{
    std::vector<Problem> problems;
    std::map<std::string, std::vector<Problem>> addons; // by package: it may have one for each
    std::map<std::string, bool> isServed;
    for (const BundleFile &file : files) {
        const bool isAddon = file.path.ends_with(".node");
        if (!isAddon && !isPythonExtension(file.path))
            continue;
        const std::string its = elfMachineOf(root / file.path);
        if (its.empty())
            continue;
        const std::string package = nodePackageOf(file.path);
        if (its == machine)
            isServed[package] = true;
        else if (isAddon)
            addons[package].push_back(foreignProblem(file.path, its, machine));
        else
            problems.push_back(foreignProblem(file.path, its, machine));
    }
    for (const auto &[package, found] : addons)
        if (!isServed[package])
            problems.push_back(found.front());
    return problems;
}

std::vector<std::string> unbuiltPackages(const fs::path &folder, const std::string &machine)
{
    const auto installed = nlohmann::json::parse(
        runtime::readFile(folder / "node_modules/.package-lock.json", 64u << 20).value_or(""),
        nullptr, false);
    std::vector<std::string> unbuilt;
    if (!installed.is_object() || !installed.contains("packages"))
        return unbuilt;
    for (const auto &[path, package] : installed["packages"].items()) {
        if (!package.is_object() || !package.value("hasInstallScript", false))
            continue;
        const std::string script = buildingScript(folder / path);
        if (!script.empty() && !hasAddonFor(folder / path, machine))
            unbuilt.push_back(path.substr(path.rfind("node_modules/") + 13) + " (" + script + ')');
    }
    return unbuilt;
}

} // namespace device
