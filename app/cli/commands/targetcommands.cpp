#include "app/cli/commandlist.h"
#include "app/cli/commands/deviceordercommand.h"
#include "app/cli/controllerof.h"
#include "app/cli/functionchoice.h"
#include "app/cli/place.h"
#include "runtime-bridge/base/digest.h"

#include <nlohmann/json.hpp>

#include <array>
#include <filesystem>

namespace app {

using nlohmann::json;
using runtime::Controller;
using runtime::DeployedFunction;
using runtime::Deployment;
using runtime::DeploymentPlan;
using runtime::ErrorCode;
using runtime::PlanItem;
using runtime::PortabilityFinding;
using runtime::Result;

namespace {

struct TargetOptions {
    std::vector<std::string> functions;
    std::string target{ownEndpoint};
    bool planOnly = false;
};

QString textOfUtf8(const std::string &utf8)
{
    return QString::fromStdString(utf8);
}

const char *wordOf(PlanItem::Change change)
{
    static constexpr std::array words{"create", "change", "remove", "keep"};
    return words.at(std::size_t(change));
}

const char *wordOf(PortabilityFinding::Severity severity)
{
    static constexpr std::array words{"note", "warning", "error"};
    return words.at(std::size_t(severity));
}

QString signOf(PlanItem::Change change)
{
    static constexpr std::array signs{"+", "~", "-", "="};
    return QLatin1String(signs.at(std::size_t(change)));
}

/// What every command on a controller shares: the target, and the names of functions.
class ControllerCommand : public Command
{
public:
    ControllerCommand(Output &output, TargetOptions options)
        : Command(output), m_options(std::move(options))
    {
    }

    void start() override
    {
        const Result<Place> place = placeNamed(m_options.target);
        if (!place)
            return fail(place.error());
        Result<std::unique_ptr<Controller>> controller = createControllerOf(*place);
        if (!controller)
            return fail(controller.error());
        m_controller = std::move(*controller);
        begin();
    }

protected:
    virtual void begin() = 0;
    [[nodiscard]] Controller &controller() const { return *m_controller; }
    [[nodiscard]] const TargetOptions &options() const { return m_options; }

    /// The names given, or those of the application here.
    [[nodiscard]] Result<std::vector<std::string>> names() const
    {
        if (!m_options.functions.empty())
            return m_options.functions;
        return chooseFunctions({}).map([](const auto &functions) {
            std::vector<std::string> names;
            for (const runtime::ApplicationFunction &function : functions)
                names.push_back(function.spec.name);
            return names;
        });
    }

private:
    TargetOptions m_options;
    std::unique_ptr<Controller> m_controller;
};

class DeployCommand final : public ControllerCommand
{
public:
    using ControllerCommand::ControllerCommand;

private:
    void begin() override
    {
        Result<std::vector<runtime::ApplicationFunction>> functions =
            chooseFunctions(options().functions);
        if (!functions)
            return fail(functions.error());
        m_request.application = functions->front().spec.application;
        m_request.functions = std::move(*functions);
        m_request.isWhole = options().functions.empty();
        connect(&controller(), &Controller::deployed, this,
                [this](const runtime::DeploymentItem &item) {
                    this->output().progress(signOf(item.change) + u' ' + textOfUtf8(item.name));
                });
        controller()
            .plan(m_request, stopToken())
            .then(this, [this](const Result<DeploymentPlan> &plan) {
                if (plan)
                    onPlan(*plan);
                else
                    fail(plan.error());
            });
    }

    /// The report comes before anything is sent.
    void onPlan(const DeploymentPlan &plan)
    {
        for (const PortabilityFinding &finding : plan.findings)
            output().note(
                QStringLiteral("%1: %2%3")
                    .arg(QLatin1String(wordOf(finding.severity)),
                         finding.subject.empty() ? QString() : textOfUtf8(finding.subject) + u' ',
                         textOfUtf8(finding.message)));
        if (options().planOnly) {
            showPlan(plan);
            return finish(plan.isPossible() ? Exit::Done : Exit::Failed);
        }
        if (!plan.isPossible())
            return fail(
                {ErrorCode::ControllerRefused, options().target, "the plan has errors, see above"});
        controller()
            .deploy(m_request, stopToken())
            .then(this, [this](const Result<Deployment> &done) {
                if (!done)
                    return fail(done.error());
                show(*done);
                finish(Exit::Done);
            });
    }

    void showPlan(const DeploymentPlan &plan)
    {
        if (!output().isJson()) {
            for (const PlanItem &item : plan.items)
                output().line(QStringLiteral("%1 %2  %3 bytes  %4")
                                  .arg(signOf(item.change), textOfUtf8(item.name))
                                  .arg(item.bytes)
                                  .arg(textOfUtf8(item.text)));
            return;
        }
        json items = json::array(), findings = json::array();
        for (const PlanItem &item : plan.items)
            items.push_back({{"function", item.name},
                             {"change", wordOf(item.change)},
                             {"bytes", item.bytes},
                             {"text", item.text}});
        for (const PortabilityFinding &finding : plan.findings)
            findings.push_back({{"severity", wordOf(finding.severity)},
                                {"subject", finding.subject},
                                {"message", finding.message}});
        output().json(json{{"target", options().target},
                           {"possible", plan.isPossible()},
                           {"items", items},
                           {"findings", findings}});
    }

    void show(const Deployment &deployment)
    {
        json list = json::array();
        for (const runtime::DeploymentItem &item : deployment.items) {
            list.push_back({{"target", options().target},
                            {"function", item.name},
                            {"change", wordOf(item.change)},
                            {"bundle", item.bundle},
                            {"version", item.version},
                            {"bytes_sent", item.bytes},
                            {"ms", item.ms}});
            if (!output().isJson())
                output().line(
                    QStringLiteral("%1 %2  version %3  %4 bytes sent  %5 ms")
                        .arg(signOf(item.change), textOfUtf8(item.name), textOfUtf8(item.version))
                        .arg(item.bytes)
                        .arg(item.ms));
        }
        if (output().isJson())
            output().json(list);
    }

    runtime::DeploymentRequest m_request;
};

class StatusCommand final : public ControllerCommand
{
public:
    using ControllerCommand::ControllerCommand;

private:
    void begin() override
    {
        controller()
            .status(stopToken())
            .then(this, [this](const Result<std::vector<DeployedFunction>> &list) {
                if (!list)
                    return fail(list.error());
                show(*list);
                finish(Exit::Done);
            });
    }

    [[nodiscard]] bool isWanted(const std::string &name) const
    {
        const auto &names = options().functions;
        return names.empty() || std::ranges::find(names, name) != names.end();
    }

    void show(const std::vector<DeployedFunction> &all)
    {
        json list = json::array();
        std::vector<QStringList> rows;
        for (const DeployedFunction &function : all) {
            if (!isWanted(function.name))
                continue;
            list.push_back({{"function", function.name},
                            {"application", function.application},
                            {"version", function.version},
                            {"bundle", function.bundle},
                            {"kind", function.kind},
                            {"updated_us", function.updatedUs},
                            {"error", function.fault.type.empty()
                                          ? json()
                                          : json{{"type", function.fault.type},
                                                 {"message", function.fault.message}}}});
            rows.push_back({textOfUtf8(function.name), textOfUtf8(function.application),
                            textOfUtf8(function.version),
                            textOfUtf8(runtime::shortDigest(function.bundle)),
                            textOfUtf8(function.kind), textOfUtf8(function.fault.type)});
        }
        if (output().isJson())
            output().json(list);
        else
            output().table({QStringLiteral("FUNCTION"), QStringLiteral("APPLICATION"),
                            QStringLiteral("VERSION"), QStringLiteral("BUNDLE"),
                            QStringLiteral("KIND"), QStringLiteral("ERROR")},
                           rows, QStringLiteral("No function is deployed there."));
    }
};

/// One order for each function, one after the other.
class EachCommand : public ControllerCommand
{
public:
    using ControllerCommand::ControllerCommand;

protected:
    virtual Controller::Reply<> order(const std::string &function) = 0;
    [[nodiscard]] virtual const char *word() const = 0;

private:
    void begin() override
    {
        Result<std::vector<std::string>> wanted = names();
        if (!wanted)
            return fail(wanted.error());
        m_names = std::move(*wanted);
        next();
    }

    void next()
    {
        if (m_done == m_names.size())
            return finish(Exit::Done);
        order(m_names[m_done]).then(this, [this](const Result<> &done) {
            if (!done)
                return fail(done.error());
            const std::string &name = m_names[m_done++];
            if (output().isJson())
                output().json(json{{"function", name}, {"done", word()}});
            else
                output().line(
                    QStringLiteral("%1  %2").arg(textOfUtf8(name), QLatin1String(word())));
            next();
        });
    }

    std::vector<std::string> m_names;
    std::size_t m_done = 0;
};

class RemoveCommand final : public EachCommand
{
public:
    using EachCommand::EachCommand;

private:
    Controller::Reply<> order(const std::string &function) override
    {
        return controller().remove(function, stopToken());
    }
    [[nodiscard]] const char *word() const override { return "removed"; }
};

class RollbackCommand final : public EachCommand
{
public:
    using EachCommand::EachCommand;

private:
    Controller::Reply<> order(const std::string &function) override
    {
        return controller().rollback(function, stopToken());
    }
    [[nodiscard]] const char *word() const override { return "rolled back"; }
};

/// \a Kind on a controller, or the same order on devices and groups.
template<typename Kind>
CreateCommand orderOn(const std::shared_ptr<TargetOptions> &options, DeviceOrderCommand::What what)
{
    return [options, what](Output &output) -> std::unique_ptr<Command> {
        const std::vector<std::string> names = namesOfList(options->target);
        if (const auto devices = devicesNamed(names))
            return std::make_unique<DeviceOrderCommand>(output, what, *devices, options->functions);
        else if (names.size() > 1)
            return std::make_unique<ImmediateCommand>(
                output, [error = devices.error()](Output &) -> Result<Exit> {
                    return tl::unexpected(error);
                });
        return std::make_unique<Kind>(output, *options);
    };
}

Result<Exit> listTargets(Output &output)
{
    json list = json::array();
    std::vector<QStringList> rows;
    for (const Place &place : allPlaces()) {
        const bool isDevice = place.kind == Place::Kind::Device;
        const bool isController = place.kind == Place::Kind::Controller;
        const QString kind = isDevice       ? QStringLiteral("device")
                             : isController ? QStringLiteral("controller")
                                            : QStringLiteral("runtime");
        QString where = QStringLiteral("this computer");
        if (isDevice)
            where = device::toAddress(place.device);
        else if (const auto endpoint = place.target.settings.find("endpoint");
                 endpoint != place.target.settings.end())
            where = textOfUtf8(endpoint->second);
        list.push_back(
            {{"name", place.name}, {"kind", kind.toStdString()}, {"address", where.toStdString()}});
        rows.push_back({textOfUtf8(place.name), kind, where});
    }
    if (output.isJson())
        output.json(list);
    else
        output.table({QStringLiteral("NAME"), QStringLiteral("KIND"), QStringLiteral("WHERE")},
                     rows, {});
    return Exit::Done;
}

template<typename Kind> CreateCommand onController(const std::shared_ptr<TargetOptions> &options)
{
    return [options](Output &output) { return std::make_unique<Kind>(output, *options); };
}

CommandOptions addTargetCommand(CommandList &list, const char *name, const char *description,
                                const char *examples, const std::shared_ptr<TargetOptions> &options,
                                CreateCommand create)
{
    const CommandOptions command = list.add(name, description, examples, std::move(create));
    command.addOption("FUNCTION", options->functions, "Their names; none: all of the application")
        .typeName("");
    command
        .addOption("--to", options->target,
                   "A controller; for rollback and remove also devices or groups, with commas "
                   "between; else \"edgewright\", this computer's own")
        .typeName("TARGET");
    return command;
}

} // namespace

void addTargetCommands(CommandList &list)
{
    list.add("targets", "The places where functions can run", "targets --json",
             immediate(listTargets));
    const auto options = [] { return std::make_shared<TargetOptions>(); };
    const auto deploy = options(), status = options(), rollback = options(), remove = options();
    addTargetCommand(list, "deploy", "Make a controller run functions",
                     "deploy\n"
                     "deploy --plan\n"
                     "deploy night-light --to prod --json",
                     deploy, onController<DeployCommand>(deploy))
        .addFlag("--plan", deploy->planOnly, "Only say what would change");
    addTargetCommand(list, "status", "What a controller runs", "status --to prod --json", status,
                     onController<StatusCommand>(status));
    addTargetCommand(list, "rollback", "Bring the version before back",
                     "rollback night-light --to porch-pi\n"
                     "rollback --to greenhouse     all devices of a group",
                     rollback,
                     orderOn<RollbackCommand>(rollback, DeviceOrderCommand::What::RollBack));
    addTargetCommand(list, "remove", "Take functions off a controller or devices",
                     "remove night-light --to prod", remove,
                     orderOn<RemoveCommand>(remove, DeviceOrderCommand::What::Remove));
}

} // namespace app
