#pragma once

#include "runtime-bridge/function/importers/importer.h"

namespace runtime::importers {

/// manifest.yaml of wskdeploy: packages of actions, with triggers and rules that join them.
class OpenWhiskFile final : public Importer
{
public:
    [[nodiscard]] std::string_view tool() const override { return "Apache OpenWhisk"; }
    [[nodiscard]] std::span<const std::string_view> fileNames() const override;
    [[nodiscard]] bool recognizes(const Node &root) const override;
    void read(const Node &root, Import &import) const override;
};

} // namespace runtime::importers
