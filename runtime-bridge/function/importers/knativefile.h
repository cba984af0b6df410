#pragma once

#include "runtime-bridge/function/importers/importer.h"

namespace runtime::importers {

/// func.yaml of Knative Functions: a folder is one function.
class KnativeFile final : public Importer
{
public:
    [[nodiscard]] std::string_view tool() const override { return "Knative Functions"; }
    [[nodiscard]] std::span<const std::string_view> fileNames() const override;
    [[nodiscard]] bool recognizes(const Node &root) const override;
    void read(const Node &root, Import &import) const override;
};

} // namespace runtime::importers
