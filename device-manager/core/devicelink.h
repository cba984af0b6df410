#pragma once

#include "device-manager/core/device.h"
#include "device-manager/core/devicefacts.h"
#include "device-manager/core/devicesetup.h"
#include "device-manager/core/sshquestion.h"
#include "runtime-bridge/client/client.h"

#include <QObject>
#include <QThreadPool>
#include <QTimer>

#include <chrono>
#include <memory>
#include <stop_token>

namespace device {

class SshSession;

/// The live SSH session to a device and the runtime behind it: brings the device online, notices
/// within two seconds when it is gone, and brings it back until close().
///
/// Offline → open() → Connecting → Online, or failed() and Offline.
/// Online → Lost when the session or the runtime is gone → Online again, as often as it takes; an
/// error that trying again does not mend (a changed host key, a refused key) ends in failed() and
/// Offline.
class DeviceLink final : public QObject
{
    Q_OBJECT

public:
    enum class State { Offline, Connecting, Online, Lost };
    Q_ENUM(State)

    struct Options {
        QString program; ///< edgewrightd of this computer; empty: beside this program, or in PATH.
        /// Passphrases and passwords, which are kept while the link is open, so that a lost link
        /// comes back without a question; none: they are not asked for.
        SshAsk ask;
    };

    explicit DeviceLink(Device device, QObject *parent = nullptr);
    DeviceLink(Device device, Options options, QObject *parent = nullptr);
    ~DeviceLink() override; ///< Closes.

    void open();
    /// No failed() follows. What is on its way ends with an error.
    void close();

    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] const Device &device() const { return m_device; }
    /// Null unless Online. A new one each time the device comes online.
    [[nodiscard]] runtime::Client *client() const;
    /// Null while there is none; for commands and files beside the runtime.
    [[nodiscard]] SshSession *session() const;
    /// Of the last time that it was connected.
    [[nodiscard]] const DeviceFacts &facts() const { return m_ready.facts; }
    /// Answers for another session with the same device: what the user said while this link is open
    /// is not asked again.
    [[nodiscard]] const SshAsk &ask() const { return m_options.ask; }
    /// The runtime's folder on the device.
    [[nodiscard]] QString runtimeFolder() const;

Q_SIGNALS:
    void stateChanged(device::DeviceLink::State state);
    void stepChanged(device::LinkStep step);
    void failed(const runtime::Error &error);
    /// Why it is Lost, each time it becomes so.
    void lost(const runtime::Error &error);

private:
    void attempt();
    enum class Ending { Now, Soon };
    /// Soon: the session's thread is waited for on the worker, not here.
    void endAttempt(Ending ending);
    void onPrepared(const runtime::Result<ReadyDevice> &ready);
    void talk();
    void onReady();
    void onLost(const runtime::Error &error);
    void retryOrFail(const runtime::Error &error);
    void setState(State state);
    class Answers;

    Device m_device;
    Options m_options;
    std::shared_ptr<Answers> m_answers; // shared with questions on an I/O thread
    State m_state = State::Offline;
    std::unique_ptr<SshSession> m_session;
    std::unique_ptr<runtime::Client> m_client;
    ReadyDevice m_ready;
    std::stop_source m_stop;
    std::uint64_t m_attempt = 0; ///< Answers of earlier ones are dropped.
    bool m_replacing = false;    ///< A runtime of another build was told to go.
    QTimer m_retry;
    std::chrono::milliseconds m_delay{};
    std::chrono::steady_clock::time_point m_onlineSince;
    std::chrono::steady_clock::time_point m_lostSince;
    QThreadPool m_worker; ///< One thread: an attempt is straight-line code.
};

} // namespace device
