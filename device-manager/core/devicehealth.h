#pragma once

#include "device-manager/core/healthsample.h"

#include <QObject>
#include <QTimer>

#include <deque>
#include <stop_token>

namespace device {

class DeviceLink;

/// How a device is, asked every two seconds over its link while somebody watches and it is online;
/// nothing is sent otherwise. Keeps the last two minutes.
class DeviceHealth final : public QObject
{
    Q_OBJECT

public:
    /// \a link outlives this object.
    explicit DeviceHealth(const DeviceLink *link, QObject *parent = nullptr);
    ~DeviceHealth() override;

    void setWatched(bool watched);
    /// Oldest first.
    [[nodiscard]] const std::deque<HealthSample> &history() const { return m_history; }

Q_SIGNALS:
    void sampled();

private:
    void update();
    void ask();
    void take(const QByteArray &output);

    const DeviceLink *m_link;
    bool m_watched = false;
    bool m_asked = false; ///< An answer is on its way.
    std::optional<HealthCounters> m_before;
    std::deque<HealthSample> m_history;
    QTimer m_timer;
    std::stop_source m_stop;
};

} // namespace device
