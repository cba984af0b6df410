#pragma once

#include "runtime-bridge/function/importers/importer.h"

namespace runtime::importers {

/// serverless.yml of the Serverless Framework (AWS, and other providers by their dialect), and
/// Tencent's form of it, where each file is one component.
class ServerlessFile final : public Importer
{
public:
    [[nodiscard]] std::string_view tool() const override { return "Serverless Framework"; }
    [[nodiscard]] std::span<const std::string_view> fileNames() const override;
    [[nodiscard]] bool recognizes(const Node &root) const override;
    void read(const Node &root, Import &import) const override;
};

} // namespace runtime::importers
