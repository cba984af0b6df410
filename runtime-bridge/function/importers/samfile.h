#pragma once

#include "runtime-bridge/function/importers/importer.h"

namespace runtime::importers {

/// template.yaml of AWS SAM and of plain CloudFormation with its functions in folders.
class SamFile final : public Importer
{
public:
    [[nodiscard]] std::string_view tool() const override { return "AWS SAM"; }
    [[nodiscard]] std::span<const std::string_view> fileNames() const override;
    [[nodiscard]] bool recognizes(const Node &root) const override;
    void read(const Node &root, Import &import) const override;
};

} // namespace runtime::importers
