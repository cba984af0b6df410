#include "app/cli/commandlist.h"
#include "app/cli/functionchoice.h"
#include "app/cli/runtimecommand.h"
#include "runtime-bridge/function/openapplication.h"

#include <QFileSystemWatcher>
#include <QTimer>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <vector>

namespace app {

namespace fs = std::filesystem;
using nlohmann::json;
using runtime::ApplicationFunction;
using runtime::ErrorCode;
using runtime::Happening;
using runtime::Result;

namespace {

struct RunOptions {
    std::string folder = ".";
    int port = 0;
};

QString text(const std::string &utf8)
{
    return QString::fromStdString(utf8);
}

/// Serves an application on this computer until Ctrl+C: triggers armed, gateway open, changes taken
/// over as they are saved. What it serves goes when it ends.
class RunCommand final : public RuntimeCommand
{
public:
    RunCommand(Output &output, RunOptions options)
        : RuntimeCommand(output), m_options(std::move(options))
    {
        m_settle.setSingleShot(true);
        connect(&m_settle, &QTimer::timeout, this, &RunCommand::onApplicationChanged);
        connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, [this] { m_settle.start(50); });
        connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this,
                [this] { m_settle.start(50); });
    }

    void start() override
    {
        std::error_code error;
        m_folder = fs::absolute(m_options.folder, error);
        const bool hasFile = fs::exists(m_folder / runtime::applicationFileName, error);
        const bool isSource = fs::exists(m_folder, error) && !hasFile;
        Result<runtime::Application> application =
            isSource ? runtime::applicationOfSource(m_folder) : runtime::loadApplication(m_folder);
        if (!application)
            return fail(isSource && fs::is_directory(m_folder, error) &&
                                application.error().code == ErrorCode::SourceMissing
                            ? runtime::loadApplication(m_folder).error()
                            : application.error());
        m_application = std::move(*application);
        if (hasFile)
            watchApplicationFile();
        connectHere();
    }

private:
    struct Known {
        std::uint64_t version = 0;
        runtime::Fault fault; ///< Why the newest version does not load.
        runtime::Fault lastFailure;
        std::uint64_t repeats = 0;         ///< Of the last failure, not said yet.
        std::vector<std::string> troubles; ///< Of its triggers, that were told.
    };

    void onReady(runtime::Client &client) override
    {
        m_subscription = client.subscribe({.invocations = true,
                                           .log = true,
                                           .functions = true,
                                           .readings = false,
                                           .afterCursor = 0,
                                           .readingsFromNow = true,
                                           .function = {}});
        connect(m_subscription.get(), &runtime::Subscription::happened, this,
                &RunCommand::onHappened);
        // First, so that workers are told where it is; its port is looked at when all is served.
        client.gateway(m_port ? m_port : m_options.port)
            .then(this, [this](const Result<std::string> &) {
                if (!this->client())
                    return; // lost again: the next onReady() puts them
                m_waiting = m_application.functions.size();
                for (const ApplicationFunction &function : m_application.functions)
                    put(function);
            });
    }

    void onLost(const runtime::Error &error) override
    {
        m_subscription.reset();
        output().error(error);
        output().note(QStringLiteral("The runtime is being started again."));
    }

    void put(const ApplicationFunction &function)
    {
        const std::string name = function.spec.name;
        const Result<runtime::PutRequest> request = localPut(function, true);
        if (!request) {
            output().error(request.error());
            return onPut();
        }
        client()
            ->put(*request, stopToken())
            .then(this, [this](const Result<runtime::PutResult> &put) {
                // A function that does not load is told by its state; saving it mended loads it.
                if (!put && put.error().code != ErrorCode::FunctionInitFailed)
                    output().error(put.error());
                onPut();
            });
    }

    void onPut()
    {
        if (m_waiting > 0 && --m_waiting == 0 && client())
            client()
                ->gateway(m_port ? m_port : m_options.port)
                .then(this, [this](const Result<std::string> &address) {
                    if (!address)
                        fail(address.error());
                    else
                        onGateway(*address);
                });
    }

    void onGateway(const std::string &address)
    {
        const std::string port = address.substr(address.rfind(':') + 1);
        if (m_options.port != 0 && port != std::to_string(m_options.port))
            return fail({ErrorCode::PortInUse, std::to_string(m_options.port),
                         "the gateway is open already, at " + address});
        if (std::exchange(m_port, std::atoi(port.c_str())) != 0)
            return output().note(QStringLiteral("Serving again at ") + text(address));
        if (output().isJson()) {
            json functions = json::array();
            for (const ApplicationFunction &function : m_application.functions)
                functions.push_back(function.spec.name);
            output().json({{"address", address}, {"functions", functions}});
        } else {
            output().line(text(address));
        }
        for (const ApplicationFunction &function : m_application.functions)
            for (const runtime::Trigger &trigger : function.spec.triggers)
                output().note(QStringLiteral("%1: %2").arg(text(function.spec.name),
                                                           text(runtime::describe(trigger))));
        output().note(QStringLiteral("Ctrl+C ends it."));
    }

    [[nodiscard]] bool isOurs(const std::string &function) const
    {
        return m_application.function(function) != nullptr;
    }

    void onHappened(const Happening &happening)
    {
        if (happening.kind == Happening::Kind::Log && isOurs(happening.log.function))
            output().log(happening.log, true);
        else if (happening.kind == Happening::Kind::Invocation &&
                 isOurs(happening.invocation.function))
            onInvocation(happening.invocation);
        else if (happening.kind == Happening::Kind::Function &&
                 isOurs(happening.function.spec.name))
            onFunction(happening.function);
        else if (happening.kind == Happening::Kind::Alarm && isOurs(happening.alarm.function))
            output().warning(alarmLine(happening.alarm));
    }

    /// A timer that fails does so ten times a second: the same failure again is only counted.
    void onInvocation(const runtime::Invocation &invocation)
    {
        using runtime::Outcome;
        Known &known = m_known[invocation.function];
        const bool failed =
            invocation.outcome != Outcome::Result && invocation.outcome != Outcome::Cancelled;
        if (failed && known.lastFailure == invocation.fault) {
            ++known.repeats;
            return;
        }
        if (const auto repeats = std::exchange(known.repeats, 0))
            output().note(QStringLiteral("%1: the same %2 more times")
                              .arg(text(invocation.function))
                              .arg(repeats));
        known.lastFailure = failed ? invocation.fault : runtime::Fault();
        if (failed)
            output().fault(QStringLiteral("%1 %2: %3")
                               .arg(clockText(invocation.startUs), text(invocation.function),
                                    text(std::string(runtime::wireName(invocation.outcome)))),
                           invocation.fault);
    }

    /// States come with every change of a counter; only versions and faults are told.
    void onFunction(const runtime::FunctionState &state)
    {
        Known &known = m_known[state.spec.name];
        const QString name = text(state.spec.name);
        if (state.condition == runtime::FunctionCondition::Failed && known.fault != state.fault)
            output().fault(state.bundle.empty()
                               ? QStringLiteral("%1 does not load").arg(name)
                               : QStringLiteral("%1 does not load; version %2 keeps serving")
                                     .arg(name)
                                     .arg(state.version),
                           state.fault);
        else if (known.version != 0 && state.version != known.version)
            output().note(QStringLiteral("%1: version %2").arg(name).arg(state.version));
        known.version = state.version;
        known.fault = state.fault;
        tellTroubles(state, known);
    }

    /// Why triggers cannot do their work: what a person can mend. The same is told once.
    void tellTroubles(const runtime::FunctionState &state, Known &known)
    {
        known.troubles.resize(state.triggers.size());
        for (std::size_t i = 0; i < state.triggers.size() && i < state.spec.triggers.size(); ++i)
            if (const runtime::TriggerState &trigger = state.triggers[i];
                trigger.failing && known.troubles[i] != trigger.words) {
                known.troubles[i] = trigger.words;
                output().warning(QStringLiteral("%1: %2: %3")
                                     .arg(text(state.spec.name),
                                          text(runtime::describe(state.spec.triggers[i])),
                                          text(trigger.words)));
            }
    }

    /// Editors replace the file: the folder tells when it is back.
    void watchApplicationFile()
    {
        m_watcher.addPath(text(m_folder.string()));
        m_times = fileTimes();
        for (const auto &[file, time] : m_times)
            m_watcher.addPath(text(file.string()));
    }

    /// Of every file that the application is read from.
    [[nodiscard]] std::map<fs::path, fs::file_time_type> fileTimes() const
    {
        std::error_code error;
        std::map<fs::path, fs::file_time_type> times;
        const Result<runtime::ParsedApplication> opened = runtime::openApplication(m_folder);
        if (!opened)
            return times;
        times[opened->file] = fs::last_write_time(opened->file, error);
        for (const fs::path &part : opened->parts)
            times[part] = fs::last_write_time(part, error);
        return times;
    }

    void onApplicationChanged()
    {
        if (fileTimes() == m_times)
            return;
        watchApplicationFile();
        Result<runtime::Application> application = runtime::loadApplication(m_folder);
        if (!application) {
            output().error(application.error());
            output().note(QStringLiteral("The application as it was keeps serving."));
            return;
        }
        std::swap(m_application, *application);
        if (!client())
            return;
        for (const ApplicationFunction &before : application->functions)
            if (!isOurs(before.spec.name))
                (void)client()->remove(before.spec.name);
        for (const ApplicationFunction &function : m_application.functions)
            put(function);
        output().note(QStringLiteral("The application file was read again."));
    }

    RunOptions m_options;
    fs::path m_folder;
    runtime::Application m_application;
    std::unique_ptr<runtime::Subscription> m_subscription;
    std::map<std::string, Known> m_known;
    QFileSystemWatcher m_watcher;
    QTimer m_settle;
    std::map<fs::path, fs::file_time_type> m_times;
    std::size_t m_waiting = 0;
    int m_port = 0; ///< Where the gateway was opened.
};

} // namespace

void addRunCommand(CommandList &list)
{
    const auto options = std::make_shared<RunOptions>();
    const CommandOptions command = list.add(
        "run", "Serve the application on this computer until Ctrl+C",
        "run\n"
        "run light --port 8080\n"
        "run server.js",
        [options](Output &output) { return std::make_unique<RunCommand>(output, *options); });
    command.addOption("DIR", options->folder, "Folder of the application, or one source")
        .typeName("");
    command.addOption("--port", options->port, "Port of the gateway on this computer; 0: any")
        .between(0, 65535)
        .typeName("N");
}

} // namespace app
