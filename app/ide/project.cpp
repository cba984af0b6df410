#include "app/ide/project.h"

#include "runtime-bridge/base/file.h"
#include "runtime-bridge/function/bundle.h"
#include "runtime-bridge/function/entry.h"
#include "runtime-bridge/function/openapplication.h"

#include <nlohmann/json.hpp>

#include <QDir>
#include <QFileInfo>

namespace app {

namespace {

QString applicationFile(const QString &folder)
{
    return QDir(folder).filePath(QString::fromLatin1(runtime::applicationFileName.data()));
}

} // namespace

Project::Project(QObject *parent) : QObject(parent)
{
    m_settle.setSingleShot(true);
    m_settle.setInterval(60);
    connect(&m_settle, &QTimer::timeout, this, &Project::reload);
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, &m_settle, qOverload<>(&QTimer::start));
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, &m_settle,
            qOverload<>(&QTimer::start));
}

void Project::open(const QString &folder)
{
    m_folder = QDir(folder).absolutePath();
    m_application = {};
    m_application.folder = m_folder.toStdString();
    reload();
}

void Project::reload()
{
    const runtime::Result<runtime::ParsedApplication> opened =
        runtime::openApplication(m_folder.toStdString());
    runtime::ParsedApplication parsed;
    if (opened)
        parsed = *opened;
    else
        parsed.problems.push_back({applicationFile(m_folder).toStdString(), 0, 0, false,
                                   tr("There is no application file here").toStdString()});
    m_file = opened ? QString::fromStdString(parsed.file.string()) : applicationFile(m_folder);
    m_problems = parsed.problems;
    if (parsed.isUsable())
        m_application = std::move(parsed.application);

    m_events.clear();
    const QDir events(m_folder + QStringLiteral("/events"));
    for (const QFileInfo &file :
         events.entryInfoList({QStringLiteral("*.json")}, QDir::Files, QDir::Name))
        m_events.push_back({file.fileName(), file.absoluteFilePath()});
    m_events.push_back({tr("empty event"), {}});

    // A file that was renamed over is no longer watched: add everything again.
    if (const QStringList watched = m_watcher.files() + m_watcher.directories(); !watched.isEmpty())
        m_watcher.removePaths(watched);
    QStringList wanted{m_folder, m_file};
    for (const std::filesystem::path &part : parsed.parts)
        wanted << QString::fromStdString(part.string());
    if (events.exists())
        wanted << events.absolutePath();
    m_watcher.addPaths(wanted);

    Q_EMIT changed();
    Q_EMIT problemsChanged();
}

runtime::Result<std::string> Project::eventText(const SampleEvent &event) const
{
    if (event.file.isEmpty())
        return std::string("{}");
    runtime::Result<std::string> text = runtime::readFile(event.file.toStdString(), 6u << 20);
    if (text && !nlohmann::json::accept(*text))
        return runtime::failure(runtime::ErrorCode::EventInvalid, event.name.toStdString(),
                                "the file is not valid JSON");
    return text;
}

QString Project::entryFile(const runtime::ApplicationFunction &function) const
{
    const std::filesystem::path root = runtime::bundleRoot(function.source);
    for (const std::string &file :
         runtime::moduleFiles(function.spec.runtime, function.spec.handler))
        if (const QString path = QString::fromStdString((root / file).string());
            QFileInfo::exists(path))
            return path;
    return QString::fromStdString(function.source.string());
}

const runtime::ApplicationFunction *Project::functionOf(const QString &file) const
{
    const std::string path = file.toStdString();
    for (const runtime::ApplicationFunction &function : m_application.functions) {
        const std::string source = function.source.string();
        if (path == source || path.starts_with(source + "/"))
            return &function;
    }
    return nullptr;
}

} // namespace app
