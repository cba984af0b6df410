#include "runtime-bridge/debug/pythondebugsession.h"

#include <QPromise>
#include <QRandomGenerator>
#include <QTcpServer>
#include <QTcpSocket>

#include <algorithm>
#include <array>
#include <utility>

namespace runtime {

namespace {

constexpr std::chrono::seconds startLimit{10};
constexpr std::chrono::seconds endLimit{1};
constexpr std::chrono::milliseconds thawDelay{150};

/// 256 random bits as text.
std::string createToken()
{
    std::array<quint32, 8> bits;
    QRandomGenerator::system()->fillRange(bits.data(), bits.size());
    return QByteArray(reinterpret_cast<const char *>(bits.data()), sizeof bits)
        .toHex()
        .toStdString();
}

template<typename T> QFuture<Result<T>> notStopped(const std::string &function)
{
    QPromise<Result<T>> promise;
    promise.start();
    promise.addResult(failure(ErrorCode::DebuggerFailed, function, "the function is not stopped"));
    promise.finish();
    return promise.future();
}

} // namespace

PythonDebugSession::PythonDebugSession(Client *client, std::string function, QObject *parent)
    : DebugSession(parent)
    , m_client(client)
    , m_function(std::move(function))
    , m_token(createToken())
{
    for (QTimer *timer : {&m_startLimit, &m_endLimit, &m_thaw})
        timer->setSingleShot(true);
    m_startLimit.setInterval(startLimit);
    connect(&m_startLimit, &QTimer::timeout, this, [this] {
        fail({ErrorCode::DebuggerFailed, m_function,
              "not ready within " + std::to_string(m_startLimit.interval()) +
                  " ms: " + m_progress.toStdString()});
    });
    connect(&m_endLimit, &QTimer::timeout, this, [this] {
        if (m_releasing)
            end(m_error);
        else
            release();
    });
    connect(&m_thaw, &QTimer::timeout, this, [this] { setFrozen(false); });
}

PythonDebugSession::~PythonDebugSession()
{
    blockSignals(true);
    m_worker.reset(); // a worker that stands still goes on when its debugger is gone
    if (m_state == State::Idle || m_state == State::Ended || !m_client)
        return;
    setFrozen(false);
    (void)m_client->debug({m_function, {}, 0, {}});
}

void PythonDebugSession::start()
{
    if (m_state != State::Idle)
        return;
    m_state = State::Starting;
    m_startLimit.start();
    if (m_client) {
        connect(m_client, &Client::lost, this, [this](const Error &error) {
            end(Error{ErrorCode::RuntimeLost, m_function, error.detail});
        });
        connect(m_client, &QObject::destroyed, this, [this] {
            end(Error{ErrorCode::RuntimeLost, m_function, "the connection was closed"});
        });
    }
    // Whoever starts us expects no answer before start() returns.
    QMetaObject::invokeMethod(
        this,
        [this] {
            if (m_state != State::Starting || m_ending)
                return;
            if (!m_client || !m_client->isReady())
                end(Error{ErrorCode::RuntimeLost, m_function, "not connected"});
            else if (listen())
                askForFunction();
        },
        Qt::QueuedConnection);
}

bool PythonDebugSession::listen()
{
    m_server = std::make_unique<QTcpServer>();
    connect(m_server.get(), &QTcpServer::newConnection, this, &PythonDebugSession::acceptWorker);
    if (m_server->listen(QHostAddress::LocalHost))
        return true;
    fail({ErrorCode::DebuggerFailed, m_function,
          "cannot listen on 127.0.0.1: " + m_server->errorString().toStdString()});
    return false;
}

int PythonDebugSession::port() const
{
    return m_server ? m_server->serverPort() : 0;
}

void PythonDebugSession::askForFunction()
{
    m_progress = QStringLiteral("the runtime was asked for the function");
    m_subscription = m_client->subscribe({.functions = true, .function = m_function});
    connect(m_subscription.get(), &Subscription::happened, this, &PythonDebugSession::onHappening);
    m_client->functions().then(this, [this](const Result<std::vector<FunctionState>> &states) {
        if (m_ending || m_state != State::Starting)
            return;
        if (!states)
            return fail(states.error());
        const auto own = std::ranges::find(
            *states, m_function, [](const FunctionState &state) { return state.spec.name; });
        if (own == states->end())
            return fail({ErrorCode::FunctionUnknown, m_function, {}});
        m_paths.runtimeRoot = QString::fromStdString(own->root);
        askForWorker();
    });
}

void PythonDebugSession::askForWorker()
{
    m_progress = QStringLiteral("the runtime was asked for a worker");
    m_client->debug({m_function, "127.0.0.1", m_server->serverPort(), m_token})
        .then(this, [this](const Result<> &answer) { onDebugAnswer(answer); });
}

void PythonDebugSession::onDebugAnswer(const Result<> &answer)
{
    if (m_ending || m_state == State::Ended)
        return;
    if (answer) {
        m_debugging = true;
        if (!m_worker)
            m_progress = QStringLiteral("the worker did not connect");
        return;
    }
    Error error = answer.error();
    if (error.code == ErrorCode::DebuggerMissing)
        error.detail += "\nDebian package: python3-debugpy";
    if (m_state == State::Starting || error.code != ErrorCode::FunctionInitFailed)
        return fail(error);
    m_waitsForSwitch = true;
}

void PythonDebugSession::onHappening(const Happening &happening)
{
    if (happening.kind == Happening::Kind::FunctionRemoved) {
        m_debugging = false;
        fail({ErrorCode::FunctionUnknown, m_function, "it was removed"});
    } else if (happening.kind == Happening::Kind::Switch) {
        m_drops = 0;
        if (std::exchange(m_waitsForSwitch, false))
            askForWorker();
    } else if (happening.kind == Happening::Kind::Function) {
        m_paths.runtimeRoot = QString::fromStdString(happening.function.root);
        if (!happening.function.debugging && std::exchange(m_debugging, false))
            onDropped();
    }
}

/// The runtime gave the function ordinary workers because one of ours did not come to serve. Asking
/// again at once helps when it was killed; when the code does not load, the next version does.
void PythonDebugSession::onDropped()
{
    if (m_ending)
        return;
    if (++m_drops == 1)
        askForWorker();
    else
        m_waitsForSwitch = true;
}

void PythonDebugSession::acceptWorker()
{
    while (!m_worker && !m_ending && m_server && m_server->hasPendingConnections()) {
        std::unique_ptr<QTcpSocket> socket(m_server->nextPendingConnection());
        socket->setParent(nullptr);
        if (socket->state() != QAbstractSocket::ConnectedState)
            continue; // it went while it waited
        socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
        m_progress = QStringLiteral("the worker connected and did not finish attaching");
        m_worker = std::make_unique<DebuggedWorker>(
            std::make_unique<DapChannel>(std::move(socket)),
            DebuggedWorker::Setup{QString::fromStdString(m_token), m_paths});
        connectWorker();
        m_worker->attach(m_breakpoints);
    }
}

void PythonDebugSession::connectWorker()
{
    DebuggedWorker *worker = m_worker.get();
    connect(worker, &DebuggedWorker::attached, this, &PythonDebugSession::onAttached);
    connect(worker, &DebuggedWorker::refused, this, &PythonDebugSession::onRefused);
    connect(worker, &DebuggedWorker::left, this, &PythonDebugSession::release);
    connect(worker, &DebuggedWorker::gone, this, &PythonDebugSession::onWorkerGone);
    connect(worker, &DebuggedWorker::halted, this, &PythonDebugSession::onHalted);
    connect(worker, &DebuggedWorker::stopped, this, &PythonDebugSession::onStopped);
    connect(worker, &DebuggedWorker::resumed, this, &PythonDebugSession::goOn);
    connect(worker, &DebuggedWorker::output, this, &PythonDebugSession::output);
    connect(worker, &DebuggedWorker::breakpointsChanged, this,
            &PythonDebugSession::breakpointsChanged);
}

/// Later: it may be one of its signals that brought us here.
void PythonDebugSession::dropWorker()
{
    if (!m_worker)
        return;
    m_worker->disconnect(this);
    m_worker.release()->deleteLater();
}

void PythonDebugSession::onAttached()
{
    m_startLimit.stop();
    if (m_state != State::Starting || m_ending)
        return;
    m_state = State::Running;
    Q_EMIT started();
}

void PythonDebugSession::onRefused(bool isOurs, const Error &error)
{
    if (isOurs) // the worker would wait for us for ever
        return fail({ErrorCode::DebuggerFailed, m_function, error.subject + ": " + error.detail});
    dropWorker();
    acceptWorker();
}

void PythonDebugSession::onHalted()
{
    m_thaw.stop();
    setFrozen(true);
}

void PythonDebugSession::onStopped(StopReason reason, const QString &text)
{
    if (m_ending)
        return;
    m_state = State::Stopped;
    Q_EMIT stopped(reason, text);
}

void PythonDebugSession::onWorkerGone(const QString &evidence)
{
    m_progress = QStringLiteral("the worker went away: ") + evidence;
    dropWorker();
    goOn();
    if (m_ending)
        release();
    else
        acceptWorker();
}

void PythonDebugSession::setBreakpoints(const QString &file,
                                        const std::vector<Breakpoint> &breakpoints)
{
    if (breakpoints.empty())
        m_breakpoints.remove(file);
    else
        m_breakpoints[file] = breakpoints;
    if (m_worker)
        m_worker->setBreakpoints(file, breakpoints);
}

void PythonDebugSession::resume()
{
    if (!isStopped())
        return;
    m_worker->resume();
    goOn();
}

void PythonDebugSession::stepOver()
{
    step(QStringLiteral("next"));
}

void PythonDebugSession::stepIn()
{
    step(QStringLiteral("stepIn"));
}

void PythonDebugSession::stepOut()
{
    step(QStringLiteral("stepOut"));
}

/// Most steps are over at once: the triggers stand still until one takes longer.
void PythonDebugSession::step(const QString &request)
{
    if (!isStopped())
        return;
    m_worker->step(request);
    m_thaw.start(thawDelay);
    m_state = State::Running;
    Q_EMIT resumed();
}

void PythonDebugSession::goOn()
{
    m_thaw.stop();
    setFrozen(false);
    if (m_state != State::Stopped)
        return;
    m_state = State::Running;
    Q_EMIT resumed();
}

void PythonDebugSession::pause()
{
    if (m_state == State::Running && m_worker && m_worker->isAttached())
        m_worker->pause();
}

void PythonDebugSession::setFrozen(bool frozen)
{
    if (m_frozen == frozen)
        return;
    m_frozen = frozen;
    if (m_client)
        (void)m_client->freeze(m_function, frozen);
}

const std::vector<StackFrame> &PythonDebugSession::stack() const
{
    static const std::vector<StackFrame> none;
    return isStopped() ? m_worker->stack() : none;
}

DebugSession::Reply<std::vector<Variable>> PythonDebugSession::variables(int frameId)
{
    return isStopped() ? m_worker->variables(frameId)
                       : notStopped<std::vector<Variable>>(m_function);
}

DebugSession::Reply<std::vector<Variable>> PythonDebugSession::children(int reference)
{
    return isStopped() ? m_worker->children(reference)
                       : notStopped<std::vector<Variable>>(m_function);
}

DebugSession::Reply<Variable> PythonDebugSession::evaluate(const QString &expression, int frameId)
{
    return isStopped() ? m_worker->evaluate(expression, frameId) : notStopped<Variable>(m_function);
}

void PythonDebugSession::stop()
{
    if (m_ending || m_state == State::Ended)
        return;
    m_ending = true;
    m_startLimit.stop();
    if (m_server)
        m_server->close();
    if (m_state == State::Idle)
        return end(m_error);
    m_endLimit.start(endLimit);
    if (m_worker && m_worker->isAttached())
        m_worker->leave(); // before the runtime takes it: what it is doing shall end well
    else
        release();
}

void PythonDebugSession::fail(const Error &error)
{
    if (m_ending)
        return;
    m_error = error;
    stop();
}

/// The function gets ordinary workers again.
void PythonDebugSession::release()
{
    if (!m_ending || std::exchange(m_releasing, true))
        return;
    setFrozen(false);
    if (!m_client)
        return end(m_error);
    m_endLimit.start(endLimit);
    m_client->debug({m_function, "127.0.0.1", 0, {}}).then(this, [this](const Result<> &) {
        end(m_error);
    });
}

void PythonDebugSession::end(const std::optional<Error> &error)
{
    if (m_state == State::Ended)
        return;
    m_state = State::Ended;
    m_ending = true;
    m_frozen = false;
    for (QTimer *timer : {&m_startLimit, &m_endLimit, &m_thaw})
        timer->stop();
    m_subscription.reset();
    if (m_server)
        m_server->close();
    dropWorker();
    Q_EMIT ended(error);
}

} // namespace runtime
