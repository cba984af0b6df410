#include "runtime-bridge/daemon/frameconversation.h"

#include "runtime-bridge/daemon/canonicalrequest.h"
#include "runtime-bridge/daemon/jsontext.h"
#include "runtime-bridge/function/dialect.h"
#include "runtime-bridge/protocol/boundedjson.h"

#include <nlohmann/json.hpp>

#include <boost/asio/write.hpp>

#include <array>
#include <cerrno>

namespace runtime {

using nlohmann::json;
namespace asio = boost::asio;

namespace {

constexpr std::size_t maxAnswer = 64u << 20;

std::string frame(std::string_view bytes)
{
    std::string text(4, '\0');
    for (int i = 0; i < 4; ++i)
        text[std::size_t(i)] = char((bytes.size() >> (24 - 8 * i)) & 0xff);
    return text.append(bytes);
}

WorkerAnswer toAnswer(const std::string &kind, const json &message, std::string body)
{
    using Kind = WorkerAnswer::Kind;
    WorkerAnswer answer;
    answer.kind = kind == "loaded"        ? Kind::Loaded
                  : kind == "init_failed" ? Kind::InitFailed
                  : kind == "no_debugger" ? Kind::NoDebugger
                  : kind == "result"      ? Kind::Result
                                          : Kind::Error;
    answer.result = std::move(body);
    if (answer.kind == Kind::NoDebugger)
        answer.fault.message = message.value("message", "");
    else if (const auto it = message.find("fault"); it != message.end())
        if (const Result<Fault> fault = fromJson<Fault>(*it))
            answer.fault = *fault;
    if (const auto it = message.find("ms"); it != message.end() && it->is_number())
        answer.ms = it->get<double>();
    if (const auto it = message.find("cpu_ms"); it != message.end() && it->is_number())
        answer.cpuMs = it->get<double>();
    if (const auto it = message.find("memory_kb"); it != message.end() && it->is_number())
        answer.memoryKb = it->get<std::uint64_t>();
    return answer;
}

} // namespace

FrameConversation::FrameConversation(asio::io_context &io, Descriptor channel)
    : m_channel(io, asio::local::stream_protocol(), channel.release())
{
}

FrameConversation::~FrameConversation() = default;

void FrameConversation::load(const WorkerTask &task,
                             const std::map<std::string, std::string> &environment,
                             Listener &listener, asio::yield_context yield)
{
    m_listener = &listener;
    const Dialect *dialect = findDialect(task.spec.dialect);
    m_takesRequests =
        task.spec.form == FunctionForm::Http && dialect && dialect->takesRequests(task.spec.form);
    read();
    const FunctionSpec &spec = task.spec;
    json message{{"t", "load"},
                 {"name", spec.name},
                 {"handler", spec.handler},
                 {"dialect", spec.dialect},
                 {"form", wireName(spec.form)},
                 {"application", spec.application},
                 {"root", task.root.string()},
                 {"linked", task.linked},
                 {"bundle", task.bundle},
                 {"version", task.version},
                 {"memory_mb", spec.memoryBytes >> 20},
                 {"environment", environment}};
    if (!task.packages.empty())
        message["packages"] = task.packages.string();
    if (task.debug)
        message["debug"] = toJson(*task.debug);
    send(frame(message.dump()), yield);
}

void FrameConversation::invoke(const WorkerCall &call, asio::yield_context yield)
{
    JsonText message;
    message.beginObject().member("t", "invoke");
    message.member("id", std::string_view(call.invocation.id));
    message.member("trigger", std::string_view(call.invocation.trigger));
    message.member("timeout_ms", std::int64_t(call.timeout.count())).endObject();
    const std::string &event = call.invocation.event;
    send(frame(message.take()) + frame(m_takesRequests ? requestOfEvent(event) : event), yield);
}

void FrameConversation::send(const std::string &frames, const asio::yield_context &yield)
{
    const auto self = shared_from_this();
    boost::system::error_code error; // a process that is gone is told of by its end
    asio::async_write(m_channel, asio::buffer(frames), yield[error]);
}

void FrameConversation::close()
{
    m_listener = nullptr;
    boost::system::error_code ignored;
    m_channel.close(ignored);
}

void FrameConversation::read()
{
    m_channel.async_wait(asio::socket_base::wait_read,
                         [self = shared_from_this()](const boost::system::error_code &error) {
                             if (error || !self->m_listener)
                                 return;
                             const Received received = self->receive();
                             if (!self->m_listener)
                                 return;
                             if (received == Received::All)
                                 self->read();
                             else // broken: the function wrote into its channel
                                 self->m_listener->onClosed(received == Received::Broken);
                         });
}

void FrameConversation::drain()
{
    if (m_listener)
        (void)receive();
}

FrameConversation::Received FrameConversation::receive()
{
    std::array<char, 64 << 10> buffer;
    bool isEnd = false;
    for (;;) {
        const ssize_t got =
            ::recv(m_channel.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            break;
        isEnd = got <= 0;
        if (isEnd)
            break;
        m_received.append(buffer.data(), std::size_t(got));
        if (std::size_t(got) < buffer.size())
            break;
    }
    if (!takeFrames())
        return Received::Broken;
    return isEnd ? Received::End : Received::All;
}

bool FrameConversation::takeFrames()
{
    while (m_listener && m_received.size() >= 4) {
        std::size_t size = 0;
        for (int i = 0; i < 4; ++i)
            size = size << 8 | static_cast<unsigned char>(m_received[std::size_t(i)]);
        if (size > maxAnswer)
            return false;
        if (m_received.size() < 4 + size)
            return true;
        std::string bytes = m_received.substr(4, size);
        m_received.erase(0, 4 + size);
        if (m_head) {
            const std::unique_ptr<json> head = std::move(m_head);
            onMessage(*head, std::move(bytes));
            continue;
        }
        auto message = std::make_unique<json>(readJson(bytes));
        if (!message->is_object())
            return false;
        const auto body = message->find("body");
        if (body != message->end() && *body == true)
            m_head = std::move(message);
        else
            onMessage(*message, {});
    }
    return true;
}

void FrameConversation::onMessage(const json &message, std::string body)
{
    const std::string kind = message.value("t", "");
    if (kind == "connecting")
        m_listener->onConnecting();
    else
        m_listener->onAnswer(message.value("id", ""), toAnswer(kind, message, std::move(body)));
}

} // namespace runtime
