#include "runtime-bridge/daemon/runtimeapi.h"

#include "runtime-bridge/daemon/callstream.h"
#include "runtime-bridge/daemon/httpclient.h"
#include "runtime-bridge/daemon/httptext.h"
#include "runtime-bridge/daemon/log.h"

#include "runtime-bridge/protocol/frame.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace runtime {

using nlohmann::json;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

constexpr std::string_view apiRoot = "/2018-06-01/runtime/";
constexpr std::string_view streamedResponse = "application/vnd.awslambda.http-integration-response";

HttpResponse accepted()
{
    return jsonResponse(202, R"({"status":"OK"})");
}

HttpResponse refusal(int status, const char *type, const char *message)
{
    return jsonResponse(status, json{{"errorType", type}, {"errorMessage", message}}.dump());
}

std::string textOf(const json &object, const char *key)
{
    const auto it = object.find(key);
    return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

/// "file:12:5" without its last number, which it gives; nothing when there is none.
std::string_view takeNumber(std::string_view &place)
{
    const std::size_t colon = place.rfind(':');
    const std::string_view number =
        colon == std::string_view::npos ? std::string_view() : place.substr(colon + 1);
    if (number.empty() || number.find_first_not_of("0123456789") != std::string_view::npos)
        return {};
    place = place.substr(0, colon);
    return number;
}

/// A frame as ours are written, "file:line in name", with \a root left out of the file.
std::string frameText(std::string_view file, std::string_view line, std::string_view name,
                      const std::string &root)
{
    if (file.starts_with("file://"))
        file.remove_prefix(7);
    if (file.starts_with(root + '/'))
        file.remove_prefix(root.size() + 1);
    return std::string(file) + ':' + std::string(line) +
           (name.empty() ? "" : " in " + std::string(name));
}

/// One line of a stack as official runtimes write it: "    at name (file:line:column)",
/// "  File "file", line 3, in name", {"path", "line", "label"}. Empty: not a frame.
std::string stackFrame(const json &line, const std::string &root)
{
    if (line.is_object())
        return frameText(textOf(line, "path"), std::to_string(line.value("line", 0)),
                         textOf(line, "label"), root);
    const std::string whole = line.is_string() ? line.get<std::string>() : std::string();
    std::string_view text = trimmed(std::string_view(whole).substr(0, whole.find('\n')));
    constexpr std::string_view python = "File \"", number = "\", line ", in = ", in ";
    const std::size_t numberAt = text.find(number), inAt = text.find(in);
    if (text.starts_with(python) && numberAt < inAt && inAt != std::string_view::npos)
        return frameText(text.substr(python.size(), numberAt - python.size()),
                         text.substr(numberAt + number.size(), inAt - numberAt - number.size()),
                         text.substr(inAt + in.size()), root);
    if (!text.starts_with("at "))
        return {};
    text.remove_prefix(3);
    const std::size_t bracket = text.ends_with(')') ? text.rfind(" (") : std::string_view::npos;
    std::string_view place = bracket == std::string_view::npos
                                 ? text
                                 : text.substr(bracket + 2, text.size() - bracket - 3);
    const std::string_view name =
        bracket == std::string_view::npos ? std::string_view() : text.substr(0, bracket);
    std::string_view found = takeNumber(place);
    if (const std::string_view before = takeNumber(place); !before.empty())
        found = before; // the other was the column
    return found.empty() ? std::string() : frameText(place, found, name, root);
}

/// {"errorType", "errorMessage", "stackTrace" or "trace"}, as official runtimes post it.
Fault faultOf(const HttpRequest &request, const std::string &root)
{
    const json body = json::parse(request.body, nullptr, false);
    Fault fault;
    if (body.is_object()) {
        fault.type = textOf(body, "errorType");
        fault.message = textOf(body, "errorMessage");
        for (const char *key : {"stackTrace", "trace"})
            if (const auto it = body.find(key); it != body.end() && it->is_array())
                for (const json &line : *it)
                    if (std::string frame = stackFrame(line, root); !frame.empty())
                        fault.stack.push_back(std::move(frame));
        if (body.contains("trace")) // Node.js: the innermost first
            std::ranges::reverse(fault.stack);
    } else {
        fault.message = isUtf8(request.body) ? request.body : "an error that is no text";
    }
    if (fault.type.empty())
        fault.type = request.header("lambda-runtime-function-error-type");
    if (fault.type.empty())
        fault.type = "Error";
    return fault;
}

/// Bytes as JSON text: what is JSON already, else a string.
std::string jsonOf(const std::string &bytes)
{
    if (trimmed(bytes).empty())
        return "null";
    if (json::accept(bytes))
        return std::string(trimmed(bytes));
    return json(isUtf8(bytes) ? bytes : toBase64(bytes)).dump();
}

/// A streamed HTTP response: JSON of status, headers and cookies, eight zero bytes, the body.
std::string resultOfStream(const std::string &bytes)
{
    const std::size_t end = bytes.find(std::string(8, '\0'));
    json head = json::parse(bytes.substr(0, end), nullptr, false);
    if (end == std::string::npos || !head.is_object())
        return jsonOf(bytes);
    const std::string body = bytes.substr(end + 8);
    const bool isText = isUtf8(body);
    head["body"] = isText ? body : toBase64(body);
    head["isBase64Encoded"] = !isText;
    if (!head.contains("statusCode"))
        head["statusCode"] = 200;
    return head.dump();
}

/// What precedes the body of a streamed answer, and comes with its first bytes.
class StreamedHead
{
public:
    explicit StreamedHead(const HttpRequest &request)
        : m_type(request.header("content-type")), m_hasPrelude(m_type.starts_with(streamedResponse))
    {
    }

    /// Whether all of it has come, with \a bytes.
    bool take(const std::string &bytes)
    {
        m_bytes += bytes;
        const std::size_t end = m_bytes.find(zeros);
        if (!m_hasPrelude) {
            m_head = {{"statusCode", 200}, {"headers", {{"content-type", m_type}}}};
            m_rest = std::move(m_bytes);
            return true;
        }
        if (end == std::string::npos)
            return false;
        m_head = json::parse(m_bytes.substr(0, end), nullptr, false);
        if (!m_head.is_object())
            m_head = json::object();
        if (!m_head.contains("statusCode"))
            m_head["statusCode"] = 200;
        m_rest = m_bytes.substr(end + zeros.size());
        return true;
    }
    [[nodiscard]] std::string text() const { return m_head.dump(); }
    [[nodiscard]] std::string rest() { return std::move(m_rest); }
    [[nodiscard]] const json &status() const { return m_head.at("statusCode"); }

private:
    const std::string zeros = std::string(8, '\0');
    std::string m_type;
    bool m_hasPrelude;
    std::string m_bytes, m_rest;
    json m_head;
};

} // namespace

RuntimeApi::RuntimeApi(asio::io_context &io) : m_io(io), m_changed(io) {}

RuntimeApi::~RuntimeApi() = default;

Result<std::string> RuntimeApi::start()
{
    HttpLimits limits;
    limits.body = maxPayload;
    limits.headerTime = 25h; // the next request may come after the longest invocation
    limits.connections = 64;
    limits.ownUserOnly = true;
    m_server = std::make_unique<HttpServer>(
        m_io,
        [weak = weak_from_this()](const HttpRequest &request, asio::yield_context yield) {
            const auto self = weak.lock();
            return self ? self->answer(request, yield)
                        : refusal(410, "Gone", "this worker has ended");
        },
        limits, static_cast<HttpPasser *>(this));
    const Result<std::string> address = m_server->start("127.0.0.1", 0);
    if (!address)
        return address;
    return address->substr(std::string_view("http://").size());
}

void RuntimeApi::load(const WorkerTask &task, const std::map<std::string, std::string> &,
                      Listener &listener, asio::yield_context)
{
    // The process has its environment from its start.
    m_listener = &listener;
    if (task.debug) {
        WorkerAnswer none;
        none.kind = WorkerAnswer::Kind::NoDebugger;
        none.fault.message = "what speaks the Runtime API cannot be debugged yet";
        return listener.onAnswer({}, std::move(none));
    }
    m_root = task.root.string();
    m_arn = "arn:aws:lambda:local:000000000000:function:" + task.spec.name;
}

void RuntimeApi::invoke(const WorkerCall &call, asio::yield_context)
{
    m_stream = call.stream;
    m_pending = Pending{call.invocation.id, call.invocation.event, call.invocation.trace,
                        nowUs() / 1000 + call.timeout.count()};
    m_changed.notify();
}

void RuntimeApi::close()
{
    m_listener = nullptr;
    m_closed = true;
    endStream();
    m_server->stop();
    m_changed.notify();
}

HttpResponse RuntimeApi::answer(const HttpRequest &request, asio::yield_context yield)
{
    if (!request.path().starts_with(apiRoot))
        return refusal(404, "NotFound", "the Runtime API has /2018-06-01/runtime/ only");
    const std::string path(request.path().substr(apiRoot.size()));
    if (path == "invocation/next")
        return request.method == "GET" ? next(yield) : refusal(405, "MethodNotAllowed", "GET");
    if (request.method != "POST")
        return refusal(405, "MethodNotAllowed", "POST");
    if (path == "init/error")
        return onInitError(request);
    const std::size_t slash = path.rfind('/');
    constexpr std::string_view invocation = "invocation/";
    if (path.starts_with(invocation) && slash > invocation.size()) {
        const std::string id = path.substr(invocation.size(), slash - invocation.size());
        const std::string what = path.substr(slash + 1);
        if (what == "response" && request.bodyStreams)
            return onStreamed(request, id, yield);
        if (what == "response" || what == "error")
            return onAnswered(request, id, what == "error");
    }
    return refusal(404, "NotFound", "no such call of the Runtime API");
}

HttpResponse RuntimeApi::next(asio::yield_context yield)
{
    if (m_listener && !m_loaded) {
        m_loaded = true;
        WorkerAnswer loaded;
        loaded.kind = WorkerAnswer::Kind::Loaded;
        m_listener->onAnswer({}, std::move(loaded));
    } else if (!m_running.empty()) {
        WorkerAnswer none;
        none.kind = WorkerAnswer::Kind::Error;
        none.fault = {"Runtime.NoResponse",
                      "the runtime asked for the next invocation without answering this one",
                      {}};
        finish(std::move(none));
    }
    const std::uint64_t mine = ++m_polls;
    m_changed.notify(); // a poll from before has lost its caller
    while (!m_closed && m_polls == mine && !m_pending)
        m_changed.wait(yield);
    if (m_closed || m_polls != mine)
        return refusal(410, "Gone", "this worker has ended, or asked again");
    const Pending call = std::move(*m_pending);
    m_pending.reset();
    m_running = call.id;
    HttpResponse response = jsonResponse(200, call.event);
    response.headers.emplace_back("Lambda-Runtime-Aws-Request-Id", call.id);
    response.headers.emplace_back("Lambda-Runtime-Deadline-Ms", std::to_string(call.deadlineMs));
    response.headers.emplace_back("Lambda-Runtime-Invoked-Function-Arn", m_arn);
    response.headers.emplace_back("Lambda-Runtime-Trace-Id", xrayHeaderOf(call.trace));
    return response;
}

HttpResponse RuntimeApi::onInitError(const HttpRequest &request)
{
    if (m_loaded || !m_listener)
        return refusal(403, "InvalidStateTransition", "the function has loaded already");
    m_loaded = true;
    WorkerAnswer failed;
    failed.kind = WorkerAnswer::Kind::InitFailed;
    failed.fault = faultOf(request, m_root);
    m_listener->onAnswer({}, std::move(failed));
    return accepted();
}

HttpResponse RuntimeApi::onAnswered(const HttpRequest &request, const std::string &id, bool isError)
{
    if (id != m_running || id.empty())
        return refusal(400, "InvalidRequestID", "no such invocation is running");
    WorkerAnswer answer;
    answer.kind = isError ? WorkerAnswer::Kind::Error : WorkerAnswer::Kind::Result;
    if (isError)
        answer.fault = faultOf(request, m_root);
    else
        answer.result = request.header("content-type").starts_with(streamedResponse)
                            ? resultOfStream(request.body)
                            : jsonOf(request.body);
    finish(std::move(answer));
    return accepted();
}

bool RuntimeApi::streams(const HttpRequest &request)
{
    return request.header("lambda-runtime-function-response-mode") == "streaming";
}

void RuntimeApi::endStream()
{
    if (m_stream)
        m_stream->onRoom = {};
    m_stream = nullptr;
    m_changed.notify();
}

bool RuntimeApi::give(std::string bytes, asio::yield_context yield)
{
    m_stream->write(std::move(bytes));
    m_stream->onRoom = [this] { m_changed.notify(); };
    while (m_stream && m_stream->isFull())
        m_changed.wait(yield);
    return m_stream != nullptr;
}

HttpResponse RuntimeApi::onStreamed(HttpRequest request, const std::string &id,
                                    asio::yield_context yield)
{
    const auto self = shared_from_this();
    StreamedHead head(request);
    bool hasBegun = false;
    std::uint64_t given = 0;
    for (;;) {
        Result<std::string> part = readPart(m_io, *request.client, yield);
        if (!part || id != m_running || (hasBegun && !m_stream))
            return refusal(400, "InvalidRequestID", "no such invocation is running");
        if (part->empty())
            break;
        if (!m_stream || (!hasBegun && !head.take(*part))) {
            request.body += *part; // to be told whole
            if (request.body.size() > maxPayload)
                return refusal(413, "RequestTooLarge", "an answer taken whole has 12 MB at most");
            continue;
        }
        if (!std::exchange(hasBegun, true)) {
            m_stream->begin(head.text());
            *part = head.rest();
        }
        given += part->size();
        if (!give(std::move(*part), yield))
            return refusal(410, "Gone", "this worker has ended");
    }
    if (!hasBegun)
        return onAnswered(request, id, false);
    WorkerAnswer answer;
    answer.result = json{{"statusCode", head.status()}, {"bytes", given}}.dump();
    finish(std::move(answer));
    return accepted();
}

void RuntimeApi::finish(WorkerAnswer answer)
{
    endStream();
    const std::string id = std::exchange(m_running, {});
    if (m_listener)
        m_listener->onAnswer(id, std::move(answer));
}

} // namespace runtime
