#pragma once

#include "device-manager/core/runtimeremoval.h"

#include <functional>

class QWidget;

namespace app {

/// Asks over \a window whether the runtime of \a device may be removed, and says what goes with it;
/// \a remove runs when it may.
void askToRemoveRuntime(QWidget *window, const QString &device,
                        const device::RuntimeHoldings &holdings, std::function<void()> remove);

} // namespace app
