#pragma once

#include "device-manager/core/sshquestion.h"

#include <QObject>
#include <QPointer>
#include <QWidget>

#include <memory>

namespace app {

/// Asks in the window what a device's session wants to know from its own thread: a password, the
/// passphrase of a key, a code. The window goes on meanwhile; a session that ends takes its
/// question back.
class AskBox final : public QObject
{
    Q_OBJECT

public:
    explicit AskBox(QWidget *window);

    /// To be called from any thread but the window's, also when this is gone.
    [[nodiscard]] device::SshAsk ask();

private:
    struct Waiting;
    void show(const std::shared_ptr<Waiting> &waiting);

    QWidget *m_window;
};

} // namespace app
