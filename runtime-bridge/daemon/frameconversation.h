#pragma once

#include "runtime-bridge/daemon/descriptor.h"
#include "runtime-bridge/daemon/workerconversation.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "runtime-bridge/base/error.h"

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <memory>
#include <string>

namespace runtime {

/// Frames to and from one of our shims (resources/shims): four bytes of length, most significant
/// first, and JSON. A message with "body" is followed by a frame that holds a value of the user's.
class FrameConversation final : public WorkerConversation,
                                public std::enable_shared_from_this<FrameConversation>
{
public:
    /// \a channel: our end of the socket pair, non-blocking.
    FrameConversation(boost::asio::io_context &io, Descriptor channel);
    ~FrameConversation() override;

    void load(const WorkerTask &task, const std::map<std::string, std::string> &environment,
              Listener &listener, boost::asio::yield_context yield) override;
    void invoke(const WorkerCall &call, boost::asio::yield_context yield) override;
    void drain() override; ///< Where no read may have ended unheard: from a posted handler.
    void close() override;

private:
    enum class Received { All, End, Broken };
    struct Head;

    void read();
    Received receive();
    Received takeFrames();
    void onBody(Head &head, std::string body);
    void refuseAnswer(const Head &head, std::size_t size);
    void onMessage(const nlohmann::json &message, std::string body);
    void onStreamed(const std::string &kind, const std::string &id, std::string body);
    void giveBody(const std::string &id, Result<std::string> piece);
    void endStream();
    void send(const std::string &frames, const boost::asio::yield_context &yield);
    void post(const nlohmann::json &message);
    void post(const nlohmann::json &message, std::string_view body);
    void flush();

    boost::asio::local::stream_protocol::socket m_channel;
    Listener *m_listener = nullptr;
    bool m_takesRequests = false;    ///< Whatever its event is, the function gets a request.
    std::array<char, 4096> m_buffer; ///< What is read next; most answers are smaller.
    std::string m_received;
    std::unique_ptr<Head> m_head;     ///< A message whose body is still to come.
    CallStream *m_stream = nullptr;   ///< Of the invocation under way.
    std::string m_streamed;           ///< Its id.
    bool m_isPaused = false;          ///< Nothing is read until the stream has room.
    std::string m_outbox, m_outgoing; ///< What is said beside the calls of coroutines.
    bool m_isSending = false;
};

} // namespace runtime
