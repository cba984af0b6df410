#include "runtime-bridge/daemon/whiskstore.h"

#include "runtime-bridge/base/file.h"

#include <algorithm>
#include <iostream>

namespace runtime {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char *actionEnding = ".action.json";
constexpr const char *packageEnding = ".package.json";

json toJson(const WhiskPackage &package)
{
    return {{"format", 1},
            {"name", package.name},
            {"annotations", package.annotations},
            {"parameters", package.parameters},
            {"version", package.version},
            {"updated_ms", package.updatedMs}};
}

WhiskPackage packageFromJson(const json &object)
{
    WhiskPackage package;
    package.name = object.at("name").get<std::string>();
    package.annotations = object.value("annotations", json::array());
    package.parameters = object.value("parameters", json::array());
    package.version = object.value("version", 1);
    package.updatedMs = object.value("updated_ms", std::int64_t(0));
    return package;
}

} // namespace

Result<> WhiskStore::open(const fs::path &folder)
{
    m_folder = folder;
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        return failure(ErrorCode::FileUnwritable, folder.string(), error.message());
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
        read(it->path());
    if (error)
        return failure(ErrorCode::FileUnreadable, folder.string(), error.message());
    return {};
}

void WhiskStore::read(const fs::path &file)
try {
    const std::string name = file.filename().string();
    const bool isAction = name.ends_with(actionEnding);
    if (!isAction && !name.ends_with(packageEnding))
        return;
    const Result<std::string> text = readFile(file);
    const json object = text ? json::parse(*text) : json();
    if (!isAction) {
        WhiskPackage package = packageFromJson(object);
        m_packages[package.name] = std::move(package);
        return;
    }
    Result<WhiskAction> action = whiskActionFromJson(object);
    if (!action)
        throw std::invalid_argument(action.error().detail);
    action->code.clear();
    action->code.shrink_to_fit();
    m_names[functionNameOf(action->name)] = action->name;
    m_actions[action->name] = std::move(*action);
} catch (const std::exception &error) {
    std::clog << "controller: " << file.string() << ": " << error.what() << std::endl;
}

fs::path WhiskStore::actionFile(const std::string &name) const
{
    return m_folder / (functionNameOf(name) + actionEnding);
}

fs::path WhiskStore::packageFile(const std::string &name) const
{
    return m_folder / (functionNameOf(name) + packageEnding);
}

const WhiskAction *WhiskStore::find(const std::string &name) const
{
    const auto found = m_actions.find(name);
    return found == m_actions.end() ? nullptr : &found->second;
}

const WhiskAction *WhiskStore::findByFunction(const std::string &function) const
{
    const auto name = m_names.find(function);
    return name == m_names.end() ? nullptr : find(name->second);
}

std::vector<WhiskAction> WhiskStore::actions() const
{
    std::vector<WhiskAction> all;
    for (const auto &[name, action] : m_actions)
        all.push_back(action);
    std::ranges::stable_sort(all, std::greater(), &WhiskAction::updatedMs);
    return all;
}

Result<WhiskAction> WhiskStore::withCode(const std::string &name) const
{
    const Result<std::string> text = readFile(actionFile(name));
    if (!text)
        return tl::unexpected(text.error());
    return whiskActionFromJson(json::parse(*text, nullptr, false));
}

Result<> WhiskStore::put(WhiskAction action)
{
    const std::string text = toJson(action).dump(-1, ' ', false, json::error_handler_t::replace);
    if (const Result<> written = writeFile(actionFile(action.name), text, 0600); !written)
        return written;
    action.code.clear();
    action.code.shrink_to_fit();
    m_names[functionNameOf(action.name)] = action.name;
    m_actions[action.name] = std::move(action);
    return {};
}

void WhiskStore::remove(const std::string &name)
{
    std::error_code ignored;
    fs::remove(actionFile(name), ignored);
    m_names.erase(functionNameOf(name));
    m_actions.erase(name);
}

const WhiskPackage *WhiskStore::findPackage(const std::string &name) const
{
    const auto found = m_packages.find(name);
    return found == m_packages.end() ? nullptr : &found->second;
}

std::vector<WhiskPackage> WhiskStore::packages() const
{
    std::vector<WhiskPackage> all;
    for (const auto &[name, package] : m_packages)
        all.push_back(package);
    return all;
}

Result<> WhiskStore::putPackage(const WhiskPackage &package)
{
    const std::string text = toJson(package).dump(-1, ' ', false, json::error_handler_t::replace);
    const Result<> written = writeFile(packageFile(package.name), text, 0600);
    if (written)
        m_packages[package.name] = package;
    return written;
}

void WhiskStore::removePackage(const std::string &name)
{
    std::error_code ignored;
    fs::remove(packageFile(name), ignored);
    m_packages.erase(name);
}

} // namespace runtime
