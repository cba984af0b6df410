#include "app/cli/commandlist.h"
#include "app/cli/functionchoice.h"
#include "app/cli/runtimecommand.h"
#include "device-manager/core/devicelink.h"
#include "device-manager/core/pusher.h"
#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/function/bundle.h"

#include <QFileSystemWatcher>
#include <QTimer>

#include <nlohmann/json.hpp>

#include <vector>

namespace app {

using device::DeviceLink;
using device::PushReport;
using runtime::ApplicationFunction;
using runtime::Error;
using runtime::Result;

namespace {

struct PushOptions {
    std::vector<std::string> functions;
    std::vector<std::string> devices;
    bool watch = false;
};

/// Pushes functions to devices, all devices at a time; with --watch again at every change until
/// Ctrl+C. The devices keep what was pushed.
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
        Result<std::vector<ApplicationFunction>> functions = chooseFunctions(m_options.functions);
        if (!functions)
            return fail(functions.error());
        m_functions = std::move(*functions);
        std::vector<device::Device> devices;
        for (const std::string &name : m_options.devices) {
            Result<device::Device> device = deviceNamed(name);
            if (!device)
                return fail(device.error());
            devices.push_back(std::move(*device));
        }
        if (m_options.watch)
            watchSources();
        for (const device::Device &device : devices)
            begin(device);
    }

private:
    struct Receiver {
        std::string name;
        std::unique_ptr<DeviceLink> link;
        std::unique_ptr<device::Pusher> pusher; ///< Once the link is online.
    };

    void begin(const device::Device &device)
    {
        m_open += m_functions.size();
        auto receiver = std::make_unique<Receiver>();
        Receiver *raw = receiver.get();
        raw->name = device.name.toStdString();
        raw->link = createLink(device);
        connect(raw->link.get(), &DeviceLink::stateChanged, this,
                [this, raw](DeviceLink::State state) {
                    if (state == DeviceLink::State::Online && !raw->pusher) {
                        raw->pusher = std::make_unique<device::Pusher>(raw->link.get());
                        push(*raw);
                    }
                });
        connect(raw->link.get(), &DeviceLink::stepChanged, this,
                [this, raw](device::LinkStep step) {
                    if (step == device::LinkStep::Install)
                        output().progress(QStringLiteral("%1: installing the runtime")
                                              .arg(QString::fromStdString(raw->name)));
                });
        connect(raw->link.get(), &DeviceLink::failed, this, [this, raw](const Error &error) {
            for (const ApplicationFunction &function : m_functions)
                onDone(*raw, function.spec.name, tl::unexpected(error));
        });
        m_receivers.push_back(std::move(receiver));
        raw->link->open();
    }

    void push(Receiver &receiver)
    {
        for (const ApplicationFunction &function : m_functions)
            receiver.pusher->push(function, stopToken())
                .then(this,
                      [this, &receiver, name = function.spec.name](
                          const Result<PushReport> &report) { onDone(receiver, name, report); });
    }

    void onDone(const Receiver &receiver, const std::string &function,
                const Result<PushReport> &done)
    {
        PushReport report;
        if (done)
            report = *done;
        else
            report.error = done.error();
        if (report.error)
            noteFailure(*report.error);
        report.device = receiver.name;
        report.function = function;
        show(report);
        if (m_open > 0 && --m_open == 0 && !m_options.watch)
            finish(m_exit);
        else if (m_open == 0 && m_options.watch && !std::exchange(m_told, true))
            output().note(QStringLiteral("Pushing every change. Ctrl+C ends it."));
    }

    void noteFailure(const Error &error)
    {
        if (m_exit == Exit::Done || exitOf(error) == Exit::Unreachable)
            m_exit = exitOf(error);
    }

    void show(const PushReport &report)
    {
        if (output().isJson()) {
            nlohmann::ordered_json object{
                {"device", report.device}, {"function", report.function},
                {"bundle", report.bundle}, {"bytes_sent", report.bytesSent},
                {"ms", report.ms},         {"rolled_back", report.rolledBack},
                {"error", nullptr}};
            if (report.error)
                object["error"] = errorObject(*report.error);
            output().json(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
            return;
        }
        if (report.error) {
            output().error(*report.error);
            if (report.rolledBack)
                output().note(QStringLiteral("%1: the version before serves on.")
                                  .arg(QString::fromStdString(report.device)));
            return;
        }
        const QString what = report.changed
                                 ? QStringLiteral("version %1, %2 bytes sent, %3")
                                       .arg(report.version)
                                       .arg(report.bytesSent)
                                       .arg(durationText(report.ms))
                                 : QStringLiteral("unchanged, %1").arg(durationText(report.ms));
        output().line(QStringLiteral("%1  %2  %3  %4")
                          .arg(QString::fromStdString(report.device),
                               QString::fromStdString(report.function),
                               QString::fromStdString(runtime::shortDigest(report.bundle)), what));
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
        for (const auto &receiver : m_receivers) {
            if (!receiver->pusher)
                continue;
            m_open += m_functions.size();
            push(*receiver);
        }
    }

    PushOptions m_options;
    std::vector<ApplicationFunction> m_functions;
    std::vector<std::unique_ptr<Receiver>> m_receivers;
    QFileSystemWatcher m_watcher;
    QTimer m_settle;
    std::size_t m_open = 0; ///< Pushes under way.
    Exit m_exit = Exit::Done;
    bool m_told = false;
};

} // namespace

void addPushCommand(CommandList &list)
{
    const auto options = std::make_shared<PushOptions>();
    const CommandOptions command = list.add(
        "push", "Make devices run functions of the application here",
        "push --to porch-pi\n"
        "push night-light --to porch-pi,shed-pi --json\n"
        "push --to simulated-pi --watch     again at every change",
        [options](Output &output) { return std::make_unique<PushCommand>(output, *options); });
    command.addOption("FUNCTION", options->functions, "Their names; none: all").typeName("");
    command.addOption("--to", options->devices, "Names of devices, with commas between")
        .required()
        .separatedBy(',')
        .typeName("DEVICE[,DEVICE...]");
    command.addFlag("--watch", options->watch, "Push again at every change, until Ctrl+C");
}

} // namespace app
