#include "runtime-bridge/daemon/frameconversation.h"

#include "runtime-bridge/daemon/callstream.h"
#include "runtime-bridge/daemon/canonicalrequest.h"
#include "runtime-bridge/daemon/jsontext.h"
#include "runtime-bridge/daemon/triggers/triggersource.h"
#include "runtime-bridge/function/dialect.h"
#include "runtime-bridge/protocol/boundedjson.h"
#include "runtime-bridge/protocol/frame.h"

#include <nlohmann/json.hpp>

#include <boost/asio/write.hpp>

#include <array>
#include <cerrno>

namespace runtime {

using nlohmann::json;
namespace asio = boost::asio;

namespace {

constexpr std::size_t maxCapture = 128u << 10; ///< Our shims keep to less.

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
    if (const auto it = message.find("capture"); it != message.end() && it->is_object())
        answer.capture = it->dump();
    if (answer.capture.size() > maxCapture)
        answer.capture.clear();
    if (const auto it = message.find("ms"); it != message.end() && it->is_number())
        answer.ms = it->get<double>();
    if (const auto it = message.find("cpu_ms"); it != message.end() && it->is_number())
        answer.cpuMs = it->get<double>();
    if (const auto it = message.find("memory_kb"); it != message.end() && it->is_number_unsigned())
        answer.memoryKb = it->get<std::uint64_t>();
    return answer;
}

/// The head of a result, {"t":"result","id":…,"ms":…,"cpu_ms":…,"memory_kb":…,"body":true}, read
/// without a tree of it: there is one at every invocation.
class ResultHead final : public nlohmann::json_sax<json>
{
public:
    /// Whether \a text is one, and nothing else.
    bool read(std::string_view text)
    {
        return text.starts_with(R"({"t":"result",)") && json::sax_parse(text, this) && m_hasBody &&
               !id.empty();
    }
    std::string id;
    WorkerAnswer answer;

    bool key(string_t &name) override
    {
        m_key = name;
        return true;
    }
    bool string(string_t &value) override
    {
        if (m_key == "id")
            id = value;
        return m_key == "id" || m_key == "t";
    }
    bool number_integer(number_integer_t value) override { return number(double(value)); }
    bool number_unsigned(number_unsigned_t value) override { return number(double(value)); }
    bool number_float(number_float_t value, const string_t & /*text*/) override
    {
        return number(value);
    }
    bool boolean(bool value) override
    {
        m_hasBody = m_key == "body" && value;
        return m_hasBody;
    }
    bool start_object(std::size_t /*size*/) override { return m_depth++ == 0; }
    bool end_object() override { return true; }
    bool null() override { return false; }
    bool binary(binary_t & /*value*/) override { return false; }
    bool start_array(std::size_t /*size*/) override { return false; }
    bool end_array() override { return false; }
    bool parse_error(std::size_t /*at*/, const std::string & /*token*/,
                     const json::exception & /*error*/) override
    {
        return false;
    }

private:
    bool number(double value)
    {
        if (m_key == "ms")
            answer.ms = value;
        else if (m_key == "cpu_ms")
            answer.cpuMs = value;
        else if (m_key == "memory_kb" && value >= 0 &&
                 value < 1e15) // the function may say anything
            answer.memoryKb = std::uint64_t(value);
        else
            return false;
        return true;
    }

    std::string m_key;
    int m_depth = 0;
    bool m_hasBody = false;
};

} // namespace

struct FrameConversation::Head {
    std::string id; ///< Of a result; empty: it is \c message.
    WorkerAnswer answer;
    json message;
};

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
                 {"environment", environment},
                 {"secrets", secretNamesOf(spec)}};
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
    const Trace &trace = call.invocation.trace;
    message.member("traceparent", std::string_view(traceparentOf(trace)));
    if (!trace.state.empty())
        message.member("tracestate", std::string_view(trace.state));
    if (call.stream)
        message.member("streams", true);
    message.member("timeout_ms", std::int64_t(call.timeout.count())).endObject();
    m_stream = call.stream;
    if (m_stream) {
        m_streamed = call.invocation.id;
        m_stream->onGone = [this] { post({{"t", "gone"}, {"id", m_streamed}}); };
        m_stream->onRoom = [this] {
            if (std::exchange(m_isPaused, false))
                read();
        };
    }
    const std::string &event = call.invocation.event;
    send(frame(message.take()) + frame(m_takesRequests ? requestOfEvent(event) : event), yield);
}

void FrameConversation::send(const std::string &frames, const asio::yield_context &yield)
{
    const auto self = shared_from_this();
    boost::system::error_code error; // a process that is gone is told of by its end
    m_isSending = true;
    asio::async_write(m_channel, asio::buffer(frames), yield[error]);
    m_isSending = false;
    flush();
}

void FrameConversation::post(const json &message)
{
    m_outbox += frame(message.dump());
    flush();
}

void FrameConversation::post(const json &message, std::string_view body)
{
    m_outbox += frame(message.dump()) + frame(body);
    flush();
}

void FrameConversation::flush()
{
    if (m_isSending || m_outbox.empty() || !m_listener)
        return;
    m_isSending = true;
    m_outgoing = std::exchange(m_outbox, {});
    asio::async_write(m_channel, asio::buffer(m_outgoing),
                      [self = shared_from_this()](const boost::system::error_code &, std::size_t) {
                          self->m_isSending = false;
                          self->flush();
                      });
}

void FrameConversation::endStream()
{
    if (!m_stream)
        return;
    m_stream->onGone = {};
    m_stream->onRoom = {};
    m_stream = nullptr;
}

void FrameConversation::close()
{
    m_listener = nullptr;
    endStream();
    boost::system::error_code ignored;
    m_channel.close(ignored);
}

void FrameConversation::read()
{
    m_channel.async_receive(
        asio::buffer(m_buffer),
        [self = shared_from_this()](const boost::system::error_code &error, std::size_t size) {
            if (error == asio::error::operation_aborted || !self->m_listener)
                return;
            self->m_received.append(self->m_buffer.data(), size);
            const bool mayBeMore = size == self->m_buffer.size();
            const Received received = error       ? Received::End
                                      : mayBeMore ? self->receive()
                                                  : self->takeFrames();
            if (!self->m_listener)
                return;
            self->m_isPaused =
                received == Received::All && self->m_stream && self->m_stream->isFull();
            if (self->m_isPaused)
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
    const Received taken = takeFrames();
    return taken == Received::All && isEnd ? Received::End : taken;
}

FrameConversation::Received FrameConversation::takeFrames()
{
    std::size_t begin = 0;
    while (m_listener && m_received.size() - begin >= 4) {
        std::size_t size = 0;
        for (std::size_t i = begin; i < begin + 4; ++i)
            size = size << 8 | static_cast<unsigned char>(m_received[i]);
        if (size > maxPayload) {
            if (m_head)
                refuseAnswer(*m_head, size);
            return Received::Broken;
        }
        if (m_received.size() - begin < 4 + size)
            break;
        const std::string_view bytes = std::string_view(m_received).substr(begin + 4, size);
        begin += 4 + size;
        if (m_head) {
            const std::unique_ptr<Head> head = std::move(m_head);
            onBody(*head, std::string(bytes));
            continue;
        }
        auto head = std::make_unique<Head>();
        if (ResultHead result; result.read(bytes)) {
            head->id = std::move(result.id);
            head->answer = std::move(result.answer);
            m_head = std::move(head);
            continue;
        }
        head->message = readJson(bytes);
        if (!head->message.is_object())
            return Received::Broken;
        const auto body = head->message.find("body");
        if (body != head->message.end() && *body == true)
            m_head = std::move(head);
        else
            onMessage(head->message, {});
    }
    m_received.erase(0, begin);
    return Received::All;
}

void FrameConversation::refuseAnswer(const Head &head, std::size_t size)
{
    WorkerAnswer answer;
    answer.kind = WorkerAnswer::Kind::Error;
    answer.fault = {"ResponseTooLarge",
                    "the function answered with " + std::to_string(size >> 20) +
                        " MB, and 12 MB is the most; an answer that streams may have more",
                    {}};
    endStream();
    m_listener->onAnswer(head.id.empty() ? head.message.value("id", "") : head.id,
                         std::move(answer));
}

void FrameConversation::onBody(Head &head, std::string body)
{
    if (head.id.empty())
        return onMessage(head.message, std::move(body));
    head.answer.result = std::move(body);
    endStream();
    m_listener->onAnswer(head.id, std::move(head.answer));
}

void FrameConversation::onMessage(const json &message, std::string body)
{
    const std::string kind = message.value("t", "");
    if (kind == "connecting")
        m_listener->onConnecting();
    else if (kind == "profile")
        m_listener->onProfiled(std::move(body));
    else if (kind == "head" || kind == "part" || kind == "more")
        onStreamed(kind, message.value("id", ""), std::move(body));
    else {
        endStream();
        m_listener->onAnswer(message.value("id", ""), toAnswer(kind, message, std::move(body)));
    }
}

void FrameConversation::onStreamed(const std::string &kind, const std::string &id, std::string body)
{
    if (!m_stream || id != m_streamed)
        return;
    if (kind == "head")
        m_stream->begin(body);
    else if (kind == "part")
        m_stream->write(std::move(body));
    else
        m_stream->read([weak = weak_from_this(), id](Result<std::string> piece) {
            if (const auto self = weak.lock())
                self->giveBody(id, std::move(piece));
        });
}

void FrameConversation::giveBody(const std::string &id, Result<std::string> piece)
{
    json message{{"t", "part"}, {"id", id}, {"body", true}};
    if (!piece)
        message["failed"] = piece.error().detail;
    post(message, piece ? std::string_view(*piece) : std::string_view());
}

} // namespace runtime
