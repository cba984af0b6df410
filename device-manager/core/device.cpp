#include "device-manager/core/device.h"

#include <QRegularExpression>

namespace device {

using runtime::ErrorCode;
using runtime::failure;

namespace {

constexpr quint16 sshPort = 22;

QString localUser()
{
    const QString user = qEnvironmentVariable("USER");
    return user.isEmpty() ? qEnvironmentVariable("LOGNAME", QStringLiteral("root")) : user;
}

} // namespace

runtime::Result<Device> deviceFromAddress(const QString &address)
{
    static const QRegularExpression form(QStringLiteral(
        R"(^(?:([A-Za-z0-9_][A-Za-z0-9._-]*\$?)@)?)"
        R"((?:\[([0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?)\]|([A-Za-z0-9][A-Za-z0-9._-]*)))"
        R"((?::([0-9]{1,5}))?$)"));
    const QString text = address.trimmed();
    const QRegularExpressionMatch match = form.match(text);
    const uint port = match.capturedView(4).isEmpty() ? sshPort : match.captured(4).toUInt();
    if (!match.hasMatch() || port == 0 || port > 65535)
        return failure(ErrorCode::UsageInvalid, text.toStdString(), "USER@HOST[:PORT] is expected");
    Device device;
    device.user = match.captured(1).isEmpty() ? localUser() : match.captured(1);
    device.host = match.captured(2).isEmpty() ? match.captured(3) : match.captured(2);
    device.port = quint16(port);
    return device;
}

QString toAddress(const Device &device)
{
    const bool v6 = device.host.contains(QLatin1Char(':'));
    QString address = device.user + QLatin1Char('@');
    address += v6 ? QLatin1Char('[') + device.host + QLatin1Char(']') : device.host;
    if (device.port != sshPort)
        address += QLatin1Char(':') + QString::number(device.port);
    return address;
}

} // namespace device
