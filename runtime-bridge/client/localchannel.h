#pragma once

#include "runtime-bridge/client/channel.h"

#include <QLocalSocket>

namespace runtime {

/// A channel over a Unix socket of this computer.
class LocalChannel final : public Channel
{
    Q_OBJECT

public:
    explicit LocalChannel(QString socketPath, QObject *parent = nullptr);

    void open() override;
    void send(const QByteArray &bytes) override;
    void close() override;

private:
    QString m_path;
    QLocalSocket m_socket;
};

} // namespace runtime
