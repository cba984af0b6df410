#include "runtime-bridge/debug/debuggedworker.h"

#include <QFile>
#include <QJsonArray>
#include <QPromise>

#include <algorithm>
#include <utility>

namespace runtime {

namespace {

using StopReason = DebugSession::StopReason;

constexpr std::chrono::seconds tokenLimit{3};
constexpr int mostFrames = 200;

StopReason reasonOf(const QString &name)
{
    if (name == u"step")
        return StopReason::Step;
    if (name == u"exception")
        return StopReason::Exception;
    if (name == u"pause")
        return StopReason::Pause;
    if (name == u"entry" || name == u"goto")
        return StopReason::Entry;
    return StopReason::Breakpoint;
}

/// debugpy adds remarks in brackets to the names of exceptions and frames.
QString withoutRemark(const QString &name, const QString &remark)
{
    return name.section(remark, 0, 0).trimmed();
}

Variable variableOf(const QJsonObject &json, const QString &valueKey)
{
    return {json[u"name"].toString(), json[valueKey].toString(), json[u"type"].toString(),
            json[u"evaluateName"].toString(), json[u"variablesReference"].toInt()};
}

std::vector<Variable> variablesOf(const QJsonObject &body)
{
    std::vector<Variable> variables;
    for (const QJsonValue &value : body[u"variables"].toArray())
        variables.push_back(variableOf(value.toObject(), QStringLiteral("value")));
    return variables;
}

/// What pydevd calls success: it binds a line beyond the end to the last line, and a line before
/// the first code to line 0.
void place(Breakpoint &breakpoint, const QJsonObject &answer)
{
    const int line = answer[u"line"].toInt();
    breakpoint.verified = answer[u"verified"].toBool() && line > 0;
    breakpoint.actualLine = breakpoint.verified ? line : 0;
    breakpoint.reason.clear();
    if (breakpoint.verified)
        return;
    breakpoint.reason = answer[u"message"].toString().section(u'\n', 0, 0);
    if (breakpoint.reason.isEmpty())
        breakpoint.reason = QStringLiteral("There is no code at this line or before it.");
}

/// Lines of a file of this computer; -1 when it cannot be read.
int countLines(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return -1;
    const QByteArray text = file.read(4 << 20);
    return int(text.count('\n')) + (text.isEmpty() || text.endsWith('\n') ? 0 : 1);
}

QJsonObject toJson(const Breakpoint &breakpoint)
{
    QJsonObject json{{QStringLiteral("line"), breakpoint.line}};
    if (!breakpoint.condition.isEmpty())
        json[u"condition"] = breakpoint.condition;
    if (!breakpoint.hitCondition.isEmpty())
        json[u"hitCondition"] = breakpoint.hitCondition;
    if (!breakpoint.logMessage.isEmpty())
        json[u"logMessage"] = breakpoint.logMessage;
    return json;
}

/// Delivers one result, from wherever it comes.
template<typename T> class Delivery
{
public:
    Delivery() { m_promise->start(); }
    [[nodiscard]] QFuture<Result<T>> future() const { return m_promise->future(); }
    void operator()(Result<T> result) const
    {
        m_promise->addResult(std::move(result));
        m_promise->finish();
    }

private:
    std::shared_ptr<QPromise<Result<T>>> m_promise = std::make_shared<QPromise<Result<T>>>();
};

} // namespace

DebuggedWorker::DebuggedWorker(std::unique_ptr<DapChannel> channel, Setup setup, QObject *parent)
    : QObject(parent)
    , m_setup(std::move(setup))
    , m_client(std::make_unique<DapClient>(std::move(channel)))
{
    connect(m_client.get(), &DapClient::happened, this, &DebuggedWorker::onHappened);
    connect(m_client.get(), &DapClient::lost, this, &DebuggedWorker::gone);
}

DebuggedWorker::~DebuggedWorker()
{
    blockSignals(true);
    m_client.reset(); // answers what is open, while we are whole
}

void DebuggedWorker::require(const QString &command, const QJsonObject &arguments, Next next)
{
    m_client->request(command, arguments, this,
                      [this, next = std::move(next)](const Result<QJsonObject> &answer) {
                          if (answer)
                              next(*answer);
                          else if (m_client->isOpen()) // else gone() follows
                              Q_EMIT refused(true, answer.error());
                      });
}

void DebuggedWorker::attach(const Breakpoints &breakpoints)
{
    for (auto it = breakpoints.begin(); it != breakpoints.end(); ++it)
        m_sent[it.key()].breakpoints = it.value();
    authorize();
}

/// Any process of this computer can connect to the port: the token tells our worker.
void DebuggedWorker::authorize()
{
    const auto onAnswer = [this](const Result<QJsonObject> &answer) {
        if (!m_client->isOpen())
            return; // gone() follows
        if (!answer || (*answer)[u"clientAccessToken"].toString() != m_setup.token) {
            Q_EMIT refused(false, {ErrorCode::DebuggerFailed, "pydevdAuthorize",
                                   answer ? "wrong access token" : answer.error().detail});
            return;
        }
        require(QStringLiteral("initialize"),
                {{QStringLiteral("clientID"), QStringLiteral("edgewright")},
                 {QStringLiteral("adapterID"), QStringLiteral("debugpy")},
                 {QStringLiteral("pathFormat"), QStringLiteral("path")},
                 {QStringLiteral("linesStartAt1"), true},
                 {QStringLiteral("columnsStartAt1"), true},
                 {QStringLiteral("supportsVariableType"), true}},
                [this](const QJsonObject &) { configure(); });
    };
    m_client->request(QStringLiteral("pydevdAuthorize"),
                      {{QStringLiteral("debugServerAccessToken"), QJsonValue::Null}}, this,
                      onAnswer, tokenLimit);
}

void DebuggedWorker::configure()
{
    const auto rule = [](const QString &path, bool include) {
        return QJsonObject{{QStringLiteral("path"), path}, {QStringLiteral("include"), include}};
    };
    const QString hide = QStringLiteral("hide");
    const QString own = m_setup.paths.runtimeRoot + QStringLiteral("/**");
    const QJsonObject arguments{
        {QStringLiteral("justMyCode"), true},
        {QStringLiteral("redirectOutput"), false},
        {QStringLiteral("showReturnValue"), true},
        {QStringLiteral("subProcess"), false},
        // The first that matches decides; without them the shim's frames would be shown.
        {QStringLiteral("rules"), QJsonArray{rule(own, true), rule(QStringLiteral("/**"), false)}},
        {QStringLiteral("variablePresentation"),
         QJsonObject{{QStringLiteral("special"), hide},
                     {QStringLiteral("function"), hide},
                     {QStringLiteral("class"), hide},
                     {QStringLiteral("protected"), QStringLiteral("inline")}}}};
    const auto onAttached = [this](const QJsonObject &) {
        m_takesBreakpoints = true;
        for (const QString &file : m_sent.keys())
            setBreakpoints(file, std::vector<Breakpoint>(m_sent[file].breakpoints));
        require(QStringLiteral("setExceptionBreakpoints"),
                {{QStringLiteral("filters"), QJsonArray{QStringLiteral("userUnhandled")}}},
                [this](const QJsonObject &) {
                    require(QStringLiteral("configurationDone"), {}, [this](const QJsonObject &) {
                        m_attached = true;
                        Q_EMIT attached();
                    });
                });
    };
    require(QStringLiteral("attach"), arguments, onAttached);
}

void DebuggedWorker::setBreakpoints(const QString &file, const std::vector<Breakpoint> &breakpoints)
{
    Sent &sent = m_sent[file];
    sent.breakpoints = breakpoints;
    if (!m_takesBreakpoints)
        return; // sent with the others, see configure()
    sent.ids.assign(breakpoints.size(), -1);
    const int round = ++sent.round;
    const int lines = countLines(file);
    std::vector<std::size_t> asked;
    QJsonArray wanted;
    for (std::size_t i = 0; i < breakpoints.size(); ++i) {
        Breakpoint &breakpoint = sent.breakpoints[i];
        place(breakpoint, {});
        breakpoint.reason.clear();
        if (!breakpoint.enabled)
            continue;
        if (lines >= 0 && breakpoint.line > lines) {
            breakpoint.reason = QStringLiteral("The file has only %1 lines.").arg(lines);
            continue;
        }
        asked.push_back(i);
        wanted.append(toJson(breakpoint));
    }
    const QJsonObject source{{QStringLiteral("path"), m_setup.paths.toRuntime(file)}};
    m_client->request(QStringLiteral("setBreakpoints"),
                      {{QStringLiteral("source"), source}, {QStringLiteral("breakpoints"), wanted}},
                      this, [this, file, round, asked](const Result<QJsonObject> &answer) {
                          onBreakpointsSet(file, round, asked, answer);
                      });
}

void DebuggedWorker::onBreakpointsSet(const QString &file, int round,
                                      const std::vector<std::size_t> &asked,
                                      const Result<QJsonObject> &answer)
{
    Sent &sent = m_sent[file];
    if (sent.round != round)
        return;
    const QJsonArray placed = answer ? (*answer)[u"breakpoints"].toArray() : QJsonArray();
    for (std::size_t i = 0; i < asked.size(); ++i) {
        Breakpoint &breakpoint = sent.breakpoints[asked[i]];
        const QJsonObject json = placed.at(qsizetype(i)).toObject();
        place(breakpoint, json);
        sent.ids[asked[i]] = json[u"id"].toInt(-1);
        if (!answer)
            breakpoint.reason = QString::fromStdString(answer.error().detail);
    }
    Q_EMIT breakpointsChanged(file, sent.breakpoints);
}

void DebuggedWorker::onBreakpoint(const QJsonObject &json)
{
    for (auto it = m_sent.begin(); it != m_sent.end(); ++it) {
        const auto found = std::ranges::find(it->ids, json[u"id"].toInt(-2));
        if (found == it->ids.end())
            continue;
        place(it->breakpoints[std::size_t(found - it->ids.begin())], json);
        Q_EMIT breakpointsChanged(it.key(), it->breakpoints);
        return;
    }
}

void DebuggedWorker::onHappened(const QString &event, const QJsonObject &body)
{
    if (event == u"stopped")
        onStopped(body);
    else if (event == u"continued" && m_halted) {
        go();
        Q_EMIT resumed();
    } else if (event == u"output")
        onOutput(body);
    else if (event == u"breakpoint")
        onBreakpoint(body[u"breakpoint"].toObject());
}

void DebuggedWorker::onOutput(const QJsonObject &body)
{
    const QString text = body[u"output"].toString();
    // Advice about settings of another program.
    if (body[u"category"].toString() != u"telemetry" && !text.contains(u"justMyCode"))
        Q_EMIT output(text);
}

void DebuggedWorker::onStopped(const QJsonObject &body)
{
    m_thread = body[u"threadId"].toInt();
    m_halted = true;
    const int stop = ++m_stop;
    const StopReason reason = reasonOf(body[u"reason"].toString());
    QString text = body[u"text"].toString();
    if (reason == StopReason::Exception)
        text = withoutRemark(text, QStringLiteral("(note:")) + QStringLiteral(": ") +
               body[u"description"].toString();
    const QPointer<DebuggedWorker> self(this);
    Q_EMIT halted();
    if (!self)
        return;
    m_client->request(
        QStringLiteral("stackTrace"),
        {{QStringLiteral("threadId"), m_thread}, {QStringLiteral("levels"), mostFrames}}, this,
        [this, stop, reason, text](const Result<QJsonObject> &answer) {
            if (stop != m_stop || !m_halted)
                return; // it runs again, or is lost
            if (answer)
                readStack(*answer);
            Q_EMIT stopped(reason, text);
        });
}

void DebuggedWorker::readStack(const QJsonObject &body)
{
    m_stack.clear();
    for (const QJsonValue &value : body[u"stackFrames"].toArray()) {
        const QJsonObject frame = value.toObject();
        const QString file = m_setup.paths.toUser(frame[u"source"][u"path"].toString());
        m_stack.push_back(
            {frame[u"id"].toInt(),
             withoutRemark(frame[u"name"].toString(), QStringLiteral("(Current frame)")), file,
             frame[u"line"].toInt(), m_setup.paths.isInside(file)});
    }
}

void DebuggedWorker::go()
{
    m_halted = false;
    m_stack.clear();
}

void DebuggedWorker::resume()
{
    go();
    m_client->request(QStringLiteral("continue"),
                      {{QStringLiteral("threadId"), QStringLiteral("*")}}, this,
                      [](const Result<QJsonObject> &) {});
}

void DebuggedWorker::step(const QString &request)
{
    go();
    m_client->request(request, {{QStringLiteral("threadId"), m_thread}}, this,
                      [](const Result<QJsonObject> &) {});
}

void DebuggedWorker::pause()
{
    m_client->request(QStringLiteral("pause"), {{QStringLiteral("threadId"), QStringLiteral("*")}},
                      this, [](const Result<QJsonObject> &) {});
}

void DebuggedWorker::leave()
{
    m_client->request(QStringLiteral("disconnect"), {{QStringLiteral("terminateDebuggee"), false}},
                      this, [this](const Result<QJsonObject> &) { Q_EMIT left(); });
}

DebuggedWorker::Reply<std::vector<Variable>> DebuggedWorker::variables(int frameId)
{
    const Delivery<std::vector<Variable>> deliver;
    m_client->request(
        QStringLiteral("scopes"), {{QStringLiteral("frameId"), frameId}}, this,
        [this, deliver](const Result<QJsonObject> &answer) {
            if (!answer)
                return deliver(tl::unexpected(answer.error()));
            const QJsonObject locals = (*answer)[u"scopes"].toArray().at(0).toObject();
            m_client->request(
                QStringLiteral("variables"),
                {{QStringLiteral("variablesReference"), locals[u"variablesReference"]}}, this,
                [deliver](const Result<QJsonObject> &inner) { deliver(inner.map(variablesOf)); });
        });
    return deliver.future();
}

DebuggedWorker::Reply<std::vector<Variable>> DebuggedWorker::children(int reference)
{
    const Delivery<std::vector<Variable>> deliver;
    m_client->request(
        QStringLiteral("variables"), {{QStringLiteral("variablesReference"), reference}}, this,
        [deliver](const Result<QJsonObject> &answer) { deliver(answer.map(variablesOf)); });
    return deliver.future();
}

DebuggedWorker::Reply<Variable> DebuggedWorker::evaluate(const QString &expression, int frameId)
{
    const Delivery<Variable> deliver;
    const auto onAnswer = [deliver, expression](const Result<QJsonObject> &answer) {
        if (!answer)
            return deliver(failure(ErrorCode::FunctionFailed, expression.toStdString(),
                                   answer.error().detail));
        Variable value = variableOf(*answer, QStringLiteral("result"));
        value.name = value.expression = expression;
        deliver(std::move(value));
    };
    m_client->request(QStringLiteral("evaluate"),
                      {{QStringLiteral("expression"), expression},
                       {QStringLiteral("frameId"), frameId},
                       {QStringLiteral("context"), QStringLiteral("repl")}},
                      this, onAnswer);
    return deliver.future();
}

} // namespace runtime
