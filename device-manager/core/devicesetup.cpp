#include "device-manager/core/devicesetup.h"

#include "device-manager/core/runtimescript.h"
#include "device-manager/core/sshsession.h"
#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/base/file.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QStandardPaths>
#include <QSysInfo>

namespace device {

using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

constexpr std::uint64_t diskNeeded = 32ull << 20;

QString ownMachine()
{
    const QString machine = QSysInfo::currentCpuArchitecture();
    return machine == QLatin1String("arm64") ? QStringLiteral("aarch64") : machine;
}

QString bootOf(const ExecResult &told)
{
    for (const QByteArray &line : told.output.split('\n'))
        if (line.startsWith("boot="))
            return QString::fromLatin1(line.mid(5)).trimmed();
    return {};
}

} // namespace

QString findRuntimeProgram()
{
    const QString name = QStringLiteral("edgewrightd");
    const QString beside = QCoreApplication::applicationDirPath() + QLatin1Char('/') + name;
    return QFileInfo(beside).isExecutable() ? beside : QStandardPaths::findExecutable(name);
}

DeviceSetup::DeviceSetup(QString device, QString program, std::function<void(LinkStep)> onStep)
    : m_device(device.toStdString()), m_program(std::move(program)), m_onStep(std::move(onStep))
{
}

tl::unexpected<runtime::Error> DeviceSetup::unsuitable(const std::string &detail) const
{
    return failure(ErrorCode::DeviceUnsuitable, m_device, detail);
}

Result<ReadyDevice> DeviceSetup::run(SshSession &session, std::stop_token stop)
{
    m_onStep(LinkStep::Reach);
    if (const Result<> opened = session.open().result(); !opened)
        return tl::unexpected(opened.error());
    m_onStep(LinkStep::Check);
    Result<DeviceFacts> facts = check(session, stop);
    if (!facts)
        return tl::unexpected(facts.error());
    const Result<QString> program = programFor(facts->machine);
    if (!program)
        return tl::unexpected(program.error());
    const Result<std::string> bytes = runtime::readFile(program->toStdString());
    if (!bytes)
        return tl::unexpected(bytes.error());
    ReadyDevice ready;
    ready.programDigest = QString::fromStdString(runtime::digestOf(*bytes));
    const bool isOther = ready.programDigest != facts->programDigest;
    if (isOther && (facts->programDigest.isEmpty() || !m_keepsOthers)) {
        m_onStep(LinkStep::Install);
        if (const Result<> done = install(session, *facts, *bytes, stop); !done)
            return tl::unexpected(done.error());
        facts->programDigest = ready.programDigest;
    } else {
        ready.programDigest = facts->programDigest;
        m_onStep(LinkStep::Start);
        if (const Result<> done = start(session, *facts, stop); !done)
            return tl::unexpected(done.error());
    }
    const QString folder = facts->stateFolder + QStringLiteral("/runtime");
    ready.facts = *facts;
    ready.socket = folder + QStringLiteral("/runtime.sock");
    ready.relay = QStringLiteral("exec ") +
                  shellQuoted(facts->home + QLatin1Char('/') + installedProgram()) +
                  QStringLiteral(" relay --folder ") + shellQuoted(folder);
    return ready;
}

Result<DeviceFacts> DeviceSetup::check(SshSession &session, std::stop_token stop)
{
    const Result<ExecResult> told = session.exec(deviceFactsScript(), {}, std::move(stop)).result();
    if (!told)
        return tl::unexpected(told.error());
    DeviceFacts facts = deviceFactsFrom(told->output);
    if (facts.home.isEmpty() || facts.kernel.isEmpty())
        return unsuitable("it has no POSIX shell: " + told->errorOutput.trimmed().toStdString());
    if (!facts.homeWritable)
        return unsuitable("the home " + facts.home.toStdString() + " cannot be written");
    return facts;
}

Result<QString> DeviceSetup::programFor(const QString &machine) const
{
    const bool isUsable = machine == ownMachine() && QFileInfo(m_program).isExecutable();
    if (isUsable && m_isSimulated)
        return m_program;
    const QString folder = QFileInfo(m_program).path();
    for (const QString &base : {folder, folder + QStringLiteral("/../share/edgewright")}) {
        const QString candidate =
            base + QStringLiteral("/devices/") + machine + QStringLiteral("/edgewrightd");
        if (QFileInfo::exists(candidate))
            return candidate;
    }
    if (isUsable)
        return m_program;
    if (machine == ownMachine())
        return failure(ErrorCode::RuntimeMissing, m_program.toStdString(), "not executable");
    return unsuitable("there is no runtime for " + machine.toStdString());
}

Result<> DeviceSetup::install(SshSession &session, DeviceFacts &facts, const std::string &program,
                              std::stop_token stop)
{
    if (facts.diskFreeBytes < diskNeeded)
        return failure(ErrorCode::DeviceDiskFull, m_device,
                       std::to_string(facts.diskFreeBytes >> 10) + " KB free, " +
                           std::to_string(diskNeeded >> 10) + " KB needed");
    const Result<ExecResult> prepared =
        session.exec(runtimeScript(RuntimeTask::Prepare, facts), {}, stop).result();
    if (!prepared)
        return tl::unexpected(prepared.error());
    if (prepared->exitCode != 0)
        return unsuitable(prepared->errorOutput.trimmed().toStdString());
    const Result<> uploaded = session
                                  .upload(QByteArray::fromStdString(program),
                                          installedProgram() + QStringLiteral(".new"), 0755, stop)
                                  .result()
                                  .map_error([this](runtime::Error error) {
                                      error.subject = m_device;
                                      return error;
                                  });
    if (!uploaded)
        return uploaded;
    m_onStep(LinkStep::Start);
    return replace(session, facts, std::move(stop));
}

Result<> DeviceSetup::replace(SshSession &session, DeviceFacts &facts, std::stop_token stop)
{
    const Result<ExecResult> done =
        session
            .exec(runtimeScript(RuntimeTask::Replace, facts), runtimeUnit(facts), std::move(stop))
            .result();
    if (!done)
        return tl::unexpected(done.error());
    const std::string why = done->errorOutput.trimmed().toStdString();
    const bool servesAsBefore =
        done->exitCode == newRuntimeDoesNotRun || done->exitCode == newRuntimeDoesNotServe;
    if (servesAsBefore && !facts.programDigest.isEmpty())
        return failure(ErrorCode::DeviceUpgradeFailed, m_device, why);
    if (done->exitCode != 0)
        return unsuitable("the runtime does not start there (exit code " +
                          std::to_string(done->exitCode) + "): " + why);
    facts.boot = bootOf(*done);
    return {};
}

Result<> DeviceSetup::start(SshSession &session, DeviceFacts &facts, std::stop_token stop)
{
    const Result<ExecResult> started =
        session.exec(runtimeScript(RuntimeTask::Start, facts), {}, std::move(stop)).result();
    if (!started)
        return tl::unexpected(started.error());
    if (started->exitCode != 0)
        return unsuitable("the runtime does not start (exit code " +
                          std::to_string(started->exitCode) +
                          "): " + started->errorOutput.trimmed().toStdString());
    facts.boot = bootOf(*started);
    return {};
}

} // namespace device
