#include "tests/debug/debugsetup.h"

namespace tests {

using namespace runtime;

DebugSetup::DebugSetup(TestRuntime &runtime, const QByteArray &code, const char *functionName,
                       std::vector<Trigger> triggers, Client *client)
    : name(functionName), m_runtime(runtime)
{
    write(code);
    FunctionSpec spec = TestRuntime::spec(name);
    spec.timeout = std::chrono::seconds(1);
    spec.triggers = std::move(triggers);
    const auto put = runtime.putLinked(spec, true);
    if (!put)
        qWarning("put: %s", put.error().detail.c_str());
    session = std::make_unique<PythonDebugSession>(client ? client : &runtime.client(), name);
    auto *watched = session.get();
    QObject::connect(watched, &DebugSession::started, watched, [this] { ++started; });
    QObject::connect(watched, &DebugSession::stopped, watched,
                     [this](DebugSession::StopReason why, const QString &words) {
                         reason = why;
                         text = words;
                         ++stops;
                     });
    QObject::connect(watched, &DebugSession::resumed, watched, [this] { ++resumptions; });
    QObject::connect(watched, &DebugSession::output, watched,
                     [this](const QString &words) { output += words; });
    QObject::connect(watched, &DebugSession::ended, watched,
                     [this](const std::optional<Error> &why) {
                         error = why;
                         ++ends;
                     });
    QObject::connect(watched, &DebugSession::breakpointsChanged, watched,
                     [this](const QString &changed, const std::vector<Breakpoint> &now) {
                         if (changed == file)
                             breakpoints = now;
                     });
}

DebugSetup::~DebugSetup()
{
    session.reset();
    (void)TestRuntime::wait(m_runtime.client().remove(name));
}

void DebugSetup::write(const QByteArray &code)
{
    const QString main = QStringLiteral("main.py");
    file = m_runtime.write(QString::fromStdString(name), main, code) + QLatin1Char('/') + main;
}

void DebugSetup::setLines(const std::vector<int> &lines)
{
    std::vector<Breakpoint> wanted(lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i)
        wanted[i].line = lines[i];
    session->setBreakpoints(file, wanted);
}

bool DebugSetup::start(const std::vector<int> &lines)
{
    QElapsedTimer clock;
    clock.start();
    if (!lines.empty())
        setLines(lines);
    session->start();
    (void)QTest::qWaitFor([this] { return started > 0 || ends > 0; }, 15'000);
    startedMs = clock.elapsed();
    if (error)
        qWarning("debugging %s: %s", error->subject.c_str(), error->detail.c_str());
    return started == 1 && ends == 0;
}

bool DebugSetup::waitForStop(int count, int limit)
{
    return QTest::qWaitFor([&] { return stops >= count; }, limit) && stops == count;
}

bool DebugSetup::waitForEnd()
{
    return QTest::qWaitFor([this] { return ends > 0; }, 10'000) && ends == 1;
}

QFuture<Result<Invocation>> DebugSetup::invoke(const std::string &event)
{
    return m_runtime.client().invoke({name, event, "manual", {}});
}

int DebugSetup::line() const
{
    return session->stack().empty() ? 0 : session->stack().front().line;
}

QString DebugSetup::place() const
{
    if (session->stack().empty())
        return {};
    const StackFrame &frame = session->stack().front();
    return QStringLiteral("%1:%2").arg(frame.name).arg(frame.line);
}

QString DebugSetup::valueOf(const QString &variable)
{
    if (session->stack().empty())
        return QStringLiteral("!not stopped");
    const auto locals = TestRuntime::wait(session->variables(session->stack().front().id));
    if (!locals)
        return QLatin1Char('!') + QString::fromStdString(locals.error().detail);
    for (const Variable &local : *locals)
        if (local.name == variable)
            return local.value;
    return QStringLiteral("!no such variable");
}

QString DebugSetup::evaluate(const QString &expression)
{
    const int frame = session->stack().empty() ? 0 : session->stack().front().id;
    const auto value = TestRuntime::wait(session->evaluate(expression, frame));
    return value ? value->value : QLatin1Char('!') + QString::fromStdString(value.error().detail);
}

} // namespace tests
