#pragma once

#include "device-manager/core/runtimescript.h"
#include "runtime-bridge/client/localchannel.h"
#include "tests/daemon/testruntime.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

/// A home folder of a device, where the scripts that go there are run by this computer's own shell:
/// with no service manager of the user, and a crontab that is a file.
class RuntimeHome final
{
public:
    RuntimeHome()
    {
        for (const char *name : {"home", "bin"})
            QDir(m_folder.path()).mkdir(QString::fromLatin1(name));
        writeProgram(m_folder.filePath(QStringLiteral("bin/crontab")),
                     "#!/bin/sh\nf=" + crontab().toUtf8() +
                         "\ncase $1 in\n-l) cat \"$f\" 2>/dev/null ;;\n-r) rm -f \"$f\" ;;\n"
                         "-) cat >\"$f.new\" && mv \"$f.new\" \"$f\" ;;\nesac\n");
        m_facts.home = path();
        m_facts.stateFolder = path() + QStringLiteral("/.local/state/edgewright");
    }

    ~RuntimeHome()
    {
        if (QFile::exists(program()))
            (void)run(QStringLiteral("\"%1\" stop --within 0 --folder \"%2\"")
                          .arg(program(), runtimeFolder()));
    }

    struct Ran {
        int exit = -1;
        QByteArray out, err;
    };

    /// By sh, as a login of the device would.
    Ran run(const QString &script, const QByteArray &input = {}, const QStringList &around = {})
    {
        QProcess process;
        QProcessEnvironment environment;
        environment.insert(QStringLiteral("HOME"), path());
        environment.insert(QStringLiteral("PATH"),
                           m_folder.filePath(QStringLiteral("bin")) +
                               QStringLiteral(":/usr/sbin:/usr/bin:/sbin:/bin"));
        environment.insert(QStringLiteral("XDG_RUNTIME_DIR"),
                           m_folder.filePath(QStringLiteral("no")));
        process.setProcessEnvironment(environment);
        process.setWorkingDirectory(path());
        const QStringList command =
            around + QStringList{QStringLiteral("/bin/sh"), QStringLiteral("-c"), script};
        process.start(command.front(), command.mid(1));
        process.write(input);
        process.closeWriteChannel();
        if (!process.waitForFinished(120'000))
            return {};
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
                process.readAllStandardOutput(), process.readAllStandardError()};
    }

    Ran run(device::RuntimeTask task)
    {
        return run(device::runtimeScript(task, m_facts), task == device::RuntimeTask::Replace
                                                             ? device::runtimeUnit(m_facts)
                                                             : QByteArray());
    }

    /// As DeviceSetup does with the program \a bytes.
    Ran install(const QByteArray &bytes)
    {
        if (const Ran prepared = run(device::RuntimeTask::Prepare); prepared.exit != 0)
            return prepared;
        writeProgram(program() + QStringLiteral(".new"), bytes);
        return run(device::RuntimeTask::Replace);
    }

    [[nodiscard]] QString path() const { return m_folder.filePath(QStringLiteral("home")); }
    [[nodiscard]] QString crontab() const { return m_folder.filePath(QStringLiteral("crontab")); }
    [[nodiscard]] QString program() const
    {
        return path() + QLatin1Char('/') + device::installedProgram();
    }
    [[nodiscard]] QString runtimeFolder() const
    {
        return m_facts.stateFolder + QStringLiteral("/runtime");
    }
    [[nodiscard]] const device::DeviceFacts &facts() const { return m_facts; }

    /// Every path below the home, sorted.
    [[nodiscard]] QStringList contents() const
    {
        QStringList all;
        QDirIterator it(path(),
                        QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot | QDir::System,
                        QDirIterator::Subdirectories);
        while (it.hasNext())
            all << it.next();
        all.sort();
        return all;
    }

    /// A client of the runtime here; null when none answers within 15 s.
    [[nodiscard]] std::unique_ptr<runtime::Client> createClient() const
    {
        std::unique_ptr<runtime::Client> client;
        const bool ready = QTest::qWaitFor(
            [&] {
                const auto lost = std::make_shared<bool>(false);
                client = std::make_unique<runtime::Client>(std::make_unique<runtime::LocalChannel>(
                    runtimeFolder() + QStringLiteral("/runtime.sock")));
                QObject::connect(client.get(), &runtime::Client::lost, client.get(),
                                 [lost] { *lost = true; });
                client->open();
                return QTest::qWaitFor([&] { return client->isReady() || *lost; }, 5'000) &&
                       client->isReady();
            },
            15'000);
        return ready ? std::move(client) : nullptr;
    }

    static void writeProgram(const QString &file, const QByteArray &bytes)
    {
        QFile out(file);
        if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size())
            qFatal("cannot write %s", qPrintable(file));
        out.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }

private:
    QTemporaryDir m_folder;
    device::DeviceFacts m_facts;
};

/// edgewrightd, as this build made it. What is appended changes its digest and nothing else.
inline QByteArray runtimeProgram(const QByteArray &appended = {})
{
    QFile file(QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewrightd"));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("there is no edgewrightd");
    return file.readAll() + appended;
}
