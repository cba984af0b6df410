#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <memory>

namespace app {

/// Turns SIGINT, SIGTERM and SIGHUP into a signal in the event loop. The second one ends the
/// program at once, whatever it does. One object in a program.
class Interrupt final : public QObject
{
    Q_OBJECT

public:
    Interrupt();
    ~Interrupt() override;

    /// Whether one came already: for a loop that reads and was woken by it.
    [[nodiscard]] static bool wasRequested();

Q_SIGNALS:
    void requested();

private:
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace app
