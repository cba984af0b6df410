#pragma once

#include "runtime-bridge/daemon/whiskaction.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace runtime {

/// A package: a name before the slash, with parameters for all of its actions.
struct WhiskPackage {
    std::string name;
    nlohmann::json annotations = nlohmann::json::array();
    nlohmann::json parameters = nlohmann::json::array();
    int version = 0;
    std::int64_t updatedMs = 0;
};

/// The actions and packages of a controller's API, one file each below one folder. Codes stay on
/// disk: the actions given out have none.
class WhiskStore
{
public:
    /// Reads what is in \a folder; a file that cannot be read is left alone and not listed.
    [[nodiscard]] Result<> open(const std::filesystem::path &folder);

    [[nodiscard]] const WhiskAction *find(const std::string &name) const;
    [[nodiscard]] const WhiskAction *findByFunction(const std::string &function) const;
    [[nodiscard]] std::vector<WhiskAction> actions() const; ///< The last changed first.
    [[nodiscard]] Result<WhiskAction> withCode(const std::string &name) const;
    [[nodiscard]] Result<> put(WhiskAction action); ///< With its code.
    void remove(const std::string &name);

    [[nodiscard]] const WhiskPackage *findPackage(const std::string &name) const;
    [[nodiscard]] std::vector<WhiskPackage> packages() const;
    [[nodiscard]] Result<> putPackage(const WhiskPackage &package);
    void removePackage(const std::string &name);

private:
    [[nodiscard]] std::filesystem::path actionFile(const std::string &name) const;
    [[nodiscard]] std::filesystem::path packageFile(const std::string &name) const;
    void read(const std::filesystem::path &file);

    std::filesystem::path m_folder;
    std::map<std::string, WhiskAction> m_actions;
    std::map<std::string, std::string> m_names; ///< Of actions, by function.
    std::map<std::string, WhiskPackage> m_packages;
};

} // namespace runtime
