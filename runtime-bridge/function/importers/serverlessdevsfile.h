#pragma once

#include "runtime-bridge/function/importers/importer.h"

namespace runtime::importers {

/// s.yaml of Serverless Devs, with functions of Alibaba Function Compute (fc and fc3).
class ServerlessDevsFile final : public Importer
{
public:
    [[nodiscard]] std::string_view tool() const override { return "Serverless Devs"; }
    [[nodiscard]] std::span<const std::string_view> fileNames() const override;
    [[nodiscard]] bool recognizes(const Node &root) const override;
    void read(const Node &root, Import &import) const override;
};

} // namespace runtime::importers
