#pragma once

#include "device-manager/core/sshquestion.h"

#include <QObject>
#include <QSocketNotifier>

#include <memory>

namespace app {

/// Whether a person sits at standard input, so that questions may be asked.
[[nodiscard]] bool isInteractive();

/// Asks on the terminal itself, whatever is redirected; secrets are not shown. From any thread.
[[nodiscard]] std::optional<QString> askOnTerminal(const device::SshQuestion &question,
                                                   std::stop_token stop);

/// Single keys, while the program is in the foreground of a terminal; else it stays silent.
class Keys final : public QObject
{
    Q_OBJECT

public:
    Keys();
    ~Keys() override;
    [[nodiscard]] bool isListening() const { return m_notifier != nullptr; }

Q_SIGNALS:
    void pressed(char key);

private:
    struct Saved;
    std::unique_ptr<Saved> m_saved; ///< The terminal as it was.
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace app
