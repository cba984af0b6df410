#pragma once

#include "app/cli/command.h"
#include "device-manager/core/devicesearch.h"

namespace app {

/// Searches for machines that may be devices, and tells them when the search is over.
class DiscoverCommand final : public Command
{
    Q_OBJECT

public:
    explicit DiscoverCommand(Output &output);
    void start() override;

private:
    void tellProgress();
    void tellWhatWasAsked();
    void show();

    device::DeviceSearch m_search;
    qsizetype m_told = -1;
};

} // namespace app
