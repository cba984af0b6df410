#include "app/cli/commandlist.h"
#include "app/cli/functionchoice.h"
#include "app/cli/runtimecommand.h"
#include "app/errors/usermessage.h"
#include "device-manager/core/devicelink.h"
#include "device-manager/core/fleetpush.h"
#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/function/bundle.h"
#include "runtime-bridge/function/dependencyfiles.h"
#include "runtime-bridge/function/quantity.h"

#include <QFileSystemWatcher>
#include <QTimer>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <vector>

namespace app {

using device::DeviceLink;
using device::FleetPush;
using device::FleetRow;
using runtime::ApplicationFunction;
using runtime::Error;
using runtime::ErrorCode;
using runtime::Result;

namespace {

struct PushOptions {
    std::vector<std::string> functions;
    std::vector<std::string> devices;
    std::vector<std::string> groups;
    std::vector<std::string> canaries; ///< Names, or one number.
    std::string canaryFor;
    bool stopOnFailure = false;
    bool watch = false;
};

const char *wordOf(FleetRow::State state)
{
    switch (state) {
    case FleetRow::State::Done: return "done";
    case FleetRow::State::Failed: return "failed";
    case FleetRow::State::RolledBack: return "rolled_back";
    case FleetRow::State::Untouched: return "untouched";
    case FleetRow::State::Cancelled: return "cancelled";
    default: return "waiting";
    }
}

/// What became of a row, in words.
QString resultOf(const FleetRow &row)
{
    switch (row.state) {
    case FleetRow::State::Done:
        return (row.report.changed ? QStringLiteral("serves") : QStringLiteral("unchanged")) +
               (row.isCanary ? QStringLiteral(", canary") : QString()) +
               (row.watched > 0 ? QStringLiteral(": %1 invocations").arg(row.watched) : QString());
    case FleetRow::State::Failed:
        return row.error ? describe(*row.error).title : QStringLiteral("failed");
    case FleetRow::State::RolledBack:
        return row.error ? describe(*row.error).title + QStringLiteral(", rolled back")
                         : QStringLiteral("rolled back");
    case FleetRow::State::Untouched: return QStringLiteral("not touched");
    case FleetRow::State::Cancelled:
        return row.isSure ? QStringLiteral("cancelled; the version before serves")
                          : QStringLiteral("cancelled; the old or the new version serves");
    default: return {};
    }
}

/// Pushes functions to devices, all devices at a time, or canaries first; with --watch again at
/// every change until Ctrl+C. The devices keep what was pushed.
class PushCommand final : public Command
{
public:
    PushCommand(Output &output, PushOptions options)
        : Command(output), m_options(std::move(options))
    {
        m_settle.setSingleShot(true);
        connect(&m_settle, &QTimer::timeout, this, &PushCommand::onChanged);
        connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, [this] { m_settle.start(20); });
        connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this,
                [this] { m_settle.start(20); });
    }

    void start() override
    {
        Result<std::vector<device::Device>> devices = chooseDevices();
        if (!devices)
            return fail(devices.error());
        if (const Result<> canaries = chooseCanaries(*devices); !canaries)
            return fail(canaries.error());
        Result<std::vector<ApplicationFunction>> functions = chooseFunctions(m_options.functions);
        if (!functions)
            return fail(functions.error());
        m_functions = std::move(*functions);
        for (const device::Device &device : *devices) {
            Receiver receiver{createLink(device), {}};
            receiver.pusher = std::make_unique<device::Pusher>(receiver.link.get());
            connect(receiver.pusher.get(), &device::Pusher::progressed, this,
                    [this, name = device.name, step = -1](const QString &function, quint64 sent,
                                                          quint64 total) mutable {
                        if (std::exchange(step, int(sent * 20 / total)) != int(sent * 20 / total))
                            tellSent(name, function, sent, total);
                    });
            m_receivers.push_back(std::move(receiver));
        }
        if (m_options.watch)
            watchSources();
        push();
    }

    /// Each device is left at one version or the other, and told with it.
    void interrupt() override
    {
        if (m_running.empty())
            return Command::interrupt();
        m_cancelled = true;
        for (const auto &fleet : std::vector(m_running.begin(), m_running.end()))
            fleet->cancel();
    }

private:
    struct Receiver {
        std::unique_ptr<DeviceLink> link;
        std::unique_ptr<device::Pusher> pusher;
    };

    [[nodiscard]] Result<std::vector<device::Device>> chooseDevices() const
    {
        if (m_options.devices.empty() && m_options.groups.empty())
            return runtime::failure(ErrorCode::UsageInvalid, "edgewright push",
                                    "--to or --group is missing");
        return devicesNamed(m_options.devices, m_options.groups);
    }

    [[nodiscard]] Result<> chooseCanaries(const std::vector<device::Device> &devices)
    {
        const auto wrong = [](const std::string &why) {
            return runtime::failure(ErrorCode::UsageInvalid, "edgewright push", why);
        };
        if (!m_options.canaryFor.empty()) {
            const auto duration = runtime::durationFromText(m_options.canaryFor);
            if (!duration || duration->count() < 0 || *duration > std::chrono::hours(24))
                return wrong("--canary-for takes a duration such as 10s or 5min, not \"" +
                             m_options.canaryFor + '"');
            if (m_options.canaries.empty())
                return wrong("--canary-for needs --canary");
            m_watch = *duration;
        }
        const auto isThere = [&](const std::string &name) {
            return std::ranges::any_of(
                devices, [&](const device::Device &d) { return d.name.toStdString() == name; });
        };
        for (const std::string &name : m_options.canaries) {
            std::size_t count = 0;
            const char *end = name.data() + name.size();
            const bool isNumber = std::from_chars(name.data(), end, count).ptr == end;
            if (isThere(name))
                m_canaries.push_back(name);
            else if (!isNumber || m_options.canaries.size() > 1)
                return wrong("the canary \"" + name + "\" is none of the devices");
            else if (count == 0 || count > devices.size())
                return wrong("--canary takes 1 to " + std::to_string(devices.size()) +
                             " of these devices");
            else
                for (std::size_t i = 0; i < count; ++i)
                    m_canaries.push_back(devices[i].name.toStdString());
        }
        return {};
    }

    void push()
    {
        FleetPush::Plan plan{{}, m_functions, m_watch, m_options.stopOnFailure};
        for (const Receiver &receiver : m_receivers)
            plan.members.push_back(
                {receiver.link.get(), receiver.pusher.get(),
                 std::ranges::find(m_canaries, receiver.link->device().name.toStdString()) !=
                     m_canaries.end()});
        auto *fleet = new FleetPush(std::move(plan), this);
        m_running.push_back(fleet);
        connect(fleet, &FleetPush::rowChanged, this, &PushCommand::tell);
        connect(fleet, &FleetPush::rowEnded, this, &PushCommand::onEnded);
        connect(fleet, &FleetPush::finished, this, [this, fleet] { onFinished(fleet); });
        fleet->start();
    }

    /// What takes long, as it begins.
    void tell(const FleetRow &row)
    {
        const QString device = QString::fromStdString(row.device);
        if (row.state == FleetRow::State::Installing && row.function == firstFunction())
            output().progress(QStringLiteral("%1: installing the runtime").arg(device));
        if (row.state == FleetRow::State::Packing)
            output().progress(
                QStringLiteral("%1: %2").arg(device, QString::fromStdString(row.step)));
        if (row.state == FleetRow::State::Watching && row.function == firstFunction())
            output().progress(QStringLiteral("%1: serves, watched for %2")
                                  .arg(device, durationText(double(m_watch.count()))));
    }

    void tellSent(const QString &device, const QString &function, quint64 sent, quint64 total)
    {
        output().progress(QStringLiteral("%1: sending %2, %3 of %4 (%5 %)")
                              .arg(device, function, m_locale.formattedDataSize(qint64(sent)),
                                   m_locale.formattedDataSize(qint64(total)))
                              .arg(sent * 100 / total));
    }

    [[nodiscard]] const std::string &firstFunction() const { return m_functions[0].spec.name; }
    [[nodiscard]] bool hasTable() const { return m_receivers.size() > 1 && !output().isJson(); }

    void onEnded(const FleetRow &row)
    {
        if (row.error && row.state != FleetRow::State::Cancelled)
            noteFailure(*row.error);
        if (!output().isJson())
            for (const runtime::Problem &problem : row.report.warnings)
                output().warning(QStringLiteral("%1: %2: %3")
                                     .arg(QString::fromStdString(row.device),
                                          QString::fromStdString(problem.file),
                                          QString::fromStdString(problem.message)));
        if (output().isJson())
            output().json(objectOf(row));
        else if (hasTable())
            output().progress(QStringLiteral("%1  %2  %3")
                                  .arg(QString::fromStdString(row.device),
                                       QString::fromStdString(row.function), resultOf(row)));
        else
            show(row);
    }

    void noteFailure(const Error &error)
    {
        if (m_exit == Exit::Done || exitOf(error) == Exit::Unreachable)
            m_exit = exitOf(error);
    }

    void onFinished(FleetPush *fleet)
    {
        std::erase(m_running, fleet);
        fleet->deleteLater();
        if (hasTable())
            showTable(fleet->rows());
        if (m_cancelled && m_running.empty())
            return finish(Exit::Cancelled);
        if (!m_options.watch && m_running.empty())
            return finish(m_exit);
        if (!std::exchange(m_told, true))
            output().note(QStringLiteral("Pushing every change. Ctrl+C ends it."));
        if (std::exchange(m_again, false))
            push();
    }

    void showTable(const std::vector<FleetRow> &rows)
    {
        std::vector<QStringList> shown;
        for (const FleetRow &row : rows) {
            const bool wasPushed = !row.report.bundle.empty();
            shown.push_back({QString::fromStdString(row.device),
                             QString::fromStdString(row.function),
                             row.version > 0 ? QString::number(row.version) : QString(),
                             wasPushed ? QString::number(row.report.bytesSent) : QString(),
                             wasPushed ? durationText(row.report.ms) : QString(), resultOf(row)});
        }
        output().table({QStringLiteral("DEVICE"), QStringLiteral("FUNCTION"),
                        QStringLiteral("VERSION"), QStringLiteral("BYTES SENT"),
                        QStringLiteral("TIME"), QStringLiteral("RESULT")},
                       shown, {});
        for (const FleetRow &row : rows)
            if (row.error && row.state != FleetRow::State::Cancelled) {
                Error error = *row.error;
                if (error.subject != row.device) // a function fails on many devices
                    error.subject = row.device + ": " + error.subject;
                output().error(error);
            }
    }

    static nlohmann::json objectOf(const FleetRow &row)
    {
        nlohmann::json object{
            {"device", row.device},
            {"function", row.function},
            {"canary", row.isCanary},
            {"result", wordOf(row.state)},
            {"bundle", row.report.bundle},
            {"version", row.version},
            {"changed", row.isNew},
            {"bytes_sent", row.report.bytesSent},
            {"ms", row.report.ms},
            {"watched", row.watched},
            {"rolled_back", row.state == FleetRow::State::RolledBack || row.report.rolledBack},
            {"warnings", nlohmann::json::array()},
            {"error", nullptr}};
        for (const runtime::Problem &problem : row.report.warnings)
            object["warnings"].push_back({{"file", problem.file}, {"message", problem.message}});
        if (!row.isSure)
            object["changed"] = nullptr; // the link is lost: nobody knows yet
        if (row.error && row.state != FleetRow::State::Cancelled)
            object["error"] = errorObject(*row.error);
        return object;
    }

    /// The only device's.
    void show(const FleetRow &row)
    {
        if (row.error && row.state != FleetRow::State::Cancelled) {
            output().error(*row.error);
            if (row.report.rolledBack || row.state == FleetRow::State::RolledBack)
                output().note(QStringLiteral("%1: the version before serves on.")
                                  .arg(QString::fromStdString(row.device)));
            return;
        }
        const QString time = durationText(row.report.ms);
        const QString what = row.state != FleetRow::State::Done ? resultOf(row)
                             : row.report.changed ? QStringLiteral("version %1, %2 bytes sent, %3")
                                                        .arg(row.version)
                                                        .arg(row.report.bytesSent)
                                                        .arg(time)
                                                  : QStringLiteral("unchanged, %1").arg(time);
        output().line(
            QStringLiteral("%1  %2  %3  %4")
                .arg(QString::fromStdString(row.device), QString::fromStdString(row.function),
                     QString::fromStdString(runtime::shortDigest(row.report.bundle)), what));
    }

    /// Files are watched for what is written into them, folders for files that come and go.
    void watchSources()
    {
        QStringList paths;
        for (const ApplicationFunction &function : m_functions) {
            const std::filesystem::path root = runtime::bundleRoot(function.source);
            paths << QString::fromStdString(root.string());
            if (const auto manifest = runtime::scanBundle(function.spec, function.source))
                for (const runtime::BundleFile &file : manifest->files)
                    paths << QString::fromStdString((root / file.path).string());
            if (const auto asks = runtime::findDependencyFiles(root, function.spec.runtime))
                for (const std::filesystem::path &file : asks->files)
                    paths << QString::fromStdString(file.string());
        }
        m_watcher.addPaths(paths);
    }

    void onChanged()
    {
        Result<std::vector<ApplicationFunction>> functions = chooseFunctions(m_options.functions);
        if (!functions)
            return output().error(functions.error());
        m_functions = std::move(*functions);
        watchSources();
        // A canary is asked about one version at a time; else a slow device holds up nobody.
        if (m_canaries.empty() || m_running.empty())
            push();
        else
            m_again = true;
    }

    PushOptions m_options;
    std::chrono::milliseconds m_watch{};
    std::vector<std::string> m_canaries;
    std::vector<ApplicationFunction> m_functions;
    std::vector<Receiver> m_receivers;
    std::vector<FleetPush *> m_running;
    QFileSystemWatcher m_watcher;
    QTimer m_settle;
    QLocale m_locale;
    Exit m_exit = Exit::Done;
    bool m_cancelled = false;
    bool m_told = false;
    bool m_again = false; ///< The source changed meanwhile.
};

} // namespace

void addPushCommand(CommandList &list)
{
    const auto options = std::make_shared<PushOptions>();
    const CommandOptions command = list.add(
        "push", "Make devices run functions of the application here",
        "push --to porch-pi\n"
        "push night-light --to porch-pi,shed-pi --json\n"
        "push --group greenhouse --canary porch-pi --canary-for 10s\n"
        "push --to simulated-pi --watch     again at every change",
        [options](Output &output) { return std::make_unique<PushCommand>(output, *options); });
    command.addOption("FUNCTION", options->functions, "Their names; none: all").typeName("");
    command.addOption("--to", options->devices, "Names of devices or groups, with commas between")
        .separatedBy(',')
        .typeName("DEVICE[,DEVICE...]");
    command.addOption("--group", options->groups, "All devices of these groups")
        .separatedBy(',')
        .typeName("GROUP[,GROUP...]");
    command
        .addOption("--canary", options->canaries,
                   "These of the devices first, or so many; when one fails it is rolled back, and "
                   "no other is touched")
        .separatedBy(',')
        .typeName("DEVICE[,DEVICE...]|N");
    command
        .addOption("--canary-for", options->canaryFor,
                   "How long no invocation of a canary may fail, such as 10s")
        .typeName("TIME");
    command.addFlag("--stop-on-failure", options->stopOnFailure,
                    "After a failure, touch no device that was not touched yet");
    command.addFlag("--watch", options->watch, "Push again at every change, until Ctrl+C");
}

} // namespace app
