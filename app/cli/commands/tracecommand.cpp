#include "app/cli/commandlist.h"
#include "app/cli/runtimecommand.h"

#include <nlohmann/json.hpp>

#include <map>
#include <set>

namespace app {

using nlohmann::json;
using runtime::Invocation;
using runtime::Result;

namespace {

struct TraceOptions {
    std::string id, on;
};

/// The invocations of a chain by who caused whom.
class CallTree
{
public:
    explicit CallTree(std::vector<Invocation> invocations) : m_invocations(std::move(invocations))
    {
        std::set<std::string> spans;
        for (const Invocation &each : m_invocations)
            spans.insert(each.trace.span);
        // What caused it may be elsewhere, or be forgotten: then it stands at the top.
        for (const Invocation &each : m_invocations)
            m_causedBy[spans.contains(each.trace.parent) ? each.trace.parent : std::string()]
                .push_back(&each);
    }

    /// Those that \a span caused, oldest first; empty: those at the top.
    [[nodiscard]] const std::vector<const Invocation *> &causedBy(const std::string &span) const
    {
        static const std::vector<const Invocation *> none;
        const auto it = m_causedBy.find(span);
        return it == m_causedBy.end() ? none : it->second;
    }

private:
    std::vector<Invocation> m_invocations;
    std::map<std::string, std::vector<const Invocation *>> m_causedBy;
};

json objectsOf(const CallTree &tree, const std::string &span)
{
    json list = json::array();
    for (const Invocation *each : tree.causedBy(span)) {
        json object{{"id", each->id},
                    {"function", each->function},
                    {"trigger", each->trigger},
                    {"start_us", each->startUs},
                    {"queued_ms", each->queuedMs},
                    {"duration_ms", each->durationMs},
                    {"outcome", runtime::wireName(each->outcome)},
                    {"span_id", each->trace.span},
                    {"parent_span_id", each->trace.parent},
                    {"children", objectsOf(tree, each->trace.span)}};
        if (!each->fault.type.empty())
            object["error"] = {{"type", each->fault.type}, {"message", each->fault.message}};
        list.push_back(std::move(object));
    }
    return list;
}

void addRows(const CallTree &tree, const std::string &span, int depth,
             std::vector<QStringList> &rows)
{
    for (const Invocation *each : tree.causedBy(span)) {
        rows.push_back({QString(2 * depth, u' ') + QString::fromStdString(each->function),
                        QString::fromStdString(each->trigger), clockText(each->startUs),
                        durationText(each->durationMs),
                        QString::fromLatin1(runtime::wireName(each->outcome).data()),
                        QString::fromStdString(each->id)});
        addRows(tree, each->trace.span, depth + 1, rows);
    }
}

class TraceCommand final : public RuntimeCommand
{
public:
    TraceCommand(Output &output, TraceOptions options)
        : RuntimeCommand(output), m_options(std::move(options))
    {
    }

    void start() override
    {
        connectTo(m_options.on, "edgewright trace", "is a controller, which tells of no chains");
    }

private:
    void onReady(runtime::Client &client) override
    {
        client.trace(m_options.id).then(this, [this](const Result<std::vector<Invocation>> &chain) {
            if (!chain)
                return fail(chain.error());
            show(*chain);
            finish(Exit::Done);
        });
    }

    void show(const std::vector<Invocation> &chain)
    {
        const std::string id = chain.front().trace.id;
        const CallTree tree(chain);
        if (output().isJson())
            return output().json(json{{"trace_id", id}, {"invocations", objectsOf(tree, {})}});
        std::vector<QStringList> rows;
        addRows(tree, {}, 0, rows);
        output().note(QStringLiteral("Trace %1").arg(QString::fromStdString(id)));
        output().table({QStringLiteral("FUNCTION"), QStringLiteral("TRIGGER"),
                        QStringLiteral("START"), QStringLiteral("DURATION"),
                        QStringLiteral("OUTCOME"), QStringLiteral("INVOCATION")},
                       rows, {});
    }

    TraceOptions m_options;
};

} // namespace

void addTraceCommand(CommandList &list)
{
    const auto options = std::make_shared<TraceOptions>();
    const CommandOptions command = list.add(
        "trace", "Which invocation caused which",
        "trace 4f1d…                         the whole chain that this invocation belongs to\n"
        "trace 4f1d… --json --on porch-pi",
        [options](Output &output) { return std::make_unique<TraceCommand>(output, *options); });
    command.addOption("ID", options->id, "Of an invocation or of a trace").required().typeName("");
    command.addOption("--on", options->on, "A device; else here").typeName("DEVICE");
}

} // namespace app
