#pragma once

#include "runtime-bridge/function/importers/importer.h"

namespace runtime::importers {

/// host.json of an Azure Functions app, with a function.json in the folder of each function.
class AzureFile final : public Importer
{
public:
    [[nodiscard]] std::string_view tool() const override { return "Azure Functions"; }
    [[nodiscard]] std::span<const std::string_view> fileNames() const override;
    [[nodiscard]] bool recognizes(const Node &root) const override;
    void read(const Node &root, Import &import) const override;
};

} // namespace runtime::importers
