#pragma once

#include "runtime-bridge/function/importers/import.h"

#include <span>
#include <string_view>

namespace runtime::importers {

/// Reads one kind of another tool's file as it is.
class Importer
{
public:
    virtual ~Importer() = default;
    Importer() = default;
    Importer(const Importer &) = delete;
    Importer &operator=(const Importer &) = delete;

    [[nodiscard]] virtual std::string_view tool() const = 0; ///< "Serverless Framework"
    /// What its files are called, the first choice first.
    [[nodiscard]] virtual std::span<const std::string_view> fileNames() const = 0;
    /// Whether a file of such a name is one of the tool's: others use the same names.
    [[nodiscard]] virtual bool recognizes(const Node &root) const = 0;
    /// Everything of \a root goes into \a import, as itself or as a finding.
    virtual void read(const Node &root, Import &import) const = 0;
};

/// Every importer, in the order in which a folder is searched.
[[nodiscard]] std::span<const Importer *const> importers();

} // namespace runtime::importers
