#pragma once

#include "runtime-bridge/function/importers/importer.h"

namespace runtime::importers {

/// stack.yml of OpenFaaS.
class OpenFaasFile final : public Importer
{
public:
    [[nodiscard]] std::string_view tool() const override { return "OpenFaaS"; }
    [[nodiscard]] std::span<const std::string_view> fileNames() const override;
    [[nodiscard]] bool recognizes(const Node &root) const override;
    void read(const Node &root, Import &import) const override;
};

} // namespace runtime::importers
