#pragma once

#include "device-manager/core/devicepackages.h"
#include "device-manager/core/pushbundle.h"
#include "runtime-bridge/base/error.h"
#include "runtime-bridge/function/applicationfile.h"
#include "runtime-bridge/protocol/messages.h"

#include <QFuture>
#include <QObject>
#include <QPointer>
#include <QThreadPool>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

namespace device {

class DeviceLink;

/// What one push of one function to one device did.
struct PushReport {
    std::string device;
    std::string function;
    std::string bundle;
    std::uint64_t version = 0;
    std::uint64_t bytesSent = 0;
    /// From reading the source to the new version loaded and switched in on the device.
    double ms = 0;
    bool changed = false;    ///< False: this very bundle was serving already.
    bool rolledBack = false; ///< The new version does not load; the last good one serves on.
    /// Of the first invocation, where one was asked for, the new version serves and the answer
    /// came.
    std::optional<runtime::Invocation> answer;
    std::optional<runtime::Error> error;    ///< Why the new version does not serve.
    std::vector<runtime::Problem> warnings; ///< Files that the device cannot load.
};

/// Pushes functions to one device: what the device lacks of a bundle, compressed, in one exchange
/// as a rule. The old version serves until the new one has loaded, and goes on when it does not.
///
/// What the function asks for (requirements.txt, package.json …) goes along, made for the device by
/// DevicePackages; where that fails nothing is sent.
///
/// Remembers what the device was sent, also in earlier sessions; a device that lost it says so and
/// gets it again. Pushes run one after another. Use it on the link's thread.
class Pusher final : public QObject
{
    Q_OBJECT

public:
    explicit Pusher(DeviceLink *link, QObject *parent = nullptr);
    ~Pusher() override;

    /// Exactly one result. An error: nothing was decided on the device, it serves what it did
    /// before. A new version that does not load is a report with its error.
    ///
    /// \a event, JSON text: the new version is invoked with it once, in the same exchange.
    [[nodiscard]] QFuture<runtime::Result<PushReport>>
    push(const runtime::ApplicationFunction &function, std::stop_token stop = {},
         std::optional<std::string> event = {});

Q_SIGNALS:
    /// While contents go up: bytes of them that are on the device or on their way, of all that the
    /// device lacked. Not for small pushes, which are one request.
    void progressed(const QString &function, quint64 sent, quint64 total);
    /// Packages for \a function are being taken, which may last: what goes on. Empty: they are
    /// there.
    void packagesStep(const QString &function, const QString &line);

private:
    struct Push;
    struct Parcel;
    struct Source;
    using Shared = std::shared_ptr<Push>;

    void next();
    void begin(const Shared &push);
    Source read(const runtime::ApplicationFunction &function, const PackageTarget &target,
                const std::string &device);
    void onRead(const Shared &push, Source source);
    void takePackages(const Shared &push, const PackageWish &wish);
    void makePackages(const Shared &push, const PackageWish &wish, const QByteArray &own);
    void send(const Shared &push);
    void sendFile(const Shared &push, const std::string &digest);
    void dispatch(const Shared &push, Parcel parcel);
    void onAnswer(const Shared &push, const runtime::Result<runtime::PutResult> &answer);
    void invoke(const Shared &push);
    void finishAnswered(const Shared &push);
    void onRefused(const Shared &push, const runtime::Error &error);
    void finish(const Shared &push, runtime::Result<PushReport> result);
    void load();
    void remember(const std::set<std::string> &digests);

    QPointer<DeviceLink> m_link;
    QString m_memory; ///< File of the digests that the device was sent.
    std::set<std::string> m_known;
    std::map<std::string, std::shared_ptr<const runtime::Manifest>>
        m_sent; ///< By function: what the device served last, as far as we know.
    bool m_loaded = false;
    std::vector<Shared> m_queue; ///< The first one is under way.
    DevicePackages m_packages;   ///< On the worker.
    std::stop_source m_shutdown; ///< What the worker does ends.
    QThreadPool m_worker;
};

} // namespace device
