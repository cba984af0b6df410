#pragma once

#include "device-manager/core/device.h"
#include "device-manager/core/devicefacts.h"
#include "device-manager/core/sshquestion.h"
#include "runtime-bridge/base/error.h"

#include <QFuture>
#include <QStringList>
#include <QThreadPool>

#include <cstdint>
#include <stop_token>

namespace device {

class SshSession;

/// What goes with the runtime of a device.
struct RuntimeHoldings {
    bool isInstalled = false;
    QStringList functions;
    std::uint64_t readingsNotFetched = 0; ///< That are not in this computer's store.
};

/// Takes our runtime off a device without a trace: its program, functions, records, what starts it
/// at boot, and the folders that were made for it.
///
/// Works over a session of its own, also where the runtime does not start any more. Close the
/// DeviceLink before remove(): it would install the runtime again. Each call delivers exactly one
/// result; after \a stop it is ErrorCode::Cancelled. One call at a time.
class RuntimeRemoval final
{
public:
    explicit RuntimeRemoval(Device device, SshAsk ask = {});
    ~RuntimeRemoval(); ///< Stops what is under way.

    /// What remove() would take away. Changes nothing.
    [[nodiscard]] QFuture<runtime::Result<RuntimeHoldings>> look(std::stop_token stop = {});
    /// ErrorCode::DeviceRemovalFailed when something is left there.
    [[nodiscard]] QFuture<runtime::Result<>> remove(std::stop_token stop = {});

private:
    [[nodiscard]] runtime::Result<RuntimeHoldings> lookNow(const std::stop_token &stop);
    [[nodiscard]] runtime::Result<> removeNow(const std::stop_token &stop);
    [[nodiscard]] runtime::Result<DeviceFacts> connectTo(SshSession &session,
                                                         const std::stop_token &stop);
    template<typename T, typename Work> QFuture<runtime::Result<T>> run(std::stop_token, Work);

    Device m_device;
    SshAsk m_ask;
    std::stop_source m_stop;
    QThreadPool m_worker; ///< One thread.
};

} // namespace device
