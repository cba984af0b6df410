#pragma once

#include "app/ide/devicehub.h"
#include "device-manager/core/devicefacts.h"
#include "device-manager/core/devicetest.h"
#include "device-manager/core/healthsample.h"

#include <QTimer>

#include <deque>

namespace app {

/// All that is known of one device while its page is open: how it is, what runs on it, what its
/// functions last gave and said. Knows no widgets.
class DeviceVisit final : public QObject
{
    Q_OBJECT

public:
    /// \a hub outlives the visit.
    DeviceVisit(DeviceHub *hub, QString name, QObject *parent = nullptr);
    ~DeviceVisit() override;

    /// Measures the device while somebody looks.
    void setSeen(bool seen);

    [[nodiscard]] const QString &name() const { return m_name; }
    [[nodiscard]] DeviceView view() const;
    /// Of the last time that it was connected; null before the first.
    [[nodiscard]] const device::DeviceFacts *facts() const;
    [[nodiscard]] QString runtimeVersion() const; ///< Empty while it is not connected.
    [[nodiscard]] std::vector<device::TestPoint> test() const;
    [[nodiscard]] const std::deque<device::HealthSample> &history() const;
    [[nodiscard]] const std::map<std::string, runtime::FunctionState> &functions() const;
    [[nodiscard]] const runtime::Invocation *lastOf(const std::string &function) const;

Q_SIGNALS:
    void changed(); ///< What view(), facts(), test() or functions() say; at most 25 times a second.
    void resultsChanged(); ///< As often.
    void sampled();
    void logged(const runtime::LogLine &line);
    void ended(); ///< The device was removed.

private:
    void follow();
    void fetch(runtime::Client &client);
    void onHappened(const runtime::Happening &happening);
    void keep(const runtime::Invocation &invocation);

    DeviceHub *m_hub;
    QString m_name;
    bool m_seen = false;
    bool m_online = false;
    bool m_logFetched = false;
    std::map<std::string, runtime::Invocation> m_last;
    QTimer m_change, m_results;
};

} // namespace app
