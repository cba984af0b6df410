#include "editor/core/editorsession.h"

#include <QJsonArray>

#include <algorithm>

namespace editor {

namespace {

QJsonObject toJson(const Breakpoint &breakpoint)
{
    QJsonObject json{{QStringLiteral("line"), breakpoint.line}};
    if (!breakpoint.enabled)
        json.insert(QStringLiteral("enabled"), false);
    const auto keep = [&](const QString &key, const QString &value) {
        if (!value.isEmpty())
            json.insert(key, value);
    };
    keep(QStringLiteral("condition"), breakpoint.condition);
    keep(QStringLiteral("hitCondition"), breakpoint.hitCondition);
    keep(QStringLiteral("logMessage"), breakpoint.logMessage);
    return json; // what a debugger said about it is not kept
}

Breakpoint breakpointFromJson(const QJsonObject &json)
{
    Breakpoint breakpoint;
    breakpoint.line = std::max(1, json.value(QStringLiteral("line")).toInt(1));
    breakpoint.enabled = json.value(QStringLiteral("enabled")).toBool(true);
    breakpoint.condition = json.value(QStringLiteral("condition")).toString();
    breakpoint.hitCondition = json.value(QStringLiteral("hitCondition")).toString();
    breakpoint.logMessage = json.value(QStringLiteral("logMessage")).toString();
    return breakpoint;
}

} // namespace

QJsonObject toJson(const EditorSession &session)
{
    QJsonArray files;
    for (const EditorSession::File &file : session.files)
        files.append(QJsonObject{{QStringLiteral("path"), file.path},
                                 {QStringLiteral("line"), file.line},
                                 {QStringLiteral("column"), file.column},
                                 {QStringLiteral("firstLine"), file.firstLine}});
    QJsonObject breakpoints;
    for (auto it = session.breakpoints.cbegin(); it != session.breakpoints.cend(); ++it) {
        QJsonArray list;
        for (const Breakpoint &breakpoint : it.value())
            list.append(toJson(breakpoint));
        breakpoints.insert(it.key(), list);
    }
    return {{QStringLiteral("version"), 1},
            {QStringLiteral("files"), files},
            {QStringLiteral("current"), session.current},
            {QStringLiteral("breakpoints"), breakpoints}};
}

EditorSession sessionFromJson(const QJsonObject &json)
{
    EditorSession session;
    const QJsonArray files = json.value(QStringLiteral("files")).toArray();
    for (const QJsonValue &value : files) {
        EditorSession::File file;
        file.path = value[QStringLiteral("path")].toString();
        file.line = std::max(1, value[QStringLiteral("line")].toInt(1));
        file.column = std::max(1, value[QStringLiteral("column")].toInt(1));
        file.firstLine = std::max(1, value[QStringLiteral("firstLine")].toInt(1));
        if (!file.path.isEmpty())
            session.files.append(file);
    }
    session.current = json.value(QStringLiteral("current")).toString();
    const QJsonObject breakpoints = json.value(QStringLiteral("breakpoints")).toObject();
    for (auto it = breakpoints.begin(); it != breakpoints.end(); ++it) {
        QList<Breakpoint> &list = session.breakpoints[it.key()];
        const QJsonArray values = it.value().toArray();
        for (const QJsonValue &value : values)
            list.append(breakpointFromJson(value.toObject()));
    }
    return session;
}

} // namespace editor
