#include "runtime-bridge/controllers/createcontroller.h"

#include "runtime-bridge/base/file.h"
#include "runtime-bridge/controllers/openwhiskcontroller.h"

#include <QByteArray>
#include <QDir>
#include <QUrl>

#include <map>

namespace runtime {

namespace {

/// The lines KEY=VALUE of ~/.wskprops, where OpenWhisk's own tools keep the way in.
std::map<std::string, std::string> readProperties()
{
    std::map<std::string, std::string> properties;
    const std::string file =
        qEnvironmentVariable("WSK_CONFIG_FILE", QDir::homePath() + QStringLiteral("/.wskprops"))
            .toStdString();
    const Result<std::string> text = readFile(file, 1u << 20);
    const QByteArray bytes = text ? QByteArray::fromStdString(*text) : QByteArray();
    for (const QByteArray &line : bytes.split('\n'))
        if (const qsizetype equals = line.indexOf('='); equals > 0)
            properties[line.left(equals).trimmed().toStdString()] =
                line.mid(equals + 1).trimmed().toStdString();
    return properties;
}

QUrl endpointFrom(const std::string &text)
{
    const QString address = QString::fromStdString(text);
    return address.contains(QStringLiteral("://")) ? QUrl(address)
                                                   : QUrl(QStringLiteral("https://") + address);
}

} // namespace

Result<std::unique_ptr<Controller>> createController(const ApplicationTarget &target,
                                                     const LocalEndpoint::Options &local)
{
    const auto setting = target.settings.find("endpoint");
    const std::string endpoint = setting == target.settings.end() ? "" : setting->second;
    if (target.kind == "edgewright" && endpoint.empty()) {
        // Shared with the function that the controller keeps and copies.
        const auto here = std::make_shared<LocalEndpoint>(local);
        return std::make_unique<OpenWhiskController>(
            [here](std::stop_token stop) { return here->start(std::move(stop)); });
    }
    if (target.kind != "edgewright" && target.kind != "openwhisk")
        return failure(ErrorCode::TargetUnknown, target.name,
                       "\"" + target.kind + "\" is no controller");

    auto properties = readProperties();
    WhiskAccess access;
    access.endpoint = endpointFrom(endpoint.empty() ? properties["APIHOST"] : endpoint);
    if (!access.endpoint.isValid() || access.endpoint.host().isEmpty())
        return failure(ErrorCode::TargetUnknown, target.name, "it has no endpoint");
    if (!properties["NAMESPACE"].empty())
        access.nameSpace = QString::fromStdString(properties["NAMESPACE"]);
    access.auth = qEnvironmentVariable("EDGEWRIGHT_WHISK_AUTH").toStdString();
    if (access.auth.empty())
        access.auth = properties["AUTH"];
    if (access.auth.empty())
        return failure(ErrorCode::ControllerAuthRejected, target.name,
                       "no key in $EDGEWRIGHT_WHISK_AUTH or ~/.wskprops");
    return std::make_unique<OpenWhiskController>(std::move(access));
}

} // namespace runtime
