#include "program.h"

#include "runtime-bridge/base/statefolder.h"
#include "runtime-bridge/client/client.h"
#include "runtime-bridge/client/localchannel.h"

#include <QDir>
#include <QFileInfo>
#include <QTest>

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

nlohmann::json Run::json() const
{
    return nlohmann::json::parse(out.toStdString(), nullptr, false);
}

QList<QByteArray> Run::lines() const
{
    QList<QByteArray> lines = out.split('\n');
    lines.removeAll({});
    return lines;
}

Program::Program() : m_environment(QProcessEnvironment::systemEnvironment())
{
    m_environment.insert(QStringLiteral("EDGEWRIGHT_STATE"), m_state.path());
    m_environment.insert(QStringLiteral("HOME"), m_state.path());
    m_environment.remove(QStringLiteral("SSH_AUTH_SOCK"));
}

Program::~Program()
{
    endRuntime(m_state.filePath(QStringLiteral("runtime")));
    endRuntime(m_state.filePath(QStringLiteral("endpoint")));
}

void Program::endRuntime(const QString &folder) const
{
    const QString socket =
        QString::fromStdString(runtime::runtimeSocket(folder.toStdString()).string());
    if (!QFileInfo::exists(socket))
        return;
    runtime::Client client(std::make_unique<runtime::LocalChannel>(socket));
    bool gone = false;
    QObject::connect(&client, &runtime::Client::lost, &client, [&gone] { gone = true; });
    client.open();
    if (QTest::qWaitFor([&] { return client.isReady() || gone; }) && client.isReady())
        (void)client.shutdown();
    // It holds its lock until its last write.
    const int lock = ::open(qUtf8Printable(folder + QStringLiteral("/runtime.lock")), O_RDONLY);
    if (!QTest::qWaitFor([lock] { return lock < 0 || ::flock(lock, LOCK_EX | LOCK_NB) == 0; }))
        qWarning("a runtime did not end");
    ::close(lock);
}

void Program::prepare(QProcess &process) const
{
    process.setProgram(QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewright"));
    process.setWorkingDirectory(m_folder.path());
    process.setProcessEnvironment(m_environment);
}

Run Program::run(const QStringList &arguments, const QByteArray &input)
{
    QProcess process;
    prepare(process);
    process.setArguments(arguments);
    process.start();
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(30'000))
        return {};
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2,
            process.readAllStandardOutput(), process.readAllStandardError()};
}

std::unique_ptr<QProcess> Program::start(const QStringList &arguments)
{
    auto process = std::make_unique<QProcess>();
    prepare(*process);
    process->setArguments(arguments);
    process->setStandardInputFile(QProcess::nullDevice());
    process->start();
    return process;
}

QString Program::path(const QString &relative) const
{
    return m_folder.filePath(relative);
}

void Program::write(const QString &relative, const QByteArray &contents) const
{
    const QString file = path(relative);
    QDir().mkpath(QFileInfo(file).path());
    QFile out(file);
    if (!out.open(QIODevice::WriteOnly) || out.write(contents) != contents.size())
        qFatal("cannot write a test file");
}

void Program::setVariable(const QString &name, const QString &value)
{
    m_environment.insert(name, value);
}
